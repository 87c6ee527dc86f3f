/* Changes: what the store reads, and what the core reads back at a start.
 *
 * covers: proto/change.c */
#include "tests/fuzz/fuzz.h"

#include "proto/change.h"

static void put_append(struct writer *w, const struct change_append *op)
{
	struct change_append same = *op;
	struct change_node *nodes = calloc(op->node_count + 1, sizeof(*nodes));

	fuzz_check(nodes != NULL);
	for (uint32_t i = 0; i < op->node_count; i++)
		nodes[i] = change_node_at(op, i);
	same.nodes = nodes;
	change_put_append(w, &same);
	free(nodes);
}

static void put(struct writer *w, const struct change *op)
{
	switch (op->op) {
	case CHANGE_LOG:
		change_put_log(w, &op->log);
		break;
	case CHANGE_APPEND:
		put_append(w, &op->append);
		break;
	case CHANGE_TREE:
		change_put_tree(w, &op->tree);
		break;
	case CHANGE_HEAD:
		change_put_head(w, &op->head);
		break;
	case CHANGE_LOCK:
		change_put_lock(w, &op->lock);
		break;
	case CHANGE_CURSOR:
		change_put_cursor(w, &op->cursor);
		break;
	case CHANGE_PAYLOAD:
		change_put_payload(w, &op->payload);
		break;
	case CHANGE_ADDRESSES:
		change_put_addresses(w, &op->addresses);
		break;
	case CHANGE_MEMBER:
		change_put_member(w, &op->member);
		break;
	case CHANGE_INVITE:
		change_put_invite(w, &op->invite);
		break;
	case CHANGE_REQUEST:
		change_put_request(w, &op->request);
		break;
	case CHANGE_DRAFT:
		change_put_draft(w, &op->draft);
		break;
	case CHANGE_STATE:
		change_put_state(w, &op->state);
		break;
	case CHANGE_MEND:
		change_put_mend(w, &op->mend);
		break;
	case CHANGE_AIM:
		change_put_aim(w, &op->aim);
		break;
	case CHANGE_ERASURE:
		change_put_erasure(w, &op->erasure);
		break;
	case CHANGE_OP_COUNT:
		fuzz_check(false);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct writer again = {0}, third = {0};
	struct change op;
	struct reader r, one;

	reader_init(&r, bytes_of(data, size));
	while (change_next(&op, &r)) {
		fuzz_check(op.op >= CHANGE_LOG && op.op < CHANGE_OP_COUNT);
		writer_clear(&again);
		put(&again, &op);
		fuzz_check(!again.err);
		reader_init(&one, writer_view(&again));
		fuzz_check(change_next(&op, &one) && !reader_end(&one));
		writer_clear(&third);
		put(&third, &op);
		fuzz_check(bytes_equal(writer_view(&again), writer_view(&third)));
	}
	fuzz_check(r.err || reader_left(&r) == 0);
	writer_release(&again);
	writer_release(&third);
	return 0;
}
