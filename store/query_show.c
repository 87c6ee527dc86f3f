/* show: one record with everything that is known about it; history: what became of it. */
#include <stdlib.h>
#include <string.h>

#include "proto/kinds.h"
#include "proto/text.h"
#include "store/query_part.h"

#define VERSIONS_MAX 1000
#define HISTORY_MAX 1000

bool version_before(struct query *q, const struct found *f, struct found *out)
{
	struct record_ref ref;

	return supersedes_link(f, &ref) && link_found(q, &ref, out) &&
	       out->record.header.kind == f->record.header.kind && out->log.number != 0 &&
	       strcmp(out->log.member, f->log.member) == 0;
}

static unsigned version_of(struct query *q, const struct found *f)
{
	struct found at = *f, before;
	unsigned version = 1;

	while (version < VERSIONS_MAX && version_before(q, &at, &before)) {
		at = before;
		version++;
	}
	return version;
}

static bool is_coordinator(struct query *q, const char *member)
{
	struct change_member row;

	return member_row_get(&q->truth, bytes_str(member), &row) && row.is_coordinator;
}

/* When the record can not have been made before: the coordinator's snapshot that it names. */
static void put_not_before(struct query *q, const struct header *header)
{
	uint8_t key[VIEW_LEAVES_SIZE] = {0};
	struct found snapshot;
	struct walk walk;
	bool is_found;

	memcpy(key, header->anchor.b, VIEW_LEAF_SIZE);
	walk_begin(&walk, &q->views, VIEW_LEAVES);
	is_found = header->has_anchor && walk_from(&walk, BYTES(key)) &&
		   walk_has_prefix(&walk, bytes_of(key, VIEW_LEAF_SIZE)) &&
		   found_at_arrival(q, be64_get(walk.key.data + VIEW_LEAF_SIZE), &snapshot) &&
		   hash_equal(&snapshot.leaf, &header->anchor) &&
		   snapshot.record.header.kind == KIND_NETWORK_SNAPSHOT &&
		   is_coordinator(q, snapshot.log.member);
	walk_end(&walk);
	mp_put_cstr(q->out, "not_before");
	if (is_found)
		mp_put_int(q->out, snapshot.record.header.time.ms);
	else
		mp_put_nil(q->out);
}

static void put_erased(struct query *q, const struct record *record)
{
	const struct record_ref *erasure = &record->erasure;
	char ref[REF_TEXT_MAX];
	struct found by;
	bool is_held;

	mp_put_cstr(q->out, "erased");
	if (record->state != RECORD_ERASED) {
		mp_put_nil(q->out);
		return;
	}
	is_held = link_found(q, erasure, &by);
	mp_put_map(q->out, is_held ? 4 : 3);
	put_name_bin(q->out, "id", erasure->leaf.b, HASH_SIZE);
	put_name_uint(q->out, "index", erasure->index);
	put_name_bin(q->out, "log", erasure->log.b, KEY_SIZE);
	if (is_held) {
		ref_text(ref, &by.log, by.index);
		put_name_str(q->out, "ref", ref);
	}
}

/* By name when it is held, else by its id. */
static void put_supersedes(struct query *q, const struct found *f)
{
	char text[2 * HASH_SIZE + REF_TEXT_MAX];
	struct record_ref ref;
	struct found older;

	mp_put_cstr(q->out, "supersedes");
	if (!supersedes_link(f, &ref)) {
		mp_put_nil(q->out);
		return;
	}
	if (link_found(q, &ref, &older))
		ref_text(text, &older.log, older.index);
	else
		hex_encode(text, BYTES(ref.leaf.b));
	mp_put_cstr(q->out, text);
}

/* Writes row_put's map again with more names between its own: each is one value, copied as it is.
 */
static void put_row_value(struct query *q, struct bytes row, const char *name)
{
	mp_put_cstr(q->out, name);
	writer_bytes(q->out, mp_get(row, name));
}

/* The day that is asked about; false when it is none. */
static bool take_as_of(struct query *q)
{
	param_when(q, "as_of", true, &q->as_of);
	return query_ok(q);
}

