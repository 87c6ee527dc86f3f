/* Reads and prints addresses of sockets. Decides nothing about whether they can be reached. */
#include "daemon/where.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool where_parse(struct where *out, const char *text)
{
	const char *colon = strrchr(text, ':');
	size_t size;
	char *end;
	long port;

	if (!colon || strlen(colon + 1) >= sizeof(out->port))
		return false;
	port = strtol(colon + 1, &end, 10);
	if (*end || end == colon + 1 || colon[1] < '0' || colon[1] > '9' || port > 65535)
		return false;
	snprintf(out->port, sizeof(out->port), "%s", colon + 1);
	size = (size_t)(colon - text);
	if (size >= 2 && text[0] == '[' && colon[-1] == ']') {
		text++;
		size -= 2;
	} else if (memchr(text, ':', size)) {
		return false;
	}
	if (size == 0 || size >= sizeof(out->host))
		return false;
	memcpy(out->host, text, size);
	out->host[size] = '\0';
	return true;
}

bool where_literal(struct sockaddr_storage *out, const struct where *where)
{
	int port = (int)strtol(where->port, NULL, 10);

	memset(out, 0, sizeof(*out));
	return uv_ip4_addr(where->host, port, (struct sockaddr_in *)out) == 0 ||
	       uv_ip6_addr(where->host, port, (struct sockaddr_in6 *)out) == 0;
}

void where_print(char out[static CORE_ADDRESS_MAX], const struct sockaddr_storage *address)
{
	char host[INET6_ADDRSTRLEN + 1];
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)address;
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)address;

	if (address->ss_family == AF_INET && uv_ip4_name(v4, host, sizeof(host)) == 0)
		snprintf(out, CORE_ADDRESS_MAX, "%s:%u", host, ntohs(v4->sin_port));
	else if (address->ss_family == AF_INET6 && uv_ip6_name(v6, host, sizeof(host)) == 0 &&
		 strncmp(host, "::ffff:", 7) == 0 && strchr(host, '.'))
		/* An IPv4 peer of a dual-stack socket is shown as what it is. */
		snprintf(out, CORE_ADDRESS_MAX, "%s:%u", host + 7, ntohs(v6->sin6_port));
	else if (address->ss_family == AF_INET6 && uv_ip6_name(v6, host, sizeof(host)) == 0)
		snprintf(out, CORE_ADDRESS_MAX, "[%s]:%u", host, ntohs(v6->sin6_port));
	else
		snprintf(out, CORE_ADDRESS_MAX, "unknown");
}

bool where_is_wildcard(const struct sockaddr_storage *address)
{
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)address;
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)address;

	if (address->ss_family == AF_INET)
		return v4->sin_addr.s_addr == htonl(INADDR_ANY);
	return memcmp(&v6->sin6_addr, &in6addr_any, sizeof(in6addr_any)) == 0;
}
