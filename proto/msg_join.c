/* JOIN files a request to be admitted, JOINED says what became of it. */
#include "proto/msg_part.h"

#include <string.h>

void msg_join_encode(struct writer *w, const struct msg_join *m)
{
	mp_put_array(w, 5);
	mp_put_bin(w, m->token, TOKEN_SIZE);
	mp_put_bin(w, m->record.data, m->record.size);
	mp_put_str(w, m->kind);
	writer_bytes(w, m->names);
	mp_put_str(w, m->territory);
}

enum err msg_join_decode(struct msg_join *out, struct bytes body)
{
	struct reader r;
	enum err err = msg_open_array(&r, body, 5);

	memset(out, 0, sizeof(*out));
	if (err)
		return err;
	mp_bin_fixed(&r, out->token, TOKEN_SIZE);
	out->record = mp_bin(&r);
	out->kind = mp_str(&r);
	if (mp_peek(&r) != MP_MAP)
		reader_fail(&r, ERR_TYPE);
	out->names = mp_raw(&r);
	out->territory = mp_str(&r);
	if (out->record.size > MSG_OPEN_MAX || out->names.size > MSG_NAMES_MAX ||
	    out->territory.size > ROSTER_TERRITORY_MAX)
		reader_fail(&r, ERR_LIMIT);
	return r.err;
}

void msg_joined_encode(struct writer *w, const char *state, const char *reason)
{
	mp_put_array(w, 2);
	mp_put_cstr(w, state);
	mp_put_cstr(w, reason);
}

enum err msg_joined_decode(struct bytes *state, struct bytes *reason, struct bytes body)
{
	struct reader r;
	enum err err = msg_open_array(&r, body, 2);
	if (err)
		return err;
	*state = mp_str(&r);
	*reason = mp_str(&r);
	if (reason->size > MSG_REASON_MAX)
		reader_fail(&r, ERR_LIMIT);
	if (!r.err && !bytes_equal(*state, BYTES_STR("pending")) &&
	    !bytes_equal(*state, BYTES_STR("admitted")) &&
	    !bytes_equal(*state, BYTES_STR("refused")))
		reader_fail(&r, ERR_FORMAT);
	return r.err;
}
