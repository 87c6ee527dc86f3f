/* Noise_XK_25519_ChaChaPoly_SHA256 (Noise specification, revision 34):
 *
 *     <- s
 *     ...
 *     -> e, es
 *     <- e, ee
 *     -> s, se
 *
 * The initiator knows the responder's static key beforehand; the responder learns the initiator's
 * from the third message, encrypted. It decides who can have written a message and nothing about
 * who is welcome.
 *
 * A handshake that failed once is dead: its secrets are wiped and every further call is ERR_STATE.
 *
 *     noise_init(&n, prologue, &keys);           responder: the same with keys.remote = NULL
 *     noise_write(&n, empty, &out);                         noise_read(&n, in, &payload);
 *     noise_read(&n, in, &payload);                         noise_write(&n, empty, &out);
 *     noise_write(&n, payload, &out);                       noise_read(&n, in, &payload);
 *     noise_split(&n, &send, &receive);                     noise_split(&n, &send, &receive);
 */
#ifndef PROTO_NOISE_H
#define PROTO_NOISE_H

#include "proto/bytes.h"
#include "proto/err.h"
#include "proto/seal.h"
#include "proto/writer.h"

#define NOISE_MESSAGE_MAX 65535 /* section 3: a message of either kind, tag included */

/* CipherState of section 5.1, with a key. */
struct noise_cipher {
	uint8_t key[32];
	uint64_t nonce;
};

/* SymmetricState of section 5.2. */
struct noise_symmetric {
	struct hash hash;
	uint8_t chaining_key[32];
	struct noise_cipher cipher;
};

/* The message that comes next. */
enum noise_step {
	NOISE_DEAD, /* failed, released or zeroed */
	NOISE_MESSAGE_1,
	NOISE_MESSAGE_2,
	NOISE_MESSAGE_3,
	NOISE_DONE,
};

struct noise_keys {
	const struct seckey *sk;  /* own static X25519 key; borrowed until the last message */
	const struct key *pk;	  /* its public half */
	const struct key *remote; /* the responder's static key; NULL at the responder */
	const uint8_t *ephemeral; /* 32 random bytes, never used again */
};

/* Read freely: step; from NOISE_DONE on remote_static (proven) and symmetric.hash, the handshake
 * hash of section 11.2. */
struct noise_handshake {
	enum noise_step step;
	bool is_initiator;
	const struct seckey *static_sk;
	struct key static_pk;
	struct seckey ephemeral_sk;
	struct key remote_static;
	struct key remote_ephemeral;
	struct noise_symmetric symmetric;
};

void noise_init(struct noise_handshake *n, struct bytes prologue, const struct noise_keys *keys);
/* Appends the next message. ERR_STATE when it is the other side's turn, ERR_KEY when the other
 * side's key is of low order, ERR_LIMIT, ERR_MEMORY. */
enum err noise_write(struct noise_handshake *n, struct bytes payload, struct writer *out);
/* Takes the next message and appends its payload. Nothing is appended and nothing learnt unless the
 * whole message is authentic. ERR_STATE, ERR_SHORT, ERR_LIMIT, ERR_KEY, ERR_AUTH, ERR_MEMORY. */
enum err noise_read(struct noise_handshake *n, struct bytes message, struct writer *payload);
/* The keys of both directions after the third message; wipes what they were made from.
 * ERR_STATE before. */
enum err noise_split(
    struct noise_handshake *n, struct noise_cipher *send, struct noise_cipher *receive);
/* Wipes everything. */
void noise_release(struct noise_handshake *n);

/* Transport messages. out holds in.size + SEAL_TAG_SIZE and may equal in.data. ERR_LIMIT when the
 * nonces are used up: nothing is encrypted under the last one, which belongs to noise_rekey. */
enum err noise_encrypt(struct noise_cipher *c, uint8_t *out, struct bytes in);
/* out holds in.size - SEAL_TAG_SIZE and may equal in.data. ERR_AUTH leaves c as it was and what it
 * wrote of out zeroed; ERR_LIMIT. */
enum err noise_decrypt(struct noise_cipher *c, uint8_t *out, struct bytes in);
/* Rekey() of section 4.2: a new key that does not tell the old one. The nonce goes on. */
void noise_rekey(struct noise_cipher *c);

#endif
