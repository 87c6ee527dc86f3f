/* Looks at every row of a log and says which records are damaged. It decides what counts as damage;
 * where it is mended from is the core's matter. */
#include "store/rot.h"

#include "store/place.h"

struct scan {
	struct txn *t;
	const struct log_row *row;
	uint64_t highest;
	bool has_bad_rows; /* of what is derived: runs, nodes, rows that stand where none should */
	struct writer *out;
};

static void put_range(struct scan *s, uint64_t first, uint64_t end)
{
	writer_u64(s->out, first);
	writer_u64(s->out, end);
}

/* All rows of a table under this log's number match; counts them. */
static uint64_t check_rows(struct scan *s, enum truth_table table)
{
	struct row_key prefix = row_key_u32(s->row->log_no);
	struct walk walk;
	uint64_t count = 0;

	walk_begin(&walk, s->t, table);
	walk.is_blind = true;
	for (bool more = walk_from(&walk, row_key_view(&prefix));
	     more && walk_has_prefix(&walk, row_key_view(&prefix)); more = walk_next(&walk)) {
		s->has_bad_rows |= walk.is_rotten;
		count++;
	}
	walk_end(&walk);
	return count;
}

/* Nothing may stand behind the newest arrival: the next append could not be put there. */
static void check_end(struct scan *s)
{
	struct walk walk;

	walk_begin(&walk, s->t, TABLE_SEGMENTS);
	walk.is_blind = true;
	if (walk_last(&walk) && (walk.key.size != 8 || be64_get(walk.key.data) > s->highest))
		s->has_bad_rows = true;
	walk_end(&walk);
}

static void check_derived(struct scan *s)
{
	uint64_t nodes = 0;

	for (unsigned level = TREE_STORED_LEVELS; level < 64; level += TREE_STORED_LEVELS)
		nodes += s->row->frontier.size >> level;
	if (check_rows(s, TABLE_NODES) != nodes)
		s->has_bad_rows = true;
	if (check_rows(s, TABLE_RUNS) == 0 && s->row->frontier.size > 0)
		s->has_bad_rows = true;
	check_end(s);
}

/* Payloads of the records of a good row of headers. */
static void check_payloads(struct scan *s, const struct place *p, uint64_t index)
{
	size_t at = 0;

	for (uint32_t i = 0; i < p->position + p->count; i++) {
		size_t size = be16_get(p->segment.sizes.data + 2u * i);
		struct bytes rest, header = {0};
		struct record record;
		if (size <= p->segment.headers.size && at <= p->segment.headers.size - size)
			header = bytes_of(p->segment.headers.data + at, size);
		at += size;
		if (i < p->position)
			continue;
		if (!segment_rest(p->segment.rests, p->segment.count, i, &rest) ||
		    !place_is_sound(header, rest, &record))
			put_range(s, index + (i - p->position), index + (i - p->position) + 1);
	}
}

void rot_read(struct txn *t, const struct log_row *row, const struct read *read, struct writer *out)
{
	struct scan s = {.t = t, .row = row, .highest = t->arrivals, .out = out};
	uint64_t size = row->frontier.size, index = read->from;
	uint64_t end = size - index > read->max ? index + read->max : size;
	size_t start = out->size;

	writer_u64(out, 0);
	writer_u8(out, 0);
	if (index == 0)
		check_derived(&s);
	while (index < end && t->err == ERR_NONE) {
		struct place p;
		place_find(&p, t, row, index, size, s.highest);
		if (p.state == PLACE_GOOD) {
			check_payloads(&s, &p, index);
		} else {
			put_range(&s, index, index + p.count);
			s.has_bad_rows |= p.state != PLACE_ROTTEN;
		}
		index += p.count;
	}
	if (out->err != ERR_NONE)
		return;
	be64_put(out->data + start, index < size ? index : 0);
	out->data[start + 8] = s.has_bad_rows;
}
