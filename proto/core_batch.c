/* Records that come in: each batch is unpacked, hashed into a copy of its log's frontier, proven
 * against a signed checkpoint, and only then becomes a change. A fault of the peer ends the
 * session, a fault of the log skips the log; in both cases nothing of the batch is stored. DESIGN
 * D2, D3, D6. */
#include "proto/core_parts.h"

#include <stdlib.h>
#include <string.h>

#include "proto/broken.h"
#include "proto/kinds.h"
#include "proto/mp.h"

/* What is gathered while a batch is read; nothing outside of it changes before it is proven. */
struct intake {
	struct key key;
	bool is_roster;
	const struct checkpoint *target;
	struct log *log; /* NULL: begins with leaf 0 */
	bool is_closed;	 /* the last record ended it */
	bool has_claims; /* of erasures */
	bool is_paced;	 /* its member has sent enough for today */
	uint32_t proposals;
	uint32_t bare; /* records without their payload */
	struct log_open open;
	uint64_t from;
	struct frontier frontier;
	struct change_node *nodes;
	uint32_t node_count, node_capacity;
	bool has_memory;
	bool has_announce;
	struct change_addresses announce;
	struct writer records; /* unpacked */
	struct writer told;    /* with claims of erasures that are not believed */
};

static void intake_node(void *context, unsigned level, uint64_t index, const struct hash *hash)
{
	struct intake *in = context;

	if (in->node_count == in->node_capacity) {
		uint32_t capacity = in->node_capacity ? in->node_capacity * 2 : 16;
		struct change_node *nodes = realloc(in->nodes, capacity * sizeof(*nodes));
		if (!nodes) {
			in->has_memory = false;
			return;
		}
		in->nodes = nodes;
		in->node_capacity = capacity;
	}
	in->nodes[in->node_count++] =
	    (struct change_node){.level = (uint8_t)level, .index = index, .hash = *hash};
}

static void intake_release(struct intake *in)
{
	free(in->nodes);
	writer_release(&in->records);
	writer_release(&in->told);
}

/* What was read from the records as they were told, addresses say, still lies in them. */
static enum err drop_claims(const struct core *core, struct intake *in)
{
	struct writer copy = {0};

	writer_bytes(&copy, writer_view(&in->records));
	if (copy.err)
		return copy.err;
	in->told = in->records;
	in->records = copy;
	return erased_filter(core, &in->key, in->from, &in->records);
}

/* The genesis is known by its hash, and names the only key that may bring it: under any other one
 * somebody could keep a newcomer away from the roster that the keeper writes. */
static enum err take_genesis(
    const struct core *core, const struct intake *in, struct bytes payload, const struct hash *leaf)
{
	struct key keeper;
	struct reader r;

	if (!hash_equal(leaf, &core->config.network))
		return ERR_NETWORK;
	reader_init(&r, mp_get(mp_get(payload, "entry"), "keeper"));
	mp_bin_fixed(&r, keeper.b, KEY_SIZE);
	return r.err || !key_equal(&keeper, &in->key) ? ERR_NETWORK : ERR_NONE;
}

static bool is_past(const struct log_cut *cut, uint64_t size)
{
	return cut->is_cut && size > cut->size && !BROKEN_CUT_IGNORED;
}

/* Leaf 0 is judged before anything is stored. */
static enum err take_leaf_zero(
    struct core *core, struct intake *in, const struct record *record, const struct hash *leaf)
{
	struct log_cut cut;
	enum err err;

