/* The network of the roster's fuzz target and of its seeds: keys from numbers, two of three
 * coordinators, three members. */
#ifndef TESTS_FUZZ_ROSTER_BASE_H
#define TESTS_FUZZ_ROSTER_BASE_H

#include "tests/fuzz/fuzz.h"

#include "proto/mp.h"
#include "proto/roster_state.h"

struct base_keys {
	struct key keys[40];
	struct seckey secrets[40];
};

static inline const struct base_keys *base_keys(void)
{
	static struct base_keys all;

	for (unsigned i = 0; i < 40 && key_is_zero(&all.keys[39]); i++)
		seal_sign_keypair(
		    &all.keys[i], &all.secrets[i], (const uint8_t[32]){(uint8_t)i, 1});
	return &all;
}

static inline struct bytes base_names(void)
{
	return BYTES_STR("\x81\xa2"
			 "fr\xa6"
			 "Sefrou");
}

static inline void base_genesis(struct writer *w)
{
	const struct base_keys *k = base_keys();
	struct coordinator list[3];

	for (unsigned i = 0; i < 3; i++) {
		list[i] = (struct coordinator){.kind = MEMBER_COORDINATOR,
		    .member_key = k->keys[i],
		    .cosigner_key = k->keys[10 + i],
		    .names = base_names()};
		snprintf(list[i].code, sizeof(list[i].code), "c%u", i);
	}
	roster_entry_genesis(w, &(struct genesis){.names = base_names(),
				    .keeper = k->keys[20],
				    .coordinators = list,
				    .coordinator_count = 3,
				    .threshold = 2,
				    .recovery = &k->keys[21],
				    .recovery_count = 1,
				    .zone = "Africa/Casablanca",
				    .nonce = {{1}}});
}

/* The payload of an entry with approvals by the first coordinators, under that version. */
static inline void base_payload(struct writer *w, struct bytes entry, const struct hash *network,
    uint64_t version, unsigned signers)
{
	struct approval approvals[3];

	for (unsigned i = 0; i < signers; i++)
		approval_sign(&approvals[i], network, version, entry, &base_keys()->secrets[i]);
	roster_payload_encode(w, entry, approvals, signers);
}

static inline void base_apply(struct roster *r, struct bytes payload)
{
	struct header header = {.kind = 3, .time = {1000 + (int64_t)roster_size(r)}};
	struct why why = {0};
	struct hash leaf;

	seal_sha256(&leaf, payload);
	fuzz_check(!roster_apply(r, &header, &leaf, payload, true, &why));
}

/* A copy for the caller of the network as it stands after its genesis and three admissions. */
static inline struct roster *roster_base(void)
{
	static struct roster *base;
	struct writer entry = {0}, payload = {0};

	if (base)
		return roster_copy(base);
	base = roster_new();
	fuzz_check(base != NULL);
	base_genesis(&entry);
	base_payload(&payload, writer_view(&entry), &(struct hash){{0}}, 0, 2);
	base_apply(base, writer_view(&payload));
	for (unsigned i = 0; i < 3; i++) {
		char code[3] = {'m', (char)('0' + i), '\0'};

		writer_clear(&entry);
		writer_clear(&payload);
		roster_entry_admit(&entry, code, MEMBER_COMMUNE, &base_keys()->keys[4 + i],
		    base_names(), "05.591.01.01", NULL);
		base_payload(&payload, writer_view(&entry), roster_network(base), 1, 2);
		base_apply(base, writer_view(&payload));
	}
	writer_release(&entry);
	writer_release(&payload);
	return roster_copy(base);
}

#endif
