/* Frames in any pieces, at their bounds, damaged in every way, and over a change of keys. */
#include "proto/frame.h"

#include "tests/unit.h"

/* Two ends of one direction. */
struct line {
	struct frame_out out;
	struct frame_in in;
	struct writer wire;
};

static void line_init_at(struct line *l, uint64_t nonce)
{
	struct noise_cipher cipher = {.key = {0x11, 0x22, 0x33}, .nonce = nonce};

	*l = (struct line){.out.cipher = cipher};
	frame_in_init(&l->in, &cipher);
	assert_int_equal(cipher.key[0], 0);
}

static void line_init(struct line *l)
{
	line_init_at(l, 0);
}

static void line_release(struct line *l)
{
	frame_out_release(&l->out);
	frame_in_release(&l->in);
	writer_release(&l->wire);
}

static uint8_t *pattern_body(size_t size)
{
	uint64_t state = 0x9e3779b97f4a7c15u + size;
	uint8_t *body = malloc(size + 1);

	assert_non_null(body);
	for (size_t i = 0; i < size; i++)
		body[i] = (uint8_t)unit_random(&state);
	return body;
}

/* Feeds all of in; says how many frames came and leaves the last. */
static unsigned feed(struct line *l, struct bytes in, struct frame *last)
{
	unsigned count = 0;

	while (frame_in_next(&l->in, &in, last))
		count++;
	if (!l->in.err)
		assert_int_equal(in.size, 0);
	return count;
}

/* A message as a peer without manners would make it: any plaintext. */
static void put_raw(struct line *l, struct bytes plain)
{
	writer_u16(&l->wire, (uint16_t)(plain.size + SEAL_TAG_SIZE));
	assert_ok(noise_encrypt(
	    &l->out.cipher, writer_grow(&l->wire, plain.size + SEAL_TAG_SIZE), plain));
}

static void a_small_frame_is_one_message_with_its_header(void **state)
{
	struct noise_cipher cipher = {.key = {0x11, 0x22, 0x33}};
	uint8_t plain[7];
	struct line l;
	(void)state;

	line_init(&l);
	assert_ok(frame_encode(&l.out, 0xa7, BYTES_STR("abc"), &l.wire));
	assert_int_equal(l.wire.size, 2 + 7 + 16);
	assert_int_equal(frame_wire_size(3), l.wire.size);
	assert_int_equal(be16_get(l.wire.data), 7 + 16);
	assert_ok(noise_decrypt(&cipher, plain, bytes_of(l.wire.data + 2, 7 + 16)));
	assert_bytes(HEX("a7000003616263"), BYTES(plain));
	line_release(&l);
}

static const size_t edge_sizes[] = {0, 1, 2, 100, FRAME_PART_MAX - 5, FRAME_PART_MAX - 4,
    FRAME_PART_MAX - 3, 2 * FRAME_PART_MAX - 5, 2 * FRAME_PART_MAX - 4, 2 * FRAME_PART_MAX - 3,
    FRAME_SIZE_MAX - 1, FRAME_SIZE_MAX};
#define EDGES (sizeof(edge_sizes) / sizeof(*edge_sizes))

static void every_size_to_the_limit_comes_back(void **state)
{
	struct frame frame;
	struct line l;
	(void)state;

	line_init(&l);
	for (size_t i = 0; i < EDGES; i++) {
		uint8_t *body = pattern_body(edge_sizes[i]);
		writer_clear(&l.wire);
		assert_ok(
		    frame_encode(&l.out, (uint8_t)(i + 1), bytes_of(body, edge_sizes[i]), &l.wire));
		assert_int_equal(l.wire.size, frame_wire_size(edge_sizes[i]));
		assert_int_equal(feed(&l, writer_view(&l.wire), &frame), 1);
		assert_int_equal(frame.type, i + 1);
		assert_true(bytes_equal(frame.body, bytes_of(body, edge_sizes[i])));
		free(body);
	}
	assert_int_equal(l.in.cipher.nonce, l.out.cipher.nonce);
	line_release(&l);
}

static void messages_are_as_many_and_as_full_as_specified(void **state)
{
	(void)state;
	assert_int_equal(frame_wire_size(0), 2 + 4 + 16);
	assert_int_equal(frame_wire_size(65515), 2 + 65535);
	assert_int_equal(frame_wire_size(65516), 2 + 65535 + 2 + 17);
	assert_int_equal(frame_wire_size(65515 + 65519), 2 * (2 + 65535));
	assert_int_equal(frame_wire_size(FRAME_SIZE_MAX), 4 + FRAME_SIZE_MAX + 17 * 18);
}

