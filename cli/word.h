/* Words of the vocabularies in the reader's language. Programs get the word itself; people read
 * this. */
#ifndef CLI_WORD_H
#define CLI_WORD_H

#include "proto/writer.h"

/* The word's label, or the word itself when the catalogue does not know it. */
void word_put(struct writer *w, struct bytes word);
/* Likewise, as a vocabulary names it: one word may stand in several. */
void word_put_in(struct writer *w, const char *vocabulary, struct bytes word);

#endif
