/* Canonical MessagePack: one tampered twin for every rule, and the readers' refusals. */
#include "tests/unit.h"

#include "proto/mp.h"

static uint8_t room[100000];

static struct bytes unhex(const char *hex)
{
	return unit_unhex(room, sizeof(room), hex);
}

static const struct {
	const char *what;
	const char *hex;
	enum err err;
} rules[] = {
    {"sorted keys", "82 a161 01 a162 02", ERR_NONE},
    {"keys the other way round", "82 a162 01 a161 02", ERR_ENCODING},
    {"the same key twice", "82 a161 01 a161 02", ERR_ENCODING},
    {"a prefix sorts first", "82 a161 01 a26161 02", ERR_NONE},
    {"a prefix second", "82 a26161 01 a161 02", ERR_ENCODING},
    {"keys are unsigned bytes", "82 a17f 01 a2c3a9 02", ERR_NONE},
    {"keys by length first are not sorted", "82 a162 01 a26161 02", ERR_ENCODING},
    {"the empty key", "82 a0 01 a161 02", ERR_NONE},
    {"the empty key twice", "82 a0 01 a0 02", ERR_ENCODING},
    {"keys of an inner map are its own", "82 a161 81 a17a 01 a162 02", ERR_NONE},
    {"an integer key", "81 01 01", ERR_ENCODING},
    {"a bin key", "81 c40161 01", ERR_ENCODING},
    {"a nil key", "81 c0 01", ERR_ENCODING},
    {"an array key", "81 90 01", ERR_ENCODING},
    {"a key that is not UTF-8", "81 a1ff 01", ERR_UTF8},
    {"a value that is not UTF-8", "81 a161 a1ff", ERR_UTF8},
    {"the same bytes as bin", "81 a161 c401ff", ERR_NONE},
    {"a surrogate", "a3 eda080", ERR_UTF8},
    {"float32", "ca 00000000", ERR_ENCODING},
    {"float64", "cb 0000000000000000", ERR_ENCODING},
    {"fixext1", "d4 01 00", ERR_ENCODING},
    {"ext8", "c7 00 01", ERR_ENCODING},
    {"never used", "91 c1", ERR_ENCODING},
    {"2^53 - 1", "cf 001fffffffffffff", ERR_NONE},
    {"2^53", "cf 0020000000000000", ERR_LIMIT},
    {"-(2^53 - 1)", "d3 ffe0000000000001", ERR_NONE},
    {"-2^53", "d3 ffe0000000000000", ERR_LIMIT},
    {"-2^63", "d3 8000000000000000", ERR_LIMIT},
    {"depth 8", "91 91 91 91 91 91 91 91 01", ERR_NONE},
    {"depth 8 in maps", "81 a0 81 a0 81 a0 81 a0 81 a0 81 a0 81 a0 81 a0 01", ERR_NONE},
    {"depth 9", "91 91 91 91 91 91 91 91 91 01", ERR_LIMIT},
    {"depth 9, empty", "91 91 91 91 91 91 91 91 90", ERR_LIMIT},
    {"depth 9, an empty map", "91 91 91 91 91 91 91 91 80", ERR_LIMIT},
    {"depth comes down again", "92 91 91 91 91 91 91 91 01 91 91 91 91 91 91 91 01", ERR_NONE},
    {"elements owed by two arrays", "92 92 01 02 03", ERR_NONE},
    {"one element less", "92 92 01 02", ERR_SHORT},
    {"more owed in sum than is left", "93 93 01 02 03 04", ERR_SHORT},
    {"a map of one value only", "81 a161", ERR_SHORT},
    {"a str beyond the end", "a5 61626364", ERR_SHORT},
    {"nothing", "", ERR_SHORT},
    {"two values", "01 02", ERR_TRAILING},
    {"a byte after an array", "91 01 00", ERR_TRAILING},
};

static void every_rule_has_its_error(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		enum err err = mp_scan(unhex(rules[i].hex));

		if (err != rules[i].err)
			fail_msg("%s: %s instead of %s", rules[i].what, err_name(err),
			    err_name(rules[i].err));
	}
}

