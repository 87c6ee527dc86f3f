/* A store in memory for tests of the core: applies changes, answers reads, gives its dump back, and
 * remembers every change so that an older state can be restored. It trusts the core in nothing that
 * a real store would refuse: an operation that does not fit fails the test. */
#ifndef TESTS_PROTO_CORE_STORE_H
#define TESTS_PROTO_CORE_STORE_H

#include "tests/unit.h"

#include "proto/core.h"
#include "proto/limits.h"
#include "proto/mp.h"
#include "proto/msg.h"
#include "tests/one_batch.h"

struct kept_record {
	struct writer bytes; /* section 2: header and rest */
	struct hash leaf;
	uint64_t arrival;
	bool is_rotten; /* cannot be read until it is mended */
};

struct kept_log {
	struct change_log open;
	struct kept_record *records;
	size_t count, capacity;
	struct frontier frontier;
	struct checkpoint head;
	uint64_t head_arrival;
	struct change_state state;
	struct writer evidence;
};

/* Operations that a dump gives back as they came, by a key. */
struct kept_row {
	enum change_op op;
	struct writer key;
	struct writer raw;
	bool is_gone;
};

struct kept {
	struct kept_log **logs;
	size_t log_count;
	struct kept_row *rows;
	size_t row_count;
	uint64_t arrival;
	bool has_bad_nodes;	/* READ_SPAN does not answer */
	struct writer *journal; /* each change as it came */
	size_t journal_count;
};

static inline struct kept_log *kept_find(const struct kept *k, const struct key *key)
{
	for (size_t i = 0; i < k->log_count; i++)
		if (key_equal(&k->logs[i]->open.key, key))
			return k->logs[i];
	return NULL;
}

static inline void kept_release(struct kept *k)
{
	for (size_t i = 0; i < k->log_count; i++) {
		struct kept_log *log = k->logs[i];
		for (size_t j = 0; j < log->count; j++)
			writer_release(&log->records[j].bytes);
		writer_release(&log->evidence);
		free(log->records);
		free(log);
	}
	for (size_t i = 0; i < k->row_count; i++) {
		writer_release(&k->rows[i].key);
		writer_release(&k->rows[i].raw);
	}
	for (size_t i = 0; i < k->journal_count; i++)
		writer_release(&k->journal[i]);
	free(k->logs);
	free(k->rows);
	free(k->journal);
	*k = (struct kept){0};
}

/* --- applying -------------------------------------------------------------------------------- */

static inline void kept_open(struct kept *k, const struct change_log *op)
{
	struct kept_log *log = kept_find(k, &op->key);

	if (log) { /* again, after a change that failed */
		assert_string_equal(log->open.member, op->member);
		return;
	}
	k->logs = realloc(k->logs, (k->log_count + 1) * sizeof(struct kept_log *));
	log = k->logs[k->log_count++] = calloc(1, sizeof(*log));
	assert_non_null(log);
	log->open = *op;
}

static inline void kept_append(
    struct kept *k, const struct change_append *op, struct change_result *result)
{
	struct kept_log *log = kept_find(k, &op->key);
	struct reader r;

	assert_non_null(log);
	assert_int_equal(op->from, log->frontier.size);
	assert_int_equal(op->frontier.size, op->from + op->count);
	reader_init(&r, op->body);
	for (uint32_t i = 0; i < op->count; i++) {
		struct record record;
		const uint8_t *start = r.at;
		assert_ok(record_read(&record, &r));
		if (log->count == log->capacity) {
			log->capacity = log->capacity ? log->capacity * 2 : 8;
			log->records = realloc(log->records, log->capacity * sizeof(*log->records));
			assert_non_null(log->records);
		}
		struct kept_record *kept = &log->records[log->count++];
		*kept = (struct kept_record){.arrival = ++k->arrival};
		writer_put(&kept->bytes, start, (size_t)(r.at - start));
		tree_leaf_hash(&kept->leaf, record.raw_header);
		frontier_append(&log->frontier, &kept->leaf, NULL, NULL);
	}
	assert_ok(reader_end(&r));
	assert_memory_equal(log->frontier.hashes, op->frontier.hashes,
	    frontier_count(log->frontier.size) * sizeof(struct hash));
	if (op->reread) {
		result->has_reread = true;
		frontier_root(&log->frontier, &result->reread);
	}
}

