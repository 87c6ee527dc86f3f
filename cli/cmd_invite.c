/* commune invite: what a new member needs to ask for admission. */
#include "cli/cmd.h"

#include "cli/args.h"
#include "cli/client.h"
#include "cli/lang.h"

#define EXPIRES_MS (7ll * 86400000)

static int run(const struct args *args)
{
	struct row params = {0};
	long long expires;

	if (!args_duration(args, "--expires", EXPIRES_MS, &expires))
		return EXIT_USAGE;
	row_cstr(&params, "code", args->positional[0]);
	row_int(&params, "expires", expires);
	return client_show(args, "invite", &params);
}

const struct command cmd_invite = {
    .verb = "invite",
    .summary = N_("make an invite for a new member"),
    .help = N_("Prints an invite for one member. Whoever has it can ask for admission under that "
	       "code until it expires; a coordinator still decides with `commune roster admit`."),
    .positionals =
	(const struct positional[]){
	    {"CODE", N_("the code that the new member will have"), false},
	    {NULL, NULL, false},
	},
    .options =
	(const struct option_desc[]){
	    {"--expires", N_("7d"), N_("for how long: 30m, 12h, 7d (the default)"), false},
	    {NULL, NULL, NULL, false},
	},
    .columns =
	(const struct column[]){
	    {"invite", N_("invite"), SHAPE_TEXT, COLUMN_TABLE},
	    {"code", N_("code"), SHAPE_TEXT, COLUMN_TABLE},
	    {"expires", N_("expires"), SHAPE_TIME, COLUMN_TABLE},
	    {NULL, NULL, SHAPE_TEXT, 0},
	},
    .examples =
	(const struct example[]){
	    {"commune invite chefchaouen --expires 14d", N_("an invite for Chefchaouen")},
	    {NULL, NULL},
	},
    .flags = COMMAND_CARD,
    .run = run,
};
