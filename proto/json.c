/* Decides which JSON is accepted from users and how values are written as JSON. Schemas and fields
 * are not known here.
 *
 * jansson parses. Its hash tables take their seed from the system unless one is given before the
 * first use; a fixed one is given, because proto/ reads no randomness. JSON comes from the user
 * alone, never from a peer, so nobody gains from colliding keys. */
#include "proto/json.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "proto/mp.h"
#include "proto/text.h"

/* Where the parser stands, for the line that names a bad field: "budget.lines[2].amount". */
struct step {
	struct bytes key;
	size_t index;
};

struct path {
	struct step steps[MP_DEPTH_MAX];
	unsigned depth;
};

static enum err refuse(const struct path *path, struct why *why, const char *reason)
{
	struct writer place = {0};
	struct bytes view;

	for (unsigned i = 0; i < path->depth; i++) {
		const struct step *step = &path->steps[i];

		if (step->key.data) {
			writer_str(&place, i > 0 ? "." : "");
			text_sanitize_terminal(&place, text_cut(step->key, 40));
		} else {
			writer_printf(&place, "[%zu]", step->index);
		}
	}
	view = writer_view(&place);
	if (view.size == 0)
		why_set(why, ERR_FIELD, "%s", reason);
	else
		why_set(
		    why, ERR_FIELD, "%.*s: %s", (int)view.size, (const char *)view.data, reason);
	writer_release(&place);
	return ERR_FIELD;
}

static enum err put_value(
    struct writer *out, const json_t *value, struct path *path, struct why *why);

static enum err put_array(
    struct writer *out, const json_t *array, struct path *path, struct why *why)
{
	size_t count = json_array_size(array);
	enum err err = ERR_NONE;

	mp_put_array(out, (uint32_t)count);
	path->depth++;
	for (size_t i = 0; i < count && err == ERR_NONE; i++) {
		path->steps[path->depth - 1] = (struct step){.index = i};
		err = put_value(out, json_array_get(array, i), path, why);
	}
	path->depth--;
	return err;
}

struct member {
	struct bytes key;
	const json_t *value;
};

static int compare_members(const void *a, const void *b)
{
	const struct member *left = a;
	const struct member *right = b;

	return bytes_compare(left->key, right->key);
}

static enum err put_object(
    struct writer *out, const json_t *object, struct path *path, struct why *why)
{
	size_t count = json_object_size(object), filled = 0;
	struct member *members = calloc(count ? count : 1, sizeof(*members));
	json_t *readable = (json_t *)(uintptr_t)object; /* jansson's iterators take no const */
	enum err err = ERR_NONE;

	if (!members)
		return why_set(why, ERR_MEMORY, "%s", err_text(ERR_MEMORY));
	for (void *i = json_object_iter(readable); i; i = json_object_iter_next(readable, i))
		members[filled++] =
		    (struct member){bytes_of(json_object_iter_key(i), json_object_iter_key_len(i)),
			json_object_iter_value(i)};
	qsort(members, count, sizeof(*members), compare_members);
	mp_put_map(out, (uint32_t)count);
	path->depth++;
	for (size_t i = 0; i < count && err == ERR_NONE; i++) {
		path->steps[path->depth - 1] = (struct step){.key = members[i].key};
		mp_put_str(out, members[i].key);
		err = put_value(out, members[i].value, path, why);
	}
	path->depth--;
	free(members);
	return err;
}

static enum err put_integer(
    struct writer *out, json_int_t value, const struct path *path, struct why *why)
{
	if (value > MP_INT_MAX || value < -MP_INT_MAX)
		return refuse(path, why, "integer is not within 9007199254740991 of zero");
	mp_put_int(out, value);
	return ERR_NONE;
}

/* Recursion is bounded by MP_DEPTH_MAX, checked before each step down. */
static enum err put_value(
    struct writer *out, const json_t *value, struct path *path, struct why *why)
{
	bool is_container = json_is_array(value) || json_is_object(value);

	if (is_container && path->depth == MP_DEPTH_MAX)
		return refuse(path, why, "more than 8 levels of objects and arrays");
	switch (json_typeof(value)) {
	case JSON_OBJECT:
		return put_object(out, value, path, why);
	case JSON_ARRAY:
		return put_array(out, value, path, why);
	case JSON_STRING:
		mp_put_str(out, bytes_of(json_string_value(value), json_string_length(value)));
		return ERR_NONE;
	case JSON_INTEGER:
		return put_integer(out, json_integer_value(value), path, why);
	case JSON_REAL:
		return refuse(path, why,
		    "numbers with a point or an exponent are not taken; write an integer of the "
		    "smaller unit, or text");
	case JSON_TRUE:
	case JSON_FALSE:
		mp_put_bool(out, json_is_true(value));
		return ERR_NONE;
	case JSON_NULL:
		mp_put_nil(out);
		return ERR_NONE;
	}
	return ERR_BUG;
}

static enum err refuse_syntax(const json_error_t *error, struct why *why)
{
	struct writer line = {0};

