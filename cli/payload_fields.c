/* Flattens a payload. It knows the shapes of MessagePack and no kind. */
#include "cli/payload_fields.h"

#include "cli/json_text.h"
#include "proto/json.h"
#include "proto/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATH_MAX_SIZE 512

struct walk {
	struct payload_fields *fields;
	char path[PATH_MAX_SIZE];
	enum err err;
};

static char *text_of(struct bytes text)
{
	struct writer safe = {0};
	char *copy = NULL;

	text_sanitize_terminal(&safe, text);
	writer_u8(&safe, 0);
	if (!safe.err)
		copy = strdup((const char *)safe.data);
	writer_release(&safe);
	return copy;
}

static void put(struct walk *w, struct bytes value)
{
	struct payload_fields *f = w->fields;
	struct payload_field *more = realloc(f->list, (f->count + 1) * sizeof(*more));

	if (!more) {
		w->err = ERR_MEMORY;
		return;
	}
	f->list = more;
	more[f->count].path = strdup(w->path);
	more[f->count].value = text_of(value);
	if (more[f->count].path && more[f->count].value) {
		f->count++;
		return;
	}
	free(more[f->count].path);
	free(more[f->count].value);
	w->err = ERR_MEMORY;
}

/* Appends to the path; the size to go back to. What does not fit is cut: paths are for people. */
static size_t push(struct walk *w, const char *before, struct bytes name, const char *after)
{
	size_t size = strlen(w->path);
	struct writer safe = {0};

	text_sanitize_terminal(&safe, name);
	snprintf(w->path + size, sizeof(w->path) - size, "%s%.*s%s", size || *after ? before : "",
	    (int)safe.size, safe.size ? (const char *)safe.data : "", after);
	writer_release(&safe);
	return size;
}

static void walk_value(struct walk *w, struct bytes value, unsigned depth);

static void walk_map(struct walk *w, struct reader *r, unsigned depth)
{
	for (uint32_t left = mp_map(r); left > 0 && !r->err && !w->err; left--) {
		size_t size = push(w, ".", mp_str(r), "");

		walk_value(w, mp_raw(r), depth + 1);
		w->path[size] = '\0';
	}
}

/* Whether some field of an element says which it is. */
static bool name_of(struct bytes element, struct writer *name)
{
	static const char *const keys[] = {"id", "number", "stage", "group", "item"};
	struct reader r;

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		reader_init(&r, mp_get(element, keys[i]));
		if (mp_peek(&r) == MP_STR)
			writer_bytes(name, mp_str(&r));
		else if (mp_peek(&r) == MP_INT)
			writer_printf(name, "%lld", (long long)mp_int(&r));
		else
			continue;
		return name->size > 0;
	}
	return false;
}

static bool is_plain(enum mp_type type)
{
	return type == MP_STR || type == MP_INT || type == MP_BOOL || type == MP_NIL;
}

static void put_plain(struct writer *out, struct reader *r)
{
	struct bytes raw = mp_raw(r);
	struct reader value;

	reader_init(&value, raw);
	if (mp_peek(&value) == MP_STR)
		writer_bytes(out, mp_str(&value));
	else
		json_print(out, raw);
}

static bool put_link(struct walk *w, struct bytes value)
{
	struct record_ref link;
	struct reader r;
	char hex[17];

	reader_init(&r, value);
	if (!json_text_link(&r, &link) || reader_left(&r))
		return false;
	hex_encode(hex, bytes_of(link.leaf.b, 8));
	put(w, bytes_of(hex, 16));
	return true;
}

static void walk_array(struct walk *w, struct reader *r, unsigned depth)
{
	uint32_t count = mp_array(r);
	struct writer plain = {0}, name = {0};

	for (uint32_t i = 0; i < count && !r->err && !w->err; i++) {
		struct bytes element;
		size_t size;

		if (is_plain(mp_peek(r))) {
			writer_str(&plain, plain.size ? ", " : "");
			put_plain(&plain, r);
			continue;
		}
		element = mp_raw(r);
		writer_clear(&name);
		if (!name_of(element, &name))
			writer_printf(&name, "%u", i);
		size = push(w, "[", writer_view(&name), "]");
		walk_value(w, element, depth + 1);
		w->path[size] = '\0';
	}
	if (plain.size && !w->err)
		put(w, writer_view(&plain));
	writer_release(&plain);
	writer_release(&name);
}

static void walk_value(struct walk *w, struct bytes value, unsigned depth)
{
	struct writer text = {0};
	struct reader r;

	reader_init(&r, value);
	if (depth > MP_DEPTH_MAX) {
		w->err = ERR_LIMIT;
	} else if (mp_peek(&r) == MP_MAP) {
		walk_map(w, &r, depth);
	} else if (mp_peek(&r) == MP_ARRAY) {
		if (!put_link(w, value))
			walk_array(w, &r, depth);
	} else {
		if (is_plain(mp_peek(&r)))
			put_plain(&text, &r);
		else
			json_print(&text, value);
		put(w, writer_view(&text));
	}
	writer_release(&text);
}

static int by_path(const void *a, const void *b)
{
	return strcmp(
	    ((const struct payload_field *)a)->path, ((const struct payload_field *)b)->path);
}

enum err payload_fields_init(struct payload_fields *fields, struct bytes payload)
{
	struct walk w = {.fields = fields};

	*fields = (struct payload_fields){0};
	if (mp_scan(payload) == ERR_NONE)
		walk_value(&w, payload, 0);
	if (fields->count)
		qsort(fields->list, fields->count, sizeof(*fields->list), by_path);
	return w.err == ERR_LIMIT ? ERR_NONE : w.err;
}

void payload_fields_release(struct payload_fields *fields)
{
	for (size_t i = 0; i < fields->count; i++) {
		free(fields->list[i].path);
		free(fields->list[i].value);
	}
	free(fields->list);
	*fields = (struct payload_fields){0};
}

const char *payload_fields_get(const struct payload_fields *fields, const char *path)
{
	struct payload_field key = {.path = (char *)path};
	struct payload_field *found =
	    fields->count ? bsearch(&key, fields->list, fields->count, sizeof(key), by_path) : NULL;

	return found ? found->value : NULL;
}
