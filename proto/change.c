/* Changes as bytes, both directions of each operation side by side. It decides nothing about what
 * an operation does: store/ and the simulator's model apply them, the core makes them and reads
 * them back. */
#include "proto/change.h"

#include <string.h>

#define NODE_SIZE (1 + 8 + HASH_SIZE)

/* --- pieces ---------------------------------------------------------------------------------- */

static void put_text(struct writer *w, const char *text)
{
	size_t size = strlen(text);

	if (size > UINT8_MAX)
		writer_fail(w, ERR_BUG);
	writer_u8(w, (uint8_t)size);
	writer_put(w, text, size);
}

/* room includes the NUL that is added. */
static void get_text(struct reader *r, char *out, size_t room)
{
	uint8_t size = reader_u8(r);
	struct bytes text;

	if (size >= room)
		reader_fail(r, ERR_FORMAT);
	text = reader_take(r, size);
	if (memchr(text.data ? text.data : (const uint8_t *)"", 0, text.size))
		reader_fail(r, ERR_FORMAT);
	if (r->err != ERR_NONE)
		text.size = 0;
	memcpy(out, text.data ? text.data : (const uint8_t *)"", text.size);
	out[text.size] = '\0';
}

static void put_blob(struct writer *w, struct bytes in)
{
	if (in.size > UINT32_MAX)
		writer_fail(w, ERR_LIMIT);
	writer_u32(w, (uint32_t)in.size);
	writer_bytes(w, in);
}

static struct bytes get_blob(struct reader *r)
{
	return reader_take(r, reader_u32(r));
}

static void put_flag(struct writer *w, bool value)
{
	writer_u8(w, value ? 1 : 0);
}

static bool get_flag(struct reader *r)
{
	uint8_t value = reader_u8(r);

	if (value > 1)
		reader_fail(r, ERR_FORMAT);
	return value == 1;
}

static void put_key(struct writer *w, const struct key *key)
{
	writer_put(w, key->b, KEY_SIZE);
}

static void get_key(struct reader *r, struct key *out)
{
	reader_copy(r, out->b, KEY_SIZE);
}

static void put_hash(struct writer *w, const struct hash *hash)
{
	writer_put(w, hash->b, HASH_SIZE);
}

static void get_hash(struct reader *r, struct hash *out)
{
	reader_copy(r, out->b, HASH_SIZE);
}

static void put_time(struct writer *w, struct mtime time)
{
	writer_u64(w, (uint64_t)time.ms);
}

static struct mtime get_time(struct reader *r)
{
	return (struct mtime){(int64_t)reader_u64(r)};
}

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

/* The size is not known before the body is written: leave room, fill it in at the end. */
static size_t op_begin(struct writer *w, enum change_op op)
{
	writer_u8(w, (uint8_t)op);
	writer_u32(w, 0);
	return w->size;
}

