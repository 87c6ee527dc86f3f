/* Postings: at which places of a span a term stands, and how often, as the entries of a page hold them. FORMAT.md, "words".
 *
 * Two forms: steps, a byte or two a place, of most terms; bits, of terms that stand in every sixth record or more often,
 * which a search goes through 64 places at a time. Nothing here trusts a byte of either. */
#ifndef STORE_POSTINGS_H
#define STORE_POSTINGS_H

#include "proto/writer.h"

#define VIEW_SPAN_BITS 16
#define VIEW_SPAN_SIZE (1u << VIEW_SPAN_BITS)
#define VIEW_TIMES_MAX 15

struct posting {
	uint16_t position; /* in its span */
	uint8_t times;	   /* 1 to VIEW_TIMES_MAX */
};

/* Bits: u8 planes ‖ u16 first word ‖ words of 64 places, a set bit where the term stands, the lowest for the first place ‖
 * as many words for each plane: bit k of how often less one. */
#define POSTINGS_WORDS (VIEW_SPAN_SIZE / 64)
#define POSTINGS_PLANES_MAX 4
#define POSTINGS_BITS_HEAD 3

/* In order: postings_next until it says false. */
struct postings {
	const uint8_t *at, *end;
	uint32_t left;
	uint32_t position;
	/* Of bits. */
	bool is_bits;
	uint8_t planes;
	uint16_t first, count; /* words */
	uint16_t word;	       /* behind the one at hand */
	uint64_t bits;	       /* of that one, those still to be told */
};
/* Of `bytes`, which say how many they are. Bits that do not follow the format hold nothing. */
void postings_open(struct postings *p, struct bytes bytes, uint32_t count, bool is_bits);
bool postings_next_bit(struct postings *p, uint8_t *times);

/* Word i of the places, and of a plane. */
static inline uint64_t postings_places(const struct postings *p, size_t i)
{
	return be64_get(p->at + 8 * i);
}
static inline uint64_t postings_plane(const struct postings *p, size_t plane, size_t i)
{
	return be64_get(p->at + 8 * ((1 + plane) * p->count + i));
}

static inline bool postings_next(struct postings *p, uint8_t *times)
{
	uint32_t step;

	if (p->is_bits)
		return postings_next_bit(p, times);
	if (p->left == 0 || p->at >= p->end)
		return false;
	p->left--;
	step = *p->at++;
	if (step & 0x80) {
		step &= 0x7f;
		for (unsigned shift = 7; p->at < p->end && shift <= 14; shift += 7) {
			step |= (*p->at & 0x7fu) << shift;
			if (!(*p->at++ & 0x80))
				break;
		}
	}
	p->position += step >> 1;
	*times = 1;
	if (step & 1) {
		if (p->at >= p->end)
			return false;
		*times = *p->at++ & VIEW_TIMES_MAX;
	}
	return p->position < VIEW_SPAN_SIZE;
}

/* In place of what w holds: as many as fit into room bytes; how many. room: at least 4. */
size_t postings_encode(
    struct writer *w, const struct posting *postings, size_t count, size_t room, bool *is_bits);

#endif
