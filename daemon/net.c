/* Connections over libuv. Decides only what the kernel makes it decide: when descriptors run out, a
 * new connection is closed at once; when a peer takes nothing, a connection that the core closed is
 * cut after a while. */
#include "daemon/net.h"

#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "daemon/dial.h"
#include "daemon/log.h"
#include "daemon/loop.h"
#include "daemon/where.h"

#define LISTENERS_MAX 8
#define TABLE_SIZE 256
#define BACKLOG 511
/* Descriptors kept for everything else: store, views, control clients, DNS, and accepting in order
 * to refuse. */
#define DESCRIPTORS_KEPT 64
#define CONNS_MAX 4096
/* One read of a busy link; shared by all connections, because libuv reads and hands over before it
 * reads again. */
#define READ_SIZE (256 * 1024)
#define CLOSE_MS_MAX 5000
#define SWEEP_MS 1000

struct conn {
	uv_tcp_t tcp;
	uv_shutdown_t shutdown;
	struct net *net;
	uint64_t id;
	uint64_t close_at; /* 0: open as far as the core knows */
	struct conn *next; /* in the table, or in the list of those that close */
};

struct send {
	uv_write_t write;
	struct writer data;
};

struct net {
	struct loop *loop;
	uv_tcp_t *listeners[LISTENERS_MAX];
	unsigned listener_count;
	struct conn *table[TABLE_SIZE];
	struct conn *closing;
	uv_timer_t sweep;
	size_t conn_count;
	size_t conns_max;
	uint64_t next_id;
	struct dials dials;
	uint8_t *buffer;
};

static struct conn **slot_of(struct net *net, uint64_t id)
{
	struct conn **slot = &net->table[id % TABLE_SIZE];

	while (*slot && (*slot)->id != id)
		slot = &(*slot)->next;
	return slot;
}

static struct conn *conn_find(struct net *net, uint64_t id)
{
	return *slot_of(net, id);
}

static void conn_unlink(struct conn *conn)
{
	struct conn **slot = slot_of(conn->net, conn->id);

	if (*slot == conn)
		*slot = conn->next;
	conn->next = NULL;
}

static void on_closed(uv_handle_t *handle)
{
	struct conn *conn = handle->data;
	struct conn **at = &conn->net->closing;

	while (*at && *at != conn)
		at = &(*at)->next;
	if (*at)
		*at = conn->next;
	conn->net->conn_count--;
	free(conn);
}

static void conn_cut(struct conn *conn)
{
	if (!uv_is_closing((uv_handle_t *)&conn->tcp))
		uv_close((uv_handle_t *)&conn->tcp, on_closed);
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *out)
{
	struct conn *conn = handle->data;

	(void)suggested;
	*out = uv_buf_init((char *)conn->net->buffer, READ_SIZE);
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
	struct conn *conn = stream->data;
	struct loop *loop = conn->net->loop;

	if (n == 0 || (n > 0 && conn->close_at))
		return;
	if (n > 0) {
		core_received(loop_turn(loop), conn->id, bytes_of(buf->base, (size_t)n));
	} else if (conn->close_at) {
		conn_cut(conn);
	} else {
		conn_unlink(conn);
		conn_cut(conn);
		core_disconnected(loop_turn(loop), conn->id);
	}
	loop_act(loop);
}

static void on_written(uv_write_t *write, int status)
{
	struct send *send = (struct send *)write;
	struct conn *conn = write->handle->data;
	struct loop *loop = conn->net->loop;

	writer_release(&send->data);
	free(send);
	if (status || conn->close_at || uv_is_closing((uv_handle_t *)&conn->tcp))
		return; /* a broken connection is told by its read */
	core_drained(
	    loop_turn(loop), conn->id, uv_stream_get_write_queue_size((uv_stream_t *)&conn->tcp));
	loop_act(loop);
}

