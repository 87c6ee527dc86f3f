/* What a node says of itself and of its peers. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/config.h"
#include "daemon/disk.h"
#include "daemon/indexer.h"
#include "daemon/loop.h"
#include "daemon/methods.h"
#include "daemon/row.h"
#include "proto/address.h"
#include "store/store.h"

static const char *state_name(enum node_state state)
{
	switch (state) {
	case NODE_STARTING:
		return "starting";
	case NODE_READY:
		return "ready";
	case NODE_DRAFTS:
		return "drafts";
	case NODE_FROZEN:
		return "frozen";
	case NODE_FULL:
		return "full";
	}
	return "";
}

static void put_alarms(struct writer *w, const struct loop *loop)
{
	const struct core *core = loop->core;
	bool has_gap = loop->sandbox_gap[0] != '\0';
	char text[sizeof(SANDBOX_ALARM) + SANDBOX_GAP_SIZE];
	uint32_t count = 0;

	while (core_alarm(core, count))
		count++;
	mp_put_cstr(w, "alarms");
	mp_put_array(w, count + has_gap);
	for (uint32_t i = 0; i < count; i++)
		mp_put_cstr(w, core_alarm(core, i));
	if (has_gap) {
		snprintf(text, sizeof(text), SANDBOX_ALARM, loop->sandbox_gap);
		mp_put_cstr(w, text);
	}
}

static int by_name(const void *a, const void *b)
{
	return strcmp(err_name(*(const enum err *)a), err_name(*(const enum err *)b));
}

static void put_refused(struct writer *w, const struct core *core)
{
	enum err found[ERR_COUNT];
	uint32_t count = 0;

	for (int err = 1; err < ERR_COUNT; err++)
		if (core_refused(core, (enum err)err))
			found[count++] = (enum err)err;
	qsort(found, count, sizeof(found[0]), by_name);
	mp_put_cstr(w, "refused");
	mp_put_map(w, count);
	for (uint32_t i = 0; i < count; i++)
		row_uint(w, err_name(found[i]), core_refused(core, found[i]));
}

void method_status(struct call *call)
{
	const struct loop *loop = call->loop;
	const struct config *config = loop->config;
	struct core *core = loop_turn(call->loop);
	struct core_status status;
	struct writer w = {0};

	core_status(core, &status);
	mp_put_map(&w, 20);
	row_str(&w, "address", config->announce[0] ? config->announce[0] : "");
	put_alarms(&w, loop);
	row_uint(&w, "arrivals", disk_arrivals(loop->disk));
	row_bin(&w, "digest", status.digest.b, HASH_SIZE);
	row_uint(&w, "drafts", status.drafts);
	row_uint(&w, "indexed", indexer_indexed(loop->indexer));
	row_bool(&w, "is_admitted", status.is_admitted);
	row_bin(&w, "log", config->home.log.b, KEY_SIZE);
	row_uint(&w, "logs", status.logs);
	row_str(&w, "member", config->home.member);
	row_bin(&w, "network", config->home.network.b, HASH_SIZE);
	put_refused(&w, core);
	row_uint(&w, "roster_size", status.roster_size);
	row_uint(&w, "rot_found", status.rot_found);
	row_uint(&w, "rot_mended", status.rot_mended);
	row_uint(&w, "sessions", status.sessions);
	row_uint(&w, "size", status.size);
	row_str(&w, "state", state_name(status.state));
	row_bin(&w, "store_id", store_id(loop->store), STORE_ID_SIZE);
	row_str(&w, "version", VERSION);
	call_reply(call, writer_view(&w));
	writer_release(&w);
}

void method_id(struct call *call)
{
	const struct config *config = call->loop->config;
	const struct home *home = &config->home;
	char fingerprint[HOME_FINGERPRINT_SIZE + 1];
	struct writer w = {0};

	home_fingerprint(fingerprint, &home->member_key);
	mp_put_map(&w, 8);
	row_str(&w, "address", config->announce[0] ? config->announce[0] : "");
	row_str(&w, "fingerprint", fingerprint);
	row_bin(&w, "log", home->log.b, KEY_SIZE);
	row_str(&w, "member", home->member);
	row_bin(&w, "member_key", home->member_key.b, KEY_SIZE);
	row_bin(&w, "network", home->network.b, HASH_SIZE);
	row_bin(&w, "store_id", store_id(call->loop->store), STORE_ID_SIZE);
	row_bin(&w, "transport_key", home->transport.b, KEY_SIZE);
	call_reply(call, writer_view(&w));
	writer_release(&w);
}

static void put_peer(struct writer *w, const struct peer_info *peer)
{
	mp_put_map(w, 11);
	row_text(w, "address", peer->address);
	row_uint(w, "ahead", peer->ahead);
	row_uint(w, "behind", peer->behind);
	row_uint(w, "bytes_in", peer->bytes_in);
	row_uint(w, "bytes_out", peer->bytes_out);
	row_bool(w, "connected", peer->is_connected);
	row_str(w, "direction", peer->is_outbound ? "out" : "in");
	row_bool(w, "guest", peer->is_guest);
	mp_put_cstr(w, "last_seen");
	if (peer->last_seen.ms > 0)
		mp_put_int(w, peer->last_seen.ms);
	else
		mp_put_nil(w);
	row_str(w, "member", peer->member);
	row_text(w, "reason", peer->reason);
}

void method_peers(struct call *call)
{
	struct core *core = loop_turn(call->loop);
	struct peer_info peer;
	struct writer rows = {0};
	uint32_t count = 0;

	while (core_peer(core, count, &peer)) {
		put_peer(&rows, &peer);
		count++;
	}
	call_reply_rows(call, count, &rows);
	writer_release(&rows);
}

void method_peer_add(struct call *call)
{
	enum err err = ERR_NONE;
	struct bytes text = call_str(call, "address", &err);
	struct address_parts address;
	char copy[CORE_ADDRESS_MAX + 1];

	if (err || address_parse(&address, text)) {
		call_fail(call, ERR_FIELD, "bad address",
		    "an address is KEY@HOST:PORT, KEY being 64 hex digits: see `commune id` there");
		return;
	}
	memcpy(copy, text.data, text.size);
	copy[text.size] = '\0';
	core_add_peer(loop_turn(call->loop), copy);
	loop_act(call->loop);
	call_reply(call, BYTES_STR("\x80"));
}

void method_stop(struct call *call)
{
	struct loop *loop = call->loop;

	call_reply(call, BYTES_STR("\x80"));
	loop_stop(loop, 0);
}
