/* The memory of a roster: members, uses of keys, logs listed, rulings, each found by a table. It
 * decides nothing about entries; the rules reserve first, so that what they put afterwards cannot
 * fail. */
#include "proto/roster_state.h"

#include <stdlib.h>
#include <string.h>

/* --- memory ---------------------------------------------------------------------------------- */

/* The array with room for `needed` items; NULL without memory, the old one stays. */
static void *grown(void *data, size_t *capacity, size_t needed, size_t item_size)
{
	size_t wanted = *capacity ? *capacity : 16;
	void *out;

	if (data && needed <= *capacity)
		return data;
	while (wanted < needed)
		wanted *= 2;
	out = realloc(data, wanted * item_size);
	if (out)
		*capacity = wanted;
	return out;
}

bool roster_reserve_members(struct roster *r, size_t extra)
{
	struct member *members =
	    grown(r->members, &r->member_capacity, r->member_count + extra, sizeof(*members));

	if (members)
		r->members = members;
	return members && table_reserve(&r->by_code, extra);
}

bool roster_reserve_uses(struct roster *r, size_t extra)
{
	struct key_use *uses =
	    grown(r->uses, &r->use_capacity, r->use_count + extra, sizeof(*uses));

	if (uses)
		r->uses = uses;
	return uses && table_reserve(&r->by_key, extra);
}

bool roster_reserve_listings(struct roster *r, size_t extra)
{
	struct listing *listings =
	    grown(r->listings, &r->listing_capacity, r->listing_count + extra, sizeof(*listings));

	if (listings)
		r->listings = listings;
	return listings && table_reserve(&r->by_log, extra);
}

bool roster_reserve_rulings(struct roster *r, size_t extra)
{
	struct ruling *rulings =
	    grown(r->rulings, &r->ruling_capacity, r->ruling_count + extra, sizeof(*rulings));

	if (rulings)
		r->rulings = rulings;
	return rulings && table_reserve(&r->by_subject, extra);
}

bool roster_copy_bytes(struct bytes *out, struct bytes in)
{
	uint8_t *data = malloc(in.size ? in.size : 1);

	if (!data)
		return false;
	memcpy(data, in.data, in.size);
	*out = bytes_of(data, in.size);
	return true;
}

static void *copied(const void *data, size_t size, bool *ok)
{
	void *out = malloc(size ? size : 1);

	*ok = *ok && out;
	if (out && size)
		memcpy(out, data, size);
	return out;
}

static void copy_arrays(struct roster *out, const struct roster *r, bool *ok)
{
	out->members = copied(r->members, r->member_count * sizeof(*r->members), ok);
	out->member_capacity = r->member_count;
	out->uses = copied(r->uses, r->use_count * sizeof(*r->uses), ok);
	out->use_capacity = r->use_count;
	out->listings = copied(r->listings, r->listing_count * sizeof(*r->listings), ok);
	out->listing_capacity = r->listing_count;
	out->rulings = copied(r->rulings, r->ruling_count * sizeof(*r->rulings), ok);
	out->ruling_capacity = r->ruling_count;
	out->names.data = copied(r->names.data, r->names.size, ok);
	for (size_t i = 0; out->members && i < r->member_count; i++) {
		struct bytes *names = &out->members[i].names;
		names->data = copied(r->members[i].names.data, names->size, ok);
	}
	if (!out->members)
		out->member_count = 0;
}

struct roster *roster_copy(const struct roster *r)
{
	struct roster *out = malloc(sizeof(*out));
	bool ok = true;

	if (!out)
		return NULL;
	*out = *r;
	copy_arrays(out, r, &ok);
	ok = table_copy(&out->by_code, &r->by_code) && ok;
	ok = table_copy(&out->by_key, &r->by_key) && ok;
	ok = table_copy(&out->by_log, &r->by_log) && ok;
	ok = table_copy(&out->by_subject, &r->by_subject) && ok;
	if (ok)
		return out;
	roster_free(out);
	return NULL;
}

