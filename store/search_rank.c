/* Which matches of a search are the best: BM25, and what is left out because it is superseded, withdrawn or not there any
 * more. It decides the order; where words stand others found out. */
#include <math.h>

#include "store/facet.h"
#include "store/query_search.h"

#define BM25_K1 1.2
#define BM25_B 0.75
#define SCORE_UNIT 1000 /* of one in a row's score */

/* --- what a match is worth ------------------------------------------------------------------- */

void search_fill_scores(const struct search *s, struct clause_rows *c)
{
	double records = 0, words = 0, average, found = (double)c->count, rarity;

	for (int i = 0; i < VIEW_LENGTH_CLASSES; i++) {
		records += (double)s->lengths.count[i];
		words += (double)s->lengths.count[i] * view_class_length[i];
	}
	average = records > 0 && words > 0 ? words / records : 1;
	if (found > records) /* a record that holds several forms is counted with each */
		found = records;
	rarity = log(1 + (records - found + 0.5) / (found + 0.5));
	for (unsigned weight = 0; weight < 256; weight++) {
		double times = weight >> 4, length = view_class_length[weight & 15];
		double worth = rarity * times * (BM25_K1 + 1) /
			       (times + BM25_K1 * (1 - BM25_B + BM25_B * length / average));
		c->scores[weight] = 1 + (uint32_t)(worth * SCORE_UNIT);
	}
}

static unsigned class_at(const struct search *s, uint32_t position)
{
	unsigned class = s->classes[position];

	return (class > 0 ? class - 1 : 0) & (VIEW_LENGTH_CLASSES - 1);
}

static uint32_t score_of(const struct search *s, uint32_t position)
{
	unsigned class = class_at(s, position);
	uint32_t score = 0;

	for (size_t i = 0; i < s->words.clause_count; i++) {
		const struct clause_rows *c = &s->clauses[i];
		unsigned times = places_times(c->places, position);

		if (!c->clause->is_not)
			score += c->scores[(times > 0 ? times : 1) << 4 | class];
	}
	return score;
}

/* The most that a record of a class is worth which holds no word more than 2^level times, 15 at the last level. */
struct bounds {
	uint32_t most[SEARCH_LEVELS + 1][VIEW_LENGTH_CLASSES];
	/* For the lowest score that may still be shown: how many levels a record of each class has to be above, and the
	 * fewest of them. */
	uint8_t need[VIEW_LENGTH_CLASSES];
	unsigned need_least;
	uint32_t least;
};

static void bounds_make(const struct search *s, struct bounds *b)
{
	for (unsigned level = 0; level <= SEARCH_LEVELS; level++) {
		unsigned times = level < SEARCH_LEVELS ? 1u << level : VIEW_TIMES_MAX;
		for (unsigned class = 0; class < VIEW_LENGTH_CLASSES; class ++) {
			uint32_t most = 0;
			for (size_t i = 0; i < s->words.clause_count; i++)
				if (!s->clauses[i].clause->is_not)
					most += s->clauses[i].scores[times << 4 | class];
			b->most[level][class] = most;
		}
	}
}

static void bounds_raise(const struct search *s, struct bounds *b, uint32_t least)
{
	b->least = least;
	b->need_least = SEARCH_LEVELS + 1;
	for (unsigned class = 0; class < VIEW_LENGTH_CLASSES; class ++) {
		unsigned need = 0;

		while (need <= SEARCH_LEVELS && b->most[need][class] < least)
			need++;
		b->need[class] = (uint8_t)need;
		if (need < b->need_least && s->lengths.count[class] > 0)
			b->need_least = need;
	}
}

/* Those of word i in which some word stands often enough. */
static uint64_t above(const struct search *s, unsigned need, size_t i)
{
	uint64_t bits = 0;

	if (need == 0)
		return UINT64_MAX;
	for (size_t j = 0; need <= SEARCH_LEVELS && j < s->words.clause_count; j++)
		if (!s->clauses[j].clause->is_not)
			bits |= places_above(s->clauses[j].places, need - 1, i);
	return bits;
}

/* --- the best of them ------------------------------------------------------------------------ */

bool answer_is_worse(const struct answer *a, const struct answer *b)
{
	return a->score < b->score || (a->score == b->score && a->arrival < b->arrival);
}

static void sift_down(struct search *s, size_t at)
{
	for (;;) {
		size_t worst = at, left = 2 * at + 1;
		struct answer swapped;

		if (left < s->heap_size && answer_is_worse(&s->heap[left], &s->heap[worst]))
			worst = left;
		if (left + 1 < s->heap_size && answer_is_worse(&s->heap[left + 1], &s->heap[worst]))
			worst = left + 1;
		if (worst == at)
			return;
		swapped = s->heap[at];
		s->heap[at] = s->heap[worst];
		s->heap[worst] = swapped;
		at = worst;
	}
}

static void heap_put(struct search *s, const struct answer *answer)
{
	size_t at;

	if (s->heap_size == s->heap_max) {
		s->heap[0] = *answer;
		sift_down(s, 0);
		return;
	}
	at = s->heap_size++;
	for (; at > 0 && answer_is_worse(answer, &s->heap[(at - 1) / 2]); at = (at - 1) / 2)
		s->heap[at] = s->heap[(at - 1) / 2];
	s->heap[at] = *answer;
}

/* Looked at only when its score would be shown. Most is told by the facets; a payload is read for
 * phrases. */
static bool answers(struct search *s, uint64_t arrival)
{
	const uint8_t *row = filter_fits(s->q, &s->filter, arrival);
	struct found found;

	if (!row || (facet_flags(row) & (FACET_UNREADABLE | FACET_WITHDRAWN | FACET_PAST_CUT)))
		return false;
	if (s->words.phrase_count == 0)
		return true;
	return found_at_arrival(s->q, arrival, &found) && found.record.state == RECORD_PRESENT &&
	       search_words_phrases(
		   &s->words, found.record.payload, kind_by_number(found.record.header.kind));
}

/* What comes later is older, so that among equals the first ones stay. */
static void consider(struct search *s, struct bounds *b, uint32_t span, uint32_t position)
{
	struct answer answer = {score_of(s, position), (uint64_t)span << VIEW_SPAN_BITS | position};

	if (answer.score < b->least || (s->after.score > 0 && !answer_is_worse(&answer, &s->after)))
		return;
	if (!answers(s, answer.arrival))
		return;
	heap_put(s, &answer);
	if (s->heap_size == s->heap_max)
		bounds_raise(s, b, s->heap[0].score + 1);
}

/* The matches of a span, the newest first. Once a page is full, most are ruled out by what they can be worth at most. */
void search_consider_span(struct search *s, uint32_t span)
{
	struct bounds b;

	bounds_make(s, &b);
	bounds_raise(s, &b, s->heap_size == s->heap_max ? s->heap[0].score + 1 : 0);
	for (uint32_t at = POSTINGS_WORDS; at > 0 && query_ok(s->q); at--) {
		uint64_t bits = s->matches[at - 1];
		unsigned need = b.need_least;

		if (bits != 0)
			bits &= above(s, need, at - 1);
		while (bits != 0) {
			unsigned bit = 63 - (unsigned)__builtin_clzll(bits);
			uint32_t position = (at - 1) * 64 + bit;

			bits ^= (uint64_t)1 << bit;
			if (b.need[class_at(s, position)] <= need ||
			    above(s, b.need[class_at(s, position)], at - 1) >> bit & 1)
				consider(s, &b, span, position);
		}
	}
}
