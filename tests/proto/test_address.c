/* Addresses: what is read is what is written, and everything else is refused. */
#include "proto/address.h"
#include "tests/unit.h"

#define KEY "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static void assert_round_trip(const char *text, const char *host, unsigned port)
{
	struct address_parts parts;
	char out[ADDRESS_SIZE_MAX + 1];

	assert_err(address_parse(&parts, bytes_str(text)), ERR_NONE);
	assert_string_equal(parts.host, host);
	assert_int_equal(parts.port, port);
	assert_int_equal(parts.transport.b[1], 0x11);
	address_format(out, &parts);
	assert_string_equal(out, text);
}

static void reads_names_and_both_ip_versions(void **state)
{
	(void)state;
	assert_round_trip(KEY "@open.example.ma:7117", "open.example.ma", 7117);
	assert_round_trip(KEY "@192.0.2.7:1", "192.0.2.7", 1);
	assert_round_trip(KEY "@[2001:db8::1]:65535", "2001:db8::1", 65535);
}

static void refuses_what_is_no_address(void **state)
{
	static const char *const bad[] = {"", KEY, KEY "@", KEY "@host",
	    KEY "@host:", KEY "@host:0", KEY "@host:65536", KEY "@host:07117", KEY "@:7117",
	    KEY "@ho st:7117", KEY "@host:71x7", KEY "@[2001:db8::1:7117", KEY "@[]:7117",
	    KEY "@host\n:7117", "x" KEY "@host:7117", KEY "@2001:db8::1:7117",
	    KEY "@[192.0.2.7]:7117", KEY "@[cafe]:7117"};
	struct address_parts parts;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_err(address_parse(&parts, bytes_str(bad[i])), ERR_FORMAT);
}

static void refuses_what_is_too_long(void **state)
{
	char text[ADDRESS_SIZE_MAX + 2];
	struct address_parts parts;

	(void)state;
	memset(text, 'a', sizeof(text));
	memcpy(text, KEY "@", 65);
	memcpy(text + ADDRESS_SIZE_MAX - 3, ":71", 3);
	assert_err(address_parse(&parts, bytes_of(text, ADDRESS_SIZE_MAX)), ERR_LIMIT);
	assert_err(address_parse(&parts, bytes_of(text, ADDRESS_SIZE_MAX + 1)), ERR_LIMIT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_names_and_both_ip_versions),
	    cmocka_unit_test(refuses_what_is_no_address),
	    cmocka_unit_test(refuses_what_is_too_long),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
