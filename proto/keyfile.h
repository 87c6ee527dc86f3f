/* The file that keeps one secret key, plain or sealed with a passphrase (PROTOCOL.md, "Key files").
 *
 * A key has one purpose for its life: a file for another purpose is refused, so that a log key
 * never certifies and a member key never signs a checkpoint. The public key stands beside the
 * secret and can be read without the passphrase. Nothing is drawn or read here: seed, salt and
 * nonce come in, bytes go out. */
#ifndef PROTO_KEYFILE_H
#define PROTO_KEYFILE_H

#include "proto/bytes.h"
#include "proto/err.h"
#include "proto/seal.h"
#include "proto/writer.h"

#define KEYFILE_PURPOSE_MAP(X) \
	X(MEMBER, member) X(LOG, log) X(COSIGNER, cosigner) X(TRANSPORT, transport)

enum keyfile_purpose {
#define X(id, word) KEYFILE_##id,
	KEYFILE_PURPOSE_MAP(X)
#undef X
};

/* "member", "log", ... as the file holds it. */
const char *keyfile_purpose_name(enum keyfile_purpose purpose);

/* How a file is sealed. Salt and nonce are random and used once. */
struct keyfile_lock {
	struct bytes passphrase;
	uint8_t salt[16];
	uint8_t nonce[24];
	struct seal_cost cost;
};

/* Public and secret key of a seed for that purpose: Ed25519, or X25519 for KEYFILE_TRANSPORT. */
void keyfile_derive(
    struct key *pk, struct seckey *sk, enum keyfile_purpose purpose, const uint8_t seed[static 32]);

/* Appends the file. lock NULL keeps the seed plain. ERR_LIMIT when the cost is out of bounds,
 * ERR_PASSPHRASE for an empty passphrase, ERR_MEMORY. Wipe the writer's memory when the file is
 * written. */
enum err keyfile_encode(struct writer *out, enum keyfile_purpose purpose,
    const uint8_t seed[static 32], const struct keyfile_lock *lock);

/* What a file says without its passphrase. */
struct keyfile {
	enum keyfile_purpose purpose;
	struct key key;
	bool is_sealed;
};

/* Any purpose. ERR_FORMAT (also for costs out of bounds) or an error of mp_scan. */
enum err keyfile_inspect(struct bytes in, struct keyfile *out, struct why *why);

/* The keys of a file of that purpose. passphrase is ignored where the file is plain; empty for a
 * sealed file is ERR_PASSPHRASE, like a wrong one. Another purpose is ERR_FORMAT, a public key that
 * is not the secret's ERR_KEY. Costs are checked before anything is hashed. sk is wiped on an
 * error. */
enum err keyfile_decode(struct bytes in, enum keyfile_purpose purpose, struct bytes passphrase,
    struct key *pk, struct seckey *sk, struct why *why);

#endif
