/* The network: queues, arrivals and ends. It decides when bytes arrive and in what pieces, never
 * what they are. */
#include "tests/sim/net.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/homes.h"
#include "tests/sim/path.h"
#include "tests/sim/world.h"

/* Whole connections byte by byte would be all that a seed does. */
#define SPLIT_FEW 200
#define SPLIT_BYTES 600

void net_init(struct net *net, unsigned nodes)
{
	*net = (struct net){.next_id = 1, .nodes = nodes};
	net->blocked = calloc(nodes, nodes);
	net->unrouted = calloc(nodes, nodes);
	assert(net->blocked && net->unrouted);
}

static void conn_free(struct conn *c)
{
	for (int e = 0; e < 2; e++) {
		writer_release(&c->pipes[e].bytes);
		free(c->pipes[e].chunks);
		path_release(&c->pipes[e]);
	}
	free(c);
}

void net_release(struct net *net)
{
	for (size_t i = 0; i < net->count; i++)
		conn_free(net->conns[i]);
	free(net->conns);
	free(net->blocked);
	free(net->unrouted);
	*net = (struct net){0};
}

struct conn *net_conn(const struct net *net, uint64_t id)
{
	size_t low = 0, high = net->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (net->conns[middle]->id == id)
			return net->conns[middle]->is_gone ? NULL : net->conns[middle];
		if (net->conns[middle]->id < id)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

void net_sweep(struct net *net)
{
	size_t kept = 0;

	for (size_t i = 0; i < net->count; i++) {
		if (net->conns[i]->is_gone)
			conn_free(net->conns[i]);
		else
			net->conns[kept++] = net->conns[i];
	}
	net->count = kept;
}

bool net_is_blocked(const struct net *net, unsigned from, unsigned to)
{
	size_t at = (size_t)from * net->nodes + to;

	return net->blocked[at] || net->unrouted[at];
}

static int64_t draw_delay(struct world *w)
{
	const struct net_rules *rules = &w->params.net;

	return chance_between(&w->net_chance, rules->delay_us_min, rules->delay_us_max);
}

/* True while the end belongs to the running program. */
static bool is_alive(const struct world *w, const struct net_end *end)
{
	const struct node *node = &w->nodes[end->node];

	return end->is_open && node->core && node->life == end->life;
}

static void forget_if_over(struct conn *c)
{
	if (!c->ends[0].is_open && !c->ends[1].is_open)
		c->is_gone = true;
}

/* --- arrivals -------------------------------------------------------------------------------- */

static void on_arrival(struct world *w, const struct event *e);

static void set_arrival(struct world *w, struct conn *c, int end)
{
	struct pipe *p = &c->pipes[end];
	int64_t at = p->last_us;

	if (p->is_set)
		return;
	if (p->chunk_count)
		at = p->chunks[p->chunk_first].at_us;
	else if (!p->is_ending || p->flying)
		return;
	p->is_set = true;
	clock_set(&w->clock, at, on_arrival, c->id, (uint64_t)end, 0);
}

static void on_drained(struct world *w, const struct event *e)
{
	struct conn *c = net_conn(&w->net, e->a);
	struct pipe *p;

	if (!c)
		return;
	if (node_defers(w, &w->nodes[c->ends[e->b].node], e))
		return;
	p = &c->pipes[e->b];
	p->is_drain_set = false;
	if (is_alive(w, &c->ends[e->b]))
		node_drained(w, c->ends[e->b].node, c->id, p->bytes.size - p->first - p->flying);
}

static size_t draw_chunk(struct world *w, const struct pipe *p, size_t left)
{
	const struct net_rules *rules = &w->params.net;
	size_t most = rules->chunk_max;
	size_t size;

	if (most < SPLIT_FEW && p->total > SPLIT_BYTES)
		most = SPLIT_FEW;
	size = chance_hit(&w->net_chance, 500) ? most : 1 + chance_below(&w->net_chance, most);
	return size < left ? size : left;
}

void net_pump(struct world *w, struct conn *c, int end)
{
	struct pipe *p = &c->pipes[end];
	bool moved = false;

	while (p->flying < w->params.net.window && p->first + p->flying < p->bytes.size) {
		struct chunk chunk = {.at_us = w->clock.now_us + draw_delay(w)};
		chunk.size = draw_chunk(w, p, p->bytes.size - p->first - p->flying);
		if (chunk.at_us < p->last_us)
			chunk.at_us = p->last_us;
		p->last_us = chunk.at_us;
		p->flying += chunk.size;
		p->total += chunk.size;
		if (p->chunk_first && p->chunk_first + p->chunk_count == p->chunk_capacity) {
			memmove(
			    p->chunks, p->chunks + p->chunk_first, p->chunk_count * sizeof(chunk));
			p->chunk_first = 0;
		}
		if (p->chunk_count == p->chunk_capacity) {
			p->chunk_capacity = p->chunk_capacity ? 2 * p->chunk_capacity : 8;
			p->chunks = realloc(p->chunks, p->chunk_capacity * sizeof(chunk));
			assert(p->chunks);
		}
		p->chunks[p->chunk_first + p->chunk_count++] = chunk;
		moved = true;
	}
	if (moved && !p->is_drain_set && c->ends[end].is_open) {
		p->is_drain_set = true;
		clock_set(&w->clock, w->clock.now_us, on_drained, c->id, (uint64_t)end, 0);
	}
	set_arrival(w, c, end);
}

static void on_dial_failed(struct world *w, const struct event *e)
{
	struct node *node = &w->nodes[e->a];

	if (node->core && node->life == e->b && !node_defers(w, node, e))
		node_dial_failed(w, node->at, e->c, "connection refused");
}

static void on_lost(struct world *w, const struct event *e)
{
	struct node *node = &w->nodes[e->a];

	if (node->core && node->life == e->b && !node_defers(w, node, e))
		node_disconnected(w, node->at, e->c);
}

static void end_lost(struct world *w, struct conn *c, int end)
{
	struct net_end *e = &c->ends[end];
	bool was_alive = is_alive(w, e);

	e->is_open = false;
	forget_if_over(c);
	if (was_alive && e->is_connected && node_is_stopped(w, &w->nodes[e->node]))
		clock_set(&w->clock, w->clock.now_us, on_lost, e->node, e->life, c->id);
	else if (was_alive && e->is_connected)
		node_disconnected(w, e->node, c->id);
	else if (was_alive) /* the dialler does not know yet that it was connected */
		clock_set(&w->clock, w->clock.now_us, on_dial_failed, e->node, e->life, c->dial);
}

/* The connection is unknown at `end`: the sender hears of it. */
static void refuse(struct world *w, struct conn *c, int end)
{
	c->ends[end].is_open = false;
	end_lost(w, c, !end);
}

/* What was sent is lost. */
static void swallow(struct conn *c, struct pipe *p)
{
	p->first += p->flying;
	p->flying = p->chunk_count = 0;
	if (p->is_ending)
		forget_if_over(c);
}

/* Not yet: the reader stands still, does not read, or waits for what was lost. */
static bool is_held(struct world *w, const struct conn *c, const struct event *e)
{
	const struct net_end *to = &c->ends[!e->b];
	const struct node *node = &w->nodes[to->node];
	int64_t until = c->pipes[e->b].held_until_us;

	if (!is_alive(w, to))
		return false;
	until = node->deaf_until_us > until ? node->deaf_until_us : until;
	until = node->stopped_until_us > until ? node->stopped_until_us : until;
	if (until <= w->clock.now_us)
		return false;
	clock_set(&w->clock, until, e->run, e->a, e->b, e->c);
	return true;
}

static void on_arrival(struct world *w, const struct event *e)
{
	struct conn *c = net_conn(&w->net, e->a);
	int from = (int)e->b;
	struct pipe *p;
	struct net_end *to;
	struct chunk chunk;
	struct writer copy = {0};

	if (!c)
		return;
	p = &c->pipes[from];
	to = &c->ends[!from];
	if (is_held(w, c, e))
		return;
	p->is_set = false;
	if (c->is_hole || (c->is_stranger && from == 1 && p->chunk_count)) {
		swallow(c, p);
		return;
	}
	if (net_is_blocked(&w->net, c->ends[from].node, to->node) ||
	    (to->is_open && to->is_paused && p->chunk_count)) {
		p->is_waiting = true;
		return;
	}
	if (!is_alive(w, to)) {
		if (!w->nodes[to->node].core && !to->is_open) {
			/* Nobody is there, until the sender gives up. */
			swallow(c, p);
			return;
		}
		refuse(w, c, !from);
		return;
	}
	if (p->chunk_count == 0) {
		end_lost(w, c, !from);
		return;
	}
	chunk = p->chunks[p->chunk_first++];
	p->chunk_count--;
	writer_put(&copy, p->bytes.data + p->first, chunk.size);
	p->first += chunk.size;
	p->flying -= chunk.size;
	if (p->first == p->bytes.size) {
		writer_clear(&p->bytes);
		p->first = 0;
	}
	net_pump(w, c, from);
	node_received(w, to->node, c->id, writer_view(&copy));
	writer_release(&copy);
}

static void resume(struct world *w, struct conn *c, int end)
{
	if (!c->pipes[end].is_waiting)
		return;
	c->pipes[end].is_waiting = false;
	if (c->pipes[end].chunk_count && c->pipes[end].chunks[c->pipes[end].chunk_first].at_us <
					     w->clock.now_us + w->params.net.delay_us_min)
		c->pipes[end].chunks[c->pipes[end].chunk_first].at_us =
		    w->clock.now_us + w->params.net.delay_us_min;
	set_arrival(w, c, end);
}

/* --- dialling -------------------------------------------------------------------------------- */

static struct conn *conn_new(struct net *net)
{
	struct conn *c = calloc(1, sizeof(*c));

