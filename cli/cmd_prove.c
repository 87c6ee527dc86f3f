/* commune prove: everything that somebody without our software needs to verify one record, as one
 * JSON document, or that a log has only grown. The document is the answer itself: it is JSON with
 * and without --json. */
#include "cli/cmd.h"

#include "cli/args.h"
#include "cli/client.h"
#include "cli/lang.h"
#include "cli/out.h"
#include "cli/say.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct column record_columns[] = {
    {"network", N_("network"), SHAPE_HEX, COLUMN_TABLE},
    {"ref", N_("record"), SHAPE_TEXT, COLUMN_TABLE},
    {"origin", N_("origin"), SHAPE_TEXT, COLUMN_TABLE},
    {"vkey", N_("verifier key"), SHAPE_TEXT, COLUMN_TABLE},
    {"index", N_("index"), SHAPE_NUMBER, COLUMN_TABLE},
    {"leaf", N_("leaf"), SHAPE_BASE64, COLUMN_TABLE},
    {"payload", N_("payload"), SHAPE_BASE64, COLUMN_TABLE},
    {"salt", N_("salt"), SHAPE_BASE64, COLUMN_TABLE},
    {"inclusion", N_("inclusion proof"), SHAPE_BASE64, COLUMN_TABLE},
    {"checkpoint", N_("checkpoint"), SHAPE_TEXT, COLUMN_TABLE},
    {"log_open", N_("leaf 0 of the log"), SHAPE_BASE64, COLUMN_TABLE},
    {"roster", N_("entries of the roster"), SHAPE_BASE64, COLUMN_TABLE},
    {NULL, NULL, SHAPE_TEXT, 0},
};

static const struct column consistency_columns[] = {
    {"origin", N_("origin"), SHAPE_TEXT, COLUMN_TABLE},
    {"old", N_("old"), SHAPE_BASE64, COLUMN_TABLE},
    {"new", N_("new"), SHAPE_BASE64, COLUMN_TABLE},
    {"proof", N_("consistency proof"), SHAPE_BASE64, COLUMN_TABLE},
    {NULL, NULL, SHAPE_TEXT, 0},
};

static const struct column evidence_columns[] = {
    {"network", N_("network"), SHAPE_HEX, COLUMN_TABLE},
    {"member", N_("member"), SHAPE_TEXT, COLUMN_TABLE},
    {"number", N_("number"), SHAPE_NUMBER, COLUMN_TABLE},
    {"origin", N_("origin"), SHAPE_TEXT, COLUMN_TABLE},
    {"vkey", N_("verifier key"), SHAPE_TEXT, COLUMN_TABLE},
    {"first", N_("checkpoint"), SHAPE_TEXT, COLUMN_TABLE},
    {"second", N_("checkpoint"), SHAPE_TEXT, COLUMN_TABLE},
    {"root", N_("root"), SHAPE_BASE64, COLUMN_TABLE},
    {"proof", N_("consistency proof"), SHAPE_BASE64, COLUMN_TABLE},
    {"log_open", N_("leaf 0 of the log"), SHAPE_BASE64, COLUMN_TABLE},
    {NULL, NULL, SHAPE_TEXT, 0},
};

static int put(
    const struct args *args, const char *method, struct row *params, const struct column *columns)
{
	struct client c;
	struct bytes result;
	struct out out;
	int code = client_open(&c, args);

	if (!code)
		code = client_call(&c, method, row_view(params), &result);
	if (!code) {
		out_init_to(&out, &out_json, columns, stdout);
		out_row(&out, result);
		out_end(&out);
	}
	client_close(&c);
	row_release(params);
	return code;
}

static bool size_of(const char *text, int64_t *size)
{
	char *end;

	*size = strtoll(text, &end, 10);
	return end != text && !*end && *size >= 0 && *size <= MP_INT_MAX;
}

static int run(const struct args *args)
{
	struct row params = {0};
	int64_t a;
	int64_t b;

	if (args_has(args, "--evidence")) {
		if (args_has(args, "--consistency") || args->count > 1)
			return say_usage(args, _("commune prove --evidence LOG"),
			    _("--evidence needs a log and nothing else"));
		row_cstr(&params, "log", args->positional[0]);
		return put(args, "prove.evidence", &params, evidence_columns);
	}
	if (!args_has(args, "--consistency")) {
		if (args->count > 1)
			return say_usage(args, NULL, _("commune %s does not take '%s'"), "prove",
			    args->positional[1]);
		row_cstr(&params, "ref", args->positional[0]);
		return put(args, "prove", &params, record_columns);
	}
	if (args->count != 3)
		return say_usage(args, _("commune prove --consistency LOG A B"),
		    _("--consistency needs a log and two sizes"));
	if (!size_of(args->positional[1], &a) || !size_of(args->positional[2], &b) || a > b)
		return say_usage(args, NULL, _("'%s' and '%s' are no sizes, the smaller one first"),
		    args->positional[1], args->positional[2]);
	row_cstr(&params, "log", args->positional[0]);
	row_int(&params, "a", a);
	row_int(&params, "b", b);
	return put(args, "prove.consistency", &params, consistency_columns);
}

const struct command cmd_prove = {
    .verb = "prove",
    .summary = N_("prove a record to somebody else"),
    .help =
	N_("Prints one JSON document that proves a record: the record, its place in the log, "
	   "the signed checkpoint, and the "
	   "entries of the roster that admit the member. `commune check` verifies it without a "
	   "daemon; so do the public "
	   "tools for C2SP signed notes and RFC 6962 trees.\n\nWith --consistency it proves "
	   "instead that a log of size B "
	   "begins with what the log was at size A.\n\nWith --evidence it proves that the key of a "
	   "frozen log signed two histories."),
    .positionals =
	(const struct positional[]){
	    {"REF",
		N_("the record: CODE/INDEX, CODE.N/INDEX or at least 8 hex digits of the id; with "
		   "--consistency or --evidence the "
		   "log, in hex or as CODE or CODE.N"),
		false},
	    {"A", N_("with --consistency: the older size"), true},
	    {"B", N_("with --consistency: the newer size"), true},
	    {NULL, NULL, false},
	},
    .options =
	(const struct option_desc[]){
	    {"--consistency", NULL, N_("prove that a log has only grown"), false},
	    {"--evidence", NULL, N_("prove that the key of a log signed two histories"), false},
	    {NULL, NULL, NULL, false},
	},
    .columns = record_columns,
    .examples =
	(const struct example[]){
	    {"commune prove chefchaouen/3 > proof.json && commune check proof.json",
		N_("that Chefchaouen signed this, checked offline")},
	    {"commune prove --evidence larache > fork.json && commune check fork.json",
		N_("why the log of Larache is frozen, for anybody")},
	    {NULL, NULL},
	},
    .flags = COMMAND_CARD,
    .run = run,
};
