/* Warnings before something is signed for ever: what looks like a person's address, telephone or
 * identity card, words that the vocabulary does not have, dates the wrong way round. They guess, so
 * they never refuse. */
#include <string.h>

#include "proto/kinds_table.h"
#include "proto/mp.h"

struct lint {
	const struct fault_sink *sink;
	struct path path;
	unsigned count;
};

#define WARN(l, ...) \
	do { \
		(l)->count++; \
		fault_report((l)->sink, &(l)->path, true, __VA_ARGS__); \
	} while (0)

/* --- personal data --------------------------------------------------------------------------- */

static bool is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_address_byte(uint8_t c)
{
	return is_letter(c) || is_digit(c) || memchr("._%+-", c, 5) != NULL;
}

/* local@domain.tld around the '@' at `at`. */
static bool is_mail(struct bytes text, size_t at)
{
	size_t end = at + 1, dot = 0;

	if (at == 0 || !is_address_byte(text.data[at - 1]))
		return false;
	for (; end < text.size && is_address_byte(text.data[end]); end++)
		if (text.data[end] == '.' && end + 1 < text.size && is_letter(text.data[end + 1]))
			dot = end;
	return dot > at + 1 && end - dot > 2;
}

static bool is_separator(uint8_t c)
{
	return memchr(" .-()/", c, 6) != NULL;
}

/* A telephone number from `at` on: +CC…, 00CC… or the ten digits of a Moroccan one. */
static bool is_phone(struct bytes text, size_t at)
{
	uint8_t digits[16];
	size_t count = 0;
	bool has_plus = text.data[at] == '+';

	if (at > 0 && (is_digit(text.data[at - 1]) || is_letter(text.data[at - 1])))
		return false;
	for (size_t i = at + has_plus; i < text.size && count < sizeof(digits); i++) {
		if (is_digit(text.data[i]))
			digits[count++] = text.data[i];
		else if (!is_separator(text.data[i]))
			break;
	}
	if (has_plus)
		return count >= 10 && digits[0] != '0';
	if (count >= 12 && digits[0] == '0' && digits[1] == '0' && digits[2] != '0')
		return true;
	return count == 10 && digits[0] == '0' && digits[1] >= '5' && digits[1] <= '8';
}

/* Whether the text speaks of identity cards: then their numbers may have a space. */
static bool names_card(struct bytes text)
{
	static const char *const words[] = {"cin", "cnie"};

	for (size_t i = 0; i < text.size; i++)
		for (size_t w = 0; w < 2; w++) {
			size_t size = strlen(words[w]), same = 0;

			while (same < size && i + same < text.size &&
			       (text.data[i + same] | 0x20) == (uint8_t)words[w][same])
				same++;
			if (same == size && (i == 0 || !is_letter(text.data[i - 1])) &&
			    (i + size == text.size ||
				(!is_letter(text.data[i + size]) && text.data[i + size] < 0x80)))
				return true;
		}
	return text.size > 0 && memmem(text.data, text.size, "بطاقة", strlen("بطاقة"));
}

/* One or two capitals and five or six digits, alone: a Moroccan identity card. spaced: whether there may be a space between
 * them, -1 until that is known. */
static bool is_card(struct bytes text, size_t at, int *spaced)
{
	size_t letters = 0, digits = 0;

	if (at > 0 && (is_digit(text.data[at - 1]) || is_letter(text.data[at - 1])))
		return false;
	while (at + letters < text.size && text.data[at + letters] >= 'A' &&
	       text.data[at + letters] <= 'Z')
		letters++;
	at += letters;
	if (letters > 0 && letters < 3 && at + 1 < text.size && text.data[at] == ' ' &&
	    is_digit(text.data[at + 1])) {
		*spaced = *spaced < 0 ? names_card(text) : *spaced;
		at += *spaced == 1;
	}
	while (at + digits < text.size && is_digit(text.data[at + digits]))
		digits++;
	at += digits;
	if (at < text.size && (is_letter(text.data[at]) || text.data[at] >= 0x80))
		return false;
	return (letters == 1 || letters == 2) && (digits == 5 || digits == 6);
}

/* U+0660-0669 and U+06F0-06F9. */
static bool is_arabic_digit(struct bytes text, size_t at)
{
	uint8_t first = text.data[at], second = at + 1 < text.size ? text.data[at + 1] : 0;

	return (first == 0xd9 && second >= 0xa0 && second <= 0xa9) ||
	       (first == 0xdb && second >= 0xb0 && second <= 0xb9);
}

