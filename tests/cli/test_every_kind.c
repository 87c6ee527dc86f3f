/* Adding a kind is adding an entry: whatever stands in the table has a schema, a form, a page of the manual, a vector, and
 * names in three languages that are those of the vocabularies. */
#include "tests/unit.h"

#include "cli/form.h"
#include "cli/help.h"
#include "cli/set_fields.h"
#include "proto/json.h"
#include "proto/kinds.h"
#include "proto/mp.h"

#include <stdlib.h>
#include <string.h>

#define EACH_PUBLISHED(kind, i) \
	for (size_t i = 0; (kind = kind_at(i)); i++) \
		if (kind->is_published)

static void read_json(struct writer *map, const char *path)
{
	struct writer text = {0};
	struct why why = {0};
	FILE *file = fopen(path, "rb");
	int c;

	if (!file)
		fail_msg("%s cannot be read", path);
	while ((c = getc(file)) != EOF)
		writer_u8(&text, (uint8_t)c);
	fclose(file);
	writer_clear(map);
	if (json_parse(map, writer_view(&text), &why))
		fail_msg("%s: %s", path, why.text);
	writer_release(&text);
}

static bool contains(struct bytes text, const char *part)
{
	return memmem(text.data, text.size, part, strlen(part)) != NULL;
}

static bool resolve_any(void *context, struct bytes ref, struct record_ref *found)
{
	(void)context;
	(void)ref;
	memset(found, 0, sizeof(*found));
	return true;
}

static void each_has_a_vector_that_is_fit(void **state)
{
	const struct kind *kind;

	(void)state;
	EACH_PUBLISHED(kind, i)
	{
		struct writer map = {0}, resolved = {0}, payload = {0};
		struct why why = {0};
		struct fault_sink sink = {.why = &why};
		char path[128];
		struct bytes title;

		snprintf(path, sizeof(path), "tests/vectors/kinds/%s.json", kind->name);
		read_json(&map, path);
		assert_ok(kinds_resolve(kind, writer_view(&map), &resolved, resolve_any, NULL));
		if (kinds_check(kind, writer_view(&resolved), &payload, &sink))
			fail_msg("%s: %s", path, why.text);
		assert_int_equal(kinds_lint(kind, writer_view(&payload), &sink), 0);
		assert_non_null(kind->title);
		title = kinds_title(kind, writer_view(&payload), LANG_FR, NULL);
		if (title.size == 0)
			fail_msg("%s has no title", path);
		if (kind->status && !kinds_status(kind, writer_view(&payload)).size)
			fail_msg("%s has no status at %s", path, kind->status);
		writer_release(&map);
		writer_release(&resolved);
		writer_release(&payload);
	}
}

/* Without any of its required fields the vector is fit no more. */
static void each_required_field_is_missed(void **state)
{
	const struct kind *kind;

	(void)state;
	EACH_PUBLISHED(kind, i)
	{
		struct writer map = {0}, payload = {0};
		struct why why = {0};
		struct fault_sink sink = {.why = &why};
		bool needs_something = false;

		for (const struct field *f = kind->fields; f->name; f++)
			needs_something = needs_something || f->is_required;
		mp_put_map(&map, 0);
		assert_true(needs_something);
		assert_err(ERR_FIELD, kinds_check(kind, writer_view(&map), &payload, &sink));
		assert_non_null(strstr(why.text, "is required"));
		assert_int_equal(payload.size, 0);
		writer_release(&map);
		writer_release(&payload);
	}
}

static void expect_property(struct bytes schema, const struct kind *kind, const struct field *f)
{
	char property[80];

	snprintf(property, sizeof(property), "\"%s\":{\"title\":", f->name);
	if (!contains(schema, property))
		fail_msg("the schema of %s lacks %s", kind->name, f->name);
}

/* That it is JSON and means what the table means is held by tests/e2e/test_schemas.py. */
static void each_has_a_schema_with_every_field(void **state)
{
	const struct kind *kind;

	(void)state;
	EACH_PUBLISHED(kind, i)
	{
		struct writer schema = {0};

		kind_schema_json(&schema, kind);
		assert_ok(schema.err);
		for (const struct field *f = kind->fields; f->name; f++)
			expect_property(writer_view(&schema), kind, f);
		for (const struct field *f = kind_common_fields; f->name; f++)
			expect_property(writer_view(&schema), kind, f);
		writer_release(&schema);
	}
}

static void each_has_a_form_with_every_field(void **state)
{
	const struct kind *kind;

	(void)state;
	EACH_PUBLISHED(kind, i)
	{
		struct writer form = {0};

		form_write(&form, kind);
		assert_ok(form.err);
		for (const struct field *f = kind->fields; f->name; f++)
			if (f->type != TYPE_COLUMNS && !contains(writer_view(&form), f->name))
				fail_msg("the form of %s lacks %s", kind->name, f->name);
		writer_release(&form);
	}
}

/* What set_fields borrows paths from. */
static char *strings[1000];
static size_t strings_count;

static void strings_release(void)
{
	while (strings_count)
		free(strings[--strings_count]);
}

static void say_path(struct set_fields *set, const char *path, struct bytes name, struct bytes raw)
{
	struct writer text = {0}, value = {0};
	struct why why = {0};
	struct reader r;

	reader_init(&r, raw);
	if (mp_peek(&r) == MP_STR)
		writer_bytes(&value, mp_str(&r));
	else
		assert_ok(json_print(&value, raw));
	writer_printf(&text, "%s%s", path, name.size ? "." : "");
	writer_bytes(&text, name);
	assert_true(strings_count < 1000);
	strings[strings_count] = strndup((const char *)text.data, text.size);
	if (set_fields_put(set, bytes_str(strings[strings_count++]), writer_view(&value), &why))
		fail_msg("%s: %s", strings[strings_count - 1], why.text);
	writer_release(&text);
	writer_release(&value);
}

