/* What each stand-in computes. A public key is the hash of its secret; a secret two nodes share is the hash of both
 * public keys; a signature the hash of key and message; sealed bytes are plain bytes and a checksum under the key. */
#include "tests/sim/imitate.h"

#include <string.h>

#include "tests/sim/mix.h"

void imitate_sign(struct sig *out, struct bytes message, const struct key *pk)
{
	const struct bytes parts[] = {BYTES_STR("imitated"), BYTES(pk->b), message};
	struct hash hash;

	seal_sha256_parts(&hash, parts, 3);
	memcpy(out->b, hash.b, HASH_SIZE);
	for (size_t i = 0; i < HASH_SIZE; i++)
		out->b[HASH_SIZE + i] = (uint8_t)~hash.b[i];
}

bool imitate_verify(const struct sig *sig, struct bytes message, const struct key *pk)
{
	struct sig right;

	imitate_sign(&right, message, pk);
	return memcmp(right.b, sig->b, SIG_SIZE) == 0;
}

static void name_public(struct key *pk, const struct seckey *sk)
{
	const struct bytes parts[] = {BYTES_STR("public"), bytes_of(sk->b, 32)};
	struct hash hash;

	seal_sha256_parts(&hash, parts, 2);
	memcpy(pk->b, hash.b, KEY_SIZE);
}

void imitate_dh_keypair(struct key *pk, struct seckey *sk, const uint8_t seed[static 32])
{
	memset(sk->b, 0, sizeof(sk->b));
	memcpy(sk->b, seed, 32);
	name_public(pk, sk);
}

void imitate_dh(uint8_t out[static 32], const struct seckey *sk, const struct key *pk)
{
	struct key own;
	struct hash hash;

	name_public(&own, sk);
	bool is_first = key_compare(&own, pk) < 0;
	const struct bytes parts[] = {BYTES_STR("shared"), BYTES((is_first ? &own : pk)->b),
	    BYTES((is_first ? pk : &own)->b)};
	seal_sha256_parts(&hash, parts, 3);
	memcpy(out, hash.b, HASH_SIZE);
}

void imitate_hmac(struct hash *out, struct bytes key, const struct bytes *parts, size_t count)
{
	struct mix mix = {0};

	mix_bytes(&mix, key);
	for (size_t i = 0; i < count; i++)
		mix_bytes(&mix, parts[i]);
	for (size_t i = 0; i < HASH_SIZE; i += 8) {
		mix_number(&mix, i);
		be64_put(out->b + i, mix.b);
	}
}

static void put_tag(uint8_t tag[static SEAL_TAG_SIZE], const uint8_t key[static 32], uint64_t nonce,
    struct bytes ad, struct bytes plain)
{
	struct mix mix = {0};

	mix_number(&mix, nonce);
	mix_bytes(&mix, bytes_of(key, 32));
	mix_bytes(&mix, ad);
	mix_bytes(&mix, plain);
	be64_put(tag, mix.a);
	be64_put(tag + 8, mix.b);
}

void imitate_encrypt(
    uint8_t *out, const uint8_t key[static 32], uint64_t nonce, struct bytes ad, struct bytes in)
{
	if (in.size)
		memmove(out, in.data, in.size);
	put_tag(out + in.size, key, nonce, ad, bytes_of(out, in.size));
}

enum err imitate_decrypt(
    uint8_t *out, const uint8_t key[static 32], uint64_t nonce, struct bytes ad, struct bytes in)
{
	uint8_t tag[SEAL_TAG_SIZE];

	if (in.size < SEAL_TAG_SIZE)
		return ERR_AUTH;
	put_tag(tag, key, nonce, ad, bytes_of(in.data, in.size - SEAL_TAG_SIZE));
	if (memcmp(tag, in.data + in.size - SEAL_TAG_SIZE, SEAL_TAG_SIZE) != 0)
		return ERR_AUTH;
	if (in.size > SEAL_TAG_SIZE)
		memmove(out, in.data, in.size - SEAL_TAG_SIZE);
	return ERR_NONE;
}
