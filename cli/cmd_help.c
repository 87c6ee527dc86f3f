/* commune help: everything about the commands, from their own descriptors. */
#include "cli/cmd.h"

#include "cli/args.h"
#include "cli/help.h"
#include "cli/lang.h"
#include "cli/say.h"

#include <stdio.h>
#include <string.h>

static int unknown(const struct args *args)
{
	const char *near = command_nearest(args->positional[0]);
	char hint[120];

	snprintf(hint, sizeof(hint),
	    near ? _("did you mean '%s'?") : _("`commune help` lists the commands"), near);
	return say_usage(args, hint, _("there is no command '%s'"), args->positional[0]);
}

/* `commune help roster` tells about all commands that begin so. */
static bool help_group(const char *word, bool is_man)
{
	size_t size = strlen(word);
	bool is_found = false;

	for (size_t i = 0; commands[i]; i++) {
		if (strncmp(commands[i]->verb, word, size) || commands[i]->verb[size] != ' ')
			continue;
		if (is_found)
			putchar('\n');
		if (is_man)
			help_man(stdout, commands[i]);
		else
			help_command(stdout, commands[i]);
		is_found = true;
	}
	return is_found;
}

static int run(const struct args *args)
{
	bool is_man = args_has(args, "--man");
	const struct command *command;
	int words;

	if (args_has(args, "--completion")) {
		help_completion(stdout);
	} else if (args_has(args, "--messages")) {
		help_messages(stdout);
	} else if (args_has(args, "--verbs")) {
		for (size_t i = 0; commands[i]; i++)
			puts(commands[i]->verb);
	} else if (is_man && args->count && !strcmp(args->positional[0], "kinds")) {
		help_kinds(stdout);
	} else if (args->count && !strcmp(args->positional[0], "cookbook")) {
		help_cookbook(stdout, is_man);
	} else if (!args->count && is_man) {
		help_man(stdout, NULL);
	} else if (!args->count) {
		help_all(stdout);
	} else {
		command = command_find(args->positional, args->count, &words);
		if (!strcmp(args->positional[0], cmd_communed.verb))
			command = &cmd_communed;
		if (!command && !help_group(args->positional[0], is_man))
			return unknown(args);
		if (command && is_man)
			help_man(stdout, command);
		else if (command)
			help_command(stdout, command);
	}
	return EXIT_DONE;
}

const struct command cmd_help = {
    .verb = "help",
    .summary = N_("say what a command does"),
    .positionals =
	(const struct positional[]){
	    {"COMMAND", N_("the command, in one or two words; none lists them all"), true},
	    {"WORD", N_("the second word of a command such as roster list"), true},
	    {NULL, NULL, false},
	},
    .options =
	(const struct option_desc[]){
	    {"--man", NULL, N_("print the man page, in roff; of kinds that of all fields"), false},
	    {"--completion", NULL, N_("print the completion for bash"), false},
	    {"--messages", NULL, N_("print the texts of kinds and errors, for translators"), false},
	    {"--verbs", NULL, N_("print the names of the commands alone, a line each"), false},
	    {NULL, NULL, NULL, false},
	},
    .examples =
	(const struct example[]){
	    {"commune help publish", N_("about publishing records")},
	    {"commune help cookbook", N_("questions, and the commands that answer them")},
	    {"commune help --man list | man -l -", N_("the man page of list")},
	    {NULL, NULL},
	},
    .flags = COMMAND_TEXT | COMMAND_OFFLINE,
    .run = run,
};

const struct command cmd_communed = {
    .verb = "communed",
    .summary = N_("the daemon of one member of a network"),
    .help =
	N_("Keeps the home of a member: signs the member's records into its log, replicates "
	   "the logs of all members with "
	   "other nodes over an encrypted and authenticated link, stores them, and answers "
	   "commune on the socket "
	   "run/control.sock.\n\nWhen listener and socket accept, one line `ready {…}` is "
	   "printed with network, member, "
	   "address, socket and pid, and READY=1 is told to systemd. What happens later is "
	   "told on stderr. SIGTERM ends it "
	   "with 0.\n\nThe lists peer and announce in the config of the home are used "
	   "beside the options; --listen replaces its list listen."
	   "\n\nThe keys of its logs are with a second process, the signer, which signs what "
	   "continues a log and nothing else. Once started both give up what they do not need: "
	   "no program is executed, and of the home and the system only what it takes can be "
	   "opened. A member key or resolver file that is put in place of another is seen after "
	   "a restart."
	   "\n\nA damaged database: everything read is held against its hash. Records that do "
	   "not match are told in the alarms of `commune status` and fetched again from peers by "
	   "themselves. Where the daemon does not start, dies again and again, or says that it "
	   "cannot mend in place: stop it, move the folder truth of the home aside (mv truth "
	   "truth.damaged), start it again. Keys and head.lock stay where they are; all records, "
	   "its own too, are fetched from peers, and nothing is signed before that is done. Drafts "
	   "and open invites are lost with the old folder. Then look after the disk. After a "
	   "commit that failed the file truth/doubt makes the next start look through all that is "
	   "stored; the daemon removes it once nothing is left to mend."),
    .options =
	(const struct option_desc[]){
	    {"--home", N_("DIR"), N_("the home directory"), false},
	    {"--listen", N_("ADDR:PORT"), N_("accept other nodes there; port 0 takes a free one"),
		true},
	    {"--peer", N_("ADDRESS"),
		N_("dial this node: KEY@HOST:PORT, as `commune id` prints it there"), true},
	    {"--config", N_("FILE"), N_("read this config instead of the home's"), false},
	    {"--passphrase-file", N_("FILE"),
		N_("unseals the member key, which a coordinator needs for approvals"), false},
	    {"--no-sandbox", NULL,
		N_("keep all files and system calls, for a debugger; commune status says so"),
		false},
	    {"--close-log", NULL,
		N_("sign the end of this node's log, if it may be signed, and end: see commune log "
		   "open"),
		false},
	    {"--compact", NULL,
		N_("write the database again without its free space, and end: see commune compact"),
		false},
	    {NULL, NULL, NULL, false},
	},
    .examples =
	(const struct example[]){
	    {"communed --home /var/lib/open-communes --listen [::]:7117",
		N_("serve, as the systemd unit does")},
	    {NULL, NULL},
	},
};
