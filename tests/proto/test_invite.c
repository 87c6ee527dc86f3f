/* An invite survives being copied, and says so when it did not. */
#include "tests/unit.h"

#include <ctype.h>

#include "proto/invite.h"
#include "proto/mp.h"
#include "proto/seal.h"

static struct invite sample(void)
{
	struct invite in = {.network = {{1, 2, 3}},
	    .code = "beni-mellal",
	    .expires = {1800000000000},
	    .token = {9, 8, 7},
	    .address_count = 2};

	in.addresses[0] = (struct address_parts){{{0xab}}, "sync.example.ma", 7117};
	in.addresses[1] = (struct address_parts){{{0xab}}, "2001:db8::1", 65535};
	return in;
}

static void an_invite_is_read_as_written(void **state)
{
	struct invite in = sample(), out;
	struct writer w = {0};

	(void)state;
	invite_encode(&w, &in);
	assert_ok(w.err);
	assert_memory_equal(w.data, "oc1", 3);
	assert_ok(invite_decode(&out, writer_view(&w), NULL));
	assert_true(hash_equal(&out.network, &in.network));
	assert_string_equal(out.code, "beni-mellal");
	assert_true(out.expires.ms == in.expires.ms);
	assert_memory_equal(out.token, in.token, TOKEN_SIZE);
	assert_int_equal(out.address_count, 2);
	assert_string_equal(out.addresses[0].host, "sync.example.ma");
	assert_int_equal(out.addresses[0].port, 7117);
	assert_string_equal(out.addresses[1].host, "2001:db8::1");
	for (size_t i = 0; i < w.size; i++)
		w.data[i] = (uint8_t)toupper(w.data[i]);
	assert_ok(invite_decode(&out, writer_view(&w), NULL));
	writer_release(&w);
}

static void a_letter_that_is_wrong_missing_or_too_many_is_found(void **state)
{
	struct invite in = sample(), out;
	struct writer w = {0};

	(void)state;
	invite_encode(&w, &in);
	for (size_t i = 3; i < w.size; i++) {
		struct why why = {0};
		uint8_t letter = w.data[i];

		w.data[i] = letter == 'q' ? 'r' : 'q';
		assert_err(ERR_HASH, invite_decode(&out, writer_view(&w), &why));
		assert_string_equal(why.text, "a letter is missing or wrong");
		w.data[i] = '1'; /* no digit of base32 */
		assert_err(ERR_HASH, invite_decode(&out, writer_view(&w), NULL));
		w.data[i] = letter;
	}
	assert_err(ERR_HASH, invite_decode(&out, bytes_of(w.data, w.size - 1), NULL));
	writer_u8(&w, 'a');
	assert_err(ERR_HASH, invite_decode(&out, writer_view(&w), NULL));
	assert_err(ERR_SHORT, invite_decode(&out, BYTES_STR("oc1"), NULL));
	assert_err(ERR_FORMAT, invite_decode(&out, BYTES_STR("oc"), NULL));
	assert_err(ERR_FORMAT, invite_decode(&out, BYTES_STR("oc2aaaaaaaaaaaaaa"), NULL));
	assert_err(ERR_FORMAT, invite_decode(&out, (struct bytes){0}, NULL));
	w.size = 0;
	memset(writer_grow(&w, INVITE_TEXT_MAX + 1), 'a', INVITE_TEXT_MAX + 1);
	assert_err(ERR_LIMIT, invite_decode(&out, writer_view(&w), NULL));
	writer_release(&w);
}

/* Base32 of a body with the right checksum, by the plainest code there is. */
static enum err decode_body(struct bytes body)
{
	char text[2000] = "oc1";
	size_t at = 3;
	uint8_t bytes[1000];
	struct invite out;
	struct hash hash;

	memcpy(bytes, body.data, body.size);
	seal_sha256(&hash, body);
	memcpy(bytes + body.size, hash.b, 4);
	for (size_t bit = 0; bit < (body.size + 4) * 8; bit += 5) {
		unsigned digit = 0;

		for (size_t i = bit; i < bit + 5; i++)
			digit = digit << 1 |
				(i / 8 < body.size + 4 ? (unsigned)bytes[i / 8] >> (7 - i % 8) & 1u
						       : 0);
		text[at++] = "abcdefghijklmnopqrstuvwxyz234567"[digit];
	}
	text[at] = '\0';
	return invite_decode(&out, bytes_str(text), NULL);
}

static enum err decode_with(
    int64_t format, const char *code, size_t token_size, const char *address, uint32_t count)
{
	static const uint8_t zeros[64];
	struct writer w = {0};
	enum err err;

	mp_put_array(&w, 6);
	mp_put_int(&w, format);
	mp_put_bin(&w, zeros, HASH_SIZE);
	mp_put_cstr(&w, code);
	mp_put_int(&w, 5);
	mp_put_bin(&w, zeros, token_size);
	mp_put_array(&w, count);
	for (uint32_t i = 0; i < count; i++)
		mp_put_cstr(&w, address);
	err = decode_body(writer_view(&w));
	writer_release(&w);
	return err;
}

static void a_body_that_is_none_is_refused(void **state)
{
	char address[100];

	(void)state;
	memset(address, 'a', 64);
	snprintf(address + 64, sizeof(address) - 64, "@host:7117");
	assert_ok(decode_with(1, "fes", TOKEN_SIZE, address, 1));
	assert_ok(decode_with(1, "fes", TOKEN_SIZE, address, 4));
	assert_err(ERR_VERSION, decode_with(2, "fes", TOKEN_SIZE, address, 1));
	assert_err(ERR_FORMAT, decode_with(1, "Fes", TOKEN_SIZE, address, 1));
	assert_err(ERR_FORMAT, decode_with(1, "fes", TOKEN_SIZE - 1, address, 1));
	assert_err(ERR_LIMIT, decode_with(1, "fes", TOKEN_SIZE, address, 0));
	assert_err(ERR_LIMIT, decode_with(1, "fes", TOKEN_SIZE, address, 5));
	address[64] = ':';
	assert_err(ERR_FORMAT, decode_with(1, "fes", TOKEN_SIZE, address, 1));
	assert_err(ERR_FORMAT, decode_body(HEX("90")));
	assert_err(ERR_TYPE, decode_body(HEX("80")));
	assert_err(ERR_SHORT, decode_body(HEX("96 01")));
}

static void an_invite_needs_an_address(void **state)
{
	struct invite in = sample();
	struct writer w = {0};

	(void)state;
	in.address_count = 0;
	invite_encode(&w, &in);
	assert_err(ERR_LIMIT, w.err);
	writer_clear(&w);
	in.address_count = ADDRESSES_MAX + 1;
	invite_encode(&w, &in);
	assert_err(ERR_LIMIT, w.err);
	writer_release(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_invite_is_read_as_written),
	    cmocka_unit_test(a_letter_that_is_wrong_missing_or_too_many_is_found),
	    cmocka_unit_test(a_body_that_is_none_is_refused),
	    cmocka_unit_test(an_invite_needs_an_address),
	};

	assert_ok(seal_init());
	return cmocka_run_group_tests(tests, NULL, NULL);
}
