/* Connections: the handshake, frames in and out, which messages are allowed when, duplicates,
 * and the end. A stranger costs one place and no parsed record. DESIGN D5, PROTOCOL.md
 * sections 6 to 8. */
#include "proto/core_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/limits.h"

#define PROBE_WAIT_MS 5000

struct session *session_find(struct core *core, uint64_t conn)
{
	for (size_t i = 0; conn && i < core->session_count; i++)
		if (core->sessions[i]->conn == conn && core->sessions[i]->phase != SESSION_CLOSED)
			return core->sessions[i];
	return NULL;
}

/* Bytes for one connection that follow each other travel in one write. */
struct writer *session_buffer(struct core *core, struct session *s)
{
	struct act *act = NULL;

	if (core->act_count) {
		act = &core->acts[(core->act_first + core->act_count - 1) % core->act_capacity];
		if (act->type == ACT_SEND && act->conn == s->conn &&
		    act->data.size < FRAME_SIZE_MAX / 4)
			return &act->data;
	}
	if (!(act = core_act(core, ACT_SEND)))
		return NULL;
	act->conn = s->conn;
	return &act->data;
}

static void account(struct core *core, struct session *s, size_t size)
{
	s->bytes_out += size;
	s->queued += size;
	if (s->queued > core->config.bounds.send_queue_max + FRAME_SIZE_MAX) {
		core_mark(core, MARK_PEER_SLOW);
		session_close(core, s, ERR_QUEUE, NULL);
	}
}

static bool send_frame(struct core *core, struct session *s, enum msg_type type, struct bytes body)
{
	struct writer *out = session_buffer(core, s);
	size_t before = out ? out->size : 0;

	if (!out || frame_encode(&s->out, (uint8_t)type, body, out))
		return false;
	s->bytes_out += out->size - before;
	s->queued += out->size - before;
	return true;
}

void session_send(struct core *core, struct session *s, enum msg_type type, struct writer *body)
{
	bool sent = false;

	if (s->phase == SESSION_RUNNING && !body->err)
		sent = send_frame(core, s, type, writer_view(body));
	writer_clear(body);
	if (s->phase != SESSION_RUNNING)
		return;
	if (!sent)
		session_close(core, s, ERR_MEMORY, NULL);
	else
		account(core, s, 0);
}

void session_send_number(struct core *core, struct session *s, enum msg_type type, uint64_t number)
{
	struct writer body = {0};
	msg_number_encode(&body, number);
	session_send(core, s, type, &body);
	writer_release(&body);
}

static void wants_drop(struct core *core, struct session *s)
{
	bool any = s->wants.count > s->wants.first || s->plan.count > s->plan.first;

	while (s->wants.count > s->wants.first)
		want_remove(core, s, &s->wants.items[s->wants.first]);
	s->plan.first = s->plan.count;
	s->spares.first = s->spares.count;
	if (any)
		sync_touch(core);
}

static void session_end(struct core *core, struct session *s, const char *reason)
{
	enum session_role role = s->role;

	s->phase = SESSION_CLOSED;
	s->role = ROLE_UNKNOWN;
	s->in_step = false;
	wants_drop(core, s);
	peers_lost(core, s, role, reason);
}

static void say_closed(struct core *core, const struct session *s, const char *text)
{
	if (said_may(core, s))
		core_say(core, true, "%s%s%s: closed: %s", s->remote, s->member[0] ? " " : "",
		    s->member, text);
}

void session_close(struct core *core, struct session *s, enum err err, const char *detail)
{
	const char *text = detail ? detail : err_text(err);
	struct writer body = {0};
	struct act *act;

	if (s->phase == SESSION_CLOSED)
		return;
	if (err_blame(err) == BLAME_PEER || err_blame(err) == BLAME_LOG)
		core_count(core, err);
	if (s->phase == SESSION_RUNNING && err != ERR_AUTH) {
		msg_bye_encode(&body, text);
		send_frame(core, s, MSG_BYE, writer_view(&body));
		writer_release(&body);
	}
	if (err_blame(err) == BLAME_PEER && err != ERR_DUPLICATE)
		say_closed(core, s, text);
	if ((act = core_act(core, ACT_CLOSE))) {
		act->conn = s->conn;
		act->err = err;
		snprintf(act->text, sizeof(act->text), "%s", text);
	}
	enum session_role role = s->role;
	if (err_blame(err) == BLAME_PEER && err != ERR_DUPLICATE && err != ERR_TIMEOUT)
		s->role = ROLE_UNKNOWN; /* not a success: the back-off grows */
	else
		s->role = role;
	session_end(core, s, text);
}

