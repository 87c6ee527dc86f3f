/* Lines and connections: a node's line sends its bytes one after the other at its rate, each way has its delay, the bytes
 * of a connection keep their order. What is sent to where nobody can be reached is lost, and nobody is told. */
#ifndef NETWORK_WIRE_H
#define NETWORK_WIRE_H

#include "proto/bytes.h"

struct world;
struct node;

struct chunk {
	struct chunk *next;
	size_t size; /* 0: the end */
	uint8_t data[];
};

struct wire_end {
	unsigned node;
	uint64_t life;
	bool is_open; /* the program holds it and was told of it */
	bool is_paused;
	struct chunk *first, **last; /* on their way to this end */
	size_t coming;		     /* bytes of them */
	size_t drained;		     /* delivered, and the other end's core was not told */
};

struct conn {
	uint64_t dial;
	struct wire_end ends[2]; /* 0: who dialled */
	bool is_lost;		 /* something that was sent never arrived: nothing does any more */
	unsigned events;
};

struct wire {
	struct conn **conns; /* by id; NULL when it is over */
	size_t count, capacity;
};

void wire_release(struct wire *wire);
void wire_dial(struct world *w, struct node *n, uint64_t dial, const char *host);
void wire_send(struct world *w, struct node *n, uint64_t conn, struct bytes data);
void wire_close(struct world *w, struct node *n, uint64_t conn);
void wire_pause(struct world *w, struct node *n, uint64_t conn, bool is_paused);
/* The node stopped: whoever can be reached is told. */
void wire_stop(struct world *w, const struct node *n);
/* Both ends hold it. */
bool wire_is_session(const struct world *w, const struct conn *c);

#endif
