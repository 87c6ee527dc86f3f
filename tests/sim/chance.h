/* The only source of chance in a simulation: a seed decides everything that is drawn from it. */
#ifndef SIM_CHANCE_H
#define SIM_CHANCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct chance {
	uint64_t state;
};

void chance_init(struct chance *c, uint64_t seed);
uint64_t chance_next(struct chance *c);
/* Uniform enough in [0, bound); 0 for bound 0. */
uint64_t chance_below(struct chance *c, uint64_t bound);
/* Both ends included. */
int64_t chance_between(struct chance *c, int64_t low, int64_t high);
/* True `per_mille` times of a thousand. */
bool chance_hit(struct chance *c, unsigned per_mille);
void chance_bytes(struct chance *c, void *out, size_t size);

#endif
