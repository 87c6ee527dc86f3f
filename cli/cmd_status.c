/* commune status: the state of this node in one card. */
#include "cli/cmd.h"

#include "cli/client.h"
#include "cli/lang.h"

static int run(const struct args *args)
{
	struct row params = {0};

	return client_show(args, "status", &params);
}

const struct command cmd_status = {
    .verb = "status",
    .summary = N_("show the state of this node"),
    .help = N_("Two nodes hold the same when their digests are equal. Refused counts everything "
	       "that was refused since the start, by reason."),
    .columns =
	(const struct column[]){
	    {"network", N_("network"), SHAPE_HEX, COLUMN_TABLE},
	    {"member", N_("member"), SHAPE_TEXT, COLUMN_TABLE},
	    {"log", N_("log"), SHAPE_HEX, COLUMN_TABLE},
	    {"size", N_("records signed"), SHAPE_NUMBER, COLUMN_TABLE},
	    {"digest", N_("digest"), SHAPE_HEX, COLUMN_TABLE},
	    {"arrivals", N_("records stored"), SHAPE_NUMBER, COLUMN_TABLE},
	    {"indexed", N_("records indexed"), SHAPE_NUMBER, COLUMN_TABLE},
	    {"state", N_("state"), SHAPE_WORD, COLUMN_TABLE},
	    {"drafts", N_("drafts"), SHAPE_NUMBER, COLUMN_TABLE},
	    {"alarms", N_("alarms"), SHAPE_NESTED, COLUMN_TABLE},
	    {"roster_size", N_("entries in the roster"), SHAPE_NUMBER, COLUMN_TABLE},
	    {"logs", N_("logs"), SHAPE_NUMBER, COLUMN_TABLE},
	    {"sessions", N_("sessions"), SHAPE_NUMBER, COLUMN_TABLE},
	    {"address", N_("address"), SHAPE_TEXT, COLUMN_TABLE},
	    {"version", N_("version"), SHAPE_TEXT, COLUMN_TABLE},
	    {"refused", N_("refused"), SHAPE_NESTED, COLUMN_TABLE},
	    {"rot_found", N_("damaged records found"), SHAPE_NUMBER, 0},
	    {"rot_mended", N_("damaged records mended"), SHAPE_NUMBER, 0},
	    {"is_admitted", N_("admitted"), SHAPE_TEXT, COLUMN_TABLE},
	    {NULL, NULL, SHAPE_TEXT, 0},
	},
    .flags = COMMAND_CARD,
    .run = run,
};
