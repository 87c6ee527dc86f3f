/* The invariants that are looked at while things happen: what is signed, stored and acknowledged. */
#include "tests/sim/judge.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/erasing.h"
#include "tests/sim/naming.h"
#include "tests/sim/world.h"

void judge_init(struct world *w)
{
	struct judge *j = &w->judge;

	j->chain_count = w->node_count + 1;
	j->chains = calloc(j->chain_count, sizeof(*j->chains));
	assert(j->chains);
	for (unsigned i = 0; i < w->node_count; i++) {
		j->chains[i].key = w->nodes[i].log;
		j->chains[i].owner = i;
		j->has_hostiles |= w->nodes[i].is_hostile;
	}
	j->chains[w->node_count].key = w->people.roster_log;
	j->chains[w->node_count].owner = KEEPER;
	j->chains[w->node_count].is_roster = true;
}

void judge_release(struct world *w)
{
	for (size_t i = 0; i < w->judge.chain_count; i++) {
		free(w->judge.chains[i].leaves);
		free(w->judge.chains[i].heads);
		free(w->judge.chains[i].branches);
	}
	free(w->judge.chains);
	free(w->judge.links);
}

static struct chain *chain_of(const struct world *w, const struct key *key)
{
	for (size_t i = 0; i < w->judge.chain_count; i++)
		if (key_equal(&w->judge.chains[i].key, key))
			return &w->judge.chains[i];
	return NULL;
}

bool judge_is_forked(const struct world *w, unsigned at)
{
	return w->judge.chains[at].is_forked;
}

bool judge_roster_parted(const struct world *w, uint64_t *size)
{
	const struct chain *chain = &w->judge.chains[w->node_count];

	if (!chain->is_forked || !w->params.strengths[FAULT_TWO_ROSTERS])
		return false;
	*size = chain->branches[0].index;
	/* Whoever was behind when it learnt of it stays there: a frozen roster does not grow. */
	for (unsigned i = 0; i < w->node_count; i++) {
		const struct model_log *log = model_roster(&w->nodes[i].model);
		if (node_is_honest(&w->nodes[i]) && log && log->state == LOG_FROZEN &&
		    log->head.size < *size)
			*size = log->head.size;
	}
	return true;
}

uint64_t judge_known(const struct world *w, unsigned holder, unsigned owner)
{
	const struct model_log *log = model_log(&w->nodes[holder].model, &w->nodes[owner].log);

	return log ? log->head.size : 0;
}

/* --- signing --------------------------------------------------------------------------------- */

static struct signed_head *find_head(const struct chain *chain, const struct checkpoint *head)
{
	for (size_t i = chain->head_count; i-- > 0;)
		if (chain->heads[i].head.size == head->size &&
		    hash_equal(&chain->heads[i].head.root, &head->root))
			return &chain->heads[i];
	return NULL;
}

static bool is_signed(const struct chain *chain, uint64_t index, const struct hash *leaf)
{
	if (index < chain->count && hash_equal(&chain->leaves[index], leaf))
		return true;
	for (size_t i = chain->branch_count; i-- > 0;)
		if (chain->branches[i].index == index && hash_equal(&chain->branches[i].leaf, leaf))
			return true;
	return false;
}

/* What the key signed beside its first history. */
static void remember_branch(
    struct chain *chain, const struct model_log *log, uint64_t from, uint64_t size)
{
	for (uint64_t i = from; i < size; i++) {
		if (is_signed(chain, i, &log->records[i].leaf))
			continue;
		if (chain->branch_count == chain->branch_capacity) {
			chain->branch_capacity =
			    chain->branch_capacity ? 2 * chain->branch_capacity : 16;
			chain->branches = realloc(
			    chain->branches, chain->branch_capacity * sizeof(*chain->branches));
			assert(chain->branches);
		}
		chain->branches[chain->branch_count++] =
		    (struct branch_leaf){.index = i, .leaf = log->records[i].leaf};
	}
}

