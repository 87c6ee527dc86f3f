/* A record's values one by one, each with the field that it stands in: for whoever has to look up what a payload only
 * names, such as records, members and territories. What the kind does not know is passed over. */
#include "proto/kinds_table.h"
#include "proto/mp.h"

struct each {
	struct reader in;
	struct path path;
	void (*visit)(void *context, const struct kinds_value *value);
	void *context;
};

static void each_field(struct each *e, const struct field *fields, const struct field *common);

static void each_value(struct each *e, const struct field *field)
{
	struct kinds_value value = {e->path.text, field, {0}};

	if (field->type == TYPE_MAP && mp_peek(&e->in) == MP_MAP) {
		each_field(e, field->fields, NULL);
		return;
	}
	value.raw = mp_raw(&e->in);
	if (field->type != TYPE_MAP && e->in.err == ERR_NONE)
		e->visit(e->context, &value);
}

static void each_element(struct each *e, const struct field *field)
{
	uint32_t count = mp_array(&e->in);

	for (uint32_t i = 0; i < count && e->in.err == ERR_NONE; i++) {
		size_t before = path_push_index(&e->path, i);

		each_value(e, field);
		path_pop(&e->path, before);
	}
}

static void each_field(struct each *e, const struct field *fields, const struct field *common)
{
	uint32_t count = mp_map(&e->in);

	for (uint32_t i = 0; i < count && e->in.err == ERR_NONE; i++) {
		struct bytes name = mp_str(&e->in);
		const struct field *field = field_by_name(fields, name);
		size_t before = path_push(&e->path, ".", name);

		if (!field)
			field = field_by_name(common, name);
		if (!field || (field->is_list && mp_peek(&e->in) != MP_ARRAY))
			mp_skip(&e->in);
		else if (field->is_list)
			each_element(e, field);
		else
			each_value(e, field);
		path_pop(&e->path, before);
	}
}

void kinds_each(const struct kind *kind, struct bytes map,
    void (*visit)(void *context, const struct kinds_value *value), void *context)
{
	if (mp_scan(map) == ERR_NONE)
		kinds_each_scanned(kind, map, visit, context);
}

void kinds_each_scanned(const struct kind *kind, struct bytes map,
    void (*visit)(void *context, const struct kinds_value *value), void *context)
{
	struct each e = {.visit = visit, .context = context};

	if (!kind->is_published)
		return;
	reader_init(&e.in, map);
	if (mp_peek(&e.in) == MP_MAP)
		each_field(&e, kind->fields, kind_common_fields);
}

static bool has_type(const struct field *fields, enum field_type type)
{
	for (; fields && fields->name; fields++)
		if (fields->type == type || has_type(fields->fields, type))
			return true;
	return false;
}

bool kind_has(const struct kind *kind, enum field_type type)
{
	return has_type(kind->fields, type) ||
	       (kind->is_published && has_type(kind_common_fields, type));
}
