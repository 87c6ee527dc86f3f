/* One record as a row, and which record supersedes it. What a payload says is read through the
 * table of kinds; what fits no schema still makes a row. */
#include <stdio.h>
#include <string.h>

#include "proto/audit.h"
#include "store/facet.h"
#include "store/query_part.h"

bool supersedes_link(const struct found *f, struct record_ref *out)
{
	return f->record.state == RECORD_PRESENT && mp_scan(f->record.payload) == ERR_NONE &&
	       kinds_link(f->record.payload, "supersedes", out);
}

static bool is_version_of(const struct found *newer, const struct found *older)
{
	struct record_ref ref;

	return newer->record.header.kind == older->record.header.kind && newer->log.number != 0 &&
	       older->log.number != 0 && strcmp(newer->log.member, older->log.member) == 0 &&
	       !newer->is_past_cut && supersedes_link(newer, &ref) &&
	       key_equal(&ref.log, &older->log.key) && ref.index == older->index &&
	       hash_equal(&ref.leaf, &older->leaf);
}

bool superseding(struct query *q, const struct found *f, struct found *out, bool *is_conflict)
{
	uint8_t prefix[VIEW_LEAF_SIZE + 1];
	struct walk walk;
	unsigned count = 0;

	memcpy(prefix, f->leaf.b, VIEW_LEAF_SIZE);
	prefix[VIEW_LEAF_SIZE] = VIEW_SUPERSEDES;
	walk_begin(&walk, &q->views, VIEW_LINKS);
	for (bool more = walk_from(&walk, BYTES(prefix));
	     more && walk_has_prefix(&walk, BYTES(prefix)); more = walk_next(&walk)) {
		struct found newer;
		if (!found_at_arrival(q, be64_get(walk.key.data + sizeof(prefix)), &newer) ||
		    newer.record.header.time.ms >= q->as_of || !is_version_of(&newer, f))
			continue;
		if (count++ == 0 || memcmp(newer.leaf.b, out->leaf.b, HASH_SIZE) < 0)
			*out = newer;
	}
	walk_end(&walk);
	*is_conflict = count > 1;
	return count > 0;
}

/* Whether another version replaces the same one: neither of them is the last word. */
static bool is_rival(struct query *q, const struct found *f)
{
	struct record_ref ref;
	struct found older, newer;
	bool is_conflict = false;

	return supersedes_link(f, &ref) && link_found(q, &ref, &older) &&
	       is_version_of(f, &older) && superseding(q, &older, &newer, &is_conflict) &&
	       is_conflict;
}

/* Only a text by language or a plain text: whatever else a payload holds there would make the
 * answer as deep and odd as its author likes. */
void title_put(struct writer *w, struct bytes title)
{
	struct reader r;
	uint32_t pairs;

	reader_init(&r, title);
	if (mp_peek(&r) == MP_STR) {
		writer_bytes(w, title);
		return;
	}
	pairs = mp_peek(&r) == MP_MAP ? mp_map(&r) : 0;
	for (uint32_t i = 0; i < pairs && r.err == ERR_NONE; i++) {
		mp_str(&r);
		mp_str(&r);
	}
	if (pairs > 0 && reader_end(&r) == ERR_NONE)
		writer_bytes(w, title);
	else
		mp_put_nil(w);
}

void row_put_title(struct writer *w, struct bytes payload, const struct kind *kind)
{
	title_put(w, mp_get(payload, kind && kind->title ? kind->title : "title"));
}

static void put_kind(struct writer *w, uint16_t number)
{
	const struct kind *kind = kind_by_number(number);
	char text[8];

	snprintf(text, sizeof(text), "%u", number);
	put_name_str(w, "kind", kind ? kind->name : text);
}

struct pending {
	struct query *q;
	bool is_found;
};

static void see_target(void *context, const struct view_link *link)
{
	struct pending *pending = context;
	struct found target;

	if (!pending->is_found && query_ok(pending->q))
		pending->is_found = !link_found(pending->q, &link->target, &target);
}

/* Whether a link leads to a record that has not arrived. The row that is written may be borrowed from what the look-up
 * reads, so that it comes first. */
static bool is_pending(struct query *q, struct bytes payload)
{
	struct pending pending = {q, false};

	view_links(payload, see_target, &pending);
	return pending.is_found;
}

struct labels {
	bool is_conflict, is_pending, is_raw, is_rival, is_unfit;
};

