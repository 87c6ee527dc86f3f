/* UTF-8, normalisation, what may not be published, and hostile text made harmless. */
#include "tests/unit.h"

#include <utf8proc.h>

#include "proto/text.h"

static const struct {
	const char *hex;
	bool is_valid;
} sequences[] = {
    {"", true},
    {"00", true},
    {"7f", true},
    {"80", false},
    {"bf", false},
    {"c0 80", false}, /* overlong NUL */
    {"c1 bf", false},
    {"c2 80", true}, /* the first of two bytes */
    {"c2", false},
    {"c2 7f", false},
    {"c2 c0", false},
    {"df bf", true},
    {"e0 9f bf", false}, /* overlong */
    {"e0 a0 80", true},
    {"e0 a0", false},
    {"e0 a0 7f", false},
    {"ed 9f bf", true},
    {"ed a0 80", false}, /* surrogates */
    {"ed bf bf", false},
    {"ee 80 80", true},
    {"ef bf bf", true},
    {"f0 8f bf bf", false}, /* overlong */
    {"f0 90 80 80", true},
    {"f0 90 80", false},
    {"f0 90 80 c0", false},
    {"f4 8f bf bf", true},
    {"f4 90 80 80", false}, /* above U+10FFFF */
    {"f5 80 80 80", false},
    {"ff", false},
    {"61 62 63 64 65 66 67 68 d8 b9", true},
    {"61 62 63 64 65 66 67 68 d8", false},
    {"61 62 63 64 65 66 67 80 68", false},
};

static void utf8_follows_rfc_3629(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(sequences) / sizeof(sequences[0]); i++)
		if (text_is_utf8(HEX(sequences[i].hex)) != sequences[i].is_valid)
			fail_msg("%s", sequences[i].hex);
	assert_true(text_is_utf8((struct bytes){0}));
}

static void every_code_point_round_trips_and_surrogates_do_not(void **state)
{
	struct writer w = {0};

	(void)state;
	for (uint32_t c = 0; c < 0x110000; c++) {
		utf8proc_uint8_t expected[4];
		struct bytes rest;
		uint32_t letter;

		if (c >= 0xd800 && c < 0xe000)
			continue;
		utf8proc_encode_char((utf8proc_int32_t)c, expected);
		writer_clear(&w);
		text_put(&w, c);
		rest = writer_view(&w);
		assert_memory_equal(rest.data, expected, rest.size);
		assert_true(text_is_utf8(rest));
		assert_true(text_next(&rest, &letter));
		assert_true(letter == c);
		assert_int_equal(rest.size, 0);
		assert_false(text_next(&rest, &letter));
	}
	writer_release(&w);
}

static void random_bytes_are_judged_as_utf8proc_judges_them(void **state)
{
	static const uint8_t telling[] = {0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc2,
	    0xdf, 0xe0, 0xe1, 0xed, 0xef, 0xf0, 0xf1, 0xf4, 0xf5};
	uint64_t seed = 7;
	unsigned valid = 0;

	(void)state;
	for (int run = 0; run < 200000; run++) {
		uint8_t in[8];
		size_t size = unit_random(&seed) % 5 + 1;
		size_t at = 0;
		bool expected = true;

		for (size_t i = 0; i < size; i++)
			in[i] = telling[unit_random(&seed) % sizeof(telling)];
		while (at < size) {
			utf8proc_int32_t letter;
			utf8proc_ssize_t step =
			    utf8proc_iterate(in + at, (utf8proc_ssize_t)(size - at), &letter);

			if (step <= 0) {
				expected = false;
				break;
			}
			at += (size_t)step;
		}
		valid += expected;
		if (text_is_utf8((struct bytes){in, size}) != expected) {
			unit_print_bytes("in", (struct bytes){in, size});
			fail();
		}
	}
	assert_true(valid > 1000);
}

/* Long texts are judged in parts: of every length, whole and with each byte spoilt in turn. */
static void a_long_text_is_as_valid_as_its_letters(void **state)
{
	static const char *const letters[] = {"a", "é", "م", "…", "𐍈", "ة", " "};
	static const uint8_t spoilt[] = {0x80, 0xc3, 0xe2, 0xf0, 0x41, 0xff};
	uint64_t seed = 11;
	unsigned valid = 0, invalid = 0;

	(void)state;
	for (unsigned run = 0; run < 120; run++) {
		uint8_t in[400];
		size_t size = 0, wanted = 60 + 2 * run;

		while (size < wanted) {
			const char *letter = letters[unit_random(&seed) % 7];
			memcpy(in + size, letter, strlen(letter));
			size += strlen(letter);
		}
		assert_true(text_is_utf8(bytes_of(in, size)));
		for (size_t i = 0; i < size; i++) {
			uint8_t kept = in[i];
			bool expected = true;
			in[i] = spoilt[unit_random(&seed) % sizeof(spoilt)];
			for (struct bytes rest = bytes_of(in, size); rest.size > 0 && expected;) {
				utf8proc_int32_t letter;
				utf8proc_ssize_t step = utf8proc_iterate(
				    rest.data, (utf8proc_ssize_t)rest.size, &letter);
				expected = step > 0;
				if (expected)
					rest = bytes_of(rest.data + step, rest.size - (size_t)step);
			}
			assert_int_equal(text_is_utf8(bytes_of(in, size)), expected);
			valid += expected;
			invalid += !expected;
			in[i] = kept;
		}
	}
	assert_true(valid > 1000 && invalid > 1000);
}

