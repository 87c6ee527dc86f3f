/* When changes become durable, and what a crash leaves of them. What a change does is the model's. */
#include "tests/sim/disk.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "proto/broken.h"
#include "proto/signing.h"
#include "tests/sim/faults.h"
#include "tests/sim/world.h"

void disk_init(struct disk *d)
{
	*d = (struct disk){0};
	d->last = &d->first;
}

static void pending_free(struct pending *p)
{
	while (p) {
		struct pending *next = p->next;
		writer_release(&p->data);
		free(p);
		p = next;
	}
}

bool disk_is_idle(const struct disk *d)
{
	return d->phase == DISK_IDLE && !d->first && !d->reads;
}

/* --- head.lock ------------------------------------------------------------------------------- */

/* What the signer is asked, with the proof that the log grew. */
static enum err ask(const struct node *node, const struct change_lock *op,
    const struct listen_slot *slot, struct signing *out)
{
	const struct model_log *log = model_log(&node->model, &op->key);
	struct tree_nodes nodes;
	struct hash root;
	size_t count = 0;
	uint64_t base = signing_base(slot, &root);
	enum err err = ERR_NONE;

	*out = (struct signing){.log = op->key,
	    .size = op->size,
	    .root = op->root,
	    .was_shown = op->was_shown,
	    .is_unheard = op->is_unheard,
	    .is_signing = op->is_signed};
	if (op->is_signed && base) {
		nodes = model_nodes(log);
		err = tree_consistency_prove(&nodes, base, op->size, out->proof, &count);
	}
	out->proof_count = (unsigned)count;
	return err;
}

static void sign(
    struct world *w, struct node *node, const struct change_lock *op, struct change_result *result)
{
	struct checkpoint head = {.log = op->key, .size = op->size, .root = op->root};

	result->sign_err = checkpoint_sign(&head, &w->network,
	    key_equal(&op->key, &node->log) ? &node->log_sk : &w->people.roster_sk);
	result->has_sig = !result->sign_err;
	result->sig = head.sig;
	judge_signed(w, node, &head);
}

static void lock_write(struct world *w, struct node *node, const struct change_lock *op,
    struct change_result *result, bool is_torn)
{
	struct listen_here here = {.inode = node->inode};
	struct listen_lock found;
	struct listen_slot slot;
	struct signing asked;
	struct why why = {0};
	uint8_t *at;

	listen_read(&found, writer_view(&node->lock_file), &op->key);
	if (!found.is_found) {
		/* Lost with its file; the log is not signed any more, so nothing is to be kept. */
		judge_lock_lost(w, node, op);
		return;
	}
	memcpy(here.machine, node->machine, sizeof(here.machine));
	memcpy(here.boot, node->boot, sizeof(here.boot));
	if (ask(node, op, &found.slot, &asked) ||
	    signing_judge(&slot, &found, &here, &asked, &why)) {
		world_fail(w, "signing", "n%u asks for what its signer refuses: %s", node->at,
		    why.text[0] ? why.text : "no proof");
		return;
	}
	if (op->is_signed && BROKEN_LOCK_LATE)
		sign(w, node, op, result);
	at = node->lock_file.data + found.next_offset;
	listen_slot_encode(at, &slot);
	if (is_torn)
		memset(at + chance_below(&w->chance, LISTEN_SLOT_SIZE - 64), 0xa5, 64);
	else
		judge_locked(w, node, op);
	if (op->is_signed && !is_torn)
		sign(w, node, op, result);
}

/* As store/store.c has it: neither lock nor signature for what differs from what was written. */
static bool is_misread(const struct change_lock *op, const struct change_result *result)
{
	return !BROKEN_UNREAD && op->is_signed && result->has_reread &&
	       !hash_equal(&result->reread, &op->root);
}

