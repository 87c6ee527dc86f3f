/* Erasures in a world: who asks for them, what a disk owes to those that it holds, and damage just where something was erased, as
 * it is then that somebody who has not heard of it may be asked. What is owed is read from disks, not from the cores. */
#include "tests/sim/erasing.h"

#include <stdlib.h>
#include <string.h>

#include "proto/mp.h"
#include "tests/sim/faults.h"
#include "tests/sim/people_roster.h"
#include "tests/sim/world.h"

#define KIND_ERASURE 7

void erasing_draw(struct params *p, struct chance *c)
{
	p->erase_ms = chance_hit(c, 300) ? chance_between(c, 500, 5000) : 0;
}

/* --- asking -------------------------------------------------------------------------------------- */

static void put_erasure(struct writer *out, const struct key *log, const struct writ *writ)
{
	mp_put_map(out, 4);
	mp_put_cstr(out, "ground");
	mp_put_cstr(out, "author");
	mp_put_cstr(out, "index");
	mp_put_uint(out, writ->index);
	mp_put_cstr(out, "leaf");
	mp_put_bin(out, writ->leaf.b, HASH_SIZE);
	mp_put_cstr(out, "log");
	mp_put_bin(out, log->b, KEY_SIZE);
}

static void erase_by_member(struct world *w, struct node *node, const struct writ *writ)
{
	struct writer payload = {0};
	struct publish_item item = {.kind = KIND_ERASURE};

	put_erasure(&payload, &node->log, writ);
	item.payload = writer_view(&payload);
	node_publish(w, node->at, people_request(w, REQUEST_ERASE, node->at)->id, &item, 1, 0);
	writer_release(&payload);
}

static bool can_rule(const struct world *w)
{
	const struct node *keeper = &w->nodes[KEEPER];

	return keeper->core && !node_is_stopped(w, keeper) && core_roster(keeper->core) &&
	       roster_size(core_roster(keeper->core)) > 0 && node_is_honest(keeper);
}

static void erase_by_roster(struct world *w, const struct node *node, const struct writ *writ)
{
	struct ruling ruling = {
	    .type = RULING_ERASE, .log = node->log, .index = writ->index, .leaf = writ->leaf};
	struct writer entry = {0};

	roster_entry_ruling(&entry, &ruling, NULL);
	people_append(w, writer_view(&entry));
	writer_release(&entry);
}

void erasing_ask(struct world *w, unsigned at, bool is_by_roster)
{
	struct node *node = &w->nodes[at];

	if (is_by_roster ? !can_rule(w) : !node->core || node_is_stopped(w, node))
		return;
	for (size_t i = w->people.writ_count; i-- > 0;) {
		struct writ *writ = &w->people.writs[i];
		if (writ->node != at || writ->state != WRIT_SIGNED || writ->is_erased)
			continue;
		writ->is_erased = w->has_erasures = true;
		trace_note(&w->trace, w->clock.now_us, (int)at, "record %llu is erased by %s",
		    (unsigned long long)writ->index, is_by_roster ? "the roster" : "itself");
		if (is_by_roster)
			erase_by_roster(w, node, writ);
		else
			erase_by_member(w, node, writ);
		return;
	}
}

static void on_erase(struct world *w, const struct event *e)
{
	unsigned at = (unsigned)chance_below(&w->erase_chance, w->node_count);

	(void)e;
	if (w->is_healing)
		return;
	erasing_ask(w, at, chance_hit(&w->erase_chance, 250));
	clock_set(&w->clock,
	    w->clock.now_us + chance_between(&w->erase_chance, 0, 2000 * w->params.erase_ms),
	    on_erase, 0, 0, 0);
}

void erasing_begin(struct world *w)
{
	if (w->params.erase_ms)
		clock_set(&w->clock, chance_between(&w->erase_chance, 2000000, 8000000), on_erase,
		    0, 0, 0);
}

bool erasing_was_asked(
    const struct world *w, unsigned owner, uint64_t index, const struct hash *leaf)
{
	for (size_t i = 0; i < w->people.writ_count; i++) {
		const struct writ *writ = &w->people.writs[i];
		if (writ->is_erased && w->nodes[writ->node].self == owner && writ->index == index &&
		    hash_equal(&writ->leaf, leaf))
			return true;
	}
	return false;
}

/* --- what a disk owes ---------------------------------------------------------------------------- */

static uint8_t state_of(const struct model_record *row)
{
	return row->blob->data[row->blob->header_size];
}

