/* What rotted is fetched from peers as WANT and BATCH fetch records, proven against a root that is known here, and put in place.
 * It decides whom to ask for which stretch; when to look for more is core_rot.c's. DESIGN D12. */
#include "proto/core_parts.h"

#include <string.h>

#include "proto/broken.h"
#include "proto/kinds.h"

/* How far others vouch for a log: behind its cut nobody serves it, and of an own one they hold what was signed; of a frozen one
 * they serve the branch that the roster names. */
static uint64_t limit_of(const struct core *core, const struct log *log)
{
	if (log->state == LOG_FROZEN && log != core->roster_log)
		return branch_reach(core, log);
	if (log->is_own && !log->cut.is_cut)
		return log->head.size;
	return log->cut.is_cut && log->cut.size < log->stored ? log->cut.size : log->stored;
}

static void stored_root(const struct log *log, struct hash *root)
{
	struct frontier at = {.size = log->stored};

	if (log->stored)
		memcpy(at.hashes, log->peaks, frontier_count(log->stored) * sizeof(at.hashes[0]));
	frontier_root(&at, root);
}

static void begin_ready(struct rot *r)
{
	r->phase = ROT_READY;
	r->at = r->start;
	r->frontier = r->before;
}

/* Where to fetch from and up to, and the root there: whole blocks, so that the nodes that are stored
 * say it; the whole log where they do not. */
void rot_locate(struct core *core, struct rot *r)
{
	const struct log *log = rot_log(core, &r->log);
	uint64_t limit = log ? limit_of(core, log) : 0;

	if (r->first >= limit)
		return; /* nobody else has it */
	r->start = r->is_whole ? 0 : r->first - r->first % ROT_BLOCK;
	r->size = (r->end + ROT_BLOCK - 1) / ROT_BLOCK * ROT_BLOCK;
	if (r->is_whole || r->size > limit)
		r->size = limit;
	memset(&r->before, 0, sizeof(r->before));
	if (r->is_whole) {
		core_mark(core, MARK_ROT_WHOLE);
		if (r->size == log->stored)
			stored_root(log, &r->root);
		else if (!log->cut.is_cut)
			r->root = log->head.root;
		else
			r->root = log->cut.root;
		begin_ready(r);
		return;
	}
	struct asked *asked = core_read(core, READ_SPAN, r->id, &r->log, r->start, r->size, 0);
	if (asked)
		r->phase = ROT_READING;
}

void rot_located(struct core *core, const struct asked *asked, enum err err, struct bytes data)
{
	struct rot *r = rot_find(core, asked->conn);
	const struct log *log = r ? rot_log(core, &r->log) : NULL;
	struct reader in;

	if (!log || r->phase != ROT_READING)
		return;
	r->before.size = asked->from;
	reader_init(&in, data);
	for (unsigned i = 0; i < frontier_count(asked->from); i++)
		reader_copy(&in, r->before.hashes[i].b, HASH_SIZE);
	reader_copy(&in, r->root.b, HASH_SIZE);
	r->phase = ROT_FOUND;
	if (err || reader_end(&in))
		r->is_whole = true;
	else
		begin_ready(r);
	rot_pump(core);
}

static bool was_tried(const struct rot *r, uint64_t conn)
{
	for (unsigned i = 0; i < ROT_TRIES_MAX; i++)
		if (r->tried[i] == conn)
			return true;
	return false;
}

void rot_ask(struct core *core, struct rot *r)
{
	struct want want = {.target = {.log = r->wire, .size = r->size, .root = r->root},
	    .from = r->at,
	    .rot = r->id};

	for (size_t i = 0; i < core->session_count; i++) {
		struct session *s = core->sessions[i];
		if (s->role != ROLE_MEMBER || !s->in_step || s->phase != SESSION_RUNNING ||
		    was_tried(r, s->conn) || !plan_rot(core, s, &want))
			continue;
		r->phase = ROT_ASKED;
		r->conn = s->conn;
		r->tried[r->tried_next++ % ROT_TRIES_MAX] = s->conn;
		return;
	}
}

/* It begins again, with somebody else. */
static void give_up(struct rot *r)
{
	begin_ready(r);
}

void rot_check_asked(struct core *core, struct rot *r)
{
	struct session *s = session_find(core, r->conn);
	struct want *want = s && s->phase == SESSION_RUNNING ? want_find(s, &r->wire) : NULL;

	if (r->phase != ROT_ASKED)
		return;
	if (want && want->rot == r->id && core->now.steady_ms - want->moved_ms <= WANT_WAIT_MS)
		return;
	/* What it still sends of this is dropped. */
	if (want && want->rot == r->id)
		want->is_skipped = true;
	give_up(r);
}

/* --- what comes ------------------------------------------------------------------------------ */

/* Hashes the records into a copy of the frontier; how many came without a payload. */
static enum err hash_records(
    struct bytes records, uint32_t count, struct frontier *at, uint64_t *bare)
{
	struct record record;
	struct reader r;
	enum err err;

