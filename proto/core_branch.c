/* The branch of a forked log that the roster names: who holds the other one, or none, fetches it from whoever has it, beside
 * what he holds. Nothing is taken away by it: it is a copy under a key of its own, which no digest counts and nobody grows, proven
 * against the root that the roster names. It decides nothing about which branch is right. DESIGN D8, PROTOCOL.md section 9. */
#include "proto/core_intake.h"

#include <stdlib.h>
#include <string.h>

#include "proto/broken.h"

#define AGAIN_MS 1000 /* nobody had it: one of them may be about to fetch it himself */
#define AGAIN_MS_MAX 3600000

static struct branch *branch_find(const struct core *core, const struct key *log)
{
	for (size_t i = 0; i < core->branch_count; i++)
		if (key_equal(&core->branches[i].named.log, log))
			return &core->branches[i];
	return NULL;
}

/* The last one counts. */
static const struct ruling *named(const struct core *core, const struct key *log)
{
	const struct ruling *found = NULL;

	for (size_t i = 0; i < roster_ruling_count(core->roster); i++) {
		const struct ruling *ruling = roster_ruling_at(core->roster, i);
		if (ruling->type == RULING_NAME_BRANCH && key_equal(&ruling->log, log))
			found = ruling;
	}
	return found;
}

/* Under which its copy is stored: nobody can sign with it. */
static void copy_key(struct key *out, const struct checkpoint *named)
{
	struct writer w = {0};
	struct hash hash;

	writer_bytes(&w, BYTES_STR("open-communes branch v1\n"));
	writer_put(&w, named->log.b, KEY_SIZE);
	writer_u64(&w, named->size);
	writer_put(&w, named->root.b, HASH_SIZE);
	seal_sha256(&hash, writer_view(&w));
	memcpy(out->b, hash.b, KEY_SIZE);
	writer_release(&w);
}

/* --- what is to be held ------------------------------------------------------------------------- */

static void put_state(const struct log *copy, struct writer *ops)
{
	struct change_state op = {.key = copy->open.key, .state = (uint8_t)copy->state};

	memcpy(op.cut_root.b, copy->copy_of.b, KEY_SIZE);
	change_put_state(ops, &op);
}

/* Of several copies of one log the roster has named one last. */
static void name_copies(struct core *core, const struct branch *branch)
{
	struct writer ops = {0};

	for (size_t i = 0; i < core->heads.count; i++) {
		struct log *log = heads_at(&core->heads, i);
		bool stays = key_equal(&log->open.key, &branch->copy);
		if (!log->is_copy || !key_equal(&log->copy_of, &branch->named.log) ||
		    log->stored == 0 || stays == (log->state == LOG_STAYS))
			continue;
		log->state = stays ? LOG_STAYS : LOG_ASIDE;
		core_mark(core, MARK_BRANCH_RENAMED);
		put_state(log, &ops);
	}
	if (ops.size)
		core_change(core, FLIGHT_NOTE, &ops);
	writer_release(&ops);
}

static void branch_wait(const struct core *core, struct branch *branch)
{
	branch->wait_ms = branch->wait_ms ? 2 * branch->wait_ms : AGAIN_MS;
	if (branch->wait_ms > AGAIN_MS_MAX)
		branch->wait_ms = AGAIN_MS_MAX;
	branch->again_ms = core->now.steady_ms + branch->wait_ms;
}

static void branch_look(struct core *core, struct branch *branch, const struct log *main)
{
	const struct log *copy = heads_find(&core->heads, &branch->copy);
	struct asked *asked;

	branch->phase = BRANCH_WANTED;
	if (copy && copy->head.size == branch->named.size) {
		branch->phase = BRANCH_HELD;
	} else if (main->stored >= branch->named.size) {
		asked = core_read(core, READ_ROOT, 0, &branch->named.log, 0, branch->named.size, 0);
		if (!asked)
			return;
		asked->is_of_branch = true;
		branch->phase = BRANCH_READING;
	}
}

