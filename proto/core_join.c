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

enum err take_join(struct core *core, struct session *s, struct bytes body)
{
	struct msg_join m;
	struct change_request request = {.is_put = true, .join = body};
	struct writer ops = {0};
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
	memcpy(request.code, s->member, sizeof(request.code));
	change_put_request(&ops, &request);
	struct flight *f = core_change(core, FLIGHT_REQUEST, &ops);
	if (!f)
		return ERR_MEMORY;
	f->conn = s->conn;
	core_say(core, false, "%s asks to join: commune roster admit %s", s->member, s->member);
	return ERR_NONE;
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
