/* Members against the commitments of the charter: who is how far with each. Of several commitments of one member under one
 * article the least advanced speaks, so that nothing is hidden behind what is done. */
#include "cli/report.h"

#include "cli/lang.h"
#include "proto/mp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIXED 3 /* region, code, name */

/* How advanced, the least first; withdrawn ones speak only when there is nothing else. */
static int rank(enum doc_progress progress)
{
	static const int ranks[DOC_PROGRESS_COUNT] = {[DOC_COMPLETE] = 6,
	    [DOC_SUBSTANTIAL] = 5,
	    [DOC_LIMITED] = 4,
	    [DOC_NOT_STARTED] = 3,
	    [DOC_NO_EVIDENCE] = 2,
	    [DOC_SILENT] = 1,
	    [DOC_WITHDRAWN] = 7,
	    [DOC_NOTHING] = 8};

	return ranks[progress];
}

static enum doc_progress progress_of(struct bytes status)
{
	for (unsigned i = 0; i < DOC_SILENT; i++)
		if (bytes_equal(status, bytes_str(doc_progress_word((enum doc_progress)i))))
			return (enum doc_progress)i;
	return DOC_SILENT;
}

static void take(struct doc_mark *mark, const struct report_row *row)
{
	enum doc_progress progress = progress_of(row->status);

	mark->count += progress != DOC_WITHDRAWN;
	mark->is_overdue |= row->is_overdue;
	if (rank(progress) >= rank(mark->progress))
		return;
	mark->progress = progress;
	mark->is_attested = row->attested_status.size > 0;
	mark->self = progress_of(row->self_status);
	mark->differs = mark->is_attested && row->self_status.size > 0 && mark->self != progress;
}

/* The place of an article; article_count for what stands under none. */
static size_t column_of(const struct report *r, int64_t article)
{
	size_t i = 0;

	while (i < r->article_count && r->articles[i].number != article)
		i++;
	return i;
}

/* Marks of all members, article_count + 1 each; NULL without memory. */
static struct doc_mark *marks_of(struct report *r)
{
	size_t width = r->article_count + 1, count = report_member_count(r);
	struct doc_mark *marks = calloc(count * width + 1, sizeof(*marks));

	if (!marks) {
		r->err = ERR_MEMORY;
		return NULL;
	}
	for (size_t i = 0; i < count * width; i++)
		marks[i].progress = DOC_NOTHING;
	for (size_t i = 0; i < report_row_count(r); i++) {
		const struct report_row *row = report_row_at(r, i);
		const struct report_member *m =
		    report_is(row, "commitment") ? report_member_of(r, row->member) : NULL;

		if (m)
			take(&marks[(size_t)(m - report_member_at(r, 0)) * width +
				    column_of(r, row->article)],
			    row);
	}
	return marks;
}

/* "1" and what it is about. */
static void name_columns(
    struct report *r, struct doc_column *columns, char fields[][24], char labels[][24])
{
	for (size_t i = 0; i < r->article_count; i++) {
		snprintf(fields[i], 24, "article_%lld", (long long)r->articles[i].number);
		snprintf(labels[i], 24, "%lld", (long long)r->articles[i].number);
		columns[FIXED + i] = (struct doc_column){.field = fields[i],
		    .label = labels[i],
		    .written = r->articles[i].title,
		    .shape = DOC_MARK};
	}
}

static void put_rows(struct report *r, struct doc *doc, const struct doc_mark *marks)
{
	size_t width = r->article_count + 1;

	for (size_t i = 0; i < report_member_count(r); i++) {
		const struct report_member *m = report_member_at(r, i);
		struct doc_cell cells[FIXED + REPORT_ARTICLES_MAX + 1];
		uint32_t others;

		if (!m->is_territory || !m->is_wanted)
			continue;
		cells[0] = report_region(m->region);
		cells[1] = doc_text(m->name);
		cells[2] = doc_code(m->code);
		for (size_t j = 0; j < r->article_count; j++)
			cells[FIXED + j] = doc_mark(&marks[i * width + j]);
		others = marks[i * width + r->article_count].count;
		cells[FIXED + r->article_count] =
		    others || doc->format->is_flat ? doc_number(others) : doc_empty();
		doc_row(doc, cells);
	}
}

void report_matrix(struct report *r, struct doc *doc)
{
	struct doc_column columns[FIXED + REPORT_ARTICLES_MAX + 1] = {
	    {.field = "region", .label = _("region"), .shape = DOC_TEXT, .is_group = true},
	    {.field = "name", .label = _("member"), .shape = DOC_TEXT},
	    {.field = "member", .label = _("code"), .shape = DOC_CODE},
	};
	char fields[REPORT_ARTICLES_MAX][24], labels[REPORT_ARTICLES_MAX][24];
	struct doc_mark *marks = marks_of(r);

	doc_section(doc, "matrix", _("Members and the commitments of the charter"));
	name_columns(r, columns, fields, labels);
	columns[FIXED + r->article_count] = (struct doc_column){
	    .field = "other", .label = _("other commitments"), .shape = DOC_NUMBER};
	if (r->options.as_of)
		doc_note(doc, _("Members that left since that day are not shown."));
	doc->format->legend(doc, DOC_MARK);
	doc_table(doc, columns, FIXED + r->article_count + 1);
	if (marks)
		put_rows(r, doc, marks);
	doc_table_end(doc);
	free(marks);
}

