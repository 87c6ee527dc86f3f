/* The roster: which entries count, and the questions that others ask of it. What each type changes
 * is in roster_rules.c, their bytes are read in roster_entry.c. */
#include "proto/roster.h"

#include <stdlib.h>
#include <string.h>

#include "proto/broken.h"
#include "proto/mp.h"
#include "proto/roster_state.h"

#define KIND_ROSTER_ENTRY 3

struct roster *roster_new(void)
{
	return calloc(1, sizeof(struct roster));
}

void roster_free(struct roster *r)
{
	if (!r)
		return;
	for (size_t i = 0; i < r->member_count; i++)
		free((void *)r->members[i].names.data);
	free((void *)r->names.data);
	free(r->members);
	free(r->uses);
	free(r->listings);
	free(r->rulings);
	table_release(&r->by_code);
	table_release(&r->by_key);
	table_release(&r->points);
	table_release(&r->by_log);
	table_release(&r->by_subject);
	free(r);
}

/* --- which entries count --------------------------------------------------------------------- */

/* Sets that must each reach their threshold, and how far they are. */
struct ballot {
	struct electorate sets[2];
	unsigned set_count;
	unsigned found[2];
	struct hash network;
	uint64_t set_version;
	struct bytes entry;
	bool trusted;
};

static bool is_in(const struct electorate *set, const struct key *key)
{
	for (unsigned i = 0; i < set->count; i++)
		if (key_equal(&set->keys[i], key))
			return true;
	return false;
}

static bool has_quorum(const struct ballot *b)
{
	for (unsigned i = 0; i < b->set_count; i++)
		if (b->found[i] < b->sets[i].threshold)
			return false;
	return true;
}

static bool verifies(const struct ballot *b, const struct approval *approval)
{
	uint64_t version = b->set_version;

	while (!approval_verify(approval, &b->network, version, b->entry))
		if (!BROKEN_OLD_VERSION || version-- <= 1)
			return false;
	return true;
}

static void count_approval(struct ballot *b, const struct approval *approval)
{
	bool in[2] = {0};

	for (unsigned i = 0; i < b->set_count; i++)
		in[i] = is_in(&b->sets[i], &approval->key);
	if (!in[0] && !in[1])
		return;
	if (!b->trusted && !verifies(b, approval))
		return;
	for (unsigned i = 0; i < b->set_count; i++)
		b->found[i] += in[i];
}

static enum err count_approvals(struct ballot *b, struct bytes raw, struct why *why)
{
	struct approval approvals[ROSTER_APPROVALS_MAX];
	struct reader r;
	uint32_t count;

	reader_init(&r, raw);
	count = mp_array(&r);
	if (count > ROSTER_APPROVALS_MAX)
		return why_set(
		    why, ERR_LIMIT, "there are more than %u approvals", ROSTER_APPROVALS_MAX);
	for (uint32_t i = 0; i < count; i++) {
		mp_array_of(&r, 2);
		mp_bin_fixed(&r, approvals[i].key.b, KEY_SIZE);
		mp_bin_fixed(&r, approvals[i].sig.b, SIG_SIZE);
		if (r.err != ERR_NONE)
			return why_set(why, r.err, "approval %u: %s", i, err_text(r.err));
		for (uint32_t j = 0; j < i; j++)
			if (key_equal(&approvals[i].key, &approvals[j].key))
				return why_set(why, ERR_FORMAT, "one key approves twice");
	}
	for (uint32_t i = 0; i < count && !has_quorum(b); i++)
		count_approval(b, &approvals[i]);
	if (has_quorum(b))
		return ERR_NONE;
	return why_set(why, ERR_SIGNATURE, "%u of %u approvals verify%s",
	    b->found[0] < b->sets[0].threshold ? b->found[0] : b->found[1],
	    b->found[0] < b->sets[0].threshold ? b->sets[0].threshold : b->sets[1].threshold,
	    b->set_count == 2 ? " under the old and the new set" : "");
}

