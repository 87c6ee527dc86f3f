/* "host:port" and "[v6]:port" as text and as socket addresses. Literal addresses only: names need a
 * resolver. */
#ifndef DAEMON_WHERE_H
#define DAEMON_WHERE_H

#include <uv.h>

#include "proto/core.h"

#define WHERE_PORT_SIZE 6

struct where {
	char host[CORE_ADDRESS_MAX]; /* without brackets */
	char port[WHERE_PORT_SIZE];
};

/* false unless it is host:port with a port of 0…65,535; an IPv6 host stands in brackets. */
bool where_parse(struct where *out, const char *text);
/* false when the host is no literal address. */
bool where_literal(struct sockaddr_storage *out, const struct where *where);
void where_print(char out[static CORE_ADDRESS_MAX], const struct sockaddr_storage *address);
bool where_is_wildcard(const struct sockaddr_storage *address);

#endif
