/* commune publish: records of one kind, from a file, from --set, or many from NDJSON. First everything is checked, then
 * everything is published: what is not fit is named, and nothing is written. */
#include "cli/cmd.h"

#include "cli/args.h"
#include "cli/editor.h"
#include "cli/file.h"
#include "cli/form.h"
#include "cli/front_matter.h"
#include "cli/json_lines.h"
#include "cli/lang.h"
#include "cli/out.h"
#include "cli/progress.h"
#include "cli/publish_queue.h"
#include "cli/record_input.h"
#include "cli/say.h"
#include "cli/set_fields.h"
#include "proto/json.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define FILE_SIZE_MAX (1024u * 1024)

#define WAIT_S_DEFAULT 30

/* For people a long answer is one line. */
#define ROWS_SHOWN_MAX 20

struct published {
	struct out out;
	bool is_brief;
	size_t count;
	size_t held_less;
	long long wait;
	struct progress progress;
};

static void take_row(void *context, struct bytes row)
{
	struct published *p = context;

	p->count++;
	progress_set(&p->progress, p->count);
	if (!p->is_brief)
		out_row(&p->out, row);
}

static int send(struct record_input *in, struct published *p)
{
	struct publish_queue q = {.client = in->client, .row = take_row, .context = p};
	struct record_cursor cursor;
	const struct kind *kind;
	struct bytes payload;
	int code = EXIT_DONE;

	q.is_dry = args_has(in->args, "--dry-run");
	if (!args_number(in->args, "--wait", 0, 10000, 0, &q.wait) ||
	    !args_number(in->args, "--timeout", 1, 600, WAIT_S_DEFAULT, &q.timeout_ms))
		return EXIT_USAGE;
	q.timeout_ms *= 1000;
	record_cursor_init(&cursor, in);
	while (!code && record_cursor_next(&cursor, &kind, &payload))
		code = publish_queue_put(&q, kind, payload);
	code = publish_queue_end(&q);
	p->held_less = q.held_less;
	p->wait = q.wait;
	publish_queue_release(&q);
	return code;
}

/* After the rows: what they say is durable, whatever others have of it. */
static int say_held_less(const struct args *args, const struct published *p)
{
	return say_error(args, ERR_TIMEOUT,
	    _("do not publish it again: it travels when they connect, see `commune peers`"),
	    ngettext("published here, but no other member has it so far",
		"published here, but fewer than %lld other members have it so far",
		(unsigned long)p->wait),
	    p->wait);
}

static int publish(struct record_input *in)
{
	struct published p = {0};
	int code;

	p.is_brief = in->args->output == OUTPUT_TABLE && in->count > ROWS_SHOWN_MAX;
	progress_init(&p.progress, _("publishing"), in->count);
	out_init(&p.out, in->args);
	code = send(in, &p);
	progress_end(&p.progress);
	if (p.is_brief) {
		printf(args_has(in->args, "--dry-run")
			   ? ngettext("%zu record is fit to be published\n",
				 "%zu records are fit to be published\n", p.count)
			   : ngettext("%zu record published\n", "%zu records published\n", p.count),
		    p.count);
		out_release(&p.out);
	} else if (p.count) {
		out_end(&p.out);
	} else {
		out_release(&p.out);
	}
	return code || p.held_less == 0 ? code : say_held_less(in->args, &p);
}

/* Links need the daemon before the check can say whether they lead anywhere. */
static int fetch_links(struct record_input *in)
{
	return links_are_pending(&in->links) ? links_fetch(&in->links, in->client) : EXIT_DONE;
}

/* One record: what a file or an editor holds, and what --set says besides. */
struct source {
	struct writer text; /* of the file */
	struct writer base; /* of a JSON object */
	struct writer kept; /* of front matter */
};

static void source_release(struct source *s)
{
	writer_release(&s->text);
	writer_release(&s->base);
	writer_release(&s->kept);
}

static enum err take_text(struct source *s, struct set_fields *set, struct why *why)
{
	struct bytes text = writer_view(&s->text);

	writer_clear(&s->base);
	writer_clear(&s->kept);
	return front_matter_is_there(text) ? front_matter_read(set, text, &s->kept, why)
					   : json_lines_object(&s->base, text, why);
}

