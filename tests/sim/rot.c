/* Records that rot on a disk: what a node stores stops matching its hash until somebody comes across it. It decides what
 * rots: only what another member holds whole, as nothing brings back what is nowhere else. */
#include "tests/sim/faults.h"

#include "proto/limits.h"

#include "tests/sim/world.h"

#define LOOK_MS 30000

static bool has_rot(const struct model_log *log)
{
	for (uint64_t i = 0; log && i < log->count; i++)
		if (log->records[i].is_rotten)
			return true;
	return false;
}

/* Records are fetched by the block: where every holder has rot in the same one, nobody can serve it. */
static bool is_held_elsewhere(
    const struct world *w, const struct node *node, const struct key *key, uint64_t index)
{
	bool is_held = false;

	for (unsigned i = 0; i < w->node_count; i++) {
		const struct model_log *log = model_log(&w->nodes[i].model, key);
		if (i != node->at && has_rot(log))
			return false;
		is_held |= i != node->at && judge_belongs(w, i) && log && log->head.size > index;
	}
	return is_held;
}

/* Of a log that is not admitted any more nobody serves anything. */
static bool may_rot(
    const struct world *w, const struct node *node, const struct model_log *log, uint64_t index)
{
	return index < log->head.size && log->state != LOG_FROZEN && log->state != LOG_STAYS &&
	       log->state != LOG_ASIDE &&
	       !(w->people.thief && key_equal(&log->open.key, &w->nodes[w->people.thief].log)) &&
	       is_held_elsewhere(w, node, &log->open.key, index);
}

bool faults_rot_at(struct world *w, struct node *node, const struct key *key, uint64_t index)
{
	for (size_t i = 0; i < node->model.log_count; i++) {
		struct model_log *log = &node->model.logs[i];
		if (!key_equal(&log->open.key, key) || node->shadow ||
		    !judge_belongs(w, node->at) || !may_rot(w, node, log, index))
			continue;
		log->records[index].is_rotten = true;
		trace_add(&w->trace, w->clock.now_us, (int)node->at, "rot", index, BYTES(key->b));
		return true;
	}
	return false;
}

void faults_rot(struct world *w, struct node *node, unsigned count)
{
	struct model *m = &node->model;

	if (node->shadow || !m->log_count || !judge_belongs(w, node->at))
		return;
	while (count--) {
		struct model_log *log = &m->logs[chance_below(&w->chance, m->log_count)];
		uint64_t index = log->head.size ? chance_below(&w->chance, log->head.size) : 0;
		if (!may_rot(w, node, log, index))
			continue;
		log->records[index].is_rotten = true;
		trace_add(&w->trace, w->clock.now_us, (int)node->at, "rot", index,
		    BYTES(log->open.key.b));
	}
	if (node->core && !node_is_stopped(w, node) && chance_hit(&w->chance, 500))
		node_rot(w, node->at);
}

void faults_flip(struct world *w)
{
	struct node *node = &w->nodes[chance_below(&w->chance, w->node_count)];

	faults_rot(w, node, (unsigned)chance_between(&w->chance, 1, 5));
}

bool faults_is_rotten(const struct node *node)
{
	for (size_t l = 0; l < node->model.log_count; l++) {
		const struct model_log *log = &node->model.logs[l];
		for (uint64_t i = 0; log->state != LOG_FROZEN && i < model_served(log); i++)
			if (log->records[i].is_rotten)
				return true;
	}
	return false;
}

/* As `commune verify` would, now and then. */
static void on_look(struct world *w, const struct event *e)
{
	bool any = false;

	(void)e;
	for (unsigned i = 0; i < w->node_count; i++) {
		any |= faults_is_rotten(&w->nodes[i]);
		if (w->nodes[i].core && !node_is_stopped(w, &w->nodes[i]) &&
		    faults_is_rotten(&w->nodes[i]))
			node_rot(w, i);
	}
	if (any)
		clock_set(&w->clock, w->clock.now_us + LOOK_MS * 1000, on_look, 0, 0, 0);
}

void faults_look_for_rot(struct world *w)
{
	clock_set(&w->clock, w->clock.now_us + LOOK_MS * 1000, on_look, 0, 0, 0);
}