static void current_electorate(const struct roster *r, struct electorate *out)
{
	*out = (struct electorate){.count = r->coordinator_count, .threshold = r->threshold};
	for (unsigned i = 0; i < r->coordinator_count; i++)
		out->keys[i] = r->members[r->coordinators[i]].key;
	for (size_t i = 0; BROKEN_OLD_SET && i < r->member_count; i++)
		if (!r->members[i].is_coordinator && !key_is_zero(&r->members[i].cosigner_key) &&
		    out->count < ROSTER_COORDINATORS_MAX)
			out->keys[out->count++] = r->members[i].key;
}

/* The set in force, and the one that the entry makes; the genesis has only the latter. */
static enum err open_ballot(
    const struct roster *r, const struct entry *e, struct ballot *b, struct why *why)
{
	if (e->type != ENTRY_GENESIS)
		current_electorate(r, &b->sets[b->set_count++]);
	if (e->type == ENTRY_GENESIS || e->type == ENTRY_COORDINATOR || e->type == ENTRY_THRESHOLD)
		return roster_new_electorate(r, e, &b->sets[b->set_count++], why);
	return ERR_NONE;
}

static enum err judge(struct roster *r, const struct place *place, struct bytes payload,
    bool trusted, struct why *why)
{
	struct ballot ballot = {
	    .network = r->network, .set_version = r->set_version, .trusted = trusted};
	struct entry entry;
	struct bytes approvals;
	enum err err = entry_payload_decode(payload, &approvals, &ballot.entry);

	if (err != ERR_NONE)
		return why_set(why, err, "payload: %s", err_text(err));
	err = entry_decode(&entry, ballot.entry, why);
	if (err != ERR_NONE)
		return err;
	if (place->index == 0 && entry.type != ENTRY_GENESIS)
		return why_set(why, ERR_FORMAT, "leaf 0 of a roster is its genesis");
	if (place->index > 0 && entry.type == ENTRY_GENESIS)
		return why_set(why, ERR_REFUSED, "a genesis stands only in leaf 0");
	if (entry.type == ENTRY_EPOCH)
		return roster_rule(r, &entry, place, why);
	err = open_ballot(r, &entry, &ballot, why);
	if (err == ERR_NONE)
		err = count_approvals(&ballot, approvals, why);
	if (err == ERR_NONE)
		err = roster_rule(r, &entry, place, why);
	return err;
}

enum err roster_apply(struct roster *r, const struct header *header, const struct hash *leaf,
    struct bytes payload, bool trusted, struct why *why)
{
	const struct place place = {r->size, *leaf, header->time};
	struct why reason = {0};
	enum err err;

	if (header->kind != KIND_ROSTER_ENTRY)
		err = why_set(&reason, ERR_FORMAT, "kind %u is no roster entry", header->kind);
	else
		err = judge(r, &place, payload, trusted, &reason);
	if (err == ERR_MEMORY)
		return why_set(why, err, "%s", err_text(err));
	if (place.index == 0 && err == ERR_REFUSED)
		err = ERR_FORMAT;
	if (place.index > 0 && err != ERR_NONE)
		err = ERR_REFUSED;
	if (place.index > 0 || err == ERR_NONE)
		r->size++;
	return why_set(why, err, "%s", reason.text);
}

/* Entries are rare and rosters small: the question is answered by a copy that is thrown away. */
enum err roster_check(const struct roster *r, struct bytes payload, struct why *why)
{
	struct roster *copy = roster_copy(r);
	const struct header header = {.kind = KIND_ROSTER_ENTRY};
	const struct hash leaf = {{1}};
	enum err err;

	if (!copy)
		return why_set(why, ERR_MEMORY, "%s", err_text(ERR_MEMORY));
	err = roster_apply(copy, &header, &leaf, payload, false, why);
	roster_free(copy);
	return err;
}

/* --- questions ------------------------------------------------------------------------------- */

