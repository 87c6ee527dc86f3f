/* Decides how postings lie in rows. The same postings make the same rows, however many batches they
 * came in: a block is full when the next posting does not fit, and whatever is not appended makes
 * the term's rows of that span anew. */
#include "store/view_blocks.h"

#include <stdlib.h>
#include <string.h>

const uint16_t view_class_length[VIEW_LENGTH_CLASSES] = {
    3, 5, 8, 12, 18, 27, 40, 60, 90, 135, 200, 300, 450, 680, 1000, 2000};

uint8_t view_class_of(uint32_t words)
{
	uint8_t found = 0;

	while (found + 1 < VIEW_LENGTH_CLASSES &&
	       words > (view_class_length[found] + view_class_length[found + 1]) / 2u)
		found++;
	return found;
}

void block_key(struct block_key *key, uint32_t span, struct bytes term, uint16_t first)
{
	be32_put(key->b, span);
	memcpy(key->b + 4, term.data, term.size);
	key->b[4 + term.size] = 0;
	be16_put(key->b + 5 + term.size, first);
	key->size = 7 + term.size;
}

bool block_key_read(struct bytes key, uint32_t *span, struct bytes *term, uint16_t *first)
{
	if (key.size < 8 || key.size > VIEW_BLOCK_KEY_MAX || key.data[key.size - 3] != 0)
		return false;
	*span = be32_get(key.data);
	*term = bytes_of(key.data + 4, key.size - 7);
	*first = be16_get(key.data + key.size - 2);
	return true;
}

bool block_open(struct block *b, uint16_t first, struct bytes value)
{
	if (value.size < VIEW_BLOCK_HEAD)
		return false;
	b->count = b->left = be16_get(value.data);
	b->last = be16_get(value.data + 2);
	b->at = value.data + VIEW_BLOCK_HEAD;
	b->end = value.data + value.size;
	b->position = first;
	return true;
}

/* --- writing --------------------------------------------------------------------------------- */

/* A block that grows. */
struct open_block {
	struct txn *t;
	unsigned table;
	struct writer *row;
	uint32_t span;
	struct bytes term;
	uint16_t first, last;
	uint32_t count;
};

static void open_block_put(struct open_block *o)
{
	struct block_key key;

	if (o->count == 0)
		return;
	if (o->row->err != ERR_NONE) {
		txn_fail(o->t, o->row->err, "no memory for words");
		return;
	}
	be16_put(o->row->data, (uint16_t)o->count);
	be16_put(o->row->data + 2, o->last);
	block_key(&key, o->span, o->term, o->first);
	txn_put(o->t, o->table, bytes_of(key.b, key.size), writer_view(o->row));
}

static void open_block_begin(struct open_block *o, uint16_t first)
{
	writer_clear(o->row);
	writer_u32(o->row, 0);
	o->first = o->last = first;
	o->count = 0;
}

static void open_block_add(struct open_block *o, struct posting p)
{
	uint32_t distance;

	if (o->count == 0)
		open_block_begin(o, p.position);
	distance = (uint32_t)(p.position - o->last);
	if (o->row->size + (distance < 0x80 ? 1 : distance < 0x4000 ? 2 : 3) + 1 > VIEW_BLOCK_MAX) {
		open_block_put(o);
		open_block_begin(o, p.position);
		distance = 0;
	}
	for (; distance >= 0x80; distance >>= 7)
		writer_u8(o->row, (uint8_t)(distance | 0x80));
	writer_u8(o->row, (uint8_t)distance);
	writer_u8(o->row, p.weight);
	o->last = p.position;
	o->count++;
}

/* The last block of the term, to go on with. */
static bool take_last(struct open_block *o)
{
	struct block_key top;
	struct walk walk;
	struct block block;
	bool is_there;

	block_key(&top, o->span, o->term, 0xffff);
	walk_begin(&walk, o->t, o->table);
	is_there = walk_upto(&walk, bytes_of(top.b, top.size)) && walk.key.size == top.size &&
		   walk_has_prefix(&walk, bytes_of(top.b, top.size - 2)) &&
		   block_open(&block, be16_get(walk.key.data + top.size - 2), walk.value);
	if (is_there) {
		writer_clear(o->row);
		writer_bytes(o->row, walk.value);
		o->first = be16_get(walk.key.data + top.size - 2);
		o->last = block.last;
		o->count = block.count;
	}
	walk_end(&walk);
	return is_there;
}

/* All postings of the term in the span, and its rows are gone. */
static void take_all(struct open_block *o, struct writer *postings)
{
	struct block_key start;
	struct walk walk;
	struct block block;
	struct posting p;
	struct writer keys = {0};

	writer_clear(postings);
	block_key(&start, o->span, o->term, 0);
	walk_begin(&walk, o->t, o->table);
	for (bool more = walk_from(&walk, bytes_of(start.b, start.size));
	     more && walk.key.size == start.size &&
	     walk_has_prefix(&walk, bytes_of(start.b, start.size - 2));
	     more = walk_next(&walk)) {
		if (block_open(&block, be16_get(walk.key.data + start.size - 2), walk.value)) {
			while (block_next(&block, &p.weight)) {
				p.position = (uint16_t)block.position;
				writer_put(postings, &p, sizeof(p));
			}
		}
		writer_bytes(&keys, walk.key);
	}
	walk_end(&walk);
	if (keys.err != ERR_NONE || postings->err != ERR_NONE)
		txn_fail(o->t, ERR_MEMORY, "no memory for words");
	for (size_t at = 0; at < keys.size && o->t->err == ERR_NONE; at += start.size)
		txn_del(o->t, o->table, bytes_of(keys.data + at, start.size));
	writer_release(&keys);
}

