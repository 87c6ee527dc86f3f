/* A roster for tests: keys by number, entries signed by whichever of them a test says, leaves made
 * up from the index. */
#ifndef TESTS_PROTO_ROSTER_WORLD_H
#define TESTS_PROTO_ROSTER_WORLD_H

#include "tests/unit.h"

#include "proto/mp.h"
#include "proto/roster.h"
#include "proto/seal.h"

#define KEYS_MAX 64

struct world {
	struct roster *roster;
	struct key keys[KEYS_MAX];
	struct seckey secrets[KEYS_MAX];
	struct writer names;
	struct writer entry, payload;
	struct why why;
	struct hash last; /* leaf of the newest entry */
	bool trusted;
};

static inline struct bytes world_names(struct world *w, const char *name)
{
	writer_clear(&w->names);
	mp_put_map(&w->names, 1);
	mp_put_cstr(&w->names, "fr");
	mp_put_cstr(&w->names, name);
	return writer_view(&w->names);
}

static inline void world_init(struct world *w)
{
	*w = (struct world){.roster = roster_new()};
	assert_non_null(w->roster);
	for (unsigned i = 0; i < KEYS_MAX; i++) {
		uint8_t seed[32] = {(uint8_t)i, 1};

		seal_sign_keypair(&w->keys[i], &w->secrets[i], seed);
	}
}

static inline void world_release(struct world *w)
{
	roster_free(w->roster);
	writer_release(&w->names);
	writer_release(&w->entry);
	writer_release(&w->payload);
}

static inline struct hash world_leaf(uint64_t index)
{
	struct hash leaf = {{0xee}};

	be64_put(leaf.b + 24, index);
	return leaf;
}

/* A fresh entry to write into. */
static inline struct writer *world_entry(struct world *w)
{
	writer_clear(&w->entry);
	return &w->entry;
}

/* Applies what stands in w->payload as the next record. */
static inline enum err world_apply_payload(struct world *w)
{
	struct header header = {.kind = 3, .time = {1000 + (int64_t)roster_size(w->roster)}};

	w->last = world_leaf(roster_size(w->roster));
	w->why = (struct why){0};
	assert_ok(w->payload.err);
	return roster_apply(
	    w->roster, &header, &w->last, writer_view(&w->payload), w->trusted, &w->why);
}

/* Applies w->entry with approvals by those keys under a version of the set. */
static inline enum err world_apply_under(
    struct world *w, uint64_t version, const unsigned *signers, unsigned count)
{
	struct approval approvals[KEYS_MAX];

	assert_ok(w->entry.err);
	for (unsigned i = 0; i < count; i++)
		approval_sign(&approvals[i], roster_network(w->roster), version,
		    writer_view(&w->entry), &w->secrets[signers[i]]);
	writer_clear(&w->payload);
	roster_payload_encode(&w->payload, writer_view(&w->entry), approvals, count);
	return world_apply_payload(w);
}

#define SIGNERS(...) \
	(const unsigned[]){__VA_ARGS__}, sizeof((const unsigned[]){__VA_ARGS__}) / sizeof(unsigned)
#define world_apply(w, ...) \
	world_apply_under((w), roster_set_version((w)->roster), SIGNERS(__VA_ARGS__))

/* Coordinators c0, c1 … with member keys 0, 1 … and cosigner keys 10, 11 …; keeper key 20, recovery
 * key 21. */
static inline void world_genesis_entry(struct world *w, unsigned count, unsigned threshold)
{
	struct coordinator list[8];
	struct bytes names = world_names(w, "Reseau");
	struct genesis genesis = {.names = names,
	    .keeper = w->keys[20],
	    .coordinators = list,
	    .coordinator_count = count,
	    .threshold = threshold,
	    .recovery = &w->keys[21],
	    .recovery_count = 1,
	    .zone = "Africa/Casablanca",
	    .nonce = {{1, 2, 3}}};

	for (unsigned i = 0; i < count; i++) {
		list[i] = (struct coordinator){.kind = MEMBER_COORDINATOR,
		    .member_key = w->keys[i],
		    .cosigner_key = w->keys[10 + i],
		    .names = names};
		snprintf(list[i].code, sizeof(list[i].code), "c%u", i);
	}
	roster_entry_genesis(world_entry(w), &genesis);
}

/* A world whose genesis counted: 1 of 1, or 2 of 3. */
static inline void world_start(struct world *w, unsigned count, unsigned threshold)
{
	static const unsigned signers[] = {0, 1, 2};

	world_init(w);
	world_genesis_entry(w, count, threshold);
	assert_ok(world_apply_under(w, 0, signers, threshold));
}

static inline void world_admit_entry(
    struct world *w, const char *code, unsigned key, const struct hash *replaces)
{
	roster_entry_admit(world_entry(w), code, MEMBER_COMMUNE, &w->keys[key],
	    world_names(w, code), "05.591.01.01", replaces);
}

static inline void world_log(
    struct world *w, struct log_open *open, const char *code, unsigned member_key, unsigned log_key)
{
	*open = (struct log_open){.network = *roster_network(w->roster),
	    .key = w->keys[log_key],
	    .member_key = w->keys[member_key],
	    .number = 1};
	snprintf(open->member, sizeof(open->member), "%s", code);
}

#endif
