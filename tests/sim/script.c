/* What the words of a scenario do. Each step is one of the faults and doings that seeds draw, at a set time and to a set
 * node; how long bytes and disks take is still the seed's. */
#include "tests/sim/script.h"

#include <string.h>

#include "tests/sim/erasing.h"
#include "tests/sim/faults.h"
#include "tests/sim/homes.h"
#include "tests/sim/hostile.h"
#include "tests/sim/naming.h"
#include "tests/sim/people_roster.h"
#include "tests/sim/world.h"

static void bad_line(struct world *w, const struct script_line *line)
{
	world_fail(w, "script", "line %u: '%s' cannot be done", line->number, line->word);
}

/* --- the world ------------------------------------------------------------------------------- */

/* A word has a dash where the name has a space. */
static bool is_name(const char *name, const char *word)
{
	while (*name && (*name == *word || (*name == ' ' && *word == '-')))
		name++, word++;
	return !*name && !*word;
}

static void set_param(struct params *p, const struct script_line *line)
{
	const struct {
		const char *word;
		unsigned *number;
	} words[] = {{"nodes", &p->nodes}, {"coordinators", &p->coordinators},
	    {"joiners", &p->joiners}, {"intruders", &p->intruders},
	    {"dial_max", &p->bounds.dial_max}, {"wants_max", &p->bounds.wants_max},
	    {"batch_raw_max", &p->bounds.batch_raw_max}, {"payload_max", &p->payload_max},
	    {"hostiles", &p->hostiles}};

	for (size_t i = 0; line->count == 1 && i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(words[i].word, line->word) == 0)
			*words[i].number = (unsigned)line->arguments[0];
	for (size_t f = 0; line->count == 1 && f < FAULT_COUNT; f++)
		if (is_name(menu[f].name, line->word) && !menu[f].strike)
			p->strengths[f] = line->arguments[0];
	if (line->count == 1 && strcmp(line->word, "commit_us_max") == 0)
		p->disk.commit_us_max = line->arguments[0];
	if (line->count == 1 && strcmp(line->word, "day_ms") == 0)
		p->bounds.day_ms = line->arguments[0];
	if (line->count == 1 && strcmp(line->word, "member_day_bytes") == 0)
		p->bounds.member_day_bytes = (uint64_t)line->arguments[0];
}

void script_params(const struct script *script, struct params *p)
{
	*p = (struct params){.nodes = 4,
	    .coordinators = 1,
	    .chaos_ms = script->until_ms,
	    .quiet_ms_max = 20 * 60 * 1000,
	    .payload_max = 200,
	    .net = {.delay_us_min = 50,
		.delay_us_max = 20000,
		.chunk_max = 65536,
		.window = 262144,
		.refuse_us_max = 100000},
	    .disk = {
		.commit_us_max = 8000, .lock_us_max = 5000, .read_us_max = 5000, .group_max = 256}};
	core_bounds_defaults(&p->bounds);
	for (size_t i = 0; i < script->count; i++)
		if (script->lines[i].part == SCRIPT_SET)
			set_param(p, &script->lines[i]);
	p->threshold = p->coordinators / 2 + 1;
}

static bool is_node(const struct world *w, const struct script_line *line, unsigned at)
{
	return at < line->count && line->arguments[at] >= 0 &&
	       line->arguments[at] < (int64_t)w->node_count;
}

/* Everybody dials the keeper, except who is told otherwise. */
void script_connect(struct world *w)
{
	const struct script *script = w->options.script;

	for (unsigned i = 1; i < w->node_count; i++) {
		w->nodes[i].peers[0] = KEEPER;
		w->nodes[i].peer_count = 1;
	}
	for (size_t i = 0; i < script->count; i++) {
		const struct script_line *line = &script->lines[i];
		struct node *node;
		if (line->part != SCRIPT_PEERS)
			continue;
		if (!is_node(w, line, 0) || line->count > NODE_PEERS_MAX + 1) {
			bad_line(w, line);
			return;
		}
		node = &w->nodes[line->arguments[0]];
		node->peer_count = 0;
		for (unsigned k = 1; k < line->count && is_node(w, line, k); k++)
			node->peers[node->peer_count++] = (unsigned)line->arguments[k];
	}
}

/* --- steps ----------------------------------------------------------------------------------- */

static void do_publish(struct world *w, const int64_t *a)
{
	for (int64_t i = 0; i < a[1]; i++)
		people_publish(w, (unsigned)a[0]);
}

static void do_kill(struct world *w, const int64_t *a)
{
	faults_crash(w, &w->nodes[a[0]], false, a[1]);
}

static void do_power(struct world *w, const int64_t *a)
{
	faults_crash(w, &w->nodes[a[0]], true, a[1]);
}