static void check_history(struct world *w, struct node *node, struct chain *chain,
    const struct model_log *log, uint64_t size)
{
	for (uint64_t i = 0; i < size && i < chain->count; i++) {
		if (hash_equal(&chain->leaves[i], &log->records[i].leaf))
			continue;
		trace_note(&w->trace, w->clock.now_us, (int)node->at,
		    "another history from %llu of %zu", (unsigned long long)i, chain->count);
		bool was_forked = chain->is_forked;
		chain->is_forked = w->judge.has_fork = true;
		remember_branch(chain, log, i, size);
		if (!node->may_fork && !was_forked && !node->equivocates)
			world_fail(w, "equivocation",
			    "n%u signed two histories of %s: they part at %llu, %llu and %llu long",
			    node->at, chain->is_roster ? "the roster" : "its log",
			    (unsigned long long)i, (unsigned long long)chain->count,
			    (unsigned long long)size);
		return;
	}
	if (size <= chain->count)
		return;
	if (size > chain->capacity) {
		chain->capacity = 2 * size;
		chain->leaves = realloc(chain->leaves, chain->capacity * sizeof(struct hash));
		assert(chain->leaves);
	}
	for (; chain->count < size; chain->count++)
		chain->leaves[chain->count] = log->records[chain->count].leaf;
}

/* The author's own head is signed, or stored. */
static void register_head(
    struct world *w, struct node *node, struct chain *chain, const struct checkpoint *head)
{
	const struct model_log *log = model_log(&node->model, &head->log);
	struct hash root;

	model_root(log, head->size, &root);
	if (!hash_equal(&root, &head->root) || checkpoint_verify(head, &w->network))
		world_fail(w, "authentic", "n%u stored a head of its own that is not its tree's",
		    node->at);
	if (head->size > chain->locked)
		world_fail(w, "listening", "n%u stored a signature at %llu before its head.lock",
		    node->at, (unsigned long long)head->size);
	if (find_head(chain, head))
		return;
	check_history(w, node, chain, log, head->size);
	if (chain->head_count == chain->head_capacity) {
		chain->head_capacity = chain->head_capacity ? chain->head_capacity * 2 : 16;
		chain->heads = realloc(chain->heads, chain->head_capacity * sizeof(*chain->heads));
		assert(chain->heads);
	}
	chain->heads[chain->head_count++] =
	    (struct signed_head){.head = *head, .is_locked = head->size <= chain->locked};
}

/* Somebody else's copy. */
static void check_head(
    struct world *w, struct node *node, const struct chain *chain, const struct checkpoint *head)
{
	const struct signed_head *found = find_head(chain, head);

	if (!found)
		world_fail(w, "authentic",
		    "n%u stored a head of n%u at %llu that its author never made durable", node->at,
		    chain->owner, (unsigned long long)head->size);
	else if (!found->is_locked || (!chain->is_roster && !chain->was_shown))
		world_fail(w, "authentic",
		    "n%u stored a head of n%u at %llu that was shown before its head.lock was "
		    "durable",
		    node->at, chain->owner, (unsigned long long)head->size);
	else if (memcmp(found->head.sig.b, head->sig.b, SIG_SIZE) != 0)
		world_fail(w, "authentic", "n%u stored another signature of a head", node->at);
}

void judge_locked(struct world *w, struct node *node, const struct change_lock *op)
{
	struct chain *chain = chain_of(w, &op->key);

	(void)node;
	chain->was_shown = chain->was_shown || op->was_shown;
	chain->locked = op->size > chain->locked ? op->size : chain->locked;
	for (size_t i = 0; i < chain->head_count; i++)
		if (chain->heads[i].head.size <= op->size)
			chain->heads[i].is_locked = true;
}

void judge_signed(struct world *w, struct node *node, const struct checkpoint *head)
{
	register_head(w, node, chain_of(w, &head->log), head);
}

void judge_lock_gone(struct world *w, const struct node *node)
{
	struct chain *chain = chain_of(w, &node->log);

	chain->was_shown = true;
	for (size_t i = 0; i < chain->head_count; i++)
		chain->heads[i].is_locked = true;
}

void judge_lock_lost(struct world *w, struct node *node, const struct change_lock *op)
{
	world_fail(w, "listening", "n%u signs a log at %llu that its head.lock does not name",
	    node->at, (unsigned long long)op->size);
}

/* --- storing --------------------------------------------------------------------------------- */

static bool may_hold(struct world *w, struct node *node, const struct chain *chain, uint64_t roster)
{
	if (chain->owner == node->self || chain->is_roster)
		return true;
	if (people_is_admitted(w, chain->owner, people_seen(w, node, roster)))
		return true;
	world_fail(w, "admission",
	    "n%u stores the log of n%u (%s), which %llu roster entries do not admit", node->at,
	    chain->owner, w->nodes[chain->owner].code, (unsigned long long)roster);
	return false;
}

