/* Single values of what may be published: texts, dates, words, addresses, links. Each is read,
 * judged and written again in its one form; where it stands is known to kinds_check.c. */
#include "proto/kinds_check.h"

#include <stdio.h>
#include <string.h>

#include "proto/decimal.h"
#include "proto/limits.h"
#include "proto/mp.h"
#include "proto/text.h"

/* What fits behind "is to be one of " into a fault. */
#define WORD_LIST_SIZE 140

/* --- texts ----------------------------------------------------------------------------------- */

/* Line endings as one line feed; in a single line they and tabs become one space. */
static void put_unfolded(struct writer *w, struct bytes text, bool is_line)
{
	for (size_t i = 0; i < text.size; i++) {
		uint8_t c = text.data[i];

		if (c == '\r' && i + 1 < text.size && text.data[i + 1] == '\n')
			continue;
		if (c == '\r')
			c = '\n';
		if (is_line && (c == '\n' || c == '\t'))
			c = ' ';
		if (is_line && c == ' ' && (w->size == 0 || w->data[w->size - 1] == ' '))
			continue;
		writer_u8(w, c);
	}
	while (is_line && w->size > 0 && w->data[w->size - 1] == ' ')
		w->size--;
}

/* In paragraphs that were pasted from a text processor the controls of writing direction do no
 * harm, since output isolates each field; in titles they do. */
static const char *text_fault_of(struct bytes text, bool is_line)
{
	enum text_fault fault = text_lint(text, !is_line);
	uint32_t letter;

	if (fault != TEXT_BIDI || is_line)
		return fault == TEXT_FINE ? NULL : text_fault_line(fault);
	while (text_next(&text, &letter)) {
		struct writer one = {0};
		enum text_fault here;

		text_put(&one, letter);
		here = text_lint(writer_view(&one), true);
		writer_release(&one);
		if (here == TEXT_CONTROL || here == TEXT_UTF8)
			return text_fault_line(here);
	}
	return NULL;
}

/* Nearly every text comes in the one form that it is written in. */
static bool is_in_form(struct bytes text, const struct field *field)
{
	return text.size > 0 && text.size <= field->size_max &&
	       text_is_plain(text, !field->is_line) &&
	       !(field->is_line && (text.data[0] == ' ' || text.data[text.size - 1] == ' ' ||
				       memmem(text.data, text.size, "  ", 2)));
}

void check_put_text(struct check *c, struct bytes text, const struct field *field)
{
	struct writer plain = {0}, nfc = {0};
	const char *fault;

	if (is_in_form(text, field)) {
		mp_put_str(c->out, text);
		return;
	}
	put_unfolded(&plain, text, field->is_line);
	text_nfc(&nfc, writer_view(&plain));
	if (plain.err != ERR_NONE || nfc.err != ERR_NONE) {
		writer_fail(c->out, plain.err != ERR_NONE ? plain.err : nfc.err);
	} else {
		fault = text_fault_of(writer_view(&nfc), field->is_line);
		if (nfc.size == 0)
			BAD(c, "is empty: leave it out");
		else if (fault)
			BAD(c, "%s", fault);
		else if (nfc.size > field->size_max)
			BAD(c, "is %zu bytes long, at most %u are allowed", nfc.size,
			    field->size_max);
		mp_put_str(c->out, writer_view(&nfc));
	}
	writer_release(&plain);
	writer_release(&nfc);
}

/* --- single values --------------------------------------------------------------------------- */

bool check_expect(struct check *c, enum mp_type type, const char *what)
{
	if (mp_peek(&c->in) == type)
		return true;
	BAD(c, "is to be %s", what);
	mp_skip(&c->in);
	return false;
}

static bool is_word(struct bytes word)
{
	if (word.size == 0 || word.size > WORD_SIZE_MAX || word.data[0] < 'a' || word.data[0] > 'z')
		return false;
	for (size_t i = 0; i < word.size; i++) {
		uint8_t b = word.data[i];

		if (!(b >= 'a' && b <= 'z') && !(b >= '0' && b <= '9') && b != '_' && b != '-')
			return false;
	}
	return true;
}

/* All of a short list; false when it would be cut. */
static bool put_words(char *list, size_t size, const char *const *words)
{
	size_t at = 0;

	for (list[0] = '\0'; *words; words++) {
		int put = snprintf(list + at, size - at, "%s%s", at ? ", " : "", *words);

		if (put < 0 || (size_t)put >= size - at)
			return false;
		at += (size_t)put;
	}
	return true;
}

static void check_word(struct check *c, const struct field *field, struct bytes word)
{
	char list[WORD_LIST_SIZE];
	const char *nearest;

	if (word_is_in(word, field->words->words) ||
	    (field->has_unknowns && word_is_in(word, unknown_words)) ||
	    (field->words->is_open && is_word(word)))
		return;
	nearest = word_nearest(word, field->words->words);
	if (nearest)
		BAD(c, "is none of the %s: did you mean '%s'?", field->words->name, nearest);
	else if (put_words(list, sizeof(list), field->words->words))
		BAD(c, "is to be one of %s", list);
	else
		BAD(c, "is none of the %s", field->words->name);
}

