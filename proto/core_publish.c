/* Own logs. Records become durable, are read back, their root is signed, the checkpoint and
 * head.lock become durable, and only then are they acknowledged and shown: DESIGN D3, D7. What
 * arrives meanwhile goes into the next round, so one signature and two commits carry any number of
 * records. */
#include "proto/core_state.h"

#include <stdlib.h>
#include <string.h>

#include "proto/broken.h"
#include "proto/kinds.h"
#include "proto/mp.h"

void own_init(struct own *own)
{
	own->queue_end = &own->queue;
}

void publish_free(struct publish *p)
{
	writer_release(&p->items);
	writer_release(&p->names);
	free(p);
}

static void publish_free_all(struct publish *p)
{
	while (p) {
		struct publish *next = p->next;
		publish_free(p);
		p = next;
	}
}

void own_release(struct own *own)
{
	publish_free_all(own->queue);
	publish_free_all(own->current);
	publish_free_all(own->waiting);
	seal_wipe(&own->sk, sizeof(own->sk));
	memset(own, 0, sizeof(*own));
}

struct own *own_of(struct core *core, const struct key *log)
{
	if (key_equal(&core->own.key, log))
		return &core->own;
	if (core->keeper.exists && key_equal(&core->keeper.key, log))
		return &core->keeper;
	return NULL;
}

/* --- queueing -------------------------------------------------------------------------------- */

static void put_item(struct publish *p, uint16_t kind, struct mtime time, struct bytes payload)
{
	writer_u16(&p->items, kind);
	writer_u64(&p->items, (uint64_t)time.ms);
	writer_u32(&p->items, (uint32_t)payload.size);
	writer_bytes(&p->items, payload);
	p->count++;
}

static void enqueue(struct own *own, struct publish *p)
{
	*own->queue_end = p;
	own->queue_end = &p->next;
}

static void publish_fail(struct core *core, struct publish *p, enum err err, const char *text)
{
	core_reply(core, p->request, err, text ? text : err_text(err), NULL);
	publish_free(p);
}

static void to_drafts(struct core *core, struct publish *p)
{
	struct writer ops = {0};
	struct reader r;

	reader_init(&r, writer_view(&p->items));
	p->draft_first = core->draft_next;
	while (reader_left(&r)) {
		struct change_draft draft = {.is_put = true, .number = core->draft_next++};
		draft.kind = reader_u16(&r);
		draft.time.ms = (int64_t)reader_u64(&r);
		draft.payload = reader_take(&r, reader_u32(&r));
		change_put_draft(&ops, &draft);
	}
	p->draft_last = core->draft_next - 1;
	struct flight *f = core_change(core, FLIGHT_DRAFTS, &ops);
	if (!f) {
		publish_fail(core, p, ERR_MEMORY, NULL);
		return;
	}
	f->request = p->request;
	f->from = p->draft_first;
	f->frontier.size = p->count;
	f->records = p->items; /* the times, for the reply */
	memset(&p->items, 0, sizeof(p->items));
	publish_free(p);
}

static const char ended_text[] =
    "this node's log has ended, nothing more is signed in it: a new home joins with a new log";

/* By its own last record, or by the roster. */
static bool is_ended(const struct own *own)
{
	return own->log && (own->log->is_closed || own->log->cut.is_cut);
}

