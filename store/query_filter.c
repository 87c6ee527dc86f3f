/* Filters of list, search and audit: what a record must be, told from its facets. It decides what
 * fits; in which pages, its callers do. */
#include "store/query_filter.h"

#include <stdlib.h>
#include <string.h>

#include "proto/audit.h"

static bool take_kind(struct query *q, struct filter *f, struct bytes name)
{
	const struct kind *kind = kind_by_name(name);

	if (kind && f->kind_count == FILTER_KINDS_MAX) {
		query_fail(q, ERR_USAGE, "at most %d kinds at once", FILTER_KINDS_MAX);
		return false;
	}
	if (kind) {
		f->kinds[f->kind_count++] = kind->number;
		return true;
	}
	kind = kind_nearest(name);
	query_fail(q, ERR_USAGE, "there is no kind '%.*s'%s%s%s",
	    (int)(name.size < 60 ? name.size : 60), (const char *)name.data,
	    kind ? ", did you mean '" : "", kind ? kind->name : "", kind ? "'" : "");
	return false;
}

static bool take_kinds(struct query *q, struct filter *f)
{
	struct bytes one = param_str(q, "kind"), list = mp_get(q->params, "kinds");
	struct reader r;
	uint32_t count;

	if (one.size > 0 && !take_kind(q, f, one))
		return false;
	if (list.size == 0)
		return query_ok(q);
	reader_init(&r, list);
	count = mp_array(&r);
	for (uint32_t i = 0; i < count && r.err == ERR_NONE; i++) {
		struct bytes name = mp_str(&r);
		if (r.err == ERR_NONE && !take_kind(q, f, name))
			return false;
	}
	if (r.err != ERR_NONE)
		query_fail(q, ERR_USAGE, "\"kinds\" is a list of names");
	return query_ok(q);
}

bool filter_take_cursor(struct query *q, struct filter *f)
{
	struct bytes cursor = param_str(q, "cursor");

	f->after = 0;
	for (size_t i = 0; i < cursor.size; i++) {
		if (cursor.size > 15 || cursor.data[i] < '0' || cursor.data[i] > '9') {
			query_fail(q, ERR_USAGE, "the cursor is not one that a page gave");
			return false;
		}
		f->after = f->after * 10 + (uint64_t)(cursor.data[i] - '0');
	}
	return query_ok(q);
}

static void take_about(struct query *q, struct filter *f)
{
	struct bytes about = param_str(q, "about");
	struct found target;

	if (about.size == 0 || !ref_found(q, about, &target))
		return;
	f->has_about = true;
	f->about = (struct record_ref){target.log.key, target.index, target.leaf};
}

bool filter_take(struct query *q, struct filter *f)
{
	memset(f, 0, sizeof(*f));
	f->since = INT64_MIN;
	f->until = INT64_MAX;
	facets_init(&f->facets, &q->views);
	f->facets.as_of = q->as_of;
	f->term_count = (uint32_t)meta_get_u64(&q->views, "terms") + 1;
	for (int i = 0; i < 6; i++)
		f->completion[i] =
		    term_find(&q->views, TERM_STATUS, bytes_str(audit_caution_word(i)));
	if (!take_kinds(q, f) || !filter_take_theme(q, f) || !filter_take_status(q, f) ||
	    !filter_take_place(q, f))
		return false;
	f->member_code = param_str(q, "member");
	f->has_member = f->member_code.size > 0;
	f->member = term_find(&q->views, TERM_MEMBER, f->member_code);
	param_when(q, "since", false, &f->since);
	param_when(q, "until", true, &f->until);
	f->limit = param_uint(q, "limit", QUERY_ROWS_MAX);
	if (f->limit == 0 || f->limit > QUERY_ROWS_MAX)
		f->limit = QUERY_ROWS_MAX;
	f->is_latest = param_bool(q, "latest");
	f->has_payload = param_bool(q, "payload");
	take_about(q, f);
	return query_ok(q);
}

void filter_release(struct filter *f)
{
	free(f->territories);
	free(f->theme_sets);
	free(f->words);
	f->words = NULL;
	f->territories = NULL;
	f->theme_sets = NULL;
}

struct stream *filter_stream(struct query *q, struct filter *f, uint64_t after)
{
	if (f->has_about)
		return stream_links(q, &f->about.leaf, after);
	if (f->has_member)
		return stream_member(
		    q, f->member_code, f->kind_count == 1 ? f->kinds[0] : -1, after);
	if (f->kind_count == 1)
		return stream_kind(q, f->kinds[0], after);
	return stream_all(q, after);
}

/* --- what a record must be ------------------------------------------------------------------- */

struct about_seen {
	const struct record_ref *target;
	bool is_seen;
};

static void see_link(void *context, const struct view_link *link)
{
	struct about_seen *seen = context;

	if (link->target.index == seen->target->index &&
	    key_equal(&link->target.log, &seen->target->log) &&
	    hash_equal(&link->target.leaf, &seen->target->leaf))
		seen->is_seen = true;
}

