/* The store's dump read back: the core is rebuilt from its own words. */
#include "proto/core_state.h"

#include <stdlib.h>
#include <string.h>

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

static enum err load_one(struct core *core, const struct change *op)
{
	struct log *log;

	switch (op->op) {
	case CHANGE_LOG:
		return load_new_log(core, &op->log);
	case CHANGE_TREE:
		return load_tree(core, &op->tree);
	case CHANGE_APPEND: /* the roster, whole */
		/* Void entries lie in the store too: each is judged again. */
		return judge_apply_entries(core, op->append.from, op->append.body, false);
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
		if (!(log = load_log(core, &op->state.key)))
			return ERR_FORMAT;
		if (op->state.state == LOG_FROZEN)
			log->state = LOG_FROZEN;
		log->is_closed = op->state.state == LOG_CLOSED;
		log->is_cut_stored = op->state.state == LOG_CUT;
		return ERR_NONE;
	case CHANGE_MEMBER:
		/* Rows come before the entries that made them. */
		roster_know_point(core->roster, &op->member.key);
		core->member_rows++;
		core->member_rows_sum += op->member.entry_index;
		return ERR_NONE;
	case CHANGE_REQUEST:
	case CHANGE_LOCK:
	case CHANGE_PAYLOAD:
	case CHANGE_MEND:
	case CHANGE_OP_COUNT:
		return ERR_NONE;
	}
	return ERR_FORMAT;
}

enum err core_load(struct core *core, struct bytes dump, struct why *why)
{
	struct reader r;
	struct change op;
	enum err err = ERR_NONE;

	reader_init(&r, dump);
	while (!err && change_next(&op, &r))
		err = load_one(core, &op);
	if (!err)
		err = r.err;
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
