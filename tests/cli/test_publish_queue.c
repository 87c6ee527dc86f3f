/* Records go out in order, in requests of a bounded size; the first that is refused ends it. */
#include "tests/cli/stage.h"

#include "cli/publish_queue.h"

/* Answers with one row a record; says in it how many came together. */
static bool play_publish(const struct rpc_request *request, struct writer *out)
{
	struct writer w = {0};
	struct reader r;
	struct rpc_error error = {.err = ERR_FROZEN, .text = "no"};
	uint32_t count;

	if (request->params.size >= (1u << 20))
		return false;
	reader_init(&r, mp_get(request->params, "kind"));
	if (bytes_equal(mp_str(&r), BYTES_STR("comment"))) {
		rpc_error_encode(out, request->id, &error);
		return true;
	}
	reader_init(&r, mp_get(request->params, "records"));
	count = mp_array(&r);
	mp_put_map(&w, 1);
	mp_put_cstr(&w, "rows");
	mp_put_array(&w, count);
	for (uint32_t i = 0; i < count; i++) {
		mp_put_map(&w, 1);
		mp_put_cstr(&w, "n");
		mp_put_uint(&w, mp_bin(&r).size);
	}
	rpc_reply_encode(out, request->id, writer_view(&w));
	writer_release(&w);
	return true;
}

static void take_size(void *context, struct bytes row)
{
	int64_t *count = context;
	struct reader r;

	reader_init(&r, mp_get(row, "n"));
	assert_int_equal(mp_int(&r), 1000 + *count % 7);
	++*count;
}

static void records_go_out_in_order_and_in_bounds(void **state)
{
	static uint8_t payload[70000];
	const struct kind *practice = kind_by_number(KIND_PRACTICE);
	int64_t count = 0;
	struct stage s;
	struct publish_queue q;

	(void)state;
	stage_open(&s, play_publish);
	q = (struct publish_queue){.client = &s.client, .row = take_size, .context = &count};
	for (size_t i = 0; i < 20000; i++)
		assert_int_equal(
		    publish_queue_put(&q, practice, bytes_of(payload, 1000 + i % 7)), EXIT_DONE);
	assert_int_equal(publish_queue_end(&q), EXIT_DONE);
	assert_int_equal(count, 20000);
	assert_int_equal(q.done, 20000);
	publish_queue_release(&q);
	stage_close(&s);
}

static void a_refused_batch_ends_the_queue(void **state)
{
	const struct kind *comment = kind_by_number(KIND_COMMENT);
	int64_t count = 0;
	struct stage s;
	struct publish_queue q;
	int code = EXIT_DONE;

	(void)state;
	stage_open(&s, play_publish);
	q = (struct publish_queue){.client = &s.client, .row = take_size, .context = &count};
	for (size_t i = 0; i < 100000 && !code; i++)
		code = publish_queue_put(&q, comment, bytes_of("\x80", 1));
	assert_int_not_equal(publish_queue_end(&q), EXIT_DONE);
	assert_int_equal(count, 0);
	publish_queue_release(&q);
	stage_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(records_go_out_in_order_and_in_bounds),
	    cmocka_unit_test(a_refused_batch_ends_the_queue),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
