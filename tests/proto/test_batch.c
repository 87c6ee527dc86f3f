/* A batch unpacks to exactly what it declares, or not at all. */
#include "tests/unit.h"

#include <zstd.h>

#include "proto/mp.h"
#include "tests/one_batch.h"

static struct bytes sample(uint8_t *room, size_t size)
{
	uint64_t seed = 88172645463325252u;

	for (size_t i = 0; i < size; i++)
		room[i] = i % 3 ? 'a' : (uint8_t)unit_random(&seed);
	return bytes_of(room, size);
}

static void a_packed_run_comes_back(void **state)
{
	static uint8_t room[BATCH_RAW_MAX];
	static const size_t sizes[] = {1, 100, 65536, BATCH_RAW_MAX};
	struct writer w = {0}, out = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct bytes records = sample(room, sizes[i]);
		struct reader r;
		uint32_t raw_size;

		writer_clear(&w);
		batch_pack(&w, records);
		assert_ok(w.err);
		reader_init(&r, writer_view(&w));
		raw_size = reader_u32(&r);
		assert_int_equal(raw_size, sizes[i]);
		assert_ok(batch_unpack(&out, reader_rest(&r), raw_size));
		assert_bytes(records, writer_view(&out));
	}
	writer_release(&w);
	writer_release(&out);
}

/* What a damaged frame left behind is no part of the next one. */
static void an_unpacker_kept_takes_each_frame_by_itself(void **state)
{
	static uint8_t room[70000];
	struct batch_unpacker *unpacker = batch_unpacker_new();
	struct bytes records = sample(room, sizeof(room)), packed;
	struct writer w = {0}, out = {0};

	(void)state;
	assert_non_null(unpacker);
	batch_pack(&w, records);
	packed = bytes_of(w.data + 4, w.size - 4);
	for (size_t at = 8; at < packed.size; at += packed.size / 16) {
		w.data[4 + at] ^= 0x5a;
		if (!batch_unpack_with(unpacker, &out, packed, sizeof(room)))
			assert_false(bytes_equal(records, writer_view(&out)));
		else
			assert_int_equal(out.size, 0);
		w.data[4 + at] ^= 0x5a;
		assert_ok(batch_unpack_with(unpacker, &out, packed, sizeof(room)));
		assert_bytes(records, writer_view(&out));
	}
	batch_unpacker_free(unpacker);
	batch_unpacker_free(NULL);
	writer_release(&w);
	writer_release(&out);
}

static void a_packer_kept_makes_frames_that_stand_alone(void **state)
{
	static uint8_t room[BATCH_RAW_MAX];
	static const size_t sizes[] = {70000, 1, 70000, BATCH_RAW_MAX - 1, 300};
	struct batch_packer *packer = batch_packer_new();
	struct writer w = {0}, out = {0};

	(void)state;
	assert_non_null(packer);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct bytes records = sample(room, sizes[i]), frame;
		uint32_t size = (uint32_t)sizes[i];

		writer_clear(&w);
		batch_pack_with(packer, &w, records);
		assert_ok(w.err);
		assert_int_equal(be32_get(w.data), size);
		frame = bytes_of(w.data + 4, w.size - 4);
		assert_ok(batch_unpack(&out, frame, size));
		assert_bytes(records, writer_view(&out));
		assert_err(ERR_FORMAT, batch_unpack(&out, frame, size - 1));
		assert_err(ERR_FORMAT, batch_unpack(&out, frame, size + 1));
	}
	writer_clear(&w);
	batch_pack_with(packer, &w, bytes_of(room, BATCH_RAW_MAX + 1)); /* refused unread */
	assert_err(ERR_LIMIT, w.err);
	batch_packer_free(packer);
	batch_packer_free(NULL);
	writer_release(&w);
	writer_release(&out);
}

