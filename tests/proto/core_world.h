/* A tiny network in memory for tests of the core: nodes with a core and a store each, wires between
 * them, one clock. world_pump carries actions out until nothing moves; world_run lets time pass.
 * Everything is deterministic: the same test does the same things in the same order.
 *
 * Node 0 is the coordinator and keeps the roster. Node i is reached as "n<i>:1". */
#ifndef TESTS_PROTO_CORE_WORLD_H
#define TESTS_PROTO_CORE_WORLD_H

#include "tests/proto/core_people.h"
#include "tests/proto/core_store.h"

#include "proto/address.h"

#define WORLD_NODES 6
#define WORLD_WIRES 64
#define WORLD_REPLIES 16

struct reply {
	uint64_t id;
	enum err err;
	char text[CORE_ADDRESS_MAX];
	struct writer data;
};

struct world;

struct node {
	struct world *world;
	unsigned number;
	struct person person;
	struct core_config config;
	const char *peers[WORLD_NODES + 1];
	char addresses[WORLD_NODES][CORE_ADDRESS_MAX];
	unsigned peer_count;
	const char *announce[2];
	struct core *core; /* NULL: it does not run */
	struct kept store;
	struct act changes[256]; /* to be applied, in order */
	size_t change_count;
	bool is_disk_held; /* changes wait */
	enum err disk_err; /* what changes end with */
	struct reply replies[WORLD_REPLIES];
	unsigned reply_count;
	unsigned lines; /* it wrote in its log; the last of them: */
	char line[320];
	/* Between the store and the core; NULL for none. */
	enum err (*tamper)(struct node *node, const struct read *read, struct writer *out);
	void *context;
};

/* An end that is no node: bytes go to `take`. */
struct foreign {
	void (*take)(void *context, struct bytes in);
	void (*closed)(void *context);
	void *context;
};

struct wire {
	struct node *ends[2]; /* NULL: foreign */
	struct foreign foreign;
	uint64_t conns[2];
	struct writer to[2]; /* bytes on the way to that end */
	bool is_paused[2];   /* that end does not read */
	bool is_closed[2];   /* that end has closed it */
	bool is_stuck[2];    /* nothing arrives at that end */
	bool is_gone;
};

struct world {
	struct node nodes[WORLD_NODES];
	struct wire wires[WORLD_WIRES];
	unsigned wire_count;
	bool is_blocked[WORLD_NODES][WORLD_NODES];
	int64_t now;
	int64_t wall_skew;
	uint64_t next_conn, next_request;
	struct hash network;
	struct key keeper;
	struct seckey keeper_sk;
	struct writer genesis;
	uint8_t genesis_salt[RECORD_SALT_SIZE];
	/* Answers what a node dials; false leaves it to the world. NULL for none. */
	bool (*dialled)(struct node *n, const struct act *act);
	size_t chunk;	/* bytes delivered at once, 0 for all */
	size_t carried; /* bytes over all wires */
	bool is_loud;
};

static inline void world_genesis(struct world *w)
{
	struct writer names = {0}, entry = {0}, record = {0};
	struct coordinator first = {.code = "m0", .kind = MEMBER_COORDINATOR};
	struct genesis genesis = {.coordinators = &first,
	    .coordinator_count = 1,
	    .threshold = 1,
	    .zone = "Africa/Casablanca",
	    .nonce = {{7}}};
	struct person zero;
	struct approval approval;
	struct record read;
	struct reader r;
	struct seckey unused;

	person_init(&zero, &w->network, 0, 1);
	seal_sign_keypair(&w->keeper, &w->keeper_sk, (const uint8_t[32]){0, 4});
	seal_sign_keypair(&first.cosigner_key, &unused, (const uint8_t[32]){0, 5});
	first.member_key = zero.member;
	genesis.keeper = w->keeper;
	genesis.names = first.names = world_names(&names, "Reseau");
	roster_entry_genesis(&entry, &genesis);
	approval_sign(&approval, &(struct hash){{0}}, 0, writer_view(&entry), &zero.member_sk);
	roster_payload_encode(&w->genesis, writer_view(&entry), &approval, 1);
	memset(w->genesis_salt, 3, sizeof(w->genesis_salt));
	record_create(&record, 3, (struct mtime){WALL_START}, NULL, w->genesis_salt,
	    writer_view(&w->genesis));
	reader_init(&r, writer_view(&record));
	assert_ok(record_read(&read, &r));
	tree_leaf_hash(&w->network, read.raw_header);
	writer_release(&zero.log_open);
	writer_release(&names);
	writer_release(&entry);
	writer_release(&record);
}

