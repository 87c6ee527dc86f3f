/* The tree against a second implementation that follows the recursive definitions of RFC 6962 to
 * the letter, for every pair of small sizes, and every proof against its tampered twins. */
#include "proto/tree.h"

#include "proto/seal.h"
#include "tests/unit.h"

#define PAIRS_MAX 130
#define HASH_LIST_MAX 128

/* The leaves of the tree under test, and the reader of its nodes that a store would be. */
struct grove {
	struct hash *leaves;
	uint64_t size;
	unsigned reads_left; /* the read after these fails */
};

static void mth(const struct hash *leaves, uint64_t count, struct hash *out)
{
	struct hash left, right;
	uint64_t k = 1;

	if (count == 0) {
		tree_empty_root(out);
		return;
	}
	if (count == 1) {
		*out = leaves[0];
		return;
	}
	while (2 * k < count)
		k *= 2;
	mth(leaves, k, &left);
	mth(leaves + k, count - k, &right);
	tree_node_hash(out, &left, &right);
}

static enum err grove_get(void *context, unsigned level, uint64_t index, struct hash *out)
{
	struct grove *g = context;

	assert_true((index + 1) << level <= g->size);
	if (g->reads_left-- == 0)
		return ERR_ROT;
	mth(g->leaves + (index << level), 1ull << level, out);
	return ERR_NONE;
}

static void grove_init(struct grove *g, uint64_t size)
{
	*g = (struct grove){malloc(size * sizeof(struct hash)), size, UINT32_MAX};
	assert_non_null(g->leaves);
	for (uint64_t i = 0; i < size; i++) {
		uint8_t leaf[8];
		be64_put(leaf, i);
		tree_leaf_hash(&g->leaves[i], BYTES(leaf));
	}
}

/* A proof as RFC 6962 defines it, and its shape: on which side each hash goes ('l', 'r'), 'b' first
 * where the proof begins with the old root. A verifier's verdict depends on shape and hashes alone.
 */
struct reference {
	struct hash hashes[HASH_LIST_MAX];
	size_t count;
	char shape[HASH_LIST_MAX + 2];
};

static void reference_add(struct reference *r, char side, const struct hash *hash)
{
	r->hashes[r->count++] = *hash;
	r->shape[strlen(r->shape)] = side;
}

static void path(struct reference *r, uint64_t index, const struct hash *leaves, uint64_t count)
{
	struct hash other;
	uint64_t k = 1;

	if (count <= 1)
		return;
	while (2 * k < count)
		k *= 2;
	if (index < k) {
		path(r, index, leaves, k);
		mth(leaves + k, count - k, &other);
		reference_add(r, 'r', &other);
	} else {
		path(r, index - k, leaves + k, count - k);
		mth(leaves, k, &other);
		reference_add(r, 'l', &other);
	}
}

static void subproof(
    struct reference *r, uint64_t old_count, const struct hash *leaves, uint64_t count, bool whole)
{
	struct hash other;
	uint64_t k = 1;

	if (old_count == count) {
		mth(leaves, count, &other);
		if (whole)
			r->shape[strlen(r->shape)] = 'b';
		else
			reference_add(r, 's', &other);
		return;
	}
	while (2 * k < count)
		k *= 2;
	if (old_count <= k) {
		subproof(r, old_count, leaves, k, whole);
		mth(leaves + k, count - k, &other);
		reference_add(r, 'r', &other);
	} else {
		subproof(r, old_count - k, leaves + k, count - k, false);
		mth(leaves, k, &other);
		reference_add(r, 'l', &other);
	}
}

static void assert_hash(const struct hash *a, const struct hash *b)
{
	assert_memory_equal(a->b, b->b, HASH_SIZE);
}

/* Refused through `verify`: the proof with a bit of each hash flipped, and with the first, a middle
 * and the last hash dropped or doubled. */
typedef enum err verify_fn(void *context, const struct hash *proof, size_t count);

