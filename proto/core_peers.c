/* The address book: configured addresses, and those that members announce in their logs. Whom of them to dial is
 * core_dial.c's business. */
#include "proto/core_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/address.h"
#include "proto/mp.h"

#define ADDRESS_COUNT_MAX 8192

static struct address *find(struct core *core, const char *text, const struct key *transport)
{
	struct address *a = core->by_key[transport->b[0]];

	while (a && strcmp(a->text, text) != 0)
		a = a->next;
	return a;
}

static struct address *address_new(const char *text, const struct key *transport)
{
	struct address *a = calloc(1, sizeof(*a));

	if (!a || !(a->text = strdup(text))) {
		free(a);
		return NULL;
	}
	a->host = strchr(a->text, '@') + 1;
	a->transport = *transport;
	return a;
}

static void address_free(struct address *a)
{
	free(a->text);
	free(a->reason);
	free(a);
}

struct address *peers_add(struct core *core, const char *text, bool is_configured)
{
	struct address_parts parts;
	struct address *a;

	if (address_parse(&parts, bytes_str(text)))
		return NULL;
	if (is_configured || core->outbound < core->config.bounds.dial_max)
		peers_touch(core);
	if ((a = find(core, text, &parts.transport))) {
		a->is_configured = a->is_configured || is_configured;
		a->is_withdrawn = false;
		return a;
	}
	if (key_equal(&parts.transport, &core->config.transport) ||
	    core->address_count == ADDRESS_COUNT_MAX)
		return NULL;
	struct address **more =
	    realloc(core->addresses, (core->address_count + 1) * sizeof(struct address *));
	if (!more)
		return NULL;
	core->addresses = more;
	if (!(a = address_new(text, &parts.transport)))
		return NULL;
	core->addresses[core->address_count++] = a;
	a->next = core->by_key[parts.transport.b[0]];
	core->by_key[parts.transport.b[0]] = a;
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
	for (size_t b = 0; b < 256; b++)
		for (const struct announcement *a = core->announced[b]; a; a = a->next)
			for (unsigned j = 0; j < a->count; j++)
				if (strcmp(a->text[j], text) == 0)
					return true;
	return false;
}

void peers_drop_if_withdrawn(struct core *core, struct address *a)
{
	struct address **at = &core->by_key[a->transport.b[0]];

	if (!a->is_withdrawn || a->dial || a->conn)
		return;
	for (size_t i = 0; i < core->address_count; i++)
		if (core->addresses[i] == a)
			core->addresses[i] = core->addresses[--core->address_count];
	while (*at != a)
		at = &(*at)->next;
	*at = a->next;
	address_free(a);
}

/* Otherwise one log could fill the book, an announcement after the other. */
static void withdraw(struct core *core, const char *text)
{
	struct address_parts parts;
	struct address *a =
	    address_parse(&parts, bytes_str(text)) ? NULL : find(core, text, &parts.transport);

	if (!a || a->is_configured || is_announced(core, text))
		return;
	a->is_withdrawn = true;
	peers_drop_if_withdrawn(core, a);
}

static struct announcement *find_announcement(const struct core *core, const struct key *log)
{
	struct announcement *a = core->announced[log->b[0]];

	while (a && !key_equal(&a->log, log))
		a = a->next;
	return a;
}

const struct announcement *peers_announcement(const struct core *core, const struct key *log)
{
	return find_announcement(core, log);
}

void peers_announced(struct core *core, const struct change_addresses *op)
{
	struct announcement *a = find_announcement(core, &op->key), old = {0};

	if (a) {
		old = *a;
	} else {
		if (!(a = calloc(1, sizeof(*a))))
			return;
		a->log = op->key;
		a->next = core->announced[op->key.b[0]];
		core->announced[op->key.b[0]] = a;
	}
	a->count = 0;
	for (unsigned i = 0; i < op->count && i < ADDRESSES_MAX; i++)
		if ((a->text[a->count] =
			    strndup((const char *)op->addresses[i].data, op->addresses[i].size)))
			a->count++;
	core->announcers += a->count > 0;
	core->announcers -= old.count > 0;
	bool is_own = key_equal(&op->key, &core->config.log);
	for (unsigned i = 0; i < old.count; i++) {
		if (!is_own)
			withdraw(core, old.text[i]);
		free(old.text[i]);
	}
	const struct log *log = heads_find(&core->heads, &op->key);
	for (unsigned i = 0; !is_own && i < a->count; i++) {
		struct address *added = peers_add(core, a->text[i], false);
		if (added && log && !added->member[0])
			memcpy(added->member, log->open.member, sizeof(added->member));
	}
}

void peers_release(struct core *core)
{
	for (size_t i = 0; i < core->address_count; i++)
		address_free(core->addresses[i]);
	free(core->addresses);
	for (size_t b = 0; b < 256; b++)
		while (core->announced[b]) {
			struct announcement *a = core->announced[b];
			core->announced[b] = a->next;
			for (unsigned i = 0; i < a->count; i++)
				free(a->text[i]);
			free(a);
		}
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

/* Who dialled this node is not to be dialled: the address would stand there as one that is not connected. */
static bool is_met(const struct core *core, const struct address *a)
{
	for (size_t i = 0; i < core->session_count; i++)
		if (core->sessions[i]->role == ROLE_MEMBER &&
		    key_equal(&core->sessions[i]->remote_static, &a->transport))
			return true;
	return false;
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
		if (a->conn || is_met(core, a))
			continue;
		if (position-- == 0) {
			*out = (struct peer_info){.address = a->text,
			    .member = a->member,
			    .is_outbound = true,
			    .last_seen = a->last_seen,
			    .reason = a->dial	  ? "dialling"
				      : a->reason ? a->reason
						  : "",
			    .bytes_in = a->bytes_in,
			    .bytes_out = a->bytes_out};
			return true;
		}
	}
	return false;
}
