/* What two nodes tell each other about what they hold, and what is asked for. DESIGN D6,
 * PROTOCOL.md section 8, "The course of a session". Records themselves are core_batch.c's and
 * core_serve.c's business. */
#include "proto/core_state.h"

#include <stdlib.h>
#include <string.h>

/* --- lists ----------------------------------------------------------------------------------- */

static bool want_list_push(struct want_list *list, const struct want *want)
{
	if (list->first > 64 && list->first * 2 > list->count) {
		memmove(list->items, list->items + list->first,
		    (list->count - list->first) * sizeof(*list->items));
		list->count -= list->first;
		list->first = 0;
	}
	if (list->count == list->capacity) {
		size_t capacity = list->capacity ? list->capacity * 2 : 8;
		struct want *items = realloc(list->items, capacity * sizeof(*items));
		if (!items)
			return false;
		list->items = items;
		list->capacity = capacity;
	}
	list->items[list->count++] = *want;
	return true;
}

/* A head that finds no room is told again: the digests will differ. */
static bool plan_push(const struct core *core, struct session *s, const struct want *want)
{
	if (s->plan.count - s->plan.first >= core->config.bounds.plans_max)
		return true;
	return want_list_push(&s->plan, want);
}

void want_plan_own(struct core *core, struct session *s, const struct want *want)
{
	plan_push(core, s, want);
}

static bool want_list_is_empty(const struct want_list *list)
{
	return list->first == list->count;
}

void want_list_release(struct want_list *list)
{
	free(list->items);
	memset(list, 0, sizeof(*list));
}

struct want *want_find(struct session *s, const struct key *log)
{
	for (size_t i = s->wants.first; i < s->wants.count; i++)
		if (key_equal(&s->wants.items[i].target.log, log))
			return &s->wants.items[i];
	return NULL;
}

void want_remove(struct core *core, struct session *s, struct want *want)
{
	struct want_list *list = &s->wants;
	struct log *log = heads_find(&core->heads, &want->target.log);

	if (log && log->fetcher == s)
		log->fetcher = NULL;
	if (core->roster_log && core->roster_log->fetcher == s && want->is_roster)
		core->roster_log->fetcher = NULL;
	*want = list->items[list->count - 1];
	list->count--;
	if (want_list_is_empty(list))
		list->first = list->count = 0;
}

/* --- telling --------------------------------------------------------------------------------- */

static const struct cursor *cursor_find(const struct core *core, const struct key *peer)
{
	for (size_t i = 0; i < core->cursor_count; i++)
		if (key_equal(&core->cursors[i].peer, peer))
			return &core->cursors[i];
	return NULL;
}

void sync_send_hello(struct core *core, struct session *s)
{
	struct writer body = {0};
	struct msg_hello m = {.has_log = !s->is_initiator, .log = core->config.log};

	memcpy(m.store_id, core->config.store_id, STORE_ID_SIZE);
	m.roster_size = core_roster_size(core);
	heads_digest(&core->heads, core->roster_log, &m.digest);
	/* The dialler knows the other's log by the address; it may still be unknown here. */
	const struct log *log = s->has_remote_log ? heads_find(&core->heads, &s->remote_log) : NULL;
	const struct cursor *cursor = s->has_remote_log ? cursor_find(core, &s->remote_log) : NULL;
	if (cursor) {
		m.has_cursor = true;
		memcpy(m.cursor_store, cursor->store_id, STORE_ID_SIZE);
		m.cursor_arrival = cursor->arrival;
	}
	if (log) {
		m.your_size = log->head.size;
		m.your_root = log->head.root;
	}
	s->sent_hello = true;
	s->digest_sent = m.digest;
	msg_hello_encode(&body, &m);
	session_send(core, s, MSG_HELLO, &body);
	writer_release(&body);
}

void sync_send_roster(struct core *core, struct session *s)
{
	struct writer body = {0};

	if (!core->roster_log || core->roster_log->head.size == 0)
		return;
	msg_roster_encode(&body, &core->roster_log->head);
	session_send(core, s, MSG_ROSTER, &body);
	writer_release(&body);
	s->remote_roster = core->roster_log->head.size; /* told: not again for the same size */
}

void sync_send_digest(struct core *core, struct session *s)
{
	struct writer body = {0};

	if (!judge_is_in(core)) /* a guest in the other's eyes */
		return;
	heads_digest(&core->heads, core->roster_log, &s->digest_sent);
	msg_digest_encode(&body, &s->digest_sent, core->arrival);
	session_send(core, s, MSG_DIGEST, &body);
	writer_release(&body);
}

