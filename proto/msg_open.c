/* OPEN_WANT and OPEN carry a log.open ahead of any session; ROSTER carries the roster's head. */
#include "proto/msg_part.h"

#include <string.h>

void msg_open_want_encode(struct writer *w, const struct key *log)
{
	mp_put_array(w, 1);
	mp_put_bin(w, log->b, KEY_SIZE);
}

enum err msg_open_want_decode(struct key *out, struct bytes body)
{
	struct reader r;
	enum err err = msg_open_array(&r, body, 1);
	if (err)
		return err;
	mp_bin_fixed(&r, out->b, KEY_SIZE);
	return r.err;
}

void msg_open_encode(struct writer *w, const struct key *log, struct bytes record)
{
	mp_put_array(w, 2);
	mp_put_bin(w, log->b, KEY_SIZE);
	mp_put_bin(w, record.data, record.size);
}

enum err msg_open_decode(struct key *log, struct bytes *record, struct bytes body)
{
	struct reader r;
	enum err err = msg_open_array(&r, body, 2);
	if (err)
		return err;
	mp_bin_fixed(&r, log->b, KEY_SIZE);
	*record = mp_bin(&r);
	return r.err;
}

void msg_roster_encode(struct writer *w, const struct checkpoint *head)
{
	mp_put_array(w, 2);
	mp_put_bin(w, head->log.b, KEY_SIZE);
	msg_put_checkpoint(w, head);
}

enum err msg_roster_decode(struct checkpoint *out, struct bytes body)
{
	struct reader r;
	enum err err = msg_open_array(&r, body, 2);

	memset(out, 0, sizeof(*out));
	if (err)
		return err;
	mp_bin_fixed(&r, out->log.b, KEY_SIZE);
	msg_read_checkpoint(&r, out);
	return r.err;
}
