/* Payloads as indented text. Decides layout; knows no kind. */
#include "cli/payload_text.h"

#include "cli/json_text.h"
#include "cli/lang.h"
#include "cli/money.h"
#include "cli/word.h"
#include "proto/mp.h"
#include "proto/text.h"

#include <stdio.h>
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

/* What the daemon says of a link; false when it says nothing. An empty ref: not arrived yet. */
static bool link_name(struct bytes links, const struct hash *leaf, struct bytes *ref)
{
	struct reader r;
	uint32_t count;

	*ref = (struct bytes){NULL, 0};
	reader_init(&r, links);
	count = mp_peek(&r) == MP_ARRAY ? mp_array(&r) : 0;
	for (uint32_t i = 0; i < count && !r.err; i++) {
		struct bytes row = mp_raw(&r);
		struct hash id = {{0}};
		struct reader field;

		reader_init(&field, mp_get(row, "id"));
		mp_bin_fixed(&field, id.b, HASH_SIZE);
		if (field.err || !hash_equal(&id, leaf))
			continue;
		reader_init(&field, mp_get(row, "ref"));
		if (mp_peek(&field) == MP_STR)
			*ref = mp_str(&field);
		return true;
	}
	return false;
}

static bool put_link(struct writer *w, struct bytes value, struct bytes links)
{
	struct record_ref link;
	struct bytes ref;
	struct reader r;
	char hex[17];

	reader_init(&r, value);
	if (mp_peek(&r) != MP_ARRAY || !json_text_link(&r, &link) || reader_left(&r))
		return false;
	hex_encode(hex, bytes_of(link.leaf.b, 8));
	if (!link_name(links, &link.leaf, &ref))
		writer_printf(w, " → %s (%llu)\n", hex, (unsigned long long)link.index);
	else if (ref.size)
		writer_printf(w, " → %.*s\n", (int)ref.size, (const char *)ref.data);
	else
		writer_printf(w, " → %s (%llu): %s\n", hex, (unsigned long long)link.index,
		    _("not arrived yet"));
	return true;
}

/* Where in a payload we are, to find the labels of its fields. */
struct place {
	const struct kind *kind;
	struct bytes links;
	const struct field *field; /* of this value; NULL: not known */
	char path[FAULT_PATH_MAX];
	unsigned depth;
};

static void put_value(struct writer *w, struct bytes value, struct place place);

static const struct field *field_at(const struct place *place, struct bytes key)
{
	const struct field *field =
	    place->kind ? kind_field(place->kind, bytes_str(place->path)) : NULL;

	/* The columns of a source are no fields, whatever they are called. */
	return field && bytes_equal(bytes_str(field->name), key) ? field : NULL;
}

/* French puts a blank before it; the one behind it comes with the value. */
static void put_colon(struct writer *w)
{
	const char *colon = _(": ");
	size_t size = strlen(colon);

	writer_put(w, colon, size && colon[size - 1] == ' ' ? size - 1 : size);
}

static void put_label(struct writer *w, const struct field *field, struct bytes key)
{
	enum lang lang = lang_parse(bytes_str(lang_code()));
	const char *label = field && lang < LANG_ZGH ? field->label.in[lang] : NULL;

	if (label)
		writer_str(w, label);
	else
		text_sanitize_terminal(w, key);
	put_colon(w);
}

static void put_field(
    struct writer *w, struct bytes key, struct bytes value, const struct place *place)
{
	struct place inner = *place;
	size_t used = strlen(inner.path);

	/* A path that is too long finds no label, that is all. */
	snprintf(inner.path + used, sizeof(inner.path) - used, "%s%.*s", used ? "." : "",
	    (int)key.size, key.size ? (const char *)key.data : "");
	inner.field = field_at(&inner, key);
	indent(w, place->depth);
	put_label(w, inner.field, key);
	put_value(w, value, inner);
}

static bool is_in(const struct field *fields, struct bytes key)
{
	for (; fields && fields->name; fields++)
		if (bytes_equal(bytes_str(fields->name), key))
			return true;
	return false;
}

