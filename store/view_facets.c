/* The builder of the facets: a row for each record, links of `about` and `supersedes` resolved to
 * arrivals, and what is derived from them kept current. It decides what a row says; what others make
 * of a record is facet_audit's.
 *
 * A link counts when the record at that log and index is held and begins with the leaf hash that the
 * link names. A target that comes later is found by whoever waits for it in the table of links. */
#include <stdlib.h>
#include <string.h>

#include "proto/audit.h"
#include "proto/mp.h"
#include "proto/text_order.h"
#include "store/facet.h"
#include "store/view_build.h"

/* A link that is resolved when the whole batch is in the tables. */
struct pending {
	uint64_t arrival;
	bool supersedes; /* else: about */
	struct record_ref target;
};

struct row {
	uint64_t arrival;
	struct facet facet;
};

/* What few records share is looked up once: a table of what was asked for last under each hash. */
#define TERMS_SIZE 512
#define LOGS_SIZE 1024
struct term_slot {
	uint32_t number; /* 0: free */
	uint8_t class, size;
	uint8_t word[TERM_SIZE_MAX];
};
struct log_slot {
	struct key key;
	uint32_t log_no; /* 0: free */
};

struct facets_builder {
	struct term_slot terms[TERMS_SIZE];
	struct log_slot logs[LOGS_SIZE];
	struct writer rows;	/* struct row, ascending by one */
	struct writer revisits; /* struct row */
	struct writer pending;
	struct log_row log; /* of the record at hand */
	uint32_t member;
	uint64_t first; /* of the new rows */
};

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

static uint32_t put_term(
    struct facets_builder *b, struct txn *t, enum term_class class, struct bytes word)
{
	struct term_slot *slot;
	uint32_t hash = 2166136261u ^ (uint32_t) class;

	if (word.size == 0 || word.size > TERM_SIZE_MAX)
		return 0;
	for (size_t i = 0; i < word.size; i++)
		hash = (hash ^ word.data[i]) * 16777619u;
	slot = &b->terms[hash % TERMS_SIZE];
	if (slot->number > 0 && slot->class == (uint8_t) class && slot->size == word.size &&
	    memcmp(slot->word, word.data, word.size) == 0)
		return slot->number;
	slot->number = term_put(t, class, word);
	slot->class = (uint8_t) class;
	slot->size = (uint8_t)word.size;
	memcpy(slot->word, word.data, word.size);
	return slot->number;
}

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

/* --- one row --------------------------------------------------------------------------------- */

static unsigned digits_at(struct bytes text, size_t at, size_t count)
{
	unsigned value = 0;

	if (text.size < at + count || (text.size > at + count && text.data[at + count] != '.'))
		return 0;
	for (size_t i = at; i < at + count; i++) {
		if (text.data[i] < '0' || text.data[i] > '9')
			return 0;
		value = value * 10 + (text.data[i] - '0');
	}
	return value;
}

void territory_read(struct bytes code, uint8_t *region, uint16_t *province)
{
	size_t at = code.size > 3 && memcmp(code.data, "MA-", 3) == 0 ? 3 : 0;
	unsigned number = digits_at(code, at, 2);

	*region = number <= REGION_MAX ? (uint8_t)number : 0;
	*province = *region > 0 && at == 0 && code.size > 3 ? (uint16_t)digits_at(code, 3, 3) : 0;
}

