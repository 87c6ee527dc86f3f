/* The control socket: calls are answered, in any order; what is no call ends the connection; a
 * parked call is woken. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "daemon/client.h"
#include "daemon/control.h"
#include "daemon/loop.h"
#include "proto/mp.h"
#include "proto/rpc.h"

#define DEADLINE_MS 10000

struct bench {
	struct loop loop;
	struct control *control;
	char folder[64];
	char path[80];
	int fd;
	struct call *held[64];
	unsigned held_count;
};

static struct bench *bench;

static void echo(struct call *call)
{
	call_reply(call, call->params);
}

static void refuse(struct call *call)
{
	enum err err = ERR_NONE;
	int64_t limit = call_int(call, "limit", 5, &err);

	if (err)
		call_fail(call, err, "limit is no number", "give a number");
	else
		call_fail(call, limit == 5 ? ERR_UNKNOWN : ERR_FULL, NULL, NULL);
}

static void hold(struct call *call)
{
	bench->held[bench->held_count++] = call;
}

static void resumed(struct call *call, bool is_timeout)
{
	struct writer w = {0};

	mp_put_bool(&w, is_timeout);
	call_reply(call, writer_view(&w));
	writer_release(&w);
}

static void park(struct call *call)
{
	enum err err = ERR_NONE;

	control_park(call, PARK_INDEXED, (uint64_t)call_int(call, "arrival", 0, &err),
	    call_int(call, "ms", 0, &err), resumed);
}

static const struct method methods[] = {
    {"echo", false, echo},
    {"refuse", true, refuse},
    {"hold", false, hold},
    {"park", false, park},
    {NULL, false, NULL},
};

static int client_connect(const char *path)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(to.sun_path, sizeof(to.sun_path), "%s", path);
	assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	return fd;
}

static int set_up(void **state)
{
	struct why why = {0};

	bench = calloc(1, sizeof(*bench));
	snprintf(bench->folder, sizeof(bench->folder), "%s", "/tmp/control-XXXXXX");
	assert_non_null(mkdtemp(bench->folder));
	snprintf(bench->path, sizeof(bench->path), "%s/s", bench->folder);
	assert_int_equal(uv_loop_init(&bench->loop.uv), 0);
	bench->control = control_open(&bench->loop, bench->path, methods, &why);
	assert_non_null(bench->control);
	bench->fd = client_connect(bench->path);
	*state = bench;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	control_stop(bench->control);
	uv_run(&bench->loop.uv, UV_RUN_DEFAULT);
	control_free(bench->control);
	assert_int_equal(uv_loop_close(&bench->loop.uv), 0);
	assert_int_equal(access(bench->path, F_OK), -1);
	close(bench->fd);
	assert_int_equal(rmdir(bench->folder), 0);
	free(bench);
	return 0;
}

static void call_send(uint32_t id, const char *method, const char *name, int64_t value)
{
	struct writer params = {0}, w = {0};

	mp_put_map(&params, name ? 1 : 0);
	if (name) {
		mp_put_cstr(&params, name);
		mp_put_int(&params, value);
	}
	rpc_request_encode(&w, id, method, writer_view(&params));
	assert_int_equal(write(bench->fd, w.data, w.size), (ssize_t)w.size);
	writer_release(&w);
	writer_release(&params);
}

/* Turns the loop until the socket gives bytes or ends; 0 at its end. */
static size_t receive(int fd, uint8_t *out, size_t size)
{
	uint64_t deadline = uv_hrtime() / 1000000 + DEADLINE_MS;

	for (;;) {
		ssize_t n = read(fd, out, size);
		if (n >= 0)
			return (size_t)n;
		if (errno == ECONNRESET)
			return 0;
		assert_int_equal(errno, EAGAIN);
		assert_true(uv_hrtime() / 1000000 < deadline);
		uv_run(&bench->loop.uv, UV_RUN_NOWAIT);
	}
}

static void response_take(struct rpc_response *out, struct writer *in)
{
	struct rpc_frame frame = {0};
	size_t size = 0;
	uint8_t byte;

	writer_clear(in);
	while (size == 0) {
		assert_int_equal(receive(bench->fd, &byte, 1), 1);
		writer_put(in, &byte, 1);
		assert_int_equal(rpc_frame_end(&frame, writer_view(in), &size), ERR_NONE);
	}
	assert_int_equal(rpc_response_decode(out, writer_view(in)), ERR_NONE);
}

