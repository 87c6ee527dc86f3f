/* commune list: records of one kind, filtered. */
#include "cli/cmd.h"

#include "cli/count_columns.h"
#include "cli/filter.h"
#include "cli/lang.h"
#include "cli/list_fields.h"
#include "cli/page.h"
#include "cli/say.h"

/* The command's own for a field that is none: the daemon says what is wrong. */
static const struct column *columns_of(const struct args *args)
{
	const char *field = args_get(args, "--group-by");
	const struct column *columns = NULL;

	if (field)
		columns = count_columns_by(field);
	else if (args_has(args, "--count"))
		columns = count_columns;
	return columns ? columns : args->command->columns;
}

static int take_shape(const struct args *args, struct row *params)
{
	if (args_has(args, "--count") && args_has(args, "--group-by"))
		return say_usage(args, NULL, _("groups are counted already: leave out --count"));
	if (args_has(args, "--latest"))
		row_bool(params, "latest", true);
	if (args_has(args, "--count"))
		row_bool(params, "count", true);
	row_cstr(params, "group_by", args_get(args, "--group-by"));
	row_cstr(params, "sort", args_get(args, "--sort"));
	row_cstr(params, "lang", lang_code());
	return filter_as_of(args, params);
}

static int show_fields(const struct args *args, struct row *params)
{
	struct list_fields fields;
	int code = EXIT_DONE;

	if (args_has(args, "--count") || args_has(args, "--group-by"))
		code = say_usage(args, NULL, _("counts have no fields: leave out --field"));
	if (!code)
		code = list_fields_init(&fields, args, columns_of(args));
	if (code) {
		row_release(params);
		return code;
	}
	row_bool(params, "payload", true);
	return page_show_changed(args, "list", params, fields.columns, list_fields_change, &fields);
}

static int run(const struct args *args)
{
	struct row params = {0};
	int code = filter_take(args, &params);

	if (!code)
		code = filter_kinds(args, args->count ? args->positional[0] : NULL, &params);
	if (!code)
		code = take_shape(args, &params);
	if (code) {
		row_release(&params);
		return code;
	}
	if (!args_has(args, "--field"))
		return page_show_columns(args, "list", &params, columns_of(args));
	return show_fields(args, &params);
}

const struct command cmd_list = {
    .verb = "list",
    .summary = N_("list records"),
    .help = N_("Lists the records of one kind, or of all, in the order in which they arrived at "
	       "this node. All of them, or with --limit a page. A commitment or a milestone "
	       "has the status that its attestations give it, or its member's newest progress. "
	       "Filters compose; --group-by and --count say how many records fit instead of "
	       "which."),
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
	    KIND_OPTION{
		"--latest", NULL, N_("without versions that a later one supersedes"), false},
	    {"--sort", N_("FIELD[,desc]"),
		N_("by arrival, time, member, title or status; groups by count or what they "
		   "are made by"),
		false},
	    {"--group-by", N_("FIELD"),
		N_("how many of each member, region, province, theme, status, kind, year or "
		   "month"),
		false},
	    {"--count", NULL, N_("only how many"), false},
	    {"--field", N_("PATH"), N_("with this field of the record as a column"), true},
	    AS_OF_OPTION PAGE_OPTIONS{NULL, NULL, NULL, false},
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
	    {"commune list commitment --latest --group-by status",
		N_("how far the network's commitments are")},
	    {"commune list --kind workshop,event --region 08 --sort time,desc",
		N_("what took place in a region, the newest first")},
	    {"commune list adoption --about sefrou/7 --field start --field result",
		N_("who took a practice up, and with what result")},
	    {"commune list practice --theme digitalisation --since 2024 --json",
		N_("for a program")},
	    {NULL, NULL},
	},
    .run = run,
};
