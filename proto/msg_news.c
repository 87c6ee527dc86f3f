/* NEWS: of the logs that moved since a cursor, the records themselves. It refuses to know the roots: whoever has what came
 * before, and takes these, computes them, and the signatures are over what comes out. */
#include "proto/msg_part.h"

#include <string.h>

#include "proto/batch.h"

void msg_news_encode(struct writer *w, const struct msg_news *m)
{
	mp_put_array(w, 2);
	mp_put_array(w, m->count);
	for (uint32_t i = 0; i < m->count; i++) {
		const struct msg_tail *tail = &m->tails[i];
		mp_put_array(w, 4);
		mp_put_bin(w, tail->head.log.b, KEY_SIZE);
		mp_put_uint(w, tail->count);
		mp_put_uint(w, tail->head.size);
		mp_put_bin(w, tail->head.sig.b, SIG_SIZE);
	}
	mp_put_bin(w, m->packed.data, m->packed.size);
}

static void read_tail(struct msg_tail *out, struct reader *r)
{
	uint64_t count;

	mp_array_of(r, 4);
	mp_bin_fixed(r, out->head.log.b, KEY_SIZE);
	count = mp_uint(r);
	out->head.size = mp_uint(r);
	mp_bin_fixed(r, out->head.sig.b, SIG_SIZE);
	if (count == 0 || count > out->head.size)
		reader_fail(r, ERR_FORMAT);
	if (count > NEWS_RAW_MAX)
		reader_fail(r, ERR_LIMIT);
	out->count = (uint32_t)count;
}

enum err msg_news_decode(struct msg_news *out, struct bytes body)
{
	struct reader r;
	enum err err = msg_open_array(&r, body, 2);

	memset(out, 0, sizeof(*out));
	if (err)
		return err;
	out->count = mp_array(&r);
	if (r.err == ERR_NONE && out->count == 0)
		return ERR_FORMAT;
	if (out->count > NEWS_LOGS_MAX)
		return ERR_LIMIT;
	for (uint32_t i = 0; i < out->count; i++)
		read_tail(&out->tails[i], &r);
	out->packed = mp_bin(&r);
	return r.err ? r.err : batch_declared(out->packed, NEWS_RAW_MAX, &out->raw_size);
}
