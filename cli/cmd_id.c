/* commune id: the public keys of this node and how others reach it. */
#include "cli/cmd.h"

#include "cli/client.h"
#include "cli/lang.h"

static int run(const struct args *args)
{
	struct row params = {0};

	return client_show(args, "id", &params);
}

const struct command cmd_id = {
    .verb = "id",
    .summary = N_("show the keys and the address of this node"),
    .help = N_("The address is what other nodes give to communed --peer; the fingerprint is what a "
	       "member reads out to the coordinator."),
    .columns =
	(const struct column[]){
	    {"network", N_("network"), SHAPE_HEX, COLUMN_TABLE},
	    {"member", N_("member"), SHAPE_TEXT, COLUMN_TABLE},
	    {"member_key", N_("member key"), SHAPE_HEX, COLUMN_TABLE},
	    {"log", N_("log"), SHAPE_HEX, COLUMN_TABLE},
	    {"transport_key", N_("transport key"), SHAPE_HEX, COLUMN_TABLE},
	    {"store_id", N_("store"), SHAPE_HEX, COLUMN_TABLE},
	    {"address", N_("address"), SHAPE_TEXT, COLUMN_TABLE},
	    {"fingerprint", N_("fingerprint"), SHAPE_TEXT, COLUMN_TABLE},
	    {NULL, NULL, SHAPE_TEXT, 0},
	},
    .flags = COMMAND_CARD,
    .run = run,
};
