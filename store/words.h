/* Words of texts and the terms that they are searched by. Pure: text in, terms out.
 *
 * A term is what is left of a word when all that people write differently is gone: case, accents,
 * vowel signs, forms of alef and hamza, the article, endings. In Arabic letters the script decides,
 * in Latin ones the language that the text claims; a query knows no language and gets every form
 * that an index may hold. */
#ifndef STORE_WORDS_H
#define STORE_WORDS_H

#include "proto/bytes.h"

/* Longest term. Longer words are cut: nobody types them, and hashes differ before. */
#define WORDS_TERM_MAX 40
#define WORDS_FORMS_MAX 20

enum words_lang { WORDS_FR, WORDS_EN, WORDS_PLAIN, WORDS_LANG_COUNT };

struct term {
	uint8_t size;
	uint8_t b[WORDS_TERM_MAX];
};

struct words;

/* Stemmers, for one thread. NULL when there is no memory. */
struct words *words_new(void);
void words_free(struct words *w);

/* Takes the next word off rest, whatever the bytes; false at the end. */
bool words_next(struct bytes *rest, struct bytes *word);
/* The term of a word in a text of this language. false: it has none, being a single letter or one
 * of those that stand in every text. */
bool words_term(struct words *w, struct bytes word, enum words_lang lang, struct term *out);
/* The terms by which an index may hold a word that somebody typed, the likeliest first. 0: none. */
size_t words_forms(struct words *w, struct bytes word, struct term out[static WORDS_FORMS_MAX]);
/* Beginnings of terms for words that begin so: 0 when it is no letter. */
size_t words_prefixes(struct words *w, struct bytes word, struct term out[static WORDS_FORMS_MAX]);
/* Without case, accents and signs, but whole: what words of a phrase are compared by. false when
 * nothing is left. */
bool words_plain(struct bytes word, struct term *out);

#endif