/* --- nodes ----------------------------------------------------------------------------------- */

static inline struct core_time world_time(const struct world *w)
{
	return (struct core_time){w->now, {WALL_START + w->now + w->wall_skew}};
}

/* The configuration that follows from who it is. */
static inline void node_is(struct node *n, unsigned number, unsigned log_number)
{
	writer_release(&n->person.log_open);
	person_init(&n->person, &n->world->network, number, log_number);
	n->config.log = n->person.log;
	n->config.transport = n->person.transport;
	n->config.transport_sk = n->person.transport_sk;
	n->config.log_open = writer_view(&n->person.log_open);
	n->config.log_open_time = n->person.log_open_time;
	memcpy(n->config.member, n->person.code, sizeof(n->config.member));
	memcpy(n->config.log_open_salt, n->person.log_open_salt, RECORD_SALT_SIZE);
}

static inline void world_init(struct world *w)
{
	memset(w, 0, sizeof(*w));
	w->is_loud = getenv("WORLD_LOUD") != NULL;
	w->now = 1000;
	w->next_conn = 1;
	world_genesis(w);
	for (unsigned i = 0; i < WORLD_NODES; i++) {
		struct node *n = &w->nodes[i];
		n->world = w;
		n->number = i;
		n->config = (struct core_config){
		    .network = w->network,
		    .is_keeper = i == 0,
		    .store_id = {(uint8_t)i, 0xdd},
		    .seed = {(uint8_t)i, 0xee},
		};
		node_is(n, i, 1);
		core_bounds_defaults(&n->config.bounds);
	}
	struct core_config *zero = &w->nodes[0].config;
	zero->roster_log = w->keeper;
	zero->genesis = writer_view(&w->genesis);
	zero->genesis_time = (struct mtime){WALL_START};
	memcpy(zero->genesis_salt, w->genesis_salt, RECORD_SALT_SIZE);
}

static inline void node_address(const struct node *of, char out[static CORE_ADDRESS_MAX])
{
	hex_encode(out, BYTES(of->person.transport.b));
	snprintf(out + 64, CORE_ADDRESS_MAX - 64, "@n%u:1", of->number);
}

/* Before it starts: whom it dials. */
static inline void node_peer(struct node *n, const struct node *to)
{
	node_address(to, n->addresses[n->peer_count]);
	n->peers[n->peer_count] = n->addresses[n->peer_count];
	n->peer_count++;
}

static inline void node_lock_read(
    const struct node *n, const struct key *log, struct core_lock *out)
{
	struct change op;
	struct reader r;

	for (size_t i = 0; i < n->store.row_count; i++) {
		reader_init(&r, writer_view(&n->store.rows[i].raw));
		if (n->store.rows[i].op != CHANGE_LOCK || !change_next(&op, &r) ||
		    !key_equal(&op.lock.key, log))
			continue;
		out->size = op.lock.size;
		out->root = op.lock.root;
		out->was_shown = op.lock.was_shown;
	}
}

