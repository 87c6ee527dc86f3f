/* The logs that this node signs: how they begin, which lock goes with them, what is next in each turn. Records go from
 * core_publish.c to core_append.c to core_sign.c. DESIGN D3, D7. */
#include "proto/core_parts.h"

#include <stdlib.h>
#include <string.h>

#include "proto/kinds.h"
#include "proto/mp.h"

const char own_frozen_text[] =
    "this node's log is frozen, its key signed two histories: stop communed and open the next one "
    "with `commune log open`";
const char own_stopped_text[] =
    "this node signs nothing more for now: others know later records of its log, or a second "
    "node uses its keys (see the alarms in status)";
const char own_elsewhere_text[] =
    "a later history of this node's log that others hold does not fit what is stored here";
const char own_unlocked_text[] =
    "this node's log is not signed any more, its head.lock is missing or of another place: stop "
    "communed and open the next one with `commune log open`";

void own_init(struct own *own)
{
	own->queue_end = &own->queue;
}

void publish_free(struct publish *p)
{
	writer_release(&p->items);
	writer_release(&p->names);
	free(p);
}

static void publish_free_all(struct publish *p)
{
	while (p) {
		struct publish *next = p->next;
		publish_free(p);
		p = next;
	}
}

void own_release(struct own *own)
{
	publish_free_all(own->queue);
	publish_free_all(own->current);
	publish_free_all(own->waiting);
	memset(own, 0, sizeof(*own));
}

struct own *own_of(struct core *core, const struct key *log)
{
	if (key_equal(&core->own.key, log))
		return &core->own;
	if (core->keeper.exists && key_equal(&core->keeper.key, log))
		return &core->keeper;
	return NULL;
}

static void begin_log(struct core *core, struct own *own, bool is_roster)
{
	struct publish *p = calloc(1, sizeof(*p));

	if (!p)
		return;
	publish_put(p, is_roster ? KIND_ROSTER_ENTRY : KIND_LOG_OPEN,
	    is_roster ? core->config.genesis_time : core->config.log_open_time,
	    writer_view(is_roster ? &core->genesis : &core->log_open));
	publish_enqueue(own, p);
}

static bool announce_differs(const struct core *core)
{
	const struct announcement *a = peers_announcement(core, &core->config.log);

	if (!a)
		return core->announce_count > 0;
	if (a->count != core->announce_count)
		return true;
	for (unsigned i = 0; i < a->count; i++)
		if (strcmp(a->text[i], core->announce[i]) != 0)
			return true;
	return false;
}

void own_announce(struct core *core)
{
	struct publish *p;
	struct writer payload = {0};

	if (core->has_announced || !core->own.log || core->own.log->head.size == 0 ||
	    !announce_differs(core) || !(p = calloc(1, sizeof(*p))))
		return;
	core->has_announced = true;
	mp_put_map(&payload, 1);
	mp_put_cstr(&payload, "addresses");
	mp_put_array(&payload, core->announce_count);
	for (unsigned i = 0; i < core->announce_count; i++)
		mp_put_cstr(&payload, core->announce[i]);
	publish_put(p, KIND_NODE_ANNOUNCE, core->now.wall, writer_view(&payload));
	writer_release(&payload);
	publish_enqueue(&core->own, p);
}

/* A log that is never signed again has no lock to write: its file may be gone. */
void own_put_lock(const struct own *own, uint64_t size, const struct hash *root, bool is_signed,
    struct writer *ops)
{
	if (own->lock.verdict != LOCK_NEVER)
		change_put_lock(
		    ops, &(struct change_lock){.key = own->key,
			     .size = size,
			     .root = *root,
			     .was_shown = own->is_shown || own->is_showing,
			     .is_unheard = own->lock.verdict == LOCK_LISTEN && !own->is_heard,
			     .is_signed = is_signed});
}

bool own_put_head(struct own *own, struct writer *ops)
{
	if (!own->keep_ms)
		return false;
	change_put_head(ops, &own->log->head);
	own->keep_ms = 0;
	return true;
}

/* What could not be stored is tried again, with what is newest then. */
static void keep_later(const struct core *core, struct own *own)
{
	if (!own->keep_ms)
		own->keep_ms = core->now.steady_ms + RETRY_MS;
}

void own_keep_head(struct core *core, struct own *own)
{
	struct writer ops = {0};
	struct flight *f;

	if (!own_put_head(own, &ops))
		return;
	f = core_change(core, FLIGHT_OWN_HEAD, &ops);
	if (f)
		f->log = own->log;
	else
		keep_later(core, own);
}

void core_settle(struct core *core)
{
	own_keep_head(core, &core->own);
}

const struct checkpoint *core_own_head(const struct core *core)
{
	const struct log *log = core->own.log;

	return log && log->head.size ? &log->head : NULL;
}

static void catch_up(struct own *own, struct writer *ops)
{
	if (!own->exists || !own->log || own->log->head.size <= own->lock.size ||
	    own->lock.verdict == LOCK_NEVER)
		return;
	own->lock.size = own->log->head.size;
	own->lock.root = own->log->head.root;
	own_put_lock(own, own->lock.size, &own->lock.root, false, ops);
}

