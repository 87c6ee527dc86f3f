/* Folding 64 × 64 bit products, as wyhash does. It knows nothing of what is mixed. */
#include "tests/sim/mix.h"

#include <string.h>

static uint64_t fold(uint64_t x, uint64_t y)
{
	__extension__ unsigned __int128 product = (unsigned __int128)x * y;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

void mix_number(struct mix *m, uint64_t value)
{
	m->a = fold(m->a ^ value ^ 0xa0761d6478bd642fu, 0xe7037ed1a0b428dbu);
	m->b = fold(m->b + value + 0x8ebc6af09c88c6e3u, 0x589965cc75374cc3u) + m->a;
}

void mix_bytes(struct mix *m, struct bytes in)
{
	uint64_t word;
	size_t at = 0;

	mix_number(m, in.size);
	for (; at + sizeof(word) <= in.size; at += sizeof(word)) {
		memcpy(&word, in.data + at, sizeof(word));
		mix_number(m, word);
	}
	word = 0;
	if (at < in.size) {
		memcpy(&word, in.data + at, in.size - at);
		mix_number(m, word);
	}
}
