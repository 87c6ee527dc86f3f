/* commune peers: the nodes that this one talks to, and one more to dial. */
#include "cli/cmd.h"

#include "cli/args.h"
#include "cli/client.h"
#include "cli/lang.h"

static int run(const struct args *args)
{
	struct row params = {0};

	return client_show_rows(args, "peers", &params);
}

static int run_add(const struct args *args)
{
	struct row params = {0};

	row_cstr(&params, "address", args->positional[0]);
	return client_show(args, "peer.add", &params);
}

const struct command cmd_peer_add = {
    .verb = "peer add",
    .summary = N_("dial another node"),
    .help = N_("Dials a node now and after every start, beside those that members announce."),
    .positionals =
	(const struct positional[]){
	    {"ADDRESS", N_("KEY@HOST:PORT, as `commune id` prints it there"), false},
	    {NULL, NULL, false},
	},
    .columns =
	(const struct column[]){
	    {"address", N_("address"), SHAPE_TEXT, COLUMN_TABLE},
	    {NULL, NULL, SHAPE_TEXT, 0},
	},
    .flags = COMMAND_CARD,
    .run = run_add,
};

const struct command cmd_peers = {
    .verb = "peers",
    .summary = N_("list the nodes that this one knows"),
    .help = N_("Behind and ahead are counted in records: what this node still lacks, and what the "
	       "other lacks."),
    .columns =
	(const struct column[]){
	    {"address", N_("address"), SHAPE_TEXT, COLUMN_TABLE | COLUMN_TAIL},
	    {"member", N_("member"), SHAPE_TEXT, COLUMN_TABLE},
	    {"connected", N_("connected"), SHAPE_TEXT, COLUMN_TABLE},
	    {"direction", N_("direction"), SHAPE_WORD, COLUMN_TABLE | COLUMN_SPARE},
	    {"behind", N_("behind"), SHAPE_NUMBER, COLUMN_TABLE},
	    {"ahead", N_("ahead"), SHAPE_NUMBER, COLUMN_TABLE},
	    {"last_seen", N_("last seen"), SHAPE_TIME, COLUMN_TABLE | COLUMN_SPARE},
	    {"reason", N_("reason"), SHAPE_SAID, COLUMN_TABLE},
	    {"bytes_in", N_("bytes in"), SHAPE_NUMBER, COLUMN_TABLE | COLUMN_SPARE},
	    {"bytes_out", N_("bytes out"), SHAPE_NUMBER, COLUMN_TABLE | COLUMN_SPARE},
	    {NULL, NULL, SHAPE_TEXT, 0},
	},
    .run = run,
};