/* Packs `size` bytes of a sample without the size in front. */
static void pack(struct writer *w, size_t size)
{
	static uint8_t room[BATCH_RAW_MAX];

	batch_pack(w, sample(room, size));
	memmove(w->data, w->data + 4, w->size - 4);
	w->size -= 4;
}

static void a_frame_that_lies_about_its_size_is_refused(void **state)
{
	struct writer w = {0}, out = {0};

	(void)state;
	pack(&w, 5000);
	assert_ok(batch_unpack(&out, writer_view(&w), 5000));
	assert_err(ERR_FORMAT, batch_unpack(&out, writer_view(&w), 4999));
	assert_int_equal(out.size, 0);
	assert_err(ERR_FORMAT, batch_unpack(&out, writer_view(&w), 5001));
	assert_err(ERR_FORMAT, batch_unpack(&out, writer_view(&w), 0));
	assert_err(ERR_LIMIT, batch_unpack(&out, writer_view(&w), BATCH_RAW_MAX + 1));
	/* The declared size itself, bytes 5 and 6 of this frame: content no longer fits it. */
	assert_int_equal(be16_get(w.data + 5), (5000 - 256) % 256 * 256 + (5000 - 256) / 256);
	w.data[5]++;
	assert_err(ERR_FORMAT, batch_unpack(&out, writer_view(&w), 5001));
	writer_release(&w);
	writer_release(&out);
}

static void a_frame_without_a_declared_size_is_refused(void **state)
{
	uint8_t room[2000], packed[4000];
	struct bytes records = sample(room, sizeof(room));
	ZSTD_CCtx *context = ZSTD_createCCtx();
	struct writer out = {0};
	size_t size;

	(void)state;
	assert_non_null(context);
	ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, 0);
	size = ZSTD_compress2(context, packed, sizeof(packed), records.data, records.size);
	assert_false(ZSTD_isError(size));
	assert_err(ERR_FORMAT, batch_unpack(&out, bytes_of(packed, size), 2000));
	ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, 1);
	size = ZSTD_compress2(context, packed, sizeof(packed), records.data, records.size);
	assert_ok(batch_unpack(&out, bytes_of(packed, size), 2000));
	ZSTD_freeCCtx(context);
	writer_release(&out);
}

static void two_frames_or_a_broken_one_are_refused(void **state)
{
	struct writer w = {0}, out = {0};
	size_t size;

	(void)state;
	pack(&w, 3000);
	size = w.size;
	writer_put(&w, HEX("50 2a 4d 18 00 00 00 00").data, 8); /* a skippable frame behind it */
	assert_err(ERR_TRAILING, batch_unpack(&out, writer_view(&w), 3000));
	w.size = size;
	assert_ok(batch_unpack(&out, writer_view(&w), 3000));
	for (size_t cut = 0; cut < size; cut += 97)
		assert_err(ERR_FORMAT, batch_unpack(&out, bytes_of(w.data, cut), 3000));
	w.data[0] ^= 1;
	assert_err(ERR_FORMAT, batch_unpack(&out, writer_view(&w), 3000));
	w.data[0] ^= 1;
	w.data[7] |= 6; /* the block type that is reserved */
	assert_err(ERR_FORMAT, batch_unpack(&out, writer_view(&w), 3000));
	writer_release(&w);
	writer_release(&out);
}

static void a_message_is_read_as_written(void **state)
{
	struct batch in = {.key = {{9}}, .from = 1000, .count = 24, .size = 1 << 20};
	struct writer w = {0}, out = {0};
	struct batch batch;

	(void)state;
	in.proof_count = TREE_PROOF_MAX;
	in.proof[TREE_PROOF_MAX - 1].b[31] = 3;
	batch_encode(&w, &in, BYTES_STR("records"));
	assert_ok(w.err);
	assert_ok(batch_decode(&batch, writer_view(&w)));
	assert_true(batch.from == 0 && batch.count == 24 && batch.size == 0); /* the WANT's */
	assert_int_equal(batch.proof_count, TREE_PROOF_MAX);
	assert_memory_equal(batch.proof, in.proof, sizeof(in.proof));
	assert_int_equal(batch.raw_size, 7);
	assert_ok(batch_unpack(&out, batch.packed, batch.raw_size));
	assert_text("records", writer_view(&out));
	writer_release(&w);
	writer_release(&out);
}

