/* Rot: stored bytes that no longer match their hash. Whoever comes across some says so; the store is
 * then asked what is damaged, log by log, and each stretch is fetched again from peers (core_rot_fetch.c).
 * It decides when to look, and when to look again. Nobody is blamed: the fault is ours.
 *
 * Nothing of it is remembered on disk: a list in a database that rots is one more thing to rot, and
 * what is still damaged is found again by the next one to read it. DESIGN D12. */
#include "proto/core_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/broken.h"

#define SCAN_COUNT 20000       /* records a READ_ROT */
#define ROT_AGAIN_MS 60000     /* looked again, and those asked again who could not help */
#define ROT_LOOK_MS_MAX 960000 /* between two looks that find the same */
#define ROT_NEAR 512	       /* stretches closer than this are fetched as one */
#define ROTS_MAX 1024	       /* stretches; what lies beyond is found by the next look */
#define DERIVED_TRIES_MAX 2 /* derived rows computed again in a row, before records are fetched */

struct log *rot_log(const struct core *core, const struct key *key)
{
	if (core->roster_log && key_equal(&core->roster_log->open.key, key))
		return core->roster_log;
	return heads_find(&core->heads, key);
}

const char *rot_log_name(const struct core *core, const struct key *key)
{
	const struct log *log = rot_log(core, key);

	return log && log->open.member[0] ? log->open.member : "roster";
}

/* --- what status shows ----------------------------------------------------------------------- */

static void tell(struct core *core)
{
	struct rot_state *state = &core->rot;

	state->alarm_count = 0;
	for (const struct rot *r = state->list; r; r = r->next) {
		uint64_t count = 0;
		bool is_told = false;
		for (const struct rot *o = state->list; o != r; o = o->next)
			is_told |= key_equal(&o->log, &r->log);
		for (const struct rot *o = r; o; o = o->next)
			count += key_equal(&o->log, &r->log) ? o->count : 0;
		if (is_told || state->alarm_count == ROT_ALARMS_MAX)
			continue;
		snprintf(state->alarms[state->alarm_count++], sizeof(state->alarms[0]),
		    "log %s: %llu stored records do not match their hashes, to be fetched again "
		    "from peers",
		    rot_log_name(core, &r->log), (unsigned long long)count);
	}
	if (state->has_bad_rows && state->derived_tries > DERIVED_TRIES_MAX && !state->list)
		snprintf(state->alarms[state->alarm_count++], sizeof(state->alarms[0]),
		    "the database is damaged beyond mending in place: see \"A damaged database\" "
		    "in communed(1)");
}

const char *rot_alarm(const struct core *core, size_t position)
{
	return position < core->rot.alarm_count ? core->rot.alarms[position] : NULL;
}

/* --- the list -------------------------------------------------------------------------------- */

struct rot *rot_find(struct core *core, uint64_t id)
{
	for (struct rot *r = core->rot.list; r; r = r->next)
		if (r->id == id)
			return r;
	return NULL;
}

void rot_remove(struct core *core, struct rot *gone)
{
	for (struct rot **at = &core->rot.list; *at; at = &(*at)->next)
		if (*at == gone) {
			*at = gone->next;
			core->rot.count--;
			free(gone);
			return;
		}
}

void rot_release(struct core *core)
{
	while (core->rot.list)
		rot_remove(core, core->rot.list);
}

static void rot_add(struct core *core, const struct key *log, uint64_t first, uint64_t end)
{
	const struct log *of = rot_log(core, log);
	struct rot **at = &core->rot.list;
	struct rot *last = NULL;

	for (; *at; at = &(*at)->next)
		last = *at;
	core->rot.found += end - first;
	if (last && key_equal(&last->log, log) && first >= last->end &&
	    (first - last->end < ROT_NEAR || core->rot.count >= ROTS_MAX)) {
		last->end = end;
		last->count += end - first;
		return;
	}
	if (core->rot.count >= ROTS_MAX || !(*at = calloc(1, sizeof(**at))))
		return;
	(*at)->id = core_id(core);
	(*at)->log = *log;
	(*at)->wire = of && of->is_copy ? of->copy_of : *log;
	(*at)->first = first;
	(*at)->end = end;
	(*at)->count = end - first;
	core->rot.count++;
}

