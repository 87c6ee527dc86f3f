/* A table from 32 bytes (a key, a hash, a padded code) to a number. Entries are added and
 * overwritten, never removed. A zeroed struct table is an empty one; the owner releases it. */
#ifndef PROTO_TABLE_H
#define PROTO_TABLE_H

#include "proto/bytes.h"

#define TABLE_KEY_SIZE 32

struct table_slot {
	uint8_t key[TABLE_KEY_SIZE];
	uint32_t value;
	bool is_used;
};

struct table {
	struct table_slot *slots;
	size_t capacity; /* 0 or a power of two */
	size_t count;
};

void table_release(struct table *t);
/* Over an empty one or a released one; false without memory, then out is empty. */
bool table_copy(struct table *out, const struct table *t);
/* Room for `extra` more keys, so that as many table_put cannot fail; false without memory. */
bool table_reserve(struct table *t, size_t extra);
/* Room must have been reserved. Overwrites. */
void table_put(struct table *t, const uint8_t key[static TABLE_KEY_SIZE], uint32_t value);
bool table_get(const struct table *t, const uint8_t key[static TABLE_KEY_SIZE], uint32_t *value);

#endif