	if (in->is_roster)
		return take_genesis(core, in, record->payload, leaf);
	if (record->header.kind != KIND_LOG_OPEN || record->state != RECORD_PRESENT)
		return ERR_FORMAT;
	if ((err = log_open_decode(&in->open, record->payload)) ||
	    (err = log_open_verify(&in->open, &core->config.network)))
		return ERR_ADMISSION;
	if (!key_equal(&in->open.key, &in->key))
		return ERR_ADMISSION;
	if ((err = judge_admits(core, &in->open, &cut)))
		return err;
	if (!own_of(core, &in->key) && !pace_allows_log(core, in->open.member, &in->key)) {
		in->is_paced = true;
		return ERR_FULL;
	}
	if (is_past(&cut, in->target->size))
		return ERR_CUT;
	if (checkpoint_is_cut(in->target) && !(cut.is_cut && cut.size == in->target->size))
		return ERR_CUT; /* the cut that was told is of somebody else's log */
	return ERR_NONE;
}

static enum err take_record(struct core *core, struct intake *in, const struct record *record)
{
	struct hash leaf;
	enum err err = record_check(record);

	if (err)
		return err;
	if (in->is_roster &&
	    (record->state != RECORD_PRESENT || record->header.kind != KIND_ROSTER_ENTRY))
		return ERR_FORMAT;
	tree_leaf_hash(&leaf, record->raw_header);
	if (in->frontier.size == 0 && (err = take_leaf_zero(core, in, record, &leaf)))
		return err;
	in->proposals +=
	    record->header.kind == KIND_ROSTER_DRAFT || record->header.kind == KIND_ROSTER_APPROVAL;
	if (record->header.kind == KIND_NODE_ANNOUNCE && record->state == RECORD_PRESENT)
		in->has_announce = peers_read_announce(&in->announce, &in->key, record->payload) ||
				   in->has_announce;
	frontier_append(&in->frontier, &leaf, intake_node, in);
	in->is_closed = record->header.kind == KIND_LOG_CLOSE;
	in->has_claims |= record->state == RECORD_ERASED;
	in->bare += record->state != RECORD_PRESENT;
	return ERR_NONE;
}

static enum err take_records(struct core *core, struct intake *in, uint32_t count)
{
	struct reader r;
	struct record record;
	enum err err = ERR_NONE;

	reader_init(&r, writer_view(&in->records));
	for (uint32_t i = 0; i < count; i++) {
		if ((err = record_read(&record, &r)))
			return err;
		if (in->is_closed)
			return ERR_CUT; /* past the log's own end */
		if ((err = take_record(core, in, &record)))
			return err;
	}
	if (!in->has_memory)
		return ERR_MEMORY;
	return reader_end(&r);
}

/* What the roster or its author did to a log while its records were on their way. */
static enum err check_log(const struct log *log, const struct checkpoint *target)
{
	if (!log->is_admissible && !log->is_own)
		return ERR_ADMISSION;
	if (log->state == LOG_FROZEN)
		return ERR_FROZEN;
	return is_past(&log->cut, target->size) ? ERR_CUT : ERR_NONE;
}

static enum err intake_begin(struct core *core, struct intake *in, const struct checkpoint *target,
    bool is_roster, uint64_t from)
{
	const struct key *key = &target->log;

	memset(in, 0, sizeof(*in));
	in->key = *key;
	in->target = target;
	in->is_roster = is_roster;
	in->has_memory = true;
	in->from = from;
	in->log = is_roster ? core->roster_log : heads_find(&core->heads, key);
	if (in->log) {
		log_frontier(in->log, &in->frontier);
		in->is_closed = in->log->is_closed;
	}
	if (in->log && !is_roster) {
		enum err err = check_log(in->log, target);
		if (err)
			return err;
	}
	return in->frontier.size == from ? ERR_NONE : ERR_STATE;
}

/* The log comes into being with its first records; again, if the change that brought them failed.
 */
static enum err intake_log(
    struct core *core, struct intake *in, const struct session *s, struct writer *ops)
{
	struct change_log open = {.key = in->key};

