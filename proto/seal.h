/* The only file that calls libsodium and libcrypto: hashes, signatures, key agreement and
 * authenticated encryption, under the names the specifications use. No randomness is drawn here:
 * seeds come in from outside. seal_init must have succeeded once in the process. */
#ifndef PROTO_SEAL_H
#define PROTO_SEAL_H

#include "proto/bytes.h"
#include "proto/err.h"

#define SEAL_TAG_SIZE 16

/* A secret key in locked memory where the system allows it; wiped by seckey_wipe. Copy by pointer
 * only. */
struct seckey {
	uint8_t b[64]; /* Ed25519: seed and public key; X25519: the first 32 bytes */
};

enum err seal_init(void);

void seal_sha256(struct hash *out, struct bytes in);
/* SHA-256 over the concatenation of `count` parts. */
void seal_sha256_parts(struct hash *out, const struct bytes *parts, size_t count);
void seal_hmac_sha256(struct hash *out, struct bytes key, const struct bytes *parts, size_t count);

/* RFC 8032 Ed25519. */
void seal_sign_keypair(struct key *pk, struct seckey *sk, const uint8_t seed[static 32]);
void seal_sign_public(struct key *pk, const struct seckey *sk);
void seal_sign(struct sig *out, struct bytes message, const struct seckey *sk);
bool seal_verify(const struct sig *sig, struct bytes message, const struct key *pk);
/* Canonical encoding, on the curve, in the prime-order subgroup, not the identity. */
bool seal_is_valid_point(const struct key *pk);

/* RFC 7748 X25519. ERR_KEY when the shared secret is all zero (a low-order point). */
void seal_dh_keypair(struct key *pk, struct seckey *sk, const uint8_t seed[static 32]);
enum err seal_dh(uint8_t out[static 32], const struct seckey *sk, const struct key *pk);

/* ChaCha20-Poly1305 (RFC 8439) with the Noise nonce: 4 zero bytes, then the counter little-endian.
 * out holds in.size + SEAL_TAG_SIZE. out may equal in.data. */
void seal_encrypt(
    uint8_t *out, const uint8_t key[static 32], uint64_t nonce, struct bytes ad, struct bytes in);
/* out holds in.size - SEAL_TAG_SIZE and may equal in.data; ERR_AUTH leaves out zeroed. */
enum err seal_decrypt(
    uint8_t *out, const uint8_t key[static 32], uint64_t nonce, struct bytes ad, struct bytes in);

/* Deterministic stream for a seed, for salts and jitter. Each call takes ChaCha20 blocks of the key
 * (original form, nonce and counter from 0): the first 32 bytes replace the key, the rest is given
 * out. So what was drawn before cannot be computed from what memory holds later. */
struct seal_rng {
	uint8_t key[32];
};
void seal_rng_init(struct seal_rng *rng, const uint8_t seed[static 32]);
void seal_rng_bytes(struct seal_rng *rng, void *out, size_t size);
uint64_t seal_rng_below(
    struct seal_rng *rng, uint64_t bound); /* uniform in [0, bound), bound > 0 */

/* Passphrase sealing of a key file: Argon2id (RFC 9106) with the given costs, then
 * XChaCha20-Poly1305. out holds in.size + SEAL_TAG_SIZE. ERR_MEMORY, ERR_PASSPHRASE. */
struct seal_cost {
	uint32_t passes;
	uint32_t memory_kib;
};
enum err seal_lock(uint8_t *out, struct bytes in, struct bytes passphrase,
    const uint8_t salt[static 16], const uint8_t nonce[static 24], struct seal_cost cost);
enum err seal_unlock(uint8_t *out, struct bytes in, struct bytes passphrase,
    const uint8_t salt[static 16], const uint8_t nonce[static 24], struct seal_cost cost);

bool seal_equal(const void *a, const void *b, size_t size); /* constant time */
void seal_wipe(void *secret, size_t size);

#endif
