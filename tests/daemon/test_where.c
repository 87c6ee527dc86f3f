/* Addresses of sockets as text, there and back. */
#include "tests/unit.h"

#include "daemon/where.h"

static void host_and_port_are_taken_apart(void **state)
{
	static const struct {
		const char *text, *host, *port; /* host NULL: refused */
	} cases[] = {
	    {"127.0.0.1:7117", "127.0.0.1", "7117"},
	    {"sefrou.example:0", "sefrou.example", "0"},
	    {"[::1]:65535", "::1", "65535"},
	    {"[::1]:65536", NULL, NULL},
	    {"::1:7117", NULL, NULL},
	    {"[::1]", NULL, NULL},
	    {"127.0.0.1", NULL, NULL},
	    {"127.0.0.1:", NULL, NULL},
	    {"127.0.0.1:+1", NULL, NULL},
	    {"127.0.0.1: 1", NULL, NULL},
	    {"127.0.0.1:1x", NULL, NULL},
	    {"127.0.0.1:000007", NULL, NULL},
	    {":7117", NULL, NULL},
	    {"[]:7117", NULL, NULL},
	    {"", NULL, NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct where where;
		bool is_read = where_parse(&where, cases[i].text);
		if (is_read != (cases[i].host != NULL))
			fail_msg("'%s' is %s", cases[i].text, is_read ? "read" : "refused");
		if (!is_read)
			continue;
		assert_string_equal(where.host, cases[i].host);
		assert_string_equal(where.port, cases[i].port);
	}
}

static void a_host_that_is_too_long_is_refused(void **state)
{
	char text[CORE_ADDRESS_MAX + 8];
	struct where where;

	(void)state;
	memset(text, 'a', sizeof(text));
	memcpy(text + CORE_ADDRESS_MAX - 1, ":1", 3);
	assert_true(where_parse(&where, text));
	memset(text, 'a', sizeof(text));
	memcpy(text + CORE_ADDRESS_MAX, ":1", 3);
	assert_false(where_parse(&where, text));
}

static void literals_print_as_they_were_read(void **state)
{
	static const struct {
		const char *text;
		const char *printed; /* NULL: no literal */
		bool is_wildcard;
	} cases[] = {
	    {"127.0.0.1:7117", "127.0.0.1:7117", false},
	    {"0.0.0.0:1", "0.0.0.0:1", true},
	    {"[::]:7117", "[::]:7117", true},
	    {"[2001:DB8::1]:9", "[2001:db8::1]:9", false},
	    {"[::ffff:192.0.2.1]:9", "192.0.2.1:9", false},
	    {"localhost:9", NULL, false},
	    {"256.0.0.1:9", NULL, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct where where;
		struct sockaddr_storage address;
		char out[CORE_ADDRESS_MAX];

		assert_true(where_parse(&where, cases[i].text));
		assert_int_equal(where_literal(&address, &where), cases[i].printed != NULL);
		if (!cases[i].printed)
			continue;
		where_print(out, &address);
		assert_string_equal(out, cases[i].printed);
		assert_int_equal(where_is_wildcard(&address), cases[i].is_wildcard);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(host_and_port_are_taken_apart),
	    cmocka_unit_test(a_host_that_is_too_long_is_refused),
	    cmocka_unit_test(literals_print_as_they_were_read),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
