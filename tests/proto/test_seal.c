/* The published vectors of each algorithm under our names, and what must be refused: forged
 * signatures, points outside the prime-order group, low-order shared secrets, tampered ciphertexts.
 */
#include "tests/unit.h"

#include "proto/seal.h"

static int setup(void **state)
{
	(void)state;
	return seal_init() == ERR_NONE ? 0 : -1;
}

static struct key key_of(const char *hex)
{
	struct key key;

	assert_int_equal(unit_unhex(key.b, sizeof(key.b), hex).size, sizeof(key.b));
	return key;
}

static void sha256_gives_the_vectors_of_fips_180(void **state)
{
	static uint8_t million[1000000];
	struct bytes parts[3] = {BYTES_STR("abcdbcdecdefdefgefghfghighij"), {0},
	    BYTES_STR("hijkijkljklmklmnlmnomnopnopq")};
	struct hash hash;

	(void)state;
	seal_sha256(&hash, BYTES_STR("abc"));
	assert_bytes(
	    HEX("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"), BYTES(hash.b));
	seal_sha256(&hash, (struct bytes){0});
	assert_bytes(
	    HEX("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"), BYTES(hash.b));
	seal_sha256_parts(&hash, parts, 3);
	assert_bytes(
	    HEX("248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"), BYTES(hash.b));
	memset(million, 'a', sizeof(million));
	seal_sha256(&hash, BYTES(million));
	assert_bytes(
	    HEX("cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"), BYTES(hash.b));
}

static void check_hmac(struct bytes key, struct bytes data, const char *expected)
{
	struct bytes parts[2] = {
	    {data.data, data.size / 2}, {data.data + data.size / 2, data.size - data.size / 2}};
	struct hash hash;

	seal_hmac_sha256(&hash, key, &data, 1);
	assert_bytes(HEX(expected), BYTES(hash.b));
	seal_hmac_sha256(&hash, key, parts, 2);
	assert_bytes(HEX(expected), BYTES(hash.b));
}

