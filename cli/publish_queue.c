/* Requests in a pipeline: the daemon commits one batch while the next is on its way. Knows nothing of what is in a
 * payload. */
#include "cli/publish_queue.h"

#include "cli/lang.h"
#include "cli/say.h"
#include "proto/limits.h"

/* A little below what a request may hold, for the framing around each payload. */
#define REQUEST_SIZE_MAX (1000u * 1024)
#define REQUEST_COUNT_MAX 4096
#define ANSWER_MS_MAX 120000 /* beside what the daemon was told to wait for others */

/* Has it fewer other members than were to be waited for? */
static bool is_held_less(const struct publish_queue *q, struct bytes row)
{
	struct reader held;

	reader_init(&held, mp_get(row, "held"));
	return q->wait && mp_int(&held) < q->wait;
}

static int take_answer(struct publish_queue *q)
{
	struct rpc_response answer;
	struct client_rows rows;
	struct bytes row;
	enum err err = client_take(q->client, &answer, ANSWER_MS_MAX + (int)q->timeout_ms);

	if (err)
		return client_say_broken(q->client, err);
	q->under_way--;
	if (answer.is_error)
		return client_say(q->client, &answer.error);
	client_rows_init(&rows, answer.result);
	while (client_rows_next(&rows, &row)) {
		q->row(q->context, row);
		q->done++;
		q->held_less += is_held_less(q, row);
	}
	return EXIT_DONE;
}

static void put_params(struct publish_queue *q)
{
	struct writer *w = &q->params;

	writer_clear(w);
	mp_put_map(w, 2u + q->is_dry + (q->timeout_ms != 0) + (q->wait != 0));
	if (q->is_dry) {
		mp_put_cstr(w, "dry_run");
		mp_put_bool(w, true);
	}
	mp_put_cstr(w, "kind");
	mp_put_cstr(w, q->kind->name);
	mp_put_cstr(w, "records");
	mp_put_array(w, q->batch_count);
	writer_bytes(w, writer_view(&q->batch));
	if (q->timeout_ms) {
		mp_put_cstr(w, "timeout_ms");
		mp_put_int(w, q->timeout_ms);
	}
	if (q->wait) {
		mp_put_cstr(w, "wait");
		mp_put_int(w, q->wait);
	}
}

static int send_batch(struct publish_queue *q)
{
	uint32_t id;
	enum err err;

	put_params(q);
	err = q->params.err ? q->params.err
			    : client_ask(q->client, "publish", writer_view(&q->params), &id);
	writer_clear(&q->batch);
	q->batch_count = 0;
	if (err)
		return client_say_broken(q->client, err);
	q->under_way++;
	return q->under_way == PUBLISH_UNDER_WAY_MAX ? take_answer(q) : EXIT_DONE;
}

int publish_queue_put(struct publish_queue *q, const struct kind *kind, struct bytes payload)
{
	bool is_full = q->batch.size + payload.size + 8 > REQUEST_SIZE_MAX ||
		       q->batch_count == REQUEST_COUNT_MAX;

	if (!q->code && q->batch_count && (is_full || kind != q->kind))
		q->code = send_batch(q);
	q->kind = kind;
	mp_put_bin(&q->batch, payload.data, payload.size);
	q->batch_count++;
	if (!q->code && q->batch.err)
		q->code =
		    say_error(q->client->args, q->batch.err, NULL, "%s", _(err_text(q->batch.err)));
	return q->code;
}

int publish_queue_end(struct publish_queue *q)
{
	if (!q->code && q->batch_count)
		q->code = send_batch(q);
	while (!q->code && q->under_way)
		q->code = take_answer(q);
	return q->code;
}

void publish_queue_release(struct publish_queue *q)
{
	writer_release(&q->batch);
	writer_release(&q->params);
}
