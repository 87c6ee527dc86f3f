/* Lines of JSON as records. Decides how a line names its kind; what a record may hold is decided in proto/kinds. */
#include "cli/json_lines.h"

#include "cli/file.h"
#include "cli/lang.h"
#include "cli/progress.h"
#include "cli/say.h"
#include "proto/json.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILE_SIZE_MAX (2048ull * 1024 * 1024)
/* Checking costs some 20 us a record: a large file is worth a thread a processor. */
#define SHARED_SIZE_MIN (1024u * 1024)
#define SHARES_MAX 8

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

enum err json_lines_object(struct writer *out, struct bytes text, struct why *why)
{
	enum err err = json_parse(out, text, why);
	struct reader r;

	reader_init(&r, writer_view(out));
	if (!err && mp_peek(&r) != MP_MAP)
		err = why_set(why, ERR_FIELD, _("a record is a JSON object: {\"title\": …}"));
	return err;
}

/* proto/json counts lines within what it was given, which is one line here. */
static void leave_line_out(struct why *why)
{
	static const char said[] = "not JSON: line 1, column ";
	const char *column = why->text + sizeof(said) - 1;
	char text[sizeof(why->text)];
	size_t digits;

	if (strncmp(why->text, said, sizeof(said) - 1) != 0)
		return;
	digits = strspn(column, "0123456789");
	if (strncmp(column + digits, ": ", 2) != 0)
		return;
	snprintf(text, sizeof(text), _("not JSON: column %.*s: %s"), (int)digits, column,
	    column + digits + 2);
	memcpy(why->text, text, sizeof(text));
}

/* One line as a map and its kind; NULL with the reason in why. */
static const struct kind *parse(
    struct lines *l, struct bytes line, struct bytes *map, struct why *why)
{
	const struct kind *kind = l->kind;

	writer_clear(&l->parsed);
	*map = (struct bytes){NULL, 0};
	if (json_lines_object(&l->parsed, line, why)) {
		if (why)
			leave_line_out(why);
		return NULL;
	}
	*map = writer_view(&l->parsed);
	if (!kind)
		kind = split(l, *map, map);
	if (!kind)
		why_set(why, ERR_FIELD, _("the line names no kind of record"));
	return kind;
}

/* A first pass, before the check can say whether names lead anywhere. */
static int note_links(struct lines *l)
{
	struct bytes all = l->rest;
	const struct kind *kind;
	struct bytes line;
	struct bytes map;

	while (next(l, &line)) {
		kind = parse(l, line, &map, NULL);
		if (kind)
			record_input_note(l->in, kind, map);
	}
	l->rest = all;
	l->number = 0;
	return links_are_pending(&l->in->links) ? links_fetch(&l->in->links, l->in->client)
						: EXIT_DONE;
}

static void put_lines(struct lines *l, struct progress *progress, size_t total)
{
	const struct kind *kind;
	struct bytes line;
	struct bytes map;

	while (!l->in->is_stuck && next(l, &line)) {
		struct why why = {0};

		kind = parse(l, line, &map, &why);
		if (kind)
			record_input_put(l->in, kind, map, l->number);
		else
			record_input_refuse(l->in, l->number, why.text);
		if (progress)
			progress_set(progress, total - l->rest.size);
	}
	l->in->line = l->number;
}

/* A share of the lines, checked by a thread of its own into a record_input of its own. */
struct share {
	pthread_t thread;
	bool is_running;
	struct lines lines;
	struct record_input in;
	struct writer faults; /* u32 line, u8 warning, u16 size, path, u16 size, text */
};

static void keep_fault(
    void *context, unsigned long line, const struct fault *fault, const char *text)
{
	struct writer *faults = context;

	writer_u32(faults, (uint32_t)line);
	writer_u8(faults, fault->is_warning);
	writer_u16(faults, (uint16_t)strlen(fault->path));
	writer_str(faults, fault->path);
	writer_u16(faults, (uint16_t)strlen(text));
	writer_str(faults, text);
}

static void tell_faults(struct record_input *in, struct bytes faults)
{
	struct reader r;

	reader_init(&r, faults);
	while (reader_left(&r)) {
		unsigned long line = reader_u32(&r);
		struct fault fault = {.is_warning = reader_u8(&r) != 0};
		struct bytes path = reader_take(&r, reader_u16(&r));
		struct bytes text = reader_take(&r, reader_u16(&r));

		snprintf(fault.path, sizeof(fault.path), "%.*s", (int)path.size,
		    path.size ? (const char *)path.data : "");
		snprintf(fault.text, sizeof(fault.text), "%.*s", (int)text.size,
		    text.size ? (const char *)text.data : "");
		record_input_tell(in, line, &fault);
	}
}

static void *run_share(void *context)
{
	struct share *share = context;

	put_lines(&share->lines, NULL, 0);
	return NULL;
}