void branch_root_read(struct core *core, const struct asked *asked, enum err err, struct bytes root)
{
	struct branch *branch = branch_find(core, &asked->key);

	if (!branch || branch->phase != BRANCH_READING || asked->size != branch->named.size)
		return;
	if (err && err != ERR_UNKNOWN && err != ERR_ROT) { /* nobody else may have it */
		branch_wait(core, branch);
		return;
	}
	branch->phase = !err && root.size == HASH_SIZE &&
				memcmp(root.data, branch->named.root.b, HASH_SIZE) == 0
			    ? BRANCH_HELD
			    : BRANCH_WANTED;
	if (branch->phase == BRANCH_HELD)
		core_mark(core, MARK_BRANCH_HELD);
	branch_pump(core);
}

static void branch_judge_one(struct core *core, const struct ruling *ruling, const struct log *main)
{
	struct branch *branch = branch_find(core, &ruling->log);

	if (branch && branch->named.size == ruling->index &&
	    hash_equal(&branch->named.root, &ruling->leaf))
		return;
	if (!branch) {
		struct branch *more =
		    realloc(core->branches, (core->branch_count + 1) * sizeof(*more));
		if (!more)
			return; /* the next entry of the roster looks again */
		core->branches = more;
		branch = &more[core->branch_count++];
	}
	*branch = (struct branch){
	    .named = {.log = ruling->log, .size = ruling->index, .root = ruling->leaf}};
	copy_key(&branch->copy, &branch->named);
	name_copies(core, branch);
	branch_look(core, branch, main);
}

void branch_judge(struct core *core)
{
	for (size_t i = 0; core->is_started && i < roster_ruling_count(core->roster); i++) {
		const struct ruling *ruling = roster_ruling_at(core->roster, i);
		const struct log *log = ruling->type == RULING_NAME_BRANCH
					    ? heads_find(&core->heads, &ruling->log)
					    : NULL;
		if (log && log->state == LOG_FROZEN && ruling->index > 0 &&
		    named(core, &ruling->log) == ruling)
			branch_judge_one(core, ruling, log);
	}
	branch_pump(core);
}

bool branch_is_awaited(const struct core *core, const struct key *log)
{
	const struct branch *branch = branch_find(core, log);

	return branch && branch->phase != BRANCH_HELD;
}

void branch_recalled(struct core *core, bool is_known)
{
	for (size_t i = 0; i < core->branch_count; i++) {
		struct branch *branch = &core->branches[i];
		branch->is_recalled |= is_known;
		if (!branch->is_recalled && !branch->again_ms)
			branch->again_ms = core->now.steady_ms + AGAIN_MS;
	}
	if (is_known)
		branch_pump(core);
}

void branch_release(struct core *core)
{
	free(core->branches);
	core->branches = NULL;
	core->branch_count = 0;
}

/* --- asking for it ------------------------------------------------------------------------------ */

static bool was_tried(const struct branch *branch, uint64_t conn)
{
	for (unsigned i = 0; i < BRANCH_TRIES_MAX; i++)
		if (branch->tried[i] == conn)
			return true;
	return false;
}

static bool is_asked(struct core *core, const struct branch *branch)
{
	struct session *s = session_find(core, branch->conn);

	return s && s->phase == SESSION_RUNNING && want_find(s, &branch->named.log);
}

/* At first those who hold the same, as they know of the entry too. One may differ all day long: later everybody is asked. */
static bool is_to_be_asked(
    const struct branch *branch, const struct session *s, const struct hash *digest)
{
	return s->role == ROLE_MEMBER && s->phase == SESSION_RUNNING && s->in_step &&
	       !was_tried(branch, s->conn) &&
	       (branch->is_late || (s->has_digest_peer && hash_equal(&s->digest_peer, digest)));
}

/* Whoever does not have it says so with an empty BATCH. */
static bool branch_ask(struct core *core, struct branch *branch)
{
	const struct log *copy = heads_find(&core->heads, &branch->copy);
	struct want want = {.target = branch->named, .is_branch = true};
	struct frontier at = {0};
	struct hash digest;

	heads_digest(&core->heads, core->roster_log, &digest);
	if (copy)
		log_frontier(copy, &at);
	want.from = at.size;
	for (size_t i = 0; i < core->session_count; i++) {
		struct session *s = core->sessions[i];
		if (!is_to_be_asked(branch, s, &digest) || !plan_rot(core, s, &want))
			continue;
		if (want.from)
			core_mark(core, MARK_BRANCH_MIDWAY);
		branch->conn = s->conn;
		branch->tried[branch->tried_next] = s->conn;
		branch->tried_next = (branch->tried_next + 1) % BRANCH_TRIES_MAX;
		return true;
	}
	return false;
}

