/* The builder of the facets: a row for each record, links of `about` and `supersedes` resolved to arrivals, and what is derived
 * from them kept current. It decides in which order that happens. */
#include "store/view_facets.h"

#include <stdlib.h>
#include <string.h>

static void *facets_begin(struct view_batch *batch)
{
	(void)batch;
	return calloc(1, sizeof(struct facets_builder));
}

static void facets_release(void *state)
{
	struct facets_builder *b = state;

	writer_release(&b->rows);
	writer_release(&b->revisits);
	writer_release(&b->pending);
	free(b);
}

static void facets_take(void *state, struct view_batch *batch, const struct view_record *r)
{
	struct facets_builder *b = state;
	struct row row = {.arrival = r->arrival};

	facet_row_take(b, batch, r, &row.facet);
	facet_links_take(b, r);
	if (b->first == 0 && !r->is_revisit)
		b->first = r->arrival;
	writer_put(r->is_revisit ? &b->revisits : &b->rows, &row, sizeof(row));
}

/* Whole blocks at once: rows ascend. */
static void put_new(struct view_batch *batch, const struct writer *rows)
{
	uint8_t block[FACETS_PER_BLOCK * FACET_SIZE];
	size_t count = row_count(rows), i = 0;

	while (i < count) {
		uint64_t number = (row_at(rows, i).arrival - 1) / FACETS_PER_BLOCK;
		struct row_key key = row_key_u64(number);
		struct bytes old;
		memset(block, 0, sizeof(block));
		if (txn_get(&batch->views, VIEW_FACETS, row_key_view(&key), &old) &&
		    old.size == sizeof(block))
			memcpy(block, old.data, sizeof(block));
		for (; i < count; i++) {
			struct row row = row_at(rows, i);
			if ((row.arrival - 1) / FACETS_PER_BLOCK != number)
				break;
			facet_encode(
			    block + (row.arrival - 1) % FACETS_PER_BLOCK * FACET_SIZE, &row.facet);
		}
		txn_put(&batch->views, VIEW_FACETS, row_key_view(&key), BYTES(block));
	}
}

/* A payload came or went: what it led to, and what it leads to now, is looked at again. */
static void put_revisited(struct view_batch *batch, const struct row *row)
{
	struct facets facets;
	struct facet old, now = row->facet;

	facets_init(&facets, &batch->views);
	if (!facets_get(&facets, row->arrival, &old))
		return;
	if (old.about > 0)
		view_touch(batch, old.about);
	if (old.supersedes > 0)
		view_touch(batch, old.supersedes);
	now.flags |= old.flags & (FACET_SUPERSEDED | FACET_CONFLICT | FACET_ATTESTED);
	facet_put(&batch->views, row->arrival, &now);
	view_touch(batch, row->arrival);
}

/* Behind the new rows: their links may lead to those. */
static void settle_revisited(struct facets_builder *b, struct view_batch *batch)
{
	size_t pending_size = b->pending.size;

	for (size_t i = 0; i < row_count(&b->revisits); i++) {
		struct row row = row_at(&b->revisits, i);
		put_revisited(batch, &row);
	}
	b->first = 0; /* the rows are in the table now */
	for (size_t at = 0; at < pending_size; at += sizeof(struct pending)) {
		struct pending pending;
		memcpy(&pending, b->pending.data + at, sizeof(pending));
		if (row_count(&b->revisits) > 0)
			facet_links_settle(b, batch, &pending);
	}
}

static void facets_end(void *state, struct view_batch *batch)
{
	struct facets_builder *b = state;
	bool is_waited_for;

	if (b->rows.err != ERR_NONE || b->revisits.err != ERR_NONE || b->pending.err != ERR_NONE) {
		txn_fail(&batch->views, ERR_MEMORY, "no memory for a batch of the views");
		return;
	}
	is_waited_for = txn_rows(&batch->views, VIEW_WAITING) > 0;
	for (size_t at = 0; at < b->pending.size; at += sizeof(struct pending)) {
		struct pending pending;
		memcpy(&pending, b->pending.data + at, sizeof(pending));
		if (pending.arrival >= b->first && b->first > 0)
			facet_links_settle(b, batch, &pending);
	}
	for (size_t i = 0; is_waited_for && i < row_count(&b->rows); i++) {
		struct row row = row_at(&b->rows, i);
		facet_links_awaited(b, batch, &row.facet);
	}
	put_new(batch, &b->rows);
	settle_revisited(b, batch);
	facet_settle(batch);
}

const struct view_builder view_facets = {
    "facets", facets_begin, facets_take, facets_end, facets_release};
