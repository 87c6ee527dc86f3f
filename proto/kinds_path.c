/* Where in a payload a fault is, and how it is told. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "proto/kinds_table.h"
#include "proto/text.h"

static void append(struct path *p, const char *text, size_t size)
{
	size_t room = sizeof(p->text) - 1 - p->size;

	if (size == 0)
		return;
	if (size > room) {
		size = room;
		while (size > 0 && ((unsigned char)text[size] & 0xc0) == 0x80)
			size--; /* not within a letter */
	}
	memcpy(p->text + p->size, text, size);
	p->size += size;
	p->text[p->size] = '\0';
}

/* Names may be anybody's words: what would move a cursor is written as an escape. */
size_t path_push(struct path *p, const char *separator, struct bytes name)
{
	size_t before = p->size;
	struct writer safe = {0};

	if (before > 0)
		append(p, separator, strlen(separator));
	if (text_is_plain(name, false)) {
		append(p, (const char *)name.data, name.size);
		return before;
	}
	text_sanitize_terminal(&safe, name);
	if (safe.err == ERR_NONE && safe.size > 0)
		append(p, (const char *)safe.data, safe.size);
	writer_release(&safe);
	return before;
}

size_t path_push_index(struct path *p, uint32_t index)
{
	size_t before = p->size;
	char text[16];
	size_t at = sizeof(text);

	text[--at] = ']';
	do
		text[--at] = (char)('0' + index % 10);
	while ((index /= 10) > 0);
	text[--at] = '[';
	append(p, text + at, sizeof(text) - at);
	return before;
}

void path_pop(struct path *p, size_t size)
{
	p->size = size;
	p->text[size] = '\0';
}

void fault_report(const struct fault_sink *sink, const struct path *path, bool is_warning,
    const char *format, ...)
{
	struct fault fault = {.is_warning = is_warning};
	va_list args;

	memcpy(fault.path, path->text, sizeof(fault.path));
	va_start(args, format);
	vsnprintf(fault.text, sizeof(fault.text), format, args);
	va_end(args);
	if (sink->report)
		sink->report(sink->context, &fault);
	if (!is_warning)
		why_set(sink->why, ERR_FIELD, "%s%s%s", fault.path, *fault.path ? ": " : "",
		    fault.text);
}
