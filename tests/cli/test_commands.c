/* The table of commands is whole, and help, man pages and completion hold all of it. */
#include "cli/args.h"
#include "cli/cmd.h"
#include "cli/help.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

static void every_command_describes_itself(void **state)
{
	(void)state;
	for (size_t i = 0; commands[i]; i++) {
		const struct command *c = commands[i];

		assert_non_null(c->verb);
		assert_non_null(c->run);
		assert_true(strlen(c->summary) > 10);
		for (const struct option_desc *o = c->options; o && o->name; o++) {
			assert_int_equal(strncmp(o->name, "--", 2), 0);
			assert_true(strlen(o->help) > 5);
		}
		for (const struct positional *p = c->positionals; p && p->name; p++)
			assert_true(strlen(p->help) > 5);
		if (!(c->flags & COMMAND_TEXT) && c != &cmd_stop)
			assert_non_null(c->columns);
		for (size_t other = 0; other < i; other++)
			assert_string_not_equal(commands[other]->verb, c->verb);
	}
}

static char *printed(void (*print)(FILE *to, const struct command *c), const struct command *c)
{
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	print(to, c);
	fclose(to);
	return text;
}

static void print_all(FILE *to, const struct command *c)
{
	(void)c;
	help_all(to);
}

static void print_completion(FILE *to, const struct command *c)
{
	(void)c;
	help_completion(to);
}

static void help_holds_every_option(void **state)
{
	(void)state;
	for (size_t i = 0; commands[i]; i++) {
		char *help = printed(help_command, commands[i]);
		char *man = printed(help_man, commands[i]);
		char *all = printed(print_all, NULL);
		char *completion = printed(print_completion, NULL);

		assert_non_null(strstr(all, commands[i]->verb));
		assert_non_null(strstr(man, ".SH NAME"));
		for (const struct option_desc *o = commands[i]->options; o && o->name; o++) {
			assert_non_null(strstr(help, o->name));
			assert_non_null(strstr(completion, o->name));
		}
		free(help);
		free(man);
		free(all);
		free(completion);
	}
}

static void a_slip_finds_the_nearest(void **state)
{
	(void)state;
	assert_string_equal(command_nearest("lst"), "list");
	assert_string_equal(command_nearest("lis"), "list");
	assert_string_equal(command_nearest("pubish"), "publish");
	assert_string_equal(command_nearest("rosters"), "roster list");
	assert_null(command_nearest("xyzzy"));
	assert_string_equal(option_nearest(&cmd_list, "--regoin"), "--region");
	assert_string_equal(option_nearest(&cmd_list, "--jsn"), "--json");
	assert_null(option_nearest(&cmd_list, "--xyzzy"));
}

static void verbs_of_two_words_are_found(void **state)
{
	static const char *const admit[] = {"roster", "admit", "fes"};
	static const char *const peer[] = {"peer"};
	static const char *const list[] = {"list", "practice"};
	int words;

	(void)state;
	assert_ptr_equal(command_find(admit, 3, &words), &cmd_roster_admit);
	assert_int_equal(words, 2);
	assert_null(command_find(peer, 1, &words));
	assert_ptr_equal(command_find(list, 2, &words), &cmd_list);
	assert_int_equal(words, 1);
}

#define PARSE(args, command, ...) \
	args_parse(args, command, (const char *const[]){__VA_ARGS__}, \
	    sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))

static void a_line_is_taken_apart(void **state)
{
	struct args args;
	long long number;
	const char *date;

	(void)state;
	assert_true(
	    PARSE(&args, &cmd_list, "--limit=5", "practice", "--json", "--since", "2024-02-29"));
	assert_int_equal(args.count, 1);
	assert_string_equal(args.positional[0], "practice");
	assert_int_equal(args.output, OUTPUT_JSON);
	assert_true(args_number(&args, "--limit", 1, 10, 0, &number));
	assert_int_equal(number, 5);
	assert_true(args_date(&args, "--since", &date));
	assert_string_equal(date, "2024-02-29");
	assert_true(PARSE(&args, &cmd_publish, "practice", "--set", "a=1", "--set=b=2"));
	assert_string_equal(args_nth(&args, "--set", 1), "b=2");
	assert_null(args_nth(&args, "--set", 2));
	assert_true(PARSE(&args, &cmd_check, "--", "-odd-name"));
	assert_string_equal(args.positional[0], "-odd-name");
	assert_true(PARSE(&args, &cmd_check, "-"));
}

static void wrong_lines_are_refused(void **state)
{
	struct args args;
	long long number;
	const char *date;

	(void)state;
	assert_false(PARSE(&args, &cmd_list, "--bogus"));
	assert_false(PARSE(&args, &cmd_list, "--limit"));
	assert_false(PARSE(&args, &cmd_list, "--limit", "1", "--limit", "2"));
	assert_false(PARSE(&args, &cmd_list, "--json=1"));
	assert_false(PARSE(&args, &cmd_list, "--json", "--csv"));
	assert_false(PARSE(&args, &cmd_list, "a", "b"));
	assert_false(PARSE(&args, &cmd_show, "--json"));
	assert_false(PARSE(&args, &cmd_list, "--lang", "de"));
	assert_false(PARSE(&args, &cmd_help, "--csv"));
	assert_true(PARSE(&args, &cmd_list, "--limit", "0", "--since", "2023-02-29"));
	assert_false(args_number(&args, "--limit", 1, 10, 0, &number));
	assert_false(args_date(&args, "--since", &date));
	assert_true(PARSE(&args, &cmd_list, "--limit", "5x", "--since", "2023-13"));
	assert_false(args_number(&args, "--limit", 1, 10, 0, &number));
	assert_false(args_date(&args, "--since", &date));
}

static void durations_have_a_unit(void **state)
{
	struct args args;
	long long ms;

	(void)state;
	assert_true(PARSE(&args, &cmd_invite, "fes", "--expires", "7d"));
	assert_true(args_duration(&args, "--expires", 1, &ms));
	assert_int_equal(ms, 7ll * 86400000);
	assert_true(PARSE(&args, &cmd_invite, "fes", "--expires", "90m"));
	assert_true(args_duration(&args, "--expires", 1, &ms));
	assert_int_equal(ms, 90 * 60000);
	assert_true(PARSE(&args, &cmd_invite, "fes"));
	assert_true(args_duration(&args, "--expires", 1, &ms));
	assert_int_equal(ms, 1);
	assert_true(PARSE(&args, &cmd_invite, "fes", "--expires", "7"));
	assert_false(args_duration(&args, "--expires", 1, &ms));
	assert_true(PARSE(&args, &cmd_invite, "fes", "--expires", "-1d"));
	assert_false(args_duration(&args, "--expires", 1, &ms));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_command_describes_itself),
	    cmocka_unit_test(help_holds_every_option),
	    cmocka_unit_test(a_slip_finds_the_nearest),
	    cmocka_unit_test(verbs_of_two_words_are_found),
	    cmocka_unit_test(a_line_is_taken_apart),
	    cmocka_unit_test(wrong_lines_are_refused),
	    cmocka_unit_test(durations_have_a_unit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
