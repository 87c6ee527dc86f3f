/* Resolving and connecting. Literal addresses skip the resolver and its threads. */
#include "daemon/dial.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/where.h"

#define DIAL_MS_MAX 10000

/* Freed when it is done and neither timer, resolver nor connect request refers to it any more. */
struct dial {
	uv_getaddrinfo_t resolve;
	uv_connect_t connect;
	uv_timer_t deadline;
	struct dials *dials;
	struct dial *next;
	uint64_t id;
	uv_tcp_t *tcp;		/* the attempt under way */
	struct addrinfo *all;	/* what the resolver gave */
	struct addrinfo *after; /* what to try next */
	bool is_resolving;
	bool is_connecting;
	bool is_timed;
	bool is_done;
};

static void dial_unref(struct dial *d)
{
	if (!d->is_done || d->is_timed || d->is_resolving || d->is_connecting)
		return;
	if (d->all)
		uv_freeaddrinfo(d->all);
	free(d);
}

static void on_timer_closed(uv_handle_t *handle)
{
	struct dial *d = handle->data;

	d->is_timed = false;
	dial_unref(d);
}

static void dial_end(struct dial *d, const char *reason)
{
	struct dial **at = &d->dials->first;
	const struct dial_owner *owner = d->dials->owner;
	uv_tcp_t *tcp = d->tcp;

	while (*at != d)
		at = &(*at)->next;
	*at = d->next;
	d->is_done = true;
	d->tcp = NULL;
	if (reason && tcp)
		owner->socket_failed(tcp);
	uv_close((uv_handle_t *)&d->deadline, on_timer_closed);
	owner->done(d->dials->context, d->id, reason ? NULL : tcp, reason);
}

static void on_connect(uv_connect_t *connect, int status);

/* Tries address and, as long as an attempt fails at once, those after it. */
static void dial_try(struct dial *d, const struct sockaddr *address)
{
	int failed = 0;

	while (address) {
		d->tcp = d->dials->owner->socket_new(d->dials->context);
		if (!d->tcp) {
			dial_end(d, "too many open connections");
			return;
		}
		failed = uv_tcp_connect(&d->connect, d->tcp, address, on_connect);
		if (!failed) {
			d->is_connecting = true;
			return;
		}
		d->dials->owner->socket_failed(d->tcp);
		d->tcp = NULL;
		address = d->after ? d->after->ai_addr : NULL;
		d->after = d->after ? d->after->ai_next : NULL;
	}
	dial_end(d, uv_strerror(failed));
}

static void on_connect(uv_connect_t *connect, int status)
{
	struct dial *d = connect->data;
	struct addrinfo *next = d->after;

	d->is_connecting = false;
	if (d->is_done) {
		dial_unref(d); /* its socket was closed by dial_end */
	} else if (status == 0) {
		dial_end(d, NULL);
	} else if (!next) {
		dial_end(d, uv_strerror(status));
	} else {
		d->dials->owner->socket_failed(d->tcp);
		d->after = next->ai_next;
		dial_try(d, next->ai_addr);
	}
}

static void on_resolved(uv_getaddrinfo_t *resolve, int status, struct addrinfo *all)
{
	struct dial *d = resolve->data;

	d->is_resolving = false;
	d->all = all;
	if (d->is_done) {
		dial_unref(d);
	} else if (status || !all) {
		dial_end(d, status ? uv_strerror(status) : "name has no address");
	} else {
		d->after = all->ai_next;
		dial_try(d, all->ai_addr);
	}
}

static void on_deadline(uv_timer_t *timer)
{
	dial_end(timer->data, "connection timed out");
}

static void dial_resolve(struct dial *d, const struct where *where)
{
	struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
	int failed;

	failed = uv_getaddrinfo(
	    d->dials->loop, &d->resolve, on_resolved, where->host, where->port, &hints);
	if (failed)
		dial_end(d, uv_strerror(failed));
	else
		d->is_resolving = true;
}

void dials_init(struct dials *dials, uv_loop_t *loop, const struct dial_owner *owner, void *context)
{
	*dials = (struct dials){loop, owner, context, NULL};
}

void dial_start(struct dials *dials, uint64_t id, const char *text)
{
	struct sockaddr_storage literal;
	struct where where;
	struct dial *d = calloc(1, sizeof(*d));

	if (!d || uv_timer_init(dials->loop, &d->deadline)) {
		free(d);
		dials->owner->done(dials->context, id, NULL, "out of memory");
		return;
	}
	d->deadline.data = d->resolve.data = d->connect.data = d;
	d->is_timed = true;
	d->dials = dials;
	d->id = id;
	d->next = dials->first;
	dials->first = d;
	uv_timer_start(&d->deadline, on_deadline, DIAL_MS_MAX, 0);
	if (!where_parse(&where, text))
		dial_end(d, "not of the form host:port");
	else if (where_literal(&literal, &where))
		dial_try(d, (struct sockaddr *)&literal);
	else
		dial_resolve(d, &where);
}

void dials_stop(struct dials *dials)
{
	while (dials->first) {
		struct dial *d = dials->first;
		if (d->is_resolving)
			uv_cancel((uv_req_t *)&d->resolve);
		dial_end(d, "stopping");
	}
}
