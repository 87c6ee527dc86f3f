/* Names, lines and blame of the errors, all from the one list in err.h. It decides nothing about
 * the reaction to an error: that follows from the blame, where the session or the command is known.
 */
#include "proto/err.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

struct entry {
	const char *name;
	enum err_blame blame;
	const char *text;
};

static const struct entry entries[] = {[ERR_NONE] = {"none", BLAME_NONE, "no error"},
#define X(id, word, side, line) [ERR_##id] = {#word, BLAME_##side, line},
    ERR_MAP(X)
#undef X
};

static const struct entry *entry_of(enum err err)
{
	size_t index = (size_t)err;

	return &entries[index < ERR_COUNT ? index : ERR_BUG];
}

const char *err_name(enum err err)
{
	return entry_of(err)->name;
}

const char *err_text(enum err err)
{
	return entry_of(err)->text;
}

enum err_blame err_blame(enum err err)
{
	return entry_of(err)->blame;
}

/* A line cut in the middle of a UTF-8 sequence would not be text any more. */
static void drop_half_letter(char *text)
{
	size_t end = strlen(text);
	size_t start = end;
	unsigned char first;

	while (start > 0 && end - start < 3 && ((unsigned char)text[start - 1] & 0xc0) == 0x80)
		start--;
	if (start == 0)
		return;
	first = (unsigned char)text[start - 1];
	if (first >= 0xc0 && end - start < (first < 0xe0 ? 1u : first < 0xf0 ? 2u : 3u))
		text[start - 1] = '\0';
}

enum err why_set(struct why *why, enum err err, const char *format, ...)
{
	va_list args;
	int size;

	if (!why || why->err != ERR_NONE || err == ERR_NONE)
		return err;
	why->err = err;
	va_start(args, format);
	size = vsnprintf(why->text, sizeof(why->text), format, args);
	va_end(args);
	if (size >= (int)sizeof(why->text))
		drop_half_letter(why->text);
	return err;
}
