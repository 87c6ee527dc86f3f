/* Building a network out of nothing: keys, a roster that admits everybody, and, when it is warm, the first records of
 * every log at every node. */
#include "tests/network/world.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/address.h"
#include "proto/kinds.h"
#include "proto/mp.h"

#define GENESIS_MS 1749999999000

/* Lines as they are: a way of 20 to 200 ms between any two, 2 Mbit/s up for most, 20 for one in twenty and 100 for the
 * coordinator. */
static void draw_line(struct world *w, struct node *n)
{
	n->delay_us = (uint32_t)chance_between(&w->chance, 10000, 100000);
	n->up_kbit = n->at % 20 == 0 ? 20000 : 2000;
	if (n->at == KEEPER) {
		n->up_kbit = 100000;
		n->delay_us = 10000;
	}
}

static void draw_node(struct world *w, const struct plan *plan, unsigned at)
{
	struct node *n = &w->nodes[at];
	struct address_parts parts = {.port = 7117};
	char text[ADDRESS_SIZE_MAX + 1];
	uint8_t seed[32];

	n->at = at;
	n->tick_us = INT64_MAX;
	snprintf(n->code, sizeof(n->code), "c%u", at);
	chance_bytes(&w->chance, seed, sizeof(seed));
	seal_sign_keypair(&n->member, &n->member_sk, seed);
	chance_bytes(&w->chance, seed, sizeof(seed));
	seal_sign_keypair(&n->log, &n->log_sk, seed);
	chance_bytes(&w->chance, seed, sizeof(seed));
	seal_dh_keypair(&n->transport, &n->transport_sk, seed);
	chance_bytes(&w->chance, n->store_id, sizeof(n->store_id));
	chance_bytes(&w->chance, n->log_open_salt, sizeof(n->log_open_salt));
	n->is_outbound_only = at != KEEPER && chance_hit(&w->chance, plan->outbound_per_mille);
	draw_line(w, n);
	snprintf(parts.host, sizeof(parts.host), "n%u", at);
	parts.transport = n->transport;
	address_format(text, &parts);
	assert(strlen(text) < sizeof(n->address));
	memcpy(n->address, text, strlen(text) + 1);
	shelf_init(&n->shelf, w->ledger.count);
}

static void put_names(struct writer *out, const char *name)
{
	mp_put_map(out, 1);
	mp_put_cstr(out, "fr");
	mp_put_cstr(out, name);
}

/* A record, signed with all before it. */
static void write_record(struct world *w, unsigned log, const struct seckey *sk, uint16_t kind,
    struct bytes payload, bool is_signed)
{
	struct ledger_log *to = &w->ledger.logs[log];
	struct checkpoint head = {.log = to->open.key, .size = to->count + 1};
	uint8_t salt[RECORD_SALT_SIZE];
	struct writer record = {0};
	struct frontier all;

	chance_bytes(&w->chance, salt, sizeof(salt));
	if (log != ROSTER && kind == KIND_LOG_OPEN)
		memcpy(salt, w->nodes[log - 1].log_open_salt, sizeof(salt));
	record_create(&record, kind, (struct mtime){GENESIS_MS}, NULL, salt, payload);
	ledger_put(&w->ledger, log, to->count, 1, writer_view(&record));
	writer_release(&record);
	if (log == ROSTER && to->count == 1)
		w->ledger.network = to->leaves[0];
	if (!is_signed)
		return;
	ledger_frontier(&w->ledger, log, to->count, &all);
	frontier_root(&all, &head.root);
	enum err err = checkpoint_sign(&head, &w->ledger.network, sk);
	assert(!err);
	ledger_put_head(&w->ledger, &head);
}

static void write_entry(struct world *w, uint64_t version, struct writer *entry, bool is_last)
{
	static const struct hash none;
	struct writer payload = {0};
	struct approval approval;

	approval_sign(&approval, version ? &w->ledger.network : &none, version, writer_view(entry),
	    &w->nodes[KEEPER].member_sk);
	roster_payload_encode(&payload, writer_view(entry), &approval, 1);
	assert(!entry->err && !payload.err);
	write_record(w, ROSTER, &w->roster_sk, KIND_ROSTER_ENTRY, writer_view(&payload), is_last);
	writer_release(&payload);
	writer_clear(entry);
}

static void write_roster(struct world *w)
{
	struct writer names = {0}, entry = {0};
	struct coordinator keeper = {.kind = MEMBER_COORDINATOR,
	    .member_key = w->nodes[KEEPER].member,
	    .cosigner_key = w->nodes[KEEPER].log};
	struct change_log open = {0};
	struct genesis genesis = {.coordinators = &keeper,
	    .coordinator_count = 1,
	    .threshold = 1,
	    .zone = "Africa/Casablanca"};
	uint8_t seed[32];

	chance_bytes(&w->chance, seed, sizeof(seed));
	seal_sign_keypair(&open.key, &w->roster_sk, seed);
	ledger_name(&w->ledger, ROSTER, &open);
	put_names(&names, "simulation");
	keeper.names = genesis.names = writer_view(&names);
	memcpy(keeper.code, w->nodes[KEEPER].code, sizeof(keeper.code));
	genesis.keeper = open.key;
	chance_bytes(&w->chance, genesis.nonce.b, HASH_SIZE);
	roster_entry_genesis(&entry, &genesis);
	write_entry(w, 0, &entry, false);
	for (unsigned i = 1; i < w->node_count; i++) {
		roster_entry_admit(&entry, w->nodes[i].code, MEMBER_COMMUNE, &w->nodes[i].member,
		    writer_view(&names), "", NULL);
		write_entry(w, 1, &entry, i + 1 == w->node_count);
	}
	writer_release(&names);
	writer_release(&entry);
}

