/* A table of REFs and what they name. Decides nothing about where a link may stand. */
#include "cli/links.h"

#include "cli/lang.h"
#include "cli/say.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REFS_A_QUESTION 500
#define CANDIDATE_ID_SIZE 8

void links_release(struct links *links)
{
	writer_release(&links->texts);
	writer_release(&links->code_texts);
	free(links->codes);
	free(links->entries);
	free(links->slots);
	memset(links, 0, sizeof(*links));
}

static size_t hash_of(struct bytes text)
{
	uint64_t h = 1469598103934665603u;

	for (size_t i = 0; i < text.size; i++)
		h = (h ^ text.data[i]) * 1099511628211u;
	return (size_t)(h ^ (h >> 32));
}

static struct bytes text_of(const struct links *links, const struct link_entry *e)
{
	return bytes_of(links->texts.data + e->at, e->size);
}

/* The slot that holds text, or the empty one where it belongs. */
static size_t slot_of(const struct links *links, struct bytes text)
{
	size_t slot = hash_of(text) & (links->slot_count - 1);

	while (links->slots[slot] &&
	       !bytes_equal(text_of(links, &links->entries[links->slots[slot] - 1]), text))
		slot = (slot + 1) & (links->slot_count - 1);
	return slot;
}

static bool grow(struct links *links)
{
	size_t capacity = links->capacity ? 2 * links->capacity : 64;
	struct link_entry *entries = realloc(links->entries, capacity * sizeof(*entries));
	size_t *slots;

	if (!entries)
		return false;
	links->entries = entries;
	slots = calloc(4 * capacity, sizeof(*slots));
	if (!slots)
		return false;
	free(links->slots);
	links->slots = slots;
	links->slot_count = 4 * capacity;
	links->capacity = capacity;
	for (size_t i = 0; i < links->count; i++)
		links->slots[slot_of(links, text_of(links, &links->entries[i]))] = i + 1;
	return true;
}

static struct link_entry *lookup(const struct links *links, struct bytes text)
{
	size_t slot = links->slot_count ? links->slots[slot_of(links, text)] : 0;

	return slot ? &links->entries[slot - 1] : NULL;
}

bool links_find(void *context, struct bytes ref, struct record_ref *found)
{
	struct links *links = context;
	struct link_entry *e = lookup(links, ref);

	if (e) {
		*found = e->ref;
		return e->is_found;
	}
	if (links->is_closed)
		return false;
	if (links->count == links->capacity && !grow(links)) {
		links->is_failed = true;
		return false;
	}
	e = &links->entries[links->count];
	memset(e, 0, sizeof(*e));
	e->at = links->texts.size;
	e->size = ref.size;
	writer_bytes(&links->texts, ref);
	if (links->texts.err) {
		links->is_failed = true;
		return false;
	}
	links->slots[slot_of(links, ref)] = ++links->count;
	return false;
}

const char *links_error(const struct links *links, struct bytes ref)
{
	const struct link_entry *e = lookup(links, ref);

	return e && e->is_asked && !e->is_found ? e->error : NULL;
}

bool links_fit(const struct links *links, const struct kind *kind, const char *path,
    struct bytes ref, struct fault *fault)
{
	const struct link_entry *e = lookup(links, ref);

	return !e || !e->is_found || kinds_link_fits(kind, path, e->kind, e->is_own, fault);
}

bool links_are_pending(const struct links *links)
{
	return (links->needs_codes && !links->codes) ||
	       (links->count > 0 && !links->entries[links->count - 1].is_asked);
}

/* Each by its name and as much of its id as tells it from the others. */
static void copy_candidates(char *out, size_t size, struct bytes row)
{
	struct client_rows rows;
	struct bytes one;
	size_t used = strlen(out);

	reader_init(&rows.r, mp_get(row, "candidates"));
	rows.left = mp_peek(&rows.r) == MP_ARRAY ? mp_array(&rows.r) : 0;
	for (bool is_first = true; used < size && client_rows_next(&rows, &one); is_first = false) {
		char hex[2 * CANDIDATE_ID_SIZE + 1] = "";
		struct bytes ref, id;
		struct reader r;

		reader_init(&r, mp_get(one, "ref"));
		ref = mp_str(&r);
		reader_init(&r, mp_get(one, "id"));
		id = mp_bin(&r);
		if (id.size >= CANDIDATE_ID_SIZE)
			hex_encode(hex, bytes_of(id.data, CANDIDATE_ID_SIZE));
		used +=
		    (size_t)snprintf(out + used, size - used, "%s%.*s (%s)", is_first ? ": " : ", ",
			(int)ref.size, ref.size ? (const char *)ref.data : "", hex);
	}
}

static const char *text_of_error(struct bytes error)
{
	if (bytes_equal(error, bytes_str(err_name(ERR_AMBIGUOUS))))
		return _("more than one record fits");
	if (bytes_equal(error, bytes_str(err_name(ERR_USAGE))))
		return _(
		    "is no name of a record: CODE/INDEX, CODE.N/INDEX or 8 and more hex digits");
	return _("there is no such record here");
}

