/* What is under way outside the core: changes, reads and requests, and who goes on when one of them is done. It decides nothing
 * of what follows, but whether there is room and whether what was read had rotted. */
#include "proto/core_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void flights_release(struct core *core)
{
	while (core->flights) {
		struct flight *f = core->flights;
		core->flights = f->next;
		writer_release(&f->records);
		writer_release(&f->erasures);
		free(f);
	}
	while (core->asked) {
		struct asked *a = core->asked;
		core->asked = a->next;
		free(a->evidence);
		free(a->news);
		free(a->erasure);
		free(a);
	}
}

/* What it stores belongs to what digests are made of, and counts there when it is stored. */
static bool is_of_heads(enum flight_type type)
{
	return type == FLIGHT_RECORDS || type == FLIGHT_OWN_APPEND || type == FLIGHT_OWN_SIGN ||
	       type == FLIGHT_OWN_HEAD || type == FLIGHT_SHOWN || type == FLIGHT_HEAD;
}

struct flight *core_change(struct core *core, enum flight_type type, struct writer *ops)
{
	struct flight *f = calloc(1, sizeof(*f));
	struct act *act = f && !ops->err ? core_act(core, ACT_CHANGE) : NULL;

	if (!act) {
		free(f);
		writer_release(ops);
		return NULL;
	}
	f->id = act->id = core_id(core);
	f->type = type;
	f->size = ops->size;
	f->rulings = roster_ruling_count(core->roster);
	*core->flights_end = f;
	core->flights_end = &f->next;
	core->flights_size += f->size;
	core->heads_under_way += is_of_heads(type);
	act->data = *ops;
	memset(ops, 0, sizeof(*ops));
	return f;
}

struct asked *core_read(struct core *core, enum read_type type, uint64_t conn,
    const struct key *key, uint64_t from, uint64_t size, uint32_t max)
{
	struct asked *asked = calloc(1, sizeof(*asked));
	struct act *act = asked ? core_act(core, ACT_READ) : NULL;

	if (!act) {
		free(asked);
		return NULL;
	}
	*asked = (struct asked){
	    .id = core_id(core), .type = type, .conn = conn, .from = from, .size = size};
	act->id = asked->id;
	act->conn = conn;
	act->read = (struct read){.type = type, .from = from, .size = size, .max = max};
	if (key)
		asked->key = act->read.key = *key;
	*core->asked_end = asked;
	core->asked_end = &asked->next;
	return asked;
}

unsigned core_reads(const struct core *core, enum read_type type, uint64_t conn)
{
	unsigned count = 0;

	for (const struct asked *a = core->asked; a; a = a->next)
		count += a->type == type && a->conn == conn;
	return count;
}

void core_reply(
    struct core *core, uint64_t request, enum err err, const char *text, struct writer *data)
{
	struct act *act = request ? core_act(core, ACT_REPLY) : NULL;

	if (!act) {
		if (data)
			writer_release(data);
		return;
	}
	act->id = request;
	act->err = err;
	snprintf(act->text, sizeof(act->text), "%s", text ? text : "");
	if (data) {
		act->data = *data;
		memset(data, 0, sizeof(*data));
	}
}

static struct flight *flight_take(struct core *core, uint64_t id)
{
	for (struct flight **at = &core->flights; *at; at = &(*at)->next)
		if ((*at)->id == id) {
			struct flight *f = *at;
			*at = f->next;
			if (core->flights_end == &f->next)
				core->flights_end = at;
			core->flights_size -= f->size;
			core->heads_under_way -= is_of_heads(f->type);
			return f;
		}
	return NULL;
}

#define FULL_ALARM "the store is full: nothing more is taken until there is room"

