/* Invites that this node handed out, and requests to join. A token files a request; the roster
 * alone admits. */
#include "proto/core_parts.h"

#include <stdlib.h>
#include <string.h>

#include "proto/mp.h"

/* The one reason of a refusal that the asking side understands; PROTOCOL.md section 8. */
#define CODE_IS_TAKEN "admitted under another key"

static const char taken_text[] =
    "the request to join was refused: this code is admitted under another key";
static const char expired_text[] =
    "the invite is not taken any more: unless the request waits with the coordinator already, ask "
    "for another one and join with it in a new home";

void join_invite_load(struct core *core, const struct change_invite *invite)
{
	struct change_invite *more;

	for (size_t i = 0; i < core->invite_count; i++)
		if (memcmp(core->invites[i].token, invite->token, TOKEN_SIZE) == 0)
			return;
	more = realloc(core->invites, (core->invite_count + 1) * sizeof(*more));
	if (!more)
		return;
	core->invites = more;
	core->invites[core->invite_count++] = *invite;
}

/* --- who waits -------------------------------------------------------------------------------- */

static struct waiting *waiting_find(struct core *core, const char *code, const struct key *key)
{
	for (size_t i = 0; i < core->waiting_count; i++)
		if (strcmp(core->waiting[i].code, code) == 0 &&
		    key_equal(&core->waiting[i].member_key, key))
			return &core->waiting[i];
	return NULL;
}

static struct waiting *waiting_add(struct core *core, const struct waiting *one)
{
	struct waiting *more = realloc(core->waiting, (core->waiting_count + 1) * sizeof(*more));

	if (!more)
		return NULL;
	core->waiting = more;
	more[core->waiting_count] = *one;
	if (one->number > core->waiting_number)
		core->waiting_number = one->number;
	return &more[core->waiting_count++];
}

/* How many homes wait under this code; token: of those that came with this invite, NULL for all. */
static unsigned waiting_count(const struct core *core, const char *code, const uint8_t *token)
{
	unsigned count = 0;

	for (size_t i = 0; i < core->waiting_count; i++)
		count += strcmp(core->waiting[i].code, code) == 0 &&
			 (!token || memcmp(core->waiting[i].token, token, TOKEN_SIZE) == 0);
	return count;
}

/* It was checked before it was stored; one that cannot be read any more waits under no key. */
enum err join_request_load(struct core *core, const struct change_request *request)
{
	struct waiting one = {.number = request->number};
	struct msg_join m;
	struct log_open open;

	memcpy(one.code, request->code, sizeof(one.code));
	if (!msg_join_decode(&m, request->join) && !judge_read_open(core, &open, m.record)) {
		memcpy(one.token, m.token, TOKEN_SIZE);
		one.member_key = open.member_key;
	}
	return waiting_add(core, &one) ? ERR_NONE : ERR_MEMORY;
}

void join_settled(struct core *core, struct writer *ops, const char *code)
{
	size_t kept = 0;

	for (size_t i = 0; i < core->waiting_count; i++) {
		struct change_request done = {.number = core->waiting[i].number};
		if (strcmp(core->waiting[i].code, code) != 0) {
			core->waiting[kept++] = core->waiting[i];
			continue;
		}
		memcpy(done.code, code, strlen(code));
		change_put_request(ops, &done);
	}
	core->waiting_count = kept;
}

/* --- invites ---------------------------------------------------------------------------------- */

bool join_token_is_valid(
    const struct core *core, const uint8_t token[static TOKEN_SIZE], const char **code)
{
	for (size_t i = 0; i < core->invite_count; i++) {
		const struct change_invite *invite = &core->invites[i];
		if (!seal_equal(invite->token, token, TOKEN_SIZE) ||
		    invite->expires.ms <= core->now.wall.ms)
			continue;
		if (code)
			*code = invite->code;
		return true;
	}
	return false;
}

void core_invite(struct core *core, uint64_t request, const struct change_invite *invite)
{
	struct writer ops = {0};
	struct flight *f;

	change_put_invite(&ops, invite);
	f = core_change(core, FLIGHT_INVITE, &ops);
	if (!f) {
		core_reply(core, request, ERR_MEMORY, err_text(ERR_MEMORY), NULL);
		return;
	}
	f->request = request;
	join_invite_load(core, invite);
}

void join_send(struct core *core, struct session *s)
{
	struct writer body = {0};

	if (!core->config.has_token || judge_is_in(core) || s->phase != SESSION_RUNNING)
		return;
	s->sent_join = true;
	writer_bytes(&body, writer_view(&core->join));
	session_send(core, s, MSG_JOIN, &body);
	writer_release(&body);
}

static void send_joined(struct core *core, struct session *s, const char *state, const char *reason)
{
	struct writer body = {0};

	msg_joined_encode(&body, state, reason);
	session_send(core, s, MSG_JOINED, &body);
	writer_release(&body);
}

/* The log.open inside proves that the key is in hand and names this very node. */
static enum err check_join(struct core *core, struct session *s, const struct msg_join *m)
{
	struct log_open open;
	enum member_kind kind;
	enum err err;

