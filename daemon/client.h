/* What the parts of the control socket share: control.c serves clients, call.c ends their calls,
 * park.c keeps those that wait. Private to them. */
#ifndef DAEMON_CLIENT_H
#define DAEMON_CLIENT_H

#include <uv.h>

#include "daemon/control.h"
#include "proto/rpc.h"

#define CLIENT_READ_SIZE (64 * 1024)

struct client {
	uv_pipe_t pipe;
	struct control *control;
	struct client *next;
	struct writer in;
	struct rpc_frame frame;
	unsigned call_count; /* open; it is freed when closed and none is left */
	bool is_writer;
	bool is_paused;
	bool is_closed;
};

struct parked {
	struct call *call;
	enum park_until until;
	uint64_t arrival;
	uint64_t deadline;
	control_resume_fn *resume;
	struct parked *next;
};

struct control {
	struct loop *loop;
	const struct method *methods;
	uv_pipe_t listener;
	uv_timer_t timer;
	struct client *clients;
	unsigned client_count;
	struct parked *parked;
	uint8_t buffer[CLIENT_READ_SIZE];
};

/* Takes data; data->err ends the connection. */
void client_send(struct client *client, struct writer *data);
/* Its parked calls go with it; those under way end by themselves and find nobody. */
void client_drop(struct client *client);
/* If it is closed and no call is left. */
void client_free(struct client *client);
void park_forget(struct client *client);
/* Wipes what the call was given. */
void call_free(struct call *call);

#endif
