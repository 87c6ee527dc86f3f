/* Decides by which terms a word is found: which clitics and endings go, in which language. What one
 * letter is worth is store/words_fold.c's. */
#include "store/words.h"

#include <libstemmer.h>
#include <stdlib.h>
#include <string.h>

#include "store/words_fold.h"

enum stemmer { STEM_AR, STEM_FR, STEM_EN, STEM_COUNT };

struct words {
	struct sb_stemmer *stemmers[STEM_COUNT];
};

#define AL "\xd8\xa7\xd9\x84"

struct words *words_new(void)
{
	static const char *const names[STEM_COUNT] = {"arabic", "french", "english"};
	struct words *w = calloc(1, sizeof(*w));

	for (int i = 0; w && i < STEM_COUNT; i++) {
		w->stemmers[i] = sb_stemmer_new(names[i], NULL);
		if (!w->stemmers[i]) {
			words_free(w);
			return NULL;
		}
	}
	return w;
}

void words_free(struct words *w)
{
	for (int i = 0; w && i < STEM_COUNT; i++)
		sb_stemmer_delete(w->stemmers[i]);
	free(w);
}

/* What a byte begins: nothing of a word, a letter or digit of ASCII, mostly a letter of two bytes, or whatever
 * fold_word_letter finds. */
#define EACH4(x) x, x, x, x
#define EACH16(x) EACH4(x), EACH4(x), EACH4(x), EACH4(x)
enum { OTHER, ASCII, PAIR, RARE };
static const uint8_t leads[256] = {EACH16(OTHER), EACH16(OTHER), EACH16(OTHER),
    /* 0 */ EACH4(ASCII), EACH4(ASCII), ASCII, ASCII, OTHER, OTHER, EACH4(OTHER),
    /* @ */ OTHER, ASCII, ASCII, ASCII, EACH4(ASCII), EACH4(ASCII), EACH4(ASCII),
    /* P */ EACH4(ASCII), EACH4(ASCII), ASCII, ASCII, ASCII, OTHER, EACH4(OTHER),
    /* ` */ OTHER, ASCII, ASCII, ASCII, EACH4(ASCII), EACH4(ASCII), EACH4(ASCII),
    /* p */ EACH4(ASCII), EACH4(ASCII), ASCII, ASCII, ASCII, OTHER, EACH4(OTHER),
    /* 80 */ EACH16(OTHER), EACH16(OTHER), EACH16(OTHER), EACH16(OTHER),
    /* c0 */ RARE, RARE, RARE, PAIR, EACH4(RARE), EACH4(RARE), EACH4(RARE),
    /* d0 */ EACH4(RARE), EACH4(RARE), PAIR, PAIR, RARE, RARE, EACH4(RARE),
    /* e0 */ EACH16(RARE), EACH16(RARE)};

/* As fold_word_letter; the letters of every day are told by their bytes. */
static inline size_t letter_size(const uint8_t *at, const uint8_t *end)
{
	uint8_t c = *at, next;

	switch (leads[c]) {
	case OTHER:
		return 0;
	case ASCII:
		return 1;
	case PAIR:
		next = end - at > 1 ? at[1] : 0;
		if ((next & 0xc0) == 0x80 &&
		    ((c == 0xd8 && next >= 0xa0) || (c == 0xd9 && next <= 0xa9) ||
			(c == 0xc3 && (next & 0x1f) != 0x17)))
			return 2;
		break;
	}
	return fold_word_letter(bytes_of(at, (size_t)(end - at)));
}

bool words_next(struct bytes *rest, struct bytes *word)
{
	const uint8_t *at = rest->data, *end = rest->data + rest->size;
	size_t size;

	while (at < end && letter_size(at, end) == 0)
		at++;
	word->data = at;
	while (at < end && (size = letter_size(at, end)) > 0)
		at += size;
	word->size = (size_t)(at - word->data);
	*rest = bytes_of(at, (size_t)(end - at));
	return word->size > 0;
}

