/* The roster's entries, read a second way: by what they say and who approved them, not by what proto/roster makes of
 * them. It knows the few types that are written here; all others change nothing of what it answers. */
#include <assert.h>
#include <stdlib.h>

#include "proto/mp.h"
#include "tests/sim/naming.h"
#include "tests/sim/people_roster.h"
#include "tests/sim/world.h"

static unsigned node_by_member(const struct world *w, struct bytes key)
{
	for (unsigned i = 0; i < w->node_count; i++)
		if (bytes_equal(key, BYTES(w->nodes[i].member.b)))
			return i;
	return w->node_count;
}

static unsigned node_by_code(const struct world *w, struct bytes code)
{
	for (unsigned i = 0; i < w->node_count; i++)
		if (node_is_member(&w->nodes[i]) && bytes_equal(code, bytes_str(w->nodes[i].code)))
			return i;
	return w->node_count;
}

static struct bytes get_text(struct bytes map, const char *key)
{
	struct reader r;

	reader_init(&r, mp_get(map, key));
	return mp_str(&r);
}

static unsigned get_count(struct bytes map, const char *key)
{
	struct reader r;
	uint64_t value;

	reader_init(&r, mp_get(map, key));
	value = mp_uint(&r);
	return r.err || value > 64 ? 0 : (unsigned)value;
}

/* --- does it count? -------------------------------------------------------------------------- */

static unsigned count_nodes(uint64_t set)
{
	return (unsigned)__builtin_popcountll(set);
}

/* Whose approvals verify under the set in force, a bit each; no one key twice. */
static uint64_t read_approvals(const struct world *w, struct bytes payload, struct bytes entry)
{
	struct approval approval;
	uint64_t found = 0, named = 0;
	struct reader r;

	reader_init(&r, mp_get(payload, "approvals"));
	for (uint32_t i = mp_array(&r); i-- > 0;) {
		unsigned at;
		mp_array_of(&r, 2);
		mp_bin_fixed(&r, approval.key.b, KEY_SIZE);
		mp_bin_fixed(&r, approval.sig.b, SIG_SIZE);
		at = node_by_member(w, BYTES(approval.key.b));
		if (at >= w->node_count || r.err)
			continue;
		if (named >> at & 1)
			return 0;
		named |= (uint64_t)1 << at;
		if (approval_verify(&approval, &w->network, w->people.set_version, entry))
			found |= (uint64_t)1 << at;
	}
	return found;
}

/* The set that a coordinator entry makes. Nobody is added by those who mean well. */
static uint64_t read_set(const struct world *w, struct bytes entry)
{
	uint64_t set = w->people.set;
	struct reader r;

	reader_init(&r, mp_get(entry, "remove"));
	for (uint32_t i = mp_array(&r); i-- > 0;) {
		unsigned at = node_by_code(w, mp_str(&r));
		set &= at < w->node_count ? ~((uint64_t)1 << at) : set;
	}
	reader_init(&r, mp_get(entry, "add"));
	return mp_array(&r) ? 0 : set;
}

static bool is_set_change(struct bytes type)
{
	return bytes_equal(type, BYTES_STR("coordinator")) ||
	       bytes_equal(type, BYTES_STR("threshold"));
}

static bool counts(const struct world *w, struct bytes payload, struct bytes entry)
{
	const struct people *p = &w->people;
	struct bytes type = get_text(entry, "type");
	uint64_t found = read_approvals(w, payload, entry), next;
	unsigned quorum;

	if (count_nodes(found & p->set) < p->quorum || bytes_equal(type, BYTES_STR("epoch")))
		return false;
	if (!is_set_change(type))
		return true;
	next = read_set(w, entry);
	quorum = get_count(entry, "threshold");
	return 2 * quorum > count_nodes(next) && quorum <= count_nodes(next) &&
	       count_nodes(found & next) >= quorum;
}

/* --- what it does ---------------------------------------------------------------------------- */

static void read_removal(struct world *w, struct bytes entry, uint64_t index)
{
	unsigned at = node_by_code(w, get_text(entry, "code"));
	struct standing_of *s = &w->people.standing[at];
	struct reader r;

	assert(at < w->node_count);
	s->removed_at = index + 1;
	reader_init(&r, mp_get(entry, "logs"));
	if (mp_array(&r) == 0)
		return;
	mp_array(&r);
	mp_bin(&r);
	s->is_cut = bytes_equal(mp_str(&r), BYTES_STR("cut"));
	if (s->is_cut) {
		s->cut_size = mp_uint(&r);
		mp_bin_fixed(&r, s->cut_root.b, HASH_SIZE);
	}
}

static void read_admission(struct world *w, struct bytes entry, uint64_t index)
{
	struct reader r;
	unsigned at;

	reader_init(&r, mp_get(entry, "member_key"));
	at = node_by_member(w, mp_bin(&r));
	assert(at < w->node_count);
	w->people.standing[at].admitted_at = index + 1;
}