/* head.lock goes with it. */
static void do_unlock(struct world *w, const int64_t *a)
{
	struct node *node = &w->nodes[a[0]];

	faults_crash(w, node, false, a[1]);
	writer_clear(&node->lock_file);
	judge_lock_gone(w, node);
}

static void do_image(struct world *w, const int64_t *a)
{
	faults_snapshot(w, &w->nodes[a[0]]);
}

static void put_back(struct world *w, const int64_t *a, bool is_whole)
{
	struct node *node = &w->nodes[a[0]];
	unsigned newest = (node->image_next + NODE_IMAGES_MAX - 1) % NODE_IMAGES_MAX;

	faults_crash(w, node, is_whole, a[1]);
	faults_restore(w, node, &node->images[newest], is_whole);
}

static void do_restore(struct world *w, const int64_t *a)
{
	put_back(w, a, true);
}

static void do_database(struct world *w, const int64_t *a)
{
	put_back(w, a, false);
}

static void block_both(struct world *w, unsigned a, unsigned b, int by)
{
	net_block(w, a, b, by);
	net_block(w, b, a, by);
}

static void do_part(struct world *w, const int64_t *a)
{
	block_both(w, (unsigned)a[0], (unsigned)a[1], 1);
}

static void do_join(struct world *w, const int64_t *a)
{
	if (net_is_blocked(&w->net, (unsigned)a[0], (unsigned)a[1]))
		block_both(w, (unsigned)a[0], (unsigned)a[1], -1);
}

/* Healing does not mend it. */
static void set_route(struct world *w, const int64_t *a, bool is_severed)
{
	size_t from = (size_t)a[0] * w->node_count + (size_t)a[1];
	size_t back = (size_t)a[1] * w->node_count + (size_t)a[0];

	w->net.unrouted[from] = w->net.unrouted[back] = is_severed;
}

static void do_sever(struct world *w, const int64_t *a)
{
	set_route(w, a, true);
}

static void do_mend(struct world *w, const int64_t *a)
{
	set_route(w, a, false);
}

static void do_full(struct world *w, const int64_t *a)
{
	faults_fill(w, &w->nodes[a[0]], a[1]);
}

static void do_unreadable(struct world *w, const int64_t *a)
{
	w->nodes[a[0]].unreadable_until_us = w->clock.now_us + a[1] * 1000;
}

static void do_pause(struct world *w, const int64_t *a)
{
	w->nodes[a[0]].stopped_until_us = w->clock.now_us + a[1] * 1000;
}

/* What the first one holds of the other's log, and nobody is told. */
static void do_rot(struct world *w, const int64_t *a)
{
	struct model *m = &w->nodes[a[0]].model;

	for (size_t l = 0; l < m->log_count; l++)
		for (size_t i = 0; key_equal(&m->logs[l].open.key, &w->nodes[a[1]].log) &&
				   i < m->logs[l].head.size;
		     i++)
			m->logs[l].records[i].is_rotten = true;
}

/* Of that node's records the newest that was not erased yet. */
static void do_erase(struct world *w, const int64_t *a)
{
	erasing_ask(w, (unsigned)a[0], false);
}

static void do_rule(struct world *w, const int64_t *a)
{
	erasing_ask(w, (unsigned)a[0], true);
}

/* What was erased of the other one's log there. */
static void do_rot_erased(struct world *w, const int64_t *a)
{
	struct node *node = &w->nodes[a[0]];
	const struct model_log *log = model_log(&node->model, &w->nodes[a[1]].log);

	for (uint64_t i = 0; log && i < log->count; i++)
		if (log->records[i].was_erased)
			faults_rot_at(w, node, &log->open.key, i);
}

static void do_copy(struct world *w, const int64_t *a)
{
	homes_copy(w, &w->nodes[a[0]], LIKENESS_RUNNING);
}

static void do_branch(struct world *w, const int64_t *a)
{
	(void)a;
	keeper_branch(w, true);
}

static void do_keep(struct world *w, const int64_t *a)
{
	keeper_keep(w, (unsigned)a[1]);
}

static void do_silence(struct world *w, const int64_t *a)
{
	(void)a;
	keeper_silence(w);
}

static void do_forge(struct world *w, const int64_t *a)
{
	if (!hostile_forge(w, (size_t)a[1]))
		world_fail(w, "script", "the keeper cannot forge %lld now", (long long)a[1]);
}

static void do_name(struct world *w, const int64_t *a)
{
	if (!naming_ask(w, (unsigned)a[0], (unsigned)a[1]))
		world_fail(w, "script", "no branch of n%lld can be named", (long long)a[0]);
}

static void do_look(struct world *w, const int64_t *a)
{
	node_rot(w, (unsigned)a[0]);
}

