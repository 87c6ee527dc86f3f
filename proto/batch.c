/* Batches: compression of a run of records and the message around it. It decides how much a frame
 * may unpack to before anything is allocated; whether the records belong to the log is proven by
 * its callers. */
#include "proto/batch.h"

#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "proto/limits.h"
#include "proto/mp.h"

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

static void read_run(struct batch *out, struct reader *r)
{
	uint64_t count, raw_size;

	*out = (struct batch){0};
	mp_array_of(r, 3);
	count = mp_uint(r);
	raw_size = mp_uint(r);
	read_proof(out, r);
	if (count > BATCH_COUNT_MAX || raw_size > BATCH_RAW_MAX)
		reader_fail(r, ERR_LIMIT);
	/* Nothing at all says that it cannot be served. */
	if ((count == 0) != (raw_size == 0) || (count == 0 && out->proof_count > 0))
		reader_fail(r, ERR_FORMAT);
	out->count = (uint32_t)count;
	out->raw_size = (uint32_t)raw_size;
}

enum err batch_open(struct batch_reader *out, struct bytes body)
{
	struct reader r;
	uint64_t raw_size = 0;
	enum err err = mp_scan(body);

	*out = (struct batch_reader){0};
	if (err != ERR_NONE)
		return err;
	reader_init(&r, body);
	if (mp_array(&r) < 2)
		reader_fail(&r, ERR_FORMAT);
	out->left = mp_array(&r);
	out->runs = r;
	if (r.err == ERR_NONE && out->left == 0)
		return ERR_FORMAT;
	if (out->left > BATCH_RUNS_MAX)
		return ERR_LIMIT;
	for (uint32_t i = 0; i < out->left && r.err == ERR_NONE; i++) {
		struct batch run;
		read_run(&run, &r);
		raw_size += run.raw_size;
	}
	out->packed = mp_bin(&r);
	if (r.err != ERR_NONE)
		return r.err;
	if (raw_size > BATCH_RAW_MAX)
		return ERR_LIMIT;
	if (raw_size == 0 && out->packed.size > 0)
		return ERR_FORMAT;
	out->raw_size = (uint32_t)raw_size;
	return ERR_NONE;
}

bool batch_next(struct batch_reader *r, struct batch *out)
{
	if (r->left == 0)
		return false;
	r->left--;
	read_run(out, &r->runs);
	out->packed = r->packed;
	return true;
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

void batch_add(struct batch_writer *b, const struct batch *run)
{
	mp_put_array(&b->runs, 3);
	mp_put_uint(&b->runs, run->count);
	mp_put_uint(&b->runs, b->records.size - b->told);
	mp_put_bin(&b->runs, run->proof, run->proof_count * HASH_SIZE);
	b->told = b->records.size;
	b->count++;
}

void batch_writer_release(struct batch_writer *b)
{
	writer_release(&b->runs);
	writer_release(&b->records);
}

void batch_finish(struct batch_packer *p, struct writer *w, const struct batch_writer *b)
{
	struct writer packed = {0};

	if (b->told > BATCH_RAW_MAX)
		writer_fail(w, ERR_LIMIT);
	if (b->runs.err != ERR_NONE || b->records.err != ERR_NONE)
		writer_fail(w, b->runs.err ? b->runs.err : b->records.err);
	if (b->told > 0 && w->err == ERR_NONE)
		compress(p, &packed, bytes_of(b->records.data, b->told));
	if (packed.err != ERR_NONE)
		writer_fail(w, packed.err);
	mp_put_array(w, 2);
	mp_put_array(w, b->count);
	writer_bytes(w, writer_view(&b->runs));
	mp_put_bin(w, packed.data, packed.size);
	writer_release(&packed);
}

void batch_put_want(struct writer *w, const struct key *log, uint64_t from, uint64_t size)
{
	writer_put(w, log->b, KEY_SIZE);
	writer_u64(w, from);
	writer_u64(w, size);
}

bool batch_next_want(struct reader *wants, struct batch *run)
{
	if (reader_left(wants) == 0)
		return false;
	*run = (struct batch){0};
	reader_copy(wants, run->key.b, KEY_SIZE);
	run->from = reader_u64(wants);
	run->size = reader_u64(wants);
	return wants->err == ERR_NONE;
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

enum err batch_declared(struct bytes packed, uint32_t max, uint32_t *raw_size)
{
	unsigned long long declared = ZSTD_getFrameContentSize(packed.data, packed.size);

	if (declared == ZSTD_CONTENTSIZE_UNKNOWN || declared == ZSTD_CONTENTSIZE_ERROR ||
	    declared == 0)
		return ERR_FORMAT;
	if (declared > max)
		return ERR_LIMIT;
	*raw_size = (uint32_t)declared;
	return ERR_NONE;
}

struct batch_unpacker {
	ZSTD_DCtx *context;
};

struct batch_unpacker *batch_unpacker_new(void)
{
	struct batch_unpacker *u = malloc(sizeof(*u));

	if (!u)
		return NULL;
	u->context = ZSTD_createDCtx();
	if (u->context)
		return u;
	free(u);
	return NULL;
}

void batch_unpacker_free(struct batch_unpacker *u)
{
	if (!u)
		return;
	ZSTD_freeDCtx(u->context);
	free(u);
}

enum err batch_unpack_with(
    struct batch_unpacker *u, struct writer *out, struct bytes packed, uint32_t raw_size)
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
	size = u ? ZSTD_decompressDCtx(u->context, at, raw_size, packed.data, packed.size)
		 : ZSTD_decompress(at, raw_size, packed.data, packed.size);
	if (size == raw_size)
		return ERR_NONE;
	writer_clear(out);
	return ERR_FORMAT;
}

enum err batch_unpack(struct writer *out, struct bytes packed, uint32_t raw_size)
{
	return batch_unpack_with(NULL, out, packed, raw_size);
}