void roster_take_bytes(struct bytes *owned, struct bytes copy)
{
	free((void *)owned->data);
	*owned = copy;
}

/* --- keys and members ------------------------------------------------------------------------ */

static void code_key(uint8_t out[static TABLE_KEY_SIZE], const char *code)
{
	memset(out, 0, TABLE_KEY_SIZE);
	memcpy(out, code, strnlen(code, CODE_SIZE_MAX));
}

bool roster_find_member(const struct roster *r, const char *code, uint32_t *position)
{
	uint8_t key[TABLE_KEY_SIZE];

	if (strlen(code) > CODE_SIZE_MAX)
		return false;
	code_key(key, code);
	return table_get(&r->by_code, key, position);
}

const struct key_use *roster_find_use(const struct roster *r, const struct key *key)
{
	uint32_t at;

	return table_get(&r->by_key, key->b, &at) ? &r->uses[at] : NULL;
}

void roster_put_use(struct roster *r, const struct key *key, struct key_use use)
{
	uint32_t at = (uint32_t)r->use_count;

	if (table_get(&r->by_key, key->b, &at)) {
		r->uses[at] = use;
		return;
	}
	table_put(&r->by_key, key->b, at);
	r->uses[r->use_count++] = use;
}

void roster_know_point(struct roster *r, const struct key *key)
{
	if (table_reserve(&r->points, 1)) /* else it is found out again */
		table_put(&r->points, key->b, 1);
}

void roster_forget_points(struct roster *r)
{
	table_release(&r->points);
	r->points = (struct table){0};
}

enum err roster_check_new_key(const struct roster *r, const struct key *key, struct why *why)
{
	uint32_t unused;

	if (!table_get(&r->points, key->b, &unused) && !seal_is_valid_point(key))
		return why_set(why, ERR_KEY, "%s", err_text(ERR_KEY));
	if (roster_find_use(r, key))
		return why_set(why, ERR_REFUSED, "the key was in use before");
	return ERR_NONE;
}

/* Memory was reserved; takes the names. */
uint32_t roster_put_member(
    struct roster *r, const struct member *line, const struct place *place, struct bytes names)
{
	uint8_t key[TABLE_KEY_SIZE];
	uint32_t position;

	if (!roster_find_member(r, line->code, &position)) {
		position = (uint32_t)r->member_count++;
		r->members[position] = (struct member){0};
		code_key(key, line->code);
		table_put(&r->by_code, key, position);
	} else {
		free((void *)r->members[position].names.data);
	}
	r->members[position] = *line;
	r->members[position].names = names;
	r->members[position].is_admitted = true;
	r->members[position].entry_index = place->index;
	r->members[position].entry_leaf = place->leaf;
	r->members[position].since = place->time;
	roster_put_use(r, &line->key, (struct key_use){USE_MEMBER, position, 0});
	return position;
}

/* --- logs and subjects --------------------------------------------------------------------------
 */

void roster_listing_key(struct hash *out, uint32_t member, const struct key *log)
{
	uint8_t position[4];
	struct bytes parts[] = {BYTES(position), BYTES(log->b)};

	be32_put(position, member);
	seal_sha256_parts(out, parts, 2);
}

const struct listing *roster_find_listing(
    const struct roster *r, uint32_t member, const struct key *log)
{
	struct hash key;
	uint32_t at;

	if (r->listing_count == 0)
		return NULL;
	roster_listing_key(&key, member, log);
	return table_get(&r->by_log, key.b, &at) ? &r->listings[at] : NULL;
}

void roster_subject(struct hash *out, enum ruling_type type, const struct key *log, uint64_t index)
{
	uint8_t head[1 + 8] = {(uint8_t)type};
	struct bytes parts[] = {BYTES(head), BYTES(log->b)};

	/* A log has one branch that stays, whatever its size. */
	be64_put(head + 1, type == RULING_NAME_BRANCH ? 0 : index);
	seal_sha256_parts(out, parts, 2);
}