static const struct {
	const char *word;
	unsigned arguments;
	unsigned nodes; /* of them, come first */
	void (*run)(struct world *w, const int64_t *arguments);
} steps[] = {
    {"publish", 2, 1, do_publish},	 /* node, how often */
    {"kill", 2, 1, do_kill},		 /* node, ms until it starts again */
    {"power", 2, 1, do_power},		 /* likewise */
    {"unlock", 2, 1, do_unlock},	 /* likewise, and its head.lock is gone */
    {"image", 1, 1, do_image},		 /* of its whole disk */
    {"restore", 2, 1, do_restore},	 /* the newest image; ms */
    {"database", 2, 1, do_database},	 /* of it the database alone; ms */
    {"part", 2, 2, do_part},		 /* two nodes stop reaching each other */
    {"join", 2, 2, do_join},		 /* and do again */
    {"sever", 2, 2, do_sever},		 /* for good */
    {"mend", 2, 2, do_mend},		 /* what was severed */
    {"full", 2, 1, do_full},		 /* node, ms */
    {"unreadable", 2, 1, do_unreadable}, /* likewise */
    {"pause", 2, 1, do_pause},		 /* likewise */
    {"rot", 2, 2, do_rot},		 /* a log on the disk of the first one: the second one's */
    {"erase", 1, 1, do_erase},		 /* the newest of its own records that it may */
    {"rule", 1, 1, do_rule},		 /* the same, by an entry of the roster */
    {"rot-erased", 2, 2, do_rot_erased}, /* on the first one's disk, of the second one's log */
    {"copy", 1, 1, do_copy},		 /* its home, to the spare node: both run */
    {"branch", 1, 1, do_branch},	 /* the keeper and its copy sign an entry each */
    {"keep", 2, 2, do_keep},		 /* the keeper tells the second one no newer entries */
    {"silence", 1, 1, do_silence},	 /* the keeper is gone for good */
    {"forge", 2, 1,
	do_forge}, /* the keeper signs an entry that must not count: which, of hostile_entries.c */
    {"name", 2, 2,
	do_name}, /* the first one's branch that stays is the one that the second one holds */
    {"look", 1, 1, do_look}, /* somebody comes across what is rotten there */
};

static void on_step(struct world *w, const struct event *e)
{
	const struct script_line *line = &w->options.script->lines[e->a];

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		bool fits =
		    strcmp(steps[i].word, line->word) == 0 && line->count == steps[i].arguments;
		for (unsigned k = 0; fits && k < steps[i].nodes; k++)
			fits = is_node(w, line, k);
		if (!fits)
			continue;
		trace_note(
		    &w->trace, w->clock.now_us, (int)line->arguments[0], "step: %s", line->word);
		steps[i].run(w, line->arguments);
		return;
	}
	bad_line(w, line);
}

void script_begin(struct world *w)
{
	const struct script *script = w->options.script;

	for (size_t i = 0; i < script->count; i++)
		if (script->lines[i].part == SCRIPT_STEP)
			clock_set(&w->clock, script->lines[i].at_ms * 1000, on_step, i, 0, 0);
}

/* --- what it is about ------------------------------------------------------------------------ */

static bool came_true(const struct world *w, const struct script_line *line)
{
	struct node *node = &w->nodes[line->arguments[0]];
	struct core_status status = {0};

	core_status(node->core, &status);
	if (strcmp(line->word, "fork") == 0)
		return judge_is_forked(w, node->at);
	if (strcmp(line->word, "whole") == 0)
		return !judge_is_forked(w, node->at) && status.state != NODE_FROZEN;
	if (strcmp(line->word, "signs") == 0)
		return status.state == NODE_READY && status.drafts == 0;
	if (strcmp(line->word, "parted") == 0)
		return model_roster(&node->model)->state == LOG_FROZEN;
	if (strcmp(line->word, "roster") == 0 && line->count == 2)
		return (int64_t)status.roster_size == line->arguments[1];
	if (strcmp(line->word, "stays") == 0 && is_node(w, line, 1))
		return core_holds_named(node->core, &w->nodes[line->arguments[1]].log);
	if (strcmp(line->word, "drafts") == 0)
		return status.state == NODE_DRAFTS;
	if (strcmp(line->word, "size") == 0 && line->count == 2)
		return (int64_t)status.size == line->arguments[1];
	return false;
}

void script_judge(struct world *w)
{
	const struct script *script = w->options.script;

	for (size_t i = 0; i < script->count; i++) {
		const struct script_line *line = &script->lines[i];
		if (line->part != SCRIPT_EXPECT)
			continue;
		if (!is_node(w, line, 0) || !w->nodes[line->arguments[0]].core)
			bad_line(w, line);
		else if (!came_true(w, line))
			world_fail(w, "script", "line %u: expected '%s' of n%lld", line->number,
			    line->word, (long long)line->arguments[0]);
	}
}
