/* Applying operations inside one transaction. store.c commits; this decides what each operation
 * does to the rows. */
#ifndef STORE_APPLY_H
#define STORE_APPLY_H

#include "store/segment.h"
#include "store/truth.h"

/* An append that is to be read back after the commit. */
struct reread {
	size_t change; /* whose result it belongs to */
	struct key key;
	uint32_t log_no;
	uint64_t from;
	uint32_t count;
	struct frontier before;
	struct reread *next;
};

struct apply {
	struct store *store;
	struct txn t;
	uint64_t arrivals; /* highest given out */
	size_t change;	   /* position of the change being applied */
	bool is_tight;	   /* near the quota: no records of others */
	bool is_full;	   /* at the quota: no records at all */
	struct apply_lock {
		size_t change; /* whose result has the signature */
		struct change_lock op;
	} * locks; /* in order; of those that are not signed the newest of each log */
	size_t lock_count;
	struct reread *rereads;
};

/* t is begun. After a failure t carries the error. */
void apply_change(struct apply *a, struct bytes change);
void apply_append(struct apply *a, const struct change_append *op);
void apply_payload(struct apply *a, const struct change_payload *op);
/* Records that fell behind a cut, or came out of it. */
void apply_cut_moved(struct apply *a, const struct log_row *before, const struct log_row *after);
/* raw: the operation as it is stored. */
void apply_member(struct apply *a, const struct change_member *op, struct bytes raw);
void apply_mend(struct apply *a, const struct change_mend *op);
/* `count` records of a body cut into pieces, which the caller frees; NULL after a failure. */
struct piece *apply_pieces(struct apply *a, struct bytes body, uint32_t count);
void apply_revisit(struct apply *a, uint64_t arrival);
void apply_release(struct apply *a);

#endif