static void a_claimed_size_costs_no_memory_and_no_time(void **state)
{
	struct reader r;

	(void)state;
	assert_err(ERR_SHORT, mp_scan(HEX("dd ffffffff 01")));
	assert_err(ERR_SHORT, mp_scan(HEX("df 7fffffff a0 01")));
	/* Each array claims what is left, as in the 155 bytes that made an unpacker reserve 4 GB.
	 */
	assert_err(ERR_SHORT, mp_scan(HEX("9f 9f 9f 9f 01 01 01 01 01 01 01 01 01 01 01 01 01")));
	reader_init(&r, HEX("9f 9f 9f 9f 01 01 01 01 01 01 01 01 01 01 01 01 01"));
	mp_skip(&r);
	assert_err(ERR_SHORT, r.err);
	reader_init(&r, HEX("dd ffffffff 01"));
	assert_int_equal(mp_array(&r), 0);
	assert_err(ERR_SHORT, r.err);
	reader_init(&r, HEX("de 0010 a0 01"));
	assert_int_equal(mp_map(&r), 0);
	assert_err(ERR_SHORT, r.err);
}

static void reads_what_was_written(void **state)
{
	struct writer w = {0};
	struct reader r;
	uint8_t four[4];

	(void)state;
	mp_put_array(&w, 9);
	mp_put_nil(&w);
	mp_put_bool(&w, true);
	mp_put_bool(&w, false);
	mp_put_int(&w, -7);
	mp_put_uint(&w, 70000);
	mp_put_cstr(&w, "\u0641\u0627\u0633");
	mp_put_bin(&w, "\0\1\2", 3);
	mp_put_bin(&w, "four", 4);
	mp_put_map(&w, 1);
	mp_put_cstr(&w, "k");
	mp_put_nil(&w);
	assert_ok(mp_scan(writer_view(&w)));
	reader_init(&r, writer_view(&w));
	assert_int_equal(mp_peek(&r), MP_ARRAY);
	mp_array_of(&r, 9);
	assert_int_equal(mp_peek(&r), MP_NIL);
	assert_true(mp_nil(&r));
	assert_int_equal(mp_peek(&r), MP_BOOL);
	assert_false(mp_nil(&r));
	assert_true(mp_bool(&r));
	assert_false(mp_bool(&r));
	assert_int_equal(mp_peek(&r), MP_INT);
	assert_int_equal(mp_int(&r), -7);
	assert_int_equal(mp_uint(&r), 70000);
	assert_int_equal(mp_peek(&r), MP_STR);
	assert_text("\u0641\u0627\u0633", mp_str(&r));
	assert_int_equal(mp_peek(&r), MP_BIN);
	assert_bytes(HEX("000102"), mp_bin(&r));
	mp_bin_fixed(&r, four, 4);
	assert_bytes(BYTES_STR("four"), BYTES(four));
	assert_int_equal(mp_peek(&r), MP_MAP);
	assert_int_equal(mp_map(&r), 1);
	assert_text("k", mp_str(&r));
	assert_true(mp_nil(&r));
	assert_int_equal(mp_peek(&r), MP_NONE);
	assert_ok(reader_end(&r));
	writer_release(&w);
}

/* What each reader says to each kind of value: its own is read, the others are ERR_TYPE. */
static enum err read_as(struct bytes in, unsigned reader)
{
	struct reader r;

	reader_init(&r, in);
	switch (reader) {
	case 0:
		mp_bool(&r);
		break;
	case 1:
		mp_int(&r);
		break;
	case 2:
		mp_str(&r);
		break;
	case 3:
		mp_bin(&r);
		break;
	case 4:
		mp_array(&r);
		break;
	case 5:
		mp_map(&r);
		break;
	}
	return reader_end(&r);
}

static void each_reader_refuses_other_types(void **state)
{
	static const char *const values[] = {"c3", "05", "a161", "c40161", "90", "80", "c0"};

	(void)state;
	for (unsigned reader = 0; reader < 6; reader++)
		for (unsigned value = 0; value < 7; value++)
			assert_err(reader == value ? ERR_NONE : ERR_TYPE,
			    read_as(unhex(values[value]), reader));
	for (unsigned reader = 0; reader < 6; reader++) {
		assert_err(ERR_SHORT, read_as((struct bytes){0}, reader));
		assert_err(ERR_ENCODING, read_as(HEX("c1"), reader));
		assert_err(ERR_ENCODING, read_as(HEX("cb0000000000000000"), reader));
	}
}

