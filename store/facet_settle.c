/* What others make of a record, kept current: which rows are superseded or attested, and which status a commitment has. It
 * goes over what the batch has touched; the rules are facet_audit's. */
#include <string.h>

#include "proto/audit.h"
#include "store/view_facets.h"

static void settle_flags(struct view_batch *batch, struct facets *facets, uint64_t arrival)
{
	struct facet row;
	unsigned count, flags;

	if (!facets_get(facets, arrival, &row))
		return;
	count = facets_superseding(facets, &row, arrival, NULL);
	flags = row.flags & ~(unsigned)(FACET_SUPERSEDED | FACET_CONFLICT | FACET_ATTESTED);
	flags |= (count > 0 ? FACET_SUPERSEDED : 0u) | (count > 1 ? FACET_CONFLICT : 0u);
	if (row.kind == KIND_PROGRESS && facets_is_attested(facets, &row, arrival))
		flags |= FACET_ATTESTED;
	/* What it says of another record counts or no longer counts. */
	if (row.about > 0 && (row.kind == KIND_PROGRESS || row.kind == KIND_ATTESTATION))
		view_touch(batch, row.about);
	if (row.flags == flags)
		return;
	row.flags = (uint16_t)flags;
	facet_put(&batch->views, arrival, &row);
	facets_init(facets, &batch->views);
}

/* What is said of a record is said of what it reports on, and of later versions. */
static void spread(struct view_batch *batch, struct facets *facets, uint64_t arrival)
{
	uint8_t prefix[VIEW_LEAF_SIZE + 1];
	struct facet row, version;
	struct walk walk;

	if (!facets_get(facets, arrival, &row))
		return;
	if (row.kind == KIND_PROGRESS && row.about > 0)
		view_touch(batch, row.about);
	if (!facet_is_audited(row.kind))
		return;
	memcpy(prefix, row.leaf, VIEW_LEAF_SIZE);
	prefix[VIEW_LEAF_SIZE] = VIEW_SUPERSEDES;
	walk_begin(&walk, &batch->views, VIEW_LINKS);
	for (bool more = walk_from(&walk, BYTES(prefix));
	     more && walk_has_prefix(&walk, BYTES(prefix)); more = walk_next(&walk)) {
		uint64_t by = be64_get(walk.key.data + sizeof(prefix));
		if (facets_get(facets, by, &version) && version.supersedes == arrival)
			view_touch(batch, by);
	}
	walk_end(&walk);
}

static void settle_status(struct view_batch *batch, struct facets *facets, uint64_t arrival)
{
	struct view_verdict settled = {.arrival = arrival};
	struct facet row;
	uint64_t changed;
	uint32_t word;

	if (!facets_get(facets, arrival, &row) || !facet_is_audited(row.kind))
		return;
	facets_audit(facets, &row, arrival, &settled.verdict, &changed);
	writer_put(&batch->verdicts, &settled, sizeof(settled));
	word = term_put(
	    &batch->views, TERM_STATUS, bytes_str(audit_caution_word(settled.verdict.status)));
	facets_init(facets, &batch->views);
	if (word == row.status && changed == row.changed)
		return;
	row.status = word;
	row.changed = changed;
	facet_put(&batch->views, arrival, &row);
	facets_init(facets, &batch->views);
}

/* Calls `step` for everything touched, also for what it touches itself, each once. */
static void each_touched(struct view_batch *batch,
    void (*step)(struct view_batch *batch, struct facets *facets, uint64_t arrival), bool is_closed)
{
	struct facets facets;
	struct writer done = {0};
	size_t count;
	bool more = true;

	facets_init(&facets, &batch->views);
	while (more && batch->views.err == ERR_NONE) {
		const uint64_t *all = view_touched(batch, &count), *before;
		size_t known = done.size / sizeof(*all), at = 0;
		struct writer now = {0};
		writer_put(&now, all, count * sizeof(*all));
		all = (const uint64_t *)(const void *)now.data;
		before = (const uint64_t *)(const void *)done.data;
		more = false;
		for (size_t i = 0; i < count && now.err == ERR_NONE; i++) {
			while (at < known && before[at] < all[i])
				at++;
			if (at < known && before[at] == all[i])
				continue;
			step(batch, &facets, all[i]);
			more = !is_closed;
		}
		if (now.err != ERR_NONE)
			txn_fail(&batch->views, now.err, "no memory for a batch of the views");
		writer_release(&done);
		done = now;
	}
	writer_release(&done);
}

void facet_settle(struct view_batch *batch)
{
	each_touched(batch, settle_flags, true);
	each_touched(batch, spread, false);
	each_touched(batch, settle_status, true);
	if (batch->verdicts.err != ERR_NONE)
		txn_fail(&batch->views, batch->verdicts.err, "no memory for a batch of the views");
}
