/* The builder of the search view: hands new records to the batch, knows which ones were indexed before, and writes what came
 * and what went. */
#include "store/view_words.h"

#include <stdlib.h>

#include "store/view_build.h"
#include "store/word_batch.h"
#include "store/word_cache.h"

static void words_release(void *state)
{
	word_batch_free(state);
}

static void *words_begin(struct view_batch *batch)
{
	if (!*batch->word_cache)
		*batch->word_cache = word_cache_new();
	return *batch->word_cache ? word_batch_new(*batch->word_cache) : NULL;
}

/* A record of this batch has been taken as it is now, and so has a revisit before. */
static bool is_taken(const struct word_batch *g, const struct view_record *r)
{
	const struct batch_record *records = ITEMS(g->records, const struct batch_record);

	if (g->first > 0 && r->arrival >= g->first)
		return true;
	for (uint32_t i = COUNT(g->records, struct batch_record); i > 0; i--) {
		if (records[i - 1].arrival == r->arrival)
			return true;
	}
	return false;
}

static void words_take(void *state, struct view_batch *batch, const struct view_record *r)
{
	struct word_batch *g = state;

	if (!r->is_revisit) {
		g->first = g->first > 0 ? g->first : r->arrival;
		g->last = r->arrival;
	}
	if (r->record->header.kind <= KIND_NETWORK_MAX || word_batch_failed(g))
		return;
	if (!r->is_revisit) {
		word_batch_gather(g, r);
	} else if (!is_taken(g, r)) {
		bool is_known = word_class_get(&batch->views, r->arrival) >= 0;

		g->is_unordered = true;
		if (is_known && r->record->state == RECORD_ERASED)
			writer_put(&g->forgotten, &r->arrival, sizeof(r->arrival));
		else if (!is_known)
			word_batch_gather(g, r);
	}
}

static int compare_arrivals(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* Span by span, each rewritten once. */
static void put_forgotten(
    struct word_batch *g, struct txn *t, struct word_classes *classes, struct word_lengths *lengths)
{
	uint64_t *all = ITEMS(g->forgotten, uint64_t);
	uint32_t count = COUNT(g->forgotten, uint64_t);
	uint16_t *positions = malloc((count + 1) * sizeof(*positions));

	if (!positions)
		txn_fail(t, ERR_MEMORY, "no memory for words");
	if (count > 0)
		qsort(all, count, sizeof(*all), compare_arrivals);
	for (uint32_t i = 0; t->err == ERR_NONE && i < count;) {
		uint32_t span = span_of(all[i]);
		size_t found = 0;

		for (; i < count && span_of(all[i]) == span; i++) {
			int class = word_classes_set(classes, t, all[i], -1);
			if (class < 0) /* named twice */
				continue;
			positions[found++] = (uint16_t)all[i];
			if (lengths->count[class] > 0)
				lengths->count[class]--;
		}
		if (found > 0)
			runs_drop(&g->run, t, span, positions, found);
	}
	free(positions);
}

static void words_end(void *state, struct view_batch *batch)
{
	struct word_batch *g = state;
	const struct batch_record *records;
	struct word_classes classes = {0};
	struct word_lengths lengths;

	if (word_batch_failed(g) || g->forgotten.err)
		txn_fail(&batch->views, ERR_MEMORY, "no memory for words");
	word_lengths_get(&batch->views, &lengths);
	put_forgotten(g, &batch->views, &classes, &lengths);
	word_batch_write(g, &batch->views);
	records = ITEMS(g->records, const struct batch_record);
	for (uint32_t i = 0; i < COUNT(g->records, struct batch_record); i++) {
		lengths.count[records[i].class_of]++;
		word_classes_set(&classes, &batch->views, records[i].arrival, records[i].class_of);
	}
	word_classes_end(&classes, &batch->views);
	word_lengths_put(&batch->views, &lengths);
}

const struct view_builder view_words = {"words", words_begin, words_take, words_end, words_release};
