/* Programs and machines that stop, and healing. Links are in faults_net.c, disks in faults_disk.c. */
#include "tests/sim/faults.h"

#include "tests/sim/world.h"

#define BETWEEN_MAX 40	    /* actions until a program dies between two of them */
#define BETWEEN_AGAIN_MAX 8 /* likewise while it recovers */

static void on_start(struct world *w, const struct event *e)
{
	struct node *node = &w->nodes[e->a];

	if (node->core || !node->is_down || node->life != e->b ||
	    (node->at == KEEPER && w->people.is_keeper_gone))
		return;
	if (!w->is_healing && w->params.strengths[FAULT_ACTION] && chance_hit(&w->chance, 300))
		node->actions_left = 1 + (unsigned)chance_below(&w->chance, BETWEEN_AGAIN_MAX);
	node_start(w, node->at);
	/* People are impatient: they publish before the node has met anybody. */
	if (!w->is_healing && node->core && chance_hit(&w->chance, 500))
		people_publish(w, node->at);
}

int64_t faults_draw_down(struct world *w)
{
	return chance_between(&w->chance, 1, w->params.down_ms_max);
}

void faults_crash(struct world *w, struct node *node, bool is_power_lost, int64_t down_ms)
{
	if (!node->core)
		return;
	node_crash(w, node->at, is_power_lost);
	clock_set(&w->clock, w->clock.now_us + down_ms * 1000, on_start, node->at, node->life, 0);
}

struct node *faults_draw_running(struct world *w)
{
	struct node *node = &w->nodes[chance_below(&w->chance, w->node_count)];

	return node->core ? node : NULL;
}

static void crash(struct world *w, bool is_power_lost)
{
	struct node *node = faults_draw_running(w);

	if (node)
		faults_crash(w, node, is_power_lost, faults_draw_down(w));
}

void faults_kill(struct world *w)
{
	crash(w, false);
}

void faults_power(struct world *w)
{
	crash(w, true);
}

void faults_between_actions(struct world *w)
{
	struct node *node = faults_draw_running(w);

	if (node)
		node->actions_left = 1 + (unsigned)chance_below(&w->chance, BETWEEN_MAX);
}

void faults_pause(struct world *w)
{
	struct node *node = faults_draw_running(w);

	if (node)
		node->stopped_until_us =
		    w->clock.now_us + chance_between(&w->chance, 1, w->params.outage_ms_max) * 1000;
}

void faults_clock(struct world *w)
{
	struct node *node = faults_draw_running(w);
	int64_t direction = chance_between(&w->chance, -1, 1);

	if (node)
		node->skew_ms = direction * 86400000 * chance_between(&w->chance, 0, 7300);
}

/* --- one after the other --------------------------------------------------------------------- */

static void on_fault(struct world *w, const struct event *e)
{
	(void)e;
	if (w->is_healing)
		return;
	menu_strike(w);
	clock_set(&w->clock,
	    w->clock.now_us + chance_between(&w->chance, 0, 2000 * w->params.fault_ms), on_fault, 0,
	    0, 0);
}

void faults_begin(struct world *w)
{
	clock_set(&w->clock, chance_between(&w->chance, 500000, 5000000), on_fault, 0, 0, 0);
}

void faults_heal(struct world *w)
{
	faults_look_for_rot(w);
	for (unsigned i = 0; i < w->node_count; i++) {
		struct node *node = &w->nodes[i];
		for (unsigned k = 0; k < w->node_count; k++)
			while (w->net.blocked[(size_t)i * w->node_count + k])
				net_block(w, i, k, -1);
		node->actions_left = 0;
		node->sync_fails = node->miswrites = false;
		if (node->model.is_full)
			faults_make_room(w, node);
		if (!node->core && node->is_down)
			node_start(w, i);
	}
}
