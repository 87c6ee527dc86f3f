/* The branch that stays, a second time: who names one and when, what may lie under the key of a copy, and who owes it. It knows
 * what was named by the leaves that its holder had at that time, and reads entries by what they say. It decides nothing
 * about how a node comes by it. */
#include "tests/sim/naming.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "proto/mp.h"
#include "tests/sim/people_roster.h"
#include "tests/sim/world.h"

static struct chance *chance(struct world *w)
{
	return &w->naming_chance;
}

/* --- naming ----------------------------------------------------------------------------------- */

static void put_copy_key(struct naming *n)
{
	struct writer w = {0};
	struct hash hash;

	writer_bytes(&w, BYTES_STR("open-communes branch v1\n"));
	writer_put(&w, n->named.log.b, KEY_SIZE);
	writer_u64(&w, n->named.size);
	writer_put(&w, n->named.root.b, HASH_SIZE);
	seal_sha256(&hash, writer_view(&w));
	memcpy(n->copy.b, hash.b, KEY_SIZE);
	writer_release(&w);
}

static bool is_in_force(const struct world *w, const struct naming *n, uint64_t roster)
{
	for (size_t i = 0; i < w->people.naming_count; i++) {
		const struct naming *other = &w->people.namings[i];
		if (other->owner == n->owner && other->entry > n->entry && other->entry < roster)
			return false;
	}
	return n->entry > 0 && n->entry < roster;
}

static const struct naming *in_force(const struct world *w, unsigned owner, uint64_t roster)
{
	for (size_t i = 0; i < w->people.naming_count; i++) {
		const struct naming *n = &w->people.namings[i];
		if (n->owner == owner && is_in_force(w, n, roster))
			return n;
	}
	return NULL;
}

const struct naming *naming_of_copy(const struct world *w, const struct key *copy)
{
	const struct naming *first = NULL;

	for (size_t i = 0; i < w->people.naming_count; i++) {
		const struct naming *n = &w->people.namings[i];
		if (n->entry && key_equal(&n->copy, copy) && (!first || n->entry < first->entry))
			first = n;
	}
	return first;
}

/* Takes n. */
static void ask(struct world *w, struct naming *n)
{
	struct people *p = &w->people;
	const struct naming *before = in_force(w, n->owner, UINT64_MAX);
	struct ruling ruling = {.type = RULING_NAME_BRANCH,
	    .log = n->named.log,
	    .index = n->named.size,
	    .leaf = n->named.root};
	struct hash replaces = before ? before->entry_leaf : (struct hash){0};
	bool has_before = before != NULL;
	struct writer entry = {0};

	p->namings = realloc(p->namings, (p->naming_count + 1) * sizeof(*n));
	assert(p->namings);
	p->namings[p->naming_count++] = *n;
	trace_note(&w->trace, w->clock.now_us, KEEPER, "names %llu records of n%u%s",
	    (unsigned long long)ruling.index, n->owner, has_before ? ", instead" : "");
	roster_entry_ruling(&entry, &ruling, has_before ? &replaces : NULL);
	people_append(w, writer_view(&entry));
	writer_release(&entry);
}

static bool can_name(const struct world *w)
{
	const struct node *keeper = &w->nodes[KEEPER];
	const struct model_log *roster = model_roster(&keeper->model);

	for (const struct request *q = w->people.requests; q; q = q->next)
		if (q->type == REQUEST_ROSTER)
			return false;
	return keeper->core && !node_is_stopped(w, keeper) && core_roster(keeper->core) &&
	       roster_size(core_roster(keeper->core)) > 0 && roster &&
	       roster->count == w->people.entry_count && !w->params.strengths[FAULT_TWO_ROSTERS];
}

static const struct model_log *branch_at(const struct world *w, unsigned holder, unsigned owner)
{
	const struct model_log *log = model_log(&w->nodes[holder].model, &w->nodes[owner].log);

	return judge_belongs(w, holder) && log && log->state == LOG_FROZEN && log->head.size ? log
											     : NULL;
}

static bool name(struct world *w, unsigned owner, unsigned holder, uint64_t size)
{
	const struct model_log *log = branch_at(w, holder, owner);
	struct naming n = {.owner = owner, .named = {.log = w->nodes[owner].log, .size = size}};

	if (!log || !can_name(w) || size > log->head.size)
		return false;
	n.leaves = calloc(size, sizeof(*n.leaves));
	assert(n.leaves);
	for (uint64_t i = 0; i < size; i++)
		n.leaves[i] = log->records[i].leaf;
	model_root(log, size, &n.named.root);
	put_copy_key(&n);
	ask(w, &n);
	return true;
}

bool naming_ask(struct world *w, unsigned owner, unsigned holder)
{
	const struct model_log *log = branch_at(w, holder, owner);

	return log && name(w, owner, holder, log->head.size);
}

