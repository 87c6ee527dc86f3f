#include "tests/network/graph.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct edges {
	unsigned *first; /* of each node, in `to` */
	unsigned *to;
};

static unsigned *array(size_t count)
{
	unsigned *a = calloc(count + 1, sizeof(unsigned));

	assert(a);
	return a;
}

static bool is_edge(const struct world *w, const struct conn *c)
{
	return wire_is_session(w, c) && !c->is_lost &&
	       node_is_reachable(w, c->ends[0].node, c->ends[1].node);
}

static void gather(const struct world *w, struct edges *e)
{
	unsigned *at = array(w->node_count);

	e->first = array(w->node_count + 1);
	for (size_t i = 0; i < w->wire.count; i++)
		for (int k = 0; k < 2; k++)
			if (is_edge(w, w->wire.conns[i]))
				e->first[w->wire.conns[i]->ends[k].node + 1]++;
	for (unsigned i = 0; i < w->node_count; i++)
		at[i] = e->first[i + 1] += e->first[i];
	for (unsigned i = w->node_count; i-- > 0;)
		at[i] = e->first[i];
	e->to = array(e->first[w->node_count]);
	for (size_t i = 0; i < w->wire.count; i++) {
		const struct conn *c = w->wire.conns[i];
		for (int k = 0; k < 2; k++)
			if (is_edge(w, c))
				e->to[at[c->ends[k].node]++] = c->ends[!k].node;
	}
	free(at);
}

/* Hops to everybody from one; how many were reached, itself included. */
static unsigned walk(
    const struct world *w, const struct edges *e, unsigned from, unsigned *hops, unsigned *queue)
{
	unsigned head = 0, tail = 0;

	for (unsigned i = 0; i < w->node_count; i++)
		hops[i] = UINT32_MAX;
	hops[from] = 0;
	queue[tail++] = from;
	while (head < tail) {
		unsigned n = queue[head++];
		for (unsigned i = e->first[n]; i < e->first[n + 1]; i++) {
			unsigned to = e->to[i];
			if (hops[to] != UINT32_MAX)
				continue;
			hops[to] = hops[n] + 1;
			queue[tail++] = to;
		}
	}
	return tail;
}

static int compare(const void *a, const void *b)
{
	const unsigned *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

void graph_take(const struct world *w, struct graph *out)
{
	unsigned *hops = array(w->node_count), *queue = array(w->node_count),
		 *degrees = array(w->node_count), *part = array(w->node_count);
	uint64_t sum = 0, pairs = 0;
	struct edges e;

	*out = (struct graph){0};
	gather(w, &e);
	for (unsigned i = 0; i < w->node_count; i++) {
		if (!node_is_up(&w->nodes[i]))
			continue;
		degrees[out->nodes++] = e.first[i + 1] - e.first[i];
		out->sessions_mean += e.first[i + 1] - e.first[i];
		unsigned reached = walk(w, &e, i, hops, queue);
		if (!part[i])
			out->parts++;
		for (unsigned k = 0; k < reached; k++) {
			part[queue[k]] = 1;
			sum += hops[queue[k]];
			if (hops[queue[k]] > out->hops_max)
				out->hops_max = hops[queue[k]];
		}
		pairs += reached - 1;
	}
	qsort(degrees, out->nodes, sizeof(*degrees), compare);
	out->sessions_mean /= out->nodes ? out->nodes : 1;
	out->sessions_max = out->nodes ? degrees[out->nodes - 1] : 0;
	out->sessions_most = out->nodes ? degrees[out->nodes * 99 / 100] : 0;
	out->hops_mean = pairs ? (double)sum / (double)pairs : 0;
	free(hops);
	free(queue);
	free(degrees);
	free(part);
	free(e.first);
	free(e.to);
}
