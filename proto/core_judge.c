/* Who is the other side: member, guest or refused, and which logs are admissible. DESIGN D1, D5.
 * Every change of the roster asks the same questions again; nothing here remembers an earlier
 * answer. */
#include "proto/core_parts.h"

#include <string.h>

#include "proto/kinds.h"
#include "proto/limits.h"
#include "proto/broken.h"
#include "proto/mp.h"

const struct member *judge_self(const struct core *core)
{
	const struct member *m = roster_member(core->roster, core->config.member);
	return m && m->is_admitted ? m : NULL;
}

enum err judge_admits(const struct core *core, const struct log_open *open, struct log_cut *cut)
{
	return BROKEN_ADMISSION ? ERR_NONE : roster_admits(core->roster, open, cut, NULL);
}

bool judge_is_in(const struct core *core)
{
	struct log_cut cut = {0};

	return !judge_admits(core, &core->self, &cut) && !(cut.is_cut && cut.size == 0);
}

void judge_log(struct core *core, struct log *log)
{
	struct log_open open = {.network = core->config.network,
	    .key = log->open.key,
	    .member_key = log->open.member_key};
	struct log_cut cut = {0};
	bool is_admissible;

	if (log->is_copy)
		return;
	memcpy(open.member, log->open.member, sizeof(open.member));
	is_admissible = !judge_admits(core, &open, &cut);
	if (!is_admissible)
		cut = (struct log_cut){0};
	if (is_admissible == log->is_admissible && cut.is_cut == log->cut.is_cut)
		return;
	log->is_admissible = is_admissible;
	log->cut = cut;
	log->cut_check = CUT_UNCHECKED;
	heads_touch(&core->heads, log);
	judge_store_cut(core, log);
	judge_check_cut(core, log);
}

/* Nobody can take the cut as a head from here, and which of the two roots is true is not for a node to say. */
static void cut_checked(struct core *core, struct log *log, const struct hash *root)
{
	log->cut_check = hash_equal(root, &log->cut.root) ? CUT_HELD : CUT_ELSEWHERE;
	if (log->cut_check == CUT_ELSEWHERE) {
		core_alarm_raise(core, CUT_ELSEWHERE_TEXT);
		core_say(core, true,
		    "log %u of %s is cut at a root that this node does not hold, at size %llu",
		    log->open.number, log->open.member, (unsigned long long)log->cut.size);
	}
	heads_touch(&core->heads, log);
	sync_touch(core);
}

void judge_check_cut(struct core *core, struct log *log)
{
	struct frontier at = {.size = log->stored};
	struct asked *asked;
	struct hash root;

	if (!core->is_started || !log->cut.is_cut || log->cut_check != CUT_UNCHECKED ||
	    log->stored < log->cut.size)
		return;
	if (log->cut.size == 0) {
		log->cut_check = CUT_HELD;
	} else if (log->stored == log->cut.size) {
		memcpy(at.hashes, log->peaks, frontier_count(log->stored) * sizeof(struct hash));
		frontier_root(&at, &root);
		cut_checked(core, log, &root);
	} else if ((asked = core_read(core, READ_ROOT, 0, &log->open.key, 0, log->cut.size, 0))) {
		core_mark(core, MARK_CUT_BEHIND);
		asked->is_of_cut = true;
		log->cut_check = CUT_READING;
	}
}

void judge_cut_read(struct core *core, const struct key *key, enum err err, struct bytes root)
{
	struct log *log = heads_find(&core->heads, key);
	struct hash held;

	if (!log || log->cut_check != CUT_READING)
		return;
	if (err || root.size != HASH_SIZE) {
		log->cut_check = CUT_UNCHECKED; /* again after the next look for rot */
		core_say(core, true, "the root of a log at its cut cannot be read: %s",
		    err_text(err ? err : ERR_SHORT));
		return;
	}
	memcpy(held.b, root.data, HASH_SIZE);
	cut_checked(core, log, &held);
}

/* Only of a log whose first records are durable: the change that brings them may yet fail. */
void judge_store_cut(struct core *core, struct log *log)
{
	struct writer ops = {0};

	if (!core->is_started || !log->cut.is_cut || log->is_cut_stored || log->stored == 0 ||
	    log->state == LOG_FROZEN)
		return;
	change_put_state(&ops, &(struct change_state){.key = log->open.key,
				   .state = LOG_CUT,
				   .cut_size = log->cut.size,
				   .cut_root = log->cut.root});
	log->is_cut_stored = core_change(core, FLIGHT_NOTE, &ops) != NULL;
	core_mark(core, MARK_CUT_STORED);
}

