/* The invariants that are looked at when things are quiet: do all nodes agree, and is everything there that was promised. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/judge.h"
#include "tests/sim/erasing.h"
#include "tests/sim/faults.h"
#include "tests/sim/naming.h"
#include "tests/sim/world.h"

/* A keeper that is heard of no more, and whom it admitted without telling anybody; or of whom two rosters say two things. */
bool judge_is_gone(const struct world *w, unsigned at)
{
	const struct standing_of *s = &w->people.standing[at];
	uint64_t size;

	if (judge_roster_parted(w, &size))
		return s->admitted_at > size || s->removed_at > size ||
		       (at && at == w->people.thief && w->people.rotated_at > size);
	return (w->people.is_keeper_gone || w->params.strengths[FAULT_TWO_ROSTERS]) &&
	       (at == KEEPER || s->admitted_at > people_roster_size(w));
}

bool judge_belongs(const struct world *w, unsigned at)
{
	const struct standing_of *s = &w->people.standing[at];

	/* Who was removed with an open log may go on with it. */
	return s->admitted_at && !judge_is_gone(w, at) && !s->is_cut && !w->nodes[at].is_hostile;
}

/* --- payloads -------------------------------------------------------------------------------- */

static uint8_t state_of(const struct model_log *log, uint64_t index)
{
	const struct blob *b = log->records[index].blob;

	return b->data[b->header_size];
}

/* Somebody who means no harm has it, and gives it to whoever asks. */
static bool is_payload_known(
    const struct world *w, unsigned at, const struct key *key, uint64_t index)
{
	for (unsigned i = 0; i < w->node_count; i++) {
		const struct model_log *log = model_log(&w->nodes[i].model, key);
		if (i != at && judge_belongs(w, i) && log && index < model_served(log) &&
		    log->state != LOG_FROZEN && state_of(log, index) == RECORD_PRESENT)
			return true;
	}
	return false;
}

/* Nobody serves what belongs to nobody any more. */
static bool is_out(const struct world *w, const struct key *log)
{
	for (unsigned i = 0; i < w->node_count; i++)
		if (w->nodes[i].self == i && key_equal(&w->nodes[i].log, log))
			return !people_is_admitted(w, i, people_roster_size(w));
	return false;
}

static bool lacks_payload(const struct world *w, const struct node *node)
{
	for (size_t l = 0; w->judge.has_hostiles && l < node->model.log_count; l++) {
		const struct model_log *log = &node->model.logs[l];
		if (log->state == LOG_FROZEN || naming_of_copy(w, &log->open.key) ||
		    is_out(w, &log->open.key))
			continue;
		for (uint64_t i = 0; i < log->head.size; i++)
			if (state_of(log, i) == RECORD_NOT_HELD &&
			    is_payload_known(w, node->at, &log->open.key, i))
				return true;
	}
	return false;
}

/* --- forks ----------------------------------------------------------------------------------- */

static const struct model_log *honest_log(const struct world *w, unsigned holder, unsigned owner)
{
	const struct model_log *log = model_log(&w->nodes[holder].model, &w->nodes[owner].log);

	return judge_belongs(w, holder) && holder != owner && log && log->head.size ? log : NULL;
}

/* Two who mean no harm hold heads of two histories, or a proof that there are two. */
static bool is_fork_seen(const struct world *w, unsigned owner)
{
	const struct model_log *first = NULL;

	for (unsigned i = 0; i < w->node_count; i++) {
		const struct model_log *log = honest_log(w, i, owner);
		uint64_t size = first && log && first->head.size < log->head.size ? first->head.size
				: log						  ? log->head.size
										  : 0;
		if (log && log->state == LOG_FROZEN)
			return true;
		for (uint64_t k = 0; first && k < size; k++)
			if (!hash_equal(&first->records[k].leaf, &log->records[k].leaf))
				return true;
		first = first ? first : log;
	}
	return false;
}

static bool is_thawed(const struct world *w, const struct node *node, unsigned owner)
{
	const struct model_log *log = honest_log(w, node->at, owner);

	return judge_is_forked(w, owner) && log && log->state != LOG_FROZEN &&
	       !w->people.standing[owner].is_cut && is_fork_seen(w, owner);
}

/* --- agreement ------------------------------------------------------------------------------- */

