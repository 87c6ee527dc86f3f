/* Finding a record's row when rows may be damaged. It decides what can still be believed: a row that
 * matches its check, and the key of one that does not as far as its neighbours allow it. */
#include "store/place.h"

#include <string.h>

/* The run that holds the index: its arrival, and how many records follow in it at most. */
static bool find_run(
    struct txn *t, uint32_t log_no, uint64_t index, uint64_t *arrival, uint64_t *left)
{
	struct row_key key = row_key_log_index(log_no, index);
	struct walk runs;
	bool found;

	walk_begin(&runs, t, TABLE_RUNS);
	runs.is_blind = true;
	found = walk_upto(&runs, row_key_view(&key)) && !runs.is_rotten && runs.key.size == 12 &&
		runs.value.size == 8 && be32_get(runs.key.data) == log_no;
	*arrival = found ? be64_get(runs.value.data) + (index - be64_get(runs.key.data + 4)) : 0;
	*left = UINT64_MAX;
	if (found && walk_next(&runs) && runs.key.size == 12 && be32_get(runs.key.data) == log_no)
		*left = be64_get(runs.key.data + 4) - index;
	walk_end(&runs);
	return found;
}

static bool holds(const struct segment *s, uint32_t log_no, uint64_t index, uint64_t arrival)
{
	return s->log_no == log_no && arrival >= s->arrival && arrival - s->arrival < s->count &&
	       s->first + (arrival - s->arrival) == index;
}

static bool is_headless(const struct walk *rows)
{
	return !rows->is_rotten && rows->value.size == 0;
}

/* The row of headers at or before the arrival, and the key of the next row. */
static uint64_t find_row(struct place *out, struct txn *t, uint64_t index)
{
	struct row_key key = row_key_u64(out->arrival);
	uint64_t next = UINT64_MAX;
	struct walk rows;
	bool more;

	walk_begin(&rows, t, TABLE_SEGMENTS);
	rows.is_blind = true;
	more = walk_upto(&rows, row_key_view(&key));
	if (more && bytes_equal(rows.key, row_key_view(&key)))
		out->rests = rows.tail;
	while (more && is_headless(&rows))
		more = walk_prev(&rows);
	if (more && rows.key.size == 8) {
		out->row = be64_get(rows.key.data);
		if (rows.is_rotten ||
		    !segment_decode(&out->segment, out->row, rows.value, rows.tail))
			out->state = PLACE_ROTTEN;
		else if (holds(&out->segment, out->log_no, index, out->arrival))
			out->state = PLACE_GOOD;
	}
	more = more ? walk_next(&rows) : walk_first(&rows);
	while (more && is_headless(&rows) && bytes_compare(rows.key, row_key_view(&key)) <= 0)
		more = walk_next(&rows);
	if (more && rows.key.size == 8)
		next = be64_get(rows.key.data);
	walk_end(&rows);
	return next;
}

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* The number that the record is stored under, and where that ends. */
static uint64_t find_log(
    struct place *out, struct txn *t, const struct log_row *row, uint64_t index, uint64_t size)
{
	struct log_row main;
	struct key key;

	memcpy(key.b, row->cut_root.b, KEY_SIZE);
	out->log_no = row->log_no;
	if (!log_state_is_copy(row->state) || index >= row->cut_size ||
	    !log_row_get(t, &key, &main))
		return size;
	out->log_no = main.log_no;
	return least(size, row->cut_size);
}

void place_find(struct place *out, struct txn *t, const struct log_row *row, uint64_t index,
    uint64_t size, uint64_t highest)
{
	uint64_t left, next;

	memset(out, 0, sizeof(*out));
	out->state = PLACE_UNKNOWN;
	out->count = find_log(out, t, row, index, size) - index;
	if (!find_run(t, out->log_no, index, &out->arrival, &left) || out->arrival == 0 ||
	    out->arrival > highest || left == 0)
		return;
	out->state = PLACE_MISSING;
	next = find_row(out, t, index);
	if (next <= out->arrival)
		next = out->arrival + 1; /* keys out of order */
	if (out->state == PLACE_GOOD) {
		out->position = (uint32_t)(out->arrival - out->segment.arrival);
		out->count = least(out->count, out->segment.count - out->position);
		return;
	}
	out->count = least(out->count, left);
	out->count = least(out->count, least(next, highest + 1) - out->arrival);
}

struct bytes place_header(const struct place *p, uint32_t position)
{
	size_t at = 0, size = 0;

	for (uint32_t i = 0; i <= position; i++) {
		at += size;
		size = be16_get(p->segment.sizes.data + 2u * i);
	}
	if (size > p->segment.headers.size || at > p->segment.headers.size - size)
		return (struct bytes){0};
	return bytes_of(p->segment.headers.data + at, size);
}

bool place_is_sound(struct bytes raw_header, struct bytes rest, struct record *out)
{
	struct reader r;

	memset(out, 0, sizeof(*out));
	out->raw_header = raw_header;
	reader_init(&r, rest);
	return header_decode(&out->header, raw_header) == ERR_NONE &&
	       record_read_rest(out, &r, out->header.payload_size) == ERR_NONE &&
	       reader_end(&r) == ERR_NONE && record_check(out) == ERR_NONE;
}
