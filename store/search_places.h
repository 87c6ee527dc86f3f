/* Where in a span what a search looks for stands, and how often, as bits: 64 places are looked at in one step. */
#ifndef STORE_SEARCH_PLACES_H
#define STORE_SEARCH_PLACES_H

#include "store/postings.h"

struct places {
	uint64_t at[POSTINGS_WORDS];
	/* Bit k of how often less one. */
	uint64_t more[POSTINGS_PLANES_MAX][POSTINGS_WORDS];
};

void places_clear(struct places *p);
/* Every posting of an entry. Where something stands there already, the higher number stays. */
void places_add(struct places *p, const struct postings *postings);
/* 0: it does not stand there. */
unsigned places_times(const struct places *p, uint32_t position);
/* Those of word i that stand there more than 2^level times. */
static inline uint64_t places_above(const struct places *p, unsigned level, size_t i)
{
	uint64_t above = 0;

	for (unsigned k = level; k < POSTINGS_PLANES_MAX; k++)
		above |= p->more[k][i];
	return above;
}

#endif
