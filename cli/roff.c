/* Man pages in roff: escapes and paragraphs. Decides nothing of what is said. */
#include "cli/roff.h"

#include <stdbool.h>
#include <string.h>

/* Text of a man page: a line must not begin with a dot or a quote, and a minus sign is not a
 * hyphen. */
void roff_text(FILE *to, const char *text)
{
	bool is_start = true;

	for (; *text; text++) {
		if (is_start && (*text == '.' || *text == '\''))
			fputs("\\&", to);
		is_start = *text == '\n';
		if (*text == '\\')
			fputs("\\e", to);
		else if (*text == '-')
			fputs("\\-", to);
		else
			fputc(*text, to);
	}
}

void roff_paragraphs(FILE *to, const char *text)
{
	for (; *text; text++) {
		const char *end = strstr(text, "\n\n");
		char part[4096];
		size_t size = end ? (size_t)(end - text) : strlen(text);

		if (size >= sizeof(part))
			size = sizeof(part) - 1;
		memcpy(part, text, size);
		part[size] = 0;
		roff_text(to, part);
		fputc('\n', to);
		if (!end)
			return;
		fputs(".PP\n", to);
		text = end + 1;
	}
}

void roff_term(FILE *to, const char *name, const char *argument, const char *help)
{
	fputs(".TP\n.B ", to);
	roff_text(to, name);
	if (argument) {
		fputs(" \\fI", to);
		roff_text(to, argument);
		fputs("\\fR", to);
	}
	fputc('\n', to);
	roff_text(to, help);
	fputc('\n', to);
}
