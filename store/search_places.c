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

static unsigned more_at(const struct places *p, size_t i, unsigned bit)
{
	unsigned more = 0;

	for (unsigned k = 0; k < POSTINGS_PLANES_MAX; k++)
		more |= (unsigned)(p->more[k][i] >> bit & 1) << k;
	return more;
}

static void raise_one(struct places *p, uint32_t position, unsigned more)
{
	unsigned bit = position % 64;
	size_t i = position / 64;

	if (more_at(p, i, bit) >= more)
		return;
	for (unsigned k = 0; k < POSTINGS_PLANES_MAX; k++)
		p->more[k][i] = (p->more[k][i] & ~((uint64_t)1 << bit)) | (uint64_t)(more >> k & 1)
									      << bit;
}

/* Once is what most say, and raises nothing. */
static void add_steps(struct places *p, struct postings postings)
{
	uint8_t times;

	while (postings_next(&postings, &times)) {
		p->at[postings.position / 64] |= (uint64_t)1 << (postings.position % 64);
		if (times > 1)
			raise_one(p, postings.position, times - 1u);
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
	size_t i = position / 64;

	return p->at[i] >> (position % 64) & 1 ? 1 + more_at(p, i, position % 64) : 0;
}
