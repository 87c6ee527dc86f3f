/* What all formats of a document share: cells, the state of a table, the order of calls. Knows no format and no kind of
 * record. */
#include "cli/doc.h"

#include "cli/lang.h"
#include "cli/word.h"
#include "proto/text.h"

#include <string.h>

#define FLAT_COLUMNS_MAX 4096

void doc_begin(struct doc *doc, const struct doc_format *format, struct writer *out,
    const struct doc_text *title)
{
	doc->format = format;
	doc->out = out;
	doc->title = title;
	doc->format->begin(doc, title);
}

void doc_fact(struct doc *doc, const char *field, const char *label, struct doc_cell value)
{
	doc->format->fact(doc, field, label, &value);
}

void doc_section(struct doc *doc, const char *id, const char *title)
{
	doc->section = id;
	doc->format->section(doc, id, title);
}

void doc_note(struct doc *doc, const char *text)
{
	doc->format->note(doc, text);
}

void doc_table(struct doc *doc, const struct doc_column *columns, size_t count)
{
	doc->columns = columns;
	doc->column_count = count < DOC_COLUMNS_MAX ? count : DOC_COLUMNS_MAX;
	doc->row_count = 0;
	writer_clear(&doc->group);
}

/* A table without a row has no heading either. */
void doc_row(struct doc *doc, const struct doc_cell *cells)
{
	if (!doc->row_count)
		doc->format->table(doc);
	doc->format->row(doc, cells);
	doc->row_count++;
}

void doc_table_end(struct doc *doc)
{
	if (doc->row_count)
		doc->format->table_end(doc);
	else
		doc_note(doc, _("none"));
}

void doc_end(struct doc *doc)
{
	doc->format->end(doc);
	if (doc->group.err || doc->scratch.err)
		writer_fail(doc->out, ERR_MEMORY);
}

void doc_release(struct doc *doc)
{
	writer_release(&doc->group);
	writer_release(&doc->scratch);
}

/* --- cells ----------------------------------------------------------------------------------- */

struct doc_cell doc_empty(void)
{
	return (struct doc_cell){.shape = DOC_SAID};
}

struct doc_cell doc_text(struct doc_text text)
{
	return (struct doc_cell){.shape = DOC_TEXT, .is_there = text.text.size > 0, .text = text};
}

static struct doc_cell plain(enum doc_shape shape, struct bytes text)
{
	return (struct doc_cell){.shape = shape, .is_there = text.size > 0, .text.text = text};
}

struct doc_cell doc_said(const char *text)
{
	return plain(DOC_SAID, bytes_str(text));
}

struct doc_cell doc_word(struct bytes word)
{
	return plain(DOC_WORD, word);
}

struct doc_cell doc_figure(struct bytes text)
{
	return plain(DOC_FIGURE, text);
}

struct doc_cell doc_code(struct bytes text)
{
	return plain(DOC_CODE, text);
}

struct doc_cell doc_codes(struct bytes text)
{
	return plain(DOC_CODES, text);
}

struct doc_cell doc_number(int64_t number)
{
	return (struct doc_cell){.shape = DOC_NUMBER, .is_there = true, .number = number};
}

struct doc_cell doc_mark(const struct doc_mark *mark)
{
	return (struct doc_cell){.shape = DOC_MARK, .is_there = true, .mark = mark};
}

struct doc_cell doc_bar(const struct doc_bar *bar)
{
	return (struct doc_cell){.shape = DOC_BAR, .is_there = true, .bar = bar};
}

struct doc_cell doc_share(const struct doc_share *share)
{
	return (struct doc_cell){.shape = DOC_SHARE, .is_there = share->is_known, .share = share};
}

struct bytes doc_safe(struct doc *doc, struct bytes text)
{
	size_t columns = doc->format->is_flat ? FLAT_COLUMNS_MAX : DOC_TEXT_COLUMNS_MAX;
	/* Marks above and below letters take no column: there is an end to them too. */
	bool is_long = text.size > 16 * columns;
	struct bytes safe, cut;

	writer_clear(&doc->scratch);
	if (is_long)
		text.size = 16 * columns;
	text_sanitize_terminal(&doc->scratch, text);
	safe = writer_view(&doc->scratch);
	cut = text_cut(safe, columns);
	if (cut.size == safe.size && !is_long)
		return safe;
	doc->scratch.size = cut.size;
	writer_str(&doc->scratch, "\xe2\x80\xa6");
	return writer_view(&doc->scratch);
}

/* --- words ----------------------------------------------------------------------------------- */

const char *doc_progress_word(enum doc_progress progress)
{
	static const char *const words[DOC_PROGRESS_COUNT] = {"complete", "substantial", "limited",
	    "not_started", "no_evidence", "withdrawn", NULL, NULL};

	return words[progress];
}

void doc_progress_put(struct writer *w, enum doc_progress progress)
{
	const char *word = doc_progress_word(progress);

	if (word)
		word_put_in(w, "completion", bytes_str(word));
	else
		writer_str(w, progress == DOC_SILENT ? _("nothing reported") : _("no commitment"));
}

struct bytes doc_letter(bool is_attested)
{
	const char *label = is_attested ? _("A|attested by another member") : _("S|said by itself");

	return bytes_of(label, strcspn(label, "|"));
}

void doc_share_put(struct writer *w, const struct doc_share *share)
{
	if (share->is_few)
		writer_printf(w, "<%d", DOC_FEW);
	else
		writer_printf(w, "%u.%u", share->permille / 10, share->permille % 10);
}
