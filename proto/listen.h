/* What head.lock says, and whether a log may be signed after a start (DESIGN.md D7). Pure: the
 * bytes of the file, the identity of machine, boot and inode, and what the database holds come in;
 * a verdict goes out.
 *
 * head.lock lies beside the keys, outside database and backups. Per own log it holds two slots of
 * LISTEN_SLOT_SIZE bytes, written in turn, each with one fdatasync, after the database has
 * committed and before the head is shown:
 *
 *     8 "oclock1\n" ‖ u64 sequence ‖ log key 32 ‖ u64 size ‖ root 32 ‖ machine id 16 ‖ boot id 16 ‖
 *     u64 inode ‖ u8 was shown ‖ u8 unheard ‖ u8 moved ‖ u8 raised ‖ u64 signed size ‖ signed root 32 ‖
 *     zeros up to 480 ‖ SHA-256 of these 480 bytes
 *
 * Size and root are what nothing may be signed behind; where others knew more than was signed here they are raised to it, and
 * signed size and root say what was signed last. Otherwise these two are zeros.
 *
 * An empty slot is all zeros. `init` and `join` write the file with listen_file, sizes 0: a log
 * whose lock is missing is never signed. `move` marks the slots moved before the new home can use
 * what it carries: from then on nobody signs here. */
#ifndef PROTO_LISTEN_H
#define PROTO_LISTEN_H

#include "proto/limits.h"
#include "proto/writer.h"

#define LISTEN_SLOT_SIZE 512
#define LISTEN_PAIR_SIZE (2 * LISTEN_SLOT_SIZE)
#define LISTEN_ID_SIZE 16

struct listen_here {
	uint8_t machine[LISTEN_ID_SIZE]; /* /etc/machine-id, zeros where there is none */
	uint8_t boot[LISTEN_ID_SIZE];	 /* /proc/sys/kernel/random/boot_id */
	uint64_t inode;			 /* of head.lock itself: a copy has another */
};

struct listen_slot {
	uint64_t sequence;
	struct key log;
	uint64_t size; /* 0: never signed */
	struct hash root;
	struct listen_here here; /* who wrote it */
	bool was_shown;
	bool is_unheard; /* written before peers were asked in this boot: the next start asks too */
	bool is_moved;	 /* another home signs this log now */
	bool is_raised;	 /* size and root are what others told; signed here was only: */
	uint64_t signed_size;
	struct hash signed_root;
};

/* A pair for each log that was ever signed here. */
#define LISTEN_FILE_MAX (1024 * LISTEN_PAIR_SIZE)

enum listen_found { LISTEN_EMPTY, LISTEN_VALID, LISTEN_DAMAGED };

/* Reads the hex digits of the two files; dashes and newlines are passed over. An id that is not 32
 * digits is zeros. */
void listen_here_parse(
    struct listen_here *out, struct bytes machine_id, struct bytes boot_id, uint64_t inode);

void listen_slot_encode(uint8_t out[static LISTEN_SLOT_SIZE], const struct listen_slot *slot);
enum listen_found listen_slot_decode(
    struct listen_slot *out, const uint8_t in[static LISTEN_SLOT_SIZE]);

/* A new head.lock for logs that were never signed. */
void listen_file(
    struct writer *w, const struct key *logs, size_t count, const struct listen_here *here);

/* One pair with this slot in its first place, as it is written for a log that comes from elsewhere.
 */
void listen_pair(struct writer *w, const struct listen_slot *slot);

/* The newest valid slot of a log in the file. */
struct listen_lock {
	bool is_found;
	bool is_damaged; /* the other slot is neither valid nor empty; or, not found, some slot of
			    the file is */
	struct listen_slot slot;
	size_t next_offset; /* where the next slot of this log is written */
};
void listen_read(struct listen_lock *out, struct bytes file, const struct key *log);

/* What the database holds of the log. */
struct listen_stored {
	uint64_t size;
	struct hash root; /* of the first lock.slot.size records, when it holds as many */
};

/* What head.lock says of one log that this node signs. */
enum lock_verdict {
	LOCK_SIGN,   /* same machine, inode and boot: sign at once, fetch back first if the lock is
			ahead */
	LOCK_LISTEN, /* new boot: drafts until peers were asked */
	LOCK_NEVER   /* missing, damaged, copied or inconsistent: never signed again */
};

struct core_lock {
	enum lock_verdict verdict;
	uint64_t size; /* of the newest valid slot, 0 when this log was never signed */
	struct hash root;
	bool was_shown;
	bool is_moved; /* then the verdict is LOCK_NEVER, and the node's other keys moved too */
};

/* reason: one line unless the verdict is LOCK_SIGN; may be NULL. */
void listen_judge(struct core_lock *out, const struct listen_lock *lock,
    const struct listen_here *here, const struct listen_stored *stored, struct why *reason);

#endif
