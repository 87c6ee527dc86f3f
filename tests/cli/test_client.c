/* The client's side of the control socket: pipelines, and daemons that break off or talk nonsense. */
#include "tests/cli/stage.h"

static int call(struct stage *s, const char *method, struct bytes *result)
{
	struct row params = {0};
	int code = client_call(&s->client, method, row_view(&params), result);

	row_release(&params);
	return code;
}

static bool play_echo(const struct rpc_request *request, struct writer *out)
{
	struct rpc_error error = {.err = ERR_FIELD, .text = "bad", .hint = "better"};

	if (bytes_equal(request->method, BYTES_STR("fail"))) {
		rpc_error_encode(out, request->id, &error);
	} else if (bytes_equal(request->method, BYTES_STR("fail with 3"))) {
		error.code = EXIT_FOUND;
		rpc_error_encode(out, request->id, &error);
	} else if (bytes_equal(request->method, BYTES_STR("other first"))) {
		reply_text(out, request->id + 1000, "not yours");
		reply_text(out, request->id, "yours");
	} else {
		reply_text(out, request->id, "ok");
	}
	return true;
}

static void an_answer_is_a_result_or_an_exit_code(void **state)
{
	struct stage s;
	struct bytes result;
	struct reader r;

	(void)state;
	stage_open(&s, play_echo);
	assert_int_equal(call(&s, "x", &result), EXIT_DONE);
	reader_init(&r, result);
	assert_true(bytes_equal(mp_str(&r), BYTES_STR("ok")));
	assert_int_equal(call(&s, "fail", &result), EXIT_REFUSED);
	assert_int_equal(call(&s, "fail with 3", &result), EXIT_FOUND);
	assert_int_equal(call(&s, "other first", &result), EXIT_DONE);
	reader_init(&r, result);
	assert_true(bytes_equal(mp_str(&r), BYTES_STR("yours")));
	stage_close(&s);
}

static bool play_close(const struct rpc_request *request, struct writer *out)
{
	reply_text(out, request->id, "a text that is cut off");
	out->size -= 5;
	return false;
}

static bool play_nonsense(const struct rpc_request *request, struct writer *out)
{
	(void)request;
	writer_put(out, "\xc1\xc1\xc1", 3);
	return true;
}

static bool play_no_response(const struct rpc_request *request, struct writer *out)
{
	rpc_request_encode(out, request->id, "you first", bytes_of("\x80", 1));
	return true;
}

static void a_broken_daemon_is_a_failure(void **state)
{
	static play_fn *const plays[] = {play_close, play_nonsense, play_no_response};
	struct stage s;
	struct bytes result;

	(void)state;
	for (size_t i = 0; i < sizeof(plays) / sizeof(*plays); i++) {
		stage_open(&s, plays[i]);
		assert_int_equal(call(&s, "x", &result), EXIT_FAILED);
		stage_close(&s);
	}
	assert_int_equal(setenv("COMMUNE_HOME", "/nonexistent", 1), 0);
	assert_int_equal(client_open(&s.client, &s.args), EXIT_FAILED);
}

/* Answers each request with far more than a socket holds. */
static bool play_much(const struct rpc_request *request, struct writer *out)
{
	struct writer w = {0};

	mp_put_bin(&w, NULL, 0);
	writer_clear(&w);
	writer_put(&w, "\xc6\x00\x20\x00\x00", 5);
	memset(writer_grow(&w, 2 << 20), 'x', 2 << 20);
	rpc_reply_encode(out, request->id, writer_view(&w));
	writer_release(&w);
	return true;
}

static void both_sides_may_have_much_under_way(void **state)
{
	struct stage s;
	struct writer params = {0};
	struct rpc_response answer;
	uint32_t id;

	(void)state;
	stage_open(&s, play_much);
	writer_put(&params, "\x81\xa1p\xc6\x00\x10\x00\x00", 8);
	memset(writer_grow(&params, 1 << 20), 'y', 1 << 20);
	for (uint32_t i = 0; i < 6; i++)
		assert_int_equal(client_ask(&s.client, "x", writer_view(&params), &id), ERR_NONE);
	for (uint32_t i = 0; i < 6; i++) {
		assert_int_equal(client_take(&s.client, &answer, 20000), ERR_NONE);
		assert_int_equal(answer.id, i);
		assert_int_equal(answer.result.size, 5 + (2 << 20));
	}
	writer_release(&params);
	stage_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_answer_is_a_result_or_an_exit_code),
	    cmocka_unit_test(a_broken_daemon_is_a_failure),
	    cmocka_unit_test(both_sides_may_have_much_under_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
