/* Records that come in: each batch is unpacked, its runs are taken in one by one (core_intake.c), proven
 * against a signed checkpoint, and only then become changes. A fault of the peer ends the
 * session, a fault of the log skips the log; in both cases nothing of the run is stored. DESIGN
 * D2, D3, D6. */
#include "proto/core_intake.h"

#include <stdlib.h>
#include <string.h>

#include "proto/broken.h"

/* A log's own fault: skip it, keep the session. */
static enum err skip_or_fail(struct core *core, const struct key *key, enum err err)
{
	if (err_blame(err) != BLAME_LOG)
		return err;
	core_mark(core, MARK_LOG_SKIPPED);
	core_skip(core, key, err);
	return ERR_NONE;
}

static enum err prove_run(
    struct core *core, struct intake *in, const struct batch *b, const struct want *want)
{
	struct hash root;
	enum err err = intake_take(core, in, b->count);

	if (err || BROKEN_NO_PROOF)
		return err;
	frontier_root(&in->frontier, &root);
	return tree_consistency_verify(in->frontier.size, &root, want->target.size,
	    &want->target.root, b->proof, b->proof_count);
}

/* What was learnt about the log since it was asked for. */
static enum err judge_intake(const struct core *core, const struct intake *in, uint32_t count)
{
	const struct log *log = in->log;

	if (in->is_roster)
		return evidence_takes_roster(core) ? ERR_NONE : ERR_FROZEN;
	if (log && log->state == LOG_FROZEN)
		return ERR_FROZEN;
	if (!log)
		return ERR_NONE;
	if (!log->is_admissible)
		return ERR_ADMISSION;
	return intake_is_past(&log->cut, in->from + count) ? ERR_CUT : ERR_NONE;
}

/* Records of a log of others that were asked for. */
static enum err take_wanted(struct core *core, struct session *s, struct want *want,
    const struct batch *b, struct bytes records)
{
	struct intake in;
	enum err err = intake_begin(core, &in, &want->target, want->is_roster, b->from);

	in.records = records;
	if (!err && (err = judge_intake(core, &in, b->count)))
		core_mark(core, MARK_CUT_MEANWHILE);
	if (!err)
		err = prove_run(core, &in, b, want);
	if (!err)
		err = intake_store(core, &in, s, &want->target, b->count, want->is_announced);
	intake_release(&in);
	want->is_skipped = err != ERR_NONE;
	if (in.is_paced)
		err = ERR_NONE;
	if (err == ERR_PROOF)
		core_mark(core, MARK_BATCH_UNPROVEN);
	if (err == ERR_PROOF && !want->is_roster)
		plan_doubt(core, s, &b->key);
	if (err == ERR_PROOF && own_of(core, &b->key))
		core_alarm_raise(core, own_elsewhere_text);
	if (err == ERR_PROOF)
		err = suspect_begin(core, s, &want->target);
	return err ? skip_or_fail(core, &b->key, err) : ERR_NONE;
}

/* One run: the oldest want is what it answers. */
static enum err take_run(
    struct core *core, struct session *s, struct batch *b, struct bytes records)
{
	struct want *want = &s->wants.items[s->wants.first];
	enum err err = ERR_NONE;

	if (want_list_is_empty(&s->wants) || b->count > want->target.size - want->from)
		return ERR_STATE;
	b->key = want->target.log;
	b->from = want->from;
	b->size = want->target.size;
	s->wanted_ms = want->moved_ms = core->now.steady_ms;
	want->earned_ms += (int64_t)b->count * RECORD_EARNS_MS + b->raw_size / BYTES_EARN_MS;
	if (want->is_branch)
		return branch_take(core, s, want, b, records);
	if (want->rot)
		return rot_take(core, s, want, b, records);
	const struct log *log = heads_find(&core->heads, &b->key);
	if (log && !want->is_roster && !log->is_own && !pace_allows(core, log->open.member))
		want->is_skipped = true; /* the rest is asked for tomorrow */
	if (b->count && want->is_skipped)
		core_mark(core, MARK_BATCH_DROPPED);
	else if (b->count)
		err = take_wanted(core, s, want, b, records);
	if (err || s->phase != SESSION_RUNNING)
		return err;
	want->from += b->count;
	if (b->count == 0 || want->from == want->target.size)
		want_remove(core, s, want);
	return ERR_NONE;
}

static enum err unpack(
    struct core *core, struct writer *records, struct bytes packed, uint32_t raw_size)
{
	if (!core->unpacker)
		core->unpacker = batch_unpacker_new();
	return batch_unpack_with(core->unpacker, records, packed, raw_size);
}

enum err take_batch(struct core *core, struct session *s, struct bytes body)
{
	struct writer records = {0};
	struct batch_reader r;
	struct batch b;
	size_t before = s->wants.count - s->wants.first, at = 0;
	enum err err = batch_open(&r, body);