/* Chosen heads in frames of at most MSG_HEADS_MAX. */
struct heads_frame {
	struct core *core;
	struct session *s;
	struct msg_heads m;
	const struct log *logs[MSG_HEADS_MAX];
};

static void heads_flush(struct heads_frame *frame, bool more)
{
	struct writer body = {0};

	frame->m.more = more;
	msg_heads_begin(&body, &frame->m);
	for (uint32_t i = 0; i < frame->m.count; i++) {
		struct checkpoint head;
		log_told(frame->logs[i], &head);
		msg_heads_add(&body, &head);
	}
	session_send(frame->core, frame->s, MSG_HEADS, &body);
	writer_release(&body);
	frame->m.count = 0;
}

static bool is_shown(const struct core *core, const struct log *log)
{
	return heads_counts(log) && log->state != LOG_FROZEN &&
	       (!log->is_own || core->own.is_shown);
}

static void send_heads(struct core *core, struct session *s, enum heads_reason reason,
    bool (*wanted)(const struct log *, const void *), const void *context)
{
	struct heads_frame *frame = malloc(sizeof(*frame));
	const struct log *theirs = heads_find(&core->heads, &s->remote_log);

	if (!frame)
		return;
	frame->core = core;
	frame->s = s;
	frame->m = (struct msg_heads){.reason = reason, .upto = core->arrival};
	if (reason != HEADS_NEW && theirs && theirs->head.size && theirs->state != LOG_FROZEN) {
		frame->m.has_yours = true;
		frame->m.yours = theirs->head;
	}
	for (size_t b = 0; b < BUCKET_COUNT; b++) {
		const struct bucket *bucket = &core->heads.buckets[b];
		for (size_t i = 0; i < bucket->count; i++) {
			const struct log *log = bucket->logs[i];
			if (log == theirs || !is_shown(core, log) || !wanted(log, context))
				continue;
			if (frame->m.count == MSG_HEADS_MAX)
				heads_flush(frame, true);
			frame->logs[frame->m.count++] = log;
		}
	}
	heads_flush(frame, false);
	free(frame);
}

static bool wanted_since(const struct log *log, const void *context)
{
	const uint64_t *since = context;
	return log->head_arrival > *since;
}

static bool wanted_in_buckets(const struct log *log, const void *context)
{
	const bool *differs = context;
	return differs[log->open.key.b[0]];
}

static void send_changed(struct core *core, struct session *s)
{
	const struct msg_hello *m = &s->hello;
	bool knows = m->has_cursor &&
		     memcmp(m->cursor_store, core->config.store_id, STORE_ID_SIZE) == 0 &&
		     m->cursor_arrival <= core->arrival;
	uint64_t since = knows ? m->cursor_arrival : 0;

	send_heads(core, s, HEADS_CHANGED, wanted_since, &since);
}

static void send_evidence_of_frozen(struct core *core, struct session *s, const bool *differs)
{
	if (core_reads(core, READ_EVIDENCE, s->conn))
		return; /* it is on its way */
	for (size_t i = 0; i < core->heads.count; i++) {
		const struct log *log = heads_at(&core->heads, i);
		if (log->state == LOG_FROZEN && log->is_admissible && differs[log->open.key.b[0]])
			core_read(core, READ_EVIDENCE, s->conn, &log->open.key, 0, 0, 0);
	}
}

/* --- the course of a session ----------------------------------------------------------------- */

/* The other side holds what is held here, and so the head of this node's own log. */
static void known_equal(struct core *core, struct session *s)
{
	listen_heard(core, s, NULL);
	own_agreed(core, s);
}

void sync_begin(struct core *core, struct session *s)
{
	struct hash digest;

	if (s->began || !s->sent_hello)
		return;
	s->began = true;
	s->digest_peer = s->hello.digest;
	s->has_digest_peer = true;
	heads_digest(&core->heads, core->roster_log, &digest);
	if (s->hello.roster_size < core_roster_size(core))
		sync_send_roster(core, s);
	if (s->role == ROLE_GUEST || !judge_is_in(core)) {
		join_send(core, s);
		return;
	}
	if (hash_equal(&digest, &s->digest_peer)) {
		s->in_step = true;
		known_equal(core, s);
		serve_ask_missing(core, s);
	} else if (s->hello.roster_size == core_roster_size(core)) {
		s->in_step = true;
		s->is_digest_due = true;
		send_changed(core, s);
	}
}

