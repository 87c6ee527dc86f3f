/* `commune`: finds the verb, takes the line apart, runs it. */
#include "cli/args.h"
#include "cli/help.h"
#include "cli/lang.h"
#include "cli/say.h"
#include "proto/seal.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

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

#define ARGC_MAX 1024

/* The language comes before everything else: what is wrong with the rest is said in it. */
static void choose_language(const char *const *argv, int argc)
{
	for (int i = 0; i < argc && strcmp(argv[i], "--"); i++) {
		if (!strncmp(argv[i], "--lang=", 7))
			lang_choose(argv[i] + 7);
		else if (!strcmp(argv[i], "--lang") && i + 1 < argc)
			lang_choose(argv[i + 1]);
	}
}

/* Options that every verb takes may stand before it: they move behind. Says how many words they are. */
static int leading_options(const char *const *argv, int argc)
{
	int at = 0;

	while (at < argc && argv[at][0] == '-') {
		size_t size = strcspn(argv[at], "=");
		const struct option_desc *o = commands_options;

		while (o->name && (strlen(o->name) != size || memcmp(o->name, argv[at], size)))
			o++;
		if (!o->name)
			return at;
		at += o->argument && !argv[at][size] ? 2 : 1;
	}
	return at < argc ? at : argc;
}

static int run(const char *const *given, int argc)
{
	const char *argv[ARGC_MAX];
	struct args args;
	int leading = leading_options(given, argc);
	int words;
	const struct command *command;
	int code;

	if (argc > ARGC_MAX)
		return say_usage(NULL, NULL, _("more than %d words on the command line"), ARGC_MAX);
	if (leading == argc)
		return say_usage(
		    NULL, _("`commune help` lists the commands"), _("there is no command"));
	command = command_find(given + leading, argc - leading, &words);
	if (!command)
		return unknown_verb(given[leading]);
	memcpy(argv, given, (size_t)leading * sizeof(*argv));
	memcpy(argv + leading, given + leading + words,
	    (size_t)(argc - leading - words) * sizeof(*argv));
	if (!args_parse(&args, command, argv, argc - words))
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

/* Where stdout is closed, the daemon's socket would be opened under its number and what is said would be sent there. Each
 * is held open for the other direction, so that writing fails as it should. */
static void hold_standard(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF &&
		    open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) < 0)
			_exit(EXIT_FAILED);
}

int main(int argc, char **argv)
{
	hold_standard();
	/* A reader that went away (`| head`) ends the program quietly. */
	signal(SIGPIPE, SIG_DFL);
	lang_init();
	choose_language((const char *const *)argv + 1, argc - 1);
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
