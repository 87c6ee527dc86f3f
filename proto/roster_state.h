/* What a roster holds, shared by the files that make it up: roster.c (questions, which entries
 * count), roster_rules.c and roster_set.c (what each type changes). Nobody else includes it. */
#ifndef PROTO_ROSTER_STATE_H
#define PROTO_ROSTER_STATE_H

#include "proto/roster.h"
#include "proto/roster_entry.h"
#include "proto/table.h"

/* Every key that an entry ever named, with its one use. Keys are never forgotten: a retired one
 * never returns. */
enum use { USE_MEMBER, USE_RETIRED, USE_COSIGNER, USE_KEEPER, USE_RECOVERY };
struct key_use {
	enum use use;
	uint32_t member; /* USE_MEMBER, USE_RETIRED, USE_COSIGNER: position */
	uint64_t entry;	 /* USE_RETIRED: index of the entry that retired it */
};

/* What the entries said last about one log of a member. */
struct listing {
	uint32_t member;
	enum log_end end;
	uint64_t size;
	struct hash root;
	uint64_t entry;
	struct key log;
};

struct roster {
	uint64_t size;
	struct hash network;
	struct key keeper;
	struct bytes names; /* owned, as are the names of members */
	char zone[ROSTER_ZONE_MAX + 1];
	struct hash charter;
	struct hash charter_entry; /* leaf of the entry in force; zero: none */
	uint64_t set_version;
	unsigned threshold;
	uint32_t coordinators[ROSTER_COORDINATORS_MAX]; /* positions */
	unsigned coordinator_count;

	struct member *members;
	size_t member_count, member_capacity;
	struct key_use *uses;
	size_t use_count, use_capacity;
	struct listing *listings;
	size_t listing_count, listing_capacity;
	struct ruling *rulings;
	size_t ruling_count, ruling_capacity;
	struct table by_code;	 /* members */
	struct table by_key;	 /* uses */
	struct table points;	 /* keys that need not be looked at again */
	struct table by_log;	 /* listings */
	struct table by_subject; /* rulings */
};

/* The record that carries an entry. */
struct place {
	uint64_t index;
	struct hash leaf;
	struct mtime time;
};

/* A set of coordinators that must reach its threshold. */
struct electorate {
	struct key keys[ROSTER_COORDINATORS_MAX];
	unsigned count;
	unsigned threshold;
};

/* So that as many roster_put_* cannot fail; false without memory. */
bool roster_reserve_members(struct roster *r, size_t extra);
bool roster_reserve_uses(struct roster *r, size_t extra);
bool roster_reserve_listings(struct roster *r, size_t extra);
bool roster_reserve_rulings(struct roster *r, size_t extra);
/* NULL without memory. */
struct roster *roster_copy(const struct roster *r);
bool roster_copy_bytes(struct bytes *out, struct bytes in);
/* Frees what was owned. */
void roster_take_bytes(struct bytes *owned, struct bytes copy);

bool roster_find_member(const struct roster *r, const char *code, uint32_t *position);
const struct key_use *roster_find_use(const struct roster *r, const struct key *key);
const struct listing *roster_find_listing(
    const struct roster *r, uint32_t member, const struct key *log);
/* Keys of the tables by_log and by_subject. */
void roster_listing_key(struct hash *out, uint32_t member, const struct key *log);
void roster_subject(struct hash *out, enum ruling_type type, const struct key *log, uint64_t index);

/* ERR_KEY, or ERR_REFUSED for one that was ever named. */
enum err roster_check_new_key(const struct roster *r, const struct key *key, struct why *why);
void roster_put_use(struct roster *r, const struct key *key, struct key_use use);
/* A new line, or one of a member who comes back; takes the names. Returns the position. */
uint32_t roster_put_member(
    struct roster *r, const struct member *line, const struct place *place, struct bytes names);

/* The set that a genesis, coordinator or threshold entry makes, if it is possible. */
enum err roster_new_electorate(
    const struct roster *r, const struct entry *e, struct electorate *out, struct why *why);

/* Each carries out an entry with enough approvals: ERR_NONE, ERR_REFUSED, ERR_KEY or ERR_MEMORY;
 * after an error nothing happened. */
enum err roster_rule(
    struct roster *r, const struct entry *e, const struct place *place, struct why *why);
enum err roster_rule_genesis(
    struct roster *r, const struct entry *e, const struct place *place, struct why *why);
enum err roster_rule_set(
    struct roster *r, const struct entry *e, const struct place *place, struct why *why);

#endif
