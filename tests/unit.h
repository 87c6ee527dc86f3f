/* What every unit test includes: cmocka with what it needs, and assertions about errors and bytes
 * that say both sides when they fail. */
#ifndef TESTS_UNIT_H
#define TESTS_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "proto/bytes.h"
#include "proto/err.h"

#define assert_err(expected, actual) assert_string_equal(err_name(expected), err_name(actual))
#define assert_ok(actual) assert_err(ERR_NONE, actual)

#define assert_bytes(expected, actual) unit_assert_bytes((expected), (actual), __FILE__, __LINE__)
#define assert_text(expected, actual) assert_bytes(bytes_str(expected), (actual))

static inline void unit_print_bytes(const char *name, struct bytes in)
{
	print_error("%s (%zu bytes): ", name, in.size);
	for (size_t i = 0; i < in.size && i < 256; i++)
		print_error("%02x", in.data[i]);
	print_error(" \"%.*s\"\n", (int)(in.size < 256 ? in.size : 256), (const char *)in.data);
}

static inline void unit_assert_bytes(
    struct bytes expected, struct bytes actual, const char *file, int line)
{
	if (bytes_equal(expected, actual))
		return;
	unit_print_bytes("expected", expected);
	unit_print_bytes("actual", actual);
	_fail(file, line);
}

/* Hex into bytes that live until `room` does; dashes and spaces between digits are skipped. */
static inline struct bytes unit_unhex(uint8_t *room, size_t room_size, const char *hex)
{
	char *digits = malloc(strlen(hex) + 1);
	size_t count = 0;

	assert_non_null(digits);
	for (; *hex; hex++)
		if (*hex != '-' && *hex != ' ')
			digits[count++] = *hex;
	assert_true(count / 2 <= room_size);
	assert_true(hex_decode(room, count / 2, digits, count));
	free(digits);
	return (struct bytes){room, count / 2};
}

/* A compound literal of bytes from hex of at most 1024 bytes, for one block. */
#define HEX(text) unit_unhex((uint8_t[1024]){0}, 1024, (text))

/* A small deterministic source (xorshift64*), so that a failing random case comes back with its
 * seed. */
static inline uint64_t unit_random(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * 0x2545f4914f6cdd1du;
}

#endif
