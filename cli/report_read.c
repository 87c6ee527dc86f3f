/* What a row of the daemon says, field by field. A field that is missing or of another type says nothing. */
#include "cli/report_read.h"

#include "cli/territory.h"
#include "proto/mp.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

static struct bytes str_of(struct bytes map, const char *field)
{
	struct reader r;

	reader_init(&r, mp_get(map, field));
	return mp_peek(&r) == MP_STR ? mp_str(&r) : (struct bytes){NULL, 0};
}

static struct bytes keep_str(struct report *r, struct bytes map, const char *field)
{
	return report_keep(r, str_of(map, field));
}

static bool int_of(struct bytes map, const char *field, int64_t *value)
{
	struct reader r;

	reader_init(&r, mp_get(map, field));
	if (mp_peek(&r) != MP_INT)
		return false;
	*value = mp_int(&r);
	return !r.err;
}

static bool hash_of(struct bytes map, struct hash *out)
{
	struct reader r;

	reader_init(&r, mp_get(map, "id"));
	if (mp_peek(&r) != MP_BIN)
		return false;
	mp_bin_fixed(&r, out, sizeof(*out));
	return !r.err;
}

static void sort(struct writer *list, size_t size, int (*compare)(const void *, const void *))
{
	if (list->size > size)
		qsort(list->data, list->size / size, size, compare);
}

/* --- members --------------------------------------------------------------------------------- */

/* Whether somebody was admitted after the day that the report tells of; NULL: any day. */
static bool is_later(struct bytes row, const char *as_of)
{
	char since[24] = "";
	int64_t ms;
	time_t s;
	struct tm tm;

	if (!as_of || !int_of(row, "since", &ms))
		return false;
	s = (time_t)(ms / 1000);
	if (!gmtime_r(&s, &tm) || !strftime(since, sizeof(since), "%Y-%m-%d", &tm))
		return false;
	return strncmp(since, as_of, strlen(as_of)) > 0;
}

