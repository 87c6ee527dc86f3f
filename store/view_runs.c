/* Reading runs: which there are, and where a term stands in one. It trusts no byte of a page. */
#include "store/view_runs.h"

#include <string.h>

#include "store/view_rows.h"

static uint32_t take_varint(const uint8_t **at, const uint8_t *end)
{
	uint32_t value = 0;

	for (unsigned shift = 0; *at < end && shift <= 21; shift += 7) {
		uint8_t byte = *(*at)++;

		value |= (byte & 0x7fu) << shift;
		if (!(byte & 0x80))
			break;
	}
	return value;
}

void page_open(struct page *p, struct bytes value)
{
	p->at = value.data;
	p->end = value.data + value.size;
	p->term.size = 0;
}

/* How many bytes one posting has. */
static size_t posting_size(const uint8_t *at, const uint8_t *end)
{
	struct postings one;
	uint8_t times;

	postings_open(&one, bytes_of(at, (size_t)(end - at)), 1, false);
	(void)postings_next(&one, &times);
	return (size_t)(one.at - at);
}

/* u8 bytes shared with the term before ‖ u8 size of the rest ‖ rest ‖ varint twice the count, plus 1 for bits ‖ varint
 * size, unless that was 2 ‖ postings. */
bool page_next(struct page *p)
{
	size_t shared, rest, size;
	uint32_t count;

	if (p->end - p->at < 3)
		return false;
	shared = p->at[0];
	rest = p->at[1];
	p->at += 2;
	if (shared > p->term.size || shared + rest > WORDS_TERM_MAX ||
	    rest > (size_t)(p->end - p->at))
		return false;
	memcpy(p->term.b + shared, p->at, rest);
	p->term.size = (uint8_t)(shared + rest);
	p->at += rest;
	count = take_varint(&p->at, p->end);
	size = count == 2 ? posting_size(p->at, p->end) : take_varint(&p->at, p->end);
	if (size > (size_t)(p->end - p->at))
		return false;
	postings_open(&p->postings, bytes_of(p->at, size), count >> 1, count & 1);
	p->at += size;
	return true;
}

/* --- runs ------------------------------------------------------------------------------------ */

static void put_head(uint8_t key[static RUN_HEAD_SIZE], uint32_t span, uint32_t number)
{
	be32_put(key, span);
	be32_put(key + 4, number);
}

void runs_list(struct txn *t, uint32_t first, uint32_t last, struct writer *out)
{
	uint8_t key[RUN_HEAD_SIZE];
	struct walk walk;
	bool more;

	put_head(key, first, 0);
	walk_begin(&walk, t, VIEW_WORDS);
	more = walk_from(&walk, BYTES(key));
	while (more && walk.key.size >= RUN_HEAD_SIZE && be32_get(walk.key.data) <= last) {
		struct run run = {
		    .span = be32_get(walk.key.data), .number = be32_get(walk.key.data + 4)};

		if (walk.key.size == RUN_HEAD_SIZE && walk.value.size == 4) {
			run.records = be32_get(walk.value.data);
			writer_put(out, &run, sizeof(run));
		}
		put_head(key, run.span, run.number + 1);
		more = walk_from(&walk, BYTES(key));
	}
	walk_end(&walk);
	if (out->err != ERR_NONE)
		txn_fail(t, out->err, "no memory for words");
}

static bool term_begins(const struct term *term, struct bytes start)
{
	return term->size >= start.size && memcmp(term->b, start.data, start.size) == 0;
}

/* The terms of a page that are wanted; false when what follows is beyond them. */
static bool find_in_page(
    struct bytes value, struct bytes term, bool or_longer, run_take_fn *take, void *context)
{
	struct page page;
	int order;

	page_open(&page, value);
	while (page_next(&page)) {
		bool is_wanted = or_longer
				     ? term_begins(&page.term, term)
				     : bytes_equal(bytes_of(page.term.b, page.term.size), term);

		if (is_wanted) {
			if (!take(context, &page.postings))
				return false;
			continue;
		}
		order = bytes_compare(bytes_of(page.term.b, page.term.size), term);
		if (order > 0)
			return false;
	}
	return true;
}

void run_find(struct txn *t, const struct run *run, struct bytes term, bool or_longer,
    run_take_fn *take, void *context)
{
	uint8_t key[RUN_KEY_MAX];
	struct walk walk;
	bool more;

	if (term.size > WORDS_TERM_MAX)
		return;
	put_head(key, run->span, run->number);
	memcpy(key + RUN_HEAD_SIZE, term.data, term.size);
	memset(key + RUN_HEAD_SIZE + term.size, 0, 3);
	walk_begin(&walk, t, VIEW_WORDS);
	more = walk_upto(&walk, bytes_of(key, RUN_HEAD_SIZE + term.size + 3));
	while (more && walk_has_prefix(&walk, bytes_of(key, RUN_HEAD_SIZE))) {
		if (walk.key.size > RUN_HEAD_SIZE &&
		    !find_in_page(walk.value, term, or_longer, take, context))
			break;
		more = walk_next(&walk);
	}
	walk_end(&walk);
}