enum err roster_admits(
    const struct roster *r, const struct log_open *open, struct log_cut *cut, struct why *why)
{
	const struct key_use *use = roster_find_use(r, &open->member_key);
	const struct listing *listing;
	const struct member *member;

	*cut = (struct log_cut){0};
	if (r->size == 0 || !hash_equal(&open->network, &r->network))
		return why_set(why, ERR_ADMISSION, "the log is of another network");
	if (key_equal(&open->key, &r->keeper))
		return why_set(why, ERR_ADMISSION, "the log uses the key of the roster");
	if (!use || (use->use != USE_MEMBER && use->use != USE_RETIRED))
		return why_set(why, ERR_ADMISSION, "its member key is not in the roster");
	member = &r->members[use->member];
	if (strcmp(member->code, open->member) != 0)
		return why_set(
		    why, ERR_ADMISSION, "its member key is not that of '%s'", open->member);
	listing = roster_find_listing(r, use->member, &open->key);
	if (use->use == USE_RETIRED && !BROKEN_RETIRED_KEY &&
	    (!listing || listing->entry < use->entry))
		return why_set(why, ERR_ADMISSION,
		    "the member key of '%s' is retired and the log not listed", open->member);
	/* One who was removed keeps only what the removal lists, or what was cut before. */
	if (listing && !member->is_admitted && listing->end != LOG_IS_CUT &&
	    listing->entry < member->entry_index)
		return why_set(
		    why, ERR_ADMISSION, "'%s' was removed and the log not listed", open->member);
	if (listing && listing->end == LOG_IS_CUT)
		*cut = (struct log_cut){true, listing->size, listing->root};
	return ERR_NONE;
}

bool roster_has_cut(
    const struct roster *r, const struct key *log, uint64_t size, const struct hash *root)
{
	for (size_t i = 0; i < r->listing_count; i++) {
		const struct listing *l = &r->listings[i];
		if (l->end == LOG_IS_CUT && l->size == size && key_equal(&l->log, log) &&
		    hash_equal(&l->root, root))
			return true;
	}
	return false;
}

uint64_t roster_size(const struct roster *r)
{
	return r->size;
}

const struct hash *roster_network(const struct roster *r)
{
	return &r->network;
}

const struct key *roster_keeper(const struct roster *r)
{
	return &r->keeper;
}

struct bytes roster_names(const struct roster *r)
{
	return r->names;
}

struct bytes roster_zone(const struct roster *r)
{
	return bytes_str(r->zone);
}

const struct hash *roster_charter(const struct roster *r)
{
	return &r->charter;
}

uint64_t roster_set_version(const struct roster *r)
{
	return r->set_version;
}

unsigned roster_threshold(const struct roster *r)
{
	return r->threshold;
}

unsigned roster_coordinator_count(const struct roster *r)
{
	return r->coordinator_count;
}

size_t roster_member_count(const struct roster *r)
{
	return r->member_count;
}

const struct member *roster_member_at(const struct roster *r, size_t position)
{
	return position < r->member_count ? &r->members[position] : NULL;
}

const struct member *roster_member(const struct roster *r, const char *code)
{
	uint32_t position;

	return roster_find_member(r, code, &position) ? &r->members[position] : NULL;
}

const struct member *roster_member_by_key(const struct roster *r, const struct key *key)
{
	const struct key_use *use = roster_find_use(r, key);

	return use && use->use == USE_MEMBER ? &r->members[use->member] : NULL;
}

size_t roster_ruling_count(const struct roster *r)
{
	return r->ruling_count;
}

const struct ruling *roster_ruling_at(const struct roster *r, size_t position)
{
	return position < r->ruling_count ? &r->rulings[position] : NULL;
}

const struct ruling *roster_erasure(const struct roster *r, const struct key *log, uint64_t index)
{
	struct hash subject;
	uint32_t at;

	roster_subject(&subject, RULING_ERASE, log, index);
	return table_get(&r->by_subject, subject.b, &at) ? &r->rulings[at] : NULL;
}