static void put_folded(struct writer *out, struct bytes text)
{
	for (size_t i = 0; i < text.size; i++) {
		if (is_arabic_digit(text, i))
			writer_u8(out, (uint8_t)('0' + (text.data[++i] & 15)));
		else
			writer_u8(out, text.data[i]);
	}
}

static void lint_text(struct lint *l, struct bytes text)
{
	bool mail = false, phone = false, card = false;
	int spaced = -1;

	for (size_t i = 0; i < text.size; i++) {
		if (text.data[i] >= 0xd9 && is_arabic_digit(text, i)) {
			struct writer folded = {0};

			put_folded(&folded, text);
			if (folded.err == ERR_NONE)
				lint_text(l, writer_view(&folded));
			writer_release(&folded);
			return;
		}
		mail = mail || (text.data[i] == '@' && is_mail(text, i));
		phone =
		    phone || ((text.data[i] == '+' || text.data[i] == '0') && is_phone(text, i));
		card = card ||
		       (text.data[i] >= 'A' && text.data[i] <= 'Z' && is_card(text, i, &spaced));
	}
	if (mail)
		WARN(l, "holds what looks like an e-mail address");
	if (phone)
		WARN(l, "holds what looks like a telephone number");
	if (card)
		WARN(l, "holds what looks like the number of an identity card");
}

/* Every text of a scanned payload, however deep. */
static void lint_value(struct lint *l, struct reader *r)
{
	uint32_t count;

	switch (mp_peek(r)) {
	case MP_STR:
		lint_text(l, mp_str(r));
		return;
	case MP_ARRAY:
		count = mp_array(r);
		for (uint32_t i = 0; i < count && r->err == ERR_NONE; i++) {
			size_t before = path_push_index(&l->path, i);

			lint_value(l, r);
			path_pop(&l->path, before);
		}
		return;
	case MP_MAP:
		count = mp_map(r);
		for (uint32_t i = 0; i < count && r->err == ERR_NONE; i++) {
			struct bytes name = mp_str(r);
			size_t before = path_push(&l->path, ".", name);

			if (bytes_equal(name, BYTES_STR("url")))
				mp_skip(r);
			else
				lint_value(l, r);
			path_pop(&l->path, before);
		}
		return;
	default:
		mp_skip(r);
	}
}

/* --- fields ---------------------------------------------------------------------------------- */

static struct bytes str_of(struct bytes value)
{
	struct reader r;

	reader_init(&r, value);
	return mp_peek(&r) == MP_STR ? mp_str(&r) : (struct bytes){0};
}

static void lint_word(void *context, const struct kinds_value *value)
{
	struct lint *l = context;
	const struct vocabulary *words = value->field->words;
	struct bytes word = words ? str_of(value->raw) : (struct bytes){0};
	const char *nearest;
	size_t before;

	if (!words || !words->is_open || word.size == 0 || word_is_in(word, words->words))
		return;
	if (l->sink->knows && l->sink->knows(l->sink->context, words->name, word))
		return;
	nearest = word_nearest(word, words->words);
	before = path_push(&l->path, ".", bytes_str(value->path));
	if (nearest)
		WARN(l, "is none of the shared %s: did you mean '%s'?", words->name, nearest);
	else
		WARN(l, "is none of the shared %s", words->name);
	path_pop(&l->path, before);
}

struct order {
	struct lint *lint;
	const struct rule *rule;
};

/* Dates are compared as precisely as both are given. */
static void lint_order(void *context, const struct rule_pair *pair)
{
	struct order *o = context;
	struct bytes a = str_of(pair->a), b = str_of(pair->b);
	size_t shared = a.size < b.size ? a.size : b.size;
	size_t before;

	if (shared == 0 || memcmp(a.data, b.data, shared) <= 0)
		return;
	before = path_push(&o->lint->path, ".", pair->b_name);
	WARN(o->lint, "%s", o->rule->text);
	path_pop(&o->lint->path, before);
}

unsigned kinds_lint(const struct kind *kind, struct bytes payload, const struct fault_sink *sink)
{
	struct lint l = {.sink = sink};
	struct reader r;

	if (mp_scan(payload) != ERR_NONE)
		return 0;
	reader_init(&r, payload);
	lint_value(&l, &r);
	kinds_each_scanned(kind, payload, lint_word, &l);
	for (const struct rule *rule = kind->rules; rule && rule->a; rule++)
		if (rule->type == RULE_ORDER)
			rule_each(rule, payload, &l.path, lint_order, &(struct order){&l, rule});
	return l.count;
}