	assert(c);
	if (net->count == net->capacity) {
		net->capacity = net->capacity ? net->capacity * 2 : 64;
		net->conns = realloc(net->conns, net->capacity * sizeof(struct conn *));
		assert(net->conns);
	}
	c->id = net->next_id++;
	net->conns[net->count++] = c;
	return c;
}

static void on_connected(struct world *w, const struct event *e)
{
	struct conn *c = net_conn(&w->net, e->a);
	struct net_end *end;

	if (!c)
		return;
	end = &c->ends[0];
	if (node_defers(w, &w->nodes[end->node], e))
		return;
	if (c->is_stranger) {
		net_pump(w, c, 0);
		return;
	}
	if (!is_alive(w, end)) {
		end_lost(w, c, 0);
		return;
	}
	end->is_connected = true;
	node_connected(w, end->node, c->id, c->dial, w->nodes[c->ends[1].node].host);
	if (!c->ends[1].is_open && !c->is_gone) /* closed again meanwhile */
		set_arrival(w, c, 1);
}

static void on_syn(struct world *w, const struct event *e)
{
	struct conn *c = net_conn(&w->net, e->a);
	struct node *to;
	char remote[64];
	int64_t back;

	if (!c)
		return;
	to = &w->nodes[c->ends[1].node];
	if (node_defers(w, to, e))
		return;
	back = draw_delay(w);
	if (!to->core || to->is_outbound_only) {
		c->is_gone = true;
		if (c->is_stranger)
			return;
		clock_set(&w->clock, w->clock.now_us + back, on_dial_failed, c->ends[0].node,
		    c->ends[0].life, c->dial);
		return;
	}
	c->ends[1] = (struct net_end){
	    .node = to->at, .life = to->life, .is_open = true, .is_connected = true};
	for (int end = 0; end < 2; end++)
		c->ends[end].known = judge_known(w, c->ends[!end].node, c->ends[end].node);
	c->pipes[1].last_us = w->clock.now_us + back;
	clock_set(&w->clock, c->pipes[1].last_us, on_connected, c->id, 0, 0);
	snprintf(remote, sizeof(remote), "10.0.%u.1:%u", c->ends[0].node,
	    40000 + (unsigned)(c->id % 20000));
	node_connected(w, to->at, c->id, 0, remote);
}

void net_dial(struct world *w, unsigned node, uint64_t dial, const char *host)
{
	unsigned target = w->node_count;
	int64_t at = w->clock.now_us + draw_delay(w);
	struct conn *c;

	for (unsigned i = 0; i < w->node_count; i++)
		if (strcmp(w->nodes[i].host, host) == 0)
			target = i;
	if (target < w->node_count)
		target = homes_route(w, node, target);
	if (target == w->node_count || net_is_blocked(&w->net, node, target) ||
	    net_is_blocked(&w->net, target, node)) {
		at += chance_between(&w->net_chance, 0, w->params.net.refuse_us_max);
		clock_set(&w->clock, at, on_dial_failed, node, w->nodes[node].life, dial);
		return;
	}
	c = conn_new(&w->net);
	c->dial = dial;
	c->ends[0] = (struct net_end){.node = node, .life = w->nodes[node].life, .is_open = true};
	c->ends[1] = (struct net_end){.node = target};
	clock_set(&w->clock, at, on_syn, c->id, 0, 0);
}

void net_stranger(struct world *w, unsigned from, unsigned to, struct bytes bytes)
{
	struct conn *c;

	if (net_is_blocked(&w->net, from, to) || net_is_blocked(&w->net, to, from))
		return;
	c = conn_new(&w->net);
	c->is_stranger = true;
	c->ends[0] = (struct net_end){.node = from, .life = UINT64_MAX, .is_open = true};
	c->ends[1] = (struct net_end){.node = to};
	writer_bytes(&c->pipes[0].bytes, bytes);
	clock_set(&w->clock, w->clock.now_us + draw_delay(w), on_syn, c->id, 0, 0);
}

/* --- what programs do ------------------------------------------------------------------------ */

static int end_of(const struct world *w, const struct conn *c, unsigned node)
{
	for (int e = 0; c && e < 2; e++)
		if (c->ends[e].node == node && is_alive(w, &c->ends[e]))
			return e;
	return -1;
}

void net_send(struct world *w, unsigned node, uint64_t id, struct bytes data)
{
	struct conn *c = net_conn(&w->net, id);
	int end = end_of(w, c, node);

	if (end < 0)
		return;
	writer_bytes(&c->pipes[end].bytes, data);
	path_saw(w, &c->pipes[end], data);
	net_pump(w, c, end);
}

void net_close(struct world *w, unsigned node, uint64_t id)
{
	struct conn *c = net_conn(&w->net, id);
	int end = end_of(w, c, node);
	struct pipe *p;

	if (end < 0)
		return;
	p = &c->pipes[end];
	c->ends[end].is_open = false;
	p->is_ending = true;
	/* A dying program does not wait for a slow reader: what the network has not taken is lost. */
	p->bytes.size = p->first + p->flying;
	if (p->last_us < w->clock.now_us)
		p->last_us = w->clock.now_us + w->params.net.delay_us_min;
	set_arrival(w, c, end);
	forget_if_over(c);
}

void net_pause(struct world *w, unsigned node, uint64_t id, bool is_paused)
{
	struct conn *c = net_conn(&w->net, id);
	int end = end_of(w, c, node);

	if (end < 0)
		return;
	c->ends[end].is_paused = is_paused;
	if (!is_paused)
		resume(w, c, !end);
}

void net_crash(struct world *w, unsigned node, bool is_power_lost)
{
	for (size_t i = 0; i < w->net.count; i++) {
		struct conn *c = w->net.conns[i];
		for (int e = 0; !c->is_gone && e < 2; e++) {
			struct pipe *p = &c->pipes[e];
			if (c->ends[e].node != node || !c->ends[e].is_open)
				continue;
			c->ends[e].is_open = false;
			p->bytes.size = p->first + p->flying;
			if (is_power_lost) {
				p->chunk_count = 0;
				p->flying = 0;
				p->bytes.size = p->first;
			} else {
				p->is_ending = true;
				if (p->last_us < w->clock.now_us)
					p->last_us = w->clock.now_us + w->params.net.delay_us_min;
				set_arrival(w, c, e);
			}
			forget_if_over(c);
		}
	}
}

void net_reset(struct world *w, struct conn *c)
{
	if (!c->ends[1].is_connected)
		return; /* still dialling */
	end_lost(w, c, 0);
	end_lost(w, c, 1);
}

void net_hold(struct world *w, struct conn *c, int end, int64_t us)
{
	c->pipes[end].held_until_us = w->clock.now_us + us;
}

void net_halve(struct world *w, struct conn *c, int forgotten)
{
	if (!c->ends[1].is_connected || !c->ends[0].is_connected)
		return; /* still dialling */
	c->is_hole = true;
	if (forgotten >= 0)
		end_lost(w, c, forgotten);
}

void net_block(struct world *w, unsigned from, unsigned to, int by)
{
	uint8_t *cell = &w->net.blocked[(size_t)from * w->net.nodes + to];

	*cell = (uint8_t)(*cell + by);
	if (*cell)
		return;
	for (size_t i = 0; i < w->net.count; i++) {
		struct conn *c = w->net.conns[i];
		for (int e = 0; !c->is_gone && e < 2; e++)
			if (c->ends[e].node == from && c->ends[!e].node == to)
				resume(w, c, e);
	}
}
