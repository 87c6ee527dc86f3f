/* Single values of a network.json: words, dates, zones, texts by language. Decides whether one value
 * has its form; where it stands in the file is network_check.c's. */
#include "cli/network_value.h"

#include "cli/lang.h"
#include "proto/kinds_table.h"
#include "proto/log_open.h"
#include "proto/mp.h"
#include "proto/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define WORD_MAX 32

void network_fault_put(struct network_faults *faults, const char *field, const char *format, ...)
{
	struct network_fault fault = {0};
	va_list list;

	snprintf(fault.field, sizeof(fault.field), "%s", field);
	va_start(list, format);
	vsnprintf(fault.text, sizeof(fault.text), format, list);
	va_end(list);
	faults->count++;
	if (faults->report)
		faults->report(faults->context, &fault);
}

static bool is_blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

void network_check_text(
    struct network_faults *f, const char *at, struct bytes text, size_t size_max, bool is_multiline)
{
	enum text_fault fault = text_lint(text, is_multiline);

	if (!text.size)
		network_fault_put(f, at, _("is empty"));
	else if (fault != TEXT_FINE)
		network_fault_put(f, at, "%s", _(text_fault_line(fault)));
	else if (is_blank(text.data[0]) || is_blank(text.data[text.size - 1]))
		network_fault_put(f, at, _("begins or ends with a blank"));
	else if (text.size > size_max)
		network_fault_put(
		    f, at, _("has %zu bytes, at most %zu are allowed"), text.size, size_max);
}

/* --- places and single values ---------------------------------------------------------------- */

/* "at.name"; what a hostile file calls its fields is cut, never trusted. */
void network_value_place(char out[static NETWORK_FIELD_MAX], const char *at, struct bytes name)
{
	struct writer safe = {0};

	text_sanitize_terminal(&safe, name);
	snprintf(out, NETWORK_FIELD_MAX, "%s%s%.*s", at, *at ? "." : "",
	    (int)(safe.size < 40 ? safe.size : 40), safe.data ? (const char *)safe.data : "");
	writer_release(&safe);
}

void network_value_place_nth(char out[static NETWORK_FIELD_MAX], const char *at, uint32_t nth)
{
	snprintf(out, NETWORK_FIELD_MAX, "%.80s[%u]", at, nth);
}

bool network_value_is_str(struct bytes value, struct bytes *text)
{
	struct reader r;

	reader_init(&r, value);
	if (mp_peek(&r) != MP_STR)
		return false;
	*text = mp_str(&r);
	return r.err == ERR_NONE;
}

/* The text, or empty after saying that it is none. */
static struct bytes text_of(struct network_faults *f, const char *at, struct bytes value)
{
	struct bytes text = {NULL, 0};

	if (!network_value_is_str(value, &text))
		network_fault_put(f, at, _("must be a text"));
	return text;
}

static bool is_word(struct bytes text)
{
	bool is_good =
	    text.size >= 1 && text.size <= WORD_MAX && text.data[0] >= 'a' && text.data[0] <= 'z';

	for (size_t i = 1; is_good && i < text.size; i++)
		is_good = (text.data[i] >= 'a' && text.data[i] <= 'z') ||
			  (text.data[i] >= '0' && text.data[i] <= '9') || text.data[i] == '_';
	return is_good;
}

void network_value_word(struct network_faults *f, const char *at, struct bytes value)
{
	struct bytes text = {NULL, 0};

	if (!network_value_is_str(value, &text) || !is_word(text))
		network_fault_put(f, at,
		    _("must be a small letter, then at most 31 small letters, digits or "
		      "underscores"));
}

void network_value_code(struct network_faults *f, const char *at, struct bytes value)
{
	struct bytes text = {NULL, 0};

	if (!network_value_is_str(value, &text) || !code_is_valid(text))
		network_fault_put(f, at,
		    _("must be a small letter, then at most 31 small letters, digits or dashes"));
}

void network_value_line(struct network_faults *f, const char *at, struct bytes value)
{
	struct bytes text = {NULL, 0};

	if (network_value_is_str(value, &text))
		network_check_text(f, at, text, 64, false);
	else
		network_fault_put(f, at, _("must be a text"));
}

void network_value_date(struct network_faults *f, const char *at, struct bytes value)
{
	struct bytes text = {NULL, 0};

	if (!network_value_is_str(value, &text) || !date_is_valid(text))
		network_fault_put(f, at, _("must be a date: YYYY, YYYY-MM or YYYY-MM-DD"));
}

void network_value_version(struct network_faults *f, const char *at, struct bytes value)
{
	struct reader r;

	reader_init(&r, value);
	if (mp_peek(&r) != MP_INT || mp_int(&r) < 1)
		network_fault_put(f, at, _("must be a whole number from 1 on"));
}

