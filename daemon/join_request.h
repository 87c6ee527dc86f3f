/* A request to join as a coordinator sees it, read from what the store keeps. */
#ifndef DAEMON_JOIN_REQUEST_H
#define DAEMON_JOIN_REQUEST_H

#include "proto/change.h"

struct join_request {
	char code[CODE_SIZE_MAX + 1];
	struct log_open open;
	enum member_kind kind;
	struct bytes names; /* borrowed */
	char territory[ROSTER_TERRITORY_MAX + 1];
};

/* The next one of store_requests; false at the end. */
bool join_request_next(struct join_request *out, struct reader *requests);

/* The one request under this code whose member key has a fingerprint that begins so; "" fits any.
 * ERR_UNKNOWN without a request, ERR_REFUSED when none fits, ERR_AMBIGUOUS when several do; why
 * names the fingerprints. */
enum err join_request_find(struct join_request *out, struct bytes requests, const char *code,
    const char *fingerprint, struct why *why);

#endif
