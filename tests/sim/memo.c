/* Takes the place of functions of proto/seal at link time. What was computed before is answered from a table: the same
 * question has the same answer, and X25519(a, B) is X25519(b, A); a simulation verifies one checkpoint at fifty nodes
 * and does both sides of each handshake. In most seeds the costly ones are imitated instead. Of zstd only the working
 * memory is kept from call to call, one for all nodes, which changes no byte. */
#include "tests/sim/memo.h"

#include <assert.h>
#include <string.h>
#include <zstd.h>

#include "proto/batch.h"
#include "proto/seal.h"
#include "tests/sim/imitate.h"

#define ENTRIES 8192
#define PLACES 16

struct entry {
	struct hash question;
	uint8_t answer[32];
	bool is_used;
};

static struct entry entries[ENTRIES];
static bool is_imitated;
static ZSTD_CCtx *packer;
static ZSTD_DCtx *unpacker;

void __real_seal_sign(struct sig *out, struct bytes message, const struct seckey *sk);
void __wrap_seal_sign(struct sig *out, struct bytes message, const struct seckey *sk);
bool __real_seal_verify(const struct sig *sig, struct bytes message, const struct key *pk);
bool __wrap_seal_verify(const struct sig *sig, struct bytes message, const struct key *pk);
bool __real_seal_is_valid_point(const struct key *pk);
bool __wrap_seal_is_valid_point(const struct key *pk);
enum err __real_seal_dh(uint8_t out[static 32], const struct seckey *sk, const struct key *pk);
enum err __wrap_seal_dh(uint8_t out[static 32], const struct seckey *sk, const struct key *pk);
void __real_seal_dh_keypair(struct key *pk, struct seckey *sk, const uint8_t seed[static 32]);
void __wrap_seal_dh_keypair(struct key *pk, struct seckey *sk, const uint8_t seed[static 32]);
void __real_seal_hmac_sha256(
    struct hash *out, struct bytes key, const struct bytes *parts, size_t count);
void __wrap_seal_hmac_sha256(
    struct hash *out, struct bytes key, const struct bytes *parts, size_t count);
void __real_seal_encrypt(
    uint8_t *out, const uint8_t key[static 32], uint64_t nonce, struct bytes ad, struct bytes in);
void __wrap_seal_encrypt(
    uint8_t *out, const uint8_t key[static 32], uint64_t nonce, struct bytes ad, struct bytes in);
enum err __real_seal_decrypt(
    uint8_t *out, const uint8_t key[static 32], uint64_t nonce, struct bytes ad, struct bytes in);
enum err __wrap_seal_decrypt(
    uint8_t *out, const uint8_t key[static 32], uint64_t nonce, struct bytes ad, struct bytes in);
struct batch_packer *__wrap_batch_packer_new(void);
struct batch_unpacker *__wrap_batch_unpacker_new(void);
size_t __wrap_ZSTD_compress(void *out, size_t room, const void *in, size_t size, int level);
size_t __wrap_ZSTD_decompress(void *out, size_t room, const void *in, size_t size);

void memo_begin(bool is_real)
{
	is_imitated = !is_real;
	memset(entries, 0, sizeof(entries));
	if (packer)
		return;
	packer = ZSTD_createCCtx();
	unpacker = ZSTD_createDCtx();
	assert(packer && unpacker);
}

/* Where its answer is, or goes: of a few places the first that is free, else the first of all. */
static struct entry *find(const struct hash *question)
{
	uint32_t at = be32_get(question->b);

	for (uint32_t i = 0; i < PLACES; i++) {
		struct entry *e = &entries[(at + i) % ENTRIES];
		if (!e->is_used || hash_equal(&e->question, question))
			return e;
	}
	return &entries[at % ENTRIES];
}

static bool look_up(const struct hash *question, uint8_t answer[static 32])
{
	const struct entry *e = find(question);

	if (!e->is_used || !hash_equal(&e->question, question))
		return false;
	memcpy(answer, e->answer, 32);
	return true;
}

static void remember(const struct hash *question, const uint8_t answer[static 32])
{
	struct entry *e = find(question);

	e->question = *question;
	memcpy(e->answer, answer, 32);
	e->is_used = true;
}

static void name_verify(
    struct hash *out, const struct sig *sig, struct bytes message, const uint8_t *pk)
{
	const struct bytes parts[] = {
	    BYTES_STR("verify"), BYTES(sig->b), bytes_of(pk, KEY_SIZE), message};