static void check_url(struct check *c, struct bytes url)
{
	size_t scheme = url.size > 8 && memcmp(url.data, "https://", 8) == 0  ? 8
			: url.size > 7 && memcmp(url.data, "http://", 7) == 0 ? 7
									      : 0;

	if (scheme == 0)
		BAD(c, "is to begin with https:// or http://");
	else if (url.size > URL_SIZE_MAX)
		BAD(c, "is longer than %u bytes", URL_SIZE_MAX);
	for (size_t i = 0; i < url.size; i++) {
		if (url.data[i] > ' ' && url.data[i] != '"' && url.data[i] != '<' &&
		    url.data[i] != '>' && url.data[i] != 0x7f)
			continue;
		BAD(c, "holds a character that no address has");
		return;
	}
}

void check_put_str(struct check *c, const struct field *field)
{
	struct bytes text;

	if (!check_expect(c, MP_STR,
		field->type == TYPE_DATE ? "a date YYYY, YYYY-MM or YYYY-MM-DD" : "text"))
		return;
	text = mp_str(&c->in);
	switch (field->type) {
	case TYPE_DATE:
		if (!date_is_valid(text))
			BAD(c, "is no date YYYY, YYYY-MM or YYYY-MM-DD");
		else if (field->size_max && text.size > field->size_max)
			BAD(c, "is to be a year YYYY");
		break;
	case TYPE_WORD:
		check_word(c, field, text);
		break;
	case TYPE_LANG:
		if (!lang_is_valid(text))
			BAD(c, "is no language tag such as ar, fr or zgh");
		break;
	case TYPE_MEMBER:
		if (!member_is_valid(text))
			BAD(c, "is no code of a member such as larache");
		break;
	case TYPE_TERRITORY:
		if (!territory_is_valid(text))
			BAD(c,
			    "is no code of a territory such as 01, 01.151, 01.151.01.03 or MA-01");
		break;
	case TYPE_URL:
		check_url(c, text);
		if (text_lint(text, false) != TEXT_FINE)
			BAD(c, "%s", text_fault_line(text_lint(text, false)));
		break;
	default:
		check_put_text(c, text, field);
		return;
	}
	mp_put_str(c->out, text);
}

void check_put_int(struct check *c, const struct field *field)
{
	int64_t min = field->type == TYPE_INT ? field->min : 0;
	int64_t max = field->type == TYPE_INT ? field->max : TIME_MS_MAX;
	int64_t value;

	if (!check_expect(c, MP_INT, "a whole number"))
		return;
	value = mp_int(&c->in);
	if (value < min || value > max)
		BAD(c, "is to be from %lld to %lld", (long long)min, (long long)max);
	mp_put_int(c->out, value);
}

void check_put_link(struct check *c)
{
	struct record_ref ref;
	struct reader r;
	struct bytes raw;

	if (mp_peek(&c->in) == MP_STR) {
		BAD(c, "names no record that is known here");
		mp_skip(&c->in);
		return;
	}
	if (!check_expect(c, MP_ARRAY, "a link to a record"))
		return;
	raw = mp_raw(&c->in);
	reader_init(&r, raw);
	mp_array_of(&r, 3);
	mp_bin_fixed(&r, ref.log.b, KEY_SIZE);
	ref.index = mp_uint(&r);
	mp_bin_fixed(&r, ref.leaf.b, HASH_SIZE);
	if (r.err != ERR_NONE)
		BAD(c, "is no link to a record");
	writer_bytes(c->out, raw);
}

void check_put_decimal(struct check *c, const struct field *field)
{
	char digits[DECIMAL_SIZE_MAX + 1];
	struct bytes text;
	int64_t value = 0;

	if (mp_peek(&c->in) == MP_INT) {
		snprintf(digits, sizeof(digits), "%lld", (long long)mp_int(&c->in));
		text = bytes_str(digits);
	} else if (check_expect(c, MP_STR, "a number such as \"12.5\"")) {
		text = mp_str(&c->in);
	} else {
		return;
	}
	if (!decimal_parse(&value, text))
		BAD(c, "is no number such as 12.5, of at most six places");
	else if (field->min != field->max &&
		 (value < field->min * DECIMAL_ONE || value > field->max * DECIMAL_ONE))
		BAD(c, "is to be from %lld to %lld", (long long)field->min, (long long)field->max);
	mp_put_str(c->out, text);
}

/* bin, or 64 hex digits as JSON has them. */
void check_put_hash(struct check *c)
{
	uint8_t hash[HASH_SIZE] = {0};
	struct bytes value;
	bool is_good;

	if (mp_peek(&c->in) == MP_STR) {
		value = mp_str(&c->in);
		is_good = hex_decode(hash, HASH_SIZE, (const char *)value.data, value.size);
	} else if (check_expect(c, MP_BIN, "64 hex digits")) {
		value = mp_bin(&c->in);
		is_good = value.size == HASH_SIZE;
		if (is_good)
			memcpy(hash, value.data, HASH_SIZE);
	} else {
		return;
	}
	if (!is_good)
		BAD(c, "is to be 64 hex digits");
	mp_put_bin(c->out, hash, HASH_SIZE);
}
