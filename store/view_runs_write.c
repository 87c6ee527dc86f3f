/* Decides how postings are packed into pages, and when runs become one. */
#include <stdlib.h>
#include <string.h>

#include "store/view_rows.h"
#include "store/view_runs.h"

/* Runs of one size that are merged. */
#define RUNS_ALIKE 8
#define SIZE_CLASSES 11
/* Bytes of an entry that begins where hardly any room is left: better on the next page. */
#define ENTRY_ROOM_MIN 12

void run_writer_release(struct run_writer *w)
{
	writer_release(&w->rows);
	writer_release(&w->page);
	writer_release(&w->postings);
}

static void put_varint(struct writer *w, uint32_t value)
{
	for (; value >= 0x80; value >>= 7)
		writer_u8(w, (uint8_t)(value | 0x80));
	writer_u8(w, (uint8_t)value);
}

static void page_flush(struct run_writer *w)
{
	/* The page is cleared for the next one, its error is not to be forgotten. */
	if (w->page.err != ERR_NONE)
		writer_fail(&w->rows, w->page.err);
	if (w->page.size == 0)
		return;
	writer_u8(&w->rows, (uint8_t)w->key_size);
	writer_put(&w->rows, w->key, w->key_size);
	writer_u16(&w->rows, (uint16_t)w->page.size);
	writer_bytes(&w->rows, writer_view(&w->page));
	writer_clear(&w->page);
	w->last.size = 0;
}

static size_t shared_with(const struct term *last, struct bytes term)
{
	size_t size = last->size < term.size ? last->size : term.size, shared = 0;

	while (shared < size && last->b[shared] == term.data[shared])
		shared++;
	return shared;
}

static void page_begin(struct run_writer *w, struct bytes term, uint16_t first)
{
	/* Span and number are set when the run is written. */
	memset(w->key, 0, RUN_HEAD_SIZE);
	memcpy(w->key + RUN_HEAD_SIZE, term.data, term.size);
	w->key[RUN_HEAD_SIZE + term.size] = 0;
	be16_put(w->key + RUN_HEAD_SIZE + term.size + 1, first);
	w->key_size = RUN_HEAD_SIZE + term.size + 3;
}

void run_put(struct run_writer *w, struct bytes term, const struct posting *postings, size_t count)
{
	while (count > 0 && w->rows.err == ERR_NONE && w->page.err == ERR_NONE &&
	       w->postings.err == ERR_NONE) {
		size_t shared = shared_with(&w->last, term);
		size_t head = 2 + (term.size - shared) + 3 + 2;
		bool is_bits = false;
		size_t done;

		if (w->page.size + head + ENTRY_ROOM_MIN > RUN_PAGE_MAX) {
			page_flush(w);
			continue;
		}
		if (w->page.size == 0)
			page_begin(w, term, postings[0].position);
		done = postings_encode(
		    &w->postings, postings, count, RUN_PAGE_MAX - w->page.size - head, &is_bits);
		writer_u8(&w->page, (uint8_t)shared);
		writer_u8(&w->page, (uint8_t)(term.size - shared));
		writer_put(&w->page, term.data + shared, term.size - shared);
		put_varint(&w->page, (uint32_t)done << 1 | is_bits);
		if (done > 1)
			put_varint(&w->page, (uint32_t)w->postings.size);
		writer_bytes(&w->page, writer_view(&w->postings));
		memcpy(w->last.b, term.data, term.size);
		w->last.size = (uint8_t)term.size;
		postings += done;
		count -= done;
	}
}

/* --- runs ------------------------------------------------------------------------------------ */

static void run_delete(struct txn *t, const struct run *run)
{
	uint8_t key[RUN_HEAD_SIZE];
	struct walk walk;

	be32_put(key, run->span);
	be32_put(key + 4, run->number);
	walk_begin(&walk, t, VIEW_WORDS);
	for (bool more = walk_from(&walk, BYTES(key));
	     more && walk_has_prefix(&walk, BYTES(key)) && t->err == ERR_NONE;
	     more = walk_next(&walk))
		walk_del(&walk);
	walk_end(&walk);
}

