/* Parts that several messages share: heads, optional fixed-size bins, and arrays that may have
 * grown at their end. */
#ifndef PROTO_MSG_PART_H
#define PROTO_MSG_PART_H

#include "proto/mp.h"
#include "proto/msg.h"

/* Scans body and opens its outer array, which has at least `count` elements. Further ones are
 * ignored: messages decoded with it must not ask reader_end. */
enum err msg_open_array(struct reader *r, struct bytes body, uint32_t count);
/* Opens the outer array of any count up to max. */
enum err msg_open_list(struct reader *r, struct bytes body, uint32_t *count, uint32_t max);
/* A bin of `size` bytes (true) or an empty one (false, out zeroed). */
bool msg_optional_bin(struct reader *r, void *out, size_t size);
/* [size, root, sig] */
void msg_put_checkpoint(struct writer *w, const struct checkpoint *cp);
void msg_read_checkpoint(struct reader *r, struct checkpoint *out);
/* A proof: bin of n × 32. */
void msg_put_proof(struct writer *w, const struct hash *proof, size_t count);
void msg_read_proof(struct reader *r, struct hash *proof, size_t *count, size_t max);

#endif
