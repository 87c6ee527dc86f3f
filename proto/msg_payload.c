/* PAYLOAD_WANT and PAYLOADS: payloads that did not come with their headers. */
#include "proto/msg_part.h"

void msg_payload_want_encode(struct writer *w, const struct msg_payload_want *items, uint32_t count)
{
	mp_put_array(w, count);
	for (uint32_t i = 0; i < count; i++) {
		mp_put_array(w, 2);
		mp_put_bin(w, items[i].log.b, KEY_SIZE);
		mp_put_uint(w, items[i].index);
	}
}

enum err msg_payload_want_decode(struct msg_payload_want *out, uint32_t *count, struct bytes body)
{
	struct reader r;
	enum err err = msg_open_list(&r, body, count, MSG_WANTS_MAX);
	if (err)
		return err;
	for (uint32_t i = 0; i < *count; i++) {
		mp_array_of(&r, 2);
		mp_bin_fixed(&r, out[i].log.b, KEY_SIZE);
		out[i].index = mp_uint(&r);
	}
	return r.err;
}

void msg_payloads_begin(struct writer *w, uint32_t count)
{
	mp_put_array(w, count);
}

void msg_payloads_add(struct writer *w, const struct msg_payload *m)
{
	mp_put_array(w, 4);
	mp_put_bin(w, m->log.b, KEY_SIZE);
	mp_put_uint(w, m->index);
	mp_put_uint(w, m->state);
	mp_put_bin(w, m->rest.data, m->rest.size);
}

enum err msg_payloads_decode(struct reader *items, uint32_t *count, struct bytes body)
{
	return msg_open_list(items, body, count, MSG_WANTS_MAX);
}

enum err msg_payloads_next(struct reader *items, struct msg_payload *out)
{
	uint64_t state;

	mp_array_of(items, 4);
	mp_bin_fixed(items, out->log.b, KEY_SIZE);
	out->index = mp_uint(items);
	state = mp_uint(items);
	if (state > RECORD_NOT_HELD)
		reader_fail(items, ERR_FORMAT);
	out->state = (uint8_t)state;
	out->rest = mp_bin(items);
	return items->err;
}