static void invalid_bytes_are_replaced_one_by_one(void **state)
{
	struct bytes rest = HEX("61 ff e2 82 62");
	const uint32_t expected[] = {
	    'a', TEXT_REPLACEMENT, TEXT_REPLACEMENT, TEXT_REPLACEMENT, 'b'};
	uint32_t letter;

	(void)state;
	for (size_t i = 0; i < 5; i++) {
		assert_true(text_next(&rest, &letter));
		assert_true(letter == expected[i]);
	}
	assert_false(text_next(&rest, &letter));
}

static void check_nfc(const char *in, const char *expected)
{
	struct writer w = {0};

	text_nfc(&w, bytes_str(in));
	assert_ok(w.err);
	assert_text(expected, writer_view(&w));
	assert_int_equal(text_is_nfc(bytes_str(in)), strcmp(in, expected) == 0);
	assert_true(text_is_nfc(bytes_str(expected)));
	writer_release(&w);
}

static void text_is_composed(void **state)
{
	(void)state;
	check_nfc("", "");
	check_nfc("F\u00e8s", "F\u00e8s");
	check_nfc("Fe\u0300s", "F\u00e8s");
	/* Arabic: alef and hamza above become one letter; a letter with vowel signs stays. */
	check_nfc("\u0627\u0654", "\u0623");
	check_nfc("\u0645\u064f\u062d", "\u0645\u064f\u062d");
	/* Signs in another order are put in theirs: fatha before shadda. */
	check_nfc("\u0628\u0651\u064e", "\u0628\u064e\u0651");
	check_nfc("\u2d30\u2d4e", "\u2d30\u2d4e");
	/* Ligatures and wide forms are another matter: form C keeps them. */
	check_nfc("\ufefb", "\ufefb");
}

/* The short way for common letters gives what the long way gives, for each letter behind several others. */
static void every_letter_is_composed_as_utf8proc_composes_it(void **state)
{
	static const uint32_t before[] = {'e', 0x627, 0x1100, 0xac00};
	struct writer in = {0}, out = {0};

	(void)state;
	for (uint32_t letter = 1; letter < 0x110000; letter++) {
		utf8proc_uint8_t *expected = NULL;
		utf8proc_ssize_t size;

		if (letter >= 0xd800 && letter < 0xe000)
			continue;
		writer_clear(&in);
		writer_clear(&out);
		for (size_t i = 0; i < sizeof(before) / sizeof(before[0]); i++) {
			text_put(&in, before[i]);
			text_put(&in, letter);
		}
		size = utf8proc_map(in.data, (utf8proc_ssize_t)in.size, &expected,
		    UTF8PROC_STABLE | UTF8PROC_COMPOSE);
		assert_true(size >= 0);
		text_nfc(&out, writer_view(&in));
		if (!bytes_equal(writer_view(&out), bytes_of(expected, (size_t)size)))
			fail_msg("U+%04X is composed otherwise", (unsigned)letter);
		free(expected);
	}
	writer_release(&in);
	writer_release(&out);
}

/* Plain is a shortcut past both other questions: no letter may pass it that one of them holds back. */
static void plain_letters_are_harmless_and_stay_as_they_are_beside_each_other(void **state)
{
	static const uint32_t letters[] = {'z', 0xe9, 0xff, 0x2ff, 0x621, 0x64a, 0x2010, 0x2019};
	uint32_t count = 0, before = 'a';

	(void)state;
	for (uint32_t letter = 0; letter < 0x110000; letter++) {
		struct writer in = {0};
		utf8proc_uint8_t *form = NULL;
		utf8proc_ssize_t size;

		if (letter >= 0xd800 && letter < 0xe000)
			continue;
		text_put(&in, letter);
		if (text_is_plain(writer_view(&in), false)) {
			assert_false(text_is_hostile(letter));
			text_put(&in, before);
			text_put(&in, letter);
			assert_true(text_is_plain(writer_view(&in), false));
			size = utf8proc_map(in.data, (utf8proc_ssize_t)in.size, &form,
			    UTF8PROC_STABLE | UTF8PROC_COMPOSE);
			if (!bytes_equal(writer_view(&in), bytes_of(form, (size_t)size)))
				fail_msg("U+%04X is not plain", (unsigned)letter);
			free(form);
			before = letter;
			count++;
		}
		writer_release(&in);
	}
	assert_int_equal(count, 0x7f - 0x20 + 0x300 - 0xa0 + 0x64b - 0x620 + 0x2028 - 0x2010);
	for (size_t i = 0; i < sizeof(letters) / sizeof(letters[0]); i++) {
		struct writer in = {0};
		text_put(&in, letters[i]);
		assert_true(text_is_plain(writer_view(&in), false));
		text_put(&in, 0x301);
		assert_false(text_is_plain(writer_view(&in), false));
		writer_release(&in);
	}
}

