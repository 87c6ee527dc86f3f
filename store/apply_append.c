/* Storing records: their segments, the run they belong to, the nodes they complete; and replacing
 * one payload. */
#include <stdlib.h>
#include <string.h>

#include "store/apply.h"

struct piece *apply_pieces(struct apply *a, struct bytes body, uint32_t count)
{
	struct piece *pieces;
	struct reader r;

	/* A record is 5 bytes at the very least: the count cannot ask for more than the body holds.
	 */
	if (count == 0 || count > body.size / 5) {
		txn_fail(&a->t, ERR_BUG, "an append of %u records in %zu bytes", count, body.size);
		return NULL;
	}
	pieces = malloc(count * sizeof(*pieces));
	if (!pieces) {
		txn_fail(&a->t, ERR_MEMORY, "no memory for %u records", count);
		return NULL;
	}
	reader_init(&r, body);
	for (uint32_t i = 0; i < count; i++) {
		struct record record;
		record_read(&record, &r);
		pieces[i].header = record.raw_header;
		if (r.err != ERR_NONE)
			break;
		pieces[i].rest.data = record.raw_header.data + record.raw_header.size;
		pieces[i].rest.size = (size_t)(r.at - pieces[i].rest.data);
	}
	if (reader_end(&r) == ERR_NONE)
		return pieces;
	txn_fail(
	    &a->t, ERR_BUG, "an append does not follow the format: %s", err_text(reader_end(&r)));
	free(pieces);
	return NULL;
}

static void put_segment(
    struct apply *a, uint32_t log_no, uint64_t first, const struct piece *pieces, uint32_t count)
{
	struct writer *w = &a->store->scratch;
	size_t header_size;

	writer_clear(w);
	header_size = segment_encode_headers(w, log_no, first, pieces, count);
	segment_encode_rests(w, pieces, count);
	segment_put(&a->t, w, a->arrivals + 1, header_size, true);
}

static void put_segments(
    struct apply *a, uint32_t log_no, const struct change_append *op, const struct piece *pieces)
{
	size_t raw = 0;

	for (uint32_t i = 0; i < op->count; i++)
		raw += pieces[i].header.size + pieces[i].rest.size;
	for (uint32_t at = 0; at < op->count && a->t.err == ERR_NONE;) {
		uint32_t taken = segment_take(pieces + at, op->count - at, raw);
		for (uint32_t i = at; i < at + taken; i++)
			raw -= pieces[i].header.size + pieces[i].rest.size;
		put_segment(a, log_no, op->from + at, pieces + at, taken);
		a->arrivals += taken;
		at += taken;
	}
}

/* Consecutive records that arrive consecutively need no further row. */
static void put_run(struct apply *a, struct log_row *row, uint64_t index, uint64_t arrival)
{
	struct row_key key = row_key_log_index(row->log_no, index);
	uint8_t value[8];

	if (row->run_arrival > 0 && arrival - row->run_arrival == index - row->run_first)
		return;
	row->run_first = index;
	row->run_arrival = arrival;
	be64_put(value, arrival);
	txn_put(&a->t, TABLE_RUNS, row_key_view(&key), BYTES(value));
}

/* What a copy has in common with the log beside it is not stored a second time: its runs lead to the same arrivals. How many
 * of these pieces that are. */
static uint32_t share(
    struct apply *a, struct log_row *row, const struct piece *pieces, uint32_t count)
{
	struct writer arrivals = {0};
	struct record_walk walk;
	struct log_row main;
	struct key key;
	uint64_t from = row->frontier.size;
	uint32_t shared = 0;

