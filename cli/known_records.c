/* A table of what is there. Decides what makes two records the same; knows no format that is imported. */
#include "cli/known_records.h"

#include "cli/index_wait.h"
#include "cli/lang.h"
#include "cli/page.h"
#include "cli/say.h"
#include "proto/seal.h"

#include <stdlib.h>
#include <string.h>

#define WAIT_MS 60000

void known_records_release(struct known_records *k)
{
	free(k->slots);
	memset(k, 0, sizeof(*k));
}

static void content_hash(struct hash *out, struct bytes payload)
{
	struct writer fields = {0};
	struct reader r;
	uint32_t count;

	reader_init(&r, payload);
	count = mp_peek(&r) == MP_MAP ? mp_map(&r) : 0;
	for (uint32_t i = 0; i < count && !r.err; i++) {
		struct bytes start = mp_raw(&r);
		struct bytes value = mp_raw(&r);

		if (mp_get(payload, "supersedes").data == value.data)
			continue;
		writer_bytes(&fields, start);
		writer_bytes(&fields, value);
	}
	seal_sha256(out, writer_view(&fields));
	writer_release(&fields);
}

bool known_records_are_same(struct bytes a, struct bytes b)
{
	struct hash of_a, of_b;

	content_hash(&of_a, a);
	content_hash(&of_b, b);
	return hash_equal(&of_a, &of_b);
}

static void keys_of(struct known_record *record, struct bytes payload)
{
	struct bytes catalogue = kinds_str(payload, "source.catalogue");
	struct bytes id = kinds_str(payload, "source.id");
	const struct bytes parts[] = {catalogue, BYTES_STR("\n"), id};

	content_hash(&record->content, payload);
	if (id.size)
		seal_sha256_parts(&record->key, parts, 3);
	else
		record->key = record->content;
}

static struct known_record *slot_of(const struct known_records *k, const struct hash *key)
{
	size_t slot = be32_get(key->b) & (k->slot_count - 1);

	while (k->slots[slot].is_used && !hash_equal(&k->slots[slot].key, key))
		slot = (slot + 1) & (k->slot_count - 1);
	return &k->slots[slot];
}

static bool grow(struct known_records *k)
{
	struct known_records bigger = {.slot_count = k->slot_count ? 2 * k->slot_count : 1024};

	bigger.slots = calloc(bigger.slot_count, sizeof(*bigger.slots));
	if (!bigger.slots)
		return false;
	for (size_t i = 0; i < k->slot_count; i++)
		if (k->slots[i].is_used)
			*slot_of(&bigger, &k->slots[i].key) = k->slots[i];
	free(k->slots);
	k->slots = bigger.slots;
	k->slot_count = bigger.slot_count;
	return true;
}

bool known_records_add(struct known_records *k, struct bytes payload, const struct hash *id)
{
	struct known_record record = {.id = *id, .is_used = true};
	struct known_record *slot;

	if (2 * k->count >= k->slot_count && !grow(k)) {
		k->is_failed = true;
		return false;
	}
	keys_of(&record, payload);
	slot = slot_of(k, &record.key);
	if (!slot->is_used)
		k->count++;
	*slot = record;
	return true;
}

enum known_verdict known_records_judge(
    const struct known_records *k, struct bytes payload, struct hash *previous)
{
	struct known_record record;
	const struct known_record *slot;

	if (!k->slot_count)
		return KNOWN_NEW;
	keys_of(&record, payload);
	slot = slot_of(k, &record.key);
	if (!slot->is_used)
		return KNOWN_NEW;
	*previous = slot->id;
	return hash_equal(&slot->content, &record.content) ? KNOWN_SAME : KNOWN_CHANGED;
}

static bool take_row(void *context, struct bytes row)
{
	struct known_records *k = context;
	struct hash id;
	struct bytes payload;
	struct reader r;

	reader_init(&r, mp_get(row, "payload"));
	payload = mp_peek(&r) == MP_BIN ? mp_bin(&r) : (struct bytes){NULL, 0};
	reader_init(&r, mp_get(row, "id"));
	mp_bin_fixed(&r, id.b, HASH_SIZE);
	/* An erased record has no payload and is not published again by itself: nothing tells what it was. */
	if (!payload.size || r.err || mp_scan(payload))
		return true;
	return known_records_add(k, payload, &id);
}

/* Everything that is signed must be in the views, or a second run would not see the first. */
static int wait_for_index(struct client *c, char *member, size_t member_size)
{
	struct row params = {0};
	struct bytes result;
	struct bytes text;
	struct reader r;
	unsigned long long behind;
	int code = client_call(c, "status", row_view(&params), &result);

	if (code)
		return code;
	reader_init(&r, mp_get(result, "member"));
	text = mp_str(&r);
	if (text.size >= member_size)
		return client_say_broken(c, ERR_FORMAT);
	memcpy(member, text.data, text.size);
	member[text.size] = 0;
	row_release(&params);
	code = index_wait(c, WAIT_MS, &behind);
	if (!code && behind)
		return say_error(
		    c->args, ERR_TIMEOUT, _("try again later"), _("the daemon is still indexing"));
	return code;
}

int known_records_load(
    struct known_records *k, struct client *c, const struct kind *const *kinds, size_t count)
{
	char member[CODE_SIZE_MAX + 1];
	int code = wait_for_index(c, member, sizeof(member));

	for (size_t i = 0; i < count && !code; i++) {
		struct row params = {0};

		row_cstr(&params, "kind", kinds[i]->name);
		row_cstr(&params, "member", member);
		row_bool(&params, "payload", true);
		row_bool(&params, "latest", true);
		code = page_each(c, "list", &params, NULL, 0, take_row, k, NULL);
		row_release(&params);
	}
	if (!code && k->is_failed)
		code = say_error(c->args, ERR_MEMORY, NULL, "%s", _(err_text(ERR_MEMORY)));
	return code;
}