/* Payloads that are there now, gone, or there again. */
static void see_payloads(struct world *w, struct node *node, const struct key *key, uint64_t from,
    uint64_t count, bool is_mended)
{
	const struct model_log *log = model_log(&node->model, key);
	const struct key signed_key = log ? model_signed_key(log) : *key;
	const struct chain *chain = chain_of(w, &signed_key);

	for (uint64_t i = 0; chain && !chain->is_roster && i < count; i++)
		erasing_committed(w, node, chain->owner, log, from + i, is_mended);
}

static void check_append(struct world *w, struct node *node, const struct chain *chain,
    const struct change_append *op, const struct pending *p)
{
	const struct model_log *log = model_log(&node->model, &op->key);
	uint64_t end = op->from + op->count;

	if (!may_hold(w, node, chain, p->roster_size) || chain->owner == node->self)
		return;
	if (!chain->is_roster &&
	    people_is_cut(w, chain->owner, people_seen(w, node, p->roster_head)) &&
	    end > w->people.standing[chain->owner].cut_size)
		world_fail(w, "cut", "n%u takes records of n%u up to %llu, past its cut at %llu",
		    node->at, chain->owner, (unsigned long long)end,
		    (unsigned long long)w->people.standing[chain->owner].cut_size);
	for (uint64_t i = op->from; i < end; i++)
		if (!is_signed(chain, i, &log->records[i].leaf)) {
			world_fail(w, "authentic",
			    "n%u stored record %llu of n%u, which its author did not sign",
			    node->at, (unsigned long long)i, chain->owner);
			return;
		}
}

static void check_log(
    struct world *w, struct node *node, const struct change_log *op, const struct chain *chain)
{
	const struct node *owner = &w->nodes[chain->owner];

	if (chain->is_roster ? op->number != 0
			     : op->number != 1 || strcmp(op->member, owner->code) != 0 ||
				   !key_equal(&op->member_key, &owner->member) ||
				   !key_equal(&op->transport, &owner->transport))
		world_fail(w, "authentic", "n%u opens the log of n%u under another name", node->at,
		    chain->owner);
}

static void see_entries(struct world *w, const struct node *node, const struct change_append *op)
{
	const struct model_log *log = model_log(&node->model, &op->key);
	struct record record;

	for (uint64_t i = op->from; i < op->from + op->count; i++)
		if (model_record(log, i, &record))
			people_entry(w, i, &record);
}

static void check_op(
    struct world *w, struct node *node, const struct change *op, const struct pending *p)
{
	struct chain *chain;

	switch (op->op) {
	case CHANGE_LOG:
		if (!(chain = chain_of(w, &op->log.key)))
			naming_committed(w, node, op, p->roster_size);
		else if (may_hold(w, node, chain, p->roster_size))
			check_log(w, node, &op->log, chain);
		return;
	case CHANGE_APPEND:
		if (!(chain = chain_of(w, &op->append.key)))
			naming_committed(w, node, op, p->roster_size);
		if (!chain) {
			see_payloads(
			    w, node, &op->append.key, op->append.from, op->append.count, false);
			return;
		}
		if (chain->is_roster && node->at == KEEPER)
			see_entries(w, node, &op->append);
		check_append(w, node, chain, &op->append, p);
		see_payloads(w, node, &op->append.key, op->append.from, op->append.count, false);
		return;
	case CHANGE_PAYLOAD:
		see_payloads(w, node, &op->payload.key, op->payload.index, 1, false);
		return;
	case CHANGE_MEND:
		see_payloads(w, node, &op->mend.key, op->mend.from, op->mend.count, true);
		return;
	case CHANGE_HEAD:
		chain = chain_of(w, &op->head.log);
		if (chain && chain->owner == node->self)
			register_head(w, node, chain, &op->head);
		else if (chain)
			check_head(w, node, chain, &op->head);
		else
			naming_committed(w, node, op, p->roster_size);
		judge_cursors_of(w, node);
		return;
	case CHANGE_CURSOR:
		judge_cursor(w, node, &op->cursor.peer);
		return;
	case CHANGE_TREE:
	case CHANGE_LOCK:
	case CHANGE_ADDRESSES:
	case CHANGE_MEMBER:
	case CHANGE_INVITE:
	case CHANGE_REQUEST:
	case CHANGE_DRAFT:
	case CHANGE_STATE:
	case CHANGE_AIM:
	case CHANGE_ERASURE:
	case CHANGE_OP_COUNT:
		return;
	}
}

