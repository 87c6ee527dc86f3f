/* The words of one batch of the indexer, in memory: its terms, where each stands, and the records that hold them. Gathered by
 * word_batch.c, written as runs by word_batch_write.c, both called by the builder, view_words.c. */
#ifndef STORE_WORD_BATCH_H
#define STORE_WORD_BATCH_H

#include "store/view_build.h"
#include "store/view_words.h"

/* Open addressing over numbers of things; 0 is empty. Grows to stay half empty. */
struct slots {
	uint32_t *at;
	uint32_t size; /* a power of two */
	uint32_t count;
};

struct batch_term {
	uint32_t hash;
	uint32_t count;	       /* of its postings */
	uint32_t record, last; /* the record that held it last, its posting there */
	struct term term;
};

struct batch_posting {
	uint32_t term;
	uint32_t record;
	uint32_t times;
};

struct batch_record {
	uint64_t arrival;
	uint8_t class_of;
};

struct word_batch {
	struct word_cache *cache;
	struct slots by_spelling, by_term;
	/* struct spelling, batch_term, batch_posting, batch_record; u64 arrivals of what was erased */
	struct writer spellings, terms, postings, records, forgotten;
	struct run_writer run;
	uint64_t first, last; /* arrivals of the batch's new records, 0: none */
	bool is_unordered;
	/* Of the record at hand. */
	uint32_t record, first_posting, words_seen;
	enum err err;
};

#define ITEMS(w, type) ((type *)(void *)(w).data)
#define COUNT(w, type) ((uint32_t)((w).size / sizeof(type)))

/* NULL when memory is out. */
struct word_batch *word_batch_new(struct word_cache *cache);
void word_batch_free(struct word_batch *g);
bool word_batch_failed(struct word_batch *g);
/* The words of a record, if it has any. */
void word_batch_gather(struct word_batch *g, const struct view_record *r);
/* Everything that was gathered as runs, one a span. */
void word_batch_write(struct word_batch *g, struct txn *t);

static inline uint32_t span_of(uint64_t arrival)
{
	return (uint32_t)(arrival >> VIEW_SPAN_BITS);
}

#endif
