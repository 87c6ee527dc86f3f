/* Runs of records for peers, packed and proven. It decides what is served (nothing past a cut, nothing that does not match its
 * hash) and how a batch is cut. */
#include <stdatomic.h>

#include "proto/batch.h"
#include "proto/limits.h"
#include "store/read_part.h"
#include "store/tree_source.h"

static bool get_served(struct request *q, const struct batch *wanted, struct log_row *row)
{
	if (!request_log(q, &wanted->key, row))
		return false;
	if (wanted->from >= wanted->size || wanted->size > row->frontier.size)
		txn_fail(&q->t, ERR_UNKNOWN, "records %llu..%llu of a log that holds %llu",
		    (unsigned long long)wanted->from, (unsigned long long)wanted->size,
		    (unsigned long long)row->frontier.size);
	else if (wanted->size > log_row_served(row))
		txn_fail(&q->t, ERR_CUT, "records past the cut of their log");
	return q->t.err == ERR_NONE;
}

/* Records from `from` up to `size` behind what body holds, at least one, as many as fit it up to `max` bytes. */
static uint32_t collect(struct request *q, const struct batch *read, const struct log_row *row,
    struct writer *body, size_t max)
{
	uint64_t last_block = read->size - read->size % TREE_BLOCK;
	size_t aligned_size = 0;
	uint32_t count = 0, aligned_count = 0;
	struct record_walk walk;
	struct record record;
	bool is_there, is_rotten;

	record_walk_begin(&walk, &q->t);
	is_there = record_walk_at(&walk, row->log_no, read->from);
	while (is_there && record_walk_served(&walk, &record, &is_rotten)) {
		size_t before = body->size;
		/* What opens a log, and a roster, is of no use without its payload. */
		if (is_rotten && (row->number == 0 || read->from + count == 0)) {
			txn_fail(&q->t, ERR_ROT, "record %llu of log %u does not match its hash",
			    (unsigned long long)(read->from + count), row->log_no);
			break;
		}
		record_write(body, &record);
		if (count > 0 && body->size > max) {
			body->size = before;
			break;
		}
		count++;
		if ((read->from + count) % TREE_BLOCK == 0) {
			aligned_size = body->size;
			aligned_count = count;
		}
		if (read->from + count == read->size || count == BATCH_COUNT_MAX)
			break;
		is_there = record_walk_next(&walk);
	}
	record_walk_end(&walk);
	if (!is_there)
		txn_fail(&q->t, ERR_ROT, "record %llu of log %u is missing",
		    (unsigned long long)(read->from + count), row->log_no);
	/* Ending where a stored node ends makes the proof of this batch cheap. */
	if (aligned_count > 0 && read->from + count < last_block) {
		body->size = aligned_size;
		count = aligned_count;
	}
	return count;
}

static void prove(struct request *q, const struct log_row *row, struct batch *batch)
{
	struct tree_source *source;
	struct tree_nodes nodes;
	enum err err;

	if (batch->from + batch->count == batch->size)
		return;
	source = tree_source_new(&q->t, row);
	if (!source) {
		txn_fail(&q->t, ERR_MEMORY, "no memory for a proof");
		return;
	}
	nodes = tree_source_nodes(source);
	err = tree_consistency_prove(
	    &nodes, batch->from + batch->count, batch->size, batch->proof, &batch->proof_count);
	tree_source_free(source);
	if (err != ERR_NONE)
		txn_fail(&q->t, err, "cannot prove a batch: %s", err_text(err));
}

/* Readers may be several, and one of them has what the last one left. */
static struct batch_packer *packer_take(struct request *q)
{
	struct batch_packer *p = atomic_exchange(&q->store->packer, NULL);

	return p ? p : batch_packer_new();
}

static void packer_give(struct request *q, struct batch_packer *p)
{
	batch_packer_free(atomic_exchange(&q->store->packer, p));
}

