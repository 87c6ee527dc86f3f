/* Whom to dial, and when: configured addresses, and those that members announce in their logs. One
 * session a transport key; back-off doubles with every failure and is spread by jitter, so that a
 * village of nodes does not knock in step. */
#include "proto/core_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/address.h"
#include "proto/mp.h"

#define DIAL_FIRST_MS 500
#define DIAL_CONFIGURED_MAX_MS 15000
#define DIAL_ANNOUNCED_MAX_MS 300000
#define ADDRESS_COUNT_MAX 8192

static struct address *find(struct core *core, const char *text)
{
	for (size_t i = 0; i < core->address_count; i++)
		if (strcmp(core->addresses[i]->text, text) == 0)
			return core->addresses[i];
	return NULL;
}

struct address *peers_add(struct core *core, const char *text, bool is_configured)
{
	struct address_parts parts;
	struct address *a = find(core, text);

	if (a) {
		a->is_configured = a->is_configured || is_configured;
		a->is_withdrawn = false;
		return a;
	}
	if (address_parse(&parts, bytes_str(text)) ||
	    key_equal(&parts.transport, &core->config.transport) ||
	    core->address_count == ADDRESS_COUNT_MAX)
		return NULL;
	struct address **more =
	    realloc(core->addresses, (core->address_count + 1) * sizeof(struct address *));
	if (!more)
		return NULL;
	core->addresses = more;
	if (!(a = calloc(1, sizeof(*a))))
		return NULL;
	core->addresses[core->address_count++] = a;
	snprintf(a->text, sizeof(a->text), "%s", text);
	a->host = strchr(a->text, '@') + 1;
	a->transport = parts.transport;
	a->is_configured = is_configured;
	return a;
}

void core_add_peer(struct core *core, const char *address)
{
	peers_add(core, address, true);
	peers_tick(core);
}

bool peers_read_announce(struct change_addresses *out, const struct key *log, struct bytes payload)
{
	struct reader r;
	struct address_parts parts;
	uint32_t count;

	if (mp_scan(payload))
		return false;
	*out = (struct change_addresses){.key = *log};
	reader_init(&r, mp_get(payload, "addresses"));
	count = mp_array(&r);
	if (r.err || count > ADDRESSES_MAX)
		return false;
	for (uint32_t i = 0; i < count; i++) {
		struct bytes text = mp_str(&r);
		if (r.err || text.size >= CORE_ADDRESS_MAX)
			return false;
		if (!address_parse(&parts, text))
			out->addresses[out->count++] = text;
	}
	return true;
}

static bool is_announced(const struct core *core, const char *text)
{
	for (size_t i = 0; i < core->announced_count; i++)
		for (unsigned j = 0; j < core->announced[i].count; j++)
			if (strcmp(core->announced[i].text[j], text) == 0)
				return true;
	return false;
}

static void drop_if_withdrawn(struct core *core, struct address *a)
{
	if (!a->is_withdrawn || a->dial || a->conn)
		return;
	for (size_t i = 0; i < core->address_count; i++)
		if (core->addresses[i] == a)
			core->addresses[i] = core->addresses[--core->address_count];
	free(a);
}

/* Otherwise one log could fill the book, an announcement after the other. */
static void withdraw(struct core *core, const struct announcement *old)
{
	for (unsigned i = 0; i < old->count; i++) {
		struct address *a = find(core, old->text[i]);
		if (!a || a->is_configured || is_announced(core, old->text[i]))
			continue;
		a->is_withdrawn = true;
		drop_if_withdrawn(core, a);
	}
}

void peers_announced(struct core *core, const struct change_addresses *op)
{
	struct announcement *a = NULL, old;

	for (size_t i = 0; i < core->announced_count; i++)
		if (key_equal(&core->announced[i].log, &op->key))
			a = &core->announced[i];
	if (!a) {
		struct announcement *more =
		    realloc(core->announced, (core->announced_count + 1) * sizeof(*more));
		if (!more)
			return;
		core->announced = more;
		a = &more[core->announced_count++];
		memset(a, 0, sizeof(*a));
		a->log = op->key;
	}
	old = *a;
	a->count = 0;
	for (unsigned i = 0; i < op->count && i < ADDRESSES_MAX; i++)
		snprintf(a->text[a->count++], CORE_ADDRESS_MAX, "%.*s", (int)op->addresses[i].size,
		    (const char *)op->addresses[i].data);
	if (key_equal(&op->key, &core->config.log))
		return;
	withdraw(core, &old);
	for (unsigned i = 0; i < a->count; i++)
		peers_add(core, a->text[i], false);
}

static bool is_connected(const struct core *core, const struct key *transport)
{
	for (size_t i = 0; i < core->session_count; i++) {
		const struct session *s = core->sessions[i];
		if (s->phase != SESSION_CLOSED && key_equal(&s->remote_static, transport))
			return true;
	}
	for (size_t i = 0; i < core->address_count; i++) {
		const struct address *a = core->addresses[i];
		if ((a->dial || a->conn) && key_equal(&a->transport, transport))
			return true;
	}
	return false;
}

static unsigned count_outbound(const struct core *core)
{
	unsigned count = 0;
	for (size_t i = 0; i < core->address_count; i++)
		count += core->addresses[i]->dial || core->addresses[i]->conn;
	return count;
}

