/* Building identities, starting and crashing, and the loop around the core: one input, then every
 * action in its order, as communed does. */
#include "tests/sim/node.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/msg.h"
#include "tests/sim/faults.h"
#include "tests/sim/world.h"

#define WALL_MS 1750000000000
#define STEADY_MS 1000000

static void draw_pair(struct world *w, struct key *pk, struct seckey *sk)
{
	uint8_t seed[32];

	chance_bytes(&w->chance, seed, sizeof(seed));
	seal_sign_keypair(pk, sk, seed);
}

void node_write_log_open(struct world *w, unsigned at)
{
	struct node *node = &w->nodes[at];
	struct log_open open = {.network = w->network,
	    .key = node->log,
	    .member_key = node->member,
	    .transport = node->transport,
	    .number = 1};

	memcpy(open.member, node->code, sizeof(open.member));
	log_open_encode(&node->log_open, &open, &node->member_sk);
}

/* Some intruders call themselves something new; others claim to be a member. */
static void name_node(struct world *w, struct node *node)
{
	snprintf(node->code, sizeof(node->code), "m%u", node->at);
	if (node->standing == STANDING_INTRUDER && chance_hit(&w->chance, 500) &&
	    !w->params.strengths[FAULT_GHOST])
		snprintf(node->code, sizeof(node->code), "m%llu",
		    (unsigned long long)chance_below(&w->chance, node->at));
}

void node_init(struct world *w, unsigned at, enum standing standing)
{
	struct node *node = &w->nodes[at];
	struct listen_here here = {0};
	struct key logs[2];
	uint8_t seed[32];
	struct seckey cosigner_sk;
	struct address_parts address = {.port = 7117};

	node->at = node->self = node->twin = at;
	node->standing = standing;
	name_node(w, node);
	draw_pair(w, &node->member, &node->member_sk);
	draw_pair(w, &node->cosigner, &cosigner_sk);
	draw_pair(w, &node->log, &node->log_sk);
	chance_bytes(&w->chance, seed, sizeof(seed));
	seal_dh_keypair(&node->transport, &node->transport_sk, seed);
	chance_bytes(&w->chance, node->log_open_salt, sizeof(node->log_open_salt));
	node->log_open_time.ms = WALL_MS;
	chance_bytes(&w->chance, node->machine, sizeof(node->machine));
	chance_bytes(&w->chance, node->boot, sizeof(node->boot));
	chance_bytes(&w->chance, node->model.store_id, STORE_ID_SIZE);
	node->inode = at + 1;
	snprintf(node->host, sizeof(node->host), "10.0.%u.1:7117", at);
	snprintf(address.host, sizeof(address.host), "10.0.%u.1", at);
	address.transport = node->transport;
	address_format(node->address, &address);
	disk_init(&node->disk);
	node->tick_us = INT64_MAX;
	memcpy(here.machine, node->machine, sizeof(here.machine));
	memcpy(here.boot, node->boot, sizeof(here.boot));
	here.inode = node->inode;
	logs[0] = node->log;
	logs[1] = w->people.roster_log;
	listen_file(&node->lock_file, logs, at == KEEPER ? 2 : 1, &here);
	if (w->options.with_lmdb && at < 2)
		node->shadow = shadow_new(w, node);
}

void node_release(struct node *node)
{
	core_free(node->core);
	node->core = NULL;
	disk_release(&node->disk);
	model_release(&node->model);
	model_release(&node->written);
	writer_release(&node->lock_file);
	writer_release(&node->log_open);
	writer_release(&node->join);
	writer_release(&node->heard);
	for (size_t i = 0; i < NODE_IMAGES_MAX; i++) {
		model_release(&node->images[i].model);
		writer_release(&node->images[i].lock_file);
	}
	shadow_free(node->shadow);
}

bool node_is_member(const struct node *node)
{
	return node->standing != STANDING_INTRUDER && node->standing != STANDING_SPARE;
}

