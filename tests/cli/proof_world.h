/* A proof document with everything that it leads through: a network of one coordinator and one
 * member, and a log of two records. */
#ifndef TESTS_CLI_PROOF_WORLD_H
#define TESTS_CLI_PROOF_WORLD_H

#include "tests/unit.h"

#include "proto/checkpoint.h"
#include "proto/json.h"
#include "proto/log_open.h"
#include "proto/mp.h"
#include "proto/record.h"
#include "proto/roster.h"
#include "proto/tree.h"

/* One leaf of a log of two. */
struct leaf {
	struct writer header;
	struct writer payload;
	struct hash hash;
	uint8_t salt[32];
};

struct proof_world {
	struct hash network;
	struct key keeper;
	struct key member_key;
	struct key log;
	struct seckey keeper_sk;
	struct seckey coordinator_sk;
	struct seckey member_sk;
	struct seckey log_sk;
	struct leaf roster[2];
	struct leaf records[2];
	/* What the document says beside the leaves. */
	const char *ref;
	int64_t index;
	struct writer roster_note;
	struct writer note;
	char origin[CHECKPOINT_ORIGIN_SIZE + 1];
	struct writer vkey;
};

static inline void keypair(struct key *pk, struct seckey *sk, uint8_t first)
{
	uint8_t seed[32] = {first};

	seal_sign_keypair(pk, sk, seed);
}

static inline void make_leaf(struct leaf *leaf, uint16_t kind)
{
	struct writer raw = {0};
	struct record record;
	struct reader r;

	memset(leaf->salt, 0x5a, sizeof(leaf->salt));
	record_create(&raw, kind, (struct mtime){1700000000000}, NULL, leaf->salt,
	    writer_view(&leaf->payload));
	reader_init(&r, writer_view(&raw));
	assert_int_equal(record_read(&record, &r), ERR_NONE);
	writer_bytes(&leaf->header, record.raw_header);
	tree_leaf_hash(&leaf->hash, record.raw_header);
	writer_release(&raw);
}

static inline void names_map(struct writer *w)
{
	mp_put_map(w, 1);
	mp_put_cstr(w, "fr");
	mp_put_cstr(w, "Essai");
}

static inline void make_roster(struct proof_world *w)
{
	struct key coordinator;
	struct key cosigner;
	struct seckey unused;
	struct writer names = {0};
	struct writer entry = {0};
	struct approval approval;
	struct coordinator self = {.code = "coord", .kind = MEMBER_COORDINATOR};
	struct genesis genesis = {
	    .coordinators = &self, .coordinator_count = 1, .threshold = 1, .zone = "UTC"};
	static const struct hash none;

	keypair(&coordinator, &w->coordinator_sk, 1);
	keypair(&w->keeper, &w->keeper_sk, 2);
	keypair(&cosigner, &unused, 3);
	keypair(&w->member_key, &w->member_sk, 4);
	names_map(&names);
	self.member_key = coordinator;
	self.cosigner_key = cosigner;
	self.names = writer_view(&names);
	genesis.names = writer_view(&names);
	genesis.keeper = w->keeper;
	roster_entry_genesis(&entry, &genesis);
	approval_sign(&approval, &none, 0, writer_view(&entry), &w->coordinator_sk);
	roster_payload_encode(&w->roster[0].payload, writer_view(&entry), &approval, 1);
	make_leaf(&w->roster[0], 3);
	w->network = w->roster[0].hash;
	writer_clear(&entry);
	roster_entry_admit(
	    &entry, "sefrou", MEMBER_COMMUNE, &w->member_key, writer_view(&names), "", NULL);
	approval_sign(&approval, &w->network, 1, writer_view(&entry), &w->coordinator_sk);
	roster_payload_encode(&w->roster[1].payload, writer_view(&entry), &approval, 1);
	make_leaf(&w->roster[1], 3);
	writer_release(&names);
	writer_release(&entry);
}

