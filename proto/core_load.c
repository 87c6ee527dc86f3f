/* The store's dump read back: the core is rebuilt from its own words. It decides which entries of the
 * roster are judged with their signatures and which counted before. */
#include "proto/core_parts.h"

#include <stdlib.h>
#include <string.h>

struct load {
	struct core *core;
	struct bytes roster; /* records of the roster, in the dump */
	struct table
	    counted; /* leaf hash -> index: entries in force, as the rows of members name them */
};

static struct log *load_log(struct core *core, const struct key *key)
{
	if (core->roster_log && key_equal(&core->roster_log->open.key, key))
		return core->roster_log;
	return heads_find(&core->heads, key);
}

static enum err load_new_log(struct core *core, const struct change_log *op)
{
	struct log *log;

	if (op->number == 0) {
		if (core->roster_log)
			return ERR_FORMAT;
		log = core->roster_log = log_new(op);
	} else {
		log = heads_add(&core->heads, op);
	}
	if (!log)
		return ERR_MEMORY;
	struct own *own = own_of(core, &op->key);
	if (own) {
		own->log = log;
		log->is_own = true;
	}
	return ERR_NONE;
}

static enum err load_cursor(struct core *core, const struct change_cursor *op)
{
	struct cursor *more = realloc(core->cursors, (core->cursor_count + 1) * sizeof(*more));
	if (!more)
		return ERR_MEMORY;
	core->cursors = more;
	struct cursor *cursor = &core->cursors[core->cursor_count++];
	cursor->peer = op->peer;
	cursor->arrival = op->arrival;
	memcpy(cursor->store_id, op->store_id, STORE_ID_SIZE);
	return ERR_NONE;
}

static enum err load_tree(struct core *core, const struct change_tree *op)
{
	struct log *log = load_log(core, &op->key);
	if (!log)
		return ERR_FORMAT;
	log->head_arrival = op->head_arrival;
	if (op->head_arrival > core->arrival)
		core->arrival = op->head_arrival;
	return log_set_stored(log, &op->frontier);
}

/* Rows come before the entries that made them. */
static enum err load_member(struct load *load, const struct change_member *op)
{
	struct core *core = load->core;

	roster_know_point(core->roster, &op->key);
	core->member_rows++;
	core->member_rows_sum += op->entry_index;
	if (op->entry_index > UINT32_MAX)
		return ERR_NONE;
	if (!table_reserve(&load->counted, 1))
		return ERR_MEMORY;
	table_put(&load->counted, op->entry_leaf.b, (uint32_t)op->entry_index);
	return ERR_NONE;
}

static enum err load_state(struct core *core, const struct change_state *op)
{
	struct log *log;

	if (!(log = load_log(core, &op->key)))
		return ERR_FORMAT;
	if (log_state_is_copy(op->state)) {
		log->is_copy = true;
		log->state = op->state;
		memcpy(log->copy_of.b, op->cut_root.b, KEY_SIZE);
		core->copy_count++;
		return ERR_NONE;
	}
	if (op->state == LOG_FROZEN)
		log->state = LOG_FROZEN;
	log->is_closed = op->state == LOG_CLOSED;
	log->is_cut_stored = op->state == LOG_CUT;
	return ERR_NONE;
}

static enum err load_one(struct load *load, const struct change *op)
{
	struct core *core = load->core;
	struct log *log;