static void take(const struct links *links, struct link_entry *e, struct bytes row)
{
	struct reader r;

	e->is_asked = true;
	reader_init(&r, mp_get(row, "error"));
	if (mp_peek(&r) == MP_STR) {
		snprintf(e->error, sizeof(e->error), "%s", text_of_error(mp_str(&r)));
		copy_candidates(e->error, sizeof(e->error), row);
		return;
	}
	reader_init(&r, mp_get(row, "log"));
	mp_bin_fixed(&r, e->ref.log.b, KEY_SIZE);
	e->is_found = r.err == ERR_NONE;
	reader_init(&r, mp_get(row, "index"));
	e->ref.index = mp_uint(&r);
	e->is_found = e->is_found && r.err == ERR_NONE;
	reader_init(&r, mp_get(row, "leaf"));
	mp_bin_fixed(&r, e->ref.leaf.b, HASH_SIZE);
	e->is_found = e->is_found && r.err == ERR_NONE;
	reader_init(&r, mp_get(row, "kind"));
	e->kind = (uint16_t)mp_uint(&r);
	e->is_found = e->is_found && r.err == ERR_NONE;
	reader_init(&r, mp_get(row, "member"));
	e->is_own = bytes_equal(mp_str(&r), bytes_str(links->member));
}

/* Whose records are one's own. */
static int fetch_member(struct links *links, struct client *c)
{
	struct row params = {0};
	struct bytes result;
	struct bytes member;
	struct reader r;
	int code;

	if (links->member[0])
		return EXIT_DONE;
	code = client_call(c, "id", row_view(&params), &result);
	row_release(&params);
	if (code)
		return code;
	reader_init(&r, mp_get(result, "member"));
	member = mp_str(&r);
	if (r.err || member.size >= sizeof(links->member))
		return client_say_broken(c, ERR_FORMAT);
	memcpy(links->member, member.data, member.size);
	links->member[member.size] = 0;
	return EXIT_DONE;
}

static int fetch(struct links *links, struct client *c, size_t first, size_t count)
{
	struct writer refs = {0};
	struct row params = {0};
	struct client_rows rows;
	struct bytes result;
	struct bytes row;
	int code;

	mp_put_array(&refs, (uint32_t)count);
	for (size_t i = 0; i < count; i++)
		mp_put_str(&refs, text_of(links, &links->entries[first + i]));
	row_raw(&params, "refs", writer_view(&refs));
	code = client_call(c, "resolve", row_view(&params), &result);
	writer_release(&refs);
	row_release(&params);
	if (code)
		return code;
	client_rows_init(&rows, result);
	for (size_t i = 0; i < count; i++) {
		if (!client_rows_next(&rows, &row))
			return client_say_broken(c, ERR_FORMAT);
		take(links, &links->entries[first + i], row);
	}
	return EXIT_DONE;
}

/* Two passes over the roster: texts first, since they move while they grow. */
static int take_codes(struct links *links, struct client *c, struct bytes result)
{
	struct client_rows rows;
	struct bytes row;
	size_t at = 0;

	client_rows_init(&rows, result);
	while (client_rows_next(&rows, &row)) {
		struct reader r;

		reader_init(&r, mp_get(row, "code"));
		writer_bytes(&links->code_texts, mp_str(&r));
		writer_u8(&links->code_texts, 0);
		links->code_count++;
		if (r.err)
			return client_say_broken(c, ERR_FORMAT);
	}
	links->codes = calloc(links->code_count + 1, sizeof(*links->codes));
	if (!links->codes || links->code_texts.err)
		return say_error(c->args, ERR_MEMORY, NULL, "%s", _(err_text(ERR_MEMORY)));
	for (size_t i = 0; i < links->code_count; i++) {
		links->codes[i] = (const char *)links->code_texts.data + at;
		at += strlen(links->codes[i]) + 1;
	}
	return EXIT_DONE;
}

static int fetch_codes(struct links *links, struct client *c)
{
	struct row params = {0};
	struct bytes result;
	int code = client_call(c, "roster.list", row_view(&params), &result);

	row_release(&params);
	return code ? code : take_codes(links, c, result);
}

static bool is_listed(const char *const *codes, struct bytes code)
{
	for (; *codes; codes++)
		if (bytes_equal(bytes_str(*codes), code))
			return true;
	return false;
}

bool links_member(const struct links *links, struct bytes code)
{
	return !links->codes || is_listed(links->codes, code);
}

int links_fetch(struct links *links, struct client *c)
{
	size_t first = 0;
	int code = EXIT_DONE;

	if (links->is_failed)
		return say_error(c->args, ERR_MEMORY, NULL, "%s", _(err_text(ERR_MEMORY)));
	while (first < links->count && links->entries[first].is_asked)
		first++;
	if (first < links->count)
		code = fetch_member(links, c);
	if (!code && links->needs_codes && !links->codes)
		code = fetch_codes(links, c);
	while (!code && first < links->count) {
		size_t count =
		    links->count - first < REFS_A_QUESTION ? links->count - first : REFS_A_QUESTION;

		code = fetch(links, c, first, count);
		first += count;
	}
	return code;
}
