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

/* Two automata that take one byte in one shift: an entry holds, for each state, where the byte leads, in six bits, which
 * are at once how far the next entry is shifted. Text is what this program spends most on, and letters of one, two and
 * three bytes in turn are what a processor cannot foretell; here it has nothing to foretell. */
#define STATE(n) ((uint64_t)(n)*6)
#define FROM(state, to) (STATE(to) << STATE(state))
#define EACH4(x) x, x, x, x
#define EACH16(x) EACH4(x), EACH4(x), EACH4(x), EACH4(x)
#define EACH32(x) EACH16(x), EACH16(x)

/* State 0 refuses and is never left, 1 stands between letters. Valid UTF-8, Unicode 15, table 3-7: 2, 3 and 4 owe that
 * many less one; 5 follows e0, 6 ed, 7 f0, 8 f4. */
#define UTF8_80 (FROM(2, 1) | FROM(3, 2) | FROM(4, 3) | FROM(6, 2) | FROM(8, 3))
#define UTF8_90 (FROM(2, 1) | FROM(3, 2) | FROM(4, 3) | FROM(6, 2) | FROM(7, 3))
#define UTF8_A0 (FROM(2, 1) | FROM(3, 2) | FROM(4, 3) | FROM(5, 2) | FROM(7, 3))
static const uint64_t utf8_steps[256] = {EACH32(FROM(1, 1)), EACH32(FROM(1, 1)), EACH32(FROM(1, 1)),
    EACH32(FROM(1, 1)), EACH16(UTF8_80), EACH16(UTF8_90), EACH32(UTF8_A0),
    /* c0 */ 0, 0, FROM(1, 2), FROM(1, 2), EACH4(FROM(1, 2)), EACH4(FROM(1, 2)), EACH4(FROM(1, 2)),
    EACH16(FROM(1, 2)),
    /* e0 */ FROM(1, 5), FROM(1, 3), FROM(1, 3), FROM(1, 3), EACH4(FROM(1, 3)), EACH4(FROM(1, 3)),
    FROM(1, 3), FROM(1, 6), FROM(1, 3), FROM(1, 3),
    /* f0 */ FROM(1, 7), FROM(1, 4), FROM(1, 4), FROM(1, 4), FROM(1, 8), 0, 0, 0, EACH4(0),
    EACH4(0)};

/* Plain: text of one line that is valid, harmless and in form C whatever stands beside each of its letters. Printable
 * ASCII, U+00A0 to U+02FF (2 after c2, 3 after c3 to cb), the Arabic letters U+0620 to U+064A (2 after d8, 4 after d9), and
 * U+2010 to U+2027, among them the French apostrophe (5 after e2, 6 after e2 80). */
#define PLAIN_80 (FROM(3, 1) | FROM(4, 1) | FROM(5, 6))
#define PLAIN_81 (FROM(3, 1) | FROM(4, 1))
#define PLAIN_90 (FROM(3, 1) | FROM(6, 1))
#define PLAIN_A0 (FROM(2, 1) | FROM(3, 1) | FROM(6, 1))
#define PLAIN_A8 (FROM(2, 1) | FROM(3, 1))
static const uint64_t plain_steps[256] = {EACH32(0), EACH32(FROM(1, 1)), EACH32(FROM(1, 1)),
    EACH16(FROM(1, 1)), EACH4(FROM(1, 1)), EACH4(FROM(1, 1)), EACH4(FROM(1, 1)), FROM(1, 1),
    FROM(1, 1), FROM(1, 1), 0,
    /* 80 */ PLAIN_80, PLAIN_81, PLAIN_81, PLAIN_81, EACH4(PLAIN_81), PLAIN_81, PLAIN_81, PLAIN_81,
    FROM(3, 1), EACH4(FROM(3, 1)), EACH16(PLAIN_90),
    /* a0 */ EACH4(PLAIN_A0), EACH4(PLAIN_A0), EACH4(PLAIN_A8), EACH4(PLAIN_A8), EACH16(PLAIN_A8),
    /* c0 */ 0, 0, FROM(1, 2), FROM(1, 3), EACH4(FROM(1, 3)), EACH4(FROM(1, 3)), EACH4(0),
    /* d0 */ EACH4(0), EACH4(0), FROM(1, 2), FROM(1, 4), 0, 0, EACH4(0),
    /* e0 */ 0, 0, FROM(1, 5), 0, EACH4(0), EACH4(0), EACH4(0), EACH16(0)};

/* A step waits for the one before; four parts of a text wait for each other in nothing. A part begins where a letter does. */
#define PARTED_SIZE_MIN 64

static uint64_t automaton_run(
    const uint64_t *steps, const uint8_t *at, const uint8_t *end, uint64_t state)
{
	while (at < end)
		state = steps[*at++] >> (state & 63);
	return state & 63;
}

static const uint8_t *letter_from(const uint8_t *at, const uint8_t *end)
{
	while (at < end && (*at & 0xc0) == 0x80)
		at++;
	return at;
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

static bool automaton_accepts_parts(const uint64_t *steps, struct bytes text)
{
	const uint8_t *a = text.data, *end = text.data + text.size;
	const uint8_t *b = letter_from(a + text.size / 4, end);
	const uint8_t *c = letter_from(a + text.size / 2, end);
	const uint8_t *d = letter_from(a + text.size / 4 * 3, end);
	size_t shared = least(
	    least((size_t)(b - a), (size_t)(c - b)), least((size_t)(d - c), (size_t)(end - d)));
	uint64_t s = STATE(1), t = STATE(1), u = STATE(1), v = STATE(1);

	for (size_t i = 0; i < shared; i++) {
		s = steps[a[i]] >> (s & 63);
		t = steps[b[i]] >> (t & 63);
		u = steps[c[i]] >> (u & 63);
		v = steps[d[i]] >> (v & 63);
	}
	return automaton_run(steps, a + shared, b, s) == STATE(1) &&
	       automaton_run(steps, b + shared, c, t) == STATE(1) &&
	       automaton_run(steps, c + shared, d, u) == STATE(1) &&
	       automaton_run(steps, d + shared, end, v) == STATE(1);
}

static bool automaton_accepts(const uint64_t *steps, struct bytes text)
{
	if (text.size == 0)
		return true;
	if (text.size >= PARTED_SIZE_MIN)
		return automaton_accepts_parts(steps, text);
	return automaton_run(steps, text.data, text.data + text.size, STATE(1)) == STATE(1);
}

bool text_is_utf8(struct bytes text)
{
	return automaton_accepts(utf8_steps, text);
}

static bool is_plain(struct bytes text)
{
	return automaton_accepts(plain_steps, text);
}

bool text_is_plain(struct bytes text, bool is_multiline)
{
	const uint8_t *feed;

	while (is_multiline && text.size > 0 && (feed = memchr(text.data, '\n', text.size))) {
		size_t size = (size_t)(feed - text.data);
		if (!is_plain(bytes_of(text.data, size)))
			return false;
		text = bytes_of(feed + 1, text.size - size - 1);
	}
	return is_plain(text);
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

	if (is_plain(text)) {
		writer_bytes(out, text);
		return;
	}
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

	if (is_plain(text))
		return true;
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

	if (text_is_plain(text, is_multiline))
		return TEXT_FINE;
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
