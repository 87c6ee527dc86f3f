/* Lies about payloads: not held, or erased by somebody. Headers and proofs stay as they are there, so that nothing but the payload
 * is in question. And other records than those of the branch that stays. */
#include "tests/sim/hostile.h"

#include "tests/one_batch.h"
#include "tests/sim/naming.h"
#include "tests/sim/world.h"

static void claim_by(struct lie *lie, struct record_ref *claim)
{
	const struct node *by =
	    &lie->w->nodes[chance_below(&lie->w->hostile_chance, lie->w->node_count)];

	claim->log = chance_hit(&lie->w->hostile_chance, 300) ? lie->w->people.roster_log : by->log;
	claim->index = chance_below(&lie->w->hostile_chance, 20);
	chance_bytes(&lie->w->hostile_chance, claim->leaf.b, HASH_SIZE);
}

/* Records whose payload may be missing, without it. */
static bool strip(
    struct lie *lie, struct bytes records, enum record_state state, struct writer *out)
{
	struct record record;
	struct reader r;
	bool any = false;

	reader_init(&r, records);
	while (reader_left(&r) && record_read(&record, &r) == ERR_NONE) {
		if (record.state == RECORD_PRESENT && record.header.kind > KIND_NETWORK_MAX &&
		    chance_hit(&lie->w->hostile_chance, 700)) {
			record.state = state;
			claim_by(lie, &record.erasure);
			any = true;
		}
		record_write(out, &record);
	}
	return any && r.err == ERR_NONE;
}

static bool strip_batch(struct lie *lie, enum record_state state)
{
	struct batch_writer told = {0};
	struct writer raw = {0};
	struct batch_reader r;
	struct batch b;
	bool any = false;
	size_t at = 0;

	if (batch_open(&r, lie->body) || !r.raw_size ||
	    batch_unpack(&raw, r.packed, r.raw_size) != ERR_NONE)
		return false;
	for (; batch_next(&r, &b); at += b.raw_size) {
		any |= strip(lie, bytes_of(raw.data + at, b.raw_size), state, &told.records);
		batch_add(&told, &b);
	}
	if (any)
		batch_finish(NULL, &lie->out, &told);
	writer_release(&raw);
	batch_writer_release(&told);
	return any;
}

static bool strip_push(struct lie *lie, enum record_state state)
{
	struct writer raw = {0}, told = {0}, packed = {0};
	struct msg_push m;
	struct reader r;
	bool is_told;

	is_told = msg_push_decode(&m, lie->body) == ERR_NONE &&
		  batch_unpack(&raw, m.packed, m.raw_size) == ERR_NONE &&
		  strip(lie, writer_view(&raw), state, &told);
	if (is_told) {
		batch_pack(&packed, writer_view(&told));
		reader_init(&r, writer_view(&packed));
		m.raw_size = reader_u32(&r);
		m.packed = bytes_of(r.at, reader_left(&r));
		msg_push_encode(&lie->out, &m);
	}
	writer_release(&raw);
	writer_release(&told);
	writer_release(&packed);
	return is_told;
}

/* Of what a cursor left open: the same, or under signatures that are not its authors'. */
static bool strip_news(struct lie *lie, enum record_state state)
{
	struct writer raw = {0}, told = {0}, packed = {0};
	struct msg_news m;
	bool is_told;

	if (msg_news_decode(&m, lie->body))
		return false;
	is_told = chance_hit(&lie->w->hostile_chance, 300);
	if (is_told) {
		m.tails[0].head.sig.b[0] ^= 1;
	} else if (batch_unpack(&raw, m.packed, m.raw_size) == ERR_NONE &&
		   strip(lie, writer_view(&raw), state, &told)) {
		batch_pack(&packed, writer_view(&told));
		m.packed = bytes_of(packed.data + 4, packed.size - 4);
		is_told = true;
	}
	if (is_told)
		msg_news_encode(&lie->out, &m);
	writer_release(&raw);
	writer_release(&told);
	writer_release(&packed);
	return is_told;
}

static bool strip_payloads(struct lie *lie, enum record_state state)
{
	struct msg_payload m;
	struct reader items;
	uint32_t count;

	if (msg_payloads_decode(&items, &count, lie->body))
		return false;
	msg_payloads_begin(&lie->out, count);
	for (uint32_t i = 0; i < count; i++) {
		uint8_t rest[RECORD_REF_SIZE];
		if (msg_payloads_next(&items, &m))
			return false;
		chance_bytes(&lie->w->hostile_chance, rest, sizeof(rest));
		m.state = (uint8_t)state;
		m.rest = state == RECORD_ERASED ? BYTES(rest) : (struct bytes){0};
		msg_payloads_add(&lie->out, &m);
	}
	return true;
}

static bool strip_all(struct lie *lie, enum record_state state)
{
	switch (lie->type) {
	case MSG_BATCH:
		return strip_batch(lie, state);
	case MSG_PUSH:
		return strip_push(lie, state);
	case MSG_NEWS:
		return strip_news(lie, state);
	case MSG_PAYLOADS:
		return strip_payloads(lie, state);
	default:
		return false;
	}
}

/* Without the payloads, or nothing at all. */
bool hostile_withhold(struct lie *lie)
{
	struct batch_writer none = {0};
	struct batch_reader r;
	struct batch b;

	if (lie->type != MSG_BATCH || chance_hit(&lie->w->hostile_chance, 700))
		return strip_all(lie, RECORD_NOT_HELD);
	if (batch_open(&r, lie->body))
		return false;
	while (batch_next(&r, &b))
		batch_add(&none, &(struct batch){0});
	batch_finish(NULL, &lie->out, &none);
	batch_writer_release(&none);
	return true;
}

bool hostile_claim_erased(struct lie *lie)
{
	return strip_all(lie, RECORD_ERASED);
}

/* --- the branch that stays -------------------------------------------------------------------- */

/* What that batch answers, if it is the branch that stays, from its beginning. A refusal is told once it is done with. */
static const struct naming *asked_for(const struct lie *lie, bool is_refused)
{
	const struct serve_list *list = &lie->session->serve;
	size_t at = is_refused ? list->first - 1 : list->first;
	const struct world *w = lie->w;
	const struct naming *found = NULL;

	for (size_t i = 0; at < list->count && i < w->people.naming_count; i++) {
		const struct naming *n = &w->people.namings[i];
		const struct key *key = &list->items[at].log;
		if (n->entry && list->items[at].from == 0 &&
		    (key_equal(&n->named.log, key) || key_equal(&n->copy, key)))
			found = n;
	}
	return found;
}

/* In the place of saying that it has not what was asked for the branch that it has; in the place of all of it its own log. */
bool hostile_other_branch(struct lie *lie)
{
	const struct naming *n;
	const struct model_log *log;
	struct writer records = {0};
	struct batch b;

	if (lie->type != MSG_BATCH || batch_decode(&b, lie->body) ||
	    !(n = asked_for(lie, b.count == 0)))
		return false;
	log = model_log(&lie->node->model, b.count ? &lie->node->log : &n->named.log);
	b = (struct batch){.size = n->named.size};
	for (; log && b.count < n->named.size && b.count < log->count; b.count++) {
		struct record record;
		if (log->records[b.count].is_rotten || !model_record(log, b.count, &record))
			break;
		record_write(&records, &record);
	}
	b.raw_size = (uint32_t)records.size;
	batch_encode(&lie->out, &b, writer_view(&records));
	writer_release(&records);
	lie->w->deeds[DEED_OTHER_SERVED] += b.count > 0;
	return b.count > 0;
}
