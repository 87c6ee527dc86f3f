/* What two nodes tell each other about what they hold, and what is asked for. DESIGN D6,
 * PROTOCOL.md section 8, "The course of a session". Records themselves are core_batch.c's and
 * core_serve.c's business. */
#include "proto/core_parts.h"

#include <stdlib.h>
#include <string.h>

#include "proto/broken.h"

const struct cursor *sync_cursor(const struct core *core, const struct key *peer)
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
	/* The own log is in no digest before the roster admits it and head.lock knows that it is shown. */
	m.upto = judge_is_in(core) && core->own.is_shown ? core->upto : 0;
	const struct log *own = core->own.log;
	const struct cursor *cursor = s->has_remote_log ? sync_cursor(core, &s->remote_log) : NULL;
	if (cursor) {
		m.has_cursor = true;
		memcpy(m.cursor_store, cursor->store_id, STORE_ID_SIZE);
		m.cursor_arrival = cursor->arrival;
	}
	if (own && core->own.is_shown && own->state != LOG_FROZEN && own->head.size) {
		m.own_size = own->head.size;
		m.own_root = own->head.root;
		s->head_told = own->head;
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
	msg_digest_encode(&body, &s->digest_sent, core->upto);
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

bool sync_is_told(const struct core *core, const struct session *s, const struct log *log)
{
	return !key_equal(&log->open.key, &s->remote_log) && heads_counts(log) &&
	       log->state != LOG_FROZEN && log_is_tellable(log) &&
	       (!log->is_own || core->own.is_shown);
}

/* Heads that answer a comparison say how far the other side may remember to be. It goes by the digest that it was told
 * last: where that is of an older state, the one that belongs to these heads comes first. */
static void tell_digest_anew(struct core *core, struct session *s)
{
	struct hash digest;

	heads_digest(&core->heads, core->roster_log, &digest);
	if (!hash_equal(&digest, &s->digest_sent))
		sync_send_digest(core, s);
}

static void send_heads(struct core *core, struct session *s, enum heads_reason reason,
    bool (*wanted)(const struct log *, const void *), const void *context)
{
	struct heads_frame *frame = malloc(sizeof(*frame));
	const struct log *theirs = heads_find(&core->heads, &s->remote_log);

	if (!frame)
		return;
	tell_digest_anew(core, s);
	frame->core = core;
	frame->s = s;
	frame->m = (struct msg_heads){.reason = reason, .upto = core->upto};
	if (reason != HEADS_NEW && theirs && theirs->head.size && theirs->state != LOG_FROZEN) {
		frame->m.has_yours = true;
		frame->m.yours = theirs->head;
		frame->m.is_as_told = theirs->head.size == s->hello.own_size &&
				      hash_equal(&theirs->head.root, &s->hello.own_root);
	}
	for (size_t b = 0; b < BUCKET_COUNT; b++) {
		const struct bucket *bucket = &core->heads.buckets[b];
		for (size_t i = 0; i < bucket->count; i++) {
			const struct log *log = bucket->logs[i];
			if (!sync_is_told(core, s, log) || !wanted(log, context))
				continue;
			if (frame->m.count == core->config.bounds.heads_max) {
				core_mark(core, MARK_HEADS_PAGED);
				heads_flush(frame, true);
			}
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

void sync_send_changed(struct core *core, struct session *s, uint64_t since)
{
	send_heads(core, s, HEADS_CHANGED, wanted_since, &since);
}

/* Without a cursor everything has changed: where that is much, which buckets differ is asked first. */
static void tell_changed(struct core *core, struct session *s, const struct hash *digest)
{
	const struct msg_hello *m = &s->hello;
	bool is_of_this = memcmp(m->cursor_store, core->config.store_id, STORE_ID_SIZE) == 0;
	bool knows = m->has_cursor && is_of_this && m->cursor_arrival <= core->arrival;
	uint64_t since = knows ? m->cursor_arrival : 0;

	if (m->has_cursor)
		core_mark(core, knows	     ? MARK_CURSOR_USED
				: is_of_this ? MARK_CURSOR_AHEAD
					     : MARK_CURSOR_VOID);
	if (!knows && core->heads.count > core->config.bounds.heads_blind_max) {
		core_mark(core, MARK_BUCKETS_FIRST);
		sync_send_buckets(core, s, digest);
		return;
	}
	if (!knows || !news_begin(core, s, since))
		sync_send_changed(core, s, since);
}

static void send_evidence_of_frozen(struct core *core, struct session *s, const bool *differs)
{
	if (BROKEN_NO_EVIDENCE || core_reads(core, READ_EVIDENCE, s->conn))
		return; /* it is on its way */
	for (size_t i = 0; i < core->heads.count; i++) {
		const struct log *log = heads_at(&core->heads, i);
		if (log->state == LOG_FROZEN && log->is_admissible && differs[log->open.key.b[0]])
			core_read(core, READ_EVIDENCE, s->conn, &log->open.key, 0, 0, 0);
	}
}

void sync_send_buckets_heads(struct core *core, struct session *s, const bool *differs)
{
	send_heads(core, s, HEADS_BUCKETS, wanted_in_buckets, differs);
	send_evidence_of_frozen(core, s, differs);
}

/* The other side holds what is held here, and so the head of this node's own log. */
void sync_known_equal(struct core *core, struct session *s)
{
	s->was_equal = true;
	s->apart_ms = 0;
	listen_heard(core, s, NULL);
	own_agreed(core, s);
	branch_pump(core);
}

/* Of a frozen roster no member is behind: what each side has is what it goes on with. */
static bool is_roster_frozen(const struct core *core)
{
	return core->roster_log && core->roster_log->state == LOG_FROZEN;
}

void sync_tell_roster(struct core *core, struct session *s)
{
	if (!is_roster_frozen(core) || s->remote_roster < core_roster_size(core))
		sync_send_roster(core, s);
	if (is_roster_frozen(core) && !core_reads(core, READ_EVIDENCE, s->conn))
		core_read(core, READ_EVIDENCE, s->conn, &core->roster_log->open.key, 0, 0, 0);
}

/* While a roster is on its way, a digest leaves out what it admits and nobody has judged yet: two that hold nothing of each
 * other's logs are equal for a moment, and a cursor would vouch for what is not here. */
static bool holds_own_of(const struct core *core, const struct session *s)
{
	const struct log *log = heads_find(&core->heads, &s->remote_log);

	return log && log->is_admissible && log->head.size >= s->hello.own_size;
}

void sync_begin(struct core *core, struct session *s)
{
	struct hash digest;
	bool is_frozen = is_roster_frozen(core);

	if (s->began || !s->sent_hello)
		return;
	s->began = true;
	s->digest_peer = s->hello.digest;
	s->has_digest_peer = true;
	heads_digest(&core->heads, core->roster_log, &digest);
	if (is_frozen || s->hello.roster_size < core_roster_size(core))
		sync_tell_roster(core, s);
	if (s->role == ROLE_GUEST || !judge_is_in(core)) {
		join_send(core, s);
		return;
	}
	bool is_equal = hash_equal(&digest, &s->digest_peer);
	if (!peers_welcome(core, s, is_equal))
		return;
	if (is_equal) {
		s->in_step = true;
		s->upto_peer = s->hello.upto;
		sync_known_equal(core, s);
		if (holds_own_of(core, s))
			sync_remember_cursor(core, s);
		serve_ask_missing(core, s);
		rot_pump(core);
	} else if (is_frozen ? s->hello.roster_size >= core_roster_size(core)
			     : s->hello.roster_size == core_roster_size(core)) {
		s->in_step = true;
		s->is_digest_due = true;
		if (is_frozen)
			sync_send_digest(core, s);
		s->upto_peer = s->hello.upto;
		tell_changed(core, s, &digest);
		sync_settle_later(core, s); /* it may have nothing to say */
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
	if (head.size > s->roster_head.size)
		s->roster_head = head;
	s->roster_wait_ms = ROSTER_AGAIN_MS;
	s->roster_again_ms = core->now.steady_ms + s->roster_wait_ms;
	if (s->role == ROLE_UNKNOWN) {
		s->roster_head = head;
		s->has_roster_head = true;
		return ERR_NONE;
	}
	err = sync_consider(core, s, &head, false);
	sync_pump(core, s);
	return err;
}

void sync_was_told(struct session *s, const struct checkpoint *head)
{
	s->told[s->told_next].log = head->log;
	s->told[s->told_next].size = head->size;
	s->told_next = (s->told_next + 1) % TOLD_MAX;
}

/* Neighbours hear of a head from several sides, and often before this node can tell them. */
static bool has_told(const struct session *s, const struct log *log)
{
	for (size_t i = 0; i < TOLD_MAX; i++)
		if (s->told[i].size >= log->head.size && key_equal(&s->told[i].log, &log->open.key))
			return true;
	return false;
}

/* What the other side has of this node's log. */
static enum err take_yours(const struct core *core, const struct session *s, struct msg_heads *m)
{
	m->yours.log = core->config.log;
	if (m->is_as_told) {
		m->yours = s->head_told;
		return s->head_told.size ? ERR_NONE : ERR_FORMAT;
	}
	if (!m->has_yours || BROKEN_YOURS_UNSIGNED)
		return ERR_NONE;
	return checkpoint_verify(&m->yours, &core->config.network);
}

enum err take_heads(struct core *core, struct session *s, struct bytes body)
{
	struct msg_heads m;
	struct checkpoint head;
	enum err err = msg_heads_decode(&m, body);

	if (err)
		return err;
	while (msg_heads_next(&m, &head)) {
		sync_was_told(s, &head);
		err = sync_consider(core, s, &head, m.reason == HEADS_NEW);
		if (!err && m.reason == HEADS_BUCKETS)
			err = suspect_told(core, s, &head);
		if (err)
			return err;
	}
	if (m.items.err)
		return m.items.err;
	if (m.reason != HEADS_NEW && !m.more) {
		if ((err = take_yours(core, s, &m)))
			return err;
		listen_heard(core, s, m.has_yours ? &m.yours : NULL);
		/* Digests may never be equal, and who had the records from somebody else told him of it. */
		if (m.has_yours && core->own.log && core->own.log->state == LOG_OPEN)
			own_have(core, s, &core->own.key, m.yours.size);
		s->upto_peer = m.upto;
	}
	sync_pump(core, s);
	sync_touch(core);
	return ERR_NONE;
}

/* A head of the roster is told once. Whoever could not serve it then, or was not asked because another session was to
 * bring it, is asked again: without the roster nothing else moves. */
static void roster_again(struct core *core, struct session *s)
{
	enum err err;

	s->roster_again_ms = 0;
	if (s->roster_head.size <= core_roster_size(core))
		return;
	if (s->roster_wait_ms < ROSTER_AGAIN_MS_MAX)
		s->roster_wait_ms *= 2;
	s->roster_again_ms = core->now.steady_ms + s->roster_wait_ms;
	if (s->role == ROLE_UNKNOWN)
		return;
	if ((err = sync_consider(core, s, &s->roster_head, false)))
		session_close(core, s, err, NULL);
	else
		sync_pump(core, s);
}

static void announce_to(struct core *core, struct session *s, struct log *log)
{
	if (has_told(s, log))
		return;
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
	for (size_t i = 0; log_is_tellable(log) && i < core->session_count; i++) {
		struct session *s = core->sessions[i];
		if (s->role == ROLE_MEMBER && s->in_step && s->conn != except_conn &&
		    s->phase == SESSION_RUNNING && !key_equal(&s->remote_log, &log->open.key))
			announce_to(core, s, log);
	}
}

static void announce_flush(struct core *core, struct session *s)
{
	struct msg_heads m = {.reason = HEADS_NEW, .upto = core->upto};
	struct writer body = {0};
	size_t most = core->config.bounds.heads_max, kept = 0;

	for (size_t i = 0; i < s->announce_count; i++) /* it may have told meanwhile */
		if (!has_told(s, s->announce[i]))
			s->announce[kept++] = s->announce[i];
	s->announce_count = kept;
	if (kept == 0)
		return;
	size_t first = kept > most ? kept - most : 0;
	if (first)
		core_mark(core, MARK_NEWS_PAGED);
	m.count = (uint32_t)(kept - first);
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
	if (s->roster_again_ms && s->roster_again_ms <= now)
		roster_again(core, s);
	if (s->spares_ms && s->spares_ms <= now)
		plan_spares(core, s);
	if (s->is_plan_due)
		sync_pump(core, s);
	serve_tick(core, s);
	if (s->settle_ms && s->settle_ms <= now)
		sync_settle(core, s);
	suspect_tick(core, s);
	if (s->phase == SESSION_RUNNING && !want_list_is_empty(&s->wants) &&
	    now - s->wanted_ms > WANT_WAIT_MS && core->flights_size == 0) {
		core_mark(core, MARK_BATCHES_LATE);
		session_close(core, s, ERR_TIMEOUT, "batches were asked for and did not come");
	}
}

int64_t sync_deadline(const struct core *core, const struct session *s)
{
	int64_t deadline = suspect_deadline(s);

	if (s->is_plan_due)
		deadline = core->now.steady_ms;
	else if (s->announce_count && s->announce_ms < deadline)
		deadline = s->announce_ms;
	if (s->roster_again_ms && s->roster_again_ms < deadline)
		deadline = s->roster_again_ms;
	if (s->spares_ms && s->spares_ms < deadline)
		deadline = s->spares_ms;
	if (s->missing_again_ms && s->missing_again_ms < deadline)
		deadline = s->missing_again_ms;
	if (s->settle_ms && s->settle_ms < deadline)
		deadline = s->settle_ms;
	if (!want_list_is_empty(&s->wants) && core->flights_size == 0 &&
	    s->wanted_ms + WANT_WAIT_MS + 1 < deadline)
		deadline = s->wanted_ms + WANT_WAIT_MS + 1;
	return deadline;
}
