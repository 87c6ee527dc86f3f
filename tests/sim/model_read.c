/* What the model says: the dump that a core is rebuilt from, and the answers to its reads, each in
 * the form that store/ gives. */
#include <stdlib.h>
#include <string.h>

#include "proto/batch.h"
#include "proto/kinds.h"
#include "proto/limits.h"
#include "proto/mp.h"
#include "tests/sim/model.h"

/* --- trees ----------------------------------------------------------------------------------- */

static enum err get_node(void *context, unsigned level, uint64_t index, struct hash *out)
{
	const struct model_log *log = context;
	struct hash left, right;
	enum err err;

	if (level > 40 || (index + 1) << level > log->count)
		return ERR_UNKNOWN;
	if (level == 0) {
		*out = log->records[index].leaf;
		return ERR_NONE;
	}
	if ((err = get_node(context, level - 1, 2 * index, &left)) ||
	    (err = get_node(context, level - 1, 2 * index + 1, &right)))
		return err;
	tree_node_hash(out, &left, &right);
	return ERR_NONE;
}

struct tree_nodes model_nodes(const struct model_log *log)
{
	return (struct tree_nodes){.get = get_node, .context = (void *)(uintptr_t)log};
}

enum err model_root(const struct model_log *log, uint64_t size, struct hash *out)
{
	struct tree_nodes nodes = model_nodes(log);
	struct frontier at = {0};
	enum err err;

	if (size == log->count && !log->is_miswritten) {
		frontier_root(&log->frontier, out);
		return ERR_NONE;
	}
	err = tree_frontier_at(&nodes, size, &at);
	if (!err)
		frontier_root(&at, out);
	return err;
}

/* --- dump ------------------------------------------------------------------------------------ */

static void put_record(struct writer *out, const struct model_log *log, uint64_t index)
{
	const struct blob *b = log->records[index].blob;

	writer_u16(out, (uint16_t)b->header_size);
	writer_put(out, b->data, (size_t)b->header_size + b->rest_size);
}

static void dump_log(struct writer *out, const struct model_log *log)
{
	struct change_tree tree = {
	    .key = log->open.key, .frontier = log->frontier, .head_arrival = log->head_arrival};
	struct writer body = {0};

	change_put_log(out, &log->open);
	for (uint64_t i = 0; log->open.number == 0 && i < log->count; i++)
		put_record(&body, log, i);
	if (body.size > 0)
		change_put_append(out, &(struct change_append){.key = log->open.key,
					   .count = (uint32_t)log->count,
					   .frontier = log->frontier,
					   .body = writer_view(&body)});
	writer_release(&body);
	change_put_tree(out, &tree);
	if (log->head.size > 0)
		change_put_head(out, &log->head);
	if (log->state != LOG_OPEN)
		change_put_state(out, &(struct change_state){.key = log->open.key,
					  .state = log->state,
					  .cut_size = log->cut_size,
					  .cut_root = log->cut_root,
					  .evidence = writer_view(&log->evidence)});
}

static int compare_logs(const void *a, const void *b)
{
	const struct model_log *const *x = a, *const *y = b;
	int roster = ((*x)->open.number != 0) - ((*y)->open.number != 0);

	return roster ? roster : key_compare(&(*x)->open.key, &(*y)->open.key);
}

static void dump_rows(const struct model_rows *rows, struct writer *out)
{
	for (size_t i = 0; i < rows->count; i++)
		writer_bytes(out, writer_view(&rows->rows[i].raw));
}

void model_dump(const struct model *m, struct writer *out)
{
	const struct model_log **order = calloc(m->log_count + 1, sizeof(const struct model_log *));

	for (size_t i = 0; order && i < m->log_count; i++)
		order[i] = &m->logs[i];
	if (!order) {
		writer_fail(out, ERR_MEMORY);
		return;
	}
	qsort(order, m->log_count, sizeof(*order), compare_logs);
	dump_rows(&m->tables[MODEL_MEMBERS], out);
	for (size_t i = 0; i < m->log_count; i++)
		dump_log(out, order[i]);
	for (size_t t = 0; t < MODEL_TABLE_COUNT; t++)
		if (t != MODEL_MEMBERS)
			dump_rows(&m->tables[t], out);
	free(order);
}

/* --- reads ----------------------------------------------------------------------------------- */

