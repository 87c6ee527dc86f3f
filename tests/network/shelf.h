/* The store of one node: how far it holds each log of the ledger, and when it came. Changes that wait become durable
 * together, as store/ does it; a node that stops loses what was under way. */
#ifndef NETWORK_SHELF_H
#define NETWORK_SHELF_H

#include "proto/core.h"

struct world;
struct node;

struct shelf_log {
	uint32_t stored, head; /* records */
	uint32_t head_arrival;
};

struct shelf_change {
	uint64_t id;
	struct writer data;
	struct shelf_change *next;
};

/* Records of one log that came together. */
struct shelf_run {
	uint32_t log, from;
	uint64_t arrival; /* of the first */
};

struct shelf {
	struct shelf_log *logs; /* as in the ledger */
	uint64_t arrivals;
	uint64_t total;		/* of the heads' sizes */
	struct shelf_run *runs; /* since the beginning of the play */
	size_t run_count, run_capacity;
	struct change_cursor *cursors;
	size_t cursor_count;
	struct shelf_change *first, **last; /* not begun */
	struct shelf_change *group;	    /* being committed */
};

void shelf_init(struct shelf *s, unsigned logs);
void shelf_release(struct shelf *s);
void shelf_stop(struct shelf *s); /* forgets what is under way */
/* Both take what they are given. */
void shelf_push(struct world *w, struct node *n, uint64_t change, struct writer *data);
void shelf_read(struct world *w, struct node *n, uint64_t id, struct read *read);
void shelf_dump(const struct world *w, const struct node *n, struct writer *out);

#endif
