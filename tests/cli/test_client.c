/* The client's side of the control socket, against a daemon played by a thread: pipelines, pages, links, and daemons that
 * break off or talk nonsense. */
#include "cli/client.h"

#include "cli/cmd.h"
#include "cli/index_wait.h"
#include "cli/links.h"
#include "cli/page.h"
#include "cli/publish_queue.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* Answers one request: appends any bytes. False closes the connection. */
typedef bool play_fn(const struct rpc_request *request, struct writer *out);

struct stage {
	char home[32];
	char socket[64];
	int listener;
	pthread_t thread;
	play_fn *play;
	struct args args;
	struct client client;
};

static void send_all(int fd, const struct writer *out)
{
	for (size_t at = 0; at < out->size;) {
		ssize_t put = send(fd, out->data + at, out->size - at, MSG_NOSIGNAL);

		if (put <= 0)
			return;
		at += (size_t)put;
	}
}

/* One connection, until the client goes or the play ends it. */
static void *serve(void *context)
{
	struct stage *s = context;
	int fd = accept(s->listener, NULL, NULL);
	struct writer in = {0};
	struct writer out = {0};
	struct rpc_frame frame = {0};
	struct rpc_request request;
	size_t size;
	bool is_open = fd >= 0;

	while (is_open) {
		uint8_t *at = writer_grow(&in, 65536);
		ssize_t got = read(fd, at, 65536);

		in.size -= 65536 - (got > 0 ? (size_t)got : 0);
		is_open = got > 0;
		while (is_open && !rpc_frame_end(&frame, writer_view(&in), &size) && size) {
			rpc_request_decode(&request, bytes_of(in.data, size));
			writer_clear(&out);
			is_open = s->play(&request, &out);
			send_all(fd, &out);
			memmove(in.data, in.data + size, in.size - size);
			in.size -= size;
			memset(&frame, 0, sizeof(frame));
		}
	}
	close(fd);
	writer_release(&in);
	writer_release(&out);
	return NULL;
}

static void stage_open(struct stage *s, play_fn *play)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	char run[48];

	memset(s, 0, sizeof(*s));
	snprintf(s->home, sizeof(s->home), "/tmp/test-client-XXXXXX");
	assert_non_null(mkdtemp(s->home));
	snprintf(run, sizeof(run), "%s/run", s->home);
	assert_int_equal(mkdir(run, 0700), 0);
	snprintf(s->socket, sizeof(s->socket), "%s/control.sock", run);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", s->socket);
	s->listener = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(bind(s->listener, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(s->listener, 1), 0);
	s->play = play;
	assert_int_equal(pthread_create(&s->thread, NULL, serve, s), 0);
	assert_int_equal(setenv("COMMUNE_HOME", s->home, 1), 0);
	s->args.command = &cmd_list;
	assert_int_equal(client_open(&s->client, &s->args), EXIT_DONE);
}

static void stage_close(struct stage *s)
{
	char run[48];

	client_close(&s->client);
	pthread_join(s->thread, NULL);
	close(s->listener);
	unlink(s->socket);
	snprintf(run, sizeof(run), "%s/run", s->home);
	rmdir(run);
	rmdir(s->home);
}

static void reply_text(struct writer *out, uint32_t id, const char *text)
{
	struct writer w = {0};

	mp_put_cstr(&w, text);
	rpc_reply_encode(out, id, writer_view(&w));
	writer_release(&w);
}

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

/* 2,500 rows in pages of at most `limit`; the cursor is where to go on. */
#define ROWS 2500
static bool play_pages(const struct rpc_request *request, struct writer *out)
{
	struct reader r;
	struct writer w = {0};
	char text[24];
	int64_t limit;
	int64_t from = 0;

	reader_init(&r, mp_get(request->params, "limit"));
	limit = mp_int(&r);
	reader_init(&r, mp_get(request->params, "cursor"));
	if (mp_peek(&r) == MP_STR) {
		struct bytes cursor = mp_str(&r);

		snprintf(text, sizeof(text), "%.*s", (int)cursor.size, (const char *)cursor.data);
		from = strtoll(text, NULL, 10);
	}
	if (from + limit > ROWS)
		limit = ROWS - from;
	mp_put_map(&w, 2);
	mp_put_cstr(&w, "cursor");
	snprintf(text, sizeof(text), "%lld", (long long)(from + limit));
	if (from + limit < ROWS)
		mp_put_cstr(&w, text);
	else
		mp_put_nil(&w);
	mp_put_cstr(&w, "rows");
	mp_put_array(&w, (uint32_t)limit);
	for (int64_t i = 0; i < limit; i++) {
		mp_put_map(&w, 1);
		mp_put_cstr(&w, "n");
		mp_put_int(&w, from + i);
	}
	rpc_reply_encode(out, request->id, writer_view(&w));
	writer_release(&w);
	return true;
}

