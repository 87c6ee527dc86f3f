/* A table with one place for each hash: what comes later takes it. Frequent words come back soon, and
 * what a rare one displaces is worked out again. */
#include "store/word_cache.h"

#include <stdlib.h>
#include <string.h>

#define PLACES 32768
#define WORD_SIZE_MAX 48

struct place {
	uint32_t hash;
	uint8_t size; /* 0: empty */
	uint8_t lang;
	uint8_t word[WORD_SIZE_MAX];
	struct term term; /* size 0: it has none */
};

struct word_cache {
	struct words *words;
	struct place places[PLACES];
};

struct word_cache *word_cache_new(void)
{
	struct word_cache *c = calloc(1, sizeof(*c));

	if (c)
		c->words = words_new();
	if (c && c->words)
		return c;
	free(c);
	return NULL;
}

void word_cache_free(struct word_cache *c)
{
	if (c)
		words_free(c->words);
	free(c);
}

uint32_t word_hash(struct bytes b, uint32_t seed)
{
	uint64_t h = 0x9e3779b97f4a7c15u ^ seed;

	for (; b.size >= 8; b.data += 8, b.size -= 8) {
		uint64_t eight;
		memcpy(&eight, b.data, 8);
		h = (h ^ eight) * 0xff51afd7ed558ccdu;
		h ^= h >> 32;
	}
	for (size_t i = 0; i < b.size; i++)
		h = (h ^ b.data[i]) * 0x100000001b3u;
	h = (h ^ (h >> 29)) * 0xc4ceb9fe1a85ec53u;
	return (uint32_t)(h >> 32);
}

bool word_cache_term(
    struct word_cache *c, struct bytes word, enum words_lang lang, struct term *out)
{
	struct place *place;
	uint32_t hash;

	if (word.size > WORD_SIZE_MAX)
		return words_term(c->words, word, lang, out);
	hash = word_hash(word, lang + 1u);
	place = &c->places[hash % PLACES];
	if (place->hash != hash || place->size != word.size || place->lang != lang ||
	    memcmp(place->word, word.data, word.size) != 0) {
		place->hash = hash;
		place->size = (uint8_t)word.size;
		place->lang = (uint8_t)lang;
		memcpy(place->word, word.data, word.size);
		if (!words_term(c->words, word, lang, &place->term))
			place->term.size = 0;
	}
	*out = place->term;
	return out->size > 0;
}
