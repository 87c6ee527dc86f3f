/* The builder of the audit: a row for every newest version of what is audited, computed again when something that it depends
 * on came, changed or went. It decides when; audit_row decides what a row says. */
#include "store/audit_row.h"
#include "store/view_build.h"

#include "proto/mp.h"

#include <stdlib.h>
#include <string.h>

/* The newest word of a log in this batch. */
struct said {
	uint32_t log_no;
	uint64_t time;
};

struct audit_builder {
	struct writer subjects; /* u64 arrivals of records that may have a row */
	struct writer taken;	/* u64 arrivals of those of which the payload is new */
	struct writer targets; /* VIEW_LEAF_SIZE bytes of what an adoption or a workshop leads to */
	struct writer said;    /* struct said: one of each log of the batch */
	struct writer gone;    /* u64 arrivals of adoptions and workshops that were erased */
};

static void *audit_begin_batch(struct view_batch *batch)
{
	(void)batch;
	return calloc(1, sizeof(struct audit_builder));
}

static void audit_release_batch(void *state)
{
	struct audit_builder *b = state;

	writer_release(&b->subjects);
	writer_release(&b->taken);
	writer_release(&b->targets);
	writer_release(&b->said);
	writer_release(&b->gone);
	free(b);
}

/* The newest of each member is settled at the end: here one entry a run of records of one log. */
static void hear(struct audit_builder *b, const struct view_record *r)
{
	struct said said = {.log_no = r->log_no, .time = (uint64_t)r->record->header.time.ms};
	struct said *last = NULL;

	if (b->said.size >= sizeof(said))
		last = (struct said *)(void *)(b->said.data + b->said.size - sizeof(said));
	if (!last || last->log_no != r->log_no)
		writer_put(&b->said, &said, sizeof(said));
	else if (last->time < said.time)
		last->time = said.time;
}

static void audit_take(void *state, struct view_batch *batch, const struct view_record *r)
{
	struct audit_builder *b = state;
	uint16_t kind = r->record->header.kind;

	(void)batch;
	if (audit_is_subject(kind)) {
		writer_put(&b->subjects, &r->arrival, sizeof(r->arrival));
		writer_put(&b->taken, &r->arrival, sizeof(r->arrival));
	}
	if (kind == KIND_ADOPTION || kind == KIND_WORKSHOP)
		for (size_t i = 0; i < r->link_count; i++)
			writer_put(&b->targets, r->links[i].target.leaf.b, VIEW_LEAF_SIZE);
	if (kind >= AUDIT_KIND_OF_PEOPLE && !r->is_revisit)
		hear(b, r);
}

/* --- the end of a batch ---------------------------------------------------------------------- */

