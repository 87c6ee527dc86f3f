/* Tables, keys and rows of the truth, as FORMAT.md describes them. Decides how they are encoded;
 * knows nothing of when they are written. Integers are big-endian, so that keys sort as numbers. */
#ifndef STORE_LAYOUT_H
#define STORE_LAYOUT_H

#include "proto/change.h"
#include "store/txn.h"

#define STORE_FORMAT 1

enum truth_table {
	TABLE_META,    /* name → value */
	TABLE_LOGS,    /* log key → struct log_row */
	TABLE_NUMBERS, /* u32 log number → log key */
	TABLE_CODES,   /* member code, 0, u32 number, u32 log number → nothing */
	TABLE_RUNS, /* log number, first index → arrival of it: consecutive indexes, consecutive
		       arrivals */
	TABLE_SEGMENTS,	 /* first arrival → headers of a segment, its rests as the tail */
	TABLE_NODES,	 /* log number, level, index → hash of a perfect subtree */
	TABLE_MISSING,	 /* log number, index: payloads that are not held */
	TABLE_REVISITS,	 /* u64 → arrival whose payload changed after it was stored */
	TABLE_EVIDENCE,	 /* log key → body of EVIDENCE */
	TABLE_CURSORS,	 /* peer's log key → CHANGE_CURSOR */
	TABLE_ADDRESSES, /* log key → CHANGE_ADDRESSES */
	TABLE_MEMBERS,	 /* code → CHANGE_MEMBER */
	TABLE_INVITES,	 /* token → CHANGE_INVITE */
	TABLE_REQUESTS,	 /* number → CHANGE_REQUEST */
	TABLE_DRAFTS,	 /* u64 draft number → CHANGE_DRAFT */
	TABLE_AIMS,	 /* log key → CHANGE_AIM */
	TABLE_ERASURES,	 /* log key, u64 index of the record that erases → CHANGE_ERASURE */
	TRUTH_TABLE_COUNT
};

extern const struct env_table truth_tables[TRUTH_TABLE_COUNT];

struct row_key {
	uint8_t b[CODE_SIZE_MAX + 9];
	size_t size;
};

struct bytes row_key_view(const struct row_key *key);
struct row_key row_key_u32(uint32_t number);
struct row_key row_key_u64(uint64_t number);
struct row_key row_key_log_index(uint32_t log_no, uint64_t index);
struct row_key row_key_record(const struct key *log, uint64_t index);
struct row_key row_key_node(uint32_t log_no, unsigned level, uint64_t index);

/* Prefix of all rows of a code. */
struct row_key row_key_code(struct bytes code);
struct row_key row_key_code_log(const char *code, uint32_t number, uint32_t log_no);

struct log_row {
	struct key key;	 /* of the row, not in its value */
	uint32_t log_no; /* local and never reused, from 1 */
	uint32_t number;
	char member[CODE_SIZE_MAX + 1];
	struct key member_key;
	struct key transport;
	enum log_state state;
	uint64_t cut_size;
	struct hash cut_root;
	uint64_t run_first; /* the newest run, see TABLE_RUNS; both 0 while nothing is stored */
	uint64_t run_arrival;
	uint64_t head_arrival;
	struct checkpoint head;	  /* size 0 without one */
	struct frontier frontier; /* of what is stored */
};

void log_row_encode(struct writer *w, const struct log_row *row);
bool log_row_decode(struct log_row *row, const struct key *key, struct bytes value);

/* false when there is none; a row that does not decode fails the transaction. */
bool log_row_get(struct txn *t, const struct key *key, struct log_row *row);
bool log_row_by_number(struct txn *t, uint32_t log_no, struct log_row *row);
/* A member's line of the roster, any bytes as its code; false when there is none. Borrowed as txn_get's. */
bool member_row_get(struct txn *t, struct bytes code, struct change_member *out);
/* How many logs the member has, counted without the table of codes: what damage hides there shows. */
uint32_t log_rows_of(struct txn *t, struct bytes code);
void log_row_put(struct txn *t, struct writer *scratch, const struct log_row *row);

uint64_t meta_get_u64(struct txn *t, const char *name); /* 0 when there is none */
void meta_put_u64(struct txn *t, const char *name, uint64_t value);

/* How far records of a log are served: its cut when it has one, else what is stored. */
uint64_t log_row_served(const struct log_row *row);

#endif
