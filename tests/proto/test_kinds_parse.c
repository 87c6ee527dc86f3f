/* From words on a command line to values, and from names of records to links. */
#include "tests/proto/kinds_world.h"

/* The value as JSON; an error as its line. */
static void parses_as(const char *path, const char *text, const char *expected)
{
	const struct field *field = kind_field(kind_by_number(KIND_PRACTICE), bytes_str(path));
	struct writer value = {0}, json = {0};
	struct why why = {0};
	enum err err;

	if (!field)
		field = kind_field(kind_by_number(KIND_COMMITMENT), bytes_str(path));
	assert_non_null(field);
	err = field_parse(&value, field, bytes_str(text), &why);
	if (err == ERR_NONE) {
		assert_ok(json_print(&json, writer_view(&value)));
		assert_text(expected, writer_view(&json));
	} else {
		assert_err(ERR_FIELD, err);
		assert_int_equal(value.size, 0);
		assert_string_equal(why.text, expected);
	}
	writer_release(&value);
	writer_release(&json);
}

static void words_become_values_of_the_field(void **state)
{
	(void)state;
	parses_as("title.fr", "Accueil", "\"Accueil\"");
	parses_as("article", "3", "3");
	parses_as("article", "-3", "-3");
	parses_as("article", "three", "article is to be a whole number");
	parses_as("article", "", "article is to be a whole number");
	parses_as("article", "3.0", "article is to be a whole number");
	parses_as("article", "9007199254740991", "9007199254740991");
	parses_as("article", "9007199254740992", "article is to be a whole number");
	parses_as("article", "99999999999999999999999", "article is to be a whole number");
	parses_as("cost.amount", "500", "500");
	parses_as("cost.currency", "MAD", "\"MAD\"");
	parses_as("withdrawn", "yes", "true");
	parses_as("withdrawn", "false", "false");
	parses_as("withdrawn", "perhaps", "withdrawn is to be true or false");
	parses_as("start", "2020", "\"2020\"");
	parses_as("themes", "gender", "\"gender\"");
	parses_as("evidence.hash", "00", "hash is to be 64 hex digits");
	parses_as("evidence", "x", "evidence has fields of its own, such as evidence.title");
	parses_as("supersedes", "sefrou/3", "\"sefrou/3\"");
}

static bool resolve(void *context, struct bytes ref, struct record_ref *found)
{
	unsigned *calls = context;

	(*calls)++;
	if (!bytes_equal(ref, BYTES_STR("sefrou/3")))
		return false;
	*found = (struct record_ref){{{7}}, 3, {{8}}};
	return true;
}

static void names_of_records_become_links(void **state)
{
	const struct kind *comment = kind_by_number(KIND_COMMENT);
	struct writer map = {0}, out = {0}, payload = {0};
	struct fault_sink sink = {0};
	struct record_ref ref;
	unsigned calls = 0;

	(void)state;
	from_json(&map,
	    "{\"about\":\"sefrou/3\",\"reply_to\":\"nobody/1\",\"supersedes\":\"sefrou/3\","
	    "\"text\":{\"fr\":\"sefrou/3\"}}");
	assert_ok(kinds_resolve(comment, writer_view(&map), &out, resolve, &calls));
	assert_int_equal(calls, 3);
	assert_true(kinds_link(writer_view(&out), "about", &ref));
	assert_true(ref.index == 3 && ref.log.b[0] == 7 && ref.leaf.b[0] == 8);
	assert_true(kinds_link(writer_view(&out), "supersedes", &ref));
	assert_false(kinds_link(writer_view(&out), "reply_to", &ref));
	assert_text("sefrou/3", kinds_text(writer_view(&out), "text", LANG_FR));
	assert_err(ERR_FIELD, kinds_check(comment, writer_view(&out), &payload, &sink));

	writer_clear(&out);
	from_json(&map, "{\"about\":\"sefrou/3\",\"text\":{\"fr\":\"x\"}}");
	assert_ok(kinds_resolve(comment, writer_view(&map), &out, resolve, &calls));
	assert_ok(kinds_check(comment, writer_view(&out), &payload, &sink));
	assert_bytes(writer_view(&out), writer_view(&payload));
	writer_clear(&out);
	assert_ok(kinds_resolve(comment, writer_view(&payload), &out, resolve, &calls));
	assert_bytes(writer_view(&payload), writer_view(&out)); /* links stay */
	writer_release(&map);
	writer_release(&out);
	writer_release(&payload);
}

static void only_canonical_maps_are_resolved(void **state)
{
	const struct kind *comment = kind_by_number(KIND_COMMENT);
	struct writer out = {0};
	unsigned calls = 0;

	(void)state;
	assert_err(ERR_TYPE, kinds_resolve(comment, HEX("90"), &out, resolve, &calls));
	assert_err(ERR_ENCODING, kinds_resolve(comment, HEX("81 01 02"), &out, resolve, &calls));
	assert_err(ERR_SHORT, kinds_resolve(comment, HEX("81"), &out, resolve, &calls));
	assert_int_equal(calls, 0);
	writer_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(words_become_values_of_the_field),
	    cmocka_unit_test(names_of_records_become_links),
	    cmocka_unit_test(only_canonical_maps_are_resolved),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
