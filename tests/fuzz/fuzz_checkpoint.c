/* Checkpoints as texts and as signed notes.
 *
 * covers: proto/checkpoint.c */
#include "tests/fuzz/fuzz.h"

#include "proto/checkpoint.h"
#include "proto/tree.h"

static void one_origin(struct bytes in)
{
	char again[CHECKPOINT_ORIGIN_SIZE + 1];
	struct hash network;
	struct key log;

	if (!checkpoint_origin_parse(in, &network, &log))
		return;
	checkpoint_origin(again, &network, &log);
	fuzz_check(bytes_equal(bytes_str(again), in));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes in = bytes_of(data, size);
	struct checkpoint_claim claim;
	struct checkpoint cp;
	struct writer again = {0};
	struct hash network;

	one_origin(bytes_of(data, size < CHECKPOINT_ORIGIN_SIZE ? size : CHECKPOINT_ORIGIN_SIZE));
	if (!checkpoint_parse(&claim, in)) {
		fuzz_check(claim.origin.data == data && claim.origin.size < size);
		one_origin(claim.origin);
	}
	if (!checkpoint_open(&cp, &network, in)) {
		fuzz_check(cp.size >= 1 && cp.size <= TREE_SIZE_MAX);
		fuzz_check(!checkpoint_verify(&cp, &network));
		checkpoint_note(&again, &network, &cp);
		fuzz_check(!again.err);
		fuzz_check(
		    again.size > size || again.size < size || bytes_equal(writer_view(&again), in));
		cp.size ^= 1;
		fuzz_check(checkpoint_verify(&cp, &network) != ERR_NONE);
		writer_clear(&again);
		checkpoint_vkey(&again, &network, &cp.log);
		fuzz_check(!again.err);
	}
	writer_release(&again);
	/* Any checkpoint that can be made is opened again. */
	if (size >= 8) {
		struct seckey sk;

		cp = (struct checkpoint){.size = be64_get(data) >> 10};
		seal_sign_keypair(&cp.log, &sk, (const uint8_t[32]){9});
		seal_sha256(&cp.root, in);
		seal_sha256(&network, bytes_of(data, 8));
		if (cp.size > 0 && cp.size <= TREE_SIZE_MAX) {
			struct checkpoint opened;
			struct hash of;

			fuzz_check(!checkpoint_sign(&cp, &network, &sk));
			again = (struct writer){0};
			checkpoint_note(&again, &network, &cp);
			fuzz_check(!checkpoint_open(&opened, &of, writer_view(&again)));
			fuzz_check(opened.size == cp.size && hash_equal(&opened.root, &cp.root) &&
				   key_equal(&opened.log, &cp.log) && hash_equal(&of, &network));
			writer_release(&again);
		}
	}
	return 0;
}
