/* Order keys: what counts as the same letter, what is left out, and that no bytes are too odd. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "proto/text_order.h"

static void expect_key(const char *text, const char *want)
{
	uint8_t key[28];
	size_t size = text_order_key(key, sizeof(key), bytes_str(text));

	if (size != strlen(want) || memcmp(key, want, size) != 0)
		fail_msg("'%s' gave '%.*s'", text, (int)size, (const char *)key);
	for (size_t i = size; i < sizeof(key); i++)
		assert_int_equal(key[i], 0);
}

static void case_accents_and_marks_do_not_count(void **state)
{
	(void)state;
	expect_key("Élus À l’ŒUVRE", "elus a l œuvre");
	expect_key("إنصات", "انصات");
	expect_key("كِتَابٌ", "كتاب");
	expect_key("كتـــاب", "كتاب");
	expect_key("آثار", "اثار");
	expect_key("ﬁnance", "finance");
}

static void what_is_no_letter_parts_words(void **state)
{
	(void)state;
	expect_key("  --Plan:  2024/25!  ", "plan 2024 25");
	expect_key("\xe2\x80\xae"
		   "abc\x1b[0m",
	    "abc 0m");
	expect_key("…", "");
	expect_key("", "");
}

static void a_key_ends_with_a_whole_letter(void **state)
{
	(void)state;
	expect_key("abcdefghijklmnopqrstuvwxyz0123456789", "abcdefghijklmnopqrstuvwxyz01");
	expect_key("aمشاركةمواطنةمواطنة", "aمشاركةمواطنةم");
}

static void bytes_that_are_no_text_give_a_key_too(void **state)
{
	uint8_t key[28];

	(void)state;
	assert_int_equal(text_order_key(key, sizeof(key), BYTES_STR("\xff\xc0\x80")), 0);
	assert_int_equal(text_order_key(key, sizeof(key), BYTES_STR("a\xffz")), 3);
	assert_memory_equal(key, "a z", 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(case_accents_and_marks_do_not_count),
	    cmocka_unit_test(what_is_no_letter_parts_words),
	    cmocka_unit_test(a_key_ends_with_a_whole_letter),
	    cmocka_unit_test(bytes_that_are_no_text_give_a_key_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
