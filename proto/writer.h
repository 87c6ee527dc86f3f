/* A growing buffer that remembers its first error (only ERR_MEMORY or what a caller sets). The
 * owner releases it. A zeroed struct writer is an empty one. */
#ifndef PROTO_WRITER_H
#define PROTO_WRITER_H

#include <string.h>

#include "proto/bytes.h"
#include "proto/err.h"

struct writer {
	uint8_t *data;
	size_t size;
	size_t capacity;
	enum err err;
};

void writer_release(struct writer *w);
/* Keeps the memory, forgets content and error. */
void writer_clear(struct writer *w);
void writer_bytes(struct writer *w, struct bytes in);
void writer_str(struct writer *w, const char *text); /* without the NUL */
void writer_printf(struct writer *w, const char *format, ...) __attribute__((format(printf, 2, 3)));
void writer_decimal(struct writer *w, int64_t number);
/* Borrowed: valid until the next write. */
struct bytes writer_view(const struct writer *w);
/* Memory for size more bytes; false after an error. */
bool writer_reserve(struct writer *w, size_t size);

/* The rest stands here so that compilers see it: every byte of every answer goes through it. */

static inline void writer_fail(struct writer *w, enum err err)
{
	if (w->err == ERR_NONE)
		w->err = err;
}

/* Room for size more bytes, uninitialised, counted as written; NULL after an error. */
static inline uint8_t *writer_grow(struct writer *w, size_t size)
{
	uint8_t *at;

	if ((!w->data || w->err != ERR_NONE || size > w->capacity - w->size) &&
	    !writer_reserve(w, size))
		return NULL;
	at = w->data + w->size;
	w->size += size;
	return at;
}

static inline void writer_put(struct writer *w, const void *data, size_t size)
{
	uint8_t *at = writer_grow(w, size);

	if (at && size)
		memcpy(at, data, size);
}

static inline void writer_u8(struct writer *w, uint8_t value)
{
	uint8_t *at = writer_grow(w, 1);

	if (at)
		*at = value;
}

/* Big-endian, like all of them. */
static inline void writer_u16(struct writer *w, uint16_t value)
{
	uint8_t *at = writer_grow(w, 2);

	if (at)
		be16_put(at, value);
}

static inline void writer_u32(struct writer *w, uint32_t value)
{
	uint8_t *at = writer_grow(w, 4);

	if (at)
		be32_put(at, value);
}

static inline void writer_u64(struct writer *w, uint64_t value)
{
	uint8_t *at = writer_grow(w, 8);

	if (at)
		be64_put(at, value);
}

#endif