enum verdict { VERDICT_MEMBER, VERDICT_GUEST, VERDICT_ASK, VERDICT_FROZEN, VERDICT_REFUSED };

static bool is_member_log(const struct core *core, struct session *s)
{
	const struct log *log = heads_find(&core->heads, &s->remote_log);
	struct log_cut cut = {0};

	if (log) {
		memcpy(s->member, log->open.member, sizeof(s->member));
		return log->is_admissible && log->state != LOG_FROZEN &&
		       key_equal(&log->open.transport, &s->remote_static) &&
		       !(log->cut.is_cut && log->cut.size == 0);
	}
	if (!s->has_open || !key_equal(&s->open.transport, &s->remote_static))
		return false;
	memcpy(s->member, s->open.member, sizeof(s->member));
	return !judge_admits(core, &s->open, &cut) && !(cut.is_cut && cut.size == 0);
}

static enum verdict judge(const struct core *core, struct session *s)
{
	if (s->has_remote_log && is_member_log(core, s))
		return VERDICT_MEMBER;
	if (s->has_remote_log && !s->has_open && !heads_find(&core->heads, &s->remote_log))
		return VERDICT_ASK;
	if (s->remote_roster > core_roster_size(core))
		return VERDICT_GUEST;
	if (s->has_token && join_token_is_valid(core, s->token, NULL))
		return VERDICT_GUEST;
	const struct log *log = s->has_remote_log ? heads_find(&core->heads, &s->remote_log) : NULL;
	return log && log->state == LOG_FROZEN && log->is_admissible &&
		       key_equal(&log->open.transport, &s->remote_static)
		   ? VERDICT_FROZEN
		   : VERDICT_REFUSED;
}

static void take_held_roster(struct core *core, struct session *s)
{
	if (!s->has_roster_head || s->phase != SESSION_RUNNING)
		return;
	s->has_roster_head = false;
	enum err err = sync_consider(core, s, &s->roster_head, false);
	if (err)
		session_close(core, s, err, NULL);
	else
		sync_pump(core, s);
}

/* With the smaller roster the other side may still take this node for a stranger; it says DIGEST once
 * it has caught up. */
static bool may_be_guest(const struct core *core, const struct session *s)
{
	return !s->in_step && s->roster_seen < core_roster_size(core);
}

static unsigned count_sessions(const struct core *core, const char *member)
{
	unsigned count = 0;

	for (size_t i = 0; i < core->session_count; i++)
		count += core->sessions[i]->role == ROLE_MEMBER &&
			 strcmp(core->sessions[i]->member, member) == 0;
	return count;
}

static void judged_member(struct core *core, struct session *s)
{
	/* Messages that came before this moment were not read: the digest begins again. */
	bool is_late = s->began || s->asked_open;

	if (s->role == ROLE_MEMBER)
		return;
	if (count_sessions(core, s->member) >= MEMBER_SESSIONS_MAX) {
		session_close(core, s, ERR_LIMIT, NULL);
		return;
	}
	if (s->role == ROLE_GUEST)
		core_mark(core, MARK_GUEST_ADMITTED);
	s->role = ROLE_MEMBER;
	if (said_may(core, s))
		core_say(core, false, "%s: session with %s", s->remote, s->member);
	if (s->address)
		memcpy(s->address->member, s->member, sizeof(s->address->member));
	if (s->told_twins)
		listen_told_twins(core, s);
	peers_met(core, s);
	if (!s->sent_hello)
		sync_send_hello(core, s);
	if (s->got_hello && !s->began)
		sync_begin(core, s);
	if (s->got_hello && is_late && !may_be_guest(core, s))
		sync_send_digest(core, s);
	take_held_roster(core, s);
}

static void judged_guest(struct core *core, struct session *s)
{
	s->role = ROLE_GUEST;
	if (!s->sent_hello)
		sync_send_hello(core, s);
	if (s->got_hello && !s->began)
		sync_begin(core, s);
	take_held_roster(core, s);
}