/* One value said by its path; of a map from names to texts or numbers each of its own. */
static void say_value(void *context, const struct kinds_value *v)
{
	struct set_fields *set = context;
	struct reader r;
	uint32_t count;

	if (v->field->type == TYPE_MAP)
		return;
	reader_init(&r, v->raw);
	if (mp_peek(&r) != MP_MAP) {
		say_path(set, v->path, (struct bytes){NULL, 0}, v->raw);
		return;
	}
	count = mp_map(&r);
	for (uint32_t i = 0; i < count; i++) {
		struct bytes name = mp_str(&r);
		say_path(set, v->path, name, mp_raw(&r));
	}
}

static void print_payload(struct writer *json, const struct kind *kind, struct bytes map)
{
	struct writer resolved = {0}, payload = {0};
	struct why why = {0};
	struct fault_sink sink = {.why = &why};

	assert_ok(kinds_resolve(kind, map, &resolved, resolve_any, NULL));
	if (kinds_check(kind, writer_view(&resolved), &payload, &sink))
		fail_msg("%s: %s", kind->name, why.text);
	assert_ok(json_print(json, writer_view(&payload)));
	writer_u8(json, 0);
	writer_release(&resolved);
	writer_release(&payload);
}

static void each_is_said_field_by_field(void **state)
{
	const struct kind *kind;

	(void)state;
	EACH_PUBLISHED(kind, i)
	{
		struct writer map = {0}, said = {0}, expected = {0}, got = {0};
		struct set_fields set;
		char path[128];

		snprintf(path, sizeof(path), "tests/vectors/kinds/%s.json", kind->name);
		read_json(&map, path);
		set_fields_init(&set, kind);
		kinds_each(kind, writer_view(&map), say_value, &set);
		assert_ok(set_fields_encode(&set, (struct bytes){NULL, 0}, &said));
		print_payload(&expected, kind, writer_view(&map));
		print_payload(&got, kind, writer_view(&said));
		assert_string_equal((char *)got.data, (char *)expected.data);
		set_fields_release(&set);
		strings_release();
		writer_release(&map);
		writer_release(&said);
		writer_release(&expected);
		writer_release(&got);
	}
}

/* Whatever else the table has below these fields leads somewhere, too. */
static void check_fields(const struct kind *kind, const struct field *fields, const char *before)
{
	for (const struct field *f = fields; f->name; f++) {
		struct set_fields set;
		struct why why = {0};
		char path[256];

		snprintf(path, sizeof(path), "%s%s%s%s", before, f->name, f->is_list ? "[0]" : "",
		    f->type == TYPE_TEXT      ? ".ar"
		    : f->type == TYPE_MONEY   ? ".currency"
		    : f->type == TYPE_COLUMNS ? ".A. b[1]"
		    : f->type == TYPE_MAP     ? "."
					      : "");
		if (f->type == TYPE_MAP) {
			check_fields(kind, f->fields, path);
			continue;
		}
		set_fields_init(&set, kind);
		if (set_fields_check(&set, bytes_str(path), &why))
			fail_msg("%s: %s: %s", kind->name, path, why.text);
		set_fields_release(&set);
	}
}

static void no_field_is_beyond_reach(void **state)
{
	const struct kind *kind;

	(void)state;
	EACH_PUBLISHED(kind, i)
	{
		check_fields(kind, kind->fields, "");
		check_fields(kind, kind_common_fields, "");
	}
}

static void each_stands_in_the_manual(void **state)
{
	struct writer page = {0};
	const struct kind *kind;
	char *text = NULL;
	size_t size = 0;
	FILE *file = open_memstream(&text, &size);

	(void)state;
	assert_non_null(file);
	help_kinds(file);
	fclose(file);
	writer_bytes(&page, bytes_of(text, size));
	EACH_PUBLISHED(kind, i)
	{
		char head[64];

		snprintf(head, sizeof(head), ".SH %s\n", kind->name);
		assert_true(contains(writer_view(&page), head));
		assert_true(contains(writer_view(&page), kind->label.in[LANG_AR]));
	}
	free(text);
	writer_release(&page);
}

/* The vocabulary of record names and the table of kinds are one list. */
static void each_has_the_name_of_the_vocabulary(void **state)
{
	static const char *const languages[] = {"ar", "fr", "en"};
	struct writer map = {0};
	const struct kind *kind;
	unsigned published = 0;
	struct reader r;
	uint32_t count;

	(void)state;
	read_json(&map, "deploy/vocabularies/record_kinds.json");
	reader_init(&r, mp_get(writer_view(&map), "entries"));
	count = mp_array(&r);
	for (uint32_t i = 0; i < count; i++) {
		struct bytes entry = mp_raw(&r);

		kind = kind_by_name(kinds_str(entry, "id"));
		assert_non_null(kind);
		for (unsigned l = 0; l < 3; l++)
			assert_text(kind->label.in[l], kinds_str(entry, languages[l]));
	}
	EACH_PUBLISHED(kind, i)
	published++;
	assert_int_equal(published, count);
	writer_release(&map);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_has_a_vector_that_is_fit),
	    cmocka_unit_test(each_required_field_is_missed),
	    cmocka_unit_test(each_has_a_schema_with_every_field),
	    cmocka_unit_test(each_has_a_form_with_every_field),
	    cmocka_unit_test(each_is_said_field_by_field),
	    cmocka_unit_test(no_field_is_beyond_reach),
	    cmocka_unit_test(each_stands_in_the_manual),
	    cmocka_unit_test(each_has_the_name_of_the_vocabulary),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
