/* Open addressing with linear probing, at most three quarters full. Keys come from admitted entries
 * only, so the mix need not be secret. */
#include "proto/table.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define CAPACITY_MIN 16

void table_release(struct table *t)
{
	free(t->slots);
	*t = (struct table){0};
}

bool table_copy(struct table *out, const struct table *t)
{
	struct table_slot *slots = calloc(t->capacity ? t->capacity : 1, sizeof(*slots));

	*out = (struct table){0};
	if (!slots)
		return false;
	if (t->capacity)
		memcpy(slots, t->slots, t->capacity * sizeof(*slots));
	*out = (struct table){slots, t->capacity, t->count};
	return true;
}

static size_t mix(const uint8_t *key)
{
	uint64_t h = 0xcbf29ce484222325u;

	for (unsigned i = 0; i < TABLE_KEY_SIZE; i += 8) {
		h = (h ^ be64_get(key + i)) * 0x9e3779b97f4a7c15u;
		h ^= h >>
		     32; /* codes differ in their last letters: a product carries them up only */
	}
	return (size_t)h;
}

/* Where the key is, or where it would go. */
static struct table_slot *slot_of(struct table_slot *slots, size_t capacity, const uint8_t *key)
{
	size_t at = mix(key) & (capacity - 1);

	while (slots[at].is_used && memcmp(slots[at].key, key, TABLE_KEY_SIZE) != 0)
		at = (at + 1) & (capacity - 1);
	return &slots[at];
}

bool table_reserve(struct table *t, size_t extra)
{
	size_t capacity = t->capacity ? t->capacity : CAPACITY_MIN;
	struct table_slot *slots;

	if (extra > SIZE_MAX / 8 - t->count)
		return false;
	while ((t->count + extra) * 4 > capacity * 3)
		capacity *= 2;
	if (capacity == t->capacity)
		return true;
	slots = calloc(capacity, sizeof(*slots));
	if (!slots)
		return false;
	for (size_t i = 0; i < t->capacity; i++)
		if (t->slots[i].is_used)
			*slot_of(slots, capacity, t->slots[i].key) = t->slots[i];
	free(t->slots);
	t->slots = slots;
	t->capacity = capacity;
	return true;
}

void table_put(struct table *t, const uint8_t key[static TABLE_KEY_SIZE], uint32_t value)
{
	struct table_slot *slot;

	assert(t->count < t->capacity);
	slot = slot_of(t->slots, t->capacity, key);
	if (!slot->is_used)
		t->count++;
	memcpy(slot->key, key, TABLE_KEY_SIZE);
	slot->value = value;
	slot->is_used = true;
}

bool table_get(const struct table *t, const uint8_t key[static TABLE_KEY_SIZE], uint32_t *value)
{
	const struct table_slot *slot;

	if (t->capacity == 0)
		return false;
	slot = slot_of(t->slots, t->capacity, key);
	if (slot->is_used)
		*value = slot->value;
	return slot->is_used;
}
