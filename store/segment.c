/* Segments, and walking the records that they hold. It decides how many records share a row and
 * finds them again by log and index or by arrival; damage is an error of the transaction, never a
 * wrong record. */
#include "store/segment.h"

#include <string.h>

uint32_t segment_take(const struct piece *pieces, uint32_t count, size_t raw)
{
	size_t parts, aim, taken = 0;
	uint32_t i = 0;

	if (raw < SEGMENT_RAW_MIN)
		return 1;
	parts = (raw + SEGMENT_RAW_AIM - 1) / SEGMENT_RAW_AIM;
	aim = (raw + parts - 1) / parts;
	while (i < count && (i == 0 || taken < aim)) {
		taken += pieces[i].header.size + pieces[i].rest.size;
		i++;
	}
	return i;
}

size_t segment_encode_headers(
    struct writer *w, uint32_t log_no, uint64_t first, const struct piece *pieces, uint32_t count)
{
	size_t start = w->size;

	writer_u32(w, log_no);
	writer_u64(w, first);
	writer_u32(w, count);
	for (uint32_t i = 0; i < count; i++)
		writer_u16(w, (uint16_t)pieces[i].header.size);
	for (uint32_t i = 0; i < count; i++)
		writer_bytes(w, pieces[i].header);
	return w->size - start;
}

void segment_encode_rests(struct writer *w, const struct piece *pieces, uint32_t count)
{
	size_t end = 0;

	for (uint32_t i = 0; i < count; i++) {
		end += pieces[i].rest.size;
		writer_u32(w, (uint32_t)end);
	}
	for (uint32_t i = 0; i < count; i++)
		writer_bytes(w, pieces[i].rest);
}

bool segment_decode(struct segment *out, uint64_t arrival, struct bytes headers, struct bytes rests)
{
	struct reader r;

	reader_init(&r, headers);
	out->raw = headers;
	out->rests = rests;
	out->arrival = arrival;
	out->log_no = reader_u32(&r);
	out->first = reader_u64(&r);
	out->count = reader_u32(&r);
	if (reader_left(&r) / 2 < out->count)
		return false;
	out->sizes = reader_take(&r, 2u * out->count);
	out->headers = reader_rest(&r);
	return r.err == ERR_NONE && out->count > 0;
}

void segment_put(
    struct txn *t, const struct writer *w, uint64_t arrival, size_t header_size, bool is_last)
{
	struct row_key key = row_key_u64(arrival);

	if (w->err != ERR_NONE)
		txn_fail(t, w->err, "no memory for a segment");
	else
		txn_put_tailed(t, TABLE_SEGMENTS, row_key_view(&key),
		    bytes_of(w->data, header_size),
		    bytes_of(w->data + header_size, w->size - header_size), is_last);
}

bool segment_rest(struct bytes rests, uint32_t count, uint32_t position, struct bytes *out)
{
	size_t ends = 4u * (size_t)count;
	size_t begin, end;

	if (rests.size < ends || position >= count)
		return false;
	begin = position ? be32_get(rests.data + 4u * (position - 1)) : 0;
	end = be32_get(rests.data + 4u * position);
	if (begin > end || end > rests.size - ends)
		return false;
	*out = bytes_of(rests.data + ends + begin, end - begin);
	return true;
}

bool segment_replace_rest(
    struct writer *w, struct bytes rests, uint32_t count, uint32_t position, struct bytes rest)
{
	size_t ends = w->size;
	size_t start = ends + 4u * (size_t)count;

	writer_grow(w, 4u * (size_t)count);
	for (uint32_t i = 0; i < count; i++) {
		struct bytes one = rest;
		if (i != position && !segment_rest(rests, count, i, &one))
			return false;
		writer_bytes(w, one);
		if (w->err == ERR_NONE)
			be32_put(w->data + ends + 4u * i, (uint32_t)(w->size - start));
	}
	return w->err == ERR_NONE;
}

void record_walk_begin(struct record_walk *w, struct txn *t)
{
	*w = (struct record_walk){.t = t};
	walk_begin(&w->rows, t, TABLE_SEGMENTS);
}

void record_walk_end(struct record_walk *w)
{
	walk_end(&w->rows);
}

static bool take_segment(struct record_walk *w)
{
	w->position = 0;
	w->header_at = 0;
	if (w->rows.key.size == 8 &&
	    segment_decode(&w->segment, be64_get(w->rows.key.data), w->rows.value, w->rows.tail))
		return true;
	txn_fail(w->t, ERR_ROT, "a row of headers does not follow the format");
	return false;
}

static bool segment_upto(struct record_walk *w, uint64_t arrival)
{
	struct row_key key = row_key_u64(arrival);
	bool found = walk_upto(&w->rows, row_key_view(&key));

	while (found && w->rows.value.size == 0)
		found = walk_prev(&w->rows);
	return found && take_segment(w);
}

static bool segment_next(struct record_walk *w)
{
	bool found = walk_next(&w->rows);

	while (found && w->rows.value.size == 0)
		found = walk_next(&w->rows);
	return found && take_segment(w);
}

static size_t header_size(const struct record_walk *w)
{
	return be16_get(w->segment.sizes.data + 2u * w->position);
}

static void pass_header(struct record_walk *w)
{
	w->header_at += header_size(w);
	w->position++;
}

/* Whether the arrival lies in the segment at hand, which then need not be looked up and checked
 * again. */