/* The next run; false when its log has more than fits. */
static bool add_run(struct request *q, struct batch_writer *b, struct batch *run, size_t max)
{
	struct log_row row;

	if (!get_served(q, run, &row))
		return false;
	run->count = collect(q, run, &row, &b->records, max);
	prove(q, &row, run);
	if (q->t.err == ERR_NONE)
		batch_add(b, run);
	return q->t.err == ERR_NONE && run->from + run->count == run->size;
}

void read_batch(struct request *q)
{
	const struct read *read = q->read;
	uint32_t max = read->max < BATCH_RAW_MAX ? read->max : BATCH_RAW_MAX;
	struct batch run = {.key = read->key, .from = read->from, .size = read->size};
	struct batch_writer b = {0};
	struct reader more;

	reader_init(&more, writer_view(&read->args));
	while (add_run(q, &b, &run, max) && b.records.size < BATCH_JOIN_AIM &&
	       b.records.size < max && b.count < BATCH_RUNS_MAX && batch_next_want(&more, &run))
		;
	if (q->t.err == ERR_NONE) {
		struct batch_packer *p = packer_take(q);
		batch_finish(p, q->out, &b);
		packer_give(q, p);
	}
	batch_writer_release(&b);
}

void read_push(struct request *q)
{
	const struct read *read = q->read;
	const struct batch run = {.key = read->key, .from = read->from, .size = read->size};
	struct writer body = {0};
	struct log_row row;

	if (get_served(q, &run, &row)) {
		uint32_t count = collect(q, &run, &row, &body, BATCH_RAW_MAX);
		if (q->t.err == ERR_NONE &&
		    (count != read->size - read->from || body.size > read->max))
			txn_fail(&q->t, ERR_LIMIT, "more records than a push takes");
		if (q->t.err == ERR_NONE) {
			struct batch_packer *p = packer_take(q);
			batch_pack_with(p, q->out, writer_view(&body));
			packer_give(q, p);
		}
	}
	if (body.err != ERR_NONE)
		writer_fail(q->out, body.err);
	writer_release(&body);
}

/* Index of the first record below size that arrived behind `since`: they arrived in their order. */
static uint64_t first_behind(
    struct request *q, const struct log_row *row, uint64_t size, uint64_t since)
{
	struct record_walk walk;
	uint64_t low = 0, high = size;

	record_walk_begin(&walk, &q->t);
	while (low < high) {
		uint64_t middle = low + (high - low) / 2;
		if (!record_walk_at(&walk, row->log_no, middle)) {
			txn_fail(&q->t, ERR_ROT, "record %llu of log %u is missing",
			    (unsigned long long)middle, row->log_no);
			break;
		}
		if (record_walk_arrival_of(&walk) > since)
			high = middle;
		else
			low = middle + 1;
	}
	record_walk_end(&walk);
	return low;
}

/* One log's, behind what body holds; false when they are none or all of it, or too many. */
static bool collect_news(
    struct request *q, struct batch *run, struct writer *body, struct writer *counts)
{
	const struct read *read = q->read;
	struct log_row row;

	if (!get_served(q, run, &row))
		return false;
	run->from = first_behind(q, &row, run->size, read->from);
	if (q->t.err || run->from == 0 || run->from == run->size ||
	    run->size - run->from > read->max)
		return false;
	run->count = collect(q, run, &row, body, read->max);
	writer_u32(counts, run->count);
	return q->t.err == ERR_NONE && run->from + run->count == run->size &&
	       body->size <= read->max;
}

void read_news(struct request *q)
{
	struct writer body = {0}, counts = {0};
	struct batch run;
	struct reader logs;
	bool is_little = true;

	reader_init(&logs, writer_view(&q->read->args));
	while (is_little && batch_next_want(&logs, &run))
		is_little = collect_news(q, &run, &body, &counts);
	if (is_little && body.size > 0) {
		struct batch_packer *p = packer_take(q);
		writer_bytes(q->out, writer_view(&counts));
		batch_pack_with(p, q->out, writer_view(&body));
		packer_give(q, p);
	}
	if (body.err || counts.err)
		writer_fail(q->out, ERR_MEMORY);
	writer_release(&body);
	writer_release(&counts);
}
