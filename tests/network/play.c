/* Each situation leaves the network whole for the next; those with other lines begin with a network of their own. */
#include "tests/network/play.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "proto/msg.h"

#define MINUTE_MS 60000
#define WAIT_MS_MAX (40 * MINUTE_MS)

static double cpu_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* --- waiting --------------------------------------------------------------------------------- */

static bool is_converged(const struct world *w)
{
	for (unsigned i = 0; i < w->node_count; i++)
		if (node_is_up(&w->nodes[i]) && w->nodes[i].shelf.total != w->ledger.total)
			return false;
	return true;
}

static bool converge(struct world *w)
{
	int64_t end = world_ms(w) + WAIT_MS_MAX;

	while (!is_converged(w) && world_ms(w) < end)
		world_run(w, STEP_MS);
	return is_converged(w);
}

/* --- a row ----------------------------------------------------------------------------------- */

static void begin(struct world *w, struct row *row, const char *name)
{
	*row = (struct row){.name = name, .cpu_s = -cpu_s()};
	world_reset(w);
	count_reset();
}

static void tell_messages(const struct row *row, const struct node *busiest)
{
	fprintf(stderr, "    %-13s %10s %12s a node, %10s %12s of %s\n", "", "messages", "bytes",
	    "messages", "bytes", busiest->code);
	for (unsigned t = 1; t < MSG_TYPE_END; t++) {
		uint64_t bytes, most, count = count_messages(t, &bytes),
				      often = count_messages_of(busiest->at, t, &most);
		if (count)
			fprintf(stderr, "    %-13s %10.2f %12.0f         %10llu %12llu\n",
			    msg_name((uint8_t)t), (double)count / row->nodes,
			    (double)bytes / row->nodes, (unsigned long long)often,
			    (unsigned long long)most);
	}
}

static void end(const struct play *play, struct world *w, struct row *row)
{
	row->minutes = (double)(w->clock.now_us - w->reset_us) / 60e6;
	row->is_converged = is_converged(w);
	row->p50_ms = delays_at(&w->delays, 500);
	row->p99_ms = delays_at(&w->delays, 990);
	row->max_ms = w->delays.max_ms;
	unsigned busiest = 0;
	for (unsigned i = 0; i < w->node_count; i++) {
		const struct spent *s = &w->nodes[i].spent;
		if (s->bytes > w->nodes[busiest].spent.bytes)
			busiest = i;
		row->nodes += w->nodes[i].life > 0;
		row->writes_mean += (double)s->writes;
		row->bytes_mean += (double)s->bytes;
		row->writes_max = s->writes > row->writes_max ? s->writes : row->writes_max;
		row->bytes_max = s->bytes > row->bytes_max ? s->bytes : row->bytes_max;
	}
	row->writes_mean /= row->nodes;
	row->bytes_mean /= row->nodes;
	graph_take(w, &row->graph);
	row->cpu_s += cpu_s();
	play->give(row);
	if (play->is_told)
		tell_messages(row, &w->nodes[busiest]);
}

/* Returns took: since when a node was there again. */
static void end_returns(const struct play *play, struct world *w, struct row *row)
{
	w->delays = w->returns;
	end(play, w, row);
}

static struct node *draw_node(struct world *w)
{
	for (;;) {
		struct node *n = &w->nodes[chance_below(&w->chance, w->node_count)];
		if (node_is_up(n))
			return n;
	}
}

/* --- situations ------------------------------------------------------------------------------ */

/* Everybody has the roster and the coordinator's address, nothing else, and starts within a minute. */
static void play_founding(const struct play *play, struct world *w, struct row *row)
{
	begin(w, row, "founding");
	for (unsigned i = 0; i + 1 < w->node_count; i++)
		w->nodes[i].is_behind = true;
	for (int64_t wait = 0; wait < WAIT_MS_MAX && (world_ms(w) < MINUTE_MS || !is_converged(w));
	     wait += STEP_MS)
		world_run(w, STEP_MS);
	end_returns(play, w, row);
}

static void play_idle(const struct play *play, struct world *w, struct row *row)
{
	begin(w, row, "an idle hour");
	world_run(w, 60 * MINUTE_MS);
	end(play, w, row);
}

static void play_publishes(
    const struct play *play, struct world *w, struct row *row, const char *name)
{
	unsigned times = 20;

	begin(w, row, name);
	for (unsigned i = 0; i < times; i++) {
		node_publish(w, draw_node(w), 1);
		converge(w);
		world_run(w, 5000); /* what is said afterwards counts too */
	}
	for (unsigned i = 0; i < w->node_count; i++) {
		w->nodes[i].spent.writes /= times;
		w->nodes[i].spent.bytes /= times;
	}
	row->records = 1;
	end(play, w, row);
}

static void play_publish(const struct play *play, struct world *w, struct row *row)
{
	play_publishes(play, w, row, "one publish");
}

/* Eight hours; each member publishes five records, one by one. */
static void play_day(const struct play *play, struct world *w, struct row *row)
{
	uint64_t all = 5ull * (w->node_count - 1) / play->part;
	int64_t ms = 8 * 60 * MINUTE_MS / play->part;

	begin(w, row, play->part > 1 ? "part of a day" : "a day");
	for (uint64_t i = 0; i < all; i++) {
		node_publish(w, draw_node(w), 1);
		world_run(w, ms / (int64_t)all);
	}
	converge(w);
	row->records = all;
	end(play, w, row);
}

/* Halves that do not reach each other: long enough that everybody has given up the other half, and with the records of
 * two days, five and five of each member, or of one in so many. Measured from the healing on. */
