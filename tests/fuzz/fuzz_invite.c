/* Invites and the addresses in them: lines that people copy by hand.
 *
 * covers: proto/invite.c proto/address.c */
#include "tests/fuzz/fuzz.h"

#include "proto/invite.h"

static void one_address(struct bytes in)
{
	char again[ADDRESS_SIZE_MAX + 1], host[ADDRESS_HOST_MAX + 1];
	struct address_parts parts, same;
	uint16_t port;

	if (!address_parse_host(host, &port, in))
		fuzz_check(port > 0 && strlen(host) < sizeof(host));
	if (address_parse(&parts, in))
		return;
	fuzz_check(parts.port > 0);
	address_format(again, &parts);
	fuzz_check(!address_parse(&same, bytes_str(again)));
	fuzz_check(key_equal(&same.transport, &parts.transport) && same.port == parts.port &&
		   !strcmp(same.host, parts.host));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes in = bytes_of(data, size);
	struct invite invite, same;
	struct writer again = {0};
	struct why why = {0};

	one_address(in);
	if (invite_decode(&invite, in, &why)) {
		fuzz_check(why.err != ERR_NONE && why.text[0]);
		return 0;
	}
	fuzz_check(invite.address_count >= 1 && invite.address_count <= ADDRESSES_MAX);
	invite_encode(&again, &invite);
	fuzz_check(!again.err);
	fuzz_check(!invite_decode(&same, writer_view(&again), &why));
	fuzz_check(hash_equal(&same.network, &invite.network) && !strcmp(same.code, invite.code) &&
		   same.expires.ms == invite.expires.ms &&
		   !memcmp(same.token, invite.token, TOKEN_SIZE) &&
		   same.address_count == invite.address_count);
	writer_release(&again);
	return 0;
}
