/* One seed from its first event to the verdict: set up, trouble, healing, judgement. */
#include "tests/sim/world.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/erasing.h"
#include "tests/sim/faults.h"
#include "tests/sim/homes.h"
#include "tests/sim/hostile.h"
#include "tests/sim/memo.h"
#include "tests/sim/naming.h"

/* More events than any healthy run needs: something goes in circles. */
#define EVENTS_MAX 6000000
#define LOOK_MS 500
/* Once all agree: until the last word of it, over the slowest link, and how much is said on a link afterwards: a last BUCKETS
 * (8,377 bytes) and what answers it, or a ping and its answer. In 400 seeds that was at most 8,594 bytes. */
#define SETTLE_MS_MAX 20000
#define QUIET_MS 10000
#define QUIET_BYTES_MAX 9000

void world_fail(struct world *w, const char *invariant, const char *format, ...)
{
	va_list args;

	if (w->has_failed)
		return;
	w->has_failed = true;
	snprintf(w->invariant, sizeof(w->invariant), "%s", invariant);
	va_start(args, format);
	vsnprintf(w->failure, sizeof(w->failure), format, args);
	va_end(args);
	trace_note(&w->trace, w->clock.now_us, -1, "FAILED %s: %s", w->invariant, w->failure);
}

void world_mark(void *world, enum mark mark)
{
	struct world *w = world;

	w->marks[mark]++;
}

/* --- setting up ------------------------------------------------------------------------------ */

static enum standing standing_at(const struct params *p, unsigned at)
{
	if (at >= p->nodes)
		return STANDING_SPARE;
	if (at < p->coordinators)
		return STANDING_COORDINATOR;
	if (at >= p->nodes - p->intruders)
		return STANDING_INTRUDER;
	return at >= p->nodes - p->intruders - p->joiners ? STANDING_JOINER : STANDING_ENROLLED;
}

static void add_peer(struct node *node, unsigned peer)
{
	for (unsigned i = 0; i < node->peer_count; i++)
		if (node->peers[i] == peer)
			return;
	if (peer != node->at && node->peer_count < NODE_PEERS_MAX)
		node->peers[node->peer_count++] = peer;
}

/* Everybody knows somebody who was there before, so that the whole hangs together; the first of the
 * peers is always reachable. Joiners know the keeper, from their invite. */
static void connect_nodes(struct world *w)
{
	for (unsigned i = 1; i < w->node_count; i++) {
		struct node *node = &w->nodes[i];
		unsigned known = (unsigned)chance_below(&w->chance, i);
		if (node->standing == STANDING_JOINER)
			known = KEEPER;
		while (known != KEEPER &&
		       (w->nodes[known].is_outbound_only || !node_is_honest(&w->nodes[known])))
			known--;
		add_peer(node, known);
		if (keeper_cannot_help(w))
			add_peer(node, KEEPER + 1);
		for (unsigned k = 1; k < w->params.peers_max; k++) {
			unsigned more = (unsigned)chance_below(&w->chance, w->node_count);
			if (node_is_member(&w->nodes[more]))
				add_peer(node, more);
		}
		node->is_outbound_only = chance_hit(&w->chance, w->params.outbound) &&
					 !(i == KEEPER + 1 && keeper_cannot_help(w));
	}
}

static bool may_listen(const struct world *w)
{
	const int64_t *s = w->params.strengths;

	return s[FAULT_POWER] || s[FAULT_RESTORE_DB] || s[FAULT_RESTORE_ALL] || s[FAULT_KILL] ||
	       s[FAULT_ACTION] || s[FAULT_SYNC];
}

/* A node that has to ask before it signs wants a coordinator or two others (DESIGN D7). Where that
 * can happen the keeper stays within reach; as it may be the only coordinator itself, a few dial it
 * whatever their bounds are. */
