/* The mapping of OGP's columns. Decides what is certain in them; knows nothing of publishing. */
#include "cli/import_ogp.h"

#include "cli/lang.h"
#include "cli/row.h"

#include <stdlib.h>
#include <string.h>

#define NO_COLUMN ((size_t)-1)

enum column_of {
	ID,
	TITLE,
	SHORT_TITLE,
	TEXT,
	START,
	END,
	LEAD,
	SUPPORT,
	AREAS,
	PLAN,
	PLAN_YEAR,
	PAGE,
	COLUMN_COUNT
};

static const struct {
	const char *name;
	bool is_needed;
} columns[COLUMN_COUNT] = {
    [ID] = {"Commitment Unique Identifier", true},
    [TITLE] = {"Commitment Title", true},
    [SHORT_TITLE] = {"Short Title", false},
    [TEXT] = {"Full Text", true},
    [START] = {"Start Date", false},
    [END] = {"End Date", false},
    [LEAD] = {"Lead Institution", false},
    [SUPPORT] = {"Supporting Institution(s)", false},
    [AREAS] = {"Policy Areas", false},
    [PLAN] = {"Action Plan ID", false},
    [PLAN_YEAR] = {"Year Of Submission", false},
    [PAGE] = {"URL", false},
};

/* Policy areas that mean the same as a theme; the others say something else and stay in their column. */
static const struct {
	const char *area;
	const char *theme;
} themes[] = {
    {"Access to information", "access_to_information"},
    {"Right To Information", "access_to_information"},
    {"Social Accountability", "accountability"},
    {"Public Participation", "citizen_participation"},
    {"Digital Transformation", "digitalisation"},
    {"Gender", "gender"},
    {"Anti-Corruption and Integrity", "integrity"},
};

#define THEME_COUNT (sizeof(themes) / sizeof(*themes))

static struct bytes cell(const struct import_ogp *ogp, size_t row, enum column_of column)
{
	if (ogp->columns[column] == NO_COLUMN)
		return (struct bytes){NULL, 0};
	return csv_table_cell(ogp->table, row, ogp->columns[column]);
}

struct by_plan {
	const struct import_ogp *ogp;
	size_t row;
};

static int compare_plans(const void *a, const void *b)
{
	const struct by_plan *one = a;
	const struct by_plan *two = b;

	return bytes_compare(cell(one->ogp, one->row, PLAN), cell(two->ogp, two->row, PLAN));
}

static enum date_order order_of_row(const struct import_ogp *ogp, size_t row)
{
	return date_order_join(
	    dirty_date_order(cell(ogp, row, START)), dirty_date_order(cell(ogp, row, END)));
}

/* Dates of one plan were typed by the same people: one 31/12/2014 shows how to read 1/7/2014. */
static enum err find_orders(struct import_ogp *ogp)
{
	size_t rows = ogp->table->rows;
	struct by_plan *sorted = calloc(rows + 1, sizeof(*sorted));

	ogp->orders = calloc(rows + 1, sizeof(*ogp->orders));
	if (!sorted || !ogp->orders) {
		free(sorted);
		return ERR_MEMORY;
	}
	for (size_t i = 0; i < rows; i++)
		sorted[i] = (struct by_plan){ogp, i};
	qsort(sorted, rows, sizeof(*sorted), compare_plans);
	for (size_t start = 0, end; start < rows; start = end) {
		enum date_order order = ORDER_NOT_KNOWN;

		for (end = start; end < rows && !compare_plans(&sorted[start], &sorted[end]); end++)
			order = date_order_join(order, order_of_row(ogp, sorted[end].row));
		for (size_t i = start; i < end; i++)
			ogp->orders[sorted[i].row] = order;
	}
	free(sorted);
	return ERR_NONE;
}

enum err import_ogp_init(
    struct import_ogp *ogp, const struct csv_table *table, const char *language, struct why *why)
{
	enum err err;

	memset(ogp, 0, sizeof(*ogp));
	ogp->table = table;
	ogp->language = language;
	for (size_t i = 0; i < COLUMN_COUNT; i++) {
		ogp->columns[i] = csv_table_column(table, columns[i].name);
		if (columns[i].is_needed && ogp->columns[i] == NO_COLUMN)
			return why_set(why, ERR_FIELD,
			    _("it has no column '%s': it is no file of OGP commitments"),
			    columns[i].name);
	}
	err = find_orders(ogp);
	return err ? why_set(why, err, "%s", err_text(err)) : ERR_NONE;
}

