/* A payload becomes paths and values, whatever it holds. */
#include "tests/unit.h"

#include "cli/payload_fields.h"
#include "proto/json.h"

#include <string.h>

static void flat(struct payload_fields *f, const char *json)
{
	struct writer map = {0};
	struct why why = {0};

	assert_ok(json_parse(&map, bytes_str(json), &why));
	assert_ok(payload_fields_init(f, writer_view(&map)));
	writer_release(&map);
}

static void paths_go_by_names_and_positions(void **state)
{
	struct payload_fields f;

	(void)state;
	flat(&f, "{\"title\":{\"fr\":\"A\"},\"themes\":[\"x\",\"y\"],\"indicators\":[{\"id\":\"b\","
		 "\"score\":\"1\"},{\"id\":\"a\",\"score\":\"2\"}],"
		 "\"evidence\":[{\"url\":\"u\"}],\"articles\":[{\"number\":3,\"title\":\"t\"}],"
		 "\"empty\":[],\"withdrawn\":true}");
	assert_string_equal(payload_fields_get(&f, "title.fr"), "A");
	assert_string_equal(payload_fields_get(&f, "themes"), "x, y");
	assert_string_equal(payload_fields_get(&f, "indicators[a].score"), "2");
	assert_string_equal(payload_fields_get(&f, "indicators[b].score"), "1");
	assert_string_equal(payload_fields_get(&f, "evidence[0].url"), "u");
	assert_string_equal(payload_fields_get(&f, "articles[3].title"), "t");
	assert_string_equal(payload_fields_get(&f, "withdrawn"), "true");
	assert_null(payload_fields_get(&f, "empty"));
	assert_null(payload_fields_get(&f, "title"));
	for (size_t i = 1; i < f.count; i++)
		assert_true(strcmp(f.list[i - 1].path, f.list[i].path) <= 0);
	payload_fields_release(&f);
}

static void values_are_safe_for_a_terminal(void **state)
{
	struct payload_fields f;

	(void)state;
	flat(&f, "{\"a\\u001b[2J\":\"x\\u001by\\u202ez\"}");
	assert_int_equal(f.count, 1);
	assert_null(strchr(f.list[0].path, 0x1b));
	assert_null(strchr(f.list[0].value, 0x1b));
	assert_null(strstr(f.list[0].value, "\xe2\x80\xae"));
	payload_fields_release(&f);
}

static void what_is_no_payload_has_no_fields(void **state)
{
	static const uint8_t bad[] = {0x81, 0xa1, 'a'};
	struct payload_fields f;

	(void)state;
	assert_ok(payload_fields_init(&f, bytes_of(bad, sizeof(bad))));
	assert_int_equal(f.count, 0);
	payload_fields_release(&f);
	assert_ok(payload_fields_init(&f, (struct bytes){0}));
	assert_null(payload_fields_get(&f, "a"));
	payload_fields_release(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(paths_go_by_names_and_positions),
	    cmocka_unit_test(values_are_safe_for_a_terminal),
	    cmocka_unit_test(what_is_no_payload_has_no_fields),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
