/* The one place that writes complaints. It decides their form; what to do about them comes from the
 * caller. */
#include "cli/say.h"

#include "cli/args.h"
#include "cli/lang.h"
#include "cli/said.h"
#include "proto/json.h"

#include <stdio.h>
#include <string.h>

int exit_code_of(enum err err)
{
	switch (err_blame(err)) {
	case BLAME_NONE:
		return EXIT_DONE;
	case BLAME_USER:
		return err == ERR_USAGE ? EXIT_USAGE : EXIT_REFUSED;
	case BLAME_PEER:
	case BLAME_LOG:
	case BLAME_LOCAL:
	case BLAME_FATAL:
		return EXIT_FAILED;
	}
	return EXIT_FAILED;
}

static void member(struct writer *w, const char *name, const char *value)
{
	writer_str(w, w->size > 1 ? "," : "");
	json_print_str(w, bytes_str(name));
	writer_str(w, ":");
	json_print_str(w, bytes_str(value));
}

static void say_json(
    const char *error, const char *hint, unsigned long line, const char *field, const char *text)
{
	struct writer w = {0};

	writer_str(&w, "{");
	member(&w, "error", error);
	member(&w, "hint", hint ? hint : "");
	if (line)
		writer_printf(&w, ",\"line\":%lu", line);
	if (field)
		member(&w, "field", field);
	member(&w, "text", text);
	writer_str(&w, "}\n");
	fwrite(w.data, 1, w.size, stderr);
	writer_release(&w);
}

/* The text may quote what somebody else wrote: no control character reaches the terminal. */
static void say_plain(const char *prefix, const char *text, const char *hint)
{
	struct writer w = {0};

	writer_str(&w, prefix);
	writer_str(&w, text);
	if (hint && *hint) {
		writer_str(&w, _("; "));
		writer_str(&w, hint);
	}
	for (size_t i = 0; i < w.size; i++)
		if (w.data[i] < 0x20 || w.data[i] == 0x7f)
			w.data[i] = '?';
	fwrite(w.data, 1, w.size, stderr);
	fputc('\n', stderr);
	writer_release(&w);
}

static void say(const struct args *args, enum err err, const char *hint, const char *text)
{
	char text_said[SAID_SIZE];
	char hint_said[SAID_SIZE];

	text = said(text_said, text);
	hint = hint ? said(hint_said, hint) : NULL;
	fflush(stdout);
	if (args && args->output == OUTPUT_JSON)
		say_json(err_name(err), hint, 0, NULL, text);
	else
		say_plain("commune: ", text, hint);
}

int say_usage(const struct args *args, const char *hint, const char *format, ...)
{
	char text[400];
	va_list list;

	va_start(list, format);
	vsnprintf(text, sizeof(text), format, list);
	va_end(list);
	say(args, ERR_USAGE, hint, text);
	return EXIT_USAGE;
}

int say_error(const struct args *args, enum err err, const char *hint, const char *format, ...)
{
	char text[1000];
	va_list list;

	va_start(list, format);
	vsnprintf(text, sizeof(text), format, list);
	va_end(list);
	say(args, err, hint, text);
	return exit_code_of(err);
}

int say_why(const struct args *args, const struct why *why, const char *hint)
{
	return say_error(
	    args, why->err, hint, "%s", why->text[0] ? why->text : _(err_text(why->err)));
}

void say_bad_line(const struct args *args, unsigned long line, const char *field, enum err err,
    const char *text, const char *hint)
{
	char buffer[SAID_SIZE];
	struct writer w = {0};

	text = said(buffer, text);
	fflush(stdout);
	if (args->output == OUTPUT_JSON) {
		say_json(err_name(err), hint, line, field, text);
		return;
	}
	writer_str(&w, "commune: ");
	if (line)
		writer_printf(&w, _("line %lu: "), line);
	if (field && *field && strncmp(text, field, strlen(field)) != 0)
		writer_printf(&w, "%s: ", field);
	writer_u8(&w, 0);
	if (!w.err)
		say_plain((const char *)w.data, text, hint);
	writer_release(&w);
}
