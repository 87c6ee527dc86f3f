/* commune import: files of others, and of our own, as this member's records. */
#include "cli/cmd.h"

#include "cli/args.h"
#include "cli/csv_mark.h"
#include "cli/export.h"
#include "cli/file.h"
#include "cli/import_csv.h"
#include "cli/import_ogp.h"
#include "cli/import_run.h"
#include "cli/json_lines.h"
#include "cli/lang.h"
#include "cli/say.h"

#include <stdio.h>
#include <string.h>

#define CSV_SIZE_MAX (512ull * 1024 * 1024)

/* The file is the last argument: csv has its kind before it. */
static const char *path_of(const struct args *args)
{
	return args->positional[args->count - 1];
}

/* Rows that were exported from records of this network are here already; an edited one is not taken, because it says less
 * than the record. True when the row was one of those. */
static bool is_ours(struct import_run *run, const struct csv_table *table, size_t row)
{
	size_t column = csv_table_column(table, "Commitment Unique Identifier");
	struct writer payload = {0};
	bool is_found;

	if (column != (size_t)-1)
		import_run_fetch(run, kind_by_number(KIND_COMMITMENT),
		    csv_table_cell(table, row, column), &payload);
	if (payload.size && export_ogp_is_same(table, row, writer_view(&payload)))
		run->report.unchanged++;
	else if (payload.size)
		import_report_refuse(&run->report, row + 1, NULL,
		    _("it is a record of this network: change it with commune publish --set "
		      "supersedes=REF"));
	is_found = payload.size > 0;
	writer_release(&payload);
	return is_found;
}

static enum err read_ogp(struct import_run *run, const struct args *args, struct why *why)
{
	const char *language = args_get(args, "--text-lang");
	const struct kind *kind = kind_by_number(KIND_COMMITMENT);
	struct csv_table table = {0};
	struct import_ogp ogp = {0};
	struct writer file = {0};
	struct writer map = {0};
	enum err err = file_read(&file, path_of(args), CSV_SIZE_MAX, why);

	if (!err)
		err = csv_table_parse(&table, writer_view(&file), why);
	if (!err)
		csv_mark_take(&table);
	if (!err)
		err = import_ogp_init(&ogp, &table, language ? language : "en", why);
	for (size_t row = 0; !err && row < table.rows; row++) {
		run->report.rows++;
		if (is_ours(run, &table, row))
			continue;
		writer_clear(&map);
		import_ogp_row(&ogp, row, &map, import_report_note, &run->report);
		import_run_add(run, kind, writer_view(&map), row + 1);
	}
	import_ogp_release(&ogp);
	csv_table_release(&table);
	writer_release(&file);
	writer_release(&map);
	return err;
}

/* The code of the member that imports; empty when the daemon does not say. */
static void take_self(struct import_run *run, char self[static CODE_SIZE_MAX + 1])
{
	struct row params = {0};
	struct bytes result, code;

	self[0] = '\0';
	if (!client_call(run->in.client, "id", row_view(&params), &result)) {
		code = export_str(result, "member");
		snprintf(self, CODE_SIZE_MAX + 1, "%.*s", (int)code.size,
		    code.size ? (const char *)code.data : "");
	}
	row_release(&params);
}

struct lines_in {
	struct import_run *run;
	char self[CODE_SIZE_MAX + 1];
};

static void take_line(void *context, unsigned long line, const struct kind *kind, struct bytes map,
    struct bytes whole, const struct why *why)
{
	struct lines_in *in = context;
	struct bytes member = export_str(whole, "member");
	struct bytes ref = export_str(whole, "ref");

	in->run->report.rows++;
	if (!kind) {
		import_report_refuse(&in->run->report, line, NULL, why->text);
		return;
	}
	if (!member.size || bytes_equal(member, bytes_str(in->self)))
		ref.size = 0;
	import_run_add_of(in->run, kind, map, line, ref);
}

static enum err read_ndjson(struct import_run *run, const struct args *args, struct why *why)
{
	struct lines_in in = {.run = run};

	take_self(run, in.self);
	return json_lines_each(path_of(args), take_line, &in, why);
}

static enum err read_csv(struct import_run *run, const struct args *args, struct why *why)
{
	const struct kind *kind = kind_by_name(bytes_str(args->positional[1]));
	char self[CODE_SIZE_MAX + 1];
	struct writer file = {0};
	enum err err = file_read(&file, path_of(args), CSV_SIZE_MAX, why);

	take_self(run, self);
	if (!err)
		err = import_csv_read(run, kind, writer_view(&file), self, why);
	writer_release(&file);
	return err;
}

