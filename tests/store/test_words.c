/* What people write differently is found by the same words, and what is another word is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "store/words.h"
#include "store/words_fold.h"

static struct words *words;

static int set_up(void **state)
{
	(void)state;
	words = words_new();
	return words ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	words_free(words);
	return 0;
}

/* Whether somebody who types `typed` finds a text of this language that says `written`. */
static bool finds(const char *typed, const char *written, enum words_lang lang)
{
	struct term forms[WORDS_FORMS_MAX], term;
	size_t count = words_forms(words, bytes_str(typed), forms);
	struct bytes rest = bytes_str(written), word;

	while (words_next(&rest, &word)) {
		if (!words_term(words, word, lang, &term))
			continue;
		for (size_t i = 0; i < count; i++) {
			if (forms[i].size == term.size && !memcmp(forms[i].b, term.b, term.size))
				return true;
		}
	}
	return false;
}

struct pair {
	const char *typed, *written, *twin; /* the twin is not found */
};

static void check(const struct pair *pairs, size_t count, enum words_lang lang)
{
	for (size_t i = 0; i < count; i++) {
		if (!finds(pairs[i].typed, pairs[i].written, lang))
			fail_msg("%s does not find %s", pairs[i].typed, pairs[i].written);
		if (finds(pairs[i].typed, pairs[i].twin, lang))
			fail_msg("%s finds %s", pairs[i].typed, pairs[i].twin);
	}
}

static void french_endings_accents_and_elisions_do_not_matter(void **state)
{
	static const struct pair pairs[] = {
	    {"réclamation", "Les RÉCLAMATIONS", "Les proclamations"},
	    {"reclamations", "une réclamation", "une récréation"},
	    {"RECLAMATION", "réclamations", "acclamation"},
	    {"eau", "L’eau potable", "Le beau parc"}, {"eau", "d'eau", "seau"},
	    {"état", "de l'état civil", "l'étau"}, {"etat", "ÉTAT", "étage"},
	    {"numérisées", "numérisation", "numérotation"},
	    {"numerisees", "il est numérisé", "numéroté"},
	    {"communale", "des affaires communaux", "communication"},
	    {"plainte", "plaintes", "plantes"}, {"citoyenne", "citoyens", "cité"},
	    {"délibération", "deliberations", "libération"}, {"oeuvre", "Œuvres", "ouverture"},
	    {"lycée",
		"e\xcc\x81lyse\xcc\x81"
		"e lyce\xcc\x81"
		"e",
		"lys"}, /* not composed */
	};

	(void)state;
	check(pairs, sizeof(pairs) / sizeof(*pairs), WORDS_FR);
}

static void english_endings_do_not_matter(void **state)
{
	static const struct pair pairs[] = {
	    {"complaints", "Complaint handling", "completion"},
	    {"handle", "complaints handling", "handicap"},
	    {"cities", "the city's plan", "citizens"},
	    {"council", "Councils", "counsel"},
	};

	(void)state;
	check(pairs, sizeof(pairs) / sizeof(*pairs), WORDS_EN);
}

static void arabic_articles_signs_and_endings_do_not_matter(void **state)
{
	static const struct pair pairs[] = {
	    {"شكاية", "الشكايات", "الشركات"}, {"شكايه", "والشكايات", "المشكلات"},
	    {"الشكايات", "للشكايات", "للشركات"}, {"شكايات", "وبالشكايات شكاية", "حكايات"},
	    {"شكاية", "شكاياتهم", "شريكهم"}, {"تدبير", "وتدبير الشأن", "تعبير"},
	    {"تدبير", "لتدبير", "تدريب"}, {"وتدبير", "التدبير", "وتعبير"},
	    {"مواطن", "المُوَاطِنِينَ", "الوطنيين"}, {"المواطنات", "مواطـــــنون", "موظفون"},
	    {"إعلام", "الاعلام", "الاعمال"}, {"اعضاء", "الأعضاء", "الأعضال"},
	    {"مسئول", "المسؤولون", "الممول"}, {"مستشفى", "المستشفي", "المستشار"},
	    {"جماعة", "بالجماعات", "بالجمعيات"}, {"رئيس", "الرئيس", "الرأس"},
	    {"وزارة", "الوزارة", "الزيارة"}, {"لجنة", "للجنة", "جنوب"},
	    {"2024", "سنة ٢٠٢٤", "سنة ٢٠٢٥"}, {"۱۲", "12", "13"},
	    {"ميزانية",
		"\xef\xbb\xa3\xef\xbb\xb4\xef\xba\xb0\xef\xba\x8d\xef\xbb\xa7\xef\xbb\xb4\xef\xba"
		"\x94",
		"ميناء"}, /* presentation forms */
	};

	(void)state;
	check(pairs, sizeof(pairs) / sizeof(*pairs), WORDS_FR);
	check(pairs, sizeof(pairs) / sizeof(*pairs), WORDS_EN);
}

static void other_scripts_and_mixtures_stay_whole(void **state)
{
	static const struct pair pairs[] = {
	    {"ⵜⴰⵎⵏⴰⵙⵜ", "ⵜⴰⵎⵏⴰⵙⵜ", "ⵜⴰⵎⵏⴰⵙ"},
	    {"ΔΉΜΟΣ", "δήμοσ", "δήμο"},
	    {"covid19", "COVID19", "covid20"},
	    {"plans", "plans", "planes"},
	};

	(void)state;
	check(pairs, sizeof(pairs) / sizeof(*pairs), WORDS_PLAIN);
}