static void assert_twins_fail(
    verify_fn *verify, void *context, const struct hash *proof, size_t count)
{
	struct hash twin[HASH_LIST_MAX];

	for (size_t i = 0; i < count; i++) {
		memcpy(twin, proof, count * sizeof(*proof));
		twin[i].b[(7 * i) % HASH_SIZE] ^= (uint8_t)(1 << i % 8);
		assert_int_equal(verify(context, twin, count), ERR_PROOF);
	}
	for (size_t i = 0; i < count; i += count < 3 ? 1 : (count - 1) / 2) {
		memcpy(twin, proof, i * sizeof(*proof));
		memcpy(twin + i, proof + i + 1, (count - i - 1) * sizeof(*proof));
		assert_int_equal(verify(context, twin, count - 1), ERR_PROOF);
	}
	for (size_t i = 0; i <= count; i += count < 2 ? 1 : count / 2) {
		memcpy(twin, proof, i * sizeof(*proof));
		twin[i] = proof[count ? (i ? i - 1 : 0) : 0];
		memcpy(twin + i + 1, proof + i, (count - i) * sizeof(*proof));
		assert_int_equal(verify(context, twin, count + 1), ERR_PROOF);
	}
}

struct claim {
	struct hash old; /* leaf or old root */
	uint64_t small;	 /* index or old size */
	struct hash root;
	uint64_t size;
};

static enum err verify_inclusion(void *context, const struct hash *proof, size_t count)
{
	const struct claim *c = context;
	return tree_inclusion_verify(&c->old, c->small, c->size, proof, count, &c->root);
}

static enum err verify_consistency(void *context, const struct hash *proof, size_t count)
{
	const struct claim *c = context;
	return tree_consistency_verify(c->small, &c->old, c->size, &c->root, proof, count);
}

static void assert_flipped_ends_fail(
    verify_fn *verify, const struct claim *c, const struct hash *proof, size_t count)
{
	struct claim twin = *c;

	twin.root.b[5] ^= 0x10;
	assert_int_equal(verify(&twin, proof, count), ERR_PROOF);
	twin = *c;
	twin.old.b[31] ^= 0x80;
	assert_int_equal(verify(&twin, proof, count), ERR_PROOF);
}

static void every_inclusion_proof_up_to_130_verifies_and_its_twins_do_not(void **state)
{
	struct grove g;
	struct tree_nodes nodes = {grove_get, &g};
	(void)state;

	grove_init(&g, PAIRS_MAX);
	for (uint64_t size = 1; size <= PAIRS_MAX; size++) {
		struct claim c = {.size = size};
		mth(g.leaves, size, &c.root);
		for (c.small = 0; c.small < size; c.small++) {
			struct hash proof[TREE_PROOF_MAX];
			struct reference r = {0};
			size_t count;
			assert_int_equal(
			    tree_inclusion_prove(&nodes, c.small, size, proof, &count), ERR_NONE);
			path(&r, c.small, g.leaves, size);
			assert_int_equal(count, r.count);
			assert_memory_equal(proof, r.hashes, count * sizeof(*proof));
			c.old = g.leaves[c.small];
			assert_int_equal(verify_inclusion(&c, proof, count), ERR_NONE);
			assert_twins_fail(verify_inclusion, &c, proof, count);
			assert_flipped_ends_fail(verify_inclusion, &c, proof, count);
		}
	}
	free(g.leaves);
}

static void every_consistency_proof_up_to_130_verifies_and_its_twins_do_not(void **state)
{
	struct grove g;
	struct tree_nodes nodes = {grove_get, &g};
	(void)state;

	grove_init(&g, PAIRS_MAX);
	for (uint64_t size = 0; size <= PAIRS_MAX; size++) {
		struct claim c = {.size = size};
		mth(g.leaves, size, &c.root);
		for (c.small = 0; c.small <= size; c.small++) {
			struct hash proof[TREE_PROOF_MAX] = {{{0}}};
			struct reference r = {0};
			size_t count;
			assert_int_equal(
			    tree_consistency_prove(&nodes, c.small, size, proof, &count), ERR_NONE);
			if (c.small > 0)
				subproof(&r, c.small, g.leaves, size, true);
			assert_int_equal(count, r.count);
			if (count > 0)
				assert_memory_equal(proof, r.hashes, count * sizeof(*proof));
			mth(g.leaves, c.small, &c.old);
			assert_int_equal(verify_consistency(&c, proof, count), ERR_NONE);
			assert_twins_fail(verify_consistency, &c, proof, count);
			c.old.b[0] ^= 1;
			assert_int_equal(verify_consistency(&c, proof, count), ERR_PROOF);
			c.old.b[0] ^= 1;
			if (c.small > 0)
				assert_flipped_ends_fail(verify_consistency, &c, proof, count);
		}
	}
	free(g.leaves);
}

