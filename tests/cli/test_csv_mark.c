/* Marks against formulas: what they are put on, and that taking them off gives back what was written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cli/csv_mark.h"

static void formulas_are_known(void **state)
{
	static const char *const formulas[] = {"=1+1", "@SUM(A1)", "\tx", "\rx",
	    "+cmd|'/C calc'!A0", "-2+HYPERLINK(\"x\")", "-Sheet2!A1", "＝1", "＠x", "＋f(x)", "'=1",
	    "''@x", "= a"};
	static const char *const texts[] = {"", "'", "''", "a=1", "- Archives (Rabat)", "-5",
	    "+212", "-The civil society", "l'eau", "'l'eau'", "＋1", "(a|b)!"};

	(void)state;
	for (size_t i = 0; i < sizeof(formulas) / sizeof(*formulas); i++)
		if (!csv_mark_is_needed(bytes_str(formulas[i])))
			fail_msg("no formula: %s", formulas[i]);
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		if (csv_mark_is_needed(bytes_str(texts[i])))
			fail_msg("a formula: %s", texts[i]);
}

static void what_is_marked_comes_back(void **state)
{
	static const char *const cells[] = {"=1+1", "'=1+1", "''=1", "'", "'x", "-f(x)", "- f (x)",
	    "a,b", "a\"b", "two\nlines", "", "@", "'@"};
	size_t count = sizeof(cells) / sizeof(*cells);
	struct csv_table table = {0};
	struct writer file = {0};
	struct why why = {0};

	(void)state;
	writer_str(&file, "first,cell\n");
	for (size_t i = 0; i < count; i++) {
		writer_str(&file, "x,");
		csv_mark_put(&file, bytes_str(cells[i]));
		writer_str(&file, "\n");
	}
	assert_int_equal(csv_table_parse(&table, writer_view(&file), &why), ERR_NONE);
	assert_int_equal(table.rows, count);
	/* Without taking them off, no cell does anything. */
	for (size_t i = 0; i < count; i++) {
		struct bytes cell = csv_table_cell(&table, i, 1);

		assert_true(!cell.size || !memchr("=@", *cell.data, 2));
	}
	csv_mark_take(&table);
	for (size_t i = 0; i < count; i++)
		assert_true(bytes_equal(csv_table_cell(&table, i, 1), bytes_str(cells[i])));
	csv_table_release(&table);
	writer_release(&file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(formulas_are_known),
	    cmocka_unit_test(what_is_marked_comes_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
