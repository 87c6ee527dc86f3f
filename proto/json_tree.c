/* JSON through jansson's tree: what is wrong with a text, and where. It knows no fields.
 *
 * jansson's hash tables take their seed from the system unless one is given before the first use; a fixed one is given,
 * because proto/ reads no randomness. JSON comes from the user alone, never from a peer, so nobody gains from colliding
 * keys. */
#include "proto/json_read.h"

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

enum err json_read_tree(struct writer *out, struct bytes text, struct why *why)
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