bool rot_is_near(const struct core *core, const struct record_ref *what)
{
	for (const struct rot *r = core->rot.list; r; r = r->next)
		if (key_equal(&r->wire, &what->log) &&
		    what->index >= r->first - r->first % ROT_BLOCK &&
		    what->index / ROT_BLOCK <= (r->end - 1) / ROT_BLOCK)
			return true;
	return false;
}

/* --- looking --------------------------------------------------------------------------------- */

static const struct log *scan_log(const struct core *core)
{
	if (core->rot.position == 0)
		return core->roster_log;
	return heads_at(&core->heads, core->rot.position - 1);
}

/* What the look before found as well, and nothing was mended since: it is not said again, and looked for less and less
 * often. A look reads all that is stored, and what nobody can mend stays. */
static bool is_known(struct core *core)
{
	struct rot_state *state = &core->rot;
	struct writer found = {0};
	struct hash hash;
	bool is_known;

	for (const struct rot *r = state->list; r; r = r->next) {
		writer_put(&found, r->log.b, KEY_SIZE);
		writer_u64(&found, r->first);
		writer_u64(&found, r->end);
	}
	writer_u64(&found, state->mended);
	seal_sha256(&hash, writer_view(&found));
	is_known = state->list && found.err == ERR_NONE && hash_equal(&hash, &state->known);
	state->known = hash;
	writer_release(&found);
	return is_known;
}

static void say_found(struct core *core)
{
	for (const struct rot *r = core->rot.list; r; r = r->next)
		core_say(core, true, "log %s: records %llu..%llu do not match their hashes",
		    rot_log_name(core, &r->log), (unsigned long long)r->first,
		    (unsigned long long)(r->end - 1));
}

static void scan_ended(struct core *core)
{
	struct rot_state *state = &core->rot;

	state->is_scanning = false;
	state->clean_looks += !state->list && !state->has_bad_rows && !state->is_unread;
	state->again_ms = core->now.steady_ms + ROT_AGAIN_MS;
	if (!is_known(core)) {
		state->pause_ms = ROT_AGAIN_MS;
		say_found(core);
	} else if (state->pause_ms < ROT_LOOK_MS_MAX) {
		state->pause_ms *= 2;
	}
	state->look_ms = core->now.steady_ms + state->pause_ms;
	if (!state->has_bad_rows)
		state->derived_tries = 0;
	else if (state->derived_tries++ < DERIVED_TRIES_MAX)
		state->is_seen = true; /* what the rows hid is seen once they are right */
	if (!state->list && !state->has_bad_rows && state->mended > state->told) {
		core_say(core, false, "stored records match their hashes again: %llu were mended",
		    (unsigned long long)(state->mended - state->told));
		state->told = state->mended;
	}
	for (size_t i = 0; !state->list && i < core->heads.count; i++)
		judge_check_cut(core, heads_at(&core->heads, i));
	tell(core);
	state->is_recalled = false;
	recall_begin(core);
	rot_pump(core);
}

static void scan_next(struct core *core)
{
	struct rot_state *state = &core->rot;
	const struct log *log;

	for (; state->position <= core->heads.count; state->position++, state->from = 0) {
		log = scan_log(core);
		if (!log || log->stored == 0 || log->state == LOG_ASIDE)
			continue; /* of a copy that the roster names no more nobody has another */
		if (core_read(core, READ_ROT, 0, &log->open.key, state->from, 0, SCAN_COUNT))
			return;
		state->is_unread = true;
		break; /* no memory: at the next turn */
	}
	scan_ended(core);
}

/* What waits for somebody to ask, of a log that nobody serves say, does not keep other rot from being found. */
static bool is_waiting(const struct core *core, const struct rot *r)
{
	return r->phase == ROT_FOUND || (r->phase == ROT_READY && core->rot.is_seen);
}

