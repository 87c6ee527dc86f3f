/* Reads and writes a home's config from one table of keys. Decides which lines it may hold and
 * which it must; knows nothing of files, and judges no key, payload or address beyond its form. */
#include "proto/home.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/seal.h"

enum home_value {
	VALUE_FORMAT, /* the literal HOME_FORMAT */
	VALUE_HEX,    /* 32 bytes in place */
	VALUE_CODE,   /* CODE */
	VALUE_BASE64, /* a writer */
	VALUE_TIME,
	VALUE_LIST,
};

enum home_need {
	NEED_ALWAYS,
	NEED_KEEPER, /* all of these or none */
	NEED_NEVER,
};

struct home_field {
	const char *name;
	enum home_value value;
	enum home_need need;
	size_t offset;
};

static const struct home_field fields[] = {
    {"format", VALUE_FORMAT, NEED_ALWAYS, 0},
    {"network", VALUE_HEX, NEED_ALWAYS, offsetof(struct home, network)},
    {"member", VALUE_CODE, NEED_ALWAYS, offsetof(struct home, member)},
    {"kind", VALUE_CODE, NEED_ALWAYS, offsetof(struct home, kind)},
    {"member_key", VALUE_HEX, NEED_ALWAYS, offsetof(struct home, member_key)},
    {"log", VALUE_HEX, NEED_ALWAYS, offsetof(struct home, log)},
    {"transport_key", VALUE_HEX, NEED_ALWAYS, offsetof(struct home, transport)},
    {"log_open", VALUE_BASE64, NEED_ALWAYS, offsetof(struct home, log_open)},
    {"log_open_salt", VALUE_HEX, NEED_ALWAYS, offsetof(struct home, log_open_salt)},
    {"log_open_time", VALUE_TIME, NEED_ALWAYS, offsetof(struct home, log_open_time)},
    {"roster_log", VALUE_HEX, NEED_KEEPER, offsetof(struct home, roster_log)},
    {"genesis", VALUE_BASE64, NEED_KEEPER, offsetof(struct home, genesis)},
    {"genesis_salt", VALUE_HEX, NEED_KEEPER, offsetof(struct home, genesis_salt)},
    {"genesis_time", VALUE_TIME, NEED_KEEPER, offsetof(struct home, genesis_time)},
    {"join", VALUE_BASE64, NEED_NEVER, offsetof(struct home, join)},
    {"listen", VALUE_LIST, NEED_NEVER, offsetof(struct home, listen)},
    {"peer", VALUE_LIST, NEED_NEVER, offsetof(struct home, peer)},
    {"announce", VALUE_LIST, NEED_NEVER, offsetof(struct home, announce)},
};
#define FIELD_COUNT (sizeof(fields) / sizeof(fields[0]))

void home_release(struct home *home)
{
	writer_release(&home->log_open);
	writer_release(&home->genesis);
	writer_release(&home->join);
	*home = (struct home){0};
}

enum err home_list_add(struct home_list *list, struct bytes text)
{
	if (list->count == HOME_LIST_MAX || text.size == 0 || text.size > HOME_TEXT_MAX ||
	    memchr(text.data, '\0', text.size) || memchr(text.data, '\n', text.size))
		return ERR_LIMIT;
	char *to = list->text[list->count++];
	memcpy(to, text.data, text.size);
	to[text.size] = '\0';
	return ERR_NONE;
}

void home_fingerprint(char out[static HOME_FINGERPRINT_SIZE + 1], const struct key *member_key)
{
	struct hash hash;

	seal_sha256(&hash, bytes_of(member_key->b, KEY_SIZE));
	hex_encode(out, bytes_of(hash.b, HOME_FINGERPRINT_SIZE / 2));
}

static struct bytes trim(struct bytes text)
{
	while (text.size && (text.data[0] == ' ' || text.data[0] == '\t')) {
		text.data++;
		text.size--;
	}
	while (text.size && memchr(" \t\r", text.data[text.size - 1], 3))
		text.size--;
	return text;
}

/* Up to the next line end, which is consumed. */
static struct bytes next_line(struct reader *r)
{
	struct bytes rest = reader_rest(r);
	const uint8_t *end = rest.size ? memchr(rest.data, '\n', rest.size) : NULL;
	struct bytes line = rest;

