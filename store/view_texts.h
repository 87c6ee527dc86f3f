/* The readable texts of a payload, in the order in which they stand: what search looks at. */
#ifndef STORE_VIEW_TEXTS_H
#define STORE_VIEW_TEXTS_H

#include "proto/kinds.h"
#include "store/words.h"

struct view_text {
	struct bytes text;
	enum lang lang; /* LANG_COUNT: it does not say */
	bool is_title;
};

/* How a text of this language is taken apart: what does not say is French as long as nothing shows
 * otherwise. */
enum words_lang view_text_words(const struct view_text *text);
/* Calls take for each text until it says false. kind NULL: one that is not known. Fields that the
 * kind knows to be something else (words of a vocabulary, dates, links) are no texts, nor are
 * addresses of pages. payload: canonical, or empty. */
void view_texts(struct bytes payload, const struct kind *kind,
    bool (*take)(void *context, const struct view_text *text), void *context);

#endif
