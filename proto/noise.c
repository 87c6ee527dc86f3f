/* The Noise XK handshake and its transport ciphers, written beside the specification: names in
 * comments are its functions and tokens. It draws no randomness, so that a session can be replayed
 * from its seeds. */
#include "proto/noise.h"

#include <string.h>

/* Exactly 32 bytes, which section 5.2 takes as the first hash without hashing them. */
static const char protocol_name[HASH_SIZE + 1] = "Noise_XK_25519_ChaChaPoly_SHA256";

enum token { E, S, EE, ES, SE };

static const enum token pattern[][2] = {
    [NOISE_MESSAGE_1] = {E, ES}, /* -> e, es */
    [NOISE_MESSAGE_2] = {E, EE}, /* <- e, ee */
    [NOISE_MESSAGE_3] = {S, SE}, /* -> s, se */
};

/* --- CipherState, section 5.1 ---------------------------------------------------------------- */

static enum err cipher_encrypt(
    struct noise_cipher *c, uint8_t *out, struct bytes ad, struct bytes in)
{
	if (c->nonce == UINT64_MAX)
		return ERR_LIMIT;
	seal_encrypt(out, c->key, c->nonce++, ad, in);
	return ERR_NONE;
}

static enum err cipher_decrypt(
    struct noise_cipher *c, uint8_t *out, struct bytes ad, struct bytes in)
{
	enum err err;

	if (c->nonce == UINT64_MAX)
		return ERR_LIMIT;
	err = seal_decrypt(out, c->key, c->nonce, ad, in);
	if (!err)
		c->nonce++;
	return err;
}

enum err noise_encrypt(struct noise_cipher *c, uint8_t *out, struct bytes in)
{
	return cipher_encrypt(c, out, (struct bytes){0}, in);
}

enum err noise_decrypt(struct noise_cipher *c, uint8_t *out, struct bytes in)
{
	return cipher_decrypt(c, out, (struct bytes){0}, in);
}

void noise_rekey(struct noise_cipher *c)
{
	static const uint8_t zeros[sizeof(c->key)];
	uint8_t out[sizeof(c->key) + SEAL_TAG_SIZE];

	seal_encrypt(out, c->key, UINT64_MAX, (struct bytes){0}, BYTES(zeros));
	memcpy(c->key, out, sizeof(c->key));
	seal_wipe(out, sizeof(out));
}

/* --- SymmetricState, section 5.2 ------------------------------------------------------------- */

/* HKDF() with two outputs, section 4.3. */
static void hkdf(struct hash out[static 2], const uint8_t chaining_key[static 32], struct bytes key)
{
	static const uint8_t one[] = {0x01}, two[] = {0x02};
	struct hash temp;
	const struct bytes first[] = {BYTES(one)}, second[] = {BYTES(out[0].b), BYTES(two)};

	seal_hmac_sha256(&temp, bytes_of(chaining_key, 32), &key, 1);
	seal_hmac_sha256(&out[0], BYTES(temp.b), first, 1);
	seal_hmac_sha256(&out[1], BYTES(temp.b), second, 2);
	seal_wipe(&temp, sizeof(temp));
}

static void mix_hash(struct noise_symmetric *s, struct bytes data)
{
	const struct bytes parts[] = {BYTES(s->hash.b), data};

	seal_sha256_parts(&s->hash, parts, 2);
}

static void mix_key(struct noise_symmetric *s, struct bytes key)
{
	struct hash out[2];

	hkdf(out, s->chaining_key, key);
	memcpy(s->chaining_key, out[0].b, sizeof(s->chaining_key));
	memcpy(s->cipher.key, out[1].b, sizeof(s->cipher.key));
	s->cipher.nonce = 0;
	seal_wipe(out, sizeof(out));
}

/* EncryptAndHash(); every message of XK has a key by the time it encrypts. */
static enum err encrypt_and_hash(struct noise_symmetric *s, struct bytes in, struct writer *out)
{
	uint8_t *at = writer_grow(out, in.size + SEAL_TAG_SIZE);
	enum err err;

