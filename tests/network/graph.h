/* Who holds a session with whom, and how far everybody is from everybody. */
#ifndef NETWORK_GRAPH_H
#define NETWORK_GRAPH_H

#include "tests/network/world.h"

struct graph {
	unsigned nodes; /* that run and can be reached */
	double sessions_mean;
	unsigned sessions_max;	/* of any node */
	unsigned sessions_most; /* of 99 in 100 */
	unsigned parts;		/* 1: connected */
	unsigned hops_max;
	double hops_mean;
};

void graph_take(const struct world *w, struct graph *out);

#endif
