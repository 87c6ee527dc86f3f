/* The writer grows by itself, keeps its first error and says nothing after it. */
#include "tests/unit.h"

#include "proto/writer.h"

static void writes_in_order(void **state)
{
	struct writer w = {0};

	(void)state;
	writer_u8(&w, 1);
	writer_u16(&w, 0x0203);
	writer_u32(&w, 0x04050607);
	writer_u64(&w, 0x08090a0b0c0d0e0f);
	writer_put(&w, "\xaa", 1);
	writer_bytes(&w, HEX("bbcc"));
	writer_bytes(&w, (struct bytes){0});
	writer_str(&w, "d");
	assert_ok(w.err);
	assert_bytes(HEX("0102030405060708090a0b0c0d0e0faabbcc64"), writer_view(&w));
	writer_release(&w);
	assert_null(w.data);
	assert_int_equal(w.capacity, 0);
}

static void a_formatted_text_has_no_nul(void **state)
{
	struct writer w = {0};

	(void)state;
	writer_printf(&w, "%s", "");
	assert_int_equal(w.size, 0);
	writer_printf(&w, "%d/%s", 42, "x");
	writer_u8(&w, '!');
	assert_text("42/x!", writer_view(&w));
	for (int i = 0; i < 1000; i++)
		writer_printf(&w, "%03d", i);
	assert_int_equal(w.size, 5 + 3000);
	assert_memory_equal(w.data + w.size - 6, "998999", 6);
	writer_release(&w);
}

static void numbers_are_written_as_printf_writes_them(void **state)
{
	static const int64_t numbers[] = {
	    0, 7, -1, 10, -100, 9007199254740991, INT64_MAX, INT64_MIN};
	struct writer w = {0}, expected = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		writer_decimal(&w, numbers[i]);
		writer_printf(&expected, "%lld", (long long)numbers[i]);
	}
	assert_bytes(writer_view(&expected), writer_view(&w));
	writer_release(&w);
	writer_release(&expected);
}

static void growing_keeps_what_was_written(void **state)
{
	struct writer w = {0};

	(void)state;
	for (unsigned i = 0; i < 100000; i++)
		writer_u8(&w, (uint8_t)(i * 7));
	assert_int_equal(w.size, 100000);
	for (unsigned i = 0; i < 100000; i++)
		assert_int_equal(w.data[i], (uint8_t)(i * 7));
	writer_release(&w);
}

static void clearing_keeps_memory_and_forgets_the_error(void **state)
{
	struct writer w = {0};
	const uint8_t *before;

	(void)state;
	writer_str(&w, "something");
	before = w.data;
	writer_fail(&w, ERR_LIMIT);
	writer_clear(&w);
	assert_ok(w.err);
	assert_int_equal(writer_view(&w).size, 0);
	writer_str(&w, "x");
	assert_ptr_equal(before, w.data);
	assert_text("x", writer_view(&w));
	writer_release(&w);
}

static void the_first_error_stays_and_nothing_is_shown(void **state)
{
	struct writer w = {0};

	(void)state;
	writer_str(&w, "abc");
	writer_fail(&w, ERR_NONE);
	assert_text("abc", writer_view(&w));
	writer_fail(&w, ERR_LIMIT);
	writer_fail(&w, ERR_MEMORY);
	writer_str(&w, "def");
	assert_null(writer_grow(&w, 1));
	assert_err(ERR_LIMIT, w.err);
	assert_int_equal(writer_view(&w).size, 0);
	assert_int_equal(w.size, 3);
	writer_release(&w);
}

static void an_impossible_size_is_out_of_memory(void **state)
{
	struct writer w = {0};

	(void)state;
	writer_str(&w, "abc");
	assert_null(writer_grow(&w, SIZE_MAX));
	assert_err(ERR_MEMORY, w.err);
	writer_clear(&w);
	assert_null(writer_grow(&w, SIZE_MAX / 2));
	assert_err(ERR_MEMORY, w.err);
	writer_release(&w);
}

static void growing_by_nothing_is_no_error(void **state)
{
	struct writer w = {0};

	(void)state;
	assert_non_null(writer_grow(&w, 0));
	assert_int_equal(w.size, 0);
	assert_ok(w.err);
	writer_release(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(writes_in_order),
	    cmocka_unit_test(a_formatted_text_has_no_nul),
	    cmocka_unit_test(numbers_are_written_as_printf_writes_them),
	    cmocka_unit_test(growing_keeps_what_was_written),
	    cmocka_unit_test(clearing_keeps_memory_and_forgets_the_error),
	    cmocka_unit_test(the_first_error_stays_and_nothing_is_shown),
	    cmocka_unit_test(an_impossible_size_is_out_of_memory),
	    cmocka_unit_test(growing_by_nothing_is_no_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