static void op_end(struct writer *w, size_t start)
{
	if (w->err != ERR_NONE)
		return;
	if (w->size - start > UINT32_MAX)
		writer_fail(w, ERR_LIMIT);
	else
		be32_put(w->data + start - 4, (uint32_t)(w->size - start));
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

void change_put_head(struct writer *w, const struct checkpoint *op)
{
	size_t start = op_begin(w, CHANGE_HEAD);

	put_key(w, &op->log);
	writer_u64(w, op->size);
	put_hash(w, &op->root);
	writer_put(w, op->sig.b, SIG_SIZE);
	op_end(w, start);
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

void change_put_cursor(struct writer *w, const struct change_cursor *op)
{
	size_t start = op_begin(w, CHANGE_CURSOR);

	put_key(w, &op->peer);
	writer_put(w, op->store_id, sizeof(op->store_id));
	writer_u64(w, op->arrival);
	op_end(w, start);
}

static void get_cursor(struct change_cursor *out, struct reader *r)
{
	get_key(r, &out->peer);
	reader_copy(r, out->store_id, sizeof(out->store_id));
	out->arrival = reader_u64(r);
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

void change_put_addresses(struct writer *w, const struct change_addresses *op)
{
	size_t start = op_begin(w, CHANGE_ADDRESSES);

	put_key(w, &op->key);
	writer_u8(w, (uint8_t)op->count);
	for (unsigned i = 0; i < op->count && i < ADDRESSES_MAX; i++)
		put_blob(w, op->addresses[i]);
	op_end(w, start);
}

static void get_addresses(struct change_addresses *out, struct reader *r)
{
	get_key(r, &out->key);
	out->count = reader_u8(r);
	if (out->count > ADDRESSES_MAX) {
		out->count = 0;
		reader_fail(r, ERR_FORMAT);
	}
	for (unsigned i = 0; i < out->count; i++)
		out->addresses[i] = get_blob(r);
}

void change_put_member(struct writer *w, const struct change_member *op)
{
	size_t start = op_begin(w, CHANGE_MEMBER);

	put_text(w, op->code);
	put_key(w, &op->key);
	writer_u8(w, op->kind);
	put_flag(w, op->is_admitted);
	put_flag(w, op->is_coordinator);
	writer_u64(w, op->entry_index);
	put_hash(w, &op->entry_leaf);
	put_time(w, op->since);
	put_text(w, op->territory);
	put_blob(w, op->names);
	op_end(w, start);
}

static void get_member(struct change_member *out, struct reader *r)
{
	get_text(r, out->code, sizeof(out->code));
	get_key(r, &out->key);
	out->kind = reader_u8(r);
	if (out->kind >= MEMBER_KIND_COUNT)
		reader_fail(r, ERR_FORMAT);
	out->is_admitted = get_flag(r);
	out->is_coordinator = get_flag(r);
	out->entry_index = reader_u64(r);
	get_hash(r, &out->entry_leaf);
	out->since = get_time(r);
	get_text(r, out->territory, sizeof(out->territory));
	out->names = get_blob(r);
}

void change_put_invite(struct writer *w, const struct change_invite *op)
{
	size_t start = op_begin(w, CHANGE_INVITE);

	writer_put(w, op->token, sizeof(op->token));
	put_flag(w, op->is_put);
	put_text(w, op->code);
	put_time(w, op->expires);
	op_end(w, start);
}

static void get_invite(struct change_invite *out, struct reader *r)
{
	reader_copy(r, out->token, sizeof(out->token));
	out->is_put = get_flag(r);
	get_text(r, out->code, sizeof(out->code));
	out->expires = get_time(r);
}

void change_put_request(struct writer *w, const struct change_request *op)
{
	size_t start = op_begin(w, CHANGE_REQUEST);

	put_text(w, op->code);
	put_flag(w, op->is_put);
	put_blob(w, op->join);
	op_end(w, start);
}

static void get_request(struct change_request *out, struct reader *r)
{
	get_text(r, out->code, sizeof(out->code));
	out->is_put = get_flag(r);
	out->join = get_blob(r);
}

void change_put_draft(struct writer *w, const struct change_draft *op)
{
	size_t start = op_begin(w, CHANGE_DRAFT);

	writer_u64(w, op->number);
	put_flag(w, op->is_put);
	writer_u16(w, op->kind);
	put_time(w, op->time);
	put_blob(w, op->payload);
	op_end(w, start);
}

static void get_draft(struct change_draft *out, struct reader *r)
{
	out->number = reader_u64(r);
	out->is_put = get_flag(r);
	out->kind = reader_u16(r);
	out->time = get_time(r);
	out->payload = get_blob(r);
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
	if (out->state > LOG_CLOSED)
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
	case CHANGE_CURSOR:
		get_cursor(&out->cursor, r);
		return;
	case CHANGE_PAYLOAD:
		get_payload(&out->payload, r);
		return;
	case CHANGE_ADDRESSES:
		get_addresses(&out->addresses, r);
		return;
	case CHANGE_MEMBER:
		get_member(&out->member, r);
		return;
	case CHANGE_INVITE:
		get_invite(&out->invite, r);
		return;
	case CHANGE_REQUEST:
		get_request(&out->request, r);
		return;
	case CHANGE_DRAFT:
		get_draft(&out->draft, r);
		return;
	case CHANGE_STATE:
		get_state(&out->state, r);
		return;
	case CHANGE_MEND:
		get_mend(&out->mend, r);
		return;
	case CHANGE_OP_COUNT:
		break;
	}
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
