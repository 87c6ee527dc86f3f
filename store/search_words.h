/* What somebody typed to search for, taken apart: words that must stand in a record, words that
 * must not, phrases. */
#ifndef STORE_SEARCH_WORDS_H
#define STORE_SEARCH_WORDS_H

#include "store/view_texts.h"
#include "store/words.h"

#define SEARCH_CLAUSES_MAX 16
#define SEARCH_PHRASES_MAX 4
#define SEARCH_PHRASE_WORDS_MAX 16

/* One word, under every term that may hold it. */
struct search_clause {
	struct term forms[WORDS_FORMS_MAX];
	size_t form_count;
	struct term prefixes[WORDS_FORMS_MAX]; /* word*: beginnings of terms */
	size_t prefix_count;
	bool is_not;
};

/* Words that follow each other, each as words_plain makes it. */
struct search_phrase {
	struct term words[SEARCH_PHRASE_WORDS_MAX];
	size_t count;
	bool is_not;
};

struct search_words {
	struct search_clause clauses[SEARCH_CLAUSES_MAX];
	size_t clause_count;
	struct search_phrase phrases[SEARCH_PHRASES_MAX];
	size_t phrase_count;
};

/* word, "a phrase", -not, begin*; several words are all wanted. ERR_USAGE: nothing to search for,
 * or too much. */
enum err search_words_parse(
    struct search_words *out, struct words *w, struct bytes text, struct why *why);
/* Which clause a term answers, -1: none that is wanted. */
int search_words_clause(const struct search_words *s, const struct term *term);
/* Whether the texts of a payload hold the phrases that must stand in it and no other. */
bool search_words_phrases(
    const struct search_words *s, struct bytes payload, const struct kind *kind);

/* Where in a payload the words stand. */
#define EXCERPT_LETTERS 160
#define EXCERPT_MARKS_MAX 16
struct excerpt {
	struct writer text; /* the caller releases it */
	enum lang lang;	    /* LANG_COUNT: it does not say */
	size_t mark_count;
	struct {
		uint32_t at, size; /* bytes of text */
	} marks[EXCERPT_MARKS_MAX];
};
/* The text with most of the words, around the first of them; empty when there is none. */
void excerpt_make(struct excerpt *out, const struct search_words *s, struct words *w,
    struct bytes payload, const struct kind *kind);

#endif
