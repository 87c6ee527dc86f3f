/* Verifies what `commune prove` printed, from the document alone: no daemon, no store, public
 * formats only. */
#ifndef CLI_PROOF_CHECK_H
#define CLI_PROOF_CHECK_H

#include "proto/bytes.h"
#include "proto/err.h"

/* One claim of the document. reason says why it is proven or not; both are borrowed for the call.
 */
typedef void proof_claim_fn(void *context, const char *claim, bool is_proven, const char *reason);

/* doc: the document's map, as json_parse made it. network: what the caller knows the network's id
 * to be, or NULL, then the document's own is taken and the claim says so. Each claim is told once,
 * in a fixed order. False unless all are proven. */
bool proof_check(struct bytes doc, const struct hash *network, proof_claim_fn *tell, void *context);

/* Evidence that a key signed two histories; the same, of that document. cli/proof_fork.c */
bool proof_is_fork(struct bytes doc);
bool proof_fork_check(
    struct bytes doc, const struct hash *network, proof_claim_fn *tell, void *context);

#endif
