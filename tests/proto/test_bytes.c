/* Order, hex, base64 and big-endian numbers: RFC 4648 vectors, and each accepted text beside a
 * tampered one. */
#include "tests/unit.h"

static void order_is_that_of_unsigned_bytes(void **state)
{
	(void)state;
	assert_true(bytes_compare(BYTES_STR("a"), BYTES_STR("b")) < 0);
	assert_true(bytes_compare(BYTES_STR("a"), BYTES_STR("ab")) < 0);
	assert_true(bytes_compare(BYTES_STR("b"), BYTES_STR("ab")) > 0);
	assert_true(bytes_compare(HEX("ff"), HEX("7f")) > 0);
	assert_int_equal(bytes_compare(BYTES_STR("ab"), bytes_str("ab")), 0);
	assert_int_equal(bytes_compare((struct bytes){0}, BYTES_STR("")), 0);
	assert_true(bytes_compare((struct bytes){0}, HEX("00")) < 0);
}

static void equality_needs_size_and_content(void **state)
{
	(void)state;
	assert_true(bytes_equal(BYTES_STR("ab"), bytes_of("ab", 2)));
	assert_true(bytes_equal((struct bytes){0}, BYTES_STR("")));
	assert_false(bytes_equal(BYTES_STR("ab"), BYTES_STR("aB")));
	assert_false(bytes_equal(BYTES_STR("ab"), BYTES_STR("abc")));
}

static void hashes_and_keys_compare_whole(void **state)
{
	struct hash a = {{0}}, b = {{0}};
	struct key x = {{0}}, y = {{0}};

	(void)state;
	assert_true(hash_is_zero(&a));
	assert_true(key_is_zero(&x));
	assert_true(hash_equal(&a, &b));
	assert_true(key_equal(&x, &y));
	b.b[31] = 1;
	y.b[31] = 0x80;
	assert_false(hash_is_zero(&b));
	assert_false(key_is_zero(&y));
	assert_false(hash_equal(&a, &b));
	assert_false(key_equal(&x, &y));
	assert_true(key_compare(&x, &y) < 0);
	assert_true(key_compare(&y, &x) > 0);
	assert_int_equal(key_compare(&x, &x), 0);
}

static void hex_round_trips_and_is_lower_case(void **state)
{
	char text[11];
	uint8_t out[5];

	(void)state;
	hex_encode(text, HEX("00ff10ABcd"));
	assert_string_equal(text, "00ff10abcd");
	assert_true(hex_decode(out, 5, "00FF10abCD", 10));
	assert_bytes(HEX("00ff10abcd"), BYTES(out));
	hex_encode(text, (struct bytes){0});
	assert_string_equal(text, "");
	assert_true(hex_decode(out, 0, "", 0));
}

static void hex_of_another_size_or_alphabet_is_refused(void **state)
{
	uint8_t out[5];

	(void)state;
	assert_false(hex_decode(out, 5, "00ff10abc", 9));
	assert_false(hex_decode(out, 5, "00ff10abcd0", 11));
	assert_false(hex_decode(out, 5, "00ff10abcd00", 12));
	assert_false(hex_decode(out, 5, "00ff10abcg", 10));
	assert_false(hex_decode(out, 5, "0xff10abcd", 10));
	assert_false(hex_decode(out, 5, "00ff10ab d", 10));
	assert_false(hex_decode(out, 5, "00ff10ab@d", 10));
}

static const struct {
	const char *plain;
	const char *text;
} rfc4648[] = {
    {"", ""},
    {"f", "Zg=="},
    {"fo", "Zm8="},
    {"foo", "Zm9v"},
    {"foob", "Zm9vYg=="},
    {"fooba", "Zm9vYmE="},
    {"foobar", "Zm9vYmFy"},
    {"\xfb\xff\xbf", "+/+/"},
};