/* A root of no tree: nobody will ever have it, and nothing else may wait for it. */
static void name_nothing(struct world *w, unsigned owner)
{
	struct naming n = {.owner = owner,
	    .named = {.log = w->nodes[owner].log, .size = 1 + chance_below(chance(w), 9)}};

	chance_bytes(chance(w), n.named.root.b, HASH_SIZE);
	put_copy_key(&n);
	w->deeds[DEED_NAMED_NOWHERE]++;
	ask(w, &n);
}

/* What the keeper can prove, as it is asked to tell everybody of it. */
static bool is_open_to_naming(const struct world *w, unsigned owner)
{
	const struct model_log *log = model_log(&w->nodes[KEEPER].model, &w->nodes[owner].log);

	return owner != KEEPER && w->nodes[owner].self == owner && log && log->state == LOG_FROZEN;
}

/* One that somebody has; none for who has only been told of the fork. */
static unsigned draw_holder(struct world *w, unsigned owner)
{
	unsigned start = (unsigned)chance_below(chance(w), w->node_count);

	for (unsigned i = 0; i < w->node_count; i++)
		if (branch_at(w, (start + i) % w->node_count, owner))
			return (start + i) % w->node_count;
	return w->node_count;
}

static void name_one(struct world *w, unsigned owner)
{
	unsigned holder = draw_holder(w, owner);
	const struct model_log *log = holder < w->node_count ? branch_at(w, holder, owner) : NULL;

	if (!log || chance_hit(chance(w), 70))
		name_nothing(w, owner);
	else
		name(w, owner, holder,
		    chance_hit(chance(w), 750)
			? log->head.size
			: (uint64_t)chance_between(chance(w), 1, (int64_t)log->head.size));
	w->people.namings_left--;
}

bool naming_is_due(const struct world *w)
{
	for (unsigned i = 0; w->people.namings_left && i < w->node_count; i++)
		if (is_open_to_naming(w, i) && !in_force(w, i, UINT64_MAX) && can_name(w))
			return true;
	return false;
}

/* Each forked log once, and while there is trouble one or the other again. */
static void on_name(struct world *w, const struct event *e)
{
	unsigned start = (unsigned)chance_below(chance(w), w->node_count);

	(void)e;
	for (unsigned i = 0; i < w->node_count && can_name(w); i++) {
		unsigned owner = (start + i) % w->node_count;
		bool is_again = in_force(w, owner, UINT64_MAX) != NULL;
		if (!is_open_to_naming(w, owner) ||
		    (is_again && (w->is_healing || chance_hit(chance(w), 700))))
			continue;
		name_one(w, owner);
		break;
	}
	if (w->people.namings_left)
		clock_set(&w->clock, w->clock.now_us + chance_between(chance(w), 100, 6000) * 1000,
		    on_name, 0, 0, 0);
}

void naming_begin(struct world *w)
{
	w->people.namings_left = (unsigned)w->params.strengths[FAULT_NAME_BRANCH];
	if (w->people.namings_left && !w->options.script && !w->params.strengths[FAULT_TWO_ROSTERS])
		clock_set(&w->clock, chance_between(chance(w), 3000000, 9000000), on_name, 0, 0, 0);
}

void naming_release(struct world *w)
{
	for (size_t i = 0; i < w->people.naming_count; i++)
		free(w->people.namings[i].leaves);
	free(w->people.namings);
}

void naming_entry(struct world *w, struct bytes entry, uint64_t index, const struct hash *leaf)
{
	struct people *p = &w->people;
	struct checkpoint named = {0};
	struct reader r;

	reader_init(&r, mp_get(entry, "size"));
	named.size = mp_uint(&r);
	reader_init(&r, mp_get(entry, "root"));
	mp_bin_fixed(&r, named.root.b, HASH_SIZE);
	reader_init(&r, mp_get(entry, "log"));
	mp_bin_fixed(&r, named.log.b, KEY_SIZE);
	for (size_t i = 0; i < p->naming_count; i++) {
		struct naming *n = &p->namings[i];
		if (n->entry || !key_equal(&n->named.log, &named.log) ||
		    n->named.size != named.size || !hash_equal(&n->named.root, &named.root))
			continue;
		w->deeds[in_force(w, n->owner, UINT64_MAX) ? DEED_NAMED_AGAIN : DEED_NAMED]++;
		n->entry = index;
		n->entry_leaf = *leaf;
		return;
	}
	world_fail(w, "approvals", "the roster names a branch that nobody asked for");
}

/* --- what lies there -------------------------------------------------------------------------- */

static void check_records(
    struct world *w, const struct node *node, const struct naming *n, const struct model_log *copy)
{
	for (uint64_t i = 0; i < copy->count; i++)
		if (!n->leaves || i >= n->named.size ||
		    !hash_equal(&copy->records[i].leaf, &n->leaves[i])) {
			world_fail(w, "branch",
			    "n%u has a record %llu of n%u in its copy that was not named", node->at,
			    (unsigned long long)i, n->owner);
			return;
		}
}

