/* Lies about who holds what: bytes that are not what the core wrote, heads that nobody signed or that are old, a roster that
 * there is not. None of them may be believed by anybody. */
#include "tests/sim/hostile.h"

#include "tests/sim/world.h"
#include "tests/one_batch.h"

static struct chance *chance(const struct lie *lie)
{
	return &lie->w->hostile_chance;
}

static void draw_hash(struct lie *lie, struct hash *out)
{
	chance_bytes(chance(lie), out->b, sizeof(out->b));
}

/* --- bytes ----------------------------------------------------------------------------------- */

bool hostile_mutate(struct lie *lie)
{
	struct bytes body = lie->body;
	size_t at = (size_t)chance_below(chance(lie), body.size);
	uint8_t more[8];

	switch (chance_below(chance(lie), 6)) {
	case 0: /* another type */
		lie->type = (uint8_t)chance_below(chance(lie), MSG_TYPE_END + 2);
		writer_bytes(&lie->out, body);
		break;
	case 1: /* shorter */
		writer_bytes(&lie->out, bytes_of(body.data, at));
		break;
	case 2: /* longer */
		chance_bytes(chance(lie), more, sizeof(more));
		writer_bytes(&lie->out, body);
		writer_put(&lie->out, more, 1 + at % sizeof(more));
		break;
	default: /* a few other bytes */
		writer_bytes(&lie->out, body);
		for (uint64_t i = chance_below(chance(lie), 3); body.size && i < 3; i++) {
			at = (size_t)chance_below(chance(lie), body.size);
			lie->out.data[at] = chance_hit(chance(lie), 500)
						? (uint8_t)(lie->out.data[at] ^
							    (1u << chance_below(chance(lie), 8)))
						: (uint8_t)chance_next(chance(lie));
		}
		break;
	}
	return true;
}

/* --- heads ----------------------------------------------------------------------------------- */

void hostile_remember(struct lie *lie)
{
	struct hostile_memory *memory = &lie->node->memory;
	struct msg_heads m;
	struct checkpoint head;

	if (lie->type != MSG_HEADS || msg_heads_decode(&m, lie->body))
		return;
	while (msg_heads_next(&m, &head))
		if (memory->count < HOSTILE_HEADS_MAX || chance_hit(chance(lie), 200))
			memory->heads[memory->count++ % HOSTILE_HEADS_MAX] = head;
}

/* Longer than it serves, and signed all the same. */
static void boast(struct lie *lie, struct checkpoint *head)
{
	head->log = lie->node->log;
	head->size = 1 + chance_below(chance(lie), 200);
	draw_hash(lie, &head->root);
	checkpoint_sign(head, &lie->w->network, &lie->node->log_sk);
}

static void lie_about(struct lie *lie, struct checkpoint *head)
{
	const struct hostile_memory *memory = &lie->node->memory;
	const struct node *other = &lie->w->nodes[chance_below(chance(lie), lie->w->node_count)];

	switch (chance_below(chance(lie), 8)) {
	case 0:
		head->size += 1 + chance_below(chance(lie), 50);
		break;
	case 1:
		head->log = other->log;
		break;
	case 2:
		draw_hash(lie, &head->root);
		break;
	case 3:
		memset(&head->sig, 0, sizeof(head->sig)); /* as if the roster had cut it there */
		break;
	case 4:
		boast(lie, head);
		break;
	case 5: /* as if nobody looked at signatures */
		head->sig.b[chance_below(chance(lie), SIG_SIZE)] ^= 1;
		break;
	default:
		if (memory->count)
			*head = memory->heads[chance_below(chance(lie),
			    memory->count < HOSTILE_HEADS_MAX ? memory->count : HOSTILE_HEADS_MAX)];
		break;
	}
}

/* One record more than there are, where the truth is what the other side's HELLO told too. */
static void boast_of_yours(const struct lie *lie, struct msg_heads *told)
{
	const struct msg_hello *hello = &lie->session->hello;

	if (told->is_as_told)
		told->yours = (struct checkpoint){.size = hello->own_size, .root = hello->own_root};
	told->is_as_told = false;
	told->yours.size++;
}

static bool lie_heads(struct lie *lie)
{
	struct msg_heads m, told;
	struct checkpoint head;
	unsigned often = (unsigned)chance_between(chance(lie), 50, 1000);

	if (msg_heads_decode(&m, lie->body))
		return false;
	told = m;
	if (told.has_yours && chance_hit(chance(lie), 300))
		told.has_yours = false;
	else if (told.has_yours && chance_hit(chance(lie), 100))
		boast_of_yours(lie, &told);
	if (chance_hit(chance(lie), 200))
		told.upto = chance_below(chance(lie), 1000);
	msg_heads_begin(&lie->out, &told);
	while (msg_heads_next(&m, &head)) {
		if (chance_hit(chance(lie), often))
			lie_about(lie, &head);
		msg_heads_add(&lie->out, &head);
	}
	return m.items.err == ERR_NONE;
}