static bool is_known_by_then(struct query *q, const struct found *f)
{
	char ref[REF_TEXT_MAX];

	if (f->record.header.time.ms < q->as_of)
		return true;
	ref_text(ref, &f->log, f->index);
	query_fail(q, ERR_UNKNOWN, "%s claims to be newer than that day", ref);
	return false;
}

/* What each link of a payload leads to: by name, or nil while it has not arrived. */
struct link_rows {
	struct query *q;
	struct writer rows;
	uint32_t count;
};

static void take_target(void *context, const struct view_link *link)
{
	struct link_rows *links = context;
	char text[REF_TEXT_MAX];
	struct found target;

	links->count++;
	mp_put_map(&links->rows, 3);
	mp_put_cstr(&links->rows, "field");
	mp_put_str(&links->rows, link->field);
	put_name_bin(&links->rows, "id", link->target.leaf.b, HASH_SIZE);
	if (query_ok(links->q) && link_found(links->q, &link->target, &target)) {
		ref_text(text, &target.log, target.index);
		put_name_str(&links->rows, "ref", text);
	} else {
		put_name_nil(&links->rows, "ref");
	}
}

static void put_links(struct query *q, const struct record *record)
{
	struct link_rows links = {.q = q};

	if (record->state == RECORD_PRESENT)
		view_links(record->payload, take_target, &links);
	mp_put_cstr(q->out, "links");
	mp_put_array(q->out, links.count);
	writer_bytes(q->out, writer_view(&links.rows));
	if (links.rows.err != ERR_NONE)
		writer_fail(q->out, links.rows.err);
	writer_release(&links.rows);
}

/* What is wrong first with a payload that is not what its kind says. */
static void put_fault(struct query *q, const struct record *record)
{
	struct writer text = {0};
	struct why why = {0};

	mp_put_cstr(q->out, "fault");
	if (record->state != RECORD_PRESENT || mp_scan(record->payload) != ERR_NONE ||
	    kinds_fits(kind_by_number(record->header.kind), record->payload, &why)) {
		mp_put_nil(q->out);
		return;
	}
	/* It was cut to its room, perhaps within a letter. */
	text_sanitize_terminal(&text, bytes_str(why.text));
	mp_put_str(q->out, writer_view(&text));
	if (text.err != ERR_NONE)
		writer_fail(q->out, text.err);
	writer_release(&text);
}

void query_show(struct query *q)
{
	struct row_extra extra = {.has_pending = true};
	struct writer card = {0};
	struct bytes row;
	struct found f;

	if (!take_as_of(q) || !ref_found(q, param_str(q, "ref"), &f) || !is_known_by_then(q, &f))
		return;
	row_put(q, &card, &f, &extra);
	row = writer_view(&card);
	mp_put_map(q->out, 20u + (q->as_of == INT64_MAX ? 0 : 1) + (branch_is_of(&f.log) ? 1 : 0));
	mp_put_cstr(q->out, "anchor");
	if (f.record.header.has_anchor)
		mp_put_bin(q->out, f.record.header.anchor.b, HASH_SIZE);
	else
		mp_put_nil(q->out);
	put_row_value(q, row, "arrival");
	if (q->as_of != INT64_MAX)
		put_row_value(q, row, "as_of_basis");
	if (branch_is_of(&f.log))
		put_row_value(q, row, "branch");
	put_erased(q, &f.record);
	put_fault(q, &f.record);
	put_row_value(q, row, "id");
	put_row_value(q, row, "kind");
	put_row_value(q, row, "labels");
	put_links(q, &f.record);
	put_row_value(q, row, "member");
	/* "Not after" needs cosignatures of m coordinators over snapshots that cover the record. */
	put_name_nil(q->out, "not_after");
	put_not_before(q, &f.record.header);
	if (f.record.state == RECORD_PRESENT)
		put_name_bin(q->out, "payload", f.record.payload.data, f.record.payload.size);
	else
		put_name_nil(q->out, "payload");
	put_row_value(q, row, "ref");
	put_row_value(q, row, "state");
	put_row_value(q, row, "status");
	put_row_value(q, row, "superseded_by");
	put_supersedes(q, &f);
	put_row_value(q, row, "time");
	put_row_value(q, row, "title");
	put_name_uint(q->out, "version", version_of(q, &f));
	if (card.err != ERR_NONE)
		writer_fail(q->out, card.err);
	writer_release(&card);
}