static void play_partition(const struct play *play, struct world *w, struct row *row)
{
	for (unsigned i = 0; i < w->node_count; i++)
		w->nodes[i].side = i % 2;
	w->is_split = true;
	world_run(w, 20 * MINUTE_MS);
	for (unsigned day = 0; day < 2; day++)
		for (unsigned i = 0; i < w->node_count; i++) {
			world_run(w, 10 * MINUTE_MS / w->node_count);
			if (!node_is_up(&w->nodes[i]) || i / 2 % play->part != 0)
				continue;
			node_publish(w, &w->nodes[i], 5);
			row->records += 5;
		}
	world_run(w, 10 * MINUTE_MS);
	uint64_t records = row->records;
	begin(w, row, play->part > 1 ? "part of a partition" : "after a partition");
	row->records = records;
	w->is_split = false;
	for (unsigned i = 0; i < w->node_count; i++) {
		w->nodes[i].since_us = w->clock.now_us;
		w->nodes[i].is_behind = node_is_up(&w->nodes[i]);
	}
	converge(w);
	end_returns(play, w, row);
}

static void toggle(struct world *w, struct node *n)
{
	if (n->is_dark)
		node_darken(w, n, false);
	else if (!n->core)
		node_start(w, n);
	else if (chance_hit(&w->chance, 500))
		node_darken(w, n, true);
	else
		node_stop(w, n);
}

/* Each node but the coordinator is away for 9 minutes and there for 21, half of them with their machine, half with their
 * line; the others publish, one of them every 10 s for an hour, or, of a part, every 30 s in one round of all. */
static void play_offline(const struct play *play, struct world *w, struct row *row)
{
	int64_t *next = calloc(w->node_count, sizeof(*next));
	int64_t until = world_ms(w) + (play->part > 1 ? 30 : 60) * MINUTE_MS;
	unsigned pause = play->part > 1 ? 300 : 100;

	assert(next);
	for (unsigned i = 1; i + 1 < w->node_count; i++) {
		if (chance_hit(&w->chance, 300))
			toggle(w, &w->nodes[i]);
		next[i] = world_ms(w) + chance_between(&w->chance, 0,
					    (node_is_up(&w->nodes[i]) ? 21 : 9) * MINUTE_MS);
	}
	begin(w, row, "30% away");
	for (unsigned turn = 0; world_ms(w) < until; turn++) {
		for (unsigned i = 1; i + 1 < w->node_count; i++) {
			if (world_ms(w) < next[i])
				continue;
			toggle(w, &w->nodes[i]);
			next[i] += (node_is_up(&w->nodes[i]) ? 21 : 9) * MINUTE_MS;
		}
		if (turn % pause == 0 && ++row->records)
			node_publish(w, draw_node(w), 1);
		world_run(w, STEP_MS);
	}
	end(play, w, row);
	begin(w, row, "  coming back");
	for (unsigned i = 0; i + 1 < w->node_count; i++)
		if (!node_is_up(&w->nodes[i]))
			toggle(w, &w->nodes[i]);
	converge(w);
	end_returns(play, w, row);
	free(next);
}

/* With an empty store and the coordinator's address. */
static void play_newcomer(const struct play *play, struct world *w, struct row *row)
{
	struct node *n = &w->nodes[w->node_count - 1];
	uint64_t in = 0;

	begin(w, row, "a newcomer");
	for (unsigned i = 0; i + 1 < w->node_count; i++)
		in -= w->nodes[i].spent.bytes;
	node_start(w, n);
	n->is_behind = true;
	converge(w);
	row->records = w->ledger.total;
	end_returns(play, w, row);
}

struct situation {
	const char *name;
	void (*play)(const struct play *play, struct world *w, struct row *row);
};

static const struct situation situations[] = {
    {"idle", play_idle},
    {"publish", play_publish},
    {"day", play_day},
    {"partition", play_partition},
    {"offline", play_offline},
    {"newcomer", play_newcomer},
};

static bool is_wanted(const struct play *play, const char *name)
{
	return !play->only || strstr(play->only, name);
}

/* Four in five let nobody in: the others have to do. */
static void play_outbound(const struct play *play, struct world *w, struct row *row)
{
	struct plan plan = play->plan;

	plan.is_warm = true;
	plan.outbound_per_mille = 800;
	world_init(w, &plan);
	w->is_told = play->is_told;
	world_run(w, 20 * MINUTE_MS);
	play_publishes(play, w, row, "80% outbound only");
	world_release(w);
}

static bool any_is_wanted(const struct play *play)
{
	bool any = is_wanted(play, "founding");

	for (size_t i = 0; i < sizeof(situations) / sizeof(situations[0]); i++)
		any |= is_wanted(play, situations[i].name);
	return any;
}

static void play_reachable(const struct play *play, struct world *w)
{
	struct plan plan = play->plan;
	struct row row = {0};

	plan.is_warm = !is_wanted(play, "founding");
	world_init(w, &plan);
	w->is_told = play->is_told;
	if (!plan.is_warm)
		play_founding(play, w, &row);
	world_run(w, 5 * MINUTE_MS);
	for (size_t i = 0; i < sizeof(situations) / sizeof(situations[0]); i++)
		if (is_wanted(play, situations[i].name)) {
			row.records = 0;
			situations[i].play(play, w, &row);
			world_run(w, 2 * MINUTE_MS);
		}
	world_release(w);
}

void play_all(const struct play *play)
{
	struct world *w = calloc(1, sizeof(*w));
	struct row row = {0};

	assert(w);
	if (any_is_wanted(play))
		play_reachable(play, w);
	if (is_wanted(play, "outbound"))
		play_outbound(play, w, &row);
	free(w);
}
