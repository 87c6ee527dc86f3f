/* The body of BATCH and PUSH: records in one zstd frame of declared size, with the consistency proof that lets a receiver
 * verify and commit each batch by itself. PROTOCOL.md section 8. */
#ifndef PROTO_BATCH_H
#define PROTO_BATCH_H

#include "proto/limits.h"
#include "proto/reader.h"
#include "proto/tree.h"
#include "proto/writer.h"

struct batch {
	struct key key;
	uint64_t from;
	uint32_t count;
	uint64_t size; /* of the checkpoint that the proof leads to */
	struct hash proof[TREE_PROOF_MAX];
	size_t proof_count;
	uint32_t raw_size;
	struct bytes packed;
};

/* Borrows packed from body. */
enum err batch_decode(struct batch *out, struct bytes body);
/* What compressing needs of memory, kept from batch to batch by whoever packs many; for one thread at a time. NULL without
 * memory, and NULL may be given for it: what comes out is a frame of the same kind. */
struct batch_packer;
struct batch_packer *batch_packer_new(void);
void batch_packer_free(struct batch_packer *p);
/* records: raw body, compressed here. Level of compression is a constant of limits.h. */
void batch_encode(struct writer *w, const struct batch *batch, struct bytes records);
void batch_encode_with(
    struct batch_packer *p, struct writer *w, const struct batch *batch, struct bytes records);
/* u32 raw size ‖ zstd frame. */
void batch_pack(struct writer *w, struct bytes records);
void batch_pack_with(struct batch_packer *p, struct writer *w, struct bytes records);
/* Unpacks into out (cleared first). Checks the declared size against raw_size and BATCH_RAW_MAX before allocating. */
enum err batch_unpack(struct writer *out, struct bytes packed, uint32_t raw_size);

#endif
