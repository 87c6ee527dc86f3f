/* The list of commands and the search in it. Each descriptor stands with its code in cmd_VERB.c;
 * the order here is the order of `commune help`: first a network and its members, then records,
 * then questions, then proofs. */
#include "cli/commands.h"

#include "cli/cmd.h"
#include "cli/lang.h"

#include <string.h>

const struct command *const commands[] = {
    &cmd_init,
    &cmd_invite,
    &cmd_join,
    &cmd_roster_list,
    &cmd_roster_pending,
    &cmd_roster_admit,
    &cmd_roster_remove,
    &cmd_roster_rotate,
    &cmd_roster_name_branch,
    &cmd_roster_approve,
    &cmd_network_list,
    &cmd_network_show,
    &cmd_network_roster,
    &cmd_network_new,
    &cmd_network_check,
    &cmd_id,
    &cmd_log_list,
    &cmd_log_open,
    &cmd_log_close,
    &cmd_move,
    &cmd_publish,
    &cmd_import,
    &cmd_export,
    &cmd_schema,
    &cmd_list,
    &cmd_search,
    &cmd_show,
    &cmd_history,
    &cmd_diff,
    &cmd_audit,
    &cmd_shares,
    &cmd_scores,
    &cmd_outcomes,
    &cmd_report,
    &cmd_watch,
    &cmd_status,
    &cmd_peers,
    &cmd_missing,
    &cmd_peer_add,
    &cmd_prove,
    &cmd_check,
    &cmd_verify,
    &cmd_compact,
    &cmd_stop,
    &cmd_help,
    NULL,
};

const struct option_desc commands_options[] = {
    {"--home", N_("DIR"),
	N_("the home directory, instead of $COMMUNE_HOME or $XDG_DATA_HOME/open-communes"), false},
    {"--json", NULL, N_("one JSON object a line; errors as JSON on stderr"), false},
    {"--csv", NULL, N_("comma-separated values with a header line"), false},
    {"--bom", NULL, N_("begin the CSV with a byte order mark, for spreadsheets"), false},
    {"--lang", "ar|fr|en", N_("language of labels and messages"), false},
    {"--help", NULL, N_("say what this command does"), false},
    {NULL, NULL, NULL, false},
};

bool command_takes(const struct command *command, const struct option_desc *common)
{
	bool is_output = !strcmp(common->name, "--json") || !strcmp(common->name, "--csv") ||
			 !strcmp(common->name, "--bom");

	return !is_output || !(command->flags & COMMAND_TEXT);
}

static const struct option_desc *option_in(
    const struct option_desc *options, const char *name, size_t size)
{
	for (; options && options->name; options++)
		if (strlen(options->name) == size && !memcmp(options->name, name, size))
			return options;
	return NULL;
}

const struct option_desc *command_option(
    const struct command *command, const char *name, size_t size)
{
	const struct option_desc *found = option_in(command->options, name, size);

	if (found)
		return found;
	found = option_in(commands_options, name, size);
	return found && command_takes(command, found) ? found : NULL;
}

/* How many of the words in argv the verb is made of; 0 when it is another verb. */
static int verb_words(const char *verb, const char *const *argv, int argc)
{
	int words = 0;

	while (words < argc) {
		size_t size = strcspn(verb, " ");

		if (strlen(argv[words]) != size || memcmp(verb, argv[words], size))
			return 0;
		words++;
		if (!verb[size])
			return words;
		verb += size + 1;
	}
	return 0;
}

const struct command *command_find(const char *const *argv, int argc, int *words)
{
	for (size_t i = 0; commands[i]; i++) {
		*words = verb_words(commands[i]->verb, argv, argc);
		if (*words)
			return commands[i];
	}
	return NULL;
}

#define WORD_MAX 40

static size_t min3(size_t a, size_t b, size_t c)
{
	size_t low = a < b ? a : b;

	return low < c ? low : c;
}

/* Levenshtein's distance; words that are too long are far from everything. */
static size_t distance(const char *a, const char *b)
{
	size_t a_size = strlen(a);
	size_t b_size = strlen(b);
	size_t row[WORD_MAX + 1];

	if (a_size > WORD_MAX || b_size > WORD_MAX)
		return WORD_MAX;
	for (size_t j = 0; j <= b_size; j++)
		row[j] = j;
	for (size_t i = 1; i <= a_size; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= b_size; j++) {
			size_t above = row[j];

			row[j] = min3(above + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1]));
			diagonal = above;
		}
	}
	return row[b_size];
}

struct nearest {
	const char *word;
	size_t distance;
};

static void nearest_try(struct nearest *n, const char *word, const char *candidate)
{
	size_t d = distance(word, candidate);

	/* A quarter of the letters may be wrong, and a beginning counts as near. */
	if (strlen(word) >= 3 && !strncmp(word, candidate, strlen(word)))
		d = 1;
	if (d < n->distance && d <= 1 + strlen(candidate) / 4) {
		n->word = candidate;
		n->distance = d;
	}
}

const char *command_nearest(const char *word)
{
	struct nearest n = {NULL, WORD_MAX};

	for (size_t i = 0; commands[i]; i++) {
		nearest_try(&n, word, commands[i]->verb);
		/* "rosters" is nearer to "roster" than to "roster list". */
		if (strchr(commands[i]->verb, ' ')) {
			char first[WORD_MAX + 1] = "";
			size_t size = strcspn(commands[i]->verb, " ");

			memcpy(first, commands[i]->verb, size);
			if (distance(word, first) <= 1 && n.distance > 1) {
				n.word = commands[i]->verb;
				n.distance = 1;
			}
		}
	}
	return n.word;
}

const char *option_nearest(const struct command *command, const char *name)
{
	struct nearest n = {NULL, WORD_MAX};

	for (const struct option_desc *o = command->options; o && o->name; o++)
		nearest_try(&n, name, o->name);
	for (const struct option_desc *o = commands_options; o->name; o++)
		if (command_takes(command, o))
			nearest_try(&n, name, o->name);
	return n.word;
}