static int compare_numbers(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* The themes as one number: most records share their set with many others. */
static uint32_t put_themes(struct facets_builder *b, struct txn *t, struct bytes payload)
{
	uint32_t numbers[TERM_SET_MAX];
	uint8_t set[4 * TERM_SET_MAX];
	size_t count = 0, distinct = 0;
	struct bytes word;

	for (unsigned i = 0; i < TERM_SET_MAX && kinds_theme(payload, i, &word); i++) {
		uint32_t number = put_term(b, t, TERM_THEME, word);
		if (number > 0)
			numbers[count++] = number;
	}
	if (count > 1)
		qsort(numbers, count, sizeof(numbers[0]), compare_numbers);
	for (size_t i = 0; i < count; i++) {
		if (i == 0 || numbers[i] != numbers[i - 1])
			be32_put(set + 4 * distinct++, numbers[i]);
	}
	return put_term(b, t, TERM_SET, bytes_of(set, 4 * distinct));
}

static unsigned fact_flags(uint16_t kind, struct bytes payload)
{
	struct audit_fact fact;

	audit_fact_read(&fact, kind, payload);
	return (fact.is_withdrawn ? FACET_WITHDRAWN : 0u) |
	       (fact.has_evidence ? FACET_EVIDENCE : 0u) | (fact.agrees ? FACET_AGREES : 0u) |
	       (fact.disagrees ? FACET_DISAGREES : 0u) |
	       (fact.role == AUDIT_AS_COORDINATOR ? FACET_COORDINATOR : 0u) |
	       (fact.role == AUDIT_AS_OBSERVER ? FACET_OBSERVER : 0u);
}

static unsigned flags_of(const struct facets_builder *b, const struct view_record *r)
{
	static const unsigned states[] = {
	    [RECORD_ERASED] = FACET_ERASED, [RECORD_NOT_HELD] = FACET_NOT_HELD};
	unsigned flags = r->record->state == RECORD_PRESENT ? 0 : states[r->record->state];

	if (r->record->state == RECORD_PRESENT && r->payload.size == 0)
		flags |= FACET_RAW;
	if (b->log.state == LOG_CUT && r->index >= b->log.cut_size)
		flags |= FACET_PAST_CUT;
	return r->payload.size == 0 ? flags
				    : flags | fact_flags(r->record->header.kind, r->payload);
}

static void read_payload(
    struct facets_builder *b, struct txn *t, struct facet *f, const struct view_record *r)
{
	static const enum lang langs[2] = {LANG_AR, LANG_FR};
	const struct kind *kind = kind_by_number(f->kind);
	struct bytes status = kinds_status(kind, r->payload);
	int caution =
	    kind && kind->status ? audit_caution(kinds_str(r->payload, kind->status)) : -1;

	f->themes = put_themes(b, t, r->payload);
	f->own_status = f->status = put_term(b, t, TERM_STATUS, status);
	f->caution = caution < 0 ? 0xff : (uint8_t)caution;
	territory_read(kinds_str(r->payload, "territory"), &f->region, &f->province);
	for (unsigned i = 0; i < 2; i++)
		text_order_key(
		    f->titles[i], FACET_TITLE_SIZE, kinds_title(kind, r->payload, langs[i], NULL));
}

static void take_log(struct facets_builder *b, struct view_batch *batch, uint32_t log_no)
{
	if (b->log.log_no == log_no)
		return;
	if (!log_row_by_number(&batch->truth, log_no, &b->log)) {
		txn_fail(&batch->truth, ERR_ROT, "the log of a record is not stored");
		return;
	}
	b->member = put_term(b, &batch->views, TERM_MEMBER,
	    b->log.number == 0 ? BYTES_STR("roster") : bytes_str(b->log.member));
}

static void take_links(struct facets_builder *b, const struct view_record *r)
{
	static const char *const fields[2] = {"about", "supersedes"};

	for (unsigned i = 0; i < 2; i++) {
		struct pending pending = {.arrival = r->arrival, .supersedes = i == 1};
		if (r->link_count > 0 && kinds_link(r->payload, fields[i], &pending.target))
			writer_put(&b->pending, &pending, sizeof(pending));
	}
}

static void facets_take(void *state, struct view_batch *batch, const struct view_record *r)
{
	struct facets_builder *b = state;
	struct row row = {.arrival = r->arrival};
	struct facet *f = &row.facet;

	take_log(b, batch, r->log_no);
	f->kind = r->record->header.kind;
	f->log_no = r->log_no;
	f->number = b->log.number;
	f->member = b->member;
	f->index = r->index;
	f->time = (uint64_t)r->record->header.time.ms;
	f->flags = (uint16_t)flags_of(b, r);
	f->caution = 0xff;
	memcpy(f->leaf, r->leaf.b, VIEW_LEAF_SIZE);
	if (r->payload.size > 0)
		read_payload(b, &batch->views, f, r);
	take_links(b, r);
	if (b->first == 0 && !r->is_revisit)
		b->first = r->arrival;
	writer_put(r->is_revisit ? &b->revisits : &b->rows, &row, sizeof(row));
}

/* --- rows of the batch ------------------------------------------------------------------------ */

static struct row row_at(const struct writer *rows, size_t position)
{
	struct row row;

	memcpy(&row, rows->data + position * sizeof(row), sizeof(row));
	return row;
}

static size_t row_count(const struct writer *rows)
{
	return rows->size / sizeof(struct row);
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

/* --- links ----------------------------------------------------------------------------------- */

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

static void settle_link(
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
	take_links(b, &r);
	for (; at < b->pending.size; at += sizeof(struct pending)) {
		struct pending pending;
		memcpy(&pending, b->pending.data + at, sizeof(pending));
		settle_link(b, batch, &pending);
	}
}

/* Records that lead to this new one and came before it. */
static void settle_awaited(
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

/* --- the end of a batch ---------------------------------------------------------------------- */

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
	now.flags |= old.flags & (FACET_SUPERSEDED | FACET_CONFLICT);
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
			settle_link(b, batch, &pending);
	}
}

static void settle_flags(struct view_batch *batch, struct facets *facets, uint64_t arrival)
{
	struct facet row;
	unsigned count, flags;

	if (!facets_get(facets, arrival, &row))
		return;
	count = facets_superseding(facets, &row, arrival, NULL);
	flags = row.flags & ~(unsigned)(FACET_SUPERSEDED | FACET_CONFLICT);
	flags |= (count > 0 ? FACET_SUPERSEDED : 0u) | (count > 1 ? FACET_CONFLICT : 0u);
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
	struct audit_verdict verdict;
	struct facet row;
	uint64_t changed;
	uint32_t word;

	if (!facets_get(facets, arrival, &row) || !facet_is_audited(row.kind))
		return;
	facets_audit(facets, &row, arrival, &verdict, &changed);
	word = term_put(&batch->views, TERM_STATUS, bytes_str(audit_caution_word(verdict.status)));
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
			settle_link(b, batch, &pending);
	}
	for (size_t i = 0; is_waited_for && i < row_count(&b->rows); i++) {
		struct row row = row_at(&b->rows, i);
		settle_awaited(b, batch, &row.facet);
	}
	put_new(batch, &b->rows);
	settle_revisited(b, batch);
	each_touched(batch, settle_flags, true);
	each_touched(batch, spread, false);
	each_touched(batch, settle_status, true);
}

const struct view_builder view_facets = {
    "facets", facets_begin, facets_take, facets_end, facets_release};
