/* A cursor over untrusted bytes that remembers its first error, so that callers stay linear: read
 * everything, then ask reader_end once. After an error every read gives zero or empty and changes
 * nothing. */
#ifndef PROTO_READER_H
#define PROTO_READER_H

#include "proto/bytes.h"
#include "proto/err.h"

struct reader {
	const uint8_t *at;
	const uint8_t *end;
	enum err err;
};

void reader_init(struct reader *r, struct bytes in);
size_t reader_left(const struct reader *r);
/* The rest, not consumed. */
struct bytes reader_rest(const struct reader *r);
uint8_t reader_u8(struct reader *r);
uint16_t reader_u16(struct reader *r); /* big-endian, like all of them */
uint32_t reader_u32(struct reader *r);
uint64_t reader_u64(struct reader *r);
/* size bytes, borrowed from the input; empty after an error. */
struct bytes reader_take(struct reader *r, size_t size);
/* Copies exactly size bytes; zero-fills out on an error. */
void reader_copy(struct reader *r, void *out, size_t size);
/* Remembers err unless one is remembered. */
void reader_fail(struct reader *r, enum err err);
/* The remembered error, or ERR_TRAILING when bytes are left. */
enum err reader_end(const struct reader *r);

#endif