static void put_labels(struct writer *w, const struct found *f, const struct labels *labels)
{
	const bool is_frozen = f->log.state == LOG_FROZEN || f->log.state == LOG_ASIDE;
	const bool stays = f->log.state == LOG_STAYS;

	mp_put_array(w, (uint32_t)labels->is_conflict + f->is_past_cut + is_frozen +
			    labels->is_pending + labels->is_raw + labels->is_rival + stays +
			    labels->is_unfit);
	if (labels->is_conflict)
		mp_put_cstr(w, "conflict");
	if (is_frozen)
		mp_put_cstr(w, "frozen");
	if (f->is_past_cut)
		mp_put_cstr(w, "past_cut");
	if (labels->is_pending)
		mp_put_cstr(w, "pending");
	if (labels->is_raw)
		mp_put_cstr(w, "raw");
	if (labels->is_rival)
		mp_put_cstr(w, "rival");
	if (stays)
		mp_put_cstr(w, "stays");
	if (labels->is_unfit)
		mp_put_cstr(w, "unfit");
}

static void put_text_or_nil(struct writer *w, const char *name, struct bytes text)
{
	mp_put_cstr(w, name);
	if (text.size > 0)
		mp_put_str(w, text);
	else
		mp_put_nil(w);
}

/* The audited status where the kind has one; what is not indexed yet speaks for itself. */
static struct bytes status_of(
    struct query *q, const struct found *f, struct bytes payload, const struct kind *kind)
{
	struct audit_verdict verdict;
	uint64_t changed;
	struct facets facets;
	struct facet row;

	facets_init(&facets, &q->views);
	facets.as_of = q->as_of;
	if (!facet_is_audited(f->record.header.kind) || !facets_get(&facets, f->arrival, &row))
		return kinds_status(kind, payload);
	if (q->as_of == INT64_MAX)
		return term_word(&q->views, row.status);
	facets_audit(&facets, &row, f->arrival, &verdict, &changed);
	return bytes_str(audit_caution_word(verdict.status));
}

void row_put(
    struct query *q, struct writer *w, const struct found *f, const struct row_extra *extra)
{
	static const char *const states[] = {"present", "erased", "not_held"};
	const struct kind *kind = kind_by_number(f->record.header.kind);
	bool is_present = f->record.state == RECORD_PRESENT;
	struct labels labels = {0};
	bool is_raw = is_present && mp_scan(f->record.payload) != ERR_NONE;
	struct bytes payload = is_present && !is_raw ? f->record.payload : (struct bytes){0};
	bool has_payload = extra->has_payload && is_present;
	struct found newer;
	char ref[REF_TEXT_MAX], newer_ref[REF_TEXT_MAX] = "";

	if (superseding(q, f, &newer, &labels.is_conflict))
		ref_text(newer_ref, &newer.log, newer.index);
	ref_text(ref, &f->log, f->index);
	labels.is_raw = is_raw;
	labels.is_rival = is_rival(q, f);
	labels.is_unfit = payload.size > 0 && !kinds_fits(kind, payload, NULL);
	labels.is_pending = extra->has_pending && is_pending(q, payload);
	mp_put_map(w, 11u + (has_payload ? 1 : 0) + (extra->relation.size > 0 ? 1 : 0) +
			  (q->as_of != INT64_MAX ? 1 : 0) + (branch_is_of(&f->log) ? 1 : 0));
	put_name_uint(w, "arrival", f->arrival);
	if (q->as_of != INT64_MAX)
		put_name_str(w, "as_of_basis", "claimed");
	if (branch_is_of(&f->log))
		branch_put(q, w, &f->log);
	put_name_bin(w, "id", f->leaf.b, HASH_SIZE);
	put_kind(w, f->record.header.kind);
	mp_put_cstr(w, "labels");
	put_labels(w, f, &labels);
	put_name_str(w, "member", log_member(&f->log));
	if (has_payload)
		put_name_bin(w, "payload", f->record.payload.data, f->record.payload.size);
	put_name_str(w, "ref", ref);
	if (extra->relation.size > 0)
		put_text_or_nil(w, "relation", extra->relation);
	put_name_str(w, "state", states[f->record.state]);
	put_text_or_nil(w, "status", status_of(q, f, payload, kind));
	put_text_or_nil(w, "superseded_by", bytes_str(newer_ref));
	mp_put_cstr(w, "time");
	mp_put_int(w, f->record.header.time.ms);
	mp_put_cstr(w, "title");
	row_put_title(w, payload, kind);
}
