/* Links between nodes. Bytes of one connection keep their order and are split anywhere, as TCP
 * does; connections are delayed, cut, and stopped by partitions. It knows nothing of what the bytes
 * say.
 *
 * A connection has two ends, 0 the dialler's and 1 the other. Bytes go from an end's queue (what the
 * program wrote) into flight (what the network took) and then to the other end. */
#ifndef SIM_NET_H
#define SIM_NET_H

#include "proto/writer.h"
#include "tests/sim/clock.h"
#include "tests/sim/mix.h"

struct world;

struct chunk {
	int64_t at_us;
	size_t size;
};

/* One direction. */
struct pipe {
	struct writer bytes; /* from `first` on: in flight, then queued */
	size_t first;
	size_t flying;
	struct chunk *chunks;
	size_t chunk_first, chunk_count, chunk_capacity;
	int64_t last_us;
	uint64_t total;
	bool is_ending;	   /* its writer closed: tell the other end when all has arrived */
	bool is_set;	   /* an arrival is set in the clock */
	bool is_waiting;   /* stopped by a partition or a paused reader */
	bool is_drain_set; /* the writer will be told */
	int64_t held_until_us;
	struct writer past; /* the first of its bytes, for who is on the path (path.h) */
	struct mix *frames; /* all that the writer's core sealed */
	size_t frame_count, frame_capacity, frame_taken;
};

struct net_end {
	unsigned node;
	uint64_t life;	   /* of the node; another one does not know the connection */
	bool is_open;	   /* the program holds it */
	bool is_connected; /* the program was told of it */
	bool is_paused;
	uint64_t known; /* records of this end's own log under the head that the other end held when
			   the connection began */
};

struct conn {
	uint64_t id;
	uint64_t dial;
	struct net_end ends[2];
	struct pipe pipes[2]; /* pipes[e] is written by end e */
	bool is_hole;	      /* nothing arrives any more, and nobody is told */
	bool is_stranger;     /* nobody is at the end that dialled */
	bool is_gone;
};

struct net {
	struct conn **conns; /* in the order of their ids */
	size_t count, capacity;
	uint64_t next_id;
	uint8_t *blocked;  /* node × node, counts of the partitions that stop from → to */
	uint8_t *unrouted; /* node × node: never reach each other */
	unsigned nodes;
};

struct net_rules {
	int64_t delay_us_min, delay_us_max;
	size_t
	    chunk_max; /* bytes that travel together; a few only at the beginning of a connection */
	size_t window; /* bytes in flight */
	int64_t refuse_us_max; /* until a dial to nobody fails */
};

void net_init(struct net *net, unsigned nodes);
void net_release(struct net *net);
struct conn *net_conn(const struct net *net, uint64_t id);
/* What the program at `node` does. */
void net_dial(struct world *w, unsigned node, uint64_t dial, const char *host);
void net_send(struct world *w, unsigned node, uint64_t id, struct bytes data);
void net_close(struct world *w, unsigned node, uint64_t id);
void net_pause(struct world *w, unsigned node, uint64_t id, bool is_paused);
/* The program at `node` is gone: killed (the system closes its connections) or without power (nobody
 * is told). */
void net_crash(struct world *w, unsigned node, bool is_power_lost);
/* Both ends lose the connection. */
void net_reset(struct world *w, struct conn *c);
/* From the queue into flight, as far as the window goes. */
void net_pump(struct world *w, struct conn *c, int end);
/* What end `end` writes stands still for a while. */
void net_hold(struct world *w, struct conn *c, int end, int64_t us);
/* Nothing arrives any more; end `forgotten` is told so, the other one is not. -1: neither is. */
void net_halve(struct world *w, struct conn *c, int forgotten);
/* A connection that says these bytes and never anything else. */
void net_stranger(struct world *w, unsigned from, unsigned to, struct bytes bytes);
void net_block(struct world *w, unsigned from, unsigned to, int by);
bool net_is_blocked(const struct net *net, unsigned from, unsigned to);
/* Frees what has ended. */
void net_sweep(struct net *net);

#endif
