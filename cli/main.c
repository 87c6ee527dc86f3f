/* `commune`: finds the verb, takes the line apart, runs it. */
#include "cli/args.h"
#include "cli/help.h"
#include "cli/lang.h"
#include "cli/say.h"
#include "proto/seal.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

static int unknown_verb(const char *word)
{
	const char *near = command_nearest(word);
	char hint[160];

	if (near)
		snprintf(hint, sizeof(hint), _("did you mean `commune %s`?"), near);
	else
		snprintf(hint, sizeof(hint), "%s", _("`commune help` lists the commands"));
	return say_usage(NULL, hint, _("there is no command '%s'"), word);
}

static int run(const char *const *argv, int argc)
{
	struct args args;
	int words;
	const struct command *command = command_find(argv, argc, &words);
	int code;

	if (!command)
		return unknown_verb(argv[0]);
	if (!args_parse(&args, command, argv + words, argc - words))
		return EXIT_USAGE;
	if (args_has(&args, "--help")) {
		help_command(stdout, command);
		return EXIT_DONE;
	}
	code = command->run(&args);
	if (fflush(stdout) || ferror(stdout))
		return say_error(&args, ERR_IO, NULL, _("cannot write the output"));
	return code;
}

int main(int argc, char **argv)
{
	/* A reader that went away (`| head`) ends the program quietly. */
	signal(SIGPIPE, SIG_DFL);
	lang_init();
	if (seal_init() != ERR_NONE)
		return say_error(NULL, ERR_IO, NULL, _("libsodium does not start on this machine"));
	if (argc < 2) {
		help_all(stderr);
		return EXIT_USAGE;
	}
	if (!strcmp(argv[1], "--version")) {
		puts("commune " VERSION);
		return EXIT_DONE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")) {
		help_all(stdout);
		return EXIT_DONE;
	}
	return run((const char *const *)argv + 1, argc - 1);
}
