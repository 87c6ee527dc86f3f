/* commune check: verifies a proof offline and says, a line each, what it proves. */
#include "cli/cmd.h"

#include "cli/args.h"
#include "cli/file.h"
#include "cli/lang.h"
#include "cli/out.h"
#include "cli/proof_check.h"
#include "cli/row.h"
#include "cli/say.h"
#include "proto/json.h"

#include <string.h>

#define PROOF_SIZE_MAX (64u * 1024 * 1024)

static void tell(void *context, const char *claim, bool is_proven, const char *reason)
{
	struct row row = {0};

	row_cstr(&row, "claim", claim);
	row_bool(&row, "proven", is_proven);
	row_cstr(&row, "reason", reason);
	out_row(context, row_view(&row));
	row_release(&row);
}

static int run(const struct args *args)
{
	const char *asked = args_get(args, "--network");
	struct writer text = {0};
	struct writer doc = {0};
	struct why why = {0};
	struct hash network;
	struct out out;
	bool is_all;

	if (asked && !hex_decode(network.b, HASH_SIZE, asked, strlen(asked)))
		return say_usage(
		    args, NULL, _("--network needs the id of a network, 64 hex digits"));
	if (file_read(&text, args->positional[0], PROOF_SIZE_MAX, &why)) {
		writer_release(&text);
		return say_error(args, ERR_USAGE, NULL, "%s", why.text);
	}
	if (json_parse(&doc, writer_view(&text), &why)) {
		writer_release(&text);
		return say_error(args, ERR_USAGE, _("it should be what `commune prove` printed"),
		    "%s", why.text);
	}
	out_init(&out, args);
	is_all = proof_check(writer_view(&doc), asked ? &network : NULL, tell, &out);
	out_end(&out);
	writer_release(&text);
	writer_release(&doc);
	return is_all ? EXIT_DONE : EXIT_FOUND;
}

const struct command cmd_check = {
    .verb = "check",
    .summary = N_("check a proof, without a daemon"),
    .help =
	N_("Verifies what `commune prove` printed: that the entries of the roster lead from the id "
	   "of the network to the "
	   "member, that the member's key certified the log, that the log's key signed the "
	   "checkpoint, and that the "
	   "record lies under it; or that one key signed two checkpoints that cannot both be true. "
	   "One line a claim; exit code 3 when one is not proven. Without "
	   "--network the id in the "
	   "proof itself is taken, which proves nothing about which network it is: compare it."),
    .positionals =
	(const struct positional[]){
	    {"FILE", N_("the proof; - reads standard input"), false},
	    {NULL, NULL, false},
	},
    .options =
	(const struct option_desc[]){
	    {"--network", N_("ID"), N_("the id that the network is known to have"), false},
	    {NULL, NULL, NULL, false},
	},
    .columns =
	(const struct column[]){
	    {"claim", N_("claim"), SHAPE_TEXT, COLUMN_TABLE},
	    {"proven", N_("proven"), SHAPE_WORD, COLUMN_TABLE},
	    {"reason", N_("reason"), SHAPE_TEXT, COLUMN_TABLE},
	    {NULL, NULL, SHAPE_TEXT, 0},
	},
    .examples =
	(const struct example[]){
	    {"commune prove larache/7 | commune check - --network 5f0c…", N_("checked at once")},
	    {NULL, NULL},
	},
    .flags = COMMAND_OFFLINE,
    .run = run,
};
