/* Figures: shares of those who took part, budgets, claims, evaluations from one year to the next. Amounts and decimals are
 * added exactly; of fewer than five people it is not said how many. */
#include "cli/report.h"

#include "cli/lang.h"
#include "proto/audit_record.h"
#include "proto/decimal.h"
#include "proto/mp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIGURE_SIZE 48

static bool int_under(struct bytes map, const char *field, int64_t *value)
{
	struct reader r;

	reader_init(&r, mp_get(map, field));
	if (mp_peek(&r) != MP_INT)
		return false;
	*value = mp_int(&r);
	return !r.err;
}

static struct bytes str_under(struct bytes map, const char *field)
{
	struct reader r;

	reader_init(&r, mp_get(map, field));
	return mp_peek(&r) == MP_STR ? mp_str(&r) : (struct bytes){NULL, 0};
}

static uint32_t list_under(struct bytes map, const char *field, struct reader *r)
{
	reader_init(r, mp_get(map, field));
	return mp_peek(r) == MP_ARRAY ? mp_array(r) : 0;
}

static int by_region(const void *a, const void *b)
{
	const struct report_row *x = *(const struct report_row *const *)a;
	const struct report_row *y = *(const struct report_row *const *)b;
	unsigned x_region = x->region ? x->region : REPORT_REGIONS;
	unsigned y_region = y->region ? y->region : REPORT_REGIONS;
	int order = bytes_compare(x->member, y->member);

	if (x_region != y_region)
		return x_region < y_region ? -1 : 1;
	return order ? order : (x->order > y->order) - (x->order < y->order);
}

/* --- shares ---------------------------------------------------------------------------------- */

static bool is_below(const struct report_row *row)
{
	return report_has(row, FINDING_SHARE_BELOW_THRESHOLD);
}

static void take_share(
    struct doc_share *share, struct bytes heads, const char *group, unsigned threshold)
{
	*share = (struct doc_share){.threshold = threshold};
	if (!int_under(heads, "total", &share->total) || share->total <= 0 ||
	    !int_under(heads, group, &share->count) || share->count < 0 ||
	    share->count > share->total)
		return;
	share->is_known = true;
	share->is_few = share->count < DOC_FEW;
	/* rounded down, as the audit does: 32.95% are not 33 */
	share->permille = (unsigned)((uint64_t)share->count * 1000 / (uint64_t)share->total);
	share->is_below = share->permille < threshold;
}

static struct doc_cell heads_cell(struct bytes heads)
{
	int64_t total;

	if (!int_under(heads, "total", &total) || total < 0)
		return doc_empty();
	return total < DOC_FEW ? doc_figure(BYTES_STR("<5")) : doc_number(total);
}

void report_shares(struct report *r, struct doc *doc)
{
	const struct doc_column columns[] = {
	    {.field = "region", .label = _("region"), .shape = DOC_TEXT, .is_group = true},
	    {.field = "member", .label = _("member"), .shape = DOC_CODE},
	    {.field = "title", .label = _("title"), .shape = DOC_TEXT},
	    {.field = "participants", .label = _("participants"), .shape = DOC_NUMBER},
	    {.field = "women_percent", .label = _("women, %"), .shape = DOC_SHARE},
	    {.field = "youth_percent", .label = _("youth, %"), .shape = DOC_SHARE},
	    {.field = "disabilities_percent",
		.label = _("with disabilities, %"),
		.shape = DOC_SHARE},
	    {.field = "ref", .label = _("record"), .shape = DOC_CODE},
	};
	size_t count;
	const struct report_row **rows = report_select(r, is_below, by_region, &count);

	doc_section(doc, "shares", _("Shares from headcounts below the threshold"));
	if (count)
		doc->format->legend(doc, DOC_SHARE);
	doc_table(doc, columns, sizeof(columns) / sizeof(*columns));
	for (size_t i = 0; i < count; i++) {
		struct bytes heads = mp_get(rows[i]->payload, "headcount");
		struct doc_share shares[GROUP_COUNT];

		for (unsigned g = 0; g < GROUP_COUNT; g++)
			take_share(&shares[g], heads, audit_group_names[g], r->threshold);
		const struct doc_cell cells[] = {report_region(rows[i]->region),
		    doc_code(rows[i]->member), doc_text(rows[i]->title), heads_cell(heads),
		    doc_share(&shares[GROUP_WOMEN]), doc_share(&shares[GROUP_YOUTH]),
		    doc_share(&shares[GROUP_DISABILITIES]), doc_code(rows[i]->ref)};

		doc_row(doc, cells);
	}
	doc_table_end(doc);
	free(rows);
}

/* --- budgets --------------------------------------------------------------------------------- */

static bool is_mismatch(const struct report_row *row)
{
	return report_has(row, FINDING_BUDGET_MISMATCH);
}

