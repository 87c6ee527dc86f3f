/* What is asked for: heads that are news wait in a plan and become wants as places are free. Only then is a signature
 * verified, a few in a turn: a frame claims thousands. One session fetches a log at a time. */
#include "proto/core_parts.h"

#include <stdlib.h>
#include <string.h>

#include "proto/broken.h"

static bool want_list_push(struct want_list *list, const struct want *want)
{
	if (list->first > 64 && list->first * 2 > list->count) {
		memmove(list->items, list->items + list->first,
		    (list->count - list->first) * sizeof(*list->items));
		list->count -= list->first;
		list->first = 0;
	}
	if (list->count == list->capacity) {
		size_t capacity = list->capacity ? list->capacity * 2 : 8;
		struct want *items = realloc(list->items, capacity * sizeof(*items));
		if (!items)
			return false;
		list->items = items;
		list->capacity = capacity;
	}
	list->items[list->count++] = *want;
	return true;
}

/* A head that finds no room is told again: the digests will differ. */
static bool plan_push(const struct core *core, struct session *s, const struct want *want)
{
	if (s->plan.count - s->plan.first >= core->config.bounds.plans_max) {
		core_mark(core, MARK_PLAN_FULL);
		return true;
	}
	return want_list_push(&s->plan, want);
}

bool want_list_is_empty(const struct want_list *list)
{
	return list->first == list->count;
}

void want_list_release(struct want_list *list)
{
	for (size_t i = list->first; i < list->count; i++)
		free(list->items[i].later);
	free(list->items);
	memset(list, 0, sizeof(*list));
}

struct want *want_find(struct session *s, const struct key *log)
{
	for (size_t i = s->wants.first; i < s->wants.count; i++)
		if (key_equal(&s->wants.items[i].target.log, log))
			return &s->wants.items[i];
	return NULL;
}

/* --- spares ---------------------------------------------------------------------------------- */

/* The longest head of each log, the few that were told first: the digests tell of the others. */
static void spare_keep(const struct core *core, struct session *s, const struct want *want)
{
	struct want_list *list = &s->spares;
	int64_t until = core->now.steady_ms + WANT_SILENT_MS;

	for (size_t i = list->first; i < list->count; i++)
		if (key_equal(&list->items[i].target.log, &want->target.log)) {
			if (list->items[i].target.size < want->target.size)
				list->items[i] = *want;
			return;
		}
	if (list->count - list->first >= SPARES_MAX || !want_list_push(list, want))
		return;
	if (!s->spares_ms || s->spares_ms > until)
		s->spares_ms = until;
}

/* It came, or nobody is asked for it any more. */
static void spares_wake(struct core *core, const struct want *want)
{
	bool is_done = want->from == want->target.size && !want->is_skipped;

	for (size_t i = 0; i < core->session_count; i++) {
		struct session *s = core->sessions[i];
		struct want_list *list = &s->spares;
		for (size_t k = list->first; k < list->count; k++) {
			struct want *spare = &list->items[k];
			if (!key_equal(&spare->target.log, &want->target.log))
				continue;
			if (is_done && spare->target.size <= want->target.size)
				*spare = list->items[--list->count];
			else
				s->spares_ms = core->now.steady_ms;
			break;
		}
		if (want_list_is_empty(list))
			s->spares_ms = 0;
	}
}

void plan_spares(struct core *core, struct session *s)
{
	struct want_list list = s->spares;
	enum err err = ERR_NONE;

	s->spares = (struct want_list){0};
	s->spares_ms = 0;
	for (size_t i = list.first; i < list.count && !err; i++) {
		const struct want *want = &list.items[i];
		if (own_of(core, &want->target.log))
			want_plan_own(core, s, &want->target);
		else
			err = sync_consider(core, s, &want->target, want->is_announced);
	}
	want_list_release(&list);
	if (err)
		session_close(core, s, err, NULL);
	else
		sync_pump(core, s);
}

/* --- wants ----------------------------------------------------------------------------------- */

