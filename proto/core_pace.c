/* How much of one member is taken in a day, DESIGN "Limits": a pace, never a refusal. What goes beyond it is not asked for
 * before the next day begins; heads are told again when digests are compared, so nothing has to be remembered of it. Days
 * are this process's: they begin with the first record and anew at a restart. */
#include "proto/core_parts.h"

#include <stdlib.h>
#include <string.h>

static const char beyond_pace[] = "a member sends more in a day than this node takes: the rest "
				  "waits until tomorrow (the node's log names it)";

static const char joins_wait[] = "more ask to join in a day than this node takes: the others ask "
				 "again tomorrow";

void pace_release(struct core *core)
{
	free(core->pace.accounts);
	memset(&core->pace, 0, sizeof(core->pace));
}

static void begin_day(struct core *core)
{
	struct pace *pace = &core->pace;

	if (pace->any_waits) {
		core_mark(core, MARK_PACE_NEW_DAY);
		core_alarm_clear(core, beyond_pace);
		core_alarm_clear(core, joins_wait);
		sync_again(core);
	}
	pace->day_ms = core->now.steady_ms;
	pace->count = 0;
	pace->joins = 0;
	pace->any_waits = false;
	memset(pace->held, 0, sizeof(pace->held));
	pace->held_next = 0;
}

/* Where it is or would be; members lie in the order of their codes. */
static size_t position(const struct pace *pace, const char *member, bool *is_found)
{
	size_t low = 0, high = pace->count;

	*is_found = false;
	while (low < high && !*is_found) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(pace->accounts[middle].member, member);
		*is_found = order == 0;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return high;
}

/* NULL for one of whom nothing was taken today. */
static struct pace_account *find(struct core *core, const char *member)
{
	struct pace *pace = &core->pace;
	bool is_found;
	size_t at;

	if (!pace->day_ms || core->now.steady_ms - pace->day_ms >= core->config.bounds.day_ms)
		begin_day(core);
	at = position(pace, member, &is_found);
	return is_found ? &pace->accounts[at] : NULL;
}

static struct pace_account *account(struct core *core, const char *member)
{
	struct pace *pace = &core->pace;
	struct pace_account *a = find(core, member);
	bool is_found;

	if (a)
		return a;
	if (pace->count == pace->capacity) {
		size_t capacity = pace->capacity ? pace->capacity * 2 : 16;
		struct pace_account *more = realloc(pace->accounts, capacity * sizeof(*more));
		if (!more)
			return NULL;
		pace->accounts = more;
		pace->capacity = capacity;
	}
	a = &pace->accounts[position(pace, member, &is_found)];
	memmove(a + 1, a, (size_t)(pace->accounts + pace->count - a) * sizeof(*a));
	pace->count++;
	memset(a, 0, sizeof(*a));
	memcpy(a->member, member, strnlen(member, CODE_SIZE_MAX));
	return a;
}

/* Says so once a day. */
static bool wait_for_tomorrow(struct core *core, struct pace_account *a, const char *what)
{
	core_mark(core, MARK_PACE_WAITS);
	core->pace.any_waits = true;
	if (!a->is_told)
		core_say(core, true, "%s has sent as many %s today as this node takes in a day",
		    a->member, what);
	a->is_told = true;
	core_alarm_raise(core, beyond_pace);
	return false;
}

bool pace_allows(struct core *core, const char *member)
{
	struct pace_account *a = find(core, member);

	if (!a)
		return true;
	if (a->bytes >= core->config.bounds.member_day_bytes)
		return wait_for_tomorrow(core, a, "bytes");
	if (a->proposals >= core->config.bounds.member_day_proposals)
		return wait_for_tomorrow(core, a, "proposals");
	return true;
}

bool pace_allows_log(struct core *core, const char *member, const struct key *log)
{
	struct pace_account *a = find(core, member);
	struct pace *pace = &core->pace;

	if (!a || (a->logs < core->config.bounds.member_day_logs && pace_allows(core, member)))
		return true;
	core_mark(core, MARK_PACE_HELD);
	pace->held[pace->held_next] = *log;
	pace->held_next = (pace->held_next + 1) % PACE_HELD_MAX;
	return wait_for_tomorrow(core, a, "new logs");
}

bool pace_is_held(const struct core *core, const struct key *log)
{
	static const struct key none;

	if (!core->pace.any_waits || key_equal(log, &none))
		return false;
	for (size_t i = 0; i < PACE_HELD_MAX; i++)
		if (key_equal(&core->pace.held[i], log))
			return true;
	return false;
}

/* A code that asked today may ask again: it is the same row. */
bool pace_allows_join(struct core *core, const char *code)
{
	struct pace_account *a = find(core, code);

	if (a && a->has_asked)
		return true;
	if (core->pace.joins >= core->config.bounds.day_joins) {
		core_mark(core, MARK_PACE_JOINS);
		core->pace.any_waits = true;
		core_alarm_raise(core, joins_wait);
		return false;
	}
	if (!(a = account(core, code)))
		return true; /* without memory the change will fail */
	core->pace.joins++;
	a->has_asked = true;
	return true;
}

void pace_charge(
    struct core *core, const char *member, size_t bytes, bool is_new_log, uint32_t proposals)
{
	struct pace_account *a = account(core, member);

	if (!a)
		return;
	a->bytes += bytes;
	a->logs += is_new_log;
	a->proposals += proposals;
}

void pace_refund(
    struct core *core, const char *member, size_t bytes, bool is_new_log, uint32_t proposals)
{
	struct pace_account *a = find(core, member);

	if (!a)
		return; /* of yesterday */
	core_mark(core, MARK_PACE_REFUND);
	a->bytes -= a->bytes < bytes ? a->bytes : bytes;
	a->logs -= a->logs && is_new_log;
	a->proposals -= a->proposals < proposals ? a->proposals : proposals;
}

int64_t pace_deadline(const struct core *core)
{
	return core->pace.any_waits ? core->pace.day_ms + core->config.bounds.day_ms : INT64_MAX;
}

void pace_tick(struct core *core)
{
	if (core->now.steady_ms >= pace_deadline(core))
		begin_day(core);
}
