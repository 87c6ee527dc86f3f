/* How long a session may take: for the handshake, to say who it is, for one message on its way, to answer a PING. What
 * of its business is late is core_sync.c's. DESIGN D5, PROTOCOL.md sections 6 and 8. */
#include "proto/core_parts.h"

#include "proto/limits.h"

static int64_t handshake_deadline(const struct session *s)
{
	int64_t wait = s->phase == SESSION_FIRST ? HANDSHAKE_FIRST_MS_MAX : HANDSHAKE_MS_MAX;
	return s->opened_ms + wait;
}

static int64_t role_deadline(const struct session *s)
{
	if (s->role == ROLE_GUEST)
		return s->opened_ms + GUEST_MS_MAX;
	if (s->role == ROLE_UNKNOWN)
		return s->opened_ms + HANDSHAKE_MS_MAX;
	return INT64_MAX;
}

/* Either side finds out that the other is gone; while both are there one asks, and its PING tells the other as much as the
 * PONG tells it. */
static int64_t ping_after_ms(const struct session *s)
{
	return s->is_initiator ? PING_AFTER_MS : PING_AFTER_MS + PING_LATER_MS;
}

/* While it is read at all. */
static int64_t message_deadline(const struct session *s)
{
	return s->midway_ms && !s->is_paused ? s->midway_ms + MESSAGE_MS_MAX : INT64_MAX;
}

void deadline_note(const struct core *core, struct session *s)
{
	if (s->phase != SESSION_RUNNING || !frame_in_is_midway(&s->in)) {
		s->midway_ms = 0;
	} else if (!s->midway_ms || s->midway_nonce != s->in.cipher.nonce) {
		s->midway_ms = core->now.steady_ms;
		s->midway_nonce = s->in.cipher.nonce;
	}
}

int64_t session_deadline(const struct core *core, const struct session *s)
{
	int64_t deadline = INT64_MAX, one;

	if (s->phase == SESSION_CLOSED)
		return INT64_MAX;
	if (s->phase < SESSION_RUNNING)
		return handshake_deadline(s);
	if (!s->is_pinged)
		deadline = s->heard_ms + ping_after_ms(s);
	else if (!s->is_paused) /* who is not read cannot be heard */
		deadline = s->heard_ms + PING_AFTER_MS + PING_WAIT_MS;
	if ((one = sync_deadline(core, s)) < deadline)
		deadline = one;
	if (s->probe_ms && s->probe_ms < deadline)
		deadline = s->probe_ms;
	if ((one = message_deadline(s)) < deadline)
		deadline = one;
	if ((one = role_deadline(s)) < deadline)
		deadline = one;
	return deadline;
}

static void keep_alive(struct core *core, struct session *s)
{
	int64_t silence = core->now.steady_ms - s->heard_ms;

	if (!s->is_pinged && silence >= ping_after_ms(s)) {
		s->is_pinged = true;
		session_send_number(core, s, MSG_PING, 0);
	} else if (s->is_pinged && silence >= PING_AFTER_MS + PING_WAIT_MS && !s->is_paused) {
		core_mark(core, MARK_PEER_SILENT);
		session_close(core, s, ERR_TIMEOUT, "the peer is silent");
	}
}

void session_tick(struct core *core, struct session *s)
{
	int64_t now = core->now.steady_ms;

	if (s->phase == SESSION_CLOSED)
		return;
	if (s->phase < SESSION_RUNNING) {
		if (now < handshake_deadline(s))
			return;
		core_mark(core, MARK_HANDSHAKE_LATE);
		session_close(core, s, ERR_TIMEOUT, "the handshake took too long");
		return;
	}
	if (now >= role_deadline(s)) {
		if (s->role == ROLE_GUEST)
			core_mark(core, MARK_GUEST_OVER);
		session_close(core, s, s->role == ROLE_GUEST ? ERR_CLOSED : ERR_TIMEOUT,
		    s->role == ROLE_GUEST ? "the time of a guest is over"
					  : "the other side does not introduce itself");
		return;
	}
	if (s->probe_ms && now >= s->probe_ms) {
		core_mark(core, MARK_OLDER_DEAD);
		s->probe_ms = 0;
		session_close(core, s, ERR_DUPLICATE, NULL);
		return;
	}
	if (now >= message_deadline(s)) {
		core_mark(core, MARK_MESSAGE_LATE);
		session_close(core, s, ERR_TIMEOUT, "a message takes too long to come");
		return;
	}
	keep_alive(core, s);
	if (s->phase == SESSION_RUNNING)
		sync_tick(core, s);
}
