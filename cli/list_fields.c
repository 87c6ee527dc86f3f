/* Columns out of payloads. A path leads through maps, as --set names it; where a record has nothing there the cell is
 * empty. Whatever a payload holds, the row stays a row: only whole values are taken. */
#include "cli/list_fields.h"

#include "cli/export.h"
#include "cli/lang.h"
#include "cli/row.h"
#include "cli/say.h"
#include "proto/kinds.h"

#include <string.h>

/* A path that no kind knows is a mistake, not an empty column. */
static bool is_known(const char *path)
{
	const struct kind *kind;

	for (size_t i = 0; (kind = kind_at(i)); i++)
		if (kind_field(kind, bytes_str(path)))
			return true;
	return false;
}

static bool is_taken(const struct column *columns, const char *path)
{
	for (; columns->field; columns++)
		if (!strcmp(columns->field, path))
			return true;
	return false;
}

int list_fields_init(
    struct list_fields *fields, const struct args *args, const struct column *columns)
{
	static const struct column end = {NULL, NULL, SHAPE_TEXT, 0};
	const char *path;
	size_t at = 0;

	fields->count = 0;
	fields->hides_few = args->output == OUTPUT_CSV;
	for (const struct column *c = columns; c->field; c++)
		fields->columns[at++] = *c;
	fields->columns[at] = end;
	for (int i = 0; (path = args_nth(args, "--field", i)); i++) {
		if (!is_known(path))
			return say_usage(args, _("`commune schema KIND` lists the fields"),
			    _("no kind of record has a field '%s'"), path);
		if (is_taken(fields->columns, path))
			return say_usage(args, NULL, _("rows have '%s' already"), path);
		if (fields->count == LIST_FIELDS_MAX)
			return say_usage(args, NULL, _("--field is given too often"));
		fields->paths[fields->count++] = path;
		fields->columns[at] = (struct column){path, path, SHAPE_TEXT, COLUMN_TABLE};
		fields->columns[++at] = end;
	}
	return EXIT_DONE;
}

static struct bytes value_at(struct bytes map, const char *path)
{
	while (map.size && *path) {
		size_t size = strcspn(path, ".");
		char name[64];
		struct reader r;

		reader_init(&r, map);
		if (mp_peek(&r) != MP_MAP || size >= sizeof(name))
			return (struct bytes){NULL, 0};
		memcpy(name, path, size);
		name[size] = '\0';
		map = mp_get(map, name);
		path += size + (path[size] == '.');
	}
	return map;
}

static bool is_few(const char *path, struct bytes value)
{
	struct reader r;

	reader_init(&r, value);
	return mp_peek(&r) == MP_INT && export_is_few(path, mp_int(&r));
}

void list_fields_change(void *context, struct bytes row, struct writer *out)
{
	const struct list_fields *fields = context;
	struct bytes payload = {NULL, 0};
	struct row whole = {0};
	struct reader r;

	reader_init(&r, mp_get(row, "payload"));
	if (mp_peek(&r) == MP_BIN)
		payload = mp_bin(&r);
	if (mp_scan(payload))
		payload.size = 0;
	for (const struct column *c = fields->columns; c->field; c++) {
		bool is_own = false;
		struct bytes value;

		for (size_t i = 0; i < fields->count; i++)
			is_own = is_own || fields->paths[i] == c->field;
		value = is_own ? value_at(payload, c->field) : mp_get(row, c->field);
		if (value.size && !(is_own && fields->hides_few && is_few(c->field, value)))
			row_raw(&whole, c->field, value);
	}
	writer_bytes(out, row_view(&whole));
	row_release(&whole);
}