static inline void kept_head(struct kept *k, const struct checkpoint *op)
{
	struct kept_log *log = kept_find(k, &op->log);

	assert_non_null(log);
	assert_true(op->size > 0 && op->size <= log->count && op->size >= log->head.size);
	log->head = *op;
	log->head_arrival = log->records[op->size - 1].arrival;
}

static inline void kept_payload(struct kept *k, const struct change_payload *op)
{
	struct kept_log *log = kept_find(k, &op->key);
	struct record record;
	struct reader r;

	assert_non_null(log);
	assert_true(op->index < log->count);
	struct writer *bytes = &log->records[op->index].bytes;
	reader_init(&r, writer_view(bytes));
	assert_ok(record_read(&record, &r));
	size_t header = 2 + record.raw_header.size;
	bytes->size = header;
	writer_bytes(bytes, op->rest);
	reader_init(&r, writer_view(bytes));
	assert_ok(record_read(&record, &r));
	assert_ok(record_check(&record));
}

/* Only what is the same again may take the place of what rotted. */
static inline void kept_mend(struct kept *k, const struct change_mend *op)
{
	struct kept_log *log = kept_find(k, &op->key);
	struct record record;
	struct reader r;

	assert_non_null(log);
	assert_true(op->from <= log->count && op->count <= log->count - op->from);
	reader_init(&r, op->body);
	for (uint32_t i = 0; i < op->count; i++) {
		struct kept_record *row = &log->records[op->from + i];
		struct hash leaf;
		assert_ok(record_read(&record, &r));
		assert_ok(record_check(&record));
		tree_leaf_hash(&leaf, record.raw_header);
		assert_memory_equal(leaf.b, row->leaf.b, HASH_SIZE);
		if (!row->is_rotten)
			continue;
		writer_clear(&row->bytes);
		record_write(&row->bytes, &record);
		row->is_rotten = false;
	}
	assert_ok(reader_end(&r));
}

static inline void kept_state(struct kept *k, const struct change_state *op)
{
	struct kept_log *log = kept_find(k, &op->key);

	assert_non_null(log);
	log->state = *op;
	if (op->evidence.size) {
		writer_clear(&log->evidence);
		writer_bytes(&log->evidence, op->evidence);
	}
	log->state.evidence = (struct bytes){0};
}

static inline void kept_put_row(
    struct kept *k, enum change_op op, struct bytes key, bool is_put, struct bytes raw)
{
	struct kept_row *row = NULL;

	for (size_t i = 0; i < k->row_count; i++)
		if (k->rows[i].op == op && bytes_equal(writer_view(&k->rows[i].key), key))
			row = &k->rows[i];
	if (!row) {
		k->rows = realloc(k->rows, (k->row_count + 1) * sizeof(*k->rows));
		assert_non_null(k->rows);
		row = &k->rows[k->row_count++];
		*row = (struct kept_row){.op = op};
		writer_bytes(&row->key, key);
	}
	row->is_gone = !is_put;
	writer_clear(&row->raw);
	writer_bytes(&row->raw, raw);
}