enum err take_hello(struct core *core, struct session *s, struct bytes body)
{
	enum err err;

	if (s->got_hello)
		return ERR_STATE;
	if ((err = msg_hello_decode(&s->hello, body)))
		return err;
	s->got_hello = true;
	s->remote_roster = s->roster_seen = s->hello.roster_size;
	memcpy(s->remote_store, s->hello.store_id, STORE_ID_SIZE);
	if (s->is_initiator) {
		if (!s->hello.has_log)
			return ERR_FORMAT;
		s->has_remote_log = true;
		s->remote_log = s->hello.log;
	}
	if (s->role == ROLE_UNKNOWN)
		judge_session(core, s);
	else
		sync_begin(core, s);
	return ERR_NONE;
}

enum err take_roster(struct core *core, struct session *s, struct bytes body)
{
	struct checkpoint head;
	enum err err = msg_roster_decode(&head, body);

	if (err)
		return err;
	if (head.size > s->remote_roster)
		s->remote_roster = head.size;
	if (head.size > s->roster_seen)
		s->roster_seen = head.size;
	if (s->role == ROLE_UNKNOWN) {
		s->roster_head = head;
		s->has_roster_head = true;
		return ERR_NONE;
	}
	err = sync_consider(core, s, &head, false);
	sync_pump(core, s);
	return err;
}

/* A second signed root for a size that is the head's: the key signed two histories. */
static enum err consider_same_size(
    struct core *core, struct log *log, const struct checkpoint *head)
{
	struct msg_evidence evidence = {.log = log->open.key, .a = log->head, .b = *head};
	enum err err;

	if (head->size != log->head.size || hash_equal(&head->root, &log->head.root))
		return ERR_NONE;
	if ((err = checkpoint_verify(head, &core->config.network)))
		return err;
	evidence_freeze(core, log, &evidence);
	return ERR_NONE;
}

/* Signed by the log's key, or the very cut that the roster made. */
static enum err verify_head(const struct core *core, const struct checkpoint *head, bool is_roster)
{
	if (!is_roster && checkpoint_is_cut(head) &&
	    roster_has_cut(core->roster, &head->log, head->size, &head->root))
		return ERR_NONE;
	return checkpoint_verify(head, &core->config.network);
}

static enum err plan(struct core *core, struct session *s, const struct checkpoint *head,
    bool is_roster, bool is_announced)
{
	struct want want = {.target = *head, .is_roster = is_roster, .is_announced = is_announced};
	enum err err = verify_head(core, head, is_roster);

	/* A cut that the roster here does not know yet is told again when it has caught up. */
	if (err && checkpoint_is_cut(head) && s->roster_seen > core_roster_size(core))
		return ERR_NONE;
	if (err)
		return err;
	return plan_push(core, s, &want) ? ERR_NONE : ERR_MEMORY;
}

static enum err consider_roster(struct core *core, struct session *s, const struct checkpoint *head)
{
	struct frontier at = {0};

	if (core->keeper.exists && key_equal(&head->log, &core->keeper.key) && core->keeper.log &&
	    head->size <= core->keeper.log->stored)
		return ERR_NONE;
	if (core->roster_log) {
		if (!key_equal(&core->roster_log->open.key, &head->log)) {
			core_skip(core, &head->log, ERR_ADMISSION);
			return ERR_NONE;
		}
		log_frontier(core->roster_log, &at);
		if (head->size <= at.size && head->size <= core->roster_log->head.size)
			return consider_same_size(core, core->roster_log, head);
	}
	return plan(core, s, head, true, false);
}

enum err sync_consider(
    struct core *core, struct session *s, const struct checkpoint *head, bool is_announced)
{
	struct log *log = heads_find(&core->heads, &head->log);
	struct frontier at;
	bool is_roster = core->roster_log ? key_equal(&core->roster_log->open.key, &head->log)
					  : !log && s->role == ROLE_GUEST;