static bool is_at_hand(struct record_walk *w, uint64_t arrival)
{
	if (w->t->err != ERR_NONE || arrival < w->segment.arrival ||
	    arrival - w->segment.arrival >= w->segment.count)
		return false;
	if (arrival < w->segment.arrival + w->position) {
		w->position = 0;
		w->header_at = 0;
	}
	return true;
}

bool record_walk_arrival(struct record_walk *w, uint64_t arrival)
{
	if (!is_at_hand(w, arrival) &&
	    (!segment_upto(w, arrival) || arrival - w->segment.arrival >= w->segment.count))
		return false;
	while (w->segment.arrival + w->position < arrival)
		pass_header(w);
	w->log_no = w->segment.log_no;
	return true;
}

/* The copy of a branch has what both branches have in common from the log that it was made beside. */
static bool shares(struct txn *t, uint32_t log_no, uint32_t with)
{
	struct log_row copy, main;
	struct key key;

	if (!log_row_by_number(t, log_no, &copy) || !log_state_is_copy(copy.state))
		return false;
	memcpy(key.b, copy.cut_root.b, KEY_SIZE);
	return log_row_get(t, &key, &main) && main.log_no == with;
}

bool record_walk_at(struct record_walk *w, uint32_t log_no, uint64_t index)
{
	struct row_key key = row_key_log_index(log_no, index);
	uint64_t first, arrival;
	struct walk runs;
	bool found;

	walk_begin(&runs, w->t, TABLE_RUNS);
	found = walk_upto(&runs, row_key_view(&key)) && runs.key.size == 12 &&
		runs.value.size == 8 && be32_get(runs.key.data) == log_no;
	first = found ? be64_get(runs.key.data + 4) : 0;
	arrival = found ? be64_get(runs.value.data) : 0;
	walk_end(&runs);
	if (!found || !record_walk_arrival(w, arrival + (index - first)) ||
	    record_walk_index(w) != index ||
	    (w->segment.log_no != log_no && !shares(w->t, log_no, w->segment.log_no)))
		return false;
	w->log_no = log_no;
	return true;
}

bool record_walk_next_arrival(struct record_walk *w)
{
	pass_header(w);
	if (w->position < w->segment.count)
		return true;
	return segment_next(w);
}

bool record_walk_next(struct record_walk *w)
{
	uint32_t log_no = w->log_no;
	uint64_t next = record_walk_index(w) + 1;

	if (record_walk_next_arrival(w) && w->segment.log_no == log_no &&
	    record_walk_index(w) == next)
		return true;
	return record_walk_at(w, log_no, next);
}

uint64_t record_walk_index(const struct record_walk *w)
{
	return w->segment.first + w->position;
}

uint64_t record_walk_arrival_of(const struct record_walk *w)
{
	return w->segment.arrival + w->position;
}

struct bytes record_walk_header(struct record_walk *w)
{
	size_t size = header_size(w);

	if (size <= w->segment.headers.size && w->header_at <= w->segment.headers.size - size)
		return bytes_of(w->segment.headers.data + w->header_at, size);
	txn_fail(w->t, ERR_ROT, "a row of headers ends too early");
	return (struct bytes){0};
}

static bool record_rotten(struct record_walk *w)
{
	unsigned long long index = record_walk_index(w);
	struct log_row log;

	if (log_row_by_number(w->t, w->segment.log_no, &log))
		txn_fail(w->t, ERR_ROT, "%s.%u/%llu does not match its hash",
		    log.number ? log.member : "roster", log.number, index);
	else
		txn_fail(w->t, ERR_ROT, "record %llu of log %u does not match its hash", index,
		    w->segment.log_no);
	return false;
}

bool record_walk_peek(struct record_walk *w, struct record *out)
{
	struct bytes raw_header = record_walk_header(w), rest;
	struct reader r;

	if (w->t->err != ERR_NONE)
		return false;
	memset(out, 0, sizeof(*out));
	if (header_decode(&out->header, raw_header) != ERR_NONE ||
	    !segment_rest(w->segment.rests, w->segment.count, w->position, &rest))
		return record_rotten(w);
	reader_init(&r, rest);
	out->raw_header = raw_header;
	if (record_read_rest(out, &r, out->header.payload_size) != ERR_NONE ||
	    reader_end(&r) != ERR_NONE)
		return record_rotten(w);
	return true;
}

bool record_walk_record(struct record_walk *w, struct record *out)
{
	if (!record_walk_peek(w, out))
		return false;
	return record_check(out) == ERR_NONE || record_rotten(w);
}

bool record_walk_served(struct record_walk *w, struct record *out, bool *is_rotten)
{
	struct bytes rest, raw_header = record_walk_header(w);
	struct reader r;

	if (w->t->err != ERR_NONE)
		return false;
	*out = (struct record){.raw_header = raw_header};
	if (header_decode(&out->header, raw_header) != ERR_NONE)
		return record_rotten(w);
	*is_rotten = !segment_rest(w->segment.rests, w->segment.count, w->position, &rest);
	if (!*is_rotten) {
		reader_init(&r, rest);
		*is_rotten = record_read_rest(out, &r, out->header.payload_size) != ERR_NONE ||
			     reader_end(&r) != ERR_NONE || record_check(out) != ERR_NONE;
	}
	if (*is_rotten) {
		atomic_store(&w->t->env->has_rot, true);
		out->state = RECORD_NOT_HELD;
	}
	return true;
}