static void a_frame_over_the_limit_is_not_written(void **state)
{
	uint8_t *body = pattern_body(FRAME_SIZE_MAX + 1);
	struct line l;
	(void)state;

	line_init(&l);
	assert_err(ERR_LIMIT, frame_encode(&l.out, 1, bytes_of(body, FRAME_SIZE_MAX + 1), &l.wire));
	assert_int_equal(l.wire.size, 0);
	assert_int_equal(l.out.cipher.nonce, 0);
	l.wire.err = ERR_MEMORY;
	assert_err(ERR_MEMORY, frame_encode(&l.out, 1, BYTES_STR("a"), &l.wire));
	assert_int_equal(l.out.cipher.nonce, 0);
	free(body);
	line_release(&l);
}

/* Three frames cut at every byte. */
static void frames_may_be_cut_anywhere(void **state)
{
	struct line l;
	(void)state;

	line_init(&l);
	assert_ok(frame_encode(&l.out, 1, BYTES_STR("first"), &l.wire));
	assert_ok(frame_encode(&l.out, 2, BYTES_STR(""), &l.wire));
	assert_ok(frame_encode(&l.out, 3, BYTES_STR("the third of them"), &l.wire));
	for (size_t cut = 0; cut <= l.wire.size; cut++) {
		struct line other;
		struct frame frame = {0};
		unsigned count;
		line_init(&other);
		count = feed(&other, bytes_of(l.wire.data, cut), &frame);
		assert_int_equal(count, (cut >= frame_wire_size(5)) +
					    (cut >= frame_wire_size(5) + frame_wire_size(0)) +
					    (cut == l.wire.size));
		count += feed(&other, bytes_of(l.wire.data + cut, l.wire.size - cut), &frame);
		assert_int_equal(count, 3);
		assert_ok(other.in.err);
		if (cut < l.wire.size) {
			assert_int_equal(frame.type, 3);
			assert_text("the third of them", frame.body);
		}
		line_release(&other);
	}
	line_release(&l);
}

static void bytes_may_come_one_at_a_time(void **state)
{
	size_t size = 2 * FRAME_PART_MAX + 1000;
	uint8_t *body = pattern_body(size);
	struct frame frame = {0};
	struct line l;
	unsigned count = 0;
	(void)state;

	line_init(&l);
	assert_ok(frame_encode(&l.out, 9, bytes_of(body, size), &l.wire));
	assert_ok(frame_encode(&l.out, 8, BYTES_STR("after"), &l.wire));
	for (size_t i = 0; i < l.wire.size; i++) {
		count += feed(&l, bytes_of(l.wire.data + i, 1), &frame);
		assert_int_equal(count, (i + 1 >= frame_wire_size(size)) + (i + 1 == l.wire.size));
		if (i + 1 == frame_wire_size(size))
			assert_true(bytes_equal(frame.body, bytes_of(body, size)));
	}
	assert_text("after", frame.body);
	free(body);
	line_release(&l);
}

/* 40 seeds of random frames in random pieces. */
static void random_frames_in_random_pieces_come_back(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 40; seed++) {
		uint64_t random = seed;
		uint8_t *bodies[8];
		size_t sizes[8];
		unsigned got = 0;
		struct line l;
		line_init(&l);
		for (unsigned i = 0; i < 8; i++) {
			sizes[i] = (size_t)(unit_random(&random) % (i % 2 ? 300000 : 300));
			bodies[i] = pattern_body(sizes[i]);
			assert_ok(frame_encode(
			    &l.out, (uint8_t)i, bytes_of(bodies[i], sizes[i]), &l.wire));
		}
		for (size_t at = 0; at < l.wire.size;) {
			size_t piece = 1 + (size_t)(unit_random(&random) % 100000);
			struct frame frame;
			struct bytes in;
			if (piece > l.wire.size - at)
				piece = l.wire.size - at;
			in = bytes_of(l.wire.data + at, piece);
			while (frame_in_next(&l.in, &in, &frame)) {
				assert_int_equal(frame.type, got);
				assert_true(
				    bytes_equal(frame.body, bytes_of(bodies[got], sizes[got])));
				got++;
			}
			assert_ok(l.in.err);
			assert_int_equal(in.size, 0);
			at += piece;
		}
		assert_int_equal(got, 8);
		for (unsigned i = 0; i < 8; i++)
			free(bodies[i]);
		line_release(&l);
	}
}

