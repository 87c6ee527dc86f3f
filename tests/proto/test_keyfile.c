/* Key files: two written out by another implementation, each purpose there and back, and a refusal
 * for every field. */
#include "tests/unit.h"

#include "proto/keyfile.h"
#include "proto/limits.h"
#include "proto/mp.h"

/* Made in Python with OpenSSL's Argon2id, ChaCha20-Poly1305 and curves, and an HChaCha20 of its
 * own. */
#define SEALED_MEMBER \
	"84a6666f726d617401a36b6579c42003a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc866412" \
	"5531" \
	"b8a7707572706f7365a66d656d626572a67365616c656495c410000102030405060708090a0b0c0d0e0fc418" \
	"646566" \
	"6768696a6b6c6d6e6f707172737475767778797a7b0108c43a5119515f8b208cd7a66ef899c3d3a92b907338" \
	"c5b2ed" \
	"e44039f014dfda25c377ba3cb1149ad04bcb4a21cff0eaff0fcb962c093f761221779444"
#define PLAIN_TRANSPORT \
	"84a6666f726d617401a36b6579c4208f40c5adb68f25624ae5b214ea767a6ec94d829d3d7b5e1ad1ba6f3e21" \
	"3828" \
	"5fa7707572706f7365a97472616e73706f7274a473656564c420000102030405060708090a0b0c0d0e0f1011" \
	"121314" \
	"15161718191a1b1c1d1e1f"

#define KEY_AT 15	  /* first byte of the public key */
#define SEALED_PURPOSE 56 /* "member" in the sealed file */

static const struct keyfile_lock lock = {
    .passphrase = {(const uint8_t *)"souk el had", 11},
    .salt = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
    .nonce = {100, 101, 102, 103, 104, 105, 106, 107, 108, 109, 110, 111, 112, 113, 114, 115, 116,
	117, 118, 119, 120, 121, 122, 123},
    .cost = {.passes = 1, .memory_kib = 8},
};

static uint8_t seed[32];

static int setup(void **state)
{
	(void)state;
	for (uint8_t i = 0; i < 32; i++)
		seed[i] = i;
	return seal_init() == ERR_NONE ? 0 : -1;
}

static enum err decode(struct bytes in, enum keyfile_purpose purpose, const char *passphrase)
{
	struct seckey sk;
	struct key pk;

	return keyfile_decode(in, purpose, bytes_str(passphrase), &pk, &sk, NULL);
}

static void another_implementation_writes_the_same_bytes(void **state)
{
	struct writer w = {0};

	(void)state;
	assert_ok(keyfile_encode(&w, KEYFILE_MEMBER, seed, &lock));
	assert_bytes(HEX(SEALED_MEMBER), writer_view(&w));
	writer_clear(&w);
	assert_ok(keyfile_encode(&w, KEYFILE_TRANSPORT, seed, NULL));
	assert_bytes(HEX(PLAIN_TRANSPORT), writer_view(&w));
	writer_release(&w);
}

static void each_purpose_opens_as_itself_only(void **state)
{
	(void)state;
	for (unsigned purpose = KEYFILE_MEMBER; purpose <= KEYFILE_TRANSPORT; purpose++)
		for (unsigned is_sealed = 0; is_sealed < 2; is_sealed++) {
			struct writer w = {0};
			struct keyfile file;
			struct seckey sk, expected_sk;
			struct key pk, expected_pk;

			assert_ok(keyfile_encode(
			    &w, (enum keyfile_purpose)purpose, seed, is_sealed ? &lock : NULL));
			assert_ok(mp_scan(writer_view(&w)));
			assert_true(w.size <= KEYFILE_SIZE_MAX);
			assert_ok(keyfile_inspect(writer_view(&w), &file, NULL));
			assert_int_equal(file.purpose, purpose);
			assert_int_equal(file.is_sealed, is_sealed);
			keyfile_derive(
			    &expected_pk, &expected_sk, (enum keyfile_purpose)purpose, seed);
			assert_true(key_equal(&file.key, &expected_pk));
			assert_ok(keyfile_decode(writer_view(&w), (enum keyfile_purpose)purpose,
			    lock.passphrase, &pk, &sk, NULL));
			assert_true(key_equal(&pk, &expected_pk));
			assert_memory_equal(&sk, &expected_sk, sizeof(sk));
			for (unsigned other = KEYFILE_MEMBER; other <= KEYFILE_TRANSPORT; other++)
				assert_err(other == purpose ? ERR_NONE : ERR_FORMAT,
				    decode(writer_view(&w), (enum keyfile_purpose)other,
					"souk el had"));
			writer_release(&w);
		}
}

