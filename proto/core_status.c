/* What is shown of a node: its state, alarms, logs and what it refused. Changes nothing. */
#include "proto/core_parts.h"

#include <string.h>

void core_status(struct core *core, struct core_status *out)
{
	memset(out, 0, sizeof(*out));
	out->size = core->own.log ? core->own.log->head.size : 0;
	out->roster_size = core_roster_size(core);
	out->drafts = core->drafts;
	out->logs = core->heads.count - core->copy_count;
	out->is_admitted = judge_self(core) != NULL && judge_is_in(core);
	out->rot_found = core->rot.found;
	out->rot_mended = core->rot.mended;
	out->rot_clean = core->rot.clean_looks;
	heads_digest(&core->heads, core->roster_log, &out->digest);
	for (size_t i = 0; i < core->session_count; i++)
		out->sessions += core->sessions[i]->role == ROLE_MEMBER;
	if (core->own.log && core->own.log->state == LOG_FROZEN)
		out->state = NODE_FROZEN;
	else if (core->is_full)
		out->state = NODE_FULL;
	else if (!listen_may_sign(core, &core->own))
		out->state = NODE_DRAFTS;
	else if (!core->own.log || core->own.log->head.size == 0 || !out->is_admitted)
		out->state = NODE_STARTING;
	else
		out->state = NODE_READY;
}

const char *core_alarm(const struct core *core, size_t position)
{
	return position < core->alarm_count ? core->alarms[position]
					    : rot_alarm(core, position - core->alarm_count);
}

uint64_t core_refused(const struct core *core, enum err err)
{
	return core->refused[err];
}

const struct roster *core_roster(const struct core *core)
{
	return core->roster;
}

bool core_roster_log(const struct core *core, struct key *log, uint64_t *size)
{
	if (!core->roster_log)
		return false;
	*log = core->roster_log->open.key;
	*size = core->roster_log->head.size;
	return true;
}

bool core_log(const struct core *core, size_t position, struct log_info *out)
{
	const struct log *log;

	if (core->roster_log && position == 0)
		log = core->roster_log;
	else
		log = heads_at(&core->heads, position - (core->roster_log ? 1 : 0));
	if (!log)
		return false;
	*out = (struct log_info){
	    .key = log->open.key,
	    .member = log->open.member,
	    .number = log->open.number,
	    .stored = log->stored,
	    .head = log->head,
	    .state = log->state == LOG_OPEN && log->is_closed ? LOG_CLOSED : log->state,
	    .is_own = log->is_own,
	    .is_admissible = log->is_admissible,
	    .is_copy = log->is_copy,
	    .cut = log->cut,
	    .is_cut_elsewhere = log->cut_check == CUT_ELSEWHERE,
	};
	return true;
}