void net_send(struct net *net, uint64_t id, struct writer *data)
{
	struct conn *conn = conn_find(net, id);
	struct send *send = conn ? malloc(sizeof(*send)) : NULL;
	uv_buf_t buf = uv_buf_init((char *)data->data, (unsigned)data->size);

	if (!send) {
		writer_release(data);
		if (conn)
			net_close(net, id); /* bytes may not be skipped on a stream */
		return;
	}
	send->data = *data;
	*data = (struct writer){0};
	if (uv_write(&send->write, (uv_stream_t *)&conn->tcp, &buf, 1, on_written)) {
		writer_release(&send->data);
		free(send);
	}
}

static void on_shutdown(uv_shutdown_t *shutdown, int status)
{
	(void)status;
	conn_cut(shutdown->handle->data);
}

static void on_sweep(uv_timer_t *timer)
{
	struct net *net = timer->data;

	for (struct conn *conn = net->closing; conn; conn = conn->next)
		if (conn->close_at <= uv_now(&net->loop->uv))
			conn_cut(conn);
	if (!net->closing)
		uv_timer_stop(timer);
}

void net_close(struct net *net, uint64_t id)
{
	struct conn *conn = conn_find(net, id);

	if (!conn)
		return;
	conn_unlink(conn);
	conn->close_at = uv_now(&net->loop->uv) + CLOSE_MS_MAX;
	conn->next = net->closing;
	net->closing = conn;
	/* What still comes in is read and dropped: unread bytes would make the kernel reset the
	 * connection, and the reason just sent would be lost with it. */
	uv_read_start((uv_stream_t *)&conn->tcp, on_alloc, on_read);
	if (uv_shutdown(&conn->shutdown, (uv_stream_t *)&conn->tcp, on_shutdown))
		conn_cut(conn);
	if (!uv_is_active((uv_handle_t *)&net->sweep))
		uv_timer_start(&net->sweep, on_sweep, SWEEP_MS, SWEEP_MS);
}

void net_pause(struct net *net, uint64_t id)
{
	struct conn *conn = conn_find(net, id);

	if (conn)
		uv_read_stop((uv_stream_t *)&conn->tcp);
}

void net_resume(struct net *net, uint64_t id)
{
	struct conn *conn = conn_find(net, id);

	if (conn)
		uv_read_start((uv_stream_t *)&conn->tcp, on_alloc, on_read);
}

static struct conn *conn_new(struct net *net)
{
	struct conn *conn = calloc(1, sizeof(*conn));

	if (!conn)
		return NULL;
	if (uv_tcp_init(&net->loop->uv, &conn->tcp)) {
		free(conn);
		return NULL;
	}
	conn->tcp.data = conn;
	conn->net = net;
	conn->id = net->next_id++;
	net->conn_count++;
	return conn;
}

/* Enters the table and tells the core. */
static void conn_ready(struct conn *conn, uint64_t dial)
{
	struct net *net = conn->net;
	struct conn **slot = slot_of(net, conn->id);
	struct sockaddr_storage address = {0};
	int size = sizeof(address);
	char remote[CORE_ADDRESS_MAX];

	*slot = conn;
	uv_tcp_nodelay(&conn->tcp, 1);
	uv_tcp_getpeername(&conn->tcp, (struct sockaddr *)&address, &size);
	where_print(remote, &address);
	uv_read_start((uv_stream_t *)&conn->tcp, on_alloc, on_read);
	core_connected(loop_turn(net->loop), conn->id, dial, remote);
	loop_act(net->loop);
}

static void on_incoming(uv_stream_t *listener, int status)
{
	struct net *net = listener->data;
	struct conn *conn = status ? NULL : conn_new(net);

	if (!conn)
		return;
	if (uv_accept(listener, (uv_stream_t *)&conn->tcp) || net->conn_count > net->conns_max ||
	    net->loop->is_stopping)
		conn_cut(conn);
	else
		conn_ready(conn, 0);
}

static void on_dialled(void *context, uint64_t dial, uv_tcp_t *tcp, const char *reason)
{
	struct net *net = context;

	if (tcp) {
		conn_ready(tcp->data, dial);
	} else {
		core_dial_failed(loop_turn(net->loop), dial, reason);
		loop_act(net->loop);
	}
}