/* --- how far the members are with each ------------------------------------------------------- */

static void count_marks(
    struct report *r, const struct doc_mark *marks, size_t column, struct doc_bar *bar)
{
	for (size_t i = 0; i < report_member_count(r); i++) {
		const struct report_member *m = report_member_at(r, i);
		const struct doc_mark *mark = &marks[i * (r->article_count + 1) + column];

		if (m->is_territory && m->is_wanted)
			(mark->is_attested ? bar->attested : bar->self)[mark->progress]++;
	}
}

#define BESIDES 3 /* number, title, bar */

void report_completion(struct report *r, struct doc *doc)
{
	struct doc_column columns[BESIDES + DOC_PROGRESS_COUNT + 1] = {
	    {.field = "article", .label = _("no."), .shape = DOC_NUMBER},
	    {.field = "title", .label = _("commitment"), .shape = DOC_TEXT},
	    {.field = "bar", .label = _("members"), .shape = DOC_BAR},
	    {.field = "attested", .label = _("attested"), .shape = DOC_NUMBER},
	};
	struct doc_mark *marks = marks_of(r);
	struct writer labels[DOC_PROGRESS_COUNT] = {{0}};

	doc_section(doc, "completion", _("How far the members are with each commitment"));
	for (unsigned p = 0; p < DOC_PROGRESS_COUNT; p++) {
		static const char *const fields[DOC_PROGRESS_COUNT] = {"complete", "substantial",
		    "limited", "not_started", "no_evidence", "withdrawn", "nothing_reported",
		    "no_commitment"};

		doc_progress_put(&labels[p], (enum doc_progress)p);
		writer_u8(&labels[p], 0);
		columns[BESIDES + 1 + p] = (struct doc_column){.field = fields[p],
		    .label = labels[p].err ? fields[p] : (const char *)labels[p].data,
		    .shape = DOC_NUMBER};
	}
	if (r->article_count)
		doc->format->legend(doc, DOC_BAR);
	doc_table(doc, columns, BESIDES + DOC_PROGRESS_COUNT + 1);
	for (size_t i = 0; marks && i < r->article_count; i++) {
		struct doc_cell cells[BESIDES + DOC_PROGRESS_COUNT + 1];
		struct doc_bar bar = {{0}, {0}};
		uint32_t attested = 0;

		count_marks(r, marks, i, &bar);
		cells[0] = doc_number(r->articles[i].number);
		cells[1] = doc_text(r->articles[i].title);
		cells[2] = doc_bar(&bar);
		for (unsigned p = 0; p < DOC_PROGRESS_COUNT; p++) {
			attested += bar.attested[p];
			cells[BESIDES + 1 + p] = doc_number(bar.attested[p] + bar.self[p]);
		}
		cells[BESIDES] = doc_number(attested);
		doc_row(doc, cells);
	}
	doc_table_end(doc);
	for (unsigned p = 0; p < DOC_PROGRESS_COUNT; p++)
		writer_release(&labels[p]);
	free(marks);
}

/* --- members against what is claimed --------------------------------------------------------- */

static bool is_claim(const struct report_row *row)
{
	return report_is(row, "claim");
}

static void put_figures(struct doc *doc, const char *measure, int64_t count,
    const struct report_row **claims, size_t claim_count)
{
	bool is_claimed = false;

	for (size_t i = 0; i < claim_count; i++) {
		const struct doc_cell cells[] = {doc_word(bytes_str(measure)), doc_number(count),
		    doc_figure(claims[i]->claimed), doc_code(claims[i]->ref)};

		if (!bytes_equal(claims[i]->word, bytes_str(measure)))
			continue;
		doc_row(doc, cells);
		is_claimed = true;
	}
	if (!is_claimed) {
		const struct doc_cell cells[] = {
		    doc_word(bytes_str(measure)), doc_number(count), doc_empty(), doc_empty()};

		doc_row(doc, cells);
	}
}

void report_members(struct report *r, struct doc *doc)
{
	static const char *const measures[] = {
	    "members", "members_region", "members_province", "members_commune"};
	const struct doc_column columns[] = {
	    {.field = "measure", .label = _("members"), .shape = DOC_WORD},
	    {.field = "counted", .label = _("in the roster"), .shape = DOC_NUMBER},
	    {.field = "claimed", .label = _("claimed"), .shape = DOC_FIGURE},
	    {.field = "claim", .label = _("stated figure"), .shape = DOC_CODE},
	};
	int64_t counts[4] = {0};
	size_t claim_count;
	const struct report_row **claims = report_select(r, is_claim, NULL, &claim_count);

	for (size_t i = 0; i < report_member_count(r); i++) {
		const struct report_member *m = report_member_at(r, i);

		if (!m->is_territory || !m->is_wanted)
			continue;
		counts[0]++;
		/* Arrondissements count among the communes, as in the audit of claims. */
		counts[m->rank < 2 ? m->rank + 1 : 3]++;
	}
	doc_section(doc, "members", _("Members by kind, and what is claimed"));
	doc_table(doc, columns, sizeof(columns) / sizeof(*columns));
	for (size_t i = 0; i < sizeof(measures) / sizeof(*measures); i++)
		put_figures(doc, measures[i], counts[i], claims, claim_count);
	doc_table_end(doc);
	free(claims);
}
