/* The reader never passes the end, keeps its first error, and gives zero or empty after it. */
#include "tests/unit.h"

#include "proto/reader.h"

static void reads_in_order_and_ends(void **state)
{
	struct reader r;
	uint8_t two[2];

	(void)state;
	reader_init(&r, HEX("01 0203 04050607 08090a0b0c0d0e0f aabb ccdd"));
	assert_int_equal(reader_left(&r), 19);
	assert_int_equal(reader_u8(&r), 1);
	assert_int_equal(reader_u16(&r), 0x0203);
	assert_int_equal(reader_u32(&r), 0x04050607);
	assert_true(reader_u64(&r) == 0x08090a0b0c0d0e0f);
	assert_bytes(HEX("aabb"), reader_take(&r, 2));
	assert_err(ERR_TRAILING, reader_end(&r));
	assert_bytes(HEX("ccdd"), reader_rest(&r));
	assert_int_equal(reader_left(&r), 2);
	reader_copy(&r, two, 2);
	assert_bytes(HEX("ccdd"), BYTES(two));
	assert_ok(reader_end(&r));
	assert_int_equal(reader_left(&r), 0);
}

static void a_read_past_the_end_gives_zero_and_moves_nothing(void **state)
{
	static const size_t sizes[] = {0, 1, 3, 7};

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct bytes in = {(const uint8_t *)"\xff\xff\xff\xff\xff\xff\xff", sizes[i]};
		struct reader r;
		uint64_t value = 1;

		reader_init(&r, in);
		switch (i) {
		case 0:
			value = reader_u8(&r);
			break;
		case 1:
			value = reader_u16(&r);
			break;
		case 2:
			value = reader_u32(&r);
			break;
		case 3:
			value = reader_u64(&r);
			break;
		}
		assert_true(value == 0);
		assert_err(ERR_SHORT, reader_end(&r));
		assert_int_equal(reader_u8(&r), 0);
		assert_int_equal(reader_left(&r), 0);
		assert_int_equal(reader_rest(&r).size, 0);
	}
}

static void a_failed_copy_leaves_zeros(void **state)
{
	uint8_t out[4] = {1, 2, 3, 4};
	struct reader r;

	(void)state;
	reader_init(&r, HEX("aabb"));
	reader_copy(&r, out, sizeof(out));
	assert_bytes(HEX("00000000"), BYTES(out));
	assert_err(ERR_SHORT, r.err);
	assert_int_equal(reader_take(&r, 0).size, 0);
	assert_null(reader_take(&r, 1).data);
}

static void the_first_error_stays(void **state)
{
	struct reader r;

	(void)state;
	reader_init(&r, HEX("aabb"));
	reader_fail(&r, ERR_NONE);
	assert_int_equal(reader_u8(&r), 0xaa);
	reader_fail(&r, ERR_FORMAT);
	reader_fail(&r, ERR_TYPE);
	assert_int_equal(reader_u8(&r), 0);
	reader_take(&r, 100);
	assert_err(ERR_FORMAT, reader_end(&r));
}

static void an_enormous_size_is_short_and_never_wraps(void **state)
{
	struct reader r;

	(void)state;
	reader_init(&r, HEX("aabb"));
	assert_null(reader_take(&r, SIZE_MAX).data);
	assert_err(ERR_SHORT, reader_end(&r));
}

static void empty_input_without_memory_is_fine(void **state)
{
	struct reader r;

	(void)state;
	reader_init(&r, (struct bytes){0});
	assert_non_null(reader_take(&r, 0).data);
	assert_ok(reader_end(&r));
	reader_copy(&r, NULL, 0);
	assert_ok(reader_end(&r));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_in_order_and_ends),
	    cmocka_unit_test(a_read_past_the_end_gives_zero_and_moves_nothing),
	    cmocka_unit_test(a_failed_copy_leaves_zeros),
	    cmocka_unit_test(the_first_error_stays),
	    cmocka_unit_test(an_enormous_size_is_short_and_never_wraps),
	    cmocka_unit_test(empty_input_without_memory_is_fine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