static void dial(struct core *core, struct address *a)
{
	struct act *act = core_act(core, ACT_DIAL);

	if (!act)
		return;
	act->id = a->dial = core_id(core);
	snprintf(act->text, sizeof(act->text), "%s", a->host);
}

void peers_tick(struct core *core)
{
	unsigned open = count_outbound(core);
	bool is_admitted = judge_is_in(core); /* before, only who invited us may know us */

	if (!core->is_started)
		return;
	for (size_t i = 0; i < core->address_count; i++) {
		struct address *a = core->addresses[i];
		if (a->dial || a->conn || a->next_ms > core->now.steady_ms ||
		    (!a->is_configured && (open >= core->config.bounds.dial_max || !is_admitted)) ||
		    is_connected(core, &a->transport))
			continue;
		if (core->session_count >= core->config.bounds.sessions_max)
			break;
		dial(core, a);
		open++;
	}
}

int64_t peers_deadline(const struct core *core)
{
	int64_t deadline = INT64_MAX;
	bool is_busy = count_outbound(core) >= core->config.bounds.dial_max || !judge_is_in(core);

	if (core->session_count >= core->config.bounds.sessions_max)
		return deadline; /* nobody is dialled before a place is free */
	for (size_t i = 0; i < core->address_count; i++) {
		const struct address *a = core->addresses[i];
		if (a->dial || a->conn || (is_busy && !a->is_configured) || a->next_ms >= deadline)
			continue;
		if (!is_connected(core, &a->transport))
			deadline = a->next_ms;
	}
	return deadline;
}

static void back_off(struct core *core, struct address *a, const char *reason)
{
	int64_t most = a->is_configured ? DIAL_CONFIGURED_MAX_MS : DIAL_ANNOUNCED_MAX_MS;
	int64_t wait = DIAL_FIRST_MS << (a->failures < 10 ? a->failures : 10);

	if (wait > most)
		wait = most;
	a->failures++;
	a->dial = a->conn = 0;
	a->next_ms =
	    core->now.steady_ms + wait / 2 + (int64_t)seal_rng_below(&core->rng, (uint64_t)wait);
	snprintf(a->reason, sizeof(a->reason), "%s", reason);
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
	back_off(core, a, reason);
	drop_if_withdrawn(core, a);
}

void peers_lost(struct core *core, struct session *s, const char *reason)
{
	struct address *a = s->address;

	if (!a)
		return;
	a->bytes_in += s->bytes_in;
	a->bytes_out += s->bytes_out;
	a->last_seen = s->last_seen;
	if (s->role != ROLE_UNKNOWN)
		a->failures = 0; /* it worked: begin anew */
	back_off(core, a, reason);
	s->address = NULL;
	drop_if_withdrawn(core, a);
}

void peers_release(struct core *core)
{
	for (size_t i = 0; i < core->address_count; i++)
		free(core->addresses[i]);
	free(core->addresses);
	free(core->announced);
}

/* --- for `peers` ----------------------------------------------------------------------------- */

static void describe_session(const struct session *s, struct peer_info *out)
{
	out->address = s->address ? s->address->text : s->remote;
	out->member = s->member;
	out->is_connected = s->phase == SESSION_RUNNING && s->role != ROLE_UNKNOWN;
	out->is_outbound = s->is_initiator;
	out->is_guest = s->role == ROLE_GUEST;
	out->last_seen = s->last_seen;
	out->reason = s->role == ROLE_UNKNOWN ? "handshake" : "";
	out->bytes_in = s->bytes_in + (s->address ? s->address->bytes_in : 0);
	out->bytes_out = s->bytes_out + (s->address ? s->address->bytes_out : 0);
}

static uint64_t records_asked(const struct session *s)
{
	uint64_t records = 0;
	for (size_t i = s->wants.first; i < s->wants.count; i++)
		records += s->wants.items[i].target.size - s->wants.items[i].from;
	for (size_t i = s->plan.first; i < s->plan.count; i++)
		records += s->plan.items[i].target.size - s->plan.items[i].from;
	return records;
}

static uint64_t records_owed(const struct session *s)
{
	uint64_t records = 0;
	for (size_t i = s->serve.first; i < s->serve.count; i++)
		records += s->serve.items[i].size - s->serve.items[i].from;
	return records;
}

bool core_peer(struct core *core, size_t position, struct peer_info *out)
{
	memset(out, 0, sizeof(*out));
	if (position < core->session_count) {
		const struct session *s = core->sessions[position];
		describe_session(s, out);
		out->ahead = records_asked(s);
		out->behind = records_owed(s);
		return true;
	}
	position -= core->session_count;
	for (size_t i = 0; i < core->address_count; i++) {
		const struct address *a = core->addresses[i];
		if (a->conn)
			continue;
		if (position-- == 0) {
			*out = (struct peer_info){.address = a->text,
			    .member = a->member,
			    .is_outbound = true,
			    .last_seen = a->last_seen,
			    .reason = a->dial ? "dialling" : a->reason,
			    .bytes_in = a->bytes_in,
			    .bytes_out = a->bytes_out};
			return true;
		}
	}
	return false;
}
