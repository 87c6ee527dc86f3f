/* commune list: records of one kind, filtered. */
#include "cli/cmd.h"

#include "cli/filter.h"
#include "cli/lang.h"
#include "cli/page.h"

static int run(const struct args *args)
{
	struct row params = {0};
	int code = filter_take(args, &params);

	if (!code && args->count)
		code = filter_kind(args, args->positional[0], &params);
	if (!code && args_has(args, "--latest"))
		row_bool(&params, "latest", true);
	if (code) {
		row_release(&params);
		return code;
	}
	return page_show(args, "list", &params);
}

const struct command cmd_list = {
    .verb = "list",
    .summary = N_("list records"),
    .help = N_("Lists the records of one kind, or of all, in the order in which they arrived at "
	       "this node. All of them, or with --limit a page."),
    .positionals =
	(const struct positional[]){
	    {"KIND",
		N_("practice, commitment, progress, attestation, adhesion, comment, …; see "
		   "`commune schema`"),
		true},
	    {NULL, NULL, false},
	},
    .options =
	(const struct option_desc[]){
	    FILTER_OPTIONS{"--about", N_("REF"), N_("records that link to this one"), false},
	    {"--latest", NULL, N_("without versions that a later one supersedes"), false},
	    PAGE_OPTIONS{NULL, NULL, NULL, false},
	},
    .columns =
	(const struct column[]){
	    {"ref", N_("record"), SHAPE_TEXT, COLUMN_TABLE | COLUMN_KEEP},
	    {"id", N_("id"), SHAPE_HEX, 0},
	    {"kind", N_("kind"), SHAPE_WORD, COLUMN_TABLE | COLUMN_SPARE},
	    {"member", N_("member"), SHAPE_TEXT, COLUMN_TABLE | COLUMN_SPARE},
	    {"time", N_("time"), SHAPE_TIME, COLUMN_TABLE},
	    {"title", N_("title"), SHAPE_TEXT, COLUMN_TABLE},
	    {"status", N_("status"), SHAPE_WORD, COLUMN_TABLE},
	    {"superseded_by", N_("superseded by"), SHAPE_TEXT, 0},
	    {"labels", N_("labels"), SHAPE_NESTED, COLUMN_TABLE | COLUMN_RARE},
	    {NULL, NULL, SHAPE_TEXT, 0},
	},
    .examples =
	(const struct example[]){
	    {"commune list progress --region 01 --status limited",
		N_("what progresses slowly in a region; `commune audit` says how far each "
		   "commitment is")},
	    {"commune list practice --theme digitalisation --since 2024 --json",
		N_("for a program")},
	    {NULL, NULL},
	},
    .run = run,
};
