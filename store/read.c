/* Answers of the store to the core's reads. It decides what is served (nothing past a cut, nothing
 * that does not match its hash) and how a batch is cut; whom it goes to is not its matter. */
#include <stdatomic.h>
#include <string.h>

#include "proto/batch.h"
#include "proto/limits.h"
#include "proto/mp.h"
#include "store/erasures.h"
#include "store/place.h"
#include "store/rot.h"
#include "store/tree_source.h"
#include "store/truth.h"

struct request {
	struct store *store;
	struct txn t;
	const struct read *read;
	struct writer *out;
};

static bool get_log(struct request *q, const struct key *key, struct log_row *row)
{
	if (log_row_get(&q->t, key, row))
		return true;
	txn_fail(&q->t, ERR_UNKNOWN, "the log is not stored");
	return false;
}

static bool get_served(struct request *q, const struct batch *wanted, struct log_row *row)
{
	if (!get_log(q, &wanted->key, row))
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

static void read_batch(struct request *q)
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

static void read_push(struct request *q)
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

static void read_news(struct request *q)
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

static void read_open(struct request *q)
{
	struct record_walk walk;
	struct record record;
	struct log_row row;

	if (!get_log(q, &q->read->key, &row))
		return;
	record_walk_begin(&walk, &q->t);
	if (!record_walk_at(&walk, row.log_no, 0))
		txn_fail(&q->t, ERR_UNKNOWN, "the log is empty");
	else if (record_walk_record(&walk, &record))
		record_write(q->out, &record);
	record_walk_end(&walk);
}

/* What is to be erased may lie past a cut. */
static void read_record(struct request *q)
{
	struct record_walk walk;
	struct record record;
	struct log_row row;
	bool is_rotten;

	if (!get_log(q, &q->read->key, &row))
		return;
	record_walk_begin(&walk, &q->t);
	if (!record_walk_at(&walk, row.log_no, q->read->from))
		txn_fail(&q->t, ERR_UNKNOWN, "the log does not hold as many records");
	else if (record_walk_served(&walk, &record, &is_rotten))
		record_write(q->out, &record);
	record_walk_end(&walk);
}

static void read_root(struct request *q)
{
	struct tree_source *source;
	struct log_row row;
	struct hash root;
	enum err err;

	if (!get_log(q, &q->read->key, &row))
		return;
	if (q->read->size > row.frontier.size) {
		txn_fail(&q->t, ERR_UNKNOWN, "the log does not hold as many records");
		return;
	}
	source = tree_source_new(&q->t, &row);
	err = source ? tree_source_root(source, q->read->size, &root) : ERR_MEMORY;
	tree_source_free(source);
	if (err != ERR_NONE)
		txn_fail(&q->t, err, "cannot compute a root: %s", err_text(err));
	else
		writer_put(q->out, root.b, HASH_SIZE);
}

/* Also past a cut and of a frozen log: hashes give no record away, and a fork is proven with them. */
static void read_proof(struct request *q)
{
	const struct read *read = q->read;
	struct hash root, proof[TREE_PROOF_MAX];
	struct tree_source *source;
	struct tree_nodes nodes;
	struct log_row row;
	size_t count = 0;
	enum err err;

	if (!get_log(q, &read->key, &row))
		return;
	if (read->from == 0 || read->from >= read->size || read->size > row.frontier.size) {
		txn_fail(&q->t, ERR_UNKNOWN, "the log does not hold as many records");
		return;
	}
	source = tree_source_new(&q->t, &row);
	if (!source) {
		txn_fail(&q->t, ERR_MEMORY, "no memory for a proof");
		return;
	}
	nodes = tree_source_nodes(source);
	err = tree_source_root(source, read->from, &root);
	if (err == ERR_NONE)
		err = tree_consistency_prove(&nodes, read->from, read->size, proof, &count);
	tree_source_free(source);
	if (err != ERR_NONE) {
		txn_fail(&q->t, err, "cannot prove a log: %s", err_text(err));
		return;
	}
	writer_put(q->out, root.b, HASH_SIZE);
	writer_put(q->out, proof, count * sizeof(struct hash));
}

/* The rest of a record, u8 state first; false when it is not stored, or rotted: that is told to
 * ourselves. */
static bool find_rest(
    struct request *q, const struct log_row *row, uint64_t index, struct bytes *rest)
{
	struct record record;
	struct row_key key;
	struct bytes rests;
	struct place p;

	place_find(
	    &p, &q->t, row->log_no, index, row->frontier.size, meta_get_u64(&q->t, "arrivals"));
	key = row_key_u64(p.segment.arrival);
	if (p.state == PLACE_GOOD && txn_get(&q->t, TABLE_PAYLOADS, row_key_view(&key), &rests) &&
	    segment_rest(rests, p.segment.count, p.position, rest) &&
	    place_is_sound(place_header(&p, p.position), *rest, &record))
		return true;
	atomic_store(&q->t.env->has_rot, true);
	return false;
}

/* One element of PAYLOADS. What is not stored, rotted or lies past a cut is "not held". */
static void put_payload(struct request *q, const struct key *key, uint64_t index)
{
	struct bytes rest = {0};
	struct log_row row;
	bool is_held = log_row_get(&q->t, key, &row) && index < log_row_served(&row) &&
		       find_rest(q, &row, index, &rest);

	mp_put_array(q->out, 4);
	mp_put_bin(q->out, key->b, KEY_SIZE);
	mp_put_uint(q->out, index);
	mp_put_uint(q->out, is_held ? rest.data[0] : (uint64_t)RECORD_NOT_HELD);
	mp_put_bin(q->out, is_held ? rest.data + 1 : NULL, is_held ? rest.size - 1 : 0);
}

/* How many answers fit one frame is not known before they are read: the array's head is written
 * last. */
static void read_payloads(struct request *q)
{
	struct bytes body = writer_view(&q->read->args);
	struct writer answers = {0}, *out = q->out;
	uint32_t count, done = 0;
	struct reader r;

	if (mp_scan(body) != ERR_NONE) {
		txn_fail(
		    &q->t, ERR_FORMAT, "a list of wanted payloads that does not follow the format");
		return;
	}
	reader_init(&r, body);
	count = mp_array(&r);
	q->out = &answers;
	while (done < count && r.err == ERR_NONE && answers.err == ERR_NONE &&
	       answers.size < FRAME_SIZE_MAX - 2 * RECORD_PAYLOAD_MAX) {
		struct key key;
		uint64_t index;
		mp_array_of(&r, 2);
		mp_bin_fixed(&r, key.b, KEY_SIZE);
		index = mp_uint(&r);
		if (r.err != ERR_NONE)
			break;
		put_payload(q, &key, index);
		done++;
	}
	q->out = out;
	if (r.err != ERR_NONE)
		txn_fail(
		    &q->t, ERR_FORMAT, "a list of wanted payloads that does not follow the format");
	mp_put_array(out, done);
	writer_bytes(out, writer_view(&answers));
	if (answers.err != ERR_NONE)
		writer_fail(out, answers.err);
	writer_release(&answers);
}

static bool put_missing(
    struct request *q, struct record_walk *at, const struct log_row *row, uint64_t index)
{
	struct record record;
	struct hash leaf;

	if (!record_walk_at(at, row->log_no, index) || !record_walk_peek(at, &record)) {
		txn_fail(&q->t, ERR_ROT, "record %llu of log %u is missing",
		    (unsigned long long)index, row->log_no);
		return false;
	}
	tree_leaf_hash(&leaf, record.raw_header);
	writer_put(q->out, row->key.b, KEY_SIZE);
	writer_u64(q->out, index);
	writer_put(q->out, leaf.b, HASH_SIZE);
	writer_u16(q->out, record.header.kind);
	writer_u32(q->out, record.header.payload_size);
	writer_put(q->out, record.header.commitment.b, HASH_SIZE);
	return true;
}

/* Begins after (key, from) when a key is given, so that a caller can go through a long list. */
static void read_missing(struct request *q)
{
	struct log_row row = {0};
	struct row_key start = {0};
	struct record_walk at;
	struct walk walk;
	uint32_t count = 0;
	bool more;

	if (!key_is_zero(&q->read->key) && log_row_get(&q->t, &q->read->key, &row))
		start = row_key_log_index(row.log_no, q->read->from + 1);
	record_walk_begin(&at, &q->t);
	walk_begin(&walk, &q->t, TABLE_MISSING);
	more = start.size ? walk_from(&walk, row_key_view(&start)) : walk_first(&walk);
	for (; more && count < q->read->max; more = walk_next(&walk)) {
		uint32_t log_no = walk.key.size == 12 ? be32_get(walk.key.data) : 0;
		if (log_no != row.log_no && !log_row_by_number(&q->t, log_no, &row))
			break;
		if (!put_missing(q, &at, &row, be64_get(walk.key.data + 4)))
			break;
		count++;
	}
	record_walk_end(&at);
	walk_end(&walk);
}

static void read_evidence(struct request *q)
{
	struct bytes value;

	if (txn_get(&q->t, TABLE_EVIDENCE, BYTES(q->read->key.b), &value))
		writer_bytes(q->out, value);
	else
		txn_fail(&q->t, ERR_UNKNOWN, "no evidence about this log");
}

static void read_drafts(struct request *q)
{
	struct walk walk;
	uint32_t count = 0;

	walk_begin(&walk, &q->t, TABLE_DRAFTS);
	for (bool more = walk_first(&walk); more && count < q->read->max; more = walk_next(&walk)) {
		writer_bytes(q->out, walk.value);
		count++;
	}
	walk_end(&walk);
}

static void read_by_row(struct request *q,
    void (*look)(struct txn *, const struct log_row *, const struct read *, struct writer *))
{
	struct log_row row;

	if (!get_log(q, &q->read->key, &row))
		return;
	if (q->read->from > row.frontier.size)
		txn_fail(&q->t, ERR_UNKNOWN, "the log does not hold as many records");
	else
		look(&q->t, &row, q->read, q->out);
}

static void read_span(struct request *q)
{
	struct tree_source *source;
	struct tree_nodes nodes;
	struct frontier at = {0};
	struct log_row row;
	struct hash root;
	enum err err;

	if (!get_log(q, &q->read->key, &row))
		return;
	if (q->read->from > q->read->size || q->read->size > row.frontier.size) {
		txn_fail(&q->t, ERR_UNKNOWN, "the log does not hold as many records");
		return;
	}
	source = tree_source_new(&q->t, &row);
	if (!source) {
		txn_fail(&q->t, ERR_MEMORY, "no memory for a span of a log");
		return;
	}
	nodes = tree_source_nodes(source);
	err = tree_frontier_at(&nodes, q->read->from, &at);
	if (err == ERR_NONE)
		err = tree_source_root(source, q->read->size, &root);
	tree_source_free(source);
	if (err != ERR_NONE) {
		txn_fail(&q->t, err, "cannot compute a root: %s", err_text(err));
		return;
	}
	for (unsigned i = 0; i < frontier_count(at.size); i++)
		writer_put(q->out, at.hashes[i].b, HASH_SIZE);
	writer_put(q->out, root.b, HASH_SIZE);
}

static void dispatch(struct request *q)
{
	switch (q->read->type) {
	case READ_BATCH:
		read_batch(q);
		return;
	case READ_PUSH:
		read_push(q);
		return;
	case READ_NEWS:
		read_news(q);
		return;
	case READ_OPEN:
		read_open(q);
		return;
	case READ_RECORD:
		read_record(q);
		return;
	case READ_ROOT:
		read_root(q);
		return;
	case READ_PROOF:
		read_proof(q);
		return;
	case READ_PAYLOADS:
		read_payloads(q);
		return;
	case READ_MISSING:
		read_missing(q);
		return;
	case READ_EVIDENCE:
		read_evidence(q);
		return;
	case READ_DRAFTS:
		read_drafts(q);
		return;
	case READ_ROT:
		read_by_row(q, rot_read);
		return;
	case READ_ERASURES:
		read_by_row(q, erasures_read);
		return;
	case READ_SPAN:
		read_span(q);
		return;
	}
	txn_fail(&q->t, ERR_BUG, "a read of an unknown type");
}

enum err store_read(struct store *s, const struct read *read, struct writer *out, struct why *why)
{
	struct request q = {.store = s, .read = read, .out = out};

	txn_begin(&q.t, &s->env, TXN_READ);
	if (q.t.err == ERR_NONE)
		dispatch(&q);
	if (out->err != ERR_NONE)
		txn_fail(&q.t, out->err, "no memory for an answer");
	return txn_end(&q.t, why);
}