	switch (op->op) {
	case CHANGE_LOG:
		return load_new_log(core, &op->log);
	case CHANGE_TREE:
		return load_tree(core, &op->tree);
	case CHANGE_APPEND: /* the roster, whole; judged when its head is known too */
		load->roster = op->append.body;
		return core->roster_log && op->append.from == 0 ? ERR_NONE : ERR_FORMAT;
	case CHANGE_HEAD:
		if (!(log = load_log(core, &op->head.log)))
			return ERR_FORMAT;
		log->head = op->head;
		return ERR_NONE;
	case CHANGE_CURSOR:
		return load_cursor(core, &op->cursor);
	case CHANGE_ADDRESSES:
		peers_announced(core, &op->addresses);
		return ERR_NONE;
	case CHANGE_INVITE:
		join_invite_load(core, &op->invite);
		return ERR_NONE;
	case CHANGE_DRAFT:
		core->drafts++;
		if (op->draft.number >= core->draft_next)
			core->draft_next = op->draft.number + 1;
		return ERR_NONE;
	case CHANGE_STATE:
		return load_state(core, &op->state);
	case CHANGE_MEMBER:
		return load_member(load, &op->member);
	case CHANGE_AIM:
		/* Most are behind the head by now. */
		if ((log = load_log(core, &op->aim.log)) && op->aim.size > log->head.size &&
		    !checkpoint_verify(&op->aim, &core->config.network)) {
			log->aim = op->aim;
			log->is_aim_stored = true;
		}
		return ERR_NONE;
	case CHANGE_ERASURE:
		return erasure_load(core, &op->erasure);
	case CHANGE_REQUEST:
		return join_request_load(core, &op->request);
	case CHANGE_LOCK:
	case CHANGE_PAYLOAD:
	case CHANGE_MEND:
	case CHANGE_OP_COUNT:
		return ERR_NONE;
	}
	return ERR_FORMAT;
}

/* --- the roster ------------------------------------------------------------------------------ */

/* The entries that the roster's head covers, when they have its root and the keeper that the genesis names has signed it;
 * else none. */
static struct bytes kept_part(const struct core *core, struct bytes records)
{
	const struct checkpoint *head = &core->roster_log->head;
	struct frontier f = {0};
	struct record record;
	struct reader r;
	struct hash hash;

	if (head->size == 0 || !key_equal(&head->log, roster_keeper(core->roster)) ||
	    checkpoint_verify(head, &core->config.network))
		return (struct bytes){0};
	reader_init(&r, records);
	while (f.size < head->size && !record_read(&record, &r)) {
		tree_leaf_hash(&hash, record.raw_header);
		frontier_append(&f, &hash, NULL, NULL);
	}
	frontier_root(&f, &hash);
	if (r.err || f.size < head->size || !hash_equal(&hash, &head->root))
		return (struct bytes){0};
	return bytes_of(records.data, records.size - reader_left(&r));
}

static struct bytes first_record(struct bytes records)
{
	struct record record;
	struct reader r;

	reader_init(&r, records);
	if (record_read(&record, &r))
		return records;
	return bytes_of(records.data, records.size - reader_left(&r));
}

/* Void entries lie in the store too, so each is judged again. But a signature for each member is what a start would take
 * longest with: of an entry that a member's row names as the one in force, under a head that the keeper signed, they are
 * not verified again. Whoever changes the database alone cannot make an entry count: the keeper would have to have put it
 * there. `verify --deep` believes neither. */
static enum err load_roster(struct load *load)
{
	struct core *core = load->core;
	enum err err;

	if (load->roster.size == 0)
		return ERR_NONE;
	err = judge_apply_entries(core, 0, first_record(load->roster), NULL);
	if (!err)
		err = judge_apply_entries(core, 0, kept_part(core, load->roster), &load->counted);
	if (!err)
		err = judge_apply_entries(core, 0, load->roster, NULL);
	return err;
}

enum err core_load(struct core *core, struct bytes dump, struct why *why)
{
	struct load load = {.core = core};
	struct reader r;
	struct change op;
	enum err err = ERR_NONE;

	reader_init(&r, dump);
	while (!err && change_next(&op, &r))
		err = load_one(&load, &op);
	if (!err)
		err = r.err;
	if (!err)
		err = load_roster(&load);
	table_release(&load.counted);
	roster_forget_points(core->roster);
	if (err)
		return why_set(why, err, "the store cannot be read back: %s", err_text(err));
	core->upto = core->arrival;
	for (size_t i = 0; i < core->heads.count; i++)
		judge_log(core, heads_at(&core->heads, i));
	if (core->own.log && core->own.log->state == LOG_FROZEN)
		core_alarm_raise(core, own_frozen_text);
	if (core->roster_log && core->roster_log->state == LOG_FROZEN)
		core_alarm_raise(core, roster_frozen_text);
	return ERR_NONE;
}
