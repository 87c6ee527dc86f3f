/* commune roster: members of the network and how they come and go. Who may do what is decided by
 * the daemon. */
#include "cli/cmd.h"

#include "cli/args.h"
#include "cli/client.h"
#include "cli/lang.h"
#include "cli/passphrase.h"
#include "cli/say.h"
#include "proto/seal.h"

#include <string.h>

#define PASSPHRASE_OPTION \
	{"--passphrase-file", N_("FILE"), \
	    N_("opens the member key with the first line of FILE, if communed was started " \
	       "without it"), \
	    false},

static const struct column columns[] = {
    {"code", N_("code"), SHAPE_TEXT, COLUMN_TABLE | COLUMN_KEEP},
    {"kind", N_("kind"), SHAPE_WORD, COLUMN_TABLE | COLUMN_SPARE},
    {"names", N_("name"), SHAPE_TEXT, COLUMN_TABLE},
    {"member_key", N_("member key"), SHAPE_HEX, 0},
    {"fingerprint", N_("fingerprint"), SHAPE_TEXT, COLUMN_TABLE | COLUMN_KEEP},
    {"state", N_("state"), SHAPE_WORD, COLUMN_TABLE},
    {"territory", N_("territory"), SHAPE_TEXT, COLUMN_TABLE | COLUMN_SPARE},
    {"logs", N_("logs"), SHAPE_NESTED, 0},
    {NULL, NULL, SHAPE_TEXT, 0},
};

static const struct column approved[] = {
    {"ref", N_("record"), SHAPE_TEXT, COLUMN_TABLE},
    {"roster_size", N_("entries in the roster"), SHAPE_NUMBER, COLUMN_TABLE},
    {NULL, NULL, SHAPE_TEXT, 0},
};

static const struct column changed[] = {
    {"code", N_("code"), SHAPE_TEXT, COLUMN_TABLE},
    {"roster_size", N_("entries in the roster"), SHAPE_NUMBER, COLUMN_TABLE},
    {NULL, NULL, SHAPE_TEXT, 0},
};

static int run_list(const struct args *args)
{
	struct row params = {0};

	return client_show_rows(args, "roster.list", &params);
}

static int run_pending(const struct args *args)
{
	struct row params = {0};

	return client_show_rows(args, "roster.pending", &params);
}

/* The passphrase of a sealed member key, for a daemon that was started without it. False after saying what is wrong. */
static bool take_passphrase(const struct args *args, struct row *params)
{
	const char *path = args_get(args, "--passphrase-file");
	struct writer text = {0};
	struct why why = {0};
	struct bytes line;

	if (!path)
		return true;
	if (passphrase_read(&text, path, &line, &why))
		say_why(args, &why, NULL);
	else
		row_bin(params, "passphrase", line.data, line.size);
	if (text.data)
		seal_wipe(text.data, text.capacity);
	writer_release(&text);
	return why.err == ERR_NONE;
}

static int change(const struct args *args, const char *method, struct row *params)
{
	int code = take_passphrase(args, params) ? client_show(args, method, params) : EXIT_USAGE;

	row_release(params);
	return code;
}

static int run_admit(const struct args *args)
{
	struct row params = {0};

	row_cstr(&params, "code", args->positional[0]);
	row_cstr(&params, "fingerprint", args_get(args, "--fingerprint"));
	return change(args, "roster.admit", &params);
}

static int run_remove(const struct args *args)
{
	static const char *const reasons[] = {"request", "merged", "breach", "error"};
	const char *reason = args_get(args, "--reason");
	struct row params = {0};
	bool is_known = !reason;

	for (size_t i = 0; i < sizeof(reasons) / sizeof(*reasons) && !is_known; i++)
		is_known = !strcmp(reason, reasons[i]);
	if (!is_known)
		return say_usage(args, _("it is request, merged, breach or error"),
		    _("there is no reason '%s'"), reason);
	row_cstr(&params, "code", args->positional[0]);
	row_cstr(&params, "reason", reason ? reason : reasons[0]);
	return change(args, "roster.remove", &params);
}

static int run_approve(const struct args *args)
{
	struct row params = {0};

	row_cstr(&params, "ref", args->positional[0]);
	return change(args, "roster.approve", &params);
}

const struct command cmd_roster_list = {
    .verb = "roster list",
    .summary = N_("list the members of the network"),
    .help = N_("Lists who is or was in the roster, in the order of admission."),
    .columns = columns,
    .examples =
	(const struct example[]){
	    {"commune roster list --csv --bom > members.csv", N_("the members, for a spreadsheet")},
	    {NULL, NULL},
	},
    .run = run_list,
};

const struct command cmd_roster_pending = {
    .verb = "roster pending",
    .summary = N_("list who asks for admission"),
    .help =
	N_("Lists the requests to join that have arrived and the entries that wait for approvals. "
	   "Compare the fingerprint with the one that the new member reads out before admitting."),
    .columns = columns,
    .run = run_pending,
};

const struct command cmd_roster_admit = {
    .verb = "roster admit",
    .summary = N_("admit a member that asked"),
    .help = N_("Admits the member whose request has arrived. With one coordinator the entry counts "
	       "at once; with more it waits for the approvals that the roster asks for."),
    .positionals =
	(const struct positional[]){
	    {"CODE", N_("the code of the member"), false},
	    {NULL, NULL, false},
	},
    .options =
	(const struct option_desc[]){
	    {"--fingerprint", N_("F"), N_("refuse unless the member key has this fingerprint"),
		false},
	    PASSPHRASE_OPTION{NULL, NULL, NULL, false},
	},
    .columns = changed,
    .examples =
	(const struct example[]){
	    {"commune roster admit chefchaouen --fingerprint 4f2c9a0d6b1e8c35",
		N_("admit after comparing the fingerprint")},
	    {NULL, NULL},
	},
    .flags = COMMAND_CARD,
    .run = run_admit,
};

const struct command cmd_roster_remove = {
    .verb = "roster remove",
    .summary = N_("remove a member"),
    .help = N_("Removes a member. Its logs end at what this node holds of them; its records stay."),
    .positionals =
	(const struct positional[]){
	    {"CODE", N_("the code of the member"), false},
	    {NULL, NULL, false},
	},
    .options =
	(const struct option_desc[]){
	    {"--reason", N_("WORD"), N_("request (the default), merged, breach or error"), false},
	    PASSPHRASE_OPTION{NULL, NULL, NULL, false},
	},
    .columns = changed,
    .flags = COMMAND_CARD,
    .run = run_remove,
};

const struct command cmd_roster_approve = {
    .verb = "roster approve",
    .summary = N_("approve an entry of the roster that waits"),
    .help = N_("Signs an entry of the roster that another coordinator proposed. `commune roster "
	       "pending` lists them."),
    .positionals =
	(const struct positional[]){
	    {"REF", N_("the record that holds the draft"), false},
	    {NULL, NULL, false},
	},
    .options =
	(const struct option_desc[]){
	    PASSPHRASE_OPTION{NULL, NULL, NULL, false},
	},
    .columns = approved,
    .flags = COMMAND_CARD,
    .run = run_approve,
};
