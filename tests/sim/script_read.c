/* The text of scenarios. It checks words and counts; whether a node exists is script.c's. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/script.h"

static bool wrong(const char *path, unsigned number, const char *text)
{
	fprintf(stderr, "sim: %s:%u: %s\n", path, number, text);
	return false;
}

static void *grown(void *items, size_t count, size_t *capacity, size_t size)
{
	if (count < *capacity)
		return items;
	*capacity = *capacity ? 2 * *capacity : 8;
	items = realloc(items, *capacity * size);
	assert(items);
	return items;
}

static bool read_integer(const char *word, int64_t *out)
{
	char *end;

	*out = strtoll(word, &end, 10);
	return *word && !*end;
}

/* Words behind the first, all numbers but one that names what is to be done. */
static bool read_line(
    struct script_line *line, char *words[SCRIPT_WORDS_MAX + 2], unsigned count, unsigned at)
{
	if (at >= count || strlen(words[at]) >= sizeof(line->word))
		return false;
	snprintf(line->word, sizeof(line->word), "%s", words[at++]);
	for (; at < count && line->count < SCRIPT_WORDS_MAX; at++)
		if (!read_integer(words[at], &line->arguments[line->count++]))
			return false;
	return at == count;
}

static bool take_words(
    struct scripts *scripts, char *words[SCRIPT_WORDS_MAX + 2], unsigned count, unsigned number)
{
	struct script_line line = {.number = number};
	struct script *script;

	if (strcmp(words[0], "scenario") == 0) {
		if (count != 2 || strlen(words[1]) >= SCRIPT_NAME_MAX)
			return false;
		scripts->items =
		    grown(scripts->items, scripts->count, &scripts->capacity, sizeof(*script));
		script = &scripts->items[scripts->count++];
		*script = (struct script){0};
		snprintf(script->name, sizeof(script->name), "%s", words[1]);
		return true;
	}
	if (scripts->count == 0)
		return false;
	script = &scripts->items[scripts->count - 1];
	if (strcmp(words[0], "until") == 0)
		return count == 2 && read_integer(words[1], &script->until_ms);
	if (strcmp(words[0], "set") == 0 && read_line(&line, words, count, 1))
		line.part = SCRIPT_SET;
	else if (strcmp(words[0], "expect") == 0 && read_line(&line, words, count, 1))
		line.part = SCRIPT_EXPECT;
	else if (strcmp(words[0], "peers") == 0 && read_line(&line, words, count, 0))
		line.part = SCRIPT_PEERS;
	else if (strcmp(words[0], "at") == 0 && count > 2 && read_integer(words[1], &line.at_ms) &&
		 read_line(&line, words, count, 2))
		line.part = SCRIPT_STEP;
	else
		return false;
	script->lines = grown(script->lines, script->count, &script->capacity, sizeof(line));
	script->lines[script->count++] = line;
	return true;
}

static bool read_all(struct scripts *scripts, FILE *file, const char *path)
{
	char text[256], *words[SCRIPT_WORDS_MAX + 2], *rest;

	for (unsigned number = 1; fgets(text, sizeof(text), file); number++) {
		unsigned count = 0;
		char *comment = strchr(text, '#');
		if (comment)
			*comment = '\0';
		for (char *word = strtok_r(text, " \t\n", &rest); word;
		     word = strtok_r(NULL, " \t\n", &rest)) {
			if (count == SCRIPT_WORDS_MAX + 2)
				return wrong(path, number, "too many words");
			words[count++] = word;
		}
		if (count && !take_words(scripts, words, count, number))
			return wrong(path, number, "this is no line of a scenario");
	}
	return true;
}

bool scripts_read(struct scripts *scripts, const char *path)
{
	FILE *file = fopen(path, "r");
	bool is_read;

	*scripts = (struct scripts){0};
	if (!file)
		return wrong(path, 0, "cannot be opened");
	is_read = read_all(scripts, file, path);
	fclose(file);
	if (is_read && scripts->count == 0)
		is_read = wrong(path, 0, "there is no scenario in it");
	if (!is_read)
		scripts_release(scripts);
	return is_read;
}

void scripts_release(struct scripts *scripts)
{
	for (size_t i = 0; i < scripts->count; i++)
		free(scripts->items[i].lines);
	free(scripts->items);
	*scripts = (struct scripts){0};
}