/* Digits of the minor unit, where it is not two. */
static int digits_of(struct bytes currency)
{
	static const char *const none[] = {"BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW",
	    "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF"};
	static const char *const three[] = {"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"};

	for (size_t i = 0; i < sizeof(none) / sizeof(*none); i++)
		if (bytes_equal(currency, bytes_str(none[i])))
			return 0;
	for (size_t i = 0; i < sizeof(three) / sizeof(*three); i++)
		if (bytes_equal(currency, bytes_str(three[i])))
			return 3;
	return 2;
}

static void put_amount(char out[static FIGURE_SIZE], int64_t amount, struct bytes currency)
{
	static const uint64_t units[] = {1, 10, 100, 1000};
	int digits = digits_of(currency);
	uint64_t size = amount < 0 ? 0 - (uint64_t)amount : (uint64_t)amount;
	uint64_t unit = units[digits];

	if (digits)
		snprintf(out, FIGURE_SIZE, "%s%llu.%0*llu", amount < 0 ? "-" : "",
		    (unsigned long long)(size / unit), digits, (unsigned long long)(size % unit));
	else
		snprintf(out, FIGURE_SIZE, "%lld", (long long)amount);
}

static void put_budget(struct doc *doc, const struct report_row *row)
{
	struct bytes budget = mp_get(row->payload, "budget");
	struct bytes money = mp_get(budget, "total");
	struct bytes currency = str_under(money, "currency");
	char figures[3][FIGURE_SIZE] = {"", "", ""};
	int64_t total = 0, sum = 0, amount, rest;
	bool is_mixed = false;
	struct reader lines;

	int_under(money, "amount", &total);
	for (uint32_t left = list_under(budget, "lines", &lines); left && !lines.err; left--) {
		struct bytes part = mp_get(mp_raw(&lines), "amount");

		if (!int_under(part, "amount", &amount))
			continue;
		is_mixed |= !bytes_equal(str_under(part, "currency"), currency) ||
			    __builtin_add_overflow(sum, amount, &sum);
	}
	put_amount(figures[0], total, currency);
	is_mixed |= __builtin_sub_overflow(sum, total, &rest);
	if (!is_mixed) {
		put_amount(figures[1], sum, currency);
		put_amount(figures[2], rest, currency);
	}
	const struct doc_cell cells[] = {doc_code(row->member), doc_text(row->title),
	    doc_word(row->kind), doc_code(currency), doc_figure(bytes_str(figures[0])),
	    is_mixed && !doc->format->is_flat ? doc_said(_("several currencies"))
					      : doc_figure(bytes_str(figures[1])),
	    doc_figure(bytes_str(figures[2])), doc_code(row->ref)};

	doc_row(doc, cells);
}

void report_budgets(struct report *r, struct doc *doc)
{
	const struct doc_column columns[] = {
	    {.field = "member", .label = _("member"), .shape = DOC_CODE},
	    {.field = "title", .label = _("title"), .shape = DOC_TEXT},
	    {.field = "kind", .label = _("kind"), .shape = DOC_WORD},
	    {.field = "currency", .label = _("currency"), .shape = DOC_CODE},
	    {.field = "total", .label = _("total"), .shape = DOC_FIGURE},
	    {.field = "lines", .label = _("sum of its lines"), .shape = DOC_FIGURE},
	    {.field = "difference", .label = _("difference"), .shape = DOC_FIGURE},
	    {.field = "ref", .label = _("record"), .shape = DOC_CODE},
	};
	size_t count;
	const struct report_row **rows = report_select(r, is_mismatch, by_region, &count);

	doc_section(doc, "budgets", _("Budgets that do not add up"));
	doc_table(doc, columns, sizeof(columns) / sizeof(*columns));
	for (size_t i = 0; i < count; i++)
		put_budget(doc, rows[i]);
	doc_table_end(doc);
	free(rows);
}

/* --- claims ---------------------------------------------------------------------------------- */

static bool is_claim(const struct report_row *row)
{
	return report_is(row, "claim");
}

/* What the parts add up to; empty without parts. */
static void sum_parts(char out[static DECIMAL_SIZE_MAX + 1], struct bytes payload)
{
	int64_t value, sum = 0;
	bool has_parts = false;
	struct reader parts;

	out[0] = '\0';
	for (uint32_t left = list_under(payload, "parts", &parts); left && !parts.err; left--) {
		if (!decimal_parse(&value, str_under(mp_raw(&parts), "value")))
			continue;
		if (__builtin_add_overflow(sum, value, &sum) || sum > MP_INT_MAX ||
		    sum < -MP_INT_MAX)
			return;
		has_parts = true;
	}
	if (has_parts)
		decimal_format(out, sum);
}

