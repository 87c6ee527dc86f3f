/* commune verify: has the daemon check what it stores. */
#include "cli/cmd.h"

#include "cli/args.h"
#include "cli/client.h"
#include "cli/lang.h"
#include "cli/out.h"
#include "cli/progress.h"
#include "cli/say.h"

#define TURN_MS 500
/* Hashing everything may take long; a daemon that reads answers in the end. */
#define DEEP_MS_MAX (24ll * 3600 * 1000)
#define HEADS_MS_MAX 60000

static int wait_for(struct client *c, uint32_t id, struct rpc_response *answer, bool is_deep)
{
	struct progress progress;
	long long waited = 0;
	enum err err;

	progress_init(&progress, _("verifying"), 0);
	do {
		err = client_take(c, answer, TURN_MS);
		progress_set(&progress, 0);
		if (err == ERR_TIMEOUT)
			waited += TURN_MS;
	} while (err == ERR_TIMEOUT ? waited < (is_deep ? DEEP_MS_MAX : HEADS_MS_MAX)
				    : !err && answer->id != id);
	progress_end(&progress);
	if (err)
		return client_say_broken(c, err);
	return answer->is_error ? client_say(c, &answer->error) : EXIT_DONE;
}

/* 3 when a row is not ok. */
static int show(const struct args *args, struct bytes result)
{
	struct client_rows rows;
	struct bytes row;
	struct out out;
	int code = EXIT_DONE;

	out_init(&out, args);
	client_rows_init(&rows, result);
	while (client_rows_next(&rows, &row)) {
		struct reader r;

		out_row(&out, row);
		reader_init(&r, mp_get(row, "ok"));
		if (mp_peek(&r) != MP_BOOL || !mp_bool(&r))
			code = EXIT_FOUND;
	}
	out_end(&out);
	return code;
}

static int run(const struct args *args)
{
	bool is_deep = args_has(args, "--deep");
	struct rpc_response answer;
	struct row params = {0};
	struct client c;
	uint32_t id;
	int code = client_open(&c, args);
	enum err err;

	row_bool(&params, "deep", is_deep);
	row_cstr(&params, "log", args_get(args, "--log"));
	if (!code) {
		err = client_ask(&c, "verify", row_view(&params), &id);
		code = err ? client_say_broken(&c, err) : wait_for(&c, id, &answer, is_deep);
	}
	if (!code)
		code = show(args, answer.result);
	client_close(&c);
	row_release(&params);
	return code;
}

const struct command cmd_verify = {
    .verb = "verify",
    .summary = N_("check what this node stores"),
    .help =
	N_("Checks the head of every log that this node holds: its signature and its root. "
	   "With --deep every record "
	   "is read and hashed again, and every entry of the roster judged again. Exit code 3 when "
	   "something does not fit: what is found is "
	   "fetched again from peers, as commune status tells, so that a second check is clean."),
    .options =
	(const struct option_desc[]){
	    {"--deep", NULL, N_("read every record and hash it again"), false},
	    {"--log", N_("LOG"), N_("only this log, in hex"), false},
	    {NULL, NULL, NULL, false},
	},
    .columns =
	(const struct column[]){
	    {"log", N_("log"), SHAPE_HEX, COLUMN_TABLE},
	    {"size", N_("size"), SHAPE_NUMBER, COLUMN_TABLE},
	    {"ok", N_("ok"), SHAPE_WORD, COLUMN_TABLE},
	    {"reason", N_("reason"), SHAPE_SAID, COLUMN_TABLE},
	    {NULL, NULL, SHAPE_TEXT, 0},
	},
    .examples =
	(const struct example[]){
	    {"commune verify --deep || mail -s 'open communes' it@commune.example",
		N_("a nightly check from cron")},
	    {NULL, NULL},
	},
    .run = run,
};
