/* Admitting, inviting and removing. What becomes of it is read in people_entry.c. */
#include "tests/sim/people_roster.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/mp.h"
#include "proto/msg.h"
#include "tests/sim/world.h"

#define GENESIS_MS 1749999999000

void people_put_names(struct writer *out, const char *name)
{
	mp_put_map(out, 1);
	mp_put_cstr(out, "fr");
	mp_put_cstr(out, name);
}

void people_init(struct world *w)
{
	struct people *p = &w->people;
	uint8_t seed[32];

	chance_bytes(&w->chance, seed, sizeof(seed));
	seal_sign_keypair(&p->roster_log, &p->roster_sk, seed);
	chance_bytes(&w->chance, p->genesis_salt, sizeof(p->genesis_salt));
	p->standing = calloc(w->node_count, sizeof(*p->standing));
	p->invite_ms = calloc(w->node_count, sizeof(*p->invite_ms));
	p->is_invited = calloc(w->node_count, sizeof(*p->is_invited));
	p->tokens = calloc(w->node_count, sizeof(*p->tokens));
	assert(p->standing && p->invite_ms && p->is_invited && p->tokens);
	p->removals_left = w->params.removals;
	p->removal_ms = chance_between(&w->chance, 5000, w->params.chaos_ms);
	if (w->params.strengths[FAULT_GHOST] && w->params.coordinators > 2)
		p->set_change_ms = chance_between(&w->keeper_chance, 2000, w->params.chaos_ms / 2);
	for (unsigned i = 0; i < w->node_count; i++)
		p->invite_ms[i] = chance_between(&w->chance, 0, w->params.chaos_ms * 3 / 4);
}

/* Approvals of as many coordinators as are asked for. */
static void approve(const struct world *w, struct writer *out, struct bytes entry, unsigned count,
    const struct hash *network, uint64_t version)
{
	struct approval approvals[8];

	for (unsigned i = 0; i < count; i++)
		approval_sign(&approvals[i], network, version, entry, &w->nodes[i].member_sk);
	roster_payload_encode(out, entry, approvals, count);
}

void people_approve(const struct world *w, struct writer *out, struct bytes entry)
{
	approve(w, out, entry, w->params.threshold, &w->network, w->people.set_version);
}

void people_write_genesis(struct world *w)
{
	struct coordinator coordinators[8] = {0};
	struct hash zero = {0};
	struct writer names = {0}, entry = {0}, record = {0};
	struct genesis genesis = {.keeper = w->people.roster_log,
	    .coordinators = coordinators,
	    .coordinator_count = w->params.coordinators,
	    .threshold = w->params.threshold,
	    .zone = "Africa/Casablanca"};
	struct reader r;
	struct record read;

	people_put_names(&names, "simulation");
	genesis.names = writer_view(&names);
	chance_bytes(&w->chance, genesis.nonce.b, HASH_SIZE);
	for (unsigned i = 0; i < w->params.coordinators; i++) {
		coordinators[i] = (struct coordinator){.kind = MEMBER_COORDINATOR,
		    .member_key = w->nodes[i].member,
		    .cosigner_key = w->nodes[i].cosigner,
		    .names = writer_view(&names)};
		memcpy(coordinators[i].code, w->nodes[i].code, sizeof(coordinators[i].code));
	}
	roster_entry_genesis(&entry, &genesis);
	approve(w, &w->people.genesis, writer_view(&entry), w->params.threshold, &zero, 0);
	record_create(&record, 3, (struct mtime){GENESIS_MS}, NULL, w->people.genesis_salt,
	    writer_view(&w->people.genesis));
	reader_init(&r, writer_view(&record));
	record_read(&read, &r);
	tree_leaf_hash(&w->network, read.raw_header);
	assert(!names.err && !entry.err && !record.err && !r.err);
	writer_release(&names);
	writer_release(&entry);
	writer_release(&record);
}

void people_configure_keeper(const struct world *w, struct core_config *config)
{
	config->roster_log = w->people.roster_log;
	config->genesis = writer_view(&w->people.genesis);
	memcpy(config->genesis_salt, w->people.genesis_salt, RECORD_SALT_SIZE);
	config->genesis_time.ms = GENESIS_MS;
}

