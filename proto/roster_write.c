/* Encoding of roster entries and approvals. It writes what it is told; whether the entry would
 * count is known only where it is applied. */
#include <string.h>

#include "proto/mp.h"
#include "proto/roster.h"
#include "proto/seal.h"

static const char domain[] = "open-communes approval v1\n";

static void put_hash(struct writer *w, const char *name, const struct hash *hash)
{
	mp_put_cstr(w, name);
	mp_put_bin(w, hash->b, HASH_SIZE);
}

static void put_key(struct writer *w, const char *name, const struct key *key)
{
	mp_put_cstr(w, name);
	mp_put_bin(w, key->b, KEY_SIZE);
}

static void put_text(struct writer *w, const char *name, const char *text)
{
	mp_put_cstr(w, name);
	mp_put_cstr(w, text);
}

static void put_uint(struct writer *w, const char *name, uint64_t value)
{
	mp_put_cstr(w, name);
	mp_put_uint(w, value);
}

static void put_raw(struct writer *w, const char *name, struct bytes value)
{
	mp_put_cstr(w, name);
	writer_bytes(w, value);
}

static void put_replaces(struct writer *w, const struct hash *replaces)
{
	if (replaces)
		put_hash(w, "replaces", replaces);
}

static void put_coordinators(
    struct writer *w, const char *name, const struct coordinator *list, unsigned count)
{
	mp_put_cstr(w, name);
	mp_put_array(w, count);
	for (unsigned i = 0; i < count; i++) {
		mp_put_map(w, 5);
		put_text(w, "code", list[i].code);
		put_key(w, "cosigner_key", &list[i].cosigner_key);
		put_text(w, "kind", member_kind_name(list[i].kind));
		put_key(w, "member_key", &list[i].member_key);
		put_raw(w, "names", list[i].names);
	}
}

void roster_entry_genesis(struct writer *w, const struct genesis *genesis)
{
	mp_put_map(w, 9);
	mp_put_cstr(w, "charter");
	mp_put_bin(w, genesis->charter.b, hash_is_zero(&genesis->charter) ? 0 : HASH_SIZE);
	put_coordinators(w, "coordinators", genesis->coordinators, genesis->coordinator_count);
	put_key(w, "keeper", &genesis->keeper);
	put_raw(w, "names", genesis->names);
	put_hash(w, "nonce", &genesis->nonce);
	mp_put_cstr(w, "recovery");
	mp_put_array(w, genesis->recovery_count);
	for (unsigned i = 0; i < genesis->recovery_count; i++)
		mp_put_bin(w, genesis->recovery[i].b, KEY_SIZE);
	put_uint(w, "threshold", genesis->threshold);
	put_text(w, "type", "genesis");
	put_text(w, "zone", genesis->zone);
}

void roster_entry_admit(struct writer *w, const char *code, enum member_kind kind,
    const struct key *member_key, struct bytes names, const char *territory,
    const struct hash *replaces)
{
	bool has_territory = territory && *territory;

	mp_put_map(w, 5u + (replaces ? 1 : 0) + (has_territory ? 1 : 0));
	put_text(w, "code", code);
	put_text(w, "kind", member_kind_name(kind));
	put_key(w, "member_key", member_key);
	put_raw(w, "names", names);
	put_replaces(w, replaces);
	if (has_territory)
		put_text(w, "territory", territory);
	put_text(w, "type", "admit");
}

void roster_entry_amend(struct writer *w, const char *code, enum member_kind kind,
    struct bytes names, const char *territory, const struct hash *replaces)
{
	bool has_kind = kind < MEMBER_KIND_COUNT;

	mp_put_map(w, 3u + (has_kind ? 1 : 0) + (names.size ? 1 : 0) + (territory ? 1 : 0));
	put_text(w, "code", code);
	if (has_kind)
		put_text(w, "kind", member_kind_name(kind));
	if (names.size)
		put_raw(w, "names", names);
	put_replaces(w, replaces);
	if (territory)
		put_text(w, "territory", territory);
	put_text(w, "type", "amend");
}

static void put_logs(struct writer *w, const struct log_listing *logs, unsigned count)
{
	mp_put_cstr(w, "logs");
	mp_put_array(w, count);
	for (unsigned i = 0; i < count; i++) {
		bool is_cut = logs[i].end == LOG_IS_CUT;

		mp_put_array(w, is_cut ? 4 : 2);
		mp_put_bin(w, logs[i].key.b, KEY_SIZE);
		mp_put_cstr(w, is_cut ? "cut" : "open");
		if (!is_cut)
			continue;
		mp_put_uint(w, logs[i].size);
		mp_put_bin(w, logs[i].root.b, HASH_SIZE);
	}
}