static int compare_arrivals(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static bool read_payload(
    struct view_batch *batch, uint64_t arrival, struct bytes *payload, struct hash *leaf)
{
	struct record record;

	if (!record_walk_arrival(&batch->walk, arrival) ||
	    !record_walk_peek(&batch->walk, &record) || record.state != RECORD_PRESENT ||
	    mp_scan(record.payload) != ERR_NONE)
		return false;
	tree_leaf_hash(leaf, record.raw_header);
	*payload = record.payload;
	return true;
}

static void add(struct audit_builder *b, uint64_t arrival)
{
	writer_put(&b->subjects, &arrival, sizeof(arrival));
}

static int compare_leaves(const void *a, const void *b)
{
	return memcmp(a, b, VIEW_LEAF_SIZE);
}

static void add_targets(struct audit_builder *b, struct view_batch *batch)
{
	size_t count = b->targets.size / VIEW_LEAF_SIZE;
	struct walk walk;

	if (count > 0)
		qsort(b->targets.data, count, VIEW_LEAF_SIZE, compare_leaves);
	walk_begin(&walk, &batch->views, VIEW_LEAVES);
	for (size_t i = 0; i < count; i++) {
		struct bytes leaf = bytes_of(b->targets.data + i * VIEW_LEAF_SIZE, VIEW_LEAF_SIZE);

		if (i > 0 && compare_leaves(leaf.data, leaf.data - VIEW_LEAF_SIZE) == 0)
			continue;
		for (bool more = walk_from(&walk, leaf); more && walk_has_prefix(&walk, leaf);
		     more = walk_next(&walk))
			add(b, be64_get(walk.key.data + VIEW_LEAF_SIZE));
	}
	walk_end(&walk);
}

/* Sorted, each once. */
static size_t settle_subjects(struct audit_builder *b)
{
	uint64_t *all = (uint64_t *)(void *)b->subjects.data;
	size_t total = b->subjects.size / sizeof(*all), count = 0;

	if (total > 0)
		qsort(all, total, sizeof(*all), compare_arrivals);
	for (size_t i = 0; i < total; i++)
		if (count == 0 || all[count - 1] != all[i])
			all[count++] = all[i];
	b->subjects.size = count * sizeof(*all);
	return count;
}

/* Versions that supersede the same one are in conflict, each of them. */
static void add_rivals(struct audit_builder *b, struct view_batch *batch, const struct facet *facet)
{
	uint8_t prefix[VIEW_LEAF_SIZE + 1];
	struct walk walk;

	memcpy(prefix, facet->leaf, VIEW_LEAF_SIZE);
	prefix[VIEW_LEAF_SIZE] = VIEW_SUPERSEDES;
	walk_begin(&walk, &batch->views, VIEW_LINKS);
	for (bool more = walk_from(&walk, BYTES(prefix));
	     more && walk_has_prefix(&walk, BYTES(prefix)); more = walk_next(&walk))
		add(b, be64_get(walk.key.data + sizeof(prefix)));
	walk_end(&walk);
}

static void add_target(void *context, const struct view_link *link)
{
	struct audit_builder *b = context;

	writer_put(&b->targets, link->target.leaf.b, VIEW_LEAF_SIZE);
}

/* An adoption or a workshop counts or no longer does: what it leads to hears of it. What was erased no longer says where
 * that is, only the links do. */
static void add_targets_of(
    struct audit_builder *b, struct view_batch *batch, uint64_t arrival, const struct facet *facet)
{
	struct bytes payload;
	struct hash leaf;

	if (facet->kind != KIND_ADOPTION && facet->kind != KIND_WORKSHOP)
		return;
	if (facet->flags & FACET_ERASED)
		writer_put(&b->gone, &arrival, sizeof(arrival));
	else if (read_payload(batch, arrival, &payload, &leaf))
		view_links(payload, add_target, b);
}

/* All links are read, since they are found by their targets; erasures are few. */
static void add_targets_of_gone(struct audit_builder *b, struct view_batch *batch)
{
	size_t count = b->gone.size / sizeof(uint64_t);
	struct walk walk;

	if (count == 0)
		return;
	qsort(b->gone.data, count, sizeof(uint64_t), compare_arrivals);
	walk_begin(&walk, &batch->views, VIEW_LINKS);
	for (bool more = walk_first(&walk); more; more = walk_next(&walk)) {
		uint64_t from = be64_get(walk.key.data + VIEW_LEAF_SIZE + 1);

		if (bsearch(&from, b->gone.data, count, sizeof(from), compare_arrivals))
			writer_put(&b->targets, walk.key.data, VIEW_LEAF_SIZE);
	}
	walk_end(&walk);
}

static void add_touched(struct audit_builder *b, struct view_batch *batch)
{
	size_t count;
	const uint64_t *touched = view_touched(batch, &count);
	struct facets facets;
	struct facet facet;

	facets_init(&facets, &batch->views);
	for (size_t i = 0; i < count; i++) {
		if (!facets_get(&facets, touched[i], &facet))
			continue;
		add_targets_of(b, batch, touched[i], &facet);
		if (!audit_is_subject(facet.kind))
			continue;
		add(b, touched[i]);
		if (facet.flags & FACET_CONFLICT)
			add_rivals(b, batch, &facet);
	}
}

/* Arrivals that were seen: open addressing, at most half full. */
struct seen {
	uint64_t *slots;
	size_t size, count;
};

static bool seen_put(struct seen *s, uint64_t arrival)
{
	size_t at = (size_t)(arrival * 0x9e3779b97f4a7c15u >> 20) & (s->size - 1);

	while (s->slots[at] && s->slots[at] != arrival)
		at = (at + 1) & (s->size - 1);
	if (s->slots[at])
		return false;
	s->slots[at] = arrival;
	s->count++;
	return true;
}

static bool seen_grow(struct seen *s)
{
	struct seen larger = {.size = s->size ? 2 * s->size : 1024};

	if (s->size > 2 * s->count)
		return true;
	larger.slots = calloc(larger.size, sizeof(*larger.slots));
	if (!larger.slots)
		return false;
	for (size_t i = 0; i < s->size; i++)
		if (s->slots[i])
			(void)seen_put(&larger, s->slots[i]);
	free(s->slots);
	*s = larger;
	return true;
}

/* What adopts a practice or is a workshop of a programme counts for its later versions too: those of each are added once,
 * however many of them this batch has touched. */
static void add_later_versions(struct audit_builder *b, struct view_batch *batch)
{
	struct seen seen = {0};
	struct facets facets;
	struct facet facet;

	facets_init(&facets, &batch->views);
	for (size_t i = 0; i < b->subjects.size / sizeof(uint64_t); i++) {
		uint64_t arrival;

		memcpy(&arrival, b->subjects.data + i * sizeof(arrival), sizeof(arrival));
		if (!facets_get(&facets, arrival, &facet) || !(facet.flags & FACET_SUPERSEDED) ||
		    (facet.kind != KIND_PRACTICE && facet.kind != KIND_PROGRAMME))
			continue;
		if (!seen_grow(&seen)) {
			writer_fail(&b->subjects, ERR_MEMORY);
			break;
		}
		if (seen_put(&seen, arrival))
			add_rivals(b, batch, &facet);
	}
	free(seen.slots);
}

/* Of a pledge its row holds all that it says itself: where only others spoke its payload need not be read again. */
static bool renew(struct view_batch *batch, const struct audit_source *source, uint64_t arrival,
    const struct facet *facet, struct bytes key, struct audit_row *row)
{
	struct bytes old;

	if (!facet_is_audited(facet->kind) || !txn_get(&batch->views, VIEW_AUDIT, key, &old) ||
	    !audit_row_decode(row, old))
		return false;
	audit_row_renew(source, arrival, facet, row);
	return true;
}

static bool compute(struct view_batch *batch, const struct audit_source *source, uint64_t arrival,
    const struct facet *facet, struct audit_row *row)
{
	struct bytes payload = {0};
	struct hash leaf = {{0}};

	/* Of a practice others say everything that its row keeps. */
	if (facet->kind != KIND_PRACTICE && !read_payload(batch, arrival, &payload, &leaf))
		return false;
	audit_row_compute(source, arrival, facet, payload, &leaf, row);
	return true;
}

static bool has_row(const struct facet *facet)
{
	return facet->number > 0 &&
	       !(facet->flags & (FACET_UNREADABLE | FACET_PAST_CUT | FACET_SUPERSEDED));
}

static bool is_taken(const struct audit_builder *b, uint64_t arrival)
{
	size_t count = b->taken.size / sizeof(arrival);

	return count > 0 &&
	       bsearch(&arrival, b->taken.data, count, sizeof(arrival), compare_arrivals);
}

static void settle(const struct audit_builder *b, struct view_batch *batch, struct facets *facets,
    uint64_t arrival)
{
	struct audit_source source = {&batch->truth, facets, view_verdict_of(batch, arrival)};
	uint8_t key[AUDIT_KEY_SIZE];
	struct writer value = {0};
	struct audit_row row;
	struct facet facet;

	if (!facets_get(facets, arrival, &facet) || !audit_is_subject(facet.kind))
		return;
	audit_row_key(key, facet.kind, arrival);
	if (has_row(&facet) &&
	    ((!is_taken(b, arrival) && renew(batch, &source, arrival, &facet, BYTES(key), &row)) ||
		compute(batch, &source, arrival, &facet, &row))) {
		audit_row_encode(&value, &row);
		txn_put(&batch->views, VIEW_AUDIT, BYTES(key), writer_view(&value));
	} else {
		txn_del(&batch->views, VIEW_AUDIT, BYTES(key));
	}
	if (value.err)
		txn_fail(&batch->views, value.err, "no memory for a row of the audit");
	writer_release(&value);
	facets_init(facets, &batch->views);
}

static void settle_said(struct audit_builder *b, struct view_batch *batch)
{
	for (size_t at = 0; at < b->said.size; at += sizeof(struct said)) {
		struct said said;
		struct log_row log;
		struct row_key key;
		struct bytes old;
		uint32_t member;
		uint8_t time[8];

		memcpy(&said, b->said.data + at, sizeof(said));
		if (!log_row_by_number(&batch->truth, said.log_no, &log) || log.number == 0)
			continue;
		member = term_put(&batch->views, TERM_MEMBER, bytes_str(log.member));
		key = row_key_u32(member);
		if (txn_get(&batch->views, VIEW_LAST_WORDS, row_key_view(&key), &old) &&
		    old.size == 8 && be64_get(old.data) >= said.time)
			continue;
		be64_put(time, said.time);
		txn_put(&batch->views, VIEW_LAST_WORDS, row_key_view(&key), BYTES(time));
	}
}

static void audit_end_batch(void *state, struct view_batch *batch)
{
	struct audit_builder *b = state;
	struct facets facets;
	const uint64_t *all;
	size_t count;

	add_touched(b, batch);
	add_targets_of_gone(b, batch);
	add_targets(b, batch);
	if (b->subjects.err || b->taken.err || b->targets.err || b->said.err || b->gone.err) {
		txn_fail(&batch->views, ERR_MEMORY, "no memory for a batch of the views");
		return;
	}
	if (b->taken.size > 0)
		qsort(b->taken.data, b->taken.size / sizeof(*all), sizeof(*all), compare_arrivals);
	(void)settle_subjects(b);
	add_later_versions(b, batch);
	count = settle_subjects(b);
	if (b->subjects.err) {
		txn_fail(&batch->views, ERR_MEMORY, "no memory for a batch of the views");
		return;
	}
	all = (const uint64_t *)(const void *)b->subjects.data;
	facets_init(&facets, &batch->views);
	for (size_t i = 0; i < count && batch->views.err == ERR_NONE; i++)
		settle(b, batch, &facets, all[i]);
	settle_said(b, batch);
}

const struct view_builder view_audit = {
    "audit", audit_begin_batch, audit_take, audit_end_batch, audit_release_batch};