static bool has_rot(const struct model_log *log, uint64_t from, uint64_t end)
{
	for (uint64_t i = from; i < end; i++)
		if (log->records[i].is_rotten)
			return true;
	return false;
}

static enum err check_range(const struct model_log *log, uint64_t from, uint64_t size)
{
	if (!log || from >= size || size > log->count)
		return ERR_UNKNOWN;
	return size > model_served(log) ? ERR_CUT : ERR_NONE;
}

/* Records that fit; a batch that ends where a stored node ends has a cheap proof, so the store
 * prefers that. */
static uint32_t collect(
    const struct model_log *log, uint64_t from, uint64_t size, struct writer *body, size_t max)
{
	const uint64_t block = 1u << TREE_STORED_LEVELS;
	size_t aligned_size = 0;
	uint32_t count = 0, aligned = 0;

	while (from + count < size && count < BATCH_COUNT_MAX) {
		size_t before = body->size;
		put_record(body, log, from + count);
		if (count > 0 && body->size > max) {
			body->size = before;
			break;
		}
		count++;
		if ((from + count) % block == 0) {
			aligned_size = body->size;
			aligned = count;
		}
	}
	if (aligned > 0 && from + count < size - size % block) {
		body->size = aligned_size;
		count = aligned;
	}
	return count;
}

/* One for all worlds: the store has its own, and frames are to be the same. */
static struct batch_packer *packer(void)
{
	static struct batch_packer *one;

	if (!one)
		one = batch_packer_new();
	return one;
}

static enum err read_run(
    const struct model_log *log, struct batch *run, struct writer *records, uint32_t max)
{
	enum err err = check_range(log, run->from, run->size);
	struct tree_nodes nodes;

	if (err)
		return err;
	run->count = collect(log, run->from, run->size, records, max);
	if (has_rot(log, run->from, run->from + run->count))
		return ERR_ROT;
	if (run->from + run->count == run->size)
		return ERR_NONE;
	nodes = model_nodes(log);
	return tree_consistency_prove(
	    &nodes, run->from + run->count, run->size, run->proof, &run->proof_count);
}

static enum err read_batch(const struct model *m, const struct read *read, struct writer *out)
{
	struct batch run = {.key = read->key, .from = read->from, .size = read->size};
	uint32_t max = read->max < BATCH_RAW_MAX ? read->max : BATCH_RAW_MAX;
	struct batch_writer b = {0};
	struct reader more;
	enum err err;

	reader_init(&more, writer_view(&read->args));
	do {
		err = read_run(model_log(m, &run.key), &run, &b.records, max);
		if (!err)
			batch_add(&b, &run);
	} while (!err && run.from + run.count == run.size && b.records.size < BATCH_JOIN_AIM &&
		 b.records.size < max && b.count < BATCH_RUNS_MAX && batch_next_want(&more, &run));
	if (!err)
		batch_finish(packer(), out, &b);
	batch_writer_release(&b);
	return err ? err : out->err;
}

static enum err read_push(const struct model *m, const struct read *read, struct writer *out)
{
	const struct model_log *log = model_log(m, &read->key);
	enum err err = check_range(log, read->from, read->size);
	struct writer body = {0};
	uint32_t count;

	if (err)
		return err;
	count = collect(log, read->from, read->size, &body, BATCH_RAW_MAX);
	if (count != read->size - read->from || body.size > read->max)
		err = ERR_LIMIT;
	else
		batch_pack_with(packer(), out, writer_view(&body));
	writer_release(&body);
	return err ? err : out->err;
}

/* One log's, behind what body holds; is_little turns false when they are none or all of it, or too many. */
static enum err collect_news(const struct model_log *log, uint64_t size, const struct read *read,
    struct writer *body, struct writer *counts, bool *is_little)
{
	enum err err = check_range(log, 0, size);
	uint64_t from = size;

	if (err)
		return err;
	while (from > 0 && log->records[from - 1].arrival > read->from)
		from--;
	*is_little = from > 0 && from < size;
	if (!*is_little)
		return ERR_NONE;
	if (has_rot(log, from, size))
		return ERR_ROT;
	writer_u32(counts, (uint32_t)(size - from));
	*is_little =
	    collect(log, from, size, body, read->max) == size - from && body->size <= read->max;
	return ERR_NONE;
}

