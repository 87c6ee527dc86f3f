/* Frames. Input: u8 how, u8 size of the pieces, then
 *
 *   0  bytes of the wire, as a stranger in the middle would change them;
 *   1  authentic messages, u16 size and plaintext each, as a hostile peer would write them;
 *   2  frames, u8 type and u16 size and body each: they come out as they went in.
 *
 * The first message is one short of a change of keys.
 *
 * covers: proto/frame.c:-frame_handshake_write,-handshake_size_check,-frame_handshake_next */
#include "tests/fuzz/fuzz.h"

#include "proto/frame.h"

#define FRAMES_MAX 64

static struct noise_cipher cipher_make(void)
{
	return (struct noise_cipher){{1, 2, 3}, REKEY_MESSAGES - 2};
}

/* Sealed as frame.c would, but for what stands in it. */
static void put_message(struct writer *wire, struct noise_cipher *cipher, struct bytes text)
{
	uint8_t *at;

	writer_u16(wire, (uint16_t)(text.size + SEAL_TAG_SIZE));
	at = writer_grow(wire, text.size + SEAL_TAG_SIZE);
	fuzz_check(at && !noise_encrypt(cipher, at, text));
	if (cipher->nonce % REKEY_MESSAGES == 0)
		noise_rekey(cipher);
}

static void write_wire(struct writer *wire, struct reader *r, unsigned how)
{
	struct noise_cipher cipher = cipher_make();
	struct frame_out out = {cipher_make()};

	while (how == 1 && reader_left(r) > 2) {
		size_t size = reader_u16(r) % (FRAME_PART_MAX + 1);

		put_message(
		    wire, &cipher, reader_take(r, size < reader_left(r) ? size : reader_left(r)));
	}
	for (unsigned i = 0; how == 2 && reader_left(r) > 3 && i < FRAMES_MAX; i++) {
		uint8_t type = reader_u8(r);
		size_t size = reader_u16(r), before = wire->size;
		struct bytes body = reader_take(r, size < reader_left(r) ? size : reader_left(r));

		fuzz_check(!frame_encode(&out, type, body, wire));
		fuzz_check(wire->size - before == frame_wire_size(body.size));
	}
	if (how == 0)
		writer_bytes(wire, reader_rest(r));
	frame_out_release(&out);
}

/* How many frames the wire holds; each is compared when they are ours. */
static unsigned read_wire(struct bytes wire, size_t piece, struct reader *expected, enum err *err)
{
	struct noise_cipher cipher = cipher_make();
	struct frame_in in;
	struct frame frame;
	unsigned count = 0;

	frame_in_init(&in, &cipher);
	fuzz_check(cipher.key[0] == 0);
	for (size_t at = 0; at < wire.size; at += piece) {
		struct bytes input =
		    bytes_of(wire.data + at, wire.size - at < piece ? wire.size - at : piece);

		while (frame_in_next(&in, &input, &frame)) {
			fuzz_check(frame.body.size <= FRAME_SIZE_MAX);
			count++;
			if (!expected)
				continue;
			fuzz_check(frame.type == reader_u8(expected));
			size_t size = reader_u16(expected), left = reader_left(expected);
			fuzz_check(bytes_equal(
			    frame.body, reader_take(expected, size < left ? size : left)));
		}
		fuzz_check(in.err || input.size == 0);
		/* What is claimed is not allocated for. */
		fuzz_check(in.capacity <= 2 * wire.size + FRAME_BUFFER_KEPT + NOISE_MESSAGE_MAX);
	}
	*err = in.err;
	frame_in_release(&in);
	return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct writer wire = {0};
	struct reader r, expected;
	enum err err, other;
	unsigned how, count;
	size_t piece;

	reader_init(&r, bytes_of(data, size));
	how = reader_u8(&r) % 3;
	piece = 1 + reader_u8(&r);
	expected = r;
	write_wire(&wire, &r, how);
	count = read_wire(writer_view(&wire), piece, how == 2 ? &expected : NULL, &err);
	fuzz_check(how != 2 || (!err && (reader_left(&expected) <= 3 || count == FRAMES_MAX)));
	fuzz_check(read_wire(writer_view(&wire), wire.size + 1, NULL, &other) == count);
	fuzz_check(other == err);
	writer_release(&wire);
	return 0;
}
