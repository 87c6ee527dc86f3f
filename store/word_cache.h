/* Terms of the words seen lately: a language has some ten thousand in use, and working one out costs
 * ten times as much as finding it here. For one thread. */
#ifndef STORE_WORD_CACHE_H
#define STORE_WORD_CACHE_H

#include "store/words.h"

struct word_cache;

/* NULL when there is no memory. Of its 3 MiB those parts are used that words come to lie in. */
struct word_cache *word_cache_new(void);
void word_cache_free(struct word_cache *c);
/* As words_term. */
bool word_cache_term(
    struct word_cache *c, struct bytes word, enum words_lang lang, struct term *out);

uint32_t word_hash(struct bytes word, uint32_t seed);

#endif
