/* What two nodes tell each other about what they hold, and what is asked for. DESIGN D6,
 * PROTOCOL.md section 8, "The course of a session": HELLO, the roster, what follows from them. Heads are core_heads.c's
 * business, records core_batch.c's and core_serve.c's. */
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

void sync_tick(struct core *core, struct session *s)
{
	int64_t now = core->now.steady_ms;

	if (s->announce_count && s->announce_ms <= now)
		sync_announce_flush(core, s);
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