void report_read_member(struct report *r, struct bytes row)
{
	static const char *const kinds[] = {"region", "province", "commune", "arrondissement"};
	struct report_member m = {.rank = sizeof(kinds) / sizeof(*kinds)};
	const struct report_options *o = &r->options;

	if (!bytes_equal(str_of(row, "state"), BYTES_STR("admitted")) || is_later(row, o->as_of))
		return;
	m.code = keep_str(r, row, "code");
	m.kind = keep_str(r, row, "kind");
	m.name = report_keep_text(r, mp_get(row, "names"));
	m.region = territory_region(str_of(row, "territory"));
	for (unsigned i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (bytes_equal(m.kind, bytes_str(kinds[i])))
			m.rank = i;
	m.is_territory = m.rank < sizeof(kinds) / sizeof(*kinds);
	m.is_wanted = !o->member || bytes_equal(m.code, bytes_str(o->member));
	writer_put(&r->members, &m, sizeof(m));
}

static int by_region(const void *a, const void *b)
{
	const struct report_member *x = a, *y = b;
	/* Those whose region is not known come last. */
	unsigned x_region = x->region ? x->region : REPORT_REGIONS;
	unsigned y_region = y->region ? y->region : REPORT_REGIONS;

	if (x_region != y_region)
		return x_region < y_region ? -1 : 1;
	if (x->rank != y->rank)
		return x->rank < y->rank ? -1 : 1;
	return bytes_compare(x->code, y->code);
}

void report_sort_members(struct report *r)
{
	const char *wanted = r->options.region;
	struct report_member *named = wanted ? report_member_of(r, bytes_str(wanted)) : NULL;
	unsigned region = wanted ? territory_region(bytes_str(wanted)) : 0;

	if (wanted && !region && named)
		region = named->region;
	r->region = region;
	for (size_t i = 0; wanted && i < report_member_count(r); i++)
		if (report_member_at(r, i)->region != region)
			report_member_at(r, i)->is_wanted = false;
	sort(&r->members, sizeof(struct report_member), by_region);
	if (r->members.err)
		r->err = r->members.err;
}

/* --- the audit ------------------------------------------------------------------------------- */

static unsigned findings_of(struct bytes row)
{
	unsigned findings = 0;
	struct reader r;
	uint32_t count;

	reader_init(&r, mp_get(row, "findings"));
	count = mp_peek(&r) == MP_ARRAY ? mp_array(&r) : 0;
	for (uint32_t i = 0; i < count && !r.err; i++) {
		struct bytes word = mp_str(&r);

		for (unsigned f = 0; f < FINDING_COUNT; f++)
			if (bytes_equal(word, bytes_str(audit_finding_name(f))))
				findings |= 1u << f;
	}
	return findings;
}

static void add_row(struct report *r, struct bytes row)
{
	struct report_row out = {.order = (uint32_t)report_row_count(r)};
	struct reader flag;

	out.has_id = hash_of(row, &out.id);
	out.ref = keep_str(r, row, "ref");
	out.member = keep_str(r, row, "member");
	out.kind = keep_str(r, row, "kind");
	out.word = keep_str(r, row, "word");
	out.due = keep_str(r, row, "due");
	out.claimed = keep_str(r, row, "claimed");
	out.computed = keep_str(r, row, "computed");
	out.score = keep_str(r, row, "score");
	out.score_before = keep_str(r, row, "score_before");
	out.status = keep_str(r, row, "status");
	out.self_status = keep_str(r, row, "self_status");
	out.attested_status = keep_str(r, row, "attested_status");
	out.title = report_keep_text(r, mp_get(row, "title"));
	out.region = territory_region(str_of(row, "region"));
	out.findings = findings_of(row);
	out.has_days = int_of(row, "days", &out.days);
	int_of(row, "last_progress", &out.last_progress);
	reader_init(&flag, mp_get(row, "overdue"));
	out.is_overdue = mp_peek(&flag) == MP_BOOL && mp_bool(&flag);
	writer_put(&r->rows, &out, sizeof(out));
}

static bool is_of_figures(struct bytes row)
{
	struct bytes kind = str_of(row, "kind");

	return bytes_equal(kind, BYTES_STR("evaluation")) ||
	       bytes_equal(kind, BYTES_STR("claim")) || bytes_equal(kind, BYTES_STR("practice"));
}

void report_read_audit(struct report *r, struct bytes row)
{
	if (!is_of_figures(row))
		add_row(r, row);
}

void report_read_figures(struct report *r, struct bytes row)
{
	if (is_of_figures(row))
		add_row(r, row);
}

static int by_id(const void *a, const void *b)
{
	const struct report_row *x = a, *y = b;
	int order = memcmp(x->id.b, y->id.b, HASH_SIZE);

	return order ? order : (x->order > y->order) - (x->order < y->order);
}

void report_sort_rows(struct report *r)
{
	sort(&r->rows, sizeof(struct report_row), by_id);
	if (r->rows.err)
		r->err = r->rows.err;
}

size_t report_item_count(const struct report *r)
{
	return r->items.size / sizeof(struct report_item);
}

struct report_item *report_item_at(const struct report *r, size_t at)
{
	return (struct report_item *)(void *)r->items.data + at;
}

void report_read_item(struct report *r, struct bytes row)
{
	struct report_item item = {.count = 1};
	struct bytes word = str_of(row, "word");

	for (size_t i = 0; i < report_item_count(r); i++)
		if (bytes_equal(report_item_at(r, i)->word, word)) {
			report_item_at(r, i)->count++;
			return;
		}
	item.word = report_keep(r, word);
	writer_put(&r->items, &item, sizeof(item));
}

/* --- payloads -------------------------------------------------------------------------------- */

static bool wants_payload(const struct report_row *row)
{
	return report_is(row, "evaluation") || report_is(row, "claim") ||
	       report_has(row, FINDING_SHARE_BELOW_THRESHOLD) ||
	       report_has(row, FINDING_BUDGET_MISMATCH) ||
	       report_has(row, FINDING_STAGE_WITHOUT_CIVIL_SOCIETY);
}

void report_read_payload(struct report *r, struct bytes row)
{
	struct report_row wanted = {0};
	struct report_row *found;
	struct reader reader;
	struct bytes payload;

	reader_init(&reader, mp_get(row, "payload"));
	if (!hash_of(row, &wanted.id) || mp_peek(&reader) != MP_BIN || !report_row_count(r))
		return;
	payload = mp_bin(&reader);
	if (mp_scan(payload))
		return;
	/* One record has one row. */
	for (size_t low = 0, high = report_row_count(r); low < high;) {
		size_t middle = low + (high - low) / 2;
		int order;

		found = report_row_at(r, middle);
		order = memcmp(found->id.b, wanted.id.b, HASH_SIZE);
		if (!order) {
			if (!int_of(payload, "article", &found->article) || found->article < 0)
				found->article = 0;
			if (wants_payload(found))
				found->payload = report_keep(r, payload);
			return;
		}
		low = order < 0 ? middle + 1 : low;
		high = order < 0 ? high : middle;
	}
}

static bool has_article(const struct report *r, int64_t number)
{
	for (size_t i = 0; i < r->article_count; i++)
		if (r->articles[i].number == number)
			return true;
	return false;
}

static int by_number(const void *a, const void *b)
{
	const struct report_article *x = a, *y = b;

	return (x->number > y->number) - (x->number < y->number);
}

void report_take_articles(struct report *r)
{
	if (r->has_charter)
		return;
	for (size_t i = 0; i < report_row_count(r); i++) {
		int64_t number = report_row_at(r, i)->article;

		if (number > 0 && r->article_count < REPORT_ARTICLES_MAX && !has_article(r, number))
			r->articles[r->article_count++].number = number;
	}
	qsort(r->articles, r->article_count, sizeof(r->articles[0]), by_number);
}