void import_ogp_release(struct import_ogp *ogp)
{
	free(ogp->orders);
	ogp->orders = NULL;
}

static bool is_given(struct bytes text)
{
	return text.size && !bytes_equal(text, BYTES_STR("NA")) &&
	       !bytes_equal(text, BYTES_STR("ND")) && !bytes_equal(text, BYTES_STR("NR"));
}

static bool is_space(uint8_t c)
{
	return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

/* One line of it: the cells break lines for their own layout. */
static void put_line(struct writer *out, struct bytes text)
{
	bool is_gap = false;

	for (size_t i = 0; i < text.size; i++) {
		if (is_space(text.data[i])) {
			is_gap = out->size > 0;
			continue;
		}
		if (is_gap)
			writer_u8(out, ' ');
		is_gap = false;
		writer_u8(out, text.data[i]);
	}
}

static void put_text(
    struct writer *out, const struct import_ogp *ogp, struct bytes text, bool is_line)
{
	struct writer line = {0};

	if (is_line)
		put_line(&line, text);
	else
		writer_bytes(&line, text);
	mp_put_map(out, 1);
	mp_put_cstr(out, ogp->language);
	mp_put_str(out, writer_view(&line));
	writer_release(&line);
}

static void row_text(struct row *row, const struct import_ogp *ogp, const char *field,
    struct bytes text, bool is_line)
{
	struct writer value = {0};

	put_text(&value, ogp, text, is_line);
	row_raw(row, field, writer_view(&value));
	writer_release(&value);
}

static int year_of(struct bytes text)
{
	int year = 0;

	for (size_t i = 0; i < text.size && i < 5; i++)
		year = text.data[i] >= '0' && text.data[i] <= '9' ? 10 * year + (text.data[i] - '0')
								  : 0;
	return text.size == 4 ? year : 0;
}

struct dates {
	struct dirty_date start;
	struct dirty_date end;
};

static void tell_date(const struct import_ogp *ogp, size_t row, enum column_of column,
    const struct dirty_date *date, import_note_fn *note, void *context)
{
	struct import_note n = {.row = row + 1,
	    .column = columns[column].name,
	    .value = cell(ogp, row, column),
	    .mapped = date->date,
	    .reason = date->reason};

	if (date->is_given && date->reason)
		note(context, &n);
}

/* An end before its start: one of the two is a slip, and nothing says which. */
static void drop_reversed(struct dates *d)
{
	size_t size = strlen(d->start.date) < strlen(d->end.date) ? strlen(d->start.date)
								  : strlen(d->end.date);

	if (!size || strncmp(d->start.date, d->end.date, size) <= 0)
		return;
	memset(d->start.date, 0, sizeof(d->start.date));
	memset(d->end.date, 0, sizeof(d->end.date));
	d->start.reason = d->end.reason = N_("it would end before it starts");
}

static void row_dates(
    struct row *row, const struct import_ogp *ogp, size_t at, import_note_fn *note, void *context)
{
	int year = year_of(cell(ogp, at, PLAN_YEAR));
	struct dates d;

	dirty_date_read(&d.start, cell(ogp, at, START), ogp->orders[at], year);
	dirty_date_read(&d.end, cell(ogp, at, END), ogp->orders[at], year);
	drop_reversed(&d);
	if (d.start.date[0])
		row_cstr(row, "start", d.start.date);
	if (d.end.date[0])
		row_cstr(row, "end", d.end.date);
	if (d.start.is_given)
		row_str(row, "start_as_written", cell(ogp, at, START));
	if (d.end.is_given)
		row_str(row, "end_as_written", cell(ogp, at, END));
	tell_date(ogp, at, START, &d.start, note, context);
	tell_date(ogp, at, END, &d.end, note, context);
}

static bool has_area(struct bytes areas, const char *area)
{
	size_t size = strlen(area);

	while (areas.size >= size) {
		const uint8_t *end = memchr(areas.data, ';', areas.size);
		size_t part = end ? (size_t)(end - areas.data) : areas.size;

		if (part == size && !memcmp(areas.data, area, size))
			return true;
		part = part + 2 < areas.size ? part + 2 : areas.size;
		areas.data += part;
		areas.size -= part;
	}
	return false;
}

static void row_themes(struct row *row, struct bytes areas)
{
	struct writer words = {0};
	struct writer list = {0};
	const char *last = "";
	uint32_t count = 0;

	/* Areas of the same theme follow each other in the table. */
	for (size_t i = 0; i < THEME_COUNT; i++) {
		if (!strcmp(last, themes[i].theme) || !has_area(areas, themes[i].area))
			continue;
		mp_put_cstr(&words, themes[i].theme);
		last = themes[i].theme;
		count++;
	}
	mp_put_array(&list, count);
	writer_bytes(&list, writer_view(&words));
	if (count)
		row_raw(row, "themes", writer_view(&list));
	writer_release(&words);
	writer_release(&list);
}

/* Names of the columns in the order of their bytes, as a map has them. An empty cell says what a column that is not there
 * says: a file with more columns, such as an export of several files at once, holds no other record. */
static void put_columns(struct writer *out, const struct import_ogp *ogp, size_t at)
{
	size_t last = NO_COLUMN;
	uint32_t count = 0;

	for (size_t c = 0; c < ogp->table->columns; c++)
		count += csv_table_cell(ogp->table, at, c).size > 0;
	mp_put_map(out, count);
	for (size_t i = 0; i < ogp->table->columns; i++) {
		size_t least = NO_COLUMN;

		for (size_t c = 0; c < ogp->table->columns; c++) {
			struct bytes name = csv_table_header(ogp->table, c);

			if ((last == NO_COLUMN ||
				bytes_compare(name, csv_table_header(ogp->table, last)) > 0) &&
			    (least == NO_COLUMN ||
				bytes_compare(name, csv_table_header(ogp->table, least)) < 0))
				least = c;
		}
		last = least;
		if (!csv_table_cell(ogp->table, at, least).size)
			continue;
		mp_put_str(out, csv_table_header(ogp->table, least));
		mp_put_str(out, csv_table_cell(ogp->table, at, least));
	}
}

static void row_source(struct row *row, const struct import_ogp *ogp, size_t at)
{
	struct row source = {0};
	struct writer all = {0};

	row_cstr(&source, "catalogue", "ogp");
	row_str(&source, "id", cell(ogp, at, ID));
	if (is_given(cell(ogp, at, PAGE)))
		row_str(&source, "url", cell(ogp, at, PAGE));
	put_columns(&all, ogp, at);
	row_raw(&source, "columns", writer_view(&all));
	row_raw(row, "source", row_view(&source));
	writer_release(&all);
	row_release(&source);
}

static void row_supporters(struct row *row, const struct import_ogp *ogp, struct bytes text)
{
	struct writer list = {0};

	mp_put_array(&list, 1);
	put_text(&list, ogp, text, true);
	row_raw(row, "supporters", writer_view(&list));
	writer_release(&list);
}

void import_ogp_row(const struct import_ogp *ogp, size_t at, struct writer *out,
    import_note_fn *note, void *context)
{
	struct bytes title = cell(ogp, at, TITLE);
	struct row row = {0};

	if (!is_given(title))
		title = cell(ogp, at, SHORT_TITLE);
	row_text(&row, ogp, "title", title, true);
	if (is_given(cell(ogp, at, TEXT)))
		row_text(&row, ogp, "text", cell(ogp, at, TEXT), false);
	if (is_given(cell(ogp, at, LEAD)))
		row_text(&row, ogp, "lead", cell(ogp, at, LEAD), true);
	if (is_given(cell(ogp, at, SUPPORT)))
		row_supporters(&row, ogp, cell(ogp, at, SUPPORT));
	if (is_given(cell(ogp, at, PLAN)))
		row_str(&row, "programme", cell(ogp, at, PLAN));
	row_dates(&row, ogp, at, note, context);
	row_themes(&row, cell(ogp, at, AREAS));
	row_source(&row, ogp, at);
	writer_bytes(out, row_view(&row));
	row_release(&row);
}
