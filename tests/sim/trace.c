/* The digest is a chain: H(digest ‖ time ‖ who ‖ what ‖ id ‖ data). It decides nothing. */
#include "tests/sim/trace.h"

#include <stdarg.h>
#include <stdio.h>

#include "proto/seal.h"

static void print_head(int64_t now_us, int who)
{
	printf("%6lld.%06lld ", (long long)(now_us / 1000000), (long long)(now_us % 1000000));
	if (who < 0)
		printf("world ");
	else
		printf("n%-4d ", who);
}

void trace_add(
    struct trace *t, int64_t now_us, int who, const char *what, uint64_t id, struct bytes data)
{
	uint8_t numbers[20];
	const struct bytes parts[] = {BYTES(t->digest.b), BYTES(numbers), bytes_str(what), data};

	be64_put(numbers, (uint64_t)now_us);
	be32_put(numbers + 8, (uint32_t)who);
	be64_put(numbers + 12, id);
	seal_sha256_parts(&t->digest, parts, 4);
	t->lines++;
	if (!t->is_printed)
		return;
	print_head(now_us, who);
	printf("%-10s %llu, %zu bytes, %02x%02x%02x%02x\n", what, (unsigned long long)id, data.size,
	    t->digest.b[0], t->digest.b[1], t->digest.b[2], t->digest.b[3]);
}

void trace_note(const struct trace *t, int64_t now_us, int who, const char *format, ...)
{
	va_list args;

	if (!t->is_printed)
		return;
	print_head(now_us, who);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
}
