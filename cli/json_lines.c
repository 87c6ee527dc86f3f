/* Lines of JSON as records. Decides how a line names its kind; what a record may hold is decided in proto/kinds. */
#include "cli/json_lines.h"

#include "cli/file.h"
#include "cli/lang.h"
#include "cli/progress.h"
#include "cli/say.h"
#include "proto/json.h"

#include <string.h>

#define FILE_SIZE_MAX (2048ull * 1024 * 1024)

struct lines {
	struct record_input *in;
	const struct kind *kind;
	struct bytes rest;
	unsigned long number;
	struct writer parsed;
	struct writer map;
};

static bool next(struct lines *l, struct bytes *line)
{
	while (l->rest.size) {
		const uint8_t *end = memchr(l->rest.data, '\n', l->rest.size);
		size_t size = end ? (size_t)(end - l->rest.data) : l->rest.size;

		*line = bytes_of(l->rest.data, size);
		l->rest.data += size + (end ? 1 : 0);
		l->rest.size -= size + (end ? 1 : 0);
		l->number++;
		for (size_t i = 0; i < line->size; i++)
			if (!memchr(" \t\r", line->data[i], 3))
				return true;
	}
	return false;
}

/* What `commune list` and `commune show` print around a payload is no field of it. */
static bool is_around(struct bytes name)
{
	static const char *const names[] = {"kind", "ref", "id", "member", "time", "size", "state"};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (bytes_equal(bytes_str(names[i]), name))
			return true;
	return false;
}

static void copy_fields(struct writer *out, struct bytes map)
{
	struct writer fields = {0};
	struct reader r;
	uint32_t left = 0;
	uint32_t count;

	reader_init(&r, map);
	count = mp_map(&r);
	for (uint32_t i = 0; i < count && !r.err; i++) {
		struct bytes name = mp_str(&r);
		struct bytes value = mp_raw(&r);

		if (is_around(name))
			continue;
		mp_put_str(&fields, name);
		writer_bytes(&fields, value);
		left++;
	}
	mp_put_map(out, left);
	writer_bytes(out, writer_view(&fields));
	writer_release(&fields);
}

/* Kind and fields of a line that names its kind. */
static const struct kind *split(struct lines *l, struct bytes map, struct bytes *fields)
{
	struct bytes payload = mp_get(map, "payload");
	const struct kind *kind;
	struct reader r;

	reader_init(&r, mp_get(map, "kind"));
	kind = mp_peek(&r) == MP_STR ? kind_by_name(mp_str(&r)) : NULL;
	if (!kind || !kind->is_published)
		return NULL;
	reader_init(&r, payload);
	writer_clear(&l->map);
	if (mp_peek(&r) == MP_MAP)
		writer_bytes(&l->map, payload);
	else
		copy_fields(&l->map, map);
	*fields = writer_view(&l->map);
	return kind;
}

/* One line as a map and its kind; NULL with the reason in why. */
static const struct kind *parse(
    struct lines *l, struct bytes line, struct bytes *map, struct why *why)
{
	const struct kind *kind = l->kind;

	writer_clear(&l->parsed);
	*map = (struct bytes){NULL, 0};
	if (json_parse(&l->parsed, line, why))
		return NULL;
	*map = writer_view(&l->parsed);
	if (!kind)
		kind = split(l, *map, map);
	if (!kind)
		why_set(why, ERR_FIELD, _("the line names no kind of record"));
	return kind;
}

/* Whether a line may hold a link: most files have none, and need no first pass over their lines. */
static bool may_link(struct bytes line)
{
	static const char *const fields[] = {"\"about\"", "\"supersedes\"", "\"reply_to\""};

	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++)
		if (memmem(line.data, line.size, fields[i], strlen(fields[i])))
			return true;
	return false;
}

static int note_links(struct lines *l)
{
	struct bytes all = l->rest;
	const struct kind *kind;
	struct bytes line;
	struct bytes map;

	while (next(l, &line)) {
		kind = may_link(line) ? parse(l, line, &map, NULL) : NULL;
		if (kind)
			record_input_note(l->in, kind, map);
	}
	l->rest = all;
	l->number = 0;
	return links_are_pending(&l->in->links) ? links_fetch(&l->in->links, l->in->client)
						: EXIT_DONE;
}

static void put_lines(struct lines *l)
{
	size_t total = l->rest.size;
	struct progress progress;
	const struct kind *kind;
	struct bytes line;
	struct bytes map;

	progress_init(&progress, _("checking"), total);
	while (next(l, &line)) {
		struct why why = {0};

		kind = parse(l, line, &map, &why);
		l->in->line = l->number;
		if (kind) {
			record_input_put(l->in, kind, map, l->number);
		} else {
			say_bad_line(l->in->args, l->number, NULL, ERR_FIELD, why.text, NULL);
			l->in->bad_count++;
		}
		progress_set(&progress, total - l->rest.size);
	}
	progress_end(&progress);
}

int json_lines_read(struct record_input *in, const struct kind *kind, const char *path)
{
	struct lines l = {.in = in, .kind = kind};
	struct writer text = {0};
	struct why why = {0};
	int code;

	if (file_read(&text, path, FILE_SIZE_MAX, &why)) {
		writer_release(&text);
		return say_error(in->args, ERR_USAGE, NULL, "%s", why.text);
	}
	l.rest = writer_view(&text);
	code = note_links(&l);
	if (!code)
		put_lines(&l);
	writer_release(&text);
	writer_release(&l.parsed);
	writer_release(&l.map);
	return code;
}

enum err json_lines_each(const char *path, json_line_fn *each, void *context, struct why *why)
{
	struct lines l = {0};
	struct writer text = {0};
	struct bytes line;
	enum err err = file_read(&text, path, FILE_SIZE_MAX, why);

	l.rest = writer_view(&text);
	while (!err && next(&l, &line)) {
		struct why cause = {0};
		struct bytes map;
		const struct kind *kind = parse(&l, line, &map, &cause);

		each(context, l.number, kind, map, &cause);
	}
	writer_release(&text);
	writer_release(&l.parsed);
	writer_release(&l.map);
	return err;
}
