/* The indexer: follows the truth's arrivals in batches and hands each record to the builders of the
 * views. It decides when they are called and with what; a record that fits no schema is handed out
 * like any other. */
#include <stdlib.h>
#include <string.h>

#include "proto/mp.h"
#include "store/view_build.h"

/* In this order: a builder may read what those before it have written. */
static const struct view_builder *const builders[] = {
    &view_base, &view_facets, &view_audit, &view_words};
#define BUILDER_COUNT (sizeof(builders) / sizeof(builders[0]))

struct indexer {
	struct view_batch batch;
	void *states[BUILDER_COUNT];
	struct writer links; /* of the record at hand: struct view_link */
	bool has_erased;     /* what was indexed went */
};

void view_touch(struct view_batch *batch, uint64_t arrival)
{
	writer_put(&batch->touched, &arrival, sizeof(arrival));
}

static int compare_arrivals(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

const uint64_t *view_touched(struct view_batch *batch, size_t *count)
{
	uint64_t *all = (uint64_t *)(void *)batch->touched.data;
	size_t total = batch->touched.size / sizeof(*all);

	*count = 0;
	if (batch->touched.err != ERR_NONE)
		txn_fail(&batch->views, batch->touched.err, "no memory for a batch of the views");
	if (total > 0)
		qsort(all, total, sizeof(*all), compare_arrivals);
	for (size_t i = 0; i < total; i++) {
		if (*count == 0 || all[*count - 1] != all[i])
			all[(*count)++] = all[i];
	}
	batch->touched.size = *count * sizeof(*all);
	return all;
}

static int compare_verdicts(const void *arrival, const void *element)
{
	const struct view_verdict *v = element;
	uint64_t wanted = *(const uint64_t *)arrival;

	return (wanted > v->arrival) - (wanted < v->arrival);
}

const struct audit_verdict *view_verdict_of(const struct view_batch *batch, uint64_t arrival)
{
	const struct view_verdict *found = NULL;

	if (batch->verdicts.size > 0)
		found = bsearch(&arrival, batch->verdicts.data,
		    batch->verdicts.size / sizeof(*found), sizeof(*found), compare_verdicts);
	return found ? &found->verdict : NULL;
}

static void take_link(void *context, const struct view_link *link)
{
	writer_put(context, link, sizeof(*link));
}

/* false when the truth cannot be read on. */
static bool take_record(struct indexer *ix, struct record_walk *walk, bool is_revisit)
{
	struct view_record r = {.arrival = record_walk_arrival_of(walk),
	    .log_no = walk->segment.log_no,
	    .index = record_walk_index(walk),
	    .is_revisit = is_revisit};
	struct record record;

	if (!record_walk_peek(walk, &record))
		return false;
	r.record = &record;
	ix->has_erased = ix->has_erased || (is_revisit && record.state == RECORD_ERASED);
	tree_leaf_hash(&r.leaf, record.raw_header);
	if (record.state == RECORD_PRESENT && mp_scan(record.payload) == ERR_NONE)
		r.payload = record.payload;
	writer_clear(&ix->links);
	view_links_scanned(r.payload, take_link, &ix->links);
	if (ix->links.err != ERR_NONE)
		txn_fail(&ix->batch.views, ix->links.err, "no memory for the links of a record");
	r.links = (const struct view_link *)(const void *)ix->links.data;
	r.link_count = ix->links.size / sizeof(struct view_link);
	for (size_t i = 0; i < BUILDER_COUNT; i++)
		builders[i]->take(ix->states[i], &ix->batch, &r);
	return true;
}

/* New records; says up to which arrival. Their payloads were held against their commitments when
 * they came, and are again when they are shown. */
static uint64_t follow(struct indexer *ix, uint64_t from, unsigned count)
{
	struct record_walk walk;
	bool is_there;

	record_walk_begin(&walk, &ix->batch.truth);
	is_there = record_walk_arrival(&walk, from + 1);
	for (; is_there && count > 0; count--) {
		if (!take_record(ix, &walk, false))
			break;
		from = record_walk_arrival_of(&walk);
		is_there = record_walk_next_arrival(&walk);
	}
	record_walk_end(&walk);
	return from;
}

/* Payloads that came or went after their record was indexed. */
static uint64_t revisit(struct indexer *ix, uint64_t from, uint64_t indexed, unsigned count)
{
	struct row_key start = row_key_u64(from + 1);
	struct record_walk records;
	struct walk walk;
	bool more;

	record_walk_begin(&records, &ix->batch.truth);
	walk_begin(&walk, &ix->batch.truth, TABLE_REVISITS);
	more = walk_from(&walk, row_key_view(&start));
	for (; more && count > 0; more = walk_next(&walk), count--) {
		uint64_t arrival = walk.value.size == 8 ? be64_get(walk.value.data) : 0;
		if (arrival <= indexed && record_walk_arrival(&records, arrival))
			take_record(ix, &records, true);
		from = be64_get(walk.key.data);
	}
	walk_end(&walk);
	record_walk_end(&records);
	return from;
}

static void builders_begin(struct indexer *ix)
{
	for (size_t i = 0; i < BUILDER_COUNT; i++) {
		ix->states[i] = builders[i]->begin(&ix->batch);
		if (!ix->states[i])
			txn_fail(
			    &ix->batch.views, ERR_MEMORY, "no memory for a batch of the views");
	}
}

static void builders_end(struct indexer *ix)
{
	for (size_t i = 0; i < BUILDER_COUNT; i++) {
		if (ix->batch.views.err == ERR_NONE)
			builders[i]->end(ix->states[i], &ix->batch);
	}
}

static void release(struct indexer *ix)
{
	for (size_t i = 0; i < BUILDER_COUNT; i++) {
		if (ix->states[i])
			builders[i]->release(ix->states[i]);
	}
	writer_release(&ix->links);
	writer_release(&ix->batch.touched);
	writer_release(&ix->batch.verdicts);
}

/* The views only move on when nothing was wrong with either. */
static enum err finish(
    struct views *v, struct indexer *ix, uint64_t arrival, uint64_t revisits, struct why *why)
{
	struct view_batch *batch = &ix->batch;
	enum err of_truth, err;

	record_walk_end(&batch->walk);
	meta_put_u64(&batch->views, "arrival", arrival);
	meta_put_u64(&batch->views, "revisits", revisits);
	if (ix->has_erased)
		meta_put_u64(&batch->views, "scrub", 1);
	of_truth = txn_end(&batch->truth, why);
	if (of_truth != ERR_NONE)
		txn_fail(&batch->views, of_truth, "the records could not be read");
	err = txn_end(&batch->views, why);
	if (err == ERR_NONE) {
		v->revisits = revisits;
		v->wants_scrub = v->wants_scrub || ix->has_erased;
		atomic_store(&v->arrival, arrival);
	} else if (of_truth == ERR_NONE) {
		v->is_failed = true;
		v->is_broken = err == ERR_COMMIT;
	}
	return err;
}

static enum err index_batch(struct views *v, struct indexer *ix, unsigned count, struct why *why)
{
	struct view_batch *batch = &ix->batch;
	uint64_t arrival, revisits;
	enum err err;

	batch->word_cache = &v->word_cache;
	txn_begin(&batch->views, &v->env, TXN_WRITE);
	record_walk_begin(&batch->walk, &batch->truth);
	builders_begin(ix);
	arrival = atomic_load(&v->arrival);
	revisits = v->revisits;
	if (batch->views.err == ERR_NONE) {
		arrival = follow(ix, arrival, count);
		revisits = revisit(ix, revisits, arrival, count);
		builders_end(ix);
	}
	err = finish(v, ix, arrival, revisits, why);
	release(ix);
	return err;
}

enum err views_index(struct views *v, struct store *s, unsigned count, bool *more, struct why *why)
{
	struct indexer ix = {0};
	uint64_t arrivals, revisits;
	enum err err;

	*more = false;
	if (store_disk_free(s) < STORE_FLOOR)
		return why_set(why, ERR_FULL, "no room is left on the disk for the views");
	if (v->is_broken && (err = views_renew(v, s, why)) != ERR_NONE)
		return err;
	txn_begin(&ix.batch.truth, &s->env, TXN_READ);
	arrivals = ix.batch.truth.arrivals;
	revisits = meta_get_u64(&ix.batch.truth, "revisits");
	if (atomic_load(&v->arrival) == arrivals && v->revisits == revisits)
		return txn_end(&ix.batch.truth, why);
	err = index_batch(v, &ix, count, why);
	if (v->is_broken) /* at once, as nobody can read them meanwhile */
		views_renew(v, s, NULL);
	*more = err == ERR_NONE && (atomic_load(&v->arrival) < arrivals || v->revisits < revisits);
	return err;
}
