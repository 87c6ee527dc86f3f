/* Where proofs over a stored log get their nodes: TABLE_NODES for levels 8, 16, …, headers for what
 * lies below, with the last blocks of 256 leaves kept for the length of one call. */
#ifndef STORE_TREE_SOURCE_H
#define STORE_TREE_SOURCE_H

#include "store/segment.h"

#define TREE_BLOCK (1u << TREE_STORED_LEVELS)
#define TREE_BLOCKS \
	3 /* a consistency proof looks into the block of either size, an inclusion proof into one \
	     more */

struct tree_block {
	bool is_set;
	uint64_t number;
	uint32_t count;
	struct hash leaves[TREE_BLOCK];
};

struct tree_source {
	struct txn *t;
	uint32_t log_no;
	uint64_t size; /* stored */
	unsigned next;
	struct tree_block blocks[TREE_BLOCKS];
};

/* On the heap: it is too large for a stack. NULL without memory. */
struct tree_source *tree_source_new(struct txn *t, const struct log_row *row);
void tree_source_free(struct tree_source *s);
struct tree_nodes tree_source_nodes(struct tree_source *s);
enum err tree_source_leaf(struct tree_source *s, uint64_t index, struct hash *out);
/* Root of the first `size` leaves. */
enum err tree_source_root(struct tree_source *s, uint64_t size, struct hash *out);

#endif
