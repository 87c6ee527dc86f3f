/* Where the links of `about` and `supersedes` lead: arrivals in rows of facets. A link counts when the record at that log and
 * index is held and begins with the leaf hash that the link names. A target that comes later is found by whoever waits for
 * it in the table `waiting`. */
#include <string.h>

#include "proto/mp.h"
#include "store/view_facets.h"

/* 0 when it is not stored. */
static uint32_t log_no_of(struct facets_builder *b, struct txn *truth, const struct key *key)
{
	struct log_slot *slot = &b->logs[be16_get(key->b) % LOGS_SIZE];
	struct log_row row;

	if (slot->log_no > 0 && key_equal(&slot->key, key))
		return slot->log_no;
	if (!log_row_get(truth, key, &row))
		return 0;
	*slot = (struct log_slot){*key, row.log_no};
	return row.log_no;
}

void facet_links_take(struct facets_builder *b, const struct view_record *r)
{
	static const char *const fields[2] = {"about", "supersedes"};

	for (unsigned i = 0; i < 2; i++) {
		struct pending pending = {.arrival = r->arrival, .supersedes = i == 1};
		if (r->link_count > 0 && kinds_link(r->payload, fields[i], &pending.target))
			writer_put(&b->pending, &pending, sizeof(pending));
	}
}

/* From this batch, which is not in the table yet, or from the table. */
static bool find_row(
    struct facets_builder *b, struct facets *table, uint64_t arrival, struct facet *out)
{
	if (b->first > 0 && arrival >= b->first && arrival - b->first < row_count(&b->rows)) {
		*out = row_at(&b->rows, (size_t)(arrival - b->first)).facet;
		return true;
	}
	return facets_get(table, arrival, out);
}

static void keep_row(
    struct facets_builder *b, struct view_batch *batch, uint64_t arrival, const struct facet *facet)
{
	struct row row = {arrival, *facet};

	if (b->first > 0 && arrival >= b->first && arrival - b->first < row_count(&b->rows))
		memcpy(b->rows.data + (arrival - b->first) * sizeof(row), &row, sizeof(row));
	else
		facet_put(&batch->views, arrival, facet);
}

static bool is_version(const struct facet *newer, const struct facet *older)
{
	return newer->kind == older->kind && newer->member == older->member && newer->number > 0 &&
	       older->number > 0;
}

static bool is_target(struct facets_builder *b, struct view_batch *batch,
    const struct facet *target, const struct record_ref *link)
{
	return target->index == link->index &&
	       memcmp(target->leaf, link->leaf.b, VIEW_LEAF_SIZE) == 0 &&
	       log_no_of(b, &batch->truth, &link->log) == target->log_no;
}

/* Where the link of `from` leads; 0 when nothing that counts is held. */
static uint64_t resolve(struct facets_builder *b, struct view_batch *batch,
    const struct facet *from, const struct pending *pending)
{
	struct bytes prefix = bytes_of(pending->target.leaf.b, VIEW_LEAF_SIZE);
	struct facets facets;
	uint64_t found = 0;
	struct facet target;
	struct walk walk;

	facets_init(&facets, &batch->views);
	walk_begin(&walk, &batch->views, VIEW_LEAVES);
	for (bool more = walk_from(&walk, prefix); more && walk_has_prefix(&walk, prefix) && !found;
	     more = walk_next(&walk)) {
		uint64_t arrival = be64_get(walk.key.data + VIEW_LEAF_SIZE);
		if (find_row(b, &facets, arrival, &target) &&
		    is_target(b, batch, &target, &pending->target) &&
		    (!pending->supersedes || is_version(from, &target)))
			found = arrival;
	}
	walk_end(&walk);
	return found;
}

static struct bytes waiting_key(
    uint8_t out[static VIEW_WAITING_SIZE], const uint8_t *leaf, uint64_t arrival)
{
	memcpy(out, leaf, VIEW_LEAF_SIZE);
	be64_put(out + VIEW_LEAF_SIZE, arrival);
	return bytes_of(out, VIEW_WAITING_SIZE);
}

void facet_links_settle(
    struct facets_builder *b, struct view_batch *batch, const struct pending *pending)
{
	uint8_t key[VIEW_WAITING_SIZE];
	struct facets facets;
	struct facet from;
	uint64_t target, *at;

	facets_init(&facets, &batch->views);
	if (!find_row(b, &facets, pending->arrival, &from))
		return;
	at = pending->supersedes ? &from.supersedes : &from.about;
	target = resolve(b, batch, &from, pending);
	if (target == 0)
		txn_put(&batch->views, VIEW_WAITING,
		    waiting_key(key, pending->target.leaf.b, pending->arrival), (struct bytes){0});
	if (target == 0 || target == *at)
		return;
	*at = target;
	keep_row(b, batch, pending->arrival, &from);
	/* A comment changes nothing of what it is about. */
	if (pending->supersedes)
		view_touch(batch, pending->arrival);
	if (pending->supersedes || from.kind != KIND_COMMENT)
		view_touch(batch, target);
}

/* The links of a record that waited for one that has come. */
static void settle_waiting(struct facets_builder *b, struct view_batch *batch, uint64_t arrival)
{
	struct view_record r = {.arrival = arrival, .link_count = 1};
	size_t at = b->pending.size;
	struct record record;

	if (!record_walk_arrival(&batch->walk, arrival) ||
	    !record_walk_peek(&batch->walk, &record) || record.state != RECORD_PRESENT ||
	    mp_scan(record.payload) != ERR_NONE)
		return;
	r.payload = record.payload;
	facet_links_take(b, &r);
	for (; at < b->pending.size; at += sizeof(struct pending)) {
		struct pending pending;
		memcpy(&pending, b->pending.data + at, sizeof(pending));
		facet_links_settle(b, batch, &pending);
	}
}

/* Records that lead to this new one and came before it. */
void facet_links_awaited(
    struct facets_builder *b, struct view_batch *batch, const struct facet *row)
{
	struct bytes prefix = bytes_of(row->leaf, VIEW_LEAF_SIZE);
	uint8_t key[VIEW_WAITING_SIZE];
	struct writer waiting = {0};
	struct walk walk;

	walk_begin(&walk, &batch->views, VIEW_WAITING);
	for (bool more = walk_from(&walk, prefix); more && walk_has_prefix(&walk, prefix);
	     more = walk_next(&walk)) {
		uint64_t from = be64_get(walk.key.data + VIEW_LEAF_SIZE);
		writer_put(&waiting, &from, sizeof(from));
	}
	walk_end(&walk);
	for (size_t at = 0; at < waiting.size; at += sizeof(uint64_t)) {
		uint64_t from;
		memcpy(&from, waiting.data + at, sizeof(from));
		/* It waits again when this is not the one. */
		txn_del(&batch->views, VIEW_WAITING, waiting_key(key, row->leaf, from));
		settle_waiting(b, batch, from);
	}
	if (waiting.err != ERR_NONE)
		txn_fail(&batch->views, waiting.err, "no memory for links");
	writer_release(&waiting);
}