/* Writes the postings that were taken, with others among them. */
static void put_merged(struct open_block *o, const struct writer *taken,
    const struct posting *postings, size_t count, block_known_fn *known, void *context)
{
	const struct posting *old = (const struct posting *)(const void *)taken->data;
	size_t old_count = taken->size / sizeof(*old), i = 0, j = 0;

	o->count = 0;
	while (i < old_count || j < count) {
		if (j == count || (i < old_count && old[i].position < postings[j].position)) {
			open_block_add(o, old[i++]);
			continue;
		}
		if (i < old_count && old[i].position == postings[j].position) {
			if (known)
				known(context, old[i].position);
			i++;
		}
		open_block_add(o, postings[j++]);
	}
	open_block_put(o);
}

void blocks_add(struct txn *t, unsigned table, struct block_scratch *scratch, uint32_t span,
    struct bytes term, const struct posting *postings, size_t count, block_known_fn *known,
    void *context)
{
	struct open_block o = {
	    .t = t, .table = table, .row = &scratch->row, .span = span, .term = term};

	if (count == 0 || t->err != ERR_NONE)
		return;
	if (take_last(&o) && postings[0].position <= o.last) {
		take_all(&o, &scratch->postings);
		put_merged(&o, &scratch->postings, postings, count, known, context);
		return;
	}
	for (size_t i = 0; i < count; i++)
		open_block_add(&o, postings[i]);
	open_block_put(&o);
}

/* --- forgetting ------------------------------------------------------------------------------ */

static bool is_among(const uint16_t *positions, size_t count, uint16_t position)
{
	size_t low = 0;

	while (count > 0) {
		size_t half = count / 2;

		if (positions[low + half] == position)
			return true;
		if (positions[low + half] < position) {
			low += half + 1;
			count -= half + 1;
		} else {
			count = half;
		}
	}
	return false;
}

static bool has_any(struct block *block, const uint16_t *positions, size_t count,
    block_dropped_fn *dropped, void *context)
{
	uint8_t weight;
	bool found = false;

	if (block->last < positions[0] || block->position > positions[count - 1])
		return false;
	while (block_next(block, &weight)) {
		if (!is_among(positions, count, (uint16_t)block->position))
			continue;
		dropped(context, (uint16_t)block->position, weight);
		found = true;
	}
	return found;
}

/* The terms, each as u8 size ‖ bytes, that have one of these positions. */
static void terms_of(struct txn *t, unsigned table, uint32_t span, struct writer *terms,
    const uint16_t *positions, size_t count, block_dropped_fn *dropped, void *context)
{
	struct bytes term, last = {0};
	struct block block;
	struct walk walk;
	uint8_t prefix[4];
	uint32_t row_span;
	uint16_t first;

	be32_put(prefix, span);
	walk_begin(&walk, t, table);
	for (bool more = walk_from(&walk, BYTES(prefix));
	     more && walk_has_prefix(&walk, BYTES(prefix)); more = walk_next(&walk)) {
		if (!block_key_read(walk.key, &row_span, &term, &first) ||
		    !block_open(&block, first, walk.value) ||
		    !has_any(&block, positions, count, dropped, context) || bytes_equal(term, last))
			continue;
		writer_u8(terms, (uint8_t)term.size);
		writer_bytes(terms, term);
		last = term;
	}
	walk_end(&walk);
	if (terms->err != ERR_NONE)
		txn_fail(t, terms->err, "no memory for words");
}

/* Those that stay, in place. */
static void keep_others(struct writer *postings, const uint16_t *positions, size_t count)
{
	struct posting *all = (struct posting *)(void *)postings->data;
	size_t total = postings->size / sizeof(*all), kept = 0;

	for (size_t i = 0; i < total; i++) {
		if (!is_among(positions, count, all[i].position))
			all[kept++] = all[i];
	}
	postings->size = kept * sizeof(*all);
}

void blocks_drop(struct txn *t, unsigned table, struct block_scratch *scratch, uint32_t span,
    const uint16_t *positions, size_t count, block_dropped_fn *dropped, void *context)
{
	struct open_block o = {.t = t, .table = table, .row = &scratch->row, .span = span};
	struct writer terms = {0};

	if (count > 0 && t->err == ERR_NONE)
		terms_of(t, table, span, &terms, positions, count, dropped, context);
	for (size_t at = 0; at < terms.size && t->err == ERR_NONE; at += 1u + terms.data[at]) {
		o.term = bytes_of(terms.data + at + 1, terms.data[at]);
		take_all(&o, &scratch->postings);
		keep_others(&scratch->postings, positions, count);
		put_merged(&o, &scratch->postings, NULL, 0, NULL, NULL);
	}
	writer_release(&terms);
}

void block_scratch_release(struct block_scratch *scratch)
{
	writer_release(&scratch->row);
	writer_release(&scratch->postings);
}
