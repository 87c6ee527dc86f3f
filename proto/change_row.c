/* Operations of a change that a store keeps whole, each as a row under its key, and hands back as they came. Both directions
 * side by side, like change.c. */
#include "proto/change_piece.h"

static void put_ref(struct writer *w, const struct record_ref *ref)
{
	put_key(w, &ref->log);
	writer_u64(w, ref->index);
	put_hash(w, &ref->leaf);
}

static void get_ref(struct reader *r, struct record_ref *out)
{
	get_key(r, &out->log);
	out->index = reader_u64(r);
	get_hash(r, &out->leaf);
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

	writer_u64(w, op->number);
	put_flag(w, op->is_put);
	put_text(w, op->code);
	put_blob(w, op->join);
	op_end(w, start);
}

static void get_request(struct change_request *out, struct reader *r)
{
	out->number = reader_u64(r);
	out->is_put = get_flag(r);
	get_text(r, out->code, sizeof(out->code));
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

void change_put_erasure(struct writer *w, const struct change_erasure *op)
{
	size_t start = op_begin(w, CHANGE_ERASURE);

	put_ref(w, &op->by);
	put_flag(w, op->is_put);
	put_ref(w, &op->what);
	op_end(w, start);
}

static void get_erasure(struct change_erasure *out, struct reader *r)
{
	get_ref(r, &out->by);
	out->is_put = get_flag(r);
	get_ref(r, &out->what);
}

bool change_get_row(struct change *out, struct reader *r)
{
	switch (out->op) {
	case CHANGE_CURSOR:
		get_cursor(&out->cursor, r);
		return true;
	case CHANGE_ADDRESSES:
		get_addresses(&out->addresses, r);
		return true;
	case CHANGE_MEMBER:
		get_member(&out->member, r);
		return true;
	case CHANGE_INVITE:
		get_invite(&out->invite, r);
		return true;
	case CHANGE_REQUEST:
		get_request(&out->request, r);
		return true;
	case CHANGE_DRAFT:
		get_draft(&out->draft, r);
		return true;
	case CHANGE_ERASURE:
		get_erasure(&out->erasure, r);
		return true;
	case CHANGE_LOG:
	case CHANGE_APPEND:
	case CHANGE_TREE:
	case CHANGE_HEAD:
	case CHANGE_LOCK:
	case CHANGE_PAYLOAD:
	case CHANGE_STATE:
	case CHANGE_MEND:
	case CHANGE_AIM:
	case CHANGE_OP_COUNT:
		break;
	}
	return false;
}
