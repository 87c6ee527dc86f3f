/* What may be published: a map is read against the fields of its kind and written again in its one
 * form. Every fault is reported, not only the first, so that a form or a table is corrected in one
 * go. */
#include "proto/kinds_check.h"

#include <string.h>

#include "proto/limits.h"
#include "proto/mp.h"

static bool is_over(const struct check *c)
{
	return c->stops && c->is_bad;
}

/* --- maps ------------------------------------------------------------------------------------ */

static void put_langs(struct check *c, const struct field *field)
{
	uint32_t count;

	if (!check_expect(c, MP_MAP, "text by language, such as {\"fr\": \"…\"}"))
		return;
	count = mp_map(&c->in);
	if (count == 0)
		BAD(c, "is empty: leave it out");
	mp_put_map(c->out, count);
	for (uint32_t i = 0; i < count && !is_over(c); i++) {
		struct bytes lang = mp_str(&c->in);
		size_t before = path_push(&c->path, ".", lang);

		mp_put_str(c->out, lang);
		if (lang_parse(lang) == LANG_COUNT)
			BAD(c, "is no language of the network: ar, fr, en or zgh");
		if (check_expect(c, MP_STR, "text"))
			check_put_text(c, mp_str(&c->in), field);
		path_pop(&c->path, before);
	}
}

static void put_money(struct check *c)
{
	static const struct field amount = {.name = "amount",
	    .type = TYPE_INT,
	    .is_required = true,
	    .min = -MP_INT_MAX,
	    .max = MP_INT_MAX};
	struct bytes currency;
	uint32_t count;

	if (!check_expect(c, MP_MAP, "{\"amount\": in the minor unit, \"currency\": \"MAD\"}"))
		return;
	count = mp_map(&c->in);
	if (count != 2)
		BAD(c, "is an amount in the minor unit and a currency: amount=500000 currency=MAD");
	mp_put_map(c->out, count);
	for (uint32_t i = 0; i < count && !is_over(c); i++) {
		struct bytes key = mp_str(&c->in);
		size_t before = path_push(&c->path, ".", key);

		mp_put_str(c->out, key);
		if (bytes_equal(key, BYTES_STR("amount"))) {
			check_put_int(c, &amount);
		} else if (!bytes_equal(key, BYTES_STR("currency"))) {
			BAD(c, "is no part of an amount");
			mp_skip(&c->in);
		} else if (check_expect(c, MP_STR, "a code such as MAD")) {
			currency = mp_str(&c->in);
			mp_put_str(c->out, currency);
			if (!currency_is_valid(currency))
				BAD(c, "is no ISO 4217 code such as MAD");
		}
		path_pop(&c->path, before);
	}
}

static void put_columns(struct check *c, const struct field *field)
{
	uint32_t count;

	if (!check_expect(c, MP_MAP, "a map from column to text"))
		return;
	count = mp_map(&c->in);
	if (count > field->count_max)
		BAD(c, "has more than %u columns", field->count_max);
	mp_put_map(c->out, count);
	for (uint32_t i = 0; i < count && !is_over(c); i++) {
		struct bytes name = mp_str(&c->in);
		size_t before = path_push(&c->path, ".", name);

		mp_put_str(c->out, name);
		if (check_expect(c, MP_STR, "text"))
			mp_put_str(c->out, mp_str(&c->in));
		path_pop(&c->path, before);
	}
}

static void put_fields(struct check *c, const struct field *fields, const struct field *common);

static void put_value(struct check *c, const struct field *field)
{
	switch (field->type) {
	case TYPE_TEXT:
		put_langs(c, field);
		return;
	case TYPE_STR:
	case TYPE_DATE:
	case TYPE_WORD:
	case TYPE_URL:
	case TYPE_LANG:
	case TYPE_MEMBER:
	case TYPE_TERRITORY:
		check_put_str(c, field);
		return;
	case TYPE_DECIMAL:
		check_put_decimal(c, field);
		return;
	case TYPE_INT:
	case TYPE_TIME:
		check_put_int(c, field);
		return;
	case TYPE_BOOL:
		if (check_expect(c, MP_BOOL, "true or false"))
			mp_put_bool(c->out, mp_bool(&c->in));
		return;
	case TYPE_MONEY:
		put_money(c);
		return;
	case TYPE_LINK:
		check_put_link(c);
		return;
	case TYPE_HASH:
		check_put_hash(c);
		return;
	case TYPE_MAP:
		put_fields(c, field->fields, NULL);
		return;
	case TYPE_COLUMNS:
		put_columns(c, field);
		return;
	}
}

