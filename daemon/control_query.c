/* Queries: executed by the store on a thread of their own, in the order in which they came. */
#include <stdlib.h>
#include <string.h>

#include "daemon/disk.h"
#include "daemon/indexer.h"
#include "daemon/job.h"
#include "daemon/loop.h"
#include "daemon/methods.h"
#include "daemon/row.h"
#include "daemon/source.h"

#define WAIT_MS_MAX (10 * 60 * 1000)
/* Views that are no further behind are waited for, as long as indexing so many may take. */
#define FOLLOW_COUNT 1024
#define FOLLOW_MS 250

struct query {
	struct job job;
	struct call *call;
	struct query_source source;
	char today[TODAY_SIZE + 1];
	int64_t wait_ms; /* watch: what is left to wait for a first row */
	uint64_t from;
	uint64_t stored; /* show: arrivals that were durable before it looked */
	bool is_repeated;
	struct writer result;
	struct why why;
	enum err err;
};

static void query_free(struct query *query)
{
	writer_release(&query->result);
	free(query);
}

static void query_run_job(struct job *job, void *context)
{
	struct query *query = (struct query *)job;

	(void)context;
	query->err = query_run(
	    &query->source, query->call->method, query->call->params, &query->result, &query->why);
}

static void query_answer(struct query *query)
{
	if (query->err)
		call_fail_why(query->call, query->err, &query->why, NULL);
	else
		call_reply(query->call, writer_view(&query->result));
	query_free(query);
}

static void query_done(struct job *job)
{
	query_answer((struct query *)job);
}

static struct query *query_new(struct call *call, void (*done)(struct job *))
{
	struct query *query = calloc(1, sizeof(*query));

	if (!query) {
		call_fail(call, ERR_MEMORY, NULL, NULL);
		return NULL;
	}
	query->job = (struct job){query_run_job, done, NULL};
	query->call = call;
	query->err = ERR_CLOSED;
	source_init(&query->source, query->today, call->loop);
	return query;
}

void method_query(struct call *call)
{
	struct query *query = query_new(call, query_done);

	if (query)
		job_push(call->loop->queries, &query->job);
}

static void query_again(struct call *call, bool is_timeout)
{
	(void)is_timeout;
	method_query(call);
}

void method_view_query(struct call *call)
{
	uint64_t stored = disk_arrivals(call->loop->disk);
	uint64_t indexed = indexer_indexed(call->loop->indexer);

	if (stored > indexed && stored - indexed <= FOLLOW_COUNT)
		control_park(call, PARK_INDEXED, stored, FOLLOW_MS, query_again);
	else
		method_query(call);
}

/* --- show ------------------------------------------------------------------------------------- */

static void show_done(struct job *job);

static void show_look(struct call *call)
{
	struct query *query = query_new(call, show_done);

	if (!query)
		return;
	query->stored = disk_arrivals(call->loop->disk);
	job_push(call->loop->queries, &query->job);
}

static void show_again(struct call *call, bool is_timeout)
{
	(void)is_timeout;
	show_look(call);
}

/* A record that is not there yet is looked for again whenever some have come. */
static void show_done(struct job *job)
{
	struct query *query = (struct query *)job;
	struct call *call = query->call;
	uint64_t now = uv_now(&call->loop->uv), next = query->stored + 1;

	if (query->err != ERR_UNKNOWN || now >= call->deadline) {
		query_answer(query);
		return;
	}
	query_free(query);
	if (disk_arrivals(call->loop->disk) >= next)
		show_look(call);
	else
		control_park(call, PARK_STORED, next, (int64_t)(call->deadline - now), show_again);
}

void method_show(struct call *call)
{
	enum err err = ERR_NONE;
	int64_t wait_ms = call_int(call, "wait_ms", 0, &err);

	if (err || wait_ms < 0 || wait_ms > WAIT_MS_MAX) {
		call_fail(call, ERR_USAGE, "show waits wait_ms, at most 10 minutes", NULL);
		return;
	}
	call->deadline = uv_now(&call->loop->uv) + (uint64_t)wait_ms;
	show_look(call);
}

/* --- watch ------------------------------------------------------------------------------------ */

static bool has_rows(struct bytes result)
{
	struct reader r;

	reader_init(&r, mp_get(result, "rows"));
	return mp_array(&r) > 0;
}

static void watch_done(struct job *job)
{
	struct query *query = (struct query *)job;
	struct call *call = query->call;

	if (query->err || query->wait_ms <= 0 || has_rows(writer_view(&query->result))) {
		query_answer(query);
		return;
	}
	if (query->from <= indexer_indexed(call->loop->indexer) && !query->is_repeated) {
		/* It was indexed after the store had looked; nobody would wake us for it. */
		query->is_repeated = true;
		writer_clear(&query->result);
		job_push(call->loop->queries, &query->job);
		return;
	}
	/* Something comes, or it is time to answer with nothing: either way the store says what there is. */
	control_park(call, PARK_INDEXED, query->from, query->wait_ms, query_again);
	query_free(query);
}

void method_watch(struct call *call)
{
	enum err err = ERR_NONE;
	int64_t from = call_int(call, "from", 1, &err);
	int64_t wait_ms = call_int(call, "wait_ms", 0, &err);
	struct query *query;

	if (err || from < 0 || wait_ms < 0 || wait_ms > WAIT_MS_MAX) {
		call_fail(call, ERR_USAGE,
		    "watch takes from, limit and wait_ms (at most 10 minutes)", NULL);
		return;
	}
	query = query_new(call, watch_done);
	if (!query)
		return;
	query->wait_ms = wait_ms;
	query->from = (uint64_t)from;
	job_push(call->loop->queries, &query->job);
}

/* --- wait ------------------------------------------------------------------------------------- */

static void wait_over(struct call *call, bool is_timeout)
{
	struct writer w = {0};

	(void)is_timeout;
	mp_put_map(&w, 2);
	row_uint(&w, "arrivals", disk_arrivals(call->loop->disk));
	row_uint(&w, "indexed", indexer_indexed(call->loop->indexer));
	call_reply(call, writer_view(&w));
	writer_release(&w);
}

void method_wait(struct call *call)
{
	enum err err = ERR_NONE;
	int64_t arrival = call_int(call, "arrival", (int64_t)disk_arrivals(call->loop->disk), &err);
	int64_t timeout_ms = call_int(call, "timeout_ms", 0, &err);

	if (err || arrival < 0 || timeout_ms < 0 || timeout_ms > WAIT_MS_MAX)
		call_fail(call, ERR_USAGE, "wait takes arrival and timeout_ms (at most 10 minutes)",
		    NULL);
	else if ((uint64_t)arrival <= indexer_indexed(call->loop->indexer) || timeout_ms == 0)
		wait_over(call, false);
	else
		control_park(call, PARK_INDEXED, (uint64_t)arrival, timeout_ms, wait_over);
}