static inline void kept_row(struct kept *k, const struct change *c, struct bytes raw)
{
	uint8_t number[8], place[KEY_SIZE + 8];

	switch (c->op) {
	case CHANGE_LOCK:
		kept_put_row(k, c->op, BYTES(c->lock.key.b), true, raw);
		return;
	case CHANGE_CURSOR:
		kept_put_row(k, c->op, BYTES(c->cursor.peer.b), true, raw);
		return;
	case CHANGE_ADDRESSES:
		kept_put_row(k, c->op, BYTES(c->addresses.key.b), true, raw);
		return;
	case CHANGE_MEMBER:
		kept_put_row(k, c->op, bytes_str(c->member.code), true, raw);
		return;
	case CHANGE_INVITE:
		kept_put_row(k, c->op, BYTES(c->invite.token), c->invite.is_put, raw);
		return;
	case CHANGE_REQUEST:
		be64_put(number, c->request.number);
		kept_put_row(k, c->op, BYTES(number), c->request.is_put, raw);
		return;
	case CHANGE_DRAFT:
		be64_put(number, c->draft.number);
		kept_put_row(k, c->op, BYTES(number), c->draft.is_put, raw);
		return;
	case CHANGE_AIM:
		kept_put_row(k, c->op, BYTES(c->aim.log.b), true, raw);
		return;
	case CHANGE_ERASURE:
		memcpy(place, c->erasure.by.log.b, KEY_SIZE);
		be64_put(place + KEY_SIZE, c->erasure.by.index);
		kept_put_row(k, c->op, BYTES(place), c->erasure.is_put, raw);
		return;
	case CHANGE_LOG:
	case CHANGE_APPEND:
	case CHANGE_TREE:
	case CHANGE_HEAD:
	case CHANGE_PAYLOAD:
	case CHANGE_STATE:
	case CHANGE_MEND:
	case CHANGE_OP_COUNT:
		break;
	}
	fail_msg("operation %d does not belong into a change", (int)c->op);
}

static inline void kept_apply_one(
    struct kept *k, const struct change *c, struct bytes raw, struct change_result *result)
{
	if (c->op == CHANGE_LOG)
		kept_open(k, &c->log);
	else if (c->op == CHANGE_APPEND)
		kept_append(k, &c->append, result);
	else if (c->op == CHANGE_HEAD)
		kept_head(k, &c->head);
	else if (c->op == CHANGE_PAYLOAD)
		kept_payload(k, &c->payload);
	else if (c->op == CHANGE_STATE)
		kept_state(k, &c->state);
	else if (c->op == CHANGE_MEND)
		kept_mend(k, &c->mend);
	else
		kept_row(k, c, raw);
}

static inline void kept_apply(struct kept *k, struct bytes change, struct change_result *result)
{
	struct change op;
	struct reader r;
	const uint8_t *start;

	*result = (struct change_result){0};
	reader_init(&r, change);
	for (start = r.at; change_next(&op, &r); start = r.at)
		kept_apply_one(k, &op, bytes_of(start, (size_t)(r.at - start)), result);
	assert_ok(r.err);
	result->arrival = k->arrival;
	k->journal = realloc(k->journal, (k->journal_count + 1) * sizeof(*k->journal));
	assert_non_null(k->journal);
	k->journal[k->journal_count] = (struct writer){0};
	writer_bytes(&k->journal[k->journal_count++], change);
}

/* The store as it was after that many changes. */
static inline void kept_copy(struct kept *out, const struct kept *k, size_t journal_count)
{
	struct change_result result;

	*out = (struct kept){0};
	for (size_t i = 0; i < journal_count; i++)
		kept_apply(out, writer_view(&k->journal[i]), &result);
}

/* --- the dump -------------------------------------------------------------------------------- */

static inline void kept_dump_log(const struct kept_log *log, struct writer *out)
{
	struct writer body = {0};
	struct change_state state = log->state;

	change_put_log(out, &log->open);
	if (log->open.number == 0 && log->count) {
		for (size_t i = 0; i < log->count; i++)
			writer_bytes(&body, writer_view(&log->records[i].bytes));
		change_put_append(out, &(struct change_append){.key = log->open.key,
					   .count = (uint32_t)log->count,
					   .frontier = log->frontier,
					   .body = writer_view(&body)});
		writer_release(&body);
	}
	change_put_tree(out, &(struct change_tree){.key = log->open.key,
				 .frontier = log->frontier,
				 .head_arrival = log->head_arrival});
	if (log->head.size)
		change_put_head(out, &log->head);
	state.evidence = writer_view(&log->evidence);
	if (state.state != LOG_OPEN)
		change_put_state(out, &state);
}

