/* One round of own records: whatever waits is given salts and headers, extends the frontier, and becomes one change that is
 * read back. What arrives meanwhile goes into the next round, so one signature carries any number of records. */
#include "proto/core_parts.h"

#include <stdlib.h>
#include <string.h>

#include "proto/broken.h"
#include "proto/kinds.h"

/* Beside its payload, about: its header and salt, less what an item has. */
#define RECORD_OVERHEAD 96

struct round {
	struct frontier frontier;
	struct writer records;
	struct change_node *nodes;
	uint32_t node_count, node_capacity;
	uint32_t count;
	bool failed;
	bool is_closed; /* the last record ends the log */
	struct change_addresses announce;
	bool has_announce;
	struct writer announce_payload;
	struct writer erasures; /* struct change_erasure */
};

static void round_node(void *context, unsigned level, uint64_t index, const struct hash *hash)
{
	struct round *round = context;

	if (round->node_count == round->node_capacity) {
		uint32_t capacity = round->node_capacity ? round->node_capacity * 2 : 16;
		struct change_node *nodes = realloc(round->nodes, capacity * sizeof(*nodes));
		if (!nodes) {
			round->failed = true;
			return;
		}
		round->nodes = nodes;
		round->node_capacity = capacity;
	}
	round->nodes[round->node_count++] =
	    (struct change_node){.level = (uint8_t)level, .index = index, .hash = *hash};
}

static void round_release(struct round *round)
{
	free(round->nodes);
	writer_release(&round->records);
	writer_release(&round->announce_payload);
	writer_release(&round->erasures);
}

/* What a request keeps of each of its records for the answer: index, leaf, time. */
#define NAME_SIZE (8 + HASH_SIZE + 8)

static void put_record(struct core *core, struct own *own, struct round *round, struct publish *p,
    uint16_t kind, struct mtime time, struct bytes payload)
{
	uint8_t salt[RECORD_SALT_SIZE];
	struct hash leaf;
	size_t start = round->records.size;
	uint64_t index = round->frontier.size;

	if (index == 0 && own == &core->own)
		memcpy(salt, core->config.log_open_salt, sizeof(salt));
	else if (index == 0)
		memcpy(salt, core->config.genesis_salt, sizeof(salt));
	else
		seal_rng_bytes(&core->rng, salt, sizeof(salt));
	record_create(&round->records, kind, time, NULL, salt, payload);
	if (round->records.err) {
		round->failed = true;
		return;
	}
	tree_leaf_hash(&leaf,
	    record_raw_header(bytes_of(round->records.data + start, round->records.size - start)));
	frontier_append(&round->frontier, &leaf, round_node, round);
	writer_u64(&p->names, index);
	writer_put(&p->names, leaf.b, HASH_SIZE);
	writer_u64(&p->names, (uint64_t)time.ms);
	round->count++;
	round->is_closed = kind == KIND_LOG_CLOSE;
	if (kind == KIND_ERASURE) {
		struct change_erasure erasure;
		if (erasure_read(&erasure, &(struct record_ref){own->key, index, leaf}, payload))
			writer_put(&round->erasures, &erasure, sizeof(erasure));
	}
	if (kind == KIND_NODE_ANNOUNCE) {
		writer_clear(&round->announce_payload);
		writer_bytes(&round->announce_payload, payload);
		round->has_announce = peers_read_announce(
		    &round->announce, &own->key, writer_view(&round->announce_payload));
	}
}

static void put_publish(struct core *core, struct own *own, struct round *round, struct publish *p)
{
	struct reader r;

	p->first_index = round->frontier.size;
	writer_reserve(&p->names, p->count * NAME_SIZE);
	reader_init(&r, writer_view(&p->items));
	while (reader_left(&r)) {
		uint16_t kind = reader_u16(&r);
		struct mtime time = {(int64_t)reader_u64(&r)};
		struct bytes payload = reader_take(&r, reader_u32(&r));
		put_record(core, own, round, p, kind, time, payload);
	}
}

