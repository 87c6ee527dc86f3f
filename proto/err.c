/* Names, lines and blame of the errors, all from the one list in err.h. It decides nothing about
 * the reaction to an error: that follows from the blame, where the session or the command is known.
 */
#include "proto/err.h"

#include <stddef.h>
#include <stdio.h>

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

enum err why_set(struct why *why, enum err err, const char *format, ...)
{
	va_list args;

	if (!why || why->err != ERR_NONE || err == ERR_NONE)
		return err;
	why->err = err;
	va_start(args, format);
	vsnprintf(why->text, sizeof(why->text), format, args);
	va_end(args);
	return err;
}
