/* The introduction in the third handshake message and HELLO: who a side is and what it holds, in
 * one packet each. */
#include "proto/msg_part.h"

#include <string.h>

void msg_intro_encode(struct writer *w, const struct msg_intro *m)
{
	mp_put_array(w, 2);
	mp_put_uint(w, m->roster_size);
	if (m->has_token)
		mp_put_bin(w, m->token, TOKEN_SIZE);
	else
		mp_put_bin(w, m->log.b, KEY_SIZE);
}

enum err msg_intro_decode(struct msg_intro *out, struct bytes body)
{
	struct reader r;
	struct bytes who;
	enum err err = msg_open_array(&r, body, 2);

	memset(out, 0, sizeof(*out));
	if (err)
		return err;
	out->roster_size = mp_uint(&r);
	who = mp_bin(&r);
	if (r.err)
		return r.err;
	if (who.size == KEY_SIZE) {
		memcpy(out->log.b, who.data, KEY_SIZE);
	} else if (who.size == TOKEN_SIZE) {
		out->has_token = true;
		memcpy(out->token, who.data, TOKEN_SIZE);
	} else {
		return ERR_FORMAT;
	}
	return ERR_NONE;
}

void msg_hello_encode(struct writer *w, const struct msg_hello *m)
{
	mp_put_array(w, 10);
	mp_put_uint(w, PROTOCOL_VERSION);
	mp_put_bin(w, m->log.b, m->has_log ? KEY_SIZE : 0);
	mp_put_bin(w, m->store_id, sizeof(m->store_id));
	mp_put_uint(w, m->roster_size);
	mp_put_bin(w, m->digest.b, HASH_SIZE);
	mp_put_bin(w, m->cursor_store, m->has_cursor ? sizeof(m->cursor_store) : 0);
	mp_put_uint(w, m->cursor_arrival);
	mp_put_uint(w, m->own_size);
	mp_put_bin(w, m->own_root.b, m->own_size ? HASH_SIZE : 0);
	mp_put_uint(w, m->upto);
}

enum err msg_hello_decode(struct msg_hello *out, struct bytes body)
{
	struct reader r;
	enum err err = msg_open_array(&r, body, 10);

	memset(out, 0, sizeof(*out));
	if (err)
		return err;
	if (mp_uint(&r) != PROTOCOL_VERSION)
		return r.err ? r.err : ERR_FORMAT;
	out->has_log = msg_optional_bin(&r, out->log.b, KEY_SIZE);
	mp_bin_fixed(&r, out->store_id, sizeof(out->store_id));
	out->roster_size = mp_uint(&r);
	mp_bin_fixed(&r, out->digest.b, HASH_SIZE);
	out->has_cursor = msg_optional_bin(&r, out->cursor_store, sizeof(out->cursor_store));
	out->cursor_arrival = mp_uint(&r);
	out->own_size = mp_uint(&r);
	if (msg_optional_bin(&r, out->own_root.b, HASH_SIZE) != (out->own_size > 0))
		reader_fail(&r, ERR_FORMAT);
	out->upto = mp_uint(&r);
	return r.err;
}
