/* Whom to dial, and when; whom to send elsewhere. A node keeps a few sessions of its own choice: the configured addresses,
 * then any of those that members announce, drawn at random, so that the whole hangs together and nobody is everybody's
 * neighbour. Now and then another one has its turn: without that two halves that were apart for a while, each with sessions
 * enough, would never find each other again; and those that could not be reached are looked for once a minute, so that
 * halves whose line is mended meet within seconds. A node with many visitors keeps those that have something to exchange.
 * Back-off doubles with every failure and is spread by jitter, so that a village of nodes does not knock in step. */
#include "proto/core_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DIAL_FIRST_MS 500
#define DIAL_CONFIGURED_MAX_MS 15000
#define DIAL_ANNOUNCED_MAX_MS 300000
#define BUSY_MS 600000	      /* who sent this node away is not asked again so soon */
#define ROTATE_MS 600000      /* another peer has its turn, on average */
#define ROTATE_AGAIN_MS 20000 /* the last one could not be reached */
#define LOOK_MS 60000	      /* one of those that could not be reached is tried again */
#define SHED_MS 20000	      /* visitors beyond the bound are sent away */
#define VISIT_MS_MIN 2000     /* a visitor is not sent away before */
#define ENOUGH_SESSIONS 2     /* with as many a node can wait */

/* Between half and one and a half of it. */
static int64_t spread(struct core *core, int64_t ms)
{
	return ms / 2 + (int64_t)seal_rng_below(&core->rng, (uint64_t)ms);
}

static unsigned count_members(const struct core *core)
{
	unsigned count = 0;

	for (size_t i = 0; i < core->session_count; i++)
		count += core->sessions[i]->role == ROLE_MEMBER;
	return count;
}

static bool is_connected(const struct core *core, const struct key *transport)
{
	for (size_t i = 0; i < core->session_count; i++) {
		const struct session *s = core->sessions[i];
		if (s->phase != SESSION_CLOSED && key_equal(&s->remote_static, transport))
			return true;
	}
	for (const struct address *a = core->by_key[transport->b[0]]; a; a = a->next)
		if ((a->dial || a->conn) && key_equal(&a->transport, transport))
			return true;
	return false;
}

static void dial(struct core *core, struct address *a)
{
	struct act *act = core_act(core, ACT_DIAL);

	if (!act)
		return;
	act->id = a->dial = core_id(core);
	core->outbound++;
	snprintf(act->text, sizeof(act->text), "%s", a->host);
}

/* Dialled whatever else there is; one that is busy is an address like any other while there are enough. */
static bool is_wanted(const struct core *core, const struct address *a)
{
	return a->is_configured && !(a->is_busy && count_members(core) >= ENOUGH_SESSIONS);
}

/* Addresses of nodes that this one has a session with, whoever began it, get this round's number. */
static void mark_connected(struct core *core)
{
	core->dial_round++;
	for (size_t i = 0; i < core->session_count; i++) {
		const struct session *s = core->sessions[i];
		struct address *a = core->by_key[s->remote_static.b[0]];
		for (; a && s->phase != SESSION_CLOSED; a = a->next)
			if (key_equal(&a->transport, &s->remote_static))
				a->round = core->dial_round;
	}
}

static bool is_free(const struct core *core, const struct address *a)
{
	return !a->dial && !a->conn && a->next_ms <= core->now.steady_ms;
}

static bool is_drawable(const struct core *core, const struct address *a, bool only_unreached)
{
	return is_free(core, a) && a->round != core->dial_round &&
	       (a->is_unreached || !only_unreached);
}

/* Any address that may be dialled now, or any of those that could not be reached; NULL for none. */
static struct address *draw(struct core *core, bool only_unreached)
{
	uint64_t count = 0, drawn;

	mark_connected(core);
	for (size_t i = 0; i < core->address_count; i++)
		count += is_drawable(core, core->addresses[i], only_unreached);
	if (!count)
		return NULL;
	drawn = seal_rng_below(&core->rng, count);
	for (size_t i = 0; i < core->address_count; i++) {
		struct address *a = core->addresses[i];
		if (is_drawable(core, a, only_unreached) && drawn-- == 0)
			return is_connected(core, &a->transport) ? NULL : a;
	}
	return NULL;
}

static void dial_configured(struct core *core)
{
	for (size_t i = 0; i < core->address_count; i++) {
		struct address *a = core->addresses[i];
		if (!is_free(core, a) || !is_wanted(core, a) || is_connected(core, &a->transport))
			continue;
		if (core->session_count >= core->config.bounds.sessions_max)
			break;
		dial(core, a);
	}
}