/* The number of the newest run of a span, 0 when it has none. */
static uint32_t newest_of(struct txn *t, uint32_t span)
{
	uint8_t key[RUN_HEAD_SIZE + WORDS_TERM_MAX];
	uint32_t number = 0;
	struct walk walk;

	memset(key, 0xff, sizeof(key));
	be32_put(key, span);
	walk_begin(&walk, t, VIEW_WORDS);
	if (walk_upto(&walk, BYTES(key)) && walk.key.size >= RUN_HEAD_SIZE &&
	    be32_get(walk.key.data) == span)
		number = be32_get(walk.key.data + 4);
	walk_end(&walk);
	return number;
}

static void put_rows(struct run_writer *w, struct txn *t, uint32_t span, uint32_t records)
{
	uint8_t head[RUN_HEAD_SIZE], value[4];
	struct walk walk;

	be32_put(head, span);
	be32_put(head + 4, newest_of(t, span) + 1);
	be32_put(value, records);
	walk_begin(&walk, t, VIEW_WORDS);
	walk_put(&walk, BYTES(head), BYTES(value));
	for (size_t at = 0; at < w->rows.size && t->err == ERR_NONE;) {
		size_t key_size = w->rows.data[at];
		uint8_t *key = w->rows.data + at + 1;
		size_t size = be16_get(key + key_size);

		memcpy(key, head, sizeof(head));
		walk_put(&walk, bytes_of(key, key_size), bytes_of(key + key_size + 2, size));
		at += 1 + key_size + 2 + size;
	}
	walk_end(&walk);
}

void run_end(struct run_writer *w, struct txn *t, uint32_t span, uint32_t records,
    const struct run *replaced, size_t count)
{
	page_flush(w);
	if (w->rows.err || w->page.err || w->postings.err)
		txn_fail(t, ERR_MEMORY, "no memory for words");
	for (size_t i = 0; i < count; i++)
		run_delete(t, &replaced[i]);
	if (w->rows.size > 0 && t->err == ERR_NONE)
		put_rows(w, t, span, records);
	/* A merge needs much for a moment. */
	if (w->rows.capacity > 1u << 20)
		writer_release(&w->rows);
	writer_clear(&w->rows);
	writer_clear(&w->page);
	w->last.size = 0;
}

/* --- merging --------------------------------------------------------------------------------- */

struct run_reader {
	struct walk walk;
	struct page page;
	uint8_t head[RUN_HEAD_SIZE];
	bool has_term;
};

static void merge_step(struct run_reader *r)
{
	while (!(r->has_term = page_next(&r->page))) {
		if (!walk_next(&r->walk) || !walk_has_prefix(&r->walk, BYTES(r->head)))
			return;
		page_open(&r->page, r->walk.value);
	}
}

static void merge_begin(struct run_reader *r, struct txn *t, const struct run *run)
{
	be32_put(r->head, run->span);
	be32_put(r->head + 4, run->number);
	walk_begin(&r->walk, t, VIEW_WORDS);
	page_open(&r->page, (struct bytes){0});
	r->has_term =
	    walk_from(&r->walk, BYTES(r->head)) && walk_has_prefix(&r->walk, BYTES(r->head));
	if (r->has_term)
		merge_step(r);
}

static struct bytes term_of(const struct run_reader *r)
{
	return bytes_of(r->page.term.b, r->page.term.size);
}

static const struct run_reader *least(const struct run_reader *readers, size_t count)
{
	const struct run_reader *found = NULL;

	for (size_t i = 0; i < count; i++)
		if (readers[i].has_term &&
		    (!found || bytes_compare(term_of(&readers[i]), term_of(found)) < 0))
			found = &readers[i];
	return found;
}

static int compare_postings(const void *a, const void *b)
{
	const struct posting *x = a, *y = b;

	return (x->position > y->position) - (x->position < y->position);
}

static int compare_positions(const void *a, const void *b)
{
	uint16_t x = *(const uint16_t *)a, y = *(const uint16_t *)b;

	return (x > y) - (x < y);
}

struct dropping {
	const uint16_t *positions;
	size_t count;
};

