/* Mending: records that are proven again take the place of what rotted, and what is derived from
 * records is computed again. It decides what is replaced, never what is right: a row that matches its
 * check and a payload that matches its commitment stay as they are. */
#include <stdlib.h>
#include <string.h>

#include "store/apply.h"
#include "store/place.h"

/* --- derived rows ---------------------------------------------------------------------------- */

static void drop_rotten(struct apply *a, enum truth_table table, uint32_t log_no)
{
	struct row_key prefix = row_key_u32(log_no);
	struct walk walk;

	walk_begin(&walk, &a->t, table);
	walk.is_blind = true;
	for (bool more = walk_from(&walk, row_key_view(&prefix));
	     more && walk_has_prefix(&walk, row_key_view(&prefix)); more = walk_next(&walk)) {
		if (walk.is_rotten)
			walk_del(&walk);
	}
	walk_end(&walk);
}

/* Rows behind the newest arrival: no record can stand there. One that matches says that the number of arrivals is
 * what is wrong. */
static void drop_behind(struct apply *a)
{
	struct row_key key = row_key_u64(a->arrivals + 1);
	struct walk walk;

	walk_begin(&walk, &a->t, TABLE_SEGMENTS);
	walk.is_blind = true;
	for (bool more = walk_from(&walk, row_key_view(&key)); more; more = walk_next(&walk)) {
		if (!walk.is_rotten && walk.value.size > 0)
			txn_fail(&a->t, ERR_ROT, "records stand behind the newest arrival");
		walk_del(&walk);
	}
	walk_end(&walk);
}

/* Runs as the good rows of headers tell them, into `runs` (u64 index ‖ u64 arrival). Damaged rows that
 * stand inside what a good one covers are in the way of it and go. */
static void gather_runs(struct apply *a, uint32_t log_no, struct writer *runs)
{
	uint64_t covered = 0, next_index = UINT64_MAX, next_arrival = 0;
	struct segment segment;
	struct walk walk;

	walk_begin(&walk, &a->t, TABLE_SEGMENTS);
	walk.is_blind = true;
	for (bool more = walk_first(&walk); more; more = walk_next(&walk)) {
		uint64_t arrival = walk.key.size == 8 ? be64_get(walk.key.data) : 0;
		if (walk.is_rotten || !segment_decode(&segment, arrival, walk.value, walk.tail)) {
			if (arrival < covered)
				walk_del(&walk);
			continue;
		}
		covered = arrival + segment.count;
		if (segment.log_no != log_no)
			continue;
		if (segment.first != next_index || arrival != next_arrival) {
			writer_u64(runs, segment.first);
			writer_u64(runs, arrival);
		}
		next_index = segment.first + segment.count;
		next_arrival = covered;
	}
	walk_end(&walk);
}

/* The runs of what a copy shares: those of the log beside it. */
static void gather_shared(struct apply *a, const struct log_row *copy, struct writer *runs)
{
	struct log_row main;
	struct row_key prefix;
	struct key key;
	struct walk walk;

	memcpy(key.b, copy->cut_root.b, KEY_SIZE);
	if (!log_row_get(&a->t, &key, &main))
		return;
	prefix = row_key_u32(main.log_no);
	walk_begin(&walk, &a->t, TABLE_RUNS);
	walk.is_blind = true;
	for (bool more = walk_from(&walk, row_key_view(&prefix));
	     more && walk_has_prefix(&walk, row_key_view(&prefix)); more = walk_next(&walk)) {
		if (walk.is_rotten || walk.key.size != 12 || walk.value.size != 8 ||
		    be64_get(walk.key.data + 4) >= copy->cut_size)
			continue;
		writer_u64(runs, be64_get(walk.key.data + 4));
		writer_u64(runs, be64_get(walk.value.data));
	}
	walk_end(&walk);
}

static void mend_runs(struct apply *a, const struct log_row *row)
{
	uint32_t log_no = row->log_no;
	struct writer runs = {0};

	drop_rotten(a, TABLE_RUNS, log_no);
	if (log_state_is_copy(row->state))
		gather_shared(a, row, &runs);
	gather_runs(a, log_no, &runs);
	if (runs.err != ERR_NONE)
		txn_fail(&a->t, runs.err, "no memory for the runs of a log");
	for (size_t at = 0; at + 16 <= runs.size; at += 16) {
		struct row_key key = row_key_log_index(log_no, be64_get(runs.data + at));
		txn_put(&a->t, TABLE_RUNS, row_key_view(&key), bytes_of(runs.data + at + 8, 8));
	}
	writer_release(&runs);
}