static void session_free(struct session *s)
{
	if (s->handshake) {
		noise_release(s->handshake->noise);
		free(s->handshake);
	}
	frame_in_release(&s->in);
	frame_out_release(&s->out);
	want_list_release(&s->plan);
	want_list_release(&s->wants);
	want_list_release(&s->spares);
	free(s->serve.items);
	free(s->announce);
	free(s->missing);
	free(s->evidence);
	free(s->suspects);
	free(s);
}

void session_sweep(struct core *core)
{
	size_t kept = 0;
	for (size_t i = 0; i < core->session_count; i++) {
		struct session *s = core->sessions[i];
		if (s->phase == SESSION_CLOSED)
			session_free(s);
		else
			core->sessions[kept++] = s;
	}
	core->session_count = kept;
}

void core_disconnected(struct core *core, uint64_t conn)
{
	struct session *s = session_find(core, conn);
	if (s)
		session_end(core, s,
		    s->phase == SESSION_RUNNING ? "closed by the other side"
						: "closed in the handshake");
}

void core_drained(struct core *core, uint64_t conn, size_t queued)
{
	struct session *s = session_find(core, conn);
	if (!s)
		return;
	s->queued = queued;
	serve_pump(core, s);
}

/* How much of the address is its first parts, numbers or groups; all of one that has fewer. */
static size_t prefix_size(const char *remote, unsigned parts)
{
	char separator = remote[0] == '[' ? ':' : '.';
	size_t size = 0;

	while (remote[size] && parts > 0)
		parts -= remote[size++] == separator;
	return size;
}

static bool same_prefix(const struct session *a, const struct session *b, unsigned width)
{
	return a->prefix_size[width] == b->prefix_size[width] &&
	       memcmp(a->remote, b->remote, a->prefix_size[width]) == 0;
}

/* How many come from the network that a stranger comes from: the wide one first, so that who holds a thousand small networks
 * displaces itself too, and then the small one. */
static size_t crowd_of(const struct session *s, struct session *const *strangers, size_t count)
{
	size_t wide = 0, narrow = 0;

	for (size_t i = 0; i < count; i++) {
		wide += same_prefix(s, strangers[i], PREFIX_WIDE);
		narrow += same_prefix(s, strangers[i], PREFIX_NARROW);
	}
	return wide * (STRANGERS_MAX + 1) + narrow;
}

/* The oldest of the busiest prefix gives way. Only strangers are compared, a few dozen: a flood meets this at every
 * connection, whatever the members are. */
static void make_place(struct core *core)
{
	struct session *strangers[STRANGERS_MAX], *victim = NULL;
	size_t count = 0, busiest = 0;

	for (size_t i = 0; i < core->session_count && count < STRANGERS_MAX; i++)
		if (said_is_stranger(core->sessions[i]))
			strangers[count++] = core->sessions[i];
	if (count < core->config.bounds.handshakes_max)
		return;
	for (size_t i = 0; i < count; i++) {
		struct session *s = strangers[i];
		size_t same = crowd_of(s, strangers, count);
		if (same > busiest ||
		    (same == busiest && victim && s->opened_ms < victim->opened_ms)) {
			busiest = same;
			victim = s;
		}
	}
	if (victim) {
		core_mark(core, MARK_STRANGER_GAVE_WAY);
		session_close(core, victim, ERR_TIMEOUT, "too many strangers");
	}
}

