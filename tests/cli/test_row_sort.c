/* Rows in order of named fields: what has no value, yes and no, numbers, texts; equals stay as they came. */
#include "tests/unit.h"

#include "cli/row.h"
#include "cli/row_sort.h"

#include <string.h>

static void add(struct row_sort *s, const char *name, const char *region, int64_t days)
{
	struct row row = {0};

	row_cstr(&row, "name", name);
	row_cstr(&row, "region", region);
	row_int(&row, "days", days);
	assert_ok(row_sort_add(s, row_view(&row)));
	row_release(&row);
}

static void add_raw(struct row_sort *s, const char *name, const char *field, struct bytes value)
{
	struct row row = {0};

	row_cstr(&row, "name", name);
	if (value.size)
		row_raw(&row, field, value);
	assert_ok(row_sort_add(s, row_view(&row)));
	row_release(&row);
}

struct seen {
	char names[200];
	unsigned most; /* rows that are taken */
	unsigned count;
};

static bool see(void *context, struct bytes row)
{
	struct seen *seen = context;
	struct reader r;
	struct bytes name;
	size_t at = strlen(seen->names);

	reader_init(&r, mp_get(row, "name"));
	name = mp_str(&r);
	snprintf(seen->names + at, sizeof(seen->names) - at, "%s%.*s", at ? " " : "",
	    (int)name.size, (const char *)name.data);
	return ++seen->count < seen->most;
}

static void in_order(struct row_sort *s, const char *fields, const char *expected)
{
	struct seen seen = {.most = 100};

	s->fields = fields;
	assert_ok(row_sort_each(s, see, &seen));
	assert_string_equal(seen.names, expected);
}

static void rows_go_by_one_field_after_the_other(void **state)
{
	struct row_sort s = {0};

	(void)state;
	add(&s, "a", "09", 5);
	add(&s, "b", "03", 5);
	add(&s, "c", "09", -20);
	add(&s, "d", "03", 100);
	in_order(&s, "name", "a b c d");
	in_order(&s, "-name", "d c b a");
	in_order(&s, "days", "c a b d");
	in_order(&s, "-days", "d a b c");
	in_order(&s, "region,-days", "d b a c");
	in_order(&s, "-region,days", "c a b d");
	row_sort_release(&s);
}

static void equal_rows_stay_as_they_came(void **state)
{
	struct row_sort s = {0};
	char expected[200] = "";

	(void)state;
	for (int i = 0; i < 50; i++) {
		char name[8];

		snprintf(name, sizeof(name), "%d", i);
		add(&s, name, "03", 1);
		snprintf(expected + strlen(expected), sizeof(expected) - strlen(expected), "%s%d",
		    i ? " " : "", i);
	}
	in_order(&s, "region,days", expected);
	in_order(&s, "-region", expected);
	in_order(&s, "no_such_field", expected);
	in_order(&s, "", expected);
	row_sort_release(&s);
}

static void values_of_every_type_have_an_order(void **state)
{
	struct row_sort s = {0};

	(void)state;
	add_raw(&s, "text", "v", HEX("a161"));
	add_raw(&s, "two", "v", HEX("02"));
	add_raw(&s, "true", "v", HEX("c3"));
	add_raw(&s, "minus", "v", HEX("ff"));
	add_raw(&s, "none", "v", (struct bytes){0});
	add_raw(&s, "one", "v", HEX("01"));
	add_raw(&s, "false", "v", HEX("c2"));
	add_raw(&s, "nil", "v", HEX("c0"));
	add_raw(&s, "empty", "v", HEX("a0"));
	in_order(&s, "v", "none nil false true minus one two empty text");
	in_order(&s, "-v", "text empty two one minus true false none nil");
	row_sort_release(&s);
}

/* {"ar": …, "fr": …} goes by what stands first in it. */
static void a_text_by_language_goes_by_its_first(void **state)
{
	struct row_sort s = {0};

	(void)state;
	add_raw(&s, "c", "title", HEX("81 a26672 a163"));
	add_raw(&s, "a", "title", HEX("82 a26172 a161 a26672 a17a"));
	add_raw(&s, "b", "title", HEX("a162"));
	add_raw(&s, "empty", "title", HEX("80"));
	add_raw(&s, "list", "title", HEX("91 a161"));
	in_order(&s, "title", "empty list a b c");
	row_sort_release(&s);
}

static void a_long_name_of_a_field_is_no_field(void **state)
{
	struct row_sort s = {0};

	(void)state;
	add(&s, "b", "03", 2);
	add(&s, "a", "03", 1);
	in_order(&s,
	    "----------------------------------------------------------------------------------"
	    "--------------------------,,,-,days",
	    "a b");
	row_sort_release(&s);
}

static void taking_stops_when_told(void **state)
{
	struct row_sort s = {.fields = "days"};
	struct seen seen = {.most = 2};

	(void)state;
	add(&s, "c", "03", 3);
	add(&s, "a", "03", 1);
	add(&s, "b", "03", 2);
	assert_ok(row_sort_each(&s, see, &seen));
	assert_string_equal(seen.names, "a b");
	row_sort_release(&s);
}

static void no_rows_are_no_error_and_lost_ones_are(void **state)
{
	struct row_sort s = {.fields = "days"};
	struct seen seen = {.most = 100};

	(void)state;
	assert_ok(row_sort_each(&s, see, &seen));
	assert_int_equal(seen.count, 0);
	add(&s, "a", "03", 1);
	writer_fail(&s.rows, ERR_MEMORY);
	assert_err(ERR_MEMORY, row_sort_each(&s, see, &seen));
	assert_int_equal(seen.count, 0);
	row_sort_release(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(rows_go_by_one_field_after_the_other),
	    cmocka_unit_test(equal_rows_stay_as_they_came),
	    cmocka_unit_test(values_of_every_type_have_an_order),
	    cmocka_unit_test(a_text_by_language_goes_by_its_first),
	    cmocka_unit_test(a_long_name_of_a_field_is_no_field),
	    cmocka_unit_test(taking_stops_when_told),
	    cmocka_unit_test(no_rows_are_no_error_and_lost_ones_are),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