struct nodes {
	struct apply *a;
	uint32_t log_no;
	struct writer
	    found; /* u8 level ‖ u64 index ‖ hash: nothing is written while rows are read */
};

static void take_node(void *context, unsigned level, uint64_t index, const struct hash *hash)
{
	struct nodes *n = context;

	writer_u8(&n->found, (uint8_t)level);
	writer_u64(&n->found, index);
	writer_put(&n->found, hash->b, HASH_SIZE);
}

/* false while some header is not there: the nodes wait until it is. */
static bool gather_nodes(struct nodes *n, const struct log_row *row)
{
	struct frontier f = {0};
	struct hash root, stored;

	while (f.size < row->frontier.size && n->a->t.err == ERR_NONE) {
		struct place p;
		size_t at = 0;
		place_find(&p, &n->a->t, row, f.size, row->frontier.size, n->a->arrivals);
		if (p.state != PLACE_GOOD)
			return false;
		for (uint32_t i = 0; i < p.position + p.count; i++) {
			size_t size = be16_get(p.segment.sizes.data + 2u * i);
			struct hash leaf;
			if (size > p.segment.headers.size || at > p.segment.headers.size - size)
				return false;
			tree_leaf_hash(&leaf, bytes_of(p.segment.headers.data + at, size));
			at += size;
			if (i >= p.position)
				frontier_append(&f, &leaf, take_node, n);
		}
	}
	frontier_root(&f, &root);
	frontier_root(&row->frontier, &stored);
	return n->a->t.err == ERR_NONE && hash_equal(&root, &stored);
}

static void mend_nodes(struct apply *a, const struct log_row *row)
{
	const size_t size = 9 + HASH_SIZE;
	struct nodes n = {.a = a, .log_no = row->log_no};

	drop_rotten(a, TABLE_NODES, row->log_no);
	if (gather_nodes(&n, row) && n.found.err == ERR_NONE) {
		for (size_t at = 0; at + size <= n.found.size; at += size) {
			struct row_key key = row_key_node(
			    row->log_no, n.found.data[at], be64_get(n.found.data + at + 1));
			txn_put(&a->t, TABLE_NODES, row_key_view(&key),
			    bytes_of(n.found.data + at + 9, HASH_SIZE));
		}
	}
	writer_release(&n.found);
}

/* --- records --------------------------------------------------------------------------------- */

/* What the rests just written hold and lack; they are the writer's memory, not the map's. Nothing is missing of a copy. */
static void mark_missing(struct apply *a, const struct log_row *row, uint32_t log_no,
    uint64_t first, uint32_t count, struct bytes rests)
{
	if (log_state_is_copy(row->state) && log_no == row->log_no)
		return;
	for (uint32_t i = 0; i < count; i++) {
		struct row_key key = row_key_log_index(log_no, first + i);
		struct bytes rest;
		if (segment_rest(rests, count, i, &rest) && rest.data[0] == RECORD_NOT_HELD)
			txn_put(&a->t, TABLE_MISSING, row_key_view(&key), (struct bytes){0});
		else
			txn_del(&a->t, TABLE_MISSING, row_key_view(&key));
	}
}

/* The rest to be stored from now on: what is here when it is sound and more than nothing, else what
 * came. */
static struct bytes choose_rest(struct bytes here, const struct piece *came)
{
	struct record record;

	if (here.size > 0 && place_is_sound(came->header, here, &record) &&
	    (record.state != RECORD_NOT_HELD || came->rest.data[0] == RECORD_NOT_HELD))
		return here;
	return came->rest;
}

