/* Folding of letters for search: of one word, into what people who write it differently share. */
#ifndef STORE_WORDS_FOLD_H
#define STORE_WORDS_FOLD_H

#include "store/words.h"

#define FOLD_SIZE_MAX 96

struct folded {
	uint8_t b[FOLD_SIZE_MAX];
	size_t size;
	size_t letters;
	bool has_latin, has_arabic, has_digit, has_other;
	bool has_accent; /* Latin letters with accents, which were kept */
};

/* How long the letter at `at` is when it belongs to a word, 0 when it does not. */
size_t fold_word_letter(struct bytes at);
/* keeps_accents: of French, for its stemmer. Long words are cut. */
void fold_word(struct folded *out, struct bytes word, bool keeps_accents);
/* What keeps_accents kept goes. */
void fold_accents(struct folded *f);
/* One of those that stand in every text. f has no accents. */
bool fold_is_everywhere(const struct folded *f);
/* A run of f that ends at a whole letter, no longer than size. */
size_t fold_cut(const uint8_t *b, size_t size, size_t size_max);

#endif