	if (in->from > 0)
		return ERR_NONE;
	if (!in->is_roster) {
		memcpy(open.member, in->open.member, sizeof(open.member));
		open.member_key = in->open.member_key;
		open.transport = in->open.transport;
		open.number = in->open.number;
	}
	if (!in->log) {
		in->log = in->is_roster ? log_new(&open) : heads_add(&core->heads, &open);
		if (!in->log)
			return ERR_MEMORY;
		in->log->fetcher = s; /* whose want brought it */
		struct own *own = own_of(core, &in->key);
		if (own) { /* a store that was lost is filled again */
			core_mark(core, MARK_LOG_FETCHED_BACK);
			own->log = in->log;
			in->log->is_own = true;
		}
	}
	change_put_log(ops, &open);
	if (in->is_roster)
		core->roster_log = in->log;
	else
		judge_log(core, in->log);
	return ERR_NONE;
}

static void pause_if_behind(struct core *core, struct session *s)
{
	struct act *act;

	if (core->flights_size <= core->config.bounds.change_queue_max || s->is_paused ||
	    !(act = core_act(core, ACT_PAUSE)))
		return;
	core_mark(core, MARK_READING_PAUSED);
	act->conn = s->conn;
	s->is_paused = true;
}

static void tell_have(struct core *core, struct flight *f)
{
	struct session *s = session_find(core, f->conn);
	struct writer body = {0};

	if (!s || s->role != ROLE_MEMBER || !f->is_announced)
		return;
	msg_have_encode(&body, &(struct msg_have){.log = f->head.log, .size = f->head.size});
	session_send(core, s, MSG_HAVE, &body);
	writer_release(&body);
}

static enum err intake_store(struct core *core, struct intake *in, struct session *s,
    const struct checkpoint *target, uint32_t count, bool is_announced)
{
	struct writer ops = {0};
	bool at_head = in->frontier.size == target->size && !checkpoint_is_cut(target);
	enum err err = in->has_claims ? drop_claims(core, in) : ERR_NONE;

	if (!err)
		err = intake_log(core, in, s, &ops);

	if (err || (err = log_advance(in->log, &in->frontier))) {
		writer_release(&ops);
		return err;
	}
	change_put_append(&ops, &(struct change_append){.key = in->key,
				    .from = in->from,
				    .count = count,
				    .frontier = in->frontier,
				    .nodes = in->nodes,
				    .node_count = in->node_count,
				    .body = writer_view(&in->records)});
	if (at_head)
		change_put_head(&ops, target);
	else if (!checkpoint_is_cut(target))
		in->log->aim = *target;
	if (in->is_closed && !in->log->cut.is_cut)
		change_put_state(&ops, &(struct change_state){.key = in->key, .state = LOG_CLOSED});
	if (in->has_announce)
		change_put_addresses(&ops, &in->announce);
	struct flight *f = core_change(core, FLIGHT_RECORDS, &ops);
	if (!f) {
		log_settle(in->log, NULL, false);
		return ERR_MEMORY;
	}
	f->log = in->log;
	f->frontier = in->frontier;
	f->has_head = at_head;
	f->head = *target;
	f->conn = s->conn;
	f->is_announced = is_announced;
	if (BROKEN_HAVE_EARLY)
		tell_have(core, f);
	f->from = in->from;
	f->bare = in->bare;
	f->is_closed = in->log->is_closed = in->is_closed;
	if (!in->is_roster && !in->log->is_own) {
		f->paced = in->records.size;
		f->proposals = in->proposals;
		pace_charge(core, in->log->open.member, f->paced, in->from == 0, f->proposals);
	}
	if (in->is_roster) {
		f->records = in->records;
		memset(&in->records, 0, sizeof(in->records));
	}
	if (in->has_announce)
		peers_announced(core, &in->announce);
	pause_if_behind(core, s);
	return ERR_NONE;
}

/* A log's own fault: skip it, keep the session. */
static enum err skip_or_fail(struct core *core, const struct key *key, enum err err)
{
	if (err_blame(err) != BLAME_LOG)
		return err;
	core_mark(core, MARK_LOG_SKIPPED);
	core_skip(core, key, err);
	return ERR_NONE;
}

static enum err unpack_batch(
    struct core *core, struct intake *in, const struct batch *b, const struct want *want)
{
	struct hash root;
	enum err err = batch_unpack(&in->records, b->packed, b->raw_size);

