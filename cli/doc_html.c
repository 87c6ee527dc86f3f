/* A document as one HTML file: no script, nothing from elsewhere, well-formed as XML too. Each text of a member stands in a
 * bdi of its own language; everything that is not ours is escaped here and nowhere else. */
#include "cli/doc_style.h"
#include "cli/doc_svg.h"

#include "cli/lang.h"
#include "cli/word.h"

#include <string.h>

#define TAG_SIZE_MAX 35
/* Dates and short names in a column; anything of a member's in a list, which has the width of the page. */
#define SHORT_SIZE_MAX 12
#define LISTED_SIZE_MAX 48

static bool is_rtl(void)
{
	return !strcmp(lang_code(), "ar");
}

static void put_safe(struct doc *doc, struct bytes text)
{
	doc_html_escape(doc->out, doc_safe(doc, text));
}

static void put_str(struct doc *doc, const char *text)
{
	doc_html_escape(doc->out, bytes_str(text));
}

/* What a member calls a language is shown to nobody; only what can be a tag goes into the page. */
static bool is_tag(struct bytes tag)
{
	for (size_t i = 0; i < tag.size; i++) {
		uint8_t b = tag.data[i];

		if (!(b >= 'a' && b <= 'z') && !(b >= 'A' && b <= 'Z') && !(b >= '0' && b <= '9') &&
		    b != '-')
			return false;
	}
	return tag.size > 0 && tag.size <= TAG_SIZE_MAX;
}

static void put_text(struct doc *doc, const struct doc_text *text)
{
	if (is_tag(text->tag))
		writer_printf(doc->out, "<bdi lang=\"%.*s\">", (int)text->tag.size,
		    (const char *)text->tag.data);
	else
		writer_str(doc->out, "<bdi>");
	put_safe(doc, text->text);
	writer_str(doc->out, "</bdi>");
}

static void put_word(struct doc *doc, struct bytes word)
{
	struct writer label = {0};

	word_put(&label, word);
	writer_str(doc->out, "<bdi>");
	put_safe(doc, writer_view(&label));
	writer_str(doc->out, "</bdi>");
	if (label.err)
		writer_fail(doc->out, label.err);
	writer_release(&label);
}

/* Up to size_max bytes are never broken. A report of a country has tens of thousands of them: the style isolates them. */
static void put_code(struct doc *doc, struct bytes code, size_t size_max)
{
	writer_str(doc->out, code.size <= size_max ? "<code>" : "<code class=\"long\">");
	put_safe(doc, code);
	writer_str(doc->out, "</code>");
}

static void put_codes(struct doc *doc, struct bytes codes)
{
	while (codes.size) {
		const uint8_t *blank = memchr(codes.data, ' ', codes.size);
		size_t size = blank ? (size_t)(blank - codes.data) : codes.size;

		put_code(doc, bytes_of(codes.data, size), LISTED_SIZE_MAX);
		size += blank != NULL;
		codes = bytes_of(codes.data + size, codes.size - size);
		writer_str(doc->out, codes.size ? " " : "");
	}
}

/* Isolated: letters of one script must not draw those of the next mark to them. */
static void put_small(struct writer *w, struct bytes letter)
{
	writer_str(w, "<small><bdi>");
	doc_html_escape(w, letter);
	writer_str(w, "</bdi></small>");
}

static void put_mark(struct doc *doc, const struct doc_mark *mark)
{
	struct writer *w = doc->out;

	if (mark->progress == DOC_NOTHING) {
		writer_str(w, "<span class=\"no\">\xe2\x80\x93</span>");
		return;
	}
	doc_svg_mark(w, mark->progress, mark->is_attested);
	if (mark->progress != DOC_SILENT) {
		put_small(w, doc_letter(mark->is_attested));
	}
	if (mark->differs) {
		writer_str(w, "\xe2\x89\xa0 ");
		doc_svg_mark(w, mark->self, false);
		put_small(w, doc_letter(false));
	}
	if (mark->count > 1)
		writer_printf(w, "<small><bdi dir=\"ltr\">\xc3\x97%u</bdi></small>", mark->count);
	if (mark->is_overdue) {
		writer_str(w, "<b class=\"late\" title=\"");
		put_str(doc, _("overdue"));
		writer_str(w, "\">!</b>");
	}
}

