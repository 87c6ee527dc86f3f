/* What the formats say in English and people read in their own language: errors, kinds, fields, rules. They lie in tables
 * below the CLI, which knows no translation, so they are listed for xgettext here and translated where they are shown. */
#include "cli/help.h"

#include "proto/kinds.h"

#include <string.h>

static void put(FILE *to, const char *text)
{
	if (!text || !*text)
		return;
	fputs("_(\"", to);
	for (; *text; text++) {
		if (strchr("\"\\", *text))
			fputc('\\', to);
		fputc(*text, to);
	}
	fputs("\")\n", to);
}

static void put_fields(FILE *to, const struct field *fields)
{
	for (const struct field *f = fields; f && f->name; f++) {
		put(to, f->help);
		put_fields(to, f->fields);
	}
}

void help_messages(FILE *to)
{
	const struct kind *kind;

	for (int err = ERR_NONE; err < ERR_COUNT; err++)
		put(to, err_text((enum err)err));
	put_fields(to, kind_common_fields);
	for (size_t i = 0; (kind = kind_at(i)); i++) {
		put(to, kind->help);
		put_fields(to, kind->fields);
		for (const struct rule *rule = kind->rules; rule && rule->text; rule++)
			put(to, rule->text);
	}
}
