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
/* The rest, not consumed. */
struct bytes reader_rest(const struct reader *r);
/* Copies exactly size bytes; zero-fills out on an error. */
void reader_copy(struct reader *r, void *out, size_t size);
/* The remembered error, or ERR_TRAILING when bytes are left. */
enum err reader_end(const struct reader *r);

/* The rest stands here so that compilers see it: every byte of every payload goes through it. */

/* Remembers err unless one is remembered. */
static inline void reader_fail(struct reader *r, enum err err)
{
	if (r->err == ERR_NONE)
		r->err = err;
}

static inline size_t reader_left(const struct reader *r)
{
	return r->err == ERR_NONE ? (size_t)(r->end - r->at) : 0;
}

/* Where size bytes start, now consumed; NULL after an error. */
static inline const uint8_t *reader_step(struct reader *r, size_t size)
{
	const uint8_t *at = r->at;

	if (reader_left(r) < size) {
		reader_fail(r, ERR_SHORT);
		return NULL;
	}
	if (r->err != ERR_NONE)
		return NULL;
	r->at += size;
	return at;
}

static inline uint8_t reader_u8(struct reader *r)
{
	const uint8_t *at = reader_step(r, 1);

	return at ? *at : 0;
}

/* Big-endian, like all of them. */
static inline uint16_t reader_u16(struct reader *r)
{
	const uint8_t *at = reader_step(r, 2);

	return at ? be16_get(at) : 0;
}

static inline uint32_t reader_u32(struct reader *r)
{
	const uint8_t *at = reader_step(r, 4);

	return at ? be32_get(at) : 0;
}

static inline uint64_t reader_u64(struct reader *r)
{
	const uint8_t *at = reader_step(r, 8);

	return at ? be64_get(at) : 0;
}

/* size bytes, borrowed from the input; empty after an error. */
static inline struct bytes reader_take(struct reader *r, size_t size)
{
	const uint8_t *at = reader_step(r, size);

	return at ? (struct bytes){at, size} : (struct bytes){0};
}

#endif
