/* Names of the specifications over libsodium's functions. It decides which libsodium call each name
 * means and which results are refused; it draws no randomness and keeps no state.
 *
 * SHA-256 alone comes from libcrypto: it uses the processor's SHA instructions, which libsodium
 * 1.0.18 does not, and every record is hashed twice (measured: 632 bytes in 0.86 against 3.7 us).
 * Its plain functions are used because the EVP ones allocate. */
#define OPENSSL_API_COMPAT 0x10100000L
#include "proto/seal.h"

#include <assert.h>
#include <openssl/sha.h>
#include <sodium.h>
#include <string.h>

static_assert(sizeof(((struct seckey *)0)->b) == crypto_sign_SECRETKEYBYTES, "Ed25519 secret key");
static_assert(SEAL_TAG_SIZE == crypto_aead_chacha20poly1305_IETF_ABYTES, "ChaCha20-Poly1305 tag");
static_assert(SEAL_TAG_SIZE == crypto_aead_xchacha20poly1305_ietf_ABYTES, "XChaCha20 tag");

enum err seal_init(void)
{
	return sodium_init() < 0 ? ERR_BUG : ERR_NONE;
}

void seal_sha256(struct hash *out, struct bytes in)
{
	seal_sha256_parts(out, &in, 1);
}

void seal_sha256_parts(struct hash *out, const struct bytes *parts, size_t count)
{
	SHA256_CTX state;

	SHA256_Init(&state);
	for (size_t i = 0; i < count; i++)
		SHA256_Update(&state, parts[i].data, parts[i].size);
	SHA256_Final(out->b, &state);
}

void seal_hmac_sha256(struct hash *out, struct bytes key, const struct bytes *parts, size_t count)
{
	crypto_auth_hmacsha256_state state;

	crypto_auth_hmacsha256_init(&state, key.data, key.size);
	for (size_t i = 0; i < count; i++)
		crypto_auth_hmacsha256_update(&state, parts[i].data, parts[i].size);
	crypto_auth_hmacsha256_final(&state, out->b);
	sodium_memzero(&state, sizeof(state));
}

void seal_sign_keypair(struct key *pk, struct seckey *sk, const uint8_t seed[static 32])
{
	crypto_sign_seed_keypair(pk->b, sk->b, seed);
}

void seal_sign_public(struct key *pk, const struct seckey *sk)
{
	crypto_sign_ed25519_sk_to_pk(pk->b, sk->b);
}

void seal_sign(struct sig *out, struct bytes message, const struct seckey *sk)
{
	crypto_sign_detached(out->b, NULL, message.data, message.size, sk->b);
}

bool seal_verify(const struct sig *sig, struct bytes message, const struct key *pk)
{
	return crypto_sign_verify_detached(sig->b, message.data, message.size, pk->b) == 0;
}

bool seal_is_valid_point(const struct key *pk)
{
	return crypto_core_ed25519_is_valid_point(pk->b) == 1;
}

void seal_dh_keypair(struct key *pk, struct seckey *sk, const uint8_t seed[static 32])
{
	memset(sk->b, 0, sizeof(sk->b));
	memcpy(sk->b, seed, 32);
	crypto_scalarmult_base(pk->b, sk->b);
}

enum err seal_dh(uint8_t out[static 32], const struct seckey *sk, const struct key *pk)
{
	if (crypto_scalarmult(out, sk->b, pk->b) == 0)
		return ERR_NONE;
	sodium_memzero(out, 32);
	return ERR_KEY;
}

static void noise_nonce(uint8_t out[static 12], uint64_t nonce)
{
	memset(out, 0, 4);
	for (unsigned i = 0; i < 8; i++)
		out[4 + i] = (uint8_t)(nonce >> (8 * i));
}

void seal_encrypt(
    uint8_t *out, const uint8_t key[static 32], uint64_t nonce, struct bytes ad, struct bytes in)
{
	uint8_t npub[12];

	noise_nonce(npub, nonce);
	crypto_aead_chacha20poly1305_ietf_encrypt(
	    out, NULL, in.data, in.size, ad.data, ad.size, NULL, npub, key);
}

