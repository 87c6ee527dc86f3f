/* Rung by any thread, heard on the loop: many rings before it is heard are one. What was written before it is rung is seen
 * by who hears it, and who rings never waits.
 *
 * In place of uv_async, whose receiver turns in a busy loop until the sender is done with the handle: a sender that is
 * put aside by the very thread that it woke costs 1,000 turns and a sched_yield, each time on a machine of few cores. */
#ifndef DAEMON_BELL_H
#define DAEMON_BELL_H

#include <uv.h>

struct bell;

typedef void bell_fn(struct bell *bell);

struct bell {
	uv_poll_t poll;
	bell_fn *heard;
	void *data; /* the owner's */
	int fd;
};

/* A libuv error, 0 for none. */
int bell_init(struct bell *bell, uv_loop_t *loop, bell_fn *heard);
void bell_ring(struct bell *bell);
/* Nobody rings any more; the memory stays until the loop has run. */
void bell_close(struct bell *bell);

#endif