static inline void kept_dump(const struct kept *k, struct writer *out)
{
	for (unsigned turn = 0; turn < 2; turn++)
		for (size_t i = 0; i < k->log_count; i++)
			if ((k->logs[i]->open.number == 0) == (turn == 0))
				kept_dump_log(k->logs[i], out);
	for (size_t i = 0; i < k->row_count; i++)
		if (!k->rows[i].is_gone && k->rows[i].op != CHANGE_LOCK)
			writer_bytes(out, writer_view(&k->rows[i].raw));
	assert_ok(out->err);
}

/* --- reads ----------------------------------------------------------------------------------- */

static inline void kept_subtree(
    const struct kept_log *log, unsigned level, uint64_t index, struct hash *out)
{
	struct hash left, right;

	if (level == 0) {
		*out = log->records[index].leaf;
		return;
	}
	kept_subtree(log, level - 1, 2 * index, &left);
	kept_subtree(log, level - 1, 2 * index + 1, &right);
	tree_node_hash(out, &left, &right);
}

static inline enum err kept_node(void *context, unsigned level, uint64_t index, struct hash *out)
{
	const struct kept_log *log = context;

	if ((index + 1) << level > log->count)
		return ERR_UNKNOWN;
	kept_subtree(log, level, index, out);
	return ERR_NONE;
}

/* The records of one run, behind what body holds. */
static inline enum err kept_run(
    struct kept_log *log, struct batch *run, struct writer *body, size_t max)
{
	struct tree_nodes nodes = {kept_node, log};
	enum err err = ERR_NONE;

	while (run->from + run->count < run->size) {
		struct bytes one = writer_view(&log->records[run->from + run->count].bytes);
		if (log->records[run->from + run->count].is_rotten)
			err = ERR_ROT;
		if (run->count && body->size + one.size > max)
			break;
		writer_bytes(body, one);
		run->count++;
	}
	if (!err && run->from + run->count < run->size)
		err = tree_consistency_prove(
		    &nodes, run->from + run->count, run->size, run->proof, &run->proof_count);
	return err;
}

static inline enum err kept_push(struct kept_log *log, const struct read *read, struct writer *out)
{
	struct batch run = {.from = read->from, .size = read->size};
	struct writer body = {0};
	enum err err = kept_run(log, &run, &body, read->max);

	batch_pack(out, writer_view(&body));
	writer_release(&body);
	return err ? err : out->err;
}

static inline enum err kept_batch(const struct kept *k, const struct read *read, struct writer *out)
{
	struct batch run = {.key = read->key, .from = read->from, .size = read->size};
	struct batch_writer b = {0};
	struct reader more;
	enum err err = ERR_NONE;

	reader_init(&more, writer_view(&read->args));
	do {
		struct kept_log *log = kept_find(k, &run.key);
		err = log && run.from < run.size && run.size <= log->count
			  ? kept_run(log, &run, &b.records, read->max)
			  : ERR_UNKNOWN;
		if (!err)
			batch_add(&b, &run);
	} while (!err && run.from + run.count == run.size && b.records.size < BATCH_JOIN_AIM &&
		 b.records.size < read->max && batch_next_want(&more, &run));
	if (!err)
		batch_finish(NULL, out, &b);
	batch_writer_release(&b);
	return err ? err : out->err;
}

static inline enum err kept_news(const struct kept *k, const struct read *read, struct writer *out)
{
	struct writer body = {0}, counts = {0};
	struct batch run;
	struct reader logs;
	bool is_little = true;

	reader_init(&logs, writer_view(&read->args));
	while (is_little && batch_next_want(&logs, &run)) {
		struct kept_log *log = kept_find(k, &run.key);
		assert_true(log && run.size <= log->count);
		uint64_t from = run.size;
		while (from > 0 && log->records[from - 1].arrival > read->from)
			from--;
		for (uint64_t i = from; i < run.size; i++)
			writer_bytes(&body, writer_view(&log->records[i].bytes));
		writer_u32(&counts, (uint32_t)(run.size - from));
		is_little = from > 0 && from < run.size && body.size <= read->max;
	}
	if (is_little) {
		writer_bytes(out, writer_view(&counts));
		batch_pack(out, writer_view(&body));
	}
	writer_release(&body);
	writer_release(&counts);
	return out->err;
}

