/* Transparency log proofs (c2sp.org/tlog-proof): an inclusion proof and the checkpoint it leads to
 * in one text that others' tools read.
 *
 *     c2sp.org/tlog-proof@v1
 *     extra <base64>            (optional)
 *     index <decimal>
 *     <hash, base64>            (from the leaf's sibling up)
 *     <empty line>
 *     <checkpoint, a signed note>
 */
#ifndef PROTO_TLOG_PROOF_H
#define PROTO_TLOG_PROOF_H

#include "proto/bytes.h"
#include "proto/err.h"
#include "proto/tree.h"
#include "proto/writer.h"

struct tlog_proof {
	struct bytes extra; /* base64 text, well-formed; empty without one; nobody signed it */
	uint64_t index;
	size_t count;
	struct hash hashes[TREE_LEVELS];
	struct bytes checkpoint; /* the rest, not looked at */
};

/* Borrows from the text. ERR_FORMAT; ERR_LIMIT for more hashes than a tree has levels, or more than
 * NOTE_SIZE_MAX bytes. */
enum err tlog_proof_parse(struct tlog_proof *proof, struct bytes text);
/* The same text again. */
void tlog_proof_put(struct writer *w, const struct tlog_proof *proof);

#endif
