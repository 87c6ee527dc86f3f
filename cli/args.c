/* Takes a command line apart after the descriptor of its verb. It decides what is wrong usage and
 * says so; it refuses to know what any option means. */
#include "cli/args.h"

#include "cli/lang.h"
#include "cli/say.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool give(struct args *args, const struct option_desc *option, const char *value)
{
	if (args->given_count == ARGS_GIVEN_MAX) {
		say_usage(args, NULL, _("more than %d options"), ARGS_GIVEN_MAX);
		return false;
	}
	if (!option->is_list && args_has(args, option->name)) {
		say_usage(args, NULL, _("%s is given twice"), option->name);
		return false;
	}
	args->given[args->given_count].option = option;
	args->given[args->given_count++].value = value;
	return true;
}

/* The option at argv[*at], with its value from the same word or the next. */
static bool take_option(struct args *args, const char *const *argv, int argc, int *at)
{
	const char *word = argv[*at];
	size_t size = strcspn(word, "=");
	const char *value = word[size] ? word + size + 1 : NULL;
	const struct option_desc *option;

	if (!strcmp(word, "-h"))
		word = "--help", size = strlen(word);
	option = command_option(args->command, word, size);
	if (!option) {
		const char *near = option_nearest(args->command, word);
		char hint[160];

		snprintf(hint, sizeof(hint),
		    near ? _("did you mean %s?") : _("see `commune help %s`"),
		    near ? near : args->command->verb);
		say_usage(args, hint, _("commune %s has no option %.*s"), args->command->verb,
		    (int)size, word);
		return false;
	}
	if (!option->argument && value) {
		say_usage(args, NULL, _("%s takes no value"), option->name);
		return false;
	}
	if (option->argument && !value) {
		if (*at + 1 >= argc) {
			say_usage(args, NULL, _("%s needs a value: %s"), option->name,
			    _(option->argument));
			return false;
		}
		value = argv[++*at];
	}
	return give(args, option, value);
}

static bool check_positionals(const struct args *args)
{
	const struct positional *p = args->command->positionals;
	int needed = 0;
	int allowed = 0;
	char hint[160];

	for (; p && p->name; p++) {
		allowed++;
		if (!p->is_optional)
			needed++;
	}
	if (args->command->flags & COMMAND_MANY)
		allowed = ARGS_POSITIONAL_MAX;
	snprintf(hint, sizeof(hint), _("see `commune help %s`"), args->command->verb);
	if (args->count < needed) {
		say_usage(args, hint, _("commune %s needs %s"), args->command->verb,
		    args->command->positionals[args->count].name);
		return false;
	}
	if (args->count > allowed) {
		say_usage(args, hint, _("commune %s does not take '%s'"), args->command->verb,
		    args->positional[allowed]);
		return false;
	}
	return true;
}

/* --json and --lang come first: what is wrong with the rest is said accordingly. */
static void look_ahead(struct args *args, const char *const *argv, int argc)
{
	for (int i = 0; i < argc && strcmp(argv[i], "--"); i++)
		if (!strcmp(argv[i], "--json") && !(args->command->flags & COMMAND_TEXT))
			args->output = OUTPUT_JSON;
}

bool args_parse(struct args *args, const struct command *command, const char *const *argv, int argc)
{
	bool are_options = true;
	const char *lang;

	memset(args, 0, sizeof(*args));
	args->command = command;
	look_ahead(args, argv, argc);
	for (int i = 0; i < argc; i++) {
		if (are_options && !strcmp(argv[i], "--")) {
			are_options = false;
		} else if (are_options && argv[i][0] == '-' && argv[i][1]) {
			if (!take_option(args, argv, argc, &i))
				return false;
		} else if (args->count == ARGS_POSITIONAL_MAX) {
			say_usage(
			    args, NULL, _("commune %s does not take '%s'"), command->verb, argv[i]);
			return false;
		} else {
			args->positional[args->count++] = argv[i];
		}
	}
	lang = args_get(args, "--lang");
	if (lang && !lang_choose(lang)) {
		say_usage(args, _("it is ar, fr or en"), _("--lang does not know '%s'"), lang);
		return false;
	}
	if (args_has(args, "--help"))
		return true;
	if (args_has(args, "--json") && args_has(args, "--csv")) {
		say_usage(args, NULL, _("--json and --csv exclude each other"));
		return false;
	}
	if (args_has(args, "--csv"))
		args->output = OUTPUT_CSV;
	return check_positionals(args);
}

bool args_has(const struct args *args, const char *option)
{
	for (int i = 0; i < args->given_count; i++)
		if (!strcmp(args->given[i].option->name, option))
			return true;
	return false;
}

const char *args_get(const struct args *args, const char *option)
{
	return args_nth(args, option, 0);
}

const char *args_nth(const struct args *args, const char *option, int nth)
{
	for (int i = 0; i < args->given_count; i++)
		if (!strcmp(args->given[i].option->name, option) && nth-- == 0)
			return args->given[i].value;
	return NULL;
}

bool args_number(const struct args *args, const char *option, long long low, long long high,
    long long fallback, long long *out)
{
	const char *text = args_get(args, option);
	char *end;

	*out = fallback;
	if (!text)
		return true;
	errno = 0;
	*out = strtoll(text, &end, 10);
	if (errno || end == text || *end || *out < low || *out > high) {
		say_usage(args, NULL, _("%s needs a whole number from %lld to %lld, not '%s'"),
		    option, low, high, text);
		return false;
	}
	return true;
}

/* A hundred years: what is too long for its purpose is refused by who knows it. */
#define DURATION_MS_MAX (36500 * 86400000ll)

bool args_duration(
    const struct args *args, const char *option, long long fallback_ms, long long *out)
{
	static const struct {
		char unit;
		long long ms;
	} units[] = {{'s', 1000}, {'m', 60000}, {'h', 3600000}, {'d', 86400000}};
	const char *text = args_get(args, option);
	char *end;

	*out = fallback_ms;
	if (!text)
		return true;
	errno = 0;
	*out = strtoll(text, &end, 10);
	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++)
		if (!errno && end != text && end[0] == units[i].unit && !end[1] && *out > 0 &&
		    *out <= DURATION_MS_MAX / units[i].ms) {
			*out *= units[i].ms;
			return true;
		}
	say_usage(
	    args, NULL, _("%s needs a duration such as 7d, 12h or 30m, not '%s'"), option, text);
	return false;
}

static bool digits(const char *text, size_t count, int *value)
{
	*value = 0;
	for (size_t i = 0; i < count; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		*value = *value * 10 + (text[i] - '0');
	}
	return true;
}

static bool date_is_valid(const char *text)
{
	static const int days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	size_t size = strlen(text);
	int year;
	int month;
	int day;

	if ((size != 4 && size != 7 && size != 10) || !digits(text, 4, &year))
		return false;
	if (size == 4)
		return true;
	if (text[4] != '-' || !digits(text + 5, 2, &month) || month < 1 || month > 12)
		return false;
	if (size == 7)
		return true;
	return text[7] == '-' && digits(text + 8, 2, &day) && day >= 1 && day <= days[month - 1] &&
	       (month != 2 || day < 29 || (year % 4 == 0 && (year % 100 || year % 400 == 0)));
}

bool args_date(const struct args *args, const char *option, const char **out)
{
	*out = args_get(args, option);
	if (!*out || date_is_valid(*out))
		return true;
	say_usage(args, NULL, _("%s needs a date as YYYY, YYYY-MM or YYYY-MM-DD, not '%s'"), option,
	    *out);
	return false;
}