static void put_list(struct check *c, const struct field *field)
{
	uint32_t count;

	if (!check_expect(c, MP_ARRAY, "a list"))
		return;
	count = mp_array(&c->in);
	if (count == 0)
		BAD(c, "is empty: leave it out");
	if (count > field->count_max)
		BAD(c, "has %u elements, at most %u are allowed", count, field->count_max);
	mp_put_array(c->out, count);
	for (uint32_t i = 0; i < count && !is_over(c); i++) {
		size_t before = path_push_index(&c->path, i);

		put_value(c, field);
		path_pop(&c->path, before);
	}
}

static void report_unknown(
    struct check *c, struct bytes name, const struct field *fields, const struct field *common)
{
	const char *names[64] = {0};
	unsigned count = 0;
	const char *nearest;

	for (; fields && fields->name && count < 63; fields++)
		names[count++] = fields->name;
	for (; common && common->name && count < 63; common++)
		names[count++] = common->name;
	nearest = word_nearest(name, names);
	if (nearest)
		BAD(c, "is no field here: did you mean '%s'?", nearest);
	else
		BAD(c, "is no field here");
}

/* Reports what is required and not among the keys of the map at `map`. */
static void check_required(struct check *c, struct bytes map, const struct field *fields)
{
	for (; fields && fields->name; fields++) {
		size_t before;

		if (!fields->is_required || mp_get(map, fields->name).size > 0)
			continue;
		before = path_push(&c->path, ".", bytes_str(fields->name));
		BAD(c, "is required");
		path_pop(&c->path, before);
	}
}

static void put_fields(struct check *c, const struct field *fields, const struct field *common)
{
	struct bytes map = reader_rest(&c->in);
	uint32_t count;

	if (!check_expect(c, MP_MAP, "a map of fields"))
		return;
	count = mp_map(&c->in);
	mp_put_map(c->out, count);
	for (uint32_t i = 0; i < count && !is_over(c); i++) {
		struct bytes name = mp_str(&c->in);
		const struct field *field = field_by_name(fields, name);
		size_t before = path_push(&c->path, ".", name);

		if (!field)
			field = field_by_name(common, name);
		mp_put_str(c->out, name);
		if (!field) {
			report_unknown(c, name, fields, common);
			mp_skip(&c->in);
		} else if (mp_peek(&c->in) == MP_NIL) {
			BAD(c, "is null: leave it out");
			mp_skip(&c->in);
		} else if (field->is_list) {
			put_list(c, field);
		} else {
			put_value(c, field);
		}
		path_pop(&c->path, before);
	}
	if (!is_over(c))
		check_required(c, map, fields);
}

/* --- whole records --------------------------------------------------------------------------- */

enum err kinds_check(
    const struct kind *kind, struct bytes map, struct writer *out, const struct fault_sink *sink)
{
	struct check c = {.out = out, .sink = sink};
	size_t start = out->size;
	struct bytes payload;
	enum err err = mp_scan(map);

	if (out->err != ERR_NONE)
		return out->err;
	if (!kind->is_published) {
		BAD(&c, "records of the kind %s are made by nodes, not published", kind->name);
		return ERR_FIELD;
	}
	if (err != ERR_NONE) {
		BAD(&c, "%s", err_text(err));
		return ERR_FIELD;
	}
	reader_init(&c.in, map);
	put_fields(&c, kind->fields, kind_common_fields);
	check_rules(&c, kind, map);
	payload =
	    out->size > start ? bytes_of(out->data + start, out->size - start) : (struct bytes){0};
	if (payload.size > RECORD_PAYLOAD_MAX)
		BAD(&c, "the record is %zu bytes large, at most %u are allowed", payload.size,
		    RECORD_PAYLOAD_MAX);
	/* Most are written as they were read, which has been scanned. */
	err = out->err != ERR_NONE	  ? out->err
	      : c.is_bad		  ? ERR_FIELD
	      : bytes_equal(payload, map) ? ERR_NONE
					  : mp_scan(payload);
	if (err != ERR_NONE) {
		out->size = start;
		out->err = ERR_NONE;
	}
	return err;
}

bool kinds_fits(const struct kind *kind, struct bytes payload, struct why *why)
{
	const struct fault_sink sink = {.why = why};
	struct writer out = {0};
	struct check c = {.out = &out, .sink = &sink, .stops = true};

	if (!kind || !kind->is_published)
		return true;
	reader_init(&c.in, payload);
	put_fields(&c, kind->fields, kind_common_fields);
	if (!c.is_bad)
		check_rules(&c, kind, payload);
	writer_release(&out);
	return !c.is_bad;
}