void core_publish(struct core *core, uint64_t request, const struct publish_item *items,
    size_t count, unsigned wait)
{
	struct publish *p = calloc(1, sizeof(*p));

	if (!p) {
		core_reply(core, request, ERR_MEMORY, err_text(ERR_MEMORY), NULL);
		return;
	}
	p->request = request;
	p->wait = wait;
	for (size_t i = 0; i < count; i++)
		put_item(p, items[i].kind, core->now.wall, items[i].payload);
	if (p->items.err || count == 0) {
		publish_fail(core, p, count ? ERR_MEMORY : ERR_USAGE, NULL);
		return;
	}
	for (size_t i = 0; i + 1 < count; i++) {
		if (items[i].kind != KIND_LOG_CLOSE)
			continue;
		publish_fail(core, p, ERR_USAGE, "nothing follows the record that closes a log");
		return;
	}
	if (core->own.log && core->own.log->state == LOG_FROZEN) {
		publish_fail(core, p, ERR_FROZEN,
		    "this node's log is frozen, its key signed two histories: a new home joins "
		    "with a new log");
	} else if (is_ended(&core->own)) {
		publish_fail(core, p, ERR_CUT, ended_text);
	} else if (!listen_may_sign(core, &core->own)) {
		if (wait)
			publish_fail(core, p, ERR_REFUSED,
			    "this node may not sign yet: it waits for peers to tell the head of "
			    "its log");
		else
			to_drafts(core, p);
	} else {
		enqueue(&core->own, p);
		own_pump(core);
	}
}

void core_roster_append(struct core *core, uint64_t request, struct bytes payload)
{
	struct publish *p;
	struct why why = {0};

	if (!core->keeper.exists) {
		core_reply(core, request, ERR_REFUSED,
		    "this node does not keep the roster: run it on the keeper's node", NULL);
		return;
	}
	if (roster_check(core->roster, payload, &why)) {
		core_reply(core, request, ERR_REFUSED, why.text, NULL);
		return;
	}
	if (!listen_may_sign(core, &core->keeper) || core->keeper.phase != OWN_IDLE ||
	    core->keeper.queue) {
		core_reply(core, request, ERR_REFUSED,
		    "the roster is not ready to be signed: try again", NULL);
		return;
	}
	if (!(p = calloc(1, sizeof(*p)))) {
		core_reply(core, request, ERR_MEMORY, err_text(ERR_MEMORY), NULL);
		return;
	}
	p->request = request;
	put_item(p, KIND_ROSTER_ENTRY, core->now.wall, payload);
	enqueue(&core->keeper, p);
	own_pump(core);
}

/* --- first records --------------------------------------------------------------------------- */

static void begin_log(struct core *core, struct own *own, bool is_roster)
{
	struct publish *p = calloc(1, sizeof(*p));

	if (!p)
		return;
	put_item(p, is_roster ? KIND_ROSTER_ENTRY : KIND_LOG_OPEN,
	    is_roster ? core->config.genesis_time : core->config.log_open_time,
	    writer_view(is_roster ? &core->genesis : &core->log_open));
	enqueue(own, p);
}

static bool announce_differs(const struct core *core)
{
	const struct announcement *a = NULL;

	for (size_t i = 0; i < core->announced_count; i++)
		if (key_equal(&core->announced[i].log, &core->config.log))
			a = &core->announced[i];
	if (!a)
		return core->announce_count > 0;
	if (a->count != core->announce_count)
		return true;
	for (unsigned i = 0; i < a->count; i++)
		if (strcmp(a->text[i], core->announce[i]) != 0)
			return true;
	return false;
}

static void announce_addresses(struct core *core)
{
	struct publish *p;
	struct writer payload = {0};

	if (core->has_announced || !core->own.log || core->own.log->head.size == 0 ||
	    !announce_differs(core) || !(p = calloc(1, sizeof(*p))))
		return;
	core->has_announced = true;
	mp_put_map(&payload, 1);
	mp_put_cstr(&payload, "addresses");
	mp_put_array(&payload, core->announce_count);
	for (unsigned i = 0; i < core->announce_count; i++)
		mp_put_cstr(&payload, core->announce[i]);
	put_item(p, KIND_NODE_ANNOUNCE, core->now.wall, writer_view(&payload));
	writer_release(&payload);
	enqueue(&core->own, p);
}

