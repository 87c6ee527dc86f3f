/* The store as plain memory: what store/ promises, written a second time in the simplest way. It
 * applies the changes of proto/change.h, answers the reads of proto/read.h and gives the same dump,
 * so that the core cannot tell the two apart; one seed in fifty compares them byte by byte.
 *
 * A model is what is durable. What waits for a commit is disk.c's. head.lock is a file of its own
 * beside it (struct node), because it is not rolled back with a database. */
#ifndef SIM_MODEL_H
#define SIM_MODEL_H

#include "proto/change.h"
#include "proto/core.h"
#include "proto/read.h"

/* One stored record; shared between a model and its snapshots. */
struct blob {
	unsigned refs;
	uint32_t header_size;
	uint32_t rest_size;
	uint8_t data[]; /* header ‖ rest */
};

struct model_record {
	struct blob *blob;
	struct hash leaf;
	uint64_t arrival;
	bool was_erased; /* it lay there without its payload, because that was erased */
	bool is_rotten;	 /* injected: neither header nor payload can be read until it is mended */
};

struct model_log {
	struct change_log open;
	struct model_record *records;
	size_t count, capacity;
	struct frontier frontier;
	struct checkpoint head; /* size 0 without one */
	uint64_t head_arrival;
	bool is_head_late; /* it came after its records */
	uint8_t state;	   /* enum log_state */
	uint64_t cut_size; /* of a copy: how many records it shares with the log beside it */
	struct hash cut_root;
	struct writer evidence;
	bool is_miswritten; /* injected: the frontier is not that of the records */
};

enum model_table {
	MODEL_CURSORS,
	MODEL_ADDRESSES,
	MODEL_MEMBERS,
	MODEL_INVITES,
	MODEL_REQUESTS,
	MODEL_DRAFTS,
	MODEL_AIMS,
	MODEL_ERASURES,
	MODEL_TABLE_COUNT
};

/* An operation kept as it came, under its key. */
struct model_row {
	uint8_t key[64];
	size_t key_size;
	struct writer raw;
};

struct model_rows {
	struct model_row *rows; /* ascending by key */
	size_t count, capacity;
};

struct model {
	uint8_t store_id[STORE_ID_SIZE];
	uint64_t arrivals;
	struct model_log *logs; /* in the order of their first change */
	size_t log_count, log_capacity;
	struct model_rows tables[MODEL_TABLE_COUNT];
	bool is_full; /* injected: no records of others */
};

void model_release(struct model *m);
void model_copy(struct model *to, const struct model *from);

/* All or nothing. ERR_FULL, or ERR_BUG with why for a change that contradicts what is stored. */
enum err model_apply(
    struct model *m, struct bytes change, struct change_result *result, struct why *why);
void model_dump(const struct model *m, struct writer *out);
enum err model_read(const struct model *m, const struct read *read, struct writer *out);

/* Borrowed until the next model_apply; NULL when not stored. */
const struct model_log *model_log(const struct model *m, const struct key *key);
/* The roster's log; NULL before its genesis. */
const struct model_log *model_roster(const struct model *m);
/* Record at index; false past the end. Borrows. */
bool model_record(const struct model_log *log, uint64_t index, struct record *out);
enum err model_root(const struct model_log *log, uint64_t size, struct hash *out);
/* Records of a log that may be served. */
uint64_t model_served(const struct model_log *log);
/* The key under which its records were signed: of a copy that of the log beside it. */
struct key model_signed_key(const struct model_log *log);
struct tree_nodes model_nodes(const struct model_log *log);

#endif