	if (is_roster || (!log && s->role != ROLE_MEMBER))
		return consider_roster(core, s, head);
	if (own_of(core, &head->log))
		return ERR_NONE; /* own heads are judged by `yours` */
	if (!log)
		return core_is_skipped(core, &head->log) && !checkpoint_is_cut(head)
			   ? ERR_NONE
			   : plan(core, s, head, false, is_announced);
	if (!log->is_admissible || log->state == LOG_FROZEN) {
		core_skip(core, &head->log, log->is_admissible ? ERR_FROZEN : ERR_ADMISSION);
		return ERR_NONE;
	}
	log_frontier(log, &at);
	if ((log->cut.is_cut && head->size > log->cut.size) ||
	    (log->is_closed && head->size > at.size)) {
		core_skip(core, &head->log, ERR_CUT);
		return ERR_NONE;
	}
	if (log->cut.is_cut && head->size <= at.size)
		return ERR_NONE;
	if (head->size <= log->head.size)
		return consider_same_size(core, log, head);
	if (log->in_flight && head->size <= at.size)
		return ERR_NONE; /* on its way to the disk */
	return plan(core, s, head, false, is_announced);
}

/* One who was asked and brings nothing of this log does not keep others from bringing it: what he
 * still sends of it is dropped. */
static bool is_stalled(const struct core *core, const struct want *want)
{
	return want->is_skipped || core->now.steady_ms - want->moved_ms > WANT_WAIT_MS;
}

static bool is_fetched_elsewhere(struct core *core, struct session *s, const struct want *want)
{
	struct log *log =
	    want->is_roster ? core->roster_log : heads_find(&core->heads, &want->target.log);

	for (size_t i = 0; i < core->session_count; i++) {
		struct session *o = core->sessions[i];
		struct want *other =
		    o != s && (!log || log->fetcher == o) ? want_find(o, &want->target.log) : NULL;
		if (!other)
			continue;
		if (!is_stalled(core, other))
			return true;
		other->is_skipped = true;
		if (log)
			log->fetcher = NULL;
	}
	return false;
}

/* Moves one planned head to the wants; false when nothing is to be asked for it now. */
static bool plan_begin(struct core *core, struct session *s, struct want *want)
{
	struct log *log =
	    want->is_roster ? core->roster_log : heads_find(&core->heads, &want->target.log);
	struct own *own = own_of(core, &want->target.log);
	struct frontier at = {0};

	if (want_find(
		s, &want->target.log)) { /* asked for an older head: later, once that is here */
		plan_push(core, s, want);
		return false;
	}
	if (is_fetched_elsewhere(core, s, want) || (own && own->phase != OWN_IDLE) ||
	    (log && log->doomed)) {
		sync_touch(core);
		return false;
	}
	if (log)
		log_frontier(log, &at);
	if (at.size >= want->target.size)
		return false;
	want->from = at.size;
	want->moved_ms = core->now.steady_ms;
	if (!want_list_push(&s->wants, want))
		return false;
	if (log)
		log->fetcher = s;
	return true;
}

void sync_pump(struct core *core, struct session *s)
{
	struct msg_want asks[MSG_WANTS_MAX];
	struct writer body = {0};
	uint32_t count = 0;
	size_t tries = s->plan.count - s->plan.first;

	if (s->phase != SESSION_RUNNING)
		return; /* closed meanwhile: nobody would ever give the logs back */
	while (tries-- && !want_list_is_empty(&s->plan) &&
	       s->wants.count - s->wants.first < core->config.bounds.wants_max &&
	       count < MSG_WANTS_MAX) {
		struct want want = s->plan.items[s->plan.first++];
		if (!plan_begin(core, s, &want))
			continue;
		asks[count++] = (struct msg_want){
		    .log = want.target.log, .from = want.from, .size = want.target.size};
	}
	if (count == 0)
		return;
	s->wanted_ms = core->now.steady_ms;
	msg_want_encode(&body, asks, count);
	session_send(core, s, MSG_WANT, &body);
	writer_release(&body);
}

enum err take_heads(struct core *core, struct session *s, struct bytes body)
{
	struct msg_heads m;
	struct checkpoint head;
	enum err err = msg_heads_decode(&m, body);

	if (err)
		return err;
	while (msg_heads_next(&m, &head))
		if ((err = sync_consider(core, s, &head, m.reason == HEADS_NEW)))
			return err;
	if (m.items.err)
		return m.items.err;
	if (m.reason != HEADS_NEW && !m.more) {
		m.yours.log = core->config.log;
		if (m.has_yours && (err = checkpoint_verify(&m.yours, &core->config.network)))
			return err;
		listen_heard(core, s, m.has_yours ? &m.yours : NULL);
		s->upto_peer = m.upto;
	}
	sync_pump(core, s);
	sync_touch(core);
	return ERR_NONE;
}