static bool has_tail(const struct node *node)
{
	const struct model_log *own = model_log(&node->model, &node->log);

	return own && own->count > own->head.size;
}

static bool has_two_rosters(const struct world *w)
{
	uint64_t size;

	return judge_roster_parted(w, &size);
}

static const struct model_log *agreeing_roster(const struct world *w, unsigned at)
{
	return judge_must_agree(w, at) ? model_roster(&w->nodes[at].model) : NULL;
}

/* Two who mean well hold heads of two rosters, or a proof that there are two. */
static bool are_both_rosters_seen(const struct world *w)
{
	uint64_t parted = w->judge.chains[w->node_count].branches[0].index, seen = 0;

	for (unsigned i = 0; i < w->node_count; i++) {
		const struct model_log *log = agreeing_roster(w, i);
		if (log && log->state == LOG_FROZEN)
			return true;
		if (log && log->head.size > parted)
			seen |= hash_equal(&log->records[parted].leaf, &w->people.entries[parted])
				    ? 1
				    : 2;
	}
	return seen == 3;
}

static bool is_roster_settled(
    const struct world *w, const struct node *node, char *reason, size_t room)
{
	const struct model_log *log = model_roster(&node->model);

	if ((log && log->state == LOG_FROZEN) || !are_both_rosters_seen(w))
		return true;
	snprintf(reason, room, "n%u has not frozen the roster", node->at);
	return false;
}

/* Whether this promise still binds: not when the last disk with it was rolled back by us, when its
 * log was forked, was cut before it, or never belonged to the network. */
static bool binds(const struct world *w, const struct writ *writ)
{
	const struct standing_of *s = &w->people.standing[writ->node];
	bool is_past = s->is_cut && (writ->state == WRIT_DRAFT || writ->index >= s->cut_size);

	if (w->nodes[writ->node].is_hostile || judge_is_gone(w, writ->node))
		return false;
	return (writ->state == WRIT_SIGNED || writ->state == WRIT_DRAFT) && !writ->is_excused &&
	       !writ->is_erased && !judge_is_forked(w, writ->node) && s->admitted_at && !is_past;
}

/* Acknowledged and not signed yet, since a crash: whoever asks first has not been answered. */
static bool owes_tail(const struct world *w, const struct node *node)
{
	const struct model_log *own = model_log(&node->model, &node->log);

	for (uint64_t i = 0; node->is_listening && own && i < w->people.writ_count; i++) {
		const struct writ *writ = &w->people.writs[i];
		if (writ->node == node->at && writ->state == WRIT_SIGNED && binds(w, writ) &&
		    writ->index >= own->head.size && writ->index < own->count)
			return true;
	}
	return false;
}

static bool is_settled(const struct world *w, struct node *node, char *reason, size_t room)
{
	struct core_status status;

	if (!node->core || !disk_is_idle(&node->disk)) {
		snprintf(reason, room, "n%u is busy", node->at);
		return false;
	}
	core_status(node->core, &status);
	if (status.drafts && status.state == NODE_READY && status.is_admitted) {
		snprintf(reason, room, "n%u has %llu drafts and may sign", node->at,
		    (unsigned long long)status.drafts);
		return false;
	}
	if ((has_tail(node) && status.state == NODE_READY && status.is_admitted) ||
	    owes_tail(w, node)) {
		snprintf(reason, room, "n%u has records that it may sign", node->at);
		return false;
	}
	if (faults_is_rotten(node)) {
		snprintf(reason, room, "n%u holds rotten records", node->at);
		return false;
	}
	for (unsigned i = 0; i < w->node_count; i++)
		if (is_thawed(w, node, i)) {
			snprintf(reason, room, "n%u has not frozen the log of n%u", node->at, i);
			return false;
		}
	if (lacks_payload(w, node)) {
		snprintf(reason, room, "n%u lacks a payload that others have", node->at);
		return false;
	}
	if (has_two_rosters(w))
		return is_roster_settled(w, node, reason, room);
	const char *owed = naming_owed(w, node);
	if (owed) {
		snprintf(reason, room, "n%u %s", node->at, owed);
		return false;
	}
	if (status.roster_size != people_roster_size(w)) {
		snprintf(reason, room, "n%u has %llu of %llu roster entries", node->at,
		    (unsigned long long)status.roster_size,
		    (unsigned long long)people_roster_size(w));
		return false;
	}
	return true;
}

