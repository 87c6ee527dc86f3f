#include "tests/network/wire.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/network/world.h"

/* A core looks whether its peer reads when a quarter of SEND_QUEUE_SIZE_MAX waits: telling it of each message is noise. */
#define DRAINED_MIN 32768
#define DIAL_US_MAX 10000000 /* as daemon/dial.c gives up */

static void chunks_free(struct chunk *c)
{
	while (c) {
		struct chunk *next = c->next;
		free(c);
		c = next;
	}
}

static void conn_free(struct conn *c)
{
	chunks_free(c->ends[0].first);
	chunks_free(c->ends[1].first);
	free(c);
}

void wire_release(struct wire *wire)
{
	for (size_t i = 0; i < wire->count; i++)
		if (wire->conns[i])
			conn_free(wire->conns[i]);
	free(wire->conns);
}

static struct conn *find(struct world *w, uint64_t id)
{
	return id && id <= w->wire.count ? w->wire.conns[id - 1] : NULL;
}

static uint64_t id_new(struct world *w, struct conn *c)
{
	struct wire *wire = &w->wire;

	if (wire->count == wire->capacity) {
		wire->capacity = wire->capacity ? wire->capacity * 2 : 1024;
		wire->conns = realloc(wire->conns, wire->capacity * sizeof(struct conn *));
		assert(wire->conns);
	}
	wire->conns[wire->count++] = c;
	return wire->count;
}

static bool is_alive(const struct world *w, const struct wire_end *end)
{
	const struct node *n = &w->nodes[end->node];

	return end->is_open && n->core && n->life == end->life;
}

bool wire_is_session(const struct world *w, const struct conn *c)
{
	return c && is_alive(w, &c->ends[0]) && is_alive(w, &c->ends[1]);
}

static void sweep(struct world *w, uint64_t id)
{
	struct conn *c = find(w, id);

	if (!c || c->events || is_alive(w, &c->ends[0]) || is_alive(w, &c->ends[1]))
		return;
	conn_free(c);
	w->wire.conns[id - 1] = NULL;
}

static int64_t way_us(const struct world *w, unsigned a, unsigned b)
{
	return (int64_t)w->nodes[a].delay_us + w->nodes[b].delay_us;
}

/* --- bytes ----------------------------------------------------------------------------------- */

static void deliver(struct world *w, uint64_t id, struct conn *c, int to)
{
	struct wire_end *end = &c->ends[to], *from = &c->ends[!to];
	struct chunk *chunk = end->first;

	end->first = chunk->next;
	if (!end->first)
		end->last = &end->first;
	end->coming -= chunk->size;
	c->events++; /* it is not freed under our hands */
	end->drained += chunk->size;
	if (is_alive(w, from) && end->drained >= DRAINED_MIN) {
		end->drained = 0;
		node_drained(w, &w->nodes[from->node], id, end->coming);
	}
	if (is_alive(w, end)) {
		if (chunk->size) {
			node_received(
			    w, &w->nodes[end->node], id, bytes_of(chunk->data, chunk->size));
		} else {
			end->is_open = false;
			node_disconnected(w, &w->nodes[end->node], id);
		}
	}
	c->events--;
	free(chunk);
}

static void on_arrival(struct world *w, const struct event *e)
{
	struct conn *c = find(w, e->a);
	int to = (int)e->b;

	c->events--;
	if (!c->is_lost && !node_is_reachable(w, c->ends[0].node, c->ends[1].node))
		c->is_lost = true;
	if (!c->is_lost && !c->ends[to].is_paused && c->ends[to].first)
		deliver(w, e->a, c, to);
	sweep(w, e->a);
}

static void put(struct world *w, uint64_t id, struct conn *c, int from, struct bytes data)
{
	struct node *n = &w->nodes[c->ends[from].node];
	struct wire_end *to = &c->ends[!from];
	struct chunk *chunk = malloc(sizeof(*chunk) + data.size);
	int64_t now = w->clock.now_us;

	assert(chunk);
	chunk->next = NULL;
	chunk->size = data.size;
	if (data.size)
		memcpy(chunk->data, data.data, data.size);
	if (!to->last)
		to->last = &to->first;
	*to->last = chunk;
	to->last = &chunk->next;
	to->coming += data.size;
	n->up_free_us =
	    (n->up_free_us > now ? n->up_free_us : now) + (int64_t)(data.size * 8000 / n->up_kbit);
	c->events++;
	clock_set(&w->clock, n->up_free_us + way_us(w, c->ends[0].node, c->ends[1].node),
	    on_arrival, id, (uint64_t)!from, 0);
}