struct format {
	const char *name;
	enum err (*read)(struct import_run *run, const struct args *args, struct why *why);
};

static const struct format formats[] = {
    {"ogp", read_ogp}, {"csv", read_csv}, {"ndjson", read_ndjson}};

static const struct format *find_format(const char *name)
{
	for (size_t i = 0; i < sizeof(formats) / sizeof(*formats); i++)
		if (!strcmp(formats[i].name, name))
			return &formats[i];
	return NULL;
}

#define KINDS_MAX 64

/* ogp makes commitments only, csv has one kind; ndjson holds anything. */
static size_t kinds_of(const struct args *args, const struct format *format,
    const struct kind *kinds[static KINDS_MAX])
{
	const struct kind *only = format->read == read_ogp ? kind_by_number(KIND_COMMITMENT)
				  : format->read == read_csv
				      ? kind_by_name(bytes_str(args->positional[1]))
				      : NULL;
	const struct kind *kind;
	size_t count = 0;

	for (size_t i = 0; (kind = kind_at(i)) && count < KINDS_MAX; i++)
		if (kind->is_published && (!only || kind == only))
			kinds[count++] = kind;
	return count;
}

static int run_with(struct import_run *run, const struct args *args, const struct format *format)
{
	const struct kind *kinds[KINDS_MAX];
	struct why why = {0};

	if (format->read(run, args, &why)) {
		bool is_named = strstr(why.text, path_of(args)) != NULL;

		return say_error(args, ERR_USAGE, NULL, "%s%s%s", is_named ? "" : path_of(args),
		    is_named ? "" : ": ", why.text);
	}
	return import_run_finish(run, kinds, kinds_of(args, format, kinds));
}

static int run(const struct args *args)
{
	const struct format *format = find_format(args->positional[0]);
	const char *language = args_get(args, "--text-lang");
	struct import_run run = {.in.args = args};
	struct client client;
	int code;

	if (!format)
		return say_usage(args, _("it is ogp, csv or ndjson"),
		    _("there is no format '%s' to import"), args->positional[0]);
	if (args->count != (format->read == read_csv ? 3 : 2))
		return say_usage(args, NULL,
		    format->read == read_csv ? _("say commune import csv KIND FILE")
					     : _("say commune import FORMAT FILE"));
	if (format->read == read_csv && !record_kind(args, bytes_str(args->positional[1])))
		return EXIT_USAGE;
	if (language && lang_parse(bytes_str(language)) == LANG_COUNT)
		return say_usage(args, _("it is ar, fr, en or zgh"),
		    _("--text-lang does not know '%s'"), language);
	code = client_open(&client, args);
	run.in.client = &client;
	if (!code)
		code = run_with(&run, args, format);
	client_close(&client);
	import_run_release(&run);
	return code;
}

const struct command cmd_import = {
    .verb = "import",
    .summary = N_("import records from a file"),
    .help = N_("Publishes what a file holds as this member's records. ogp: commitments in the CSV "
	       "columns of the Open Government "
	       "Partnership; titles, texts, institutions and dates are mapped where that is "
	       "certain, and every column is kept as it "
	       "was written. csv: a table of one kind, a column for each path of a field, as "
	       "`commune export csv` writes it; a row that this member signed and that was "
	       "changed becomes a new version, and one that another member signed is not "
	       "published again. ndjson: one record a line, which names its "
	       "kind.\n\nRun again, it "
	       "publishes only what is new, and what "
	       "has changed in the file as a new version. Rows that are not fit are refused and "
	       "reported, as is every date that was "
	       "not mapped; warnings about personal data are reported, not asked about, because a "
	       "file of this size is reviewed "
	       "before or never."),
    .positionals =
	(const struct positional[]){
	    {"FORMAT", N_("ogp, csv or ndjson"), false},
	    {"KIND|FILE", N_("csv: the kind of record; else the file, - reads standard input"),
		false},
	    {"FILE",
		N_("csv: the file, its cells separated by commas, semicolons or tabs; - reads "
		   "standard input"),
		true},
	    {NULL, NULL, false},
	},
    .options =
	(const struct option_desc[]){
	    {"--text-lang", N_("LANG"),
		N_("ogp: the language that the texts are put under (default en)"), false},
	    {"--dry-run", NULL, N_("report everything, publish nothing"), false},
	    {NULL, NULL, NULL, false},
	},
    .columns = import_report_columns,
    .examples =
	(const struct example[]){
	    {"commune import ogp commitments.csv --json | jq .unmapped",
		N_("what was not certain in the file")},
	    {"commune import csv practice practices.csv", N_("a table that was filled in")},
	    {NULL, NULL},
	},
    .flags = COMMAND_CARD,
    .run = run,
};
