/* The cursor that every byte of a peer is read through. It decides when bytes run out and keeps the
 * first error; what the bytes mean it does not know. */
#include "proto/reader.h"

#include <string.h>

static const uint8_t nothing[1];

void reader_init(struct reader *r, struct bytes in)
{
	r->at = in.size ? in.data : nothing;
	r->end = r->at + in.size;
	r->err = ERR_NONE;
}

size_t reader_left(const struct reader *r)
{
	return r->err == ERR_NONE ? (size_t)(r->end - r->at) : 0;
}

struct bytes reader_rest(const struct reader *r)
{
	return (struct bytes){r->at, reader_left(r)};
}

/* Where size bytes start, now consumed; NULL after an error. */
static const uint8_t *reader_step(struct reader *r, size_t size)
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

uint8_t reader_u8(struct reader *r)
{
	const uint8_t *at = reader_step(r, 1);

	return at ? *at : 0;
}

uint16_t reader_u16(struct reader *r)
{
	const uint8_t *at = reader_step(r, 2);

	return at ? be16_get(at) : 0;
}

uint32_t reader_u32(struct reader *r)
{
	const uint8_t *at = reader_step(r, 4);

	return at ? be32_get(at) : 0;
}

uint64_t reader_u64(struct reader *r)
{
	const uint8_t *at = reader_step(r, 8);

	return at ? be64_get(at) : 0;
}

struct bytes reader_take(struct reader *r, size_t size)
{
	const uint8_t *at = reader_step(r, size);

	return at ? (struct bytes){at, size} : (struct bytes){0};
}

void reader_copy(struct reader *r, void *out, size_t size)
{
	const uint8_t *at = reader_step(r, size);

	if (size == 0)
		return;
	if (at)
		memcpy(out, at, size);
	else
		memset(out, 0, size);
}

void reader_fail(struct reader *r, enum err err)
{
	if (r->err == ERR_NONE)
		r->err = err;
}

enum err reader_end(const struct reader *r)
{
	if (r->err != ERR_NONE)
		return r->err;
	return r->at == r->end ? ERR_NONE : ERR_TRAILING;
}
