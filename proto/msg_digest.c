/* DIGEST and BUCKETS: do two nodes hold the same, and if not, where do they differ. */
#include "proto/msg_part.h"

#include <string.h>

void msg_digest_encode(struct writer *w, const struct hash *digest, uint64_t upto)
{
	mp_put_array(w, 2);
	mp_put_bin(w, digest->b, HASH_SIZE);
	mp_put_uint(w, upto);
}

enum err msg_digest_decode(struct hash *digest, uint64_t *upto, struct bytes body)
{
	struct reader r;
	enum err err = msg_open_array(&r, body, 2);
	if (err)
		return err;
	mp_bin_fixed(&r, digest->b, HASH_SIZE);
	*upto = mp_uint(&r);
	return r.err;
}

void msg_buckets_encode(struct writer *w, const struct hash buckets[static BUCKET_COUNT])
{
	mp_put_array(w, 1);
	mp_put_bin(w, buckets, BUCKET_COUNT * sizeof(struct hash));
}

enum err msg_buckets_decode(struct hash out[static BUCKET_COUNT], struct bytes body)
{
	struct reader r;
	enum err err = msg_open_array(&r, body, 1);
	if (err)
		return err;
	mp_bin_fixed(&r, out, BUCKET_COUNT * sizeof(struct hash));
	return r.err;
}
