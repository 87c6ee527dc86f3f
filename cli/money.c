/* Decides how an amount of money is written for people. Refuses to know which amounts are right, and any rate. */
#include "cli/money.h"

#include "cli/lang.h"

#include <stdio.h>
#include <string.h>

#define GROUPED_SIZE 32

/* ISO 4217: how many digits the minor unit has, where it is not two. */
static int minor_digits(struct bytes currency)
{
	static const char none[] =
	    "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF";
	static const char three[] = "BHD IQD JOD KWD LYD OMR TND";
	char code[4];

	snprintf(code, sizeof(code), "%.*s", (int)currency.size, (const char *)currency.data);
	return strstr(none, code) ? 0 : strstr(three, code) ? 3 : 2;
}

static bool is_code(struct bytes text)
{
	for (size_t i = 0; i < text.size; i++)
		if (text.data[i] < 'A' || text.data[i] > 'Z')
			return false;
	return text.size == 3;
}

/* Groups of three digits. */
static void put_grouped(struct writer *w, unsigned long long number)
{
	char digits[GROUPED_SIZE];
	int count = snprintf(digits, sizeof(digits), "%llu", number);

	for (int i = 0; i < count; i++) {
		if (i && (count - i) % 3 == 0)
			writer_u8(w, ' ');
		writer_u8(w, (uint8_t)digits[i]);
	}
}

bool money_text(struct writer *w, struct bytes map)
{
	unsigned long long left, unit = 1;
	struct bytes currency;
	struct reader r;
	int64_t amount;
	int digits;

	reader_init(&r, map);
	if (mp_peek(&r) != MP_MAP || mp_map(&r) != 2)
		return false;
	reader_init(&r, mp_get(map, "amount"));
	if (mp_peek(&r) != MP_INT)
		return false;
	amount = mp_int(&r);
	if (r.err)
		return false;
	reader_init(&r, mp_get(map, "currency"));
	currency = mp_peek(&r) == MP_STR ? mp_str(&r) : (struct bytes){0};
	if (!is_code(currency))
		return false;
	digits = minor_digits(currency);
	for (int i = 0; i < digits; i++)
		unit *= 10;
	left = amount < 0 ? -(unsigned long long)amount : (unsigned long long)amount;
	writer_str(w, amount < 0 ? "-" : "");
	put_grouped(w, left / unit);
	if (digits)
		writer_printf(
		    w, "%s%0*llu", strcmp(lang_code(), "en") ? "," : ".", digits, left % unit);
	writer_u8(w, ' ');
	writer_bytes(w, currency);
	return true;
}
