/* Life of the core: building it, the queue of actions, what it says, and time. */
#include "proto/core.h"

#include "proto/core_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/broken.h"
#include "proto/limits.h"

void core_bounds_defaults(struct core_bounds *bounds)
{
	*bounds = (struct core_bounds){
	    .send_queue_max = SEND_QUEUE_SIZE_MAX,
	    .change_queue_max = 8 * MIB,
	    .batch_raw_max = BATCH_RAW_AIM,
	    .wants_max = 64,
	    .plans_max = PLANS_MAX,
	    .heads_max = MSG_HEADS_MAX,
	    .heads_blind_max = HEADS_BLIND_MAX,
	    .heads_verified_max = HEADS_VERIFIED_MAX,
	    .publish_count_max = 4096,
	    .sessions_max = 256,
	    .handshakes_max = STRANGERS_MAX,
	    .dial_max = DIAL_MAX,
	    .inbound_max = INBOUND_MAX,
	    .member_day_bytes = MEMBER_DAY_BYTES_MAX,
	    .member_day_logs = MEMBER_DAY_LOGS_MAX,
	    .member_day_proposals = MEMBER_DAY_PROPOSALS_MAX,
	    .day_joins = DAY_JOINS_MAX,
	    .day_ms = PACE_DAY_MS,
	};
}

static enum err copy_config(struct core *core, const struct core_config *config)
{
	core->config = *config;
	writer_bytes(&core->genesis, config->genesis);
	writer_bytes(&core->log_open, config->log_open);
	writer_bytes(&core->join, config->join);
	core->config.peers = core->config.announce = NULL;
	for (const char *const *a = config->announce;
	     a && *a && core->announce_count < ADDRESSES_MAX; a++)
		snprintf(core->announce[core->announce_count++], CORE_ADDRESS_MAX, "%s", *a);
	for (const char *const *p = config->peers; p && *p; p++)
		peers_add(core, *p, true);
	if (core->genesis.err || core->log_open.err || core->join.err)
		return ERR_MEMORY;
	return log_open_decode(&core->self, writer_view(&core->log_open));
}

struct core *core_new(const struct core_config *config)
{
	struct core *core = calloc(1, sizeof(*core));
	if (!core)
		return NULL;
	core->flights_end = &core->flights;
	core->asked_end = &core->asked;
	heads_init(&core->heads);
	seal_rng_init(&core->rng, config->seed);
	core->roster = roster_new();
	own_init(&core->own);
	own_init(&core->keeper);
	if (!core->roster || copy_config(core, config)) {
		core_free(core);
		return NULL;
	}
	core->own.exists = true;
	core->own.key = config->log;
	core->own.lock = config->own_lock;
	/* A log that is never signed again has no lock to be kept ahead of what others see. */
	core->own.is_shown = config->own_lock.was_shown || config->own_lock.verdict == LOCK_NEVER;
	core->keeper.exists = config->is_keeper;
	core->keeper.key = config->roster_log;
	core->keeper.lock = config->roster_lock;
	core->keeper.is_shown = true;
	core->next_id = 1;
	core->draft_next = 1;
	return core;
}

void core_free(struct core *core)
{
	struct act act;

	if (!core)
		return;
	for (size_t i = 0; i < core->session_count; i++)
		core->sessions[i]->phase = SESSION_CLOSED;
	session_sweep(core);
	while (core_next(core, &act))
		act_release(&act);
	flights_release(core);
	batch_packer_free(core->packer);
	batch_unpacker_free(core->unpacker);
	rot_release(core);
	erased_release(core);
	branch_release(core);
	own_release(&core->own);
	own_release(&core->keeper);
	peers_release(core);
	pace_release(core);
	heads_release(&core->heads);
	log_free(core->roster_log);
	roster_free(core->roster);
	writer_release(&core->genesis);
	writer_release(&core->log_open);
	writer_release(&core->join);
	free(core->sessions);
	free(core->cursors);
	free(core->holders);
	free(core->invites);
	free(core->waiting);
	free(core->acts);
	seal_wipe(core, sizeof(*core));
	free(core);
}

void core_time(struct core *core, struct core_time now)
{
	core->now = now;
	core->heads_verified = 0;
}

void core_start(struct core *core)
{
	if (!own_is_locked(core))
		return;
	core->is_started = true;
	for (size_t i = 0; i < core->heads.count; i++) {
		judge_store_cut(core, heads_at(&core->heads, i));
		judge_check_cut(core, heads_at(&core->heads, i));
	}
	erased_pump(core);
	branch_judge(core);
	own_start(core);
	judge_show_own(core); /* the process may have ended while the lock was being written */
	peers_tick(core);
}