void roster_entry_remove(struct writer *w, const char *code, const char *reason,
    const struct log_listing *logs, unsigned count, const struct hash *replaces)
{
	mp_put_map(w, replaces ? 5 : 4);
	put_text(w, "code", code);
	put_logs(w, logs, count);
	put_text(w, "reason", reason);
	put_replaces(w, replaces);
	put_text(w, "type", "remove");
}

void roster_entry_rotate(struct writer *w, const char *code, const struct key *member_key,
    const struct log_listing *logs, unsigned count, const struct hash *replaces)
{
	mp_put_map(w, replaces ? 5 : 4);
	put_text(w, "code", code);
	put_logs(w, logs, count);
	put_key(w, "member_key", member_key);
	put_replaces(w, replaces);
	put_text(w, "type", "rotate");
}

void roster_entry_coordinator(struct writer *w, const struct coordinator_change *change)
{
	mp_put_map(w, 4);
	put_coordinators(w, "add", change->add, change->add_count);
	mp_put_cstr(w, "remove");
	mp_put_array(w, change->remove_count);
	for (unsigned i = 0; i < change->remove_count; i++)
		mp_put_cstr(w, change->remove[i]);
	put_uint(w, "threshold", change->threshold);
	put_text(w, "type", "coordinator");
}

void roster_entry_threshold(struct writer *w, unsigned threshold)
{
	mp_put_map(w, 2);
	put_uint(w, "threshold", threshold);
	put_text(w, "type", "threshold");
}

void roster_entry_charter(struct writer *w, const struct hash *charter, const struct hash *replaces)
{
	mp_put_map(w, replaces ? 3 : 2);
	put_hash(w, "charter", charter);
	put_replaces(w, replaces);
	put_text(w, "type", "charter");
}

void roster_entry_ruling(struct writer *w, const struct ruling *ruling, const struct hash *replaces)
{
	static const char *const types[] = {"erase", "dispute", "name-branch"};
	bool is_branch = ruling->type == RULING_NAME_BRANCH;

	mp_put_map(w, (is_branch ? 4u : 5u) + (replaces ? 1 : 0));
	if (!is_branch) {
		put_text(w, "ground", erasure_ground_name(ruling->ground));
		put_uint(w, "index", ruling->index);
		put_hash(w, "leaf", &ruling->leaf);
	}
	put_key(w, "log", &ruling->log);
	put_replaces(w, replaces);
	if (is_branch) {
		put_hash(w, "root", &ruling->leaf);
		put_uint(w, "size", ruling->index);
	}
	put_text(w, "type", types[ruling->type]);
}

#define APPROVAL_SIZE (sizeof(domain) - 1 + HASH_SIZE + 8 + HASH_SIZE)

static struct bytes approval_text(uint8_t out[static APPROVAL_SIZE], const struct hash *network,
    uint64_t set_version, struct bytes entry)
{
	uint8_t *at = out;
	struct hash hash;

	seal_sha256(&hash, entry);
	memcpy(at, domain, sizeof(domain) - 1);
	at += sizeof(domain) - 1;
	memcpy(at, network->b, HASH_SIZE);
	at += HASH_SIZE;
	be64_put(at, set_version);
	memcpy(at + 8, hash.b, HASH_SIZE);
	return bytes_of(out, APPROVAL_SIZE);
}

void approval_sign(struct approval *out, const struct hash *network, uint64_t set_version,
    struct bytes entry, const struct seckey *member_sk)
{
	uint8_t text[APPROVAL_SIZE];

	seal_sign_public(&out->key, member_sk);
	seal_sign(&out->sig, approval_text(text, network, set_version, entry), member_sk);
}

bool approval_verify(
    const struct approval *a, const struct hash *network, uint64_t set_version, struct bytes entry)
{
	uint8_t text[APPROVAL_SIZE];

	return seal_verify(&a->sig, approval_text(text, network, set_version, entry), &a->key);
}

void roster_payload_encode(
    struct writer *w, struct bytes entry, const struct approval *approvals, unsigned count)
{
	mp_put_map(w, 2);
	mp_put_cstr(w, "approvals");
	mp_put_array(w, count);
	for (unsigned i = 0; i < count; i++) {
		mp_put_array(w, 2);
		mp_put_bin(w, approvals[i].key.b, KEY_SIZE);
		mp_put_bin(w, approvals[i].sig.b, SIG_SIZE);
	}
	put_raw(w, "entry", entry);
}
