/* May this node sign its log yet? DESIGN D7: after a new boot it first hears from others how far
 * its log had come, so that a disk image rolled back is noticed before a second history is signed.
 * Same boot and same inode: at once. */
#include "proto/core_parts.h"

#include <string.h>

#include "proto/broken.h"
#include "proto/limits.h"

/* Members beside this node's own who can know that they are: a crash may have left the keeper with
 * entries that it has not signed yet. */
static bool is_other(const struct core *core, const struct member *m)
{
	return m->is_admitted && m->entry_index < core_roster_size(core) &&
	       strcmp(m->code, core->config.member) != 0;
}

/* The last frozen log of one all of whose logs are: nobody has a session with him, so he can be asked for nothing. */
static bool is_last_of_mute(const struct core *core, size_t position)
{
	const struct log *log = heads_at(&core->heads, position);

	for (size_t i = 0; i < core->heads.count; i++) {
		const struct log *other = heads_at(&core->heads, i);
		if (other->is_admissible && strcmp(other->open.member, log->open.member) == 0 &&
		    (other->state != LOG_FROZEN || i > position))
			return false;
	}
	return true;
}

static unsigned count_mute(const struct core *core)
{
	unsigned count = 0;

	for (size_t i = 0; i < core->heads.count; i++) {
		const struct log *log = heads_at(&core->heads, i);
		const struct member *m;
		if (log->state != LOG_FROZEN || !log->is_admissible || log->is_own)
			continue;
		m = roster_member(core->roster, log->open.member);
		count += m && is_other(core, m) && is_last_of_mute(core, i);
	}
	return count;
}

/* Who can be asked. */
static unsigned count_others(const struct core *core)
{
	unsigned count = 0;

	for (size_t i = 0; i < roster_member_count(core->roster); i++)
		count += is_other(core, roster_member_at(core->roster, i));
	return count - count_mute(core);
}

/* One member may run several nodes. */
static bool is_told_before(const struct core *core, size_t position)
{
	for (size_t i = 0; i < position; i++)
		if (core->sessions[i]->role == ROLE_MEMBER &&
		    strcmp(core->sessions[i]->member, core->sessions[position]->member) == 0)
			return true;
	return false;
}

/* Whose word is wanted: a member that can know that it is one. */
static bool is_asked(const struct core *core, const struct session *s)
{
	const struct member *m = roster_member(core->roster, s->member);

	return s->role == ROLE_MEMBER && s->phase == SESSION_RUNNING &&
	       !(m && m->entry_index >= core_roster_size(core));
}

static bool has_coordinator_told(const struct core *core)
{
	for (size_t i = 0; i < core->session_count; i++) {
		const struct session *s = core->sessions[i];
		const struct member *m = roster_member(core->roster, s->member);
		if (is_asked(core, s) && s->gave_head && m && m->is_coordinator)
			return true;
	}
	return false;
}

/* A coordinator or two other members have told the head of this log. Where there is one other
 * member only, nobody can ask two. */
static bool has_quorum(const struct core *core)
{
	unsigned members = 0;

	for (size_t i = 0; i < core->session_count; i++) {
		const struct session *s = core->sessions[i];
		if (!is_asked(core, s) || !s->gave_head)
			continue;
		members += strcmp(s->member, core->config.member) != 0 && !is_told_before(core, i);
	}
	return has_coordinator_told(core) || members >= 2 ||
	       (members == 1 && count_others(core) == 1);
}

/* Until when a peer that is silent about the head is waited for: one that says nothing at all is closed before, one that
 * comes again and again is not waited for once the others have had theirs for long. */
static int64_t silent_until(const struct core *core, const struct session *s)
{
	int64_t until = s->opened_ms + LISTEN_PEER_MS_MAX;
	int64_t all = core->own.quorum_ms + LISTEN_ALL_MS_MAX;

	return core->own.quorum_ms && all < until ? all : until;
}

/* The latest of them, 0 when nobody is waited for. */
static int64_t waits_until(const struct core *core)
{
	int64_t until = 0, one;

	for (size_t i = 0; i < core->session_count; i++) {
		const struct session *s = core->sessions[i];
		if (!is_asked(core, s) || s->gave_head)
			continue;
		one = silent_until(core, s);
		if (one > core->now.steady_ms && one > until)
			until = one;
	}
	return until;
}

/* So has every connected peer, within its time. */
static bool has_heard_enough(const struct core *core)
{
	return has_quorum(core) && waits_until(core) == 0;
}

bool listen_is_waiting(const struct core *core)
{
	const struct own *own = &core->own;

	return !own->is_heard && own->lock.verdict == LOCK_LISTEN && own->lock.was_shown;
}

int64_t listen_deadline(const struct core *core)
{
	int64_t until = listen_is_waiting(core) && has_quorum(core) ? waits_until(core) : 0;

	return until ? until : INT64_MAX;
}

void listen_tick(struct core *core)
{
	if (!listen_is_waiting(core) || !has_quorum(core))
		return;
	if (!core->own.quorum_ms)
		core->own.quorum_ms = core->now.steady_ms;
	if (waits_until(core))
		return;
	for (size_t i = 0; i < core->session_count; i++) {
		const struct session *s = core->sessions[i];
		if (!is_asked(core, s) || s->gave_head)
			continue;
		core_mark(core, MARK_LISTEN_SILENT);
		core_say(core, true,
		    "%s %s does not tell the head of this node's log: not waited for", s->remote,
		    s->member);
	}
	core->own.is_heard = core->keeper.is_heard = true;
}

/* What the lock promised must be here and be the same. */
static bool is_fetched_back(const struct own *own)
{
	uint64_t stored = own->log ? own->log->stored : 0;
	return stored >= own->lock.size;
}

