/* commune show: one record, whole. */
#include "cli/cmd.h"

#include "cli/args.h"
#include "cli/client.h"
#include "cli/filter.h"
#include "cli/lang.h"
#include "cli/out.h"
#include "cli/payload_text.h"

#include <stdio.h>

/* For people the payload follows the card as text of its own. */
static void put_payload(struct bytes row)
{
	const struct kind *kind;
	struct writer text = {0};
	struct reader r;

	reader_init(&r, mp_get(row, "kind"));
	kind = mp_peek(&r) == MP_STR ? kind_by_name(mp_str(&r)) : NULL;
	reader_init(&r, mp_get(row, "payload"));
	if (mp_peek(&r) != MP_BIN)
		return;
	writer_u8(&text, '\n');
	payload_text(&text, kind, mp_bin(&r), mp_get(row, "links"));
	fwrite(text.data, 1, text.size, stdout);
	writer_release(&text);
}

static int run(const struct args *args)
{
	struct row params = {0};
	struct bytes result;
	struct client c;
	struct out out;
	long long wait_s;
	int code;

	if (!args_number(args, "--timeout", 0, 600, 0, &wait_s))
		return EXIT_USAGE;
	code = client_open_settled(&c, args);
	row_cstr(&params, "ref", args->positional[0]);
	row_int(&params, "wait_ms", wait_s * 1000);
	if (!code)
		code = filter_as_of(args, &params);
	if (!code)
		code = client_call_waiting(
		    &c, "show", row_view(&params), (int)(wait_s * 1000), &result);
	if (!code) {
		out_init(&out, args);
		out_row(&out, result);
		out_end(&out);
		if (args->output == OUTPUT_TABLE)
			put_payload(result);
	}
	client_close(&c);
	row_release(&params);
	return code;
}

const struct command cmd_show = {
    .verb = "show",
    .summary = N_("show one record"),
    .help = N_("Shows a record with everything that is known about it: the time that its author "
	       "claims, the bracket that "
	       "cosigned snapshots prove (not before, not after), what it supersedes and what "
	       "supersedes it, and its "
	       "fields."),
    .positionals =
	(const struct positional[]){
	    {"REF", N_("CODE/INDEX, CODE.N/INDEX, or at least 8 hex digits of the id"), false},
	    {NULL, NULL, false},
	},
    .options =
	(const struct option_desc[]){
	    AS_OF_OPTION{"--timeout", N_("S"),
		N_("seconds to wait for a record that has not arrived yet"), false},
	    {NULL, NULL, NULL, false}},
    .columns =
	(const struct column[]){
	    {"ref", N_("record"), SHAPE_TEXT, COLUMN_TABLE},
	    {"id", N_("id"), SHAPE_HEX, COLUMN_TABLE},
	    {"kind", N_("kind"), SHAPE_WORD, COLUMN_TABLE},
	    {"version", N_("version"), SHAPE_NUMBER, COLUMN_TABLE},
	    {"member", N_("member"), SHAPE_TEXT, COLUMN_TABLE},
	    {"time", N_("time"), SHAPE_TIME, COLUMN_TABLE},
	    {"anchor", N_("anchor"), SHAPE_HEX, COLUMN_TABLE},
	    {"not_before", N_("not before"), SHAPE_TIME, COLUMN_TABLE},
	    {"not_after", N_("not after"), SHAPE_TIME, COLUMN_TABLE},
	    {"arrival", N_("arrival"), SHAPE_NUMBER, COLUMN_TABLE},
	    {"supersedes", N_("supersedes"), SHAPE_NESTED, COLUMN_TABLE},
	    {"superseded_by", N_("superseded by"), SHAPE_NESTED, COLUMN_TABLE},
	    {"erased", N_("erased"), SHAPE_NESTED, COLUMN_TABLE},
	    {"payload", N_("payload"), SHAPE_NESTED, 0},
	    {"labels", N_("labels"), SHAPE_NESTED, COLUMN_TABLE},
	    {"fault", N_("reason"), SHAPE_TEXT, COLUMN_TABLE},
	    {"links", N_("links"), SHAPE_NESTED, 0},
	    {NULL, NULL, SHAPE_TEXT, 0},
	},
    .examples =
	(const struct example[]){
	    {"commune show chefchaouen/3", N_("the fourth record of Chefchaouen's first log")},
	    {"commune show chefchaouen/4 --timeout 60",
		N_("the same of the next one, as soon as it has arrived")},
	    {NULL, NULL},
	},
    .flags = COMMAND_CARD,
    .run = run,
};