/* A log that is never signed again has no lock to write: its file may be gone. */
void own_put_lock(const struct own *own, struct writer *ops)
{
	if (own->lock.verdict != LOCK_NEVER)
		change_put_lock(ops, &(struct change_lock){.key = own->key,
					 .size = own->lock.size,
					 .root = own->lock.root,
					 .was_shown = own->is_shown || own->is_showing});
}

static void catch_up(struct own *own, struct writer *ops)
{
	if (!own->exists || !own->log || own->log->head.size <= own->lock.size ||
	    own->lock.verdict == LOCK_NEVER)
		return;
	own->lock.size = own->log->head.size;
	own->lock.root = own->log->head.root;
	own_put_lock(own, ops);
}

/* A crash between the commit of a head and its lock: the lock comes before the head is shown. */
bool own_is_locked(struct core *core)
{
	struct writer ops = {0};

	catch_up(&core->own, &ops);
	catch_up(&core->keeper, &ops);
	if (ops.size == 0)
		return true;
	if (!core_change(core, FLIGHT_LOCK, &ops))
		core_say(core, true, "%s", err_text(ERR_MEMORY));
	return false;
}

void own_start(struct core *core)
{
	/* A log that was signed before begins no second time: it is fetched back. */
	if (core->keeper.exists && !core->keeper.log && core->keeper.lock.size == 0)
		begin_log(core, &core->keeper, true);
	if (!core->own.log && core->own.lock.size == 0)
		begin_log(core, &core->own, false);
	if (core->roster_log)
		judge_repair_rows(core);
	announce_addresses(core);
	own_pump(core);
}

/* --- append ---------------------------------------------------------------------------------- */

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
}

