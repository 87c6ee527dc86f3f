/* commune report: what a council, a coordinator or a citizen is handed: one file with the whole audit. It judges nothing
 * itself; report*.c gathers and orders, doc_*.c writes. */
#include "cli/cmd.h"

#include "cli/args.h"
#include "cli/file.h"
#include "cli/lang.h"
#include "cli/network_words.h"
#include "cli/report.h"
#include "cli/say.h"

#include <stdio.h>
#include <string.h>

static const struct {
	const char *name;
	const struct doc_format *format;
} formats[] = {{"html", &doc_html}, {"md", &doc_md}, {"csv", &doc_csv}};

static const struct doc_format *format_of(const struct args *args)
{
	const char *name = args_get(args, "--format");

	if (!name)
		return &doc_html;
	for (size_t i = 0; i < sizeof(formats) / sizeof(*formats); i++)
		if (!strcmp(name, formats[i].name))
			return formats[i].format;
	say_usage(args, _("it is html, md or csv"), _("--format does not know '%s'"), name);
	return NULL;
}

/* Given back in the shape of the command line: the daemon reads and judges them. */
static bool take_options(const struct args *args, struct report_options *options)
{
	options->region = args_get(args, "--region");
	options->member = args_get(args, "--member");
	options->threshold = args_get(args, "--threshold");
	return args_date(args, "--today", &options->today) &&
	       args_date(args, "--as-of", &options->as_of);
}

/* Stdout, or a file that is there whole or not at all. */
static int deliver(const struct args *args, const char *path, const struct writer *text)
{
	struct why why = {0};
	enum err err;

	if (!path) {
		fwrite(text->data, 1, text->size, stdout);
		if (fflush(stdout) || ferror(stdout))
			return say_error(args, ERR_IO, NULL, _("cannot write to stdout"));
		return EXIT_DONE;
	}
	err = args_has(args, "--force") ? file_replace(path, writer_view(text), 0644, &why)
					: file_create(path, writer_view(text), 0644, &why);
	if (!err)
		return EXIT_DONE;
	return say_why(args, &why,
	    err == ERR_EXISTS ? _("give another name, or --force to replace it") : NULL);
}

static int run(const struct args *args)
{
	const struct doc_format *format = format_of(args);
	const char *path = args_get(args, "--output");
	struct report_options options = {0};
	struct report report = {0};
	struct writer text = {0};
	int code;

	if (!format || !take_options(args, &options))
		return EXIT_USAGE;
	if (path && !strcmp(path, "-"))
		path = NULL;
	network_words_use(args);
	code = report_gather(&report, args, &options);
	report.has_bom = args_has(args, "--bom");
	if (!code) {
		report_write(&report, format, &text);
		code = text.err ? say_error(args, text.err, NULL, "%s", _(err_text(text.err)))
				: deliver(args, path, &text);
	}
	report_release(&report);
	writer_release(&text);
	return code;
}

const struct command cmd_report = {
    .verb = "report",
    .summary = N_("write the whole audit as one file to print or hand on"),
    .help = N_(
	"Writes one file: the members and how far each is with each commitment of the charter, "
	"then totals against what is claimed, what is overdue by region, every finding with the "
	"records that it leads to, stages without civil society, shares below the threshold, "
	"budgets, claims, evaluations year on year, practices adopted and not, what was not "
	"published, and members that are silent. Everything comes from the same queries as "
	"`commune audit` and `commune list`.\n\n"
	"html is one page without scripts that needs nothing from elsewhere and prints on A4; md "
	"and csv hold the same. In the CSV a line that begins with `section` names the columns "
	"of the lines below it. All carry source and date. A figure about fewer than five people "
	"is not given.\n\n"
	"An existing FILE is left alone unless --force is given."),
    .options =
	(const struct option_desc[]){
	    {"--format", "html|md|csv", N_("what to write; html"), false},
	    {"--output", N_("FILE"), N_("where to; - is stdout, which it is without this"), false},
	    {"--force", NULL, N_("replace FILE when it exists"), false},
	    {"--region", N_("CODE"), N_("only members in this region"), false},
	    {"--member", N_("CODE"), N_("only this member"), false},
	    {"--threshold", N_("PERCENT"),
		N_("shares of women, youth and people with disabilities below it are found; 33"),
		false},
	    {"--today", N_("DATE"), N_("judge as if today were this day"), false},
	    {"--as-of", N_("DATE"), N_("answer from what was known by this day"), false},
	    {"--bom", NULL, N_("begin the CSV with a byte order mark, for spreadsheets"), false},
	    {NULL, NULL, NULL, false},
	},
    .examples =
	(const struct example[]){
	    {"commune report --lang ar --output report.html",
		N_("the report of the network, in Arabic")},
	    {"commune report --region 01 --format csv --bom --output region-01.csv",
		N_("the figures of one region, for a spreadsheet")},
	    {NULL, NULL},
	},
    .flags = COMMAND_TEXT,
    .run = run,
};