static void dial_announced(struct core *core)
{
	struct address *a;

	while (core->outbound < core->config.bounds.dial_max &&
	       core->session_count < core->config.bounds.sessions_max && (a = draw(core, false)))
		dial(core, a);
}

static void rotate(struct core *core)
{
	struct address *a;
	bool is_due = core->rotate_ms && core->rotate_ms <= core->now.steady_ms &&
		      core->config.bounds.dial_max > 0;

	if (core->rotate_ms <= core->now.steady_ms)
		core->rotate_ms = core->now.steady_ms + spread(core, ROTATE_MS);
	if (!is_due || core->session_count >= core->config.bounds.sessions_max ||
	    !(a = draw(core, false)))
		return;
	dial(core, a);
	core->rotate_dial = a->dial;
}

/* However many sessions there are: two halves may each have enough among themselves. */
static void look(struct core *core)
{
	struct address *a;

	if (core->look_ms > core->now.steady_ms)
		return;
	core->look_ms = core->now.steady_ms + spread(core, LOOK_MS);
	if (core->config.bounds.dial_max > 0 &&
	    core->session_count < core->config.bounds.sessions_max && (a = draw(core, true)))
		dial(core, a);
}

/* --- who stays --------------------------------------------------------------------------------- */

/* Nothing is under way in either direction. */
static bool is_idle(const struct session *s)
{
	return s->role == ROLE_MEMBER && s->phase == SESSION_RUNNING &&
	       want_list_is_empty(&s->wants) && want_list_is_empty(&s->plan) &&
	       s->serve.first == s->serve.count && !s->reading && !s->missing_count;
}

static struct session *oldest_idle(const struct core *core, bool is_initiator)
{
	struct session *oldest = NULL;

	for (size_t i = 0; i < core->session_count; i++) {
		struct session *s = core->sessions[i];
		if (s->is_initiator != is_initiator || !is_idle(s) ||
		    (s->address && is_wanted(core, s->address)) ||
		    core->now.steady_ms - s->opened_ms < VISIT_MS_MIN)
			continue;
		if (!oldest || s->opened_ms < oldest->opened_ms)
			oldest = s;
	}
	return oldest;
}

/* Twice as many visitors as there would be if all who can be reached had their share of them. */
static unsigned visitors_max(const struct core *core)
{
	const struct core_bounds *b = &core->config.bounds;
	size_t most = 2 + 2 * b->dial_max * core->heads.count / (core->announcers + 1);

	return most < b->inbound_max ? (unsigned)most : b->inbound_max;
}

static unsigned count_visitors(const struct core *core)
{
	unsigned count = 0;

	for (size_t i = 0; i < core->session_count; i++)
		count += core->sessions[i]->role == ROLE_MEMBER && !core->sessions[i]->is_initiator;
	return count;
}

/* Those that became members while they were here, or were here before others could be reached. */
static void shed(struct core *core)
{
	unsigned count = count_visitors(core), most = visitors_max(core);
	struct session *oldest;

	if (count <= most || core->shed_ms > core->now.steady_ms)
		return;
	core->shed_ms = core->now.steady_ms + spread(core, SHED_MS);
	while (count-- > most && (oldest = oldest_idle(core, false)))
		session_close(core, oldest, ERR_CLOSED, BUSY_TEXT);
}

/* --- the next turn ------------------------------------------------------------------------------ */

/* When this one may be dialled, if it is not connected. */
static int64_t may_dial(
    const struct core *core, const struct address *a, bool has_place, bool is_in)
{
	if (a->dial || a->conn)
		return INT64_MAX;
	if (has_place || is_wanted(core, a))
		return a->next_ms;
	if (!is_in || !a->is_unreached || core->config.bounds.dial_max == 0)
		return INT64_MAX;
	return a->next_ms > core->look_ms ? a->next_ms : core->look_ms;
}

/* When the next of those not connected may be dialled. */
static int64_t next_dial(const struct core *core, bool is_in)
{
	bool has_place = core->outbound < core->config.bounds.dial_max && is_in;
	int64_t next = count_visitors(core) > visitors_max(core) ? core->shed_ms : INT64_MAX;

	if (core->session_count >= core->config.bounds.sessions_max)
		return next; /* nobody is dialled before a place is free */
	for (size_t i = 0; i < core->address_count; i++) {
		const struct address *a = core->addresses[i];
		int64_t at = may_dial(core, a, has_place, is_in);
		if (at < next && !is_connected(core, &a->transport))
			next = at;
	}
	return is_in && core->rotate_ms < next ? core->rotate_ms : next;
}