static bool lie_hello(struct lie *lie)
{
	struct msg_hello m;

	if (msg_hello_decode(&m, lie->body))
		return false;
	if (chance_hit(chance(lie), 500))
		draw_hash(lie, &m.digest);
	if (chance_hit(chance(lie), 300))
		draw_hash(lie, &m.own_root);
	if (chance_hit(chance(lie), 300))
		m.own_size += chance_below(chance(lie), 5);
	if (chance_hit(chance(lie), 200))
		m.upto = chance_below(chance(lie), 1000);
	if (chance_hit(chance(lie), 300)) {
		m.has_cursor = true;
		m.cursor_arrival = chance_below(chance(lie), 500);
	}
	msg_hello_encode(&lie->out, &m);
	return true;
}

static bool lie_have(struct lie *lie)
{
	struct msg_have m = {.log = lie->session->remote_log};

	m.size = 1 + chance_below(chance(lie), 1000);
	msg_have_encode(&lie->out, &m);
	return true;
}

static bool lie_buckets(struct lie *lie)
{
	struct hash buckets[BUCKET_COUNT];

	if (msg_buckets_decode(buckets, lie->body))
		return false;
	for (size_t i = 0; i < BUCKET_COUNT; i++)
		if (chance_hit(chance(lie), 300))
			draw_hash(lie, &buckets[i]);
	msg_buckets_encode(&lie->out, buckets);
	return true;
}

static bool lie_digest(struct lie *lie)
{
	struct hash digest;

	draw_hash(lie, &digest);
	msg_digest_encode(&lie->out, &digest, chance_below(chance(lie), 1000));
	return true;
}

bool hostile_lie_about_heads(struct lie *lie)
{
	switch (lie->type) {
	case MSG_HELLO:
		return lie_hello(lie);
	case MSG_HEADS:
		return lie_heads(lie);
	case MSG_HAVE:
		return lie_have(lie);
	case MSG_BUCKETS:
		return lie_buckets(lie);
	case MSG_DIGEST:
		return lie_digest(lie);
	default:
		return false;
	}
}

/* --- the roster ------------------------------------------------------------------------------ */

static bool invent_head(struct lie *lie)
{
	struct checkpoint head;

	if (msg_roster_decode(&head, lie->body))
		return false;
	switch (chance_below(chance(lie), 4)) {
	case 0: /* its own log for the roster */
		boast(lie, &head);
		break;
	case 1:
		head.size += 1 + chance_below(chance(lie), 20);
		break;
	case 2:
		draw_hash(lie, &head.root);
		break;
	default: /* one that may be there, which it will not serve */
		head.size = 1 + chance_below(chance(lie), head.size);
		break;
	}
	msg_roster_encode(&lie->out, &head);
	return true;
}

/* A roster of another length makes guests of members, and what is told may be cut there. */
static bool invent_size(struct lie *lie)
{
	struct msg_hello m;

	if (msg_hello_decode(&m, lie->body))
		return false;
	m.roster_size = chance_below(chance(lie), 2 * m.roster_size + 10);
	msg_hello_encode(&lie->out, &m);
	return true;
}

/* The kind of a roster's records: proto/kinds.h has other names that are taken here. */
#define ROSTER_ENTRY 3

/* Entries from the second on in the place of what was asked for, or none. */
static bool invent_records(struct lie *lie)
{
	struct batch_writer told = {0};
	struct writer raw = {0};
	struct record record;
	struct batch b;
	struct reader r;
	bool is_entries;

	if (batch_decode(&b, lie->body) || !b.count ||
	    batch_unpack(&raw, b.packed, b.raw_size) != ERR_NONE)
		return false;
	reader_init(&r, writer_view(&raw));
	is_entries = record_read(&record, &r) == ERR_NONE && record.header.kind == ROSTER_ENTRY;
	/* Nothing, or one entry less at the beginning. */
	if (chance_hit(chance(lie), 500) || b.count == 1)
		b.count = 0;
	else
		b.count--;
	if (b.count)
		writer_bytes(&told.records, reader_rest(&r));
	else
		b.proof_count = 0;
	if (is_entries) {
		batch_add(&told, &b);
		batch_finish(NULL, &lie->out, &told);
	}
	writer_release(&raw);
	batch_writer_release(&told);
	return is_entries;
}

bool hostile_invent_roster(struct lie *lie)
{
	if (lie->type == MSG_ROSTER)
		return invent_head(lie);
	if (lie->type == MSG_HELLO)
		return invent_size(lie);
	return lie->type == MSG_BATCH && invent_records(lie);
}
