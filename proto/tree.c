/* The Merkle tree of RFC 6962: hashes, appending, proofs and their verification. It knows nothing
 * of where nodes are kept: proofs are made from perfect subtrees that the caller looks up, and
 * verified from untrusted hashes alone. */
#include "proto/tree.h"

#include <assert.h>
#include <string.h>

#include "proto/seal.h"

static unsigned low_bit(uint64_t value)
{
	return (unsigned)__builtin_ctzll(value);
}

/* The largest power of two below size, where RFC 6962 splits a tree. */
static uint64_t split_point(uint64_t size)
{
	return 1ull << (63 - __builtin_clzll(size - 1));
}

unsigned frontier_count(uint64_t size)
{
	return (unsigned)__builtin_popcountll(size);
}

void tree_leaf_hash(struct hash *out, struct bytes leaf)
{
	static const uint8_t prefix[1] = {0x00};
	const struct bytes parts[] = {BYTES(prefix), leaf};

	seal_sha256_parts(out, parts, 2);
}

/* One flat buffer: a node is hashed for every leaf, and one call over 65 bytes beats three updates.
 */
void tree_node_hash(struct hash *out, const struct hash *left, const struct hash *right)
{
	uint8_t node[1 + 2 * HASH_SIZE];

	node[0] = 0x01;
	memcpy(node + 1, left->b, HASH_SIZE);
	memcpy(node + 1 + HASH_SIZE, right->b, HASH_SIZE);
	seal_sha256(out, BYTES(node));
}

void tree_empty_root(struct hash *out)
{
	seal_sha256(out, (struct bytes){NULL, 0});
}

void frontier_append(
    struct frontier *f, const struct hash *leaf, tree_stored_fn *stored, void *context)
{
	struct hash hash = *leaf;
	unsigned count = frontier_count(f->size);
	unsigned level = 0;

	assert(f->size < TREE_SIZE_MAX);
	/* Each trailing one bit of the size is a perfect subtree that the new leaf completes into a
	 * larger one. */
	for (; f->size >> level & 1; level++) {
		tree_node_hash(&hash, &f->hashes[--count], &hash);
		if (stored && (level + 1) % TREE_STORED_LEVELS == 0)
			stored(context, level + 1, f->size >> (level + 1), &hash);
	}
	f->hashes[count] = hash;
	f->size++;
}

void frontier_append_subtree(struct frontier *f, unsigned level, const struct hash *root)
{
	unsigned count = frontier_count(f->size);
	struct hash hash = *root;

	assert(level < TREE_LEVELS && f->size % (1ull << level) == 0);
	for (unsigned l = level; f->size >> l & 1; l++)
		tree_node_hash(&hash, &f->hashes[--count], &hash);
	f->hashes[count] = hash;
	f->size += 1ull << level;
}

void frontier_root(const struct frontier *f, struct hash *out)
{
	unsigned count = frontier_count(f->size);

	if (count == 0) {
		tree_empty_root(out);
		return;
	}
	*out = f->hashes[--count];
	while (count > 0)
		tree_node_hash(out, &f->hashes[--count], out);
}

/* Root of the leaves [begin, end), a range that splitting a tree as RFC 6962 does leads to: its
 * perfect subtrees, largest first, all lie on multiples of their own size. */
static enum err range_root(
    const struct tree_nodes *nodes, uint64_t begin, uint64_t end, struct hash *out)
{
	uint64_t left = end - begin;
	struct hash part;
	enum err err;

	assert(begin < end);
	end -= left & -left;
	err = nodes->get(nodes->context, low_bit(left), end >> low_bit(left), out);
	for (left &= left - 1; !err && left; left &= left - 1) {
		end -= left & -left;
		err = nodes->get(nodes->context, low_bit(left), end >> low_bit(left), &part);
		if (!err)
			tree_node_hash(out, &part, out);
	}
	return err;
}

/* Proofs are found from the root down and written from the leaf up. */
static void proof_reverse(struct hash *proof, size_t count)
{
	for (size_t i = 0; i < count / 2; i++) {
		struct hash swap = proof[i];
		proof[i] = proof[count - 1 - i];
		proof[count - 1 - i] = swap;
	}
}

enum err tree_inclusion_prove(const struct tree_nodes *nodes, uint64_t index, uint64_t size,
    struct hash *proof, size_t *count)
{
	uint64_t begin = 0, end = size;
	enum err err = ERR_NONE;

	*count = 0;
	if (index >= size || size > TREE_SIZE_MAX)
		return ERR_UNKNOWN;
	while (!err && end - begin > 1) {
		uint64_t middle = begin + split_point(end - begin);
		struct hash *sibling = &proof[(*count)++];
		if (index < middle) {
			err = range_root(nodes, middle, end, sibling);
			end = middle;
		} else {
			err = range_root(nodes, begin, middle, sibling);
			begin = middle;
		}
	}
	proof_reverse(proof, *count);
	return err;
}