void people_choose_thief(struct world *w)
{
	struct people *p = &w->people;
	unsigned thief = w->params.nodes - 1;

	if (!w->params.rotations || w->nodes[thief].standing != STANDING_INTRUDER)
		return;
	for (unsigned i = w->params.coordinators; i < thief; i++) {
		struct node *from = &w->nodes[i], *to = &w->nodes[thief];
		if (!node_is_honest(from) || from->twin != i)
			continue;
		p->victim = i;
		p->thief = thief;
		memcpy(to->code, from->code, sizeof(to->code));
		to->member = from->member;
		to->member_sk = from->member_sk;
		return;
	}
}

/* --- writing entries ------------------------------------------------------------------------- */

static bool is_busy(const struct world *w)
{
	for (const struct request *q = w->people.requests; q; q = q->next)
		if (q->type == REQUEST_ROSTER)
			return true;
	return false;
}

static void append_entry(struct world *w, struct bytes entry)
{
	const struct roster *roster = core_roster(w->nodes[KEEPER].core);
	struct request *q = people_request(w, REQUEST_ROSTER, KEEPER);
	unsigned count = w->params.threshold;
	struct writer payload = {0};

	q->is_faulty = chance_hit(&w->chance, 100);
	approve(w, &payload, entry, q->is_faulty ? count - 1 : count, &w->network,
	    roster_set_version(roster));
	node_roster_append(w, KEEPER, q->id, writer_view(&payload));
	writer_release(&payload);
}

void people_append(struct world *w, struct bytes entry)
{
	struct writer payload = {0};

	people_approve(w, &payload, entry);
	node_roster_append(
	    w, KEEPER, people_request(w, REQUEST_ROSTER, KEEPER)->id, writer_view(&payload));
	writer_release(&payload);
}

static void admit(struct world *w, unsigned at)
{
	struct writer names = {0}, entry = {0};

	people_put_names(&names, w->nodes[at].code);
	roster_entry_admit(&entry, w->nodes[at].code, MEMBER_COMMUNE, &w->nodes[at].member,
	    writer_view(&names), "", NULL);
	append_entry(w, writer_view(&entry));
	writer_release(&names);
	writer_release(&entry);
}

static bool is_somebodys_peer(const struct world *w, unsigned at)
{
	for (unsigned i = 0; i < w->node_count; i++)
		for (unsigned k = 0; k < w->nodes[i].peer_count; k++)
			if (w->nodes[i].peers[k] == at)
				return true;
	return false;
}

static void remove_one(struct world *w)
{
	unsigned at = (unsigned)chance_below(&w->chance, w->node_count);
	const struct member *m =
	    roster_member(core_roster(w->nodes[KEEPER].core), w->nodes[at].code);
	const struct model_log *log = model_log(&w->nodes[KEEPER].model, &w->nodes[at].log);
	struct log_listing listing = {.key = w->nodes[at].log};
	struct writer entry = {0};

	if (at < w->params.coordinators || !node_is_member(&w->nodes[at]) ||
	    w->nodes[at].equivocates || !m || !m->is_admitted || is_somebodys_peer(w, at) || !log ||
	    log->head.size == 0)
		return;
	if (chance_hit(&w->chance, 700)) {
		listing.end = LOG_IS_CUT;
		listing.size = chance_hit(&w->chance, 700)
				   ? log->head.size
				   : 1 + chance_below(&w->chance, log->head.size);
		model_root(log, listing.size, &listing.root);
	}
	roster_entry_remove(&entry, m->code, "request", &listing, 1, &m->entry_leaf);
	append_entry(w, writer_view(&entry));
	writer_release(&entry);
	if (--w->people.removals_left)
		w->people.removal_ms += 5000;
}

static void rotate(struct world *w)
{
	struct people *p = &w->people;
	const struct node *node = &w->nodes[p->victim];
	const struct member *m = roster_member(core_roster(w->nodes[KEEPER].core), node->code);
	struct log_listing listing = {.key = node->log, .end = LOG_STAYS_OPEN};
	struct writer entry = {0};
	struct key key;
	struct seckey sk;
	uint8_t seed[32];

	if (!m || !m->is_admitted || p->standing[p->victim].removed_at)
		return;
	chance_bytes(&w->chance, seed, sizeof(seed));
	seal_sign_keypair(&key, &sk, seed);
	roster_entry_rotate(&entry, node->code, &key, &listing, 1, &m->entry_leaf);
	append_entry(w, writer_view(&entry));
	writer_release(&entry);
}