void naming_committed(struct world *w, struct node *node, const struct change *op, uint64_t roster)
{
	const struct key *key = op->op == CHANGE_LOG	  ? &op->log.key
				: op->op == CHANGE_APPEND ? &op->append.key
				: op->op == CHANGE_HEAD	  ? &op->head.log
							  : &op->state.key;
	const struct naming *n = naming_of_copy(w, key);
	const struct model_log *copy = model_log(&node->model, key), *beside;
	struct key of;

	if (!n || n->entry >= roster) {
		world_fail(w, "admission", "n%u stores a log of nobody", node->at);
		return;
	}
	of = model_signed_key(copy);
	beside = model_log(&node->model, &n->named.log);
	if (!key_equal(&of, &n->named.log) || !beside || beside->state != LOG_FROZEN)
		world_fail(w, "branch", "n%u has a copy of n%u's log beside one that is not frozen",
		    node->at, n->owner);
	check_records(w, node, n, copy);
	if (op->op == CHANGE_HEAD &&
	    (op->head.size != n->named.size || !hash_equal(&op->head.root, &n->named.root)))
		world_fail(w, "branch", "n%u: the head of a copy is not what was named", node->at);
}

/* Its own branch, when that is the one, or a copy. */
static bool is_held(const struct node *node, const struct naming *n)
{
	const struct model_log *log = model_log(&node->model, &n->named.log);
	const struct model_log *copy = model_log(&node->model, &n->copy);
	uint64_t size = n->named.size, i = 0;

	if (copy && copy->head.size == size && copy->count == size)
		return true;
	while (n->leaves && log && i < size && i < log->count &&
	       hash_equal(&log->records[i].leaf, &n->leaves[i]))
		i++;
	return i == size;
}

static bool is_rotten(const struct model_log *log, uint64_t size)
{
	for (uint64_t i = 0; log && i < size && i < log->count; i++)
		if (log->records[i].is_rotten)
			return true;
	return false;
}

static bool is_anywhere(const struct world *w, const struct naming *n)
{
	for (unsigned i = 0; i < w->node_count; i++)
		if (judge_must_agree(w, i) && is_held(&w->nodes[i], n) &&
		    !is_rotten(model_log(&w->nodes[i].model, &n->copy), n->named.size) &&
		    !is_rotten(model_log(&w->nodes[i].model, &n->named.log), n->named.size))
			return true;
	return false;
}

/* Which of the copies is the one that stays has to be known on the disk. */
static bool is_aside_or_stays(
    const struct world *w, const struct node *node, unsigned owner, const struct naming *stays)
{
	for (size_t i = 0; i < w->people.naming_count; i++) {
		const struct naming *n = &w->people.namings[i];
		const struct model_log *copy = model_log(&node->model, &n->copy);
		if (n->owner == owner && copy && copy->count > 0 &&
		    (copy->state == LOG_STAYS) != (stays && key_equal(&stays->copy, &n->copy)))
			return false;
	}
	return true;
}

const char *naming_owed(const struct world *w, const struct node *node)
{
	for (unsigned i = 0; w->people.naming_count && i < w->node_count; i++) {
		const struct naming *n = in_force(w, i, people_roster_size(w));
		const struct model_log *log = model_log(&node->model, &w->nodes[i].log);
		if (!n || !log || log->state != LOG_FROZEN)
			continue;
		if (!is_aside_or_stays(w, node, i, n))
			return "does not know which copy stays";
		if (!is_anywhere(w, n))
			continue;
		if (!is_held(node, n))
			return "lacks the branch that was named";
		if (!core_holds_named(node->core, &n->named.log))
			return "does not know that it has the branch that was named";
	}
	return NULL;
}

static void check_arrivals(struct world *w, const struct node *node, const struct model_log *copy)
{
	const struct key key = model_signed_key(copy);
	const struct model_log *beside = model_log(&node->model, &key);

	for (uint64_t i = 0; i < copy->count; i++) {
		uint64_t arrival = copy->records[i].arrival;
		bool is_shared =
		    beside && i < beside->count && beside->records[i].arrival == arrival;
		if (is_shared != (i < copy->cut_size) ||
		    (i > copy->cut_size && arrival <= copy->records[i - 1].arrival))
			world_fail(w, "branch", "n%u: record %llu of a copy came twice", node->at,
			    (unsigned long long)i);
	}
}

void naming_check_disk(struct world *w, const struct node *node)
{
	for (size_t l = 0; l < node->model.log_count; l++) {
		const struct model_log *copy = &node->model.logs[l];
		const struct naming *n = naming_of_copy(w, &copy->open.key);
		if (!n)
			continue;
		check_records(w, node, n, copy);
		check_arrivals(w, node, copy);
		w->deeds[DEED_COPY_WHOLE] += copy->head.size > 0;
	}
}