/* In their order. */
static void locks_write(struct world *w, struct node *node, bool is_torn)
{
	for (struct pending *p = node->disk.group; p; p = p->next) {
		struct change op;
		struct reader r;
		reader_init(&r, writer_view(&p->data));
		while (!p->err && change_next(&op, &r)) {
			if (op.op != CHANGE_LOCK)
				continue;
			if (is_misread(&op.lock, &p->result))
				p->result.sign_err = ERR_ROT;
			else
				lock_write(w, node, &op.lock, &p->result, is_torn && !p->next);
		}
	}
}

/* --- commits --------------------------------------------------------------------------------- */

static void begin(struct world *w, struct node *node);

static bool is_current(const struct world *w, const struct event *e)
{
	return w->nodes[e->a].core && w->nodes[e->a].life == e->b;
}

static void on_reported(struct world *w, const struct event *e)
{
	struct node *node = &w->nodes[e->a];
	struct pending *group = node->disk.group;
	uint64_t life = e->b;

	if (!is_current(w, e) || node_defers(w, node, e))
		return;
	node->disk.group = NULL;
	node->disk.phase = DISK_IDLE;
	for (struct pending *p = group; p; p = p->next)
		if (node->core && node->life == life)
			node_change_done(w, node->at, p->change, p->err, &p->result);
	pending_free(group);
	if (node->core && node->life == life) {
		judge_idle(w, node);
		begin(w, node);
	}
}

/* A sync failed: the program ends without a word (daemon/disk.c), and what was written may be there or not. */
static bool fails(struct world *w, struct node *node)
{
	if (!node->sync_fails)
		return false;
	faults_crash(w, node, false, faults_draw_down(w));
	return true;
}

static void on_locked(struct world *w, const struct event *e)
{
	struct node *node = &w->nodes[e->a];

	if (!is_current(w, e) || node_defers(w, node, e) || fails(w, node))
		return;
	locks_write(w, node, false);
	node->disk.phase = DISK_REPORTING;
	clock_set(&w->clock, w->clock.now_us + chance_between(&w->disk_chance, 0, 200), on_reported,
	    e->a, e->b, 0);
}

/* A store that does not wait for the system: what it wrote last is in memory only. */
static void keep_written(struct world *w, struct node *node)
{
	if (node->is_unwritten && chance_hit(&w->disk_chance, 800))
		return;
	model_release(&node->written);
	model_copy(&node->written, &node->model);
	node->is_unwritten = true;
}

void disk_power_lost(struct node *node)
{
	if (!BROKEN_NO_SYNC || !node->is_unwritten)
		return;
	model_release(&node->model);
	model_copy(&node->model, &node->written);
	node->is_unwritten = false;
}

/* The disk takes other bytes than it was given: one bit of the first header of own records. */
static void miswrite(struct world *w, struct node *node, struct pending *p)
{
	struct change op;
	struct record record;
	struct reader r, records;

	reader_init(&r, writer_view(&p->data));
	while (node->miswrites && change_next(&op, &r)) {
		if (op.op != CHANGE_APPEND || !op.append.reread ||
		    !key_equal(&op.append.key, &node->log))
			continue;
		reader_init(&records, op.append.body);
		if (record_read(&record, &records))
			continue;
		const uint8_t *last = record.raw_header.data + record.raw_header.size - 1;
		p->data.data[last - p->data.data] ^= 1;
		node->miswrites = false;
		node->was_miswritten = true;
		trace_note(&w->trace, w->clock.now_us, (int)node->at, "other bytes are written");
	}
}

static void apply_group(struct world *w, struct node *node)
{
	if (BROKEN_NO_SYNC)
		keep_written(w, node);
	for (struct pending *p = node->disk.group; p; p = p->next) {
		struct why why = {0};
		miswrite(w, node, p);
		p->err = model_apply(&node->model, writer_view(&p->data), &p->result, &why);
		if (p->err && p->err != ERR_FULL)
			world_fail(
			    w, "store", "n%u: the store refuses a change: %s", node->at, why.text);
		if (!p->err)
			judge_committed(w, node, p);
	}
	for (struct pending *p = node->disk.group; p; p = p->next)
		p->result.arrival = node->model.arrivals;
	if (node->shadow)
		shadow_apply(w, node);
}