	if (!member_kind_parse(&kind, m->kind))
		return ERR_FORMAT;
	if ((err = judge_read_open(core, &open, m->record)))
		return err;
	if (!key_equal(&open.transport, &s->remote_static))
		return ERR_STRANGER;
	s->open = open;
	s->has_open = true;
	s->has_remote_log = true;
	s->remote_log = open.key;
	memcpy(s->member, open.member, sizeof(s->member));
	return ERR_NONE;
}

static void say_who_asks(struct core *core, const char *code)
{
	if (waiting_count(core, code, NULL) > 1)
		core_say(core, true,
		    "%s asks to join, and so does another node: commune roster pending", code);
	else
		core_say(core, false, "%s asks to join: commune roster admit %s", code, code);
}

/* Beside those that wait under the code already, unless it is one of them that comes again. */
static enum err file_request(
    struct core *core, struct session *s, const struct msg_join *m, struct bytes body)
{
	struct change_request request = {.is_put = true, .join = body};
	struct waiting *one = waiting_find(core, s->member, &s->open.member_key);
	struct writer ops = {0};
	struct flight *f;

	if (!one) {
		struct waiting first = {core->waiting_number + 1, "", {0}, s->open.member_key};
		if (waiting_count(core, s->member, m->token) >= INVITE_HOMES_MAX) {
			send_joined(core, s, "refused", "too many ask with this invite");
			return ERR_NONE;
		}
		memcpy(first.code, s->member, sizeof(first.code));
		if (!(one = waiting_add(core, &first)))
			return ERR_MEMORY;
	}
	memcpy(one->token, m->token, TOKEN_SIZE);
	request.number = one->number;
	memcpy(request.code, s->member, sizeof(request.code));
	change_put_request(&ops, &request);
	if (!(f = core_change(core, FLIGHT_REQUEST, &ops)))
		return ERR_MEMORY;
	f->conn = s->conn;
	say_who_asks(core, s->member);
	return ERR_NONE;
}

enum err take_join(struct core *core, struct session *s, struct bytes body)
{
	struct msg_join m;
	const char *code;
	enum err err = msg_join_decode(&m, body);

	if (err)
		return err;
	if (body.size > MSG_JOIN_MAX)
		return ERR_LIMIT;
	if (s->role == ROLE_MEMBER) { /* who it is was settled, and need not be asked again */
		core_mark(core, MARK_JOIN_AGAIN);
		send_joined(core, s, "admitted", "");
		return ERR_NONE;
	}
	if (s->got_join)
		return ERR_STATE;
	s->got_join = true;
	if (!join_token_is_valid(core, m.token, &code))
		return ERR_STRANGER;
	if ((err = check_join(core, s, &m)))
		return err;
	const struct member *known = roster_member(core->roster, s->member);
	if (known && known->is_admitted) {
		bool is_known = key_equal(&known->key, &s->open.member_key);
		send_joined(
		    core, s, is_known ? "admitted" : "refused", is_known ? "" : CODE_IS_TAKEN);
		if (is_known)
			judge_session(core, s);
		return ERR_NONE;
	}
	if (code[0] && strcmp(code, s->member) != 0) {
		send_joined(core, s, "refused", "the invite is for another code");
		return ERR_NONE;
	}
	if (!pace_allows_join(core, s->member)) {
		send_joined(core, s, "pending", "many ask today: this node will ask again");
		return ERR_NONE;
	}
	return file_request(core, s, &m, body);
}

enum err take_joined(struct core *core, struct session *s, struct bytes body)
{
	struct bytes state, reason;
	enum err err = msg_joined_decode(&state, &reason, body);

	if (err || !s->sent_join)
		return err;
	if (bytes_equal(state, BYTES_STR("refused")))
		core_alarm_raise(
		    core, bytes_equal(reason, bytes_str(CODE_IS_TAKEN))
			      ? taken_text
			      : "the request to join was refused: ask the coordinator for another "
				"invite");
	else if (bytes_equal(state, BYTES_STR("pending")))
		core_say(core, false, "the request to join is with the coordinator");
	if (!bytes_equal(state, BYTES_STR("refused"))) {
		core->is_filed = true;
		core_alarm_clear(core, expired_text);
	}
	return ERR_NONE;
}

void join_bye(struct core *core, const struct session *s, const char *reason)
{
	if (s->gave_token && !core->is_filed && !judge_is_in(core) &&
	    !roster_member(core->roster, core->self.member) &&
	    strcmp(reason, err_text(ERR_STRANGER)) == 0)
		core_alarm_raise(core, expired_text);
}

void join_roster_changed(struct core *core)
{
	const struct member *known;

	if (!core->config.has_token)
		return;
	known = roster_member(core->roster, core->self.member);
	if (judge_is_in(core)) {
		core_alarm_clear(core, expired_text);
		core_alarm_clear(core, taken_text);
	} else if (known && known->is_admitted && !key_equal(&known->key, &core->self.member_key)) {
		core_alarm_raise(core, taken_text);
	}
}

void join_done(struct core *core, struct flight *f, enum err err)
{
	struct session *s;

	if (f->type == FLIGHT_INVITE) {
		core_reply(core, f->request, err, err ? err_text(err) : "", NULL);
		return;
	}
	s = session_find(core, f->conn);
	if (s && s->phase == SESSION_RUNNING)
		send_joined(core, s, err ? "refused" : "pending", err ? err_text(err) : "");
}
