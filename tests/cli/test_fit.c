/* Tables in narrow terminals: what may give way does, what has to be typed again does not. */
#include "cli/fit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#define COUNT 5

static const struct column ref = {"ref", "record", SHAPE_TEXT, COLUMN_TABLE | COLUMN_KEEP};
static const struct column member = {"member", "member", SHAPE_TEXT, COLUMN_TABLE | COLUMN_SPARE};
static const struct column when = {"time", "date and time", SHAPE_TIME, COLUMN_TABLE};
static const struct column title = {"title", "title", SHAPE_TEXT, COLUMN_TABLE};
static const struct column source = {
    "source", "according to", SHAPE_WORD, COLUMN_TABLE | COLUMN_SPARE};
static const struct column *const columns[COUNT] = {&ref, &member, &when, &title, &source};
static const size_t content[COUNT] = {13, 11, 19, 60, 30};
static const size_t label[COUNT] = {6, 6, 13, 5, 12};

static struct fit fit_in(size_t room)
{
	struct fit fit = {{0}, 0};

	fit_columns(&fit, columns, COUNT, content, label, room, true);
	return fit;
}

static void all_of_it_where_there_is_room(void **state)
{
	(void)state;
	for (size_t room = 0; room < 2; room++) {
		struct fit fit = fit_in(room * 141);

		for (size_t i = 0; i < COUNT; i++)
			assert_int_equal(fit.width[i], content[i]);
		assert_int_equal(fit.total, 141);
	}
}

static void texts_give_way_first(void **state)
{
	struct fit fit = fit_in(100);

	(void)state;
	assert_int_equal(fit.total, 100);
	assert_int_equal(fit.width[0], 13);
	assert_int_equal(fit.width[2], 19);
	assert_true(fit.width[3] >= 20 && fit.width[4] >= 20);
}

static void then_what_others_say_too(void **state)
{
	struct fit fit = fit_in(80);

	(void)state;
	assert_int_equal(fit.total, 80);
	assert_int_equal(fit.width[4], 0);
	assert_int_equal(fit.width[1], 11);
	assert_int_equal(fit.width[3], 80 - 13 - 11 - 19 - 6);
	fit = fit_in(60);
	assert_int_equal(fit.width[1], 0);
	assert_int_equal(fit.width[3], 60 - 13 - 19 - 4);
}

static void names_and_times_never(void **state)
{
	struct fit fit = fit_in(20);

	(void)state;
	assert_int_equal(fit.width[0], 13);
	assert_int_equal(fit.width[2], 19);
	assert_int_equal(fit.width[3], 8);
	assert_true(fit.total > 20);
}

static void a_long_heading_costs_less_than_a_short_text(void **state)
{
	static const struct column *const two[2] = {&ref, &title};
	static const size_t narrow[2] = {4, 30};
	static const size_t wide[2] = {14, 5};
	static const size_t rooms[3][3] = {{42, 14, 26}, {36, 10, 24}, {28, 10, 16}};
	struct fit fit;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		fit_columns(&fit, two, 2, narrow, wide, rooms[i][0], true);
		assert_int_equal(fit.width[0], rooms[i][1]);
		assert_int_equal(fit.width[1], rooms[i][2]);
	}
}

static void columns_stay_once_their_heading_is_shown(void **state)
{
	static const size_t wider[COUNT] = {15, 11, 19, 60, 30};
	struct fit fit = fit_in(80);

	(void)state;
	fit_columns(&fit, columns, COUNT, wider, label, 300, false);
	assert_int_equal(fit.width[0], 15);
	assert_int_equal(fit.width[4], 0);
	fit_columns(&fit, columns, COUNT, wider, label, 60, false);
	assert_int_equal(fit.total, 60);
	assert_true(fit.width[1] >= 8);
	assert_int_equal(fit.width[4], 0);
}

static void a_rare_column_is_there_when_it_holds_something(void **state)
{
	static const struct column labels = {
	    "labels", "labels", SHAPE_TEXT, COLUMN_TABLE | COLUMN_RARE};
	static const struct column *const two[2] = {&title, &labels};
	static const size_t none[2] = {10, 0};
	static const size_t some[2] = {10, 8};
	static const size_t names[2] = {5, 6};
	struct fit fit = {{0}, 0};

	(void)state;
	fit_columns(&fit, two, 2, none, names, 0, true);
	assert_int_equal(fit.width[1], 0);
	assert_int_equal(fit.total, 10);
	fit_columns(&fit, two, 2, some, names, 0, false);
	assert_int_equal(fit.width[1], 0);
	fit_columns(&fit, two, 2, some, names, 0, true);
	assert_int_equal(fit.width[1], 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(all_of_it_where_there_is_room),
	    cmocka_unit_test(texts_give_way_first),
	    cmocka_unit_test(then_what_others_say_too),
	    cmocka_unit_test(names_and_times_never),
	    cmocka_unit_test(a_long_heading_costs_less_than_a_short_text),
	    cmocka_unit_test(columns_stay_once_their_heading_is_shown),
	    cmocka_unit_test(a_rare_column_is_there_when_it_holds_something),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
