/* The table of logs as a node knows them: how far each is stored, its newest head, whether the
 * roster admits it, and the digest over all of it. PROTOCOL.md section 8, "Digest". It decides
 * nothing about who may write what. */
#ifndef PROTO_HEADS_H
#define PROTO_HEADS_H

#include "proto/change.h"

/* Is the root at which the roster cuts a log the one that is held here? */
enum cut_check {
	CUT_UNCHECKED, /* not held as far, or not looked at yet */
	CUT_READING,   /* the root is being read */
	CUT_HELD,
	CUT_ELSEWHERE
};

struct log {
	struct change_log open; /* key, member, number, keys */
	uint64_t stored;	/* durable and verified */
	struct hash *peaks;	/* frontier at `stored`: popcount(stored) hashes */
	struct frontier *ahead; /* frontier with changes in flight; NULL when there are none */
	unsigned in_flight;	/* changes not yet completed that append here */
	unsigned
	    doomed; /* of them, built upon one that failed: nothing begins before they fail too */
	struct checkpoint head; /* newest committed checkpoint, size 0 without one */
	struct checkpoint aim;	/* what the records past it were proven against, 0 for none known */
	bool is_aim_stored;
	uint64_t head_arrival; /* arrival at which the head last moved */
	enum log_state state;  /* LOG_OPEN or LOG_FROZEN; a cut is the roster's */
	bool is_closed;	       /* its last record ends it */
	struct log_cut cut;
	enum cut_check cut_check;
	bool is_admissible;
	bool is_own;
	bool is_copy; /* of a branch of a frozen log: in no digest, told to nobody */
	struct key copy_of;
	bool is_cut_stored;  /* the store knows of the cut */
	const void *fetcher; /* the session that is asked for it, NULL for none */
};

struct bucket {
	struct log **logs; /* ascending by key */
	size_t first;	   /* position of the first of them */
	size_t count;
	size_t capacity;
	struct hash hash;
	bool is_dirty;
};

/* What the digest says of the roster: key, size, root. */
#define HEADS_ROSTER_SIZE (KEY_SIZE + 8 + HASH_SIZE)

struct heads {
	struct bucket buckets[BUCKET_COUNT];
	size_t count;
	bool is_dirty;
	bool has_digest;
	struct hash digest; /* of the buckets and this roster */
	uint8_t roster[HEADS_ROSTER_SIZE];
};

void heads_init(struct heads *heads);
void heads_release(struct heads *heads);

struct log *heads_find(const struct heads *heads, const struct key *key);
/* A new log, nothing stored; NULL without memory or when it is there. Owned by the table. */
struct log *heads_add(struct heads *heads, const struct change_log *open);
/* Any field that the digest covers has changed. */
void heads_touch(struct heads *heads, const struct log *log);
/* Admissible and with a head: part of the digest. */
bool heads_counts(const struct log *log);

/* The head as others are told it. Of a log that is stored up to its cut that is the cut, which the
 * roster vouches for and the author never signed: the signature is zeros. Size 0: none. */
void log_told(const struct log *log, struct checkpoint *out);
/* Stored up to its cut, as far as is known at the cut's root. */
bool log_reaches_cut(const struct log *log);
/* What log_told says can be proven with what is stored. */
bool log_is_tellable(const struct log *log);

/* The bucket hashes, up to date. */
void heads_buckets(struct heads *heads, struct hash out[static BUCKET_COUNT]);
/* roster may be NULL (no roster yet: zero key, size and root). */
void heads_digest(struct heads *heads, const struct log *roster, struct hash *out);

/* Position is an order of its own, stable as long as no log is added. NULL past the end. */
struct log *heads_at(const struct heads *heads, size_t position);

/* A log outside the table (the roster): same struct, same care. */
struct log *log_new(const struct change_log *open);
void log_free(struct log *log);
/* The frontier that the next append starts from: with changes in flight, theirs. */
void log_frontier(const struct log *log, struct frontier *out);
/* A change that ends at `frontier` is on its way. */
enum err log_advance(struct log *log, const struct frontier *frontier);
/* It was committed, or failed: then everything in flight is forgotten. */
enum err log_settle(struct log *log, const struct frontier *frontier, bool committed);
enum err log_set_stored(struct log *log, const struct frontier *frontier);

#endif
