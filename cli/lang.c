/* Where the catalogues are and which language is in use. It decides nothing about what is said. */
#include "cli/lang.h"

#include "proto/mp.h"

#include <limits.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DOMAIN "commune"

static char code[3] = "en";
static char program_dir[PATH_MAX];

const char *lang_program_dir(void)
{
	ssize_t size;
	char *slash;

	if (program_dir[0])
		return program_dir;
	size = readlink("/proc/self/exe", program_dir, sizeof(program_dir) - 1);
	if (size <= 0) {
		snprintf(program_dir, sizeof(program_dir), "%s", ".");
		return program_dir;
	}
	program_dir[size] = 0;
	slash = strrchr(program_dir, '/');
	if (slash)
		*slash = 0;
	return program_dir;
}

static void bind_catalogue(void)
{
	/* In this order: beside the program (build/locale), a mode of the build (build/asan),
	 * installed. */
	static const char *const places[] = {"locale", "../locale", "../share/locale"};
	char path[PATH_MAX + 32];

	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
		snprintf(path, sizeof(path), "%s/%s", lang_program_dir(), places[i]);
		if (access(path, F_OK) == 0) {
			bindtextdomain(DOMAIN, path);
			break;
		}
	}
	bind_textdomain_codeset(DOMAIN, "UTF-8");
	textdomain(DOMAIN);
}

static bool code_set(const char *wanted)
{
	static const char *const known[] = {"ar", "fr", "en"};

	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (!strncmp(wanted, known[i], 2) && (!wanted[2] || strchr("_.@:", wanted[2]))) {
			snprintf(code, sizeof(code), "%s", known[i]);
			return true;
		}
	return false;
}

/* What the environment asks for when the machine lacks that locale: the catalogues need none. */
static const char *wanted_locale(void)
{
	static const char *const names[] = {"LC_ALL", "LC_MESSAGES", "LANG"};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		const char *value = getenv(names[i]);

		if (value && *value)
			return value;
	}
	return "C";
}

void lang_init(void)
{
	const char *language = getenv("LANGUAGE");
	const char *locale;

	if (!setlocale(LC_ALL, "") && code_set(wanted_locale()))
		lang_choose(code);
	/* Numbers are for programs too: no decimal comma. */
	setlocale(LC_NUMERIC, "C");
	locale = setlocale(LC_MESSAGES, NULL);
	if (locale && strcmp(locale, "C") && language && *language)
		code_set(language);
	else if (locale)
		code_set(locale);
	bind_catalogue();
}

bool lang_choose(const char *wanted)
{
	if (strlen(wanted) != 2 || !code_set(wanted))
		return false;
	/* gettext looks at LANGUAGE only when the locale is not "C"; C.UTF-8 is on every machine.
	 */
	if (!setlocale(LC_MESSAGES, "C.UTF-8"))
		setlocale(LC_MESSAGES, "en_US.UTF-8");
	setenv("LANGUAGE", code, 1);
	return true;
}

const char *lang_code(void)
{
	return code;
}

struct bytes lang_pick_tag(struct bytes map, struct bytes *tag)
{
	const char *const order[] = {code, "fr", "ar", "en"};
	struct reader r;
	struct bytes value;

	for (size_t i = 0; i < sizeof(order) / sizeof(*order); i++) {
		value = mp_get(map, order[i]);
		reader_init(&r, value);
		*tag = bytes_str(order[i]);
		if (mp_peek(&r) == MP_STR)
			return mp_str(&r);
	}
	*tag = (struct bytes){NULL, 0};
	reader_init(&r, map);
	if (mp_peek(&r) != MP_MAP || mp_map(&r) == 0)
		return (struct bytes){NULL, 0};
	*tag = mp_str(&r);
	return mp_peek(&r) == MP_STR ? mp_str(&r) : (struct bytes){NULL, 0};
}

struct bytes lang_pick(struct bytes map)
{
	struct bytes tag;

	return lang_pick_tag(map, &tag);
}