static int end_of(const struct world *w, const struct conn *c, const struct node *n)
{
	for (int e = 0; c && e < 2; e++)
		if (c->ends[e].node == n->at && is_alive(w, &c->ends[e]))
			return e;
	return -1;
}

void wire_send(struct world *w, struct node *n, uint64_t id, struct bytes data)
{
	struct conn *c = find(w, id);
	int end = end_of(w, c, n);

	if (end < 0 || data.size == 0)
		return;
	n->spent.writes++;
	n->spent.bytes += data.size;
	put(w, id, c, end, data);
}

void wire_close(struct world *w, struct node *n, uint64_t id)
{
	struct conn *c = find(w, id);
	int end = end_of(w, c, n);

	if (end < 0)
		return;
	put(w, id, c, end, (struct bytes){0});
	c->ends[end].is_open = false;
}

void wire_pause(struct world *w, struct node *n, uint64_t id, bool is_paused)
{
	struct conn *c = find(w, id);
	int end = end_of(w, c, n);

	if (end < 0)
		return;
	c->ends[end].is_paused = is_paused;
	for (const struct chunk *k = c->ends[end].first; !is_paused && k; k = k->next) {
		c->events++; /* those on their way come a little early, in their order */
		clock_set(&w->clock, w->clock.now_us, on_arrival, id, (uint64_t)end, 0);
	}
}

void wire_stop(struct world *w, const struct node *n)
{
	for (size_t i = 0; i < w->wire.count; i++) {
		struct conn *c = w->wire.conns[i];
		int end = end_of(w, c, n);
		if (end < 0)
			continue;
		put(w, i + 1, c, end, (struct bytes){0});
		c->ends[end].is_open = false;
	}
}

/* --- dialling -------------------------------------------------------------------------------- */

static void on_dial_failed(struct world *w, const struct event *e)
{
	struct node *n = &w->nodes[e->a];

	if (n->core && n->life == e->b)
		node_dial_failed(w, n, e->c, "connection failed");
}

static void on_connected(struct world *w, const struct event *e)
{
	struct conn *c = find(w, e->a);
	struct wire_end *end = &c->ends[0];
	struct node *n = &w->nodes[end->node];
	char remote[64];

	c->events--;
	if (n->core && n->life == end->life) {
		end->is_open = true;
		snprintf(remote, sizeof(remote), "10.%u.%u.1:7117", c->ends[1].node / 250,
		    c->ends[1].node % 250);
		node_connected(w, n, e->a, c->dial, remote);
	}
	sweep(w, e->a);
}

static void on_syn(struct world *w, const struct event *e)
{
	struct conn *c = find(w, e->a);
	struct node *to = &w->nodes[c->ends[1].node];
	int64_t back = w->clock.now_us + way_us(w, c->ends[0].node, c->ends[1].node);
	char remote[64];

	c->events--;
	if (!to->core || to->is_outbound_only) {
		clock_set(
		    &w->clock, back, on_dial_failed, c->ends[0].node, c->ends[0].life, c->dial);
		sweep(w, e->a);
		return;
	}
	c->ends[1].life = to->life;
	c->ends[1].is_open = true;
	c->events++;
	clock_set(&w->clock, back, on_connected, e->a, 0, 0);
	snprintf(remote, sizeof(remote), "10.%u.%u.1:%u", c->ends[0].node / 250,
	    c->ends[0].node % 250, 40000 + (unsigned)(e->a % 20000));
	node_connected(w, to, e->a, 0, remote);
}

void wire_dial(struct world *w, struct node *n, uint64_t dial, const char *host)
{
	struct conn *c;
	unsigned to = (unsigned)strtoul(host + 1, NULL, 10);

	assert(host[0] == 'n' && to < w->node_count);
	if (!node_is_reachable(w, n->at, to) || (!w->nodes[to].core && to % 2)) {
		clock_set(
		    &w->clock, w->clock.now_us + DIAL_US_MAX, on_dial_failed, n->at, n->life, dial);
		return;
	}
	c = calloc(1, sizeof(*c));
	assert(c);
	c->dial = dial;
	c->ends[0] = (struct wire_end){.node = n->at, .life = n->life};
	c->ends[1] = (struct wire_end){.node = to};
	c->events = 1;
	clock_set(&w->clock, w->clock.now_us + way_us(w, n->at, to), on_syn, id_new(w, c), 0, 0);
}
