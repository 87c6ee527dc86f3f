/* audit: one row a commitment, from the records that are about any of its versions. The rules are proto/audit's; which
 * records count is decided here: neither superseded, erased nor past a cut, and with as_of only what claims to be older
 * than that day. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/audit.h"
#include "store/query_filter.h"

#define VERSIONS_MAX 1000

struct kept_code {
	char code[CODE_SIZE_MAX + 1];
	struct kept_code *next;
};

struct auditor {
	struct query *q;
	struct audit audit;
	struct kept_code *codes;
};

static bool is_about(const struct found *f, const struct found *target)
{
	struct record_ref ref;

	return kinds_link(f->record.payload, "about", &ref) &&
	       key_equal(&ref.log, &target->log.key) && ref.index == target->index &&
	       hash_equal(&ref.leaf, &target->leaf);
}

static bool counts(struct query *q, const struct found *f)
{
	struct found newer;
	bool is_conflict;

	return !f->is_past_cut && f->log.number != 0 && f->record.header.time.ms < q->as_of &&
	       f->record.state == RECORD_PRESENT && mp_scan(f->record.payload) == ERR_NONE &&
	       !superseding(q, f, &newer, &is_conflict);
}

/* The facts borrow the codes of those who state them, for as long as the audit of one commitment lasts. */
static const char *keep_code(struct auditor *a, const char *code)
{
	struct kept_code *kept;

	for (kept = a->codes; kept; kept = kept->next) {
		if (strcmp(kept->code, code) == 0)
			return kept->code;
	}
	kept = calloc(1, sizeof(*kept));
	if (!kept) {
		query_fail(a->q, ERR_MEMORY, "no memory for an audit");
		return NULL;
	}
	memcpy(kept->code, code, sizeof(kept->code));
	kept->next = a->codes;
	a->codes = kept;
	return kept->code;
}

static void forget_codes(struct auditor *a)
{
	while (a->codes) {
		struct kept_code *kept = a->codes;
		a->codes = kept->next;
		free(kept);
	}
}

static void take_facts(struct auditor *a, const struct found *target, bool is_commitment);

static void take_fact(struct auditor *a, const struct found *f, bool is_commitment)
{
	struct audit_fact fact = {.member = keep_code(a, f->log.member),
	    .log_number = f->log.number,
	    .index = f->index,
	    .time = f->record.header.time,
	    .payload = f->record.payload};

	if (!fact.member)
		return;
	if (f->record.header.kind == KIND_ATTESTATION) {
		audit_attestation(&a->audit, &fact);
	} else if (f->record.header.kind == KIND_PROGRESS && is_commitment) {
		audit_progress(&a->audit, &fact);
		if (strcmp(fact.member, a->audit.member) == 0)
			take_facts(a, f, false); /* what others attest of this progress */
	}
}

/* Progress and attestations about one record. */
static void take_facts(struct auditor *a, const struct found *target, bool is_commitment)
{
	struct stream *links = stream_links(a->q, &target->leaf, 0);
	uint64_t arrival;
	struct found f;

	while (stream_next(links, &arrival)) {
		if (found_at_arrival(a->q, arrival, &f) && counts(a->q, &f) && is_about(&f, target))
			take_fact(a, &f, is_commitment);
	}
	stream_free(links);
}

/* What was said of an earlier version was said of the commitment. */
static void take_versions(struct auditor *a, const struct found *commitment)
{
	struct found at = *commitment, before;

	take_facts(a, &at, true);
	for (unsigned i = 0; i < VERSIONS_MAX && version_before(a->q, &at, &before); i++) {
		take_facts(a, &before, true);
		at = before;
	}
}

static void put_word(struct writer *w, const char *name, struct bytes word)
{
	mp_put_cstr(w, name);
	if (word.size > 0)
		mp_put_str(w, word);
	else
		mp_put_nil(w);
}

static void put_overdue(struct writer *w, const struct audit_row *row)
{
	mp_put_cstr(w, "overdue");
	if (row->overdue < 0)
		mp_put_nil(w);
	else
		mp_put_bool(w, row->overdue == 1);
}

static void put_findings(struct writer *w, unsigned findings)
{
	mp_put_cstr(w, "findings");
	mp_put_array(w, (uint32_t)__builtin_popcount(findings));
	for (unsigned i = 0; i < FINDING_COUNT; i++) {
		if (findings >> i & 1)
			mp_put_cstr(w, audit_finding_name(i));
	}
}

static void put_row(struct writer *w, const struct found *f, const struct audit_row *row)
{
	char ref[REF_TEXT_MAX];

	ref_text(ref, &f->log, f->index);
	mp_put_map(w, 14);
	put_word(w, "attested_status", row->attested_status);
	put_name_uint(w, "attesters", row->attester_count);
	mp_put_cstr(w, "days");
	if (row->has_days)
		mp_put_int(w, row->days);
	else
		mp_put_nil(w);
	put_word(w, "due", row->due);
	put_findings(w, row->findings);
	put_name_bin(w, "id", f->leaf.b, HASH_SIZE);
	mp_put_cstr(w, "last_progress");
	if (row->has_progress)
		mp_put_int(w, row->last_progress.ms);
	else
		mp_put_nil(w);
	put_name_str(w, "member", f->log.member);
	put_overdue(w, row);
	put_name_str(w, "ref", ref);
	put_word(w, "self_status", row->self_status);
	put_name_str(w, "source", row->is_attested ? "attested" : "self");
	put_word(w, "status", row->status);
	mp_put_cstr(w, "title");
	row_put_title(w, f->record.payload, kind_by_number(KIND_COMMITMENT));
}

static void put_audit_row(
    struct query *q, struct writer *rows, const struct found *found, const struct filter *f)
{
	struct auditor a = {.q = q};
	struct audit_row row;
	enum err err;

	audit_begin(&a.audit, found->log.member, found->record.payload);
	take_versions(&a, found);
	err = audit_end(&a.audit, f->today, &row);
	if (err != ERR_NONE)
		query_fail(q, err, "\"today\" is no date YYYY-MM-DD");
	else
		put_row(rows, found, &row);
	audit_release(&a.audit);
	forget_codes(&a);
}

/* The newest version of what is committed to, as far as it can be read. */
static bool is_audited(struct query *q, const struct found *f)
{
	return counts(q, f);
}

void query_audit(struct query *q)
{
	struct bytes today = param_str(q, "today");
	struct filter filter;
	int64_t as_of;

	if (param_when(q, "as_of", true, &as_of))
		q->as_of = as_of;
	if (!filter_take(q, &filter))
		return;
	filter.kind = KIND_COMMITMENT;
	filter.is_wanted = is_audited;
	if (today.size > 0 && today.size < sizeof(filter.today))
		memcpy(filter.today, today.data, today.size);
	else if (today.size == 0 && q->as_of != INT64_MAX)
		day_text(filter.today, q->as_of - 1);
	else if (today.size == 0)
		snprintf(filter.today, sizeof(filter.today), "%s", q->source->today);
	filter_page(q, &filter, put_audit_row);
}
