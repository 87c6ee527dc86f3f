/* A whole node and bytes of strangers, without any key: what they get is a closed connection.
 *
 * Input: steps, u8 what and u8 size, then bytes: 0 to an accepted connection, 1 to one that the node
 * dialled, 2 a new one is accepted, 3 time passes, 4 the node dials, 5 the connection ends.
 *
 * covers: proto/core_conn.c:core_connected,core_received,core_disconnected
 * covers: proto/core_deadline.c:handshake_deadline
 * covers: proto/core_handshake.c:handshake_begin,send_handshake,handshake_prologue
 * covers: proto/core_peers.c:core_add_peer
 * covers: proto/core_dial.c:core_dial_failed */
#include "tests/fuzz/session_world.h"

#define CONNS_MAX 8

struct lines {
	struct session_world *s;
	uint64_t accepted[CONNS_MAX];
	unsigned accepted_count;
	uint64_t dialled;
	uint64_t dial; /* under way, 0 for none */
	bool was_closed[2];
};

/* Carries out what the node wants without a network: dials wait, bytes go nowhere. */
static void carry_out(struct lines *l)
{
	struct node *zero = &l->s->world.nodes[0];
	struct act act;

	core_time(zero->core, world_time(&l->s->world));
	for (bool any = true; any;) {
		any = false;
		while (core_next(zero->core, &act)) {
			any = true;
			if (act.type == ACT_DIAL)
				l->dial = act.id;
			if (act.type == ACT_CLOSE && act.conn == l->dialled)
				l->dialled = 0;
			if (act.type == ACT_CLOSE)
				for (unsigned i = 0; i < l->accepted_count; i++)
					if (l->accepted[i] == act.conn)
						l->accepted[i] = 0;
			/* Nobody who does not know a key gets a frame. */
			fuzz_check(act.type != ACT_SEND || act.data.size <= 2 * 50);
			if (act.type == ACT_DIAL || world_act(zero, &act))
				act_release(&act);
		}
		any |= node_disk(zero);
	}
}

static void accept(struct lines *l)
{
	struct node *zero = &l->s->world.nodes[0];
	uint64_t conn = l->s->world.next_conn++;

	core_connected(zero->core, conn, 0, "192.0.2.7:4000");
	l->accepted[l->accepted_count++ % CONNS_MAX] = conn;
	if (l->accepted_count > CONNS_MAX)
		l->accepted_count = CONNS_MAX;
}

static void step(struct lines *l, uint8_t what, struct bytes bytes)
{
	struct world *w = &l->s->world;
	struct node *zero = &w->nodes[0];
	unsigned last = l->accepted_count ? l->accepted_count - 1 : 0;
	char address[CORE_ADDRESS_MAX];

	core_time(zero->core, world_time(w));
	switch (what % 6) {
	case 0:
		if (!l->accepted_count || !l->accepted[last])
			accept(l);
		core_received(zero->core, l->accepted[l->accepted_count - 1], bytes);
		break;
	case 1:
		if (l->dialled)
			core_received(zero->core, l->dialled, bytes);
		break;
	case 2:
		if (l->accepted_count < CONNS_MAX)
			accept(l);
		break;
	case 3:
		world_tick(w, 100 * (int64_t)bytes.size);
		break;
	case 4:
		node_address(&w->nodes[4], address);
		core_add_peer(zero->core, address);
		carry_out(l);
		if (l->dial && bytes.size % 2) {
			core_dial_failed(zero->core, l->dial, "refused");
		} else if (l->dial) {
			l->dialled = w->next_conn++;
			core_connected(zero->core, l->dialled, l->dial, "n4:1");
		}
		l->dial = 0;
		break;
	case 5:
		if (l->dialled)
			core_disconnected(zero->core, l->dialled);
		l->dialled = 0;
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct lines l = {.s = session_begin(false)};
	struct core_status before = node_status(&l.s->world.nodes[0]), after;
	struct reader r;

	reader_init(&r, bytes_of(data, size));
	for (unsigned i = 0; i < 40 && reader_left(&r) > 1; i++) {
		uint8_t what = reader_u8(&r);
		size_t part = reader_u8(&r), left = reader_left(&r);

		step(&l, what, reader_take(&r, part < left ? part : left));
		carry_out(&l);
	}
	after = node_status(&l.s->world.nodes[0]);
	fuzz_check(hash_equal(&before.digest, &after.digest) && after.sessions == 0);
	session_check(l.s);
	session_end(l.s);
	return 0;
}