bool node_is_honest(const struct node *node)
{
	return node_is_member(node) && !node->is_hostile;
}

/* --- turns ----------------------------------------------------------------------------------- */

static int64_t steady_ms(const struct world *w)
{
	return clock_now_ms(&w->clock) + STEADY_MS;
}

static struct core *turn(
    struct world *w, struct node *node, const char *what, uint64_t id, struct bytes data)
{
	trace_add(&w->trace, w->clock.now_us, (int)node->at, what, id, data);
	hostile_turn(w, node);
	core_time(node->core, (struct core_time){.steady_ms = steady_ms(w),
				  .wall = {WALL_MS + clock_now_ms(&w->clock) + node->skew_ms}});
	return node->core;
}

static const char *const act_names[] = {[ACT_SEND] = "send",
    [ACT_CLOSE] = "close",
    [ACT_PAUSE] = "pause",
    [ACT_RESUME] = "resume",
    [ACT_DIAL] = "dial",
    [ACT_CHANGE] = "change",
    [ACT_READ] = "read",
    [ACT_REPLY] = "reply",
    [ACT_SAY] = "say"};

static void execute(struct world *w, struct node *node, struct act *act)
{
	uint64_t id = act->type == ACT_DIAL || act->type == ACT_CHANGE || act->type == ACT_READ ||
			      act->type == ACT_REPLY
			  ? act->id
			  : act->conn;

	trace_add(&w->trace, w->clock.now_us, (int)node->at, act_names[act->type], id,
	    writer_view(&act->data));
	if (act->text[0])
		trace_note(&w->trace, w->clock.now_us, (int)node->at, "  %s", act->text);
	switch (act->type) {
	case ACT_SEND:
		net_send(w, node->at, act->conn, writer_view(&act->data));
		break;
	case ACT_CLOSE:
		net_close(w, node->at, act->conn);
		break;
	case ACT_PAUSE:
	case ACT_RESUME:
		net_pause(w, node->at, act->conn, act->type == ACT_PAUSE);
		break;
	case ACT_DIAL:
		net_dial(w, node->at, act->id, act->text);
		break;
	case ACT_CHANGE:
		disk_push(w, node, act->id, &act->data);
		break;
	case ACT_READ:
		disk_read(w, node, act->id, &act->read);
		break;
	case ACT_REPLY:
		people_reply(w, node, act);
		break;
	case ACT_SAY:
		break;
	}
	act_release(act);
}

bool node_is_stopped(const struct world *w, const struct node *node)
{
	return node->core && node->stopped_until_us > w->clock.now_us;
}

bool node_defers(struct world *w, const struct node *node, const struct event *e)
{
	if (!node_is_stopped(w, node))
		return false;
	clock_set(&w->clock, node->stopped_until_us, e->run, e->a, e->b, e->c);
	return true;
}

static void on_tick(struct world *w, const struct event *e);

static void after(struct world *w, struct node *node)
{
	struct act act;
	int64_t deadline;

	while (core_next(node->core, &act)) {
		execute(w, node, &act);
		if (node->actions_left && --node->actions_left == 0) {
			faults_crash(w, node, false, faults_draw_down(w));
			return;
		}
	}
	judge_turn(w, node);
	deadline = core_deadline(node->core);
	if (deadline == INT64_MAX)
		return;
	deadline = (deadline - STEADY_MS) * 1000;
	if (deadline < w->clock.now_us)
		deadline = w->clock.now_us + 1000; /* it is late already: soon */
	if (deadline >= node->tick_us && node->tick_us > w->clock.now_us)
		return;
	node->tick_us = deadline;
	clock_set(&w->clock, deadline, on_tick, node->at, node->life, (uint64_t)deadline);
}

