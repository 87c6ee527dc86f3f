/* commune missing: what another node holds that this one lacks, log by log. Connected nodes even out by themselves within
 * seconds; this is for those that are not: what the other one printed is held against what is here. */
#include "cli/cmd.h"

#include "cli/client.h"
#include "cli/file.h"
#include "cli/json_lines.h"
#include "cli/lang.h"
#include "cli/out.h"
#include "cli/page.h"
#include "cli/row_sort.h"
#include "cli/say.h"

#include <string.h>

#define FILE_SIZE_MAX (64u * 1024 * 1024)

struct missing {
	struct writer here; /* the answer of log.list */
	struct row_sort sort;
	struct row row;
};

static struct bytes str_of(struct bytes map, const char *field)
{
	struct reader r;

	reader_init(&r, mp_get(map, field));
	return mp_peek(&r) == MP_STR ? mp_str(&r) : (struct bytes){NULL, 0};
}

static int64_t number_of(struct bytes map, const char *field)
{
	struct reader r;

	reader_init(&r, mp_get(map, field));
	return mp_peek(&r) == MP_INT ? mp_int(&r) : 0;
}

/* How many records of a log are here. The other's keys are hex, ours are bytes. */
static int64_t stored_here(const struct missing *m, struct bytes log)
{
	struct client_rows rows;
	char hex[2 * KEY_SIZE + 1];
	struct bytes row;

	client_rows_init(&rows, writer_view(&m->here));
	while (client_rows_next(&rows, &row)) {
		struct reader r;

		reader_init(&r, mp_get(row, "log"));
		hex_encode(hex, mp_peek(&r) == MP_BIN ? mp_bin(&r) : (struct bytes){NULL, 0});
		if (bytes_equal(log, bytes_str(hex)))
			return number_of(row, "stored");
	}
	return 0;
}

static bool take_log(struct missing *m, struct bytes there)
{
	struct bytes log = str_of(there, "log");
	int64_t stored = number_of(there, "stored"), here;

	if (log.size != (size_t)2 * KEY_SIZE || stored < 0)
		return false;
	here = stored_here(m, log);
	if (stored <= here)
		return true;
	row_clear(&m->row);
	row_str(&m->row, "name", str_of(there, "name"));
	row_str(&m->row, "member", str_of(there, "member"));
	row_str(&m->row, "log", log);
	row_int(&m->row, "here", here);
	row_int(&m->row, "there", stored);
	row_int(&m->row, "lacking", stored - here);
	row_sort_add(&m->sort, row_view(&m->row));
	return true;
}

static int take_file(struct missing *m, const struct args *args)
{
	struct writer text = {0}, map = {0};
	unsigned long number = 0;
	struct why why = {0};
	struct bytes rest;
	int code = file_read(&text, args->positional[0], FILE_SIZE_MAX, &why)
		       ? say_why(args, &why, NULL)
		       : EXIT_DONE;

	for (rest = writer_view(&text); !code && rest.size;) {
		const uint8_t *end = memchr(rest.data, '\n', rest.size);
		struct bytes line =
		    bytes_of(rest.data, end ? (size_t)(end - rest.data) : rest.size);

		rest.size -= line.size + (end ? 1 : 0);
		rest.data += line.size + (end ? 1 : 0);
		number++;
		writer_clear(&map);
		if (line.size &&
		    (json_lines_object(&map, line, NULL) || !take_log(m, writer_view(&map))))
			code =
			    say_usage(args, _("it is what `commune log list --all --json` prints"),
				_("line %lu is no log"), number);
	}
	writer_release(&text);
	writer_release(&map);
	return code;
}

static bool put_row(void *context, struct bytes row)
{
	out_row(context, row);
	return true;
}

static int show(struct missing *m, struct client *c, const struct args *args)
{
	struct out out;
	int code;

	out_init(&out, args);
	code = page_name_source(c, &out);
	if (!code && row_sort_each(&m->sort, put_row, &out))
		code = say_error(args, ERR_MEMORY, NULL, "%s", _(err_text(ERR_MEMORY)));
	if (code)
		out_release(&out);
	else
		out_end(&out);
	return code;
}

static int run(const struct args *args)
{
	struct missing m = {.sort.fields = "name"};
	struct row params = {0};
	struct bytes result;
	struct client c;
	int code = client_open_settled(&c, args);

	row_bool(&params, "all", true);
	if (!code)
		code = client_call(&c, "log.list", row_view(&params), &result);
	if (!code)
		writer_bytes(&m.here, result);
	if (!code)
		code = take_file(&m, args);
	if (!code)
		code = show(&m, &c, args);
	client_close(&c);
	row_release(&params);
	row_release(&m.row);
	row_sort_release(&m.sort);
	writer_release(&m.here);
	return code;
}

const struct command cmd_missing = {
    .verb = "missing",
    .summary = N_("show what this node lacks that another has"),
    .help = N_("Holds what another node printed with `commune log list --all --json` against what "
	       "is stored here: one line for each log that is longer there. Nodes that are "
	       "connected even out by themselves, and `commune peers` says how far they are; this "
	       "tells what is lost while they are not."),
    .positionals =
	(const struct positional[]){
	    {"FILE", N_("what the other node printed; - reads standard input"), false},
	    {NULL, NULL, false},
	},
    .columns =
	(const struct column[]){
	    {"name", N_("log"), SHAPE_TEXT, COLUMN_TABLE | COLUMN_KEEP},
	    {"member", N_("member"), SHAPE_TEXT, 0},
	    {"log", N_("key of the log"), SHAPE_TEXT, 0},
	    {"here", N_("records here"), SHAPE_NUMBER, COLUMN_TABLE},
	    {"there", N_("records there"), SHAPE_NUMBER, COLUMN_TABLE},
	    {"lacking", N_("lacking"), SHAPE_NUMBER, COLUMN_TABLE},
	    {NULL, NULL, SHAPE_TEXT, 0},
	},
    .examples =
	(const struct example[]){
	    {"ssh other commune log list --all --json | commune missing -",
		N_("what the other node has and this one lacks")},
	    {NULL, NULL},
	},
    .run = run,
};