void core_connected(struct core *core, uint64_t conn, uint64_t dial, const char *remote)
{
	struct address *address = peers_by_dial(core, dial);
	struct session **more;
	struct session *s = NULL;

	if (!dial)
		make_place(core);
	session_sweep(core); /* who gave way takes no place any more */
	more = realloc(core->sessions, (core->session_count + 1) * sizeof(struct session *));
	if (more) {
		core->sessions = more;
		s = calloc(1, sizeof(*s));
	}
	if (!s || (dial && !address) || !core->is_started ||
	    core->session_count >= core->config.bounds.sessions_max) {
		struct act *act = core_act(core, ACT_CLOSE);
		if (act)
			act->conn = conn;
		if (address)
			core_dial_failed(core, dial, "no more sessions");
		free(s);
		return;
	}
	core->sessions[core->session_count++] = s;
	s->conn = conn;
	s->opened_ms = s->heard_ms = core->now.steady_ms;
	s->is_initiator = dial != 0;
	s->phase = s->is_initiator ? SESSION_SECOND : SESSION_FIRST;
	s->last_seen = core->now.wall;
	snprintf(s->remote, sizeof(s->remote), "%s", remote);
	/* An IPv4 /16 and /24, an IPv6 /32 and /64. */
	s->prefix_size[PREFIX_WIDE] = prefix_size(s->remote, 2);
	s->prefix_size[PREFIX_NARROW] = prefix_size(s->remote, s->remote[0] == '[' ? 4 : 3);
	if (address) {
		s->address = address;
		s->remote_static = address->transport;
		address->dial = 0;
		address->conn = conn;
	}
	if (handshake_begin(core, s))
		session_close(core, s, ERR_MEMORY, NULL);
}

static void probe(struct core *core, struct session *older, const struct session *newer,
    enum session_probe reason)
{
	core_mark(core, reason == PROBE_TWIN ? MARK_TWIN_PROBED : MARK_OLDER_PROBED);
	older->probe = reason;
	older->probe_ms = core->now.steady_ms + PROBE_WAIT_MS;
	older->twin = newer->conn;
	session_send_number(core, older, MSG_PING, (uint64_t)reason);
}

/* Both sides dialled at once, and the other session stays: nobody is to blame. */
static void close_tie(struct core *core, struct session *s)
{
	session_close(core, s, ERR_CLOSED, "both sides dialled, the other session stays");
}

/* Two sessions with one node. Of those dialled here and there at the same time the one whose initiator has the smaller
 * transport key stays; but where that is the older one it may be dead and nobody was told, so the newer is kept until
 * the older answers. Of two from the same side the older is dead, or it is a twin, which a PING will tell as well. */
void session_resolve_duplicate(struct core *core, struct session *s)
{
	bool we_are_smaller = key_compare(&core->config.transport, &s->remote_static) < 0;

	for (size_t i = 0; i < core->session_count; i++) {
		struct session *o = core->sessions[i];
		if (o == s || o->phase != SESSION_RUNNING ||
		    !key_equal(&o->remote_static, &s->remote_static))
			continue;
		if (o->is_initiator == s->is_initiator)
			probe(core, o, s, PROBE_TWIN);
		else if (s->is_initiator == we_are_smaller)
			close_tie(core, o);
		else
			probe(core, o, s, PROBE_OLDER);
	}
}

static enum err take_ping(struct core *core, struct session *s, struct bytes body)
{
	uint64_t number;
	enum err err = msg_number_decode(&number, body);
	if (!err)
		session_send_number(core, s, MSG_PONG, number);
	return err;
}

static enum err take_pong(struct core *core, struct session *s, struct bytes body)
{
	uint64_t number;
	enum err err = msg_number_decode(&number, body);
	struct session *twin = session_find(core, s->twin);

	/* Others may have been on their way before. */
	if (err || !s->probe_ms || number != (uint64_t)s->probe)
		return err;
	s->probe_ms = 0;
	if (!twin || twin->phase != SESSION_RUNNING)
		return ERR_NONE;
	if (s->probe == PROBE_OLDER) {
		core_mark(core, MARK_OLDER_LIVES);
		close_tie(core, twin);
		return ERR_NONE;
	}
	/* Both answer: one key, two nodes (DESIGN D7). */
	core_say(
	    core, true, "%s runs twice with the same keys", s->member[0] ? s->member : s->remote);
	for (unsigned i = 0; i < 2; i++) {
		struct writer none = {0};
		msg_empty_encode(&none);
		session_send(core, i ? twin : s, MSG_TWINS, &none);
		writer_release(&none);
	}
	return ERR_NONE;
}

