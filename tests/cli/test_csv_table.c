/* CSV files are taken as written, or refused as a whole with the row named. */
#include "cli/csv_table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <string.h>

static void cell_is(const struct csv_table *t, size_t row, size_t column, const char *text)
{
	assert_true(bytes_equal(csv_table_cell(t, row, column), bytes_str(text)));
}

static void cells_are_kept_as_written(void **state)
{
	struct csv_table t;
	struct why why = {0};

	(void)state;
	assert_int_equal(
	    csv_table_parse(&t,
		bytes_str("\xef\xbb\xbfTitle,Text\r\n\" a \"\"b\"\",\nc\",  x \r\nÉcole,مدرسة\n,"),
		&why),
	    ERR_NONE);
	assert_int_equal(t.rows, 3);
	assert_int_equal(csv_table_column(&t, "Text"), 1);
	assert_int_equal(csv_table_column(&t, "text"), (size_t)-1);
	cell_is(&t, 0, 0, " a \"b\",\nc");
	cell_is(&t, 0, 1, "  x ");
	cell_is(&t, 1, 0, "École");
	cell_is(&t, 1, 1, "مدرسة");
	cell_is(&t, 2, 0, "");
	csv_table_release(&t);
}

static void the_header_tells_what_separates(void **state)
{
	static const char *const files[] = {
	    "a;b\nx,y;z\n", "a\tb\nx,y\tz\n", "\"a\";b\r\n\"x,y\";z\r\n"};
	struct csv_table t;
	struct why why = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		assert_int_equal(csv_table_parse(&t, bytes_str(files[i]), &why), ERR_NONE);
		assert_int_equal(t.columns, 2);
		cell_is(&t, 0, 0, "x,y");
		cell_is(&t, 0, 1, "z");
		csv_table_release(&t);
	}
	/* One comma is enough for commas, and a quoted semicolon separates nothing. */
	assert_int_equal(csv_table_parse(&t, bytes_str("a;b,c\nx;y,z\n"), &why), ERR_NONE);
	cell_is(&t, 0, 0, "x;y");
	csv_table_release(&t);
	assert_int_equal(csv_table_parse(&t, bytes_str("\"a;b\"\nx;y\n"), &why), ERR_NONE);
	cell_is(&t, 0, 0, "x;y");
	csv_table_release(&t);
}

static void refused(const char *text, const char *part)
{
	struct csv_table t;
	struct why why = {0};

	assert_int_equal(csv_table_parse(&t, bytes_str(text), &why), ERR_FIELD);
	assert_non_null(strstr(why.text, part));
	csv_table_release(&t);
}

static void damaged_files_are_refused(void **state)
{
	(void)state;
	refused("a,b\n1,2\n1,2,3\n", "row 2 has 3 cells");
	refused("a,b\n1\n", "row 1 has 1 cells");
	refused("a,b\n1,\"2\n", "row 1: a quote");
	refused("a,b\n1,\"2\"3\n", "row 1: a quote");
	refused("a,b\n1,2\"3\n", "row 1: a quote");
	refused("a,a\n1,2\n", "same name");
	refused("", "no header");
	refused("a,b\n\xff,2\n", "UTF-8");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(cells_are_kept_as_written),
	    cmocka_unit_test(the_header_tells_what_separates),
	    cmocka_unit_test(damaged_files_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
