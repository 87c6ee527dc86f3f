/* Serves the control socket: clients, framing, permission, back-pressure, parked calls. Refuses to
 * know any method. */
#include "daemon/client.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/log.h"
#include "daemon/loop.h"
#include "proto/home.h"
#include "proto/seal.h"

#define CLIENTS_MAX 64
/* Calls that a client may have open before it is not read: enough to pipeline, little enough to
 * hold in memory. */
#define CALLS_MAX 16
#define SEND_SIZE_MAX (16 * 1024 * 1024)
#define BACKLOG 511
/* From here on copying a request costs more than another buffer. */
#define OWNED_SIZE_MIN (64 * 1024)

struct reply {
	uv_write_t write;
	struct writer data;
};

void client_free(struct client *client)
{
	if (!client->is_closed || client->call_count)
		return;
	writer_release(&client->in);
	free(client);
}

static void on_client_closed(uv_handle_t *handle)
{
	struct client *client = handle->data;
	struct client **at = &client->control->clients;

	while (*at && *at != client)
		at = &(*at)->next;
	if (*at)
		*at = client->next;
	client->control->client_count--;
	client->is_closed = true;
	client_free(client);
}

void client_drop(struct client *client)
{
	park_forget(client);
	if (!uv_is_closing((uv_handle_t *)&client->pipe))
		uv_close((uv_handle_t *)&client->pipe, on_client_closed);
}

static void client_take(struct client *client);
static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *out);
static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf);

static void on_written(uv_write_t *write, int status)
{
	struct reply *reply = (struct reply *)write;
	struct client *client = write->handle->data;

	writer_release(&reply->data);
	free(reply);
	if (status)
		client_drop(client);
	else
		client_take(client);
}

void client_send(struct client *client, struct writer *data)
{
	struct reply *reply = data->err ? NULL : malloc(sizeof(*reply));
	uv_buf_t buf = uv_buf_init((char *)data->data, (unsigned)data->size);

	if (!reply || uv_is_closing((uv_handle_t *)&client->pipe)) {
		/* A client that waits for an answer that cannot be built sees the connection end.
		 */
		free(reply);
		writer_release(data);
		client_drop(client);
		return;
	}
	reply->data = *data;
	if (uv_write(&reply->write, (uv_stream_t *)&client->pipe, &buf, 1, on_written)) {
		writer_release(&reply->data);
		free(reply);
		client_drop(client);
	}
}

/* --- clients ---------------------------------------------------------------------------------- */

static const struct method *method_find(const struct method *methods, struct bytes name)
{
	for (; methods->name; methods++)
		if (bytes_equal(bytes_str(methods->name), name))
			return methods;
	return NULL;
}

/* A large request keeps the buffer that it was read into, and the few bytes behind it move to another one; a small one
 * is copied. */
static void call_own(struct call *call, struct client *client, const struct rpc_request *request)
{
	struct bytes in = writer_view(&client->in);
	size_t end = (size_t)(request->params.data - in.data) + request->params.size;
	struct writer next = {0};

	if (request->params.size >= OWNED_SIZE_MIN && writer_reserve(&next, client->in.capacity)) {
		writer_put(&next, in.data + end, in.size - end);
		call->owned = client->in;
		call->params = request->params;
		client->in = next;
		return;
	}
	writer_bytes(&call->owned, request->params);
	call->params = writer_view(&call->owned);
}

/* Whether the request took the buffer with it. */
static bool call_start(struct client *client, const struct rpc_request *request)
{
	const struct method *method = method_find(client->control->methods, request->method);
	struct call *call = calloc(1, sizeof(*call));
	const uint8_t *buffer = client->in.data;
	bool has_taken;

	if (!call) {
		client_drop(client);
		return false;
	}
	call->loop = client->control->loop;
	call->client = client;
	call->id = request->id;
	call->method = method ? method->name : "";
	call_own(call, client, request);
	has_taken = client->in.data != buffer;
	client->call_count++;
	if (call->owned.err)
		call_fail(call, ERR_MEMORY, NULL, NULL);
	else if (!method)
		call_fail(call, ERR_USAGE, "communed does not know this method",
		    "is communed older than commune?");
	else if (method->is_write && !client->is_writer)
		call_fail(call, ERR_REFUSED, "no permission: only the owner of the home may write",
		    "run it as the user that communed runs as");
	else
		method->run(call);
	return has_taken;
}