	if (json_error_code(error) == json_error_out_of_memory)
		return why_set(why, ERR_MEMORY, "%s", err_text(ERR_MEMORY));
	/* jansson quotes what it stumbled over. */
	text_sanitize_terminal(&line, bytes_str(error->text));
	writer_u8(&line, '\0');
	why_set(why, ERR_FIELD, "not JSON: line %d, column %d: %s", error->line, error->column,
	    line.err == ERR_NONE ? (const char *)line.data : "");
	writer_release(&line);
	return ERR_FIELD;
}

enum err json_parse(struct writer *out, struct bytes text, struct why *why)
{
	size_t before = out->size;
	struct path path = {0};
	json_error_t error;
	json_t *root;
	enum err err;

	if (out->err != ERR_NONE)
		return out->err;
	json_object_seed(1);
	root = json_loadb(text.size ? (const char *)text.data : "", text.size,
	    JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);
	if (!root)
		return refuse_syntax(&error, why);
	err = put_value(out, root, &path, why);
	json_decref(root);
	if (err == ERR_NONE)
		err = out->err;
	if (err != ERR_NONE)
		out->size = before;
	return err;
}

static void print_escape(struct writer *out, uint32_t letter)
{
	if (letter == '"' || letter == '\\')
		writer_printf(out, "\\%c", (int)letter);
	else if (letter == '\n')
		writer_str(out, "\\n");
	else if (letter == '\t')
		writer_str(out, "\\t");
	else if (letter == TEXT_REPLACEMENT)
		text_put(out, letter);
	else if (letter < 0x10000)
		writer_printf(out, "\\u%04x", letter);
	else
		writer_printf(
		    out, "\\u%04x\\u%04x", 0xd7c0 + (letter >> 10), 0xdc00 + (letter & 0x3ff));
}

void json_print_str(struct writer *out, struct bytes text)
{
	const uint8_t *run = text.data; /* what needs no escape is copied at once */
	const uint8_t *here = text.data;
	uint32_t letter;

	writer_u8(out, '"');
	for (; text_next(&text, &letter); here = text.data) {
		if (letter != '"' && letter != '\\' && letter != TEXT_REPLACEMENT &&
		    !text_is_hostile(letter))
			continue;
		writer_put(out, run, (size_t)(here - run));
		print_escape(out, letter);
		run = text.data;
	}
	writer_put(out, run, (size_t)(here - run));
	writer_u8(out, '"');
}

void json_print_bin(struct writer *out, struct bytes data)
{
	uint8_t *at;

	writer_u8(out, '"');
	at = writer_grow(out, BASE64_SIZE(data.size));
	if (at) {
		base64_encode((char *)at, data);
		out->size--; /* the NUL */
	}
	writer_u8(out, '"');
}

/* One open container of the printer. */
struct level {
	uint64_t left; /* elements, or keys and values, not yet printed */
	bool is_map;
	bool is_fresh;
};

static void print_scalar(struct writer *out, struct reader *r, enum mp_type type)
{
	switch (type) {
	case MP_NIL:
		mp_nil(r);
		writer_str(out, "null");
		break;
	case MP_BOOL:
		writer_str(out, mp_bool(r) ? "true" : "false");
		break;
	case MP_INT:
		writer_printf(out, "%lld", (long long)mp_int(r));
		break;
	case MP_STR:
		json_print_str(out, mp_str(r));
		break;
	case MP_BIN:
		json_print_bin(out, mp_bin(r));
		break;
	case MP_ARRAY:
	case MP_MAP:
	case MP_NONE:
		/* Ends with the reader's own error. */
		mp_skip(r);
		break;
	}
}

/* What stands between the previous element and the next one. True when a key comes next. */
static bool print_separator(struct writer *out, struct level *level)
{
	bool is_key = level->is_map && level->left % 2 == 0;

	if (level->is_map && !is_key)
		writer_u8(out, ':');
	else if (!level->is_fresh)
		writer_u8(out, ',');
	level->is_fresh = false;
	level->left--;
	return is_key;
}

static void print_value(struct writer *out, struct reader *r)
{
	struct level levels[JSON_DEPTH_MAX];
	unsigned depth = 0;

	do {
		bool is_key = depth > 0 && print_separator(out, &levels[depth - 1]);
		enum mp_type type = mp_peek(r);

		if (is_key) {
			json_print_str(out, mp_str(r));
		} else if (type != MP_ARRAY && type != MP_MAP) {
			print_scalar(out, r, type);
		} else if (depth == JSON_DEPTH_MAX) {
			reader_fail(r, ERR_LIMIT);
		} else {
			bool is_map = type == MP_MAP;
			uint64_t count = is_map ? 2 * (uint64_t)mp_map(r) : mp_array(r);

			levels[depth++] = (struct level){count, is_map, true};
			writer_u8(out, is_map ? '{' : '[');
		}
		while (depth > 0 && levels[depth - 1].left == 0)
			writer_u8(out, levels[--depth].is_map ? '}' : ']');
	} while (depth > 0 && r->err == ERR_NONE);
}

enum err json_print(struct writer *out, struct bytes value)
{
	size_t before = out->size;
	struct reader r;
	enum err err;

	reader_init(&r, value);
	print_value(out, &r);
	err = reader_end(&r);
	if (err == ERR_NONE)
		err = out->err;
	if (err != ERR_NONE)
		out->size = before;
	return err;
}