/* Put back from before it knew anybody, it wrote records before it was told better. They were never signed, but they lie
 * where its own signed ones would have to come. */
static bool has_lost_its_place(const struct world *w, unsigned at)
{
	const struct chain *chain = &w->judge.chains[at];
	const struct model_log *log = model_log(&w->nodes[at].model, &chain->key);

	for (size_t i = 0; w->nodes[at].was_rolled && log && i < log->count && i < chain->count;
	     i++)
		if (!hash_equal(&chain->leaves[i], &log->records[i].leaf))
			return true;
	return false;
}

/* Who has to agree: a node whose own log was forked is met by nobody. */
bool judge_must_agree(const struct world *w, unsigned at)
{
	return judge_belongs(w, at) && !judge_is_forked(w, at) && !has_lost_its_place(w, at);
}

static bool holds_evidence(const struct world *w, unsigned at, unsigned owner)
{
	const struct model_log *log = model_log(&w->nodes[at].model, &w->nodes[owner].log);

	return log && log->state == LOG_FROZEN;
}

/* Who can prove that a key signed twice has told everybody. */
static bool is_fork_known(const struct world *w, unsigned owner, char *reason, size_t room)
{
	unsigned knows = w->node_count;

	for (unsigned i = 0; i < w->node_count; i++)
		if (judge_must_agree(w, i) && holds_evidence(w, i, owner))
			knows = i;
	if (knows == w->node_count || !people_is_admitted(w, owner, people_roster_size(w)))
		return true;
	for (unsigned i = 0; i < w->node_count; i++) {
		if (!judge_must_agree(w, i) || holds_evidence(w, i, owner))
			continue;
		snprintf(
		    reason, room, "n%u does not know what n%u can prove of n%u", i, knows, owner);
		return false;
	}
	return true;
}

/* The keeper has to ask before it signs and not enough of those who would answer are members: it waits, for ever if need be
 * (DESIGN D7), and nobody is admitted. */
static bool is_keeper_alone(const struct world *w)
{
	unsigned others = 0;

	for (unsigned i = 1; i < w->node_count; i++)
		others += judge_must_agree(w, i);
	return w->people.is_keeper_gone || (w->nodes[KEEPER].is_listening && others < 2);
}

/* Asked last, as all that lies on the disks is read for it. */
static bool is_erasing_done(const struct world *w, char *reason, size_t room)
{
	unsigned owner;
	uint64_t index;

	for (unsigned i = 0; w->has_erasures && i < w->node_count; i++) {
		if (!judge_must_agree(w, i) || !erasing_is_owed(w, &w->nodes[i], &owner, &index))
			continue;
		snprintf(reason, room, "n%u keeps record %llu of n%u, which was erased", i,
		    (unsigned long long)index, owner);
		return false;
	}
	return true;
}

bool judge_is_converged(struct world *w, char *reason, size_t room)
{
	struct hash first = {0}, digest;
	struct core_status status;
	unsigned who = 0;
	bool has_first = false;

	for (unsigned i = 0; i < w->node_count; i++) {
		if (node_is_member(&w->nodes[i]) && !w->people.standing[i].admitted_at &&
		    !w->params.strengths[FAULT_TWO_ROSTERS] && !is_keeper_alone(w)) {
			snprintf(reason, room, "n%u is not admitted yet", i);
			return false;
		}
		if (!judge_must_agree(w, i))
			continue;
		if (!is_settled(w, &w->nodes[i], reason, room))
			return false;
		judge_digest(w, &w->nodes[i], w->judge.has_fork, &digest);
		core_status(w->nodes[i].core, &status);
		if (!w->judge.has_fork)
			digest = status.digest;
		if (has_first && !hash_equal(&first, &digest)) {
			snprintf(reason, room, "n%u and n%u have other digests", who, i);
			return false;
		}
		if (!has_first)
			who = i;
		first = digest;
		has_first = true;
	}
	for (unsigned i = 0; w->judge.has_fork && i < w->node_count; i++)
		if (!is_fork_known(w, i, reason, room))
			return false;
	for (const struct request *q = w->people.requests; q; q = q->next) {
		if (!judge_must_agree(w, q->node))
			continue;
		snprintf(reason, room, "request %llu at n%u is not answered",
		    (unsigned long long)q->id, q->node);
		return false;
	}
	if (naming_is_due(w)) {
		snprintf(reason, room, "no coordinator has named a branch yet");
		return false;
	}
	return is_erasing_done(w, reason, room);
}

