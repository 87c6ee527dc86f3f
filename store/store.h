/* The truth of a node: every log it holds, in LMDB with default durability, and head.lock beside
 * it.
 *
 * One thread applies changes; any thread reads. What store_apply reported as done is on disk.
 * Everything read is held against a hash: bytes that rotted are ERR_ROT, never an answer. FORMAT.md
 * describes the files.
 *
 *     struct store *s = store_open(home, &options, &why);
 *     store_dump(s, &dump, &why);             the core loads it
 *     store_apply(s, changes, count, results, &why);
 *     store_read(s, &read, &out, &why);       the core's reads
 *     store_close(s);
 *
 * Errors of store_apply: ERR_FULL leaves everything as it was, other LOCAL ones too; ERR_COMMIT and
 * ERR_BUG are fatal: acknowledge nothing, exit, open again. After ERR_COMMIT of the database the next opening finds it in
 * doubt. */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "proto/change.h"
#include "proto/listen.h"
#include "proto/read.h"
#include "proto/signing.h"
#include "proto/writer.h"

struct store;

/* Who has the keys of the own logs, and head.lock with them. */
struct store_signer {
	/* The lock durable, then the signature where asked->is_signing. ERR_COMMIT: nobody knows whether the lock was
	 * written; anything else leaves it as it was. */
	enum err (*sign)(
	    void *context, const struct signing *asked, struct sig *sig, struct why *why);
	void *context;
};

struct store_options {
	uint64_t map_size; /* address space of the truth; 0: 1 TiB */
	uint64_t quota;	   /* bytes on disk; 0: what the file system has. Others' records stop
			      STORE_RESERVE before it */
	bool is_restored;  /* the caller knows: a new store id */
	const struct store_signer *
	    signer; /* outlives the store; NULL: the store writes head.lock, and nothing is signed */
	const char *machine_id_path; /* NULL: /etc/machine-id */
	const char *boot_id_path;    /* NULL: /proc/sys/kernel/random/boot_id */
};

/* What only the roster, own logs and erasures may use. */
#define STORE_RESERVE (16u << 20)
/* What nobody's records may use: room for heads, locks and erasures. LMDB reports a write that a full disk cuts short as
 * one that failed, and after that nothing may be acknowledged any more; so it must not come to that. */
#define STORE_FLOOR (4u << 20)

/* home: DIR of INTERFACES.md, which exists. options may be NULL. NULL with why: ERR_BUSY when
 * another daemon holds it, ERR_VERSION, ERR_ROT, ERR_IO. */
struct store *store_open(const char *home, const struct store_options *options, struct why *why);
void store_close(struct store *s);

/* Random, new with each restore. STORE_ID_SIZE bytes, borrowed. */
const uint8_t *store_id(const struct store *s);
/* Highest arrival that is durable. */
uint64_t store_arrivals(struct store *s);
/* Bytes in use, and where ERR_FULL begins for others' records. */
enum err store_usage(struct store *s, uint64_t *used, uint64_t *quota, struct why *why);

/* What head.lock says of a log that this node signs. Call it before the first store_apply of the
 * process. reason: one line, "" for LOCK_SIGN. */
enum err store_lock(
    struct store *s, const struct key *log, struct core_lock *out, struct why *reason);

/* All that is stored, as changes that rebuild the core: rosters first. Of each log LOG, for a
 * roster APPEND with all its records, TREE, HEAD, STATE; then CURSOR, ADDRESSES, MEMBER, INVITE,
 * REQUEST, DRAFT. */
enum err store_dump(struct store *s, struct writer *out, struct why *why);

/* What waits for an answer of a coordinator: the CHANGE_REQUEST operations that are put, the oldest
 * first. */
enum err store_requests(struct store *s, struct writer *out, struct why *why);

/* Applies `count` changes in one transaction, all or none, then reads back what asked for it, then has head.lock written
 * and the checkpoints signed for their CHANGE_LOCKs. results: one a change. A signature that is refused is said there. */
enum err store_apply(struct store *s, const struct bytes *changes, size_t count,
    struct change_result *results, struct why *why);

/* Makes the next commits quicker where there is nothing else to do (env_preallocate); by the thread that applies. */
void store_preallocate(struct store *s);

/* Whether a commit failed here and not everything was looked through since (doubt.h). Then store_take_rot() is true at
 * first, and the core looks. */
bool store_is_in_doubt(const struct store *s);
/* It was, and nothing is left to mend. */
enum err store_settle(struct store *s, struct why *why);

/* Whether anything that was read, for whatever purpose, did not match its hash since this was last asked. Any thread. */
bool store_take_rot(struct store *s);

/* Answers one read into out. ERR_UNKNOWN, ERR_CUT, ERR_ROT, ERR_LIMIT, ERR_MEMORY. */
enum err store_read(struct store *s, const struct read *read, struct writer *out, struct why *why);

#endif
