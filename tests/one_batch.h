/* A BATCH of one run, as most tests tell and read it. It decides nothing about runs that follow each other: those are test_batch's and
 * test_core_runs'. */
#ifndef TESTS_ONE_BATCH_H
#define TESTS_ONE_BATCH_H

#include "proto/batch.h"

/* key, from and size are the WANT's and not in it: 0. */
static inline enum err batch_decode(struct batch *out, struct bytes body)
{
	struct batch_reader r;
	enum err err = batch_open(&r, body);

	*out = (struct batch){0};
	if (err)
		return err;
	return r.left == 1 && batch_next(&r, out) ? ERR_NONE : ERR_TRAILING;
}

static inline void batch_encode_with(
    struct batch_packer *p, struct writer *w, const struct batch *batch, struct bytes records)
{
	struct batch_writer b = {0};

	writer_bytes(&b.records, records);
	batch_add(&b, batch);
	batch_finish(p, w, &b);
	batch_writer_release(&b);
}

static inline void batch_encode(struct writer *w, const struct batch *batch, struct bytes records)
{
	batch_encode_with(NULL, w, batch, records);
}

#endif
