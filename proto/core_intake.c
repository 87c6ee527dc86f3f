/* What a batch or a push brings, record by record: headers are hashed into a copy of the log's frontier, leaf 0 is judged before
 * anything is stored, payloads that are erased are left out, and what was proven becomes one change. Who brought it and
 * whether that was his turn is core_batch.c's business. DESIGN D2, D3, D6. */
#include "proto/core_intake.h"

#include <stdlib.h>
#include <string.h>

#include "proto/broken.h"
#include "proto/kinds.h"
#include "proto/mp.h"

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

void intake_release(struct intake *in)
{
	free(in->nodes);
	writer_release(&in->checked);
	writer_release(&in->erasures);
}

/* What was read from the records as they were told, addresses say, still lies in them. */
static enum err drop_payloads(const struct core *core, struct intake *in)
{
	enum err err;

	writer_bytes(&in->checked, in->records);
	err = in->checked.err ? in->checked.err
			      : erased_filter(core, &in->key, in->from, writer_view(&in->erasures),
				    &in->checked);
	in->records = writer_view(&in->checked);
	return err;
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

bool intake_is_past(const struct log_cut *cut, uint64_t size)
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
	if (intake_is_past(&cut, in->target->size))
		return ERR_CUT;
	if (checkpoint_is_cut(in->target) && !(cut.is_cut && cut.size == in->target->size))
		return ERR_CUT; /* the cut that was told is of somebody else's log */
	return ERR_NONE;
}

static void note_erasure(struct intake *in, const struct record *record, const struct hash *leaf)
{
	struct change_erasure erasure;

	if (record->header.kind == KIND_ERASURE && record->state == RECORD_PRESENT &&
	    erasure_read(
		&erasure, &(struct record_ref){in->key, in->frontier.size, *leaf}, record->payload))
		writer_put(&in->erasures, &erasure, sizeof(erasure));
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
	if (in->is_branch) {
		note_erasure(in, record, &leaf);
		frontier_append(&in->frontier, &leaf, intake_node, in);
		in->has_claims |= record->state == RECORD_ERASED;
		return ERR_NONE;
	}
	if (in->frontier.size == 0 && (err = take_leaf_zero(core, in, record, &leaf)))
		return err;
	in->proposals +=
	    record->header.kind == KIND_ROSTER_DRAFT || record->header.kind == KIND_ROSTER_APPROVAL;
	if (record->header.kind == KIND_NODE_ANNOUNCE && record->state == RECORD_PRESENT)
		in->has_announce = peers_read_announce(&in->announce, &in->key, record->payload) ||
				   in->has_announce;
	note_erasure(in, record, &leaf);
	frontier_append(&in->frontier, &leaf, intake_node, in);
	in->is_closed = record->header.kind == KIND_LOG_CLOSE;
	in->has_claims |= record->state == RECORD_ERASED;
	in->bare += record->state != RECORD_PRESENT;
	return ERR_NONE;
}

enum err intake_take(struct core *core, struct intake *in, uint32_t count)
{
	struct reader r;
	struct record record;
	enum err err = ERR_NONE;

	reader_init(&r, in->records);
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
	return intake_is_past(&log->cut, target->size) ? ERR_CUT : ERR_NONE;
}

enum err intake_begin(struct core *core, struct intake *in, const struct checkpoint *target,
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

void intake_pause(struct core *core, struct session *s)
{
	struct act *act;

	if (core->flights_size <= core->config.bounds.change_queue_max || s->is_paused ||
	    !(act = core_act(core, ACT_PAUSE)))
		return;
	core_mark(core, MARK_READING_PAUSED);
	act->conn = s->conn;
	s->is_paused = true;
}

void intake_have(struct core *core, struct flight *f)
{
	struct session *s = session_find(core, f->conn);
	struct writer body = {0};

	if (!s || s->role != ROLE_MEMBER || !f->is_announced)
		return;
	msg_have_encode(&body, &(struct msg_have){.log = f->head.log, .size = f->head.size});
	session_send(core, s, MSG_HAVE, &body);
	writer_release(&body);
}

/* Evidence may need it when another branch comes, after a restart too: the batch alone would tell of no signature. */
static void keep_aim(struct log *log, const struct checkpoint *target, struct writer *ops)
{
	if (log->is_aim_stored && memcmp(&log->aim, target, sizeof(*target)) == 0)
		return;
	log->aim = *target;
	log->is_aim_stored = true;
	change_put_aim(ops, target);
}

/* Told to the store with the record that says so, and forgotten when they were carried out. */
void intake_put_erasures(const struct intake *in, struct writer *ops)
{
	struct change_erasure one;

	for (size_t at = 0; at < in->erasures.size; at += sizeof(one)) {
		memcpy(&one, in->erasures.data + at, sizeof(one));
		change_put_erasure(ops, &one);
	}
}

/* What is to be known of it when it has landed. */
static void intake_fly(struct core *core, struct intake *in, struct flight *f)
{
	f->log = in->log;
	f->erasures = in->erasures;
	memset(&in->erasures, 0, sizeof(in->erasures));
	f->frontier = in->frontier;
	f->from = in->from;
	f->bare = in->bare;
	f->is_closed = in->log->is_closed = in->is_closed;
	if (in->is_roster || in->log->is_own)
		return;
	f->paced = in->records.size;
	f->proposals = in->proposals;
	pace_charge(core, in->log->open.member, f->paced, in->from == 0, f->proposals);
}

enum err intake_store(struct core *core, struct intake *in, struct session *s,
    const struct checkpoint *target, uint32_t count, bool is_announced)
{
	struct writer ops = {0}, entries = {0};
	bool at_head = in->frontier.size == target->size && !checkpoint_is_cut(target);
	enum err err = in->erasures.err;

	if (!err)
		err = intake_log(core, in, s, &ops);
	if (!err && (in->has_claims || in->erasures.size || erased_concerns(core, &in->key)))
		err = drop_payloads(core, in);
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
				    .body = in->records});
	intake_put_erasures(in, &ops);
	if (at_head)
		change_put_head(&ops, target);
	else if (!checkpoint_is_cut(target))
		keep_aim(in->log, target, &ops);
	if (in->is_closed && !in->log->cut.is_cut)
		change_put_state(&ops, &(struct change_state){.key = in->key, .state = LOG_CLOSED});
	if (in->has_announce)
		change_put_addresses(&ops, &in->announce);
	if (in->is_roster)
		writer_bytes(&entries, in->records);
	if (entries.err)
		writer_fail(&ops, entries.err);
	struct flight *f = core_change(core, FLIGHT_RECORDS, &ops);
	if (!f) {
		writer_release(&entries);
		log_settle(in->log, NULL, false);
		in->log->is_aim_stored = false;
		return ERR_MEMORY;
	}
	f->has_head = at_head;
	f->head = *target;
	f->conn = s->conn;
	f->is_announced = is_announced;
	if (BROKEN_HAVE_EARLY)
		intake_have(core, f);
	intake_fly(core, in, f);
	f->records = entries;
	if (in->has_announce)
		peers_announced(core, &in->announce);
	intake_pause(core, s);
	return ERR_NONE;
}
