/* Postings laid over each other. It knows nothing of what they are worth. */
#include "store/search_places.h"

#include <string.h>

void places_clear(struct places *p)
{
	memset(p, 0, sizeof(*p));
}

/* The higher of two numbers at each of 64 places, both of them in planes. */
static void raise_word(
    struct places *p, size_t i, const uint64_t more[POSTINGS_PLANES_MAX], bool overlaps)
{
	uint64_t higher = 0, equal = UINT64_MAX;

	for (unsigned k = 0; !overlaps && k < POSTINGS_PLANES_MAX; k++)
		p->more[k][i] |= more[k];
	if (!overlaps)
		return;
	for (unsigned k = POSTINGS_PLANES_MAX; k-- > 0;) {
		higher |= equal & more[k] & ~p->more[k][i];
		equal &= ~(more[k] ^ p->more[k][i]);
	}
	for (unsigned k = 0; k < POSTINGS_PLANES_MAX; k++)
		p->more[k][i] = (p->more[k][i] & ~higher) | (more[k] & higher);
}

static void add_bits(struct places *p, const struct postings *postings)
{
	for (size_t i = 0; i < postings->count; i++) {
		size_t word = postings->first + i;
		uint64_t more[POSTINGS_PLANES_MAX] = {0}, at = postings_places(postings, i);

		for (unsigned k = 0; k < postings->planes; k++)
			more[k] = postings_plane(postings, k, i) & at;
		if (postings->planes > 0)
			raise_word(p, word, more, (p->at[word] & at) != 0);
		p->at[word] |= at;
	}
}

static void raise_one(struct places *p, uint32_t position, unsigned more)
{
	uint64_t bit = (uint64_t)1 << (position % 64);
	size_t i = position / 64;

	if (places_times(p, position) > more)
		return;
	for (unsigned k = 0; k < POSTINGS_PLANES_MAX; k++)
		p->more[k][i] = (p->more[k][i] & ~bit) | (more >> k & 1 ? bit : 0);
}

static void add_steps(struct places *p, struct postings postings)
{
	uint8_t times;

	while (postings_next(&postings, &times)) {
		uint64_t bit = (uint64_t)1 << (postings.position % 64);
		size_t i = postings.position / 64;
		unsigned more = times - 1u;

		if (p->at[i] & bit) {
			raise_one(p, postings.position, more);
			continue;
		}
		p->at[i] |= bit;
		for (unsigned k = 0; more > 0 && k < POSTINGS_PLANES_MAX; more >>= 1, k++)
			p->more[k][i] |= more & 1 ? bit : 0;
	}
}

void places_add(struct places *p, const struct postings *postings)
{
	if (postings->is_bits)
		add_bits(p, postings);
	else
		add_steps(p, *postings);
}

unsigned places_times(const struct places *p, uint32_t position)
{
	unsigned bit = position % 64, more = 0;
	size_t i = position / 64;

	if (!(p->at[i] >> bit & 1))
		return 0;
	for (unsigned k = 0; k < POSTINGS_PLANES_MAX; k++)
		more |= (unsigned)(p->more[k][i] >> bit & 1) << k;
	return 1 + more;
}
