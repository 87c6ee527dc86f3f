/* One node: starting it from its shelf, and the loop around its core, as communed has it. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/mp.h"
#include "tests/network/world.h"

#define WALL_MS 1750000000000
#define STEADY_MS 1000000

bool node_is_up(const struct node *n)
{
	return n->core && !n->is_dark;
}

bool node_is_reachable(const struct world *w, unsigned a, unsigned b)
{
	const struct node *x = &w->nodes[a], *y = &w->nodes[b];

	return !x->is_dark && !y->is_dark && !(w->is_split && x->side != y->side);
}

static struct core *turn(struct world *w, struct node *n)
{
	core_time(n->core, (struct core_time){.steady_ms = clock_now_ms(&w->clock) + STEADY_MS,
			       .wall = {WALL_MS + clock_now_ms(&w->clock)}});
	return n->core;
}

static void execute(struct world *w, struct node *n, struct act *act)
{
	switch (act->type) {
	case ACT_SEND:
		wire_send(w, n, act->conn, writer_view(&act->data));
		break;
	case ACT_CLOSE:
		wire_close(w, n, act->conn);
		break;
	case ACT_PAUSE:
	case ACT_RESUME:
		wire_pause(w, n, act->conn, act->type == ACT_PAUSE);
		break;
	case ACT_DIAL:
		wire_dial(w, n, act->id, act->text);
		break;
	case ACT_CHANGE:
		shelf_push(w, n, act->id, &act->data);
		break;
	case ACT_READ:
		shelf_read(w, n, act->id, &act->read);
		break;
	case ACT_REPLY:
		assert(!act->err);
		break;
	case ACT_SAY:
		w->warnings += act->id != 0;
		if (act->id && w->is_told)
			fprintf(stderr, "%10.3f %s: %s\n", (double)w->clock.now_us / 1e6, n->code,
			    act->text);
		break;
	}
	act_release(act);
}

static void on_tick(struct world *w, const struct event *e);

static void act(struct world *w, struct node *n)
{
	struct act act;

	while (core_next(n->core, &act))
		execute(w, n, &act);
}

static void after(struct world *w, struct node *n)
{
	int64_t deadline;

	act(w, n);
	deadline = core_deadline(n->core);
	if (deadline == INT64_MAX)
		return;
	deadline = (deadline - STEADY_MS) * 1000;
	if (deadline < w->clock.now_us)
		deadline = w->clock.now_us + 1000;
	if (deadline >= n->tick_us && n->tick_us > w->clock.now_us)
		return;
	n->tick_us = deadline;
	clock_set(&w->clock, deadline, on_tick, n->at, n->life, (uint64_t)deadline);
}

static void on_tick(struct world *w, const struct event *e)
{
	struct node *n = &w->nodes[e->a];

	if (!n->core || n->life != e->b || n->tick_us != (int64_t)e->c)
		return;
	n->tick_us = INT64_MAX;
	core_tick(turn(w, n));
	after(w, n);
}

/* --- inputs ---------------------------------------------------------------------------------- */

void node_connected(
    struct world *w, struct node *n, uint64_t conn, uint64_t dial, const char *remote)
{
	core_connected(turn(w, n), conn, dial, remote);
	after(w, n);
}

void node_dial_failed(struct world *w, struct node *n, uint64_t dial, const char *reason)
{
	core_dial_failed(turn(w, n), dial, reason);
	after(w, n);
}

void node_received(struct world *w, struct node *n, uint64_t conn, struct bytes in)
{
	core_received(turn(w, n), conn, in);
	after(w, n);
}

void node_disconnected(struct world *w, struct node *n, uint64_t conn)
{
	core_disconnected(turn(w, n), conn);
	after(w, n);
}

/* Sets no deadline: what may begin with it are reads. */
void node_drained(struct world *w, struct node *n, uint64_t conn, size_t queued)
{
	core_drained(turn(w, n), conn, queued);
	act(w, n);
}

void node_change_done(
    struct world *w, struct node *n, uint64_t change, const struct change_result *result)
{
	core_change_done(turn(w, n), change, ERR_NONE, result);
	after(w, n);
}

void node_read_done(struct world *w, struct node *n, uint64_t read, enum err err, struct bytes data)
{
	core_read_done(turn(w, n), read, err, data);
	after(w, n);
}

/* --- records --------------------------------------------------------------------------------- */

