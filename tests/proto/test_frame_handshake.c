/* Handshake messages in their framing: bounds, any cut, and what follows them in the stream. */
#include "proto/frame.h"

#include "tests/unit.h"

static void handshake_sizes_have_bounds_that_are_checked_first(void **state)
{
	static const struct {
		enum noise_step step;
		uint16_t size;
		enum err err;
	} cases[] = {
	    {NOISE_MESSAGE_1, 48, ERR_NONE},
	    {NOISE_MESSAGE_1, 47, ERR_FORMAT},
	    {NOISE_MESSAGE_1, 49, ERR_LIMIT},
	    {NOISE_MESSAGE_1, 0, ERR_FORMAT},
	    {NOISE_MESSAGE_1, 65535, ERR_LIMIT},
	    {NOISE_MESSAGE_2, 48, ERR_NONE},
	    {NOISE_MESSAGE_2, 47, ERR_FORMAT},
	    {NOISE_MESSAGE_2, 49, ERR_LIMIT},
	    {NOISE_MESSAGE_3, 64, ERR_NONE},
	    {NOISE_MESSAGE_3, 63, ERR_FORMAT},
	    {NOISE_MESSAGE_3, 512, ERR_NONE},
	    {NOISE_MESSAGE_3, 513, ERR_LIMIT},
	};
	(void)state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct frame_handshake h = {0};
		struct bytes message, in;
		uint8_t prefix[2];
		be16_put(prefix, cases[i].size);
		in = BYTES(prefix);
		assert_false(frame_handshake_next(&h, cases[i].step, &in, &message));
		assert_err(cases[i].err, h.err);
		if (!cases[i].err)
			continue;
		in = BYTES(prefix);
		assert_false(frame_handshake_next(&h, cases[i].step, &in, &message));
		assert_int_equal(in.size, 2);
	}
}

/* Both sides of a handshake and the frames that follow it in the same stream, cut at `cut`. */
struct meeting {
	struct seckey sk[2];
	struct key pk[2];
	struct noise_handshake n[2];
	struct frame_handshake h[2];
	struct writer wire, payload;
};

static void meeting_init(struct meeting *m)
{
	*m = (struct meeting){0};
	seal_dh_keypair(&m->pk[0], &m->sk[0], (const uint8_t[32]){1});
	seal_dh_keypair(&m->pk[1], &m->sk[1], (const uint8_t[32]){2});
	noise_init(&m->n[0], BYTES_STR("p"),
	    &(struct noise_keys){&m->sk[0], &m->pk[0], &m->pk[1], (const uint8_t[32]){3}});
	noise_init(&m->n[1], BYTES_STR("p"),
	    &(struct noise_keys){&m->sk[1], &m->pk[1], NULL, (const uint8_t[32]){4}});
}

static void meeting_pass(struct meeting *m, unsigned from, struct bytes payload, size_t cut)
{
	struct bytes first, second, message;
	unsigned to = 1 - from;

	writer_clear(&m->wire);
	assert_ok(frame_handshake_write(&m->n[from], payload, &m->wire));
	writer_str(&m->wire, "what follows");
	if (cut > m->wire.size - 12)
		cut = m->wire.size - 12;
	first = bytes_of(m->wire.data, cut);
	second = bytes_of(m->wire.data + cut, m->wire.size - cut);
	if (!frame_handshake_next(&m->h[to], m->n[to].step, &first, &message)) {
		assert_ok(m->h[to].err);
		assert_int_equal(first.size, 0);
		assert_true(frame_handshake_next(&m->h[to], m->n[to].step, &second, &message));
	}
	assert_text("what follows", second);
	writer_clear(&m->payload);
	assert_ok(noise_read(&m->n[to], message, &m->payload));
	assert_bytes(payload, writer_view(&m->payload));
}

static void handshakes_may_be_cut_anywhere_and_leave_what_follows(void **state)
{
	(void)state;
	for (size_t cut = 0; cut <= 2 + 64 + 21; cut++) {
		struct noise_cipher send, receive, unused;
		struct meeting m;
		meeting_init(&m);
		meeting_pass(&m, 0, BYTES_STR(""), cut);
		meeting_pass(&m, 1, BYTES_STR(""), cut);
		meeting_pass(&m, 0, BYTES_STR("roster size, log key."), cut);
		assert_ok(noise_split(&m.n[0], &send, &unused));
		assert_ok(noise_split(&m.n[1], &unused, &receive));
		assert_memory_equal(&send, &receive, sizeof(send));
		writer_release(&m.wire);
		writer_release(&m.payload);
	}
}

static void handshake_payloads_have_bounds(void **state)
{
	uint8_t payload[512 - 64 + 1] = {0};
	struct meeting m;
	(void)state;

	meeting_init(&m);
	assert_err(ERR_LIMIT, frame_handshake_write(&m.n[0], BYTES_STR("x"), &m.wire));
	assert_int_equal(m.wire.size, 0);
	meeting_pass(&m, 0, BYTES_STR(""), 10);
	meeting_pass(&m, 1, BYTES_STR(""), 10);
	writer_clear(&m.wire);
	assert_err(ERR_LIMIT, frame_handshake_write(&m.n[0], BYTES(payload), &m.wire));
	assert_int_equal(m.wire.size, 0);
	meeting_pass(&m, 0, bytes_of(payload, sizeof(payload) - 1), 10);
	assert_int_equal(m.wire.size, 2 + 512 + 12);
	writer_clear(&m.wire);
	assert_err(ERR_STATE, frame_handshake_write(&m.n[0], BYTES_STR(""), &m.wire));
	assert_int_equal(m.wire.size, 0);
	writer_release(&m.wire);
	writer_release(&m.payload);
}

static int setup(void **state)
{
	(void)state;
	return seal_init();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(handshake_sizes_have_bounds_that_are_checked_first),
	    cmocka_unit_test(handshakes_may_be_cut_anywhere_and_leave_what_follows),
	    cmocka_unit_test(handshake_payloads_have_bounds),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