void want_remove(struct core *core, struct session *s, struct want *want)
{
	struct want_list *list = &s->wants;
	struct log *log = heads_find(&core->heads, &want->target.log);
	struct want *later = want->later;

	if (log && log->fetcher == s)
		log->fetcher = NULL;
	if (core->roster_log && core->roster_log->fetcher == s && want->is_roster)
		core->roster_log->fetcher = NULL;
	if (!want->rot)
		spares_wake(core, want);
	/* Their order is that of the answers. Mostly it is the oldest that goes. */
	if (want == &list->items[list->first])
		list->first++;
	else
		memmove(
		    want, want + 1, (size_t)(&list->items[--list->count] - want) * sizeof(*want));
	if (want_list_is_empty(list))
		list->first = list->count = 0;
	if (later)
		plan_push(core, s, later);
	free(later);
}

/* A second signed root for a size that is the head's: the key signed two histories. */
static enum err consider_same_size(
    struct core *core, struct log *log, const struct checkpoint *head)
{
	struct msg_evidence evidence = {.log = log->open.key, .a = log->head, .b = *head};
	enum err err;

	if (head->size != log->head.size || hash_equal(&head->root, &log->head.root))
		return ERR_NONE;
	if ((err = checkpoint_verify(head, &core->config.network)))
		return err;
	core_mark(core, MARK_HEAD_FORKS);
	evidence_freeze(core, log, &evidence);
	return ERR_NONE;
}

/* Signed by the log's key, or the very cut that the roster made. */
static enum err verify_head(struct core *core, const struct checkpoint *head, bool is_roster)
{
	if (!is_roster && checkpoint_is_cut(head) &&
	    roster_has_cut(core->roster, &head->log, head->size, &head->root))
		return ERR_NONE;
	core->heads_verified++;
	return BROKEN_HEAD_UNSIGNED ? ERR_NONE : checkpoint_verify(head, &core->config.network);
}

/* The peer may hold another branch of a log that was signed twice. Its other logs are as good as anybody's, so it is
 * not asked for this one for a while: without that, two honest nodes would part at the same batch each time. */
void plan_doubt(struct core *core, const struct session *s, const struct key *log)
{
	core->doubts[core->doubt_next].peer = s->remote_static;
	core->doubts[core->doubt_next].log = *log;
	core->doubts[core->doubt_next].until_ms = core->now.steady_ms + DOUBT_MS;
	core->doubt_next = (core->doubt_next + 1) % DOUBTS_MAX;
}

static bool is_doubted(const struct core *core, const struct session *s, const struct key *log)
{
	for (size_t i = 0; i < DOUBTS_MAX; i++)
		if (core->doubts[i].until_ms > core->now.steady_ms &&
		    key_equal(&core->doubts[i].log, log) &&
		    key_equal(&core->doubts[i].peer, &s->remote_static)) {
			core_mark(core, MARK_DOUBTED);
			return true;
		}
	return false;
}

void want_plan_own(struct core *core, struct session *s, const struct checkpoint *yours)
{
	struct want want = {.target = *yours, .is_verified = true};

	if (!is_doubted(core, s, &yours->log))
		plan_push(core, s, &want);
}

/* Until tomorrow: told again by then. */
static bool has_to_wait(struct core *core, const struct key *key)
{
	const struct log *log = heads_find(&core->heads, key);

	if (own_of(core, key))
		return false;
	return log ? !pace_allows(core, log->open.member) : pace_is_held(core, key);
}

static enum err plan(struct core *core, struct session *s, const struct checkpoint *head,
    bool is_roster, bool is_announced)
{
	struct want want = {.target = *head, .is_roster = is_roster, .is_announced = is_announced};

	if (!is_roster && (is_doubted(core, s, &head->log) || has_to_wait(core, &head->log)))
		return ERR_NONE;
	return plan_push(core, s, &want) ? ERR_NONE : ERR_MEMORY;
}

/* False when it is not to be asked for; a signature that does not verify ends the session. */
static bool plan_verify(struct core *core, struct session *s, struct want *want)
{
	enum err err =
	    want->is_verified ? ERR_NONE : verify_head(core, &want->target, want->is_roster);

	want->is_verified = err == ERR_NONE;
	/* A cut that the roster here does not know yet is told again when it has caught up. */
	if (err && checkpoint_is_cut(&want->target) && s->roster_seen > core_roster_size(core))
		core_mark(core, MARK_CUT_UNKNOWN);
	else if (err)
		session_close(core, s, err, NULL);
	return want->is_verified;
}

static enum err consider_roster(struct core *core, struct session *s, const struct checkpoint *head)
{
	struct frontier at = {0};