#define WORDS_OUT_SIZE 400
static size_t words_in(struct bytes text, char out[static WORDS_OUT_SIZE])
{
	struct bytes word;
	size_t count = 0;

	*out = 0;
	for (; words_next(&text, &word); count++)
		snprintf(out + strlen(out), WORDS_OUT_SIZE - strlen(out), "[%.*s]", (int)word.size,
		    (const char *)word.data);
	return count;
}

static void a_text_is_taken_apart_at_what_is_no_letter(void **state)
{
	char out[WORDS_OUT_SIZE];

	(void)state;
	assert_int_equal(
	    words_in(BYTES_STR("L’eau, l'air; (état-civil) n°31-13 ×÷ «fin»"), out), 10);
	assert_string_equal(out, "[L][eau][l][air][état][civil][n][31][13][fin]");
}

static void letters_told_by_their_bytes_are_the_same_letters(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 65536 * 3; i++) {
		uint8_t bytes[3] = {(uint8_t)(i >> 8), (uint8_t)i, 0x80};
		struct bytes at = bytes_of(bytes, 1 + i / 65536), rest = at, word;
		bool is_word = words_next(&rest, &word) && word.data == bytes;

		assert_int_equal(is_word, fold_word_letter(at) > 0);
	}
}

static void hostile_bytes_make_no_words_or_harmless_ones(void **state)
{
	uint8_t noise[4096], *long_word;
	struct bytes rest, word;
	struct term term, forms[WORDS_FORMS_MAX];
	char out[WORDS_OUT_SIZE];
	uint32_t seed = 7;

	(void)state;
	assert_int_equal(words_in(BYTES_STR("ab\xff"
					    "cd\xc3"
					    "ef\xed\xa0\x80gh"),
			     out),
	    4);
	assert_string_equal(out, "[ab][cd][ef][gh]");
	for (unsigned round = 0; round < 200; round++) {
		for (size_t i = 0; i < sizeof(noise); i++) {
			seed = seed * 1664525 + 1013904223;
			noise[i] = (uint8_t)(seed >> 24);
		}
		for (rest = BYTES(noise); words_next(&rest, &word);) {
			if (words_term(words, word, WORDS_FR, &term))
				assert_in_range(term.size, 1, WORDS_TERM_MAX);
			words_forms(words, word, forms);
		}
	}
	long_word = malloc(65536);
	assert_non_null(long_word);
	memset(long_word, 'x', 65536);
	rest = bytes_of(long_word, 65536);
	assert_true(words_next(&rest, &word));
	assert_int_equal(word.size, 65536);
	assert_true(words_term(words, word, WORDS_FR, &term));
	assert_int_equal(term.size, WORDS_TERM_MAX);
	free(long_word);
}

static void words_of_every_text_have_no_term(void **state)
{
	static const char *const none[] = {"la", "LES", "Des", "où", "être", "the", "Of", "من",
	    "على", "إلى", "هذه", "حتى", "أن", "a", "l", "و"};
	static const char *const some[] = {"loi", "test", "منة", "علم", "5", "ob", "ⵣ"};
	struct term term, forms[WORDS_FORMS_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(none) / sizeof(*none); i++) {
		if (words_term(words, bytes_str(none[i]), WORDS_FR, &term) ||
		    words_forms(words, bytes_str(none[i]), forms) > 0)
			fail_msg("%s has a term", none[i]);
	}
	for (size_t i = 0; i < sizeof(some) / sizeof(*some); i++) {
		if (!words_term(words, bytes_str(some[i]), WORDS_FR, &term) ||
		    words_forms(words, bytes_str(some[i]), forms) == 0)
			fail_msg("%s has no term", some[i]);
	}
}

static void a_beginning_finds_terms_that_begin_so(void **state)
{
	struct term prefixes[WORDS_FORMS_MAX];

	(void)state;
	assert_int_equal(words_prefixes(words, BYTES_STR("NumÉr"), prefixes), 1);
	assert_memory_equal(prefixes[0].b, "numer", prefixes[0].size);
	assert_int_equal(words_prefixes(words, BYTES_STR("الشكا"), prefixes), 1);
	assert_memory_equal(prefixes[0].b, "شكا", prefixes[0].size);
	assert_int_equal(words_prefixes(words, BYTES_STR("ء"), prefixes), 0);
}

static void plain_words_keep_article_and_ending(void **state)
{
	struct term a, b;

	(void)state;
	assert_true(words_plain(BYTES_STR("Réclamations"), &a));
	assert_int_equal(a.size, 12);
	assert_memory_equal(a.b, "reclamations", 12);
	assert_true(words_plain(BYTES_STR("الشِّكايات"), &a));
	assert_true(words_plain(BYTES_STR("شكايات"), &b));
	assert_int_not_equal(a.size, b.size);
	assert_false(words_plain(BYTES_STR("\xd9\x90"), &a)); /* a vowel sign alone */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(french_endings_accents_and_elisions_do_not_matter),
	    cmocka_unit_test(english_endings_do_not_matter),
	    cmocka_unit_test(arabic_articles_signs_and_endings_do_not_matter),
	    cmocka_unit_test(other_scripts_and_mixtures_stay_whole),
	    cmocka_unit_test(a_text_is_taken_apart_at_what_is_no_letter),
	    cmocka_unit_test(letters_told_by_their_bytes_are_the_same_letters),
	    cmocka_unit_test(hostile_bytes_make_no_words_or_harmless_ones),
	    cmocka_unit_test(words_of_every_text_have_no_term),
	    cmocka_unit_test(a_beginning_finds_terms_that_begin_so),
	    cmocka_unit_test(plain_words_keep_article_and_ending),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
