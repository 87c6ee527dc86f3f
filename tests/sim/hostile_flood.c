/* Members that send more than anybody has asked for: frames of every kind in bursts, strangers without end, records. A
 * burst is written by the core's own hand, so that it counts as what that member said. */
#include "tests/sim/hostile.h"

#include "tests/sim/world.h"

#define BURST_MS_MAX 2000

static struct key draw_key(struct world *w)
{
	struct key key;

	if (chance_hit(&w->hostile_chance, 700))
		return w->nodes[chance_below(&w->hostile_chance, w->node_count)].log;
	chance_bytes(&w->hostile_chance, key.b, KEY_SIZE);
	return key;
}

static void put_heads(struct world *w, struct writer *body, unsigned count)
{
	struct msg_heads m = {
	    .reason = (enum heads_reason)chance_below(&w->hostile_chance, 3), .count = count};

	msg_heads_begin(body, &m);
	for (unsigned i = 0; i < count; i++) {
		struct checkpoint head = {
		    .log = draw_key(w), .size = 1 + chance_below(&w->hostile_chance, 1000)};
		chance_bytes(&w->hostile_chance, head.sig.b, SIG_SIZE);
		msg_heads_add(body, &head);
	}
}

static void put_wants(struct world *w, struct writer *body, unsigned count)
{
	struct msg_want wants[MSG_WANTS_MAX];

	for (unsigned i = 0; i < count; i++)
		wants[i] = (struct msg_want){
		    .log = draw_key(w), .size = 1 + chance_below(&w->hostile_chance, 30)};
	msg_want_encode(body, wants, count);
}

static void put_payload_wants(struct world *w, struct writer *body, unsigned count)
{
	struct msg_payload_want wants[MSG_WANTS_MAX];

	for (unsigned i = 0; i < count; i++)
		wants[i] = (struct msg_payload_want){
		    .log = draw_key(w), .index = chance_below(&w->hostile_chance, 30)};
	msg_payload_want_encode(body, wants, count);
}

static void put_evidence(struct world *w, struct writer *body)
{
	struct msg_evidence m = {.log = draw_key(w)};

	m.a.size = 1 + chance_below(&w->hostile_chance, 9);
	m.b.size = m.a.size + chance_below(&w->hostile_chance, 3);
	m.a.log = m.b.log = m.log;
	chance_bytes(&w->hostile_chance, m.a.sig.b, SIG_SIZE);
	chance_bytes(&w->hostile_chance, m.b.root.b, HASH_SIZE);
	msg_evidence_encode(body, &m);
}

static enum msg_type put_one(struct world *w, struct writer *body, unsigned count)
{
	struct key key = draw_key(w);
	struct hash hash;

	chance_bytes(&w->hostile_chance, hash.b, HASH_SIZE);
	switch (chance_below(&w->hostile_chance, 9)) {
	case 0:
		put_heads(w, body, count);
		return MSG_HEADS;
	case 1:
		put_wants(w, body, count);
		return MSG_WANT;
	case 2:
		put_payload_wants(w, body, count);
		return MSG_PAYLOAD_WANT;
	case 3:
		put_evidence(w, body);
		return MSG_EVIDENCE;
	case 4:
		msg_have_encode(body, &(struct msg_have){.log = key, .size = count});
		return MSG_HAVE;
	case 5:
		msg_open_want_encode(body, &key);
		return MSG_OPEN_WANT;
	case 6:
		msg_digest_encode(body, &hash, count);
		return MSG_DIGEST;
	case 7:
		writer_put(body, hash.b, 1 + count % HASH_SIZE);
		return (enum msg_type)(1 + chance_below(&w->hostile_chance, MSG_TYPE_END - 1));
	default:
		msg_number_encode(body, count);
		return MSG_PING;
	}
}

static void send_burst(struct world *w, struct node *node, unsigned frames)
{
	struct core *core = node->core;
	struct session *s =
	    core->session_count
		? core->sessions[chance_below(&w->hostile_chance, core->session_count)]
		: NULL;
	bool is_same = chance_hit(&w->hostile_chance, 500);
	struct writer body = {0}, copy = {0};
	enum msg_type type = MSG_PING;

	for (unsigned i = 0; s && i < frames && s->phase == SESSION_RUNNING; i++) {
		if (i == 0 || !is_same) {
			writer_clear(&body);
			type =
			    put_one(w, &body, 1 + (unsigned)chance_below(&w->hostile_chance, 100));
		}
		writer_bytes(&copy, writer_view(&body));
		session_send(core, s, type, &copy);
	}
	writer_release(&body);
	writer_release(&copy);
}

/* Who say nothing, or what nobody understands. */
static void send_strangers(struct world *w, const struct node *node, unsigned count)
{
	uint8_t bytes[HANDSHAKE_MESSAGE_SIZE + 2];

	for (unsigned i = 0; i < count; i++) {
		unsigned to = (unsigned)chance_below(&w->hostile_chance, w->node_count);
		size_t size = (size_t)chance_below(&w->hostile_chance, sizeof(bytes) + 1);
		chance_bytes(&w->hostile_chance, bytes, sizeof(bytes));
		if (chance_hit(&w->hostile_chance, 500))
			bytes[0] = 0, bytes[1] = HANDSHAKE_MESSAGE_SIZE;
		if (to != node->at)
			net_stranger(w, node->at, to, bytes_of(bytes, size));
	}
}

static void on_flood(struct world *w, const struct event *e)
{
	struct node *node = &w->nodes[e->a];
	unsigned count = 1 + (unsigned)chance_below(
				 &w->hostile_chance, (uint64_t)w->params.strengths[FAULT_FLOOD]);

	if (w->is_healing)
		return;
	clock_set(&w->clock,
	    w->clock.now_us + chance_between(&w->hostile_chance, 1, BURST_MS_MAX * 1000), on_flood,
	    e->a, 0, 0);
	if (!node->core || node_is_stopped(w, node))
		return;
	switch (chance_below(&w->hostile_chance, 6)) {
	case 0:
		send_strangers(w, node, count);
		return;
	case 1:
		for (unsigned i = 0; i < count / 8 + 1; i++)
			people_publish(w, node->at);
		return;
	default:
		node_begin(w, node->at, "floods");
		send_burst(w, node, count);
		node_end(w, node->at);
		return;
	}
}

void hostile_begin(struct world *w)
{
	for (unsigned i = 0; w->params.strengths[FAULT_FLOOD] && i < w->node_count; i++)
		if (w->nodes[i].is_hostile && i != KEEPER)
			clock_set(&w->clock, chance_between(&w->hostile_chance, 1000000, 8000000),
			    on_flood, i, 0, 0);
}
