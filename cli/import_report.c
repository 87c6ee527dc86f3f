/* The report of an import, for people and for programs. */
#include "cli/import_report.h"

#include "cli/lang.h"
#include "cli/out.h"
#include "cli/row.h"

#include <stdio.h>

const struct column import_report_columns[] = {
    {"rows", N_("rows"), SHAPE_NUMBER, COLUMN_TABLE},
    {"published", N_("published"), SHAPE_NUMBER, COLUMN_TABLE},
    {"unchanged", N_("unchanged"), SHAPE_NUMBER, COLUMN_TABLE},
    {"refused", N_("refused"), SHAPE_NESTED, 0},
    {"unmapped", N_("not mapped"), SHAPE_NESTED, 0},
    {"coarse", N_("mapped in part"), SHAPE_NESTED, 0},
    {"warnings", N_("warnings"), SHAPE_NESTED, 0},
    {NULL, NULL, SHAPE_TEXT, 0},
};

static const struct column list_columns[] = {
    {"row", N_("row"), SHAPE_NUMBER, COLUMN_TABLE},
    {"column", N_("column"), SHAPE_TEXT, COLUMN_TABLE},
    {"field", N_("field"), SHAPE_TEXT, COLUMN_TABLE},
    {"value", N_("value"), SHAPE_TEXT, COLUMN_TABLE},
    {"mapped", N_("taken"), SHAPE_TEXT, COLUMN_TABLE},
    {"reason", N_("reason"), SHAPE_TEXT, COLUMN_TABLE},
    {NULL, NULL, SHAPE_TEXT, 0},
};

void import_report_release(struct import_report *report)
{
	writer_release(&report->refused.items);
	writer_release(&report->unmapped.items);
	writer_release(&report->coarse.items);
	writer_release(&report->warnings.items);
}

static void add(struct report_list *list, struct row *row)
{
	writer_bytes(&list->items, row_view(row));
	list->count++;
	row_release(row);
}

static void add_field(struct report_list *list, size_t at, const char *field, const char *reason)
{
	struct row row = {0};

	row_int(&row, "row", (int64_t)at);
	row_cstr(&row, "field", field);
	row_cstr(&row, "reason", reason);
	add(list, &row);
}

void import_report_refuse(
    struct import_report *report, size_t row, const char *field, const char *reason)
{
	add_field(&report->refused, row, field, reason);
}

void import_report_warn(
    struct import_report *report, size_t row, const char *field, const char *reason)
{
	add_field(&report->warnings, row, field, reason);
}

void import_report_note(void *context, const struct import_note *note)
{
	struct import_report *report = context;
	bool is_coarse = note->mapped && note->mapped[0];
	struct row row = {0};

	row_int(&row, "row", (int64_t)note->row);
	row_cstr(&row, "column", note->column);
	row_str(&row, "value", note->value);
	if (is_coarse)
		row_cstr(&row, "mapped", note->mapped);
	row_cstr(&row, "reason", _(note->reason));
	add(is_coarse ? &report->coarse : &report->unmapped, &row);
}

static void put_list(struct row *row, const char *field, const struct report_list *list)
{
	struct writer array = {0};

	mp_put_array(&array, list->count);
	writer_bytes(&array, writer_view(&list->items));
	row_raw(row, field, writer_view(&array));
	writer_release(&array);
}

static void show_list(const char *title, const struct report_list *list, const struct args *args)
{
	struct reader r;
	struct out out;
	/* The lists that have no such cell leave its column out. */
	struct column columns[sizeof(list_columns) / sizeof(*list_columns)];
	size_t count = 0;

	if (!list->count)
		return;
	printf("\n%s\n", title);
	reader_init(&r, writer_view(&list->items));
	for (const struct column *c = list_columns; c->field; c++)
		if (mp_get(writer_view(&list->items), c->field).size)
			columns[count++] = *c;
	columns[count] = (struct column){NULL, NULL, SHAPE_TEXT, 0};
	out_init(&out, args);
	out.format = &out_table;
	out.columns = columns;
	while (reader_left(&r))
		out_row(&out, mp_raw(&r));
	out_end(&out);
}

void import_report_show(const struct import_report *report, const struct args *args)
{
	struct row row = {0};
	struct out out;

	row_int(&row, "rows", (int64_t)report->rows);
	row_int(&row, "published", (int64_t)report->published);
	row_int(&row, "unchanged", (int64_t)report->unchanged);
	put_list(&row, "refused", &report->refused);
	put_list(&row, "unmapped", &report->unmapped);
	put_list(&row, "coarse", &report->coarse);
	put_list(&row, "warnings", &report->warnings);
	out_init(&out, args);
	out_row(&out, row_view(&row));
	out_end(&out);
	row_release(&row);
	if (args->output != OUTPUT_TABLE)
		return;
	show_list(_("refused"), &report->refused, args);
	show_list(_("not mapped: kept as written"), &report->unmapped, args);
	show_list(_("mapped in part: kept as written too"), &report->coarse, args);
	show_list(_("warnings"), &report->warnings, args);
}
