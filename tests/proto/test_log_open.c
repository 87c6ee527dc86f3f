/* log.open: the certificate covers every byte but itself, keys of later versions included. */
#include "tests/unit.h"

#include "proto/log_open.h"
#include "proto/mp.h"

static const struct hash network = {{0x4e}};

static struct seckey key_pair(struct key *pk, uint8_t seed)
{
	uint8_t bytes[32] = {seed};
	struct seckey sk;

	seal_sign_keypair(pk, &sk, bytes);
	return sk;
}

static struct seckey sample(struct log_open *open)
{
	struct seckey member_sk;

	*open = (struct log_open){.network = network, .member = "sefrou", .number = 2};
	member_sk = key_pair(&open->member_key, 1);
	key_pair(&open->key, 2);
	open->transport.b[0] = 9;
	open->previous_count = 1;
	open->previous[0].key.b[0] = 4;
	open->previous[0].size = 300;
	open->previous[0].root.b[0] = 5;
	return member_sk;
}

static void encode(struct writer *w)
{
	struct log_open open;
	struct seckey sk = sample(&open);

	writer_clear(w);
	log_open_encode(w, &open, &sk);
	assert_ok(w->err);
}

static void what_was_signed_is_read_and_verifies(void **state)
{
	struct writer w = {0};
	struct log_open in, out;

	(void)state;
	sample(&in);
	encode(&w);
	assert_ok(mp_scan(writer_view(&w)));
	assert_ok(log_open_decode(&out, writer_view(&w)));
	assert_true(hash_equal(&out.network, &network));
	assert_true(key_equal(&out.key, &in.key));
	assert_true(key_equal(&out.member_key, &in.member_key));
	assert_true(key_equal(&out.transport, &in.transport));
	assert_string_equal(out.member, "sefrou");
	assert_int_equal(out.number, 2);
	assert_int_equal(out.previous_count, 1);
	assert_true(out.previous[0].size == 300);
	assert_int_equal(out.previous[0].root.b[0], 5);
	assert_ok(log_open_verify(&out, &network));
	writer_release(&w);
}

/* Every bit flip is either not canonical, not this format, or not what was signed. */
static void no_flipped_bit_verifies(void **state)
{
	struct writer w = {0};
	struct log_open out;
	enum err err;

	(void)state;
	encode(&w);
	for (size_t i = 0; i < w.size; i++) {
		w.data[i] ^= (uint8_t)(1 << (i % 8));
		err = log_open_decode(&out, writer_view(&w));
		if (err == ERR_NONE)
			err = log_open_verify(&out, &network);
		assert_int_not_equal(err, ERR_NONE);
		w.data[i] ^= (uint8_t)(1 << (i % 8));
	}
	assert_ok(log_open_decode(&out, writer_view(&w)));
	assert_ok(log_open_verify(&out, &network));
	writer_release(&w);
}

static void each_fault_has_its_error(void **state)
{
	const struct hash other = {{0x4f}};
	struct writer w = {0};
	struct log_open open, out;
	struct seckey sk = sample(&open);

	(void)state;
	encode(&w);
	assert_ok(log_open_decode(&out, writer_view(&w)));
	assert_err(ERR_NETWORK, log_open_verify(&out, &other));
	assert_ok(log_open_verify(&out, &network));
	out.certificate.b[0] ^= 1;
	assert_err(ERR_SIGNATURE, log_open_verify(&out, &network));

	memset(open.key.b, 0, KEY_SIZE); /* a point of low order */
	writer_clear(&w);
	log_open_encode(&w, &open, &sk);
	assert_ok(log_open_decode(&out, writer_view(&w)));
	assert_err(ERR_KEY, log_open_verify(&out, &network));

	sample(&open);
	key_pair(&open.member_key, 3); /* signed by another than it names */
	writer_clear(&w);
	log_open_encode(&w, &open, &sk);
	assert_ok(log_open_decode(&out, writer_view(&w)));
	assert_err(ERR_SIGNATURE, log_open_verify(&out, &network));
	writer_release(&w);
}

/* The map of `w` with its pairs from `first` on, another header in front and `tail` behind. */
static struct bytes rebuilt(
    struct writer *out, const struct writer *w, uint32_t pairs, size_t first, struct bytes tail)
{
	writer_clear(out);
	mp_put_map(out, pairs);
	writer_put(out, w->data + 1 + first, w->size - 1 - first);
	writer_bytes(out, tail);
	return writer_view(out);
}

