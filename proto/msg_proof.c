/* PROOF_WANT asks how two sizes of a peer's tree belong together, PROOF answers: with it, two signed
 * checkpoints become evidence. PROTOCOL.md sections 8 and 9. What it proves is not judged here. */
#include "proto/msg_part.h"

#include <string.h>

static void put_sizes(struct writer *w, uint32_t elements, const struct msg_proof_want *m)
{
	mp_put_array(w, elements);
	mp_put_bin(w, m->log.b, KEY_SIZE);
	mp_put_uint(w, m->from);
	mp_put_uint(w, m->size);
}

static void read_sizes(struct reader *r, struct msg_proof_want *out)
{
	mp_bin_fixed(r, out->log.b, KEY_SIZE);
	out->from = mp_uint(r);
	out->size = mp_uint(r);
	if (out->from == 0 || out->from >= out->size)
		reader_fail(r, ERR_FORMAT);
}

void msg_proof_want_encode(struct writer *w, const struct msg_proof_want *m)
{
	put_sizes(w, 3, m);
}

enum err msg_proof_want_decode(struct msg_proof_want *out, struct bytes body)
{
	struct reader r;
	enum err err = msg_open_array(&r, body, 3);

	memset(out, 0, sizeof(*out));
	if (err)
		return err;
	read_sizes(&r, out);
	return r.err;
}

void msg_proof_encode(struct writer *w, const struct msg_proof *m)
{
	put_sizes(w, 4, &m->of);
	msg_put_proof(w, m->proof, m->proof_count);
}

enum err msg_proof_decode(struct msg_proof *out, struct bytes body)
{
	struct reader r;
	enum err err = msg_open_array(&r, body, 4);

	memset(out, 0, sizeof(*out));
	if (err)
		return err;
	read_sizes(&r, &out->of);
	msg_read_proof(&r, out->proof, &out->proof_count, TREE_PROOF_MAX + 1);
	return r.err;
}