	if (err || (err = take_records(core, in, b->count)))
		return err;
	frontier_root(&in->frontier, &root);
	if (BROKEN_NO_PROOF)
		return ERR_NONE;
	return tree_consistency_verify(in->frontier.size, &root, want->target.size,
	    &want->target.root, b->proof, b->proof_count);
}

/* What was learnt about the log since it was asked for. */
static enum err judge_intake(const struct core *core, const struct intake *in, uint32_t count)
{
	const struct log *log = in->log;

	if (in->is_roster)
		return judge_takes_roster(core) ? ERR_NONE : ERR_FROZEN;
	if (log && log->state == LOG_FROZEN)
		return ERR_FROZEN;
	if (!log)
		return ERR_NONE;
	if (!log->is_admissible)
		return ERR_ADMISSION;
	return is_past(&log->cut, in->from + count) ? ERR_CUT : ERR_NONE;
}

enum err take_batch(struct core *core, struct session *s, struct bytes body)
{
	struct batch b;
	struct intake in;
	struct want *want;
	enum err err = batch_decode(&b, body);

	if (err)
		return err;
	if (!(want = want_find(s, &b.key)))
		return ERR_STATE;
	s->wanted_ms = want->moved_ms = core->now.steady_ms;
	want->earned_ms += (int64_t)b.count * RECORD_EARNS_MS + b.raw_size / BYTES_EARN_MS;
	if (b.size != want->target.size || b.from != want->from || b.from + b.count > b.size)
		return ERR_STATE;
	if (want->rot) {
		if (!(err = rot_take(core, s, want, &b)))
			pause_if_behind(core, s);
		return err;
	}
	bool is_last = b.count == 0 || b.from + b.count == b.size;
	const struct log *log = heads_find(&core->heads, &b.key);
	if (log && !want->is_roster && !log->is_own && !pace_allows(core, log->open.member))
		want->is_skipped = true; /* the rest is asked for tomorrow */
	if (b.count && want->is_skipped)
		core_mark(core, MARK_BATCH_DROPPED);
	if (b.count && !want->is_skipped) {
		err = intake_begin(core, &in, &want->target, want->is_roster, b.from);
		if (!err && (err = judge_intake(core, &in, b.count)))
			core_mark(core, MARK_CUT_MEANWHILE);
		if (!err)
			err = unpack_batch(core, &in, &b, want);
		if (!err)
			err =
			    intake_store(core, &in, s, &want->target, b.count, want->is_announced);
		intake_release(&in);
		want->is_skipped = err != ERR_NONE;
		if (in.is_paced)
			err = ERR_NONE;
		if (err == ERR_PROOF)
			core_mark(core, MARK_BATCH_UNPROVEN);
		if (err == ERR_PROOF && !want->is_roster)
			plan_doubt(core, s, &b.key);
		if (err == ERR_PROOF && own_of(core, &b.key))
			core_alarm_raise(core, own_elsewhere_text);
		if (err == ERR_PROOF)
			err = suspect_begin(core, s, &want->target);
		if (err && (err = skip_or_fail(core, &b.key, err)))
			return err;
	}
	want->from += b.count;
	if (is_last) {
		want_remove(core, s, want);
		sync_pump(core, s);
		sync_touch(core);
	}
	return ERR_NONE;
}

enum err take_push(struct core *core, struct session *s, struct bytes body)
{
	struct msg_push m;
	struct intake in;
	struct hash root;
	enum err err = msg_push_decode(&m, body);

