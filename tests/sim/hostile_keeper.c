/* Coordinators that mean harm beyond a single entry: a keeper that keeps the newest entries from some, one that is heard of no
 * more, and next rosters that coordinators approved for two keepers at once. What entries say is hostile_entries.c's. */
#include <assert.h>
#include <stdio.h>

#include "proto/mp.h"
#include "tests/one_batch.h"
#include "tests/sim/faults.h"
#include "tests/sim/hostile.h"
#include "tests/sim/people_roster.h"
#include "tests/sim/world.h"

#define KIND_ROSTER_ENTRY 3
#define EPOCH 1

bool keeper_means_harm(const struct world *w)
{
	return w->params.strengths[FAULT_KEEP_ROSTER] || w->params.strengths[FAULT_TWO_ROSTERS];
}

bool keeper_cannot_help(const struct world *w)
{
	return keeper_means_harm(w) || w->params.strengths[FAULT_SILENT_KEEPER] != 0;
}

/* --- the newest entries ---------------------------------------------------------------------- */

static unsigned remote_of(const struct lie *lie)
{
	const struct conn *c = net_conn(&lie->w->net, lie->session->conn);

	for (int e = 0; c && e < 2; e++)
		if (c->ends[e].node == lie->node->at && c->ends[!e].node < lie->w->node_count)
			return c->ends[!e].node;
	return lie->node->at;
}

/* The newest head that covers none of what is kept back; none before the keeper has signed one. */
static const struct checkpoint *old_head(const struct world *w)
{
	const struct chain *chain = &w->judge.chains[w->node_count];
	const struct checkpoint *best = NULL;

	for (size_t i = 0; i < chain->head_count; i++) {
		const struct checkpoint *head = &chain->heads[i].head;
		if (head->size <= w->people.kept_size && (!best || best->size < head->size))
			best = head;
	}
	return best;
}

bool hostile_keep_roster(struct lie *lie)
{
	struct world *w = lie->w;
	const struct checkpoint *old = old_head(w);
	struct checkpoint head;
	struct msg_hello hello;

	if (!(w->people.kept_from >> remote_of(lie) & 1) || !old)
		return false;
	if (lie->type == MSG_HELLO && !msg_hello_decode(&hello, lie->body) &&
	    hello.roster_size > old->size) {
		hello.roster_size = old->size;
		msg_hello_encode(&lie->out, &hello);
		return true;
	}
	if (lie->type != MSG_ROSTER || msg_roster_decode(&head, lie->body) ||
	    head.size <= old->size)
		return false;
	w->deeds[DEED_KEPT]++;
	msg_roster_encode(&lie->out, old);
	return true;
}

void keeper_keep(struct world *w, unsigned from)
{
	w->people.kept_size = w->people.entry_count;
	w->people.kept_from |= (uint64_t)1 << from;
}

static void on_keep(struct world *w, const struct event *e)
{
	struct people *p = &w->people;

	(void)e;
	if (p->entry_count == 0)
		return;
	for (unsigned i = KEEPER + 2; i < w->node_count; i++)
		if (chance_hit(&w->keeper_chance, (unsigned)w->params.strengths[FAULT_KEEP_ROSTER]))
			keeper_keep(w, i);
}

/* --- the next rosters ------------------------------------------------------------------------ */

struct next_roster {
	struct checkpoint head;
	struct writer record; /* leaf 0 */
	bool is_second;	      /* of two */
};

static void write_epoch(const struct world *w, const struct key *keeper, struct writer *entry)
{
	const struct chain *chain = &w->judge.chains[w->node_count];
	const struct checkpoint *last = &chain->heads[chain->head_count - 1].head;

	mp_put_map(entry, 4);
	mp_put_cstr(entry, "epoch");
	mp_put_uint(entry, EPOCH);
	mp_put_cstr(entry, "keeper");
	mp_put_bin(entry, keeper->b, KEY_SIZE);
	mp_put_cstr(entry, "previous");
	mp_put_array(entry, 3);
	mp_put_bin(entry, w->people.roster_log.b, KEY_SIZE);
	mp_put_uint(entry, last->size);
	mp_put_bin(entry, last->root.b, HASH_SIZE);
	mp_put_cstr(entry, "type");
	mp_put_cstr(entry, "epoch");
}

/* One of two keepers of one epoch, each approved by all who coordinate. */
static void write_next(struct lie *lie, struct next_roster *next)
{
	struct world *w = lie->w;
	struct writer entry = {0}, payload = {0};
	uint8_t seed[32] = {(uint8_t)chance_below(&w->keeper_chance, 2), 0x6e, 0x78, 0x74};
	uint8_t salt[RECORD_SALT_SIZE] = {seed[0]};
	struct seckey sk;
	struct record record;
	struct reader r;

	seal_sign_keypair(&next->head.log, &sk, seed);
	write_epoch(w, &next->head.log, &entry);
	people_approve(w, &payload, writer_view(&entry));
	record_create(&next->record, KIND_ROSTER_ENTRY, lie->node->log_open_time, NULL, salt,
	    writer_view(&payload));
	reader_init(&r, writer_view(&next->record));
	record_read(&record, &r);
	next->head.size = 1;
	tree_leaf_hash(&next->head.root, record.raw_header);
	checkpoint_sign(&next->head, &w->network, &sk);
	next->is_second = seed[0];
	writer_release(&entry);
	writer_release(&payload);
}