/* --- promises -------------------------------------------------------------------------------- */

static void count_up(uint8_t *count)
{
	*count = *count < UINT8_MAX ? (uint8_t)(*count + 1) : *count;
}

/* Records that are a log's for good: under its head, or under its cut. */
static uint64_t vouched(const struct world *w, const struct model_log *log)
{
	for (unsigned i = 0; i < w->node_count; i++) {
		const struct standing_of *s = &w->people.standing[i];
		if (key_equal(&w->nodes[i].log, &log->open.key) && s->is_cut &&
		    log->count >= s->cut_size && log->head.size < s->cut_size)
			return s->cut_size;
	}
	return log->head.size;
}

void judge_count_signed(const struct world *w, const struct model *model, uint8_t *counts)
{
	for (size_t l = 0; l < model->log_count; l++) {
		const struct model_log *log = &model->logs[l];
		uint64_t end = vouched(w, log), writ;
		struct record record;
		for (uint64_t i = 1; log->open.number > 0 && i < end; i++)
			if (model_record(log, i, &record) && record.state == RECORD_PRESENT &&
			    people_read_writ(record.payload, &writ) &&
			    writ < w->people.writ_count && record_check(&record) == ERR_NONE)
				count_up(&counts[writ]);
	}
}

void judge_count_drafts(const struct world *w, const struct model *model, uint8_t *counts)
{
	const struct model_rows *rows = &model->tables[MODEL_DRAFTS];

	for (size_t i = 0; i < rows->count; i++) {
		struct change op;
		struct reader r;
		uint64_t writ;
		reader_init(&r, writer_view(&rows->rows[i].raw));
		if (change_next(&op, &r) && people_read_writ(op.draft.payload, &writ) &&
		    writ < w->people.writ_count)
			count_up(&counts[writ]);
	}
}

static void check_promises(struct world *w, const struct node *node)
{
	uint8_t *counts = calloc(w->people.writ_count + 1, 1);

	if (!counts)
		return;
	judge_count_signed(w, &node->model, counts);
	for (uint64_t i = 0; i < w->people.writ_count; i++) {
		const struct writ *writ = &w->people.writs[i];
		if (!binds(w, writ))
			continue;
		if (counts[i] == 0 && writ->state == WRIT_SIGNED)
			world_fail(w, "lost", "record %llu of n%u was acknowledged, n%u has it not",
			    (unsigned long long)writ->index, writ->node, node->at);
		if (counts[i] > 1 && !w->judge.was_restored)
			world_fail(w, "lost", "record %llu of n%u is there %u times",
			    (unsigned long long)writ->index, writ->node, counts[i]);
	}
	free(counts);
}

void judge_count_tail(
    const struct world *w, const struct model *model, const struct key *own, uint8_t *counts)
{
	const struct model_log *log = model_log(model, own);
	struct record record;
	uint64_t writ;

	for (uint64_t i = log ? log->head.size : 0; log && i < log->count; i++)
		if (model_record(log, i, &record) && people_read_writ(record.payload, &writ) &&
		    writ < w->people.writ_count)
			count_up(&counts[writ]);
}

/* A draft is still one, or was signed. */
static void check_drafts(struct world *w, const struct node *author)
{
	uint8_t *counts = calloc(w->people.writ_count + 1, 1);

	if (!counts)
		return;
	judge_count_signed(w, &author->model, counts);
	judge_count_drafts(w, &author->model, counts);
	/* Whoever opens the next log there has to publish the tail anew; what was signed before the disk was put back is
	 * with others, and cannot come home. */
	if (has_lost_its_place(w, author->at) || author->twin != author->at ||
	    author->was_miswritten) {
		judge_count_tail(w, &author->model, &author->log, counts);
		for (unsigned i = 0; i < w->node_count; i++)
			if (judge_belongs(w, i))
				judge_count_signed(w, &w->nodes[i].model, counts);
	}
	for (uint64_t i = 0; i < w->people.writ_count; i++) {
		const struct writ *writ = &w->people.writs[i];
		if (writ->node == author->at && writ->state == WRIT_DRAFT && binds(w, writ) &&
		    counts[i] == 0)
			world_fail(
			    w, "lost", "a draft of n%u was acknowledged and is gone", author->at);
	}
	free(counts);
}

