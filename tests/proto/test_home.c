/* The config of a home: what is written reads back, and each damaged line is refused by its number.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "proto/home.h"
#include "proto/seal.h"

#define HEX "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static const char plain[] = "# a comment\n"
			    "format = 1\n"
			    "network = " HEX "\n"
			    "member=sefrou\n"
			    "  kind = commune \r\n"
			    "member_key = " HEX "\n"
			    "log = " HEX "\n"
			    "transport_key = " HEX "\n"
			    "log_open = AQID\n"
			    "log_open_salt = " HEX "\n"
			    "log_open_time = 1700000000000\n"
			    "\n"
			    "peer = " HEX "@127.0.0.1:7117\n"
			    "peer = " HEX "@[::1]:7118\n"
			    "listen = 127.0.0.1:0";

static const char keeper[] = "roster_log = " HEX "\n"
			     "genesis = AAECAwQFBgcICQ==\n"
			     "genesis_salt = " HEX "\n"
			     "genesis_time = 9007199254740991\n";

static enum err decode(struct home *home, const char *text, struct why *why)
{
	*home = (struct home){0};
	*why = (struct why){0};
	return home_decode(home, bytes_str(text), why);
}

static void reads_every_line(void **state)
{
	struct home home;
	struct why why;

	(void)state;
	assert_int_equal(decode(&home, plain, &why), ERR_NONE);
	assert_string_equal(home.member, "sefrou");
	assert_string_equal(home.kind, "commune");
	assert_int_equal(home.network.b[1], 0x11);
	assert_int_equal(home.log_open.size, 3);
	assert_memory_equal(home.log_open.data, "\1\2\3", 3);
	assert_int_equal(home.log_open_time.ms, 1700000000000);
	assert_false(home.is_keeper);
	assert_int_equal(home.peer.count, 2);
	assert_string_equal(home.peer.text[1], HEX "@[::1]:7118");
	assert_int_equal(home.listen.count, 1);
	assert_int_equal(home.announce.count, 0);
	assert_int_equal(home.join.size, 0);
	home_release(&home);
}

static void written_reads_back(void **state)
{
	char text[4096];
	struct home home, again;
	struct writer w = {0}, second = {0};
	struct why why;

	(void)state;
	snprintf(text, sizeof(text), "%s%s", keeper, plain);
	assert_int_equal(decode(&home, text, &why), ERR_NONE);
	assert_true(home.is_keeper);
	assert_int_equal(home_list_add(&home.announce, BYTES_STR("sefrou.example:7117")), ERR_NONE);
	writer_put(&home.join, "\x93", 1);
	home_encode(&w, &home);
	assert_int_equal(w.err, ERR_NONE);
	again = (struct home){0};
	assert_int_equal(home_decode(&again, writer_view(&w), &why), ERR_NONE);
	assert_int_equal(again.genesis.size, 10);
	assert_memory_equal(again.genesis.data, home.genesis.data, 10);
	assert_int_equal(again.genesis_time.ms, TIME_MS_MAX);
	assert_string_equal(again.announce.text[0], "sefrou.example:7117");
	assert_int_equal(again.join.size, 1);
	home_encode(&second, &again);
	assert_true(bytes_equal(writer_view(&w), writer_view(&second)));
	writer_release(&w);
	writer_release(&second);
	home_release(&home);
	home_release(&again);
}

static void refuses_damaged_lines(void **state)
{
	static const struct {
		const char *from, *to, *says;
	} cases[] = {
	    {"format = 1", "format = 2", "line 2: bad value of 'format'"},
	    {"network = 00", "network = 0", "line 3: bad value of 'network'"},
	    {"member=sefrou", "member=Sefrou", "line 4: bad value of 'member'"},
	    {"member=sefrou", "member:sefrou", "line 4 is not of the form"},
	    {"member=sefrou", "membre=sefrou", "line 4: unknown key 'membre'"},
	    {"member=sefrou", "format = 1   ", "line 4 repeats 'format'"},
	    {"log_open = AQID", "log_open = AQI", "line 9: bad value of 'log_open'"},
	    {"log_open = AQID", "log_open =     ", "line 9: bad value of 'log_open'"},
	    {"log_open = AQID", "# log_open = AQ", "no line 'log_open'"},
	    {"= 1700000000000", "= 9007199254740992", "line 11: bad value of 'log_open_time'"},
	    {"= 1700000000000", "= -700000000000", "line 11: bad value of 'log_open_time'"},
	    {"listen = 127.0.0.1:0", "listen =            ", "line 15: bad value of 'listen'"},
	    {"peer = 00", "genesis_time = 5 \n peer = 00", "no line 'roster_log'"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[4096];
		const char *at = strstr(plain, cases[i].from);
		struct home home;
		struct why why;

		assert_non_null(at);
		snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - plain), plain, cases[i].to,
		    at + strlen(cases[i].from));
		assert_int_equal(decode(&home, text, &why), ERR_FIELD);
		if (!strstr(why.text, cases[i].says))
			fail_msg("'%s' does not say '%s'", why.text, cases[i].says);
		home_release(&home);
	}
}

static void lists_are_bounded(void **state)
{
	struct home_list list = {0};
	char large[HOME_TEXT_MAX + 2];

	(void)state;
	memset(large, 'a', sizeof(large));
	assert_int_equal(home_list_add(&list, bytes_of(large, HOME_TEXT_MAX + 1)), ERR_LIMIT);
	assert_int_equal(home_list_add(&list, BYTES_STR("a\nb")), ERR_LIMIT);
	for (unsigned i = 0; i < HOME_LIST_MAX; i++)
		assert_int_equal(home_list_add(&list, bytes_of(large, HOME_TEXT_MAX)), ERR_NONE);
	assert_int_equal(home_list_add(&list, BYTES_STR("a")), ERR_LIMIT);
	assert_int_equal(list.count, HOME_LIST_MAX);
}

static void fingerprint_is_half_a_hash(void **state)
{
	char text[HOME_FINGERPRINT_SIZE + 1];
	struct key key = {{0}};

	(void)state;
	assert_int_equal(seal_init(), ERR_NONE);
	home_fingerprint(text, &key);
	assert_string_equal(text, "66687aadf862bd776c8fc18b8e9f8e20");
	key.b[31] = 1;
	home_fingerprint(text, &key);
	assert_string_not_equal(text, "66687aadf862bd776c8fc18b8e9f8e20");
}

static void put_line(struct writer *w, const char *text)
{
	writer_str(w, text);
	writer_str(w, "\n");
}

static void another_log_changes_its_lines_and_no_other(void **state)
{
	struct home before = {0}, after = {0}, read = {0};
	struct writer text = {0}, edited = {0};
	struct bytes kept;

	(void)state;
	assert_int_equal(ERR_NONE, home_decode(&before, bytes_str(plain), NULL));
	home_encode(&text, &before);
	put_line(&text, "# a remark of ours");
	put_line(&text, "  peer = somewhere");
	assert_int_equal(ERR_NONE, home_decode(&after, bytes_str(plain), NULL));
	memset(after.log.b, 0x77, KEY_SIZE);
	memset(after.transport.b, 0x78, KEY_SIZE);
	memset(after.member_key.b, 0x79, KEY_SIZE);
	writer_clear(&after.log_open);
	writer_str(&after.log_open, "the next log.open");
	memset(after.network.b, 0x7a, HASH_SIZE);
	home_edit_log(&edited, writer_view(&text), &after);
	assert_int_equal(ERR_NONE, home_decode(&read, writer_view(&edited), NULL));
	assert_true(key_equal(&read.log, &after.log));
	assert_true(key_equal(&read.transport, &after.transport));
	assert_true(key_equal(&read.member_key, &after.member_key));
	assert_true(bytes_equal(writer_view(&read.log_open), writer_view(&after.log_open)));
	assert_true(hash_equal(&read.network, &before.network));
	assert_string_equal(read.peer.text[read.peer.count - 1], "somewhere");
	kept = BYTES_STR("# a remark of ours\n  peer = somewhere\n");
	assert_memory_equal(edited.data + edited.size - kept.size, kept.data, kept.size);

	/* Edited again with the same values nothing changes. */
	writer_clear(&text);
	home_edit_log(&text, writer_view(&edited), &after);
	assert_true(bytes_equal(writer_view(&text), writer_view(&edited)));
	home_release(&before);
	home_release(&after);
	home_release(&read);
	writer_release(&text);
	writer_release(&edited);
}

static void keys_of_later_logs_have_files_of_their_own(void **state)
{
	char path[HOME_KEY_PATH_SIZE];
	struct key key;

	(void)state;
	memset(key.b, 0xa5, KEY_SIZE);
	home_key_log(path, 1, &key);
	assert_string_equal(path, HOME_KEY_LOG);
	home_key_transport(path, 1, &key);
	assert_string_equal(path, HOME_KEY_TRANSPORT);
	home_key_log(path, 2, &key);
	assert_string_equal(path, "keys/log-a5a5a5a5a5a5a5a5.key");
	home_key_transport(path, UINT32_MAX, &key);
	assert_string_equal(path, "keys/transport-a5a5a5a5a5a5a5a5.key");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_every_line),
	    cmocka_unit_test(written_reads_back),
	    cmocka_unit_test(refuses_damaged_lines),
	    cmocka_unit_test(lists_are_bounded),
	    cmocka_unit_test(fingerprint_is_half_a_hash),
	    cmocka_unit_test(another_log_changes_its_lines_and_no_other),
	    cmocka_unit_test(keys_of_later_logs_have_files_of_their_own),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
