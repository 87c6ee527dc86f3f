/* A document for spreadsheets and programs. Every line has as many cells as the widest table: the section's id, the row,
 * where it comes from and the day. A line whose first cell is "section" names the columns of those below it; names and
 * words are those of --json, in no language. */
#include "cli/csv_cell.h"
#include "cli/doc.h"

#include <string.h>

static void end_line(struct doc *doc, size_t cells, const char *source, const char *written)
{
	for (; cells < doc->width; cells++)
		writer_u8(doc->out, ',');
	writer_u8(doc->out, ',');
	csv_cell_put(doc->out, bytes_str(source), false);
	writer_u8(doc->out, ',');
	csv_cell_put(doc->out, bytes_str(written), false);
	writer_str(doc->out, "\r\n");
}

static void put_str(struct doc *doc, const char *text)
{
	csv_cell_put(doc->out, bytes_str(text), false);
}

static void put_mark(struct writer *w, const struct doc_mark *mark)
{
	const char *word = doc_progress_word(mark->progress);

	if (mark->progress == DOC_NOTHING)
		return;
	if (word)
		writer_printf(w, "%s=%s", mark->is_attested ? "attested" : "self", word);
	else
		writer_str(w, "nothing_reported");
	if (mark->differs && doc_progress_word(mark->self))
		writer_printf(w, ";self=%s", doc_progress_word(mark->self));
	if (mark->count > 1)
		writer_printf(w, ";commitments=%u", mark->count);
	if (mark->is_overdue)
		writer_str(w, ";overdue");
}

static void put_cell(struct doc *doc, const struct doc_cell *cell)
{
	struct writer text = {0};

	if (!cell->is_there)
		return;
	switch (cell->shape) {
	case DOC_TEXT:
	case DOC_SAID:
	case DOC_WORD:
	case DOC_CODE:
	case DOC_CODES:
		csv_cell_put(doc->out, doc_safe(doc, cell->text.text), false);
		return;
	case DOC_FIGURE:
		/* A claim's value is a decimal, and nothing else comes here. */
		csv_cell_put(doc->out, doc_safe(doc, cell->text.text), true);
		return;
	case DOC_NUMBER:
		writer_printf(doc->out, "%lld", (long long)cell->number);
		return;
	case DOC_MARK:
		put_mark(&text, cell->mark);
		break;
	case DOC_SHARE:
		doc_share_put(&text, cell->share);
		break;
	case DOC_BAR:
		break;
	}
	csv_cell_put(doc->out, writer_view(&text), false);
	if (text.err)
		writer_fail(doc->out, text.err);
	writer_release(&text);
}

static void put_heading(struct doc *doc, const char *const *fields, size_t count)
{
	put_str(doc, "section");
	for (size_t i = 0; i < count; i++) {
		writer_u8(doc->out, ',');
		put_str(doc, fields[i]);
	}
	end_line(doc, count, "source", "exported");
}

static void csv_begin(struct doc *doc, const struct doc_text *title)
{
	static const char *const fields[] = {"fact", "value"};

	if (doc->has_bom)
		writer_str(doc->out, "\xef\xbb\xbf");
	put_heading(doc, fields, 2);
	put_str(doc, "about");
	writer_str(doc->out, ",network,");
	csv_cell_put(doc->out, doc_safe(doc, title->text), false);
	end_line(doc, 2, doc->source, doc->written);
}

static void csv_fact(
    struct doc *doc, const char *field, const char *label, const struct doc_cell *value)
{
	(void)label;
	put_str(doc, "about");
	writer_u8(doc->out, ',');
	put_str(doc, field);
	writer_u8(doc->out, ',');
	put_cell(doc, value);
	end_line(doc, 2, doc->source, doc->written);
}

static void csv_table(struct doc *doc)
{
	const char *fields[DOC_COLUMNS_MAX];
	size_t count = 0;

	for (size_t i = 0; i < doc->column_count; i++)
		if (doc->columns[i].shape != DOC_BAR)
			fields[count++] = doc->columns[i].field;
	put_heading(doc, fields, count);
}

static void csv_row(struct doc *doc, const struct doc_cell *cells)
{
	size_t count = 0;

	put_str(doc, doc->section);
	for (size_t i = 0; i < doc->column_count; i++) {
		if (doc->columns[i].shape == DOC_BAR)
			continue;
		writer_u8(doc->out, ',');
		put_cell(doc, &cells[i]);
		count++;
	}
	end_line(doc, count, doc->source, doc->written);
}

/* Sections are named in each line; notes and legends are for readers of a page. */
static void csv_section(struct doc *doc, const char *id, const char *title)
{
	(void)doc;
	(void)id;
	(void)title;
}

static void csv_note(struct doc *doc, const char *text)
{
	(void)doc;
	(void)text;
}

static void csv_legend(struct doc *doc, enum doc_shape shape)
{
	(void)doc;
	(void)shape;
}

static void csv_nothing(struct doc *doc)
{
	(void)doc;
}

const struct doc_format doc_csv = {.begin = csv_begin,
    .fact = csv_fact,
    .facts_end = csv_nothing,
    .section = csv_section,
    .note = csv_note,
    .legend = csv_legend,
    .table = csv_table,
    .row = csv_row,
    .table_end = csv_nothing,
    .end = csv_nothing,
    .is_flat = true};
