/* An invite: what a coordinator hands to a new member, as one line that survives being copied by
 * hand. It names the network and where to reach it; its token files a request and never admits.
 * PROTOCOL.md section 5. */
#ifndef PROTO_INVITE_H
#define PROTO_INVITE_H

#include "proto/address.h"
#include "proto/change.h"
#include "proto/writer.h"

#define INVITE_TEXT_MAX 4096

struct invite {
	struct hash network;
	char code[CODE_SIZE_MAX + 1];
	struct mtime expires;
	uint8_t token[TOKEN_SIZE];
	unsigned address_count; /* 1 to ADDRESSES_MAX */
	struct address_parts addresses[ADDRESSES_MAX];
};

/* The line, `oc1…`. ERR_LIMIT in the writer for no address or too many. */
void invite_encode(struct writer *w, const struct invite *invite);
/* ERR_HASH for a line that was copied badly, ERR_FORMAT and the like for what was never one;
 * whether it has expired is the caller's business. */
enum err invite_decode(struct invite *out, struct bytes text, struct why *why);

#endif