static void stem(struct words *w, enum stemmer which, struct folded *f)
{
	struct sb_stemmer *stemmer = w->stemmers[which];
	const sb_symbol *stemmed = sb_stemmer_stem(stemmer, f->b, (int)f->size);
	int size = sb_stemmer_length(stemmer);

	if (!stemmed || size <= 0 || (size_t)size > FOLD_SIZE_MAX)
		return;
	memcpy(f->b, stemmed, (size_t)size);
	f->size = (size_t)size;
}

static bool begins(const struct folded *f, const char *start)
{
	size_t size = strlen(start);

	return f->size >= size && memcmp(f->b, start, size) == 0;
}

static void drop(struct folded *f, size_t size)
{
	f->size -= size;
	f->letters -= size / 2;
	memmove(f->b, f->b + size, f->size);
}

static void prepend(struct folded *f, const char *start)
{
	size_t size = strlen(start);

	f->size = fold_cut(f->b, f->size, FOLD_SIZE_MAX - size);
	memmove(f->b + size, f->b, f->size);
	memcpy(f->b, start, size);
	f->size += size;
	f->letters += size / 2;
}

/* The article with what is written together with it. Three letters must remain: والي and بالغ have
 * none. A single و or ل before a word without article may belong to it (وزارة, لجنة): it stays, and
 * whoever searches is given the forms with it. */
static bool drop_article(struct folded *f)
{
	static const char *const articles[] = {
	    "وبال", "وكال", "وال", "فال", "بال", "كال", "ولل", "فلل", "ال", "لل"};

	for (size_t i = 0; i < sizeof(articles) / sizeof(*articles); i++) {
		size_t size = strlen(articles[i]);

		if (begins(f, articles[i]) && f->letters >= size / 2 + 3) {
			drop(f, size);
			return true;
		}
	}
	return false;
}

/* Their, her, our, behind a word that has no article. Four letters must remain: تفاهم has none. */
static void drop_possessive(struct folded *f)
{
	static const char *const endings[] = {"هما", "هم", "هن", "ها", "كم", "نا"};

	for (size_t i = 0; i < sizeof(endings) / sizeof(*endings); i++) {
		size_t size = strlen(endings[i]);

		if (f->letters < size / 2 + 4 ||
		    memcmp(f->b + f->size - size, endings[i], size) != 0)
			continue;
		f->size -= size;
		f->letters -= size / 2;
		return;
	}
}

/* Snowball takes words with an article for nouns and others for verbs first, and stops after one
 * ending of a kind, so that the same word would leave several stems: each gets an article, and is
 * stemmed until it is short or stays. */
static void stem_arabic(struct words *w, struct folded *f)
{
	for (size_t before = SIZE_MAX; f->size < before && f->size >= 6;) {
		struct folded bare = *f;

		before = f->size;
		prepend(f, AL);
		stem(w, STEM_AR, f);
		if (begins(f, AL) && !begins(&bare, AL))
			drop(f, strlen(AL));
		if (f->size < 4)
			*f = bare;
		if (f->size < 10)
			break;
	}
}

static bool to_term(const struct folded *f, struct term *out)
{
	out->size = (uint8_t)fold_cut(f->b, f->size, WORDS_TERM_MAX);
	memcpy(out->b, f->b, out->size);
	return out->size > 0;
}

static bool is_single_letter(const struct folded *f)
{
	return f->letters <= 1 && !f->has_digit && !f->has_other;
}

bool words_term(struct words *w, struct bytes word, enum words_lang lang, struct term *out)
{
	struct folded f, plain;

	fold_word(&f, word, lang == WORDS_FR);
	if (is_single_letter(&f))
		return false;
	plain = f;
	fold_accents(&plain);
	if (fold_is_everywhere(&plain))
		return false;
	if (f.has_other || f.has_digit || (f.has_latin && f.has_arabic))
		return to_term(&plain, out);
	if (f.has_arabic) {
		if (!drop_article(&f))
			drop_possessive(&f);
		stem_arabic(w, &f);
	} else if (lang == WORDS_FR) {
		stem(w, STEM_FR, &f);
		fold_accents(&f);
	} else if (lang == WORDS_EN) {
		stem(w, STEM_EN, &f);
	}
	return to_term(&f, out);
}

