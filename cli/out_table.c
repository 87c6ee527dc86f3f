/* Tables and cards for people. Decides cutting, wrapping and isolation; widths are cli/fit's, the text of a cell comes
 * from out_text, already safe for a terminal. Rows wait until TABLE_SAMPLE of them, or the end, show how wide the
 * columns are. */
#include "cli/out.h"

#include "cli/lang.h"
#include "proto/text.h"

#include <string.h>

#define TABLE_SAMPLE 500
#define CELL_END 0x1f

#define BOLD "\033[1m"
#define PLAIN "\033[0m"
/* First strong isolate and its end: an Arabic title must not move the cells beside it. */
#define ISOLATE "\xe2\x81\xa8"
#define ISOLATE_END "\xe2\x81\xa9"

static const struct column *next_shown(const struct column *c)
{
	while (c && c->field && !(c->flags & COLUMN_TABLE))
		c++;
	return c;
}

#define EACH_SHOWN(c, out) \
	for (const struct column *c = next_shown((out)->columns); c && c->field; \
	     c = next_shown(c + 1))

/* Whether a script that runs from right to left may be in it: those begin at U+0590, and from U+0900 to U+FAFF there is
 * none. What has none stays bare, so that a name copied from the screen is only its letters. */
static bool needs_isolation(const struct out *out, struct bytes text)
{
	for (size_t i = 0; out->is_tty && i < text.size; i++) {
		uint8_t c = text.data[i];

		if ((c >= 0xd6 && c <= 0xe0) || c == 0xef || c == 0xf0)
			return true;
	}
	return false;
}

/* A mark that was cut off ends with its line. */
static void put_marked(struct out *out, struct bytes text)
{
	bool is_bold = false;

	for (size_t i = 0; i < text.size; i++) {
		if (text.data[i] != OUT_MARK && text.data[i] != OUT_UNMARK) {
			fputc(text.data[i], out->to);
			continue;
		}
		is_bold = text.data[i] == OUT_MARK;
		fputs(is_bold ? BOLD : PLAIN, out->to);
	}
	fputs(is_bold ? PLAIN : "", out->to);
}

static void put_isolated(struct out *out, const char *before, struct bytes text, const char *after)
{
	bool is_isolated = needs_isolation(out, text);

	fprintf(out->to, "%s%s", is_isolated ? ISOLATE : "", before);
	put_marked(out, text);
	fprintf(out->to, "%s%s", after, is_isolated ? ISOLATE_END : "");
}

/* In a pipe nothing is cut: whoever reads it there wants all of it. */
static void fit_table(struct out *out)
{
	const struct column *columns[FIT_COLUMNS_MAX];
	size_t labels[FIT_COLUMNS_MAX];
	size_t count = 0;

	EACH_SHOWN (c, out) {
		labels[count] = text_width(bytes_str(_(c->label)));
		columns[count++] = c;
	}
	fit_columns(&out->fit, columns, count, out->content, labels, out->terminal_width,
	    !out->has_heading);
}

/* Cells of addresses are ASCII; anything else is cut at its end. */
static bool put_tail(struct out *out, const struct column *column, struct bytes text, size_t width)
{
	if (!(column->flags & COLUMN_TAIL) || text_width(text) != text.size || width < 2)
		return false;
	put_isolated(out, "…", bytes_of(text.data + text.size - (width - 1), width - 1), "");
	return true;
}

/* Cut to the width; how wide it is then. */
static size_t put_text(
    struct out *out, const struct column *column, struct bytes text, size_t width)
{
	struct bytes start;

	if (!out->terminal_width || text_width(text) <= width) {
		put_isolated(out, "", text, "");
		return text_width(text);
	}
	if (put_tail(out, column, text, width))
		return width;
	start = text_cut(text, width - 1);
	put_isolated(out, "", start, "…");
	return text_width(start) + 1;
}

static void put_cell(struct out *out, const struct column *column, struct bytes text, size_t width)
{
	size_t size = put_text(out, column, text, width);

	fprintf(out->to, "%*s", (int)(FIT_GAP + (width > size ? width - size : 0)), "");
}

/* One line of it; where it ends there was a blank, unless a word is longer than a line. */
static struct bytes take_line(struct bytes *text, size_t width)
{
	struct bytes line = text_cut(*text, width);
	size_t end = line.size;

	if (line.size == 0)
		end = line.size = text->size;
	else if (line.size < text->size && text->data[end] != ' ')
		while (end > 0 && line.data[end - 1] != ' ')
			end--;
	if (end > 0)
		line.size = end;
	*text = bytes_of(text->data + line.size, text->size - line.size);
	while (text->size && text->data[0] == ' ')
		*text = bytes_of(text->data + 1, text->size - 1);
	while (line.size && line.data[line.size - 1] == ' ')
		line.size--;
	return line;
}