static void cut_routes(struct world *w)
{
	bool is_keeper_dialled = may_listen(w);

	for (unsigned i = 1, left = 3; is_keeper_dialled && left && i < w->node_count; i++) {
		if (!node_is_honest(&w->nodes[i]))
			continue;
		add_peer(&w->nodes[i], KEEPER);
		left--;
	}
	for (unsigned i = 0; i < w->node_count; i++)
		for (unsigned k = 0; k < i; k++) {
			bool is_needed = (k == KEEPER && is_keeper_dialled) ||
					 (k == KEEPER + 1 && keeper_cannot_help(w));
			if (w->nodes[i].peers[0] == k || is_needed ||
			    !chance_hit(&w->chance, w->params.unrouted))
				continue;
			w->net.unrouted[(size_t)i * w->node_count + k] = 1;
			w->net.unrouted[(size_t)k * w->node_count + i] = 1;
		}
}

static void draw_params(struct world *w)
{
	params_draw(&w->params, &w->chance, &w->keeper_chance);
	erasing_draw(&w->params, &w->erase_chance);
	menu_draw_naming(&w->params, &w->naming_chance);
}

static void set_up(struct world *w)
{
	chance_init(&w->chance, w->seed);
	chance_init(&w->net_chance, chance_next(&w->chance));
	chance_init(&w->disk_chance, chance_next(&w->chance));
	chance_init(&w->hostile_chance, chance_next(&w->chance));
	chance_init(&w->keeper_chance, w->seed ^ UINT64_C(0x6b65657065722121));
	chance_init(&w->naming_chance, w->seed ^ UINT64_C(0x6e616d6564212121));
	chance_init(&w->erase_chance, w->seed ^ UINT64_C(0x6572617365642121));
	if (w->options.script)
		script_params(w->options.script, &w->params);
	else
		draw_params(w);
	if (w->options.with_lmdb && w->params.nodes > 12)
		w->params.nodes = 12;
	w->node_count = w->params.nodes + homes_spare(w);
	w->nodes = calloc(w->node_count, sizeof(*w->nodes));
	assert(w->nodes);
	net_init(&w->net, w->node_count);
	people_init(w);
	/* The network's id stands in every log.open, and the genesis names the coordinators: their
	 * keys come first. */
	for (unsigned i = 0; i < w->node_count; i++)
		node_init(w, i, standing_at(&w->params, i));
	hostile_choose(w);
	homes_choose(w);
	people_choose_thief(w);
	people_write_genesis(w);
	for (unsigned i = 0; i < w->node_count; i++)
		node_write_log_open(w, i);
	judge_init(w);
	if (w->options.script) {
		script_connect(w);
		return;
	}
	connect_nodes(w);
	cut_routes(w);
}

static void tear_down(struct world *w)
{
	for (unsigned i = 0; i < w->node_count; i++)
		node_release(&w->nodes[i]);
	judge_release(w);
	naming_release(w);
	people_release(w);
	net_release(&w->net);
	clock_release(&w->clock);
	free(w->nodes);
}

/* --- running --------------------------------------------------------------------------------- */

static bool run_until(struct world *w, int64_t ms)
{
	struct event e;

	while (!w->has_failed && w->clock.count && w->clock.heap[0].at_us <= ms * 1000) {
		clock_next(&w->clock, &e);
		e.run(w, &e);
		if (w->clock.ran % 4096 == 0)
			net_sweep(&w->net);
		if (w->clock.ran > EVENTS_MAX)
			world_fail(w, "liveness", "%d events and no end", EVENTS_MAX);
	}
	w->clock.now_us = ms * 1000;
	return !w->has_failed;
}

static void on_first_start(struct world *w, const struct event *e)
{
	if (!w->nodes[e->a].core && w->nodes[e->a].life == 0)
		node_start(w, (unsigned)e->a);
}

