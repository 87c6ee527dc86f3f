/* Records of one kind as a table: a column for each path of a field, in the words of --set, so that `commune import csv`
 * reads it again. Lists take a column for each element: themes, themes[1], evidence.url, evidence[1].url. What the record
 * is (ref, who signed it, when) stands before, where the table comes from behind. */
#include "cli/export.h"

#include "cli/csv_mark.h"
#include "cli/json_text.h"
#include "cli/lang.h"
#include "proto/audit_record.h"
#include "proto/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct path {
	char *text;
	unsigned order[2]; /* of the field in its kind, then as it was met */
};

struct csv {
	const struct export *e;
	struct path *paths;
	size_t count, capacity;
	struct bytes *cells; /* of the row, by path; borrowed from values */
	size_t *ends;
	struct writer values;
	bool is_writing;
};

void export_csv_path(char *out, size_t size, const char *path, const char *part)
{
	size_t at = 0;

	for (; *path && at + 1 < size; path++) {
		if (!strncmp(path, "[0]", 3)) {
			path += 2;
			continue;
		}
		out[at++] = *path;
	}
	out[at] = '\0';
	if (part)
		snprintf(out + at, size - at, ".%s", part);
}

static unsigned order_of(const struct kind *kind, const char *path)
{
	size_t size = strcspn(path, ".[");
	unsigned i = 0;

	for (const struct field *f = kind->fields; f && f->name; f++, i++)
		if (strlen(f->name) == size && !memcmp(f->name, path, size))
			return i;
	return i;
}

static size_t path_find(struct csv *c, const char *path)
{
	for (size_t i = 0; i < c->count; i++)
		if (!strcmp(c->paths[i].text, path))
			return i;
	if (c->is_writing)
		return c->count;
	if (c->count == c->capacity) {
		size_t capacity = c->capacity ? 2 * c->capacity : 64;
		struct path *more = realloc(c->paths, capacity * sizeof(*more));

		if (!more)
			return c->count;
		c->paths = more;
		c->capacity = capacity;
	}
	c->paths[c->count].text = strdup(path);
	c->paths[c->count].order[0] = order_of(c->e->kind, path);
	c->paths[c->count].order[1] = (unsigned)c->count;
	c->count += c->paths[c->count].text != NULL;
	return c->count - 1;
}

static void put_value(struct csv *c, const char *path, struct bytes value)
{
	size_t column = path_find(c, path);

	if (!c->is_writing || column == c->count)
		return;
	c->cells[column].size = value.size;
	c->ends[column] = c->values.size;
	writer_bytes(&c->values, value);
}

bool export_is_few(const char *path, int64_t number)
{
	const char *last = strrchr(path, '.');
	bool is_people = strstr(path, "headcount.") || !strcmp(last ? last + 1 : path, "count") ||
			 !strcmp(path, "respondents");

	return is_people && number > 0 && number < PEOPLE_FEW;
}

static void put_scalar(struct csv *c, const char *path, const struct kinds_value *v)
{
	struct writer text = {0};
	struct record_ref link;
	struct reader r;
	int64_t number;

	reader_init(&r, v->raw);
	switch (mp_peek(&r)) {
	case MP_STR:
		writer_bytes(&text, mp_str(&r));
		break;
	case MP_INT:
		number = mp_int(&r);
		if (!c->e->is_whole && export_is_few(v->path, number))
			goto out;
		writer_printf(&text, "%lld", (long long)number);
		break;
	case MP_BOOL:
		writer_str(&text, mp_bool(&r) ? "yes" : "no");
		break;
	case MP_BIN:
	case MP_ARRAY:
		if (v->field->type == TYPE_LINK && json_text_link(&r, &link)) {
			char hex[2 * HASH_SIZE + 1];

			hex_encode(hex, bytes_of(link.leaf.b, HASH_SIZE));
			writer_str(&text, hex);
			break;
		}
		json_text_value(&text, &r, JSON_BIN_HEX);
		if (text.size > 1 && text.data[0] == '"') {
			put_value(c, path, bytes_of(text.data + 1, text.size - 2));
			goto out;
		}
		break;
	case MP_MAP:
		json_text_value(&text, &r, JSON_BIN_HEX);
		break;
	case MP_NIL:
	case MP_NONE:
		goto out;
	}
	put_value(c, path, writer_view(&text));
out:
	writer_release(&text);
}

