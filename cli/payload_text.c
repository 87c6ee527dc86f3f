/* Payloads as indented text. Decides layout; knows no kind. */
#include "cli/payload_text.h"

#include "cli/json_text.h"
#include "cli/lang.h"
#include "cli/word.h"
#include "proto/mp.h"
#include "proto/text.h"

#include <string.h>

#define INDENT 2

static void indent(struct writer *w, unsigned depth)
{
	for (unsigned i = 0; i < depth * INDENT; i++)
		writer_u8(w, ' ');
}

/* Lines of a long text keep their breaks, each under the first. */
static void put_lines(struct writer *w, struct bytes text, unsigned depth)
{
	struct writer safe = {0};
	struct bytes rest;

	text_sanitize_lines(&safe, text);
	rest = writer_view(&safe);
	for (;;) {
		const uint8_t *end = rest.size ? memchr(rest.data, '\n', rest.size) : NULL;
		size_t size = end ? (size_t)(end - rest.data) : rest.size;

		writer_put(w, rest.data, size);
		writer_u8(w, '\n');
		if (!end)
			break;
		rest.data += size + 1;
		rest.size -= size + 1;
		indent(w, depth);
	}
	writer_release(&safe);
}

static bool is_language(struct bytes key)
{
	return bytes_equal(key, BYTES_STR("ar")) || bytes_equal(key, BYTES_STR("fr")) ||
	       bytes_equal(key, BYTES_STR("en")) || bytes_equal(key, BYTES_STR("zgh"));
}

static bool is_text_map(struct bytes map)
{
	struct reader r;
	uint32_t count;

	reader_init(&r, map);
	count = mp_peek(&r) == MP_MAP ? mp_map(&r) : 0;
	for (uint32_t i = 0; i < count; i++) {
		if (!is_language(mp_str(&r)) || mp_peek(&r) != MP_STR)
			return false;
		mp_skip(&r);
	}
	return count > 0;
}

/* [log key, index, leaf hash] */
static bool put_link(struct writer *w, struct bytes value)
{
	struct reader r;
	struct hash log;
	struct hash leaf;
	uint64_t index;
	char hex[17];

	reader_init(&r, value);
	if (mp_peek(&r) != MP_ARRAY || mp_array(&r) != 3 || mp_peek(&r) != MP_BIN)
		return false;
	mp_bin_fixed(&r, log.b, HASH_SIZE);
	if (mp_peek(&r) != MP_INT)
		return false;
	index = mp_uint(&r);
	if (mp_peek(&r) != MP_BIN)
		return false;
	mp_bin_fixed(&r, leaf.b, HASH_SIZE);
	if (reader_end(&r))
		return false;
	hex_encode(hex, bytes_of(leaf.b, 8));
	writer_printf(w, "→ %s (%llu)\n", hex, (unsigned long long)index);
	return true;
}

static void put_value(struct writer *w, struct bytes value, unsigned depth);

static void put_map(struct writer *w, struct bytes map, unsigned depth)
{
	struct reader r;
	uint32_t count;

	reader_init(&r, map);
	count = mp_map(&r);
	for (uint32_t i = 0; i < count && !r.err; i++) {
		struct bytes key = mp_str(&r);

		indent(w, depth);
		text_sanitize_terminal(w, key);
		writer_str(w, "  ");
		put_value(w, mp_raw(&r), depth);
	}
}

static void put_text_map(struct writer *w, struct bytes map, unsigned depth)
{
	struct bytes chosen = lang_pick(map);
	struct reader r;
	uint32_t count;

	put_lines(w, chosen, depth + 1);
	reader_init(&r, map);
	count = mp_map(&r);
	for (uint32_t i = 0; i < count && !r.err; i++) {
		struct bytes language = mp_str(&r);
		struct bytes text = mp_str(&r);

		if (text.data == chosen.data)
			continue;
		indent(w, depth + 1);
		writer_bytes(w, language);
		writer_str(w, "  ");
		put_lines(w, text, depth + 2);
	}
}

static void put_array(struct writer *w, struct bytes array, unsigned depth)
{
	struct reader r;
	uint32_t count;

	if (put_link(w, array))
		return;
	reader_init(&r, array);
	count = mp_array(&r);
	writer_u8(w, '\n');
	for (uint32_t i = 0; i < count && !r.err; i++) {
		struct bytes value = mp_raw(&r);
		struct reader one;

		reader_init(&one, value);
		indent(w, depth + 1);
		writer_str(w, "- ");
		if (mp_peek(&one) == MP_MAP && !is_text_map(value)) {
			writer_u8(w, '\n');
			put_map(w, value, depth + 2);
		} else {
			put_value(w, value, depth + 1);
		}
	}
}

static void put_value(struct writer *w, struct bytes value, unsigned depth)
{
	struct writer text = {0};
	struct reader r;

	reader_init(&r, value);
	switch (mp_peek(&r)) {
	case MP_MAP:
		if (is_text_map(value)) {
			put_text_map(w, value, depth);
			return;
		}
		writer_u8(w, '\n');
		put_map(w, value, depth + 1);
		return;
	case MP_ARRAY:
		put_array(w, value, depth);
		return;
	case MP_STR:
		word_put(&text, mp_str(&r));
		break;
	case MP_BOOL:
		writer_str(&text, mp_bool(&r) ? _("yes") : _("no"));
		break;
	case MP_NIL:
	case MP_INT:
	case MP_BIN:
	case MP_NONE:
		json_text_value(&text, &r, JSON_BIN_HEX);
		break;
	}
	put_lines(w, writer_view(&text), depth + 1);
	writer_release(&text);
}

void payload_text(struct writer *w, struct bytes payload)
{
	struct reader r;
	char *text;

	reader_init(&r, payload);
	if (mp_scan(payload) == ERR_NONE && mp_peek(&r) == MP_MAP) {
		put_map(w, payload, 0);
		return;
	}
	text = (char *)writer_grow(w, BASE64_SIZE(payload.size));
	if (text) {
		base64_encode(text, payload);
		w->data[w->size - 1] = '\n';
	}
}
