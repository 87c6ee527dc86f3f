/* Inclusion proofs as others' tools read them, and what the tree says of such hashes.
 *
 * covers: proto/tlog_proof.c proto/tree.c:tree_inclusion_verify,tree_consistency_verify */
#include "tests/fuzz/fuzz.h"

#include "proto/tlog_proof.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes in = bytes_of(data, size);
	struct hash leaf = {{1}}, root = {{2}};
	struct tlog_proof proof, tampered;
	struct writer again = {0};

	if (tlog_proof_parse(&proof, in))
		return 0;
	fuzz_check(proof.count <= TREE_LEVELS);
	tlog_proof_put(&again, &proof);
	fuzz_check(bytes_equal(writer_view(&again), in));
	writer_release(&again);
	/* Nothing but the right hashes leads anywhere. */
	for (uint64_t tree = proof.index; tree < proof.index + 9; tree++) {
		fuzz_check(tree_inclusion_verify(&leaf, proof.index, tree, proof.hashes,
			       proof.count, &root) == ERR_PROOF ||
			   (proof.count == 0 && hash_equal(&leaf, &root)));
		fuzz_check(tree_consistency_verify(tree / 2, &leaf, tree, &root, proof.hashes,
			       proof.count) == ERR_PROOF);
		fuzz_check(tree_consistency_verify(proof.index, &leaf, tree, &leaf, proof.hashes,
			       proof.count) == ERR_PROOF ||
			   (proof.index == tree && proof.count == 0));
	}
	tampered = proof;
	fuzz_check(tree_inclusion_verify(&leaf, proof.index, UINT64_MAX, tampered.hashes,
		       tampered.count, &root) == ERR_PROOF);
	return 0;
}
