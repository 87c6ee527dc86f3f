/* Dates from spreadsheets: what is certain is mapped, everything else keeps its wording and a
 * reason. */
#include "cli/dirty_date.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <string.h>

struct sample {
	const char *text;
	enum date_order order;
	int year;
	const char *date; /* NULL: not mapped */
	bool is_coarse;
};

static void check(const struct sample *s)
{
	struct dirty_date d;

	dirty_date_read(&d, bytes_str(s->text), s->order, s->year);
	assert_true(d.is_given);
	assert_string_equal(d.date, s->date ? s->date : "");
	assert_int_equal(d.is_coarse, s->is_coarse);
	assert_int_equal(d.reason != NULL, !s->date || s->is_coarse);
}

static void certain_dates_are_mapped(void **state)
{
	static const struct sample samples[] = {
	    {"12/31/2019", ORDER_NOT_KNOWN, 2018, "2019-12-31", false},
	    {"31/12/2019", ORDER_NOT_KNOWN, 2018, "2019-12-31", false},
	    {"28/5/2014", ORDER_NOT_KNOWN, 0, "2014-05-28", false},
	    {"6/6/2018", ORDER_NOT_KNOWN, 2018, "2018-06-06", false},
	    {"9/1/18", ORDER_MONTH_FIRST, 2018, "2018-09-01", false},
	    {"9/1/18", ORDER_DAY_FIRST, 2018, "2018-01-09", false},
	    {"6/30/19", ORDER_NOT_KNOWN, 2018, "2019-06-30", false},
	    {"01/7/2012", ORDER_DAY_FIRST, 2012, "2012-07-01", false},
	    {"2/29/2020", ORDER_NOT_KNOWN, 2020, "2020-02-29", false},
	    {"2017", ORDER_NOT_KNOWN, 2017, "2017", false},
	    {"July 2012", ORDER_NOT_KNOWN, 2012, "2012-07", false},
	    {"december 2014", ORDER_NOT_KNOWN, 2014, "2014-12", false},
	    {" May 2014\n", ORDER_NOT_KNOWN, 0, "2014-05", false},
	    {"2021-03-31", ORDER_NOT_KNOWN, 2021, "2021-03-31", false},
	    {"2021-03", ORDER_NOT_KNOWN, 2021, "2021-03", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(samples) / sizeof(*samples); i++)
		check(&samples[i]);
}

static void the_year_alone_is_certain_where_the_order_is_not(void **state)
{
	static const struct sample samples[] = {
	    {"1/7/2014", ORDER_NOT_KNOWN, 2014, "2014", true},
	    {"1/7/2014", ORDER_BOTH, 2014, "2014", true},
	    {"11/8/2012", ORDER_NOT_KNOWN, 2015, "2012", true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(samples) / sizeof(*samples); i++)
		check(&samples[i]);
}

static void what_is_not_certain_keeps_its_wording(void **state)
{
	static const struct sample samples[] = {
	    {"II quarter of 2021", ORDER_NOT_KNOWN, 2020, NULL, false},
	    {"Quarter 1 2014", ORDER_NOT_KNOWN, 2014, NULL, false},
	    {"Spring 2015", ORDER_NOT_KNOWN, 2014, NULL, false},
	    {"Ongoing", ORDER_NOT_KNOWN, 2020, NULL, false},
	    {"44439", ORDER_NOT_KNOWN, 2019, NULL, false},
	    {"7/15/1905", ORDER_MONTH_FIRST, 2023, NULL, false},
	    {"7/15/1905", ORDER_NOT_KNOWN, 0, NULL, false},
	    {"2/30/2020", ORDER_NOT_KNOWN, 2020, NULL, false},
	    {"2020-00-31", ORDER_NOT_KNOWN, 2020, NULL, false},
	    {"2020-01-00", ORDER_NOT_KNOWN, 2020, NULL, false},
	    {"2/29/2019", ORDER_NOT_KNOWN, 2019, NULL, false},
	    {"31/31/2019", ORDER_NOT_KNOWN, 2019, NULL, false},
	    {"0/1/2019", ORDER_NOT_KNOWN, 2019, NULL, false},
	    {"1/1/201", ORDER_MONTH_FIRST, 2019, NULL, false},
	    {"1/1/2019/2", ORDER_MONTH_FIRST, 2019, NULL, false},
	    {"2021-13", ORDER_NOT_KNOWN, 2021, NULL, false},
	    {"2021-02-30", ORDER_NOT_KNOWN, 2021, NULL, false},
	    {"2021-", ORDER_NOT_KNOWN, 2021, NULL, false},
	    {"July 12", ORDER_NOT_KNOWN, 2012, NULL, false},
	    {"July 2012 or later", ORDER_NOT_KNOWN, 2012, NULL, false},
	    {"99999/9/9", ORDER_NOT_KNOWN, 2012, NULL, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(samples) / sizeof(*samples); i++)
		check(&samples[i]);
}

static void absent_dates_are_not_given(void **state)
{
	static const char *const absent[] = {"", " ", "NA", "ND", "NR"};
	struct dirty_date d;

	(void)state;
	for (size_t i = 0; i < sizeof(absent) / sizeof(*absent); i++) {
		dirty_date_read(&d, bytes_str(absent[i]), ORDER_NOT_KNOWN, 0);
		assert_false(d.is_given);
		assert_string_equal(d.date, "");
		assert_null(d.reason);
	}
	dirty_date_read(&d, bytes_str("NAN"), ORDER_NOT_KNOWN, 0);
	assert_true(d.is_given);
}

static void a_very_long_text_is_no_date(void **state)
{
	char text[5000];
	struct dirty_date d;

	(void)state;
	memset(text, '1', sizeof(text));
	dirty_date_read(&d, bytes_of(text, sizeof(text)), ORDER_NOT_KNOWN, 0);
	assert_true(d.is_given);
	assert_string_equal(d.date, "");
	text[1] = 0;
	dirty_date_read(&d, bytes_of(text, 3), ORDER_NOT_KNOWN, 0);
	assert_string_equal(d.date, "");
}

static void dates_show_the_order_of_their_plan(void **state)
{
	(void)state;
	assert_int_equal(dirty_date_order(bytes_str("28/5/2014")), ORDER_DAY_FIRST);
	assert_int_equal(dirty_date_order(bytes_str("5/28/2014")), ORDER_MONTH_FIRST);
	assert_int_equal(dirty_date_order(bytes_str("5/6/2014")), ORDER_NOT_KNOWN);
	assert_int_equal(dirty_date_order(bytes_str("28/28/2014")), ORDER_NOT_KNOWN);
	assert_int_equal(dirty_date_order(bytes_str("Ongoing")), ORDER_NOT_KNOWN);
	assert_int_equal(date_order_join(ORDER_NOT_KNOWN, ORDER_DAY_FIRST), ORDER_DAY_FIRST);
	assert_int_equal(date_order_join(ORDER_DAY_FIRST, ORDER_NOT_KNOWN), ORDER_DAY_FIRST);
	assert_int_equal(date_order_join(ORDER_DAY_FIRST, ORDER_MONTH_FIRST), ORDER_BOTH);
	assert_int_equal(date_order_join(ORDER_BOTH, ORDER_MONTH_FIRST), ORDER_BOTH);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(certain_dates_are_mapped),
	    cmocka_unit_test(the_year_alone_is_certain_where_the_order_is_not),
	    cmocka_unit_test(what_is_not_certain_keeps_its_wording),
	    cmocka_unit_test(absent_dates_are_not_given),
	    cmocka_unit_test(a_very_long_text_is_no_date),
	    cmocka_unit_test(dates_show_the_order_of_their_plan),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