/* Words that compress about as records do: a third of them is noise. */
static void write_payload(struct world *w, struct writer *out)
{
	static const char *const words[] = {"engagement ", "commune ", "eau ", "convention ",
	    "délai ", "budget ", "école ", "participation ", "routes ", "suivi "};
	char text[512];
	size_t size = 0;

	while (size < 440) {
		unsigned draw = (unsigned)chance_below(&w->chance, 15);
		size += (size_t)snprintf(
		    text + size, sizeof(text) - size, "%s", draw < 10 ? words[draw] : "");
		if (draw >= 10)
			size += (size_t)snprintf(text + size, sizeof(text) - size, "%08x ",
			    (unsigned)chance_next(&w->chance));
	}
	mp_put_map(out, 1);
	mp_put_cstr(out, "text");
	mp_put_cstr(out, text);
}

void node_publish(struct world *w, struct node *n, unsigned records)
{
	struct writer payloads[16] = {{0}};
	struct publish_item items[16];
	struct news *news = malloc(sizeof(*news));

	assert(news && records <= 16);
	for (unsigned i = 0; i < records; i++) {
		write_payload(w, &payloads[i]);
		items[i] = (struct publish_item){.kind = 65, .payload = writer_view(&payloads[i])};
	}
	*news = (struct news){.size = w->ledger.logs[n->at + 1].count + records,
	    .at_us = w->clock.now_us,
	    .next = w->news[n->at + 1]};
	w->news[n->at + 1] = news;
	core_publish(turn(w, n), w->clock.order + 1, items, records, 0);
	after(w, n);
	for (unsigned i = 0; i < records; i++)
		writer_release(&payloads[i]);
}

void node_has(struct world *w, struct node *n, unsigned log, uint32_t old, uint32_t size)
{
	if (log == n->at + 1)
		return;
	for (const struct news *k = w->news[log]; k && k->size > old; k = k->next)
		if (k->size <= size && k->at_us >= n->since_us)
			delays_add(&w->delays, (w->clock.now_us - k->at_us) / 1000);
	if (n->is_behind && n->shelf.total == w->ledger.total) {
		n->is_behind = false;
		delays_add(&w->returns, (w->clock.now_us - n->since_us) / 1000);
	}
}

/* --- life ------------------------------------------------------------------------------------ */

static void judge_lock(
    const struct world *w, const struct node *n, unsigned log, struct core_lock *out)
{
	uint32_t size = n->shelf.logs[log].head;
	const struct checkpoint *head = size ? ledger_head(&w->ledger, log, size) : NULL;

	*out = (struct core_lock){.verdict = LOCK_SIGN, .was_shown = size > 0, .size = size};
	if (head)
		out->root = head->root;
}

static void configure(
    struct world *w, struct node *n, struct core_config *config, const char *strings[4])
{
	*config = (struct core_config){.network = w->ledger.network,
	    .log = n->log,
	    .transport = n->transport,
	    .transport_sk = n->transport_sk,
	    .is_keeper = n->at == KEEPER,
	    .log_open = writer_view(&n->log_open),
	    .log_open_time = {1749999999000},
	    .peers = strings,
	    .announce = strings + 2};
	core_bounds_defaults(&config->bounds);
	memcpy(config->member, n->code, sizeof(config->member));
	memcpy(config->log_open_salt, n->log_open_salt, RECORD_SALT_SIZE);
	memcpy(config->store_id, n->store_id, STORE_ID_SIZE);
	chance_bytes(&w->chance, config->seed, sizeof(config->seed));
	judge_lock(w, n, n->at + 1, &config->own_lock);
	if (config->is_keeper) {
		config->roster_log = w->ledger.logs[ROSTER].open.key;
		judge_lock(w, n, ROSTER, &config->roster_lock);
	}
	strings[0] = n->at == KEEPER ? NULL : w->nodes[KEEPER].address;
	strings[1] = NULL;
	strings[2] = n->is_outbound_only ? NULL : n->address;
	strings[3] = NULL;
}

void node_start(struct world *w, struct node *n)
{
	const char *strings[4];
	struct core_config config;
	struct writer dump = {0};
	struct why why = {0};

	assert(!n->core);
	n->life++;
	n->tick_us = INT64_MAX;
	n->since_us = w->clock.now_us;
	n->is_behind = n->shelf.total != w->ledger.total;
	configure(w, n, &config, strings);
	n->core = core_new(&config);
	assert(n->core);
	shelf_dump(w, n, &dump);
	turn(w, n);
	if (core_load(n->core, writer_view(&dump), &why)) {
		fprintf(stderr, "%s: %s\n", n->code, why.text);
		abort();
	}
	writer_release(&dump);
	core_start(n->core);
	after(w, n);
}

void node_stop(struct world *w, struct node *n)
{
	if (!n->core)
		return;
	wire_stop(w, n);
	core_free(n->core);
	n->core = NULL;
	shelf_stop(&n->shelf);
}

void node_darken(struct world *w, struct node *n, bool is_dark)
{
	n->is_dark = is_dark;
	if (is_dark)
		return;
	n->since_us = w->clock.now_us;
	n->is_behind = n->shelf.total != w->ledger.total;
}