bool words_plain(struct bytes word, struct term *out)
{
	struct folded f;

	fold_word(&f, word, false);
	return to_term(&f, out);
}

struct forms {
	struct words *words;
	struct term *terms;
	size_t count;
};

static void add_term(struct forms *forms, const struct term *term)
{
	for (size_t i = 0; i < forms->count; i++) {
		if (forms->terms[i].size == term->size &&
		    memcmp(forms->terms[i].b, term->b, term->size) == 0)
			return;
	}
	if (forms->count < WORDS_FORMS_MAX)
		forms->terms[forms->count++] = *term;
}

static void add_form(struct forms *forms, struct bytes word, enum words_lang lang)
{
	struct term term;

	if (words_term(forms->words, word, lang, &term))
		add_term(forms, &term);
}

static void add_arabic(struct forms *forms, const struct folded *bare, const char *clitic)
{
	struct folded f = *bare;
	struct term term;

	prepend(&f, clitic);
	stem_arabic(forms->words, &f);
	if (to_term(&f, &term))
		add_term(forms, &term);
}

/* The word, the word with and, so, in, like, for before it, and what remains when it began with
 * one. */
static void arabic_forms(struct forms *forms, const struct folded *word)
{
	static const char *const clitics[] = {
	    "", "و", "ل", "ب", "ف", "ك", "ول", "وب", "فب", "فل", "وك"};
	struct folded bare = *word;

	if (!drop_article(&bare))
		drop_possessive(&bare);
	for (size_t i = 0; i < sizeof(clitics) / sizeof(*clitics); i++)
		add_arabic(forms, &bare, clitics[i]);
	for (size_t i = sizeof(clitics) / sizeof(*clitics) - 1; i > 0; i--) {
		size_t size = strlen(clitics[i]);

		if (!begins(&bare, clitics[i]) || bare.letters < size / 2 + 3)
			continue;
		drop(&bare, size);
		add_arabic(forms, &bare, "");
		break;
	}
}

/* Who types without accents means the accents: the stemmer must see those of an ending. */
static void restored_form(struct forms *forms, const struct folded *plain)
{
	static const char *const endings[][2] = {
	    {"ees", "\303\251es"}, {"ee", "\303\251e"}, {"es", "\303\251s"}, {"e", "\303\251"}};
	struct folded f = *plain;

	for (size_t i = 0; i < sizeof(endings) / sizeof(*endings); i++) {
		size_t size = strlen(endings[i][0]), with = strlen(endings[i][1]);

		if (f.size < size + 2 || f.size + 1 > FOLD_SIZE_MAX ||
		    memcmp(f.b + f.size - size, endings[i][0], size) != 0)
			continue;
		memcpy(f.b + f.size - size, endings[i][1], with);
		f.size += with - size;
		add_form(forms, bytes_of(f.b, f.size), WORDS_FR);
		return;
	}
}

size_t words_forms(struct words *w, struct bytes word, struct term out[static WORDS_FORMS_MAX])
{
	struct forms forms = {.words = w, .terms = out};
	struct folded plain;
	struct term term;

	fold_word(&plain, word, false);
	add_form(&forms, word, WORDS_FR);
	if (forms.count == 0 && !words_term(w, word, WORDS_PLAIN, &term))
		return 0;
	if (plain.has_arabic && !plain.has_latin && !plain.has_digit && !plain.has_other) {
		arabic_forms(&forms, &plain);
	} else {
		add_form(&forms, bytes_of(plain.b, plain.size), WORDS_FR);
		restored_form(&forms, &plain);
		add_form(&forms, word, WORDS_EN);
		add_form(&forms, word, WORDS_PLAIN);
	}
	return forms.count;
}

size_t words_prefixes(struct words *w, struct bytes word, struct term out[static WORDS_FORMS_MAX])
{
	struct forms forms = {.words = w, .terms = out};
	struct folded f;
	struct term term;

	fold_word(&f, word, false);
	if (f.has_arabic)
		drop_article(&f);
	if (to_term(&f, &term))
		add_term(&forms, &term);
	return forms.count;
}