static void on_tick(struct world *w, const struct event *e)
{
	struct node *node = &w->nodes[e->a];

	if (!node->core || node->life != e->b || node->tick_us != (int64_t)e->c ||
	    node_defers(w, node, e))
		return;
	node->tick_us = INT64_MAX;
	core_tick(turn(w, node, "tick", 0, (struct bytes){0}));
	after(w, node);
}

void node_begin(struct world *w, unsigned at, const char *what)
{
	turn(w, &w->nodes[at], what, 0, (struct bytes){0});
}

void node_end(struct world *w, unsigned at)
{
	after(w, &w->nodes[at]);
}

/* --- inputs ---------------------------------------------------------------------------------- */

void node_connected(struct world *w, unsigned at, uint64_t conn, uint64_t dial, const char *remote)
{
	struct node *node = &w->nodes[at];

	core_connected(turn(w, node, "connected", conn, bytes_str(remote)), conn, dial, remote);
	after(w, node);
}

void node_dial_failed(struct world *w, unsigned at, uint64_t dial, const char *reason)
{
	struct node *node = &w->nodes[at];

	core_dial_failed(turn(w, node, "undialled", dial, bytes_str(reason)), dial, reason);
	after(w, node);
}

void node_received(struct world *w, unsigned at, uint64_t conn, struct bytes in)
{
	struct node *node = &w->nodes[at];

	uint8_t size[8];

	/* The bytes were hashed when they were sent; here it is their pieces. */
	be64_put(size, in.size);
	core_received(turn(w, node, "received", conn, BYTES(size)), conn, in);
	after(w, node);
}

void node_disconnected(struct world *w, unsigned at, uint64_t conn)
{
	struct node *node = &w->nodes[at];

	core_disconnected(turn(w, node, "lost", conn, (struct bytes){0}), conn);
	after(w, node);
}

void node_drained(struct world *w, unsigned at, uint64_t conn, size_t queued)
{
	struct node *node = &w->nodes[at];

	core_drained(turn(w, node, "drained", conn, (struct bytes){0}), conn, queued);
	after(w, node);
}

void node_rot(struct world *w, unsigned at)
{
	struct node *node = &w->nodes[at];

	core_rot(turn(w, node, "rot is met", 0, (struct bytes){0}));
	after(w, node);
}

void node_change_done(
    struct world *w, unsigned at, uint64_t change, enum err err, const struct change_result *result)
{
	struct node *node = &w->nodes[at];

	core_change_done(turn(w, node, err ? "unchanged" : "changed", change, (struct bytes){0}),
	    change, err, result);
	after(w, node);
}

void node_read_done(struct world *w, unsigned at, uint64_t read, enum err err, struct bytes data)
{
	struct node *node = &w->nodes[at];

	core_read_done(turn(w, node, "answer", read, data), read, err, data);
	after(w, node);
}

void node_publish(struct world *w, unsigned at, uint64_t request, const struct publish_item *items,
    size_t count, unsigned wait)
{
	struct node *node = &w->nodes[at];

	core_publish(
	    turn(w, node, "publish", request, items[0].payload), request, items, count, wait);
	after(w, node);
}

void node_roster_append(struct world *w, unsigned at, uint64_t request, struct bytes payload)
{
	struct node *node = &w->nodes[at];

	core_roster_append(turn(w, node, "roster", request, payload), request, payload);
	after(w, node);
}

void node_invite(struct world *w, unsigned at, uint64_t request, const struct change_invite *invite)
{
	struct node *node = &w->nodes[at];

	core_invite(turn(w, node, "invite", request, BYTES(invite->token)), request, invite);
	after(w, node);
}

/* --- life ------------------------------------------------------------------------------------ */

static void judge_lock_file(const struct node *node, const struct key *log, struct core_lock *out)
{
	struct listen_here here = {.inode = node->inode};
	struct listen_stored stored = {0};
	struct listen_lock lock;
	const struct model_log *row = model_log(&node->model, log);

	memcpy(here.machine, node->machine, sizeof(here.machine));
	memcpy(here.boot, node->boot, sizeof(here.boot));
	listen_read(&lock, writer_view(&node->lock_file), log);
	if (row) {
		stored.size = row->count;
		if (lock.is_found && lock.slot.size <= row->count)
			model_root(row, lock.slot.size, &stored.root);
	}
	listen_judge(out, &lock, &here, &stored, NULL);
}