static void only_text_of_several_lines_is_plain_with_line_feeds(void **state)
{
	(void)state;
	assert_true(text_is_plain(bytes_str("un\n\n\xd8\xa7\n"), true));
	assert_false(text_is_plain(bytes_str("un\n"), false));
	assert_false(text_is_plain(bytes_str("un\xd8\n\xa7"), true));
	assert_false(text_is_plain(bytes_str("un\n\tdeux"), true));
	assert_false(text_is_plain(HEX("61 0a 7f"), true));
	assert_false(text_is_plain(HEX("61 0a d8"), true));
	assert_true(text_is_plain((struct bytes){0}, true));
}

static void what_is_not_utf8_has_no_form(void **state)
{
	struct writer w = {0};

	(void)state;
	text_nfc(&w, HEX("61 ff"));
	assert_err(ERR_UTF8, w.err);
	assert_int_equal(w.size, 0);
	assert_false(text_is_nfc(HEX("61 ff")));
	assert_false(text_is_nfc(HEX("cc")));
	writer_release(&w);
}

static const struct {
	const char *text;
	enum text_fault line;
	enum text_fault lines;
} lint[] = {
    {"", TEXT_FINE, TEXT_FINE},
    {"Commune de F\u00e8s", TEXT_FINE, TEXT_FINE},
    {"\u062c\u0645\u0627\u0639\u0629 \u0641\u0627\u0633", TEXT_FINE, TEXT_FINE},
    {"\u200f\u0641\u0627\u0633\u200e F\u00e8s", TEXT_FINE, TEXT_FINE},
    {"two\nlines", TEXT_LINES, TEXT_FINE},
    {"a\ttab", TEXT_LINES, TEXT_FINE},
    {"carriage\r\nreturn", TEXT_CONTROL, TEXT_CONTROL},
    {"escape \x1b[31m", TEXT_CONTROL, TEXT_CONTROL},
    {"delete \x7f", TEXT_CONTROL, TEXT_CONTROL},
    {"C1 \xc2\x9b", TEXT_CONTROL, TEXT_CONTROL},
    {"line separator \u2028", TEXT_CONTROL, TEXT_CONTROL},
    {"paragraph separator \u2029", TEXT_CONTROL, TEXT_CONTROL},
    {"byte order mark \ufeff", TEXT_CONTROL, TEXT_CONTROL},
    {"no character \uffff", TEXT_CONTROL, TEXT_CONTROL},
    {"no character \U0001fffe", TEXT_CONTROL, TEXT_CONTROL},
    {"override \u202e", TEXT_BIDI, TEXT_BIDI},
    {"embedding \u202a", TEXT_BIDI, TEXT_BIDI},
    {"isolate \u2066", TEXT_BIDI, TEXT_BIDI},
    {"isolate end \u2069", TEXT_BIDI, TEXT_BIDI},
    {"before and after \u2027\u202f\u2065\u206a", TEXT_FINE, TEXT_FINE},
    {"not composed e\u0301", TEXT_NFC, TEXT_NFC},
    {"the first counts \u202e\x1b", TEXT_BIDI, TEXT_BIDI},
    {"bytes \xff\x1b", TEXT_UTF8, TEXT_UTF8},
};

static void lint_names_the_first_fault(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(lint) / sizeof(lint[0]); i++) {
		struct bytes text = bytes_str(lint[i].text);

		if (text_lint(text, false) != lint[i].line ||
		    text_lint(text, true) != lint[i].lines)
			fail_msg("%s: %s, %s", lint[i].text,
			    text_fault_line(text_lint(text, false)),
			    text_fault_line(text_lint(text, true)));
	}
	assert_int_equal(text_lint(HEX("61 00 62"), true), TEXT_CONTROL);
}

static void every_fault_has_its_line(void **state)
{
	(void)state;
	for (int a = TEXT_FINE; a <= TEXT_NFC; a++)
		for (int b = TEXT_FINE; b < a; b++)
			assert_string_not_equal(text_fault_line((enum text_fault)a),
			    text_fault_line((enum text_fault)b));
}

