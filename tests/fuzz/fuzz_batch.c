/* Bodies of BATCH and PUSH: what a peer says is in them is checked before room is made.
 *
 * covers: proto/batch.c */
#include "tests/fuzz/fuzz.h"
#include "tests/one_batch.h"

/* What is packed comes out again, whatever was packed and unpacked with the same contexts before. */
static void one_pack(struct batch_packer *packer, struct batch_unpacker *unpacker, struct bytes in)
{
	struct writer packed = {0}, records = {0};
	struct bytes frame;
	uint32_t declared = 0;

	batch_pack_with(packer, &packed, in);
	fuzz_check(!packed.err && be32_get(packed.data) == in.size);
	frame = bytes_of(packed.data + 4, packed.size - 4);
	fuzz_check(!batch_declared(frame, (uint32_t)in.size, &declared) && declared == in.size);
	fuzz_check(batch_declared(frame, declared - 1, &declared) == ERR_LIMIT);
	fuzz_check(!batch_unpack_with(unpacker, &records, frame, (uint32_t)in.size));
	fuzz_check(bytes_equal(writer_view(&records), in));
	writer_release(&records);
	writer_release(&packed);
}

/* Written again from its runs it reads the same. */
static void one_message(struct batch_packer *packer, struct batch_reader r, struct bytes records)
{
	struct batch_reader first = r, second;
	struct batch_writer w = {0};
	struct writer packed = {0};
	struct batch a, b;
	size_t at = 0;

	fuzz_check(records.size == r.raw_size);
	while (batch_next(&r, &a)) {
		fuzz_check(a.count <= BATCH_COUNT_MAX && at + a.raw_size <= records.size);
		writer_put(&w.records, records.data + at, a.raw_size);
		batch_add(&w, &a);
		at += a.raw_size;
	}
	fuzz_check(at == records.size && !r.runs.err);
	batch_finish(packer, &packed, &w);
	fuzz_check(!batch_open(&second, writer_view(&packed)) && second.left == first.left);
	while (batch_next(&first, &a)) {
		fuzz_check(batch_next(&second, &b));
		fuzz_check(a.count == b.count && a.raw_size == b.raw_size &&
			   a.proof_count == b.proof_count);
		fuzz_check(!memcmp(a.proof, b.proof, a.proof_count * HASH_SIZE));
	}
	writer_release(&packed);
	batch_writer_release(&w);
}

/* What a read is asked to join: written again it is what was read. */
static void one_list_of_wants(struct bytes in)
{
	struct writer again = {0};
	struct reader wants;
	struct batch run;

	reader_init(&wants, in);
	while (batch_next_want(&wants, &run))
		batch_put_want(&again, &run.key, run.from, run.size);
	fuzz_check(!again.err && again.size <= in.size);
	fuzz_check(!memcmp(again.data ? again.data : in.data, in.data, again.size));
	writer_release(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes in = bytes_of(data, size);
	struct writer records = {0};
	struct batch_packer *packer = batch_packer_new();
	struct batch_unpacker *unpacker = batch_unpacker_new();
	struct batch_reader r;

	fuzz_check(packer && unpacker);
	if (!batch_open(&r, in)) {
		fuzz_check(r.raw_size <= BATCH_RAW_MAX && r.left > 0 && r.left <= BATCH_RUNS_MAX);
		if (r.raw_size && !batch_unpack(&records, r.packed, r.raw_size))
			one_message(packer, r, writer_view(&records));
	}
	/* The same without the checks that come before: the frame alone. */
	if (size > 4) {
		uint32_t raw_size = be32_get(data), declared = 0;
		struct bytes frame = bytes_of(data + 4, size - 4);

		if (!batch_unpack_with(unpacker, &records, frame, raw_size))
			fuzz_check(records.size == raw_size && raw_size <= BATCH_RAW_MAX &&
				   !batch_declared(frame, raw_size, &declared) &&
				   declared == raw_size);
		one_pack(packer, unpacker, in);
		one_pack(NULL, NULL, in);
		one_list_of_wants(in);
	}
	batch_packer_free(packer);
	batch_unpacker_free(unpacker);
	writer_release(&records);
	return 0;
}
