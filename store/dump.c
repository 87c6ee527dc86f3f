/* The store's words as changes: what a core is rebuilt from. It decides the order; what the core
 * makes of them it does not know. */
#include <string.h>

#include "store/segment.h"
#include "store/truth.h"

static void dump_roster_records(struct writer *out, struct txn *t, const struct log_row *row)
{
	struct change_append op = {.key = row->key, .frontier = row->frontier};
	struct record_walk walk;
	struct writer body = {0};
	struct record record;

	record_walk_begin(&walk, t);
	for (uint64_t i = 0; i < row->frontier.size && t->err == ERR_NONE; i++) {
		if (!(i ? record_walk_next(&walk) : record_walk_at(&walk, row->log_no, 0)))
			txn_fail(t, ERR_ROT, "roster entry %llu is missing", (unsigned long long)i);
		else if (record_walk_record(&walk, &record))
			record_write(&body, &record);
	}
	record_walk_end(&walk);
	op.count = (uint32_t)row->frontier.size;
	op.body = writer_view(&body);
	if (op.count > 0 && t->err == ERR_NONE)
		change_put_append(out, &op);
	if (body.err != ERR_NONE)
		writer_fail(out, body.err);
	writer_release(&body);
}

static void dump_state(struct writer *out, struct txn *t, const struct log_row *row)
{
	struct change_state op = {.key = row->key,
	    .state = (uint8_t)row->state,
	    .cut_size = row->cut_size,
	    .cut_root = row->cut_root};

	txn_get(t, TABLE_EVIDENCE, BYTES(row->key.b), &op.evidence);
	change_put_state(out, &op);
}

static void dump_log(struct writer *out, struct txn *t, const struct log_row *row)
{
	struct change_log log = {.key = row->key,
	    .member_key = row->member_key,
	    .transport = row->transport,
	    .number = row->number};
	struct change_tree tree = {
	    .key = row->key, .frontier = row->frontier, .head_arrival = row->head_arrival};

	memcpy(log.member, row->member, sizeof(log.member));
	change_put_log(out, &log);
	if (row->number == 0)
		dump_roster_records(out, t, row);
	change_put_tree(out, &tree);
	if (row->head.size > 0)
		change_put_head(out, &row->head);
	if (row->state != LOG_OPEN)
		dump_state(out, t, row);
}

static void dump_logs(struct writer *out, struct txn *t, bool of_roster)
{
	struct walk walk;

	walk_begin(&walk, t, TABLE_LOGS);
	for (bool more = walk_first(&walk); more; more = walk_next(&walk)) {
		struct log_row row;
		struct key key;
		if (walk.key.size != KEY_SIZE)
			continue;
		memcpy(key.b, walk.key.data, KEY_SIZE);
		if (!log_row_decode(&row, &key, walk.value))
			txn_fail(t, ERR_ROT, "a log's row does not follow the format");
		else if ((row.number == 0) == of_roster)
			dump_log(out, t, &row);
	}
	walk_end(&walk);
}

/* What the core learns again by itself is left out where it rotted. */
static bool is_replaceable(enum truth_table table)
{
	return table == TABLE_CURSORS || table == TABLE_ADDRESSES || table == TABLE_MEMBERS ||
	       table == TABLE_AIMS;
}

static void dump_rows(struct writer *out, struct txn *t, enum truth_table table)
{
	struct walk walk;

	walk_begin(&walk, t, table);
	walk.is_blind = is_replaceable(table);
	for (bool more = walk_first(&walk); more; more = walk_next(&walk))
		writer_bytes(out, walk.value);
	walk_end(&walk);
}

enum err store_dump(struct store *s, struct writer *out, struct why *why)
{
	static const enum truth_table kept[] = {TABLE_CURSORS, TABLE_ADDRESSES, TABLE_INVITES,
	    TABLE_REQUESTS, TABLE_DRAFTS, TABLE_AIMS, TABLE_ERASURES};
	struct txn t;

	txn_begin(&t, &s->env, TXN_READ);
	dump_rows(out, &t, TABLE_MEMBERS); /* what they say of keys helps with the roster */
	dump_logs(out, &t, true);
	dump_logs(out, &t, false);
	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
		dump_rows(out, &t, kept[i]);
	if (out->err != ERR_NONE)
		txn_fail(&t, out->err, "no memory for the dump");
	return txn_end(&t, why);
}

enum err store_requests(struct store *s, struct writer *out, struct why *why)
{
	struct txn t;

	txn_begin(&t, &s->env, TXN_READ);
	dump_rows(out, &t, TABLE_REQUESTS);
	if (out->err != ERR_NONE)
		txn_fail(&t, out->err, "no memory for the requests");
	return txn_end(&t, why);
}