static bool is_about(struct query *q, const struct filter *f, uint64_t arrival)
{
	struct about_seen seen = {.target = &f->about};
	struct found found;

	if (found_at_arrival(q, arrival, &found) && found.record.state == RECORD_PRESENT)
		view_links(found.record.payload, see_link, &seen);
	return seen.is_seen;
}

static bool no_memory(struct query *q)
{
	query_fail(q, ERR_MEMORY, "no memory for a query");
	return false;
}

static bool set_has(struct query *q, uint32_t set, uint32_t theme)
{
	struct bytes numbers = term_word(&q->views, set);

	for (size_t at = 0; at + 4 <= numbers.size; at += 4)
		if (be32_get(numbers.data + at) == theme)
			return true;
	return false;
}

/* Few sets are worn by many records: each is looked into once. */
static bool has_theme(struct query *q, struct filter *f, uint32_t set)
{
	if (set == 0 || f->theme == 0 || set >= f->term_count)
		return false;
	if (!f->theme_sets)
		f->theme_sets = calloc(f->term_count, 1);
	if (!f->theme_sets)
		return no_memory(q);
	if (f->theme_sets[set] == 0)
		f->theme_sets[set] = set_has(q, set, f->theme) ? 2 : 1;
	return f->theme_sets[set] == 2;
}

struct territory filter_territory(struct query *q, struct filter *f, const uint8_t *row)
{
	uint32_t member = facet_member(row);
	struct territory *of_member;

	if (facet_region(row) > 0)
		return (struct territory){facet_region(row), true, facet_province(row)};
	if (!f->territories)
		f->territories = calloc(f->term_count, sizeof(*f->territories));
	if (!f->territories || member >= f->term_count) {
		no_memory(q);
		return (struct territory){0};
	}
	of_member = &f->territories[member];
	if (!of_member->is_known)
		*of_member = territory_of_member(q, term_word(&q->views, member));
	return *of_member;
}

static bool in_place(struct query *q, struct filter *f, const uint8_t *row)
{
	struct territory place = filter_territory(q, f, row);

	return place.region == f->region && (f->province == 0 || place.province == f->province);
}

uint32_t filter_status(struct filter *f, const uint8_t *row, uint64_t arrival)
{
	struct audit_verdict verdict;
	struct facet facet;
	uint64_t changed;

	if (!facet_is_audited(facet_kind(row)) ||
	    (f->facets.as_of == INT64_MAX && facet_changed(row) <= f->facets.upto))
		return facet_status(row);
	facet_decode(&facet, row);
	facets_audit(&f->facets, &facet, arrival, &verdict, &changed);
	return verdict.status < 0 ? 0 : f->completion[verdict.status];
}

struct bytes filter_word(struct query *q, struct filter *f, uint32_t term)
{
	if (term == 0 || term >= f->term_count)
		return (struct bytes){0};
	if (!f->words)
		f->words = calloc(f->term_count, sizeof(*f->words));
	if (!f->words) {
		no_memory(q);
		return (struct bytes){0};
	}
	if (f->words[term].size == 0)
		f->words[term] = term_word(&q->views, term);
	return f->words[term];
}

static bool is_superseded(struct filter *f, const uint8_t *row, uint64_t arrival)
{
	struct facet facet;

	if (!(facet_flags(row) & FACET_SUPERSEDED))
		return false;
	if (f->facets.as_of == INT64_MAX && f->facets.upto == UINT64_MAX)
		return true;
	facet_decode(&facet, row);
	return facets_superseding(&f->facets, &facet, arrival, NULL) > 0;
}

static bool is_of_kind(const struct filter *f, uint16_t kind)
{
	for (unsigned i = 0; i < f->kind_count; i++)
		if (f->kinds[i] == kind)
			return true;
	return f->kind_count == 0;
}

static bool fits_now(struct query *q, struct filter *f, const uint8_t *row, uint64_t arrival)
{
	int64_t time = (int64_t)facet_time(row);

	return is_of_kind(f, facet_kind(row)) && time >= f->since && time < f->until &&
	       time < q->as_of && (!f->has_member || facet_member(row) == f->member) &&
	       (!f->has_theme || has_theme(q, f, facet_themes(row))) &&
	       (f->region == 0 || in_place(q, f, row)) && arrival <= f->facets.upto;
}

const uint8_t *filter_fits(struct query *q, struct filter *f, uint64_t arrival)
{
	const uint8_t *row = facets_at(&f->facets, arrival);

	if (!row || !fits_now(q, f, row, arrival))
		return NULL;
	if (f->is_latest && is_superseded(f, row, arrival))
		return NULL;
	if (f->has_status && (f->status == 0 || filter_status(f, row, arrival) != f->status))
		return NULL;
	return f->has_about && !is_about(q, f, arrival) ? NULL : row;
}