/* Region/City, as the zone files are named. */
void network_value_zone(struct network_faults *f, const char *at, struct bytes value)
{
	struct bytes text = {NULL, 0};
	bool is_good = network_value_is_str(value, &text) && text.size > 0 && text.size < 64;
	bool has_slash = false;

	for (size_t i = 0; is_good && i < text.size; i++) {
		uint8_t c = text.data[i];
		bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');

		has_slash = has_slash || c == '/';
		is_good =
		    is_letter || (i > 0 && i + 1 < text.size && (c == '/' || c == '_' || c == '-'));
	}
	if (!is_good || (!has_slash && !bytes_equal(text, BYTES_STR("UTC"))))
		network_fault_put(f, at, _("must be the name of a zone such as Africa/Casablanca"));
}

void network_value_currency(struct network_faults *f, const char *at, struct bytes value)
{
	struct bytes text = {NULL, 0};

	if (!network_value_is_str(value, &text) || !currency_is_valid(text))
		network_fault_put(f, at, _("must be a code of ISO 4217 such as MAD"));
}

/* A decimal without sign, as records write them. */
void network_value_max(struct network_faults *f, const char *at, struct bytes value)
{
	struct bytes text = {NULL, 0};
	bool is_good = network_value_is_str(value, &text) && text.size > 0 && text.size <= 24;
	size_t dots = 0;

	for (size_t i = 0; is_good && i < text.size; i++) {
		bool is_inner_dot = text.data[i] == '.' && i > 0 && i + 1 < text.size && !dots++;

		is_good = is_inner_dot || (text.data[i] >= '0' && text.data[i] <= '9');
	}
	if (!is_good || (text.size > 1 && text.data[0] == '0' && text.data[1] != '.'))
		network_fault_put(
		    f, at, _("must be a decimal number in quotes, such as \"20\" or \"7.5\""));
}

/* --- text by language ------------------------------------------------------------------------ */

static const char *const languages[] = {"ar", "fr", "en", "zgh"};
#define REQUIRED_LANGUAGES 3

static bool is_language(struct bytes name)
{
	bool is_known = false;

	for (size_t i = 0; i < sizeof(languages) / sizeof(*languages); i++)
		is_known = is_known || bytes_equal(name, bytes_str(languages[i]));
	return is_known;
}

static bool has_arabic(struct bytes text)
{
	uint32_t letter;

	while (text_next(&text, &letter))
		if (letter >= 0x621 && letter <= 0x64a)
			return true;
	return false;
}

void network_value_texts(
    struct network_faults *f, const char *at, struct bytes map, size_t size_max, bool is_multiline)
{
	char here[NETWORK_FIELD_MAX];

	for (size_t i = 0; i < REQUIRED_LANGUAGES; i++) {
		struct bytes value = mp_get(map, languages[i]);
		struct bytes text;

		network_value_place(here, at, bytes_str(languages[i]));
		if (!value.size) {
			network_fault_put(f, here, _("is missing: ar, fr and en are all needed"));
			continue;
		}
		text = text_of(f, here, value);
		if (!text.data)
			continue;
		network_check_text(f, here, text, size_max, is_multiline);
		if (text.size && (i == 0) != has_arabic(text))
			network_fault_put(
			    f, here, i ? _("has Arabic letters") : _("has no Arabic letter"));
	}
}

/* What else stands in the map, `besides` (an id, say) left out. */
void network_value_refuse_others(
    struct network_faults *f, const char *at, struct bytes map, const char *besides)
{
	char here[NETWORK_FIELD_MAX];
	struct reader r;
	uint32_t count;

	reader_init(&r, map);
	count = mp_peek(&r) == MP_MAP ? mp_map(&r) : 0;
	for (uint32_t i = 0; i < count && !r.err; i++) {
		struct bytes name = mp_str(&r);
		struct bytes text = {NULL, 0};
		struct bytes value = mp_raw(&r);

		if (besides && bytes_equal(name, bytes_str(besides)))
			continue;
		network_value_place(here, at, name);
		if (!is_language(name))
			network_fault_put(
			    f, here, _("is no language of a network: ar, fr, en and zgh are"));
		else if (bytes_equal(name, BYTES_STR("zgh")) && network_value_is_str(value, &text))
			network_check_text(f, here, text, NETWORK_TEXT_MAX, true);
	}
}

bool network_value_is_map(struct network_faults *f, const char *at, struct bytes value)
{
	struct reader r;

	reader_init(&r, value);
	if (mp_peek(&r) == MP_MAP)
		return true;
	network_fault_put(f, at, _("must be an object"));
	return false;
}

void network_value_name(struct network_faults *f, const char *at, struct bytes value)
{
	if (!network_value_is_map(f, at, value))
		return;
	network_value_texts(f, at, value, NETWORK_NAME_MAX, false);
	network_value_refuse_others(f, at, value, NULL);
}

void network_value_text(struct network_faults *f, const char *at, struct bytes value)
{
	if (!network_value_is_map(f, at, value))
		return;
	network_value_texts(f, at, value, NETWORK_TEXT_MAX, true);
	network_value_refuse_others(f, at, value, NULL);
}