void judge_committed(struct world *w, struct node *node, const struct pending *p)
{
	struct change op;
	struct reader r;

	reader_init(&r, writer_view(&p->data));
	while (change_next(&op, &r))
		check_op(w, node, &op, p);
}

/* --- listening ------------------------------------------------------------------------------- */

/* Nobody speaks for a member whose logs are all frozen. */
static bool is_mute(const struct node *node, const struct member *m)
{
	bool is_frozen = false;
	struct log_info info;

	for (size_t i = 0; core_log(node->core, i, &info); i++) {
		if (!info.is_admissible || strcmp(info.member, m->code) != 0)
			continue;
		if (info.state != LOG_FROZEN)
			return false;
		is_frozen = true;
	}
	return is_frozen;
}

static unsigned count_others(const struct node *node)
{
	const struct roster *roster = core_roster(node->core);
	struct key log;
	uint64_t size = 0;
	unsigned count = 0;

	core_roster_log(node->core, &log, &size);
	for (size_t i = 0; i < roster_member_count(roster); i++) {
		const struct member *m = roster_member_at(roster, i);
		count += m->is_admitted && m->entry_index < size &&
			 strcmp(m->code, node->code) != 0 && !is_mute(node, m);
	}
	return count;
}

void judge_started(struct world *w, struct node *node, const struct core_lock *lock)
{
	bool must_ask = lock->verdict == LOCK_LISTEN && lock->was_shown && count_others(node) > 0;

	(void)w;
	node->is_listening = must_ask;
	node->asked = 0;
	if (lock->verdict == LOCK_SIGN)
		return; /* what was found out in this boot stands */
	/* A log that was shown to nobody, or a node that has nobody to ask, signs at once by design:
	 * an image from before that is beyond what a node can know. */
	node->may_fork = node->was_rolled && lock->verdict == LOCK_LISTEN && !must_ask;
}

static struct conn *conn_of(const struct world *w, unsigned a, unsigned b, int *end)
{
	for (size_t i = w->net.count; i-- > 0;) {
		struct conn *c = w->net.conns[i];
		for (int e = 0; !c->is_gone && e < 2; e++) {
			if (c->ends[e].node != a || c->ends[!e].node != b || !c->ends[e].is_open ||
			    !c->ends[e].is_connected || c->ends[e].life != w->nodes[a].life)
				continue;
			*end = e;
			return c;
		}
	}
	return NULL;
}

static unsigned node_by_remote(const struct world *w, const char *address)
{
	const char *host = strchr(address, '@');
	unsigned at = w->node_count;

	host = host ? host + 1 : address;
	if (strncmp(host, "10.0.", 5) == 0)
		at = (unsigned)strtoul(host + 5, NULL, 10);
	return at < w->node_count ? at : KEEPER;
}

void judge_heard(struct world *w, unsigned at, uint64_t conn)
{
	const struct conn *c = net_conn(&w->net, conn);

	for (int e = 0; c && e < 2; e++)
		if (c->ends[e].node == at && c->ends[e].life == w->nodes[at].life &&
		    c->ends[!e].node < w->node_count)
			w->nodes[at].asked |= (uint64_t)1 << c->ends[!e].node;
}

/* It begins to sign: whom did it ask, and what did they know? */
static void decided(struct world *w, struct node *node)
{
	const struct model_log *own = model_log(&node->model, &node->log);
	uint64_t stored = own ? own->count : 0;
	struct peer_info peer;
	uint64_t asked = node->asked;
	bool has_coordinator;
	unsigned members;

	for (size_t i = 0; core_peer(node->core, i, &peer); i++) {
		unsigned other = node_by_remote(w, peer.address);
		struct conn *c;
		int end;
		if (!peer.is_connected || peer.is_guest || !(c = conn_of(w, node->at, other, &end)))
			continue;
		asked |= (uint64_t)1 << other;
		/* Who lies may keep it to himself. */
		if (c->ends[end].known > stored && !judge_is_forked(w, node->at) &&
		    !w->nodes[other].is_hostile)
			world_fail(w, "listening",
			    "n%u signs on from %llu although n%u, whom it asked, knew %llu",
			    node->at, (unsigned long long)stored, other,
			    (unsigned long long)c->ends[end].known);
	}
	has_coordinator = (asked & (((uint64_t)1 << w->params.coordinators) - 1)) != 0;
	members = (unsigned)__builtin_popcountll(asked);
	node->may_fork =
	    node->was_rolled && (has_coordinator || members >= 2 || members >= count_others(node));
}