	if (!evidence_takes_roster(core))
		return ERR_NONE;
	if (core->keeper.exists && key_equal(&head->log, &core->keeper.key) && core->keeper.log &&
	    head->size <= core->keeper.log->stored)
		return tail_covers(core->keeper.log, head)
			   ? tail_told(core, core->keeper.log, head)
			   : consider_same_size(core, core->keeper.log, head);
	if (core->roster_log) {
		if (!key_equal(&core->roster_log->open.key, &head->log)) {
			core_skip(core, &head->log, ERR_ADMISSION);
			return ERR_NONE;
		}
		log_frontier(core->roster_log, &at);
		if (head->size <= at.size && head->size <= core->roster_log->head.size)
			return consider_same_size(core, core->roster_log, head);
		if (tail_covers(core->roster_log, head))
			return tail_told(core, core->roster_log, head);
	}
	return plan(core, s, head, true, false);
}

enum err sync_consider(
    struct core *core, struct session *s, const struct checkpoint *head, bool is_announced)
{
	struct log *log = heads_find(&core->heads, &head->log);
	struct frontier at;
	bool is_roster = core->roster_log ? key_equal(&core->roster_log->open.key, &head->log)
					  : !log && s->role == ROLE_GUEST;

	if (is_roster || (!log && s->role != ROLE_MEMBER))
		return consider_roster(core, s, head);
	if (own_of(core, &head->log))
		return ERR_NONE; /* own heads are judged by `yours` */
	if (!log)
		return core_is_skipped(core, &head->log) && !checkpoint_is_cut(head)
			   ? ERR_NONE
			   : plan(core, s, head, false, is_announced);
	if (!log->is_admissible || log->state == LOG_FROZEN) {
		core_skip(core, &head->log, log->is_admissible ? ERR_FROZEN : ERR_ADMISSION);
		return ERR_NONE;
	}
	log_frontier(log, &at);
	if ((log->cut.is_cut && head->size > log->cut.size && !BROKEN_CUT_IGNORED) ||
	    (log->is_closed && head->size > at.size)) {
		core_mark(core, MARK_CUT_PASSED);
		core_skip(core, &head->log, ERR_CUT);
		return ERR_NONE;
	}
	if (log->cut.is_cut && head->size <= at.size)
		return ERR_NONE;
	if (BROKEN_PUSH_LOOPS && is_announced && head->size == log->head.size)
		sync_announce(core, log, 0);
	if (head->size <= log->head.size)
		return consider_same_size(core, log, head);
	if (log->in_flight && head->size <= at.size)
		return ERR_NONE; /* on its way to the disk */
	if (tail_covers(log, head))
		return tail_told(core, log, head);
	return plan(core, s, head, false, is_announced);
}

/* One who was asked and says nothing, or brings nothing of this log, or next to nothing, does not keep others from bringing it: what he
 * still sends of it is dropped. */
static bool is_stalled(
    const struct core *core, const struct session *asked, const struct want *want)
{
	int64_t now = core->now.steady_ms;
	int64_t heard = asked->heard_ms > want->moved_ms ? asked->heard_ms : want->moved_ms;

	if (want->is_skipped || (now - heard >= WANT_SILENT_MS && !asked->is_paused))
		return true;
	return now - want->moved_ms > WANT_WAIT_MS ||
	       now - want->began_ms > WANT_WAIT_MS + want->earned_ms;
}

/* What another session is asked for of the same log. */
static struct want *want_elsewhere(
    const struct session *s, struct session *o, const struct log *log, const struct want *want)
{
	return o != s && (!log || log->fetcher == o) ? want_find(o, &want->target.log) : NULL;
}

static bool is_fetched_elsewhere(const struct core *core, const struct session *s,
    const struct log *log, const struct want *want)
{
	for (size_t i = 0; i < core->session_count; i++) {
		const struct want *other = want_elsewhere(s, core->sessions[i], log, want);
		if (other && !is_stalled(core, core->sessions[i], other))
			return true;
	}
	return false;
}

static void drop_elsewhere(
    struct core *core, const struct session *s, struct log *log, const struct want *want)
{
	for (size_t i = 0; i < core->session_count; i++) {
		struct want *other = want_elsewhere(s, core->sessions[i], log, want);
		if (!other)
			continue;
		core_mark(core, MARK_FETCH_TAKEN_OVER);
		other->is_skipped = true;
		if (log)
			log->fetcher = NULL;
	}
}

