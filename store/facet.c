/* Rows of facets and the numbers of their words: encodings, both directions side by side. It judges
 * nothing. */
#include "store/facet.h"

#include <string.h>

void facet_encode(uint8_t out[static FACET_SIZE], const struct facet *f)
{
	memset(out, 0, FACET_SIZE);
	be16_put(out, f->kind);
	be16_put(out + 2, f->flags);
	be32_put(out + 4, f->log_no);
	be32_put(out + 8, f->number);
	be32_put(out + 12, f->member);
	be64_put(out + 16, f->index);
	be64_put(out + 24, f->time);
	be32_put(out + 32, f->themes);
	be32_put(out + 36, f->own_status);
	be32_put(out + 40, f->status);
	out[44] = f->region;
	out[45] = f->caution;
	be16_put(out + 46, f->province);
	memcpy(out + 48, f->leaf, VIEW_LEAF_SIZE);
	be64_put(out + 64, f->about);
	be64_put(out + 72, f->supersedes);
	be64_put(out + 80, f->changed);
	memcpy(out + 88, f->titles, sizeof(f->titles));
}

void facet_decode(struct facet *f, const uint8_t row[static FACET_SIZE])
{
	f->kind = be16_get(row);
	f->flags = be16_get(row + 2);
	f->log_no = be32_get(row + 4);
	f->number = be32_get(row + 8);
	f->member = be32_get(row + 12);
	f->index = be64_get(row + 16);
	f->time = be64_get(row + 24);
	f->themes = be32_get(row + 32);
	f->own_status = be32_get(row + 36);
	f->status = be32_get(row + 40);
	f->region = row[44];
	f->caution = row[45];
	f->province = be16_get(row + 46);
	memcpy(f->leaf, row + 48, VIEW_LEAF_SIZE);
	f->about = be64_get(row + 64);
	f->supersedes = be64_get(row + 72);
	f->changed = be64_get(row + 80);
	memcpy(f->titles, row + 88, sizeof(f->titles));
}

void facets_init(struct facets *f, struct txn *t)
{
	*f = (struct facets){.t = t, .as_of = INT64_MAX, .upto = UINT64_MAX};
}

const uint8_t *facets_turn(struct facets *f, uint64_t arrival)
{
	struct row_key key;
	struct bytes rows;
	uint64_t block;

	if (arrival == 0)
		return NULL;
	block = (arrival - 1) / FACETS_PER_BLOCK;
	key = row_key_u64(block);
	f->count = 0;
	if (!txn_get(f->t, VIEW_FACETS, row_key_view(&key), &rows))
		return NULL;
	f->first = block * FACETS_PER_BLOCK + 1;
	f->count = rows.size / FACET_SIZE;
	f->rows = rows.data;
	return arrival - f->first < f->count ? f->rows + (arrival - f->first) * FACET_SIZE : NULL;
}

bool facets_get(struct facets *f, uint64_t arrival, struct facet *out)
{
	const uint8_t *row = facets_at(f, arrival);

	if (!row)
		return false;
	facet_decode(out, row);
	return true;
}

void facet_put(struct txn *t, uint64_t arrival, const struct facet *row)
{
	uint8_t rows[FACETS_PER_BLOCK * FACET_SIZE] = {0};
	struct row_key key = row_key_u64((arrival - 1) / FACETS_PER_BLOCK);
	size_t at = (size_t)((arrival - 1) % FACETS_PER_BLOCK) * FACET_SIZE;
	struct bytes old;

	if (txn_get(t, VIEW_FACETS, row_key_view(&key), &old) && old.size == sizeof(rows))
		memcpy(rows, old.data, sizeof(rows));
	facet_encode(rows + at, row);
	txn_put(t, VIEW_FACETS, row_key_view(&key), BYTES(rows));
}

/* --- terms ----------------------------------------------------------------------------------- */

struct term_key {
	uint8_t b[1 + TERM_SIZE_MAX];
	size_t size;
};

static struct bytes term_key(struct term_key *key, enum term_class class, struct bytes word)
{
	key->b[0] = (uint8_t) class;
	memcpy(key->b + 1, word.data, word.size);
	return bytes_of(key->b, word.size + 1);
}

uint32_t term_find(struct txn *t, enum term_class class, struct bytes word)
{
	struct term_key key;
	struct bytes value;

	if (word.size == 0 || word.size > TERM_SIZE_MAX ||
	    !txn_get(t, VIEW_TERMS, term_key(&key, class, word), &value) || value.size != 4)
		return 0;
	return be32_get(value.data);
}

uint32_t term_put(struct txn *t, enum term_class class, struct bytes word)
{
	uint32_t number = term_find(t, class, word);
	struct term_key key;
	struct row_key by_number;
	uint8_t value[4];

	if (number > 0 || word.size == 0 || word.size > TERM_SIZE_MAX)
		return number;
	number = (uint32_t)meta_get_u64(t, "terms") + 1;
	meta_put_u64(t, "terms", number);
	be32_put(value, number);
	by_number = row_key_u32(number);
	txn_put(t, VIEW_TERMS, term_key(&key, class, word), BYTES(value));
	txn_put(t, VIEW_TERM_NUMBERS, row_key_view(&by_number), bytes_of(key.b, word.size + 1));
	return number;
}

struct bytes term_word(struct txn *t, uint32_t number)
{
	struct row_key key = row_key_u32(number);
	struct bytes value;

	if (number == 0 || !txn_get(t, VIEW_TERM_NUMBERS, row_key_view(&key), &value) ||
	    value.size == 0)
		return (struct bytes){0};
	return bytes_of(value.data + 1, value.size - 1);
}