/* SUBPROOF of RFC 6962 section 2.1.2, its recursion unrolled. The range that is left at the end is
 * a subtree of both trees; the verifier knows its root already when it is the whole old tree. */
enum err tree_consistency_prove(const struct tree_nodes *nodes, uint64_t old_size, uint64_t size,
    struct hash *proof, size_t *count)
{
	uint64_t begin = 0, end = size;
	enum err err = ERR_NONE;

	*count = 0;
	if (old_size > size || size > TREE_SIZE_MAX)
		return ERR_UNKNOWN;
	if (old_size == 0 || old_size == size)
		return ERR_NONE;
	while (!err && end != old_size) {
		uint64_t middle = begin + split_point(end - begin);
		struct hash *other = &proof[(*count)++];
		if (old_size <= middle) {
			err = range_root(nodes, middle, end, other);
			end = middle;
		} else {
			err = range_root(nodes, begin, middle, other);
			begin = middle;
		}
	}
	if (!err && begin > 0)
		err = range_root(nodes, begin, end, &proof[(*count)++]);
	proof_reverse(proof, *count);
	return err;
}

enum err tree_frontier_at(const struct tree_nodes *nodes, uint64_t size, struct frontier *out)
{
	uint64_t begin = 0;
	unsigned count = 0;

	if (size > TREE_SIZE_MAX)
		return ERR_UNKNOWN;
	for (unsigned level = TREE_LEVELS; level-- > 0;) {
		enum err err;
		if (!(size >> level & 1))
			continue;
		err = nodes->get(nodes->context, level, begin >> level, &out->hashes[count++]);
		if (err)
			return err;
		begin += 1ull << level;
	}
	out->size = size;
	return ERR_NONE;
}

/* A way up the tree as RFC 9162 section 2.1.3.2 walks it: the node's index in its level, and the
 * last index there. */
struct path {
	uint64_t node;
	uint64_t last;
};

/* Moves one level up, and further while the node is a right edge without a sibling to be hashed
 * with. Says whether the next hash of the proof stands on the left. */
static bool path_is_left_sibling(struct path *p)
{
	bool is_left = (p->node & 1) || p->node == p->last;

	if (is_left) {
		while (!(p->node & 1) && p->node != 0) {
			p->node >>= 1;
			p->last >>= 1;
		}
	}
	p->node >>= 1;
	p->last >>= 1;
	return is_left;
}

enum err tree_inclusion_verify(const struct hash *leaf, uint64_t index, uint64_t size,
    const struct hash *proof, size_t count, const struct hash *root)
{
	struct path path = {index, size - 1};
	struct hash hash = *leaf;

	if (index >= size)
		return ERR_PROOF;
	for (size_t i = 0; i < count; i++) {
		if (path.last == 0)
			return ERR_PROOF;
		if (path_is_left_sibling(&path))
			tree_node_hash(&hash, &proof[i], &hash);
		else
			tree_node_hash(&hash, &hash, &proof[i]);
	}
	return path.last == 0 && hash_equal(&hash, root) ? ERR_NONE : ERR_PROOF;
}

enum err tree_consistency_verify(uint64_t old_size, const struct hash *old_root, uint64_t size,
    const struct hash *root, const struct hash *proof, size_t count)
{
	struct path path = {old_size - 1, size - 1};
	struct hash old_hash, hash;
	size_t i = 0;

	if (old_size > size)
		return ERR_PROOF;
	if (old_size == size)
		return count == 0 && hash_equal(old_root, root) ? ERR_NONE : ERR_PROOF;
	if (old_size == 0) {
		tree_empty_root(&hash);
		return count == 0 && hash_equal(old_root, &hash) ? ERR_NONE : ERR_PROOF;
	}
	if (count == 0)
		return ERR_PROOF;
	for (; path.node & 1; path.node >>= 1)
		path.last >>= 1;
	/* A perfect old tree is itself the node to begin with, and the proof leaves it out. */
	hash = path.node == 0 ? *old_root : proof[i++];
	old_hash = hash;
	for (; i < count; i++) {
		if (path.last == 0)
			return ERR_PROOF;
		if (path_is_left_sibling(&path)) {
			tree_node_hash(&old_hash, &proof[i], &old_hash);
			tree_node_hash(&hash, &proof[i], &hash);
		} else {
			tree_node_hash(&hash, &hash, &proof[i]);
		}
	}
	if (path.last != 0 || !hash_equal(&old_hash, old_root) || !hash_equal(&hash, root))
		return ERR_PROOF;
	return ERR_NONE;
}
