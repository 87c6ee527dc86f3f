/* commune watch: records as they arrive, for people and for programs that follow. */
#include "cli/cmd.h"

#include "cli/args.h"
#include "cli/client.h"
#include "cli/lang.h"
#include "cli/out.h"

#define WAIT_MS 25000
#define ROWS_MAX 1000

struct watch {
	struct client client;
	struct out out;
	int64_t from;
	long long left; /* 0: without end */
};

/* One answer: the rows that are there, or those that came while the daemon waited. */
static int turn(struct watch *w, bool *is_done)
{
	struct row params = {0};
	struct bytes result;
	struct client_rows rows;
	struct bytes row;
	struct reader r;
	int code;

	row_int(&params, "from", w->from);
	row_int(&params, "limit", w->left && w->left < ROWS_MAX ? w->left : ROWS_MAX);
	row_int(&params, "wait_ms", WAIT_MS);
	code = client_call(&w->client, "watch", row_view(&params), &result);
	row_release(&params);
	if (code)
		return code;
	client_rows_init(&rows, result);
	while (!*is_done && client_rows_next(&rows, &row)) {
		out_row(&w->out, row);
		*is_done = w->left && --w->left == 0;
	}
	if (w->out.row_count)
		out_flush(&w->out);
	reader_init(&r, mp_get(result, "next"));
	if (mp_peek(&r) != MP_INT)
		return client_say_broken(&w->client, ERR_FORMAT);
	w->from = mp_int(&r);
	return EXIT_DONE;
}

/* What arrives from now on begins behind the highest arrival. */
static int begin_now(struct watch *w)
{
	struct row params = {0};
	struct bytes result;
	struct reader r;
	int code = client_call(&w->client, "status", row_view(&params), &result);

	row_release(&params);
	if (code)
		return code;
	reader_init(&r, mp_get(result, "arrivals"));
	if (mp_peek(&r) != MP_INT)
		return client_say_broken(&w->client, ERR_FORMAT);
	w->from = mp_int(&r) + 1;
	return EXIT_DONE;
}

static int run(const struct args *args)
{
	struct watch w = {0};
	bool is_done = false;
	long long from;
	int code;

	if (!args_number(args, "--from", 1, INT64_MAX, 0, &from) ||
	    !args_number(args, "--limit", 1, 1000000000, 0, &w.left))
		return EXIT_USAGE;
	code = client_open(&w.client, args);
	if (code)
		return code;
	w.from = from;
	if (!from)
		code = begin_now(&w);
	out_init(&w.out, args);
	while (!code && !is_done)
		code = turn(&w, &is_done);
	if (code)
		out_release(&w.out);
	else
		out_end(&w.out);
	client_close(&w.client);
	return code;
}

const struct command cmd_watch = {
    .verb = "watch",
    .summary = N_("follow records as they arrive"),
    .help = N_("Prints every record that arrives at this node, from an arrival on, and waits for "
	       "more. Without --from it begins with what arrives from now on."),
    .options =
	(const struct option_desc[]){
	    {"--from", N_("ARRIVAL"),
		N_("begin there; arrivals are numbered from 1, `commune status` gives the highest"),
		false},
	    {"--limit", N_("K"), N_("end after K records"), false},
	    {NULL, NULL, NULL, false},
	},
    .columns =
	(const struct column[]){
	    {"arrival", N_("arrival"), SHAPE_NUMBER, COLUMN_TABLE},
	    {"ref", N_("record"), SHAPE_TEXT, COLUMN_TABLE | COLUMN_KEEP},
	    {"id", N_("id"), SHAPE_HEX, 0},
	    {"kind", N_("kind"), SHAPE_WORD, COLUMN_TABLE},
	    {"member", N_("member"), SHAPE_TEXT, COLUMN_TABLE},
	    {"time", N_("time"), SHAPE_TIME, COLUMN_TABLE},
	    {NULL, NULL, SHAPE_TEXT, 0},
	},
    .examples =
	(const struct example[]){
	    {"commune watch --from 1 --json", N_("everything, then what comes")},
	    {NULL, NULL},
	},
    .run = run,
};
