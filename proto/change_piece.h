/* The pieces that operations of a change are made of: texts, byte strings, flags, and the size in front. Private to
 * proto/change*.c. */
#ifndef PROTO_CHANGE_PIECE_H
#define PROTO_CHANGE_PIECE_H

#include <string.h>

#include "proto/change.h"

static inline void put_text(struct writer *w, const char *text)
{
	size_t size = strlen(text);

	if (size > UINT8_MAX)
		writer_fail(w, ERR_BUG);
	writer_u8(w, (uint8_t)size);
	writer_put(w, text, size);
}

/* room includes the NUL that is added. */
static inline void get_text(struct reader *r, char *out, size_t room)
{
	uint8_t size = reader_u8(r);
	struct bytes text;

	if (size >= room)
		reader_fail(r, ERR_FORMAT);
	text = reader_take(r, size);
	if (memchr(text.data ? text.data : (const uint8_t *)"", 0, text.size))
		reader_fail(r, ERR_FORMAT);
	if (r->err != ERR_NONE)
		text.size = 0;
	memcpy(out, text.data ? text.data : (const uint8_t *)"", text.size);
	out[text.size] = '\0';
}

static inline void put_blob(struct writer *w, struct bytes in)
{
	if (in.size > UINT32_MAX)
		writer_fail(w, ERR_LIMIT);
	writer_u32(w, (uint32_t)in.size);
	writer_bytes(w, in);
}

static inline struct bytes get_blob(struct reader *r)
{
	return reader_take(r, reader_u32(r));
}

static inline void put_flag(struct writer *w, bool value)
{
	writer_u8(w, value ? 1 : 0);
}

static inline bool get_flag(struct reader *r)
{
	uint8_t value = reader_u8(r);

	if (value > 1)
		reader_fail(r, ERR_FORMAT);
	return value == 1;
}

static inline void put_key(struct writer *w, const struct key *key)
{
	writer_put(w, key->b, KEY_SIZE);
}

static inline void get_key(struct reader *r, struct key *out)
{
	reader_copy(r, out->b, KEY_SIZE);
}

static inline void put_hash(struct writer *w, const struct hash *hash)
{
	writer_put(w, hash->b, HASH_SIZE);
}

static inline void get_hash(struct reader *r, struct hash *out)
{
	reader_copy(r, out->b, HASH_SIZE);
}

static inline void put_time(struct writer *w, struct mtime time)
{
	writer_u64(w, (uint64_t)time.ms);
}

static inline struct mtime get_time(struct reader *r)
{
	return (struct mtime){(int64_t)reader_u64(r)};
}

/* The size is not known before the body is written: leave room, fill it in at the end. */
static inline size_t op_begin(struct writer *w, enum change_op op)
{
	writer_u8(w, (uint8_t)op);
	writer_u32(w, 0);
	return w->size;
}

static inline void op_end(struct writer *w, size_t start)
{
	if (w->err != ERR_NONE)
		return;
	if (w->size - start > UINT32_MAX)
		writer_fail(w, ERR_LIMIT);
	else
		be32_put(w->data + start - 4, (uint32_t)(w->size - start));
}

/* change_row.c: false when it is not one of its operations. */
bool change_get_row(struct change *out, struct reader *r);

#endif