static void answers_with_what_the_method_gives(void **state)
{
	struct rpc_response response;
	struct writer in = {0};

	(void)state;
	call_send(1, "echo", "limit", 70000);
	response_take(&response, &in);
	assert_int_equal(response.id, 1);
	assert_false(response.is_error);
	assert_int_equal(mp_get(response.result, "limit").size, 5);
	writer_release(&in);
}

static void answers_with_errors(void **state)
{
	static const struct {
		const char *method;
		int64_t limit;
		enum err err;
		int code;
	} cases[] = {
	    {"refuse", 5, ERR_UNKNOWN, 4},
	    {"refuse", 6, ERR_FULL, 1},
	    {"nothing", 0, ERR_USAGE, 2},
	};
	struct rpc_response response;
	struct writer in = {0};

	(void)state;
	for (uint32_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		call_send(i, cases[i].method, "limit", cases[i].limit);
		response_take(&response, &in);
		assert_int_equal(response.id, i);
		assert_true(response.is_error);
		assert_int_equal(response.error.err, cases[i].err);
		assert_int_equal(response.error.code, cases[i].code);
	}
	writer_release(&in);
}

static void a_wrong_type_is_told(void **state)
{
	static const uint8_t request[] = "\x94\x00\x05\xa6refuse\x91\x81\xa5limit\xa1x";
	struct rpc_response response;
	struct writer in = {0};

	(void)state;
	assert_int_equal(write(bench->fd, request, sizeof(request) - 1), sizeof(request) - 1);
	response_take(&response, &in);
	assert_int_equal(response.error.err, ERR_TYPE);
	assert_true(bytes_equal(response.error.hint_read, BYTES_STR("give a number")));
	writer_release(&in);
}

static void calls_may_end_in_any_order(void **state)
{
	struct rpc_response response;
	struct writer in = {0};

	(void)state;
	call_send(1, "hold", "a", 1);
	call_send(2, "hold", "a", 2);
	call_send(3, "echo", NULL, 0);
	response_take(&response, &in);
	assert_int_equal(response.id, 3);
	assert_int_equal(bench->held_count, 2);
	call_reply(bench->held[1], bench->held[1]->params);
	call_reply(bench->held[0], bench->held[0]->params);
	response_take(&response, &in);
	assert_int_equal(response.id, 2);
	response_take(&response, &in);
	assert_int_equal(response.id, 1);
	writer_release(&in);
}

/* Seventeen at once: the last waits in the socket until one of the others has ended. */
static void open_calls_are_bounded(void **state)
{
	struct rpc_response response;
	struct writer in = {0};
	uint8_t byte;

	(void)state;
	for (uint32_t i = 0; i < 17; i++)
		call_send(i, "hold", NULL, 0);
	while (bench->held_count < 16)
		uv_run(&bench->loop.uv, UV_RUN_NOWAIT);
	for (int i = 0; i < 10; i++)
		uv_run(&bench->loop.uv, UV_RUN_NOWAIT);
	assert_int_equal(read(bench->fd, &byte, 1), -1);
	assert_int_equal(bench->held_count, 16);
	call_reply(bench->held[4], bench->held[4]->params);
	response_take(&response, &in);
	assert_int_equal(response.id, 4);
	while (bench->held_count < 17)
		uv_run(&bench->loop.uv, UV_RUN_NOWAIT);
	for (unsigned i = 0; i < 17; i++)
		if (i != 4)
			call_reply(bench->held[i], bench->held[i]->params);
	writer_release(&in);
}

static void garbage_ends_the_connection(void **state)
{
	static const struct {
		const char *bytes;
		size_t size;
	} cases[] = {
	    {"\xc1", 1},
	    {"\xc6\xff\xff\xff\xff", 5},
	    {"GET / HTTP/1.1\r\n", 16},
	    {"\x94\x00\x05\xa4"
	     "echo\x90",
		9},
	    {"\x94\x01\x05\xa4"
	     "echo\x91\x80",
		10},
	};
	uint8_t byte;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int fd = client_connect(bench->path);
		assert_int_equal(write(fd, cases[i].bytes, cases[i].size), (ssize_t)cases[i].size);
		assert_int_equal(receive(fd, &byte, 1), 0);
		close(fd);
	}
}

