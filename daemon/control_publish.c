/* Publishing: what a client wants signed is checked against the table of kinds, all of it, before anything reaches the
 * core; one bad record refuses the whole request with every fault named. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/check.h"
#include "daemon/config.h"
#include "daemon/indexer.h"
#include "daemon/job.h"
#include "daemon/loop.h"
#include "daemon/methods.h"
#include "daemon/row.h"
#include "daemon/source.h"

/* Payloads of one request; clients send several requests at once. */
#define PUBLISH_SIZE_MAX (1024 * 1024)
#define PUBLISH_COUNT_MAX 65536
/* Below this a check is cheaper than handing it to a thread. */
#define INLINE_SIZE_MAX (16 * 1024)
/* How long a client that waits for other members is kept waiting, unless it says so. */
#define WAIT_MS_DEFAULT 30000
#define WAIT_MS_MAX (10 * 60 * 1000)

/* Of one row of an answer, about. */
#define ROW_SIZE 192

struct publish {
	struct job job;
	struct call *call;
	uint64_t request; /* the core's, once it has it */
	uv_timer_t timer; /* of a wait */
	bool has_timer;
	int64_t wait_ms;
	unsigned wait;
	struct loop *counted; /* among its publishing */
	bool is_dry_run;
	struct check check;
	char today[TODAY_SIZE + 1];
	struct reader warn; /* over the rows of check.missing, while answers are written */
	uint32_t warn_left;
	enum err err;
};

static void publish_release(struct publish *p)
{
	check_release(&p->check);
	free(p);
}

static void on_timer_closed(uv_handle_t *handle)
{
	publish_release(handle->data);
}

/* Indexing would take the time of those who wait for many records to be stored. Whoever waits for other members as well
 * waits long, and is not counted. */
static void count_in(struct publish *p)
{
	if (p->wait > 0 || p->is_dry_run || p->check.count == 1)
		return;
	p->counted = p->call->loop;
	if (p->counted->publishing++ == 0)
		indexer_hold(p->counted->indexer, true);
}

static void count_out(struct publish *p)
{
	if (p->counted && --p->counted->publishing == 0)
		indexer_hold(p->counted->indexer, false);
	p->counted = NULL;
}

static void publish_free(struct publish *p)
{
	count_out(p);
	if (p->has_timer)
		uv_close((uv_handle_t *)&p->timer, on_timer_closed);
	else
		publish_release(p);
}

static void put_fault_list(struct writer *w, const struct publish *p)
{
	mp_put_array(w, p->check.fault_count);
	writer_bytes(w, writer_view(&p->check.faults));
}

static void publish_fail(struct publish *p)
{
	struct writer fields = {0};
	char text[160];

	snprintf(text, sizeof(text), "nothing is published; fields that are refused: %u",
	    p->check.fault_count);
	put_fault_list(&fields, p);
	if (p->check.fault_count && !fields.err)
		call_fail_fields(p->call, ERR_FIELD, text, writer_view(&fields));
	else
		call_fail(p->call, p->err, NULL, NULL);
	writer_release(&fields);
	publish_free(p);
}

static void put_ref(struct writer *w, const struct config *config, uint64_t index)
{
	char ref[CODE_SIZE_MAX + 40];

	config_ref(config, index, ref, sizeof(ref));
	row_str(w, "ref", ref);
}

static void put_draft_ref(struct writer *w, uint64_t number)
{
	char ref[40];

	snprintf(ref, sizeof(ref), "draft/%llu", (unsigned long long)number);
	row_str(w, "ref", ref);
}

static void warn_begin(struct publish *p)
{
	reader_init(&p->warn, writer_view(&p->check.missing));
	p->warn_left = p->check.missing_count;
}