void judge_turn(struct world *w, struct node *node)
{
	struct core_status status;

	if (!node->is_listening)
		return;
	core_status(node->core, &status);
	if (status.state == NODE_DRAFTS || status.state == NODE_FULL)
		return;
	node->is_listening = false;
	if (status.state != NODE_FROZEN)
		decided(w, node);
}

/* --- promises -------------------------------------------------------------------------------- */

static void check_lock(struct world *w, const struct node *node, uint64_t size)
{
	struct listen_lock lock;

	listen_read(&lock, writer_view(&node->lock_file), &node->log);
	if (!lock.is_found || lock.slot.size < size)
		world_fail(w, "durable",
		    "n%u acknowledges record %llu before its head.lock holds it", node->at,
		    (unsigned long long)size - 1);
}

/* The author's own: what is stored and locked is signed again by any start, to the same bytes, and the checkpoint follows. */
static bool stores(const struct node *node, const struct writ *writ)
{
	const struct model_log *row = model_log(&node->model, &node->log);

	return row && row->frontier.size > writ->index &&
	       hash_equal(&row->records[writ->index].leaf, &writ->leaf);
}

static bool holds(const struct node *node, const struct key *log, const struct writ *writ)
{
	const struct model_log *row = model_log(&node->model, log);

	return row && row->head.size > writ->index &&
	       hash_equal(&row->records[writ->index].leaf, &writ->leaf);
}

void judge_acknowledged(struct world *w, struct node *node, uint64_t position, unsigned wait)
{
	const struct writ *writ = &w->people.writs[position];
	unsigned holders = 0;

	if (writ->state == WRIT_DRAFT) {
		uint8_t *drafts = calloc(w->people.writ_count + 1, 1);
		assert(drafts);
		judge_count_drafts(w, &node->model, drafts);
		if (!drafts[position])
			world_fail(w, "durable", "n%u acknowledges a draft that is not on its disk",
			    node->at);
		free(drafts);
		return;
	}
	if (!stores(node, writ)) {
		world_fail(w, "durable", "n%u acknowledges record %llu, which is not on its disk",
		    node->at, (unsigned long long)writ->index);
		return;
	}
	check_lock(w, node, writ->index + 1);
	for (unsigned i = 0; i < w->node_count; i++)
		holders += i != node->at && holds(&w->nodes[i], &node->log, writ);
	if (holders < wait && !w->judge.was_restored && !w->judge.has_hostiles)
		world_fail(w, "durable", "n%u says that %u others hold record %llu, %u do",
		    node->at, wait, (unsigned long long)writ->index, holders);
}

/* What of the promises is gone with this disk, and nowhere else, is lost by our doing. */
void judge_restoring(struct world *w, const struct node *node, const struct model *model)
{
	size_t count = w->people.writ_count;
	uint8_t *before = calloc(count + 1, 1), *after = calloc(count + 1, 1);
	uint8_t *elsewhere = calloc(count + 1, 1);

	assert(before && after && elsewhere);
	w->judge.was_restored = true;
	judge_count_signed(w, &node->model, before);
	judge_count_signed(w, model, after);
	judge_count_drafts(w, &node->model, before);
	judge_count_tail(w, &node->model, &node->log, before);
	judge_count_drafts(w, model, after);
	for (unsigned i = 0; i < w->node_count; i++)
		if (i != node->at && judge_belongs(w, i))
			judge_count_signed(w, &w->nodes[i].model, elsewhere);
	for (size_t i = 0; i < count; i++)
		if (before[i] && !after[i] && !elsewhere[i])
			w->people.writs[i].is_excused = true;
	free(before);
	free(after);
	free(elsewhere);
}
