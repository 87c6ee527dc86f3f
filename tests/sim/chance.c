/* SplitMix64: a counter hashed, so that neighbouring seeds have nothing in common. It decides
 * nothing about what is drawn. */
#include "tests/sim/chance.h"

void chance_init(struct chance *c, uint64_t seed)
{
	c->state = seed * 0xd1342543de82ef95u + 0x632be59bd9b4e019u;
}

uint64_t chance_next(struct chance *c)
{
	uint64_t z = c->state += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

uint64_t chance_below(struct chance *c, uint64_t bound)
{
	return bound ? chance_next(c) % bound : 0;
}

int64_t chance_between(struct chance *c, int64_t low, int64_t high)
{
	return low + (int64_t)chance_below(c, (uint64_t)(high - low) + 1);
}

bool chance_hit(struct chance *c, unsigned per_mille)
{
	return chance_below(c, 1000) < per_mille;
}

void chance_bytes(struct chance *c, void *out, size_t size)
{
	uint8_t *at = out;

	for (size_t i = 0; i < size; i++)
		at[i] = (uint8_t)(chance_next(c) >> 56);
}