/* With the verdict that head.lock gets, and what the store's newest lock says. */
static inline void node_start_as(struct node *n, enum lock_verdict verdict)
{
	struct writer dump = {0};
	struct why why = {0};

	assert_null(n->core);
	n->config.peers = n->peers;
	n->config.own_lock = n->config.roster_lock = (struct core_lock){.verdict = verdict};
	node_lock_read(n, &n->config.log, &n->config.own_lock);
	if (n->config.is_keeper)
		node_lock_read(n, &n->config.roster_log, &n->config.roster_lock);
	n->config.seed[2]++;
	n->core = core_new(&n->config);
	assert_non_null(n->core);
	core_time(n->core, world_time(n->world));
	kept_dump(&n->store, &dump);
	if (core_load(n->core, writer_view(&dump), &why))
		fail_msg("core_load: %s", why.text);
	writer_release(&dump);
	core_start(n->core);
}

static inline void node_start(struct node *n)
{
	node_start_as(n, LOCK_SIGN);
}

static inline void wire_drop(struct wire *wire, const struct node *except)
{
	for (unsigned end = 0; end < 2; end++) {
		struct node *n = wire->ends[end];
		if (n && n != except && n->core && !wire->is_closed[end]) {
			core_time(n->core, world_time(n->world));
			core_disconnected(n->core, wire->conns[end]);
		} else if (!n && !wire->is_closed[end] && wire->foreign.closed) {
			wire->foreign.closed(wire->foreign.context);
		}
	}
	wire->is_gone = true;
}

static inline void world_cut_wires(struct world *w)
{
	for (unsigned i = 0; i < w->wire_count; i++)
		if (!w->wires[i].is_gone)
			wire_drop(&w->wires[i], NULL);
}

/* A crash: what is not in the store is gone. */
static inline void node_stop(struct node *n)
{
	core_free(n->core);
	n->core = NULL;
	for (size_t i = 0; i < n->change_count; i++)
		act_release(&n->changes[i]);
	n->change_count = 0;
	for (unsigned i = 0; i < n->world->wire_count; i++) {
		struct wire *wire = &n->world->wires[i];
		if (!wire->is_gone && (wire->ends[0] == n || wire->ends[1] == n))
			wire_drop(wire, n);
	}
}

static inline void world_release(struct world *w)
{
	for (unsigned i = 0; i < WORLD_NODES; i++) {
		struct node *n = &w->nodes[i];
		if (n->core)
			node_stop(n);
		kept_release(&n->store);
		writer_release(&n->person.log_open);
		for (unsigned j = 0; j < n->reply_count; j++)
			writer_release(&n->replies[j].data);
	}
	for (unsigned i = 0; i < w->wire_count; i++) {
		writer_release(&w->wires[i].to[0]);
		writer_release(&w->wires[i].to[1]);
	}
	writer_release(&w->genesis);
}

/* --- actions --------------------------------------------------------------------------------- */

static inline struct wire *world_wire(
    struct world *w, const struct node *n, uint64_t conn, int *end)
{
	for (unsigned i = 0; i < w->wire_count; i++)
		for (*end = 0; *end < 2; (*end)++)
			if (!w->wires[i].is_gone && w->wires[i].ends[*end] == n &&
			    w->wires[i].conns[*end] == conn)
				return &w->wires[i];
	return NULL;
}

static inline struct wire *world_new_wire(struct world *w)
{
	for (unsigned i = 0; i < w->wire_count; i++)
		if (w->wires[i].is_gone) {
			writer_release(&w->wires[i].to[0]);
			writer_release(&w->wires[i].to[1]);
			w->wires[i] = (struct wire){0};
			return &w->wires[i];
		}
	assert_true(w->wire_count < WORLD_WIRES);
	w->wires[w->wire_count] = (struct wire){0};
	return &w->wires[w->wire_count++];
}