/* --- are we equal ---------------------------------------------------------------------------- */

static bool is_idle(const struct core *core, const struct session *s)
{
	return want_list_is_empty(&s->wants) && want_list_is_empty(&s->plan) &&
	       core->flights_size == 0;
}

static void settle_later(const struct core *core, struct session *s)
{
	s->settle_ms = core->now.steady_ms + SETTLE_MS;
}

void sync_touch(struct core *core)
{
	for (size_t i = 0; i < core->session_count; i++)
		if (core->sessions[i]->in_step)
			settle_later(core, core->sessions[i]);
}

static void remember_cursor(struct core *core, struct session *s)
{
	struct change_cursor op = {.peer = s->remote_log, .arrival = s->upto_peer};
	struct cursor *cursor = (struct cursor *)cursor_find(core, &s->remote_log);
	struct writer ops = {0};

	if (s->upto_peer == 0)
		return; /* equal from HELLO on: what was known before still holds */
	memcpy(op.store_id, s->remote_store, STORE_ID_SIZE);
	if (cursor && cursor->arrival == op.arrival &&
	    memcmp(cursor->store_id, op.store_id, STORE_ID_SIZE) == 0)
		return;
	if (!cursor) {
		struct cursor *more =
		    realloc(core->cursors, (core->cursor_count + 1) * sizeof(*more));
		if (!more)
			return;
		core->cursors = more;
		cursor = &core->cursors[core->cursor_count++];
		cursor->peer = s->remote_log;
	}
	cursor->arrival = op.arrival;
	memcpy(cursor->store_id, op.store_id, STORE_ID_SIZE);
	change_put_cursor(&ops, &op);
	core_change(core, FLIGHT_NOTE, &ops);
}

/* For the two digests as they are: what either side learns from an answer changes one of them. */
static bool has_sent_buckets(const struct session *s, const struct hash *digest)
{
	return hash_equal(&s->buckets_at, digest) && hash_equal(&s->buckets_peer, &s->digest_peer);
}

static void send_buckets(struct core *core, struct session *s, const struct hash *digest)
{
	struct hash buckets[BUCKET_COUNT];
	struct writer body = {0};

	s->buckets_wait_ms =
	    has_sent_buckets(s, digest) ? s->buckets_wait_ms * 2 : BUCKETS_AGAIN_MS;
	if (s->buckets_wait_ms > BUCKETS_AGAIN_MS_MAX)
		s->buckets_wait_ms = BUCKETS_AGAIN_MS_MAX;
	s->buckets_ms = core->now.steady_ms + s->buckets_wait_ms;
	s->buckets_at = *digest;
	s->buckets_peer = s->digest_peer;
	heads_buckets(&core->heads, buckets);
	msg_buckets_encode(&body, buckets);
	session_send(core, s, MSG_BUCKETS, &body);
	writer_release(&body);
}

/* At once when either digest is new, again and again at growing intervals while nothing moves: what one answer left out
 * (a head that could not be shown yet, a log that was fetched elsewhere) comes with a later one. */
static void look_closer(struct core *core, struct session *s, const struct hash *digest)
{
	if (!has_sent_buckets(s, digest) || core->now.steady_ms >= s->buckets_ms)
		send_buckets(core, s, digest);
	s->settle_ms = s->buckets_ms;
}

/* Quiet for a while: say what we have, and look closer where the other has something else. */
static void settle(struct core *core, struct session *s)
{
	struct hash digest;

	s->settle_ms = 0;
	if (!is_idle(core, s)) {
		settle_later(core, s);
		return;
	}
	heads_digest(&core->heads, core->roster_log, &digest);
	if (!hash_equal(&digest, &s->digest_sent)) {
		sync_send_digest(core, s);
		s->is_digest_due = true; /* what changed here is on its way there */
	}
	if (!s->has_digest_peer)
		return;
	if (hash_equal(&digest, &s->digest_peer)) {
		known_equal(core, s);
		remember_cursor(core, s);
		serve_ask_missing(core, s);
	} else if (s->is_digest_due) {
		s->is_digest_due = false;
		settle_later(core, s);
	} else {
		look_closer(core, s, &digest);
	}
}

enum err take_digest(struct core *core, struct session *s, struct bytes body)
{
	struct hash digest;
	enum err err = msg_digest_decode(&s->digest_peer, &s->upto_peer, body);

