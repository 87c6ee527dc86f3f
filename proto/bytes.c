/* Comparison and plain text forms of byte ranges. It knows no format: what a range means is its
 * caller's matter. */
#include "proto/bytes.h"

#include <string.h>

bool hash_equal(const struct hash *a, const struct hash *b)
{
	return memcmp(a->b, b->b, HASH_SIZE) == 0;
}

bool hash_is_zero(const struct hash *a)
{
	static const struct hash zero;

	return hash_equal(a, &zero);
}

bool key_equal(const struct key *a, const struct key *b)
{
	return memcmp(a->b, b->b, KEY_SIZE) == 0;
}

int key_compare(const struct key *a, const struct key *b)
{
	return memcmp(a->b, b->b, KEY_SIZE);
}

bool key_is_zero(const struct key *a)
{
	static const struct key zero;

	return key_equal(a, &zero);
}

void hex_encode(char *out, struct bytes in)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < in.size; i++) {
		*out++ = digits[in.data[i] >> 4];
		*out++ = digits[in.data[i] & 15];
	}
	*out = '\0';
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool hex_decode(uint8_t *out, size_t size, const char *text, size_t text_size)
{
	if (text_size / 2 != size || text_size % 2 != 0)
		return false;
	for (size_t i = 0; i < size; i++) {
		int high = hex_digit(text[2 * i]);
		int low = hex_digit(text[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		out[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

static const char base64_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void base64_encode(char *out, struct bytes in)
{
	for (size_t i = 0; i < in.size; i += 3) {
		size_t left = in.size - i;
		uint32_t group = (uint32_t)in.data[i] << 16;

		if (left > 1)
			group |= (uint32_t)in.data[i + 1] << 8;
		if (left > 2)
			group |= in.data[i + 2];
		*out++ = base64_digits[group >> 18];
		*out++ = base64_digits[group >> 12 & 63];
		*out++ = left > 1 ? base64_digits[group >> 6 & 63] : '=';
		*out++ = left > 2 ? base64_digits[group & 63] : '=';
	}
	*out = '\0';
}

static int base64_digit(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '+')
		return 62;
	return c == '/' ? 63 : -1;
}

/* Four digits to 3 - padding bytes; the bits that no byte takes must be zero, so that one text
 * means one value. */
static bool base64_group(uint8_t *out, const char *text, unsigned padding)
{
	uint32_t group = 0;

	for (unsigned i = 0; i < 4 - padding; i++) {
		int digit = base64_digit(text[i]);

		if (digit < 0)
			return false;
		group |= (uint32_t)digit << (18 - 6 * i);
	}
	if (group & ((1u << (8 * padding)) - 1))
		return false;
	for (unsigned i = 0; i < 3 - padding; i++)
		out[i] = (uint8_t)(group >> (16 - 8 * i));
	return true;
}

bool base64_decode(uint8_t *out, size_t *size, const char *text, size_t text_size)
{
	size_t padding = 0;

	*size = 0;
	if (text_size % 4 != 0)
		return false;
	if (text_size > 0 && text[text_size - 1] == '=')
		padding = text[text_size - 2] == '=' ? 2 : 1;
	for (size_t i = 0; i < text_size; i += 4) {
		unsigned here = i + 4 == text_size ? (unsigned)padding : 0;

		if (!base64_group(out + i / 4 * 3, text + i, here))
			return false;
	}
	*size = text_size / 4 * 3 - padding;
	return true;
}

bool decimal_decode(uint64_t *out, struct bytes text)
{
	uint64_t value = 0;

	if (text.size == 0 || (text.data[0] == '0' && text.size > 1))
		return false;
	for (size_t i = 0; i < text.size; i++) {
		unsigned digit = text.data[i] - (unsigned)'0';

		if (digit > 9 || __builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, digit, &value))
			return false;
	}
	*out = value;
	return true;
}

void be16_put(uint8_t at[static 2], uint16_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

void be32_put(uint8_t at[static 4], uint32_t value)
{
	be16_put(at, (uint16_t)(value >> 16));
	be16_put(at + 2, (uint16_t)value);
}

void be64_put(uint8_t at[static 8], uint64_t value)
{
	be32_put(at, (uint32_t)(value >> 32));
	be32_put(at + 4, (uint32_t)value);
}
