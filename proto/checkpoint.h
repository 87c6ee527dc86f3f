/* The signed size and root of a log: a C2SP tlog-checkpoint in a signed note, kept and sent without
 * its text, which is rebuilt from the network id (PROTOCOL.md section 3).
 *
 *     open-communes/<network id, hex>/<log key, hex>
 *     <size>
 *     <root, base64>
 */
#ifndef PROTO_CHECKPOINT_H
#define PROTO_CHECKPOINT_H

#include "proto/bytes.h"
#include "proto/err.h"
#include "proto/seal.h"
#include "proto/vkey.h"
#include "proto/writer.h"

struct checkpoint {
	struct key log;
	uint64_t size; /* 0: none */
	struct hash root;
	struct sig sig;
};

#define CHECKPOINT_ORIGIN_SIZE (sizeof("open-communes/") - 1 + 2 * HASH_SIZE + 1 + 2 * KEY_SIZE)

/* Origin of a log, which is also its key name. NUL-terminated. */
void checkpoint_origin(
    char out[static CHECKPOINT_ORIGIN_SIZE + 1], const struct hash *network, const struct key *log);
/* False unless it is one of ours in its only form (lower-case hex). */
bool checkpoint_origin_parse(struct bytes origin, struct hash *network, struct key *log);

/* The signed text; the signature is not looked at. */
void checkpoint_text(struct writer *w, const struct hash *network, const struct checkpoint *cp);
/* Fills sig. sk is that of cp->log. size is 1 … TREE_SIZE_MAX. ERR_MEMORY. */
enum err checkpoint_sign(
    struct checkpoint *cp, const struct hash *network, const struct seckey *sk);
/* ERR_SIGNATURE; ERR_FORMAT for size 0; ERR_LIMIT for a size above TREE_SIZE_MAX; ERR_MEMORY. */
enum err checkpoint_verify(const struct checkpoint *cp, const struct hash *network);
/* The whole signed note. */
void checkpoint_note(struct writer *w, const struct hash *network, const struct checkpoint *cp);
/* The verifier key that checks such notes. */
void checkpoint_vkey(struct writer *w, const struct hash *network, const struct key *log);

/* What the text of any log's checkpoint says; the origin is borrowed. Extension lines are allowed
 * and not kept. Nothing is verified. ERR_FORMAT. */
struct checkpoint_claim {
	struct bytes origin;
	uint64_t size;
	struct hash root;
};
enum err checkpoint_parse(struct checkpoint_claim *claim, struct bytes text);

/* A signed note with one of our origins, verified under the log key that the origin names. Errors
 * of note_parse, checkpoint_parse and checkpoint_verify; ERR_FORMAT for extension lines. */
enum err checkpoint_open(struct checkpoint *cp, struct hash *network, struct bytes note);

#endif
