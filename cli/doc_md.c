/* A document in Markdown with tables. What members wrote is isolated from the direction of what stands around it, and every
 * character that could begin markup or HTML is escaped. */
#include "cli/doc.h"

#include "cli/lang.h"
#include "cli/word.h"

#include <string.h>

#define ISOLATE "\xe2\x81\xa8"
#define ISOLATE_END "\xe2\x81\xa9"

static void put_escaped(struct writer *w, struct bytes text)
{
	for (size_t i = 0; i < text.size; i++) {
		uint8_t b = text.data[i];

		if (b == '<')
			writer_str(w, "&lt;");
		else if (b == '>')
			writer_str(w, "&gt;");
		else if (b == '&')
			writer_str(w, "&amp;");
		else {
			if (memchr("\\`*_[]#|~$@", b, 11))
				writer_u8(w, '\\');
			writer_u8(w, b);
		}
	}
}

static void put_text(struct doc *doc, struct bytes text)
{
	writer_str(doc->out, ISOLATE);
	put_escaped(doc->out, doc_safe(doc, text));
	writer_str(doc->out, ISOLATE_END);
}

static void put_word(struct doc *doc, struct bytes word)
{
	struct writer label = {0};

	word_put(&label, word);
	put_escaped(doc->out, doc_safe(doc, writer_view(&label)));
	if (label.err)
		writer_fail(doc->out, label.err);
	writer_release(&label);
}

static void put_progress(struct writer *w, enum doc_progress progress, bool is_attested)
{
	struct writer label = {0};

	doc_progress_put(&label, progress);
	put_escaped(w, writer_view(&label));
	if (progress != DOC_SILENT) {
		writer_str(w, " ");
		writer_bytes(w, doc_letter(is_attested));
	}
	writer_release(&label);
}

static void put_mark(struct writer *w, const struct doc_mark *mark)
{
	if (mark->progress == DOC_NOTHING) {
		writer_str(w, "\xe2\x80\x93");
		return;
	}
	put_progress(w, mark->progress, mark->is_attested);
	if (mark->differs) {
		writer_str(w, " \xe2\x89\xa0 ");
		put_progress(w, mark->self, false);
	}
	if (mark->count > 1)
		writer_printf(w, " \xc3\x97%u", mark->count);
	if (mark->is_overdue)
		writer_str(w, " **\\!**");
}

static void put_share(struct writer *w, const struct doc_share *share)
{
	struct writer text = {0};

	doc_share_put(&text, share);
	writer_str(w, share->is_below ? "**" : "");
	put_escaped(w, writer_view(&text));
	writer_str(w, share->is_below ? "**" : "");
	writer_release(&text);
}

static void put_cell(struct doc *doc, const struct doc_cell *cell)
{
	if (!cell->is_there)
		return;
	switch (cell->shape) {
	case DOC_TEXT:
		put_text(doc, cell->text.text);
		return;
	case DOC_SAID:
	case DOC_FIGURE:
	case DOC_CODE:
		put_escaped(doc->out, doc_safe(doc, cell->text.text));
		return;
	case DOC_CODES:
		put_escaped(doc->out, cell->text.text);
		return;
	case DOC_WORD:
		put_word(doc, cell->text.text);
		return;
	case DOC_NUMBER:
		writer_printf(doc->out, "%lld", (long long)cell->number);
		return;
	case DOC_MARK:
		put_mark(doc->out, cell->mark);
		return;
	case DOC_SHARE:
		put_share(doc->out, cell->share);
		return;
	case DOC_BAR:
		return;
	}
}

static void md_begin(struct doc *doc, const struct doc_text *title)
{
	writer_str(doc->out, "# ");
	put_text(doc, title->text);
	writer_printf(doc->out, "\n\n%s\n\n", _("Commitments and what the audit finds"));
}

static void md_fact(
    struct doc *doc, const char *field, const char *label, const struct doc_cell *value)
{
	(void)field;
	writer_printf(doc->out, "- %s: ", label);
	put_cell(doc, value);
	writer_str(doc->out, "\n");
}