static void put_record(struct core *core, struct own *own, struct round *round, struct publish *p,
    uint16_t kind, struct mtime time, struct bytes payload)
{
	uint8_t salt[RECORD_SALT_SIZE];
	struct hash leaf;
	struct record record;
	struct reader r;
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
	reader_init(&r, bytes_of(round->records.data + start, round->records.size - start));
	record_read(&record, &r);
	tree_leaf_hash(&leaf, record.raw_header);
	frontier_append(&round->frontier, &leaf, round_node, round);
	writer_u64(&p->names, index);
	writer_put(&p->names, leaf.b, HASH_SIZE);
	writer_u64(&p->names, (uint64_t)time.ms);
	round->count++;
	round->is_closed = kind == KIND_LOG_CLOSE;
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

	while (own->queue && !round->failed && !round->is_closed) {
		struct publish *p = own->queue;
		bool fits = round->count + p->count <= core->config.bounds.publish_count_max &&
			    round->records.size + p->items.size <= 4 * BATCH_RAW_MAX;
		if (round->count && !fits)
			break;
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

static void fail_current(struct core *core, struct own *own, enum err err)
{
	while (own->current) {
		struct publish *p = own->current;
		own->current = p->next;
		publish_fail(core, p, err, NULL);
	}
	own->phase = OWN_IDLE;
	own->retry_ms = core->now.steady_ms + RETRY_MS;
}

static void acknowledge(struct core *core, struct own *own);

static void own_append(struct core *core, struct own *own)
{
	struct round round = {0};
	struct writer ops = {0};
	struct flight *f = NULL;
	enum err err = own_log_begin(core, own, &ops);

	if (!err)
		log_frontier(own->log, &round.frontier);
	uint64_t from = round.frontier.size;
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
		if (round.is_closed)
			change_put_state(
			    &ops, &(struct change_state){.key = own->key, .state = LOG_CLOSED});
		if (round.has_announce) {
			change_put_addresses(&ops, &round.announce);
			peers_announced(core, &round.announce);
		}
		f = core_change(core, FLIGHT_OWN_APPEND, &ops);
	}
	if (f) {
		own->phase = OWN_APPENDING;
		f->log = own->log;
		f->from = from;
		f->frontier = round.frontier;
		f->is_closed = round.is_closed;
		f->records = round.records;
		memset(&round.records, 0, sizeof(round.records));
		if (BROKEN_ACK_EARLY)
			acknowledge(core, own);
	} else {
		fail_current(core, own, err ? err : ERR_MEMORY);
	}
	writer_release(&ops);
	round_release(&round);
}

/* --- sign and show --------------------------------------------------------------------------- */

/* The tree that was read back is the tree that is signed. */
static enum err own_sign(
    struct core *core, struct own *own, struct flight *appended, const struct hash *root)
{
	struct writer ops = {0};
	struct checkpoint head = {.log = own->key, .size = own->log->stored, .root = *root};
	enum err err = checkpoint_sign(&head, &core->config.network, &own->sk);

	if (err)
		return err;
	change_put_head(&ops, &head);
	own->lock.size = head.size;
	own->lock.root = head.root;
	own_put_lock(own, &ops);
	struct flight *f = core_change(core, FLIGHT_OWN_HEAD, &ops);
	if (!f)
		return ERR_MEMORY;
	own->phase = OWN_SIGNING;
	f->log = own->log;
	f->has_head = true;
	f->head = head;
	f->from = own->log->head.size;
	if (appended && appended->from == own->log->head.size) {
		f->records = appended->records;
		memset(&appended->records, 0, sizeof(appended->records));
	}
	return ERR_NONE;
}

static void own_appended(
    struct core *core, struct own *own, struct flight *f, const struct change_result *result)
{
	struct hash root;
	enum err err;

	frontier_root(&f->frontier, &root);
	if (!result->has_reread || !hash_equal(&root, &result->reread)) {
		core_alarm_raise(core, "what was stored differs from what was written: not signed");
		fail_current(core, own, ERR_ROT);
		return;
	}
	if (own == &core->keeper)
		judge_apply_entries(core, f->from, writer_view(&f->records), false);
	if ((err = own_sign(core, own, f, &result->reread)))
		fail_current(core, own, err);
}

static void push(struct core *core, struct session *s, const struct flight *f, struct bytes packed)
{
	struct writer body = {0};
	struct msg_push m = {.from = f->from, .head = f->head};

	m.raw_size = be32_get(packed.data);
	m.packed = bytes_of(packed.data + 4, packed.size - 4);
	msg_push_encode(&body, &m);
	session_send(core, s, MSG_PUSH, &body);
	writer_release(&body);
}

/* What a PUSH holds beside its frame of records, at most. */
#define PUSH_OVERHEAD 256

/* The records of this head as PUSH carries them; false when they do not fit one frame: noise does
 * not become smaller by packing. */
static bool pack_push(struct writer *packed, const struct flight *f)
{
	if (f->records.size == 0 || f->records.size > BATCH_RAW_MAX ||
	    f->head.size - f->from > BATCH_COUNT_MAX)
		return false;
	batch_pack(packed, writer_view(&f->records));
	return !packed->err && packed->size + PUSH_OVERHEAD <= FRAME_SIZE_MAX;
}

static bool is_listening(const struct session *s)
{
	return s->role == ROLE_MEMBER && s->in_step && s->phase == SESSION_RUNNING;
}

static void show_head(struct core *core, struct own *own, struct flight *f)
{
	struct writer packed = {0};
	bool any = false;

	if (own == &core->own && !own->is_shown) {
		judge_show_own(core); /* announced once the lock knows */
		return;
	}
	for (size_t i = 0; i < core->session_count; i++)
		any |= is_listening(core->sessions[i]);
	if (!any || !own->log->is_admissible || !pack_push(&packed, f)) {
		sync_announce(core, own->log, 0);
		writer_release(&packed);
		return;
	}
	for (size_t i = 0; i < core->session_count; i++)
		if (is_listening(core->sessions[i]))
			push(core, core->sessions[i], f, writer_view(&packed));
	writer_release(&packed);
}

static void reply_published(struct core *core, struct publish *p, uint64_t size)
{
	struct writer data = {0};
	struct reader r;

	reader_init(&r, writer_view(&p->names));
	mp_put_array(&data, (uint32_t)p->count);
	while (reader_left(&r)) {
		mp_put_array(&data, 4);
		mp_put_uint(&data, reader_u64(&r));
		mp_put_bin(&data, reader_take(&r, HASH_SIZE).data, HASH_SIZE);
		mp_put_uint(&data, size);
		mp_put_uint(&data, reader_u64(&r));
	}
	core_reply(core, p->request, data.err, "", &data);
	writer_release(&data);
}

/* Members that have committed this log up to size. */
static unsigned count_holders(const struct core *core, uint64_t size)
{
	unsigned count = 0;
	for (size_t i = 0; i < core->holder_count; i++)
		count += core->holders[i].size >= size;
	return count;
}

static void finish_waiting(struct core *core)
{
	for (struct publish **at = &core->own.waiting; *at;) {
		struct publish *p = *at;
		uint64_t end = p->first_index + p->count;
		if (count_holders(core, end) < p->wait) {
			at = &p->next;
			continue;
		}
		*at = p->next;
		reply_published(core, p, end);
		publish_free(p);
	}
}

static void acknowledge(struct core *core, struct own *own)
{
	while (own->current) {
		struct publish *p = own->current;
		struct writer data = {0};
		own->current = p->next;
		p->next = NULL;
		if (own == &core->keeper) {
			mp_put_array(&data, 1);
			mp_put_uint(&data, own->log->head.size);
			core_reply(core, p->request, ERR_NONE, "", &data);
			publish_free(p);
			continue;
		}
		if (p->draft_first)
			core->drafts -= p->count;
		p->next = own->waiting;
		own->waiting = p;
	}
	finish_waiting(core);
}

void own_have(struct core *core, struct session *s, const struct key *log, uint64_t size)
{
	struct holder *holder = NULL;

	if (!key_equal(log, &core->own.key))
		return;
	for (size_t i = 0; i < core->holder_count; i++)
		if (key_equal(&core->holders[i].peer, &s->remote_log))
			holder = &core->holders[i];
	if (!holder) {
		struct holder *more =
		    realloc(core->holders, (core->holder_count + 1) * sizeof(*more));
		if (!more)
			return;
		core->holders = more;
		holder = &more[core->holder_count++];
		*holder = (struct holder){.peer = s->remote_log, .size = 0};
	}
	if (size > holder->size && core->own.log && size <= core->own.log->head.size)
		holder->size = size;
	finish_waiting(core);
}

void own_agreed(struct core *core, struct session *s)
{
	const struct log *log = core->own.log;

	if (log && heads_counts(log) && log->state == LOG_OPEN && !log->cut.is_cut)
		own_have(core, s, &core->own.key, log->head.size);
}

static void own_signed(
    struct core *core, struct own *own, struct flight *f, const struct change_result *result)
{
	own->phase = OWN_IDLE;
	own->log->head = f->head;
	own->log->head_arrival = result->arrival;
	if (own == &core->own) {
		heads_touch(&core->heads, own->log);
		show_head(core, own, f);
		acknowledge(core, own);
		announce_addresses(core);
		sync_touch(core);
	} else {
		acknowledge(core, own);
		judge_roster_changed(core);
	}
}

static void drafts_done(struct core *core, struct flight *f, enum err err)
{
	struct writer data = {0};
	struct reader r;

	if (err) {
		core_reply(core, f->request, err, err_text(err), NULL);
		return;
	}
	core->drafts += f->frontier.size;
	mp_put_array(&data, (uint32_t)f->frontier.size);
	reader_init(&r, writer_view(&f->records));
	for (uint64_t n = f->from; n < f->from + f->frontier.size; n++) {
		reader_u16(&r);
		uint64_t time = reader_u64(&r);
		reader_take(&r, reader_u32(&r));
		mp_put_array(&data, 4);
		mp_put_uint(&data, n);
		mp_put_bin(&data, "", 0);
		mp_put_uint(&data, 0);
		mp_put_uint(&data, time);
	}
	core_reply(core, f->request, data.err, "", &data);
	writer_release(&data);
}

void own_done(struct core *core, struct flight *f, enum err err, const struct change_result *result)
{
	struct own *own = f->log ? own_of(core, &f->log->open.key) : NULL;

	if (f->type == FLIGHT_DRAFTS) {
		drafts_done(core, f, err);
		return;
	}
	if (f->type == FLIGHT_OWN_APPEND) {
		enum err settled = log_settle(f->log, &f->frontier, err == ERR_NONE);
		f->log->is_closed |= f->is_closed && !err;
		if (err || settled)
			fail_current(core, own, err ? err : settled);
		else
			own_appended(core, own, f, result);
		return;
	}
	if (err)
		fail_current(core, own, err);
	else
		own_signed(core, own, f, result);
}

/* --- turn by turn ---------------------------------------------------------------------------- */

/* A crash between append and signature left records that nobody was told of: they are the author's,
 * sign them. */
static bool has_unsigned_tail(const struct own *own)
{
	return own->log && own->log->stored > own->log->head.size && !own->log->in_flight;
}

static void own_pump_one(struct core *core, struct own *own)
{
	if (!own->exists || own->phase != OWN_IDLE || !core->is_started ||
	    !listen_may_sign(core, own) || core->now.steady_ms < own->retry_ms)
		return;
	if (has_unsigned_tail(own)) {
		if (core_read(core, READ_ROOT, 0, &own->key, 0, own->log->stored, 0))
			own->phase = OWN_APPENDING;
	} else if (own->queue && is_ended(own)) {
		struct publish *all = own->queue;
		own->queue = NULL;
		own->queue_end = &own->queue;
		while (all) {
			struct publish *p = all;
			all = p->next;
			publish_fail(core, p, ERR_CUT, ended_text);
		}
	} else if (own->queue) {
		own_append(core, own);
	}
}

void own_root_read(struct core *core, const struct key *log, enum err err, struct bytes data)
{
	struct own *own = own_of(core, log);
	struct hash root, stored;
	struct frontier at;

	log_frontier(own->log, &at);
	frontier_root(&at, &root);
	own->phase = OWN_IDLE;
	if (!err && data.size == HASH_SIZE)
		memcpy(stored.b, data.data, HASH_SIZE);
	if (err || data.size != HASH_SIZE || !hash_equal(&root, &stored)) {
		own->has_twin = true; /* never signed again by this process */
		core_alarm_raise(core, "what was stored differs from what was written: not signed");
		return;
	}
	own_sign(core, own, NULL, &stored);
}

void own_pump(struct core *core)
{
	own_pump_one(core, &core->keeper);
	own_pump_one(core, &core->own);
	if (core->drafts && !core->is_reading_drafts && core->is_started &&
	    listen_may_sign(core, &core->own) && core->own.phase == OWN_IDLE && core->own.log &&
	    !core->own.queue)
		core->is_reading_drafts = core_read(core, READ_DRAFTS, 0, NULL, 0, 0,
					      core->config.bounds.publish_count_max) != NULL;
}

void own_drafts_read(struct core *core, enum err err, struct bytes data)
{
	struct reader r;
	struct change op;

	core->is_reading_drafts = false;
	reader_init(&r, data);
	while (!err && change_next(&op, &r)) {
		struct publish *p = op.op == CHANGE_DRAFT ? calloc(1, sizeof(*p)) : NULL;
		if (!p)
			break;
		put_item(p, op.draft.kind, op.draft.time, op.draft.payload);
		p->draft_first = p->draft_last = op.draft.number;
		enqueue(&core->own, p);
	}
	if (!core->own.queue)
		core->drafts = 0;
	own_pump(core);
}