/* A crash between the commit of a head and its lock: the lock comes before the head is shown. */
bool own_is_locked(struct core *core)
{
	struct writer ops = {0};

	catch_up(&core->own, &ops);
	catch_up(&core->keeper, &ops);
	if (ops.size == 0)
		return true;
	core_mark(core, MARK_LOCK_CAUGHT_UP);
	if (!core_change(core, FLIGHT_LOCK, &ops))
		core_say(core, true, "%s", err_text(ERR_MEMORY));
	return false;
}

void own_start(struct core *core)
{
	if (own_is_ended(&core->own))
		core_alarm_raise(core, OWN_ENDED_TEXT);
	else if (core->own.lock.verdict == LOCK_NEVER)
		core_alarm_raise(core, own_unlocked_text);
	/* A log that was signed before begins no second time: it is fetched back. */
	if (core->keeper.exists && !core->keeper.log && core->keeper.lock.size == 0)
		begin_log(core, &core->keeper, true);
	if (!core->own.log && core->own.lock.size == 0)
		begin_log(core, &core->own, false);
	if (core->roster_log)
		judge_repair_rows(core);
	own_announce(core);
	own_pump(core);
}

void own_append_failed(struct core *core, struct own *own, bool is_keeping, enum err err)
{
	if (is_keeping)
		keep_later(core, own);
	publish_fail_current(core, own, err, NULL);
}

void own_done(struct core *core, struct flight *f, enum err err, const struct change_result *result)
{
	struct own *own = f->log ? own_of(core, &f->log->open.key) : NULL;

	if (f->type == FLIGHT_DRAFTS) {
		publish_drafts_done(core, f, err);
		return;
	}
	if (f->type == FLIGHT_OWN_APPEND) {
		enum err settled = log_settle(f->log, &f->frontier, err == ERR_NONE);
		f->log->is_closed |= f->is_closed && !err;
		if (f->log->is_closed && own == &core->own)
			core_alarm_raise(core, OWN_ENDED_TEXT);
		if (err || settled)
			own_append_failed(core, own, f->is_keeping, err ? err : settled);
		else
			own_appended(core, own, f, result);
		return;
	}
	if (err && f->type == FLIGHT_OWN_HEAD && own == &core->own)
		keep_later(core, own);
	else if (err)
		publish_fail_current(core, own, err, NULL);
	else if (f->type == FLIGHT_OWN_SIGN)
		own_signed(core, own, f, result);
	else
		own_headed(core, own, f, result);
}

bool own_has_tail(const struct own *own)
{
	return own->phase != OWN_IDLE || (own->log && own->log->stored > own->log->head.size);
}

/* A crash between append and signature left records that nobody was told of: they are the author's,
 * sign them. */
static bool has_unsigned_tail(const struct own *own)
{
	return own->log && own->log->stored > own->log->head.size && !own->log->in_flight;
}

static void fail_queue(struct core *core, struct own *own, enum err err, const char *text)
{
	struct publish *all = own->queue;

	core_mark(core, MARK_QUEUE_REFUSED);
	own->queue = NULL;
	own->queue_end = &own->queue;
	while (all) {
		struct publish *p = all;
		all = p->next;
		publish_fail(core, p, err, text);
	}
}

static void own_pump_one(struct core *core, struct own *own)
{
	/* What waits for a signature that will not come is not left without an answer. */
	if (own->queue && own->log && own->log->state == LOG_FROZEN)
		fail_queue(core, own, ERR_FROZEN, NULL);
	else if (own->queue && own->has_twin)
		fail_queue(core, own, ERR_REFUSED, own_stopped_text);
	/* Put off while a peer's word was compared, and found not to be fit for a signature. */
	if (own->current && own->phase == OWN_IDLE && own->log->state == LOG_FROZEN)
		publish_fail_current(core, own, ERR_FROZEN, NULL);
	else if (own->current && own->phase == OWN_IDLE && own->has_twin)
		publish_fail_current(core, own, ERR_REFUSED, own_stopped_text);
	if (!own->exists || own->phase != OWN_IDLE || !core->is_started ||
	    !listen_may_sign(core, own) || core->now.steady_ms < own->retry_ms)
		return;
	if (has_unsigned_tail(own)) {
		core_mark(core, MARK_OWN_TAIL_SIGNED);
		if (core_read(core, READ_ROOT, 0, &own->key, 0, own->log->stored, 0))
			own->phase = OWN_APPENDING;
	} else if (own->queue && own_is_ended(own)) {
		fail_queue(core, own, ERR_CUT, OWN_ENDED_TEXT);
	} else if (own->queue) {
		own_append(core, own);
	}
}

void own_pump(struct core *core)
{
	own_pump_one(core, &core->keeper);
	own_pump_one(core, &core->own);
	/* Drafts that outlive their log are signed in its successor. */
	if (core->drafts && !core->is_reading_drafts && core->is_started &&
	    !own_is_ended(&core->own) && listen_may_sign(core, &core->own) &&
	    core->own.phase == OWN_IDLE && core->own.log && !core->own.queue)
		core->is_reading_drafts = core_read(core, READ_DRAFTS, 0, NULL, 0, 0,
					      core->config.bounds.publish_count_max) != NULL;
}