static void md_nothing(struct doc *doc)
{
	(void)doc;
}

static void md_section(struct doc *doc, const char *id, const char *title)
{
	bool has_gap =
	    doc->out->size >= 2 && !memcmp(doc->out->data + doc->out->size - 2, "\n\n", 2);

	(void)id;
	writer_printf(doc->out, "%s## %s\n\n", has_gap ? "" : "\n", title);
}

static void md_note(struct doc *doc, const char *text)
{
	writer_printf(doc->out, "%s\n\n", text);
}

static void md_legend(struct doc *doc, enum doc_shape shape)
{
	if (shape != DOC_MARK)
		return;
	writer_str(doc->out, "- ");
	writer_bytes(doc->out, doc_letter(true));
	writer_printf(doc->out, ": %s\n- ", _("attested by another member"));
	writer_bytes(doc->out, doc_letter(false));
	writer_printf(doc->out, ": %s\n", _("reported by the member itself"));
	writer_printf(doc->out, "- \xe2\x89\xa0: %s\n", _("attested otherwise than reported"));
	writer_printf(doc->out, "- **\\!**: %s\n", _("overdue"));
	writer_printf(
	    doc->out, "- \xc3\x97: %s\n\n", _("several commitments; the least advanced is shown"));
}

static void put_heading(struct doc *doc)
{
	writer_str(doc->out, "|");
	for (size_t i = 0; i < doc->column_count; i++) {
		const struct doc_column *c = &doc->columns[i];

		if (c->is_group || c->shape == DOC_BAR)
			continue;
		writer_printf(doc->out, " %s", c->label);
		if (c->written.text.size) {
			writer_str(doc->out, ". ");
			put_text(doc, c->written.text);
		}
		writer_str(doc->out, " |");
	}
	writer_str(doc->out, "\n|");
	for (size_t i = 0; i < doc->column_count; i++) {
		const struct doc_column *c = &doc->columns[i];
		bool is_number = c->shape == DOC_NUMBER || c->shape == DOC_FIGURE;

		if (!c->is_group && c->shape != DOC_BAR)
			writer_str(doc->out, is_number ? " ---: |" : " --- |");
	}
	writer_str(doc->out, "\n");
}

/* Tables have no headings within: a group is a table of its own. */
static void md_table(struct doc *doc)
{
	if (!doc->columns[0].is_group)
		put_heading(doc);
}

static void begin_group(struct doc *doc, const struct doc_cell *cell)
{
	struct bytes name = cell->text.text;

	if (doc->row_count && bytes_equal(name, writer_view(&doc->group)))
		return;
	writer_clear(&doc->group);
	writer_bytes(&doc->group, name);
	writer_str(doc->out, doc->row_count ? "\n### " : "### ");
	put_cell(doc, cell);
	writer_str(doc->out, "\n\n");
	put_heading(doc);
}

static void md_row(struct doc *doc, const struct doc_cell *cells)
{
	if (doc->columns[0].is_group)
		begin_group(doc, &cells[0]);
	writer_str(doc->out, "|");
	for (size_t i = 0; i < doc->column_count; i++) {
		if (doc->columns[i].is_group || doc->columns[i].shape == DOC_BAR)
			continue;
		writer_str(doc->out, " ");
		put_cell(doc, &cells[i]);
		writer_str(doc->out, " |");
	}
	writer_str(doc->out, "\n");
}

static void md_end(struct doc *doc)
{
	writer_printf(doc->out, "\n---\n\n%s: %s, %s\n", _("source"), doc->source, doc->written);
}

const struct doc_format doc_md = {.begin = md_begin,
    .fact = md_fact,
    .facts_end = md_nothing,
    .section = md_section,
    .note = md_note,
    .legend = md_legend,
    .table = md_table,
    .row = md_row,
    .table_end = md_nothing,
    .end = md_end};
