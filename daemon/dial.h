/* Outgoing connections: each resolves host:port, tries one address after the other, gives up after
 * a deadline. */
#ifndef DAEMON_DIAL_H
#define DAEMON_DIAL_H

#include <uv.h>

#include "proto/bytes.h"

/* Sockets belong to the owner, so that it can count them. */
struct dial_owner {
	uv_tcp_t *(*socket_new)(void *context); /* NULL: no descriptor left */
	void (*socket_failed)(uv_tcp_t *tcp);	/* close and free it */
	/* Exactly once a dial: tcp connected, or NULL and the reason. */
	void (*done)(void *context, uint64_t dial, uv_tcp_t *tcp, const char *reason);
};

struct dial;
struct dials {
	uv_loop_t *loop;
	const struct dial_owner *owner;
	void *context;
	struct dial *first;
};

void dials_init(
    struct dials *dials, uv_loop_t *loop, const struct dial_owner *owner, void *context);
void dial_start(struct dials *dials, uint64_t id, const char *where);
/* Ends every dial under way; handles close on the loop. */
void dials_stop(struct dials *dials);

#endif
