/* commune schema: the fields of a kind as a JSON Schema, out of the table of kinds. */
#include "cli/cmd.h"

#include "cli/args.h"
#include "cli/lang.h"
#include "cli/record_input.h"
#include "cli/say.h"
#include "cli/schema_table.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void put_label(const struct label *label)
{
	enum lang lang = lang_parse(bytes_str(lang_code()));
	const char *text = lang < LANG_ZGH ? label->in[lang] : NULL;

	fputs(text ? text : label->in[LANG_EN], stdout);
}

static void list_kinds(void)
{
	const struct kind *kind;

	for (size_t i = 0; (kind = kind_at(i)); i++) {
		if (!kind->is_published)
			continue;
		printf("%-15s ", kind->name);
		if (strcmp(lang_code(), "en")) {
			put_label(&kind->label);
			printf("%s", _(": "));
		}
		printf("%s\n", _(kind->help));
	}
}

static int run(const struct args *args)
{
	const struct kind *kind;
	struct writer schema = {0};

	if (!args->count) {
		list_kinds();
		return EXIT_DONE;
	}
	kind = record_kind(args, bytes_str(args->positional[0]));
	if (!kind)
		return EXIT_USAGE;
	if (isatty(STDOUT_FILENO) && !args_has(args, "--json")) {
		schema_table_show(args, kind);
		return EXIT_DONE;
	}
	kind_schema_json(&schema, kind);
	if (schema.err)
		return say_error(args, schema.err, NULL, "%s", _(err_text(schema.err)));
	fwrite(schema.data, 1, schema.size, stdout);
	putchar('\n');
	writer_release(&schema);
	return EXIT_DONE;
}

const struct command cmd_schema = {
    .verb = "schema",
    .summary = N_("describe the fields of a kind of record"),
    .help =
	N_("Lists the fields that `commune publish KIND --set` takes; in a pipe, or with --json, "
	   "prints the JSON Schema (2020-12) of what it reads. Without KIND the kinds. Needs no "
	   "daemon."),
    .positionals =
	(const struct positional[]){
	    {"KIND", N_("practice, commitment, progress, …; `commune schema` lists them"), true},
	    {NULL, NULL, false},
	},
    .options =
	(const struct option_desc[]){
	    {"--json", NULL, N_("the JSON Schema on a terminal too"), false},
	    {NULL, NULL, NULL, false},
	},
    .examples =
	(const struct example[]){
	    {"commune schema commitment | jq '.properties | keys'", N_("the names of the fields")},
	    {NULL, NULL},
	},
    .flags = COMMAND_TEXT | COMMAND_OFFLINE,
    .run = run,
};
