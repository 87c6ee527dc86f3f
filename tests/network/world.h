/* A network of many nodes in virtual time, to measure and not to break it: every node is the real core, what lies around
 * it is as small as can be. All nodes hold the same logs, so records are kept once (struct ledger) and a node's store is
 * how far it has each of them (struct shelf). Nothing fails here but links and machines. */
#ifndef NETWORK_WORLD_H
#define NETWORK_WORLD_H

#include "proto/core.h"
#include "tests/network/ledger.h"
#include "tests/network/shelf.h"
#include "tests/network/wire.h"
#include "tests/sim/chance.h"
#include "tests/sim/clock.h"

#define KEEPER 0u
#define STEP_MS 100

/* What a node spent since the last reset. */
struct spent {
	uint64_t writes, bytes;
};

struct node {
	unsigned at;
	char code[CODE_SIZE_MAX + 1];
	char address[96];
	struct key member, log, transport;
	struct seckey member_sk, log_sk, transport_sk;
	uint8_t store_id[STORE_ID_SIZE];
	struct writer log_open;
	uint8_t log_open_salt[RECORD_SALT_SIZE];
	bool is_outbound_only;
	bool is_admitted; /* in the roster from the start */

	struct core *core; /* NULL while it is off */
	uint64_t life;	   /* counts starts */
	int64_t tick_us;
	struct shelf shelf;
	bool is_dark; /* its line is dead: it runs, and nothing comes or goes */
	unsigned side;
	int64_t up_free_us; /* its line is busy until then */
	uint32_t delay_us;  /* its share of the way to anybody */
	uint32_t up_kbit;
	struct spent spent;
	int64_t since_us; /* it was started or lit again, 0 for from the beginning */
	bool is_behind;	  /* and has not caught up since */
};

/* How long things took: counts of hundredths of a second, up to 1,000 s. */
#define DELAY_UNIT_MS 10
#define DELAYS_MAX 100000
struct delays {
	uint32_t counts[DELAYS_MAX + 1];
	uint64_t count;
	int64_t max_ms;
};

/* A record that is on its way to everybody. */
struct news {
	uint32_t size;
	int64_t at_us;
	struct news *next;
};

struct world {
	struct clock clock;
	struct chance chance;
	struct ledger ledger;
	struct wire wire;
	struct node *nodes;
	unsigned node_count;
	bool is_split; /* sides do not reach each other */
	struct seckey roster_sk;
	struct news **news; /* by log, newest first */
	struct delays delays, returns;
	uint64_t messages[32], message_bytes[32]; /* by type, of everybody */
	int64_t reset_us;
	uint64_t warnings;
	bool is_told; /* what warnings say is printed */
};

struct plan {
	unsigned nodes;
	unsigned outbound_per_mille; /* of them behind a router that lets nobody in */
	uint64_t seed;
	bool is_warm; /* everybody holds everybody's log.open and address from the start */
};

/* The last of plan.nodes is not started. */
void world_init(struct world *w, const struct plan *plan);
void world_release(struct world *w);
void world_run(struct world *w, int64_t ms); /* that long */
int64_t world_ms(const struct world *w);
void world_reset(struct world *w); /* what was spent and measured */

void node_start(struct world *w, struct node *n);
void node_stop(struct world *w, struct node *n);
/* The line dies, or lives again. */
void node_darken(struct world *w, struct node *n, bool is_dark);
void node_publish(struct world *w, struct node *n, unsigned records);
bool node_is_reachable(const struct world *w, unsigned a, unsigned b);
/* It holds the head of that log at that size now, where it had one at `old`. */
void node_has(struct world *w, struct node *n, unsigned log, uint32_t old, uint32_t size);
bool node_is_up(const struct node *n); /* runs, and its line lives */

/* Inputs. */
void node_connected(
    struct world *w, struct node *n, uint64_t conn, uint64_t dial, const char *remote);
void node_dial_failed(struct world *w, struct node *n, uint64_t dial, const char *reason);
void node_received(struct world *w, struct node *n, uint64_t conn, struct bytes in);
void node_disconnected(struct world *w, struct node *n, uint64_t conn);
void node_drained(struct world *w, struct node *n, uint64_t conn, size_t queued);
void node_change_done(
    struct world *w, struct node *n, uint64_t change, const struct change_result *result);
void node_read_done(
    struct world *w, struct node *n, uint64_t read, enum err err, struct bytes data);

void delays_add(struct delays *d, int64_t ms);
int64_t delays_at(const struct delays *d, unsigned per_mille);

#endif