enum err seal_decrypt(
    uint8_t *out, const uint8_t key[static 32], uint64_t nonce, struct bytes ad, struct bytes in)
{
	uint8_t npub[12];

	if (in.size < SEAL_TAG_SIZE)
		return ERR_AUTH;
	noise_nonce(npub, nonce);
	if (crypto_aead_chacha20poly1305_ietf_decrypt(
		out, NULL, NULL, in.data, in.size, ad.data, ad.size, npub, key) == 0)
		return ERR_NONE;
	if (in.size > SEAL_TAG_SIZE)
		sodium_memzero(out, in.size - SEAL_TAG_SIZE);
	return ERR_AUTH;
}

void seal_rng_init(struct seal_rng *rng, const uint8_t seed[static 32])
{
	memcpy(rng->key, seed, sizeof(rng->key));
}

/* The first half of the first block becomes the next key, so that a later look at the memory does
 * not bring back salts of payloads that were erased. */
void seal_rng_bytes(struct seal_rng *rng, void *out, size_t size)
{
	static const uint8_t nonce[crypto_stream_chacha20_NONCEBYTES];
	uint8_t block[64];
	size_t head = size < 32 ? size : 32;

	if (size == 0)
		return;
	crypto_stream_chacha20(block, sizeof(block), nonce, rng->key);
	memcpy(out, block + 32, head);
	if (size > head) {
		uint8_t *rest = (uint8_t *)out + head;

		memset(rest, 0, size - head);
		crypto_stream_chacha20_xor_ic(rest, rest, size - head, nonce, 1, rng->key);
	}
	memcpy(rng->key, block, sizeof(rng->key));
	sodium_memzero(block, sizeof(block));
}

uint64_t seal_rng_below(struct seal_rng *rng, uint64_t bound)
{
	uint64_t value, skewed;

	assert(bound > 0);
	/* 2^64 mod bound values at the bottom would come up once more often than the others. */
	skewed = (0 - bound) % bound;
	do {
		uint8_t raw[8];

		seal_rng_bytes(rng, raw, sizeof(raw));
		value = be64_get(raw);
	} while (value < skewed);
	return value % bound;
}

static enum err stretch(uint8_t key[static 32], struct bytes passphrase,
    const uint8_t salt[static 16], struct seal_cost cost)
{
	const char *text = passphrase.size ? (const char *)passphrase.data : "";

	if (crypto_pwhash(key, 32, text, passphrase.size, salt, cost.passes,
		(size_t)cost.memory_kib * 1024, crypto_pwhash_ALG_ARGON2ID13) == 0)
		return ERR_NONE;
	return ERR_MEMORY;
}

enum err seal_lock(uint8_t *out, struct bytes in, struct bytes passphrase,
    const uint8_t salt[static 16], const uint8_t nonce[static 24], struct seal_cost cost)
{
	uint8_t key[32];
	enum err err = stretch(key, passphrase, salt, cost);

	if (err == ERR_NONE)
		crypto_aead_xchacha20poly1305_ietf_encrypt(
		    out, NULL, in.data, in.size, NULL, 0, NULL, nonce, key);
	sodium_memzero(key, sizeof(key));
	return err;
}

enum err seal_unlock(uint8_t *out, struct bytes in, struct bytes passphrase,
    const uint8_t salt[static 16], const uint8_t nonce[static 24], struct seal_cost cost)
{
	uint8_t key[32];
	enum err err;

	if (in.size < SEAL_TAG_SIZE)
		return ERR_PASSPHRASE;
	err = stretch(key, passphrase, salt, cost);
	if (err == ERR_NONE && crypto_aead_xchacha20poly1305_ietf_decrypt(
				   out, NULL, NULL, in.data, in.size, NULL, 0, nonce, key) != 0) {
		if (in.size > SEAL_TAG_SIZE)
			sodium_memzero(out, in.size - SEAL_TAG_SIZE);
		err = ERR_PASSPHRASE;
	}
	sodium_memzero(key, sizeof(key));
	return err;
}

bool seal_equal(const void *a, const void *b, size_t size)
{
	return sodium_memcmp(a, b, size) == 0;
}

void seal_wipe(void *secret, size_t size)
{
	sodium_memzero(secret, size);
}