static inline void act_dial(struct node *n, const struct act *act)
{
	struct world *w = n->world;
	unsigned to;

	if (w->dialled && w->dialled(n, act))
		return;
	assert_int_equal(sscanf(act->text, "n%u:1", &to), 1);
	if (to >= WORLD_NODES || !w->nodes[to].core || w->is_blocked[n->number][to]) {
		core_dial_failed(n->core, act->id, "refused");
		return;
	}
	struct wire *wire = world_new_wire(w);
	wire->ends[0] = n;
	wire->ends[1] = &w->nodes[to];
	wire->conns[0] = w->next_conn++;
	wire->conns[1] = w->next_conn++;
	char remote[32];
	snprintf(remote, sizeof(remote), "10.0.0.%u:5", n->number);
	core_connected(n->core, wire->conns[0], act->id, act->text);
	core_time(w->nodes[to].core, world_time(w));
	core_connected(w->nodes[to].core, wire->conns[1], 0, remote);
}

static inline void act_read(struct node *n, struct act *act)
{
	struct writer out = {0};
	enum err err = kept_read(&n->store, &act->read, &out);

	if (!err && n->tamper)
		err = n->tamper(n, &act->read, &out);
	core_read_done(n->core, act->id, err, writer_view(&out));
	writer_release(&out);
}

static inline void act_reply(struct node *n, struct act *act)
{
	struct reply *reply;

	if (n->reply_count == WORLD_REPLIES) {
		writer_release(&n->replies[0].data);
		memmove(n->replies, n->replies + 1, (WORLD_REPLIES - 1) * sizeof(*n->replies));
		n->reply_count--;
	}
	reply = &n->replies[n->reply_count++];
	*reply = (struct reply){.id = act->id, .err = act->err, .data = act->data};
	snprintf(reply->text, sizeof(reply->text), "%s", act->text);
	act->data = (struct writer){0};
}

static inline void act_on_wire(struct node *n, const struct act *act)
{
	int end;
	struct wire *wire = world_wire(n->world, n, act->conn, &end);

	if (!wire || wire->is_closed[end])
		return;
	if (act->type == ACT_SEND)
		writer_bytes(&wire->to[!end], writer_view(&act->data));
	else if (act->type == ACT_CLOSE)
		wire->is_closed[end] = true;
	else
		wire->is_paused[end] = act->type == ACT_PAUSE;
	if (act->type == ACT_SEND)
		n->world->carried += act->data.size;
}

/* False: it was kept for later. */
static inline bool world_act(struct node *n, struct act *act)
{
	switch (act->type) {
	case ACT_SEND:
	case ACT_CLOSE:
	case ACT_PAUSE:
	case ACT_RESUME:
		act_on_wire(n, act);
		break;
	case ACT_DIAL:
		act_dial(n, act);
		break;
	case ACT_CHANGE:
		assert_true(n->change_count < 256);
		n->changes[n->change_count++] = *act;
		return false;
	case ACT_READ:
		act_read(n, act);
		break;
	case ACT_REPLY:
		act_reply(n, act);
		break;
	case ACT_SAY:
		n->lines++;
		snprintf(n->line, sizeof(n->line), "%s", act->text);
		break;
	}
	if (n->world->is_loud && (act->type == ACT_SAY || act->type == ACT_CLOSE))
		print_message("%lld n%u %s: %s\n", (long long)n->world->now, n->number,
		    act->type == ACT_SAY ? "says" : "closes", act->text);
	return true;
}

static inline bool node_turn(struct node *n)
{
	struct act act;
	bool any = false;

	if (!n->core)
		return false;
	core_time(n->core, world_time(n->world));
	while (core_next(n->core, &act)) {
		any = true;
		if (world_act(n, &act))
			act_release(&act);
	}
	return any;
}

/* As the signer does once the lock is durable. */
static inline void node_sign(
    const struct node *n, struct bytes change, struct change_result *result)
{
	struct change op;
	struct reader r;

	reader_init(&r, change);
	while (change_next(&op, &r)) {
		struct checkpoint head = {
		    .log = op.lock.key, .size = op.lock.size, .root = op.lock.root};
		if (op.op != CHANGE_LOCK || !op.lock.is_signed)
			continue;
		assert_ok(checkpoint_sign(&head, &n->world->network,
		    key_equal(&head.log, &n->world->keeper) ? &n->world->keeper_sk
							    : &n->person.log_sk));
		result->has_sig = true;
		result->sig = head.sig;
	}
}