static void configure(struct world *w, struct node *node, struct core_config *config,
    const char *peers[NODE_PEERS_MAX + 1], const char *announce[2])
{
	*config = (struct core_config){.network = w->network,
	    .log = node->log,
	    .transport = node->transport,
	    .transport_sk = node->transport_sk,
	    .is_keeper = node->self == KEEPER,
	    .log_open = writer_view(&node->log_open),
	    .log_open_time = node->log_open_time,
	    .has_token = node->join.size > 0,
	    .join = writer_view(&node->join),
	    .peers = peers,
	    .announce = announce,
	    .bounds = w->params.bounds,
	    .mark = world_mark,
	    .mark_context = w};
	memcpy(config->member, node->code, sizeof(config->member));
	memcpy(config->log_open_salt, node->log_open_salt, RECORD_SALT_SIZE);
	memcpy(config->store_id, node->model.store_id, STORE_ID_SIZE);
	chance_bytes(&w->chance, config->seed, sizeof(config->seed));
	judge_lock_file(node, &node->log, &config->own_lock);
	if (node->equivocates)
		config->own_lock.verdict = LOCK_SIGN;
	/* With two rosters alone the second home has nothing to say for itself. */
	if (node->equivocates && node->at != node->self &&
	    w->params.strengths[FAULT_TWO_ROSTERS] == 1)
		config->own_lock.verdict = LOCK_NEVER;
	if (config->is_keeper) {
		people_configure_keeper(w, config);
		judge_lock_file(node, &config->roster_log, &config->roster_lock);
		if (node->equivocates)
			config->roster_lock.verdict = LOCK_SIGN;
	}
	for (unsigned i = 0; i < node->peer_count; i++)
		peers[i] = w->nodes[node->peers[i]].address;
	peers[node->peer_count] = NULL;
	announce[0] = node->is_outbound_only ? NULL : node->address;
	announce[1] = NULL;
}

void node_start(struct world *w, unsigned at)
{
	struct node *node = &w->nodes[at];
	const char *peers[NODE_PEERS_MAX + 1], *announce[2];
	struct core_config config;
	struct writer dump = {0};
	struct why why = {0};

	assert(!node->core);
	node->life++;
	node->is_down = false;
	node->tick_us = INT64_MAX;
	configure(w, node, &config, peers, announce);
	if (node->shadow)
		shadow_reopen(w, node);
	node->core = core_new(&config);
	assert(node->core);
	model_dump(&node->model, &dump);
	turn(w, node, "start", node->life, writer_view(&dump));
	if (core_load(node->core, writer_view(&dump), &why))
		world_fail(w, "load", "n%u: its own dump is refused: %s", at, why.text);
	writer_release(&dump);
	judge_started(w, node, &config.own_lock);
	core_start(node->core);
	after(w, node);
}

void node_crash(struct world *w, unsigned at, bool is_power_lost)
{
	struct node *node = &w->nodes[at];

	if (!node->core)
		return;
	trace_add(&w->trace, w->clock.now_us, (int)at, is_power_lost ? "power lost" : "killed",
	    node->life, (struct bytes){0});
	core_free(node->core);
	node->core = NULL;
	node->is_down = true;
	node->actions_left = 0;
	node->sync_fails = false;
	node->stopped_until_us = node->deaf_until_us = node->unreadable_until_us = 0;
	disk_crash(w, node);
	if (is_power_lost)
		disk_power_lost(node);
	net_crash(w, at, is_power_lost);
	people_crashed(w, node);
	if (is_power_lost)
		chance_bytes(&w->chance, node->boot, sizeof(node->boot));
}
