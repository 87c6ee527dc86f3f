/* Amounts for people: the minor unit of each currency, and what is no amount. */
#include "cli/lang.h"
#include "cli/money.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static void encode(struct writer *w, int64_t amount, const char *currency)
{
	mp_put_map(w, 2);
	mp_put_cstr(w, "amount");
	mp_put_int(w, amount);
	mp_put_cstr(w, "currency");
	mp_put_cstr(w, currency);
}

static void says(int64_t amount, const char *currency, const char *expected)
{
	struct writer map = {0}, text = {0};

	encode(&map, amount, currency);
	assert_true(money_text(&text, writer_view(&map)));
	writer_u8(&text, 0);
	assert_string_equal((const char *)text.data, expected);
	writer_release(&map);
	writer_release(&text);
}

static void refuses(struct bytes map)
{
	struct writer text = {0};

	assert_false(money_text(&text, map));
	assert_int_equal(text.size, 0);
	writer_release(&text);
}

static void minor_units_become_major_ones(void **state)
{
	(void)state;
	says(120000000, "MAD", "1 200 000.00 MAD");
	says(99905, "MAD", "999.05 MAD");
	says(5, "EUR", "0.05 EUR");
	says(0, "MAD", "0.00 MAD");
	says(-250, "MAD", "-2.50 MAD");
	says(1000, "JPY", "1 000 JPY");
	says(1234567, "TND", "1 234.567 TND");
	says(9007199254740991, "MAD", "90 071 992 547 409.91 MAD");
	says(-9007199254740991, "XOF", "-9 007 199 254 740 991 XOF");
}

static void french_and_arabic_write_a_comma(void **state)
{
	(void)state;
	assert_true(lang_choose("fr"));
	says(120000005, "MAD", "1 200 000,05 MAD");
	assert_true(lang_choose("ar"));
	says(99905, "MAD", "999,05 MAD");
	assert_true(lang_choose("en"));
	says(99905, "MAD", "999.05 MAD");
}

static void what_is_no_amount_is_left_to_others(void **state)
{
	static const char *const codes[] = {"", "MA", "MADX", "mad", "M\033D", "É1"};
	struct writer map = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		writer_clear(&map);
		encode(&map, 1, codes[i]);
		refuses(writer_view(&map));
	}
	refuses(BYTES_STR("\x80"));
	refuses(BYTES_STR("\x90"));
	refuses(BYTES_STR("\x82\xa6"
			  "amount\xa3"
			  "100\xa8"
			  "currency\xa3MAD"));
	refuses(BYTES_STR("\x83\xa6"
			  "amount\x01\xa8"
			  "currency\xa3MAD\xa1x\x01"));
	refuses(BYTES_STR("\x81\xa6"
			  "amount\x01"));
	writer_release(&map);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(minor_units_become_major_ones),
	    cmocka_unit_test(french_and_arabic_write_a_comma),
	    cmocka_unit_test(what_is_no_amount_is_left_to_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
