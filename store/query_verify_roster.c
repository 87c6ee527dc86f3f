/* verify --deep, of the roster: every entry is judged anew from the genesis on, signatures included, and the rows of members
 * are held against what came of it. A start believes these rows (proto/core_load.c); this is where nobody is believed.
 * It does not know of hashes: those of the records were verified before. */
#include <stdio.h>

#include "proto/roster.h"
#include "proto/table.h"
#include "store/query_verify.h"

/* Leaf hash -> index of each entry that counts. */
static enum err replay(struct txn *t, const struct log_row *log, const struct hash *network,
    struct roster *roster, struct table *counted)
{
	struct record_walk walk;
	enum err err = ERR_NONE;

	record_walk_begin(&walk, t);
	for (uint64_t i = 0; i < log->frontier.size && err == ERR_NONE; i++) {
		struct record record;
		struct hash leaf;

		if (!(i ? record_walk_next(&walk) : record_walk_at(&walk, log->log_no, 0)) ||
		    !record_walk_record(&walk, &record)) {
			err = t->err ? t->err : ERR_ROT;
			break;
		}
		tree_leaf_hash(&leaf, record.raw_header);
		if (i == 0 && !hash_equal(&leaf, network))
			err = ERR_NETWORK;
		else if (!table_reserve(counted, 1))
			err = ERR_MEMORY;
		else
			err = roster_apply(
			    roster, &record.header, &leaf, record.payload, false, NULL);
		if (err == ERR_NONE)
			table_put(counted, leaf.b, (uint32_t)i);
		else if (err == ERR_REFUSED) /* void, and it stays in the log */
			err = ERR_NONE;
	}
	record_walk_end(&walk);
	return err;
}

/* A row may be older than the newest entries: it is written after them. What it names has to have counted, and what it says
 * to be what that entry made of the member. */
static bool row_follows(
    const struct roster *roster, const struct table *counted, const struct change_member *row)
{
	const struct member *member = roster_member(roster, row->code);
	uint32_t index;

	if (!member || !table_get(counted, row->entry_leaf.b, &index) || index != row->entry_index)
		return false;
	return member->entry_index != row->entry_index ||
	       (key_equal(&member->key, &row->key) && member->kind == row->kind &&
		   member->is_admitted == row->is_admitted);
}

static void check_rows(
    struct txn *t, const struct roster *roster, const struct table *counted, struct why *why)
{
	struct walk walk;

	walk_begin(&walk, t, TABLE_MEMBERS);
	walk.is_blind = true; /* one that rots is left out at a start, and written again */
	for (bool more = walk_first(&walk); more && why->err == ERR_NONE; more = walk_next(&walk)) {
		struct reader r;
		struct change c;

		if (walk.is_rotten)
			continue;
		reader_init(&r, walk.value);
		if (!change_next(&c, &r) || c.op != CHANGE_MEMBER)
			why_set(why, ERR_ROT, "a row of a member does not follow the format");
		else if (!row_follows(roster, counted, &c.member))
			why_set(why, ERR_ROT,
			    "the row of '%s' does not follow from the entries that count",
			    c.member.code);
	}
	walk_end(&walk);
}

enum err query_verify_roster(struct query *q, const struct log_row *log, struct why *why)
{
	struct roster *roster = roster_new();
	struct table counted = {0};
	struct txn t;
	enum err err;

	if (!roster)
		return why_set(why, ERR_MEMORY, "no memory for the roster");
	txn_begin(&t, &q->source->store->env, TXN_READ);
	err = replay(&t, log, &q->source->network, roster, &counted);
	if (err != ERR_NONE)
		why_set(why, err, "the roster cannot be judged again: %s",
		    t.err != ERR_NONE ? t.why.text : err_text(err));
	else
		check_rows(&t, roster, &counted, why);
	txn_end(&t, NULL);
	table_release(&counted);
	roster_free(roster);
	return why->err;
}
