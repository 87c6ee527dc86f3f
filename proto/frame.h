/* Frames over Noise messages (PROTOCOL.md sections 6 and 7). Every Noise message travels as
 * `u16 size || message`.
 *
 * A frame is a type and a body of at most FRAME_SIZE_MAX. It starts on a new transport message
 * whose plaintext begins with `u8 type || u24 body size`; the messages after it carry the rest of
 * the body, each but the last one full. A direction rekeys after every REKEY_MESSAGES messages.
 *
 * Reading takes bytes in any pieces and hands out whole authenticated frames:
 *
 *     while (frame_in_next(&in, &input, &frame))
 *             take(frame.type, frame.body);
 *     if (in.err)
 *             close the connection;
 */
#ifndef PROTO_FRAME_H
#define PROTO_FRAME_H

#include "proto/bytes.h"
#include "proto/err.h"
#include "proto/limits.h"
#include "proto/noise.h"
#include "proto/writer.h"

#define FRAME_HEADER_SIZE 4
#define FRAME_PART_MAX (NOISE_MESSAGE_MAX - SEAL_TAG_SIZE) /* plaintext of a full message */

struct frame {
	uint8_t type;
	struct bytes body;
};

/* --- handshake messages ------------------------------------------------------------------------
 */

/* Collects one handshake message at a time. A zeroed one is ready. */
struct frame_handshake {
	enum err err; /* the first; nothing is read after it */
	size_t size;  /* bytes collected, the prefix included */
	bool is_delivered;
	uint8_t data[2 + HANDSHAKE_LAST_SIZE_MAX];
};

/* Appends the next handshake message with its prefix. ERR_LIMIT when the payload does not fit the
 * bounds; else as noise_write. */
enum err frame_handshake_write(struct noise_handshake *n, struct bytes payload, struct writer *out);
/* True when the message that `step` names is complete; it is valid until the next call. Moves input
 * behind what it took and never takes more than that message. A size out of bounds is ERR_FORMAT
 * (too small) or ERR_LIMIT (too large) as soon as the prefix is there. */
bool frame_handshake_next(
    struct frame_handshake *h, enum noise_step step, struct bytes *input, struct bytes *message);

/* --- frames ------------------------------------------------------------------------------------
 */

/* One direction, outwards. */
struct frame_out {
	struct noise_cipher cipher;
};

/* Bytes on the wire of a frame with a body of this size. */
size_t frame_wire_size(size_t body_size);
/* Appends the finished bytes. On ERR_LIMIT (body too large, nonces used up) and ERR_MEMORY nothing
 * is appended and the cipher is as before. */
enum err frame_encode(struct frame_out *out, uint8_t type, struct bytes body, struct writer *wire);
void frame_out_release(struct frame_out *out);

/* The other direction. The buffer holds the frame so far, its header first, and behind it the part
 * of the message under way that has arrived: what is claimed is not allocated for. */
struct frame_in {
	struct noise_cipher cipher;
	enum err err; /* the first; the cipher is wiped and nothing is read after it */
	uint8_t *data;
	size_t capacity;
	size_t size;	     /* authentic bytes of the frame so far */
	size_t frame_size;   /* of the whole frame with its header; 0 before its first message */
	size_t message_size; /* of the message under way; 0 while its prefix is awaited */
	size_t staged;	     /* bytes of that message, or of its prefix, that have arrived */
	uint8_t prefix[2];
	bool is_delivered;
};

/* Takes the cipher and wipes the caller's. */
void frame_in_init(struct frame_in *in, struct noise_cipher *cipher);
/* The next whole frame; its body is valid until the next call. False when the input is used up or
 * in->err is set: ERR_FORMAT, ERR_LIMIT, ERR_AUTH, ERR_MEMORY. */
bool frame_in_next(struct frame_in *in, struct bytes *input, struct frame *frame);
/* Has some of a message come, and not all of it? Those before it in this direction: cipher.nonce. */
bool frame_in_is_midway(const struct frame_in *in);
void frame_in_release(struct frame_in *in);

#endif