static inline void kept_put_payload(
    const struct kept *k, struct writer *out, const struct msg_payload_want *want)
{
	const struct kept_log *log = kept_find(k, &want->log);
	struct msg_payload m = {.log = want->log, .index = want->index, .state = RECORD_NOT_HELD};
	struct record record = {.state = RECORD_NOT_HELD};
	struct writer rest = {0};
	struct reader r;

	if (log && want->index < log->count && !log->records[want->index].is_rotten) {
		reader_init(&r, writer_view(&log->records[want->index].bytes));
		assert_ok(record_read(&record, &r));
		record_write_rest(&rest, &record);
		m.state = rest.data[0];
		m.rest = bytes_of(rest.data + 1, rest.size - 1);
	}
	msg_payloads_add(out, &m);
	writer_release(&rest);
}

static inline enum err kept_payloads(
    const struct kept *k, const struct read *read, struct writer *out)
{
	struct msg_payload_want wants[MSG_WANTS_MAX];
	uint32_t count;

	assert_ok(msg_payload_want_decode(wants, &count, writer_view(&read->args)));
	msg_payloads_begin(out, count);
	for (uint32_t i = 0; i < count; i++)
		kept_put_payload(k, out, &wants[i]);
	return out->err;
}

/* Like the real one: begins after (key, from) when a key is given. */
static inline enum err kept_missing(
    const struct kept *k, const struct read *read, struct writer *out)
{
	bool is_past = key_is_zero(&read->key);
	uint32_t count = 0;

	for (size_t i = 0; i < k->log_count; i++) {
		const struct kept_log *log = k->logs[i];
		bool is_first = key_equal(&log->open.key, &read->key);
		size_t from = is_first ? (size_t)read->from + 1 : 0;
		is_past |= is_first;
		for (size_t j = from; is_past && j < log->count && count < read->max; j++) {
			struct record record;
			struct reader r;
			if (log->records[j].is_rotten)
				continue;
			reader_init(&r, writer_view(&log->records[j].bytes));
			assert_ok(record_read(&record, &r));
			if (record.state != RECORD_NOT_HELD)
				continue;
			writer_put(out, log->open.key.b, KEY_SIZE);
			writer_u64(out, j);
			writer_put(out, log->records[j].leaf.b, HASH_SIZE);
			writer_u16(out, record.header.kind);
			writer_u32(out, record.header.payload_size);
			writer_put(out, record.header.commitment.b, HASH_SIZE);
			count++;
		}
	}
	return ERR_NONE;
}

static inline enum err kept_drafts(
    const struct kept *k, const struct read *read, struct writer *out)
{
	uint32_t count = 0;

	for (size_t i = 0; i < k->row_count && count < read->max; i++)
		if (k->rows[i].op == CHANGE_DRAFT && !k->rows[i].is_gone) {
			writer_bytes(out, writer_view(&k->rows[i].raw));
			count++;
		}
	return ERR_NONE;
}

/* Looks at a hundred records at a time. */
static inline enum err kept_rot(
    const struct kept_log *log, const struct read *read, struct writer *out)
{
	uint64_t end = read->from + 100;

	if (!log || read->from > log->count)
		return ERR_UNKNOWN;
	if (end > log->count)
		end = log->count;
	writer_u64(out, end < log->count ? end : 0);
	writer_u8(out, 0);
	for (uint64_t i = read->from; i < end; i++)
		if (log->records[i].is_rotten) {
			writer_u64(out, i);
			writer_u64(out, i + 1);
		}
	return out->err;
}

