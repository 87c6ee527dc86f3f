/* Changes as bytes, both directions of each operation side by side. It decides nothing about what
 * an operation does: store/ and the simulator's model apply them, the core makes them and reads
 * them back. Those that are rows of their own are in change_row.c. */
#include "proto/change_piece.h"

#define NODE_SIZE (1 + 8 + HASH_SIZE)

static void put_frontier(struct writer *w, const struct frontier *f)
{
	writer_u64(w, f->size);
	writer_put(w, f->hashes, frontier_count(f->size) * sizeof(f->hashes[0]));
}

static void get_frontier(struct reader *r, struct frontier *out)
{
	out->size = reader_u64(r);
	if (out->size > TREE_SIZE_MAX) {
		out->size = 0;
		reader_fail(r, ERR_FORMAT);
	}
	reader_copy(r, out->hashes, frontier_count(out->size) * sizeof(out->hashes[0]));
}

/* --- operations ------------------------------------------------------------------------------ */

void change_put_log(struct writer *w, const struct change_log *op)
{
	size_t start = op_begin(w, CHANGE_LOG);

	put_key(w, &op->key);
	put_text(w, op->member);
	put_key(w, &op->member_key);
	put_key(w, &op->transport);
	writer_u32(w, op->number);
	op_end(w, start);
}

static void get_log(struct change_log *out, struct reader *r)
{
	get_key(r, &out->key);
	get_text(r, out->member, sizeof(out->member));
	get_key(r, &out->member_key);
	get_key(r, &out->transport);
	out->number = reader_u32(r);
}

/* Beside body and nodes, about: a writer that grows copies what it holds. */
#define APPEND_FIXED_SIZE 512

void change_put_append(struct writer *w, const struct change_append *op)
{
	size_t start = op_begin(w, CHANGE_APPEND);

	writer_reserve(w, op->body.size + op->node_count * (9 + HASH_SIZE) + APPEND_FIXED_SIZE);
	put_key(w, &op->key);
	writer_u64(w, op->from);
	writer_u32(w, op->count);
	put_flag(w, op->reread);
	put_frontier(w, &op->frontier);
	writer_u32(w, op->node_count);
	if (op->nodes) {
		for (uint32_t i = 0; i < op->node_count; i++) {
			writer_u8(w, op->nodes[i].level);
			writer_u64(w, op->nodes[i].index);
			put_hash(w, &op->nodes[i].hash);
		}
	} else { /* one that was decoded is written again */
		writer_bytes(w, op->raw_nodes);
	}
	put_blob(w, op->body);
	op_end(w, start);
}

static void get_append(struct change_append *out, struct reader *r)
{
	get_key(r, &out->key);
	out->from = reader_u64(r);
	out->count = reader_u32(r);
	out->reread = get_flag(r);
	get_frontier(r, &out->frontier);
	out->node_count = reader_u32(r);
	out->raw_nodes = reader_take(r, (size_t)out->node_count * NODE_SIZE);
	out->body = get_blob(r);
	if (out->count > out->frontier.size || out->from != out->frontier.size - out->count)
		reader_fail(r, ERR_FORMAT);
}

struct change_node change_node_at(const struct change_append *op, uint32_t position)
{
	struct change_node node = {0};
	struct reader r;

	if (op->nodes && position < op->node_count)
		return op->nodes[position];
	reader_init(&r, op->raw_nodes);
	reader_take(&r, (size_t)position * NODE_SIZE);
	node.level = reader_u8(&r);
	node.index = reader_u64(&r);
	get_hash(&r, &node.hash);
	return node;
}

void change_put_tree(struct writer *w, const struct change_tree *op)
{
	size_t start = op_begin(w, CHANGE_TREE);

	put_key(w, &op->key);
	put_frontier(w, &op->frontier);
	writer_u64(w, op->head_arrival);
	op_end(w, start);
}

static void get_tree(struct change_tree *out, struct reader *r)
{
	get_key(r, &out->key);
	get_frontier(r, &out->frontier);
	out->head_arrival = reader_u64(r);
}

static void put_checkpoint(struct writer *w, enum change_op type, const struct checkpoint *op)
{
	size_t start = op_begin(w, type);

	put_key(w, &op->log);
	writer_u64(w, op->size);
	put_hash(w, &op->root);
	writer_put(w, op->sig.b, SIG_SIZE);
	op_end(w, start);
}

void change_put_head(struct writer *w, const struct checkpoint *op)
{
	put_checkpoint(w, CHANGE_HEAD, op);
}

