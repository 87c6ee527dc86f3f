/* Shared parts of messages, see the header. */
#include "proto/msg_part.h"

#include <string.h>

enum err msg_open_array(struct reader *r, struct bytes body, uint32_t count)
{
	enum err err = mp_scan(body);
	if (err)
		return err;
	reader_init(r, body);
	if (mp_array(r) < count)
		reader_fail(r, ERR_FORMAT);
	return r->err;
}

enum err msg_open_list(struct reader *r, struct bytes body, uint32_t *count, uint32_t max)
{
	enum err err = mp_scan(body);
	if (err)
		return err;
	reader_init(r, body);
	*count = mp_array(r);
	if (*count > max)
		reader_fail(r, ERR_LIMIT);
	return r->err;
}

bool msg_optional_bin(struct reader *r, void *out, size_t size)
{
	struct bytes bin = mp_bin(r);
	memset(out, 0, size);
	if (bin.size == 0)
		return false;
	if (bin.size != size) {
		reader_fail(r, ERR_FORMAT);
		return false;
	}
	memcpy(out, bin.data, size);
	return true;
}

void msg_put_checkpoint(struct writer *w, const struct checkpoint *cp)
{
	mp_put_array(w, 3);
	mp_put_uint(w, cp->size);
	mp_put_bin(w, cp->root.b, HASH_SIZE);
	mp_put_bin(w, cp->sig.b, SIG_SIZE);
}

void msg_read_checkpoint(struct reader *r, struct checkpoint *out)
{
	mp_array_of(r, 3);
	out->size = mp_uint(r);
	mp_bin_fixed(r, out->root.b, HASH_SIZE);
	mp_bin_fixed(r, out->sig.b, SIG_SIZE);
	if (out->size == 0)
		reader_fail(r, ERR_FORMAT);
}

void msg_put_proof(struct writer *w, const struct hash *proof, size_t count)
{
	mp_put_bin(w, proof, count * sizeof(struct hash));
}

void msg_read_proof(struct reader *r, struct hash *proof, size_t *count, size_t max)
{
	struct bytes bin = mp_bin(r);
	*count = 0;
	if (bin.size % HASH_SIZE) {
		reader_fail(r, ERR_FORMAT);
	} else if (bin.size / HASH_SIZE > max) {
		reader_fail(r, ERR_LIMIT);
	} else if (bin.size) {
		*count = bin.size / HASH_SIZE;
		memcpy(proof, bin.data, bin.size);
	}
}