static void a_client_that_went_away_is_not_answered(void **state)
{
	int first = bench->fd;

	(void)state;
	call_send(1, "hold", NULL, 0);
	while (bench->held_count < 1)
		uv_run(&bench->loop.uv, UV_RUN_NOWAIT);
	bench->fd = client_connect(bench->path);
	close(first);
	call_send(2, "hold", NULL, 0);
	while (bench->held_count < 2)
		uv_run(&bench->loop.uv, UV_RUN_NOWAIT);
	/* Nor kept waiting for anything: one of its two calls is parked, the other one answered. */
	control_park(bench->held[0], PARK_STORED, 1, 600000, resumed);
	assert_null(bench->control->parked);
	call_reply(bench->held[1], bench->held[1]->params);
}

static void parked_calls_wake(void **state)
{
	struct rpc_response response;
	struct writer in = {0};
	static const uint8_t request[] = "\x94\x00\x01\xa4park\x91\x82\xa7"
					 "arrival\x09\xa2ms\xcd\x7f\xff";
	uint8_t byte;

	(void)state;
	assert_int_equal(write(bench->fd, request, sizeof(request) - 1), sizeof(request) - 1);
	for (int i = 0; i < 10; i++)
		uv_run(&bench->loop.uv, UV_RUN_NOWAIT);
	control_wake(bench->control, PARK_INDEXED, 8);
	control_wake(bench->control, PARK_STORED, 9); /* durable is not indexed */
	uv_run(&bench->loop.uv, UV_RUN_NOWAIT);
	assert_int_equal(read(bench->fd, &byte, 1), -1);
	control_wake(bench->control, PARK_INDEXED, 9);
	response_take(&response, &in);
	assert_int_equal(response.result.data[0], 0xc2);
	call_send(2, "park", "arrival", 10); /* no time to wait */
	response_take(&response, &in);
	assert_int_equal(response.id, 2);
	assert_int_equal(response.result.data[0], 0xc3);
	call_send(3, "park", "ms", 30000); /* arrival 0: still waits for a wake */
	for (int i = 0; i < 10; i++)
		uv_run(&bench->loop.uv, UV_RUN_NOWAIT);
	writer_release(&in); /* tear_down forgets it */
}

static void a_path_that_the_kernel_would_cut_is_refused(void **state)
{
	char path[128];
	struct why why = {0};

	(void)state;
	memset(path, 'a', sizeof(path));
	path[108] = '\0';
	assert_null(control_open(&bench->loop, path, methods, &why));
	assert_int_equal(why.err, ERR_USAGE);
	why = (struct why){0};
	assert_null(control_open(&bench->loop, "/nowhere/at/all/s", methods, &why));
	assert_int_equal(why.err, ERR_IO);
}

static void a_stale_socket_is_replaced(void **state)
{
	struct control *second;
	struct why why = {0};
	struct stat info;

	(void)state;
	second = control_open(&bench->loop, bench->path, methods, &why);
	assert_non_null(second);
	assert_int_equal(stat(bench->path, &info), 0);
	assert_int_equal(info.st_mode & 0777, 0660);
	close(bench->fd);
	bench->fd = client_connect(bench->path);
	control_stop(bench->control);
	for (int i = 0; i < 3; i++)
		uv_run(&bench->loop.uv, UV_RUN_NOWAIT);
	control_free(bench->control);
	bench->control = second;
}

int main(void)
{
#define WITH_SOCKET(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    WITH_SOCKET(answers_with_what_the_method_gives),
	    WITH_SOCKET(answers_with_errors),
	    WITH_SOCKET(a_wrong_type_is_told),
	    WITH_SOCKET(calls_may_end_in_any_order),
	    WITH_SOCKET(open_calls_are_bounded),
	    WITH_SOCKET(garbage_ends_the_connection),
	    WITH_SOCKET(a_client_that_went_away_is_not_answered),
	    WITH_SOCKET(parked_calls_wake),
	    WITH_SOCKET(a_path_that_the_kernel_would_cut_is_refused),
	    WITH_SOCKET(a_stale_socket_is_replaced),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
