/* Words of texts and searches, whatever the bytes: terms are bounded and fit into keys, whoever types a word finds the
 * text that it was taken from, and an excerpt is a piece of the text. The first line is what is searched for, the rest
 * is a payload or a text.
 *
 * covers: store/words.c store/words_fold.c store/search_words.c store/search_excerpt.c store/view_texts.c
 * store/word_cache.c */
#include "tests/fuzz/fuzz.h"

#include "proto/mp.h"
#include "proto/text.h"
#include "store/search_words.h"
#include "store/word_cache.h"

static bool is_same(const struct term *a, const struct term *b)
{
	return a->size == b->size && memcmp(a->b, b->b, a->size) == 0;
}

static void check_term(const struct term *term)
{
	fuzz_check(term->size > 0 && term->size <= WORDS_TERM_MAX);
	fuzz_check(memchr(term->b, 0, term->size) == NULL);
	fuzz_check(text_is_utf8(bytes_of(term->b, term->size)));
}

static void check_words(struct words *w, struct word_cache *cache, struct bytes text)
{
	struct term term, cached, forms[WORDS_FORMS_MAX];
	struct bytes word;
	const uint8_t *end = text.data + text.size;

	while (words_next(&text, &word)) {
		fuzz_check(word.size > 0 && word.data + word.size <= end);
		for (int lang = 0; lang < WORDS_LANG_COUNT; lang++) {
			bool has_term = words_term(w, word, (enum words_lang)lang, &term),
			     is_found = false;
			size_t count = words_forms(w, word, forms);
			fuzz_check(word_cache_term(cache, word, (enum words_lang)lang, &cached) ==
				   has_term);
			if (!has_term)
				continue;
			check_term(&term);
			fuzz_check(is_same(&term, &cached));
			for (size_t i = 0; i < count; i++)
				is_found |= is_same(&term, &forms[i]);
			fuzz_check(is_found);
		}
		if (words_plain(word, &term))
			check_term(&term);
		if (words_prefixes(w, word, forms) > 0)
			check_term(&forms[0]);
	}
}

static void check_search(struct words *w, struct bytes query, struct bytes payload)
{
	static struct search_words search;
	struct excerpt excerpt;
	struct why why = {0};

	if (search_words_parse(&search, w, query, &why) != ERR_NONE) {
		fuzz_check(why.err == ERR_USAGE);
		return;
	}
	if (mp_scan(payload) != ERR_NONE)
		return;
	search_words_phrases(&search, payload, kind_by_number(KIND_PRACTICE));
	excerpt_make(&excerpt, &search, w, payload, kind_by_number(KIND_PRACTICE));
	fuzz_check(text_is_utf8(writer_view(&excerpt.text)));
	fuzz_check(excerpt.text.size <= EXCERPT_LETTERS * 4 + 6);
	for (size_t i = 0; i < excerpt.mark_count; i++)
		fuzz_check(excerpt.marks[i].at + excerpt.marks[i].size <= excerpt.text.size);
	writer_release(&excerpt.text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct words *w;
	static struct word_cache *cache;
	const uint8_t *line = size > 0 ? memchr(data, '\n', size) : NULL;
	struct bytes query = bytes_of(data, line ? (size_t)(line - data) : size);
	struct bytes rest = line ? bytes_of(line + 1, size - query.size - 1) : (struct bytes){0};
	struct writer payload = {0};

	if (!w) {
		w = words_new();
		cache = word_cache_new();
	}
	fuzz_check(w && cache);
	check_words(w, cache, bytes_of(data, size));
	check_search(w, query, rest);
	if (text_is_utf8(rest)) {
		mp_put_map(&payload, 2);
		mp_put_cstr(&payload, "problem");
		mp_put_map(&payload, 1);
		mp_put_cstr(&payload, "fr");
		mp_put_str(&payload, rest);
		mp_put_cstr(&payload, "title");
		mp_put_str(&payload, rest);
		check_search(w, query, writer_view(&payload));
		writer_release(&payload);
	}
	return 0;
}
