/* How an own log grew by its newest append, kept so that the proof for the signature needs nothing that is older: the peaks of
 * the tree before, and the roots of the perfect subtrees that came. Whatever asks for more falls back on what is stored. */
#ifndef STORE_INCREASE_H
#define STORE_INCREASE_H

#include "proto/tree.h"
#include "store/tree_source.h"

#define INCREASE_NODES_MAX (2 * TREE_LEVELS)

struct increase {
	struct key log;
	struct frontier before;
	struct frontier after;
	unsigned count;
	struct increase_node {
		unsigned level;
		uint64_t index;
		struct hash hash;
	} nodes[INCREASE_NODES_MAX];
};

void increase_begin(struct increase *g, const struct key *log, const struct frontier *before);
void increase_append(struct increase *g, const struct hash *leaf);
/* after is set. */
void increase_end(struct increase *g);

/* The proof that a log of `size` records grows out of its first base, from what is remembered, else from what is stored
 * (a read transaction of its own). */
enum err increase_prove(const struct increase *g, struct env *env, const struct key *log,
    uint64_t base, uint64_t size, struct hash *proof, size_t *count);

#endif
