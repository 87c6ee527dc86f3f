/* The RFC 6962 section 2.1 Merkle tree over the headers of a log, SHA-256.
 *
 * A frontier holds the roots of the perfect subtrees that make up a tree of some size, largest
 * first: popcount(size) hashes. It is all that is needed to append and to say the root. Proofs need
 * inner nodes and ask for them through a struct tree_nodes. */
#ifndef PROTO_TREE_H
#define PROTO_TREE_H

#include "proto/bytes.h"
#include "proto/err.h"

#define TREE_LEVELS 53 /* sizes stay below 2^53 */
#define TREE_SIZE_MAX ((1ull << TREE_LEVELS) - 1)
#define TREE_PROOF_MAX 106 /* hashes in a consistency proof, at most */

struct frontier {
	uint64_t size;
	/* popcount(size) of them are in use, largest subtree first */
	struct hash hashes[TREE_LEVELS];
};

/* popcount */
unsigned frontier_count(uint64_t size);
/* SHA-256(0x00 || leaf) */
void tree_leaf_hash(struct hash *out, struct bytes leaf);
/* SHA-256(0x01 || left || right); out may be either of them. */
void tree_node_hash(struct hash *out, const struct hash *left, const struct hash *right);
void tree_empty_root(struct hash *out);

/* Called for each perfect subtree that an append completes at level 8, 16, 24 ...: those are kept
 * by the store so that proofs stay cheap. (Level 0 is the leaf hash, which the caller has.) */
#define TREE_STORED_LEVELS 8
typedef void tree_stored_fn(void *context, unsigned level, uint64_t index, const struct hash *hash);

/* Appends one leaf hash. stored may be NULL. */
void frontier_append(
    struct frontier *f, const struct hash *leaf, tree_stored_fn *stored, void *context);
/* Appends the root of a perfect subtree of 2^level leaves; the size is a multiple of that. */
void frontier_append_subtree(struct frontier *f, unsigned level, const struct hash *root);
void frontier_root(const struct frontier *f, struct hash *out);

/* Where proofs get the root of the perfect subtree of 2^level leaves that starts at leaf index <<
 * level. */
struct tree_nodes {
	enum err (*get)(void *context, unsigned level, uint64_t index, struct hash *out);
	void *context;
};

/* RFC 6962 section 2.1.1 and 2.1.2 proofs. proof has room for TREE_PROOF_MAX; count is set.
 * ERR_UNKNOWN when the index or the old size lies outside the tree, or what nodes->get says. */
enum err tree_inclusion_prove(const struct tree_nodes *nodes, uint64_t index, uint64_t size,
    struct hash *proof, size_t *count);
enum err tree_consistency_prove(const struct tree_nodes *nodes, uint64_t old_size, uint64_t size,
    struct hash *proof, size_t *count);
/* Root of the first `size` leaves, and the frontier there. */
enum err tree_frontier_at(const struct tree_nodes *nodes, uint64_t size, struct frontier *out);

/* ERR_PROOF unless the proof shows it. Sizes and count are untrusted. RFC 9162 section 2.1.3.2
 * and 2.1.4.2. A proof does not bind a size to a root (the same hashes may hold for a neighbouring
 * size): the signature over both in a checkpoint does. */
enum err tree_inclusion_verify(const struct hash *leaf, uint64_t index, uint64_t size,
    const struct hash *proof, size_t count, const struct hash *root);
/* From size 0: only the empty proof, and old_root is tree_empty_root. Equal sizes: only the empty
 * proof and equal roots. */
enum err tree_consistency_verify(uint64_t old_size, const struct hash *old_root, uint64_t size,
    const struct hash *root, const struct hash *proof, size_t count);

#endif