/* The error, and that it stays, with the cipher gone and the memory given back. */
static void assert_dead(struct line *l, enum err err)
{
	static const struct noise_cipher none;
	struct bytes more = BYTES_STR("more bytes");
	struct frame frame;

	assert_err(err, l->in.err);
	assert_memory_equal(&l->in.cipher, &none, sizeof(none));
	assert_null(l->in.data);
	assert_false(frame_in_next(&l->in, &more, &frame));
	assert_int_equal(more.size, 10);
	assert_err(err, l->in.err);
}

static void every_flipped_bit_is_refused(void **state)
{
	struct line l;
	(void)state;

	line_init(&l);
	assert_ok(frame_encode(&l.out, 1, BYTES_STR("body"), &l.wire));
	for (size_t i = 0; i < 8 * l.wire.size; i++) {
		struct line other;
		struct frame frame;
		line_init(&other);
		l.wire.data[i / 8] ^= (uint8_t)(1u << i % 8);
		assert_int_equal(feed(&other, writer_view(&l.wire), &frame), 0);
		if (i >= 16)
			assert_dead(&other, ERR_AUTH);
		l.wire.data[i / 8] ^= (uint8_t)(1u << i % 8);
		line_release(&other);
	}
	line_release(&l);
}

static void a_bad_tag_in_any_message_of_a_frame_is_refused(void **state)
{
	size_t size = 3 * FRAME_PART_MAX;
	uint8_t *body = pattern_body(size);
	struct line l;
	(void)state;

	line_init(&l);
	assert_ok(frame_encode(&l.out, 1, bytes_of(body, size), &l.wire));
	for (size_t message = 0; message < 4; message++) {
		size_t end = (message + 1) * (NOISE_MESSAGE_MAX + 2) - 1;
		for (unsigned whole = 0; whole < 2; whole++) {
			struct line other;
			struct frame frame;
			line_init(&other);
			if (end >= l.wire.size)
				end = l.wire.size - 1;
			l.wire.data[end] ^= 0x80;
			if (!whole)
				feed(&other, bytes_of(l.wire.data, 1000), &frame);
			feed(&other,
			    bytes_of(
				l.wire.data + (whole ? 0 : 1000), l.wire.size - (whole ? 0 : 1000)),
			    &frame);
			assert_dead(&other, ERR_AUTH);
			l.wire.data[end] ^= 0x80;
			line_release(&other);
		}
	}
	free(body);
	line_release(&l);
}

static void replayed_dropped_and_swapped_messages_are_refused(void **state)
{
	size_t size = frame_wire_size(1);
	struct frame frame;
	struct line l, other;
	(void)state;

	line_init(&l);
	for (unsigned i = 0; i < 3; i++)
		assert_ok(frame_encode(&l.out, (uint8_t)i, BYTES_STR("x"), &l.wire));
	line_init(&other);
	assert_int_equal(feed(&other, bytes_of(l.wire.data, size), &frame), 1);
	assert_int_equal(feed(&other, bytes_of(l.wire.data, size), &frame), 0);
	assert_dead(&other, ERR_AUTH);
	line_release(&other);
	line_init(&other);
	assert_int_equal(feed(&other, bytes_of(l.wire.data + size, 2 * size), &frame), 0);
	assert_dead(&other, ERR_AUTH);
	line_release(&other);
	line_release(&l);
}

static void message_sizes_out_of_bounds_are_refused_before_they_are_read(void **state)
{
	static const uint16_t too_small[] = {0, 1, 16, 17, 18, 19};
	(void)state;

	for (size_t i = 0; i < sizeof(too_small) / sizeof(*too_small); i++) {
		struct frame frame;
		struct line l;
		line_init(&l);
		writer_u16(&l.wire, too_small[i]);
		assert_int_equal(feed(&l, writer_view(&l.wire), &frame), 0);
		assert_dead(&l, ERR_FORMAT);
		line_release(&l);
	}
}

