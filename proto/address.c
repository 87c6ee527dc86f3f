/* Addresses come from other members' records: every byte is checked, nothing is resolved here. */
#include "proto/address.h"

#include <stdio.h>
#include <string.h>

static bool is_host_byte(uint8_t c, bool is_ip6)
{
	bool is_hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
	if (is_ip6)
		return is_hex || c == ':' || c == '.' || c == '%';
	return is_hex || (c >= 'g' && c <= 'z') || (c >= 'G' && c <= 'Z') || c == '.' || c == '-' ||
	       c == '_';
}

static bool parse_port(uint16_t *port, struct bytes text)
{
	unsigned value = 0;

	if (text.size == 0 || text.size > 5 || text.data[0] == '0')
		return false;
	for (size_t i = 0; i < text.size; i++) {
		if (text.data[i] < '0' || text.data[i] > '9')
			return false;
		value = value * 10 + (unsigned)(text.data[i] - '0');
	}
	*port = (uint16_t)value;
	return value <= UINT16_MAX;
}

enum err address_parse_host(
    char host[static ADDRESS_HOST_MAX + 1], uint16_t *port, struct bytes text)
{
	size_t colon = text.size;
	bool is_ip6 = text.size && text.data[0] == '[';

	while (colon > 0 && text.data[colon - 1] != ':')
		colon--;
	if (colon < 2 || !parse_port(port, bytes_of(text.data + colon, text.size - colon)))
		return ERR_FORMAT;
	struct bytes name = bytes_of(text.data, colon - 1);
	if (is_ip6) {
		if (name.size < 4 || name.data[name.size - 1] != ']')
			return ERR_FORMAT;
		name = bytes_of(name.data + 1, name.size - 2);
		if (!memchr(name.data, ':', name.size)) /* would be written without brackets */
			return ERR_FORMAT;
	}
	if (name.size == 0)
		return ERR_FORMAT;
	if (name.size > ADDRESS_HOST_MAX)
		return ERR_LIMIT;
	for (size_t i = 0; i < name.size; i++)
		if (!is_host_byte(name.data[i], is_ip6))
			return ERR_FORMAT;
	memcpy(host, name.data, name.size);
	host[name.size] = '\0';
	return ERR_NONE;
}

enum err address_parse(struct address_parts *out, struct bytes text)
{
	memset(out, 0, sizeof(*out));
	if (text.size > ADDRESS_SIZE_MAX)
		return ERR_LIMIT;
	if (text.size < 2 * KEY_SIZE + 1 || text.data[2 * KEY_SIZE] != '@' ||
	    !hex_decode(out->transport.b, KEY_SIZE, (const char *)text.data, 2 * KEY_SIZE))
		return ERR_FORMAT;
	return address_parse_host(out->host, &out->port,
	    bytes_of(text.data + 2 * KEY_SIZE + 1, text.size - 2 * KEY_SIZE - 1));
}

void address_format(char out[static ADDRESS_SIZE_MAX + 1], const struct address_parts *parts)
{
	char hex[2 * KEY_SIZE + 1];
	bool is_ip6 = strchr(parts->host, ':') != NULL;

	hex_encode(hex, BYTES(parts->transport.b));
	snprintf(out, ADDRESS_SIZE_MAX + 1, "%s@%s%s%s:%u", hex, is_ip6 ? "[" : "", parts->host,
	    is_ip6 ? "]" : "", parts->port);
}