void report_claims(struct report *r, struct doc *doc)
{
	const struct doc_column columns[] = {
	    {.field = "title", .label = _("stated figure"), .shape = DOC_TEXT},
	    {.field = "measure", .label = _("measure"), .shape = DOC_WORD},
	    {.field = "claimed", .label = _("claimed"), .shape = DOC_FIGURE},
	    {.field = "parts", .label = _("its parts add up to"), .shape = DOC_FIGURE},
	    {.field = "computed", .label = _("computed"), .shape = DOC_FIGURE},
	    {.field = "finding", .label = _("finding"), .shape = DOC_WORD},
	    {.field = "ref", .label = _("record"), .shape = DOC_CODE},
	};
	size_t count;
	const struct report_row **rows = report_select(r, is_claim, NULL, &count);

	doc_section(doc, "claims", _("Claims and what is computed"));
	doc_table(doc, columns, sizeof(columns) / sizeof(*columns));
	for (size_t i = 0; i < count; i++) {
		bool parts_differ = report_has(rows[i], FINDING_CLAIM_PARTS_DIFFER);
		enum audit_finding finding =
		    parts_differ ? FINDING_CLAIM_PARTS_DIFFER : FINDING_CLAIM_DIFFERS;
		char parts[DECIMAL_SIZE_MAX + 1];

		sum_parts(parts, rows[i]->payload);
		const struct doc_cell cells[] = {doc_text(rows[i]->title), doc_word(rows[i]->word),
		    doc_figure(rows[i]->claimed), doc_figure(bytes_str(parts)),
		    doc_figure(rows[i]->computed),
		    report_has(rows[i], finding) ? doc_word(bytes_str(audit_finding_name(finding)))
						 : doc_empty(),
		    doc_code(rows[i]->ref)};

		doc_row(doc, cells);
	}
	doc_table_end(doc);
	free(rows);
}

/* --- evaluations ----------------------------------------------------------------------------- */

static bool is_evaluation(const struct report_row *row)
{
	return report_is(row, "evaluation");
}

/* By who was evaluated, then by year. */
static int by_year(const void *a, const void *b)
{
	const struct report_row *x = *(const struct report_row *const *)a;
	const struct report_row *y = *(const struct report_row *const *)b;
	int order = bytes_compare(x->word, y->word);

	if (!order)
		order = bytes_compare(str_under(x->payload, "year"), str_under(y->payload, "year"));
	return order ? order : (x->order > y->order) - (x->order < y->order);
}

static void put_change(char out[static DECIMAL_SIZE_MAX + 2], const struct report_row *row)
{
	int64_t now, before;

	out[0] = '\0';
	if (!decimal_parse(&now, row->score) || !decimal_parse(&before, row->score_before))
		return;
	/* Both within 2^53: no overflow. */
	if (now > before)
		*out++ = '+';
	decimal_format(out, now - before);
}

void report_scores(struct report *r, struct doc *doc)
{
	const struct doc_column columns[] = {
	    {.field = "member", .label = _("who was evaluated"), .shape = DOC_CODE},
	    {.field = "year", .label = _("year"), .shape = DOC_CODE},
	    {.field = "grid", .label = _("grid"), .shape = DOC_TEXT},
	    {.field = "score", .label = _("score"), .shape = DOC_FIGURE},
	    {.field = "score_before", .label = _("the year before"), .shape = DOC_FIGURE},
	    {.field = "change", .label = _("change"), .shape = DOC_FIGURE},
	    {.field = "condition", .label = _("minimum conditions"), .shape = DOC_WORD},
	    {.field = "ref", .label = _("record"), .shape = DOC_CODE},
	};
	size_t count;
	const struct report_row **rows = report_select(r, is_evaluation, by_year, &count);

	doc_section(doc, "evaluations", _("Evaluations, year on year"));
	doc_table(doc, columns, sizeof(columns) / sizeof(*columns));
	for (size_t i = 0; i < count; i++) {
		struct doc_text grid = {
		    str_under(mp_get(rows[i]->payload, "grid"), "id"), {NULL, 0}};
		bool has_failed = report_has(rows[i], FINDING_CONDITION_FAILED);
		char change[DECIMAL_SIZE_MAX + 2];

		put_change(change, rows[i]);
		const struct doc_cell cells[] = {doc_code(rows[i]->word),
		    doc_code(str_under(rows[i]->payload, "year")), doc_text(grid),
		    doc_figure(rows[i]->score), doc_figure(rows[i]->score_before),
		    doc_figure(bytes_str(change)),
		    has_failed ? doc_word(bytes_str(audit_finding_name(FINDING_CONDITION_FAILED)))
			       : doc_empty(),
		    doc_code(rows[i]->ref)};

		doc_row(doc, cells);
	}
	doc_table_end(doc);
	free(rows);
}
