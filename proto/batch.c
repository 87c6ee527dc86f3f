/* Batches: compression of a run of records and the message around it. It decides how much a frame
 * may unpack to before anything is allocated; whether the records belong to the log is proven by
 * its callers. */
#include "proto/batch.h"

#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "proto/limits.h"
#include "proto/mp.h"

#define BATCH_ELEMENTS 7

static void read_proof(struct batch *out, struct reader *r)
{
	struct bytes proof = mp_bin(r);

	if (proof.size % HASH_SIZE != 0)
		reader_fail(r, ERR_FORMAT);
	if (proof.size / HASH_SIZE > TREE_PROOF_MAX)
		reader_fail(r, ERR_LIMIT);
	if (r->err != ERR_NONE || proof.size == 0)
		return;
	out->proof_count = proof.size / HASH_SIZE;
	memcpy(out->proof, proof.data, proof.size);
}

enum err batch_decode(struct batch *out, struct bytes body)
{
	struct reader r;
	uint64_t count, raw_size;
	enum err err = mp_scan(body);

	*out = (struct batch){0};
	if (err != ERR_NONE)
		return err;
	reader_init(&r, body);
	if (mp_array(&r) < BATCH_ELEMENTS)
		reader_fail(&r, ERR_FORMAT);
	mp_bin_fixed(&r, out->key.b, KEY_SIZE);
	out->from = mp_uint(&r);
	count = mp_uint(&r);
	out->size = mp_uint(&r);
	read_proof(out, &r);
	raw_size = mp_uint(&r);
	out->packed = mp_bin(&r);
	if (r.err != ERR_NONE)
		return r.err;
	if (count > BATCH_COUNT_MAX || raw_size > BATCH_RAW_MAX)
		return ERR_LIMIT;
	if (out->from > out->size || count > out->size - out->from)
		return ERR_FORMAT;
	/* Nothing at all says that it cannot be served. */
	if ((count == 0) != (raw_size == 0) ||
	    (count == 0 && (out->proof_count > 0 || out->packed.size > 0)))
		return ERR_FORMAT;
	out->count = (uint32_t)count;
	out->raw_size = (uint32_t)raw_size;
	return ERR_NONE;
}

/* Matches are looked for in a table of 32 KiB, which a first-level cache holds, and from six bytes on: over records of 600
 * bytes that is faster than what the level stands for, and finds more. */
#define TABLE_LOG 13
#define MATCH_MIN 6

struct batch_packer {
	ZSTD_CCtx *context;
};

struct batch_packer *batch_packer_new(void)
{
	struct batch_packer *p = malloc(sizeof(*p));

	if (!p)
		return NULL;
	p->context = ZSTD_createCCtx();
	if (p->context &&
	    !ZSTD_isError(
		ZSTD_CCtx_setParameter(p->context, ZSTD_c_compressionLevel, COMPRESSION_LEVEL)) &&
	    !ZSTD_isError(ZSTD_CCtx_setParameter(p->context, ZSTD_c_hashLog, TABLE_LOG)) &&
	    !ZSTD_isError(ZSTD_CCtx_setParameter(p->context, ZSTD_c_minMatch, MATCH_MIN)))
		return p;
	batch_packer_free(p);
	return NULL;
}

void batch_packer_free(struct batch_packer *p)
{
	if (!p)
		return;
	ZSTD_freeCCtx(p->context);
	free(p);
}

/* One frame that declares its content size, as ZSTD_compress writes it. */
static void compress(struct batch_packer *p, struct writer *w, struct bytes records)
{
	size_t bound = ZSTD_compressBound(records.size);
	uint8_t *at = writer_grow(w, bound);
	size_t size;

	if (!at)
		return;
	size = p ? ZSTD_compress2(p->context, at, bound, records.data, records.size)
		 : ZSTD_compress(at, bound, records.data, records.size, COMPRESSION_LEVEL);
	if (ZSTD_isError(size)) {
		writer_fail(w, ERR_MEMORY);
		return;
	}
	w->size -= bound - size;
}

void batch_encode(struct writer *w, const struct batch *batch, struct bytes records)
{
	batch_encode_with(NULL, w, batch, records);
}

void batch_encode_with(
    struct batch_packer *p, struct writer *w, const struct batch *batch, struct bytes records)
{
	struct writer packed = {0};

	if (records.size > BATCH_RAW_MAX)
		writer_fail(w, ERR_LIMIT);
	if (records.size > 0)
		compress(p, &packed, records);
	if (packed.err != ERR_NONE)
		writer_fail(w, packed.err);
	mp_put_array(w, BATCH_ELEMENTS);
	mp_put_bin(w, batch->key.b, KEY_SIZE);
	mp_put_uint(w, batch->from);
	mp_put_uint(w, batch->count);
	mp_put_uint(w, batch->size);
	mp_put_bin(w, batch->proof, batch->proof_count * HASH_SIZE);
	mp_put_uint(w, records.size);
	mp_put_bin(w, packed.data, packed.size);
	writer_release(&packed);
}

void batch_pack(struct writer *w, struct bytes records)
{
	batch_pack_with(NULL, w, records);
}

void batch_pack_with(struct batch_packer *p, struct writer *w, struct bytes records)
{
	if (records.size > BATCH_RAW_MAX)
		writer_fail(w, ERR_LIMIT);
	writer_u32(w, (uint32_t)records.size);
	compress(p, w, records);
}

enum err batch_unpack(struct writer *out, struct bytes packed, uint32_t raw_size)
{
	unsigned long long declared;
	size_t frame_size, size;
	uint8_t *at;

	writer_clear(out);
	if (raw_size > BATCH_RAW_MAX)
		return ERR_LIMIT;
	declared = ZSTD_getFrameContentSize(packed.data, packed.size);
	if (declared != raw_size || raw_size == 0)
		return ERR_FORMAT; /* also ZSTD_CONTENTSIZE_UNKNOWN and _ERROR, both huge */
	frame_size = ZSTD_findFrameCompressedSize(packed.data, packed.size);
	if (ZSTD_isError(frame_size))
		return ERR_FORMAT;
	if (frame_size != packed.size)
		return ERR_TRAILING;
	at = writer_grow(out, raw_size);
	if (!at)
		return out->err;
	size = ZSTD_decompress(at, raw_size, packed.data, packed.size);
	if (size == raw_size)
		return ERR_NONE;
	writer_clear(out);
	return ERR_FORMAT;
}