/* One authentic first message, and the verdict. */
static void check_first(struct bytes header, size_t plain_size, enum err want)
{
	uint8_t *plain = calloc(1, FRAME_PART_MAX);
	struct frame frame;
	struct line l;

	line_init(&l);
	memcpy(plain, header.data, header.size);
	put_raw(&l, bytes_of(plain, plain_size));
	feed(&l, writer_view(&l.wire), &frame);
	if (want)
		assert_dead(&l, want);
	else
		assert_ok(l.in.err);
	free(plain);
	line_release(&l);
}

static void first_messages_that_do_not_fit_their_claim_are_refused(void **state)
{
	(void)state;
	check_first(HEX("01000005"), 4 + 5, ERR_NONE);
	check_first(HEX("01000005"), 4 + 4, ERR_FORMAT); /* short, and not full */
	check_first(HEX("01000005"), 4 + 6, ERR_FORMAT); /* more than it said */
	check_first(HEX("01000000"), 5, ERR_FORMAT);
	check_first(HEX("01100000"), FRAME_PART_MAX, ERR_NONE); /* 1 MiB, the rest to come */
	check_first(HEX("01100000"), FRAME_PART_MAX - 1, ERR_FORMAT);
	check_first(HEX("01100001"), FRAME_PART_MAX, ERR_LIMIT);
	check_first(HEX("01ffffff"), FRAME_PART_MAX, ERR_LIMIT);
	check_first(HEX("01ffffff"), 4, ERR_LIMIT);
	check_first(HEX("0100ffeb"), FRAME_PART_MAX, ERR_NONE);
	check_first(HEX("0100ffea"), FRAME_PART_MAX, ERR_FORMAT);
}

static void later_messages_of_another_size_are_refused(void **state)
{
	static const struct {
		size_t rest; /* claimed beyond the first message */
		size_t size; /* of the second message's plaintext */
		enum err err;
	} cases[] = {
	    {100, 100, ERR_NONE},
	    {100, 99, ERR_FORMAT},
	    {100, 101, ERR_FORMAT},
	    {FRAME_PART_MAX, FRAME_PART_MAX, ERR_NONE},
	    {FRAME_PART_MAX, FRAME_PART_MAX - 1, ERR_FORMAT},
	    {FRAME_PART_MAX + 1, FRAME_PART_MAX, ERR_NONE},
	    {FRAME_PART_MAX + 1, 1, ERR_FORMAT},
	    {100, 0, ERR_FORMAT},
	};
	uint8_t *plain = calloc(1, FRAME_PART_MAX);
	(void)state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct frame frame;
		struct line l;
		line_init(&l);
		be32_put(plain,
		    1u << 24 | (uint32_t)(FRAME_PART_MAX - FRAME_HEADER_SIZE + cases[i].rest));
		put_raw(&l, bytes_of(plain, FRAME_PART_MAX));
		put_raw(&l, bytes_of(plain, cases[i].size));
		feed(&l, writer_view(&l.wire), &frame);
		if (cases[i].err)
			assert_dead(&l, cases[i].err);
		else
			assert_ok(l.in.err);
		line_release(&l);
	}
	free(plain);
}

static void memory_follows_what_arrived_and_is_given_back(void **state)
{
	uint8_t *body = pattern_body(FRAME_SIZE_MAX);
	struct frame frame;
	struct line l;
	size_t most = 0;
	unsigned count = 0;
	(void)state;

	line_init(&l);
	assert_ok(frame_encode(&l.out, 1, bytes_of(body, FRAME_SIZE_MAX), &l.wire));
	for (size_t at = 0; at < l.wire.size; at += 1000) {
		size_t piece = l.wire.size - at < 1000 ? l.wire.size - at : 1000;
		count += feed(&l, bytes_of(l.wire.data + at, piece), &frame);
		assert_true(l.in.capacity <= 2 * (at + piece) + 1024);
		if (l.in.capacity > most)
			most = l.in.capacity;
	}
	assert_int_equal(count, 1);
	assert_true(most > FRAME_SIZE_MAX);
	assert_true(most <= FRAME_HEADER_SIZE + FRAME_SIZE_MAX + SEAL_TAG_SIZE);
	writer_clear(&l.wire);
	assert_ok(frame_encode(&l.out, 1, BYTES_STR("ping"), &l.wire));
	assert_int_equal(feed(&l, writer_view(&l.wire), &frame), 1);
	assert_true(l.in.capacity <= 1024);
	assert_text("ping", frame.body);
	free(body);
	line_release(&l);
}

