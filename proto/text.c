/* Decides what is valid UTF-8, what text may be published and how hostile text is shown. Languages
 * and the folding of letters for search are not known here. */
#include "proto/text.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

/* Bytes of the valid sequence at `at`, 0 when there is none. Unicode 15, table 3-7. */
static size_t sequence_size(const uint8_t *at, size_t left)
{
	uint8_t first = at[0];
	uint8_t low = 0x80, high = 0xbf;
	size_t size;

	if (first < 0x80)
		return 1;
	if (first < 0xc2 || first > 0xf4)
		return 0;
	size = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
	if (left < size)
		return 0;
	if (first == 0xe0)
		low = 0xa0;
	else if (first == 0xed)
		high = 0x9f;
	else if (first == 0xf0)
		low = 0x90;
	else if (first == 0xf4)
		high = 0x8f;
	if (at[1] < low || at[1] > high)
		return 0;
	for (size_t i = 2; i < size; i++)
		if ((at[i] & 0xc0) != 0x80)
			return 0;
	return size;
}

bool text_is_utf8(struct bytes text)
{
	const uint8_t *at = text.data;
	size_t left = text.size;

	while (left > 0) {
		size_t size;
		uint64_t eight;

		if (left >= 8) {
			memcpy(&eight, at, 8);
			if (!(eight & 0x8080808080808080u)) {
				at += 8;
				left -= 8;
				continue;
			}
		}
		/* Latin with accents and Arabic: two bytes a letter, by far the most frequent. */
		if (left >= 2 && *at >= 0xc2 && *at <= 0xdf && (at[1] & 0xc0) == 0x80) {
			at += 2;
			left -= 2;
			continue;
		}
		size = sequence_size(at, left);
		if (size == 0)
			return false;
		at += size;
		left -= size;
	}
	return true;
}