/* The last one of them, who stays a member. */
static void change_set(struct world *w)
{
	const char *code = w->nodes[w->params.coordinators - 1].code;
	struct coordinator_change change = {
	    .remove = &code, .remove_count = 1, .threshold = w->params.threshold};
	struct writer entry = {0};

	roster_entry_coordinator(&entry, &change);
	append_entry(w, writer_view(&entry));
	writer_release(&entry);
}

static void invite(struct world *w, unsigned at)
{
	struct change_invite invite = {.is_put = true, .expires = {INT64_MAX / 4}};
	struct request *q = people_request(w, REQUEST_INVITE, KEEPER);

	chance_bytes(&w->chance, invite.token, TOKEN_SIZE);
	memcpy(w->people.tokens[at], invite.token, TOKEN_SIZE);
	memcpy(invite.code, w->nodes[at].code, sizeof(invite.code));
	q->subject = at;
	node_invite(w, KEEPER, q->id, &invite);
}

/* The invitee writes its home and starts. */
static void accept_invite(struct world *w, unsigned at)
{
	struct node *node = &w->nodes[at];
	struct msg_join join = {.kind = BYTES_STR("commune")};
	struct writer names = {0}, record = {0};

	if (w->people.is_invited[at])
		return;
	w->people.is_invited[at] = true;
	people_put_names(&names, node->code);
	record_create(&record, 0, node->log_open_time, NULL, node->log_open_salt,
	    writer_view(&node->log_open));
	memcpy(join.token, w->people.tokens[at], TOKEN_SIZE);
	join.record = writer_view(&record);
	join.names = writer_view(&names);
	msg_join_encode(&node->join, &join);
	writer_release(&names);
	writer_release(&record);
	node_start(w, at);
}

static void on_accept(struct world *w, const struct event *e)
{
	accept_invite(w, (unsigned)e->a);
}

void roster_work_done(struct world *w, const struct request *q)
{
	if (q->type == REQUEST_INVITE && !w->people.is_invited[q->subject])
		clock_set(&w->clock, w->clock.now_us + 1000, on_accept, q->subject, 0, 0);
}

/* A request lies with the keeper. */
static bool has_request(const struct world *w, unsigned at)
{
	const struct model_rows *rows = &w->nodes[KEEPER].model.tables[MODEL_REQUESTS];
	bool is_there = false;

	for (size_t i = 0; i < rows->count && !is_there; i++) {
		struct change op;
		struct reader r;
		reader_init(&r, writer_view(&rows->rows[i].raw));
		is_there = change_next(&op, &r) && strcmp(op.request.code, w->nodes[at].code) == 0;
	}
	return is_there;
}

static bool is_waiting(const struct world *w, unsigned at)
{
	const struct node *node = &w->nodes[at];

	if (w->people.standing[at].admitted_at)
		return false;
	return node->standing == STANDING_ENROLLED ||
	       (node->standing == STANDING_JOINER && has_request(w, at));
}

static void on_roster_work(struct world *w, const struct event *e)
{
	const struct node *keeper = &w->nodes[KEEPER];
	int64_t now_ms = clock_now_ms(&w->clock);

	(void)e;
	clock_set(&w->clock, w->clock.now_us + chance_between(&w->chance, 50000, 800000),
	    on_roster_work, 0, 0, 0);
	if (!keeper->core || node_is_stopped(w, keeper) || !core_roster(keeper->core) ||
	    is_busy(w) || roster_size(core_roster(keeper->core)) == 0)
		return;
	for (unsigned i = 0; i < w->node_count; i++) {
		if (is_waiting(w, i)) {
			admit(w, i);
			return;
		}
	}
	for (unsigned i = 0; i < w->node_count; i++) {
		bool is_due = now_ms >= w->people.invite_ms[i] || w->is_healing;
		if (w->nodes[i].standing == STANDING_JOINER && !w->people.is_invited[i] && is_due) {
			invite(w, i);
			return;
		}
	}
	if (w->is_healing)
		return;
	if (w->people.set_change_ms && w->people.set_version == 1 &&
	    now_ms >= w->people.set_change_ms)
		change_set(w);
	else if (chance_hit(&w->keeper_chance, (unsigned)w->params.strengths[FAULT_GHOST]) &&
		 hostile_entry(w))
		return;
	else if (w->people.removals_left && now_ms >= w->people.removal_ms)
		remove_one(w);
	else if (w->people.thief && !w->people.rotated_at && chance_hit(&w->chance, 200))
		rotate(w);
}

void roster_work_begin(struct world *w)
{
	clock_set(&w->clock, 1000, on_roster_work, 0, 0, 0);
}