/* The first one that counts about a record is in force; all of them say the same. */
static void read_erase(struct world *w, struct bytes entry, uint64_t index)
{
	struct erase_ruling r = {.entry = index};
	struct reader in;

	reader_init(&in, mp_get(entry, "log"));
	mp_bin_fixed(&in, r.log.b, KEY_SIZE);
	reader_init(&in, mp_get(entry, "leaf"));
	mp_bin_fixed(&in, r.leaf.b, HASH_SIZE);
	reader_init(&in, mp_get(entry, "index"));
	r.index = mp_uint(&in);
	assert(!in.err);
	w->people.rulings = realloc(w->people.rulings, (w->people.ruling_count + 1) * sizeof(r));
	assert(w->people.rulings);
	w->people.rulings[w->people.ruling_count++] = r;
}

static void on_thief(struct world *w, const struct event *e)
{
	if (!w->nodes[e->a].core && w->nodes[e->a].life == 0)
		node_start(w, (unsigned)e->a);
}

static void read_genesis(struct world *w)
{
	struct people *p = &w->people;

	for (unsigned i = 0; i < w->params.coordinators; i++)
		p->standing[i].admitted_at = 1;
	p->set = ((uint64_t)1 << w->params.coordinators) - 1;
	p->set_version = 1;
	p->quorum = w->params.threshold;
}

void people_entry(struct world *w, uint64_t index, const struct record *record)
{
	struct people *p = &w->people;
	struct bytes entry = mp_get(record->payload, "entry");
	struct bytes type = get_text(entry, "type");
	struct hash leaf;

	tree_leaf_hash(&leaf, record->raw_header);
	if (index < p->entry_count)
		return; /* fetched back */
	p->entries = realloc(p->entries, (p->entry_count + 1) * sizeof(leaf));
	assert(p->entries);
	p->entries[p->entry_count++] = leaf;
	if (index == 0) {
		read_genesis(w);
	} else if (!counts(w, record->payload, entry)) {
		return;
	} else if (bytes_equal(type, BYTES_STR("admit"))) {
		read_admission(w, entry, index);
	} else if (bytes_equal(type, BYTES_STR("rotate"))) {
		p->rotated_at = index + 1;
		clock_set(&w->clock, w->clock.now_us + chance_between(&w->chance, 0, 3000000),
		    on_thief, p->thief, 0, 0);
	} else if (bytes_equal(type, BYTES_STR("remove"))) {
		read_removal(w, entry, index);
	} else if (bytes_equal(type, BYTES_STR("erase"))) {
		read_erase(w, entry, index);
	} else if (bytes_equal(type, BYTES_STR("name-branch"))) {
		naming_entry(w, entry, index, &leaf);
	} else if (is_set_change(type)) {
		p->set = read_set(w, entry);
		p->quorum = get_count(entry, "threshold");
		p->set_version++;
		w->deeds[DEED_SET_CHANGED]++;
	}
}

/* --- standing -------------------------------------------------------------------------------- */

uint64_t people_roster_size(const struct world *w)
{
	uint64_t size = 0;

	if (judge_roster_parted(w, &size))
		return size;
	if (!w->people.is_keeper_gone && !w->params.strengths[FAULT_TWO_ROSTERS])
		return w->people.entry_count;
	for (unsigned i = 0; i < w->node_count; i++) {
		const struct model_log *log = model_roster(&w->nodes[i].model);
		if (i != KEEPER && node_is_honest(&w->nodes[i]) && log && log->head.size > size)
			size = log->head.size;
	}
	return size;
}

uint64_t people_seen(const struct world *w, const struct node *node, uint64_t size)
{
	const struct model_log *log = model_roster(&node->model);
	uint64_t i = 0;

	if (!w->params.strengths[FAULT_TWO_ROSTERS] || !log)
		return size;
	while (i < size && i < log->count && i < w->people.entry_count &&
	       hash_equal(&log->records[i].leaf, &w->people.entries[i]))
		i++;
	return i;
}

bool people_is_admitted(const struct world *w, unsigned at, uint64_t size)
{
	const struct people *p = &w->people;
	const struct standing_of *s = &p->standing[at];

	/* Who does not know yet that the key was given up cannot tell the thief from a second node of the member. */
	if (p->thief && at == p->thief)
		return people_is_admitted(w, p->victim, size) && p->rotated_at &&
		       size < p->rotated_at;
	return s->admitted_at && s->admitted_at <= size;
}

bool people_is_cut(const struct world *w, unsigned at, uint64_t size)
{
	const struct standing_of *s = &w->people.standing[at];

	return s->is_cut && s->removed_at <= size;
}