static void put_known(
    struct writer *w, struct bytes map, const struct field *fields, const struct place *place)
{
	for (; fields && fields->name; fields++) {
		struct bytes value = mp_get(map, fields->name);

		if (value.size)
			put_field(w, bytes_str(fields->name), value, place);
	}
}

/* In the order of the table of kinds, then what else there is. */
static void put_map(
    struct writer *w, struct bytes map, const struct field *fields, const struct place *place)
{
	const struct field *common = place->path[0] || !place->kind ? NULL : kind_common_fields;
	struct reader r;
	uint32_t count;

	put_known(w, map, fields, place);
	put_known(w, map, common, place);
	reader_init(&r, map);
	count = mp_map(&r);
	for (uint32_t i = 0; i < count && !r.err; i++) {
		struct bytes key = mp_str(&r);
		struct bytes value = mp_raw(&r);

		if (!is_in(fields, key) && !is_in(common, key))
			put_field(w, key, value, place);
	}
}

static void put_text_map(struct writer *w, struct bytes map, unsigned depth)
{
	struct bytes chosen = lang_pick(map);
	struct reader r;
	uint32_t count;

	writer_u8(w, ' ');
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

static const struct field *subfields(const struct place *place)
{
	return place->field ? place->field->fields : NULL;
}

static void put_array(struct writer *w, struct bytes array, struct place place)
{
	struct reader r;
	uint32_t count;

	if (put_link(w, array, place.links))
		return;
	reader_init(&r, array);
	count = mp_array(&r);
	writer_u8(w, '\n');
	place.depth++;
	for (uint32_t i = 0; i < count && !r.err; i++) {
		struct bytes value = mp_raw(&r);
		struct reader one;

		reader_init(&one, value);
		indent(w, place.depth);
		writer_str(w, "-");
		if (mp_peek(&one) == MP_MAP && !is_text_map(value)) {
			struct place inner = place;
			size_t start;

			writer_str(w, " ");
			start = w->size;
			inner.depth++;
			put_map(w, value, subfields(&place), &inner);
			/* The first field stands beside the dash. */
			if (!w->err && w->size > start + inner.depth * INDENT) {
				memmove(w->data + start, w->data + start + inner.depth * INDENT,
				    w->size - start - inner.depth * INDENT);
				w->size -= inner.depth * INDENT;
			}
		} else {
			put_value(w, value, place);
		}
	}
}

static void put_value(struct writer *w, struct bytes value, struct place place)
{
	struct writer text = {0};
	struct reader r;

	reader_init(&r, value);
	switch (mp_peek(&r)) {
	case MP_MAP:
		if (is_text_map(value)) {
			put_text_map(w, value, place.depth);
			return;
		}
		if (place.field && place.field->type == TYPE_MONEY && money_text(&text, value))
			break;
		writer_u8(w, '\n');
		place.depth++;
		put_map(w, value, subfields(&place), &place);
		return;
	case MP_ARRAY:
		put_array(w, value, place);
		return;
	case MP_STR:
		if (place.field && place.field->type == TYPE_WORD)
			word_put_in(&text, place.field->words->name, mp_str(&r));
		else
			writer_bytes(&text, mp_str(&r));
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
	writer_u8(w, ' ');
	put_lines(w, writer_view(&text), place.depth + 1);
	writer_release(&text);
}

void payload_text(
    struct writer *w, const struct kind *kind, struct bytes payload, struct bytes links)
{
	struct place place = {.kind = kind, .links = links};
	struct reader r;
	char *text;

	reader_init(&r, payload);
	if (mp_scan(payload) == ERR_NONE && mp_peek(&r) == MP_MAP) {
		put_map(w, payload, kind ? kind->fields : NULL, &place);
		return;
	}
	text = (char *)writer_grow(w, BASE64_SIZE(payload.size));
	if (text) {
		base64_encode(text, payload);
		w->data[w->size - 1] = '\n';
	}
}
