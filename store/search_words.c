/* Decides what typed words mean. It knows no index. */
#include "store/search_words.h"

#include <string.h>

struct parser {
	struct search_words *out;
	struct words *words;
	enum err err;
	struct why *why;
};

static void fail(struct parser *p, const char *text)
{
	if (p->err == ERR_NONE)
		p->err = why_set(p->why, ERR_USAGE, "%s", text);
}

static void add_clause(struct parser *p, struct bytes word, bool is_not, bool is_prefix)
{
	struct search_words *s = p->out;
	struct search_clause clause = {.is_not = is_not};

	clause.form_count = words_forms(p->words, word, clause.forms);
	if (is_prefix)
		clause.prefix_count = words_prefixes(p->words, word, clause.prefixes);
	if (clause.form_count == 0 && clause.prefix_count == 0)
		return;
	if (s->clause_count == SEARCH_CLAUSES_MAX)
		fail(p, "more than 16 words are searched for at once");
	else
		s->clauses[s->clause_count++] = clause;
}

static void add_phrase(struct parser *p, struct bytes text, bool is_not)
{
	struct search_words *s = p->out;
	struct search_phrase phrase = {.is_not = is_not};
	struct bytes word;

	for (struct bytes rest = text; words_next(&rest, &word);) {
		if (!words_plain(word, &phrase.words[phrase.count]))
			continue;
		if (++phrase.count == SEARCH_PHRASE_WORDS_MAX) {
			fail(p, "a phrase has at most 15 words");
			return;
		}
	}
	for (struct bytes rest = text; (!is_not || phrase.count == 1) && words_next(&rest, &word);)
		add_clause(p, word, is_not, false);
	if (phrase.count < 2)
		return;
	if (s->phrase_count == SEARCH_PHRASES_MAX)
		fail(p, "more than 4 phrases are searched for at once");
	else
		s->phrases[s->phrase_count++] = phrase;
}

/* état-civil is two words that are both wanted, -état-civil a phrase that is not. */
static void add_words(struct parser *p, struct bytes token, bool is_not)
{
	bool is_prefix = token.size > 1 && token.data[token.size - 1] == '*';
	struct bytes rest = token, word;
	unsigned count = 0;

	while (words_next(&rest, &word))
		count++;
	if (is_not && count > 1) {
		add_phrase(p, token, true);
		return;
	}
	for (rest = token; words_next(&rest, &word);)
		add_clause(p, word, is_not, is_prefix && rest.size == 1 && rest.data[0] == '*');
}

static bool is_blank(uint8_t c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

enum err search_words_parse(
    struct search_words *out, struct words *w, struct bytes text, struct why *why)
{
	struct parser p = {.out = out, .words = w, .why = why};
	bool is_any = false;

	memset(out, 0, sizeof(*out));
	for (size_t i = 0; i < text.size;) {
		bool is_not = text.data[i] == '-' && i + 1 < text.size;
		size_t start = i + (is_not ? 1 : 0), end = start;
		bool is_phrase = text.data[start] == '"';

		if (is_phrase)
			end = ++start;
		while (end < text.size && text.data[end] != '"' &&
		       (is_phrase || !is_blank(text.data[end])))
			end++;
		if (is_phrase)
			add_phrase(&p, bytes_of(text.data + start, end - start), is_not);
		else
			add_words(&p, bytes_of(text.data + start, end - start), is_not);
		i = end + (end < text.size && (is_phrase || is_blank(text.data[end])) ? 1 : 0);
	}
	for (size_t i = 0; i < out->clause_count; i++)
		is_any |= !out->clauses[i].is_not;
	if (!is_any)
		fail(&p, "there is no word to search for: single letters, and words that stand in "
			 "every text, are none");
	return p.err;
}

static bool same(const struct term *a, const struct term *b)
{
	return a->size == b->size && memcmp(a->b, b->b, a->size) == 0;
}

int search_words_clause(const struct search_words *s, const struct term *term)
{
	for (size_t i = 0; i < s->clause_count; i++) {
		const struct search_clause *c = &s->clauses[i];

		if (c->is_not)
			continue;
		for (size_t j = 0; j < c->form_count; j++) {
			if (same(&c->forms[j], term))
				return (int)i;
		}
		for (size_t j = 0; j < c->prefix_count; j++) {
			if (term->size >= c->prefixes[j].size &&
			    memcmp(term->b, c->prefixes[j].b, c->prefixes[j].size) == 0)
				return (int)i;
		}
	}
	return -1;
}

struct phrase_search {
	const struct search_words *words;
	uint32_t seen; /* a bit each */
};

static bool begins_phrase(const struct search_phrase *phrase, struct bytes at)
{
	struct bytes word;
	struct term term;

	for (size_t i = 0; i < phrase->count; i++) {
		do {
			if (!words_next(&at, &word))
				return false;
		} while (!words_plain(word, &term));
		if (!same(&term, &phrase->words[i]))
			return false;
	}
	return true;
}

static bool see_phrases(void *context, const struct view_text *text)
{
	struct phrase_search *search = context;
	struct bytes rest = text->text, word;

	for (struct bytes at = rest; words_next(&rest, &word); at = rest) {
		for (size_t i = 0; i < search->words->phrase_count; i++) {
			if (!(search->seen >> i & 1) &&
			    begins_phrase(&search->words->phrases[i], at))
				search->seen |= 1u << i;
		}
	}
	return true;
}

bool search_words_phrases(
    const struct search_words *s, struct bytes payload, const struct kind *kind)
{
	struct phrase_search search = {.words = s};

	if (s->phrase_count == 0)
		return true;
	view_texts(payload, kind, see_phrases, &search);
	for (size_t i = 0; i < s->phrase_count; i++) {
		if ((search.seen >> i & 1) == s->phrases[i].is_not)
			return false;
	}
	return true;
}
