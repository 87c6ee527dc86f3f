/* Links that break, stop and lose. What becomes of the bytes is net.c's. */
#include "tests/sim/faults.h"

#include "tests/sim/world.h"

static struct conn *draw_conn(struct world *w)
{
	struct conn *c = w->net.count ? w->net.conns[chance_below(&w->chance, w->net.count)] : NULL;

	return c && !c->is_gone ? c : NULL;
}

static int64_t draw_outage_us(struct world *w)
{
	return chance_between(&w->chance, 10, w->params.outage_ms_max) * 1000;
}

void faults_reset(struct world *w)
{
	struct conn *c = draw_conn(w);

	if (c)
		net_reset(w, c);
}

/* What was lost on the way is sent again after a while, and what came behind it waits. */
void faults_lose(struct world *w)
{
	struct conn *c = draw_conn(w);
	int end = (int)chance_below(&w->chance, 2);

	if (c)
		net_hold(w, c, end, chance_between(&w->chance, 200, 8000) * 1000);
}

void faults_halve(struct world *w)
{
	struct conn *c = draw_conn(w);

	if (c)
		net_halve(w, c, (int)chance_between(&w->chance, -1, 1));
}

void faults_deafen(struct world *w)
{
	struct node *node = faults_draw_running(w);

	if (node)
		node->deaf_until_us = w->clock.now_us + draw_outage_us(w);
}

/* --- partitions ------------------------------------------------------------------------------ */

static void on_unblock(struct world *w, const struct event *e)
{
	if (!w->is_healing)
		net_block(w, (unsigned)e->a, (unsigned)e->b, -1);
}

static void block(struct world *w, unsigned from, unsigned to, int64_t us)
{
	net_block(w, from, to, 1);
	clock_set(&w->clock, w->clock.now_us + us, on_unblock, from, to, 0);
}

static void partition(struct world *w, bool is_alone)
{
	int64_t us = draw_outage_us(w);
	unsigned lonely = (unsigned)chance_below(&w->chance, w->node_count);
	uint64_t side = chance_next(&w->chance);

	for (unsigned i = 0; i < w->node_count; i++)
		for (unsigned k = 0; k < w->node_count; k++) {
			bool parts = is_alone ? (i == lonely) != (k == lonely)
					      : (side >> i & 1) != (side >> k & 1);
			if (i != k && parts)
				block(w, i, k, us);
		}
}

void faults_partition(struct world *w)
{
	partition(w, false);
}

void faults_isolate(struct world *w)
{
	partition(w, true);
}

void faults_one_way(struct world *w)
{
	unsigned from = (unsigned)chance_below(&w->chance, w->node_count);
	unsigned to = (unsigned)chance_below(&w->chance, w->node_count);

	if (from != to)
		block(w, from, to, draw_outage_us(w));
}
