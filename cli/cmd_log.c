/* commune log list, commune log close: a member's logs as this node knows them, and the end of its
 * own. */
#include "cli/cmd.h"

#include "cli/args.h"
#include "cli/client.h"
#include "cli/lang.h"
#include "cli/say.h"

static int run_list(const struct args *args)
{
	struct row params = {0};

	if (args_has(args, "--all") && args->count)
		return say_usage(args, NULL, _("--all is of all members: name none"));
	if (args_has(args, "--all"))
		row_bool(&params, "all", true);
	if (args->count)
		row_cstr(&params, "member", args->positional[0]);
	return client_show_rows(args, "log.list", &params);
}

static int run_close(const struct args *args)
{
	struct row params = {0};

	return client_show(args, "log.close", &params);
}

const struct command cmd_log_list = {
    .verb = "log list",
    .summary = N_("list the logs of a member"),
    .help = N_("A member signs in one log at a time and may have had others before: on another "
	       "machine, or before a key was lost. Its records count as the member's whichever log "
	       "holds them, and are called CODE/INDEX in the first one, CODE.N/INDEX in log number "
	       "N. Closed is a log that its member ended, cut one that the roster ended, frozen "
	       "one whose key signed two histories."),
    .positionals =
	(const struct positional[]){
	    {"MEMBER", N_("the code of a member; without it, this node's"), true},
	    {NULL, NULL, false},
	},
    .options =
	(const struct option_desc[]){
	    {"--all", NULL, N_("the logs of all members and the roster"), false},
	    {NULL, NULL, NULL, false},
	},
    .columns =
	(const struct column[]){
	    {"name", N_("name"), SHAPE_TEXT, COLUMN_TABLE | COLUMN_KEEP},
	    {"number", N_("number"), SHAPE_NUMBER, 0},
	    {"log", N_("log"), SHAPE_HEX, COLUMN_TABLE},
	    {"member", N_("member"), SHAPE_TEXT, 0},
	    {"size", N_("size"), SHAPE_NUMBER, COLUMN_TABLE},
	    {"stored", N_("records stored"), SHAPE_NUMBER, 0},
	    {"state", N_("state"), SHAPE_WORD, COLUMN_TABLE},
	    {"own", N_("signed here"), SHAPE_WORD, COLUMN_TABLE},
	    {"admissible", N_("admitted"), SHAPE_WORD, COLUMN_TABLE},
	    {NULL, NULL, SHAPE_TEXT, 0},
	},
    .examples =
	(const struct example[]){
	    {"commune log list larache", N_("the logs of Larache")},
	    {"commune log list --all --json > here.ndjson",
		N_("what this node holds, for `commune missing` on another")},
	    {NULL, NULL},
	},
    .run = run_list,
};

const struct command cmd_log_close = {
    .verb = "log close",
    .summary = N_("end this node's log"),
    .help = N_("Signs the record that ends this node's log. Nothing is published here afterwards, "
	       "until `commune log open` has opened the next one; what was published stays. "
	       "`commune log open` closes the log by itself: this command is for a node that goes "
	       "for good."),
    .columns =
	(const struct column[]){
	    {"ref", N_("record"), SHAPE_TEXT, COLUMN_TABLE},
	    {"log", N_("log"), SHAPE_HEX, COLUMN_TABLE},
	    {NULL, NULL, SHAPE_TEXT, 0},
	},
    .flags = COMMAND_CARD,
    .run = run_close,
};