static void on_committed(struct world *w, const struct event *e)
{
	struct node *node = &w->nodes[e->a];

	if (!is_current(w, e) || node_defers(w, node, e))
		return;
	if (node->sync_fails && chance_hit(&w->disk_chance, 500)) {
		fails(w, node);
		return;
	}
	apply_group(w, node);
	node->disk.phase = DISK_LOCKING;
	clock_set(&w->clock,
	    w->clock.now_us + chance_between(&w->disk_chance, 0, w->params.disk.lock_us_max),
	    on_locked, e->a, e->b, 0);
}

static void begin(struct world *w, struct node *node)
{
	struct disk *d = &node->disk;
	struct pending **end = &d->first;

	if (d->phase != DISK_IDLE || !d->first)
		return;
	for (unsigned i = 0; i < w->params.disk.group_max && *end; i++)
		end = &(*end)->next;
	d->group = d->first;
	d->first = *end;
	*end = NULL;
	if (!d->first)
		d->last = &d->first;
	d->phase = DISK_COMMITTING;
	clock_set(&w->clock,
	    w->clock.now_us + chance_between(&w->disk_chance, 1, w->params.disk.commit_us_max),
	    on_committed, node->at, node->life, 0);
}

void disk_push(struct world *w, struct node *node, uint64_t change, struct writer *data)
{
	struct pending *p = calloc(1, sizeof(*p));

	struct key roster;

	assert(p);
	p->change = change;
	p->data = *data;
	*data = (struct writer){0};
	p->roster_size = roster_size(core_roster(node->core));
	core_roster_log(node->core, &roster, &p->roster_head);
	*node->disk.last = p;
	node->disk.last = &p->next;
	begin(w, node);
}

void disk_release(struct disk *d)
{
	pending_free(d->group);
	pending_free(d->first);
	while (d->reads) {
		struct disk_read *next = d->reads->next;
		writer_release(&d->reads->read.args);
		free(d->reads);
		d->reads = next;
	}
	disk_init(d);
}

void disk_crash(struct world *w, struct node *node)
{
	struct disk *d = &node->disk;

	if (d->phase == DISK_LOCKING && chance_hit(&w->chance, 300))
		locks_write(
		    w, node, chance_hit(&w->chance, (unsigned)w->params.strengths[FAULT_TORN]));
	disk_release(d);
}

/* --- reads ----------------------------------------------------------------------------------- */

static void on_read(struct world *w, const struct event *e)
{
	struct node *node = &w->nodes[e->a];
	struct disk_read **at = &node->disk.reads, *r;
	struct writer out = {0};
	enum err err;

	if (!is_current(w, e) || node_defers(w, node, e))
		return;
	while (*at && (*at)->id != e->c)
		at = &(*at)->next;
	r = *at;
	if (!r)
		return;
	*at = r->next;
	err = node->unreadable_until_us > w->clock.now_us
		  ? ERR_IO
		  : model_read(&node->model, &r->read, &out);
	if (node->shadow)
		shadow_read(w, node, &r->read, err, writer_view(&out));
	node_read_done(w, node->at, r->id, err, err ? (struct bytes){0} : writer_view(&out));
	writer_release(&out);
	writer_release(&r->read.args);
	free(r);
}

void disk_read(struct world *w, struct node *node, uint64_t id, struct read *read)
{
	struct disk_read *r = calloc(1, sizeof(*r));

	assert(r);
	r->id = id;
	r->read = *read;
	read->args = (struct writer){0};
	r->next = node->disk.reads;
	node->disk.reads = r;
	clock_set(&w->clock,
	    w->clock.now_us + chance_between(&w->disk_chance, 1, w->params.disk.read_us_max),
	    on_read, node->at, node->life, id);
}
