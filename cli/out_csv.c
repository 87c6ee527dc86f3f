/* RFC 4180: a header line of field names. Controls are written as escapes and cells are those of csv_cell.c: what a member
 * wrote does nothing on another's machine. */
#include "cli/out.h"

#include "cli/csv_cell.h"
#include "proto/text.h"

#include <string.h>

static void put_cell(FILE *to, struct bytes text, bool is_number)
{
	struct writer cell = {0};

	csv_cell_put(&cell, text, is_number);
	if (cell.size)
		fwrite(cell.data, 1, cell.size, to);
	writer_release(&cell);
}

/* Not before the first row: what the columns say of the source is known by then. */
static void put_heading(struct out *out)
{
	if (out->has_heading)
		return;
	out->has_heading = true;
	if (out->has_bom)
		fputs("\xef\xbb\xbf", out->to);
	for (const struct column *c = out->columns; c && c->field; c++) {
		if (c != out->columns)
			fputc(',', out->to);
		put_cell(out->to, bytes_str(c->field), false);
	}
	fputs(out->source[0] ? ",source,exported\r\n" : "\r\n", out->to);
}

static void csv_begin(struct out *out)
{
	(void)out;
}

static void csv_row(struct out *out, struct bytes row)
{
	struct writer cell = {0};
	struct writer safe = {0};
	struct reader r;

	/* The row that says how to go on is no data. */
	reader_init(&r, row);
	if (mp_map(&r) == 1 && bytes_equal(mp_str(&r), BYTES_STR("cursor"))) {
		struct bytes cursor = mp_str(&r);

		fprintf(stderr, "--cursor %.*s\n", (int)cursor.size, (const char *)cursor.data);
		return;
	}
	put_heading(out);
	for (const struct column *c = out->columns; c && c->field; c++) {
		reader_init(&r, mp_get(row, c->field));
		writer_clear(&cell);
		writer_clear(&safe);
		out_plain(&cell, c, row);
		text_sanitize_lines(&safe, writer_view(&cell));
		if (c != out->columns)
			fputc(',', out->to);
		put_cell(out->to, writer_view(&safe), mp_peek(&r) == MP_INT);
	}
	if (out->source[0]) {
		fputc(',', out->to);
		put_cell(out->to, bytes_str(out->source), false);
		fputc(',', out->to);
		put_cell(out->to, bytes_str(out->exported), false);
	}
	fputs("\r\n", out->to);
	writer_release(&cell);
	writer_release(&safe);
}

static void csv_flush(struct out *out)
{
	put_heading(out);
}

static void csv_end(struct out *out)
{
	put_heading(out);
}

const struct out_format out_csv = {csv_begin, csv_row, csv_flush, csv_end};