struct said {
	uint64_t count, raw_size;
	size_t proof_size;
};

/* So many runs, all of them alike. */
static enum err decode(
    struct said said, uint32_t runs, uint32_t run_elements, size_t frame_size, uint32_t elements)
{
	static const uint8_t zeros[(TREE_PROOF_MAX + 1) * HASH_SIZE];
	struct writer w = {0};
	struct batch_reader r;
	enum err err;

	mp_put_array(&w, elements);
	mp_put_array(&w, runs);
	for (uint32_t i = 0; i < runs; i++) {
		mp_put_array(&w, run_elements);
		mp_put_uint(&w, said.count);
		mp_put_uint(&w, said.raw_size);
		if (run_elements > 2)
			mp_put_bin(&w, zeros, said.proof_size);
		if (run_elements > 3)
			mp_put_bin(&w, zeros, 5);
	}
	for (uint32_t i = 1; i < elements; i++)
		mp_put_bin(&w, zeros, frame_size);
	err = batch_open(&r, writer_view(&w));
	writer_release(&w);
	return err;
}

static void a_bent_message_is_refused(void **state)
{
	const struct said some = {10, 100, 0}, most = {BATCH_COUNT_MAX, BATCH_RAW_MAX, 0};
	struct batch_reader r;

	(void)state;
	assert_ok(decode(some, 1, 3, 20, 2));
	assert_ok(decode(some, 1, 3, 20, 3));
	assert_err(ERR_FORMAT, decode(some, 1, 4, 20, 2));
	assert_ok(decode(some, BATCH_RUNS_MAX, 3, 20, 2));
	assert_ok(decode((struct said){10, 100, TREE_PROOF_MAX * HASH_SIZE}, 1, 3, 20, 2));
	assert_ok(decode(most, 1, 3, 20, 2));
	assert_err(ERR_FORMAT, decode(some, 1, 3, 20, 1));
	assert_err(ERR_FORMAT, decode(some, 0, 3, 20, 2));
	assert_err(ERR_FORMAT, decode(some, 0, 3, 0, 2));
	assert_err(ERR_FORMAT, decode(some, 1, 2, 20, 2));
	assert_err(ERR_LIMIT, decode(some, BATCH_RUNS_MAX + 1, 3, 20, 2));
	assert_err(ERR_LIMIT, decode(most, 2, 3, 20, 2));
	assert_err(ERR_LIMIT, decode((struct said){BATCH_COUNT_MAX + 1, 100, 0}, 1, 3, 20, 2));
	assert_err(ERR_LIMIT, decode((struct said){1, BATCH_RAW_MAX + 1, 0}, 1, 3, 20, 2));
	assert_err(ERR_LIMIT,
	    decode((struct said){1, 100, (TREE_PROOF_MAX + 1) * HASH_SIZE}, 1, 3, 20, 2));
	assert_err(ERR_FORMAT, decode((struct said){10, 100, 31}, 1, 3, 20, 2));
	assert_err(ERR_FORMAT, decode((struct said){0, 100, 0}, 1, 3, 20, 2));
	assert_err(ERR_FORMAT, decode((struct said){10, 0, 0}, 1, 3, 20, 2));
	assert_err(ERR_SHORT, batch_open(&r, (struct bytes){0}));
	assert_err(ERR_TYPE, batch_open(&r, HEX("80")));
}