void branch_pump(struct core *core)
{
	bool is_unknown = false;

	for (size_t i = 0; i < core->branch_count; i++) {
		struct branch *branch = &core->branches[i];
		const struct log *copy = heads_find(&core->heads, &branch->copy);
		if (branch->phase == BRANCH_WANTED && !branch->is_recalled) {
			is_unknown |= !branch->again_ms;
			continue;
		}
		if (branch->phase != BRANCH_WANTED || is_asked(core, branch) ||
		    (copy && copy->in_flight) || branch_ask(core, branch) || branch->again_ms)
			continue;
		branch->is_late = false;
		branch_wait(core, branch);
	}
	if (is_unknown && !core->recall.is_reading)
		recall_begin(core);
}

void branch_tick(struct core *core)
{
	bool is_due = false;

	for (size_t i = 0; i < core->branch_count; i++) {
		struct branch *branch = &core->branches[i];
		if (!branch->again_ms || branch->again_ms > core->now.steady_ms)
			continue;
		branch->again_ms = 0;
		if (branch->phase == BRANCH_READING)
			branch_look(core, branch, heads_find(&core->heads, &branch->named.log));
		if (branch->phase != BRANCH_WANTED)
			continue;
		branch->is_late = true;
		core_mark(core, MARK_BRANCH_LATE);
		memset(branch->tried, 0, sizeof(branch->tried));
		is_due = true;
	}
	if (is_due)
		branch_pump(core);
}

int64_t branch_deadline(const struct core *core)
{
	int64_t deadline = INT64_MAX;

	for (size_t i = 0; i < core->branch_count; i++)
		if (core->branches[i].phase != BRANCH_HELD && core->branches[i].again_ms &&
		    core->branches[i].again_ms < deadline)
			deadline = core->branches[i].again_ms;
	return deadline;
}

/* --- records of it ------------------------------------------------------------------------------ */

static struct log *copy_begin(struct core *core, const struct branch *branch, struct writer *ops)
{
	struct log *copy = heads_find(&core->heads, &branch->copy);
	const struct log *main = heads_find(&core->heads, &branch->named.log);
	struct change_log open = main->open;

	open.key = branch->copy;
	if (!copy && (copy = heads_add(&core->heads, &open))) {
		copy->is_copy = true;
		copy->copy_of = branch->named.log;
		copy->state = LOG_STAYS;
		core->copy_count++;
	}
	if (copy && copy->stored == 0) {
		change_put_log(ops, &open);
		put_state(copy, ops);
	}
	return copy;
}

static enum err copy_store(
    struct core *core, const struct branch *branch, struct intake *in, uint32_t count)
{
	struct checkpoint head = branch->named;
	struct writer ops = {0};
	struct log *copy = copy_begin(core, branch, &ops);
	enum err err = copy ? log_advance(copy, &in->frontier) : ERR_MEMORY;
	struct flight *f;

	if (err) {
		writer_release(&ops);
		return err;
	}
	head.log = branch->copy;
	change_put_append(&ops, &(struct change_append){.key = branch->copy,
				    .from = in->from,
				    .count = count,
				    .frontier = in->frontier,
				    .nodes = in->nodes,
				    .node_count = in->node_count,
				    .body = in->records});
	intake_put_erasures(in, &ops);
	if (in->frontier.size == head.size)
		change_put_head(&ops, &head);
	if (!(f = core_change(core, FLIGHT_BRANCH, &ops))) {
		log_settle(copy, NULL, false);
		return ERR_MEMORY;
	}
	f->log = copy;
	f->erasures = in->erasures;
	memset(&in->erasures, 0, sizeof(in->erasures));
	f->frontier = in->frontier;
	f->has_head = in->frontier.size == head.size;
	f->head = head;
	return ERR_NONE;
}