void judge_session(struct core *core, struct session *s)
{
	struct writer body = {0};

	if (s->phase != SESSION_RUNNING || (!s->has_remote_log && !s->has_token && !s->got_hello))
		return;
	switch (judge(core, s)) {
	case VERDICT_MEMBER:
		judged_member(core, s);
		break;
	case VERDICT_GUEST:
		judged_guest(core, s);
		break;
	case VERDICT_ASK:
		if (s->asked_open)
			break;
		core_mark(core, MARK_OPEN_ASKED);
		s->asked_open = true;
		msg_open_want_encode(&body, &s->remote_log);
		session_send(core, s, MSG_OPEN_WANT, &body);
		break;
	case VERDICT_FROZEN: /* closed once it has been told why: it may be the last to know */
		s->role = ROLE_UNKNOWN;
		if (!core_reads(core, READ_EVIDENCE, s->conn) &&
		    !core_read(core, READ_EVIDENCE, s->conn, &s->remote_log, 0, 0, 0))
			session_close(core, s, ERR_MEMORY, NULL);
		break;
	case VERDICT_REFUSED:
		if (s->role == ROLE_MEMBER)
			core_mark(core, MARK_MEMBER_REFUSED);
		session_close(core, s, s->role == ROLE_MEMBER ? ERR_ADMISSION : ERR_STRANGER, NULL);
		break;
	}
	writer_release(&body);
}

/* Not from the store: a node whose database was lost says who it is before it has its log back. */
static enum err send_own_open(struct core *core, struct session *s)
{
	struct writer record = {0}, body = {0};
	enum err err;

	if (++s->opens_told > UNANSWERED_MAX)
		return ERR_LIMIT;
	if (!core->own.log)
		core_mark(core, MARK_DATABASE_LOST);
	record_create(&record, KIND_LOG_OPEN, core->config.log_open_time, NULL,
	    core->config.log_open_salt, writer_view(&core->log_open));
	msg_open_encode(&body, &core->config.log, writer_view(&record));
	err = record.err ? record.err : body.err;
	if (!err)
		session_send(core, s, MSG_OPEN, &body);
	writer_release(&record);
	writer_release(&body);
	return err;
}

enum err take_open_want(struct core *core, struct session *s, struct bytes body)
{
	struct key key;
	enum err err = msg_open_want_decode(&key, body);

	if (err)
		return err;
	bool is_own = key_equal(&key, &core->config.log);
	if (is_own)
		return send_own_open(core, s);
	if (s->role != ROLE_MEMBER)
		return ERR_STATE;
	if (core_reads(core, READ_OPEN, s->conn) >= UNANSWERED_MAX)
		return ERR_LIMIT;
	if (!core_read(core, READ_OPEN, s->conn, &key, 0, 0, 0))
		return ERR_MEMORY;
	return ERR_NONE;
}

enum err judge_read_open(const struct core *core, struct log_open *out, struct bytes raw)
{
	struct reader r;
	struct record record;
	enum err err;

	reader_init(&r, raw);
	if ((err = record_read(&record, &r)) || (err = reader_end(&r)))
		return err;
	if (record.header.kind != KIND_LOG_OPEN || record.state != RECORD_PRESENT)
		return ERR_FORMAT;
	if ((err = record_check(&record)) || (err = log_open_decode(out, record.payload)))
		return err;
	return log_open_verify(out, &core->config.network);
}

enum err take_open(struct core *core, struct session *s, struct bytes body)
{
	struct key key;
	struct bytes raw;
	enum err err = msg_open_decode(&key, &raw, body);

	if (err)
		return err;
	if (s->evidence && key_equal(&key, &s->evidence->log))
		return evidence_open(core, s, raw);
	if (!s->asked_open || !key_equal(&key, &s->remote_log))
		return ERR_STATE;
	if (raw.size == 0)
		return ERR_STRANGER;
	if ((err = judge_read_open(core, &s->open, raw)))
		return err;
	if (!key_equal(&s->open.key, &s->remote_log) ||
	    !key_equal(&s->open.transport, &s->remote_static))
		return ERR_STRANGER;
	s->has_open = true;
	judge_session(core, s);
	return ERR_NONE;
}

/* --- the roster grew ------------------------------------------------------------------------- */

static void put_member(struct writer *ops, const struct member *m)
{
	struct change_member row = {
	    .key = m->key,
	    .kind = (uint8_t)m->kind,
	    .is_admitted = m->is_admitted,
	    .is_coordinator = m->is_coordinator,
	    .entry_index = m->entry_index,
	    .entry_leaf = m->entry_leaf,
	    .since = m->since,
	    .names = m->names,
	};
	memcpy(row.code, m->code, sizeof(row.code));
	memcpy(row.territory, m->territory, sizeof(row.territory));
	change_put_member(ops, &row);
}

static void put_all_members(struct core *core, struct writer *ops)
{
	for (size_t i = 0; i < roster_member_count(core->roster); i++)
		put_member(ops, roster_member_at(core->roster, i));
}