static void a_refusal_is_a_run_of_nothing(void **state)
{
	(void)state;
	assert_ok(decode((struct said){0, 0, 0}, 1, 3, 0, 2));
	assert_ok(decode((struct said){0, 0, 0}, 3, 3, 0, 2));
	assert_err(ERR_FORMAT, decode((struct said){0, 0, 0}, 1, 3, 20, 2)); /* and yet a frame */
	assert_err(ERR_FORMAT, decode((struct said){0, 0, HASH_SIZE}, 1, 3, 0, 2));
}

/* One frame for all of them; what is refused lies between what is not. */
static void runs_of_several_logs_share_a_frame(void **state)
{
	static const char *const said[] = {"of one log", "", "of another"};
	struct batch_writer b = {0};
	struct writer w = {0}, out = {0};
	struct batch_reader r;
	struct batch run;

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		writer_bytes(&b.records, bytes_str(said[i]));
		batch_add(&b,
		    &(struct batch){
			.count = said[i][0] ? i + 1 : 0, .proof = {{{7}}}, .proof_count = i / 2});
	}
	batch_finish(NULL, &w, &b);
	assert_ok(w.err);
	assert_ok(batch_open(&r, writer_view(&w)));
	assert_int_equal(r.raw_size, 20);
	assert_ok(batch_unpack(&out, r.packed, r.raw_size));
	assert_text("of one logof another", writer_view(&out));
	for (unsigned i = 0; i < 3; i++) {
		assert_true(batch_next(&r, &run));
		assert_int_equal(run.count, said[i][0] ? i + 1 : 0);
		assert_int_equal(run.raw_size, strlen(said[i]));
		assert_int_equal(run.proof_count, i / 2);
	}
	assert_int_equal(run.proof[0].b[0], 7);
	assert_false(batch_next(&r, &run));
	batch_writer_release(&b);
	writer_release(&w);
	writer_release(&out);
}

static void further_wants_are_read_as_written(void **state)
{
	const struct key log = {{4}};
	struct writer w = {0};
	struct batch run;
	struct reader r;

	(void)state;
	batch_put_want(&w, &log, 5, 9);
	batch_put_want(&w, &log, 1, UINT64_MAX);
	reader_init(&r, writer_view(&w));
	assert_true(batch_next_want(&r, &run));
	assert_true(key_equal(&run.key, &log) && run.from == 5 && run.size == 9);
	assert_true(batch_next_want(&r, &run));
	assert_true(run.from == 1 && run.size == UINT64_MAX && run.count == 0);
	assert_false(batch_next_want(&r, &run));
	reader_init(&r, bytes_of(w.data, w.size - 1));
	assert_true(batch_next_want(&r, &run));
	assert_false(batch_next_want(&r, &run));
	writer_release(&w);
}

static void too_much_is_not_packed(void **state)
{
	static uint8_t room[BATCH_RAW_MAX + 1];
	struct writer w = {0};

	(void)state;
	batch_pack(&w, BYTES(room));
	assert_err(ERR_LIMIT, w.err);
	writer_clear(&w);
	batch_encode(&w, &(struct batch){.count = 1, .size = 1}, BYTES(room));
	assert_err(ERR_LIMIT, w.err);
	writer_release(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_unpacker_kept_takes_each_frame_by_itself),
	    cmocka_unit_test(a_packer_kept_makes_frames_that_stand_alone),
	    cmocka_unit_test(a_packed_run_comes_back),
	    cmocka_unit_test(a_frame_that_lies_about_its_size_is_refused),
	    cmocka_unit_test(a_frame_without_a_declared_size_is_refused),
	    cmocka_unit_test(two_frames_or_a_broken_one_are_refused),
	    cmocka_unit_test(a_message_is_read_as_written),
	    cmocka_unit_test(a_bent_message_is_refused),
	    cmocka_unit_test(a_refusal_is_a_run_of_nothing),
	    cmocka_unit_test(runs_of_several_logs_share_a_frame),
	    cmocka_unit_test(further_wants_are_read_as_written),
	    cmocka_unit_test(too_much_is_not_packed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
