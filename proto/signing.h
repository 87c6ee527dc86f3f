/* What may be signed of a log: only what grows out of what head.lock says was signed before. Pure, and the whole of what a
 * signer knows: it sees no record and asks nobody, so whoever drives it, whatever became of him, gets no second history
 * out of it. Whether this is a time for signing at all (DESIGN.md D7) is the core's to know.
 *
 * A request without is_signing moves the lock only: its flags, or its size and root to what others were heard to have.
 * Such a size is a bound that nothing is signed behind; what is signed later still has to grow out of what was signed here. */
#ifndef PROTO_SIGNING_H
#define PROTO_SIGNING_H

#include "proto/listen.h"
#include "proto/tree.h"

struct signing {
	struct key log;
	uint64_t size;
	struct hash root;
	bool was_shown, is_unheard; /* for the slot */
	bool is_signing;
	unsigned
	    proof_count; /* from the signed size of the lock to size; none when is_signing is not set */
	struct hash proof[TREE_PROOF_MAX];
};

/* How far the log was signed here: what a proof starts from. */
uint64_t signing_base(const struct listen_slot *slot, struct hash *root);

/* The slot to be written before the signature is given away. ERR_REFUSED: the lock is of another place, moved, or ahead;
 * the same size has another root. ERR_PROOF: the log does not grow out of what was signed. ERR_FIELD: no size, or one
 * that no tree has. ERR_UNKNOWN: no lock for this log. */
enum err signing_judge(struct listen_slot *out, const struct listen_lock *lock,
    const struct listen_here *here, const struct signing *asked, struct why *why);

#endif