/* Does that record, as it lies there, erase another one of its log? */
static bool erases(const struct model_log *log, uint64_t at, uint64_t *index)
{
	const struct key signed_key = model_signed_key(log);
	struct record record;
	struct key of;
	struct hash leaf;
	struct reader r;

	if (log->records[at].is_rotten || !model_record(log, at, &record) ||
	    record.header.kind != KIND_ERASURE || record.state != RECORD_PRESENT)
		return false;
	reader_init(&r, mp_get(record.payload, "log"));
	mp_bin_fixed(&r, of.b, KEY_SIZE);
	reader_init(&r, mp_get(record.payload, "leaf"));
	mp_bin_fixed(&r, leaf.b, HASH_SIZE);
	reader_init(&r, mp_get(record.payload, "index"));
	*index = mp_uint(&r);
	return !r.err && key_equal(&of, &signed_key) && *index < at &&
	       hash_equal(&leaf, &log->records[*index].leaf);
}

/* By an entry that the node holds and that counts. */
static bool is_ruled(
    const struct world *w, const struct node *node, const struct model_log *log, uint64_t index)
{
	const struct model_log *roster = model_roster(&node->model);
	const struct key signed_key = model_signed_key(log);

	for (size_t i = 0; roster && i < w->people.ruling_count; i++) {
		const struct erase_ruling *r = &w->people.rulings[i];
		if (r->entry < roster->head.size && r->index == index &&
		    key_equal(&r->log, &signed_key) &&
		    hash_equal(&r->leaf, &log->records[index].leaf) &&
		    hash_equal(&roster->records[r->entry].leaf, &w->people.entries[r->entry]))
			return true;
	}
	return false;
}

static bool is_known_erased(
    const struct world *w, const struct node *node, const struct model_log *log, uint64_t index)
{
	uint64_t other;

	for (uint64_t i = index + 1; i < log->count; i++)
		if (erases(log, i, &other) && other == index)
			return true;
	return is_ruled(w, node, log, index);
}

static unsigned owner_of(const struct world *w, const struct key *log)
{
	unsigned at = 0;

	while (
	    at < w->node_count && (w->nodes[at].self != at || !key_equal(&w->nodes[at].log, log)))
		at++;
	return at;
}

/* In the log itself or in a copy of one of its branches, where that very record stands. */
static bool is_left_anywhere(
    const struct node *node, const struct key *signed_key, uint64_t index, const struct hash *leaf)
{
	for (size_t l = 0; l < node->model.log_count; l++) {
		const struct model_log *log = &node->model.logs[l];
		const struct key key = model_signed_key(log);
		if (key_equal(&key, signed_key) && index < log->count &&
		    !log->records[index].is_rotten && hash_equal(&log->records[index].leaf, leaf) &&
		    state_of(&log->records[index]) != RECORD_ERASED)
			return true;
	}
	return false;
}

bool erasing_is_owed(
    const struct world *w, const struct node *node, unsigned *owner, uint64_t *index)
{
	for (size_t l = 0; l < node->model.log_count; l++) {
		const struct model_log *log = &node->model.logs[l];
		const struct key signed_key = model_signed_key(log);
		*owner = owner_of(w, &signed_key);
		for (uint64_t i = 0; *owner < w->node_count && i < log->count; i++) {
			*index = i;
			if (state_of(&log->records[i]) != RECORD_ERASED &&
			    !log->records[i].is_rotten && is_ruled(w, node, log, i))
				return true;
			if (erases(log, i, index) &&
			    is_left_anywhere(node, &signed_key, *index, &log->records[*index].leaf))
				return true;
		}
	}
	return false;
}

/* --- what comes of it ---------------------------------------------------------------------------- */

static void on_rot(struct world *w, const struct event *e)
{
	struct node *node = &w->nodes[e->a];

	if (!w->is_healing && faults_rot_at(w, node, &w->nodes[e->b].log, e->c)) {
		w->deeds[DEED_ERASED_ROTS]++;
		if (node->core && !node_is_stopped(w, node))
			node_rot(w, node->at);
	}
}

void erasing_committed(struct world *w, struct node *node, unsigned owner,
    const struct model_log *log, uint64_t index, bool is_mended)
{
	const struct model_record *row = &log->records[index];
	uint8_t state = state_of(row);

	if (state == RECORD_ERASED && !erasing_was_asked(w, owner, index, &row->leaf))
		world_fail(w, "erasure", "n%u believes that record %llu of n%u is erased", node->at,
		    (unsigned long long)index, owner);
	if (state == RECORD_PRESENT && row->was_erased && is_known_erased(w, node, log, index))
		world_fail(w, "erasure", "n%u takes record %llu of n%u again, which was erased",
		    node->at, (unsigned long long)index, owner);
	if (state != RECORD_ERASED)
		return;
	w->deeds[DEED_ERASED]++;
	w->deeds[DEED_COPY_ERASED] += log->state == LOG_STAYS || log->state == LOG_ASIDE;
	w->deeds[DEED_ERASED_MENDED] += is_mended;
	if (w->params.strengths[FAULT_ROT] && !is_mended && chance_hit(&w->erase_chance, 300))
		clock_set(&w->clock, w->clock.now_us + chance_between(&w->erase_chance, 0, 2000000),
		    on_rot, node->at, owner, index);
}
