#include "tests/network/ledger.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "proto/kinds.h"

void ledger_init(struct ledger *l, unsigned logs)
{
	*l = (struct ledger){.count = logs, .slot_count = 4 * logs + 16};
	l->logs = calloc(logs, sizeof(*l->logs));
	l->slots = calloc(l->slot_count, sizeof(*l->slots));
	assert(l->logs && l->slots);
}

void ledger_release(struct ledger *l)
{
	for (unsigned i = 0; i < l->count; i++) {
		writer_release(&l->logs[i].body);
		free(l->logs[i].ends);
		free(l->logs[i].leaves);
		free(l->logs[i].heads);
	}
	free(l->logs);
	free(l->slots);
	*l = (struct ledger){0};
}

static uint32_t *slot(const struct ledger *l, const struct key *key)
{
	uint32_t at = be32_get(key->b) % l->slot_count;

	while (l->slots[at] && !key_equal(&l->logs[l->slots[at] - 1].open.key, key))
		at = (at + 1) % l->slot_count;
	return &l->slots[at];
}

void ledger_name(struct ledger *l, unsigned log, const struct change_log *open)
{
	l->logs[log].open = *open;
	*slot(l, &open->key) = log + 1;
}

unsigned ledger_find(const struct ledger *l, const struct key *key)
{
	uint32_t at = *slot(l, key);

	assert(at);
	return at - 1;
}

static void grow(struct ledger_log *log)
{
	if (log->count < log->capacity)
		return;
	log->capacity = log->capacity ? log->capacity * 2 : 4;
	log->ends = realloc(log->ends, log->capacity * sizeof(*log->ends));
	log->leaves = realloc(log->leaves, log->capacity * sizeof(*log->leaves));
	assert(log->ends && log->leaves);
}

static void append(struct ledger_log *log, struct bytes body)
{
	struct reader r;
	struct record record;

	reader_init(&r, body);
	while (reader_left(&r)) {
		size_t before = reader_left(&r);
		enum err err = record_read(&record, &r);
		assert(!err);
		grow(log);
		writer_put(&log->body, body.data + (body.size - before), before - reader_left(&r));
		tree_leaf_hash(&log->leaves[log->count], record.raw_header);
		log->ends[log->count++] = log->body.size;
		if (record.header.kind == KIND_NODE_ANNOUNCE)
			log->announced = log->count;
	}
	assert(!log->body.err);
}

struct bytes ledger_records(const struct ledger *l, unsigned at, uint64_t from, uint64_t end)
{
	const struct ledger_log *log = &l->logs[at];
	size_t first = from ? log->ends[from - 1] : 0;

	assert(from < end && end <= log->count);
	return bytes_of(log->body.data + first, log->ends[end - 1] - first);
}

void ledger_put(struct ledger *l, unsigned at, uint64_t from, uint32_t count, struct bytes body)
{
	struct ledger_log *log = &l->logs[at];

	if (from == log->count)
		append(log, body);
	assert(from + count <= log->count);
	assert(bytes_equal(ledger_records(l, at, from, from + count), body));
}

void ledger_put_head(struct ledger *l, const struct checkpoint *head)
{
	struct ledger_log *log = &l->logs[ledger_find(l, &head->log)];
	const struct checkpoint *newest = log->head_count ? &log->heads[log->head_count - 1] : NULL;

	if (newest && head->size <= newest->size) {
		const struct checkpoint *known =
		    ledger_head(l, (unsigned)(log - l->logs), head->size);
		assert(known && memcmp(known, head, sizeof(*head)) == 0);
		return;
	}
	if (log->head_count == log->head_capacity) {
		log->head_capacity = log->head_capacity ? log->head_capacity * 2 : 4;
		log->heads = realloc(log->heads, log->head_capacity * sizeof(*log->heads));
		assert(log->heads);
	}
	l->total += head->size - (log->head_count ? log->heads[log->head_count - 1].size : 0);
	log->heads[log->head_count++] = *head;
}

const struct checkpoint *ledger_head(const struct ledger *l, unsigned at, uint64_t size)
{
	const struct ledger_log *log = &l->logs[at];

	for (uint32_t i = log->head_count; i-- > 0;)
		if (log->heads[i].size <= size)
			return &log->heads[i];
	return NULL;
}

void ledger_frontier(const struct ledger *l, unsigned at, uint64_t size, struct frontier *out)
{
	memset(out, 0, sizeof(*out));
	for (uint64_t i = 0; i < size; i++)
		frontier_append(out, &l->logs[at].leaves[i], NULL, NULL);
}

static enum err get_node(void *context, unsigned level, uint64_t index, struct hash *out)
{
	const struct ledger_log *log = context;
	struct hash left, right;
	enum err err;

	if (level > 40 || (index + 1) << level > log->count)
		return ERR_UNKNOWN;
	if (level == 0) {
		*out = log->leaves[index];
		return ERR_NONE;
	}
	if ((err = get_node(context, level - 1, 2 * index, &left)) ||
	    (err = get_node(context, level - 1, 2 * index + 1, &right)))
		return err;
	tree_node_hash(out, &left, &right);
	return ERR_NONE;
}

enum err ledger_prove(const struct ledger *l, unsigned at, uint64_t old_size, uint64_t size,
    struct hash *proof, size_t *count)
{
	struct tree_nodes nodes = {.get = get_node, .context = &l->logs[at]};

	return tree_consistency_prove(&nodes, old_size, size, proof, count);
}