static inline bool node_disk(struct node *n)
{
	struct change_result result = {0};
	struct act act;

	if (!n->core || n->is_disk_held || !n->change_count)
		return false;
	act = n->changes[0];
	memmove(n->changes, n->changes + 1, --n->change_count * sizeof(act));
	if (!n->disk_err) {
		kept_apply(&n->store, writer_view(&act.data), &result);
		node_sign(n, writer_view(&act.data), &result);
	}
	core_time(n->core, world_time(n->world));
	core_change_done(n->core, act.id, n->disk_err, &result);
	act_release(&act);
	return true;
}

static inline bool wire_deliver(struct world *w, struct wire *wire, unsigned end)
{
	struct node *n = wire->ends[end], *from = wire->ends[!end];
	struct writer bytes = wire->to[end];
	size_t size;

	if (wire->is_gone || wire->is_stuck[end])
		return false;
	if (wire->is_closed[!end] && bytes.size == 0) {
		wire_drop(wire, from);
		return true;
	}
	if (bytes.size == 0 || (wire->is_paused[end] && n && n->core && !wire->is_closed[!end]))
		return false;
	size = w->chunk && w->chunk < bytes.size ? w->chunk : bytes.size;
	wire->to[end] = (struct writer){0};
	writer_bytes(&wire->to[end], bytes_of(bytes.data + size, bytes.size - size));
	if (n && n->core && !wire->is_closed[end]) {
		core_time(n->core, world_time(w));
		core_received(n->core, wire->conns[end], bytes_of(bytes.data, size));
	} else if (!n && !wire->is_closed[end]) {
		wire->foreign.take(wire->foreign.context, bytes_of(bytes.data, size));
	}
	if (from && from->core && !wire->is_closed[!end])
		core_drained(from->core, wire->conns[!end], wire->to[end].size);
	writer_release(&bytes);
	return true;
}

/* One round; false when nothing moved. */
static inline bool world_step(struct world *w)
{
	bool any = false;

	for (unsigned i = 0; i < WORLD_NODES; i++)
		any |= node_turn(&w->nodes[i]);
	for (unsigned i = 0; i < WORLD_NODES; i++)
		any |= node_disk(&w->nodes[i]);
	for (unsigned i = 0; i < w->wire_count; i++)
		for (unsigned end = 0; end < 2; end++)
			any |= wire_deliver(w, &w->wires[i], end);
	return any;
}

static inline void world_pump(struct world *w)
{
	unsigned rounds = 0;

	while (world_step(w))
		if (++rounds > 100000)
			fail_msg("the world does not come to rest");
}

static inline int64_t world_deadline(const struct world *w)
{
	int64_t deadline = INT64_MAX;

	for (unsigned i = 0; i < WORLD_NODES; i++) {
		int64_t one = w->nodes[i].core ? core_deadline(w->nodes[i].core) : INT64_MAX;
		if (one < deadline)
			deadline = one;
	}
	return deadline;
}

/* Time passes and deadlines are noticed; what they cause is not carried out yet. */
static inline void world_tick(struct world *w, int64_t ms)
{
	w->now += ms;
	for (unsigned i = 0; i < WORLD_NODES; i++)
		if (w->nodes[i].core) {
			core_time(w->nodes[i].core, world_time(w));
			core_tick(w->nodes[i].core);
		}
}

static inline void world_run(struct world *w, int64_t ms)
{
	int64_t target = w->now + ms;
	unsigned still = 0;

	for (world_pump(w); world_deadline(w) <= target; world_pump(w)) {
		int64_t next = world_deadline(w);
		still = next <= w->now ? still + 1 : 0;
		if (still > 1000)
			fail_msg("a deadline does not move");
		world_tick(w, next > w->now ? next - w->now : 0);
	}
	w->now = target;
}

#endif