static enum err take_bye(struct core *core, struct session *s, struct bytes body)
{
	char reason[MSG_REASON_MAX + 1];
	enum err err = msg_bye_decode(reason, body);
	struct act *act;

	if (err)
		return err;
	if ((act = core_act(core, ACT_CLOSE))) {
		act->conn = s->conn;
		snprintf(act->text, sizeof(act->text), "%s", reason);
	}
	if (said_may(core, s))
		core_say(core, false, "%s%s%s: goodbye: %s", s->remote, s->member[0] ? " " : "",
		    s->member, reason);
	join_bye(core, s, reason);
	session_end(core, s, reason);
	return ERR_NONE;
}

static const struct {
	enum msg_type type;
	enum err (*take)(struct core *core, struct session *s, struct bytes body);
	bool while_unknown; /* before the other side is judged */
} messages[] = {

    {MSG_HELLO, take_hello, true},
    {MSG_OPEN_WANT, take_open_want, true},
    {MSG_OPEN, take_open, true},
    {MSG_ROSTER, take_roster, true},
    {MSG_HEADS, take_heads, false},
    {MSG_WANT, take_want, false},
    {MSG_BATCH, take_batch, false},
    {MSG_PUSH, take_push, false},
    {MSG_HAVE, take_have, false},
    {MSG_DIGEST, take_digest, false},
    {MSG_BUCKETS, take_buckets, false},
    {MSG_PAYLOAD_WANT, take_payload_want, false},
    {MSG_PAYLOADS, take_payloads, false},
    {MSG_JOIN, take_join, false},
    {MSG_JOINED, take_joined, false},
    {MSG_EVIDENCE, take_evidence, true},
    {MSG_TWINS, take_twins, true},
    {MSG_PING, take_ping, true},
    {MSG_PONG, take_pong, true},
    {MSG_BYE, take_bye, true},
    {MSG_PROOF_WANT, take_proof_want, false},
    {MSG_PROOF, take_proof, false},
    {MSG_NEWS, take_news, false},
};

static enum err take_frame(struct core *core, struct session *s, const struct frame *frame)
{
	for (size_t i = 0; i < sizeof(messages) / sizeof(messages[0]); i++) {
		if (messages[i].type != frame->type)
			continue;
		if (s->role == ROLE_UNKNOWN && !messages[i].while_unknown) {
			core_mark(core, MARK_UNREAD);
			/* Asked for its log.open: the rest is not read yet. */
			return s->asked_open ? ERR_NONE : ERR_STATE;
		}
		if (s->role == ROLE_GUEST && !msg_is_for_guests(frame->type))
			return ERR_STATE;
		return messages[i].take(core, s, frame->body);
	}
	return ERR_FORMAT;
}

static enum err take_frames(struct core *core, struct session *s, struct bytes in)
{
	struct frame frame;

	while (s->phase == SESSION_RUNNING && frame_in_next(&s->in, &in, &frame)) {
		s->is_unheard = false;
		enum err err = take_frame(core, s, &frame);
		if (err)
			return err;
	}
	return s->phase == SESSION_RUNNING ? s->in.err : ERR_NONE;
}

void core_received(struct core *core, uint64_t conn, struct bytes in)
{
	struct session *s = session_find(core, conn);
	struct bytes message;
	enum err err = ERR_NONE;

	if (!s)
		return;
	s->heard_ms = core->now.steady_ms;
	s->last_seen = core->now.wall;
	s->is_pinged = false;
	s->bytes_in += in.size;
	while (!err && s->phase < SESSION_RUNNING && in.size &&
	       frame_handshake_next(&s->handshake->bytes, s->handshake->noise->step, &in, &message))
		err = handshake_step(core, s, message);
	if (!err && s->phase < SESSION_RUNNING)
		err = s->handshake->bytes.err;
	if (!err && s->phase == SESSION_RUNNING)
		err = take_frames(core, s, in);
	deadline_note(core, s);
	if (err)
		session_close(core, s, err, NULL);
}