static int put_source(struct record_input *in, const struct kind *kind, struct source *s)
{
	struct set_fields set;
	struct why why = {0};
	enum err err = ERR_NONE;
	int code;

	set_fields_init(&set, kind);
	if (s->text.size)
		err = take_text(s, &set, &why);
	for (int i = 0; !err && args_nth(in->args, "--set", i); i++)
		err = set_fields_add(&set, args_nth(in->args, "--set", i), &why);
	writer_clear(&in->map);
	if (!err)
		err = set_fields_encode(&set, writer_view(&s->base), &in->map);
	set_fields_release(&set);
	if (err)
		return say_why(in->args, &why, NULL);
	record_input_note(in, kind, writer_view(&in->map));
	code = fetch_links(in);
	if (!code)
		record_input_put(in, kind, writer_view(&in->map), 0);
	return code;
}

static int read_one(struct record_input *in, const struct kind *kind)
{
	const char *path = args_get(in->args, "--file");
	struct source source = {0};
	struct why why = {0};
	int code = EXIT_DONE;

	if (path && file_read(&source.text, path, FILE_SIZE_MAX, &why))
		code = say_error(in->args, ERR_USAGE, NULL, "%s", why.text);
	else if (path && !source.text.size)
		code = say_error(in->args, ERR_FIELD, NULL, _("%s is empty"),
		    strcmp(path, "-") ? path : _("standard input"));
	if (!code)
		code = put_source(in, kind, &source);
	source_release(&source);
	return code;
}

static bool asks_again(void)
{
	char answer[8] = "";

	fprintf(stderr, "%s", _("Open the form again? [Y/n] "));
	fflush(stderr);
	return fgets(answer, sizeof(answer), stdin) && answer[0] != 'n' && answer[0] != 'N';
}

/* The form again and again, until it is fit or its writer gives up; then the file stays. */
static int edit(
    struct record_input *in, const struct kind *kind, struct editor *e, struct bytes blank)
{
	struct source source = {0};
	struct why why = {0};
	int code;

	for (;;) {
		writer_clear(&source.text);
		in->bad_count = 0;
		if (editor_open(e, &source.text, &why)) {
			code = say_why(in->args, &why, NULL);
			break;
		}
		if (bytes_equal(writer_view(&source.text), blank)) {
			code = say_error(in->args, ERR_REFUSED, NULL,
			    _("nothing was published: the form was left as it was"));
			break;
		}
		code = put_source(in, kind, &source);
		if (!code && !in->bad_count)
			break;
		if (!asks_again()) {
			fprintf(stderr, _("What you wrote is kept in %s\n"), e->path);
			source_release(&source);
			return code ? code : EXIT_REFUSED;
		}
	}
	editor_end(e);
	source_release(&source);
	return code;
}

static int read_form(struct record_input *in, const struct kind *kind)
{
	struct writer form = {0};
	struct why why = {0};
	struct editor e;
	int code;

	form_write(&form, kind);
	if (form.err || editor_begin(&e, writer_view(&form), &why))
		code = form.err ? say_error(in->args, form.err, NULL, "%s", _(err_text(form.err)))
				: say_why(in->args, &why, NULL);
	else
		code = edit(in, kind, &e, writer_view(&form));
	writer_release(&form);
	return code;
}

static int print_form(const struct args *args, const struct kind *kind)
{
	struct writer form = {0};
	enum err err;

	form_write(&form, kind);
	if (!(err = form.err) && fwrite(form.data, 1, form.size, stdout) < form.size)
		err = ERR_IO;
	writer_release(&form);
	return err ? say_error(args, err, NULL, "%s", _(err_text(err))) : EXIT_DONE;
}

static bool has_input(const struct args *args)
{
	return args_has(args, "--ndjson") || args_has(args, "--file") || args_has(args, "--set");
}

static int run_with(struct record_input *in, const struct kind *kind)
{
	const char *lines = args_get(in->args, "--ndjson");
	int code = lines		 ? json_lines_read(in, kind, lines)
		   : has_input(in->args) ? read_one(in, kind)
					 : read_form(in, kind);

	if (!code)
		code = record_input_judge(in);
	if (!code && in->count)
		code = publish(in);
	return code;
}

