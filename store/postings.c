/* Postings as bytes. It decides which form takes less; which terms share a page it does not know. */
#include "store/postings.h"

#include <string.h>

/* Fewer are never worth a word of bits each. */
#define BITS_COUNT_MIN 16
/* Bits may take this many times the room: a search goes through them many times as fast. */
#define BITS_WORTH 2

void postings_open(struct postings *p, struct bytes bytes, uint32_t count, bool is_bits)
{
	size_t words;

	*p = (struct postings){.at = bytes.data, .end = bytes.data + bytes.size, .left = count};
	p->is_bits = is_bits;
	if (!is_bits)
		return;
	if (bytes.size >= POSTINGS_BITS_HEAD && bytes.data[0] <= POSTINGS_PLANES_MAX) {
		p->planes = bytes.data[0];
		p->first = be16_get(bytes.data + 1);
		words = (bytes.size - POSTINGS_BITS_HEAD) / 8;
		p->count = (uint16_t)(words / (1u + p->planes));
		if (words <= 5 * POSTINGS_WORDS && p->first + p->count <= POSTINGS_WORDS &&
		    p->count * (1u + p->planes) * 8 + POSTINGS_BITS_HEAD == bytes.size) {
			p->at += POSTINGS_BITS_HEAD;
			return;
		}
	}
	p->at = p->end;
	p->left = 0;
	p->count = p->planes = 0;
}

bool postings_next_bit(struct postings *p, uint8_t *times)
{
	unsigned bit, more = 0;

	while (p->bits == 0 && p->left > 0 && p->word < p->count)
		p->bits = postings_places(p, p->word++);
	if (p->bits == 0 || p->left == 0) {
		p->at = p->end;
		p->bits = p->word = p->count = 0;
		return false;
	}
	bit = (unsigned)__builtin_ctzll(p->bits);
	for (unsigned i = 0; i < p->planes; i++)
		more |= (unsigned)(postings_plane(p, i, p->word - 1u) >> bit & 1) << i;
	*times = (uint8_t)(1 + more < VIEW_TIMES_MAX ? 1 + more : VIEW_TIMES_MAX);
	p->bits &= p->bits - 1;
	p->position = (p->first + p->word - 1u) * 64 + bit;
	p->left--;
	return true;
}

/* --- encoding -------------------------------------------------------------------------------- */

static size_t encode_steps(
    uint8_t *at, const struct posting *postings, size_t count, size_t room, size_t *size_out)
{
	uint32_t before = 0;
	size_t done = 0, size = 0;

	for (; done < count && size + 4 <= room; done++) {
		uint32_t step = (uint32_t)(postings[done].position - before) << 1;
		bool is_often = postings[done].times > 1;

		step |= is_often;
		for (; step >= 0x80; step >>= 7)
			at[size++] = (uint8_t)(step | 0x80);
		at[size++] = (uint8_t)step;
		if (is_often)
			at[size++] = postings[done].times;
		before = postings[done].position;
	}
	*size_out = size;
	return done;
}

/* How many bits it takes to say how often less one. */
static unsigned planes_of(uint8_t times)
{
	return times > 1 ? 32 - (unsigned)__builtin_clz(times - 1u) : 0;
}

struct extent {
	size_t done;
	unsigned words, planes;
};

/* As many as fit in the form of bits; done 0 when steps are the better form for them. */
static struct extent measure_bits(const struct posting *postings, size_t count, size_t room)
{
	struct extent e = {0};
	uint32_t first = postings[0].position / 64, before = 0;
	size_t steps = 0;

	for (; e.done < count; e.done++) {
		const struct posting *p = &postings[e.done];
		unsigned words = p->position / 64 - first + 1, planes = planes_of(p->times);

		planes = planes > e.planes ? planes : e.planes;
		if (POSTINGS_BITS_HEAD + 8 * words * (1 + planes) > room)
			break;
		e.words = words;
		e.planes = planes;
		steps += 1u + (p->position - before >= 64) + (p->times > 1);
		before = p->position;
	}
	if (BITS_WORTH * steps <= POSTINGS_BITS_HEAD + 8 * e.words * (1 + e.planes))
		e.done = 0;
	return e;
}

static void encode_bits(uint8_t *at, const struct posting *postings, const struct extent *e)
{
	uint64_t places[POSTINGS_WORDS] = {0}, planes[POSTINGS_PLANES_MAX][POSTINGS_WORDS];
	uint32_t first = postings[0].position / 64;

	for (unsigned k = 0; k < e->planes; k++)
		memset(planes[k], 0, e->words * sizeof(uint64_t));
	for (size_t i = 0; i < e->done; i++) {
		uint32_t word = postings[i].position / 64 - first;
		uint64_t bit = (uint64_t)1 << (postings[i].position % 64);

		places[word] |= bit;
		for (unsigned k = 0; k < e->planes; k++)
			if ((postings[i].times - 1u) >> k & 1)
				planes[k][word] |= bit;
	}
	at[0] = (uint8_t)e->planes;
	be16_put(at + 1, (uint16_t)first);
	at += POSTINGS_BITS_HEAD;
	for (size_t i = 0; i < e->words; i++, at += 8)
		be64_put(at, places[i]);
	for (unsigned k = 0; k < e->planes; k++)
		for (size_t i = 0; i < e->words; i++, at += 8)
			be64_put(at, planes[k][i]);
}

size_t postings_encode(
    struct writer *w, const struct posting *postings, size_t count, size_t room, bool *is_bits)
{
	struct extent e = {0};
	uint8_t *at;
	size_t done = 0, size = 0;

	writer_clear(w);
	at = writer_grow(w, room);
	if (!at)
		return 0;
	if (count >= BITS_COUNT_MIN)
		e = measure_bits(postings, count, room);
	*is_bits = e.done >= BITS_COUNT_MIN;
	if (*is_bits) {
		encode_bits(at, postings, &e);
		done = e.done;
		size = POSTINGS_BITS_HEAD + 8 * e.words * (1 + e.planes);
	} else {
		done = encode_steps(at, postings, count, room, &size);
	}
	w->size = size;
	return done;
}
