/* The growing buffer that messages, records and text are written into. It decides how memory grows
 * and keeps the first error; it knows no format. */
#include "proto/writer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CAPACITY_MIN 64

void writer_release(struct writer *w)
{
	free(w->data);
	*w = (struct writer){0};
}

void writer_clear(struct writer *w)
{
	w->size = 0;
	w->err = ERR_NONE;
}

bool writer_reserve(struct writer *w, size_t size)
{
	size_t capacity = w->capacity ? w->capacity : CAPACITY_MIN;
	uint8_t *data;

	if (w->err != ERR_NONE)
		return false;
	if (w->data && size <= w->capacity - w->size)
		return true;
	if (size > SIZE_MAX / 4 - w->size) {
		writer_fail(w, ERR_MEMORY);
		return false;
	}
	while (capacity - w->size < size)
		capacity *= 2;
	data = realloc(w->data, capacity);
	if (!data) {
		writer_fail(w, ERR_MEMORY);
		return false;
	}
	w->data = data;
	w->capacity = capacity;
	return true;
}

void writer_bytes(struct writer *w, struct bytes in)
{
	writer_put(w, in.data, in.size);
}

void writer_str(struct writer *w, const char *text)
{
	writer_put(w, text, strlen(text));
}

void writer_printf(struct writer *w, const char *format, ...)
{
	va_list args;
	uint8_t *at;
	int size;

	va_start(args, format);
	size = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (size < 0) {
		writer_fail(w, ERR_BUG);
		return;
	}
	/* One byte more for the NUL that vsnprintf insists on; it is not counted as written. */
	at = writer_grow(w, (size_t)size + 1);
	if (!at)
		return;
	va_start(args, format);
	vsnprintf((char *)at, (size_t)size + 1, format, args);
	va_end(args);
	w->size--;
}

void writer_decimal(struct writer *w, int64_t number)
{
	uint64_t left = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
	char digits[20];
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + left % 10);
		left /= 10;
	} while (left > 0);
	if (number < 0)
		digits[--at] = '-';
	writer_put(w, digits + at, sizeof(digits) - at);
}

struct bytes writer_view(const struct writer *w)
{
	if (w->err != ERR_NONE)
		return (struct bytes){0};
	return (struct bytes){w->data, w->size};
}
