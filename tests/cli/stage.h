/* A daemon played by a thread, at the socket of a home of its own, and a client that is connected to it. */
#ifndef TESTS_CLI_STAGE_H
#define TESTS_CLI_STAGE_H

#include "cli/client.h"

#include "cli/cmd.h"

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

static inline void send_all(int fd, const struct writer *out)
{
	for (size_t at = 0; at < out->size;) {
		ssize_t put = send(fd, out->data + at, out->size - at, MSG_NOSIGNAL);

		if (put <= 0)
			return;
		at += (size_t)put;
	}
}

/* One connection, until the client goes or the play ends it. */
static inline void *serve(void *context)
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

static inline void stage_open(struct stage *s, play_fn *play)
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

static inline void stage_close(struct stage *s)
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

static inline void reply_text(struct writer *out, uint32_t id, const char *text)
{
	struct writer w = {0};

	mp_put_cstr(&w, text);
	rpc_reply_encode(out, id, writer_view(&w));
	writer_release(&w);
}

#endif
