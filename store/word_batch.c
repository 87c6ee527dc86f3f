/* Gathers the terms of a batch's records. It decides what of a record is indexed and how much it counts; what a term is,
 * store/words.c does. */
#include "store/word_batch.h"

#include <stdlib.h>
#include <string.h>

#include "store/view_texts.h"
#include "store/word_cache.h"

#define NO_TERM UINT32_MAX
/* Spellings remembered of one batch. A language has some ten thousand that are in use; what a
 * batch holds beyond is looked up again each time. */
#define SPELLINGS_MAX 32768
#define SPELLING_SIZE_MAX 48
#define TITLE_TIMES 4

struct spelling {
	uint32_t hash;
	uint32_t term; /* NO_TERM: none */
	uint8_t size;
	uint8_t lang;
	uint8_t b[SPELLING_SIZE_MAX];
};

static bool slots_grow(struct word_batch *g, struct slots *s, uint32_t (*hash)(void *, uint32_t))
{
	uint32_t size = s->size ? s->size * 2 : 4096;
	uint32_t *at = calloc(size, sizeof(*at));

	if (!at) {
		g->err = ERR_MEMORY;
		return false;
	}
	for (uint32_t i = 0; i < s->size; i++) {
		uint32_t slot;
		if (s->at[i] == 0)
			continue;
		for (slot = hash(g, s->at[i] - 1) & (size - 1); at[slot];
		     slot = (slot + 1) & (size - 1))
			;
		at[slot] = s->at[i];
	}
	free(s->at);
	s->at = at;
	s->size = size;
	return true;
}

static uint32_t spelling_hash(void *context, uint32_t number)
{
	return ITEMS(((struct word_batch *)context)->spellings, struct spelling)[number].hash;
}

static uint32_t term_hash(void *context, uint32_t number)
{
	return ITEMS(((struct word_batch *)context)->terms, struct batch_term)[number].hash;
}

/* The number of a term in this batch. */
static uint32_t term_number(struct word_batch *g, const struct term *term)
{
	struct batch_term new_one = {.term = *term, .record = UINT32_MAX};
	uint32_t hash = word_hash(bytes_of(term->b, term->size), 0), slot;

	if (g->by_term.count >= g->by_term.size / 2 && !slots_grow(g, &g->by_term, term_hash))
		return NO_TERM;
	for (slot = hash & (g->by_term.size - 1); g->by_term.at[slot];
	     slot = (slot + 1) & (g->by_term.size - 1)) {
		const struct batch_term *known =
		    &ITEMS(g->terms, struct batch_term)[g->by_term.at[slot] - 1];
		if (known->hash == hash && known->term.size == term->size &&
		    memcmp(known->term.b, term->b, term->size) == 0)
			return g->by_term.at[slot] - 1;
	}
	new_one.hash = hash;
	writer_put(&g->terms, &new_one, sizeof(new_one));
	g->by_term.at[slot] = ++g->by_term.count;
	return g->by_term.count - 1;
}

/* Most words stand many times in a batch: what they are made of is worked out once. hash: of the word and its language. */
static uint32_t number_of(
    struct word_batch *g, struct bytes word, enum words_lang lang, uint32_t hash)
{
	struct spelling new_one;
	struct term term;
	uint32_t slot = 0;

	if (word.size <= SPELLING_SIZE_MAX) {
		new_one.hash = hash;
		if (g->by_spelling.count >= g->by_spelling.size / 2 &&
		    !slots_grow(g, &g->by_spelling, spelling_hash))
			return NO_TERM;
		for (slot = new_one.hash & (g->by_spelling.size - 1); g->by_spelling.at[slot];
		     slot = (slot + 1) & (g->by_spelling.size - 1)) {
			const struct spelling *known =
			    &ITEMS(g->spellings, struct spelling)[g->by_spelling.at[slot] - 1];
			if (known->hash == new_one.hash && known->size == word.size &&
			    known->lang == lang && memcmp(known->b, word.data, word.size) == 0)
				return known->term;
		}
	}
	new_one.term =
	    word_cache_term(g->cache, word, lang, &term) ? term_number(g, &term) : NO_TERM;
	if (word.size <= SPELLING_SIZE_MAX && g->by_spelling.count < SPELLINGS_MAX) {
		new_one.size = (uint8_t)word.size;
		new_one.lang = (uint8_t)lang;
		memcpy(new_one.b, word.data, word.size);
		writer_put(&g->spellings, &new_one, sizeof(new_one));
		g->by_spelling.at[slot] = ++g->by_spelling.count;
	}
	return new_one.term;
}