static void begin(struct world *w)
{
	for (unsigned i = 0; i < w->node_count; i++)
		if (w->nodes[i].standing != STANDING_JOINER &&
		    w->nodes[i].standing != STANDING_SPARE && (!i || i != w->people.thief))
			clock_set(&w->clock, i ? chance_between(&w->chance, 0, 3000000) : 0,
			    on_first_start, i, 0, 0);
	people_begin(w);
	hostile_begin(w);
	keeper_begin(w);
	erasing_begin(w);
	naming_begin(w);
	homes_begin(w);
	if (w->options.script)
		script_begin(w);
	else
		faults_begin(w);
}

/* What ever came into a store, of all who are listened to: records, payloads behind them, and
 * proofs that a key signed twice. */
static uint64_t count_arrivals(const struct world *w)
{
	uint64_t count = 0;

	for (unsigned i = 0; i < w->node_count; i++) {
		const struct model *m = &w->nodes[i].model;
		if (!judge_must_agree(w, i))
			continue;
		count += m->arrivals - judge_missing(&w->nodes[i]);
		for (size_t l = 0; l < m->log_count; l++)
			count += m->logs[l].state == LOG_FROZEN;
	}
	return count;
}

/* All agree, and nobody goes on about it. False when something still came: a node signed what a crash had left, say, or
 * who kept a payload to himself gave it away. */
static bool stays_so(struct world *w)
{
	char reason[128] = "";
	int64_t ms = clock_now_ms(&w->clock);
	uint64_t arrivals;

	if (!run_until(w, ms + SETTLE_MS_MAX))
		return true;
	if (!judge_is_converged(w, reason, sizeof(reason)) || !judge_is_drained(w))
		return false;
	judge_hush(w);
	arrivals = count_arrivals(w);
	if (!run_until(w, ms + SETTLE_MS_MAX + QUIET_MS))
		return true;
	if (!judge_is_converged(w, reason, sizeof(reason)) || count_arrivals(w) != arrivals)
		return false;
	judge_silence(w, QUIET_BYTES_MAX);
	return true;
}

static void judge_all(struct world *w)
{
	judge_final(w);
	if (w->options.script)
		script_judge(w);
	for (unsigned i = 0; i < w->node_count; i++)
		if (w->nodes[i].shadow)
			shadow_compare(w, &w->nodes[i]);
}

static void run(struct world *w)
{
	char reason[128] = "";
	int64_t end;

	begin(w);
	if (!run_until(w, w->params.chaos_ms))
		return;
	w->is_healing = true;
	trace_note(&w->trace, w->clock.now_us, -1, "everything heals");
	faults_heal(w);
	end = w->params.chaos_ms + w->params.quiet_ms_max;
	for (int64_t ms = w->params.chaos_ms; ms <= end; ms += LOOK_MS) {
		if (!run_until(w, ms))
			return;
		if (!judge_is_converged(w, reason, sizeof(reason)))
			continue;
		judge_all(w);
		if (stays_so(w))
			return;
		ms = clock_now_ms(&w->clock);
	}
	world_fail(w, "liveness", "%lld s after healing %s",
	    (long long)(w->params.quiet_ms_max / 1000), reason);
}

void world_run(uint64_t seed, const struct options *options, struct verdict *out)
{
	struct world *w = calloc(1, sizeof(*w));

	assert(w);
	w->seed = seed;
	w->options = *options;
	w->trace.is_printed = options->is_traced;
	memo_begin(options->is_real || options->with_lmdb);
	set_up(w);
	if (!w->has_failed)
		run(w);
	*out = (struct verdict){.has_failed = w->has_failed,
	    .digest = w->trace.digest,
	    .events = w->clock.ran,
	    .acknowledged = w->people.acknowledged,
	    .virtual_ms = clock_now_ms(&w->clock),
	    .was_compared = options->with_lmdb};
	memcpy(out->marks, w->marks, sizeof(out->marks));
	memcpy(out->deeds, w->deeds, sizeof(out->deeds));
	memcpy(out->invariant, w->invariant, sizeof(out->invariant));
	memcpy(out->failure, w->failure, sizeof(out->failure));
	if (options->is_traced)
		judge_explain(w);
	tear_down(w);
	free(w);
}