/* The rows that queries read, for what this entry changed. */
static void put_entry_rows(struct core *core, struct writer *ops, struct bytes payload)
{
	struct reader r;
	struct bytes entry = mp_get(payload, "entry");
	char code[CODE_SIZE_MAX + 1] = "";

	reader_init(&r, mp_get(entry, "code"));
	struct bytes text = mp_str(&r);
	if (text.size == 0) {
		put_all_members(core, ops);
		return;
	}
	if (text.size > CODE_SIZE_MAX)
		return;
	memcpy(code, text.data, text.size);
	const struct member *m = roster_member(core->roster, code);
	if (m) {
		put_member(ops, m);
		join_settled(core, ops, code);
	}
}

static bool has_counted(const struct table *counted, const struct hash *leaf, uint64_t index)
{
	uint32_t at;

	return counted && index > 0 && table_get(counted, leaf->b, &at) && at == index;
}

enum err judge_apply_entries(
    struct core *core, uint64_t from, struct bytes records, const struct table *counted)
{
	struct reader r;
	struct record record;
	struct hash leaf;
	struct writer ops = {0};
	enum err err = ERR_NONE;

	reader_init(&r, records);
	for (uint64_t index = from; !err && reader_left(&r); index++) {
		struct why why = {0};
		if ((err = record_read(&record, &r)))
			break;
		if (index != roster_size(core->roster)) /* applied already: a load after a crash */
			continue;
		tree_leaf_hash(&leaf, record.raw_header);
		if (index == 0 && !hash_equal(&leaf, &core->config.network))
			err = ERR_NETWORK;
		else
			err = roster_apply(core->roster, &record.header, &leaf, record.payload,
			    has_counted(counted, &leaf, index), &why);
		if (err == ERR_REFUSED) {
			core_say(core, true, "roster entry %llu is void: %s",
			    (unsigned long long)index, why.text);
			err = ERR_NONE;
		} else if (!err && core->is_started) {
			put_entry_rows(core, &ops, record.payload);
		}
	}
	if (!err && ops.size)
		core_change(core, FLIGHT_NOTE, &ops);
	writer_release(&ops);
	erased_pump(core);
	return err;
}

/* Rows that a crash between two changes left unwritten. */
void judge_repair_rows(struct core *core)
{
	struct writer ops = {0};
	uint64_t sum = 0;
	size_t count = roster_member_count(core->roster);

	for (size_t i = 0; i < count; i++)
		sum += roster_member_at(core->roster, i)->entry_index;
	if (count == core->member_rows && sum == core->member_rows_sum)
		return;
	put_all_members(core, &ops);
	core_change(core, FLIGHT_NOTE, &ops);
}

void judge_roster_changed_now(struct core *core)
{
	for (size_t i = 0; i < core->heads.count; i++)
		judge_log(core, heads_at(&core->heads, i));
	if (own_is_ended(&core->own))
		core_alarm_raise(core, OWN_ENDED_TEXT);
	join_roster_changed(core);
	for (size_t i = 0; i < core->session_count; i++) {
		struct session *s = core->sessions[i];
		if (s->phase != SESSION_RUNNING || s->role == ROLE_UNKNOWN)
			continue;
		bool was_member = s->role == ROLE_MEMBER;
		if (s->remote_roster < core_roster_size(core))
			sync_send_roster(core, s); /* before anything that is said under it */
		judge_session(core, s);
		if (was_member && s->role == ROLE_MEMBER && !may_be_guest(core, s))
			sync_send_digest(core, s);
	}
	branch_judge(core);
	peers_touch(core); /* this node may be a member now */
	own_pump(core);
}

bool judge_show_own(struct core *core)
{
	struct log *log = core->own.log;
	struct writer ops = {0};
	bool has_others = false;

	for (size_t i = 0; !has_others && i < roster_member_count(core->roster); i++)
		has_others =
		    strcmp(roster_member_at(core->roster, i)->code, core->config.member) != 0;
	if (core->own.is_shown || !has_others || !log || log->head.size == 0)
		return false;
	core->own.is_showing = true;
	own_put_lock(&core->own, core->own.lock.size, &core->own.lock.root, false, &ops);
	if (!core_change(core, FLIGHT_SHOWN, &ops))
		core_say(core, true, "%s", err_text(ERR_MEMORY));
	return true;
}

void judge_roster_changed(struct core *core)
{
	if (!judge_show_own(core))
		judge_roster_changed_now(core);
}
