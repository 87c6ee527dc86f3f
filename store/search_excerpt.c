/* Decides which words of a record are shown with an answer: some of one text, around what was
 * searched for. */
#include <string.h>

#include "store/search_words.h"

#define LETTERS_BEFORE 60

struct excerpt_search {
	const struct search_words *words;
	struct words *stems;
	struct view_text best;
	unsigned best_count;
	struct bytes first; /* of the best: the first word that matches */
};

static int clause_of(
    const struct excerpt_search *search, const struct view_text *text, struct bytes word)
{
	struct term term;

	if (!words_term(search->stems, word, view_text_words(text), &term))
		return -1;
	return search_words_clause(search->words, &term);
}

/* More of the words is better, then a text that is not the title, which is shown anyway. */
static bool weigh(void *context, const struct view_text *text)
{
	struct excerpt_search *search = context;
	struct bytes rest = text->text, word, first = {0};
	unsigned seen = 0, count = 0;

	while (words_next(&rest, &word)) {
		int clause = clause_of(search, text, word);
		if (clause < 0)
			continue;
		if (count == 0 && first.size == 0)
			first = word;
		if (!(seen >> clause & 1))
			count++;
		seen |= 1u << clause;
		if (count == search->words->clause_count)
			break;
	}
	if (count > search->best_count ||
	    (count > 0 && count == search->best_count && search->best.is_title)) {
		search->best = *text;
		search->best_count = count;
		search->first = first;
	}
	return count < search->words->clause_count || text->is_title;
}

/* Up to `letters` letters on from at, at a blank when there is one; in bytes. */
static size_t forward(struct bytes at, size_t letters)
{
	size_t i = 0, blank = 0, count = 0;

	for (; i < at.size && count < letters; count++) {
		if (at.data[i] <= ' ')
			blank = i;
		for (i++; i < at.size && (at.data[i] & 0xc0) == 0x80; i++)
			;
	}
	if (i >= at.size)
		return at.size;
	return at.data[i] <= ' ' || blank == 0 ? i : blank;
}

/* The same backwards from offset. */
static size_t backward(struct bytes text, size_t offset, size_t letters)
{
	size_t i = offset, blank = offset;

	for (size_t count = 0; i > 0 && count < letters; count++) {
		for (i--; i > 0 && (text.data[i] & 0xc0) == 0x80; i--)
			;
		if (text.data[i] <= ' ')
			blank = i + 1;
	}
	return i == 0 ? 0 : blank;
}

static void mark_words(
    struct excerpt *out, const struct excerpt_search *search, struct bytes shown, size_t before)
{
	struct bytes rest = shown, word;

	while (out->mark_count < EXCERPT_MARKS_MAX && words_next(&rest, &word)) {
		if (clause_of(search, &search->best, word) < 0)
			continue;
		out->marks[out->mark_count].at =
		    (uint32_t)((size_t)(word.data - shown.data) + before);
		out->marks[out->mark_count++].size = (uint32_t)word.size;
	}
}

void excerpt_make(struct excerpt *out, const struct search_words *s, struct words *w,
    struct bytes payload, const struct kind *kind)
{
	struct excerpt_search search = {.words = s, .stems = w};
	struct bytes text;
	size_t start, size;

	*out = (struct excerpt){.lang = LANG_COUNT};
	view_texts(payload, kind, weigh, &search);
	if (search.best_count == 0)
		return;
	text = search.best.text;
	start = backward(text, (size_t)(search.first.data - text.data), LETTERS_BEFORE);
	size = forward(bytes_of(text.data + start, text.size - start), EXCERPT_LETTERS);
	out->lang = search.best.lang;
	if (start > 0)
		writer_str(&out->text, "…");
	mark_words(out, &search, bytes_of(text.data + start, size), out->text.size);
	for (size_t i = start; i < start + size; i++)
		writer_u8(&out->text, text.data[i] < ' ' ? ' ' : text.data[i]);
	if (start + size < text.size)
		writer_str(&out->text, "…");
}