bool text_next(struct bytes *rest, uint32_t *letter)
{
	static const uint8_t masks[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
	size_t size;

	if (rest->size == 0)
		return false;
	size = sequence_size(rest->data, rest->size);
	*letter = TEXT_REPLACEMENT;
	if (size > 0) {
		*letter = rest->data[0] & masks[size];
		for (size_t i = 1; i < size; i++)
			*letter = *letter << 6 | (rest->data[i] & 0x3f);
	}
	size = size ? size : 1;
	rest->data += size;
	rest->size -= size;
	return true;
}

void text_put(struct writer *out, uint32_t letter)
{
	uint8_t sequence[4];
	utf8proc_ssize_t size = utf8proc_encode_char((utf8proc_int32_t)letter, sequence);

	writer_put(out, sequence, (size_t)size);
}

/* In form C whatever stands beside it: no mark, nothing that joins the letter before it, nothing that is written as
 * another sequence. Nearly all text that is published here is made of such, and need not be composed to be compared. */
static bool is_stable(uint32_t letter)
{
	const utf8proc_property_t *p;

	/* Of those that have a decomposition, the Latin and Arabic letters of every day. */
	if (letter < 0x300 || (letter >= 0x620 && letter <= 0x64a))
		return true;
	if (letter >= 0x1160 &&
	    letter <= 0x11ff) /* parts of Hangul syllables join by a rule of their own */
		return false;
	p = utf8proc_get_property((utf8proc_int32_t)letter);
	return p->combining_class == 0 && (p->comb_index == UINT16_MAX || p->comb_index < 0x8000) &&
	       (p->decomp_seqindex == UINT16_MAX || p->decomp_type != 0);
}

/* text is valid UTF-8. */
static bool is_plainly_nfc(struct bytes text)
{
	for (size_t i = 0; i < text.size; i++) {
		struct bytes rest;
		uint32_t letter;

		if (text.data[i] < 0xcc) /* all of a letter below U+0300 */
			continue;
		rest = bytes_of(text.data + i, text.size - i);
		if (!text_next(&rest, &letter) || !is_stable(letter))
			return false;
		i = text.size - rest.size - 1;
	}
	return true;
}

void text_nfc(struct writer *out, struct bytes text)
{
	utf8proc_uint8_t *composed = NULL;
	utf8proc_ssize_t size;

	if (!text_is_utf8(text)) {
		writer_fail(out, ERR_UTF8);
		return;
	}
	if (is_plainly_nfc(text)) {
		writer_bytes(out, text);
		return;
	}
	size = utf8proc_map(
	    text.data, (utf8proc_ssize_t)text.size, &composed, UTF8PROC_STABLE | UTF8PROC_COMPOSE);
	if (size < 0)
		writer_fail(out, ERR_MEMORY);
	else
		writer_put(out, composed, (size_t)size);
	free(composed);
}

bool text_is_nfc(struct bytes text)
{
	struct writer composed = {0};
	bool is_nfc;

	if (!text_is_utf8(text))
		return false;
	if (is_plainly_nfc(text))
		return true;
	text_nfc(&composed, text);
	is_nfc = composed.err == ERR_NONE && bytes_equal(text, writer_view(&composed));
	writer_release(&composed);
	return is_nfc;
}

static bool is_bidi(uint32_t letter)
{
	return (letter >= 0x202a && letter <= 0x202e) || (letter >= 0x2066 && letter <= 0x2069);
}

bool text_is_hostile(uint32_t letter)
{
	if (letter < 0x20 || (letter >= 0x7f && letter < 0xa0))
		return true;
	if (letter < 0x2028)
		return false;
	return letter <= 0x2029 || is_bidi(letter) || letter == 0xfeff ||
	       (letter >= 0xfff9 && letter <= 0xfffb) || (letter >= 0xfdd0 && letter <= 0xfdef) ||
	       (letter & 0xfffe) == 0xfffe;
}

/* How much of valid UTF-8 begins with letters that are never hostile: printable ASCII, and U+00C0 to U+07FF. */
static size_t harmless_size(struct bytes text)
{
	size_t i = 0;

	while (i < text.size) {
		if (text.data[i] >= 0x20 && text.data[i] < 0x7f)
			i++;
		else if (text.data[i] >= 0xc3 && text.data[i] <= 0xdf)
			i += 2;
		else
			break;
	}
	return i;
}

enum text_fault text_lint(struct bytes text, bool is_multiline)
{
	struct bytes rest = text;
	uint32_t letter;

	if (!text_is_utf8(text))
		return TEXT_UTF8;
	for (;;) {
		size_t harmless = harmless_size(rest);
		rest = bytes_of(rest.data + harmless, rest.size - harmless);
		if (!text_next(&rest, &letter))
			break;
		if (!text_is_hostile(letter))
			continue;
		if (is_bidi(letter))
			return TEXT_BIDI;
		if (letter != '\n' && letter != '\t')
			return TEXT_CONTROL;
		if (!is_multiline)
			return TEXT_LINES;
	}
	return text_is_nfc(text) ? TEXT_FINE : TEXT_NFC;
}

const char *text_fault_line(enum text_fault fault)
{
	switch (fault) {
	case TEXT_FINE:
		break;
#define X(id, line) \
	case TEXT_##id: \
		return line;
		TEXT_FAULT_MAP(X)
#undef X
	}
	return "is fine";
}

static void sanitize(struct writer *out, struct bytes text, bool keeps_lines)
{
	const uint8_t *run = text.data; /* what may stay is copied at once */
	const uint8_t *here = text.data;
	uint32_t letter;

	for (; text_next(&text, &letter); here = text.data) {
		bool is_space = letter == '\n' || letter == '\t';

		if (letter != TEXT_REPLACEMENT && !text_is_hostile(letter))
			continue;
		writer_put(out, run, (size_t)(here - run));
		run = text.data;
		if (letter == TEXT_REPLACEMENT)
			text_put(out, letter);
		else if (is_space)
			writer_u8(out, keeps_lines ? (uint8_t)letter : ' ');
		else
			writer_printf(out, "\\u%04x", letter);
	}
	writer_put(out, run, (size_t)(here - run));
}

void text_sanitize_terminal(struct writer *out, struct bytes text)
{
	sanitize(out, text, false);
}

void text_sanitize_lines(struct writer *out, struct bytes text)
{
	sanitize(out, text, true);
}

static size_t letter_width(uint32_t letter)
{
	int width = utf8proc_charwidth((utf8proc_int32_t)letter);

	return width > 0 ? (size_t)width : 0;
}

size_t text_width(struct bytes text)
{
	uint32_t letter;
	size_t width = 0;

	while (text_next(&text, &letter))
		width += letter_width(letter);
	return width;
}

struct bytes text_cut(struct bytes text, size_t columns)
{
	struct bytes rest = text;
	struct bytes before = text;
	uint32_t letter;
	size_t width = 0;

	while (text_next(&rest, &letter)) {
		width += letter_width(letter);
		if (width > columns)
			return (struct bytes){text.data, (size_t)(before.data - text.data)};
		before = rest;
	}
	return text;
}