/* Message 65,536 (from 0) is the first under the new key. */
static void keys_change_after_65536_messages(void **state)
{
	struct noise_cipher cipher = {.key = {0x11, 0x22, 0x33}};
	uint8_t plain[4 + 1];
	struct frame frame;
	struct line l;
	(void)state;

	line_init(&l);
	for (uint64_t i = 0; i < 2 * 65536 + 3; i++) {
		writer_clear(&l.wire);
		assert_ok(frame_encode(&l.out, 5, BYTES_STR("k"), &l.wire));
		assert_int_equal(feed(&l, writer_view(&l.wire), &frame), 1);
		if (i == 65536 || i == 2 * 65536) {
			assert_err(ERR_AUTH,
			    noise_decrypt(&cipher, plain,
				bytes_of(l.wire.data + 2, sizeof(plain) + SEAL_TAG_SIZE)));
			noise_rekey(&cipher);
		}
		if (i % 1000 == 0 || (i + 2) % 65536 < 4) {
			cipher.nonce = i;
			assert_ok(noise_decrypt(&cipher, plain,
			    bytes_of(l.wire.data + 2, sizeof(plain) + SEAL_TAG_SIZE)));
			assert_memory_equal(plain, "\x05\0\0\1k", 5);
		}
	}
	line_release(&l);
}

static void keys_change_in_the_middle_of_a_frame(void **state)
{
	size_t size = 4 * FRAME_PART_MAX;
	uint8_t *body = pattern_body(size);
	struct frame frame;
	struct line l;
	(void)state;

	line_init_at(&l, 65534);
	assert_ok(frame_encode(&l.out, 1, bytes_of(body, size), &l.wire));
	assert_int_not_equal(l.out.cipher.key[0], 0x11);
	assert_int_equal(feed(&l, writer_view(&l.wire), &frame), 1);
	assert_true(bytes_equal(frame.body, bytes_of(body, size)));
	assert_memory_equal(&l.in.cipher, &l.out.cipher, sizeof(l.in.cipher));
	free(body);
	line_release(&l);
}

static void used_up_nonces_end_both_directions(void **state)
{
	uint8_t *body = pattern_body(FRAME_PART_MAX);
	struct noise_cipher kept;
	struct frame frame;
	struct line l;
	(void)state;

	line_init_at(&l, UINT64_MAX - 1);
	kept = l.out.cipher;
	assert_err(ERR_LIMIT, frame_encode(&l.out, 1, bytes_of(body, FRAME_PART_MAX), &l.wire));
	assert_int_equal(l.wire.size, 0);
	assert_memory_equal(&l.out.cipher, &kept, sizeof(kept));
	assert_ok(frame_encode(&l.out, 1, BYTES_STR("last"), &l.wire));
	assert_int_equal(feed(&l, writer_view(&l.wire), &frame), 1);
	assert_err(ERR_LIMIT, frame_encode(&l.out, 1, BYTES_STR("none"), &l.wire));
	assert_int_equal(feed(&l, writer_view(&l.wire), &frame), 0);
	assert_dead(&l, ERR_LIMIT);
	free(body);
	line_release(&l);
}

static int setup(void **state)
{
	(void)state;
	return seal_init();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_small_frame_is_one_message_with_its_header),
	    cmocka_unit_test(every_size_to_the_limit_comes_back),
	    cmocka_unit_test(messages_are_as_many_and_as_full_as_specified),
	    cmocka_unit_test(a_frame_over_the_limit_is_not_written),
	    cmocka_unit_test(frames_may_be_cut_anywhere),
	    cmocka_unit_test(bytes_may_come_one_at_a_time),
	    cmocka_unit_test(random_frames_in_random_pieces_come_back),
	    cmocka_unit_test(every_flipped_bit_is_refused),
	    cmocka_unit_test(a_bad_tag_in_any_message_of_a_frame_is_refused),
	    cmocka_unit_test(replayed_dropped_and_swapped_messages_are_refused),
	    cmocka_unit_test(message_sizes_out_of_bounds_are_refused_before_they_are_read),
	    cmocka_unit_test(first_messages_that_do_not_fit_their_claim_are_refused),
	    cmocka_unit_test(later_messages_of_another_size_are_refused),
	    cmocka_unit_test(memory_follows_what_arrived_and_is_given_back),
	    cmocka_unit_test(keys_change_after_65536_messages),
	    cmocka_unit_test(keys_change_in_the_middle_of_a_frame),
	    cmocka_unit_test(used_up_nonces_end_both_directions),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
