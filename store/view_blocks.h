/* Blocks of postings in the `words` table: which records of a span hold a term, how often, and how
 * long they are. FORMAT.md, "words".
 *
 * Arrivals are cut into spans of 65,536. A span has its own rows for each term, so that appending
 * touches the newest span alone, and what an erased record said is found by reading one span. */
#ifndef STORE_VIEW_BLOCKS_H
#define STORE_VIEW_BLOCKS_H

#include "proto/writer.h"
#include "store/txn.h"
#include "store/words.h"

#define VIEW_SPAN_BITS 16
#define VIEW_SPAN_SIZE (1u << VIEW_SPAN_BITS)
/* Bytes of one block. Three fit a page of LMDB; larger ones would get pages of their own. */
#define VIEW_BLOCK_MAX 1280
#define VIEW_BLOCK_HEAD 4
#define VIEW_BLOCK_KEY_MAX (4 + WORDS_TERM_MAX + 1 + 2)

#define VIEW_LENGTH_CLASSES 16
/* Words of a record of this class, about. */
extern const uint16_t view_class_length[VIEW_LENGTH_CLASSES];
uint8_t view_class_of(uint32_t words);

/* u4 how often ‖ u4 class of the record's length in words. */
#define VIEW_TIMES_MAX 15
#define VIEW_WEIGHT(times, class) ((uint8_t)((times) << 4 | (class)))

struct posting {
	uint16_t position; /* in its span */
	uint8_t weight;
};

struct block_key {
	uint8_t b[VIEW_BLOCK_KEY_MAX];
	size_t size;
};
/* Key of the block of a term that begins at `first`. */
void block_key(struct block_key *key, uint32_t span, struct bytes term, uint16_t first);
/* The term in a key of the table, and where the block begins; false when it is none. */
bool block_key_read(struct bytes key, uint32_t *span, struct bytes *term, uint16_t *first);

/* Postings of one block, in order: block_open, then block_next until it says false. */
struct block {
	const uint8_t *at, *end;
	uint32_t count;
	uint32_t left;
	uint32_t position;
	uint16_t last;
};
/* u16 count ‖ u16 position of the last ‖ (varint distance ‖ u8 weight)...; false when it is none. */
bool block_open(struct block *b, uint16_t first, struct bytes value);
static inline bool block_next(struct block *b, uint8_t *weight)
{
	uint32_t distance = 0;
	unsigned shift = 0;

	if (b->left == 0)
		return false;
	b->left--;
	while (b->at < b->end && *b->at >= 0x80 && shift < 14) {
		distance |= (*b->at++ & 0x7fu) << shift;
		shift += 7;
	}
	if (b->end - b->at < 2)
		return false;
	b->position += distance | (uint32_t)*b->at << shift;
	*weight = b->at[1];
	b->at += 2;
	return b->position < VIEW_SPAN_SIZE;
}

/* Adds postings, in order, to those of a term in a span. known, when not NULL, is called for each
 * that was there already. scratch keeps its memory between calls. */
struct block_scratch {
	struct writer row, postings;
};
typedef void block_known_fn(void *context, uint16_t position);
void blocks_add(struct txn *t, unsigned table, struct block_scratch *scratch, uint32_t span,
    struct bytes term, const struct posting *postings, size_t count, block_known_fn *known,
    void *context);
/* Takes all postings of these positions, ascending, out of a span. dropped is called for each
 * position that had any, at least once, with its weight. */
typedef void block_dropped_fn(void *context, uint16_t position, uint8_t weight);
void blocks_drop(struct txn *t, unsigned table, struct block_scratch *scratch, uint32_t span,
    const uint16_t *positions, size_t count, block_dropped_fn *dropped, void *context);
void block_scratch_release(struct block_scratch *scratch);

#endif
