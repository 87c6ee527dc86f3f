/* Somebody on the path between two nodes: he sees every sealed byte, and may change, drop, add and repeat them. What a core
 * takes for a frame has to be one that the other core sent on that connection, in its turn. */
#ifndef SIM_PATH_H
#define SIM_PATH_H

#include "proto/core_parts.h"
#include "tests/sim/net.h"

struct world;
struct node;

/* Strikes one connection. */
void path_tamper(struct world *w);
/* Bytes that end `end` wrote. */
void path_saw(struct world *w, struct pipe *p, struct bytes data);
/* A frame leaves the core of the node, or is taken by it. */
void path_sent(struct world *w, const struct node *node, const struct session *s, uint8_t type,
    struct bytes body);
void path_taken(
    struct world *w, const struct node *node, const struct session *s, const struct frame *frame);
void path_release(struct pipe *p);

#endif