static inline void make_log(struct proof_world *w)
{
	struct log_open open = {.number = 1, .member = "sefrou"};
	uint8_t seed[32] = {9};
	struct seckey unused;

	keypair(&w->log, &w->log_sk, 5);
	open.network = w->network;
	open.key = w->log;
	open.member_key = w->member_key;
	seal_dh_keypair(&open.transport, &unused, seed);
	log_open_encode(&w->records[0].payload, &open, &w->member_sk);
	make_leaf(&w->records[0], 0);
	names_map(&w->records[1].payload);
	make_leaf(&w->records[1], 128);
}

static inline void sign(const struct proof_world *w, const struct leaf *leaves,
    const struct key *key, const struct seckey *sk, struct writer *note)
{
	struct checkpoint cp = {.size = 2};

	cp.log = *key;
	tree_node_hash(&cp.root, &leaves[0].hash, &leaves[1].hash);
	assert_int_equal(checkpoint_sign(&cp, &w->network, sk), ERR_NONE);
	checkpoint_note(note, &w->network, &cp);
}

static inline void proof_world_init(struct proof_world *w)
{
	memset(w, 0, sizeof(*w));
	make_roster(w);
	make_log(w);
	sign(w, w->roster, &w->keeper, &w->keeper_sk, &w->roster_note);
	sign(w, w->records, &w->log, &w->log_sk, &w->note);
	checkpoint_origin(w->origin, &w->network, &w->log);
	checkpoint_vkey(&w->vkey, &w->network, &w->log);
	w->ref = "sefrou/1";
	w->index = 1;
}

static inline void leaf_release(struct leaf *leaf)
{
	writer_release(&leaf->header);
	writer_release(&leaf->payload);
}

static inline void proof_world_release(struct proof_world *w)
{
	for (int i = 0; i < 2; i++) {
		leaf_release(&w->roster[i]);
		leaf_release(&w->records[i]);
	}
	writer_release(&w->roster_note);
	writer_release(&w->note);
	writer_release(&w->vkey);
}

static inline void put_part(
    struct writer *w, int64_t index, const struct leaf *leaf, const struct leaf *sibling)
{
	writer_printf(w, "\"index\":%lld,\"leaf\":", (long long)index);
	json_print_bin(w, writer_view(&leaf->header));
	writer_str(w, ",\"payload\":");
	json_print_bin(w, writer_view(&leaf->payload));
	writer_str(w, ",\"salt\":");
	json_print_bin(w, bytes_of(leaf->salt, 32));
	writer_str(w, ",\"inclusion\":[");
	json_print_bin(w, bytes_of(sibling->hash.b, HASH_SIZE));
	writer_str(w, "]");
}

static inline void put_document(struct writer *w, const struct proof_world *world)
{
	char id[2 * HASH_SIZE + 1];

	hex_encode(id, bytes_of(world->network.b, HASH_SIZE));
	writer_printf(w, "{\"network\":\"%s\",\"ref\":\"%s\",\"origin\":\"%s\",\"vkey\":", id,
	    world->ref, world->origin);
	json_print_str(w, writer_view(&world->vkey));
	writer_str(w, ",");
	put_part(w, world->index, &world->records[1], &world->records[0]);
	writer_str(w, ",\"checkpoint\":");
	json_print_str(w, writer_view(&world->note));
	writer_str(w, ",\"log_open\":{");
	put_part(w, 0, &world->records[0], &world->records[1]);
	writer_str(w, "},\"roster\":[");
	for (int i = 0; i < 2; i++) {
		writer_str(w, i ? ",{" : "{");
		put_part(w, i, &world->roster[i], &world->roster[1 - i]);
		writer_str(w, ",\"checkpoint\":");
		json_print_str(w, writer_view(&world->roster_note));
		writer_str(w, "}");
	}
	writer_str(w, "]}");
}

#endif