/* With too few left, those that were busy are asked again after all. */
static void need_the_busy(struct core *core)
{
	if (count_members(core) >= ENOUGH_SESSIONS)
		return;
	for (size_t i = 0; i < core->address_count; i++) {
		struct address *a = core->addresses[i];
		if (a->is_busy && a->next_ms > core->now.steady_ms + 2 * DIAL_CONFIGURED_MAX_MS)
			a->next_ms = core->now.steady_ms + spread(core, DIAL_CONFIGURED_MAX_MS);
	}
}

void peers_tick(struct core *core)
{
	bool is_in;

	if (!core->is_started || core->dial_ms > core->now.steady_ms)
		return;
	is_in = judge_is_in(core); /* before, only who invited us may know us */
	need_the_busy(core);
	shed(core);
	dial_configured(core);
	if (is_in) {
		dial_announced(core);
		rotate(core);
		look(core);
	}
	core->dial_ms = next_dial(core, is_in);
}

int64_t peers_deadline(const struct core *core)
{
	return core->is_started ? core->dial_ms : INT64_MAX;
}

void peers_touch(struct core *core)
{
	core->dial_ms = core->now.steady_ms;
}

/* --- the end of a dial, or of what it led to --------------------------------------------------- */

static void back_off(struct core *core, struct address *a, const char *reason)
{
	int64_t most = a->is_configured ? DIAL_CONFIGURED_MAX_MS : DIAL_ANNOUNCED_MAX_MS;
	int64_t wait = DIAL_FIRST_MS << (a->failures < 10 ? a->failures : 10);

	if (wait > most)
		wait = most;
	if (a->is_busy && count_members(core) >= ENOUGH_SESSIONS)
		wait = BUSY_MS;
	a->failures++;
	core->outbound -= a->dial || a->conn;
	a->dial = a->conn = 0;
	a->next_ms = core->now.steady_ms + spread(core, wait);
	free(a->reason);
	a->reason = strdup(reason);
	peers_touch(core);
}

struct address *peers_by_dial(struct core *core, uint64_t id)
{
	for (size_t i = 0; id && i < core->address_count; i++)
		if (core->addresses[i]->dial == id)
			return core->addresses[i];
	return NULL;
}

void core_dial_failed(struct core *core, uint64_t id, const char *reason)
{
	struct address *a = peers_by_dial(core, id);

	if (!a)
		return;
	if (id == core->rotate_dial)
		core->rotate_ms = core->now.steady_ms + spread(core, ROTATE_AGAIN_MS);
	a->is_unreached = true;
	back_off(core, a, reason);
	peers_drop_if_withdrawn(core, a);
}

void peers_lost(struct core *core, struct session *s, enum session_role role, const char *reason)
{
	struct address *a = s->address;

	if (!a) {
		if (s->member[0] ||
		    core->dial_ms ==
			INT64_MAX) /* it was in an address's place, or there was none */
			peers_touch(core);
		return;
	}
	a->bytes_in += s->bytes_in;
	a->bytes_out += s->bytes_out;
	a->last_seen = s->last_seen;
	a->is_busy = strcmp(reason, BUSY_TEXT) == 0;
	a->is_token_refused = s->gave_token && !s->got_hello;
	a->is_unreached = role == ROLE_UNKNOWN;
	if (role != ROLE_UNKNOWN && !a->is_busy &&
	    core->now.steady_ms - s->opened_ms >= DIAL_CONFIGURED_MAX_MS)
		a->failures = 0; /* it worked, longer than anybody waits: begin anew */
	back_off(core, a, reason);
	s->address = NULL;
	peers_drop_if_withdrawn(core, a);
}

void peers_met(struct core *core, const struct session *s)
{
	struct session *oldest;

	if (s->address)
		s->address->is_busy = false;
	else
		peers_touch(core);
	if (s->address && core->outbound > core->config.bounds.dial_max &&
	    (oldest = oldest_idle(core, true)))
		session_close(core, oldest, ERR_CLOSED, "another peer has its turn");
}

/* Whoever is in step loses nothing by going elsewhere. Where everybody wants something the one who has been served longest
 * goes: a node that nobody else can be reached by serves all in turn. */
bool peers_welcome(struct core *core, struct session *s, bool is_equal)
{
	struct session *oldest;
	unsigned inbound = 0;

	for (size_t i = 0; i < core->session_count; i++)
		inbound +=
		    core->sessions[i]->role == ROLE_MEMBER && !core->sessions[i]->is_initiator;
	if (s->is_initiator || s->role != ROLE_MEMBER || inbound <= visitors_max(core))
		return true;
	oldest = is_equal ? NULL : oldest_idle(core, false);
	session_close(core, oldest ? oldest : s, ERR_CLOSED, BUSY_TEXT);
	return oldest != NULL;
}
