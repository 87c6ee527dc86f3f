/* Cutting frames into Noise messages and putting them together again. It decides what a well-formed
 * frame is; what the types mean and when they are allowed is the session's. */
#include "proto/frame.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define PREFIX_SIZE 2
#define BUFFER_MIN 512
#define BUFFER_MAX (FRAME_HEADER_SIZE + FRAME_SIZE_MAX + SEAL_TAG_SIZE)

static_assert(FRAME_SIZE_MAX < 1u << 24, "a body size is a u24");
static_assert(FRAME_BUFFER_KEPT >= NOISE_MESSAGE_MAX, "a kept buffer holds a whole message");

static size_t min_size(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Moves up to size bytes from the front of input to `to`; says how many. */
static size_t take(struct bytes *input, uint8_t *to, size_t size)
{
	size = min_size(size, input->size);
	if (size > 0) {
		memcpy(to, input->data, size);
		*input = bytes_of(input->data + size, input->size - size);
	}
	return size;
}

/* After each message of either direction. The nonce counts messages and outlives a rekeying. */
static void message_done(struct noise_cipher *c)
{
	if (c->nonce % REKEY_MESSAGES == 0)
		noise_rekey(c);
}

/* --- handshake messages ---------------------------------------------------------------------- */

enum err frame_handshake_write(struct noise_handshake *n, struct bytes payload, struct writer *out)
{
	size_t before = out->size, max = 0;
	uint8_t *prefix;
	enum err err;

	if (n->step == NOISE_MESSAGE_3)
		max = HANDSHAKE_LAST_SIZE_MAX - HANDSHAKE_LAST_SIZE_MIN;
	if (payload.size > max)
		return ERR_LIMIT;
	prefix = writer_grow(out, PREFIX_SIZE);
	if (!prefix)
		return out->err;
	err = noise_write(n, payload, out);
	if (err)
		out->size = before;
	else
		be16_put(out->data + before, (uint16_t)(out->size - before - PREFIX_SIZE));
	return err;
}

static enum err handshake_size_check(enum noise_step step, size_t size)
{
	size_t min = HANDSHAKE_MESSAGE_SIZE, max = HANDSHAKE_MESSAGE_SIZE;

	if (step == NOISE_MESSAGE_3) {
		min = HANDSHAKE_LAST_SIZE_MIN;
		max = HANDSHAKE_LAST_SIZE_MAX;
	}
	if (size > max)
		return ERR_LIMIT;
	return size < min ? ERR_FORMAT : ERR_NONE;
}

bool frame_handshake_next(
    struct frame_handshake *h, enum noise_step step, struct bytes *input, struct bytes *message)
{
	size_t size;

	if (h->err)
		return false;
	if (h->is_delivered) {
		h->is_delivered = false;
		h->size = 0;
	}
	if (h->size < PREFIX_SIZE)
		h->size += take(input, h->data + h->size, PREFIX_SIZE - h->size);
	if (h->size < PREFIX_SIZE)
		return false;
	size = be16_get(h->data);
	h->err = handshake_size_check(step, size);
	if (h->err)
		return false;
	h->size += take(input, h->data + h->size, PREFIX_SIZE + size - h->size);
	if (h->size < PREFIX_SIZE + size)
		return false;
	*message = bytes_of(h->data + PREFIX_SIZE, size);
	h->is_delivered = true;
	return true;
}

/* --- writing --------------------------------------------------------------------------------- */

static size_t message_count(size_t plain_size)
{
	return (plain_size + FRAME_PART_MAX - 1) / FRAME_PART_MAX;
}

size_t frame_wire_size(size_t body_size)
{
	size_t plain_size = FRAME_HEADER_SIZE + body_size;

	return plain_size + message_count(plain_size) * (PREFIX_SIZE + SEAL_TAG_SIZE);
}

/* Encrypts one message to `at` and says where the next one goes. The nonces were counted before. */
static uint8_t *put_message(struct noise_cipher *c, uint8_t *at, struct bytes plain)
{
	enum err err;

	be16_put(at, (uint16_t)(plain.size + SEAL_TAG_SIZE));
	err = noise_encrypt(c, at + PREFIX_SIZE, plain);
	assert(err == ERR_NONE);
	message_done(c);
	return at + PREFIX_SIZE + plain.size + SEAL_TAG_SIZE;
}

enum err frame_encode(struct frame_out *out, uint8_t type, struct bytes body, struct writer *wire)
{
	size_t first = min_size(body.size, FRAME_PART_MAX - FRAME_HEADER_SIZE);
	uint8_t *at, *plain;

	if (body.size > FRAME_SIZE_MAX)
		return ERR_LIMIT;
	if (out->cipher.nonce > UINT64_MAX - message_count(FRAME_HEADER_SIZE + body.size))
		return ERR_LIMIT;
	at = writer_grow(wire, frame_wire_size(body.size));
	if (!at)
		return wire->err;
	/* The first message is put together where its ciphertext goes; the others need no copy. */
	plain = at + PREFIX_SIZE;
	be32_put(plain, (uint32_t)type << 24 | (uint32_t)body.size);
	if (first > 0)
		memcpy(plain + FRAME_HEADER_SIZE, body.data, first);
	at = put_message(&out->cipher, at, bytes_of(plain, FRAME_HEADER_SIZE + first));
	for (size_t done = first; done < body.size;) {
		size_t part = min_size(body.size - done, FRAME_PART_MAX);
		at = put_message(&out->cipher, at, bytes_of(body.data + done, part));
		done += part;
	}
	return ERR_NONE;
}

void frame_out_release(struct frame_out *out)
{
	seal_wipe(out, sizeof(*out));
}

/* --- reading --------------------------------------------------------------------------------- */

void frame_in_init(struct frame_in *in, struct noise_cipher *cipher)
{
	*in = (struct frame_in){0};
	memcpy(&in->cipher, cipher, sizeof(in->cipher));
	seal_wipe(cipher, sizeof(*cipher));
}

bool frame_in_is_midway(const struct frame_in *in)
{
	return in->message_size > 0 || in->staged > 0;
}

void frame_in_release(struct frame_in *in)
{
	free(in->data);
	seal_wipe(in, sizeof(*in));
}

static bool in_fail(struct frame_in *in, enum err err)
{
	frame_in_release(in);
	in->err = err;
	return false;
}

/* Room for size more bytes behind the authentic ones and the staged. */
static bool in_reserve(struct frame_in *in, size_t size)
{
	size_t need = in->size + in->staged + size;
	size_t capacity = in->capacity ? in->capacity : BUFFER_MIN;
	uint8_t *data;

	assert(need <= BUFFER_MAX);
	if (need <= in->capacity)
		return true;
	while (capacity < need)
		capacity *= 2;
	capacity = min_size(capacity, BUFFER_MAX);
	data = realloc(in->data, capacity);
	if (!data)
		return in_fail(in, ERR_MEMORY);
	in->data = data;
	in->capacity = capacity;
	return true;
}

static void in_begin_frame(struct frame_in *in)
{
	in->size = 0;
	in->frame_size = 0;
	in->is_delivered = false;
}

/* A message has one allowed size, but for the first of a frame: that is judged once it is open. */
static bool in_check_message_size(struct frame_in *in)
{
	size_t size = be16_get(in->prefix);

	if (in->frame_size == 0) {
		if (size < FRAME_HEADER_SIZE + SEAL_TAG_SIZE)
			return in_fail(in, ERR_FORMAT);
		if (in->capacity > FRAME_BUFFER_KEPT && size < NOISE_MESSAGE_MAX) {
			free(in->data);
			in->data = NULL;
			in->capacity = 0;
		}
	} else if (size != min_size(in->frame_size - in->size, FRAME_PART_MAX) + SEAL_TAG_SIZE) {
		return in_fail(in, ERR_FORMAT);
	}
	in->message_size = size;
	in->staged = 0;
	return true;
}

/* False while the prefix is incomplete, or on an error. */
static bool in_take_prefix(struct frame_in *in, struct bytes *input)
{
	if (in->message_size > 0)
		return true;
	in->staged += take(input, in->prefix + in->staged, PREFIX_SIZE - in->staged);
	return in->staged == PREFIX_SIZE && in_check_message_size(in);
}

/* Header of a frame whose first message is open. */
static bool in_take_header(struct frame_in *in)
{
	size_t body_size = be32_get(in->data) & 0xffffff;

	if (body_size > FRAME_SIZE_MAX)
		return in_fail(in, ERR_LIMIT);
	in->frame_size = FRAME_HEADER_SIZE + body_size;
	if (in->size > in->frame_size)
		return in_fail(in, ERR_FORMAT);
	if (in->size < in->frame_size && in->size < FRAME_PART_MAX)
		return in_fail(in, ERR_FORMAT);
	return true;
}

/* Opens the message under way behind the authentic bytes: straight from the input when it is there
 * whole, else in place once its last byte is staged. False while it is incomplete, or on an error.
 */
static bool in_take_message(struct frame_in *in, struct bytes *input)
{
	size_t plain_size = in->message_size - SEAL_TAG_SIZE;
	struct bytes sealed;
	enum err err;

	if (input->size == 0)
		return false;
	if (in->staged == 0 && input->size >= in->message_size) {
		if (!in_reserve(in, plain_size))
			return false;
		sealed = bytes_of(input->data, in->message_size);
		*input = bytes_of(input->data + sealed.size, input->size - sealed.size);
	} else {
		size_t size = min_size(in->message_size - in->staged, input->size);
		if (!in_reserve(in, size))
			return false;
		in->staged += take(input, in->data + in->size + in->staged, size);
		if (in->staged < in->message_size)
			return false;
		sealed = bytes_of(in->data + in->size, in->message_size);
	}
	err = noise_decrypt(&in->cipher, in->data + in->size, sealed);
	if (err)
		return in_fail(in, err);
	message_done(&in->cipher);
	in->size += plain_size;
	in->message_size = 0;
	in->staged = 0;
	return true;
}

bool frame_in_next(struct frame_in *in, struct bytes *input, struct frame *frame)
{
	if (in->err)
		return false;
	if (in->is_delivered)
		in_begin_frame(in);
	while (in_take_prefix(in, input) && in_take_message(in, input)) {
		if (in->frame_size == 0 && !in_take_header(in))
			return false;
		if (in->size < in->frame_size)
			continue;
		frame->type = in->data[0];
		frame->body =
		    bytes_of(in->data + FRAME_HEADER_SIZE, in->frame_size - FRAME_HEADER_SIZE);
		in->is_delivered = true;
		return true;
	}
	return false;
}
