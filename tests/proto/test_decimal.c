/* Decimals: what is one, what it is worth, and how it is written. */
#include "tests/unit.h"

#include "proto/decimal.h"

#include <string.h>

static void assert_worth(const char *text, int64_t millionths)
{
	int64_t value = -7;

	assert_true(decimal_is_valid(bytes_str(text)));
	assert_true(decimal_parse(&value, bytes_str(text)));
	assert_int_equal(value, millionths);
}

static void test_values(void **state)
{
	(void)state;
	assert_worth("0", 0);
	assert_worth("-0", 0);
	assert_worth("7", 7000000);
	assert_worth("12.5", 12500000);
	assert_worth("-0.25", -250000);
	assert_worth("0.000001", 1);
	assert_worth("1.2500000000", 1250000);
	assert_worth("9007199254.740991", 9007199254740991);
}

static void test_what_is_none(void **state)
{
	static const char *const none[] = {"", "-", ".", "1.", ".5", "01", "-01", "1e3", "1,5",
	    " 1", "1 ", "+1", "1.5.2", "0x10", "NaN", "1.-5", "--1", "1234567890123456789012345"};

	(void)state;
	for (size_t i = 0; i < sizeof(none) / sizeof(*none); i++) {
		int64_t value;
		assert_false(decimal_is_valid(bytes_str(none[i])));
		assert_false(decimal_parse(&value, bytes_str(none[i])));
	}
}

static void test_too_fine_or_too_large(void **state)
{
	static const char *const far[] = {
	    "0.0000001", "9007199254.740992", "-9007199254.740992", "9999999999999999999999"};

	(void)state;
	for (size_t i = 0; i < sizeof(far) / sizeof(*far); i++) {
		int64_t value;
		assert_true(decimal_is_valid(bytes_str(far[i])));
		assert_false(decimal_parse(&value, bytes_str(far[i])));
	}
}

static void test_writing(void **state)
{
	static const struct {
		int64_t value;
		const char *text;
	} cases[] = {{0, "0"}, {7000000, "7"}, {12500000, "12.5"}, {-250000, "-0.25"},
	    {1, "0.000001"}, {1050000, "1.05"}, {-9007199254740991, "-9007199254.740991"}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char text[DECIMAL_SIZE_MAX + 1];
		decimal_format(text, cases[i].value);
		assert_string_equal(text, cases[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_values),
	    cmocka_unit_test(test_what_is_none),
	    cmocka_unit_test(test_too_fine_or_too_large),
	    cmocka_unit_test(test_writing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