struct act *core_act(struct core *core, enum act_type type)
{
	if (core->act_count == core->act_capacity) {
		size_t capacity = core->act_capacity ? core->act_capacity * 2 : 16;
		struct act *acts = malloc(capacity * sizeof(*acts));
		if (!acts)
			return NULL;
		for (size_t i = 0; i < core->act_count; i++)
			acts[i] = core->acts[(core->act_first + i) % core->act_capacity];
		free(core->acts);
		core->acts = acts;
		core->act_first = 0;
		core->act_capacity = capacity;
	}
	struct act *act = &core->acts[(core->act_first + core->act_count++) % core->act_capacity];
	memset(act, 0, sizeof(*act));
	act->type = type;
	return act;
}

bool core_next(struct core *core, struct act *out)
{
	if (core->act_count == 0) {
		session_sweep(core);
		return false;
	}
	*out = core->acts[core->act_first];
	core->act_first = (core->act_first + 1) % core->act_capacity;
	core->act_count--;
	return true;
}

void act_release(struct act *act)
{
	writer_release(&act->data);
	writer_release(&act->read.args);
}

void core_say(struct core *core, bool is_warning, const char *format, ...)
{
	struct act *act = core_act(core, ACT_SAY);
	va_list args;

	if (!act)
		return;
	act->id = is_warning;
	va_start(args, format);
	vsnprintf(act->text, sizeof(act->text), format, args);
	va_end(args);
}

void core_alarm_raise(struct core *core, const char *text)
{
	for (size_t i = 0; i < core->alarm_count; i++)
		if (strcmp(core->alarms[i], text) == 0)
			return;
	if (core->alarm_count < ALARMS_MAX)
		core->alarms[core->alarm_count++] = text;
	core_say(core, true, "%s", text);
}

void core_alarm_clear(struct core *core, const char *text)
{
	size_t kept = 0;

	for (size_t i = 0; i < core->alarm_count; i++)
		if (strcmp(core->alarms[i], text) != 0)
			core->alarms[kept++] = core->alarms[i];
	core->alarm_count = kept;
}

uint64_t core_id(struct core *core)
{
	return core->next_id++;
}

void core_count(struct core *core, enum err err)
{
	core->refused[err]++;
}

bool core_is_skipped(const struct core *core, const struct key *log)
{
	uint64_t roster_size = core_roster_size(core);
	for (size_t i = 0; i < SKIPS_MAX; i++)
		if ((core->skips[i].roster_size == roster_size + 1 || BROKEN_SKIP_FOREVER) &&
		    key_equal(&core->skips[i].log, log))
			return true;
	return false;
}

void core_skip(struct core *core, const struct key *log, enum err err)
{
	if (core_is_skipped(core, log))
		return;
	core_count(core, err);
	core->skips[core->skip_next].log = *log;
	core->skips[core->skip_next].roster_size = core_roster_size(core) + 1;
	core->skip_next = (core->skip_next + 1) % SKIPS_MAX;
}

void core_tick(struct core *core)
{
	size_t first = core->ticks++;

	core->is_ticking = true;
	for (size_t i = 0; i < core->session_count; i++)
		session_tick(core, core->sessions[(first + i) % core->session_count]);
	core->is_ticking = false;
	peers_tick(core);
	listen_tick(core);
	pace_tick(core);
	own_pump(core);
	if (core->own.keep_ms <= core->now.steady_ms) /* no round came that it could go with */
		own_keep_head(core, &core->own);
	rot_pump(core);
	branch_tick(core);
	erased_tick(core);
}

int64_t core_deadline(const struct core *core)
{
	int64_t deadline = peers_deadline(core), other = listen_deadline(core), one;

	if (other < deadline)
		deadline = other;
	if ((other = pace_deadline(core)) < deadline)
		deadline = other;
	if ((other = rot_deadline(core)) < deadline)
		deadline = other;
	if ((other = branch_deadline(core)) < deadline)
		deadline = other;
	if (core->erasures.again_ms && core->erasures.again_ms < deadline)
		deadline = core->erasures.again_ms;
	if (core->own.retry_ms > core->now.steady_ms && core->own.retry_ms < deadline)
		deadline = core->own.retry_ms;
	if (core->own.keep_ms && core->own.keep_ms < deadline)
		deadline = core->own.keep_ms;
	if (core->keeper.retry_ms > core->now.steady_ms && core->keeper.retry_ms < deadline)
		deadline = core->keeper.retry_ms;
	for (size_t i = 0; i < core->session_count; i++) {
		one = session_deadline(core, core->sessions[i]);
		if (one < deadline)
			deadline = one;
	}
	return deadline;
}

uint64_t core_roster_size(const struct core *core)
{
	return core->roster_log ? core->roster_log->head.size : 0;
}