/* The lines of one share, cut behind a line feed; how many lines they are. */
static unsigned long cut_share(struct bytes *rest, struct bytes *share, size_t size)
{
	const uint8_t *end =
	    size < rest->size ? memchr(rest->data + size, '\n', rest->size - size) : NULL;
	unsigned long count = 0;

	share->data = rest->data;
	share->size = end ? (size_t)(end - rest->data) + 1 : rest->size;
	rest->data += share->size;
	rest->size -= share->size;
	for (const uint8_t *at = share->data; at < share->data + share->size; count++) {
		const uint8_t *feed = memchr(at, '\n', (size_t)(share->data + share->size - at));

		at = feed ? feed + 1 : share->data + share->size;
	}
	return count;
}

static void begin_share(
    struct share *share, const struct lines *l, struct bytes lines, unsigned long number)
{
	share->in.is_blind = l->in->is_blind;
	share->in.args = l->in->args;
	share->in.shared = &l->in->links;
	share->in.tell = keep_fault;
	share->in.tell_context = &share->faults;
	share->lines =
	    (struct lines){.in = &share->in, .kind = l->kind, .rest = lines, .number = number};
}

/* In the order of the lines, whatever the order in which the threads came to an end. */
static void take_share(struct share *share, struct record_input *in)
{
	tell_faults(in, writer_view(&share->faults));
	if (in->payloads.size) {
		writer_bytes(&in->payloads, writer_view(&share->in.payloads));
	} else { /* mostly half of a large file: rather moved than copied */
		writer_release(&in->payloads);
		in->payloads = share->in.payloads;
		share->in.payloads = (struct writer){0};
	}
	if (share->in.payloads.err || share->faults.err)
		writer_fail(&in->payloads, ERR_MEMORY);
	in->count += share->in.count;
	in->bad_count += share->in.bad_count;
	in->line = share->in.line;
}

static void release_share(struct share *share)
{
	writer_release(&share->faults);
	writer_release(&share->lines.parsed);
	writer_release(&share->lines.map);
	record_input_release(&share->in);
}

static void put_shares(struct lines *l, size_t count)
{
	struct share *shares = calloc(count, sizeof(*shares));
	struct bytes rest = l->rest;
	unsigned long number = 0;
	struct progress progress;
	struct bytes part = l->rest;

	if (!shares) {
		writer_fail(&l->in->payloads, ERR_MEMORY);
		return;
	}
	l->in->links.is_closed = true;
	for (size_t i = 0; i < count; i++) {
		unsigned long lines = cut_share(&rest, &part, rest.size / (count - i));

		begin_share(&shares[i], l, part, number);
		number += lines;
		/* The last share is this thread's own. */
		if (i + 1 < count)
			shares[i].is_running =
			    !pthread_create(&shares[i].thread, NULL, run_share, &shares[i]);
	}
	progress_init(&progress, _("checking"), part.size);
	for (size_t i = 0; i < count; i++)
		if (!shares[i].is_running)
			put_lines(&shares[i].lines, i + 1 == count ? &progress : NULL, part.size);
	progress_end(&progress);
	for (size_t i = 0; i < count; i++) {
		if (shares[i].is_running)
			pthread_join(shares[i].thread, NULL);
		l->in->is_stuck = l->in->is_stuck || shares[i].in.is_stuck;
	}
	for (size_t i = 0; i < count; i++) {
		if (!l->in->is_stuck)
			take_share(&shares[i], l->in);
		release_share(&shares[i]);
	}
	l->in->links.is_closed = false;
	free(shares);
}

static size_t share_count(size_t size)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);

	if (size < SHARED_SIZE_MIN || processors < 2)
		return 1;
	return processors < SHARES_MAX ? (size_t)processors : SHARES_MAX;
}

int json_lines_read(struct record_input *in, const struct kind *kind, const char *path)
{
	struct lines l = {.in = in, .kind = kind};
	struct writer text = {0};
	struct why why = {0};
	int code = EXIT_DONE;

	if (file_read(&text, path, FILE_SIZE_MAX, &why)) {
		writer_release(&text);
		return say_error(in->args, ERR_USAGE, NULL, "%s", why.text);
	}
	l.rest = writer_view(&text);
	/* Most files name no other record and no member. One that does is begun again with what the daemon says of them. */
	in->is_blind = true;
	put_shares(&l, share_count(l.rest.size));
	in->is_blind = false;
	if (in->is_stuck) {
		in->is_stuck = false;
		code = note_links(&l);
		if (!code)
			put_shares(&l, share_count(l.rest.size));
	}
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

		each(context, l.number, kind, map, writer_view(&l.parsed), &cause);
	}
	writer_release(&text);
	writer_release(&l.parsed);
	writer_release(&l.map);
	return err;
}
