/* Tables and cards for people. Decides widths, cuts and isolation; the text of a cell comes from
 * out_text, already safe for a terminal. Rows wait until TABLE_SAMPLE of them show how wide the
 * columns are; later rows keep those widths. */
#include "cli/out.h"

#include "cli/lang.h"
#include "proto/text.h"

#include <string.h>

#define TABLE_SAMPLE 500
#define CELL_END 0x1f
#define GAP 2
/* A column that does not fit shows at least this much. */
#define COLUMN_MIN 8

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

/* In a pipe nothing is cut: whoever reads it there wants all of it. */
static void fit_widths(struct out *out)
{
	size_t total = 0;
	size_t count = 0;
	size_t i = 0;

	EACH_SHOWN (c, out) {
		size_t label = text_width(bytes_str(_(c->label)));

		if (out->widths[i] < label)
			out->widths[i] = label;
		total += out->widths[i++] + GAP;
		count++;
	}
	out->has_widths = true;
	if (!out->terminal_width)
		return;
	for (total -= count ? GAP : 0; total > out->terminal_width; total--) {
		size_t widest = 0;

		for (i = 1; i < count; i++)
			if (out->widths[i] > out->widths[widest])
				widest = i;
		if (!count || out->widths[widest] <= COLUMN_MIN)
			return;
		out->widths[widest]--;
	}
}

static void put_cell(struct out *out, struct bytes text, size_t width, bool is_last)
{
	size_t size = text_width(text);
	bool is_cut = out->terminal_width && size > width;

	if (is_cut) {
		text = text_cut(text, width - 1);
		size = text_width(text) + 1;
	}
	fprintf(out->to, "%s%.*s%s%s", out->is_tty ? ISOLATE : "", (int)text.size,
	    (const char *)text.data, is_cut ? "…" : "", out->is_tty ? ISOLATE_END : "");
	if (!is_last)
		fprintf(out->to, "%*s", (int)(GAP + (width > size ? width - size : 0)), "");
}

static void put_labels(struct out *out)
{
	size_t i = 0;

	fputs(out->is_tty ? BOLD : "", out->to);
	EACH_SHOWN (c, out)
		put_cell(out, bytes_str(_(c->label)), out->widths[i++], !next_shown(c + 1)->field);
	fputs(out->is_tty ? PLAIN "\n" : "\n", out->to);
}

static void put_waiting(struct out *out)
{
	struct bytes cells = writer_view(&out->cells);

	for (size_t row = 0; row < out->waiting; row++) {
		size_t i = 0;

		EACH_SHOWN (c, out) {
			const uint8_t *end = memchr(cells.data, CELL_END, cells.size);
			size_t size = end ? (size_t)(end - cells.data) : cells.size;

			put_cell(out, bytes_of(cells.data, size), out->widths[i++],
			    !next_shown(c + 1)->field);
			cells.data += size + 1;
			cells.size -= size + 1;
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
	if (!out->has_widths) {
		fit_widths(out);
		put_labels(out);
	}
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

		out_text(&out->cells, c, row);
		width = text_width(bytes_of(out->cells.data + start, out->cells.size - start));
		if (!out->has_widths && width > out->widths[i])
			out->widths[i] = width;
		writer_u8(&out->cells, CELL_END);
		i++;
	}
	out->waiting++;
	if (out->has_widths || out->waiting == TABLE_SAMPLE)
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
		fprintf(out->to, "%s%s%s%*s%s%.*s%s\n", out->is_tty ? BOLD : "",
		    (const char *)label.data, out->is_tty ? PLAIN : "",
		    (int)(width - text_width(label) + GAP), "", out->is_tty ? ISOLATE : "",
		    (int)text.size, (const char *)text.data, out->is_tty ? ISOLATE_END : "");
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
