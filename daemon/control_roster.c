/* The roster as people read it, and invites. */
#include <stdlib.h>
#include <string.h>

#include "daemon/config.h"
#include "daemon/entry.h"
#include "daemon/loop.h"
#include "daemon/methods.h"
#include "daemon/random.h"
#include "daemon/row.h"
#include "proto/invite.h"
#include "store/store.h"

#define INVITE_MS_DEFAULT ((int64_t)7 * 24 * 3600 * 1000)
#define INVITE_MS_MAX ((int64_t)366 * 24 * 3600 * 1000)

static void put_logs(struct writer *w, const struct core *core, const char *code)
{
	struct writer keys = {0};
	struct log_info log;
	uint32_t count = 0;

	for (size_t i = 0; core_log(core, i, &log); i++) {
		if (strcmp(log.member, code) != 0 || log.is_copy)
			continue;
		mp_put_bin(&keys, log.key.b, KEY_SIZE);
		count++;
	}
	mp_put_cstr(w, "logs");
	mp_put_array(w, count);
	writer_bytes(w, writer_view(&keys));
	writer_release(&keys);
}

static void put_fingerprint(struct writer *w, const struct key *member_key)
{
	char fingerprint[HOME_FINGERPRINT_SIZE + 1];

	home_fingerprint(fingerprint, member_key);
	row_str(w, "fingerprint", fingerprint);
}

void method_roster_list(struct call *call)
{
	const struct core *core = loop_turn(call->loop);
	const struct roster *roster = core_roster(core);
	struct writer rows = {0};
	uint32_t count = (uint32_t)roster_member_count(roster);

	for (uint32_t i = 0; i < count; i++) {
		const struct member *member = roster_member_at(roster, i);
		mp_put_map(&rows, 10);
		row_str(&rows, "code", member->code);
		row_bool(&rows, "coordinator", member->is_coordinator);
		put_fingerprint(&rows, &member->key);
		row_str(&rows, "kind", member_kind_name(member->kind));
		put_logs(&rows, core, member->code);
		row_bin(&rows, "member_key", member->key.b, KEY_SIZE);
		row_raw(&rows, "names", member->names);
		mp_put_cstr(&rows, "since");
		mp_put_int(&rows, member->since.ms);
		row_str(&rows, "state", member->is_admitted ? "admitted" : "removed");
		row_str(&rows, "territory", member->territory);
	}
	call_reply_rows(call, count, &rows);
	writer_release(&rows);
}

/* Nothing is left to decide: the code is a member's, and no second key comes under it by a request. */
static bool is_settled(const struct roster *roster, const struct join_request *request)
{
	const struct member *member = roster_member(roster, request->code);

	return member && member->is_admitted;
}

static void put_pending(struct writer *rows, const struct join_request *request)
{
	mp_put_map(rows, 8);
	row_str(rows, "code", request->code);
	put_fingerprint(rows, &request->open.member_key);
	row_str(rows, "kind", member_kind_name(request->kind));
	mp_put_cstr(rows, "logs");
	mp_put_array(rows, 1);
	mp_put_bin(rows, request->open.key.b, KEY_SIZE);
	row_bin(rows, "member_key", request->open.member_key.b, KEY_SIZE);
	row_raw(rows, "names", request->names);
	row_str(rows, "state", "pending");
	row_str(rows, "territory", request->territory);
}

void method_roster_pending(struct call *call)
{
	const struct roster *roster = core_roster(loop_turn(call->loop));
	struct join_request request;
	struct writer requests = {0}, rows = {0};
	struct reader r;
	struct why why = {0};
	uint32_t count = 0;
	enum err err = store_requests(call->loop->store, &requests, &why);

	reader_init(&r, writer_view(&requests));
	while (join_request_next(&request, &r)) {
		if (is_settled(roster, &request))
			continue;
		put_pending(&rows, &request);
		count++;
	}
	if (err)
		call_fail_why(call, err, &why, NULL);
	else
		call_reply_rows(call, count, &rows);
	writer_release(&requests);
	writer_release(&rows);
}

/* --- invites ---------------------------------------------------------------------------------- */

struct invite_call {
	struct call *call;
	struct invite invite;
};

static void invite_done(void *context, enum err err, const char *text, struct bytes data)
{
	struct invite_call *waiting = context;
	struct writer line = {0}, w = {0};

	(void)data;
	if (err) {
		call_fail(waiting->call, err, text, NULL);
	} else {
		invite_encode(&line, &waiting->invite);
		mp_put_map(&w, 3);
		row_str(&w, "code", waiting->invite.code);
		mp_put_cstr(&w, "expires");
		mp_put_int(&w, waiting->invite.expires.ms);
		mp_put_cstr(&w, "invite");
		mp_put_str(&w, writer_view(&line));
		call_reply(waiting->call, writer_view(&w));
	}
	writer_release(&line);
	writer_release(&w);
	free(waiting);
}

/* Refuses what could not lead to an admission, before a token is handed out. */
static enum err invite_check(struct call *call, struct bytes code, int64_t ms, struct why *why)
{
	const struct config *config = call->loop->config;
	const struct roster *roster = core_roster(call->loop->core);
	const struct member *self = roster_member(roster, config->home.member);
	char text[CODE_SIZE_MAX + 1] = "";

	if (!code_is_valid(code))
		return why_set(why, ERR_FIELD,
		    "bad code: it is a small letter, then at most 31 small letters, digits or "
		    "dashes");
	memcpy(text, code.data, code.size);
	const struct member *member = roster_member(roster, text);
	if (member && member->is_admitted)
		return why_set(why, ERR_EXISTS, "%s is a member already", text);
	if (!self || !self->is_coordinator)
		return why_set(why, ERR_REFUSED, "only a coordinator's node hands out invites");
	if (ms <= 0 || ms > INVITE_MS_MAX)
		return why_set(why, ERR_FIELD, "an invite is good for a second to a year");
	if (!config->announce[0])
		return why_set(why, ERR_REFUSED,
		    "this node has no address that others could reach: set announce in its config");
	return ERR_NONE;
}

void method_invite(struct call *call)
{
	enum err err = ERR_NONE;
	struct bytes code = call_str(call, "code", &err);
	int64_t ms = call_int(call, "expires", INVITE_MS_DEFAULT, &err);
	struct core *core = loop_turn(call->loop);
	const struct config *config = call->loop->config;
	struct why why = {0};
	struct invite_call *waiting;

	err = err ? err : invite_check(call, code, ms, &why);
	if (err) {
		call_fail_why(call, err, &why, NULL);
		return;
	}
	waiting = calloc(1, sizeof(*waiting));
	uint64_t request = waiting ? loop_request(call->loop, invite_done, waiting) : 0;
	if (!request) {
		free(waiting);
		call_fail(call, ERR_MEMORY, NULL, NULL);
		return;
	}
	waiting->call = call;
	waiting->invite.network = config->home.network;
	memcpy(waiting->invite.code, code.data, code.size);
	waiting->invite.expires.ms = call->loop->wall.ms + ms;
	random_bytes(waiting->invite.token, TOKEN_SIZE);
	for (unsigned i = 0; i < ADDRESSES_MAX && config->announce[i]; i++)
		if (address_parse(&waiting->invite.addresses[waiting->invite.address_count],
			bytes_str(config->announce[i])) == ERR_NONE)
			waiting->invite.address_count++;
	struct change_invite change = {.is_put = true, .expires = waiting->invite.expires};
	memcpy(change.token, waiting->invite.token, TOKEN_SIZE);
	memcpy(change.code, code.data, code.size);
	core_invite(core, request, &change);
	loop_act(call->loop);
}
