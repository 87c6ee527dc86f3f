/* Nodes of a stored tree, looked up or computed from headers. It decides what is cached; what a
 * proof needs is the tree's matter. */
#include "store/tree_source.h"

#include <stdlib.h>
#include <string.h>

struct tree_source *tree_source_new(struct txn *t, const struct log_row *row)
{
	struct tree_source *s = malloc(sizeof(*s));

	if (!s)
		return NULL;
	s->t = t;
	s->log_no = row->log_no;
	s->size = row->frontier.size;
	s->next = 0;
	for (unsigned i = 0; i < TREE_BLOCKS; i++)
		s->blocks[i].is_set = false;
	return s;
}

void tree_source_free(struct tree_source *s)
{
	free(s);
}

static bool block_load(struct tree_source *s, struct tree_block *block, uint64_t number)
{
	uint64_t first = number * TREE_BLOCK;
	struct record_walk walk;
	bool is_there;

	block->is_set = false;
	block->number = number;
	block->count = s->size - first < TREE_BLOCK ? (uint32_t)(s->size - first) : TREE_BLOCK;
	record_walk_begin(&walk, s->t);
	is_there = record_walk_at(&walk, s->log_no, first);
	for (uint32_t i = 0; is_there && s->t->err == ERR_NONE;
	     is_there = record_walk_next(&walk)) {
		tree_leaf_hash(&block->leaves[i], record_walk_header(&walk));
		if (++i == block->count)
			break;
	}
	record_walk_end(&walk);
	if (!is_there)
		txn_fail(s->t, ERR_ROT, "headers of log %u are missing", s->log_no);
	block->is_set = s->t->err == ERR_NONE;
	return block->is_set;
}

static const struct tree_block *block_at(struct tree_source *s, uint64_t number)
{
	struct tree_block *block;

	if (number * TREE_BLOCK >= s->size)
		return NULL;
	for (unsigned i = 0; i < TREE_BLOCKS; i++) {
		if (s->blocks[i].is_set && s->blocks[i].number == number)
			return &s->blocks[i];
	}
	block = &s->blocks[s->next];
	s->next = (s->next + 1) % TREE_BLOCKS;
	return block_load(s, block, number) ? block : NULL;
}

/* Root of a perfect subtree below the stored levels. */
static enum err root_in_block(
    struct tree_source *s, unsigned level, uint64_t index, struct hash *out)
{
	uint64_t first = index << level;
	const struct tree_block *block = block_at(s, first / TREE_BLOCK);
	struct frontier f = {0};

	if (!block || (first % TREE_BLOCK) + (1u << level) > block->count)
		return s->t->err ? s->t->err : ERR_UNKNOWN;
	for (uint64_t i = 0; i < 1u << level; i++)
		frontier_append(&f, &block->leaves[first % TREE_BLOCK + i], NULL, NULL);
	frontier_root(&f, out);
	return ERR_NONE;
}

static enum err node_stored(struct tree_source *s, unsigned level, uint64_t index, struct hash *out)
{
	struct row_key key = row_key_node(s->log_no, level, index);
	struct bytes value;

	if (txn_get(s->t, TABLE_NODES, row_key_view(&key), &value) && value.size == HASH_SIZE) {
		memcpy(out->b, value.data, HASH_SIZE);
		return ERR_NONE;
	}
	txn_fail(s->t, ERR_ROT, "a node of log %u is missing", s->log_no);
	return s->t->err;
}

/* Between stored levels at most 128 stored nodes are hashed together. */
static enum err node_get(void *context, unsigned level, uint64_t index, struct hash *out)
{
	struct tree_source *s = context;
	unsigned below = level % TREE_STORED_LEVELS;
	struct frontier f = {0};
	enum err err = ERR_NONE;

	if (level >= TREE_LEVELS || index >= s->size >> level)
		return ERR_UNKNOWN;
	if (level < TREE_STORED_LEVELS)
		return root_in_block(s, level, index, out);
	if (below == 0)
		return node_stored(s, level, index, out);
	for (uint64_t i = 0; i < 1u << below && err == ERR_NONE; i++) {
		struct hash node;
		err = node_stored(s, level - below, (index << below) + i, &node);
		if (err == ERR_NONE)
			frontier_append(&f, &node, NULL, NULL);
	}
	if (err == ERR_NONE)
		frontier_root(&f, out);
	return err;
}

struct tree_nodes tree_source_nodes(struct tree_source *s)
{
	return (struct tree_nodes){.get = node_get, .context = s};
}

enum err tree_source_leaf(struct tree_source *s, uint64_t index, struct hash *out)
{
	return node_get(s, 0, index, out);
}

enum err tree_source_root(struct tree_source *s, uint64_t size, struct hash *out)
{
	struct tree_nodes nodes = tree_source_nodes(s);
	struct frontier f;
	enum err err = tree_frontier_at(&nodes, size, &f);

	if (err == ERR_NONE)
		frontier_root(&f, out);
	return err;
}