static void put_share(struct doc *doc, const struct doc_share *share)
{
	struct writer text = {0};

	doc_share_put(&text, share);
	writer_str(doc->out, share->is_below ? "<b dir=\"ltr\">" : "<span dir=\"ltr\">");
	doc_html_escape(doc->out, writer_view(&text));
	writer_str(doc->out, share->is_below ? "</b>" : "</span>");
	doc_svg_share(doc->out, share, is_rtl());
	if (text.err)
		writer_fail(doc->out, text.err);
	writer_release(&text);
}

static void put_cell(struct doc *doc, const struct doc_cell *cell)
{
	if (!cell->is_there)
		return;
	switch (cell->shape) {
	case DOC_TEXT:
		put_text(doc, &cell->text);
		return;
	case DOC_SAID:
		put_safe(doc, cell->text.text);
		return;
	case DOC_WORD:
		put_word(doc, cell->text.text);
		return;
	case DOC_NUMBER:
		writer_printf(doc->out, "<bdi dir=\"ltr\">%lld</bdi>", (long long)cell->number);
		return;
	case DOC_FIGURE:
		writer_str(doc->out, "<bdi dir=\"ltr\">");
		put_safe(doc, cell->text.text);
		writer_str(doc->out, "</bdi>");
		return;
	case DOC_CODE:
		put_code(doc, cell->text.text, SHORT_SIZE_MAX);
		return;
	case DOC_CODES:
		put_codes(doc, cell->text.text);
		return;
	case DOC_MARK:
		put_mark(doc, cell->mark);
		return;
	case DOC_BAR:
		doc_svg_bar(doc->out, cell->bar, is_rtl());
		return;
	case DOC_SHARE:
		put_share(doc, cell->share);
		return;
	}
}

/* --- the page -------------------------------------------------------------------------------- */

/* The source is hex and digits: it may stand in the style. */
static void put_style(struct doc *doc)
{
	writer_str(doc->out, "<style>");
	writer_str(doc->out, doc_style);
	writer_printf(doc->out,
	    "@page{@bottom-left{content:\"%.32s\\2026  %s\";font:7pt sans-serif;color:#5d6b70}"
	    "@bottom-right{content:counter(page) \" / \" counter(pages);font:7pt sans-serif;"
	    "color:#5d6b70}}",
	    doc->source, doc->written);
	writer_str(doc->out, "</style>\n");
}

static void html_begin(struct doc *doc, const struct doc_text *title)
{
	writer_printf(doc->out,
	    "<!DOCTYPE html>\n<html xmlns=\"http://www.w3.org/1999/xhtml\" lang=\"%s\" "
	    "dir=\"%s\">\n"
	    "<head>\n<meta charset=\"utf-8\"/>\n"
	    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
	    "style-src 'unsafe-inline'\"/>\n"
	    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n<title>",
	    lang_code(), is_rtl() ? "rtl" : "ltr");
	put_safe(doc, title->text);
	writer_printf(doc->out, " \xe2\x80\x93 %s</title>\n", doc->written);
	put_style(doc);
	writer_str(doc->out, "</head>\n<body>\n");
	writer_str(doc->out, doc_drawings);
	writer_str(doc->out, "<header>\n<h1>");
	put_text(doc, title);
	writer_str(doc->out, "</h1>\n<p>");
	put_str(doc, _("Commitments and what the audit finds"));
	writer_str(doc->out, "</p>\n<dl>\n");
}

static void html_fact(
    struct doc *doc, const char *field, const char *label, const struct doc_cell *value)
{
	(void)field;
	writer_str(doc->out, "<dt>");
	put_str(doc, label);
	writer_str(doc->out, "</dt><dd>");
	put_cell(doc, value);
	writer_str(doc->out, "</dd>\n");
}

