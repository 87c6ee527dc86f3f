/* What each operation of a change does to the tables. It refuses what contradicts what is stored
 * (our own bug) and knows nothing of why the core wants it. */
#include "store/apply.h"

#include <stdlib.h>
#include <string.h>

static bool get_log(struct apply *a, const struct key *key, struct log_row *row)
{
	char hex[17];

	if (log_row_get(&a->t, key, row))
		return true;
	hex_encode(hex, bytes_of(key->b, 8));
	txn_fail(&a->t, ERR_BUG, "a change names log %s, which is not stored", hex);
	return false;
}

static void apply_log(struct apply *a, const struct change_log *op)
{
	struct log_row row = {.key = op->key,
	    .number = op->number,
	    .member_key = op->member_key,
	    .transport = op->transport};
	struct log_row old;
	struct row_key number, code;

	memcpy(row.member, op->member, sizeof(row.member));
	if (log_row_get(&a->t, &op->key, &old)) {
		if (old.number != row.number || strcmp(old.member, row.member) != 0 ||
		    !key_equal(&old.member_key, &row.member_key) ||
		    !key_equal(&old.transport, &row.transport))
			txn_fail(&a->t, ERR_BUG, "a log is opened a second time, differently");
		return;
	}
	row.log_no = (uint32_t)meta_get_u64(&a->t, "logs") + 1;
	meta_put_u64(&a->t, "logs", row.log_no);
	number = row_key_u32(row.log_no);
	txn_put(&a->t, TABLE_NUMBERS, row_key_view(&number), BYTES(op->key.b));
	code = row_key_code_log(row.member, row.number, row.log_no);
	txn_put(&a->t, TABLE_CODES, row_key_view(&code), (struct bytes){0});
	log_row_put(&a->t, &a->store->scratch, &row);
}

static void apply_head(struct apply *a, const struct checkpoint *op)
{
	struct record_walk walk;
	struct log_row row;

	if (!get_log(a, &op->log, &row))
		return;
	if (op->size == 0 || op->size > row.frontier.size || op->size < row.head.size) {
		txn_fail(&a->t, ERR_BUG, "a head of size %llu on a log that holds %llu records",
		    (unsigned long long)op->size, (unsigned long long)row.frontier.size);
		return;
	}
	record_walk_begin(&walk, &a->t);
	if (record_walk_at(&walk, row.log_no, op->size - 1))
		row.head_arrival = record_walk_arrival_of(&walk);
	else
		txn_fail(&a->t, ERR_ROT, "the last record of a head is not stored");
	record_walk_end(&walk);
	row.head = *op;
	log_row_put(&a->t, &a->store->scratch, &row);
}

static void apply_state(struct apply *a, const struct change_state *op)
{
	struct log_row row, before;

	if (!get_log(a, &op->key, &row))
		return;
	before = row;
	row.state = op->state;
	if (!log_state_is_copy(op->state)) /* of which it says how much is shared */
		row.cut_size = op->cut_size;
	row.cut_root = op->cut_root;
	apply_cut_moved(a, &before, &row);
	log_row_put(&a->t, &a->store->scratch, &row);
	if (op->evidence.size > 0)
		txn_put(&a->t, TABLE_EVIDENCE, BYTES(op->key.b), op->evidence);
}

static void apply_lock(struct apply *a, const struct change_lock *op)
{
	struct apply_lock *locks;

	for (size_t i = a->lock_count; i-- > 0;) {
		if (!key_equal(&a->locks[i].op.key, &op->key))
			continue;
		if (a->locks[i].op.is_signed)
			break;
		a->locks[i] = (struct apply_lock){a->change, *op};
		return;
	}
	locks = realloc(a->locks, (a->lock_count + 1) * sizeof(*locks));
	if (!locks) {
		txn_fail(&a->t, ERR_MEMORY, "no memory for a lock");
		return;
	}
	a->locks = locks;
	locks[a->lock_count++] = (struct apply_lock){a->change, *op};
}

/* Rows that a dump gives back as they came. */
static void keep(
    struct apply *a, enum truth_table table, struct bytes key, bool is_put, struct bytes raw)
{
	if (is_put)
		txn_put(&a->t, table, key, raw);
	else
		txn_del(&a->t, table, key);
}

static void apply_op(struct apply *a, const struct change *c, struct bytes raw)
{
	struct row_key number;

	switch (c->op) {
	case CHANGE_LOG:
		apply_log(a, &c->log);
		return;
	case CHANGE_APPEND:
		apply_append(a, &c->append);
		return;
	case CHANGE_HEAD:
		apply_head(a, &c->head);
		return;
	case CHANGE_LOCK:
		apply_lock(a, &c->lock);
		return;
	case CHANGE_PAYLOAD:
		apply_payload(a, &c->payload);
		return;
	case CHANGE_STATE:
		apply_state(a, &c->state);
		return;
	case CHANGE_MEND:
		apply_mend(a, &c->mend);
		return;
	case CHANGE_CURSOR:
		keep(a, TABLE_CURSORS, BYTES(c->cursor.peer.b), true, raw);
		return;
	case CHANGE_ADDRESSES:
		keep(a, TABLE_ADDRESSES, BYTES(c->addresses.key.b), true, raw);
		return;
	case CHANGE_MEMBER:
		apply_member(a, &c->member, raw);
		return;
	case CHANGE_INVITE:
		keep(a, TABLE_INVITES, BYTES(c->invite.token), c->invite.is_put, raw);
		return;
	case CHANGE_REQUEST:
		number = row_key_u64(c->request.number);
		keep(a, TABLE_REQUESTS, row_key_view(&number), c->request.is_put, raw);
		return;
	case CHANGE_DRAFT:
		number = row_key_u64(c->draft.number);
		keep(a, TABLE_DRAFTS, row_key_view(&number), c->draft.is_put, raw);
		return;
	case CHANGE_AIM:
		keep(a, TABLE_AIMS, BYTES(c->aim.log.b), true, raw);
		return;
	case CHANGE_ERASURE:
		number = row_key_record(&c->erasure.by.log, c->erasure.by.index);
		keep(a, TABLE_ERASURES, row_key_view(&number), c->erasure.is_put, raw);
		return;
	case CHANGE_TREE:
	case CHANGE_OP_COUNT:
		break;
	}
	txn_fail(&a->t, ERR_BUG, "operation %d does not belong into a change", (int)c->op);
}

void apply_change(struct apply *a, struct bytes change)
{
	const uint8_t *start;
	struct change c;
	struct reader r;

	reader_init(&r, change);
	for (start = r.at; change_next(&c, &r) && a->t.err == ERR_NONE; start = r.at)
		apply_op(a, &c, bytes_of(start, (size_t)(r.at - start)));
	if (r.err != ERR_NONE)
		txn_fail(
		    &a->t, ERR_BUG, "a change does not follow the format: %s", err_text(r.err));
}

void apply_release(struct apply *a)
{
	free(a->locks);
	while (a->rereads) {
		struct reread *r = a->rereads;
		a->rereads = r->next;
		free(r);
	}
}