struct seen {
	int64_t count;
	int64_t stop_after;
};

static bool see(void *context, struct bytes row)
{
	struct seen *seen = context;
	struct reader r;

	reader_init(&r, mp_get(row, "n"));
	assert_int_equal(mp_int(&r), seen->count);
	seen->count++;
	return seen->count != seen->stop_after;
}

static void pages_follow_each_other(void **state)
{
	struct seen seen = {0};
	struct row params = {0};
	struct writer cursor = {0};
	struct stage s;

	(void)state;
	stage_open(&s, play_pages);
	assert_int_equal(
	    page_each(&s.client, "list", &params, NULL, 0, see, &seen, NULL), EXIT_DONE);
	assert_int_equal(seen.count, ROWS);
	seen = (struct seen){0};
	assert_int_equal(
	    page_each(&s.client, "list", &params, NULL, 1500, see, &seen, &cursor), EXIT_DONE);
	assert_int_equal(seen.count, 1500);
	assert_true(bytes_equal(writer_view(&cursor), BYTES_STR("1500")));
	assert_int_equal(
	    page_each(&s.client, "list", &params, "1500", 1000, see, &seen, &cursor), EXIT_DONE);
	assert_int_equal(seen.count, ROWS);
	assert_int_equal(cursor.size, 4);
	seen = (struct seen){.stop_after = 1200};
	assert_int_equal(
	    page_each(&s.client, "list", &params, NULL, 0, see, &seen, NULL), EXIT_DONE);
	assert_int_equal(seen.count, 1200);
	row_release(&params);
	writer_release(&cursor);
	stage_close(&s);
}

/* Indexes ten records more each time it is asked to wait, of 25 that are stored. */
static bool play_index(const struct rpc_request *request, struct writer *out)
{
	static int64_t indexed;
	struct writer w = {0};
	struct reader r;

	reader_init(&r, mp_get(request->params, "arrival"));
	if (mp_int(&r) == 0)
		indexed = 0;
	else
		indexed = indexed > 15 ? 25 : indexed + 10;
	mp_put_map(&w, 2);
	mp_put_cstr(&w, "arrivals");
	mp_put_int(&w, 25 + indexed); /* more arrive meanwhile */
	mp_put_cstr(&w, "indexed");
	mp_put_int(&w, indexed);
	rpc_reply_encode(out, request->id, writer_view(&w));
	writer_release(&w);
	return true;
}

static void what_was_stored_is_waited_for(void **state)
{
	unsigned long long behind = 99;
	struct stage s;

	(void)state;
	stage_open(&s, play_index);
	assert_int_equal(index_wait(&s.client, 0, &behind), EXIT_DONE);
	assert_int_equal(behind, 25);
	assert_int_equal(index_wait(&s.client, 400, &behind), EXIT_DONE);
	assert_int_equal(behind, 5);
	assert_int_equal(index_wait(&s.client, 10000, &behind), EXIT_DONE);
	assert_int_equal(behind, 0);
	stage_close(&s);
}

/* Knows refs that begin with an a; b is ambiguous, d no name. */
static bool play_resolve(const struct rpc_request *request, struct writer *out)
{
	static const uint8_t hash[HASH_SIZE] = {7};
	struct writer w = {0};
	struct reader r;
	uint32_t count;

	reader_init(&r, mp_get(request->params, "refs"));
	count = mp_array(&r);
	mp_put_map(&w, 1);
	mp_put_cstr(&w, "rows");
	mp_put_array(&w, count);
	for (uint32_t i = 0; i < count; i++) {
		struct bytes ref = mp_str(&r);

		if (ref.data[0] == 'a') {
			mp_put_map(&w, 5);
			mp_put_cstr(&w, "index");
			mp_put_uint(&w, ref.size);
			mp_put_cstr(&w, "kind");
			mp_put_uint(&w, KIND_COMMITMENT);
			mp_put_cstr(&w, "leaf");
			mp_put_bin(&w, hash, HASH_SIZE);
			mp_put_cstr(&w, "log");
			mp_put_bin(&w, hash, HASH_SIZE);
			mp_put_cstr(&w, "member");
			mp_put_cstr(&w, "larache");
			continue;
		}
		mp_put_map(&w, 3);
		bool is_ambiguous = ref.data[0] == 'b';
		mp_put_cstr(&w, "candidates");
		mp_put_array(&w, is_ambiguous ? 2 : 0);
		for (int n = 1; is_ambiguous && n <= 2; n++) {
			mp_put_map(&w, 2);
			mp_put_cstr(&w, "id");
			mp_put_bin(&w, hash, HASH_SIZE);
			mp_put_cstr(&w, "ref");
			mp_put_cstr(&w, n == 1 ? "x/1" : "y.2/3");
		}
		mp_put_cstr(&w, "error");
		mp_put_cstr(&w, is_ambiguous	     ? "ambiguous"
				: ref.data[0] == 'd' ? "usage"
						     : "unknown");
		mp_put_cstr(&w, "ref");
		mp_put_str(&w, ref);
	}
	rpc_reply_encode(out, request->id, writer_view(&w));
	writer_release(&w);
	return true;
}