/* A text by its languages, an amount by its parts; everything else is one cell. */
static void take_value(void *context, const struct kinds_value *v)
{
	bool is_split = v->field->type == TYPE_TEXT || v->field->type == TYPE_MONEY;
	struct csv *c = context;
	char path[2 * FAULT_PATH_MAX];
	struct reader r;
	uint32_t count;

	reader_init(&r, v->raw);
	if (v->field->type == TYPE_MAP)
		return;
	if (!is_split || mp_peek(&r) != MP_MAP) {
		export_csv_path(path, sizeof(path), v->path, NULL);
		put_scalar(c, path, v);
		return;
	}
	count = mp_map(&r);
	for (uint32_t i = 0; i < count && !r.err; i++) {
		struct bytes name = mp_str(&r);
		struct kinds_value part = *v;
		char text[32];

		snprintf(text, sizeof(text), "%.*s", (int)name.size, (const char *)name.data);
		part.raw = mp_raw(&r);
		export_csv_path(path, sizeof(path), v->path, text);
		put_scalar(c, path, &part);
	}
}

static int by_order(const void *a, const void *b)
{
	const struct path *x = a, *y = b;

	if (x->order[0] != y->order[0])
		return x->order[0] < y->order[0] ? -1 : 1;
	return x->order[1] < y->order[1] ? -1 : x->order[1] > y->order[1];
}

static void put_time(struct writer *out, struct bytes row)
{
	char text[32] = "";
	struct reader r;
	struct tm tm;
	time_t s;

	reader_init(&r, mp_get(row, "time"));
	s = mp_peek(&r) == MP_INT ? (time_t)(mp_int(&r) / 1000) : 0;
	if (s && gmtime_r(&s, &tm))
		strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
	writer_str(out, text);
}

static void put_row(struct csv *c, struct writer *out, struct bytes row)
{
	writer_clear(&c->values);
	memset(c->cells, 0, c->count * sizeof(*c->cells));
	kinds_each(c->e->kind, export_payload(row), take_value, c);
	csv_mark_put(out, export_str(row, "ref"));
	writer_str(out, ",");
	csv_mark_put(out, export_str(row, "member"));
	writer_str(out, ",");
	put_time(out, row);
	for (size_t i = 0; i < c->count; i++) {
		writer_str(out, ",");
		csv_mark_put(out, bytes_of(c->values.data + (c->cells[i].size ? c->ends[i] : 0),
				      c->cells[i].size));
	}
	writer_printf(out, ",%s,%s\r\n", c->e->source, c->e->day);
}

void export_csv(struct export *e, struct writer *out)
{
	struct csv c = {.e = e};
	struct bytes row;

	for (size_t at = 0; export_next(e, &at, &row);)
		kinds_each(e->kind, export_payload(row), take_value, &c);
	if (c.count)
		qsort(c.paths, c.count, sizeof(*c.paths), by_order);
	c.cells = calloc(c.count + 1, sizeof(*c.cells));
	c.ends = calloc(c.count + 1, sizeof(*c.ends));
	c.is_writing = true;
	writer_str(out, "ref,signed_by,signed");
	for (size_t i = 0; i < c.count; i++) {
		writer_str(out, ",");
		csv_mark_put(out, bytes_str(c.paths[i].text));
	}
	writer_str(out, ",source,exported\r\n");
	if (!c.cells || !c.ends)
		writer_fail(out, ERR_MEMORY);
	else
		for (size_t at = 0; export_next(e, &at, &row);)
			put_row(&c, out, row);
	for (size_t i = 0; i < c.count; i++)
		free(c.paths[i].text);
	free(c.paths);
	free(c.cells);
	free(c.ends);
	writer_release(&c.values);
}

void export_ndjson(struct export *e, struct writer *out)
{
	struct bytes row;

	for (size_t at = 0; export_next(e, &at, &row);) {
		struct bytes payload = export_payload(row);
		struct reader r;

		writer_str(out, "{\"kind\":");
		json_print_str(out, export_str(row, "kind"));
		writer_str(out, ",\"ref\":");
		json_print_str(out, export_str(row, "ref"));
		writer_str(out, ",\"member\":");
		json_print_str(out, export_str(row, "member"));
		writer_str(out, ",\"time\":");
		reader_init(&r, mp_get(row, "time"));
		json_text_value(out, &r, JSON_BIN_HEX);
		writer_str(out, ",\"payload\":");
		reader_init(&r, payload);
		json_text_value(out, &r, JSON_BIN_LINKS);
		writer_printf(out, ",\"source\":\"%s\",\"exported\":\"%s\"}\n", e->source, e->day);
	}
}
