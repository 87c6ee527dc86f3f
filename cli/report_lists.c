/* Lists of what was found: overdue, findings by kind, stages without civil society, items that were not published, members
 * that are silent. */
#include "cli/report.h"

#include "cli/lang.h"
#include "cli/report_read.h"
#include "proto/audit_record.h"
#include "proto/mp.h"

#include <stdlib.h>
#include <string.h>

static int by_refs(const struct report_row *x, const struct report_row *y)
{
	int order = bytes_compare(x->member, y->member);

	return order ? order : (x->order > y->order) - (x->order < y->order);
}

static unsigned place(unsigned region)
{
	return region ? region : REPORT_REGIONS;
}

/* By region, the worst first. */
static int by_days(const void *a, const void *b)
{
	const struct report_row *x = *(const struct report_row *const *)a;
	const struct report_row *y = *(const struct report_row *const *)b;

	if (x->region != y->region)
		return place(x->region) < place(y->region) ? -1 : 1;
	if (x->days != y->days)
		return x->days > y->days ? -1 : 1;
	return by_refs(x, y);
}

/* --- overdue --------------------------------------------------------------------------------- */

static bool is_late(const struct report_row *row)
{
	return row->is_overdue;
}

void report_overdue(struct report *r, struct doc *doc)
{
	const struct doc_column columns[] = {
	    {.field = "region", .label = _("region"), .shape = DOC_TEXT, .is_group = true},
	    {.field = "days", .label = _("days late"), .shape = DOC_NUMBER},
	    {.field = "due", .label = _("due"), .shape = DOC_CODE},
	    {.field = "member", .label = _("member"), .shape = DOC_CODE},
	    {.field = "title", .label = _("title"), .shape = DOC_TEXT},
	    {.field = "kind", .label = _("kind"), .shape = DOC_WORD},
	    {.field = "status", .label = _("status"), .shape = DOC_WORD},
	    {.field = "ref", .label = _("record"), .shape = DOC_CODE},
	};
	size_t count;
	const struct report_row **rows = report_select(r, is_late, by_days, &count);

	doc_section(doc, "overdue", _("Overdue, by region, the worst first"));
	doc_table(doc, columns, sizeof(columns) / sizeof(*columns));
	for (size_t i = 0; i < count; i++) {
		const struct doc_cell cells[] = {report_region(rows[i]->region),
		    rows[i]->has_days ? doc_number(rows[i]->days) : doc_empty(),
		    doc_code(rows[i]->due), doc_code(rows[i]->member), doc_text(rows[i]->title),
		    doc_word(rows[i]->kind), doc_word(rows[i]->status), doc_code(rows[i]->ref)};

		doc_row(doc, cells);
	}
	doc_table_end(doc);
	free(rows);
}

/* --- findings -------------------------------------------------------------------------------- */

/* Where a finding leads: a record, else a member. */
static struct bytes lead(const struct report_row *row)
{
	return row->ref.size ? row->ref : row->member;
}

static bool has_findings(const struct report_row *row)
{
	return row->findings != 0;
}

static int by_member(const void *a, const void *b)
{
	return by_refs(*(const struct report_row *const *)a, *(const struct report_row *const *)b);
}

/* One line a finding for people, one a record for programs. */
static void put_finding(struct report *r, struct doc *doc, unsigned finding,
    const struct report_row **rows, size_t count)
{
	struct bytes word = bytes_str(audit_finding_name(finding));
	struct writer list = {0};
	int64_t found = 0;

	for (size_t i = 0; i < count; i++) {
		const struct doc_cell cells[] = {
		    doc_word(word), doc_number(1), doc_code(lead(rows[i]))};

		if (!report_has(rows[i], (enum audit_finding)finding))
			continue;
		found++;
		if (doc->format->is_flat) {
			doc_row(doc, cells);
			continue;
		}
		writer_str(&list, list.size ? " " : "");
		writer_bytes(&list, lead(rows[i]));
	}
	if (found && !doc->format->is_flat) {
		const struct doc_cell cells[] = {
		    doc_word(word), doc_number(found), doc_codes(writer_view(&list))};

		doc_row(doc, cells);
	}
	if (list.err)
		r->err = list.err;
	writer_release(&list);
}

void report_findings(struct report *r, struct doc *doc)
{
	const struct doc_column columns[] = {
	    {.field = "finding", .label = _("finding"), .shape = DOC_WORD},
	    {.field = "count", .label = _("count"), .shape = DOC_NUMBER},
	    {.field = "records", .label = _("records and members"), .shape = DOC_CODE},
	};
	size_t count;
	const struct report_row **rows = report_select(r, has_findings, by_member, &count);

	doc_section(doc, "findings", _("Findings, and where they lead"));
	doc_table(doc, columns, sizeof(columns) / sizeof(*columns));
	for (unsigned f = 0; f < FINDING_COUNT; f++)
		put_finding(r, doc, f, rows, count);
	doc_table_end(doc);
	free(rows);
}

/* --- stages ---------------------------------------------------------------------------------- */

static bool is_bare(const struct report_row *row)
{
	return report_has(row, FINDING_STAGE_WITHOUT_CIVIL_SOCIETY);
}

