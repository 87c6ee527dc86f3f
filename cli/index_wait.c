/* Waiting for the indexer, in turns. Decides nothing about what an answer that does not hold all is worth. */
#include "cli/index_wait.h"

#include "cli/lang.h"
#include "cli/progress.h"

/* A bar moves, and a daemon is not asked more than that. */
#define TURN_MS 200

static unsigned long long number_in(struct bytes map, const char *name)
{
	struct reader r;

	reader_init(&r, mp_get(map, name));
	return mp_peek(&r) == MP_INT ? mp_uint(&r) : 0;
}

/* One question; how many records are stored goes to stored unless that is NULL. */
static int ask(struct client *c, unsigned long long arrival, long long ms,
    unsigned long long *stored, unsigned long long *indexed)
{
	struct row params = {0};
	struct bytes result;
	int code;

	row_int(&params, "arrival", (int64_t)arrival);
	row_int(&params, "timeout_ms", ms);
	code = client_call(c, "wait", row_view(&params), &result);
	row_release(&params);
	if (code)
		return code;
	if (stored)
		*stored = number_in(result, "arrivals");
	*indexed = number_in(result, "indexed");
	return EXIT_DONE;
}

int index_wait(struct client *c, long long timeout_ms, unsigned long long *behind)
{
	struct progress progress;
	unsigned long long target = 0, indexed = 0;
	int code = ask(c, 0, 0, &target, &indexed);

	progress_init(&progress, _("indexing"), target);
	for (long long left = timeout_ms; !code && indexed < target && left > 0; left -= TURN_MS) {
		progress_set(&progress, indexed);
		code = ask(c, target, TURN_MS, NULL, &indexed);
	}
	progress_end(&progress);
	*behind = indexed < target ? target - indexed : 0;
	return code;
}