	if (err)
		return err;
	struct log *log = heads_find(&core->heads, &m.head.log);
	bool fits = log && log->is_admissible && log->state == LOG_OPEN && !log->cut.is_cut &&
		    !log->is_own && !log->fetcher && !log->doomed &&
		    pace_allows(core, log->open.member) &&
		    intake_begin(core, &in, &m.head, false, m.from) == ERR_NONE;
	core_mark(core, fits ? MARK_PUSH_TAKEN : MARK_PUSH_UNFIT);
	if (!fits) {
		err = sync_consider(core, s, &m.head, true);
		sync_pump(core, s);
		return err;
	}
	if (!BROKEN_HEAD_UNSIGNED && (err = checkpoint_verify(&m.head, &core->config.network)))
		return err;
	if (m.head.size - m.from > BATCH_COUNT_MAX)
		return ERR_LIMIT;
	err = batch_unpack(&in.records, m.packed, m.raw_size);
	if (!err)
		err = take_records(core, &in, (uint32_t)(m.head.size - m.from));
	frontier_root(&in.frontier, &root);
	if (!err && !hash_equal(&root, &m.head.root)) {
		plan_doubt(core, s, &m.head.log);
		err = suspect_begin(core, s, &m.head);
	} else if (!err) {
		err = intake_store(core, &in, s, &m.head, (uint32_t)(m.head.size - m.from), true);
	}
	intake_release(&in);
	if (in.is_paced)
		return ERR_NONE;
	return err ? skip_or_fail(core, &m.head.log, err) : ERR_NONE;
}

/* --- committed ------------------------------------------------------------------------------- */

static void head_committed(struct core *core, struct flight *f, const struct change_result *result)
{
	struct log *log = f->log;

	if (f->has_head && f->head.size <= log->head.size)
		return;
	if (f->has_head)
		log->head = f->head;
	log->head_arrival = result->arrival;
	if (log == core->roster_log)
		return;
	heads_touch(&core->heads, log);
	tell_have(core, f);
	sync_announce(core, log, f->conn);
	sync_touch(core);
}

/* A change failed: what was built upon it is gone too, and is asked for again when there is room.
 */
static void records_failed(struct core *core, struct flight *f)
{
	core_mark(core, MARK_RECORDS_FAILED);
	for (size_t i = 0; i < core->session_count; i++) {
		struct want *want = want_find(core->sessions[i], &f->log->open.key);
		if (want)
			want->is_skipped = true;
	}
	if (f->is_closed)
		f->log->is_closed = false;
	if (f->paced)
		pace_refund(core, f->log->open.member, f->paced, f->from == 0, f->proposals);
	sync_touch(core);
}

void batch_done(
    struct core *core, struct flight *f, enum err err, const struct change_result *result)
{
	enum err settled =
	    log_settle(f->log, &f->frontier, err == ERR_NONE || BROKEN_FAILURE_FORGOTTEN);

	if ((err && !BROKEN_FAILURE_FORGOTTEN) || settled) {
		records_failed(core, f);
		return;
	}
	core->bare_count +=
	    f->bare; /* not before they are stored: they would not be found missing */
	if (f->log == core->roster_log)
		settled = judge_apply_entries(core, f->from, writer_view(&f->records), NULL);
	if (f->from == 0)
		judge_store_cut(core, f->log);
	judge_check_cut(core, f->log);
	if (f->has_head || (f->log->cut.is_cut && f->frontier.size == f->log->cut.size))
		head_committed(core, f, result);
	if (settled)
		core_say(core, true, "roster entries cannot be applied: %s", err_text(settled));
	if (f->log == core->roster_log && f->has_head)
		judge_roster_changed(core);
}

void batch_resume(struct core *core)
{
	if (core->flights_size > core->config.bounds.change_queue_max / 2)
		return;
	for (size_t i = 0; i < core->session_count; i++) {
		struct session *s = core->sessions[i];
		struct act *act =
		    s->is_paused && s->phase == SESSION_RUNNING ? core_act(core, ACT_RESUME) : NULL;
		if (act) {
			core_mark(core, MARK_READING_RESUMED);
			act->conn = s->conn;
			s->is_paused = false;
			/* What came meanwhile waits to be read: the silence was ours. */
			s->heard_ms = s->wanted_ms = core->now.steady_ms;
			s->is_pinged = false;
		}
	}
}
