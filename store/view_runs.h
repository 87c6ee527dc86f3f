/* Runs of postings in the `words` table: which records of a span hold a term, and how often.
 * FORMAT.md, "words".
 *
 * Arrivals are cut into spans of 65,536. What a batch of the indexer has to say of a span becomes a
 * run: all its terms in order, packed into pages, written once and never changed. Runs of about the
 * same size are merged into one, eight at a time, and a span that is over has one run. So that a
 * record costs a few appended bytes instead of a page a word, and what an erased record said is
 * found by rewriting one span.
 *
 * Invariant: a term and a record stand together in at most one run of a span. */
#ifndef STORE_VIEW_RUNS_H
#define STORE_VIEW_RUNS_H

#include "store/postings.h"
#include "store/txn.h"
#include "store/words.h"

/* Bytes of a page: with the header of LMDB's own it fills one of 4,096. */
#define RUN_PAGE_MAX 4064
#define RUN_HEAD_SIZE 8
#define RUN_KEY_MAX (RUN_HEAD_SIZE + WORDS_TERM_MAX + 1 + 2)

/* --- reading --------------------------------------------------------------------------------- */

/* The terms of a page, in order: page_open, then page_next until it says false. */
struct page {
	const uint8_t *at, *end;
	struct term term;
	struct postings postings;
};
void page_open(struct page *p, struct bytes value);
bool page_next(struct page *p);

struct run {
	uint32_t span, number;
	uint32_t records; /* that it was made of */
};
/* Those of the spans from first to last, as struct run, in order. */
void runs_list(struct txn *t, uint32_t first, uint32_t last, struct writer *out);

/* Every page's postings of a term in a run. or_longer: of all terms that begin with it. take says false to stop; postings
 * are borrowed from the transaction. is_last: no later page of this run has this term. */
typedef bool run_take_fn(void *context, const struct postings *postings);
void run_find(struct txn *t, const struct run *run, struct bytes term, bool or_longer,
    run_take_fn *take, void *context);

/* --- writing --------------------------------------------------------------------------------- */

struct run_writer {
	struct writer rows; /* u8 size of key ‖ key ‖ u16 size ‖ page */
	struct writer page, postings;
	uint8_t key[RUN_KEY_MAX];
	size_t key_size;
	struct term last;
};
void run_writer_release(struct run_writer *w);
/* Terms ascend, postings of each too. A zeroed writer is ready, and is again after run_end. */
void run_put(struct run_writer *w, struct bytes term, const struct posting *postings, size_t count);
/* Writes what was put as one run of the span, in place of others; nothing when nothing was put. */
void run_end(struct run_writer *w, struct txn *t, uint32_t span, uint32_t records,
    const struct run *replaced, size_t count);

/* Merges runs of the span where there are many of one size; of a span that is over, all. */
void runs_settle(struct run_writer *w, struct txn *t, uint32_t span, bool is_over);
/* Takes what these records said, positions ascending, out of the span; keeps what has no letters. */
void runs_drop(
    struct run_writer *w, struct txn *t, uint32_t span, const uint16_t *positions, size_t count);

#endif