	if (end)
		line.size = (size_t)(end - rest.data);
	reader_take(r, line.size + (end != NULL));
	return line;
}

static bool time_decode(struct mtime *out, struct bytes text)
{
	int64_t ms = 0;

	if (text.size == 0 || text.size > 16)
		return false;
	for (size_t i = 0; i < text.size; i++) {
		if (text.data[i] < '0' || text.data[i] > '9')
			return false;
		ms = ms * 10 + (text.data[i] - '0');
	}
	out->ms = ms;
	return ms <= TIME_MS_MAX;
}

static bool base64_value(struct writer *out, struct bytes text)
{
	size_t size = 0;
	uint8_t *to;

	writer_clear(out);
	to = writer_grow(out, text.size / 4 * 3);
	if (!to || text.size == 0 || !base64_decode(to, &size, (const char *)text.data, text.size))
		return false;
	out->size = size;
	return size > 0;
}

static bool value_decode(void *to, enum home_value value, struct bytes text)
{
	char *code = to;

	switch (value) {
	case VALUE_FORMAT:
		return bytes_equal(text, BYTES_STR("1"));
	case VALUE_HEX:
		return hex_decode(to, 32, (const char *)text.data, text.size);
	case VALUE_CODE:
		if (!code_is_valid(text))
			return false;
		memcpy(code, text.data, text.size);
		code[text.size] = '\0';
		return true;
	case VALUE_BASE64:
		return base64_value(to, text);
	case VALUE_TIME:
		return time_decode(to, text);
	case VALUE_LIST:
		return home_list_add(to, text) == ERR_NONE;
	}
	return false;
}

static enum err line_decode(
    struct home *home, bool *seen, struct bytes line, unsigned number, struct why *why)
{
	const uint8_t *equals = memchr(line.data, '=', line.size);
	struct bytes name, value;

	if (!equals)
		return why_set(
		    why, ERR_FIELD, "config line %u is not of the form key = value", number);
	name = trim(bytes_of(line.data, (size_t)(equals - line.data)));
	value = trim(bytes_of(equals + 1, line.size - (size_t)(equals - line.data) - 1));
	for (size_t i = 0; i < FIELD_COUNT; i++) {
		const struct home_field *field = &fields[i];
		if (!bytes_equal(name, bytes_str(field->name)))
			continue;
		if (seen[i] && field->value != VALUE_LIST)
			return why_set(
			    why, ERR_FIELD, "config line %u repeats '%s'", number, field->name);
		seen[i] = true;
		if (!value_decode((char *)home + field->offset, field->value, value)) {
			const struct writer *bytes = (void *)((char *)home + field->offset);
			if (field->value == VALUE_BASE64 && bytes->err == ERR_MEMORY)
				return why_set(why, ERR_MEMORY, "no memory for the config");
			return why_set(why, ERR_FIELD, "config line %u: bad value of '%s'", number,
			    field->name);
		}
		return ERR_NONE;
	}
	return why_set(why, ERR_FIELD, "config line %u: unknown key '%.*s'", number,
	    (int)(name.size < 40 ? name.size : 40), (const char *)name.data);
}

static enum err seen_check(struct home *home, const bool *seen, struct why *why)
{
	for (size_t i = 0; i < FIELD_COUNT; i++)
		if (fields[i].need == NEED_KEEPER && seen[i])
			home->is_keeper = true;
	for (size_t i = 0; i < FIELD_COUNT; i++) {
		bool is_needed = fields[i].need == NEED_ALWAYS ||
				 (fields[i].need == NEED_KEEPER && home->is_keeper);
		if (is_needed && !seen[i])
			return why_set(why, ERR_FIELD, "config has no line '%s'", fields[i].name);
	}
	return ERR_NONE;
}

enum err home_decode(struct home *home, struct bytes text, struct why *why)
{
	struct reader r;
	bool seen[FIELD_COUNT] = {false};
	unsigned number = 0;
	enum err err;

	if (text.size > HOME_CONFIG_SIZE_MAX)
		return why_set(
		    why, ERR_FIELD, "config is larger than %d bytes", HOME_CONFIG_SIZE_MAX);
	reader_init(&r, text);
	while (reader_left(&r)) {
		struct bytes line = trim(next_line(&r));
		number++;
		if (line.size == 0 || line.data[0] == '#')
			continue;
		err = line_decode(home, seen, line, number, why);
		if (err)
			return err;
	}
	return seen_check(home, seen, why);
}

