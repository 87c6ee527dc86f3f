/* commune history: what became of one record. */
#include "cli/cmd.h"

#include "cli/args.h"
#include "cli/client.h"
#include "cli/filter.h"
#include "cli/lang.h"

static int run(const struct args *args)
{
	struct row params = {0};

	row_cstr(&params, "ref", args->positional[0]);
	if (filter_as_of(args, &params)) {
		row_release(&params);
		return EXIT_USAGE;
	}
	return client_show_rows(args, "history", &params);
}

const struct command cmd_history = {
    .verb = "history",
    .summary = N_("show the versions of a record and what was said about it"),
    .help = N_("Its versions, progress, attestations and comments, in order."),
    .positionals =
	(const struct positional[]){
	    {"REF", N_("CODE/INDEX, CODE.N/INDEX, or at least 8 hex digits of the id"), false},
	    {NULL, NULL, false},
	},
    .options = (const struct option_desc[]){AS_OF_OPTION{NULL, NULL, NULL, false}},
    .columns =
	(const struct column[]){
	    {"ref", N_("record"), SHAPE_TEXT, COLUMN_TABLE | COLUMN_KEEP},
	    {"id", N_("id"), SHAPE_HEX, 0},
	    {"relation", N_("relation"), SHAPE_WORD, COLUMN_TABLE},
	    {"kind", N_("kind"), SHAPE_WORD, COLUMN_TABLE},
	    {"member", N_("member"), SHAPE_TEXT, COLUMN_TABLE | COLUMN_SPARE},
	    {"time", N_("time"), SHAPE_TIME, COLUMN_TABLE},
	    {"title", N_("title"), SHAPE_TEXT, COLUMN_TABLE},
	    {"status", N_("status"), SHAPE_WORD, COLUMN_TABLE},
	    {"labels", N_("labels"), SHAPE_NESTED, COLUMN_TABLE | COLUMN_RARE},
	    {"superseded_by", N_("superseded by"), SHAPE_TEXT, 0},
	    {NULL, NULL, SHAPE_TEXT, 0},
	},
    .examples =
	(const struct example[]){
	    {"commune history larache/12", N_("what changed in this commitment, when, by whom")},
	    {NULL, NULL},
	},
    .run = run,
};