/* Moves queued requests into the round until it is full; each goes whole. */
static void round_fill(struct core *core, struct own *own, struct round *round)
{
	struct publish **end = &own->current;
	size_t size = 0;

	for (const struct publish *p = own->queue; p && size < 4 * BATCH_RAW_MAX; p = p->next)
		size += p->items.size + p->count * RECORD_OVERHEAD;
	writer_reserve(&round->records, size);
	while (own->queue && !round->failed && !round->is_closed) {
		struct publish *p = own->queue;
		bool fits = round->count + p->count <= core->config.bounds.publish_count_max &&
			    round->records.size + p->items.size <= 4 * BATCH_RAW_MAX;
		if (round->count && !fits) {
			core_mark(core, MARK_ROUND_FULL);
			break;
		}
		own->queue = p->next;
		if (!own->queue)
			own->queue_end = &own->queue;
		p->next = NULL;
		put_publish(core, own, round, p);
		*end = p;
		end = &p->next;
	}
}

static enum err own_log_begin(struct core *core, struct own *own, struct writer *ops)
{
	struct change_log open = {.key = own->key};

	if (own->log && own->log->stored)
		return ERR_NONE;
	if (own == &core->own) {
		memcpy(open.member, core->self.member, sizeof(open.member));
		open.member_key = core->self.member_key;
		open.transport = core->self.transport;
		open.number = core->self.number;
	}
	change_put_log(ops, &open);
	if (!own->log) {
		own->log = own == &core->own ? heads_add(&core->heads, &open) : log_new(&open);
		if (!own->log)
			return ERR_MEMORY;
		own->log->is_own = true;
		if (own == &core->keeper)
			core->roster_log = own->log;
		else
			judge_log(core, own->log);
	}
	return ERR_NONE;
}

static void put_draft_ends(const struct own *own, struct writer *ops)
{
	for (const struct publish *p = own->current; p; p = p->next)
		for (uint64_t n = p->draft_first; n && n <= p->draft_last; n++)
			change_put_draft(ops, &(struct change_draft){.number = n});
}

/* Its lock and signature in the same change: one commit, and both sides of the disk are waited for once. Not where the lock
 * may also be asked to say something else meanwhile, that the log is shown: an append that finds no room would leave it ahead. */
static bool is_to_be_signed(const struct core *core, const struct own *own, uint64_t from)
{
	return own == &core->own && own->is_shown && own->log->head.size == from;
}

static void put_erasures(const struct round *round, struct writer *ops)
{
	struct change_erasure one;

	for (size_t at = 0; at < round->erasures.size; at += sizeof(one)) {
		memcpy(&one, round->erasures.data + at, sizeof(one));
		change_put_erasure(ops, &one);
	}
}

void own_append(struct core *core, struct own *own)
{
	struct round round = {0};
	struct checkpoint head = {.log = own->key};
	struct writer ops = {0};
	struct flight *f = NULL;
	enum err err = own_log_begin(core, own, &ops);

	if (!err)
		log_frontier(own->log, &round.frontier);
	uint64_t from = round.frontier.size;
	bool is_signing = !err && is_to_be_signed(core, own, from);
	bool is_keeping = own_put_head(own, &ops);
	round_fill(core, own, &round);
	if (!err)
		err = round.failed ? ERR_MEMORY : log_advance(own->log, &round.frontier);
	if (!err) {
		change_put_append(&ops, &(struct change_append){.key = own->key,
					    .from = from,
					    .count = round.count,
					    .reread = true,
					    .frontier = round.frontier,
					    .nodes = round.nodes,
					    .node_count = round.node_count,
					    .body = writer_view(&round.records)});
		put_draft_ends(own, &ops);
		put_erasures(&round, &ops);
		if (round.is_closed)
			change_put_state(
			    &ops, &(struct change_state){.key = own->key, .state = LOG_CLOSED});
		if (round.has_announce) {
			change_put_addresses(&ops, &round.announce);
			peers_announced(core, &round.announce);
		}
		frontier_root(&round.frontier, &head.root);
		if (is_signing)
			own_put_lock(own, round.frontier.size, &head.root, true, &ops);
		f = core_change(core, FLIGHT_OWN_APPEND, &ops);
	}
	if (f) {
		own->phase = OWN_APPENDING;
		f->log = own->log;
		f->from = from;
		f->frontier = round.frontier;
		f->is_closed = round.is_closed;
		f->is_signing = is_signing;
		f->is_keeping = is_keeping;
		f->head = head;
		f->head.size = round.frontier.size;
		f->records = round.records;
		f->erasures = round.erasures;
		memset(&round.records, 0, sizeof(round.records));
		memset(&round.erasures, 0, sizeof(round.erasures));
		if (BROKEN_ACK_EARLY)
			publish_acknowledge(core, own);
	} else {
		own_append_failed(core, own, is_keeping, err ? err : ERR_MEMORY);
	}
	writer_release(&ops);
	round_release(&round);
}
