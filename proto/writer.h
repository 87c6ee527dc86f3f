/* A growing buffer that remembers its first error (only ERR_MEMORY or what a caller sets). The
 * owner releases it. A zeroed struct writer is an empty one. */
#ifndef PROTO_WRITER_H
#define PROTO_WRITER_H

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
/* Room for size more bytes, uninitialised, counted as written; NULL after an error. */
uint8_t *writer_grow(struct writer *w, size_t size);
void writer_u8(struct writer *w, uint8_t value);
void writer_u16(struct writer *w, uint16_t value); /* big-endian, like all of them */
void writer_u32(struct writer *w, uint32_t value);
void writer_u64(struct writer *w, uint64_t value);
void writer_put(struct writer *w, const void *data, size_t size);
void writer_bytes(struct writer *w, struct bytes in);
void writer_str(struct writer *w, const char *text); /* without the NUL */
void writer_printf(struct writer *w, const char *format, ...) __attribute__((format(printf, 2, 3)));
void writer_fail(struct writer *w, enum err err);
/* Borrowed: valid until the next write. */
struct bytes writer_view(const struct writer *w);

#endif