	seal_sha256_parts(out, parts, 4);
}

/* The second half of an Ed25519 secret key is the public one. */
void __wrap_seal_sign(struct sig *out, struct bytes message, const struct seckey *sk)
{
	static const uint8_t yes[32] = {1};
	struct hash question;
	struct key pk;

	memcpy(pk.b, sk->b + 32, KEY_SIZE);
	if (is_imitated) {
		imitate_sign(out, message, &pk);
		return;
	}
	__real_seal_sign(out, message, sk);
	name_verify(&question, out, message, pk.b);
	remember(&question, yes);
}

bool __wrap_seal_verify(const struct sig *sig, struct bytes message, const struct key *pk)
{
	struct hash question;
	uint8_t answer[32] = {0};

	if (is_imitated)
		return imitate_verify(sig, message, pk);
	name_verify(&question, sig, message, pk->b);
	if (!look_up(&question, answer)) {
		answer[0] = __real_seal_verify(sig, message, pk);
		remember(&question, answer);
	}
	return answer[0];
}

bool __wrap_seal_is_valid_point(const struct key *pk)
{
	const struct bytes parts[] = {BYTES_STR("point"), BYTES(pk->b)};
	struct hash question;
	uint8_t answer[32] = {0};

	seal_sha256_parts(&question, parts, 2);
	if (!look_up(&question, answer)) {
		answer[0] = __real_seal_is_valid_point(pk);
		remember(&question, answer);
	}
	return answer[0];
}

static void name_public(struct hash *out, const struct seckey *sk)
{
	const struct bytes parts[] = {BYTES_STR("public"), bytes_of(sk->b, 32)};

	seal_sha256_parts(out, parts, 2);
}

void __wrap_seal_dh_keypair(struct key *pk, struct seckey *sk, const uint8_t seed[static 32])
{
	struct hash question;

	if (is_imitated) {
		imitate_dh_keypair(pk, sk, seed);
		return;
	}
	__real_seal_dh_keypair(pk, sk, seed);
	name_public(&question, sk);
	remember(&question, pk->b);
}

/* Named by both public keys, the smaller first; only where the own one is known. */
enum err __wrap_seal_dh(uint8_t out[static 32], const struct seckey *sk, const struct key *pk)
{
	struct hash question;
	struct key own;
	enum err err;

	if (is_imitated) {
		imitate_dh(out, sk, pk);
		return ERR_NONE;
	}
	name_public(&question, sk);
	if (!look_up(&question, own.b))
		return __real_seal_dh(out, sk, pk);
	bool is_first = key_compare(&own, pk) < 0;
	const struct bytes parts[] = {
	    BYTES_STR("dh"), BYTES((is_first ? &own : pk)->b), BYTES((is_first ? pk : &own)->b)};
	seal_sha256_parts(&question, parts, 3);
	if (look_up(&question, out))
		return ERR_NONE;
	err = __real_seal_dh(out, sk, pk);
	if (!err)
		remember(&question, out);
	return err;
}

void __wrap_seal_hmac_sha256(
    struct hash *out, struct bytes key, const struct bytes *parts, size_t count)
{
	(is_imitated ? imitate_hmac : __real_seal_hmac_sha256)(out, key, parts, count);
}

void __wrap_seal_encrypt(
    uint8_t *out, const uint8_t key[static 32], uint64_t nonce, struct bytes ad, struct bytes in)
{
	(is_imitated ? imitate_encrypt : __real_seal_encrypt)(out, key, nonce, ad, in);
}

enum err __wrap_seal_decrypt(
    uint8_t *out, const uint8_t key[static 32], uint64_t nonce, struct bytes ad, struct bytes in)
{
	return (is_imitated ? imitate_decrypt : __real_seal_decrypt)(out, key, nonce, ad, in);
}

/* A node without its own calls the two below. */
struct batch_packer *__wrap_batch_packer_new(void)
{
	return NULL;
}

struct batch_unpacker *__wrap_batch_unpacker_new(void)
{
	return NULL;
}

size_t __wrap_ZSTD_compress(void *out, size_t room, const void *in, size_t size, int level)
{
	return ZSTD_compressCCtx(packer, out, room, in, size, level);
}

size_t __wrap_ZSTD_decompress(void *out, size_t room, const void *in, size_t size)
{
	return ZSTD_decompressDCtx(unpacker, out, room, in, size);
}