static enum err take_proven(
    struct core *core, struct branch *branch, const struct batch *b, struct bytes records)
{
	const struct log *copy = heads_find(&core->heads, &branch->copy);
	struct intake in = {.key = branch->copy,
	    .is_branch = true,
	    .has_memory = true,
	    .target = &branch->named,
	    .from = b->from,
	    .records = records};
	struct hash root;
	enum err err;

	if (copy)
		log_frontier(copy, &in.frontier);
	err = in.frontier.size == b->from ? intake_take(core, &in, b->count) : ERR_STATE;
	frontier_root(&in.frontier, &root);
	if (!err && !BROKEN_BRANCH_UNPROVEN)
		err = tree_consistency_verify(in.frontier.size, &root, branch->named.size,
		    &branch->named.root, b->proof, b->proof_count);
	if (!err &&
	    (in.has_claims || in.erasures.size || erased_concerns(core, &branch->named.log))) {
		writer_bytes(&in.checked, records);
		err = in.checked.err ? in.checked.err
				     : erased_filter(core, &branch->named.log, b->from,
					   writer_view(&in.erasures), &in.checked);
		in.records = writer_view(&in.checked);
	}
	if (!err)
		err = copy_store(core, branch, &in, b->count);
	intake_release(&in);
	return err;
}

enum err branch_take(struct core *core, struct session *s, struct want *want, const struct batch *b,
    struct bytes records)
{
	struct branch *branch = branch_find(core, &want->target.log);
	bool is_last = b->count == 0 || b->from + b->count == b->size;
	enum err err;

	if (!branch || branch->phase != BRANCH_WANTED || branch->named.size != b->size ||
	    !hash_equal(&branch->named.root, &want->target.root))
		want->is_skipped = true; /* another one was named meanwhile */
	if (b->count && !want->is_skipped && (err = take_proven(core, branch, b, records))) {
		core_mark(core, MARK_BRANCH_UNPROVEN);
		return err;
	}
	want->from += b->count;
	if (is_last) {
		want_remove(core, s, want);
		branch_pump(core);
	}
	return ERR_NONE;
}

void branch_done(struct core *core, struct flight *f, enum err err)
{
	struct log *copy = f->log;
	struct branch *branch = branch_find(core, &copy->copy_of);
	enum err settled = log_settle(copy, &f->frontier, err == ERR_NONE);

	if (err)
		core_mark(core, MARK_BRANCH_FAILED);
	for (size_t i = 0; err && i < core->session_count; i++) {
		struct want *want = want_find(core->sessions[i], &copy->copy_of);
		if (want && want->is_branch)
			want->is_skipped = true;
	}
	if (err || settled || !f->has_head) {
		if (!err && !settled)
			erased_landed(core, f);
		branch_pump(core);
		return;
	}
	copy->head = f->head;
	if (branch && key_equal(&branch->copy, &copy->open.key))
		branch->phase = BRANCH_HELD;
	erased_landed(core, f);
	core_mark(core, MARK_BRANCH_FETCHED);
	core_say(core, false, "the branch of log %u of %s that stays is here", copy->open.number,
	    copy->open.member);
}

/* --- asked by a peer ---------------------------------------------------------------------------- */

uint64_t branch_reach(const struct core *core, const struct log *log)
{
	const struct branch *branch = branch_find(core, &log->open.key);
	const struct log *copy = branch ? heads_find(&core->heads, &branch->copy) : NULL;

	if (!branch || branch->phase != BRANCH_HELD || (copy && copy->head.size))
		return 0;
	return branch->named.size;
}

/* A part of it too: who asks for what rotted asks for whole blocks. */
bool branch_serves(
    const struct core *core, const struct key *log, uint64_t size, struct key *stored)
{
	const struct branch *branch = branch_find(core, log);
	const struct log *copy;

	if (!branch || branch->phase != BRANCH_HELD || branch->named.size < size)
		return false;
	copy = heads_find(&core->heads, &branch->copy);
	if (!copy || copy->head.size != branch->named.size)
		return true;
	core_mark(core, MARK_BRANCH_SERVED);
	*stored = branch->copy;
	return true;
}

bool core_holds_named(const struct core *core, const struct key *log)
{
	const struct branch *branch = branch_find(core, log);

	return branch && branch->phase == BRANCH_HELD;
}