	if (err)
		return err;
	s->has_digest_peer = true;
	s->is_digest_due = false;
	heads_digest(&core->heads, core->roster_log, &digest);
	if (!s->in_step) {
		s->in_step = true;
		if (!hash_equal(&digest, &s->digest_peer) &&
		    s->remote_roster <= core_roster_size(core))
			send_buckets(core, s, &digest);
	}
	if (hash_equal(&digest, &s->digest_peer))
		known_equal(core, s);
	settle_later(core, s);
	return ERR_NONE;
}

enum err take_buckets(struct core *core, struct session *s, struct bytes body)
{
	struct hash theirs[BUCKET_COUNT], ours[BUCKET_COUNT], digest;
	bool differs[BUCKET_COUNT];
	bool any = false;
	enum err err = msg_buckets_decode(theirs, body);

	if (err || s->queued > core->config.bounds.send_queue_max / 4)
		return err; /* it has enough to read, and will ask again */
	heads_buckets(&core->heads, ours);
	for (size_t b = 0; b < BUCKET_COUNT; b++)
		any |= differs[b] = !hash_equal(&theirs[b], &ours[b]);
	if (!any)
		return ERR_NONE;
	s->in_step = true;
	send_heads(core, s, HEADS_BUCKETS, wanted_in_buckets, differs);
	send_evidence_of_frozen(core, s, differs);
	heads_digest(&core->heads, core->roster_log, &digest);
	if (!has_sent_buckets(s, &digest))
		send_buckets(core, s, &digest);
	return ERR_NONE;
}

/* --- announcing ------------------------------------------------------------------------------ */

static void announce_to(struct core *core, struct session *s, struct log *log)
{
	for (size_t i = 0; i < s->announce_count; i++)
		if (s->announce[i] == log)
			return;
	if (s->announce_count == s->announce_capacity) {
		size_t capacity = s->announce_capacity ? s->announce_capacity * 2 : 16;
		struct log **logs = realloc(s->announce, capacity * sizeof(struct log *));
		if (!logs)
			return; /* the digest will tell */
		s->announce = logs;
		s->announce_capacity = capacity;
	}
	if (s->announce_count == 0)
		s->announce_ms = core->now.steady_ms + ANNOUNCE_MS;
	s->announce[s->announce_count++] = log;
}

void sync_announce(struct core *core, struct log *log, uint64_t except_conn)
{
	for (size_t i = 0; i < core->session_count; i++) {
		struct session *s = core->sessions[i];
		if (s->role == ROLE_MEMBER && s->in_step && s->conn != except_conn &&
		    s->phase == SESSION_RUNNING && !key_equal(&s->remote_log, &log->open.key))
			announce_to(core, s, log);
	}
}

static void announce_flush(struct core *core, struct session *s)
{
	struct msg_heads m = {.reason = HEADS_NEW, .upto = core->arrival};
	struct writer body = {0};
	size_t first = s->announce_count > MSG_HEADS_MAX ? s->announce_count - MSG_HEADS_MAX : 0;

	m.count = (uint32_t)(s->announce_count - first);
	msg_heads_begin(&body, &m);
	for (size_t i = first; i < s->announce_count; i++) {
		struct checkpoint head;
		log_told(s->announce[i], &head);
		msg_heads_add(&body, &head);
	}
	s->announce_count = first; /* more than a frame holds: the next turn */
	s->announce_ms = first ? core->now.steady_ms + ANNOUNCE_MS : 0;
	session_send(core, s, MSG_HEADS, &body);
	writer_release(&body);
}

void sync_tick(struct core *core, struct session *s)
{
	int64_t now = core->now.steady_ms;

	if (s->announce_count && s->announce_ms <= now)
		announce_flush(core, s);
	if (s->settle_ms && s->settle_ms <= now)
		settle(core, s);
	if (s->phase == SESSION_RUNNING && !want_list_is_empty(&s->wants) &&
	    now - s->wanted_ms > WANT_WAIT_MS && core->flights_size == 0)
		session_close(core, s, ERR_TIMEOUT, "batches were asked for and did not come");
}

int64_t sync_deadline(const struct session *s)
{
	int64_t deadline = INT64_MAX;

	if (s->announce_count)
		deadline = s->announce_ms;
	if (s->settle_ms && s->settle_ms < deadline)
		deadline = s->settle_ms;
	if (!want_list_is_empty(&s->wants) && s->wanted_ms + WANT_WAIT_MS + 1 < deadline)
		deadline = s->wanted_ms + WANT_WAIT_MS + 1;
	return deadline;
}
