/* Draws faults one after the other and undoes them. What each does to bytes, disks and programs is
 * net.c's, disk.c's and node.c's. */
#include "tests/sim/faults.h"

#include <string.h>

#include "tests/sim/world.h"

static void on_start(struct world *w, const struct event *e)
{
	struct node *node = &w->nodes[e->a];

	if (node->core || !node->is_down || node->life != e->b)
		return;
	node_start(w, node->at);
	/* People are impatient: they publish before the node has met anybody. */
	if (!w->is_healing && node->core && chance_hit(&w->chance, 500))
		people_publish(w, node->at);
}

static int64_t draw_down(struct world *w)
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

static struct node *draw_running(struct world *w)
{
	struct node *node = &w->nodes[chance_below(&w->chance, w->node_count)];

	return node->core ? node : NULL;
}

static void crash(struct world *w, bool is_power_lost)
{
	struct node *node = draw_running(w);

	if (node)
		faults_crash(w, node, is_power_lost, draw_down(w));
}

static void reset(struct world *w)
{
	if (w->net.count)
		net_reset(w, w->net.conns[chance_below(&w->chance, w->net.count)]);
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
	int64_t us = chance_between(&w->chance, 10, w->params.outage_ms_max) * 1000;
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

static void one_way(struct world *w)
{
	unsigned from = (unsigned)chance_below(&w->chance, w->node_count);
	unsigned to = (unsigned)chance_below(&w->chance, w->node_count);

	if (from != to)
		block(w, from, to, chance_between(&w->chance, 10, w->params.outage_ms_max) * 1000);
}

/* --- disks ----------------------------------------------------------------------------------- */

static void on_room(struct world *w, const struct event *e)
{
	struct node *node = &w->nodes[e->a];

	/* What hangs on a change that found no room has to be refused with it. */
	if (!disk_is_idle(&node->disk))
		clock_set(&w->clock, w->clock.now_us + 50000, on_room, e->a, 0, 0);
	else
		node->model.is_full = false;
}

void faults_fill(struct world *w, struct node *node, int64_t ms)
{
	if (node->shadow || node->model.is_full)
		return;
	node->model.is_full = true;
	clock_set(&w->clock, w->clock.now_us + ms * 1000, on_room, node->at, 0, 0);
}

static void fill(struct world *w)
{
	struct node *node = draw_running(w);

	if (node)
		faults_fill(w, node, chance_between(&w->chance, 10, w->params.outage_ms_max));
}

void faults_snapshot(struct world *w, struct node *node)
{
	struct image *image = &node->images[node->image_next];

	if (node->model.is_full)
		return;
	model_release(&image->model);
	writer_clear(&image->lock_file);
	model_copy(&image->model, &node->model);
	writer_bytes(&image->lock_file, writer_view(&node->lock_file));
	image->is_taken = true;
	if (node->shadow)
		shadow_snapshot(w, node, node->image_next);
	node->image_next = (node->image_next + 1) % NODE_IMAGES_MAX;
}

/* An image that would take the roster's newest entries from everybody who has to be asked: then
 * nothing could be held against the keeper any more. */
static bool loses_roster(const struct world *w, const struct node *node, const struct image *image)
{
	const struct model_log *old = model_roster(&image->model);

	if (node->at != KEEPER)
		return false;
	/* Nor do we take back invites that people hold in their hands. */
	if (!old ||
	    image->model.tables[MODEL_INVITES].count < node->model.tables[MODEL_INVITES].count)
		return true;
	for (unsigned i = 0; i < w->node_count; i++) {
		const struct model_log *log = model_roster(&w->nodes[i].model);
		if (i != KEEPER && judge_belongs(w, i) && old->count != w->people.entry_count &&
		    (!log || log->head.size != w->people.entry_count))
			return true;
	}
	return false;
}

void faults_restore(struct world *w, struct node *node, struct image *image, bool is_whole)
{
	trace_add(&w->trace, w->clock.now_us, (int)node->at, is_whole ? "image" : "database",
	    image->model.arrivals, (struct bytes){0});
	judge_restoring(w, node, &image->model);
	model_release(&node->model);
	model_copy(&node->model, &image->model);
	if (is_whole) {
		node->was_rolled = true;
		writer_clear(&node->lock_file);
		writer_bytes(&node->lock_file, writer_view(&image->lock_file));
		chance_bytes(&w->chance, node->boot, sizeof(node->boot));
	} else {
		chance_bytes(&w->chance, node->model.store_id, STORE_ID_SIZE);
	}
	if (node->shadow)
		shadow_restore(w, node, (unsigned)(image - node->images));
}

static void restore(struct world *w, bool is_whole)
{
	struct node *node = &w->nodes[chance_below(&w->chance, w->node_count)];
	struct image *image = &node->images[chance_below(&w->chance, NODE_IMAGES_MAX)];

	if (!image->is_taken || node->model.is_full || loses_roster(w, node, image) ||
	    image->model.arrivals == node->model.arrivals)
		return;
	if (node->core)
		faults_crash(w, node, is_whole || chance_hit(&w->chance, 500), draw_down(w));
	faults_restore(w, node, image, is_whole);
}

static void lose_lock(struct world *w)
{
	struct node *node = draw_running(w);

	if (!node || node->at == KEEPER)
		return;
	faults_crash(w, node, false, draw_down(w));
	writer_clear(&node->lock_file);
	judge_lock_gone(w, node);
	for (size_t i = 0; i < NODE_IMAGES_MAX; i++)
		node->images[i].is_taken = false;
	trace_add(&w->trace, w->clock.now_us, (int)node->at, "lock lost", 0, (struct bytes){0});
}

static void jump(struct world *w)
{
	struct node *node = draw_running(w);

	if (node)
		node->skew_ms = chance_between(&w->chance, -1, 1) * 86400000 *
				chance_between(&w->chance, 0, 7300);
}

/* --- one after the other --------------------------------------------------------------------- */

static enum fault draw_fault(struct world *w)
{
	unsigned total = 0, f = 0;
	uint64_t at;

	for (unsigned i = 0; i < FAULT_COUNT; i++)
		total += w->params.weights[i];
	at = chance_below(&w->chance, total);
	while (f < FAULT_COUNT && at >= w->params.weights[f])
		at -= w->params.weights[f++];
	return (enum fault)f;
}

static void strike(struct world *w, enum fault fault)
{
	switch (fault) {
	case FAULT_KILL:
	case FAULT_POWER:
		crash(w, fault == FAULT_POWER);
		return;
	case FAULT_RESET:
		reset(w);
		return;
	case FAULT_PARTITION:
	case FAULT_ISOLATE:
		partition(w, fault == FAULT_ISOLATE);
		return;
	case FAULT_ONE_WAY:
		one_way(w);
		return;
	case FAULT_FULL:
		fill(w);
		return;
	case FAULT_SNAPSHOT:
		faults_snapshot(w, &w->nodes[chance_below(&w->chance, w->node_count)]);
		return;
	case FAULT_RESTORE_DB:
	case FAULT_RESTORE_ALL:
		restore(w, fault == FAULT_RESTORE_ALL);
		return;
	case FAULT_LOCK_LOST:
		lose_lock(w);
		return;
	case FAULT_CLOCK:
		jump(w);
		return;
	case FAULT_ROT:
		faults_rot(w, &w->nodes[chance_below(&w->chance, w->node_count)],
		    (unsigned)chance_between(&w->chance, 1, 5));
		return;
	case FAULT_COUNT:
		return;
	}
}

static void on_fault(struct world *w, const struct event *e)
{
	(void)e;
	if (w->is_healing)
		return;
	strike(w, draw_fault(w));
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
		if (node->model.is_full)
			clock_set(&w->clock, w->clock.now_us, on_room, i, 0, 0);
		if (!node->core && node->is_down)
			node_start(w, i);
	}
}
