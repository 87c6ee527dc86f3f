/* Messages about the session itself: PING, PONG, TWINS, BYE. */
#include "proto/msg_part.h"

#include <string.h>

void msg_number_encode(struct writer *w, uint64_t number)
{
	mp_put_array(w, 1);
	mp_put_uint(w, number);
}

enum err msg_number_decode(uint64_t *number, struct bytes body)
{
	struct reader r;
	enum err err = msg_open_array(&r, body, 1);
	if (err)
		return err;
	*number = mp_uint(&r);
	return r.err;
}

void msg_empty_encode(struct writer *w)
{
	mp_put_array(w, 0);
}

enum err msg_empty_decode(struct bytes body)
{
	struct reader r;
	return msg_open_array(&r, body, 0);
}

void msg_bye_encode(struct writer *w, const char *reason)
{
	mp_put_array(w, 1);
	mp_put_cstr(w, reason);
}

enum err msg_bye_decode(char out[static MSG_REASON_MAX + 1], struct bytes body)
{
	struct reader r;
	struct bytes reason;
	enum err err = msg_open_array(&r, body, 1);

	out[0] = '\0';
	if (err)
		return err;
	reason = mp_str(&r);
	if (reason.size > MSG_REASON_MAX)
		reader_fail(&r, ERR_LIMIT);
	if (r.err)
		return r.err;
	for (size_t i = 0; i < reason.size; i++) /* it goes into logs and tables */
		out[i] =
		    reason.data[i] >= 0x20 && reason.data[i] < 0x7f ? (char)reason.data[i] : '?';
	out[reason.size] = '\0';
	return ERR_NONE;
}