static enum err read_news(const struct model *m, const struct read *read, struct writer *out)
{
	struct writer body = {0}, counts = {0};
	bool is_little = true;
	enum err err = ERR_NONE;
	struct reader logs;
	struct batch run;

	reader_init(&logs, writer_view(&read->args));
	while (!err && is_little && batch_next_want(&logs, &run))
		err = collect_news(
		    model_log(m, &run.key), run.size, read, &body, &counts, &is_little);
	if (!err && is_little && body.size > 0) {
		writer_bytes(out, writer_view(&counts));
		batch_pack_with(packer(), out, writer_view(&body));
	}
	writer_release(&body);
	writer_release(&counts);
	return err ? err : out->err;
}

static enum err read_root(const struct model *m, const struct read *read, struct writer *out)
{
	const struct model_log *log = model_log(m, &read->key);
	struct hash root;
	enum err err;

	if (!log || read->size > log->count)
		return ERR_UNKNOWN;
	if (!(err = model_root(log, read->size, &root)))
		writer_put(out, root.b, HASH_SIZE);
	return err;
}

static void put_payload(
    const struct model *m, const struct key *key, uint64_t index, struct writer *out)
{
	const struct model_log *log = model_log(m, key);
	struct bytes rest = {0};
	unsigned state = RECORD_NOT_HELD;

	if (log && index < model_served(log) && !log->records[index].is_rotten) {
		const struct blob *b = log->records[index].blob;
		state = b->data[b->header_size];
		rest = bytes_of(b->data + b->header_size + 1, b->rest_size - 1);
	}
	mp_put_array(out, 4);
	mp_put_bin(out, key->b, KEY_SIZE);
	mp_put_uint(out, index);
	mp_put_uint(out, state);
	mp_put_bin(out, rest.data, rest.size);
}

static enum err read_payloads(const struct model *m, const struct read *read, struct writer *out)
{
	struct writer answers = {0};
	struct reader r;
	uint32_t count, done = 0;

	if (mp_scan(writer_view(&read->args)))
		return ERR_FORMAT;
	reader_init(&r, writer_view(&read->args));
	count = mp_array(&r);
	while (done < count && !r.err && answers.size < FRAME_SIZE_MAX - 2 * RECORD_PAYLOAD_MAX) {
		struct key key;
		uint64_t index;
		mp_array_of(&r, 2);
		mp_bin_fixed(&r, key.b, KEY_SIZE);
		index = mp_uint(&r);
		if (r.err)
			break;
		put_payload(m, &key, index, &answers);
		done++;
	}
	mp_put_array(out, done);
	writer_bytes(out, writer_view(&answers));
	writer_release(&answers);
	return r.err ? ERR_FORMAT : out->err;
}

/* In the order of the logs' first change, as the store numbers them; behind (key, from) when a key
 * is given. */
static enum err read_missing(const struct model *m, const struct read *read, struct writer *out)
{
	bool has_begun = key_is_zero(&read->key) || !model_log(m, &read->key);
	uint32_t count = 0;

	for (size_t i = 0; i < m->log_count; i++) {
		const struct model_log *log = &m->logs[i];
		bool is_start = !has_begun && key_equal(&log->open.key, &read->key);
		has_begun = has_begun || is_start;
		if (log->state == LOG_STAYS || log->state == LOG_ASIDE)
			continue; /* what it lacks nobody is asked for */
		for (uint64_t k = is_start ? read->from + 1 : 0; has_begun && k < log->count; k++) {
			struct record record;
			if (!model_record(log, k, &record) || record.state != RECORD_NOT_HELD ||
			    count >= read->max)
				continue;
			writer_put(out, log->open.key.b, KEY_SIZE);
			writer_u64(out, k);
			writer_put(out, log->records[k].leaf.b, HASH_SIZE);
			writer_u16(out, record.header.kind);
			writer_u32(out, record.header.payload_size);
			writer_put(out, record.header.commitment.b, HASH_SIZE);
			count++;
		}
	}
	return out->err;
}

static enum err read_drafts(const struct model *m, const struct read *read, struct writer *out)
{
	const struct model_rows *rows = &m->tables[MODEL_DRAFTS];

	for (size_t i = 0; i < rows->count && i < read->max; i++)
		writer_bytes(out, writer_view(&rows->rows[i].raw));
	return out->err;
}

