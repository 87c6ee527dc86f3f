/* What a view is built by. The indexer reads each record once and hands it to every builder, in the
 * order of view_builders; at the end of a batch every builder writes what it gathered, in the same
 * order. A builder has a file of its own, view_NAME.c.
 *
 * A new view: its tables in view_rows.h, its builder here and in the table of view_index.c, and
 * VIEW_FORMAT one higher. What it says depends on the records alone, never on where batches end. */
#ifndef STORE_VIEW_BUILD_H
#define STORE_VIEW_BUILD_H

#include "proto/audit.h"
#include "store/view_rows.h"

/* A record that is new, or whose payload came or went after it was indexed. Borrowed. */
struct view_record {
	uint64_t arrival;
	uint32_t log_no;
	uint64_t index;
	struct hash leaf;
	bool is_revisit;
	const struct record *record; /* header and state; its payload may be anything */
	struct bytes payload;	     /* a canonical one; empty when it is erased, not held or raw */
	const struct view_link *links;
	size_t link_count;
};

/* One batch. `views` is a write transaction: a builder may read what an earlier batch, or a builder
 * before it, has written. */
struct view_batch {
	struct txn truth;
	struct txn views;
	struct record_walk walk; /* over the truth, for whoever needs another record */
	struct writer touched;	 /* u64 arrivals: view_touch */
	struct writer verdicts;	 /* struct view_verdict, ascending: of pledges that were touched */
	struct word_cache **word_cache; /* of view_words: what it keeps between batches */
};

struct view_verdict {
	uint64_t arrival;
	struct audit_verdict verdict;
};
/* That of the facets, for builders after them; NULL: none was reached in this batch. */
const struct audit_verdict *view_verdict_of(const struct view_batch *batch, uint64_t arrival);

struct view_builder {
	const char *name;
	/* What it remembers of this batch; NULL when memory is out. */
	void *(*begin)(struct view_batch *batch);
	void (*take)(void *state, struct view_batch *batch, const struct view_record *r);
	void (*end)(void *state, struct view_batch *batch);
	void (*release)(void *state);
};

extern const struct view_builder view_base;
extern const struct view_builder view_facets;
extern const struct view_builder view_audit;
extern const struct view_builder view_words;

/* The record at this arrival is to be looked at again when the batch ends: something that leads to
 * it came, changed or went. */
void view_touch(struct view_batch *batch, uint64_t arrival);
/* Those, ascending and each once, as native u64s; borrowed until the next view_touch. */
const uint64_t *view_touched(struct view_batch *batch, size_t *count);

#endif
