/* EVIDENCE: two signed histories of one key, checked by anyone. PROTOCOL.md section 9, DESIGN D8.
 */
#include "proto/msg_part.h"

#include <string.h>

void msg_evidence_encode(struct writer *w, const struct msg_evidence *m)
{
	mp_put_array(w, m->open.size ? 5 : 4);
	mp_put_bin(w, m->log.b, KEY_SIZE);
	msg_put_checkpoint(w, &m->a);
	msg_put_checkpoint(w, &m->b);
	msg_put_proof(w, m->proof, m->proof_count);
	if (m->open.size)
		mp_put_bin(w, m->open.data, m->open.size);
}

enum err msg_evidence_decode(struct msg_evidence *out, struct bytes body)
{
	struct reader r;
	enum err err = msg_open_array(&r, body, 4);

	memset(out, 0, sizeof(*out));
	if (err)
		return err;
	mp_bin_fixed(&r, out->log.b, KEY_SIZE);
	msg_read_checkpoint(&r, &out->a);
	msg_read_checkpoint(&r, &out->b);
	msg_read_proof(&r, out->proof, &out->proof_count, TREE_PROOF_MAX + 1);
	if (reader_left(&r))
		out->open = mp_bin(&r);
	out->a.log = out->b.log = out->log;
	return r.err;
}

enum err msg_evidence_verify(const struct msg_evidence *m, const struct hash *network)
{
	enum err err;

	if ((err = checkpoint_verify(&m->a, network)) || (err = checkpoint_verify(&m->b, network)))
		return err;
	if (m->a.size == m->b.size) {
		bool differ = !hash_equal(&m->a.root, &m->b.root);
		return differ && m->proof_count == 0 ? ERR_NONE : ERR_PROOF;
	}
	if (m->a.size > m->b.size || m->proof_count == 0 || hash_equal(&m->proof[0], &m->a.root))
		return ERR_PROOF;
	return tree_consistency_verify(
	    m->a.size, &m->proof[0], m->b.size, &m->b.root, m->proof + 1, m->proof_count - 1);
}
