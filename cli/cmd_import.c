/* commune import: files of others, and of our own, as this member's records. */
#include "cli/cmd.h"

#include "cli/args.h"
#include "cli/file.h"
#include "cli/import_ogp.h"
#include "cli/import_run.h"
#include "cli/json_lines.h"
#include "cli/lang.h"
#include "cli/say.h"

#include <string.h>

#define CSV_SIZE_MAX (512ull * 1024 * 1024)

static enum err read_ogp(struct import_run *run, const struct args *args, struct why *why)
{
	const char *language = args_get(args, "--text-lang");
	const struct kind *kind = kind_by_number(KIND_COMMITMENT);
	struct csv_table table = {0};
	struct import_ogp ogp = {0};
	struct writer file = {0};
	struct writer map = {0};
	enum err err = file_read(&file, args->positional[1], CSV_SIZE_MAX, why);

	if (!err)
		err = csv_table_parse(&table, writer_view(&file), why);
	if (!err)
		err = import_ogp_init(&ogp, &table, language ? language : "en", why);
	for (size_t row = 0; !err && row < table.rows; row++) {
		writer_clear(&map);
		import_ogp_row(&ogp, row, &map, import_report_note, &run->report);
		import_run_add(run, kind, writer_view(&map), row + 1);
		run->report.rows++;
	}
	import_ogp_release(&ogp);
	csv_table_release(&table);
	writer_release(&file);
	writer_release(&map);
	return err;
}

static void take_line(void *context, unsigned long line, const struct kind *kind, struct bytes map,
    const struct why *why)
{
	struct import_run *run = context;

	run->report.rows++;
	if (kind)
		import_run_add(run, kind, map, line);
	else
		import_report_refuse(&run->report, line, NULL, why->text);
}

static enum err read_ndjson(struct import_run *run, const struct args *args, struct why *why)
{
	return json_lines_each(args->positional[1], take_line, run, why);
}

struct format {
	const char *name;
	enum err (*read)(struct import_run *run, const struct args *args, struct why *why);
};

static const struct format formats[] = {{"ogp", read_ogp}, {"ndjson", read_ndjson}};

static const struct format *find_format(const char *name)
{
	for (size_t i = 0; i < sizeof(formats) / sizeof(*formats); i++)
		if (!strcmp(formats[i].name, name))
			return &formats[i];
	return NULL;
}

#define KINDS_MAX 64

/* ogp makes commitments only; ndjson holds anything. */
static size_t kinds_of(const struct format *format, const struct kind *kinds[static KINDS_MAX])
{
	const struct kind *kind;
	size_t count = 0;

	for (size_t i = 0; (kind = kind_at(i)) && count < KINDS_MAX; i++)
		if (kind->is_published &&
		    (format->read != read_ogp || kind->number == KIND_COMMITMENT))
			kinds[count++] = kind;
	return count;
}

static int run_with(struct import_run *run, const struct args *args, const struct format *format)
{
	const struct kind *kinds[KINDS_MAX];
	struct why why = {0};

	if (format->read(run, args, &why)) {
		bool is_named = strstr(why.text, args->positional[1]) != NULL;

		return say_error(args, ERR_USAGE, NULL, "%s%s%s",
		    is_named ? "" : args->positional[1], is_named ? "" : ": ", why.text);
	}
	return import_run_finish(run, kinds, kinds_of(format, kinds));
}

static int run(const struct args *args)
{
	const struct format *format = find_format(args->positional[0]);
	const char *language = args_get(args, "--text-lang");
	struct import_run run = {.in.args = args};
	struct client client;
	int code;

	if (!format)
		return say_usage(args, _("it is ogp or ndjson"),
		    _("there is no format '%s' to import"), args->positional[0]);
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
	       "was written. ndjson: one record a line, which names its kind.\n\nRun again, it "
	       "publishes only what is new, and what "
	       "has changed in the file as a new version. Rows that are not fit are refused and "
	       "reported, as is every date that was "
	       "not mapped; warnings about personal data are reported, not asked about, because a "
	       "file of this size is reviewed "
	       "before or never."),
    .positionals =
	(const struct positional[]){
	    {"FORMAT", N_("ogp or ndjson"), false},
	    {"FILE", N_("the file; - reads standard input"), false},
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
	    {NULL, NULL},
	},
    .flags = COMMAND_CARD,
    .run = run,
};
