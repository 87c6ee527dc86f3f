/* Bodies of BATCH and PUSH: what a peer says is in them is checked before room is made.
 *
 * covers: proto/batch.c */
#include "tests/fuzz/fuzz.h"

#include "proto/batch.h"

/* What is packed comes out again, whatever was packed with the same context before. */
static void one_pack(struct batch_packer *packer, struct bytes in)
{
	struct writer packed = {0}, records = {0};
	struct bytes frame;

	batch_pack_with(packer, &packed, in);
	fuzz_check(!packed.err && be32_get(packed.data) == in.size);
	frame = bytes_of(packed.data + 4, packed.size - 4);
	fuzz_check(!batch_unpack(&records, frame, (uint32_t)in.size));
	fuzz_check(bytes_equal(writer_view(&records), in));
	writer_release(&records);
	writer_release(&packed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes in = bytes_of(data, size);
	struct writer records = {0}, packed = {0};
	struct batch_packer *packer = batch_packer_new();
	struct batch batch, again;

	fuzz_check(packer);
	if (!batch_decode(&batch, in)) {
		fuzz_check(batch.raw_size <= BATCH_RAW_MAX && batch.count <= BATCH_COUNT_MAX);
		if (!batch_unpack(&records, batch.packed, batch.raw_size)) {
			fuzz_check(records.size == batch.raw_size);
			batch_encode_with(packer, &packed, &batch, writer_view(&records));
			fuzz_check(!batch_decode(&again, writer_view(&packed)));
			fuzz_check(again.from == batch.from && again.count == batch.count &&
				   again.size == batch.size &&
				   again.proof_count == batch.proof_count &&
				   again.raw_size == batch.raw_size);
		}
	}
	/* The same without the checks that come before: the frame alone. */
	if (size > 4) {
		uint32_t raw_size = be32_get(data);

		if (!batch_unpack(&records, bytes_of(data + 4, size - 4), raw_size))
			fuzz_check(records.size == raw_size && raw_size <= BATCH_RAW_MAX);
		one_pack(packer, in);
		one_pack(NULL, in);
	}
	batch_packer_free(packer);
	writer_release(&records);
	writer_release(&packed);
	return 0;
}