static void value_encode(
    struct writer *w, const char *name, enum home_value value, const void *from)
{
	char hex[2 * 32 + 1];
	const struct writer *raw = from;
	const struct home_list *list = from;

	switch (value) {
	case VALUE_FORMAT:
		writer_printf(w, "%s = %d\n", name, HOME_FORMAT);
		return;
	case VALUE_HEX:
		hex_encode(hex, bytes_of(from, 32));
		writer_printf(w, "%s = %s\n", name, hex);
		return;
	case VALUE_CODE:
		writer_printf(w, "%s = %s\n", name, (const char *)from);
		return;
	case VALUE_BASE64:
		if (raw->size == 0)
			return;
		writer_printf(w, "%s = ", name);
		char *to = (char *)writer_grow(w, BASE64_SIZE(raw->size));
		if (!to)
			return;
		base64_encode(to, writer_view(raw));
		w->data[w->size - 1] = '\n'; /* in place of the NUL */
		return;
	case VALUE_TIME:
		writer_printf(w, "%s = %lld\n", name, (long long)((const struct mtime *)from)->ms);
		return;
	case VALUE_LIST:
		for (unsigned i = 0; i < list->count; i++)
			writer_printf(w, "%s = %s\n", name, list->text[i]);
		return;
	}
}

void home_encode(struct writer *w, const struct home *home)
{
	writer_str(w, "# Written by commune. The lists listen, peer and announce may be edited.\n");
	for (size_t i = 0; i < FIELD_COUNT; i++) {
		if (fields[i].need == NEED_KEEPER && !home->is_keeper)
			continue;
		value_encode(
		    w, fields[i].name, fields[i].value, (const char *)home + fields[i].offset);
	}
}

/* --- another log ------------------------------------------------------------------------------ */

static const char *const log_lines[] = {
    "member_key", "log", "transport_key", "log_open", "log_open_salt", "log_open_time", "join"};

static bool is_log_line(struct bytes line)
{
	const uint8_t *equals = line.size ? memchr(line.data, '=', line.size) : NULL;
	struct bytes name;

	if (!equals)
		return false;
	name = trim(bytes_of(line.data, (size_t)(equals - line.data)));
	for (size_t i = 0; i < sizeof(log_lines) / sizeof(*log_lines); i++)
		if (bytes_equal(name, bytes_str(log_lines[i])))
			return true;
	return false;
}

void home_edit_log(struct writer *w, struct bytes text, const struct home *home)
{
	struct reader r;
	bool is_written = false;

	reader_init(&r, text);
	while (reader_left(&r)) {
		struct bytes line = next_line(&r);

		if (!is_log_line(line)) {
			writer_bytes(w, line);
			writer_str(w, "\n");
			continue;
		}
		for (size_t i = 0; i < FIELD_COUNT && !is_written; i++)
			for (size_t j = 0; j < sizeof(log_lines) / sizeof(*log_lines); j++)
				if (strcmp(fields[i].name, log_lines[j]) == 0)
					value_encode(w, fields[i].name, fields[i].value,
					    (const char *)home + fields[i].offset);
		is_written = true;
	}
}

static void key_path(char out[static HOME_KEY_PATH_SIZE], const char *plain, const char *stem,
    uint32_t number, const struct key *key)
{
	char hex[17];

	hex_encode(hex, bytes_of(key->b, 8));
	if (number == 1)
		snprintf(out, HOME_KEY_PATH_SIZE, "%s", plain);
	else
		snprintf(out, HOME_KEY_PATH_SIZE, HOME_KEYS "/%s-%s.key", stem, hex);
}

void home_key_log(char out[static HOME_KEY_PATH_SIZE], uint32_t number, const struct key *log)
{
	key_path(out, HOME_KEY_LOG, "log", number, log);
}

void home_key_transport(
    char out[static HOME_KEY_PATH_SIZE], uint32_t number, const struct key *transport)
{
	key_path(out, HOME_KEY_TRANSPORT, "transport", number, transport);
}