/* A proof holds for another index or size exactly when the shape is the same: that is all a
 * verifier can see. */
static void wrong_sizes_fail_unless_the_shape_is_the_same(void **state)
{
	enum { MAX = 40 };
	struct grove g;
	unsigned refused = 0;
	(void)state;

	grove_init(&g, MAX + 1);
	for (uint64_t size = 1; size <= MAX; size++) {
		struct claim c = {.size = size};
		mth(g.leaves, size, &c.root);
		for (uint64_t small = 0; small < size; small++) {
			struct reference inclusion = {0}, consistency = {0};
			path(&inclusion, small, g.leaves, size);
			subproof(&consistency, small + 1, g.leaves, size, true);
			for (uint64_t twin = 0; twin <= MAX; twin++) {
				struct reference other = {0};
				struct claim t = {g.leaves[small], small, c.root, twin};
				if (small < twin)
					path(&other, small, g.leaves, twin);
				bool same = small < twin && !strcmp(other.shape, inclusion.shape);
				assert_int_equal(
				    verify_inclusion(&t, inclusion.hashes, inclusion.count),
				    same ? ERR_NONE : ERR_PROOF);
				refused += !same;
				t.size = size;
				t.small = twin;
				assert_int_equal(
				    verify_inclusion(&t, inclusion.hashes, inclusion.count),
				    twin == small ? ERR_NONE : ERR_PROOF);

				t = (struct claim){
				    .small = small + 1, .size = twin, .root = c.root};
				mth(g.leaves, small + 1, &t.old);
				other = (struct reference){0};
				if (small < twin)
					subproof(&other, small + 1, g.leaves, twin, true);
				same = small < twin && !strcmp(other.shape, consistency.shape);
				assert_int_equal(
				    verify_consistency(&t, consistency.hashes, consistency.count),
				    same ? ERR_NONE : ERR_PROOF);
				refused += !same;
				t.size = size;
				t.small = twin;
				assert_int_equal(
				    verify_consistency(&t, consistency.hashes, consistency.count),
				    twin == small + 1 ? ERR_NONE : ERR_PROOF);
			}
		}
	}
	assert_true(refused > 1000);
	free(g.leaves);
}

static void absurd_sizes_and_counts_are_refused(void **state)
{
	struct hash proof[HASH_LIST_MAX] = {{{1}}}, root = {{2}}, empty;
	struct claim c = {.size = UINT64_MAX, .small = UINT64_MAX - 1, .root = root};
	(void)state;

	tree_empty_root(&empty);
	for (size_t count = 0; count < HASH_LIST_MAX; count++) {
		assert_int_equal(verify_inclusion(&c, proof, count), ERR_PROOF);
		assert_int_equal(verify_consistency(&c, proof, count), ERR_PROOF);
	}
	c = (struct claim){.size = 0, .small = 0, .root = root, .old = root};
	assert_int_equal(verify_inclusion(&c, proof, 0), ERR_PROOF);
	c = (struct claim){.size = 5, .small = 6, .root = root, .old = root};
	assert_int_equal(verify_consistency(&c, proof, 0), ERR_PROOF);
	c = (struct claim){.size = 5, .small = 0, .root = root, .old = empty};
	assert_int_equal(verify_consistency(&c, proof, 0), ERR_NONE);
	assert_int_equal(verify_consistency(&c, proof, 1), ERR_PROOF);
	c.old = (struct hash){{0}};
	assert_int_equal(verify_consistency(&c, proof, 0), ERR_PROOF);
}