static int run(const struct args *args)
{
	struct record_input in = {.args = args};
	struct client client;
	const struct kind *kind = record_kind(args, bytes_str(args->positional[0]));
	int code;

	if (!kind)
		return EXIT_USAGE;
	if (args_has(args, "--ndjson") && (args_has(args, "--file") || args_has(args, "--set")))
		return say_usage(args, NULL, _("--ndjson stands alone, without --file and --set"));
	if (args_has(args, "--form"))
		return print_form(args, kind);
	if (!has_input(args) && !(isatty(STDIN_FILENO) && isatty(STDERR_FILENO)))
		return say_usage(args,
		    _("say --set FIELD=VALUE, --file F or --ndjson F; `commune schema` lists the "
		      "fields"),
		    _("there is nothing to publish"));
	code = client_open(&client, args);
	in.client = &client;
	if (!code)
		code = run_with(&in, kind);
	client_close(&client);
	record_input_release(&in);
	return code;
}

const struct command cmd_publish = {
    .verb = "publish",
    .summary = N_("publish records"),
    .help =
	N_("Signs records into this member's log. A record is a map of the fields of its kind "
	   "(`commune schema KIND`): as JSON "
	   "in a file, or put together with --set. With --ndjson many at once, one JSON object "
	   "a line: all are checked first, "
	   "every bad line is named, and nothing is written unless all are fit.\n\nA link "
	   "names a record by REF. A record "
	   "cannot be taken back once it is signed, so what looks like an e-mail address, a "
	   "phone or an identity-card number is "
	   "asked about first. The answer comes when the record is on disk; state is draft "
	   "while the node may not sign yet.\n\nOn a terminal, without any input, the form of "
	   "the kind opens in your editor ($VISUAL or $EDITOR). --form prints it: filled in "
	   "elsewhere, --file takes it back. It is Markdown whose front matter has the paths of "
	   "--set, one `FIELD: VALUE` a line; a heading `## FIELD` begins a long text."),
    .positionals =
	(const struct positional[]){
	    {"KIND", N_("practice, commitment, progress, …; `commune schema` lists them"), false},
	    {NULL, NULL, false},
	},
    .options =
	(const struct option_desc[]){
	    {"--set", N_("FIELD=VALUE"),
		N_("one field: title.fr='…', cost.amount=5000; a list is repeated: themes=gender "
		   "themes=integrity"),
		true},
	    {"--file", N_("F"),
		N_("a JSON object of fields, or Markdown with front matter; - reads standard "
		   "input"),
		false},
	    {"--form", NULL, N_("print the form of the kind, publish nothing"), false},
	    {"--ndjson", N_("F"), N_("one JSON object a line; - reads standard input"), false},
	    {"--wait", N_("K"), N_("answer when K other members have it too"), false},
	    {"--timeout", N_("S"), N_("seconds that --wait lasts, 30 unless said otherwise"),
		false},
	    {"--dry-run", NULL, N_("check everything, publish nothing"), false},
	    {"--yes", NULL, N_("publish in spite of warnings"), false},
	    {NULL, NULL, NULL, false},
	},
    .columns =
	(const struct column[]){
	    {"ref", N_("record"), SHAPE_TEXT, COLUMN_TABLE | COLUMN_KEEP},
	    {"id", N_("id"), SHAPE_HEX, COLUMN_TABLE},
	    {"kind", N_("kind"), SHAPE_WORD, COLUMN_TABLE},
	    {"time", N_("time"), SHAPE_TIME, COLUMN_TABLE},
	    {"size", N_("size"), SHAPE_NUMBER, COLUMN_TABLE},
	    {"state", N_("state"), SHAPE_WORD, COLUMN_TABLE},
	    {"held", N_("held by"), SHAPE_NUMBER, 0},
	    {NULL, NULL, SHAPE_TEXT, 0},
	},
    .examples =
	(const struct example[]){
	    {"commune publish practice --set title.fr='Guichet unique' --set themes=digitalisation",
		N_("a practice in two fields")},
	    {"commune publish practice --form > practice.md",
		N_("a form to be filled in and published with --file practice.md")},
	    {"commune publish progress --set about=larache/12 --set status=limited --wait 1",
		N_("progress on a commitment, known to one other node")},
	    {"commune publish commitment --ndjson commitments.ndjson --json > published.ndjson",
		N_("many at once")},
	    {NULL, NULL},
	},
    .run = run,
};