bool listen_may_sign(const struct core *core, const struct own *own)
{
	if (own->has_twin || own->lock.verdict == LOCK_NEVER ||
	    (own->log && own->log->state == LOG_FROZEN))
		return false;
	if (!is_fetched_back(own) || (own->log && own->log->fetcher) || own->comparing)
		return false;
	if (BROKEN_LISTEN || own->lock.verdict == LOCK_SIGN || own->is_heard)
		return true;
	return !own->lock.was_shown || count_others(core) == 0 || has_heard_enough(core);
}

static void peer_told(struct core *core, struct session *s)
{
	s->gave_head = true;
	if (!core->own.quorum_ms && has_quorum(core))
		core->own.quorum_ms = core->now.steady_ms;
	if (!core->own.is_heard && has_heard_enough(core)) {
		core->own.is_heard = core->keeper.is_heard = true;
		if (!has_coordinator_told(core))
			core_mark(core, MARK_LISTEN_MEMBERS);
		own_pump(core);
	}
}

/* What was appended here is not what was signed elsewhere. */
static void stop_signing(struct core *core)
{
	core_mark(core, MARK_TAIL_DIFFERS);
	core->own.has_twin = true;
	core_alarm_raise(core, own_elsewhere_text);
}

/* A head behind the own one, no longer than what is stored: an image may have been written between append and
 * signature, and what was signed after that is another history. True when the word can be taken as it is. */
static bool fits_tail(struct core *core, struct session *s, const struct checkpoint *yours)
{
	const struct log *log = core->own.log;
	struct frontier at;
	struct asked *asked;
	struct hash root;

	if (s->gave_head || core_reads(core, READ_ROOT, s->conn))
		return s
		    ->gave_head; /* once a session: nobody keeps a node from signing by asking */
	log_frontier(log, &at);
	if (yours->size == at.size) {
		frontier_root(&at, &root);
		if (hash_equal(&root, &yours->root))
			return true;
		stop_signing(core);
	} else if (yours->size <= log->stored && (asked = core_read(core, READ_ROOT, s->conn,
						      &log->open.key, 0, yours->size, 0))) {
		asked->is_told = true;
		asked->told = yours->root;
		core->own.comparing++;
	}
	return false; /* of what is on its way to the disk the peer is asked again */
}

void listen_compared(struct core *core, const struct asked *asked, enum err err, struct bytes root)
{
	struct session *s = session_find(core, asked->conn);

	core->own.comparing--;
	if (err || root.size != HASH_SIZE || memcmp(root.data, asked->told.b, HASH_SIZE) != 0)
		stop_signing(core);
	else if (s && s->role == ROLE_MEMBER) {
		core_mark(core, MARK_TAIL_FITS);
		peer_told(core, s);
	}
	own_pump(core);
}

void listen_heard(struct core *core, struct session *s, const struct checkpoint *yours)
{
	struct log *log = core->own.log;
	struct frontier at = {0};

	if (log)
		log_frontier(log, &at);
	if (yours && log && yours->size == log->head.size &&
	    !hash_equal(&yours->root, &log->head.root)) {
		struct msg_evidence evidence = {.log = log->open.key, .a = log->head, .b = *yours};
		core_mark(core, MARK_OWN_FORKED);
		evidence_freeze(core, log, &evidence);
		return;
	}
	if (yours && yours->size > at.size) {
		core_mark(core, MARK_OWN_BEHIND);
		/* The peer has records of this log that are not here: fetch them before anything is
		 * signed. */
		if (yours->size > core->own.lock.size) {
			core->own.lock.size = yours->size;
			core->own.lock.root = yours->root;
		}
		want_plan_own(core, s, yours);
		return;
	}
	/* A log that is never signed again gets back the signatures that others have. */
	if (yours && log && core->own.lock.verdict == LOCK_NEVER && tail_covers(log, yours))
		tail_told(core, log, yours);
	/* A smaller one is another history's perhaps: nothing is signed before that is known. */
	if (yours && log && yours->size < log->head.size && log->state != LOG_FROZEN &&
	    !suspect_compare(core, s, yours))
		return;
	if (!yours || !log || yours->size <= log->head.size || fits_tail(core, s, yours))
		peer_told(core, s);
}

void listen_twins(struct core *core)
{
	core->own.has_twin = core->keeper.has_twin = true;
	core_alarm_raise(core, "another running node uses this node's keys: neither signs until "
			       "one of them is stopped");
}

/* Nothing proves it, and one member alone shall not keep another from signing: whose word lets a node sign after a reboot
 * may stop it, a coordinator's or that of two others. */
static bool is_believed(struct core *core, const struct session *s)
{
	const struct member *m = roster_member(core->roster, s->member);
	bool is_second = core->own.twin_by[0] && strcmp(core->own.twin_by, s->member) != 0;

	if (strcmp(s->member, core->config.member) != 0)
		memcpy(core->own.twin_by, s->member, sizeof(core->own.twin_by));
	return is_second || (m && m->is_coordinator) || count_others(core) == 1;
}

void listen_told_twins(struct core *core, const struct session *s)
{
	core_say(core, true, "%s reports a second live node with this node's key", s->member);
	if (is_believed(core, s))
		listen_twins(core);
}

enum err take_twins(struct core *core, struct session *s, struct bytes body)
{
	enum err err = msg_empty_decode(body);

	if (err)
		return err;
	/* It is said once, and the other side may have judged first. */
	if (s->role == ROLE_UNKNOWN)
		s->told_twins = true;
	else
		listen_told_twins(core, s);
	return ERR_NONE;
}
