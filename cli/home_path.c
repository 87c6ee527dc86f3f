/* The order in which a home is looked for, and the length that a socket path may have. */
#include "cli/home_path.h"

#include "cli/lang.h"
#include "cli/say.h"
#include "proto/home.h"
#include "proto/writer.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *variable(const char *name)
{
	const char *value = getenv(name);

	return value && *value ? value : NULL;
}

const char *home_path(const struct args *args)
{
	static char path[PATH_MAX];
	const char *chosen = args_get(args, "--home");
	size_t size;

	if (!chosen)
		chosen = variable("COMMUNE_HOME");
	if (chosen && !*chosen) {
		say_usage(args, NULL, _("--home is empty"));
		return NULL;
	}
	if (chosen)
		snprintf(path, sizeof(path), "%s", chosen);
	else if (variable("XDG_DATA_HOME"))
		snprintf(path, sizeof(path), "%s/open-communes", variable("XDG_DATA_HOME"));
	else if (variable("HOME"))
		snprintf(path, sizeof(path), "%s/.local/share/open-communes", variable("HOME"));
	else {
		say_usage(args, _("say --home DIR"), _("there is no home directory"));
		return NULL;
	}
	size = strlen(path);
	while (size > 1 && path[size - 1] == '/')
		path[--size] = 0;
	if (size + 1 + strlen(HOME_SOCKET) > HOME_SOCKET_PATH_MAX) {
		say_usage(args, _("choose a shorter one"),
		    _("the path of the home is too long for its socket: %s"), path);
		return NULL;
	}
	return path;
}

const char *home_path_word(const char *path)
{
	static const char plain[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+:@%,=";
	static struct writer word;
	const char *at = path;

	if (*path && !path[strspn(path, plain)])
		return path;
	writer_clear(&word);
	writer_str(&word, "'");
	for (; *at; at++)
		if (*at == '\'')
			writer_str(&word, "'\\''");
		else
			writer_u8(&word, (uint8_t)*at);
	writer_str(&word, "'");
	writer_u8(&word, 0);
	return word.err ? path : (const char *)word.data;
}