static void links_are_asked_for_once(void **state)
{
	struct links links = {.member = "larache"};
	struct record_ref ref;
	struct stage s;
	char text[16];

	(void)state;
	stage_open(&s, play_resolve);
	for (int i = 0; i < 1200; i++) {
		snprintf(text, sizeof(text), "a/%d", i);
		assert_false(links_find(&links, bytes_str(text), &ref));
		assert_false(links_find(&links, bytes_str(text), &ref));
	}
	assert_int_equal(links.count, 1200);
	assert_false(links_find(&links, BYTES_STR("b"), &ref));
	assert_false(links_find(&links, BYTES_STR("c"), &ref));
	assert_false(links_find(&links, BYTES_STR("d"), &ref));
	assert_true(links_are_pending(&links));
	assert_null(links_error(&links, BYTES_STR("b")));
	assert_int_equal(links_fetch(&links, &s.client), EXIT_DONE);
	assert_false(links_are_pending(&links));
	assert_true(links_find(&links, BYTES_STR("a/1199"), &ref));
	assert_int_equal(ref.index, 6);
	assert_int_equal(ref.leaf.b[0], 7);
	assert_false(links_find(&links, BYTES_STR("b"), &ref));
	assert_string_equal(links_error(&links, BYTES_STR("b")),
	    "more than one record fits: x/1 (0700000000000000), y.2/3 (0700000000000000)");
	assert_string_equal(links_error(&links, BYTES_STR("c")), "there is no such record here");
	assert_non_null(strstr(links_error(&links, BYTES_STR("d")), "is no name of a record"));
	links_release(&links);
	stage_close(&s);
}

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
	struct seen *seen = context;
	struct reader r;

	reader_init(&r, mp_get(row, "n"));
	assert_int_equal(mp_int(&r), 1000 + seen->count % 7);
	seen->count++;
}

static void records_go_out_in_order_and_in_bounds(void **state)
{
	static uint8_t payload[70000];
	const struct kind *practice = kind_by_number(KIND_PRACTICE);
	struct seen seen = {0};
	struct stage s;
	struct publish_queue q;

	(void)state;
	stage_open(&s, play_publish);
	q = (struct publish_queue){.client = &s.client, .row = take_size, .context = &seen};
	for (size_t i = 0; i < 20000; i++)
		assert_int_equal(
		    publish_queue_put(&q, practice, bytes_of(payload, 1000 + i % 7)), EXIT_DONE);
	assert_int_equal(publish_queue_end(&q), EXIT_DONE);
	assert_int_equal(seen.count, 20000);
	assert_int_equal(q.done, 20000);
	publish_queue_release(&q);
	stage_close(&s);
}

static void a_refused_batch_ends_the_queue(void **state)
{
	const struct kind *comment = kind_by_number(KIND_COMMENT);
	struct seen seen = {0};
	struct stage s;
	struct publish_queue q;
	int code = EXIT_DONE;

	(void)state;
	stage_open(&s, play_publish);
	q = (struct publish_queue){.client = &s.client, .row = take_size, .context = &seen};
	for (size_t i = 0; i < 100000 && !code; i++)
		code = publish_queue_put(&q, comment, bytes_of("\x80", 1));
	assert_int_not_equal(publish_queue_end(&q), EXIT_DONE);
	assert_int_equal(seen.count, 0);
	publish_queue_release(&q);
	stage_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_answer_is_a_result_or_an_exit_code),
	    cmocka_unit_test(a_broken_daemon_is_a_failure),
	    cmocka_unit_test(both_sides_may_have_much_under_way),
	    cmocka_unit_test(pages_follow_each_other),
	    cmocka_unit_test(links_are_asked_for_once),
	    cmocka_unit_test(what_was_stored_is_waited_for),
	    cmocka_unit_test(records_go_out_in_order_and_in_bounds),
	    cmocka_unit_test(a_refused_batch_ends_the_queue),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
