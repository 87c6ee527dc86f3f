/* Names as the roster takes them. Decides what may be published as one; the roster's own rules are
 * wider. */
#include "cli/names.h"

#include "cli/lang.h"
#include "proto/mp.h"
#include "proto/text.h"

#include <string.h>

#define NAME_SIZE_MAX 200

/* In the order of their bytes, as a canonical map has them. */
static const char *const languages[] = {"ar", "en", "fr", "zgh"};

#define LANGUAGE_COUNT (sizeof(languages) / sizeof(*languages))

static enum err take(const char *values[LANGUAGE_COUNT], const char *given, struct why *why)
{
	size_t size = strcspn(given, "=");

	for (size_t i = 0; i < LANGUAGE_COUNT; i++) {
		if (strlen(languages[i]) != size || memcmp(languages[i], given, size) ||
		    !given[size])
			continue;
		if (values[i])
			return why_set(
			    why, ERR_FIELD, _("the name in '%s' is given twice"), languages[i]);
		values[i] = given + size + 1;
		return ERR_NONE;
	}
	return why_set(why, ERR_FIELD, _("'%s' is no name: say ar=…, fr=…, en=… or zgh=…"), given);
}

static enum err put(struct writer *out, const char *language, const char *value, struct why *why)
{
	struct writer text = {0};
	enum text_fault fault;
	enum err err = ERR_NONE;

	if (text_is_utf8(bytes_str(value)))
		text_nfc(&text, bytes_str(value));
	fault = text_lint(text.size ? writer_view(&text) : bytes_str(value), false);
	if (fault != TEXT_FINE)
		err = why_set(
		    why, ERR_FIELD, _("the name in '%s' %s"), language, _(text_fault_line(fault)));
	else if (!text.size || text.size > NAME_SIZE_MAX)
		err = why_set(why, ERR_FIELD, _("the name in '%s' must have 1 to %d bytes"),
		    language, NAME_SIZE_MAX);
	mp_put_cstr(out, language);
	mp_put_str(out, writer_view(&text));
	writer_release(&text);
	return err;
}

enum err names_parse(
    struct writer *out, const struct args *args, const char *option, struct why *why)
{
	const char *values[LANGUAGE_COUNT] = {NULL};
	uint32_t count = 0;

	for (int i = 0; args_nth(args, option, i); i++, count++) {
		enum err err = take(values, args_nth(args, option, i), why);

		if (err)
			return err;
	}
	mp_put_map(out, count);
	for (size_t i = 0; i < LANGUAGE_COUNT; i++) {
		enum err err = values[i] ? put(out, languages[i], values[i], why) : ERR_NONE;

		if (err)
			return err;
	}
	return out->err;
}