static uv_tcp_t *on_socket_wanted(void *context)
{
	struct net *net = context;
	struct conn *conn = net->conn_count < net->conns_max ? conn_new(net) : NULL;

	return conn ? &conn->tcp : NULL;
}

static void on_socket_failed(uv_tcp_t *tcp)
{
	conn_cut(tcp->data);
}

static const struct dial_owner owner = {on_socket_wanted, on_socket_failed, on_dialled};

void net_dial(struct net *net, uint64_t dial, const char *where)
{
	dial_start(&net->dials, dial, where);
}

struct net *net_new(struct loop *loop)
{
	struct net *net = calloc(1, sizeof(*net));
	struct rlimit limit = {.rlim_cur = 1024};

	if (!net)
		return NULL;
	net->buffer = malloc(READ_SIZE);
	if (!net->buffer || uv_timer_init(&loop->uv, &net->sweep)) {
		free(net->buffer);
		free(net);
		return NULL;
	}
	getrlimit(RLIMIT_NOFILE, &limit);
	net->conns_max = limit.rlim_cur > 2 * DESCRIPTORS_KEPT ? limit.rlim_cur - DESCRIPTORS_KEPT
							       : DESCRIPTORS_KEPT;
	if (net->conns_max > CONNS_MAX)
		net->conns_max = CONNS_MAX;
	net->sweep.data = net;
	net->loop = loop;
	net->next_id = 1;
	dials_init(&net->dials, &loop->uv, &owner, net);
	return net;
}

static void on_listener_closed(uv_handle_t *handle)
{
	free(handle);
}

enum err net_listen(struct net *net, const char *text, struct why *why)
{
	struct where where;
	struct sockaddr_storage address;
	uv_tcp_t *tcp;
	int failed;

	if (!where_parse(&where, text) || !where_literal(&address, &where))
		return why_set(why, ERR_USAGE,
		    "cannot listen on '%s': not ADDR:PORT with an IPv4 or [IPv6] address", text);
	if (net->listener_count == LISTENERS_MAX)
		return why_set(
		    why, ERR_USAGE, "more than %d addresses to listen on", LISTENERS_MAX);
	tcp = calloc(1, sizeof(*tcp));
	if (!tcp || uv_tcp_init(&net->loop->uv, tcp)) {
		free(tcp);
		return why_set(why, ERR_MEMORY, "out of memory");
	}
	tcp->data = net;
	failed = uv_tcp_bind(tcp, (struct sockaddr *)&address, 0);
	if (!failed)
		failed = uv_listen((uv_stream_t *)tcp, BACKLOG, on_incoming);
	if (failed) {
		uv_close((uv_handle_t *)tcp, on_listener_closed);
		return why_set(why, ERR_IO, "cannot listen on %s: %s", text, uv_strerror(failed));
	}
	net->listeners[net->listener_count++] = tcp;
	return ERR_NONE;
}

bool net_listener(
    const struct net *net, unsigned position, char out[static CORE_ADDRESS_MAX], bool *is_wildcard)
{
	struct sockaddr_storage address = {0};
	int size = sizeof(address);

	if (position >= net->listener_count ||
	    uv_tcp_getsockname(net->listeners[position], (struct sockaddr *)&address, &size))
		return false;
	where_print(out, &address);
	*is_wildcard = where_is_wildcard(&address);
	return true;
}

void net_stop(struct net *net)
{
	for (unsigned i = 0; i < net->listener_count; i++)
		uv_close((uv_handle_t *)net->listeners[i], on_listener_closed);
	net->listener_count = 0;
	dials_stop(&net->dials);
	for (unsigned i = 0; i < TABLE_SIZE; i++)
		while (net->table[i]) {
			struct conn *conn = net->table[i];
			conn_unlink(conn);
			conn->close_at = 1;
			conn_cut(conn);
		}
	for (struct conn *conn = net->closing; conn; conn = conn->next)
		conn_cut(conn);
	uv_close((uv_handle_t *)&net->sweep, NULL);
}

void net_free(struct net *net)
{
	if (!net)
		return;
	free(net->buffer);
	free(net);
}
