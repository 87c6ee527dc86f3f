/* Rows of a table to maps. The columns that say where a row comes from (ref, signed_by, signed, source, exported) are read
 * for what they are and never published. */
#include "cli/import_csv.h"

#include "cli/csv_mark.h"
#include "cli/export.h"
#include "cli/lang.h"
#include "cli/set_fields.h"

#include <stdio.h>
#include <string.h>

static bool is_around(struct bytes name)
{
	static const char *const names[] = {"ref", "signed_by", "signed", "source", "exported"};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (bytes_equal(name, bytes_str(names[i])))
			return true;
	return false;
}

static struct bytes cell_of(const struct csv_table *table, size_t row, const char *name)
{
	size_t column = csv_table_column(table, name);

	return column == (size_t)-1 ? (struct bytes){NULL, 0} : csv_table_cell(table, row, column);
}

static bool is_signed_by(const struct csv_table *table, size_t row, const char *self)
{
	return bytes_equal(cell_of(table, row, "signed_by"), bytes_str(self));
}

/* The ref of a row that another member signed. */
static struct bytes foreign_ref(const struct csv_table *table, size_t row, const char *self)
{
	bool is_foreign =
	    cell_of(table, row, "signed_by").size > 0 && !is_signed_by(table, row, self);

	return is_foreign ? cell_of(table, row, "ref") : (struct bytes){NULL, 0};
}

/* A row that this member signed is an edition of that record: what differs becomes its next version. What it superseded
 * itself is of no account. */
static enum err put_version(struct set_fields *set, const struct csv_table *table, size_t row,
    const char *self, struct why *why)
{
	struct bytes ref = cell_of(table, row, "ref");

	return ref.size && is_signed_by(table, row, self)
		   ? set_fields_put(set, BYTES_STR("supersedes"), ref, why)
		   : ERR_NONE;
}

/* Figures that the export left out stay as they are: their paths, each with a digit behind it, are gathered first, because
 * set_fields borrows paths. */
struct keeping {
	const struct csv_table *table;
	size_t row;
	struct writer *kept;
};

static void keep_few(void *context, const struct kinds_value *v)
{
	struct keeping *k = context;
	char path[2 * FAULT_PATH_MAX];
	struct reader r;
	int64_t number;

	reader_init(&r, v->raw);
	number = mp_peek(&r) == MP_INT ? mp_int(&r) : 0;
	if (!export_is_few(v->path, number))
		return;
	export_csv_path(path, sizeof(path), v->path, NULL);
	if (cell_of(k->table, k->row, path).size == 0)
		writer_printf(k->kept, "%s=%d\n", path, (int)number);
}

/* kept: what set borrows from then on. */
static enum err keep_figures(struct import_run *run, struct set_fields *set,
    const struct csv_table *table, size_t row, struct writer *kept, struct why *why)
{
	struct keeping k = {table, row, kept};
	struct writer payload = {0};
	struct bytes rest;
	enum err err;

	writer_clear(kept);
	import_run_fetch(run, set->kind, cell_of(table, row, "ref"), &payload);
	kinds_each(set->kind, writer_view(&payload), keep_few, &k);
	writer_release(&payload);
	err = kept->err;
	for (rest = writer_view(kept); !err && rest.size;) {
		const uint8_t *equals = memchr(rest.data, '=', rest.size);
		const uint8_t *end = memchr(rest.data, '\n', rest.size);

		err = set_fields_put(set, bytes_of(rest.data, (size_t)(equals - rest.data)),
		    bytes_of(equals + 1, (size_t)(end - equals - 1)), why);
		rest.size -= (size_t)(end + 1 - rest.data);
		rest.data = end + 1;
	}
	return err;
}

static enum err take_row(struct import_run *run, struct set_fields *set,
    const struct csv_table *table, size_t row, const char *self, struct writer *kept,
    struct why *why)
{
	bool is_exported = cell_of(table, row, "ref").size > 0;
	enum err err = put_version(set, table, row, self, why);

	for (size_t i = 0; !err && i < table->columns; i++) {
		struct bytes name = csv_table_header(table, i);
		struct bytes cell = csv_table_cell(table, row, i);

		if (!cell.size || is_around(name) ||
		    (is_exported && bytes_equal(name, BYTES_STR("supersedes"))))
			continue;
		err = set_fields_put(set, name, cell, why);
	}
	return err || !is_exported ? err : keep_figures(run, set, table, row, kept, why);
}

/* Before any row: a column that is no field is a mistake of the file. */
static enum err check_columns(
    const struct csv_table *table, const struct kind *kind, struct why *why)
{
	enum err err = ERR_NONE;

	for (size_t i = 0; !err && i < table->columns; i++) {
		struct bytes name = csv_table_header(table, i);
		struct set_fields set;

		if (is_around(name))
			continue;
		set_fields_init(&set, kind);
		err = set_fields_check(&set, name, why);
		set_fields_release(&set);
	}
	return err;
}

enum err import_csv_read(struct import_run *run, const struct kind *kind, struct bytes file,
    const char *self, struct why *why)
{
	struct csv_table table = {0};
	struct writer map = {0}, kept = {0};
	enum err err = csv_table_parse(&table, file, why);

	if (!err)
		csv_mark_take(&table);
	if (!err)
		err = check_columns(&table, kind, why);
	for (size_t row = 0; !err && row < table.rows; row++) {
		struct set_fields set;
		struct why what = {0};

		set_fields_init(&set, kind);
		set.is_table = true;
		writer_clear(&map);
		if (take_row(run, &set, &table, row, self, &kept, &what))
			import_report_refuse(&run->report, row + 1, NULL, what.text);
		else if (set_fields_encode(&set, (struct bytes){NULL, 0}, &map))
			err = why_set(why, ERR_MEMORY, "%s", err_text(ERR_MEMORY));
		else
			import_run_add_of(
			    run, kind, writer_view(&map), row + 1, foreign_ref(&table, row, self));
		run->report.rows++;
		set_fields_release(&set);
	}
	csv_table_release(&table);
	writer_release(&map);
	writer_release(&kept);
	return err;
}