/* In the place of a head that was to be told. */
static bool tell_next(struct lie *lie, const struct checkpoint *next)
{
	struct checkpoint head;
	struct msg_heads m;
	uint64_t at;

	if (lie->type == MSG_ROSTER) {
		msg_roster_encode(&lie->out, next);
		return true;
	}
	if (msg_heads_decode(&m, lie->body) || m.count == 0)
		return false;
	at = chance_below(&lie->w->keeper_chance, m.count);
	msg_heads_begin(&lie->out, &m);
	for (uint64_t i = 0; msg_heads_next(&m, &head); i++)
		msg_heads_add(&lie->out, i == at ? next : &head);
	return m.items.err == ERR_NONE;
}

/* What the core does not hold of it is served all the same. */
static bool serve_next(struct lie *lie, const struct next_roster *next)
{
	const struct serve_list *list = &lie->session->serve;
	struct batch b;

	/* The refusal of what was asked last. */
	if (batch_decode(&b, lie->body) || b.count || list->first == 0 ||
	    !key_equal(&list->items[list->first - 1].log, &next->head.log))
		return false;
	b = (struct batch){
	    .key = next->head.log, .count = 1, .size = 1, .raw_size = (uint32_t)next->record.size};
	batch_encode(&lie->out, &b, writer_view(&next->record));
	return true;
}

bool hostile_next_roster(struct lie *lie)
{
	bool is_told = lie->type == MSG_ROSTER || lie->type == MSG_HEADS;
	struct next_roster next = {0};
	bool done;

	if ((!is_told && lie->type != MSG_BATCH) ||
	    !lie->w->judge.chains[lie->w->node_count].head_count)
		return false;
	write_next(lie, &next);
	done = is_told ? tell_next(lie, &next.head) : serve_next(lie, &next);
	if (done)
		lie->w->deeds[!is_told	       ? DEED_EPOCH_SERVED
			      : next.is_second ? DEED_EPOCH_AGAIN
					       : DEED_EPOCH]++;
	writer_release(&next.record);
	return done;
}

/* --- two rosters ----------------------------------------------------------------------------- */

/* Entries that change nobody's standing, and of which each branch has its own. */
static void amend(struct world *w, unsigned keeper, const char *name)
{
	const struct roster *roster =
	    w->nodes[keeper].core ? core_roster(w->nodes[keeper].core) : NULL;
	const struct member *m = roster ? roster_member(roster, w->nodes[KEEPER].code) : NULL;
	struct writer names = {0}, entry = {0}, payload = {0};

	if (!m || node_is_stopped(w, &w->nodes[keeper]))
		return;
	people_put_names(&names, name);
	roster_entry_amend(
	    &entry, m->code, MEMBER_KIND_COUNT, writer_view(&names), NULL, &m->entry_leaf);
	people_approve(w, &payload, writer_view(&entry));
	node_roster_append(
	    w, keeper, people_request(w, REQUEST_ROSTER, keeper)->id, writer_view(&payload));
	writer_release(&names);
	writer_release(&entry);
	writer_release(&payload);
}

void keeper_branch(struct world *w, bool is_both)
{
	char name[24];

	snprintf(name, sizeof(name), "branch %u", w->people.branched++);
	amend(w, w->nodes[KEEPER].twin, name);
	if (is_both)
		amend(w, KEEPER, "another branch");
}

static void on_branch(struct world *w, const struct event *e)
{
	(void)e;
	if (w->is_healing)
		return;
	clock_set(&w->clock, w->clock.now_us + chance_between(&w->keeper_chance, 300, 8000) * 1000,
	    on_branch, 0, 0, 0);
	if (!w->nodes[w->nodes[KEEPER].twin].core)
		return;
	/* Both at once, so that neither reaches everybody first, or one alone, which the other half then has to doubt. */
	keeper_branch(w, chance_hit(&w->keeper_chance, 700));
}

/* --- silence --------------------------------------------------------------------------------- */

void keeper_silence(struct world *w)
{
	w->people.is_keeper_gone = true;
	w->deeds[DEED_SILENT]++;
	node_crash(w, KEEPER, true);
	w->nodes[KEEPER].is_down = false; /* nobody starts it again */
}

static void on_silence(struct world *w, const struct event *e)
{
	(void)e;
	keeper_silence(w);
}

void keeper_begin(struct world *w)
{
	const int64_t *s = w->params.strengths;
	int64_t at_us = chance_between(&w->keeper_chance, 3000, w->params.chaos_ms) * 1000;

	if (w->options.script)
		return;		  /* it says when */
	if (s[FAULT_KEEP_ROSTER]) /* most entries are written early */
		clock_set(&w->clock, at_us / 8, on_keep, 0, 0, 0);
	if (s[FAULT_TWO_ROSTERS])
		clock_set(&w->clock, at_us, on_branch, 0, 0, 0);
	if (s[FAULT_SILENT_KEEPER])
		clock_set(&w->clock, w->params.chaos_ms * 10 * s[FAULT_SILENT_KEEPER], on_silence,
		    0, 0, 0);
}