static void hmac_gives_the_vectors_of_rfc_4231(void **state)
{
	uint8_t key[131], data[50];

	(void)state;
	memset(key, 0x0b, sizeof(key));
	check_hmac((struct bytes){key, 20}, BYTES_STR("Hi There"),
	    "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
	check_hmac(BYTES_STR("Jefe"), BYTES_STR("what do ya want for nothing?"),
	    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
	memset(key, 0xaa, sizeof(key));
	memset(data, 0xdd, sizeof(data));
	check_hmac((struct bytes){key, 20}, BYTES(data),
	    "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
	check_hmac(BYTES(key), BYTES_STR("Test Using Larger Than Block-Size Key - Hash Key First"),
	    "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

/* RFC 8032 section 7.1. */
static const struct {
	const char *seed;
	const char *key;
	const char *message;
	const char *sig;
} rfc8032[] = {
    {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
	"d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
	"e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701c"
	"f9b46bd25bf5f0595bbe24655141438e7a100b"},
    {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
	"3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
	"92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0"
	"f11d8c387b2eaeb4302aeeb00d291612bb0c00"},
    {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
	"fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
	"6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f76098"
	"4dc6594a7c15e9716ed28dc027beceea1ec40a"},
    {"833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
	"ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
	"ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3"
	"feebbd454d4423643ce80e2a9ac94fa54ca49f",
	"dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c664"
	"31e0303dca179c138ac17ad9bef1177331a704"},
};

static void ed25519_gives_the_vectors_of_rfc_8032(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rfc8032) / sizeof(rfc8032[0]); i++) {
		struct bytes message = HEX(rfc8032[i].message);
		struct key seed = key_of(rfc8032[i].seed);
		struct key expected = key_of(rfc8032[i].key);
		struct seckey sk;
		struct key pk, again;
		struct sig sig;

		seal_sign_keypair(&pk, &sk, seed.b);
		assert_true(key_equal(&pk, &expected));
		seal_sign_public(&again, &sk);
		assert_true(key_equal(&again, &expected));
		seal_sign(&sig, message, &sk);
		assert_bytes(HEX(rfc8032[i].sig), BYTES(sig.b));
		assert_true(seal_verify(&sig, message, &pk));
		assert_true(seal_is_valid_point(&pk));
	}
}

static void every_tampered_bit_of_a_signature_is_noticed(void **state)
{
	struct key pk = key_of(rfc8032[2].key);
	struct bytes message = HEX(rfc8032[2].message);
	struct sig sig;

	(void)state;
	unit_unhex(sig.b, sizeof(sig.b), rfc8032[2].sig);
	for (size_t bit = 0; bit < 8 * sizeof(sig.b); bit++) {
		sig.b[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_false(seal_verify(&sig, message, &pk));
		sig.b[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	assert_true(seal_verify(&sig, message, &pk));
	assert_false(seal_verify(&sig, HEX("af83"), &pk));
	assert_false(seal_verify(&sig, HEX("af8200"), &pk));
	assert_false(seal_verify(&sig, (struct bytes){0}, &pk));
	pk = key_of(rfc8032[1].key);
	assert_false(seal_verify(&sig, message, &pk));
}

/* S and S + L verify the same equation; only the smaller one is a signature. */
static void a_signature_has_one_form(void **state)
{
	static const uint8_t order[32] = {0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6,
	    0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, [31] = 0x10};
	struct key pk = key_of(rfc8032[1].key);
	unsigned carry = 0;
	struct sig sig;

	(void)state;
	unit_unhex(sig.b, sizeof(sig.b), rfc8032[1].sig);
	assert_true(seal_verify(&sig, HEX("72"), &pk));
	for (size_t i = 0; i < 32; i++) {
		carry += (unsigned)sig.b[32 + i] + order[i];
		sig.b[32 + i] = (uint8_t)carry;
		carry >>= 8;
	}
	assert_int_equal(carry, 0);
	assert_false(seal_verify(&sig, HEX("72"), &pk));
}

static const char *const bad_points[] = {
    /* the eight of small order */
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    /* a good point plus each of them but the identity */
    "e9b2fe981587efae6478f48ba1fa60cec6126d0e26dde72a0a24f640dcd783e5",
    "d7fcf1f00e29dd947529006e74d779973e3c1a1bad96b7807ab8644b5604ee50",
    "16b981d0b88cdf3ab9fa87190822fe4905b475efda3aec7c34abfa92c19320f4",
    "359dbf604a3b3bedc20d5408b9d4770fbe52c922979b3178d02ab8d41c9c3a4e",
    "044d0167ea7810519b870b745e059f3139ed92f1d92218d5f5db09bf23287c1a",
    "16030e0ff1d6226b8ad6ff918b288668c1c3e5e45269487f85479bb4a9fb11af",
    "d7467e2f477320c5460578e6f7dd01b6fa4b8a1025c51383cb54056d3e6cdf0b",
    /* coordinates of p and above: the identity, and points of mixed order */
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "f0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "f1ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    /* x = 0 with the sign of a negative number */
    "0100000000000000000000000000000000000000000000000000000000000080",
    /* not on the curve */
    "0200000000000000000000000000000000000000000000000000000000000000",
};

static void only_canonical_points_of_prime_order_are_keys(void **state)
{
	struct key base =
	    key_of("5866666666666666666666666666666666666666666666666666666666666666");
	struct key good =
	    key_of("b862409fb5c4c4123df2abf7462b88f041ad36dd6864ce872fd5472be363c5b1");

	(void)state;
	assert_true(seal_is_valid_point(&base));
	assert_true(seal_is_valid_point(&good));
	for (size_t i = 0; i < sizeof(bad_points) / sizeof(bad_points[0]); i++) {
		struct key bad = key_of(bad_points[i]);

		if (seal_is_valid_point(&bad))
			fail_msg("accepted: %s", bad_points[i]);
	}
}

/* R = identity, S = 0 satisfies the equation for every message under a key of small order. */
static void a_key_of_small_order_signs_nothing(void **state)
{
	struct sig sig = {{1}};

	(void)state;
	for (size_t i = 0; i < 8; i++) {
		struct key bad = key_of(bad_points[i]);

		assert_false(seal_verify(&sig, BYTES_STR("anything"), &bad));
	}
}

static void check_x25519(const char *scalar, const char *point, const char *expected)
{
	struct seckey sk = {{0}};
	struct key pk = key_of(point);
	uint8_t out[32];

	unit_unhex(sk.b, 32, scalar);
	assert_ok(seal_dh(out, &sk, &pk));
	assert_bytes(HEX(expected), BYTES(out));
}

static void x25519_gives_the_vectors_of_rfc_7748(void **state)
{
	(void)state;
	check_x25519("a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4",
	    "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c",
	    "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552");
	check_x25519("4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d",
	    "e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493",
	    "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957");
}

static void x25519_iterates_as_rfc_7748_says(void **state)
{
	struct seckey k = {{9}};
	struct key u = {{9}};

	(void)state;
	for (int i = 0; i < 1000; i++) {
		uint8_t out[32];

		assert_ok(seal_dh(out, &k, &u));
		memcpy(u.b, k.b, 32);
		memcpy(k.b, out, 32);
		if (i == 0)
			assert_bytes(
			    HEX("422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311"
				"ae3079"),
			    BYTES(out));
	}
	assert_bytes(HEX("684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51"),
	    ((struct bytes){k.b, 32}));
}

static void two_sides_agree(void **state)
{
	uint8_t seed[32] = {1}, one[32], other[32];
	struct seckey a_sk, b_sk;
	struct key a_pk, b_pk;

	(void)state;
	seal_dh_keypair(&a_pk, &a_sk, seed);
	seed[0] = 2;
	seal_dh_keypair(&b_pk, &b_sk, seed);
	assert_ok(seal_dh(one, &a_sk, &b_pk));
	assert_ok(seal_dh(other, &b_sk, &a_pk));
	assert_true(seal_equal(one, other, 32));
	b_pk.b[0] ^= 1;
	assert_ok(seal_dh(one, &a_sk, &b_pk));
	assert_false(seal_equal(one, other, 32));
}

static void a_low_order_point_gives_no_secret(void **state)
{
	static const char *const points[] = {
	    "0000000000000000000000000000000000000000000000000000000000000000",
	    "0100000000000000000000000000000000000000000000000000000000000000",
	    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
	    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
	    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	    "0000000000000000000000000000000000000000000000000000000000000080",
	};
	uint8_t seed[32] = {7};
	struct seckey sk;
	struct key own;

	(void)state;
	seal_dh_keypair(&own, &sk, seed);
	for (size_t i = 0; i < sizeof(points) / sizeof(points[0]); i++) {
		struct key low = key_of(points[i]);
		uint8_t out[32];
		static const uint8_t zero[32];

		memset(out, 1, sizeof(out));
		assert_err(ERR_KEY, seal_dh(out, &sk, &low));
		assert_memory_equal(out, zero, sizeof(out));
	}
}

/* RFC 8439 appendix A.5: its nonce begins with four zeros, like those of Noise. */
#define A5_KEY "1c9240a5eb55d38af333888604f6b5f0473917c1402b80099dca5cbc207075c0"
#define A5_NONCE 0x0807060504030201u
#define A5_AD "f33388860000000000004e91"
#define A5_SEALED \
	"64a0861575861af460f062c79be643bd5e805cfd345cf389f108670ac76c8cb24c6cfc18755d43eea09ee94e" \
	"38" \
	"2d26b0bdb7b73c321b0100d4f03b7f355894cf332f830e710b97ce98c8a84abd0b948114ad176e008d33bd60" \
	"f9" \
	"82b1ff37c8559797a06ef4f0ef61c186324e2b3506383606907b6a7c02b0f9f6157b53c867e4b9166c767b80" \
	"4d" \
	"46a59b5216cde7a4e99040c5a40433225ee282a1b0a06c523eaf4534d7f83fa1155b0047718cbc546a0d072b" \
	"04" \
	"b3564eea1b422273f548271a0bb2316053fa76991955ebd63159434ecebb4e466dae5a1073a6727627097a10" \
	"49" \
	"e617d91d361094fa68f0ff77987130305beaba2eda04df997b714d6c6f2c29a6ad5cb4022b02709beead9d67" \
	"89" \
	"0cbb22392336fea1851f38"
#define A5_PLAIN \
	"Internet-Drafts are draft documents valid for a maximum of six months and may be " \
	"updated, " \
	"replaced, or obsoleted by other documents at any time. It is inappropriate to use " \
	"Internet-Drafts as reference material or to cite them other than as /\u201cwork in " \
	"progress./\u201d"

static void chacha20_poly1305_gives_the_vector_of_rfc_8439(void **state)
{
	struct key key = key_of(A5_KEY);
	uint8_t out[512];
	size_t size = strlen(A5_PLAIN);

	(void)state;
	seal_encrypt(out, key.b, A5_NONCE, HEX(A5_AD), bytes_str(A5_PLAIN));
	assert_bytes(HEX(A5_SEALED), ((struct bytes){out, size + SEAL_TAG_SIZE}));
	/* In place. */
	assert_ok(seal_decrypt(
	    out, key.b, A5_NONCE, HEX(A5_AD), (struct bytes){out, size + SEAL_TAG_SIZE}));
	assert_text(A5_PLAIN, ((struct bytes){out, size}));
	seal_encrypt(out, key.b, A5_NONCE, HEX(A5_AD), (struct bytes){out, size});
	assert_bytes(HEX(A5_SEALED), ((struct bytes){out, size + SEAL_TAG_SIZE}));
}

static enum err decrypt(const char *key_hex, uint64_t nonce, const char *ad, struct bytes in)
{
	struct key key = key_of(key_hex);
	uint8_t out[512];
	static const uint8_t zero[512];
	enum err err;

	memset(out, 1, sizeof(out));
	err = seal_decrypt(out, key.b, nonce, HEX(ad), in);
	if (err != ERR_NONE && in.size > SEAL_TAG_SIZE)
		assert_memory_equal(out, zero, in.size - SEAL_TAG_SIZE);
	return err;
}

static void every_tampered_byte_of_a_ciphertext_is_noticed(void **state)
{
	uint8_t in[512];
	struct bytes sealed = unit_unhex(in, sizeof(in), A5_SEALED);

	(void)state;
	assert_ok(decrypt(A5_KEY, A5_NONCE, A5_AD, sealed));
	for (size_t i = 0; i < sealed.size; i++) {
		in[i] ^= 0x10;
		assert_err(ERR_AUTH, decrypt(A5_KEY, A5_NONCE, A5_AD, sealed));
		in[i] ^= 0x10;
	}
	assert_err(ERR_AUTH, decrypt(A5_KEY, A5_NONCE + 1, A5_AD, sealed));
	assert_err(ERR_AUTH, decrypt(A5_KEY, A5_NONCE, "f33388860000000000004e92", sealed));
	assert_err(ERR_AUTH, decrypt(A5_KEY, A5_NONCE, "", sealed));
	assert_err(ERR_AUTH, decrypt(rfc8032[0].key, A5_NONCE, A5_AD, sealed));
	sealed.size--;
	assert_err(ERR_AUTH, decrypt(A5_KEY, A5_NONCE, A5_AD, sealed));
	sealed.size = SEAL_TAG_SIZE;
	assert_err(ERR_AUTH, decrypt(A5_KEY, A5_NONCE, A5_AD, sealed));
	sealed.size = SEAL_TAG_SIZE - 1;
	assert_err(ERR_AUTH, decrypt(A5_KEY, A5_NONCE, A5_AD, sealed));
	sealed.size = 0;
	assert_err(ERR_AUTH, decrypt(A5_KEY, A5_NONCE, A5_AD, sealed));
}

static void an_empty_text_has_a_tag(void **state)
{
	struct key key = key_of(A5_KEY);
	uint8_t tag[SEAL_TAG_SIZE], none[1];

	(void)state;
	seal_encrypt(tag, key.b, 0, BYTES_STR("h"), (struct bytes){0});
	assert_ok(seal_decrypt(none, key.b, 0, BYTES_STR("h"), BYTES(tag)));
	assert_err(ERR_AUTH, seal_decrypt(none, key.b, 0, BYTES_STR("H"), BYTES(tag)));
	tag[15] ^= 1;
	assert_err(ERR_AUTH, seal_decrypt(none, key.b, 0, BYTES_STR("h"), BYTES(tag)));
}

/* The key stream of RFC 8439 appendix A.1, vectors 1 and 2, is that of the zero seed. */
#define STREAM_KEY "76b8e0ada0f13d90405d6ae55386bd28bdd219b8a08ded1aa836efcc8b770dc7"
#define STREAM_REST \
	"da41597c5157488d7724e03fb8d84a376a43b8f41518a11cc387b669b2ee6586" \
	"9f07e7be5551387a98ba977c732d080dcb0f29a048e3656912c6533e32ee7aed" \
	"29b721769ce64e43d57133b074d839d531ed1f28510afb45ace10a1f4b794d6f"
#define STREAM_SECOND "afbdad2845b93cdbb2fe6463d2fe162adae0f6e676f0494218f5ce0596e79f5c"

static void the_stream_of_a_seed_is_chacha20_and_forgets(void **state)
{
	uint8_t seed[32] = {0}, out[96];
	struct seal_rng rng;

	(void)state;
	seal_rng_init(&rng, seed);
	seal_rng_bytes(&rng, out, 96);
	assert_bytes(HEX(STREAM_REST), BYTES(out));
	assert_bytes(HEX(STREAM_KEY), BYTES(rng.key));
	seal_rng_bytes(&rng, out, 32);
	assert_bytes(HEX(STREAM_SECOND), ((struct bytes){out, 32}));
	seal_rng_init(&rng, seed);
	seal_rng_bytes(&rng, out, 0);
	seal_rng_bytes(&rng, out, 33);
	assert_memory_equal(out, HEX(STREAM_REST).data, 33);
	seed[31] = 1;
	seal_rng_init(&rng, seed);
	seal_rng_bytes(&rng, out, 32);
	assert_memory_not_equal(out, HEX(STREAM_REST).data, 32);
}

static void numbers_below_a_bound_are_even(void **state)
{
	uint8_t seed[32] = {5};
	unsigned seen[6] = {0};
	struct seal_rng rng;

	(void)state;
	seal_rng_init(&rng, seed);
	for (int i = 0; i < 60000; i++)
		seen[seal_rng_below(&rng, 6)]++;
	for (int i = 0; i < 6; i++)
		assert_in_range(seen[i], 9500, 10500);
	for (int i = 0; i < 100; i++) {
		assert_true(seal_rng_below(&rng, 1) == 0);
		assert_true(seal_rng_below(&rng, UINT64_MAX) < UINT64_MAX);
		assert_true(seal_rng_below(&rng, ((uint64_t)1 << 63) + 1) <= (uint64_t)1 << 63);
	}
}

static void a_passphrase_locks_and_unlocks(void **state)
{
	static const struct seal_cost cost = {.passes = 1, .memory_kib = 8};
	static const struct seal_cost other = {.passes = 2, .memory_kib = 8};
	const uint8_t salt[16] = {1}, nonce[24] = {2}, salt2[16] = {3}, nonce2[24] = {4};
	struct bytes secret = BYTES_STR("thirty-two bytes of a secret key");
	uint8_t locked[48], out[32];
	static const uint8_t zero[32];
	struct bytes in = BYTES(locked);

	(void)state;
	assert_ok(seal_lock(locked, secret, BYTES_STR("pass"), salt, nonce, cost));
	assert_ok(seal_unlock(out, in, BYTES_STR("pass"), salt, nonce, cost));
	assert_bytes(secret, BYTES(out));
	assert_err(ERR_PASSPHRASE, seal_unlock(out, in, BYTES_STR("Pass"), salt, nonce, cost));
	assert_memory_equal(out, zero, sizeof(out));
	assert_err(ERR_PASSPHRASE, seal_unlock(out, in, (struct bytes){0}, salt, nonce, cost));
	assert_err(ERR_PASSPHRASE, seal_unlock(out, in, BYTES_STR("pass"), salt2, nonce, cost));
	assert_err(ERR_PASSPHRASE, seal_unlock(out, in, BYTES_STR("pass"), salt, nonce2, cost));
	assert_err(ERR_PASSPHRASE, seal_unlock(out, in, BYTES_STR("pass"), salt, nonce, other));
	locked[40] ^= 1;
	assert_err(ERR_PASSPHRASE, seal_unlock(out, in, BYTES_STR("pass"), salt, nonce, cost));
	in.size = SEAL_TAG_SIZE - 1;
	assert_err(ERR_PASSPHRASE, seal_unlock(out, in, BYTES_STR("pass"), salt, nonce, cost));
}

static void impossible_costs_are_no_hash(void **state)
{
	static const struct seal_cost none = {.passes = 0, .memory_kib = 8};
	static const struct seal_cost little = {.passes = 1, .memory_kib = 7};
	const uint8_t salt[16] = {1}, nonce[24] = {2};
	uint8_t out[48];

	(void)state;
	assert_err(
	    ERR_MEMORY, seal_lock(out, BYTES_STR("secret"), BYTES_STR("pass"), salt, nonce, none));
	assert_err(ERR_MEMORY,
	    seal_lock(out, BYTES_STR("secret"), BYTES_STR("pass"), salt, nonce, little));
}

static void wiping_and_comparing(void **state)
{
	uint8_t a[3] = {1, 2, 3}, b[3] = {1, 2, 3};

	(void)state;
	assert_true(seal_equal(a, b, 3));
	b[2] = 4;
	assert_false(seal_equal(a, b, 3));
	assert_true(seal_equal(a, b, 2));
	seal_wipe(a, 2);
	assert_bytes(HEX("000003"), BYTES(a));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(sha256_gives_the_vectors_of_fips_180),
	    cmocka_unit_test(hmac_gives_the_vectors_of_rfc_4231),
	    cmocka_unit_test(ed25519_gives_the_vectors_of_rfc_8032),
	    cmocka_unit_test(every_tampered_bit_of_a_signature_is_noticed),
	    cmocka_unit_test(a_signature_has_one_form),
	    cmocka_unit_test(only_canonical_points_of_prime_order_are_keys),
	    cmocka_unit_test(a_key_of_small_order_signs_nothing),
	    cmocka_unit_test(x25519_gives_the_vectors_of_rfc_7748),
	    cmocka_unit_test(x25519_iterates_as_rfc_7748_says),
	    cmocka_unit_test(two_sides_agree),
	    cmocka_unit_test(a_low_order_point_gives_no_secret),
	    cmocka_unit_test(chacha20_poly1305_gives_the_vector_of_rfc_8439),
	    cmocka_unit_test(every_tampered_byte_of_a_ciphertext_is_noticed),
	    cmocka_unit_test(an_empty_text_has_a_tag),
	    cmocka_unit_test(the_stream_of_a_seed_is_chacha20_and_forgets),
	    cmocka_unit_test(numbers_below_a_bound_are_even),
	    cmocka_unit_test(a_passphrase_locks_and_unlocks),
	    cmocka_unit_test(impossible_costs_are_no_hash),
	    cmocka_unit_test(wiping_and_comparing),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