	memcpy(key.b, row->cut_root.b, KEY_SIZE);
	if (!log_state_is_copy(row->state) || row->cut_size != from ||
	    !log_row_get(&a->t, &key, &main))
		return 0;
	record_walk_begin(&walk, &a->t);
	for (; shared < count && from + shared < main.frontier.size; shared++) {
		if (!record_walk_at(&walk, main.log_no, from + shared) ||
		    !bytes_equal(record_walk_header(&walk), pieces[shared].header))
			break;
		writer_u64(&arrivals, record_walk_arrival_of(&walk));
	}
	record_walk_end(&walk);
	if (arrivals.err)
		txn_fail(&a->t, arrivals.err, "no memory for a copy");
	else
		for (uint32_t i = 0; i < shared; i++)
			put_run(a, row, from + i, be64_get(arrivals.data + 8 * (size_t)i));
	writer_release(&arrivals);
	row->cut_size += shared;
	return shared;
}

static void put_nodes(struct apply *a, uint32_t log_no, const struct change_append *op)
{
	for (uint32_t i = 0; i < op->node_count; i++) {
		struct change_node node = change_node_at(op, i);
		struct row_key key = row_key_node(log_no, node.level, node.index);
		txn_put(&a->t, TABLE_NODES, row_key_view(&key), BYTES(node.hash.b));
	}
}

static void put_missing(struct apply *a, uint32_t log_no, uint64_t index)
{
	struct row_key key = row_key_log_index(log_no, index);

	txn_put(&a->t, TABLE_MISSING, row_key_view(&key), (struct bytes){0});
}

static void put_reread(struct apply *a, const struct log_row *row, const struct change_append *op)
{
	struct reread *r = malloc(sizeof(*r));

	if (!r) {
		txn_fail(&a->t, ERR_MEMORY, "no memory to read an append back");
		return;
	}
	*r = (struct reread){.change = a->change,
	    .key = op->key,
	    .log_no = row->log_no,
	    .from = op->from,
	    .count = op->count,
	    .before = row->frontier,
	    .next = a->rereads};
	a->rereads = r;
}

static bool append_fits(struct apply *a, const struct log_row *row, const struct change_append *op)
{
	if (op->from > row->frontier.size) { /* built upon a change that found no room */
		txn_fail(&a->t, ERR_FULL, "the records before %llu were not stored",
		    (unsigned long long)op->from);
		return false;
	}
	if (op->from != row->frontier.size || op->frontier.size != op->from + op->count) {
		txn_fail(&a->t, ERR_BUG, "an append of %llu..%llu to a log that holds %llu records",
		    (unsigned long long)op->from, (unsigned long long)op->frontier.size,
		    (unsigned long long)row->frontier.size);
		return false;
	}
	if (a->is_full || (a->is_tight && !op->reread && row->number != 0)) {
		txn_fail(&a->t, ERR_FULL, "no room is left for %s",
		    a->is_full ? "records" : "the records of others");
		return false;
	}
	return true;
}

void apply_append(struct apply *a, const struct change_append *op)
{
	struct piece *pieces;
	struct log_row row;

	if (!log_row_get(&a->t, &op->key, &row)) {
		if (op->from > 0)
			txn_fail(&a->t, ERR_FULL, "the records before %llu were not stored",
			    (unsigned long long)op->from);
		else
			txn_fail(&a->t, ERR_BUG, "an append to a log that is not stored");
		return;
	}
	if (!append_fits(a, &row, op))
		return;
	pieces = apply_pieces(a, op->body, op->count);
	if (!pieces)
		return;
	if (op->reread)
		put_reread(a, &row, op);
	uint32_t shared = share(a, &row, pieces, op->count);
	if (shared < op->count) {
		struct change_append own = *op;
		own.from += shared;
		own.count -= shared;
		put_run(a, &row, own.from, a->arrivals + 1);
		put_segments(a, row.log_no, &own, pieces + shared);
	}
	put_nodes(a, row.log_no, op);
	/* What a copy lacks nobody is asked for: the other branch is what many know under that place. */
	for (uint32_t i = 0; i < op->count && !log_state_is_copy(row.state); i++) {
		if (pieces[i].rest.data[0] == RECORD_NOT_HELD)
			put_missing(a, row.log_no, op->from + i);
	}
	free(pieces);
	row.frontier = op->frontier;
	log_row_put(&a->t, &a->store->scratch, &row);
}