static void readers_refuse_wrong_counts_signs_and_sizes(void **state)
{
	uint8_t out[2] = {9, 9};
	struct reader r;

	(void)state;
	reader_init(&r, HEX("92 01 02"));
	mp_array_of(&r, 3);
	assert_err(ERR_FORMAT, reader_end(&r));
	reader_init(&r, HEX("ff"));
	assert_true(mp_uint(&r) == 0);
	assert_err(ERR_TYPE, reader_end(&r));
	reader_init(&r, HEX("c403010203"));
	mp_bin_fixed(&r, out, 2);
	assert_err(ERR_FORMAT, reader_end(&r));
	assert_bytes(HEX("0000"), BYTES(out));
	reader_init(&r, HEX("c40101"));
	mp_bin_fixed(&r, out, 2);
	assert_err(ERR_FORMAT, reader_end(&r));
	reader_init(&r, HEX("cc05"));
	assert_int_equal(mp_int(&r), 0);
	assert_err(ERR_ENCODING, reader_end(&r));
	reader_init(&r, HEX("c40201"));
	assert_int_equal(mp_bin(&r).size, 0);
	assert_err(ERR_SHORT, reader_end(&r));
}

static void after_an_error_readers_change_nothing(void **state)
{
	struct reader r;

	(void)state;
	reader_init(&r, HEX("05 a161"));
	mp_str(&r);
	assert_err(ERR_TYPE, r.err);
	assert_int_equal(mp_peek(&r), MP_NONE);
	assert_false(mp_nil(&r));
	assert_int_equal(mp_int(&r), 0);
	assert_null(mp_str(&r).data);
	assert_null(mp_raw(&r).data);
	mp_skip(&r);
	assert_err(ERR_TYPE, reader_end(&r));
}

static void skip_and_raw_take_one_whole_value(void **state)
{
	struct reader r;

	(void)state;
	reader_init(&r, HEX("82 a161 92 01 c0 a162 c40100 07"));
	assert_bytes(HEX("82 a161 92 01 c0 a162 c40100"), mp_raw(&r));
	assert_int_equal(mp_int(&r), 7);
	assert_ok(reader_end(&r));
	reader_init(&r, HEX("a161 07"));
	mp_skip(&r);
	assert_int_equal(mp_int(&r), 7);
	memset(room, 0x91, 100000);
	reader_init(&r, (struct bytes){room, 100000});
	mp_skip(&r);
	assert_err(ERR_SHORT, r.err);
	room[99999] = 0x90;
	reader_init(&r, (struct bytes){room, 100000});
	mp_skip(&r);
	assert_ok(reader_end(&r));
}

static void get_finds_a_key_or_nothing(void **state)
{
	struct bytes map = HEX("83 a161 01 a162 92 02 03 a163 c0");

	(void)state;
	assert_bytes(HEX("01"), mp_get(map, "a"));
	assert_bytes(HEX("9202 03"), mp_get(map, "b"));
	assert_bytes(HEX("c0"), mp_get(map, "c"));
	assert_int_equal(mp_get(map, "d").size, 0);
	assert_int_equal(mp_get(map, "").size, 0);
	assert_int_equal(mp_get(HEX("92 01 02"), "a").size, 0);
	assert_int_equal(mp_get(HEX("82 a161 01 a162"), "b").size, 0);
	assert_int_equal(mp_get((struct bytes){0}, "a").size, 0);
}

static void the_writer_refuses_what_has_no_form(void **state)
{
	struct writer w = {0};

	(void)state;
	mp_put_int(&w, MP_INT_MAX + 1);
	assert_err(ERR_LIMIT, w.err);
	writer_clear(&w);
	mp_put_int(&w, -MP_INT_MAX - 1);
	assert_err(ERR_LIMIT, w.err);
	writer_clear(&w);
	mp_put_uint(&w, (uint64_t)MP_INT_MAX + 1);
	assert_err(ERR_LIMIT, w.err);
	writer_clear(&w);
	mp_put_str(&w, (struct bytes){room, (size_t)UINT32_MAX + 1});
	assert_err(ERR_LIMIT, w.err);
	writer_clear(&w);
	mp_put_bin(&w, room, (size_t)UINT32_MAX + 1);
	assert_err(ERR_LIMIT, w.err);
	writer_release(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_rule_has_its_error),
	    cmocka_unit_test(a_claimed_size_costs_no_memory_and_no_time),
	    cmocka_unit_test(reads_what_was_written),
	    cmocka_unit_test(each_reader_refuses_other_types),
	    cmocka_unit_test(readers_refuse_wrong_counts_signs_and_sizes),
	    cmocka_unit_test(after_an_error_readers_change_nothing),
	    cmocka_unit_test(skip_and_raw_take_one_whole_value),
	    cmocka_unit_test(get_finds_a_key_or_nothing),
	    cmocka_unit_test(the_writer_refuses_what_has_no_form),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