bool word_batch_failed(struct word_batch *g)
{
	if (g->terms.err || g->spellings.err || g->postings.err || g->records.err)
		g->err = ERR_MEMORY;
	return g->err != ERR_NONE;
}

static void count_term(struct word_batch *g, uint32_t number, uint32_t times)
{
	struct batch_term *term = &ITEMS(g->terms, struct batch_term)[number];
	struct batch_posting posting = {number, g->record, times};

	if (term->record == g->record) {
		ITEMS(g->postings, struct batch_posting)[term->last].times += times;
		return;
	}
	term->record = g->record;
	term->last = COUNT(g->postings, struct batch_posting);
	term->count++;
	writer_put(&g->postings, &posting, sizeof(posting));
}

/* Words that are looked up together: their places in memory are asked for before the first is needed. */
#define WORDS_AT_ONCE 16
struct seen_word {
	struct bytes word;
	uint32_t hash;
	uint32_t number;
};

static size_t see_words(
    const struct word_batch *g, struct bytes *rest, enum words_lang lang, struct seen_word *seen)
{
	size_t count = 0;

	for (; count < WORDS_AT_ONCE && words_next(rest, &seen[count].word); count++) {
		seen[count].hash = word_hash(seen[count].word, lang + 1u);
		__builtin_prefetch(
		    &g->by_spelling.at[seen[count].hash & (g->by_spelling.size - 1)]);
	}
	for (size_t i = 0; i < count; i++) {
		uint32_t number = g->by_spelling.at[seen[i].hash & (g->by_spelling.size - 1)];
		if (number > 0)
			__builtin_prefetch(&ITEMS(g->spellings, struct spelling)[number - 1]);
	}
	return count;
}

static bool take_words(
    struct word_batch *g, struct seen_word *seen, size_t count, enum words_lang lang, bool is_title)
{
	for (size_t i = 0; i < count; i++) {
		seen[i].number = number_of(g, seen[i].word, lang, seen[i].hash);
		if (seen[i].number != NO_TERM)
			__builtin_prefetch(&ITEMS(g->terms, struct batch_term)[seen[i].number], 1);
	}
	for (size_t i = 0; i < count; i++) {
		if (word_batch_failed(g))
			return false;
		if (seen[i].number == NO_TERM)
			continue;
		g->words_seen++;
		count_term(g, seen[i].number, is_title ? TITLE_TIMES : 1);
		if (COUNT(g->postings, struct batch_posting) - g->first_posting >= RECORD_TERMS_MAX)
			return false;
	}
	return true;
}

static bool take_text(void *context, const struct view_text *text)
{
	struct seen_word seen[WORDS_AT_ONCE];
	struct word_batch *g = context;
	struct bytes rest = text->text;
	enum words_lang lang = view_text_words(text);
	size_t count;

	while ((count = see_words(g, &rest, lang, seen)) > 0)
		if (!take_words(g, seen, count, lang, text->is_title))
			return false;
	return true;
}

void word_batch_gather(struct word_batch *g, const struct view_record *r)
{
	struct batch_record record = {.arrival = r->arrival};
	uint32_t count;

	g->record = COUNT(g->records, struct batch_record);
	g->first_posting = COUNT(g->postings, struct batch_posting);
	g->words_seen = 0;
	view_texts(r->payload, kind_by_number(r->record->header.kind), take_text, g);
	count = COUNT(g->postings, struct batch_posting);
	if (count == g->first_posting)
		return;
	record.class_of = view_class_of(g->words_seen);
	writer_put(&g->records, &record, sizeof(record));
}

struct word_batch *word_batch_new(struct word_cache *cache)
{
	struct word_batch *g = calloc(1, sizeof(*g));

	if (!g)
		return NULL;
	g->cache = cache;
	if (slots_grow(g, &g->by_spelling, spelling_hash) && slots_grow(g, &g->by_term, term_hash))
		return g;
	word_batch_free(g);
	return NULL;
}

void word_batch_free(struct word_batch *g)
{
	free(g->by_spelling.at);
	free(g->by_term.at);
	writer_release(&g->spellings);
	writer_release(&g->terms);
	writer_release(&g->postings);
	writer_release(&g->records);
	writer_release(&g->forgotten);
	run_writer_release(&g->run);
	free(g);
}
