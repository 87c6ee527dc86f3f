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

struct bytes reader_rest(const struct reader *r)
{
	return (struct bytes){r->at, reader_left(r)};
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

enum err reader_end(const struct reader *r)
{
	if (r->err != ERR_NONE)
		return r->err;
	return r->at == r->end ? ERR_NONE : ERR_TRAILING;
}