/* Trees, heads and payloads of a disk are whole. */
static void check_disk(struct world *w, const struct node *node)
{
	for (size_t l = 0; l < node->model.log_count; l++) {
		const struct model_log *log = &node->model.logs[l];
		struct hash root;
		if (log->head.size == 0)
			continue;
		model_root(log, log->head.size, &root);
		if (!hash_equal(&root, &log->head.root) ||
		    (!naming_of_copy(w, &log->open.key) &&
			checkpoint_verify(&log->head, &w->network)))
			world_fail(
			    w, "authentic", "n%u: a stored head is not its tree's", node->at);
	}
}

/* What became of those whom the keeper told less than there is. */
static void see_kept(struct world *w)
{
	for (unsigned i = 0; i < w->node_count; i++) {
		const struct model_log *log = model_roster(&w->nodes[i].model);
		w->deeds[DEED_KEPT_IN_VAIN] +=
		    (w->people.kept_from >> i & 1) && log && log->head.size > w->people.kept_size;
	}
}

static void see_rosters(struct world *w)
{
	w->deeds[DEED_BRANCHED] += has_two_rosters(w);
	for (unsigned i = 0; i < w->node_count; i++) {
		const struct model_log *log = agreeing_roster(w, i);
		w->deeds[DEED_ROSTER_FROZEN] += log && log->state == LOG_FROZEN;
	}
}

void judge_final(struct world *w)
{
	see_kept(w);
	see_rosters(w);
	for (unsigned i = 0; i < w->node_count; i++) {
		check_disk(w, &w->nodes[i]);
		naming_check_disk(w, &w->nodes[i]);
		if (judge_must_agree(w, i)) {
			judge_check_digest(w, &w->nodes[i]);
			check_promises(w, &w->nodes[i]);
		}
		check_drafts(w, &w->nodes[i]);
	}
}

/* --- for people ------------------------------------------------------------------------------ */

/* member:head, and where they differ /stored of the core and +stored of the disk. */
static void explain_logs(const struct node *node)
{
	struct log_info info;

	printf("   ");
	for (size_t i = 0; core_log(node->core, i, &info); i++) {
		const struct model_log *log = model_log(&node->model, &info.key);
		printf(" %s:%llu", info.member, (unsigned long long)info.head.size);
		if (info.stored != info.head.size)
			printf("/%llu", (unsigned long long)info.stored);
		if (!log || log->count != info.stored)
			printf("+%llu", (unsigned long long)(log ? log->count : 0));
		for (size_t k = 0; log && k < log->count; k++)
			if (log->records[k].is_rotten)
				printf(" rot at %zu", k);
		printf("%s%s%s", info.is_admissible ? "" : " out",
		    info.state == LOG_FROZEN ? " frozen" : "", info.cut.is_cut ? " cut" : "");
	}
	printf("\n");
}

static void explain_node(const struct world *w, const struct node *node)
{
	struct core_status status;
	struct peer_info peer;

	if (!node->core) {
		printf("n%u is down\n", node->at);
		return;
	}
	core_status(node->core, &status);
	printf("n%u %s, log %llu, roster %llu, %llu drafts, state %d%s%s%s\n", node->at, node->code,
	    (unsigned long long)status.size, (unsigned long long)status.roster_size,
	    (unsigned long long)status.drafts, (int)status.state,
	    status.is_admitted ? "" : ", not in", judge_is_forked(w, node->at) ? ", forked" : "",
	    node->is_listening ? ", listening" : "");
	explain_logs(node);
	for (size_t i = 0; core_peer(node->core, i, &peer); i++) {
		const char *host = strchr(peer.address, '@');
		printf("    %s %s %s%s%s%s\n", host ? host + 1 : peer.address, peer.member,
		    peer.is_connected ? "connected" : peer.reason, peer.is_guest ? ", guest" : "",
		    peer.behind ? ", behind" : "", peer.ahead ? ", ahead" : "");
	}
}

void judge_explain(const struct world *w)
{
	for (unsigned i = 0; i < w->node_count; i++)
		explain_node(w, &w->nodes[i]);
}