/* Asked for an older head: once that is here the longest of those that were told meanwhile comes. A list of them all would
 * be gone through again with whatever this peer says. */
static void keep_later(struct want *asked, const struct want *want)
{
	if (!asked->later && !(asked->later = malloc(sizeof(*asked->later))))
		return; /* the digests will differ */
	*asked->later = *want;
}

/* Moves one planned head to the wants; false when nothing is to be asked for it now. */
static bool plan_begin(struct core *core, struct session *s, struct want *want)
{
	struct log *log =
	    want->is_roster ? core->roster_log : heads_find(&core->heads, &want->target.log);
	struct own *own = own_of(core, &want->target.log);
	struct want *asked = want_find(s, &want->target.log);
	struct frontier at = {0};

	if (log)
		log_frontier(log, &at);
	if (want->is_roster ? !evidence_takes_roster(core) : log && log->state == LOG_FROZEN)
		return false;
	if (at.size >= want->target.size ||
	    (!want->is_roster && has_to_wait(core, &want->target.log)))
		return false;
	bool is_elsewhere = is_fetched_elsewhere(core, s, log, want);
	if (is_elsewhere) {
		core_mark(core, MARK_FETCH_ELSEWHERE);
		spare_keep(core, s, want);
	}
	if (is_elsewhere || (own && own->phase != OWN_IDLE) || (log && log->doomed)) {
		sync_touch(core);
		return false;
	}
	if (asked && asked->target.size == want->target.size &&
	    hash_equal(&asked->target.root, &want->target.root))
		return false; /* told twice */
	if (asked && asked->later && asked->later->target.size >= want->target.size)
		return false;
	if (!plan_verify(core, s, want))
		return false;
	if (asked) {
		core_mark(core, MARK_LATER_KEPT);
		keep_later(asked, want);
		return false;
	}
	drop_elsewhere(core, s, log, want);
	if (log && at.size > log->head.size)
		core_mark(core, MARK_FETCH_MIDWAY);
	want->from = at.size;
	want->moved_ms = want->began_ms = core->now.steady_ms;
	want->earned_ms = 0;
	if (!want_list_push(&s->wants, want))
		return false;
	if (log)
		log->fetcher = s;
	return true;
}

/* What peers send takes half of a turn's signatures at most: the rest is for whoever waits, each in his turn. */
unsigned plan_verified_max(const struct core *core)
{
	unsigned max = core->config.bounds.heads_verified_max;

	return core->is_ticking ? max : (max + 1) / 2;
}

void sync_pump(struct core *core, struct session *s)
{
	struct msg_want asks[MSG_WANTS_MAX];
	struct writer body = {0};
	uint32_t count = 0;
	size_t tries = s->plan.count - s->plan.first;

	s->is_plan_due = false;
	while (tries-- && s->phase == SESSION_RUNNING && !want_list_is_empty(&s->plan) &&
	       s->wants.count - s->wants.first < core->config.bounds.wants_max &&
	       count < MSG_WANTS_MAX) {
		if (core->heads_verified >= plan_verified_max(core)) {
			core_mark(core, MARK_VERIFY_LATER);
			s->is_plan_due = true;
			break;
		}
		struct want want = s->plan.items[s->plan.first++];
		if (!plan_begin(core, s, &want))
			continue;
		asks[count++] = (struct msg_want){
		    .log = want.target.log, .from = want.from, .size = want.target.size};
	}
	if (count == 0 || s->phase != SESSION_RUNNING)
		return; /* closed meanwhile: nobody would ever give the logs back */
	s->wanted_ms = core->now.steady_ms;
	msg_want_encode(&body, asks, count);
	session_send(core, s, MSG_WANT, &body);
	writer_release(&body);
}

bool plan_rot(struct core *core, struct session *s, const struct want *want)
{
	struct msg_want one = {
	    .log = want->target.log, .from = want->from, .size = want->target.size};
	struct want asked = *want;
	struct writer body = {0};

	asked.moved_ms = core->now.steady_ms;
	if (want_find(s, &want->target.log) ||
	    s->wants.count - s->wants.first >= core->config.bounds.wants_max ||
	    !want_list_push(&s->wants, &asked))
		return false;
	s->wanted_ms = core->now.steady_ms;
	msg_want_encode(&body, &one, 1);
	session_send(core, s, MSG_WANT, &body);
	writer_release(&body);
	return true;
}