static void check_terminal(struct bytes in, const char *line, const char *lines)
{
	struct writer w = {0};

	text_sanitize_terminal(&w, in);
	assert_text(line, writer_view(&w));
	writer_clear(&w);
	text_sanitize_lines(&w, in);
	assert_text(lines, writer_view(&w));
	writer_release(&w);
}

static void hostile_text_is_shown_harmless(void **state)
{
	(void)state;
	check_terminal(BYTES_STR("F\u00e8s \u0641\u0627\u0633"), "F\u00e8s \u0641\u0627\u0633",
	    "F\u00e8s \u0641\u0627\u0633");
	check_terminal(BYTES_STR("a\nb\tc"), "a b c", "a\nb\tc");
	check_terminal(
	    BYTES_STR("\x1b[2J\a\r\n"), "\\u001b[2J\\u0007\\u000d ", "\\u001b[2J\\u0007\\u000d\n");
	check_terminal(BYTES_STR("\u202eabc\u2066"), "\\u202eabc\\u2066", "\\u202eabc\\u2066");
	check_terminal(HEX("61 00 c2 9b 7f"), "a\\u0000\\u009b\\u007f", "a\\u0000\\u009b\\u007f");
	check_terminal(HEX("61 ff e2 82"), "a\ufffd\ufffd\ufffd", "a\ufffd\ufffd\ufffd");
	check_terminal((struct bytes){0}, "", "");
}

/* Whatever comes in, what goes out is valid, one line and without anything that a terminal obeys.
 */
static void no_bytes_at_all_reach_a_terminal_unharmed(void **state)
{
	uint64_t seed = 99;
	struct writer w = {0};

	(void)state;
	for (int run = 0; run < 20000; run++) {
		uint8_t in[24];
		struct bytes rest;
		uint32_t letter;

		for (size_t i = 0; i < sizeof(in); i++)
			in[i] = (uint8_t)(unit_random(&seed) >> 32);
		writer_clear(&w);
		text_sanitize_terminal(&w, BYTES(in));
		rest = writer_view(&w);
		assert_true(text_is_utf8(rest));
		while (text_next(&rest, &letter))
			assert_false(text_is_hostile(letter));
	}
	writer_release(&w);
}

static void width_counts_columns(void **state)
{
	(void)state;
	assert_int_equal(text_width(BYTES_STR("")), 0);
	assert_int_equal(text_width(BYTES_STR("F\u00e8s")), 3);
	assert_int_equal(text_width(BYTES_STR("Fe\u0300s")), 3);
	assert_int_equal(text_width(BYTES_STR("\u0641\u064e\u0627\u0633")), 3);
	assert_int_equal(text_width(BYTES_STR("\u6f22\u5b57")), 4);
	assert_int_equal(text_width(HEX("61 ff")), 2);
}

static void cutting_keeps_letters_whole(void **state)
{
	(void)state;
	assert_text("", text_cut(BYTES_STR("abc"), 0));
	assert_text("ab", text_cut(BYTES_STR("abc"), 2));
	assert_text("abc", text_cut(BYTES_STR("abc"), 3));
	assert_text("abc", text_cut(BYTES_STR("abc"), 9));
	assert_text("Fe\u0300", text_cut(BYTES_STR("Fe\u0300s"), 2));
	assert_text("\u0641\u064e", text_cut(BYTES_STR("\u0641\u064e\u0627\u0633"), 1));
	assert_text("\u6f22", text_cut(BYTES_STR("\u6f22\u5b57"), 3));
	assert_text("", text_cut(BYTES_STR("\u6f22\u5b57"), 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(utf8_follows_rfc_3629),
	    cmocka_unit_test(every_code_point_round_trips_and_surrogates_do_not),
	    cmocka_unit_test(random_bytes_are_judged_as_utf8proc_judges_them),
	    cmocka_unit_test(a_long_text_is_as_valid_as_its_letters),
	    cmocka_unit_test(invalid_bytes_are_replaced_one_by_one),
	    cmocka_unit_test(text_is_composed),
	    cmocka_unit_test(every_letter_is_composed_as_utf8proc_composes_it),
	    cmocka_unit_test(plain_letters_are_harmless_and_stay_as_they_are_beside_each_other),
	    cmocka_unit_test(only_text_of_several_lines_is_plain_with_line_feeds),
	    cmocka_unit_test(what_is_not_utf8_has_no_form),
	    cmocka_unit_test(lint_names_the_first_fault),
	    cmocka_unit_test(every_fault_has_its_line),
	    cmocka_unit_test(hostile_text_is_shown_harmless),
	    cmocka_unit_test(no_bytes_at_all_reach_a_terminal_unharmed),
	    cmocka_unit_test(width_counts_columns),
	    cmocka_unit_test(cutting_keeps_letters_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