	if (!at)
		return out->err;
	err = cipher_encrypt(&s->cipher, at, BYTES(s->hash.b), in);
	if (!err)
		mix_hash(s, bytes_of(at, in.size + SEAL_TAG_SIZE));
	return err;
}

/* DecryptAndHash(). in is at least a tag. */
static enum err decrypt_and_hash(struct noise_symmetric *s, struct bytes in, uint8_t *out)
{
	enum err err = cipher_decrypt(&s->cipher, out, BYTES(s->hash.b), in);

	if (!err)
		mix_hash(s, in);
	return err;
}

/* --- HandshakeState, section 5.3 ------------------------------------------------------------- */

/* A message being written or read: what it changes, until all of it is checked. */
struct draft {
	struct noise_symmetric symmetric;
	struct key remote_static;
	struct key remote_ephemeral;
};

static void draft_begin(struct draft *d, const struct noise_handshake *n)
{
	memcpy(&d->symmetric, &n->symmetric, sizeof(d->symmetric));
	d->remote_static = n->remote_static;
	d->remote_ephemeral = n->remote_ephemeral;
}

static void draft_commit(const struct draft *d, struct noise_handshake *n)
{
	memcpy(&n->symmetric, &d->symmetric, sizeof(n->symmetric));
	n->remote_static = d->remote_static;
	n->remote_ephemeral = d->remote_ephemeral;
	n->step++;
}

void noise_init(struct noise_handshake *n, struct bytes prologue, const struct noise_keys *keys)
{
	memset(n, 0, sizeof(*n));
	n->step = NOISE_MESSAGE_1;
	n->is_initiator = keys->remote != NULL;
	n->static_sk = keys->sk;
	n->static_pk = *keys->pk;
	memcpy(n->ephemeral_sk.b, keys->ephemeral, 32);
	if (keys->remote)
		n->remote_static = *keys->remote;

	/* InitializeSymmetric(protocol_name), MixHash(prologue) */
	memcpy(n->symmetric.hash.b, protocol_name, HASH_SIZE);
	memcpy(n->symmetric.chaining_key, protocol_name, HASH_SIZE);
	mix_hash(&n->symmetric, prologue);
	/* <- s */
	mix_hash(
	    &n->symmetric, n->is_initiator ? BYTES(n->remote_static.b) : BYTES(n->static_pk.b));
}

/* MixKey(DH(…)) of ee, es or se: the first letter names the initiator's key, the second the
 * responder's. */
static enum err mix_dh(const struct noise_handshake *n, struct draft *d, enum token token)
{
	bool is_own_static = token == (n->is_initiator ? SE : ES);
	bool is_remote_static = token == (n->is_initiator ? ES : SE);
	uint8_t secret[32];
	enum err err;

	err = seal_dh(secret, is_own_static ? n->static_sk : &n->ephemeral_sk,
	    is_remote_static ? &d->remote_static : &d->remote_ephemeral);
	if (!err)
		mix_key(&d->symmetric, BYTES(secret));
	seal_wipe(secret, sizeof(secret));
	return err;
}

/* Only now does the seed that noise_init kept cost a multiplication: most strangers never get here.
 */
static enum err write_ephemeral(struct noise_handshake *n, struct draft *d, struct writer *out)
{
	uint8_t seed[32];
	struct key pk;

	memcpy(seed, n->ephemeral_sk.b, sizeof(seed));
	seal_dh_keypair(&pk, &n->ephemeral_sk, seed);
	seal_wipe(seed, sizeof(seed));
	mix_hash(&d->symmetric, BYTES(pk.b));
	writer_put(out, pk.b, KEY_SIZE);
	return out->err;
}

static enum err write_token(
    struct noise_handshake *n, struct draft *d, enum token token, struct writer *out)
{
	switch (token) {
	case E:
		return write_ephemeral(n, d, out);
	case S:
		return encrypt_and_hash(&d->symmetric, BYTES(n->static_pk.b), out);
	case EE:
	case ES:
	case SE:
		return mix_dh(n, d, token);
	}
	return ERR_BUG;
}

