/* WANT asks for records of logs; PUSH brings new ones unasked; HAVE says that they are committed.
 */
#include "proto/msg_part.h"

#include <string.h>

void msg_want_encode(struct writer *w, const struct msg_want *wants, uint32_t count)
{
	mp_put_array(w, count);
	for (uint32_t i = 0; i < count; i++) {
		mp_put_array(w, 3);
		mp_put_bin(w, wants[i].log.b, KEY_SIZE);
		mp_put_uint(w, wants[i].from);
		mp_put_uint(w, wants[i].size);
	}
}

enum err msg_want_decode(struct msg_want *out, uint32_t *count, struct bytes body)
{
	struct reader r;
	enum err err = msg_open_list(&r, body, count, MSG_WANTS_MAX);
	if (err)
		return err;
	for (uint32_t i = 0; i < *count; i++) {
		mp_array_of(&r, 3);
		mp_bin_fixed(&r, out[i].log.b, KEY_SIZE);
		out[i].from = mp_uint(&r);
		out[i].size = mp_uint(&r);
		if (out[i].from >= out[i].size)
			reader_fail(&r, ERR_FORMAT);
	}
	return r.err;
}

void msg_push_encode(struct writer *w, const struct msg_push *m)
{
	mp_put_array(w, 5);
	mp_put_bin(w, m->head.log.b, KEY_SIZE);
	mp_put_uint(w, m->from);
	msg_put_checkpoint(w, &m->head);
	mp_put_uint(w, m->raw_size);
	mp_put_bin(w, m->packed.data, m->packed.size);
}

enum err msg_push_decode(struct msg_push *out, struct bytes body)
{
	struct reader r;
	uint64_t raw_size;
	enum err err = msg_open_array(&r, body, 5);

	memset(out, 0, sizeof(*out));
	if (err)
		return err;
	mp_bin_fixed(&r, out->head.log.b, KEY_SIZE);
	out->from = mp_uint(&r);
	msg_read_checkpoint(&r, &out->head);
	raw_size = mp_uint(&r);
	out->packed = mp_bin(&r);
	if (out->from >= out->head.size || raw_size > UINT32_MAX)
		reader_fail(&r, ERR_FORMAT);
	out->raw_size = (uint32_t)raw_size;
	return r.err;
}

void msg_have_encode(struct writer *w, const struct msg_have *m)
{
	mp_put_array(w, 1);
	mp_put_array(w, 2);
	mp_put_bin(w, m->log.b, KEY_SIZE);
	mp_put_uint(w, m->size);
}

enum err msg_have_decode(struct msg_have *out, uint32_t *count, uint32_t max, struct bytes body)
{
	struct reader r;
	enum err err = msg_open_list(&r, body, count, max);
	if (err)
		return err;
	for (uint32_t i = 0; i < *count; i++) {
		mp_array_of(&r, 2);
		mp_bin_fixed(&r, out[i].log.b, KEY_SIZE);
		out[i].size = mp_uint(&r);
	}
	return r.err;
}