	if (!err && before == 0)
		return ERR_STATE;
	if (!err && r.raw_size)
		err = unpack(core, &records, r.packed, r.raw_size);
	while (!err && s->phase == SESSION_RUNNING && batch_next(&r, &b)) {
		err = take_run(core, s, &b,
		    b.raw_size ? bytes_of(records.data + at, b.raw_size) : (struct bytes){0});
		at += b.raw_size;
	}
	writer_release(&records);
	if (err || s->phase != SESSION_RUNNING)
		return err;
	intake_pause(core, s);
	if (s->wants.count - s->wants.first < before) {
		sync_pump(core, s);
		sync_touch(core);
	}
	return ERR_NONE;
}

/* A log whose next records may come unasked. */
static bool is_open_to_news(struct core *core, const struct log *log)
{
	return log && log->is_admissible && log->state == LOG_OPEN && !log->cut.is_cut &&
	       !log->is_own && !log->fetcher && !log->doomed && pace_allows(core, log->open.member);
}

enum err take_push(struct core *core, struct session *s, struct bytes body)
{
	struct writer records = {0};
	struct msg_push m;
	struct intake in;
	struct hash root;
	enum err err = msg_push_decode(&m, body);

	if (err)
		return err;
	struct log *log = heads_find(&core->heads, &m.head.log);
	bool fits = is_open_to_news(core, log) &&
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
	err = unpack(core, &records, m.packed, m.raw_size);
	in.records = writer_view(&records);
	if (!err)
		err = intake_take(core, &in, (uint32_t)(m.head.size - m.from));
	frontier_root(&in.frontier, &root);
	if (!err && !hash_equal(&root, &m.head.root)) {
		plan_doubt(core, s, &m.head.log);
		err = suspect_begin(core, s, &m.head);
	} else if (!err) {
		err = intake_store(core, &in, s, &m.head, (uint32_t)(m.head.size - m.from), true);
	}
	intake_release(&in);
	writer_release(&records);
	if (in.is_paced)
		return ERR_NONE;
	return err ? skip_or_fail(core, &m.head.log, err) : ERR_NONE;
}

/* Moves records behind the next `count` of them. */
static enum err pass_records(struct reader *records, uint64_t count)
{
	struct record record;
	enum err err = ERR_NONE;

	while (!err && count--)
		err = record_read(&record, records);
	return err;
}

/* Behind what is held, which may be some of them. A signature that does not hold blames nobody: its author may have
 * signed two histories. The digests will differ, and the head is told with its root. */
static enum err take_tail(
    struct core *core, struct session *s, struct msg_tail *tail, struct bytes records)
{
	struct checkpoint *head = &tail->head;
	struct log *log = heads_find(&core->heads, &head->log);
	struct frontier at = {0};
	struct reader r;
	struct intake in;
	enum err err;

	if (log)
		log_frontier(log, &at);
	if (at.size >= head->size) {
		core_mark(core, MARK_NEWS_HELD);
		return ERR_NONE;
	}
	if (!is_open_to_news(core, log) || at.size < head->size - tail->count ||
	    intake_begin(core, &in, head, false, at.size)) {
		core_mark(core, MARK_NEWS_UNFIT);
		return ERR_NONE;
	}
	reader_init(&r, records);
	pass_records(&r, tail->count - (head->size - at.size));
	in.records = reader_rest(&r);
	err = intake_take(core, &in, (uint32_t)(head->size - at.size));
	frontier_root(&in.frontier, &head->root);
	core->heads_verified++;
	if (err) {
		err = skip_or_fail(core, &head->log, err);
	} else if (checkpoint_verify(head, &core->config.network)) {
		core_mark(core, MARK_NEWS_UNPROVEN);
	} else {
		core_mark(core, MARK_NEWS_TAKEN);
		err = intake_store(core, &in, s, head, (uint32_t)(head->size - at.size), false);
	}
	intake_release(&in);
	return err;
}

/* Of which tail they are is said by their counts alone, so all are looked at before the first is taken. */
static enum err take_tails(
    struct core *core, struct session *s, struct msg_news *m, struct bytes records)
{
	struct bytes of[NEWS_LOGS_MAX];
	struct reader r;
	enum err err = ERR_NONE;

	reader_init(&r, records);
	for (uint32_t i = 0; i < m->count; i++) {
		const uint8_t *start = r.at;
		if ((err = pass_records(&r, m->tails[i].count)))
			return err;
		of[i] = bytes_of(start, (size_t)(r.at - start));
	}
	if ((err = reader_end(&r)))
		return err;
	for (uint32_t i = 0; i < m->count && !err && s->phase == SESSION_RUNNING; i++) {
		sync_was_told(s, &m->tails[i].head);
		err = take_tail(core, s, &m->tails[i], of[i]);
	}
	return err;
}

enum err take_news(struct core *core, struct session *s, struct bytes body)
{
	struct writer records = {0};
	struct msg_news m;
	enum err err = msg_news_decode(&m, body);

	if (err)
		return err;
	if (s->got_news)
		return ERR_STATE;
	s->got_news = true;
	if (!(err = unpack(core, &records, m.packed, m.raw_size)))
		err = take_tails(core, s, &m, writer_view(&records));
	writer_release(&records);
	if (!err)
		sync_touch(core);
	return err;
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
	intake_have(core, f);
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
	f->log->is_aim_stored = false;
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
	erased_landed(core, f);
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
			s->midway_ms = 0;
			deadline_note(core, s);
		}
	}
}