/* The fields of one record whose links lead nowhere here. Records are asked for in order, as the store names them. */
static void put_warn(struct writer *row, struct publish *p, uint32_t number)
{
	struct writer fields = {0};
	uint32_t found = 0;

	while (p->warn_left && !p->warn.err) {
		struct reader before = p->warn;
		struct bytes map = mp_raw(&p->warn);
		struct reader field, at;
		reader_init(&field, mp_get(map, "field"));
		reader_init(&at, mp_get(map, "row"));
		if (mp_uint(&at) != number) {
			p->warn = before;
			break;
		}
		mp_put_str(&fields, mp_str(&field));
		found++;
		p->warn_left--;
	}
	mp_put_cstr(row, "warn");
	mp_put_array(row, found);
	writer_bytes(row, writer_view(&fields));
	writer_release(&fields);
}

/* r stands at one [index, leaf, size, time] of what the core answers. */
static void put_published(struct writer *rows, struct publish *p, uint32_t number, struct reader *r)
{
	mp_array(r);
	uint64_t index = mp_uint(r);
	struct bytes leaf = mp_bin(r);
	uint64_t size = mp_uint(r);
	int64_t time = mp_int(r);

	mp_put_map(rows, p->wait ? 8 : 7);
	if (p->wait)
		row_uint(rows, "held", core_holders(p->call->loop->core, size));
	mp_put_cstr(rows, "id");
	if (leaf.size)
		mp_put_bin(rows, leaf.data, leaf.size);
	else
		mp_put_nil(rows);
	row_str(rows, "kind", p->check.kind->name);
	if (leaf.size)
		put_ref(rows, p->call->loop->config, index);
	else
		put_draft_ref(rows, index);
	row_uint(rows, "size", size);
	row_str(rows, "state", leaf.size ? "signed" : "draft");
	mp_put_cstr(rows, "time");
	mp_put_int(rows, time);
	put_warn(rows, p, number);
}

static void published(void *context, enum err err, const char *text, struct bytes data)
{
	struct publish *p = context;
	struct writer rows = {0};
	struct reader r;
	uint32_t count;

	if (err) {
		call_fail(p->call, err, text,
		    err == ERR_FULL ? "make room on the disk of the home, then try again" : NULL);
		publish_free(p);
		return;
	}
	reader_init(&r, data);
	count = mp_array(&r);
	writer_reserve(&rows, count * ROW_SIZE);
	warn_begin(p);
	for (uint32_t i = 0; i < count; i++)
		put_published(&rows, p, i, &r);
	call_reply_rows(p->call, count, &rows);
	writer_release(&rows);
	publish_free(p);
}

/* Nothing is signed: each row says what can be known before. */
static void publish_dry(struct publish *p)
{
	struct writer rows = {0};

	warn_begin(p);
	for (uint32_t i = 0; i < p->check.count; i++) {
		mp_put_map(&rows, 7);
		mp_put_cstr(&rows, "id");
		mp_put_nil(&rows);
		row_str(&rows, "kind", p->check.kind->name);
		mp_put_cstr(&rows, "ref");
		mp_put_nil(&rows);
		mp_put_cstr(&rows, "size");
		mp_put_nil(&rows);
		row_str(&rows, "state", "checked");
		mp_put_cstr(&rows, "time");
		mp_put_int(&rows, p->call->loop->wall.ms);
		put_warn(&rows, p, i);
	}
	call_reply_rows(p->call, p->check.count, &rows);
	writer_release(&rows);
	publish_free(p);
}

/* Only the answer that others have it too does not come in time: the rows say how many do. */
static void on_wait_over(uv_timer_t *timer)
{
	struct publish *p = timer->data;
	struct loop *loop = p->call->loop;

	core_wait_over(loop_turn(loop), p->request);
	loop_act(loop);
}

static bool wait_begin(struct publish *p)
{
	if (p->wait == 0)
		return true;
	if (uv_timer_init(&p->call->loop->uv, &p->timer))
		return false;
	p->timer.data = p;
	p->has_timer = true;
	return uv_timer_start(&p->timer, on_wait_over, (uint64_t)p->wait_ms, 0) == 0;
}

