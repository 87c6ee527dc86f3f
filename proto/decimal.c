/* Decimal numbers: text to millionths and back. */
#include "proto/decimal.h"

#include <string.h>

#include "proto/mp.h"

#define PLACES 6

static size_t digits_from(struct bytes text, size_t at)
{
	size_t end = at;

	while (end < text.size && text.data[end] >= '0' && text.data[end] <= '9')
		end++;
	return end - at;
}

/* Where whole and broken part lie: [sign, sign + whole) and the `places` bytes behind the point. */
static bool split(struct bytes text, size_t *sign, size_t *whole, size_t *places)
{
	if (text.size == 0 || text.size > DECIMAL_SIZE_MAX)
		return false;
	*sign = text.data[0] == '-';
	*whole = digits_from(text, *sign);
	*places = 0;
	if (*whole == 0 || (*whole > 1 && text.data[*sign] == '0'))
		return false;
	if (*sign + *whole == text.size)
		return true;
	if (text.data[*sign + *whole] != '.')
		return false;
	*places = digits_from(text, *sign + *whole + 1);
	return *places > 0 && *sign + *whole + 1 + *places == text.size;
}

bool decimal_is_valid(struct bytes text)
{
	size_t sign, whole, places;

	return split(text, &sign, &whole, &places);
}

/* Appends a digit; false past the bound. */
static bool push(int64_t *value, int digit)
{
	if (*value > (MP_INT_MAX - digit) / 10)
		return false;
	*value = *value * 10 + digit;
	return true;
}

bool decimal_parse(int64_t *millionths, struct bytes text)
{
	size_t sign, whole, places;
	int64_t value = 0;

	if (!split(text, &sign, &whole, &places))
		return false;
	for (size_t i = 0; i < whole; i++)
		if (!push(&value, text.data[sign + i] - '0'))
			return false;
	for (size_t i = 0; i < PLACES || i < places; i++) {
		int digit = i < places ? text.data[sign + whole + 1 + i] - '0' : 0;

		if (i >= PLACES ? digit != 0 : !push(&value, digit))
			return false;
	}
	*millionths = sign ? -value : value;
	return true;
}

/* By hand: an audit formats some ten thousand. */
void decimal_format(char text[static DECIMAL_SIZE_MAX + 1], int64_t millionths)
{
	uint64_t size = millionths < 0 ? 0 - (uint64_t)millionths : (uint64_t)millionths;
	uint64_t whole = size / (uint64_t)DECIMAL_ONE, broken = size % (uint64_t)DECIMAL_ONE;
	char digits[DECIMAL_SIZE_MAX + 1];
	size_t at = sizeof(digits);
	int places = broken ? PLACES : 0;

	digits[--at] = '\0';
	for (; places > 0 && broken % 10 == 0; broken /= 10)
		places--;
	for (int i = 0; i < places; i++, broken /= 10)
		digits[--at] = (char)('0' + broken % 10);
	if (places > 0)
		digits[--at] = '.';
	do
		digits[--at] = (char)('0' + whole % 10);
	while (whole /= 10);
	if (millionths < 0)
		digits[--at] = '-';
	memcpy(text, digits + at, sizeof(digits) - at);
}