static enum err read_token(
    const struct noise_handshake *n, struct draft *d, enum token token, struct bytes *message)
{
	size_t size = token == S ? KEY_SIZE + SEAL_TAG_SIZE : KEY_SIZE;
	struct bytes in;

	if (token != E && token != S)
		return mix_dh(n, d, token);
	if (message->size < size)
		return ERR_SHORT;
	in = bytes_of(message->data, size);
	*message = bytes_of(message->data + size, message->size - size);
	if (token == S)
		return decrypt_and_hash(&d->symmetric, in, d->remote_static.b);
	memcpy(d->remote_ephemeral.b, in.data, KEY_SIZE);
	mix_hash(&d->symmetric, in);
	return ERR_NONE;
}

static bool is_writers_turn(const struct noise_handshake *n)
{
	switch (n->step) {
	case NOISE_MESSAGE_1:
	case NOISE_MESSAGE_3:
		return n->is_initiator;
	case NOISE_MESSAGE_2:
		return !n->is_initiator;
	case NOISE_DONE:
	case NOISE_DEAD:
		break;
	}
	return false;
}

static bool is_readers_turn(const struct noise_handshake *n)
{
	return n->step != NOISE_DONE && n->step != NOISE_DEAD && !is_writers_turn(n);
}

enum err noise_write(struct noise_handshake *n, struct bytes payload, struct writer *out)
{
	const size_t before = out->size;
	struct draft d;
	enum err err = ERR_NONE;

	if (!is_writers_turn(n)) {
		noise_release(n);
		return ERR_STATE;
	}
	draft_begin(&d, n);
	for (size_t i = 0; !err && i < 2; i++)
		err = write_token(n, &d, pattern[n->step][i], out);
	if (!err && payload.size > NOISE_MESSAGE_MAX - SEAL_TAG_SIZE - (out->size - before))
		err = ERR_LIMIT;
	if (!err)
		err = encrypt_and_hash(&d.symmetric, payload, out);
	if (!err) {
		draft_commit(&d, n);
	} else {
		out->size = before;
		noise_release(n);
	}
	seal_wipe(&d, sizeof(d));
	return err;
}

enum err noise_read(struct noise_handshake *n, struct bytes message, struct writer *payload)
{
	const size_t before = payload->size;
	struct draft d;
	uint8_t *at;
	enum err err = ERR_NONE;

	if (!is_readers_turn(n)) {
		noise_release(n);
		return ERR_STATE;
	}
	draft_begin(&d, n);
	if (message.size > NOISE_MESSAGE_MAX)
		err = ERR_LIMIT;
	for (size_t i = 0; !err && i < 2; i++)
		err = read_token(n, &d, pattern[n->step][i], &message);
	if (!err && message.size < SEAL_TAG_SIZE)
		err = ERR_SHORT;
	if (!err) {
		at = writer_grow(payload, message.size - SEAL_TAG_SIZE);
		err = at ? decrypt_and_hash(&d.symmetric, message, at) : payload->err;
	}
	if (!err) {
		draft_commit(&d, n);
	} else {
		payload->size = before;
		noise_release(n);
	}
	seal_wipe(&d, sizeof(d));
	return err;
}

/* Split(). Once: the static key is let go with the rest. */
enum err noise_split(
    struct noise_handshake *n, struct noise_cipher *send, struct noise_cipher *receive)
{
	struct hash out[2];

	if (n->step != NOISE_DONE || !n->static_sk) {
		noise_release(n);
		return ERR_STATE;
	}
	hkdf(out, n->symmetric.chaining_key, (struct bytes){0});
	memcpy(send->key, out[n->is_initiator ? 0 : 1].b, sizeof(send->key));
	memcpy(receive->key, out[n->is_initiator ? 1 : 0].b, sizeof(receive->key));
	send->nonce = receive->nonce = 0;
	seal_wipe(out, sizeof(out));
	seal_wipe(n->symmetric.chaining_key, sizeof(n->symmetric.chaining_key));
	seal_wipe(&n->symmetric.cipher, sizeof(n->symmetric.cipher));
	seal_wipe(&n->ephemeral_sk, sizeof(n->ephemeral_sk));
	n->static_sk = NULL;
	return ERR_NONE;
}

void noise_release(struct noise_handshake *n)
{
	seal_wipe(n, sizeof(*n));
}
