/* audit: one row a commitment, from the records that are about any of its versions. The rules are proto/audit's; which
 * records count is decided here: neither superseded, erased nor past a cut, and with as_of only what claims to be older
 * than that day. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/facet.h"
#include "store/query_filter.h"

static bool counts(struct query *q, const struct found *f)
{
	struct found newer;
	bool is_conflict;

	return !f->is_past_cut && f->log.number != 0 && f->record.header.time.ms < q->as_of &&
	       f->record.state == RECORD_PRESENT && mp_scan(f->record.payload) == ERR_NONE &&
	       !superseding(q, f, &newer, &is_conflict);
}

static void put_word(struct writer *w, const char *name, struct bytes word)
{
	mp_put_cstr(w, name);
	if (word.size > 0)
		mp_put_str(w, word);
	else
		mp_put_nil(w);
}

static void put_overdue(struct writer *w, const struct audit_due *row)
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

static void put_status(struct writer *w, const char *name, int caution)
{
	put_word(w, name, bytes_str(audit_caution_word(caution)));
}

static void put_row(struct writer *w, const struct found *f, const struct audit_verdict *v,
    const struct audit_due *due)
{
	char ref[REF_TEXT_MAX];

	ref_text(ref, &f->log, f->index);
	mp_put_map(w, 14);
	put_status(w, "attested_status", v->attested_status);
	put_name_uint(w, "attesters", v->attester_count);
	mp_put_cstr(w, "days");
	if (due->has_days)
		mp_put_int(w, due->days);
	else
		mp_put_nil(w);
	put_word(w, "due", due->due);
	put_findings(w, v->findings | due->findings);
	put_name_bin(w, "id", f->leaf.b, HASH_SIZE);
	mp_put_cstr(w, "last_progress");
	if (v->has_progress)
		mp_put_int(w, v->last_progress.ms);
	else
		mp_put_nil(w);
	put_name_str(w, "member", f->log.member);
	put_overdue(w, due);
	put_name_str(w, "ref", ref);
	put_status(w, "self_status", v->self_status);
	put_name_str(w, "source", v->is_attested ? "attested" : "self");
	put_status(w, "status", v->status);
	mp_put_cstr(w, "title");
	row_put_title(w, f->record.payload, kind_by_number(KIND_COMMITMENT));
}

/* The newest version of what is committed to, as far as it can be read. */
static bool put_audit_row(
    struct query *q, struct writer *rows, uint64_t arrival, const struct filter *f)
{
	struct audit_verdict verdict;
	struct audit_due due;
	struct facets facets;
	struct facet facet;
	struct found found;
	uint64_t changed;

	facets_init(&facets, &q->views);
	facets.as_of = q->as_of;
	if (!facets_get(&facets, arrival, &facet) || !found_at_arrival(q, arrival, &found) ||
	    !counts(q, &found))
		return false;
	facets_audit(&facets, &facet, arrival, &verdict, &changed);
	if (audit_date(&due, kinds_str(found.record.payload, "end"), verdict.status, f->today)) {
		query_fail(q, ERR_USAGE, "\"today\" is no date YYYY-MM-DD");
		return false;
	}
	put_row(rows, &found, &verdict, &due);
	return true;
}

void query_audit(struct query *q)
{
	struct bytes today = param_str(q, "today");
	struct filter filter;
	int64_t as_of;

	if (param_when(q, "as_of", true, &as_of))
		q->as_of = as_of;
	if (filter_take(q, &filter) && filter_take_cursor(q, &filter)) {
		filter.kinds[0] = KIND_COMMITMENT;
		filter.kind_count = 1;
		if (today.size > 0 && today.size < sizeof(filter.today))
			memcpy(filter.today, today.data, today.size);
		else if (today.size == 0 && q->as_of != INT64_MAX)
			day_text(filter.today, q->as_of - 1);
		else if (today.size == 0)
			snprintf(filter.today, sizeof(filter.today), "%s", q->source->today);
		filter_page(q, &filter, put_audit_row);
	}
	filter_release(&filter);
}