static bool is_busy(const struct core *core)
{
	if (core->rot.is_scanning || core->recall.is_reading || core->rot.flights)
		return true;
	for (const struct rot *r = core->rot.list; r; r = r->next)
		if (!is_waiting(core, r) || r->flights)
			return true;
	return false;
}

static void scan_begin(struct core *core)
{
	struct rot_state *state = &core->rot;

	rot_release(core);
	state->is_seen = state->has_bad_rows = state->is_unread = false;
	state->is_scanning = true;
	state->position = 0;
	state->from = 0;
	scan_next(core);
}

/* What is derived needs nobody: the store computes it again. */
static void mend_derived(struct core *core, const struct key *log)
{
	struct writer ops = {0};

	core->rot.has_bad_rows = true;
	if (core->rot.derived_tries >= DERIVED_TRIES_MAX)
		return;
	core_say(core, true,
	    "log %s: rows that are derived from its records are damaged, and computed again",
	    rot_log_name(core, log));
	change_put_mend(&ops, &(struct change_mend){.key = *log});
	if (core_change(core, FLIGHT_MEND, &ops))
		core->rot.flights++;
}

void rot_scanned(struct core *core, const struct asked *asked, enum err err, struct bytes data)
{
	struct rot_state *state = &core->rot;
	struct reader r;
	uint64_t next;

	reader_init(&r, data);
	next = reader_u64(&r);
	if (reader_u8(&r) && !err)
		mend_derived(core, &asked->key);
	while (!err && r.err == ERR_NONE && reader_left(&r)) {
		uint64_t first = reader_u64(&r), end = reader_u64(&r);
		if (r.err == ERR_NONE && first < end)
			rot_add(core, &asked->key, first, end);
	}
	state->is_unread |= err || r.err;
	if (err)
		core_say(core, true, "log %s cannot be looked through: %s",
		    rot_log_name(core, &asked->key), err_text(err));
	state->from = err || r.err ? 0 : next;
	if (state->from == 0)
		state->position++;
	scan_next(core);
}

/* --- when ------------------------------------------------------------------------------------- */

void rot_pump(struct core *core)
{
	struct rot_state *state = &core->rot;
	bool is_due = core->now.steady_ms >= state->again_ms;

	if (!core->is_started || state->is_scanning || core->recall.is_reading || state->flights)
		return;
	for (struct rot *r = state->list; r; r = r->next) {
		rot_check_asked(core, r);
		if (is_due && r->phase != ROT_ASKED)
			memset(r->tried, 0, sizeof(r->tried));
	}
	/* Looked again when all is done, when it was asked for, and now and then while nobody helps. */
	if ((state->is_seen || state->list) && !is_busy(core) &&
	    (core->now.steady_ms >= state->look_ms || (state->is_seen && state->has_bad_rows))) {
		scan_begin(core);
		return;
	}
	for (struct rot *r = state->list; r && state->is_recalled; r = r->next) {
		if (r->phase == ROT_FOUND && !(state->is_seen && state->has_bad_rows))
			rot_locate(core, r);
		if (r->phase == ROT_READY && !r->flights)
			rot_ask(core, r);
	}
	if (is_due && state->list)
		state->again_ms = core->now.steady_ms + ROT_AGAIN_MS;
}

int64_t rot_deadline(const struct core *core)
{
	const struct rot_state *state = &core->rot;

	if (!core->is_started || state->is_scanning || core->recall.is_reading || state->flights ||
	    (!state->is_seen && !state->list))
		return INT64_MAX;
	/* A look that is due waits for those who were asked. */
	if (state->list &&
	    (state->again_ms < state->look_ms || state->look_ms <= core->now.steady_ms))
		return state->again_ms;
	return state->look_ms;
}

void core_rot(struct core *core)
{
	if (BROKEN_ROT_IGNORED || core->rot.is_scanning || core->rot.flights)
		return; /* being looked at */
	core->rot.is_seen = true;
	rot_pump(core);
}
