/* A record: permanent header (the Merkle leaf) and payload. PROTOCOL.md section 2.
 *
 * Decoded structs borrow from the bytes that they were read from. */
#ifndef PROTO_RECORD_H
#define PROTO_RECORD_H

#include "proto/limits.h"
#include "proto/reader.h"
#include "proto/writer.h"

#define RECORD_REF_SIZE (KEY_SIZE + 8 + HASH_SIZE)

struct header {
	uint16_t kind;
	struct mtime time;
	struct hash anchor; /* zero when empty */
	bool has_anchor;
	uint32_t payload_size;
	struct hash commitment;
};

enum record_state { RECORD_PRESENT, RECORD_ERASED, RECORD_NOT_HELD };

/* Names one record for ever. */
struct record_ref {
	struct key log;
	uint64_t index;
	struct hash leaf;
};

struct record {
	struct bytes raw_header;
	struct header header;
	enum record_state state;
	const uint8_t *salt;	   /* RECORD_SALT_SIZE bytes when present */
	struct bytes payload;	   /* when present */
	struct record_ref erasure; /* when erased */
};

/* Scans and decodes the six elements; more are allowed. */
enum err header_decode(struct header *out, struct bytes raw);
void header_encode(struct writer *w, const struct header *header);
void record_commitment(
    struct hash *out, const uint8_t salt[static RECORD_SALT_SIZE], struct bytes payload);

/* Next record of a batch body; does not check the commitment. */
enum err record_read(struct record *out, struct reader *r);
void record_write(struct writer *w, const struct record *record);
/* Only "u8 state ‖ rest"; payload_size stands in the header. */
enum err record_read_rest(struct record *out, struct reader *r, uint32_t payload_size);
void record_write_rest(struct writer *w, const struct record *record);
/* ERR_HASH when a present payload does not match its commitment. */
enum err record_check(const struct record *record);
/* Builds header and present record: draws nothing, salt comes in. */
void record_create(struct writer *w, uint16_t kind, struct mtime time, const struct hash *anchor,
    const uint8_t salt[static RECORD_SALT_SIZE], struct bytes payload);
/* The header of a record that record_create or record_write wrote. */
struct bytes record_raw_header(struct bytes record);

#endif
