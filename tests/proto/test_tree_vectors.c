/* The tree against the public vectors. */
#include "proto/tree.h"

#include <stdio.h>

#include "proto/seal.h"
#include "tests/proto/vectors.h"

#define HASH_LIST_MAX 128

static void assert_hash(const struct hash *a, const struct hash *b)
{
	assert_memory_equal(a->b, b->b, HASH_SIZE);
}

static void empty_tree_leaf_and_node_hashes_are_those_of_the_rfc(void **state)
{
	json_t *file = vectors_load("tests/vectors/merkle/roots.json");
	json_t *hashes = vectors_get(file, "hashes"), *one;
	unsigned seen = 0;
	size_t i;
	(void)state;

	json_array_foreach(hashes, i, one)
	{
		struct vectors_blob want = vectors_hex(one, "hex");
		const char *what = vectors_str(one, "what");
		struct hash got;
		if (strcmp(what, "empty tree") == 0) {
			tree_empty_root(&got);
		} else if (strncmp(what, "leaf", 4) == 0) {
			struct vectors_blob data = {calloc(1, 1), 0};
			if (json_object_get(one, "data_hex")) {
				free(data.data);
				data = vectors_hex(one, "data_hex");
			}
			tree_leaf_hash(&got, vectors_view(&data));
			free(data.data);
		} else {
			/* Children of 4 bytes: shows the prefix, which tree_node_hash shares with
			 * the leaf vectors' hasher. */
			struct vectors_blob left = vectors_hex(one, "left_hex");
			struct vectors_blob right = vectors_hex(one, "right_hex");
			const struct bytes parts[] = {
			    BYTES_STR("\x01"), vectors_view(&left), vectors_view(&right)};
			seal_sha256_parts(&got, parts, 3);
			free(left.data);
			free(right.data);
		}
		assert_memory_equal(got.b, want.data, HASH_SIZE);
		free(want.data);
		seen++;
	}
	assert_int_equal(seen, 4);
	json_decref(file);
}

static void check_roots(json_t *file, const struct hash *leaves, size_t leaf_count)
{
	json_t *roots = vectors_get(file, "roots"), *one;
	struct frontier f = {0};
	size_t i;

	assert_true(json_array_size(roots) > 0);
	json_array_foreach(roots, i, one)
	{
		uint64_t size = vectors_u64(one, "size");
		struct hash want, got;
		assert_true(size <= leaf_count);
		while (f.size < size)
			frontier_append(&f, &leaves[f.size], NULL, NULL);
		assert_true(vectors_hash_text(&want, vectors_str(one, "root")));
		frontier_root(&f, &got);
		assert_hash(&got, &want);
	}
}

static void roots_of_the_upstream_vectors(void **state)
{
	json_t *file = vectors_load("tests/vectors/merkle/roots.json");
	json_t *list = vectors_get(file, "leaves_hex"), *one;
	struct hash leaves[16];
	size_t i;
	(void)state;

	assert_true(json_array_size(list) <= 16);
	json_array_foreach(list, i, one)
	{
		struct vectors_blob leaf = vectors_hex_text(json_string_value(one));
		tree_leaf_hash(&leaves[i], vectors_view(&leaf));
		free(leaf.data);
	}
	check_roots(file, leaves, json_array_size(list));
	json_decref(file);
}

static void roots_of_the_generated_vectors(void **state)
{
	json_t *file = vectors_load("tests/vectors/merkle/generated.json");
	struct hash leaves[20];
	(void)state;

	for (unsigned i = 0; i < 20; i++) {
		struct hash digest;
		char text[32];
		snprintf(text, sizeof(text), "leaf/dev-1/%u", i);
		seal_sha256(&digest, bytes_str(text));
		tree_leaf_hash(&leaves[i], bytes_of(digest.b, i % 33));
	}
	check_roots(file, leaves, 20);
	json_decref(file);
}

struct proof {
	struct hash hashes[HASH_LIST_MAX];
	size_t count;
};

/* False when a hash of the list has another size: those vectors must be refused, and are before
 * they reach us. */
static bool load_proof(json_t *object, struct proof *r)
{
	json_t *list = vectors_get(object, "proof"), *one;
	bool fits = true;
	size_t i;

	*r = (struct proof){0};
	json_array_foreach(list, i, one)
	{
		assert_true(i < HASH_LIST_MAX);
		fits &= vectors_hash_text(&r->hashes[r->count++], json_string_value(one));
	}
	return fits;
}

static unsigned check_inclusion_file(const char *name)
{
	json_t *file = vectors_load(name);
	json_t *list = vectors_get(file, "inclusion"), *one;
	unsigned verified = 0;
	size_t i;

	json_array_foreach(list, i, one)
	{
		struct proof r;
		struct hash root, leaf;
		bool refuse = json_is_true(vectors_get(one, "wantErr"));
		bool fits = load_proof(one, &r);
		fits &= vectors_hash_text(&root, vectors_str(one, "root"));
		fits &= vectors_hash_text(&leaf, vectors_str(one, "leafHash"));
		if (!fits) {
			assert_true(refuse);
			continue;
		}
		enum err err = tree_inclusion_verify(&leaf, vectors_u64(one, "leafIdx"),
		    vectors_u64(one, "treeSize"), r.hashes, r.count, &root);
		if (err != (refuse ? ERR_PROOF : ERR_NONE))
			fail_msg(
			    "%s %zu: %s: %s", name, i, vectors_str(one, "desc"), err_name(err));
		verified += !refuse;
	}
	json_decref(file);
	return verified;
}

static unsigned check_consistency_file(const char *name)
{
	json_t *file = vectors_load(name);
	json_t *list = vectors_get(file, "consistency"), *one;
	unsigned verified = 0;
	size_t i;

	json_array_foreach(list, i, one)
	{
		struct proof r;
		struct hash old_root, root;
		bool refuse = json_is_true(vectors_get(one, "wantErr"));
		bool fits = load_proof(one, &r);
		fits &= vectors_hash_text(&old_root, vectors_str(one, "root1"));
		fits &= vectors_hash_text(&root, vectors_str(one, "root2"));
		if (!fits) {
			assert_true(refuse);
			continue;
		}
		enum err err = tree_consistency_verify(vectors_u64(one, "size1"), &old_root,
		    vectors_u64(one, "size2"), &root, r.hashes, r.count);
		if (err != (refuse ? ERR_PROOF : ERR_NONE))
			fail_msg(
			    "%s %zu: %s: %s", name, i, vectors_str(one, "desc"), err_name(err));
		verified += !refuse;
	}
	json_decref(file);
	return verified;
}

static void inclusion_vectors(void **state)
{
	(void)state;
	assert_true(check_inclusion_file("tests/vectors/merkle/inclusion.json") > 0);
	assert_true(check_inclusion_file("tests/vectors/merkle/generated.json") > 0);
}

static void consistency_vectors(void **state)
{
	(void)state;
	assert_true(check_consistency_file("tests/vectors/merkle/consistency.json") > 0);
	assert_true(check_consistency_file("tests/vectors/merkle/generated.json") > 0);
}

static int setup(void **state)
{
	(void)state;
	return seal_init();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(empty_tree_leaf_and_node_hashes_are_those_of_the_rfc),
	    cmocka_unit_test(roots_of_the_upstream_vectors),
	    cmocka_unit_test(roots_of_the_generated_vectors),
	    cmocka_unit_test(inclusion_vectors),
	    cmocka_unit_test(consistency_vectors),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
