/* A command line taken apart after the table of commands. Everything is borrowed from argv. */
#ifndef CLI_ARGS_H
#define CLI_ARGS_H

#include "cli/commands.h"

#define ARGS_POSITIONAL_MAX 32
#define ARGS_GIVEN_MAX 256

enum output { OUTPUT_TABLE, OUTPUT_JSON, OUTPUT_CSV };

struct args {
	const struct command *command;
	int count;
	const char *positional[ARGS_POSITIONAL_MAX];
	struct {
		const struct option_desc *option;
		const char *value; /* NULL for a switch */
	} given[ARGS_GIVEN_MAX];
	int given_count;
	enum output output;
};

/* What follows the verb. False after saying what is wrong on stderr. */
bool args_parse(
    struct args *args, const struct command *command, const char *const *argv, int argc);
bool args_has(const struct args *args, const char *option);
/* NULL when it was not given. */
const char *args_get(const struct args *args, const char *option);
/* The nth value of a list option, from 0; NULL past the last. */
const char *args_nth(const struct args *args, const char *option, int nth);
/* A whole number within [low, high]; fallback when the option was not given; false after saying so.
 */
bool args_number(const struct args *args, const char *option, long long low, long long high,
    long long fallback, long long *out);
/* `7d`, `12h`, `30m`, `45s` in ms. */
bool args_duration(
    const struct args *args, const char *option, long long fallback_ms, long long *out);
/* A date YYYY[-MM[-DD]] checked and returned as given, NULL when absent; false after saying so. */
bool args_date(const struct args *args, const char *option, const char **out);

#endif
