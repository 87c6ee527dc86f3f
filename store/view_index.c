/* The indexer: follows the truth's arrivals in sorted batches. It decides what is indexed of a
 * record; a record that fits no schema is indexed like any other. */
#include <string.h>

#include "store/view_rows.h"

struct indexer {
	struct txn truth;
	struct view_batch batches[VIEW_TABLE_COUNT];
	uint64_t arrival; /* of the record at hand */
};

static void take_link(void *context, const struct view_link *link)
{
	struct indexer *ix = context;
	struct writer *w = &ix->batches[VIEW_LINKS].keys;
	bool supersedes = bytes_equal(link->field, BYTES_STR("supersedes"));

	writer_put(w, link->target.leaf.b, VIEW_LEAF_SIZE);
	writer_u8(w, supersedes ? VIEW_SUPERSEDES : VIEW_OTHER);
	writer_u64(w, ix->arrival);
}

static void take_payload(struct indexer *ix, const struct record *record)
{
	if (record->state == RECORD_PRESENT)
		view_links(record->payload, take_link, ix);
}

static void take_record(struct indexer *ix, const struct record *record, uint32_t log_no)
{
	struct writer *kinds = &ix->batches[VIEW_KINDS].keys;
	struct writer *logs = &ix->batches[VIEW_LOGS].keys;
	struct writer *leaves = &ix->batches[VIEW_LEAVES].keys;
	struct hash leaf;

	tree_leaf_hash(&leaf, record->raw_header);
	writer_u16(kinds, record->header.kind);
	writer_u64(kinds, ix->arrival);
	writer_u32(logs, log_no);
	writer_u16(logs, record->header.kind);
	writer_u64(logs, ix->arrival);
	writer_put(leaves, leaf.b, VIEW_LEAF_SIZE);
	writer_u64(leaves, ix->arrival);
	take_payload(ix, record);
}

/* New records; says up to which arrival. Their payloads were held against their commitments when
 * they came, and are again when they are shown. */
static uint64_t follow(struct indexer *ix, uint64_t from, unsigned count)
{
	struct record_walk walk;
	struct record record;
	bool is_there;

	record_walk_begin(&walk, &ix->truth);
	is_there = record_walk_arrival(&walk, from + 1);
	for (; is_there && count > 0; count--) {
		if (!record_walk_peek(&walk, &record))
			break;
		from = ix->arrival = record_walk_arrival_of(&walk);
		take_record(ix, &record, walk.segment.log_no);
		is_there = record_walk_next_arrival(&walk);
	}
	record_walk_end(&walk);
	return from;
}

/* Payloads that changed after their record was indexed: only links can have come. What an erasure
 * took away is noticed where a link is followed. */
static uint64_t revisit(struct indexer *ix, uint64_t from, uint64_t indexed, unsigned count)
{
	struct row_key start = row_key_u64(from + 1);
	struct record_walk records;
	struct walk walk;
	bool more;

	record_walk_begin(&records, &ix->truth);
	walk_begin(&walk, &ix->truth, TABLE_REVISITS);
	more = walk_from(&walk, row_key_view(&start));
	for (; more && count > 0; more = walk_next(&walk), count--) {
		struct record record;
		ix->arrival = walk.value.size == 8 ? be64_get(walk.value.data) : 0;
		if (ix->arrival <= indexed && record_walk_arrival(&records, ix->arrival) &&
		    record_walk_peek(&records, &record))
			take_payload(ix, &record);
		from = be64_get(walk.key.data);
	}
	walk_end(&walk);
	record_walk_end(&records);
	return from;
}

static enum err put_batches(
    struct views *v, struct indexer *ix, uint64_t arrival, uint64_t revisits, struct why *why)
{
	struct txn t;
	enum err err;

	txn_begin(&t, &v->env, TXN_WRITE);
	for (unsigned i = VIEW_KINDS; i < VIEW_TABLE_COUNT; i++)
		view_batch_put(&t, (enum view_table)i, &ix->batches[i]);
	meta_put_u64(&t, "arrival", arrival);
	meta_put_u64(&t, "revisits", revisits);
	err = txn_end(&t, why);
	if (err == ERR_NONE) {
		v->revisits = revisits;
		atomic_store(&v->arrival, arrival);
	} else {
		v->is_failed = true;
	}
	return err;
}

enum err views_index(struct views *v, struct store *s, unsigned count, bool *more, struct why *why)
{
	struct indexer ix = {.batches = {[VIEW_KINDS] = {.size = VIEW_KINDS_SIZE},
				 [VIEW_LOGS] = {.size = VIEW_LOGS_SIZE},
				 [VIEW_LEAVES] = {.size = VIEW_LEAVES_SIZE},
				 [VIEW_LINKS] = {.size = VIEW_LINKS_SIZE}}};
	uint64_t before = atomic_load(&v->arrival), arrival, revisits;
	enum err err;

	*more = false;
	if (store_disk_free(s) < STORE_FLOOR)
		return why_set(why, ERR_FULL, "no room is left on the disk for the views");
	txn_begin(&ix.truth, &s->env, TXN_READ);
	arrival = follow(&ix, before, count);
	revisits = revisit(&ix, v->revisits, arrival, count);
	*more = arrival < meta_get_u64(&ix.truth, "arrivals") ||
		revisits < meta_get_u64(&ix.truth, "revisits");
	err = txn_end(&ix.truth, why);
	if (err == ERR_NONE && (arrival != before || revisits != v->revisits))
		err = put_batches(v, &ix, arrival, revisits, why);
	for (unsigned i = 0; i < VIEW_TABLE_COUNT; i++)
		writer_release(&ix.batches[i].keys);
	return err;
}
