/* From what people type to values: single fields of a command line, and names of records where
 * links belong. Whether the values are good is said by kinds_check. */
#include <string.h>

#include "proto/kinds_table.h"
#include "proto/mp.h"

static bool parse_int(struct bytes text, int64_t *out)
{
	bool is_negative = text.size > 1 && text.data[0] == '-';
	int64_t value = 0;

	if (text.size == 0 || text.size > 16)
		return false;
	for (size_t i = is_negative; i < text.size; i++) {
		if (text.data[i] < '0' || text.data[i] > '9')
			return false;
		value = value * 10 + (text.data[i] - '0');
	}
	*out = is_negative ? -value : value;
	return value <= MP_INT_MAX;
}

static enum err parse_bool(
    struct writer *out, const struct field *field, struct bytes text, struct why *why)
{
	static const char *const yes[] = {"true", "yes", "1", NULL};
	static const char *const no[] = {"false", "no", "0", NULL};
	bool value = word_is_in(text, yes);

	if (!value && !word_is_in(text, no))
		return why_set(why, ERR_FIELD, "%s is to be true or false", field->name);
	mp_put_bool(out, value);
	return out->err;
}

static enum err parse_hash(
    struct writer *out, const struct field *field, struct bytes text, struct why *why)
{
	uint8_t hash[HASH_SIZE];

	if (!hex_decode(hash, HASH_SIZE, (const char *)text.data, text.size))
		return why_set(why, ERR_FIELD, "%s is to be 64 hex digits", field->name);
	mp_put_bin(out, hash, HASH_SIZE);
	return out->err;
}

enum err field_parse(
    struct writer *out, const struct field *field, struct bytes text, struct why *why)
{
	int64_t number;

	switch (field->type) {
	case TYPE_INT:
	case TYPE_TIME:
		if (!parse_int(text, &number))
			return why_set(why, ERR_FIELD, "%s is to be a whole number", field->name);
		mp_put_int(out, number);
		return out->err;
	case TYPE_MONEY: /* its amount or its currency */
		if (parse_int(text, &number))
			mp_put_int(out, number);
		else
			mp_put_str(out, text);
		return out->err;
	case TYPE_BOOL:
		return parse_bool(out, field, text, why);
	case TYPE_HASH:
		return parse_hash(out, field, text, why);
	case TYPE_MAP:
		return why_set(why, ERR_FIELD, "%s has fields of its own, such as %s.%s",
		    field->name, field->name, field->fields->name);
	case TYPE_TEXT:
	case TYPE_STR:
	case TYPE_DATE:
	case TYPE_WORD:
	case TYPE_URL:
	case TYPE_LINK:
	case TYPE_DECIMAL:
	case TYPE_LANG:
	case TYPE_MEMBER:
	case TYPE_TERRITORY:
	case TYPE_COLUMNS:
		break;
	}
	mp_put_str(out, text);
	return out->err;
}

/* --- links ----------------------------------------------------------------------------------- */

struct resolution {
	struct reader in;
	struct writer *out;
	bool (*resolve)(void *context, struct bytes ref, struct record_ref *found);
	void *context;
};

static void resolve_fields(
    struct resolution *s, const struct field *fields, const struct field *common);

static void resolve_value(struct resolution *s, const struct field *field)
{
	struct bytes raw = reader_rest(&s->in);
	struct record_ref found;

	if (field && field->type == TYPE_LINK && mp_peek(&s->in) == MP_STR) {
		if (s->resolve(s->context, mp_str(&s->in), &found)) {
			kinds_put_link(s->out, &found);
			return;
		}
		raw.size -= reader_left(&s->in);
		writer_bytes(s->out, raw);
	} else if (field && field->type == TYPE_MAP && mp_peek(&s->in) == MP_MAP) {
		resolve_fields(s, field->fields, NULL);
	} else {
		writer_bytes(s->out, mp_raw(&s->in));
	}
}

static void resolve_fields(
    struct resolution *s, const struct field *fields, const struct field *common)
{
	uint32_t count = mp_map(&s->in);

	mp_put_map(s->out, count);
	for (uint32_t i = 0; i < count; i++) {
		struct bytes name = mp_str(&s->in);
		const struct field *field = field_by_name(fields, name);
		uint32_t elements;

		if (!field)
			field = field_by_name(common, name);
		mp_put_str(s->out, name);
		if (!field || !field->is_list || mp_peek(&s->in) != MP_ARRAY) {
			resolve_value(s, field);
			continue;
		}
		elements = mp_array(&s->in);
		mp_put_array(s->out, elements);
		for (uint32_t j = 0; j < elements; j++)
			resolve_value(s, field);
	}
}

enum err kinds_resolve(const struct kind *kind, struct bytes map, struct writer *out,
    bool (*resolve)(void *context, struct bytes ref, struct record_ref *found), void *context)
{
	struct resolution s = {.out = out, .resolve = resolve, .context = context};
	enum err err = mp_scan(map);

	if (err != ERR_NONE)
		return err;
	reader_init(&s.in, map);
	if (mp_peek(&s.in) != MP_MAP)
		return ERR_TYPE;
	resolve_fields(&s, kind->fields, kind->is_published ? kind_common_fields : NULL);
	return s.in.err != ERR_NONE ? s.in.err : out->err;
}