void change_put_aim(struct writer *w, const struct checkpoint *op)
{
	put_checkpoint(w, CHANGE_AIM, op);
}

static void get_head(struct checkpoint *out, struct reader *r)
{
	get_key(r, &out->log);
	out->size = reader_u64(r);
	get_hash(r, &out->root);
	reader_copy(r, out->sig.b, SIG_SIZE);
}

void change_put_lock(struct writer *w, const struct change_lock *op)
{
	size_t start = op_begin(w, CHANGE_LOCK);

	put_key(w, &op->key);
	writer_u64(w, op->size);
	put_hash(w, &op->root);
	put_flag(w, op->was_shown);
	put_flag(w, op->is_unheard);
	put_flag(w, op->is_signed);
	op_end(w, start);
}

static void get_lock(struct change_lock *out, struct reader *r)
{
	get_key(r, &out->key);
	out->size = reader_u64(r);
	get_hash(r, &out->root);
	out->was_shown = get_flag(r);
	out->is_unheard = get_flag(r);
	out->is_signed = get_flag(r);
}

void change_put_payload(struct writer *w, const struct change_payload *op)
{
	size_t start = op_begin(w, CHANGE_PAYLOAD);

	put_key(w, &op->key);
	writer_u64(w, op->index);
	put_blob(w, op->rest);
	op_end(w, start);
}

static void get_payload(struct change_payload *out, struct reader *r)
{
	get_key(r, &out->key);
	out->index = reader_u64(r);
	out->rest = get_blob(r);
}

void change_put_state(struct writer *w, const struct change_state *op)
{
	size_t start = op_begin(w, CHANGE_STATE);

	put_key(w, &op->key);
	writer_u8(w, op->state);
	writer_u64(w, op->cut_size);
	put_hash(w, &op->cut_root);
	put_blob(w, op->evidence);
	op_end(w, start);
}

static void get_state(struct change_state *out, struct reader *r)
{
	get_key(r, &out->key);
	out->state = reader_u8(r);
	if (out->state > LOG_ASIDE)
		reader_fail(r, ERR_FORMAT);
	out->cut_size = reader_u64(r);
	get_hash(r, &out->cut_root);
	out->evidence = get_blob(r);
}

void change_put_mend(struct writer *w, const struct change_mend *op)
{
	size_t start = op_begin(w, CHANGE_MEND);

	put_key(w, &op->key);
	writer_u64(w, op->from);
	writer_u32(w, op->count);
	put_blob(w, op->body);
	op_end(w, start);
}

static void get_mend(struct change_mend *out, struct reader *r)
{
	get_key(r, &out->key);
	out->from = reader_u64(r);
	out->count = reader_u32(r);
	out->body = get_blob(r);
}

/* --- reading --------------------------------------------------------------------------------- */

static void get_body(struct change *out, struct reader *r)
{
	switch (out->op) {
	case CHANGE_LOG:
		get_log(&out->log, r);
		return;
	case CHANGE_APPEND:
		get_append(&out->append, r);
		return;
	case CHANGE_TREE:
		get_tree(&out->tree, r);
		return;
	case CHANGE_HEAD:
		get_head(&out->head, r);
		return;
	case CHANGE_LOCK:
		get_lock(&out->lock, r);
		return;
	case CHANGE_PAYLOAD:
		get_payload(&out->payload, r);
		return;
	case CHANGE_STATE:
		get_state(&out->state, r);
		return;
	case CHANGE_MEND:
		get_mend(&out->mend, r);
		return;
	case CHANGE_AIM:
		get_head(&out->aim, r);
		return;
	case CHANGE_CURSOR:
	case CHANGE_ADDRESSES:
	case CHANGE_MEMBER:
	case CHANGE_INVITE:
	case CHANGE_REQUEST:
	case CHANGE_DRAFT:
	case CHANGE_ERASURE:
	case CHANGE_OP_COUNT:
		break;
	}
	if (!change_get_row(out, r))
		reader_fail(r, ERR_FORMAT);
}

bool change_next(struct change *out, struct reader *r)
{
	struct reader body;
	uint8_t op;

	memset(out, 0, sizeof(*out));
	if (reader_left(r) == 0)
		return false;
	op = reader_u8(r);
	reader_init(&body, get_blob(r));
	if (r->err == ERR_NONE && op > 0 && op < CHANGE_OP_COUNT) {
		out->op = (enum change_op)op;
		get_body(out, &body);
		if (reader_end(&body) == ERR_NONE)
			return true;
	}
	r->err = ERR_FORMAT; /* whatever it was: our own bug or rot */
	return false;
}