static void proofs_outside_the_tree_are_not_made(void **state)
{
	struct grove g;
	struct tree_nodes nodes = {grove_get, &g};
	struct hash proof[TREE_PROOF_MAX];
	struct frontier f;
	size_t count = 9;
	(void)state;

	grove_init(&g, 8);
	assert_int_equal(tree_inclusion_prove(&nodes, 8, 8, proof, &count), ERR_UNKNOWN);
	assert_int_equal(count, 0);
	assert_int_equal(tree_inclusion_prove(&nodes, 0, 0, proof, &count), ERR_UNKNOWN);
	assert_int_equal(tree_consistency_prove(&nodes, 9, 8, proof, &count), ERR_UNKNOWN);
	assert_int_equal(
	    tree_consistency_prove(&nodes, 9, TREE_SIZE_MAX + 1, proof, &count), ERR_UNKNOWN);
	assert_int_equal(tree_frontier_at(&nodes, TREE_SIZE_MAX + 1, &f), ERR_UNKNOWN);
	free(g.leaves);
}

static void a_failed_read_of_any_node_is_passed_on(void **state)
{
	struct grove g;
	struct tree_nodes nodes = {grove_get, &g};
	struct hash proof[TREE_PROOF_MAX];
	struct frontier f;
	size_t count;
	(void)state;

	grove_init(&g, 23);
	for (unsigned reads = 0; reads < 3; reads++) {
		g.reads_left = reads;
		assert_int_equal(tree_inclusion_prove(&nodes, 4, 23, proof, &count), ERR_ROT);
		g.reads_left = reads;
		assert_int_equal(tree_consistency_prove(&nodes, 5, 23, proof, &count), ERR_ROT);
		g.reads_left = reads;
		assert_int_equal(tree_frontier_at(&nodes, 23, &f), ERR_ROT);
	}
	free(g.leaves);
}

static void frontier_grows_like_the_tree_and_is_found_again_at_any_size(void **state)
{
	struct frontier f = {0}, again;
	struct grove g;
	struct tree_nodes nodes = {grove_get, &g};
	(void)state;

	grove_init(&g, 300);
	for (uint64_t size = 0;; size++) {
		struct hash want, got;
		mth(g.leaves, size, &want);
		frontier_root(&f, &got);
		assert_hash(&got, &want);
		assert_int_equal(f.size, size);
		assert_int_equal(tree_frontier_at(&nodes, size, &again), ERR_NONE);
		assert_int_equal(again.size, size);
		assert_memory_equal(
		    again.hashes, f.hashes, frontier_count(size) * sizeof(struct hash));
		if (size == 300)
			break;
		frontier_append(&f, &g.leaves[size], NULL, NULL);
	}
	free(g.leaves);
}

struct stored {
	struct grove *grove;
	unsigned counts[TREE_LEVELS];
};

static void check_stored(void *context, unsigned level, uint64_t index, const struct hash *hash)
{
	struct stored *s = context;
	struct hash want;

	assert_int_equal(level % TREE_STORED_LEVELS, 0);
	assert_int_equal(index, s->counts[level]++);
	mth(s->grove->leaves + (index << level), 1ull << level, &want);
	assert_hash(hash, &want);
}

static void every_eighth_level_is_handed_out_once_in_order(void **state)
{
	struct grove g;
	struct stored s = {.grove = &g};
	struct frontier f = {0};
	(void)state;

	grove_init(&g, 2 * 65536 + 700);
	for (uint64_t i = 0; i < g.size; i++) {
		frontier_append(&f, &g.leaves[i], check_stored, &s);
		assert_int_equal(s.counts[8], (i + 1) >> 8);
		assert_int_equal(s.counts[16], (i + 1) >> 16);
	}
	assert_int_equal(s.counts[0], 0);
	free(g.leaves);
}

static int setup(void **state)
{
	(void)state;
	return seal_init();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_inclusion_proof_up_to_130_verifies_and_its_twins_do_not),
	    cmocka_unit_test(every_consistency_proof_up_to_130_verifies_and_its_twins_do_not),
	    cmocka_unit_test(wrong_sizes_fail_unless_the_shape_is_the_same),
	    cmocka_unit_test(absurd_sizes_and_counts_are_refused),
	    cmocka_unit_test(proofs_outside_the_tree_are_not_made),
	    cmocka_unit_test(a_failed_read_of_any_node_is_passed_on),
	    cmocka_unit_test(frontier_grows_like_the_tree_and_is_found_again_at_any_size),
	    cmocka_unit_test(every_eighth_level_is_handed_out_once_in_order),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
