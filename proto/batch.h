/* The body of BATCH and PUSH: records in one zstd frame of declared size. A BATCH holds runs, each the next records of the log that
 * the oldest WANT without its whole answer names, with the consistency proof that lets a receiver verify and commit it by itself.
 * What the WANT said (log, from, size) is not said again. PROTOCOL.md section 8. */
#ifndef PROTO_BATCH_H
#define PROTO_BATCH_H

#include "proto/limits.h"
#include "proto/reader.h"
#include "proto/tree.h"
#include "proto/writer.h"

/* One run. */
struct batch {
	struct key key; /* of the WANT that it answers, like from and size: not sent */
	uint64_t from;
	uint32_t count; /* 0: what was asked for cannot be served */
	uint64_t size;	/* of the checkpoint that the proof leads to */
	struct hash proof[TREE_PROOF_MAX];
	size_t proof_count;
	uint32_t raw_size; /* of its records, unpacked */
	struct bytes
	    packed; /* of the whole message: the records of all its runs, one after another */
};

/* A message that came. Everything but the frame is checked for form and bounds before the first run is given. */
struct batch_reader {
	uint32_t left; /* runs */
	uint32_t raw_size;
	struct reader runs;
	struct bytes packed;
};
/* Borrows from body. */
enum err batch_open(struct batch_reader *r, struct bytes body);
/* False after the last one. key, from and size are left to who knows the WANT. */
bool batch_next(struct batch_reader *r, struct batch *out);

/* A message that is being put together: records are written to `records`, and each run is added behind its own. */
struct batch_writer {
	struct writer runs, records;
	uint32_t count;
	size_t told; /* bytes of records that belong to runs */
};
void batch_add(struct batch_writer *b, const struct batch *run);
/* What compressing needs of memory, kept from batch to batch by whoever packs many; for one thread at a time. NULL without
 * memory, and NULL may be given for it: what comes out is a frame of the same kind. */
struct batch_packer;
struct batch_packer *batch_packer_new(void);
void batch_packer_free(struct batch_packer *p);
/* Appends the body of the BATCH; level of compression is a constant of limits.h. */
void batch_finish(struct batch_packer *p, struct writer *w, const struct batch_writer *b);
void batch_writer_release(struct batch_writer *b);
/* What READ_BATCH is asked for beside the first log: log key ‖ u64 from ‖ u64 size, each. */
void batch_put_want(struct writer *w, const struct key *log, uint64_t from, uint64_t size);
bool batch_next_want(struct reader *wants, struct batch *run);
/* u32 raw size ‖ zstd frame. */
void batch_pack(struct writer *w, struct bytes records);
void batch_pack_with(struct batch_packer *p, struct writer *w, struct bytes records);
/* What a frame says that it unpacks to: ERR_FORMAT where it does not or that is nothing, ERR_LIMIT beyond max. */
enum err batch_declared(struct bytes packed, uint32_t max, uint32_t *raw_size);
/* What unpacking needs of memory, likewise. */
struct batch_unpacker;
struct batch_unpacker *batch_unpacker_new(void);
void batch_unpacker_free(struct batch_unpacker *u);
/* Unpacks into out (cleared first). Checks the declared size against raw_size and BATCH_RAW_MAX before allocating. */
enum err batch_unpack(struct writer *out, struct bytes packed, uint32_t raw_size);
enum err batch_unpack_with(
    struct batch_unpacker *u, struct writer *out, struct bytes packed, uint32_t raw_size);

#endif
