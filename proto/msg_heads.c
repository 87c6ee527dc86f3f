/* HEADS: which logs moved, and what the sender has of the receiver's own log. */
#include "proto/msg_part.h"

#include <string.h>

void msg_heads_begin(struct writer *w, const struct msg_heads *m)
{
	mp_put_array(w, 5);
	mp_put_uint(w, m->reason);
	mp_put_bool(w, m->more);
	mp_put_uint(w, m->upto);
	if (m->has_yours && m->is_as_told)
		mp_put_array(w, 0);
	else if (m->has_yours)
		msg_put_checkpoint(w, &m->yours);
	else
		mp_put_nil(w);
	mp_put_array(w, m->count);
}

void msg_heads_add(struct writer *w, const struct checkpoint *head)
{
	mp_put_array(w, 4);
	mp_put_bin(w, head->log.b, KEY_SIZE);
	mp_put_uint(w, head->size);
	mp_put_bin(w, head->root.b, HASH_SIZE);
	mp_put_bin(w, head->sig.b, SIG_SIZE);
}

/* An array of nothing; anything else is left where it is. */
static bool read_nothing(struct reader *r)
{
	struct reader ahead = *r;

	if (mp_array(&ahead) > 0 || ahead.err)
		return false;
	*r = ahead;
	return true;
}

enum err msg_heads_decode(struct msg_heads *out, struct bytes body)
{
	struct reader r;
	uint64_t reason;
	enum err err = msg_open_array(&r, body, 5);

	memset(out, 0, sizeof(*out));
	if (err)
		return err;
	reason = mp_uint(&r);
	if (reason > HEADS_NEW)
		reader_fail(&r, ERR_FORMAT);
	out->reason = (enum heads_reason)reason;
	out->more = mp_bool(&r);
	out->upto = mp_uint(&r);
	out->has_yours = !mp_nil(&r);
	out->is_as_told = out->has_yours && read_nothing(&r);
	if (out->has_yours && !out->is_as_told)
		msg_read_checkpoint(&r, &out->yours);
	out->count = mp_array(&r);
	if (out->count > MSG_HEADS_MAX)
		reader_fail(&r, ERR_LIMIT);
	out->items = r;
	return r.err;
}

bool msg_heads_next(struct msg_heads *m, struct checkpoint *out)
{
	struct reader *r = &m->items;

	if (m->count == 0 || r->err)
		return false;
	m->count--;
	mp_array_of(r, 4);
	mp_bin_fixed(r, out->log.b, KEY_SIZE);
	out->size = mp_uint(r);
	mp_bin_fixed(r, out->root.b, HASH_SIZE);
	mp_bin_fixed(r, out->sig.b, SIG_SIZE);
	if (out->size == 0)
		reader_fail(r, ERR_FORMAT);
	return r->err == ERR_NONE;
}