static void base64_gives_the_vectors_of_rfc_4648(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rfc4648) / sizeof(rfc4648[0]); i++) {
		struct bytes plain = bytes_str(rfc4648[i].plain);
		char text[16];
		uint8_t out[16];
		size_t size;

		base64_encode(text, plain);
		assert_string_equal(text, rfc4648[i].text);
		assert_int_equal(strlen(text) + 1, BASE64_SIZE(plain.size));
		assert_true(base64_decode(out, &size, text, strlen(text)));
		assert_bytes(plain, ((struct bytes){out, size}));
	}
}

static void base64_of_every_size_round_trips(void **state)
{
	uint8_t in[100], out[100];
	char text[BASE64_SIZE(100)];
	size_t size;

	(void)state;
	for (size_t i = 0; i < sizeof(in); i++)
		in[i] = (uint8_t)(i * 37 + 11);
	for (size_t n = 0; n <= sizeof(in); n++) {
		base64_encode(text, (struct bytes){in, n});
		assert_true(base64_decode(out, &size, text, strlen(text)));
		assert_bytes(((struct bytes){in, n}), ((struct bytes){out, size}));
	}
}

static void base64_in_another_form_is_refused(void **state)
{
	static const char *const refused[] = {
	    "Zg=",	/* cut */
	    "Zg",	/* not padded */
	    "Zh==",	/* bits that no byte takes */
	    "Zm9=",	/* the same with two bytes */
	    "Z===",	/* no byte at all */
	    "====",	/* padding only */
	    "=g==",	/* padding first */
	    "Zg==Zg==", /* padding inside */
	    "Zm8=Zm8=",
	    "Zm 9", /* space */
	    "Zm9v\n",
	    "-_-_", /* the alphabet of URLs */
	    "Zm9\xff",
	};
	uint8_t out[16];
	size_t size;

	(void)state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		if (base64_decode(out, &size, refused[i], strlen(refused[i])))
			fail_msg("accepted: %s", refused[i]);
		assert_int_equal(size, 0);
	}
}

static void numbers_are_big_endian(void **state)
{
	uint8_t out[14];

	(void)state;
	be16_put(out, 0x0102);
	be32_put(out + 2, 0xf3f4f5f6);
	be64_put(out + 6, 0xf7f8f9fafbfcfdfe);
	assert_bytes(HEX("0102f3f4f5f6f7f8f9fafbfcfdfe"), BYTES(out));
	assert_int_equal(be16_get(out), 0x0102);
	assert_int_equal(be16_get(out + 2), 0xf3f4);
	assert_true(be32_get(out + 2) == 0xf3f4f5f6);
	assert_true(be64_get(out + 6) == 0xf7f8f9fafbfcfdfe);
}

static void decimals_have_one_spelling_and_64_bits(void **state)
{
	static const char *const bad[] = {"", "00", "01", "+1", "-1", " 1", "1 ", "1a", "0x1",
	    "1\n", "18446744073709551616", "18446744073709551620", "99999999999999999999999"};
	uint64_t value = 7;

	(void)state;
	assert_true(decimal_decode(&value, BYTES_STR("0")));
	assert_true(value == 0);
	assert_true(decimal_decode(&value, BYTES_STR("9007199254740991")));
	assert_true(value == 9007199254740991u);
	assert_true(decimal_decode(&value, BYTES_STR("18446744073709551615")));
	assert_true(value == UINT64_MAX);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_false(decimal_decode(&value, bytes_str(bad[i])));
	assert_true(value == UINT64_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(order_is_that_of_unsigned_bytes),
	    cmocka_unit_test(equality_needs_size_and_content),
	    cmocka_unit_test(hashes_and_keys_compare_whole),
	    cmocka_unit_test(hex_round_trips_and_is_lower_case),
	    cmocka_unit_test(hex_of_another_size_or_alphabet_is_refused),
	    cmocka_unit_test(base64_gives_the_vectors_of_rfc_4648),
	    cmocka_unit_test(base64_of_every_size_round_trips),
	    cmocka_unit_test(base64_in_another_form_is_refused),
	    cmocka_unit_test(numbers_are_big_endian),
	    cmocka_unit_test(decimals_have_one_spelling_and_64_bits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