/* Starts calls from what was read, as many as may be open. */
static void client_take(struct client *client)
{
	size_t used = 0;
	bool is_blocked;

	if (uv_is_closing((uv_handle_t *)&client->pipe))
		return;
	for (;;) {
		struct bytes rest = bytes_of(client->in.data + used, client->in.size - used);
		struct rpc_request request;
		size_t size = 0;
		enum err err;

		is_blocked =
		    client->call_count >= CALLS_MAX ||
		    uv_stream_get_write_queue_size((uv_stream_t *)&client->pipe) >= SEND_SIZE_MAX;
		if (is_blocked || rest.size == 0)
			break;
		err = rpc_frame_end(&client->frame, rest, &size);
		if (!err && size == 0)
			break;
		if (!err)
			err = rpc_request_decode(&request, bytes_of(rest.data, size));
		if (err) {
			log_line(LEVEL_WARNING, "control client dropped: %s", err_text(err));
			client_drop(client);
			return;
		}
		used += size;
		client->frame = (struct rpc_frame){0};
		if (call_start(client, &request))
			used = 0;
		if (uv_is_closing((uv_handle_t *)&client->pipe))
			return;
	}
	if (used) {
		memmove(client->in.data, client->in.data + used, client->in.size - used);
		client->in.size -= used;
		seal_wipe(client->in.data + client->in.size, used);
	}
	if (client->in.size == 0 && client->call_count == 0)
		writer_release(&client->in); /* an idle client holds nothing */
	if (is_blocked)
		uv_read_stop((uv_stream_t *)&client->pipe);
	else
		uv_read_start((uv_stream_t *)&client->pipe, on_alloc, on_read);
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *out)
{
	struct client *client = handle->data;

	(void)suggested;
	*out = uv_buf_init((char *)client->control->buffer, CLIENT_READ_SIZE);
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
	struct client *client = stream->data;

	if (n < 0) {
		client_drop(client);
		return;
	}
	writer_put(&client->in, buf->base, (size_t)n);
	seal_wipe(buf->base, (size_t)n); /* there may be a passphrase in it */
	if (client->in.err)
		client_drop(client);
	else
		client_take(client);
}

static bool may_write(const uv_pipe_t *pipe)
{
	struct ucred peer = {.uid = (uid_t)-1};
	socklen_t size = sizeof(peer);
	uv_os_fd_t fd;

	if (uv_fileno((const uv_handle_t *)pipe, &fd) ||
	    getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size))
		return false;
	return peer.uid == geteuid() || peer.uid == 0;
}

static void on_incoming(uv_stream_t *listener, int status)
{
	struct control *control = listener->data;
	struct client *client = status ? NULL : calloc(1, sizeof(*client));

	if (!client)
		return;
	if (uv_pipe_init(&control->loop->uv, &client->pipe, 0)) {
		free(client);
		return;
	}
	client->pipe.data = client;
	client->control = control;
	client->next = control->clients;
	control->clients = client;
	control->client_count++;
	if (uv_accept(listener, (uv_stream_t *)&client->pipe) ||
	    control->client_count > CLIENTS_MAX) {
		client_drop(client);
		return;
	}
	client->is_writer = may_write(&client->pipe);
	client_take(client);
}

/* --- the socket ------------------------------------------------------------------------------- */

struct control *control_open(
    struct loop *loop, const char *path, const struct method *methods, struct why *why)
{
	struct control *control;
	int failed;

	if (strlen(path) > HOME_SOCKET_PATH_MAX) {
		why_set(why, ERR_USAGE, "socket path is longer than %d bytes: %s",
		    HOME_SOCKET_PATH_MAX, path);
		return NULL;
	}
	if (unlink(path) && errno != ENOENT) {
		why_set(why, ERR_IO, "cannot remove %s: %s", path, strerror(errno));
		return NULL;
	}
	control = calloc(1, sizeof(*control));
	if (!control || uv_timer_init(&loop->uv, &control->timer) ||
	    uv_pipe_init(&loop->uv, &control->listener, 0)) {
		free(control);
		why_set(why, ERR_MEMORY, "out of memory");
		return NULL;
	}
	control->loop = loop;
	control->methods = methods;
	control->listener.data = control->timer.data = control;
	failed = uv_pipe_bind(&control->listener, path);
	if (!failed && chmod(path, 0660))
		failed = -errno;
	if (!failed)
		failed = uv_listen((uv_stream_t *)&control->listener, BACKLOG, on_incoming);
	if (failed) {
		why_set(why, ERR_IO, "cannot listen on %s: %s", path, uv_strerror(failed));
		uv_close((uv_handle_t *)&control->timer, NULL);
		uv_close((uv_handle_t *)&control->listener, NULL);
		uv_run(&loop->uv, UV_RUN_NOWAIT);
		free(control);
		return NULL;
	}
	return control;
}

void control_stop(struct control *control)
{
	for (struct client *client = control->clients; client; client = client->next)
		client_drop(client);
	uv_close((uv_handle_t *)&control->timer, NULL);
	uv_close((uv_handle_t *)&control->listener, NULL); /* and removes the socket */
}

void control_free(struct control *control)
{
	free(control);
}
