/* The digest goes on over time, who, what, id and data. It decides nothing. */
#include "tests/sim/trace.h"

#include <stdarg.h>
#include <stdio.h>

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
	mix_number(&t->digest, (uint64_t)now_us);
	mix_number(&t->digest, (uint64_t)(uint32_t)who ^ id << 8);
	mix_bytes(&t->digest, bytes_str(what));
	mix_bytes(&t->digest, data);
	t->lines++;
	if (!t->is_printed)
		return;
	print_head(now_us, who);
	printf("%-10s %llu, %zu bytes, %08llx\n", what, (unsigned long long)id, data.size,
	    (unsigned long long)(t->digest.b >> 32));
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