static void the_derived_keys_are_of_their_curve(void **state)
{
	struct key ed, x;
	struct seckey sk;

	(void)state;
	keyfile_derive(&ed, &sk, KEYFILE_LOG, seed);
	assert_bytes(
	    HEX("03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8"), BYTES(ed.b));
	keyfile_derive(&x, &sk, KEYFILE_TRANSPORT, seed);
	assert_bytes(
	    HEX("8f40c5adb68f25624ae5b214ea767a6ec94d829d3d7b5e1ad1ba6f3e2138285f"), BYTES(x.b));
	assert_string_equal(keyfile_purpose_name(KEYFILE_COSIGNER), "cosigner");
}

static void a_wrong_or_missing_passphrase_is_said(void **state)
{
	struct seckey sk;
	struct key pk;
	struct why why = {0};
	static const struct seckey zero;

	(void)state;
	memset(&sk, 1, sizeof(sk));
	assert_err(ERR_PASSPHRASE, keyfile_decode(HEX(SEALED_MEMBER), KEYFILE_MEMBER,
				       BYTES_STR("souk el had "), &pk, &sk, &why));
	assert_string_equal(why.text, "passphrase of the member key is wrong");
	assert_memory_equal(&sk, &zero, sizeof(sk));
	why = (struct why){0};
	assert_err(ERR_PASSPHRASE,
	    keyfile_decode(HEX(SEALED_MEMBER), KEYFILE_MEMBER, (struct bytes){0}, &pk, &sk, &why));
	assert_string_equal(why.text, "passphrase of the member key is missing");
	assert_ok(decode(HEX(PLAIN_TRANSPORT), KEYFILE_TRANSPORT, ""));
}

static void every_tampered_sealed_byte_is_noticed(void **state)
{
	uint8_t file[256];
	struct bytes good = unit_unhex(file, sizeof(file), SEALED_MEMBER);

	(void)state;
	assert_ok(decode(good, KEYFILE_MEMBER, "souk el had"));
	for (size_t i = good.size - 58; i < good.size; i++) {
		file[i] ^= 1;
		assert_err(ERR_PASSPHRASE, decode(good, KEYFILE_MEMBER, "souk el had"));
		file[i] ^= 1;
	}
	file[KEY_AT] ^= 1;
	assert_err(ERR_KEY, decode(good, KEYFILE_MEMBER, "souk el had"));
	file[KEY_AT] ^= 1;
	good.size--;
	assert_err(ERR_SHORT, decode(good, KEYFILE_MEMBER, "souk el had"));
	good.size += 2;
	file[good.size - 1] = 0;
	assert_err(ERR_TRAILING, decode(good, KEYFILE_MEMBER, "souk el had"));
}

static void a_relabelled_sealed_file_does_not_open(void **state)
{
	struct writer w = {0};
	struct bytes good = HEX(SEALED_MEMBER);

	(void)state;
	writer_put(&w, good.data, SEALED_PURPOSE - 1);
	mp_put_cstr(&w, "log");
	writer_put(&w, good.data + SEALED_PURPOSE + 6, good.size - SEALED_PURPOSE - 6);
	assert_ok(mp_scan(writer_view(&w)));
	assert_err(ERR_FORMAT, decode(writer_view(&w), KEYFILE_LOG, "souk el had"));
	assert_err(ERR_FORMAT, decode(writer_view(&w), KEYFILE_MEMBER, "souk el had"));
	writer_release(&w);
}

static void a_plain_file_with_another_public_key_is_refused(void **state)
{
	uint8_t file[256];
	struct bytes plain = unit_unhex(file, sizeof(file), PLAIN_TRANSPORT);
	struct why why = {0};
	struct seckey sk;
	struct key pk;

	(void)state;
	file[plain.size - 1] ^= 1;
	assert_err(
	    ERR_KEY, keyfile_decode(plain, KEYFILE_TRANSPORT, (struct bytes){0}, &pk, &sk, &why));
	assert_string_equal(why.text, "transport key file names a public key that is not its own");
}

/* A file with these costs around the fields of the good one. */
static enum err decode_costs(uint64_t passes, uint64_t memory_kib)
{
	struct bytes good = HEX(SEALED_MEMBER);
	struct keyfile file;
	struct writer w = {0};
	enum err err;

	/* Up to the nonce's end; then the two costs, one byte each in the good file. */
	writer_put(&w, good.data, good.size - 62);
	mp_put_uint(&w, passes);
	mp_put_uint(&w, memory_kib);
	writer_put(&w, good.data + good.size - 60, 60);
	assert_ok(mp_scan(writer_view(&w)));
	err = keyfile_inspect(writer_view(&w), &file, NULL);
	if (err != ERR_NONE)
		assert_err(err, decode(writer_view(&w), KEYFILE_MEMBER, "souk el had"));
	writer_release(&w);
	return err;
}