/* The last column goes on below itself. */
static void put_last(struct out *out, struct bytes text, size_t width)
{
	if (!out->terminal_width || text_width(text) <= width) {
		put_isolated(out, "", text, "");
		return;
	}
	put_isolated(out, "", take_line(&text, width), "");
	while (text.size) {
		fprintf(out->to, "\n%*s", (int)(out->fit.total - width), "");
		put_isolated(out, "", take_line(&text, width), "");
	}
}

static size_t last_shown(const struct out *out)
{
	size_t last = 0;
	size_t i = 0;

	EACH_SHOWN (c, out) {
		if (out->fit.width[i])
			last = i;
		i++;
	}
	return last;
}

static void put_labels(struct out *out)
{
	size_t last = last_shown(out);
	size_t i = 0;

	fputs(out->is_tty ? BOLD : "", out->to);
	EACH_SHOWN (c, out) {
		if (i == last)
			put_text(out, c, bytes_str(_(c->label)), out->fit.width[i]);
		else if (out->fit.width[i])
			put_cell(out, c, bytes_str(_(c->label)), out->fit.width[i]);
		i++;
	}
	fputs(out->is_tty ? PLAIN "\n" : "\n", out->to);
	out->has_heading = true;
}

static void put_waiting(struct out *out)
{
	struct bytes cells = writer_view(&out->cells);
	size_t last = last_shown(out);

	for (size_t row = 0; row < out->waiting; row++) {
		size_t i = 0;

		EACH_SHOWN (c, out) {
			const uint8_t *end = memchr(cells.data, CELL_END, cells.size);
			size_t size = end ? (size_t)(end - cells.data) : cells.size;
			struct bytes cell = bytes_of(cells.data, size);

			if (i == last)
				put_last(out, cell, out->fit.width[i]);
			else if (out->fit.width[i])
				put_cell(out, c, cell, out->fit.width[i]);
			cells.data += size + 1;
			cells.size -= size + 1;
			i++;
		}
		fputc('\n', out->to);
	}
	out->waiting = 0;
	writer_clear(&out->cells);
}

static void table_begin(struct out *out)
{
	(void)out;
}

static void table_flush(struct out *out)
{
	fit_table(out);
	if (!out->has_heading)
		put_labels(out);
	put_waiting(out);
}

static bool take_cursor(struct out *out, struct bytes row)
{
	struct reader r;
	struct bytes cursor;

	reader_init(&r, row);
	if (mp_map(&r) != 1 || !bytes_equal(mp_str(&r), BYTES_STR("cursor")))
		return false;
	cursor = mp_str(&r);
	table_flush(out);
	fprintf(
	    out->to, _("more with --cursor %.*s\n"), (int)cursor.size, (const char *)cursor.data);
	return true;
}

static void table_row(struct out *out, struct bytes row)
{
	size_t i = 0;

	if (take_cursor(out, row))
		return;
	EACH_SHOWN (c, out) {
		size_t start = out->cells.size;
		size_t width;

		if (out->is_tty && c->shape == SHAPE_MARKED)
			out_marked(&out->cells, c, row);
		else
			out_text(&out->cells, c, row);
		width = text_width(bytes_of(out->cells.data + start, out->cells.size - start));
		if (width > out->content[i])
			out->content[i] = width;
		writer_u8(&out->cells, CELL_END);
		i++;
	}
	out->waiting++;
	if (out->waiting == TABLE_SAMPLE)
		table_flush(out);
}

static void table_end(struct out *out)
{
	if (out->row_count)
		table_flush(out);
	else
		fprintf(out->to, "%s\n", _("none"));
}

const struct out_format out_table = {table_begin, table_row, table_flush, table_end};

static void card_row(struct out *out, struct bytes row)
{
	struct writer text = {0};
	size_t width = 0;

	if (out->row_count)
		fputc('\n', out->to);
	EACH_SHOWN (c, out) {
		size_t label = text_width(bytes_str(_(c->label)));

		width = label > width ? label : width;
	}
	EACH_SHOWN (c, out) {
		struct bytes label = bytes_str(_(c->label));

		writer_clear(&text);
		out_text(&text, c, row);
		if (!text.size)
			continue;
		fprintf(out->to, "%s%s%s%*s", out->is_tty ? BOLD : "", (const char *)label.data,
		    out->is_tty ? PLAIN : "", (int)(width - text_width(label) + FIT_GAP), "");
		put_isolated(out, "", writer_view(&text), "");
		fputc('\n', out->to);
	}
	writer_release(&text);
}

static void card_flush(struct out *out)
{
	(void)out;
}

static void card_end(struct out *out)
{
	(void)out;
}

const struct out_format out_card = {table_begin, card_row, card_flush, card_end};
