/* Reads CSV files. Decides what makes a file unusable as a whole; refuses to know what a column
 * means. */
#include "cli/csv_table.h"

#include "cli/lang.h"
#include "proto/text.h"

#include <csv.h>
#include <stdlib.h>
#include <string.h>

static void take_cell(void *data, size_t size, void *context)
{
	struct csv_table *t = context;

	if (t->why.err)
		return;
	if (t->cell_count == t->cell_capacity) {
		size_t capacity = t->cell_capacity ? 2 * t->cell_capacity : 1024;
		struct csv_cell *cells = realloc(t->cells, capacity * sizeof(*cells));

		if (!cells) {
			why_set(&t->why, ERR_MEMORY, "%s", err_text(ERR_MEMORY));
			return;
		}
		t->cells = cells;
		t->cell_capacity = capacity;
	}
	t->cells[t->cell_count++] = (struct csv_cell){t->text.size, size};
	writer_put(&t->text, data, size);
	t->row_cells++;
}

static void check_header(struct csv_table *t)
{
	for (size_t a = 0; a < t->columns; a++)
		for (size_t b = a + 1; b < t->columns; b++)
			if (bytes_equal(csv_table_header(t, a), csv_table_header(t, b)))
				why_set(&t->why, ERR_FIELD, _("two columns have the same name"));
}

static void take_row(int end, void *context)
{
	struct csv_table *t = context;

	(void)end;
	if (t->why.err)
		return;
	if (!t->columns) {
		t->columns = t->row_cells;
		check_header(t);
	} else if (t->row_cells != t->columns) {
		why_set(&t->why, ERR_FIELD, _("row %zu has %zu cells, the header has %zu"),
		    t->rows + 1, t->row_cells, t->columns);
	} else {
		t->rows++;
	}
	t->row_cells = 0;
}

/* Cells are kept as written: libcsv would trim what is space. */
static int is_space(unsigned char c)
{
	(void)c;
	return 0;
}

/* Spreadsheets write semicolons where the comma is the sign of decimals, as in French. A header with a comma has commas. */
static unsigned char delimiter_of(struct bytes file)
{
	bool is_quoted = false, has_semicolon = false, has_tab = false;

	for (size_t i = 0; i < file.size; i++) {
		uint8_t c = file.data[i];

		if (c == '"')
			is_quoted = !is_quoted;
		if (is_quoted)
			continue;
		if (c == ',')
			return ',';
		if (c == '\n' || c == '\r')
			break;
		has_semicolon = has_semicolon || c == ';';
		has_tab = has_tab || c == '\t';
	}
	return has_semicolon ? ';' : has_tab ? '\t' : ',';
}

enum err csv_table_parse(struct csv_table *t, struct bytes file, struct why *why)
{
	struct csv_parser parser;
	size_t read = 0;

	memset(t, 0, sizeof(*t));
	if (file.size >= 3 && !memcmp(file.data, "\xef\xbb\xbf", 3))
		file.data += 3, file.size -= 3;
	if (!text_is_utf8(file))
		return why_set(why, ERR_FIELD, _("the file is not UTF-8: save it as CSV UTF-8"));
	if (csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI))
		return why_set(why, ERR_MEMORY, "%s", err_text(ERR_MEMORY));
	csv_set_space_func(&parser, is_space);
	csv_set_delim(&parser, delimiter_of(file));
	if (file.size)
		read = csv_parse(&parser, file.data, file.size, take_cell, take_row, t);
	if (read != file.size || csv_fini(&parser, take_cell, take_row, t))
		why_set(&t->why, ERR_FIELD,
		    _("row %zu: a quote is not ended or stands inside a cell"), t->rows + 1);
	csv_free(&parser);
	if (!t->columns)
		why_set(&t->why, ERR_FIELD, _("the file has no header line"));
	if (t->text.err)
		why_set(&t->why, t->text.err, "%s", err_text(t->text.err));
	return t->why.err ? why_set(why, t->why.err, "%s", t->why.text) : ERR_NONE;
}

void csv_table_release(struct csv_table *t)
{
	writer_release(&t->text);
	free(t->cells);
	memset(t, 0, sizeof(*t));
}

static struct bytes cell_at(const struct csv_table *t, size_t index)
{
	return bytes_of(t->text.data + t->cells[index].at, t->cells[index].size);
}

struct bytes csv_table_header(const struct csv_table *t, size_t column)
{
	return cell_at(t, column);
}

struct bytes csv_table_cell(const struct csv_table *t, size_t row, size_t column)
{
	return cell_at(t, (row + 1) * t->columns + column);
}

size_t csv_table_column(const struct csv_table *t, const char *name)
{
	for (size_t i = 0; i < t->columns; i++)
		if (bytes_equal(csv_table_header(t, i), bytes_str(name)))
			return i;
	return (size_t)-1;
}