/* --- history --------------------------------------------------------------------------------- */

struct event {
	uint64_t arrival;
	struct bytes relation; /* borrowed from the map: payloads stay where they are */
};

struct history {
	struct event events[HISTORY_MAX];
	unsigned count;
};

struct relation_seen {
	const struct found *target;
	struct bytes field;
};

static void see_relation(void *context, const struct view_link *link)
{
	struct relation_seen *seen = context;

	if (seen->field.size == 0 && link->target.index == seen->target->index &&
	    key_equal(&link->target.log, &seen->target->log.key) &&
	    hash_equal(&link->target.leaf, &seen->target->leaf))
		seen->field = link->field;
}

/* How `f` relates to `target`: "version" when it is the next one of the same member, else the field
 * of its link. */
static struct bytes relation_of(struct query *q, const struct found *f, const struct found *target)
{
	struct relation_seen seen = {.target = target};
	struct found before;

	if (f->record.state != RECORD_PRESENT)
		return (struct bytes){0};
	view_links(f->record.payload, see_relation, &seen);
	if (!bytes_equal(seen.field, BYTES_STR("supersedes")))
		return seen.field;
	if (version_before(q, f, &before) && before.arrival == target->arrival)
		return BYTES_STR("version");
	return BYTES_STR("refused_version");
}

static void history_add(struct history *h, uint64_t arrival, struct bytes relation)
{
	for (unsigned i = 0; i < h->count; i++) {
		if (h->events[i].arrival == arrival)
			return;
	}
	if (h->count < HISTORY_MAX && relation.size > 0)
		h->events[h->count++] = (struct event){arrival, relation};
}

/* Whether what links to a record belongs to the history that the record is in. What is said about a promise or a practice
 * is answered, attested and taken up in turn; an event that showed a practice leads to workshops of other matters. */
static bool is_followed(const struct event *event, uint16_t kind)
{
	return bytes_equal(event->relation, BYTES_STR("version")) || kind == KIND_PROGRESS ||
	       kind == KIND_ATTESTATION || kind == KIND_COMMENT || kind == KIND_ADOPTION ||
	       kind == KIND_MILESTONE;
}

/* Everything that links to an event of the history. */
static void history_follow(struct query *q, struct history *h, unsigned position)
{
	struct found target, f;
	struct stream *links;
	uint64_t arrival;

	if (!found_at_arrival(q, h->events[position].arrival, &target) ||
	    !is_followed(&h->events[position], target.record.header.kind))
		return;
	links = stream_links(q, &target.leaf, 0);
	while (stream_next(links, &arrival)) {
		if (found_at_arrival(q, arrival, &f) && !f.is_past_cut &&
		    f.record.header.time.ms < q->as_of)
			history_add(h, arrival, relation_of(q, &f, &target));
	}
	stream_free(links);
}

static int compare_events(const void *a, const void *b)
{
	const struct event *x = a, *y = b;

	return (x->arrival > y->arrival) - (x->arrival < y->arrival);
}

void query_history(struct query *q)
{
	struct history *h = calloc(1, sizeof(*h));
	struct row_extra extra = {.has_pending = true};
	struct found f, before;

	if (!h)
		query_fail(q, ERR_MEMORY, "no memory for a history");
	if (h && take_as_of(q) && ref_found(q, param_str(q, "ref"), &f) &&
	    is_known_by_then(q, &f)) {
		for (unsigned i = 0; i < VERSIONS_MAX && version_before(q, &f, &before); i++)
			f = before;
		history_add(h, f.arrival, BYTES_STR("version"));
		for (unsigned i = 0; i < h->count && query_ok(q); i++)
			history_follow(q, h, i);
		qsort(h->events, h->count, sizeof(h->events[0]), compare_events);
		mp_put_map(q->out, 1);
		mp_put_cstr(q->out, "rows");
		mp_put_array(q->out, h->count);
		for (unsigned i = 0; i < h->count && query_ok(q); i++) {
			extra.relation = h->events[i].relation;
			if (found_at_arrival(q, h->events[i].arrival, &f))
				row_put(q, q->out, &f, &extra);
		}
	}
	free(h);
}
