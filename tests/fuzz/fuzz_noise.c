/* The handshake. A message of one side is changed on its way: whatever was changed, the other side
 * takes it only as it was sent, and is dead otherwise.
 *
 * Input: u8 which message (0 to 2) and whether the far side is ours, u8 size of the pieces it comes
 * in, then edits: u16 where, u8 exclusive or. An edit at 0xffff ends the message there; what is left
 * of the input comes behind it.
 *
 * covers: proto/noise.c proto/frame.c:frame_handshake_write,frame_handshake_next */
#include "tests/fuzz/fuzz.h"

#include "proto/frame.h"

static const uint8_t prologue[] = "open-communes/1 and a network";

static void pair_init(struct noise_handshake sides[static 2])
{
	static struct seckey secrets[2];
	static struct key keys[2];

	for (unsigned i = 0; i < 2; i++)
		seal_dh_keypair(&keys[i], &secrets[i], (const uint8_t[32]){0, (uint8_t)(i + 1)});
	for (unsigned i = 0; i < 2; i++)
		noise_init(&sides[i], BYTES(prologue),
		    &(struct noise_keys){.sk = &secrets[i],
			.pk = &keys[i],
			.remote = i ? NULL : &keys[1],
			.ephemeral = (const uint8_t[32]){0, (uint8_t)(i + 7)}});
}

/* True when nothing was changed. */
static bool edit(struct writer *message, struct reader *edits)
{
	struct writer as_sent = {0};
	bool is_same;

	writer_bytes(&as_sent, writer_view(message));
	while (reader_left(edits) >= 3) {
		uint16_t at = reader_u16(edits);
		uint8_t change = reader_u8(edits);

		if (at == 0xffff) {
			message->size = change < message->size ? change : message->size;
			break;
		}
		message->data[at % message->size] ^= change;
	}
	writer_bytes(message, reader_rest(edits));
	/* Bytes behind a whole message belong to the next one. */
	is_same =
	    message->size >= as_sent.size && !memcmp(message->data, as_sent.data, as_sent.size);
	writer_release(&as_sent);
	return is_same;
}

/* Gives the bytes in pieces; false when no message came of them. */
static bool receive(struct noise_handshake *side, struct bytes wire, size_t piece, enum err *err)
{
	struct frame_handshake collected = {0};
	struct writer payload = {0};
	struct bytes message;

	for (size_t at = 0; at < wire.size && !collected.err; at += piece) {
		struct bytes input =
		    bytes_of(wire.data + at, wire.size - at < piece ? wire.size - at : piece);

		while (frame_handshake_next(&collected, side->step, &input, &message)) {
			*err = noise_read(side, message, &payload);
			fuzz_check(!*err || (payload.size == 0 && side->step == NOISE_DEAD));
			writer_release(&payload);
			return true;
		}
		fuzz_check(input.size == 0 || collected.err);
	}
	return false;
}

static void after(struct noise_handshake sides[static 2])
{
	struct noise_cipher there[2], back[2];
	uint8_t text[5] = "abcd", box[5 + SEAL_TAG_SIZE];

	fuzz_check(!noise_split(&sides[0], &there[0], &back[0]));
	fuzz_check(!noise_split(&sides[1], &back[1], &there[1]));
	fuzz_check(noise_split(&sides[0], &there[0], &back[0]) == ERR_STATE);
	noise_rekey(&there[0]);
	noise_rekey(&there[1]);
	fuzz_check(!noise_encrypt(&there[0], box, BYTES(text)));
	box[0] ^= 1;
	fuzz_check(noise_decrypt(&there[1], box, BYTES(box)) == ERR_AUTH);
	fuzz_check(!noise_encrypt(&back[1], box, BYTES(text)));
	fuzz_check(!noise_decrypt(&back[0], box, BYTES(box)) && !memcmp(box, text, sizeof(text)));
	back[0].nonce = UINT64_MAX;
	fuzz_check(noise_encrypt(&back[0], box, BYTES(text)) == ERR_LIMIT);
	fuzz_check(noise_decrypt(&back[0], box, BYTES(box)) == ERR_LIMIT);
}

/* Raw bytes at each step, not by way of a frame. */
static void read_wildly(struct bytes in, unsigned step)
{
	struct noise_handshake sides[2];
	struct writer out = {0}, genuine = {0};
	struct noise_cipher cipher;
	enum err err = ERR_NONE;

	pair_init(sides);
	for (unsigned i = 0; i < step; i++) {
		writer_clear(&out);
		fuzz_check(!noise_write(&sides[i % 2], (struct bytes){0}, &out));
		struct writer none = {0};
		fuzz_check(!noise_read(&sides[1 - i % 2], writer_view(&out), &none));
		writer_release(&none);
	}
	fuzz_check(noise_write(&sides[1 - step % 2], (struct bytes){0}, &out) == ERR_STATE);
	pair_init(sides);
	fuzz_check(!noise_write(&sides[0], (struct bytes){0}, &genuine));
	writer_clear(&out);
	err = noise_read(&sides[1], in, &out);
	/* A fuzzer that watches comparisons finds the one message that is right. */
	fuzz_check(!err == bytes_equal(in, writer_view(&genuine)));
	fuzz_check(!err || sides[1].step == NOISE_DEAD);
	fuzz_check(noise_read(&sides[1], in, &out) == ERR_STATE);
	fuzz_check(noise_split(&sides[1], &cipher, &cipher) == ERR_STATE);
	writer_release(&genuine);
	writer_release(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct noise_handshake sides[2];
	struct writer wire = {0};
	struct reader r;
	unsigned which, piece;
	bool is_whole = true;

	reader_init(&r, bytes_of(data, size));
	which = reader_u8(&r) % 3;
	piece = 1 + reader_u8(&r);
	read_wildly(reader_rest(&r), which);
	pair_init(sides);
	for (unsigned i = 0; i < 3 && is_whole; i++) {
		struct bytes payload =
		    i == 2 ? bytes_of(data, size < 100 ? size : 100) : (struct bytes){0};
		enum err err = ERR_NONE;
		bool is_same = true;

		writer_clear(&wire);
		fuzz_check(!frame_handshake_write(&sides[i % 2], payload, &wire));
		if (i == which)
			is_same = edit(&wire, &r);
		is_whole = receive(&sides[1 - i % 2], writer_view(&wire), piece, &err);
		fuzz_check(!is_same || (is_whole && !err));
		fuzz_check(is_same || !is_whole || err);
		is_whole &= !err;
	}
	if (is_whole)
		after(sides);
	writer_clear(&wire);
	fuzz_check(frame_handshake_write(&sides[0], (struct bytes){0}, &wire) != ERR_NONE);
	for (unsigned i = 0; i < 2; i++)
		noise_release(&sides[i]);
	writer_release(&wire);
	return 0;
}