	reader_init(&r, records);
	for (uint32_t i = 0; i < count; i++) {
		struct hash leaf;
		if ((err = record_read(&record, &r)) || (err = record_check(&record)))
			return err;
		tree_leaf_hash(&leaf, record.raw_header);
		frontier_append(at, &leaf, NULL, NULL);
		*bare += record.state != RECORD_PRESENT;
	}
	return reader_end(&r);
}

/* Records that erase and that were themselves damaged: what they say was not known here any more. */
static enum err find_erasures(const struct rot *r, const struct batch *b, struct bytes records,
    struct writer *erasures, struct writer *ops)
{
	struct record_ref by = {.log = r->wire, .index = b->from};
	struct change_erasure one;
	struct record record;
	struct reader in;

	reader_init(&in, records);
	for (; reader_left(&in); by.index++) {
		if (record_read(&record, &in))
			return in.err;
		if (by.index < r->first || by.index >= r->end ||
		    record.header.kind != KIND_ERASURE || record.state != RECORD_PRESENT)
			continue;
		tree_leaf_hash(&by.leaf, record.raw_header);
		if (!erasure_read(&one, &by, record.payload))
			continue;
		change_put_erasure(ops, &one);
		writer_put(erasures, &one, sizeof(one));
	}
	return erasures->err;
}

static enum err take_proven(
    struct core *core, struct rot *r, const struct batch *b, struct bytes told)
{
	bool is_copy = !key_equal(&r->log, &r->wire);
	struct frontier at = r->frontier;
	struct writer records = {0}, ops = {0}, erasures = {0};
	struct flight *f = NULL;
	struct hash root;
	uint64_t bare = 0;
	enum err err = hash_records(told, b->count, &at, &bare);

	frontier_root(&at, &root);
	if (!err)
		err = tree_consistency_verify(
		    at.size, &root, r->size, &r->root, b->proof, b->proof_count);
	if (!err)
		err = find_erasures(r, b, told, &erasures, &ops);
	if (!err && !BROKEN_RECALL && (bare || erasures.size || erased_concerns(core, &r->wire))) {
		writer_bytes(&records, told);
		err = records.err ? records.err
				  : erased_filter(
					core, &r->wire, b->from, writer_view(&erasures), &records);
		told = writer_view(&records);
	}
	if (!err) {
		change_put_mend(
		    &ops, &(struct change_mend){
			      .key = r->log, .from = b->from, .count = b->count, .body = told});
		f = core_change(core, FLIGHT_MEND, &ops);
		err = f ? ERR_NONE : ERR_MEMORY;
	}
	if (f) {
		f->from = r->id;
		r->flights++;
		r->frontier = at;
		r->at += b->count;
		f->bare = is_copy ? 0 : (uint32_t)bare; /* nothing is missing of a copy */
		f->erasures = erasures;
		memset(&erasures, 0, sizeof(erasures));
	}
	writer_release(&erasures);
	writer_release(&records);
	return err;
}

/* Another root than ours may as well be a node that rotted in a way its check does not show: the whole
 * log is compared with what its author signed before anybody is doubted. */
enum err rot_take(struct core *core, struct session *s, struct want *want, const struct batch *b,
    struct bytes records)
{
	struct rot *r = rot_find(core, want->rot);
	bool is_last = b->count == 0 || b->from + b->count == b->size;
	enum err err = ERR_NONE;

	if (r && r->phase == ROT_ASKED && r->conn == s->conn && b->count && !want->is_skipped) {
		err = take_proven(core, r, b, records);
		want->is_skipped = err != ERR_NONE;
		if (err == ERR_PROOF) {
			r->is_whole = true;
			core_say(core, true,
			    "log %s: what %s sent for damaged records does not prove",
			    rot_log_name(core, &r->log), s->remote);
			err = ERR_NONE;
		}
	}
	want->from += b->count;
	if (err || !is_last)
		return err;
	if (r && r->phase == ROT_ASKED && r->conn == s->conn) {
		if (b->count && !want->is_skipped)
			r->phase = ROT_MENDED;
		else if (r->is_whole && r->start > 0)
			r->phase = ROT_FOUND;
		else {
			core_mark(core, MARK_ROT_UNHELPED);
			give_up(r);
		}
	}
	want_remove(core, s, want);
	rot_pump(core);
	return ERR_NONE;
}

void rot_mended(struct core *core, const struct flight *f, enum err err)
{
	struct rot_state *state = &core->rot;
	struct rot *r = rot_find(core, f->from);

	if (!err)
		core->bare_count += f->bare;
	if (f->from == 0) {
		state->flights--;
	} else if (r) {
		r->flights--;
		r->is_failed |= err != ERR_NONE;
		if (r->phase == ROT_MENDED && !r->flights) {
			if (!r->is_failed) {
				core_mark(core, MARK_ROT_MENDED);
				state->mended += r->count;
			}
			rot_remove(core, r);
			erased_mended(core);
			if (!state->list) { /* all done: is it right now? */
				state->is_seen = true;
				if (state->mended > state->confirmed)
					state->again_ms = state->look_ms = core->now.steady_ms;
				state->confirmed = state->mended;
			}
		}
	}
	rot_pump(core);
}