/* Payloads under a good row of headers. pieces[0] is the record of the place. */
static void mend_rests(struct apply *a, const struct log_row *row, const struct place *p,
    const struct piece *pieces, uint32_t count)
{
	static const uint8_t not_held = RECORD_NOT_HELD;
	const struct segment *s = &p->segment;
	uint32_t total = s->count;
	struct piece *all = calloc(total, sizeof(*all));
	struct writer *w = &a->store->scratch;
	bool is_changed = false;

	if (!all) {
		txn_fail(&a->t, ERR_MEMORY, "no memory to mend payloads");
		return;
	}
	for (uint32_t i = 0; i < total; i++) {
		struct bytes here = {0};
		segment_rest(s->rests, total, i, &here);
		all[i].rest = here;
		if (i >= p->position && i - p->position < count)
			all[i].rest = choose_rest(here, &pieces[i - p->position]);
		else if (here.size == 0)
			all[i].rest = bytes_of(&not_held, 1);
		is_changed |= all[i].rest.data != here.data;
	}
	writer_clear(w);
	writer_bytes(w, s->raw);
	segment_encode_rests(w, all, total);
	if (is_changed)
		segment_put(&a->t, w, s->arrival, s->raw.size, false);
	if (is_changed && a->t.err == ERR_NONE) {
		mark_missing(a, row, p->log_no, s->first, total,
		    bytes_of(w->data + s->raw.size, w->size - s->raw.size));
		for (uint32_t i = 0; i < count; i++)
			apply_revisit(a, p->arrival + i);
	}
	free(all);
}

/* The payloads that stood behind the `count` first of a row, as a row of their own: the records that they belong to
 * come with a later batch, maybe of a peer that has headers alone. */
static void keep_behind(struct apply *a, const struct place *p, uint32_t count)
{
	struct writer rests = {0};
	uint32_t left = (uint32_t)p->count - count;
	struct piece *pieces = calloc(left, sizeof(*pieces));

	for (uint32_t i = 0; pieces && i < left; i++)
		segment_rest(p->rests, (uint32_t)p->count, count + i, &pieces[i].rest);
	if (pieces)
		segment_encode_rests(&rests, pieces, left);
	else
		rests.err = ERR_MEMORY;
	segment_put(&a->t, &rests, p->arrival + count, 0, false);
	writer_release(&rests);
	free(pieces);
}

/* Rows where none can be read. The payloads that stand there are kept as far as they match. */
static void mend_segment(struct apply *a, const struct log_row *row, const struct place *p,
    uint64_t index, struct piece *pieces, uint32_t count)
{
	struct writer *w = &a->store->scratch;
	size_t header_size;

	for (uint32_t i = 0; i < count; i++) {
		struct bytes rest = {0};
		segment_rest(p->rests, (uint32_t)p->count, i, &rest);
		pieces[i].rest = choose_rest(rest, &pieces[i]);
	}
	writer_clear(w);
	header_size = segment_encode_headers(w, p->log_no, index, pieces, count);
	segment_encode_rests(w, pieces, count);
	if (count < p->count && p->rests.size > 0)
		keep_behind(a, p, count); /* before the row is written over */
	segment_put(&a->t, w, p->arrival, header_size, false);
	if (a->t.err == ERR_NONE)
		mark_missing(a, row, p->log_no, index, count,
		    bytes_of(w->data + header_size, w->size - header_size));
}

static void mend_records(struct apply *a, const struct log_row *row, const struct change_mend *op)
{
	struct piece *pieces = apply_pieces(a, op->body, op->count);

	for (uint32_t i = 0; pieces && i < op->count && a->t.err == ERR_NONE;) {
		uint64_t index = op->from + i;
		uint32_t count = op->count - i;
		struct place p;
		place_find(&p, &a->t, row, index, row->frontier.size, a->arrivals);
		if (p.count < count)
			count = (uint32_t)p.count;
		if (p.state == PLACE_GOOD)
			mend_rests(a, row, &p, pieces + i, count);
		else if (p.state == PLACE_MISSING ||
			 (p.state == PLACE_ROTTEN && p.row == p.arrival))
			mend_segment(a, row, &p, index, pieces + i, count);
		else
			txn_fail(&a->t, ERR_ROT, "record %llu of log %u has lost its place",
			    (unsigned long long)index, row->log_no);
		i += count;
	}
	free(pieces);
}

void apply_mend(struct apply *a, const struct change_mend *op)
{
	struct log_row row;

	if (!log_row_get(&a->t, &op->key, &row)) {
		txn_fail(&a->t, ERR_BUG, "a log is mended that is not stored");
	} else if (op->count == 0) {
		drop_behind(a);
		mend_runs(a, &row);
		mend_nodes(a, &row);
	} else if (op->from > row.frontier.size || op->count > row.frontier.size - op->from) {
		txn_fail(&a->t, ERR_BUG, "records are mended that are not stored");
	} else {
		mend_records(a, &row, op);
	}
}