/* Each damaged record by itself, all of the log at once. */
static enum err read_rot(const struct model_log *log, const struct read *read, struct writer *out)
{
	if (!log || read->from > log->count)
		return ERR_UNKNOWN;
	writer_u64(out, 0);
	writer_u8(out, 0);
	if (log->state == LOG_STAYS || log->state == LOG_ASIDE)
		return out->err;
	for (uint64_t i = read->from; i < log->count; i++) {
		if (!log->records[i].is_rotten)
			continue;
		writer_u64(out, i);
		writer_u64(out, i + 1);
	}
	return out->err;
}

static enum err read_erasures(
    const struct model_log *log, const struct read *read, struct writer *out)
{
	size_t start = out->size;
	uint64_t i, looked = 0;

	if (!log || read->from > log->count)
		return ERR_UNKNOWN;
	writer_u64(out, 0);
	for (i = read->from; i < log->count && looked < read->max; i++, looked++) {
		struct record record;
		if (out->size >= start + 8 + READ_ERASURES_AIM)
			break;
		if (log->records[i].is_rotten || !model_record(log, i, &record) ||
		    record.header.kind != KIND_ERASURE || record.state != RECORD_PRESENT)
			continue;
		writer_u64(out, i);
		writer_put(out, log->records[i].leaf.b, HASH_SIZE);
		writer_u32(out, (uint32_t)record.payload.size);
		writer_bytes(out, record.payload);
	}
	if (!out->err)
		be64_put(out->data + start, i < log->count ? i : 0);
	return out->err;
}

static enum err read_span(const struct model_log *log, const struct read *read, struct writer *out)
{
	struct frontier at = {0};
	struct hash root;

	if (!log || read->from > read->size || read->size > log->count)
		return ERR_UNKNOWN;
	for (uint64_t i = 0; i < read->from; i++)
		frontier_append(&at, &log->records[i].leaf, NULL, NULL);
	for (unsigned i = 0; i < frontier_count(at.size); i++)
		writer_put(out, at.hashes[i].b, HASH_SIZE);
	if (model_root(log, read->size, &root))
		return ERR_ROT;
	writer_put(out, root.b, HASH_SIZE);
	return out->err;
}

static enum err read_proof(const struct model_log *log, const struct read *read, struct writer *out)
{
	struct hash root, proof[TREE_PROOF_MAX];
	struct tree_nodes nodes;
	size_t count = 0;
	enum err err;

	if (!log || read->from == 0 || read->from >= read->size || read->size > log->count)
		return ERR_UNKNOWN;
	if (has_rot(log, 0, read->size))
		return ERR_ROT;
	nodes = model_nodes(log);
	if ((err = model_root(log, read->from, &root)) ||
	    (err = tree_consistency_prove(&nodes, read->from, read->size, proof, &count)))
		return err;
	writer_put(out, root.b, HASH_SIZE);
	writer_put(out, proof, count * sizeof(struct hash));
	return out->err;
}

enum err model_read(const struct model *m, const struct read *read, struct writer *out)
{
	const struct model_log *log = model_log(m, &read->key);

	switch (read->type) {
	case READ_BATCH:
		return read_batch(m, read, out);
	case READ_PUSH:
		return read_push(m, read, out);
	case READ_NEWS:
		return read_news(m, read, out);
	case READ_OPEN:
		if (!log || log->count == 0)
			return ERR_UNKNOWN;
		if (log->records[0].is_rotten)
			return ERR_ROT;
		put_record(out, log, 0);
		return out->err;
	case READ_RECORD:
		if (!log || read->from >= log->count)
			return ERR_UNKNOWN;
		if (log->records[read->from].is_rotten)
			return ERR_ROT;
		put_record(out, log, read->from);
		return out->err;
	case READ_ROOT:
		return read_root(m, read, out);
	case READ_PROOF:
		return read_proof(log, read, out);
	case READ_PAYLOADS:
		return read_payloads(m, read, out);
	case READ_MISSING:
		return read_missing(m, read, out);
	case READ_EVIDENCE:
		if (!log || log->evidence.size == 0)
			return ERR_UNKNOWN;
		writer_bytes(out, writer_view(&log->evidence));
		return out->err;
	case READ_DRAFTS:
		return read_drafts(m, read, out);
	case READ_ROT:
		return read_rot(log, read, out);
	case READ_ERASURES:
		return read_erasures(log, read, out);
	case READ_SPAN:
		return read_span(log, read, out);
	}
	return ERR_BUG;
}