/* Likewise. */
static inline enum err kept_erasures(
    const struct kept_log *log, const struct read *read, struct writer *out)
{
	uint64_t end = read->from + 100;

	if (!log || read->from > log->count)
		return ERR_UNKNOWN;
	if (end > log->count)
		end = log->count;
	writer_u64(out, end < log->count ? end : 0);
	for (uint64_t i = read->from; i < end; i++) {
		struct record record;
		struct reader r;
		reader_init(&r, writer_view(&log->records[i].bytes));
		if (log->records[i].is_rotten || record_read(&record, &r) ||
		    record.header.kind != 7 || record.state != RECORD_PRESENT)
			continue;
		writer_u64(out, i);
		writer_put(out, log->records[i].leaf.b, HASH_SIZE);
		writer_u32(out, (uint32_t)record.payload.size);
		writer_bytes(out, record.payload);
	}
	return out->err;
}

static inline enum err kept_proof(struct kept_log *log, const struct read *read, struct writer *out)
{
	struct hash root, proof[TREE_PROOF_MAX];
	struct tree_nodes nodes = {kept_node, log};
	struct frontier at = {0};
	size_t count = 0;
	enum err err;

	if (!log || read->from == 0 || read->from >= read->size || read->size > log->count)
		return ERR_UNKNOWN;
	for (uint64_t i = 0; i < read->from; i++)
		frontier_append(&at, &log->records[i].leaf, NULL, NULL);
	frontier_root(&at, &root);
	if ((err = tree_consistency_prove(&nodes, read->from, read->size, proof, &count)))
		return err;
	writer_put(out, root.b, HASH_SIZE);
	writer_put(out, proof, count * sizeof(struct hash));
	return out->err;
}

static inline enum err kept_read(const struct kept *k, const struct read *read, struct writer *out)
{
	struct kept_log *log = kept_find(k, &read->key);
	struct frontier at = {0};
	struct hash root;

	switch (read->type) {
	case READ_BATCH:
		return kept_batch(k, read, out);
	case READ_PUSH:
		if (!log || read->from >= read->size || read->size > log->count)
			return ERR_UNKNOWN;
		return kept_push(log, read, out);
	case READ_NEWS:
		return kept_news(k, read, out);
	case READ_OPEN:
		if (!log || !log->count)
			return ERR_UNKNOWN;
		writer_bytes(out, writer_view(&log->records[0].bytes));
		return out->err;
	case READ_RECORD:
		if (!log || read->from >= log->count)
			return ERR_UNKNOWN;
		if (log->records[read->from].is_rotten)
			return ERR_ROT;
		writer_bytes(out, writer_view(&log->records[read->from].bytes));
		return out->err;
	case READ_ROOT:
		if (!log || read->size > log->count)
			return ERR_UNKNOWN;
		for (uint64_t i = 0; i < read->size; i++)
			frontier_append(&at, &log->records[i].leaf, NULL, NULL);
		frontier_root(&at, &root);
		writer_put(out, root.b, HASH_SIZE);
		return out->err;
	case READ_PROOF:
		return kept_proof(log, read, out);
	case READ_PAYLOADS:
		return kept_payloads(k, read, out);
	case READ_MISSING:
		return kept_missing(k, read, out);
	case READ_EVIDENCE:
		if (!log || !log->evidence.size)
			return ERR_UNKNOWN;
		writer_bytes(out, writer_view(&log->evidence));
		return out->err;
	case READ_DRAFTS:
		return kept_drafts(k, read, out);
	case READ_ROT:
		return kept_rot(log, read, out);
	case READ_ERASURES:
		return kept_erasures(log, read, out);
	case READ_SPAN:
		if (!log || read->from > read->size || read->size > log->count)
			return ERR_UNKNOWN;
		if (k->has_bad_nodes)
			return ERR_ROT;
		for (uint64_t i = 0; i < read->from; i++)
			frontier_append(&at, &log->records[i].leaf, NULL, NULL);
		for (unsigned i = 0; i < frontier_count(at.size); i++)
			writer_put(out, at.hashes[i].b, HASH_SIZE);
		for (uint64_t i = read->from; i < read->size; i++)
			frontier_append(&at, &log->records[i].leaf, NULL, NULL);
		frontier_root(&at, &root);
		writer_put(out, root.b, HASH_SIZE);
		return out->err;
	}
	return ERR_BUG;
}

#endif
