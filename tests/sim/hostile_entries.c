/* Entries that must not count, in a roster that is signed all the same: its keeper asks for no approvals, and coordinators
 * approve what they may not. Each of them would let a stranger in. Whether one counts is the business of others. */
#include <assert.h>

#include "proto/mp.h"
#include "tests/sim/people_roster.h"
#include "tests/sim/world.h"

#define ENTRIES_MAX 12
#define SIGNERS_MAX 8

enum err __real_roster_check(const struct roster *r, struct bytes payload, struct why *why);
enum err __wrap_roster_check(const struct roster *r, struct bytes payload, struct why *why);

static bool asks_for_nothing; /* the keeper, for as long as it is given such an entry */

enum err __wrap_roster_check(const struct roster *r, struct bytes payload, struct why *why)
{
	return asks_for_nothing ? ERR_NONE : __real_roster_check(r, payload, why);
}

struct forgery {
	struct world *w;
	struct writer entry;
	struct approval approvals[SIGNERS_MAX];
	unsigned count;
	uint64_t version;
	struct hash network;
	const struct node *stranger; /* who would be let in */
};

static void sign(struct forgery *f, const struct node *by)
{
	assert(f->count < SIGNERS_MAX);
	approval_sign(&f->approvals[f->count++], &f->network, f->version, writer_view(&f->entry),
	    &by->member_sk);
}

/* So many of the set. */
static void sign_by_set(struct forgery *f, unsigned count)
{
	for (unsigned i = 0; i < f->w->node_count && count; i++)
		if (f->w->people.set >> i & 1) {
			sign(f, &f->w->nodes[i]);
			count--;
		}
}

static const struct node *find_removed(const struct world *w)
{
	for (unsigned i = 0; i < w->params.coordinators; i++)
		if (!(w->people.set >> i & 1))
			return &w->nodes[i];
	return NULL;
}

static void write_admission(struct forgery *f)
{
	struct writer names = {0};

	people_put_names(&names, f->stranger->code);
	roster_entry_admit(&f->entry, f->stranger->code, MEMBER_COMMUNE, &f->stranger->member,
	    writer_view(&names), "", NULL);
	writer_release(&names);
}

/* --- kinds of them --------------------------------------------------------------------------- */

/* Each is false when it is not possible now. */
static bool forge_few(struct forgery *f)
{
	write_admission(f);
	sign_by_set(f, f->w->people.quorum - 1);
	return true;
}

static bool forge_twice(struct forgery *f)
{
	write_admission(f);
	sign_by_set(f, f->w->people.quorum - 1);
	for (unsigned i = 0; f->count && i < 2; i++)
		f->approvals[f->count++] = f->approvals[0];
	return f->count > 0;
}

static bool forge_stranger(struct forgery *f)
{
	forge_few(f);
	sign(f, f->stranger);
	return true;
}

static bool forge_removed(struct forgery *f)
{
	const struct node *removed = find_removed(f->w);

	if (!removed)
		return false;
	forge_few(f);
	sign(f, removed);
	return true;
}

static bool forge_old_version(struct forgery *f)
{
	if (f->version < 2)
		return false;
	f->version--;
	write_admission(f);
	sign_by_set(f, SIGNERS_MAX);
	return true;
}

static bool forge_no_network(struct forgery *f)
{
	f->network = (struct hash){0};
	write_admission(f);
	sign_by_set(f, SIGNERS_MAX);
	return true;
}

static bool forge_low_threshold(struct forgery *f)
{
	unsigned count = (unsigned)__builtin_popcountll(f->w->people.set);

	if (count < 2)
		return false;
	roster_entry_threshold(&f->entry, count / 2);
	sign_by_set(f, SIGNERS_MAX);
	return true;
}

static bool forge_half_change(struct forgery *f)
{
	unsigned count = (unsigned)__builtin_popcountll(f->w->people.set) + 1;
	struct writer names = {0};
	struct coordinator added = {.kind = MEMBER_COORDINATOR,
	    .member_key = f->stranger->member,
	    .cosigner_key = f->stranger->cosigner};
	struct coordinator_change change = {
	    .add = &added, .add_count = 1, .threshold = count / 2 + 1};

	people_put_names(&names, f->stranger->code);
	added.names = writer_view(&names);
	memcpy(added.code, f->stranger->code, sizeof(added.code));
	roster_entry_coordinator(&f->entry, &change);
	sign(f, f->stranger);
	sign_by_set(f, f->w->people.quorum - 1);
	writer_release(&names);
	return true;
}

static bool forge_epoch(struct forgery *f)
{
	const struct people *p = &f->w->people;

	mp_put_map(&f->entry, 4);
	mp_put_cstr(&f->entry, "epoch");
	mp_put_uint(&f->entry, 1);
	mp_put_cstr(&f->entry, "keeper");
	mp_put_bin(&f->entry, f->stranger->log.b, KEY_SIZE);
	mp_put_cstr(&f->entry, "previous");
	mp_put_array(&f->entry, 3);
	mp_put_bin(&f->entry, p->roster_log.b, KEY_SIZE);
	mp_put_uint(&f->entry, p->entry_count);
	mp_put_bin(&f->entry, p->entries[p->entry_count - 1].b, HASH_SIZE);
	mp_put_cstr(&f->entry, "type");
	mp_put_cstr(&f->entry, "epoch");
	sign_by_set(f, SIGNERS_MAX);
	return true;
}

static const struct {
	enum deed deed;
	bool (*forge)(struct forgery *f);
} forgeries[] = {
    {DEED_FEW, forge_few},
    {DEED_TWICE, forge_twice},
    {DEED_STRANGER, forge_stranger},
    {DEED_REMOVED, forge_removed},
    {DEED_OLD_VERSION, forge_old_version},
    {DEED_NO_NETWORK, forge_no_network},
    {DEED_LOW_THRESHOLD, forge_low_threshold},
    {DEED_HALF_CHANGE, forge_half_change},
    {DEED_EPOCH_WITHIN, forge_epoch},
};

static const struct node *draw_stranger(struct world *w)
{
	unsigned first = (unsigned)chance_below(&w->keeper_chance, w->params.nodes);

	for (unsigned i = 0; i < w->params.nodes; i++) {
		const struct node *node = &w->nodes[(first + i) % w->params.nodes];
		if (node->standing == STANDING_INTRUDER)
			return node;
	}
	return NULL;
}

bool hostile_entry(struct world *w)
{
	return hostile_forge(
	    w, chance_below(&w->keeper_chance, sizeof(forgeries) / sizeof(forgeries[0])));
}

bool hostile_forge(struct world *w, size_t kind)
{
	struct forgery f = {.w = w,
	    .version = w->people.set_version,
	    .network = w->network,
	    .stranger = draw_stranger(w)};
	struct writer payload = {0};
	bool is_written = false;

	if (kind < sizeof(forgeries) / sizeof(forgeries[0]) && w->people.forged < ENTRIES_MAX &&
	    f.stranger && forgeries[kind].forge(&f)) {
		struct request *q = people_request(w, REQUEST_ROSTER, KEEPER);
		q->deed = forgeries[kind].deed;
		q->has_deed = is_written = true;
		w->people.forged++;
		roster_payload_encode(&payload, writer_view(&f.entry), f.approvals, f.count);
		asks_for_nothing = true;
		node_roster_append(w, KEEPER, q->id, writer_view(&payload));
		asks_for_nothing = false;
	}
	writer_release(&f.entry);
	writer_release(&payload);
	return is_written;
}
