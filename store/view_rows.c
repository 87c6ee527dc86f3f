/* Rows of the views: sorting a batch and finding the links in a payload. It knows what a link looks
 * like and nothing of what it means. */
#include "store/view_rows.h"

#include <stdlib.h>
#include <string.h>

#include "proto/mp.h"

const struct env_table view_tables[VIEW_TABLE_COUNT] = {
    [VIEW_META] = {.name = "meta", .is_bare = true},
    [VIEW_KINDS] = {.name = "kinds", .is_bare = true},
    [VIEW_LOGS] = {.name = "logs", .is_bare = true},
    [VIEW_LEAVES] = {.name = "leaves", .is_bare = true},
    [VIEW_LINKS] = {.name = "links", .is_bare = true},
    [VIEW_FACETS] = {.name = "facets", .is_bare = true},
    [VIEW_TERMS] = {.name = "terms", .is_bare = true},
    [VIEW_TERM_NUMBERS] = {.name = "term_numbers", .is_bare = true},
    [VIEW_AUDIT] = {.name = "audit", .is_bare = true},
    [VIEW_LAST_WORDS] = {.name = "last_words", .is_bare = true},
    [VIEW_WORDS] = {.name = "words", .is_bare = true},
    [VIEW_CLASSES] = {.name = "classes", .is_bare = true},
    [VIEW_WAITING] = {.name = "waiting", .is_bare = true},
};

static int compare_keys(const void *a, const void *b, void *size)
{
	return memcmp(a, b, *(const size_t *)size);
}

/* Most batches come in the order of their keys. */
static bool is_sorted(const struct view_keys *keys, size_t count)
{
	for (size_t i = 1; i < count; i++)
		if (memcmp(keys->keys.data + (i - 1) * keys->size, keys->keys.data + i * keys->size,
			keys->size) > 0)
			return false;
	return true;
}

void view_keys_put(struct txn *t, enum view_table table, struct view_keys *keys)
{
	size_t count = keys->keys.size / keys->size;
	struct walk rows;

	if (keys->keys.err != ERR_NONE)
		txn_fail(t, keys->keys.err, "no memory for a batch of the views");
	if (count > 0 && !is_sorted(keys, count))
		qsort_r(keys->keys.data, count, keys->size, compare_keys, &keys->size);
	walk_begin(&rows, t, table);
	for (size_t i = 0; i < count && t->err == ERR_NONE; i++)
		walk_put(&rows, bytes_of(keys->keys.data + i * keys->size, keys->size),
		    (struct bytes){0});
	walk_end(&rows);
}

/* [log key bin 32, index, leaf hash bin 32]: consumed only if it is one. */
static bool read_link(struct reader *r, struct record_ref *out)
{
	struct reader at = *r;
	struct bytes log, leaf;

	if (mp_array(&at) != 3 || mp_peek(&at) != MP_BIN)
		return false;
	log = mp_bin(&at);
	if (mp_peek(&at) != MP_INT)
		return false;
	out->index = mp_uint(&at);
	if (mp_peek(&at) != MP_BIN)
		return false;
	leaf = mp_bin(&at);
	if (at.err != ERR_NONE || log.size != KEY_SIZE || leaf.size != HASH_SIZE)
		return false;
	memcpy(out->log.b, log.data, KEY_SIZE);
	memcpy(out->leaf.b, leaf.data, HASH_SIZE);
	*r = at;
	return true;
}

struct open_container {
	uint32_t left;
	bool is_map;
	struct bytes field; /* of what it stands under */
};

/* Most payloads hold no link: a bin of 32 bytes begins with these two. */
static bool may_link(struct bytes payload)
{
	const uint8_t *at = payload.data, *end = payload.data + payload.size;

	if (payload.size <= 70)
		return false;
	/* No text of every day has the first of them. */
	while ((at = memchr(at, 0xc4, (size_t)(end - at))) && at + 1 < end) {
		if (at[1] == 0x20)
			return true;
		at++;
	}
	return false;
}

static void walk_value(struct reader *r, struct open_container *open, unsigned *depth,
    struct bytes field, void (*take)(void *context, const struct view_link *link), void *context)
{
	struct view_link link = {.field = field};
	enum mp_type type = mp_peek(r);

	if (type == MP_ARRAY && read_link(r, &link.target)) {
		take(context, &link);
	} else if (type == MP_ARRAY) {
		open[(*depth)++] = (struct open_container){mp_array(r), false, field};
	} else if (type == MP_MAP) {
		open[(*depth)++] = (struct open_container){mp_map(r), true, field};
	} else {
		mp_skip(r);
	}
}

void view_links_scanned(
    struct bytes payload, void (*take)(void *context, const struct view_link *link), void *context)
{
	struct open_container open[MP_DEPTH_MAX + 1];
	struct reader r;
	unsigned depth = 0;

	if (!may_link(payload))
		return;
	reader_init(&r, payload);
	walk_value(&r, open, &depth, (struct bytes){0}, take, context);
	while (depth > 0 && r.err == ERR_NONE) {
		struct open_container *here = &open[depth - 1];
		struct bytes field = here->field;
		if (here->left == 0) {
			depth--;
			continue;
		}
		here->left--;
		if (here->is_map)
			field = mp_str(&r);
		walk_value(&r, open, &depth, field, take, context);
	}
}

void view_links(
    struct bytes payload, void (*take)(void *context, const struct view_link *link), void *context)
{
	if (may_link(payload) && mp_scan(payload) == ERR_NONE)
		view_links_scanned(payload, take, context);
}
