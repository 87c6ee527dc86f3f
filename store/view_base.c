/* The plain indexes: where the records of a kind, of a log, of a leaf hash are, and what links to
 * what. Rows come and never go: what was erased is noticed by whoever follows them. */
#include <stdlib.h>

#include "store/view_build.h"

struct base {
	struct view_keys kinds, logs, leaves, links;
};

static void *base_begin(struct view_batch *batch)
{
	struct base *b = calloc(1, sizeof(*b));

	(void)batch;
	if (b) {
		b->kinds.size = VIEW_KINDS_SIZE;
		b->logs.size = VIEW_LOGS_SIZE;
		b->leaves.size = VIEW_LEAVES_SIZE;
		b->links.size = VIEW_LINKS_SIZE;
	}
	return b;
}

static void take_link(struct base *b, const struct view_link *link, uint64_t arrival)
{
	struct writer *w = &b->links.keys;
	bool supersedes = bytes_equal(link->field, BYTES_STR("supersedes"));

	writer_put(w, link->target.leaf.b, VIEW_LEAF_SIZE);
	writer_u8(w, supersedes ? VIEW_SUPERSEDES : VIEW_OTHER);
	writer_u64(w, arrival);
}

static void base_take(void *state, struct view_batch *batch, const struct view_record *r)
{
	struct base *b = state;
	uint16_t kind = r->record->header.kind;

	(void)batch;
	for (size_t i = 0; i < r->link_count; i++)
		take_link(b, &r->links[i], r->arrival);
	if (r->is_revisit)
		return;
	writer_u16(&b->kinds.keys, kind);
	writer_u64(&b->kinds.keys, r->arrival);
	writer_u32(&b->logs.keys, r->log_no);
	writer_u16(&b->logs.keys, kind);
	writer_u64(&b->logs.keys, r->arrival);
	writer_put(&b->leaves.keys, r->leaf.b, VIEW_LEAF_SIZE);
	writer_u64(&b->leaves.keys, r->arrival);
}

static void base_end(void *state, struct view_batch *batch)
{
	struct base *b = state;

	view_keys_put(&batch->views, VIEW_KINDS, &b->kinds);
	view_keys_put(&batch->views, VIEW_LOGS, &b->logs);
	view_keys_put(&batch->views, VIEW_LEAVES, &b->leaves);
	view_keys_put(&batch->views, VIEW_LINKS, &b->links);
}

static void base_release(void *state)
{
	struct base *b = state;

	writer_release(&b->kinds.keys);
	writer_release(&b->logs.keys);
	writer_release(&b->leaves.keys);
	writer_release(&b->links.keys);
	free(b);
}

const struct view_builder view_base = {"base", base_begin, base_take, base_end, base_release};