static void missing_keys_are_refused_and_later_ones_are_signed_too(void **state)
{
	static const size_t certificate_size = 1 + 11 + 2 + SIG_SIZE;
	struct writer w = {0}, bent = {0}, message = {0};
	struct log_open open, out;
	struct seckey sk = sample(&open);
	struct bytes extra = BYTES_STR("\xa4zone\x01");

	(void)state;
	encode(&w);
	assert_err(ERR_FORMAT,
	    log_open_decode(&out, rebuilt(&bent, &w, 7, certificate_size, (struct bytes){0})));
	/* An added key decodes, but nobody signed it. */
	assert_ok(log_open_decode(&out, rebuilt(&bent, &w, 9, 0, extra)));
	assert_err(ERR_SIGNATURE, log_open_verify(&out, &network));
	/* Signed, it verifies. */
	writer_str(&message, "open-communes log v1\n");
	mp_put_map(&message, 8);
	writer_put(&message, bent.data + 1 + certificate_size, bent.size - 1 - certificate_size);
	seal_sign(&out.certificate, writer_view(&message), &sk);
	assert_ok(log_open_verify(&out, &network));
	writer_release(&w);
	writer_release(&bent);
	writer_release(&message);
}

static enum err decode_with(const char *code, uint32_t number, unsigned previous_count)
{
	struct log_open open, out;
	struct seckey sk = sample(&open);
	struct writer w = {0};
	enum err err;

	snprintf(open.member, sizeof(open.member), "%s", code);
	open.number = number;
	open.previous_count = previous_count;
	log_open_encode(&w, &open, &sk);
	err = log_open_decode(&out, writer_view(&w));
	writer_release(&w);
	return err;
}

static void fields_keep_their_bounds(void **state)
{
	struct log_open out;

	(void)state;
	assert_ok(decode_with("a", 1, 0));
	assert_err(ERR_FORMAT, decode_with("A", 1, 0));
	assert_err(ERR_FORMAT, decode_with("", 1, 0));
	assert_ok(decode_with("a", UINT32_MAX, LOG_PREVIOUS_MAX));
	assert_err(ERR_FORMAT, decode_with("a", 0, 0));
	assert_err(ERR_TYPE, log_open_decode(&out, HEX("90")));
	assert_err(ERR_FORMAT, log_open_decode(&out, HEX("80")));
	assert_err(ERR_TYPE, log_open_decode(&out, HEX("81 a3 6b6579 01")));
	assert_err(ERR_FORMAT, log_open_decode(&out, HEX("81 a3 6b6579 c40100")));
	/* previous: an array of 17 */
	assert_err(ERR_LIMIT, log_open_decode(&out, HEX("81 a8 70726576696f7573 dc0011"
							"0000000000000000000000000000000000")));
}

static void codes_follow_their_pattern(void **state)
{
	(void)state;
	assert_true(code_is_valid(BYTES_STR("a")));
	assert_true(code_is_valid(BYTES_STR("beni-mellal-2")));
	assert_true(code_is_valid(BYTES_STR("a1234567890123456789012345678901")));
	assert_false(code_is_valid(BYTES_STR("a12345678901234567890123456789012")));
	assert_false(code_is_valid(BYTES_STR("")));
	assert_false(code_is_valid(BYTES_STR("1a")));
	assert_false(code_is_valid(BYTES_STR("-a")));
	assert_false(code_is_valid(BYTES_STR("Sefrou")));
	assert_false(code_is_valid(BYTES_STR("f\xc3\xa8s")));
	assert_false(code_is_valid(BYTES_STR("a_b")));
	assert_false(code_is_valid(bytes_of("a\0b", 3)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_was_signed_is_read_and_verifies),
	    cmocka_unit_test(no_flipped_bit_verifies),
	    cmocka_unit_test(each_fault_has_its_error),
	    cmocka_unit_test(missing_keys_are_refused_and_later_ones_are_signed_too),
	    cmocka_unit_test(fields_keep_their_bounds),
	    cmocka_unit_test(codes_follow_their_pattern),
	};

	assert_ok(seal_init());
	return cmocka_run_group_tests(tests, NULL, NULL);
}
