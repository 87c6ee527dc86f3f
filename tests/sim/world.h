/* One simulated network under one seed, and what is found wrong with it. */
#ifndef SIM_WORLD_H
#define SIM_WORLD_H

#include "tests/sim/chance.h"
#include "tests/sim/clock.h"
#include "tests/sim/disk.h"
#include "tests/sim/judge.h"
#include "tests/sim/model.h"
#include "tests/sim/net.h"
#include "tests/sim/node.h"
#include "tests/sim/params.h"
#include "tests/sim/people.h"
#include "tests/sim/script.h"
#include "tests/sim/trace.h"

/* Node 0 keeps the roster. */
#define KEEPER 0

struct options {
	bool is_traced;
	bool with_lmdb;
	bool is_real;		     /* signatures and sealing are not imitated */
	const struct script *script; /* instead of what the seed would draw, or NULL */
};

struct world {
	uint64_t seed;
	struct options options;
	struct params params;
	struct chance chance; /* setting up, work and faults */
	struct chance net_chance;
	struct chance disk_chance;
	struct chance hostile_chance;
	struct chance erase_chance;  /* what is erased */
	struct chance naming_chance; /* which branches are named */
	struct chance keeper_chance; /* what coordinators do who mean harm */
	struct clock clock;
	struct trace trace;
	struct net net;
	struct node *nodes;
	unsigned node_count;
	struct hash network;
	struct people people;
	struct judge judge;
	uint32_t marks[MARK_COUNT]; /* rare branches of the cores */
	uint32_t deeds[DEED_COUNT];
	bool has_erasures; /* somebody asked for one */
	bool is_healing;   /* no more faults and no more work */
	bool has_failed;
	char invariant[32];
	char failure[512];
};

struct verdict {
	bool has_failed;
	char invariant[32];
	char failure[512];
	struct mix digest;
	uint64_t events;
	uint64_t acknowledged;
	int64_t virtual_ms;
	uint32_t marks[MARK_COUNT];
	uint32_t deeds[DEED_COUNT];
	bool was_compared; /* with LMDB */
};

/* Runs one seed from beginning to end. */
void world_run(uint64_t seed, const struct options *options, struct verdict *out);
/* For struct core_config. */
void world_mark(void *world, enum mark mark);
/* The first one stays. */
void world_fail(struct world *w, const char *invariant, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
