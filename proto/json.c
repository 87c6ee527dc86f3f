/* Decides which JSON is accepted from users and how values are written as JSON. Schemas and fields
 * are not known here.
 *
 * Nearly all that comes is in order and read in one pass (json_read.c). What is not is read a second time, slowly, for
 * the words that say what is wrong (json_tree.c). */
#include "proto/json.h"

#include <string.h>

#include "proto/json_read.h"
#include "proto/mp.h"
#include "proto/text.h"

enum err json_parse(struct writer *out, struct bytes text, struct why *why)
{
	if (out->err != ERR_NONE)
		return out->err;
	if (json_read(out, text))
		return ERR_NONE;
	if (out->err != ERR_NONE)
		return out->err;
	return json_read_tree(out, text, why);
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

static bool is_printed_as_it_is(struct bytes text)
{
	return text.size == 0 ||
	       (!memchr(text.data, '"', text.size) && !memchr(text.data, '\\', text.size) &&
		   text_is_plain(text, false));
}

static void print_letters(struct writer *out, struct bytes text)
{
	const uint8_t *run = text.data; /* what needs no escape is copied at once */
	const uint8_t *here = text.data;
	uint32_t letter;

	for (; text_next(&text, &letter); here = text.data) {
		if (letter != '"' && letter != '\\' && letter != TEXT_REPLACEMENT &&
		    !text_is_hostile(letter))
			continue;
		writer_put(out, run, (size_t)(here - run));
		print_escape(out, letter);
		run = text.data;
	}
	writer_put(out, run, (size_t)(here - run));
}

void json_print_str(struct writer *out, struct bytes text)
{
	writer_u8(out, '"');
	if (is_printed_as_it_is(text))
		writer_bytes(out, text);
	else
		print_letters(out, text);
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
		writer_decimal(out, mp_int(r));
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