/* Views read a record once when it arrives; what changes later is listed for them. */
void apply_revisit(struct apply *a, uint64_t arrival)
{
	uint64_t number = meta_get_u64(&a->t, "revisits") + 1;
	struct row_key key = row_key_u64(number);
	uint8_t value[8];

	be64_put(value, arrival);
	meta_put_u64(&a->t, "revisits", number);
	txn_put(&a->t, TABLE_REVISITS, row_key_view(&key), BYTES(value));
}

static void replace_rest(struct apply *a, const struct record_walk *walk, struct bytes rest)
{
	const struct segment *s = &walk->segment;
	struct row_key missing = row_key_log_index(walk->segment.log_no, record_walk_index(walk));
	struct writer *w = &a->store->scratch;
	uint64_t arrival = record_walk_arrival_of(walk);
	struct bytes old;

	if (!segment_rest(s->rests, s->count, walk->position, &old) || old.size == 0) {
		txn_fail(&a->t, ERR_ROT, "the row of a payload is damaged");
		return;
	}
	/* An erasure stands whatever is learnt later, and nothing is forgotten by not being told.
	 */
	if (old.data[0] == RECORD_ERASED || rest.data[0] == RECORD_NOT_HELD)
		return;
	writer_clear(w);
	writer_bytes(w, s->raw);
	if (!segment_replace_rest(w, s->rests, s->count, walk->position, rest)) {
		txn_fail(&a->t, w->err ? w->err : ERR_ROT, "cannot write a payload's row again");
		return;
	}
	segment_put(&a->t, w, s->arrival, s->raw.size, false);
	txn_del(&a->t, TABLE_MISSING, row_key_view(&missing));
	apply_revisit(a, arrival);
}

void apply_payload(struct apply *a, const struct change_payload *op)
{
	struct record record = {0};
	struct record_walk walk;
	struct log_row row;
	struct reader r;

	record_walk_begin(&walk, &a->t);
	reader_init(&r, op->rest);
	if (!log_row_get(&a->t, &op->key, &row) || !record_walk_at(&walk, row.log_no, op->index)) {
		txn_fail(&a->t, ERR_BUG, "a payload for a record that is not stored");
	} else if (header_decode(&record.header, record_walk_header(&walk)) != ERR_NONE) {
		txn_fail(&a->t, ERR_ROT, "a header does not follow the format");
	} else if (record_read_rest(&record, &r, record.header.payload_size) != ERR_NONE ||
		   reader_end(&r) != ERR_NONE || record_check(&record) != ERR_NONE) {
		txn_fail(&a->t, ERR_BUG, "a payload that does not match its commitment");
	} else {
		replace_rest(a, &walk, op->rest);
	}
	record_walk_end(&walk);
}

void apply_cut_moved(struct apply *a, const struct log_row *before, const struct log_row *after)
{
	uint64_t was = log_row_served(before), is = log_row_served(after);
	uint64_t index = was < is ? was : is, end = was < is ? is : was;
	struct writer arrivals = {0};
	struct record_walk walk;
	bool is_there;

	/* A write voids what a walk borrowed. */
	record_walk_begin(&walk, &a->t);
	is_there = index < end && record_walk_at(&walk, after->log_no, index);
	for (; is_there && index < end; index++) {
		writer_u64(&arrivals, record_walk_arrival_of(&walk));
		is_there = record_walk_next(&walk);
	}
	record_walk_end(&walk);
	for (size_t at = 0; at < arrivals.size; at += 8)
		apply_revisit(a, be64_get(arrivals.data + at));
	if (arrivals.err != ERR_NONE)
		txn_fail(&a->t, arrivals.err, "no memory for a cut");
	writer_release(&arrivals);
}
