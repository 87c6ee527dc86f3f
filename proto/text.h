/* UTF-8 text of people: what is valid, what may be published, and how hostile text is shown safely.
 *
 * Validity is a rule of the formats and mp_scan asks for it. Everything else here is advice: it is
 * checked when a member publishes, and what comes from others is shown through the sanitisers
 * whatever it holds. */
#ifndef PROTO_TEXT_H
#define PROTO_TEXT_H

#include "proto/bytes.h"
#include "proto/err.h"
#include "proto/writer.h"

#define TEXT_REPLACEMENT 0xfffdu

/* RFC 3629: no overlong form, no surrogate, nothing above U+10FFFF. NUL is a character like any
 * other. */
bool text_is_utf8(struct bytes text);

/* Takes the next code point off rest; TEXT_REPLACEMENT for each byte that is part of no valid one.
 * False at the end. */
bool text_next(struct bytes *rest, uint32_t *letter);
/* Appends one code point as UTF-8. */
void text_put(struct writer *out, uint32_t letter);

/* Made of nothing but letters of every day, and line feeds where they are allowed: valid, harmless and in form C. What
 * is not may be all of that too, and has to be looked at more closely. */
bool text_is_plain(struct bytes text, bool is_multiline);
/* Whether text is valid UTF-8 in Unicode normalization form C. */
bool text_is_nfc(struct bytes text);
/* Appends text in form C. ERR_UTF8 (in the writer, nothing appended) when it is not valid. */
void text_nfc(struct writer *out, struct bytes text);

#define TEXT_FAULT_MAP(X) \
	X(UTF8, "is not valid UTF-8") \
	X(CONTROL, "holds a control character") \
	X(BIDI, "holds a control of writing direction") \
	X(LINES, "holds a line break or a tab") \
	X(NFC, "is not in Unicode normalization form C")

enum text_fault {
	TEXT_FINE,
#define X(id, line) TEXT_##id,
	TEXT_FAULT_MAP(X)
#undef X
};

/* What is wrong with text that somebody wants to publish, the first by position, NFC last. CONTROL:
 * C0, C1, U+2028, U+2029, U+FEFF, U+FFF9-FFFB and noncharacters, but not line feed and tab. BIDI:
 * U+202A-202E, U+2066-2069; the marks U+061C, U+200E and U+200F are fine. LINES: line feed or tab
 * where is_multiline is false. */
enum text_fault text_lint(struct bytes text, bool is_multiline);
/* Continues "title ...", without full stop. Untranslated. */
const char *text_fault_line(enum text_fault fault);
/* Whether JSON, tables and terminals must get this code point escaped: CONTROL or BIDI above, line
 * feed and tab. */
bool text_is_hostile(uint32_t letter);

/* For terminals and tables, one line: what text_is_hostile names becomes \u001b and the like, line
 * feed and tab become a space, invalid bytes U+FFFD. */
void text_sanitize_terminal(struct writer *out, struct bytes text);
/* The same, but line feeds and tabs stay. */
void text_sanitize_lines(struct writer *out, struct bytes text);

/* Columns on a terminal of sanitised text: 0 for combining marks, 2 for wide letters. */
size_t text_width(struct bytes text);
/* The longest start of text that fits into columns, with the combining marks of its last letter. */
struct bytes text_cut(struct bytes text, size_t columns);

#endif
