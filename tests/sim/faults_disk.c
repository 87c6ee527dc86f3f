/* Disks that fail, fill up and come back as they were. When a change is durable, and what a crash leaves of it, is disk.c's;
 * rot.c has what rots. */
#include "tests/sim/faults.h"

#include "proto/broken.h"
#include "tests/sim/world.h"

/* The next sync of the node fails, be it of the database or of head.lock. */
void faults_sync(struct world *w)
{
	struct node *node = faults_draw_running(w);

	if (node && !node->shadow)
		node->sync_fails = true;
}

/* Nothing brings back what was to be written: the node signs its log no more, and is told so. */
void faults_miswrite(struct world *w)
{
	struct node *node = faults_draw_running(w);

	if (node && !node->shadow && node->at != KEEPER && node->twin == node->at)
		node->miswrites = true;
}

void faults_read(struct world *w)
{
	struct node *node = faults_draw_running(w);

	if (node && !node->shadow)
		node->unreadable_until_us =
		    w->clock.now_us + chance_between(&w->chance, 1, 2000) * 1000;
}

/* --- room ------------------------------------------------------------------------------------ */

static void on_room(struct world *w, const struct event *e)
{
	struct node *node = &w->nodes[e->a];

	/* What hangs on a change that found no room has to be refused with it. */
	if (!disk_is_idle(&node->disk))
		clock_set(&w->clock, w->clock.now_us + 50000, on_room, e->a, 0, 0);
	else
		node->model.is_full = false;
}

void faults_make_room(struct world *w, struct node *node)
{
	clock_set(&w->clock, w->clock.now_us, on_room, node->at, 0, 0);
}

void faults_fill(struct world *w, struct node *node, int64_t ms)
{
	if (node->shadow || node->model.is_full)
		return;
	node->model.is_full = true;
	clock_set(&w->clock, w->clock.now_us + ms * 1000, on_room, node->at, 0, 0);
}

void faults_full(struct world *w)
{
	struct node *node = faults_draw_running(w);

	if (node)
		faults_fill(w, node, chance_between(&w->chance, 10, w->params.outage_ms_max));
}

/* --- images ---------------------------------------------------------------------------------- */

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
	} else if (!BROKEN_CURSOR_KEPT) {
		chance_bytes(&w->chance, node->model.store_id, STORE_ID_SIZE);
	}
	if (node->shadow)
		shadow_restore(w, node, (unsigned)(image - node->images), is_whole);
}

void faults_take_image(struct world *w)
{
	faults_snapshot(w, &w->nodes[chance_below(&w->chance, w->node_count)]);
}

static void restore(struct world *w, bool is_whole)
{
	struct node *node = &w->nodes[chance_below(&w->chance, w->node_count)];
	struct image *image = &node->images[chance_below(&w->chance, NODE_IMAGES_MAX)];

	if (!image->is_taken || node->model.is_full || loses_roster(w, node, image) ||
	    image->model.arrivals == node->model.arrivals)
		return;
	bool is_power_lost = is_whole || chance_hit(&w->chance, 500);
	if (node->core)
		faults_crash(w, node, is_power_lost, faults_draw_down(w));
	faults_restore(w, node, image, is_whole);
}

void faults_old_database(struct world *w)
{
	restore(w, false);
}

void faults_old_image(struct world *w)
{
	restore(w, true);
}

void faults_lose_lock(struct world *w)
{
	struct node *node = faults_draw_running(w);

	if (!node || node->at == KEEPER || node->equivocates)
		return;
	faults_crash(w, node, false, faults_draw_down(w));
	writer_clear(&node->lock_file);
	judge_lock_gone(w, node);
	for (size_t i = 0; i < NODE_IMAGES_MAX; i++)
		node->images[i].is_taken = false;
	trace_add(&w->trace, w->clock.now_us, (int)node->at, "lock lost", 0, (struct bytes){0});
}
