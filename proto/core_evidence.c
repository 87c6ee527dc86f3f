/* Two histories under one key: the log is frozen, the proof is stored and handed on, once to
 * everybody. A node that never saw the log keeps the proof all the same, so that all agree on what
 * is frozen. DESIGN D8, PROTOCOL.md section 9. It decides nothing about which branch stays. */
#include "proto/core_parts.h"

#include <stdlib.h>

#include "proto/broken.h"

const char roster_frozen_text[] = "the roster is frozen: its keeper's key signed two histories";

bool evidence_takes_roster(const struct core *core)
{
	const struct log *log = core->roster_log;

	return !log || log->state != LOG_FROZEN || log->head.size == 0 || !judge_is_in(core);
}

static void tell_members(struct core *core, struct bytes body, bool is_roster)
{
	for (size_t i = 0; i < core->session_count && !BROKEN_NO_EVIDENCE; i++) {
		struct session *s = core->sessions[i];
		struct writer copy = {0};
		if (s->phase != SESSION_RUNNING ||
		    !(is_roster ? s->role != ROLE_UNKNOWN : s->role == ROLE_MEMBER && s->in_step))
			continue;
		writer_bytes(&copy, body);
		session_send(core, s, MSG_EVIDENCE, &copy);
		writer_release(&copy);
	}
}

/* Nobody catches up with anybody any more: members sync under the rosters that they have. */
static void sync_as_it_is(struct core *core)
{
	for (size_t i = 0; i < core->session_count; i++) {
		struct session *s = core->sessions[i];
		if (s->role != ROLE_MEMBER || s->phase != SESSION_RUNNING || !s->began)
			continue;
		s->in_step = true;
		sync_send_digest(core, s);
	}
}

/* ops: what has to be stored before, taken. */
static void freeze(
    struct core *core, struct log *log, const struct msg_evidence *evidence, struct writer *ops)
{
	struct writer body = {0};

	log->state = LOG_FROZEN;
	if (log != core->roster_log)
		heads_touch(&core->heads, log);
	core_count(core, ERR_FORK);
	if (log == core->roster_log)
		core_alarm_raise(core, roster_frozen_text);
	else
		core_say(core, true, "log %u of %s is frozen: its key signed two histories",
		    log->open.number, log->open.member);
	if (log->is_own && log != core->roster_log)
		core_alarm_raise(core, own_frozen_text);
	msg_evidence_encode(&body, evidence);
	change_put_state(
	    ops, &(struct change_state){
		     .key = log->open.key, .state = LOG_FROZEN, .evidence = writer_view(&body)});
	core_change(core, FLIGHT_NOTE, ops);
	tell_members(core, writer_view(&body), log == core->roster_log);
	writer_release(&body);
	branch_judge(core);
	if (log == core->roster_log)
		sync_as_it_is(core);
	sync_touch(core);
}

void evidence_freeze(struct core *core, struct log *log, const struct msg_evidence *evidence)
{
	struct writer ops = {0};

	if (log->state == LOG_FROZEN || (BROKEN_ROSTER_FIRST && log == core->roster_log))
		return;
	if (BROKEN_LAST_WINS) {
		log->head = evidence->b;
		return;
	}
	change_put_log(&ops, &log->open); /* the change that was to open it may have failed */
	freeze(core, log, evidence, &ops);
}

/* A log of which nothing is here but that its key cannot be believed. */
static enum err freeze_unknown(struct core *core, const struct msg_evidence *evidence)
{
	struct change_log op = {.key = evidence->log};
	struct writer ops = {0};
	struct log_cut cut;
	struct log_open open;
	struct log *log;
	enum err err = judge_read_open(core, &open, evidence->open);

	if (err)
		return err;
	if (!key_equal(&open.key, &evidence->log))
		return ERR_FORMAT;
	if ((err = judge_admits(core, &open, &cut))) {
		core_skip(core, &evidence->log, err);
		return ERR_NONE;
	}
	memcpy(op.member, open.member, sizeof(op.member));
	op.member_key = open.member_key;
	op.transport = open.transport;
	op.number = open.number;
	change_put_log(&ops, &op);
	if (!(log = heads_add(&core->heads, &op))) {
		writer_release(&ops);
		return ERR_MEMORY;
	}
	judge_log(core, log);
	core_mark(core, MARK_FORK_UNKNOWN_LOG);
	freeze(core, log, evidence, &ops);
	return ERR_NONE;
}

enum err evidence_open(struct core *core, struct session *s, struct bytes record)
{
	struct msg_evidence *evidence = s->evidence;
	struct log *log = heads_find(&core->heads, &evidence->log);
	enum err err = ERR_NONE;

	s->evidence = NULL;
	evidence->open = record;
	if (log)
		evidence_freeze(core, log, evidence);
	else if (record.size)
		err = freeze_unknown(core, evidence);
	free(evidence);
	return err;
}

/* Its log.open is needed to know whose it is; one at a time, the digests will ask for the next. */
static enum err ask_open(struct core *core, struct session *s, const struct msg_evidence *m)
{
	struct writer body = {0};

	if (s->evidence || core_is_skipped(core, &m->log))
		return ERR_NONE;
	if (!(s->evidence = malloc(sizeof(*s->evidence))))
		return ERR_MEMORY;
	core_mark(core, MARK_FORK_OPEN_ASKED);
	*s->evidence = *m;
	msg_open_want_encode(&body, &m->log);
	session_send(core, s, MSG_OPEN_WANT, &body);
	writer_release(&body);
	return ERR_NONE;
}

enum err take_evidence(struct core *core, struct session *s, struct bytes body)
{
	struct msg_evidence m;
	struct log *log;
	enum err err = msg_evidence_decode(&m, body);

	if (err)
		return err;
	log = heads_find(&core->heads, &m.log);
	if (core->roster_log && key_equal(&core->roster_log->open.key, &m.log))
		log = core->roster_log;
	/* What concerns everybody, and what a node has to know of itself. */
	if (s->role != ROLE_MEMBER && (!log || (log != core->roster_log && !log->is_own)))
		return core->roster_log ? ERR_STATE : ERR_NONE;
	if (log && log->state == LOG_FROZEN)
		return ERR_NONE; /* known: not worth a signature */
	if ((err = msg_evidence_verify(&m, &core->config.network)))
		return err;
	if (log)
		evidence_freeze(core, log, &m);
	else if (m.open.size)
		return freeze_unknown(core, &m);
	else
		return ask_open(core, s, &m);
	return ERR_NONE;
}
