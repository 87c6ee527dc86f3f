/* Text of people: what is shown is harmless and fits where it is put, whatever the bytes.
 *
 * covers: proto/text.c */
#include "tests/fuzz/fuzz.h"

#include "proto/text.h"

static void check_shown(struct bytes shown, bool has_lines)
{
	uint32_t letter;

	fuzz_check(text_is_utf8(shown));
	while (text_next(&shown, &letter))
		fuzz_check(
		    !text_is_hostile(letter) || (has_lines && (letter == '\n' || letter == '\t')));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes in = bytes_of(data, size), rest = in, cut;
	struct writer shown = {0}, composed = {0}, again = {0};
	enum text_fault fault = text_lint(in, true);
	uint32_t letter;

	while (text_next(&rest, &letter))
		text_put(&again, letter);
	fuzz_check(!text_is_utf8(in) || bytes_equal(writer_view(&again), in));
	fuzz_check((fault == TEXT_UTF8) == !text_is_utf8(in) || fault == TEXT_CONTROL ||
		   fault == TEXT_BIDI);
	fuzz_check(text_fault_line(fault) != NULL);
	text_lint(in, false);

	text_nfc(&composed, in);
	fuzz_check((composed.err == ERR_NONE) == text_is_utf8(in));
	if (!composed.err) {
		fuzz_check(text_is_nfc(writer_view(&composed)));
		fuzz_check(text_is_nfc(in) == bytes_equal(in, writer_view(&composed)));
	}
	text_sanitize_terminal(&shown, in);
	check_shown(writer_view(&shown), false);
	cut = text_cut(writer_view(&shown), size ? data[0] % 20 : 0);
	fuzz_check(text_width(cut) <= (size ? data[0] % 20u : 0));
	writer_clear(&shown);
	text_sanitize_lines(&shown, in);
	check_shown(writer_view(&shown), true);
	writer_release(&shown);
	writer_release(&composed);
	writer_release(&again);
	return 0;
}