static void html_facts_end(struct doc *doc)
{
	writer_str(doc->out, "</dl>\n</header>\n<main>\n");
}

static void html_section(struct doc *doc, const char *id, const char *title)
{
	writer_printf(doc->out, "<h2 id=\"%s\">", id);
	put_str(doc, title);
	writer_str(doc->out, "</h2>\n");
}

static void html_note(struct doc *doc, const char *text)
{
	writer_str(doc->out, "<p class=\"none\">");
	put_str(doc, text);
	writer_str(doc->out, "</p>\n");
}

/* --- legends --------------------------------------------------------------------------------- */

static void put_progress(struct doc *doc, enum doc_progress progress)
{
	struct writer label = {0};

	doc_progress_put(&label, progress);
	doc_html_escape(doc->out, writer_view(&label));
	writer_release(&label);
}

static void put_meaning(struct doc *doc, const char *sign, const char *text)
{
	writer_printf(doc->out, "<li>%s ", sign);
	put_str(doc, text);
	writer_str(doc->out, "</li>\n");
}

static void marks_legend(struct doc *doc)
{
	writer_str(doc->out, "<ul class=\"legend\">\n");
	for (unsigned p = 0; p <= DOC_SILENT; p++) {
		writer_str(doc->out, "<li>");
		if (p != DOC_SILENT)
			doc_svg_mark(doc->out, (enum doc_progress)p, true);
		doc_svg_mark(doc->out, (enum doc_progress)p, false);
		writer_str(doc->out, " ");
		put_progress(doc, (enum doc_progress)p);
		writer_str(doc->out, "</li>\n");
	}
	writer_str(doc->out, "</ul>\n<ul class=\"legend\">\n");
	for (int is_attested = 1; is_attested >= 0; is_attested--) {
		writer_str(doc->out, "<li>");
		doc_svg_mark(doc->out, DOC_NOT_STARTED, is_attested);
		writer_str(doc->out, " ");
		doc_html_escape(doc->out, doc_letter(is_attested));
		writer_str(doc->out, _(": "));
		put_str(doc, is_attested ? _("attested by another member")
					 : _("reported by the member itself"));
		writer_str(doc->out, "</li>\n");
	}
	put_meaning(doc, "\xe2\x89\xa0", _("attested otherwise than reported"));
	put_meaning(doc, "\xc3\x97", _("several commitments; the least advanced is shown"));
	put_meaning(doc, "<b class=\"late\">!</b>", _("overdue"));
	put_meaning(doc, "<span class=\"no\">\xe2\x80\x93</span>", _("no commitment"));
	writer_str(doc->out, "</ul>\n");
}

static void bars_legend(struct doc *doc)
{
	writer_str(doc->out, "<ul class=\"legend\">\n");
	for (unsigned p = 0; p < DOC_PROGRESS_COUNT; p++) {
		writer_str(doc->out, "<li>");
		doc_svg_part(doc->out, (enum doc_progress)p, true);
		writer_str(doc->out, " ");
		put_progress(doc, (enum doc_progress)p);
		writer_str(doc->out, "</li>\n");
	}
	writer_str(doc->out, "<li>");
	doc_svg_part(doc->out, DOC_COMPLETE, false);
	writer_str(doc->out, " ");
	put_str(doc, _("hatched: reported by the member itself"));
	writer_str(doc->out, "</li>\n</ul>\n");
}

static void html_legend(struct doc *doc, enum doc_shape shape)
{
	if (shape == DOC_MARK)
		marks_legend(doc);
	else if (shape == DOC_BAR)
		bars_legend(doc);
	else
		html_note(
		    doc, _("The line marks the threshold; of fewer than five people it is not said "
			   "how many they are."));
}

/* --- tables ---------------------------------------------------------------------------------- */

