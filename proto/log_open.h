/* log.open, leaf 0 of every log but the roster: which member signs under which log and transport key.
 * PROTOCOL.md section 3. */
#ifndef PROTO_LOG_OPEN_H
#define PROTO_LOG_OPEN_H

#include "proto/record.h"
#include "proto/seal.h"
#include "proto/writer.h"

struct log_open {
	struct hash network;
	struct key key;
	struct key member_key;
	struct key transport;
	char member[CODE_SIZE_MAX + 1];
	uint32_t number;
	unsigned previous_count;
	struct {
		struct key key;
		uint64_t size;
		struct hash root;
	} previous[LOG_PREVIOUS_MAX];
	struct sig certificate;
	struct bytes
	    payload; /* what it was decoded from, borrowed; only log_open_verify reads it */
};

/* `[a-z][a-z0-9-]{0,31}` */
bool code_is_valid(struct bytes code);
/* Decodes the payload map; ERR_FORMAT and the like. Verifies nothing. */
enum err log_open_decode(struct log_open *out, struct bytes payload);
/* For a decoded one, while its payload is there: network, both keys valid points, certificate. ERR_NETWORK, ERR_KEY, ERR_SIGNATURE. */
enum err log_open_verify(const struct log_open *open, const struct hash *network);
/* Fills certificate and writes the payload. */
void log_open_encode(struct writer *w, struct log_open *open, const struct seckey *member_sk);

#endif