static void publish_submit(struct publish *p)
{
	struct loop *loop = p->call->loop;
	struct core *core = loop_turn(loop);
	struct publish_item *items = calloc(p->check.count, sizeof(*items));
	uint64_t request = items && wait_begin(p) ? loop_request(loop, published, p) : 0;
	size_t at = 0;

	if (!request) {
		free(items);
		p->err = ERR_MEMORY;
		publish_fail(p);
		return;
	}
	for (uint32_t i = 0; i < p->check.count; i++) {
		items[i].kind = p->check.kind->number;
		items[i].payload = bytes_of(p->check.payloads.data + at, p->check.sizes[i]);
		at += p->check.sizes[i];
	}
	p->request = request;
	core_publish(core, request, items, p->check.count, p->wait);
	free(items);
	loop_act(loop);
}

static void publish_checked(struct publish *p)
{
	if (!p->err)
		p->err = check_members(&p->check, core_roster(loop_turn(p->call->loop)));
	if (p->err)
		publish_fail(p);
	else if (p->is_dry_run)
		publish_dry(p);
	else
		publish_submit(p);
}

static void job_run(struct job *job, void *context)
{
	struct publish *p = (struct publish *)job;

	(void)context;
	p->err = check_records(&p->check);
}

static void job_done(struct job *job)
{
	struct publish *p = (struct publish *)job;

	p->call->loop->checks_waiting--;
	publish_checked(p);
}

/* Requests stay in the order they came in: as long as one is with the thread, the next goes there too. */
static void publish_start(struct publish *p)
{
	struct loop *loop = p->call->loop;

	count_in(p);
	if (loop->checks_waiting == 0 && p->check.records.size <= INLINE_SIZE_MAX &&
	    !check_has_links(&p->check)) {
		p->err = check_records(&p->check);
		publish_checked(p);
		return;
	}
	loop->checks_waiting++;
	p->check.member = loop->config->home.member;
	source_init(&p->check.source, p->today, loop);
	p->job = (struct job){job_run, job_done, NULL};
	p->err = ERR_CLOSED;
	job_push(loop->checks, &p->job);
}

static enum err publish_read(struct publish *p, struct why *why)
{
	const struct call *call = p->call;
	struct bytes records = mp_get(call->params, "records");
	enum err err = ERR_NONE;
	struct bytes name = call_str(call, "kind", &err);
	int64_t wait = call_int(call, "wait", 0, &err);
	struct reader r;

	p->wait_ms = call_int(call, "timeout_ms", WAIT_MS_DEFAULT, &err);
	p->is_dry_run = call_bool(call, "dry_run", &err);
	p->check.kind = kind_by_name(name);
	reader_init(&r, records);
	p->check.count = mp_array(&r);
	p->check.records = reader_rest(&r);
	for (uint32_t i = 0; i < p->check.count; i++)
		mp_bin(&r);
	if (err || r.err || p->check.count == 0 || wait < 0 || wait > 10000 || p->wait_ms < 1 ||
	    p->wait_ms > WAIT_MS_MAX)
		return why_set(why, ERR_USAGE,
		    "publish takes kind, records, wait (0 to 10,000) and timeout_ms (at most 10 "
		    "minutes)");
	if (!p->check.kind)
		return why_set(why, ERR_USAGE, "there is no kind '%.*s'",
		    (int)(name.size < 40 ? name.size : 40), (const char *)name.data);
	if (!p->check.kind->is_published)
		return why_set(why, ERR_REFUSED, "records of kind %s are made by nodes alone",
		    p->check.kind->name);
	if (p->check.records.size > PUBLISH_SIZE_MAX + 16 * (size_t)p->check.count ||
	    p->check.count > PUBLISH_COUNT_MAX)
		return why_set(why, ERR_LIMIT, "more than 1 MiB or 65,536 records a request");
	p->wait = (unsigned)wait;
	return check_init(&p->check) ? ERR_NONE : ERR_MEMORY;
}

void method_publish(struct call *call)
{
	struct publish *p = calloc(1, sizeof(*p));
	struct why why = {0};
	enum err err = ERR_MEMORY;

	if (p) {
		p->call = call;
		err = publish_read(p, &why);
	}
	if (err) {
		call_fail_why(call, err, &why, NULL);
		if (p)
			publish_free(p);
		return;
	}
	publish_start(p);
}