/* What every run says of a term, in order. */
static size_t gather(struct run_reader *readers, size_t count, struct bytes term,
    const struct dropping *drop, struct writer *out)
{
	bool is_ordered = true, drops = drop->count > 0 && term.size > 0 && term.data[0] < 0xff;
	uint32_t before = 0;

	writer_clear(out);
	for (size_t i = 0; i < count; i++) {
		while (readers[i].has_term && bytes_equal(term_of(&readers[i]), term)) {
			struct postings *p = &readers[i].page.postings;
			struct posting one;

			while (postings_next(p, &one.times)) {
				one.position = (uint16_t)p->position;
				if (drops && bsearch(&one.position, drop->positions, drop->count,
						 sizeof(uint16_t), compare_positions))
					continue;
				is_ordered = is_ordered && p->position >= before;
				before = p->position;
				writer_put(out, &one, sizeof(one));
			}
			merge_step(&readers[i]);
		}
	}
	if (!is_ordered && out->err == ERR_NONE)
		qsort(out->data, out->size / sizeof(struct posting), sizeof(struct posting),
		    compare_postings);
	return out->size / sizeof(struct posting);
}

static void merge(struct run_writer *w, struct txn *t, const struct run *runs, size_t count,
    const struct dropping *drop)
{
	struct run_reader *readers = calloc(count, sizeof(*readers));
	const struct run_reader *first;
	struct writer postings = {0};
	uint32_t records = 0;

	if (!readers) {
		txn_fail(t, ERR_MEMORY, "no memory for words");
		return;
	}
	for (size_t i = 0; i < count; i++) {
		merge_begin(&readers[i], t, &runs[i]);
		records += runs[i].records;
	}
	while (t->err == ERR_NONE && (first = least(readers, count))) {
		struct term term = first->page.term;
		size_t found = gather(readers, count, bytes_of(term.b, term.size), drop, &postings);

		if (postings.err != ERR_NONE)
			txn_fail(t, postings.err, "no memory for words");
		run_put(w, bytes_of(term.b, term.size),
		    (const struct posting *)(const void *)postings.data, found);
	}
	for (size_t i = 0; i < count; i++)
		walk_end(&readers[i].walk);
	run_end(w, t, runs[0].span, records, runs, count);
	writer_release(&postings);
	free(readers);
}

static unsigned size_class(uint32_t records)
{
	unsigned class = 0;

	for (; records >= 8; records /= 8)
		class ++;
	return class;
}

/* Runs of one size, if there are enough of them, to the front; how many. */
static size_t find_alike(struct run *runs, size_t count)
{
	for (unsigned class = 0; class < SIZE_CLASSES; class ++) {
		size_t found = 0;

		for (size_t i = 0; i < count; i++)
			found += size_class(runs[i].records) == class;
		if (found < RUNS_ALIKE)
			continue;
		found = 0;
		for (size_t i = 0; i < count; i++)
			if (size_class(runs[i].records) == class)
				runs[found++] = runs[i];
		return found;
	}
	return 0;
}

void runs_settle(struct run_writer *w, struct txn *t, uint32_t span, bool is_over)
{
	const struct dropping nothing = {NULL, 0};
	struct writer list = {0};
	size_t count;

	do {
		writer_clear(&list);
		runs_list(t, span, span, &list);
		count = list.size / sizeof(struct run);
		if (!is_over || count < 2)
			count = find_alike((struct run *)(void *)list.data, count);
		if (count > 0 && t->err == ERR_NONE)
			merge(w, t, (const struct run *)(const void *)list.data, count, &nothing);
	} while (count > 0 && t->err == ERR_NONE);
	writer_release(&list);
}

void runs_drop(
    struct run_writer *w, struct txn *t, uint32_t span, const uint16_t *positions, size_t count)
{
	const struct dropping drop = {positions, count};
	struct writer list = {0};

	runs_list(t, span, span, &list);
	if (list.size > 0 && t->err == ERR_NONE)
		merge(w, t, (const struct run *)(const void *)list.data,
		    list.size / sizeof(struct run), &drop);
	writer_release(&list);
}
