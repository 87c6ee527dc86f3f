/* `<transport key, 64 hex digits>@<host>:<port>`, an IPv6 host in brackets. PROTOCOL.md section 5.
 */
#ifndef PROTO_ADDRESS_H
#define PROTO_ADDRESS_H

#include "proto/bytes.h"
#include "proto/err.h"

#define ADDRESS_SIZE_MAX 320
#define ADDRESS_HOST_MAX 247 /* what is left for it beside key, brackets and port */

struct address_parts {
	struct key transport;
	char host[ADDRESS_HOST_MAX + 1]; /* without brackets */
	uint16_t port;
};

/* ERR_LIMIT, ERR_FORMAT. Port 0 is refused. */
enum err address_parse(struct address_parts *out, struct bytes text);
/* `host:port` alone, as a dialler gets it. */
enum err address_parse_host(
    char host[static ADDRESS_HOST_MAX + 1], uint16_t *port, struct bytes text);
/* NUL-terminated. */
void address_format(char out[static ADDRESS_SIZE_MAX + 1], const struct address_parts *parts);

#endif
