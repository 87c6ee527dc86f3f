/* The parts of a proof document: one record with its inclusion, and the growth of a log. Reads
 * JSON's base64 and bounds everything; knows nothing of who signs. */
#ifndef CLI_PROOF_PART_H
#define CLI_PROOF_PART_H

#include "proto/checkpoint.h"
#include "proto/mp.h"
#include "proto/record.h"
#include "proto/tree.h"

struct proof_part {
	bool is_read;
	uint64_t index;
	struct writer leaf; /* the header's bytes */
	struct hash leaf_hash;
	struct header header;
	struct writer salt;
	struct writer payload;
	bool has_payload;
	struct hash inclusion[TREE_PROOF_MAX];
	size_t inclusion_count;
	struct bytes checkpoint; /* borrowed text, empty when the map has none */
};

/* A str field, or empty. */
struct bytes proof_text(struct bytes map, const char *field);
/* Index, leaf, inclusion; salt and payload where they are. ERR_FORMAT and what header_decode says.
 */
enum err proof_part_read(struct proof_part *part, struct bytes map, struct why *why);
/* ERR_PROOF unless the leaf lies at its index under the checkpoint. */
enum err proof_part_included(
    const struct proof_part *part, const struct checkpoint *cp, struct why *why);
/* ERR_HASH unless the payload is there and matches the commitment. */
enum err proof_part_payload(const struct proof_part *part, struct why *why);
struct bytes proof_payload(const struct proof_part *part);
void proof_part_release(struct proof_part *part);

/* True unless it is no padded base64. */
bool proof_unbase64(struct writer *out, struct bytes text);
/* root ‖ proof of evidence; none where "root" is null. proof has room for TREE_PROOF_MAX + 1. */
enum err proof_fork_read(struct bytes doc, struct hash *proof, size_t *count, struct why *why);

struct proof_growth {
	uint64_t old_size;
	uint64_t size;
};
enum err proof_growth_check(struct proof_growth *growth, struct bytes doc, struct why *why);

#endif