static const char *class_of(const struct doc_column *column)
{
	switch (column->shape) {
	case DOC_NUMBER:
	case DOC_FIGURE:
		return " class=\"num\"";
	case DOC_MARK:
		return " class=\"mark\"";
	case DOC_SHARE:
		return " class=\"share\"";
	case DOC_TEXT:
	case DOC_CODES:
		return " class=\"text\"";
	case DOC_WORD:
		return " class=\"word\"";
	case DOC_BAR:
	case DOC_SAID:
	case DOC_CODE:
		return "";
	}
	return "";
}

static void html_table(struct doc *doc)
{
	writer_str(doc->out, "<div class=\"wide\">\n<table>\n<thead><tr>");
	for (size_t i = 0; i < doc->column_count; i++) {
		const struct doc_column *c = &doc->columns[i];

		if (c->is_group || c->shape == DOC_BAR)
			continue;
		writer_printf(doc->out, "<th scope=\"col\"%s>",
		    c->shape == DOC_NUMBER || c->shape == DOC_FIGURE ? class_of(c) : "");
		put_str(doc, c->label);
		if (c->written.text.size) {
			writer_str(doc->out, " ");
			put_text(doc, &c->written);
		}
		writer_str(doc->out, "</th>");
	}
	writer_str(doc->out, "</tr></thead>\n<tbody>\n");
}

static void begin_group(struct doc *doc, const struct doc_cell *cell)
{
	struct bytes name = cell->text.text;

	if (doc->row_count && bytes_equal(name, writer_view(&doc->group)))
		return;
	writer_clear(&doc->group);
	writer_bytes(&doc->group, name);
	writer_printf(doc->out, "<tr class=\"group\"><th scope=\"rowgroup\" colspan=\"%zu\">",
	    doc->column_count - 1);
	put_cell(doc, cell);
	writer_str(doc->out, "</th></tr>\n");
}

/* A bar has the whole width, below its row. */
static void put_bars(struct doc *doc, const struct doc_cell *cells)
{
	for (size_t i = 0; i < doc->column_count; i++) {
		if (doc->columns[i].shape != DOC_BAR)
			continue;
		writer_printf(
		    doc->out, "<tr class=\"below\"><td colspan=\"%zu\">", doc->column_count - 1);
		put_cell(doc, &cells[i]);
		writer_str(doc->out, "</td></tr>\n");
	}
}

static void html_row(struct doc *doc, const struct doc_cell *cells)
{
	bool has_bar = false;

	if (doc->columns[0].is_group)
		begin_group(doc, &cells[0]);
	for (size_t i = 0; i < doc->column_count; i++)
		has_bar |= doc->columns[i].shape == DOC_BAR;
	writer_str(doc->out, has_bar ? "<tr class=\"above\">" : "<tr>");
	for (size_t i = 0; i < doc->column_count; i++) {
		if (doc->columns[i].is_group || doc->columns[i].shape == DOC_BAR)
			continue;
		writer_printf(doc->out, "<td%s>", class_of(&doc->columns[i]));
		put_cell(doc, &cells[i]);
		writer_str(doc->out, "</td>");
	}
	writer_str(doc->out, "</tr>\n");
	put_bars(doc, cells);
}

static void html_table_end(struct doc *doc)
{
	writer_str(doc->out, "</tbody>\n</table>\n</div>\n");
}

static void html_end(struct doc *doc)
{
	writer_str(doc->out, "</main>\n<footer>");
	put_str(doc, _("source"));
	writer_str(doc->out, _(": "));
	put_code(doc, bytes_str(doc->source), SHORT_SIZE_MAX);
	writer_str(doc->out, ", ");
	put_code(doc, bytes_str(doc->written), SHORT_SIZE_MAX);
	writer_str(doc->out, "</footer>\n</body>\n</html>\n");
}

const struct doc_format doc_html = {.begin = html_begin,
    .fact = html_fact,
    .facts_end = html_facts_end,
    .section = html_section,
    .note = html_note,
    .legend = html_legend,
    .table = html_table,
    .row = html_row,
    .table_end = html_table_end,
    .end = html_end};