static void name_log(struct world *w, struct node *n)
{
	struct change_log row = {
	    .key = n->log, .member_key = n->member, .transport = n->transport, .number = 1};
	struct log_open open = {.network = w->ledger.network,
	    .key = n->log,
	    .member_key = n->member,
	    .transport = n->transport,
	    .number = 1};

	memcpy(row.member, n->code, sizeof(row.member));
	memcpy(open.member, n->code, sizeof(open.member));
	log_open_encode(&n->log_open, &open, &n->member_sk);
	ledger_name(&w->ledger, n->at + 1, &row);
}

static void write_first_records(struct world *w, struct node *n)
{
	struct writer payload = {0};

	write_record(w, n->at + 1, &n->log_sk, KIND_LOG_OPEN, writer_view(&n->log_open),
	    n->is_outbound_only);
	if (n->is_outbound_only)
		return;
	mp_put_map(&payload, 1);
	mp_put_cstr(&payload, "addresses");
	mp_put_array(&payload, 1);
	mp_put_cstr(&payload, n->address);
	write_record(w, n->at + 1, &n->log_sk, KIND_NODE_ANNOUNCE, writer_view(&payload), true);
	writer_release(&payload);
}

/* As if it had come long ago. */
static void hold(struct world *w, struct node *n, unsigned log)
{
	struct shelf_log *held = &n->shelf.logs[log];

	held->stored = held->head = w->ledger.logs[log].count;
	n->shelf.arrivals += held->stored;
	n->shelf.total += held->head;
	held->head_arrival = (uint32_t)n->shelf.arrivals;
}

void world_init(struct world *w, const struct plan *plan)
{
	memset(w, 0, sizeof(*w));
	chance_init(&w->chance, plan->seed);
	w->node_count = plan->nodes;
	w->nodes = calloc(plan->nodes, sizeof(*w->nodes));
	w->news = calloc(plan->nodes + 1, sizeof(struct news *));
	assert(w->nodes && w->news);
	ledger_init(&w->ledger, plan->nodes + 1);
	for (unsigned i = 0; i < plan->nodes; i++)
		draw_node(w, plan, i);
	write_roster(w);
	for (unsigned i = 0; i < plan->nodes; i++)
		name_log(w, &w->nodes[i]);
	/* The last one comes later, with empty hands. */
	for (unsigned i = 0; plan->is_warm && i + 1 < plan->nodes; i++)
		write_first_records(w, &w->nodes[i]);
	for (unsigned i = 0; i + 1 < plan->nodes; i++)
		for (unsigned k = 0; k <= plan->nodes; k++)
			if (w->ledger.logs[k].count)
				hold(w, &w->nodes[i], k);
	for (unsigned i = 0; i + 1 < plan->nodes; i++)
		node_start(w, &w->nodes[i]);
}

static void forget_news(struct world *w)
{
	for (unsigned i = 0; i < w->ledger.count; i++)
		while (w->news[i]) {
			struct news *next = w->news[i]->next;
			free(w->news[i]);
			w->news[i] = next;
		}
}

void world_release(struct world *w)
{
	for (unsigned i = 0; i < w->node_count; i++) {
		struct node *n = &w->nodes[i];
		core_free(n->core);
		n->core = NULL;
		n->life++; /* reads that wait find nobody */
	}
	world_run(w, 3600000);
	for (unsigned i = 0; i < w->node_count; i++) {
		shelf_release(&w->nodes[i].shelf);
		writer_release(&w->nodes[i].log_open);
	}
	forget_news(w);
	free(w->news);
	wire_release(&w->wire);
	ledger_release(&w->ledger);
	clock_release(&w->clock);
	free(w->nodes);
}

void world_run(struct world *w, int64_t ms)
{
	int64_t end = w->clock.now_us + ms * 1000;
	struct event e;

	while (w->clock.count && w->clock.heap[0].at_us <= end) {
		clock_next(&w->clock, &e);
		e.run(w, &e);
	}
	w->clock.now_us = end;
}

int64_t world_ms(const struct world *w)
{
	return clock_now_ms(&w->clock);
}

/* --- measuring ------------------------------------------------------------------------------- */

void world_reset(struct world *w)
{
	for (unsigned i = 0; i < w->node_count; i++)
		w->nodes[i].spent = (struct spent){0};
	memset(&w->delays, 0, sizeof(w->delays));
	memset(&w->returns, 0, sizeof(w->returns));
	memset(w->messages, 0, sizeof(w->messages));
	memset(w->message_bytes, 0, sizeof(w->message_bytes));
	w->reset_us = w->clock.now_us;
	forget_news(w);
}

void delays_add(struct delays *d, int64_t ms)
{
	int64_t at = ms / DELAY_UNIT_MS;

	d->counts[at < DELAYS_MAX ? at : DELAYS_MAX]++;
	d->count++;
	if (ms > d->max_ms)
		d->max_ms = ms;
}

int64_t delays_at(const struct delays *d, unsigned per_mille)
{
	uint64_t seen = 0;

	for (size_t i = 0; i <= DELAYS_MAX; i++) {
		seen += d->counts[i];
		if (seen && seen * 1000 >= d->count * per_mille)
			return (int64_t)i * DELAY_UNIT_MS;
	}
	return 0;
}