static void costs_are_bounded_before_anything_is_hashed(void **state)
{
	(void)state;
	assert_ok(decode_costs(1, 8));
	assert_ok(decode_costs(PWHASH_PASSES_MAX, PWHASH_MEMORY_KIB_MAX));
	assert_err(ERR_FORMAT, decode_costs(1, PWHASH_MEMORY_KIB_MAX + 1));
	assert_err(ERR_FORMAT, decode_costs(PWHASH_PASSES_MAX + 1, 8));
	assert_err(ERR_FORMAT, decode_costs(0, 8));
	assert_err(ERR_FORMAT, decode_costs(1, 7));
	assert_err(ERR_FORMAT, decode_costs(1, (uint64_t)1 << 32));
	assert_err(ERR_FORMAT, decode_costs(((uint64_t)1 << 32) + 1, 8));
}

static void encoding_refuses_what_decoding_would_refuse(void **state)
{
	struct keyfile_lock bad = lock;
	struct writer w = {0};

	(void)state;
	writer_str(&w, "before");
	bad.cost.memory_kib = PWHASH_MEMORY_KIB_MAX + 1;
	assert_err(ERR_LIMIT, keyfile_encode(&w, KEYFILE_LOG, seed, &bad));
	bad = lock;
	bad.cost.passes = 0;
	assert_err(ERR_LIMIT, keyfile_encode(&w, KEYFILE_LOG, seed, &bad));
	bad = lock;
	bad.passphrase = (struct bytes){0};
	assert_err(ERR_PASSPHRASE, keyfile_encode(&w, KEYFILE_LOG, seed, &bad));
	assert_text("before", writer_view(&w));
	writer_release(&w);
}

#define HEAD "84a6666f726d617401a36b6579c420"
#define NAME "a7707572706f7365"
#define ZERO32 "0000000000000000000000000000000000000000000000000000000000000000"

static const struct {
	const char *what;
	const char *hex;
	enum err err;
} damaged[] = {
    {"empty", "", ERR_SHORT},
    {"text", "2d2d2d2d2d424547494e", ERR_TRAILING},
    {"not canonical", "84a6666f726d6174cc01", ERR_ENCODING},
    {"an array", "90", ERR_FORMAT},
    {"an empty map", "80", ERR_FORMAT},
    {"another first key", "84a161 01 a162 02 a163 03 a164 04", ERR_FORMAT},
    {"a later format", "84a6666f726d617402 a36b657901 a7707572706f736501 a17a01", ERR_VERSION},
    {"a key of 31 bytes",
	"84a6666f726d617401a36b6579c41f"
	"00000000000000000000000000000000000000000000000000000000000000" NAME
	"a36c6f67 a473656564c420" ZERO32,
	ERR_FORMAT},
    {"an unknown purpose", HEAD ZERO32 NAME "a3666f6f a473656564c420" ZERO32, ERR_FORMAT},
    {"a purpose that is no text", HEAD ZERO32 NAME "01 a473656564c420" ZERO32, ERR_FORMAT},
    {"an unknown last key", HEAD ZERO32 NAME "a36c6f67 a473656563c420" ZERO32, ERR_FORMAT},
    {"a seed of one byte", HEAD ZERO32 NAME "a36c6f67 a473656564c40100", ERR_FORMAT},
    {"a seed that is text", HEAD ZERO32 NAME "a36c6f67 a473656564a161", ERR_FORMAT},
    {"sealed without fields", HEAD ZERO32 NAME "a36c6f67 a67365616c656490", ERR_FORMAT},
    {"sealed text too short",
	HEAD ZERO32 NAME "a36c6f67 a67365616c656495 c410 00000000000000000000000000000000"
			 "c418 000000000000000000000000000000000000000000000000 01 08 c40100",
	ERR_FORMAT},
};

static void what_is_no_key_file_is_refused(void **state)
{
	static const uint8_t huge[KEYFILE_SIZE_MAX + 1];

	(void)state;
	for (size_t i = 0; i < sizeof(damaged) / sizeof(damaged[0]); i++) {
		struct why why = {0};
		struct keyfile file;
		enum err err = keyfile_inspect(HEX(damaged[i].hex), &file, &why);

		if (err != damaged[i].err || why.err != err)
			fail_msg("%s: %s, %s", damaged[i].what, err_name(err), why.text);
		assert_err(damaged[i].err, decode(HEX(damaged[i].hex), KEYFILE_LOG, "x"));
	}
	assert_err(ERR_FORMAT, decode(BYTES(huge), KEYFILE_LOG, "x"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(another_implementation_writes_the_same_bytes),
	    cmocka_unit_test(each_purpose_opens_as_itself_only),
	    cmocka_unit_test(the_derived_keys_are_of_their_curve),
	    cmocka_unit_test(a_wrong_or_missing_passphrase_is_said),
	    cmocka_unit_test(every_tampered_sealed_byte_is_noticed),
	    cmocka_unit_test(a_relabelled_sealed_file_does_not_open),
	    cmocka_unit_test(a_plain_file_with_another_public_key_is_refused),
	    cmocka_unit_test(costs_are_bounded_before_anything_is_hashed),
	    cmocka_unit_test(encoding_refuses_what_decoding_would_refuse),
	    cmocka_unit_test(what_is_no_key_file_is_refused),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
