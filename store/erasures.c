/* Finds the records of kind erasure in a log, damaged as it may be. What they say, and whether they may, is the core's matter. */
#include "store/erasures.h"

#include "proto/kinds.h"
#include "proto/limits.h"
#include "proto/tree.h"
#include "store/place.h"

struct search {
	struct txn *t;
	struct place place;
	size_t size_max; /* of out */
	struct writer *out;
};

static void put_erasure(struct search *c, uint64_t index, uint32_t position, struct bytes header)
{
	struct record record;
	struct hash leaf;
	struct bytes rest;

	if (!segment_rest(c->place.segment.rests, c->place.segment.count, position, &rest) ||
	    !place_is_sound(header, rest, &record) || record.state != RECORD_PRESENT)
		return;
	tree_leaf_hash(&leaf, header);
	writer_u64(c->out, index);
	writer_put(c->out, leaf.b, HASH_SIZE);
	writer_u32(c->out, (uint32_t)record.payload.size);
	writer_bytes(c->out, record.payload);
}

/* Records of a good row from `index` on, `count` at most; how many were looked at. */
static uint64_t look(struct search *c, uint64_t index, uint64_t count)
{
	const struct segment *s = &c->place.segment;
	uint32_t end = c->place.position + (uint32_t)count;
	size_t at = 0;

	for (uint32_t i = 0; i < end; i++) {
		size_t size = be16_get(s->sizes.data + 2u * i);
		struct header header;
		struct bytes raw;
		if (c->out->size >= c->size_max)
			return i - c->place.position;
		if (size > s->headers.size || at > s->headers.size - size)
			break;
		raw = bytes_of(s->headers.data + at, size);
		at += size;
		if (i >= c->place.position && header_decode(&header, raw) == ERR_NONE &&
		    header.kind == KIND_ERASURE)
			put_erasure(c, index + (i - c->place.position), i, raw);
	}
	return count;
}

void erasures_read(
    struct txn *t, const struct log_row *row, const struct read *read, struct writer *out)
{
	struct search c = {.t = t, .out = out};
	uint64_t size = row->frontier.size, index = read->from;
	uint64_t end = size - index > read->max ? index + read->max : size;
	uint64_t highest = t->arrivals;
	size_t start = out->size;

	writer_u64(out, 0);
	c.size_max = out->size + READ_ERASURES_AIM;
	while (
	    index < end && t->err == ERR_NONE && out->err == ERR_NONE && out->size < c.size_max) {
		place_find(&c.place, t, row, index, end, highest);
		index +=
		    c.place.state == PLACE_GOOD ? look(&c, index, c.place.count) : c.place.count;
	}
	if (out->err == ERR_NONE)
		be64_put(out->data + start, index < size ? index : 0);
}