void report_stages(struct report *r, struct doc *doc)
{
	const struct doc_column columns[] = {
	    {.field = "region", .label = _("region"), .shape = DOC_TEXT, .is_group = true},
	    {.field = "member", .label = _("member"), .shape = DOC_CODE},
	    {.field = "title", .label = _("programme"), .shape = DOC_TEXT},
	    {.field = "stage", .label = _("stage that names nobody"), .shape = DOC_WORD},
	    {.field = "start", .label = _("since"), .shape = DOC_CODE},
	    {.field = "ref", .label = _("record"), .shape = DOC_CODE},
	};
	size_t count;
	const struct report_row **rows = report_select(r, is_bare, by_days, &count);

	doc_section(doc, "stages", _("Stages without civil society"));
	doc_table(doc, columns, sizeof(columns) / sizeof(*columns));
	for (size_t i = 0; i < count; i++) {
		struct reader list, text;
		uint32_t left;

		reader_init(&list, mp_get(rows[i]->payload, "stages"));
		left = mp_peek(&list) == MP_ARRAY ? mp_array(&list) : 0;
		for (; left > 0 && !list.err; left--) {
			struct bytes stage = mp_raw(&list);
			struct bytes word = {NULL, 0}, start = {NULL, 0};

			reader_init(&text, mp_get(stage, "stage"));
			if (mp_peek(&text) == MP_STR)
				word = mp_str(&text);
			reader_init(&text, mp_get(stage, "start"));
			if (mp_peek(&text) == MP_STR)
				start = mp_str(&text);
			if (!audit_has_civil_society(stage)) {
				const struct doc_cell cells[] = {report_region(rows[i]->region),
				    doc_code(rows[i]->member), doc_text(rows[i]->title),
				    doc_word(word), doc_code(start), doc_code(rows[i]->ref)};

				doc_row(doc, cells);
			}
		}
	}
	doc_table_end(doc);
	free(rows);
}

/* --- what is missing ------------------------------------------------------------------------- */

static int by_count(const void *a, const void *b)
{
	const struct report_item *x = a, *y = b;

	if (x->count != y->count)
		return x->count > y->count ? -1 : 1;
	return bytes_compare(x->word, y->word);
}

/* Whether everything is missing from everybody: this network does not keep the list. */
static bool is_unused(const struct report *r)
{
	size_t members = 0;

	for (size_t i = 0; i < report_member_count(r); i++)
		members +=
		    report_member_at(r, i)->is_territory && report_member_at(r, i)->is_wanted;
	for (size_t i = 0; i < report_item_count(r); i++)
		if (report_item_at(r, i)->count < members)
			return false;
	return true;
}

void report_items(struct report *r, struct doc *doc)
{
	const struct doc_column columns[] = {
	    {.field = "item", .label = _("item of the law"), .shape = DOC_WORD},
	    {.field = "count",
		.label = _("members that have not published it"),
		.shape = DOC_NUMBER},
	};

	doc_section(doc, "not-published", _("What was not published"));
	if (r->options.as_of) {
		doc_note(doc, _("not judged for an earlier day"));
		return;
	}
	if (report_item_count(r) && !doc->format->is_flat && is_unused(r)) {
		doc_note(doc, _("no member has recorded what it publishes"));
		return;
	}
	if (report_item_count(r))
		qsort(r->items.data, report_item_count(r), sizeof(struct report_item), by_count);
	doc_table(doc, columns, sizeof(columns) / sizeof(*columns));
	for (size_t i = 0; i < report_item_count(r); i++) {
		const struct doc_cell cells[] = {
		    doc_word(report_item_at(r, i)->word), doc_number(report_item_at(r, i)->count)};

		doc_row(doc, cells);
	}
	doc_table_end(doc);
}

static bool is_silent(const struct report_row *row)
{
	return report_has(row, FINDING_SILENT);
}

void report_silent(struct report *r, struct doc *doc)
{
	const struct doc_column columns[] = {
	    {.field = "region", .label = _("region"), .shape = DOC_TEXT, .is_group = true},
	    {.field = "member", .label = _("member"), .shape = DOC_CODE},
	    {.field = "name", .label = _("name"), .shape = DOC_TEXT},
	    {.field = "days", .label = _("days without a record"), .shape = DOC_NUMBER},
	};
	const struct report_row **rows;
	size_t count;

	doc_section(doc, "silent", _("Members that are silent"));
	if (r->options.as_of) {
		doc_note(doc, _("not judged for an earlier day"));
		return;
	}
	rows = report_select(r, is_silent, by_days, &count);
	doc_table(doc, columns, sizeof(columns) / sizeof(*columns));
	for (size_t i = 0; i < count; i++) {
		const struct report_member *m = report_member_of(r, rows[i]->member);
		const struct doc_cell cells[] = {report_region(rows[i]->region),
		    doc_code(rows[i]->member), m ? doc_text(m->name) : doc_empty(),
		    rows[i]->has_days ? doc_number(rows[i]->days) : doc_empty()};

		doc_row(doc, cells);
	}
	doc_table_end(doc);
	free(rows);
}
