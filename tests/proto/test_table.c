/* The table finds what was put, through every growth. */
#include "tests/unit.h"

#include "proto/table.h"

static void key_of(uint8_t out[static TABLE_KEY_SIZE], uint32_t n)
{
	memset(out, 0, TABLE_KEY_SIZE);
	be32_put(out + n % 28, n * 2654435761u);
	be32_put(out + 28, n);
}

static void what_was_put_is_found(void **state)
{
	struct table t = {0};
	uint8_t key[TABLE_KEY_SIZE];
	uint32_t value = 77;

	(void)state;
	key_of(key, 5);
	assert_false(table_get(&t, key, &value));
	assert_int_equal(value, 77);
	for (uint32_t i = 0; i < 20000; i++) {
		assert_true(table_reserve(&t, 1));
		key_of(key, i);
		table_put(&t, key, i);
	}
	assert_int_equal(t.count, 20000);
	assert_true(t.count * 4 <= t.capacity * 3);
	for (uint32_t i = 0; i < 20000; i++) {
		key_of(key, i);
		assert_true(table_get(&t, key, &value));
		assert_int_equal(value, i);
	}
	key_of(key, 20000);
	assert_false(table_get(&t, key, &value));
	table_release(&t);
	assert_null(t.slots);
}

static void a_put_overwrites(void **state)
{
	struct table t = {0};
	uint8_t key[TABLE_KEY_SIZE] = {1};
	uint32_t value;

	(void)state;
	assert_true(table_reserve(&t, 2));
	table_put(&t, key, 1);
	table_put(&t, key, 2);
	assert_int_equal(t.count, 1);
	assert_true(table_get(&t, key, &value));
	assert_int_equal(value, 2);
	assert_false(table_reserve(&t, SIZE_MAX / 2));
	assert_true(table_get(&t, key, &value));
	table_release(&t);
}

/* Or each look-up walks over most of the table: slots that follow each other without a gap. */
static void codes_that_differ_in_their_ends_spread(void **state)
{
	struct table t = {0};
	uint8_t key[TABLE_KEY_SIZE];
	size_t row = 0, longest = 0;

	(void)state;
	for (uint32_t i = 0; i < 10000; i++) {
		memset(key, 0, sizeof(key));
		snprintf((char *)key, sizeof(key), "commune-%u", i);
		assert_true(table_reserve(&t, 1));
		table_put(&t, key, i);
	}
	for (size_t at = 0; at < t.capacity; at++) {
		row = t.slots[at].is_used ? row + 1 : 0;
		longest = row > longest ? row : longest;
	}
	assert_true(longest < 200);
	table_release(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_was_put_is_found),
	    cmocka_unit_test(a_put_overwrites),
	    cmocka_unit_test(codes_that_differ_in_their_ends_spread),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