static void note_room(struct core *core, enum flight_type type, enum err err)
{
	/* Own records fit where those of others do not: only what found no room tells that there is some again. */
	if (core->is_full && !err && type == core->full_flight) {
		core->is_full = false;
		core_alarm_clear(core, FULL_ALARM);
	}
	if (err == ERR_FULL) {
		if (!core->is_full || type != FLIGHT_NOTE) /* which is not tried again */
			core->full_flight = type;
		core->is_full = true;
		core_alarm_raise(core, FULL_ALARM);
	}
}

void core_change_done(
    struct core *core, uint64_t change, enum err err, const struct change_result *result)
{
	struct flight *f = flight_take(core, change);

	if (!f)
		return;
	if (!err && result->arrival > core->arrival)
		core->arrival = result->arrival;
	note_room(core, f->type, err);
	switch (f->type) {
	case FLIGHT_RECORDS:
		batch_done(core, f, err, result);
		break;
	case FLIGHT_OWN_APPEND:
	case FLIGHT_OWN_SIGN:
	case FLIGHT_OWN_HEAD:
	case FLIGHT_DRAFTS:
		own_done(core, f, err, result);
		break;
	case FLIGHT_SHOWN:
		core->own.is_shown = core->own.is_shown || !err;
		core->own.is_showing = false;
		judge_roster_changed_now(core);
		/* Heads that were compared meanwhile left it out. */
		if (!err && core->own.log && core->own.log->is_admissible)
			sync_announce(core, core->own.log, 0);
		break;
	case FLIGHT_HEAD:
		tail_headed(core, f, err, result);
		break;
	case FLIGHT_LOCK:
		if (!err)
			core_start(core);
		break;
	case FLIGHT_INVITE:
	case FLIGHT_REQUEST:
		join_done(core, f, err);
		break;
	case FLIGHT_BRANCH:
		branch_done(core, f, err);
		break;
	case FLIGHT_MEND:
		rot_mended(core, f, err);
		break;
	case FLIGHT_NOTE:
		break;
	}
	if (!own_has_tail(&core->own))
		core->upto = core->arrival;
	if (err == ERR_ROT && f->type != FLIGHT_MEND)
		core_rot(core);
	if (!err && f->erasures.size)
		erased_learnt(core, writer_view(&f->erasures));
	writer_release(&f->records);
	writer_release(&f->erasures);
	free(f);
	batch_resume(core);
	own_pump(core);
}

void core_read_done(struct core *core, uint64_t read, enum err err, struct bytes data)
{
	for (struct asked **at = &core->asked; *at; at = &(*at)->next) {
		struct asked *asked = *at;
		if (asked->id != read)
			continue;
		*at = asked->next;
		if (core->asked_end == &asked->next)
			core->asked_end = at;
		if (asked->type == READ_DRAFTS)
			own_drafts_read(core, err, data);
		else if (asked->type == READ_ROOT && asked->is_of_cut)
			judge_cut_read(core, &asked->key, err, data);
		else if (asked->type == READ_ROOT && asked->is_of_branch)
			branch_root_read(core, asked, err, data);
		else if (asked->type == READ_ROOT && asked->is_tail)
			tail_read(core, asked, err, data);
		else if (asked->type == READ_ROOT && asked->is_told)
			listen_compared(core, asked, err, data);
		else if (asked->type == READ_ROOT)
			own_root_read(core, &asked->key, err, data);
		else if (asked->type == READ_ROT)
			rot_scanned(core, asked, err, data);
		else if (asked->type == READ_ERASURES)
			recall_read(core, asked, err, data);
		else if (asked->type == READ_SPAN)
			rot_located(core, asked, err, data);
		else if (asked->type == READ_PROOF)
			suspect_read(core, asked, err, data);
		else if (asked->type == READ_RECORD)
			erased_done(core, asked, err, data);
		else
			serve_done(core, asked, err, data);
		if (err == ERR_ROT && asked->type != READ_ROT && asked->type != READ_SPAN)
			core_rot(core);
		free(asked->evidence);
		free(asked->news);
		free(asked->erasure);
		free(asked);
		return;
	}
}
