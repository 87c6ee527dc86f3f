/* The situations that are played, and what is said of each. */
#ifndef NETWORK_PLAY_H
#define NETWORK_PLAY_H

#include "tests/network/graph.h"

struct row {
	const char *name;
	unsigned nodes;
	uint64_t records;		/* published in it */
	int64_t p50_ms, p99_ms, max_ms; /* until a node has what it lacked */
	double minutes;			/* of virtual time */
	double writes_mean, bytes_mean; /* a node */
	uint64_t writes_max, bytes_max;
	struct graph graph; /* at its end */
	bool is_converged;
	double cpu_s;
};

/* All of them, or those whose names stand in `only`; each row is given as soon as it is there. */
struct play {
	struct plan plan;
	const char *only;
	bool is_told;  /* what nodes warn of, and which messages went */
	unsigned part; /* of a day: one in so many records, in as much less time */
	void (*give)(const struct row *row);
};
void play_all(const struct play *play);

void count_reset(void);
uint64_t count_messages(unsigned type, uint64_t *bytes);
uint64_t count_messages_of(unsigned node, unsigned type, uint64_t *bytes);

#endif
