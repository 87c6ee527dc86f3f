/* A proof leads from the id of the network to the payload; each link that is broken is named, and
 * what hangs on it is not proven either. */
#include "cli/proof_check.h"

#include "proto/checkpoint.h"
#include "proto/json.h"
#include "proto/log_open.h"
#include "proto/mp.h"
#include "proto/record.h"
#include "proto/roster.h"
#include "proto/tree.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CLAIMS_MAX 8

/* One leaf of a log of two. */
struct leaf {
	struct writer header;
	struct writer payload;
	struct hash hash;
	uint8_t salt[32];
};

struct world {
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

static void keypair(struct key *pk, struct seckey *sk, uint8_t first)
{
	uint8_t seed[32] = {first};

	seal_sign_keypair(pk, sk, seed);
}

static void make_leaf(struct leaf *leaf, uint16_t kind)
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

static void names_map(struct writer *w)
{
	mp_put_map(w, 1);
	mp_put_cstr(w, "fr");
	mp_put_cstr(w, "Essai");
}

static void make_roster(struct world *w)
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

static void make_log(struct world *w)
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

static void sign(const struct world *w, const struct leaf *leaves, const struct key *key,
    const struct seckey *sk, struct writer *note)
{
	struct checkpoint cp = {.size = 2};

	cp.log = *key;
	tree_node_hash(&cp.root, &leaves[0].hash, &leaves[1].hash);
	assert_int_equal(checkpoint_sign(&cp, &w->network, sk), ERR_NONE);
	checkpoint_note(note, &w->network, &cp);
}

static void world_init(struct world *w)
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

static void leaf_release(struct leaf *leaf)
{
	writer_release(&leaf->header);
	writer_release(&leaf->payload);
}

static void world_release(struct world *w)
{
	for (int i = 0; i < 2; i++) {
		leaf_release(&w->roster[i]);
		leaf_release(&w->records[i]);
	}
	writer_release(&w->roster_note);
	writer_release(&w->note);
	writer_release(&w->vkey);
}

static void put_part(
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

static void put_document(struct writer *w, const struct world *world)
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

struct told {
	unsigned count;
	char failed[200];
	char reasons[2000];
};

static void tell(void *context, const char *claim, bool is_proven, const char *reason)
{
	struct told *told = context;

	told->count++;
	assert_non_null(reason);
	assert_true(strlen(reason) > 5);
	if (is_proven)
		return;
	strcat(told->failed, told->failed[0] ? " " : "");
	strcat(told->failed, claim);
	strcat(told->reasons, reason);
	strcat(told->reasons, "\n");
}

static void check_document(const struct world *w, const struct hash *network, struct told *told)
{
	struct writer text = {0};
	struct writer doc = {0};
	struct why why = {0};
	bool is_all;

	memset(told, 0, sizeof(*told));
	put_document(&text, w);
	assert_int_equal(json_parse(&doc, writer_view(&text), &why), ERR_NONE);
	is_all = proof_check(writer_view(&doc), network, tell, told);
	assert_int_equal(is_all, told->failed[0] == 0);
	assert_int_equal(told->count, 7);
	writer_release(&text);
	writer_release(&doc);
}

static void a_whole_proof_is_proven(void **state)
{
	struct world w;
	struct told told;

	(void)state;
	world_init(&w);
	check_document(&w, &w.network, &told);
	assert_string_equal(told.failed, "");
	check_document(&w, NULL, &told);
	assert_string_equal(told.failed, "");
	world_release(&w);
}

static void flip(struct writer *w, size_t at)
{
	assert_true(at < w->size);
	w->data[at] ^= 1;
}

static void wrong_salt(struct world *w)
{
	w->records[1].salt[0] ^= 1;
}

static void wrong_payload(struct world *w)
{
	flip(&w->records[1].payload, w->records[1].payload.size - 1);
}

static void wrong_time(struct world *w)
{
	flip(&w->records[1].header, 9);
}

static void wrong_index(struct world *w)
{
	w->index = 0;
}

static void wrong_ref(struct world *w)
{
	w->ref = "sefrou/0";
}

static void other_member(struct world *w)
{
	w->ref = "fes/1";
}

static void wrong_note(struct world *w)
{
	uint8_t *at = &w->note.data[w->note.size - 20];

	*at = *at == 'A' ? 'B' : 'A';
}

static void wrong_vkey(struct world *w)
{
	flip(&w->vkey, w->vkey.size - 3);
}

static void wrong_certificate(struct world *w)
{
	flip(&w->records[0].payload, 20);
}

/* Somebody else's signature under the roster. */
static void other_keeper(struct world *w)
{
	writer_clear(&w->roster_note);
	sign(w, w->roster, &w->log, &w->log_sk, &w->roster_note);
}

static void wrong_admission(struct world *w)
{
	flip(&w->roster[1].payload, 40);
}

static void wrong_genesis(struct world *w)
{
	flip(&w->roster[0].header, 9);
}

static void each_broken_link_is_named(void **state)
{
	static const struct {
		void (*tamper)(struct world *w);
		const char *failed;
		const char *reason;
	} cases[] = {
	    {wrong_salt, "payload", "commitment"},
	    {wrong_payload, "payload", "commitment"},
	    {wrong_time, "record", "does not lead to the root"},
	    {wrong_index, "record log member", "does not lead to the root"},
	    {wrong_ref, "log member", "\"ref\""},
	    {other_member, "log member", "\"ref\""},
	    {wrong_note, "checkpoint record log member", "signature"},
	    {wrong_vkey, "checkpoint record log member", "vkey"},
	    {wrong_certificate, "log member", "commitment"},
	    {other_keeper, "roster member", "keeper"},
	    {wrong_admission, "roster member", "commitment"},
	    {wrong_genesis, "network roster checkpoint record log member", "genesis"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct world w;
		struct told told;

		world_init(&w);
		cases[i].tamper(&w);
		check_document(&w, NULL, &told);
		assert_string_equal(told.failed, cases[i].failed);
		if (!strstr(told.reasons, cases[i].reason))
			fail_msg("case %zu: %s", i, told.reasons);
		world_release(&w);
	}
}

static void another_network_proves_nothing(void **state)
{
	struct hash other = {{1}};
	struct world w;
	struct told told;

	(void)state;
	world_init(&w);
	check_document(&w, &other, &told);
	assert_string_equal(told.failed, "network roster checkpoint record log member");
	assert_non_null(strstr(told.reasons, "another network"));
	world_release(&w);
}

/* A member whom nobody admitted signs as well as any other. */
static void a_stranger_is_not_admitted(void **state)
{
	struct world w;
	struct world stranger;
	struct told told;

	(void)state;
	world_init(&w);
	memset(&stranger, 0, sizeof(stranger));
	make_roster(&stranger);
	keypair(&stranger.member_key, &stranger.member_sk, 77);
	make_log(&stranger);
	for (int i = 0; i < 2; i++) {
		leaf_release(&w.records[i]);
		w.records[i] = stranger.records[i];
		leaf_release(&stranger.roster[i]);
	}
	writer_clear(&w.note);
	sign(&w, w.records, &w.log, &w.log_sk, &w.note);
	check_document(&w, &w.network, &told);
	assert_string_equal(told.failed, "member");
	world_release(&w);
}

static void consistency_is(const char *text, const char *failed)
{
	struct told told = {0};
	struct writer doc = {0};
	struct why why = {0};

	assert_int_equal(json_parse(&doc, bytes_str(text), &why), ERR_NONE);
	assert_int_equal(proof_check(writer_view(&doc), NULL, tell, &told), failed[0] == 0);
	assert_int_equal(told.count, 1);
	assert_string_equal(told.failed, failed);
	writer_release(&doc);
}

static void growth_is_proven(void **state)
{
	struct hash leaf[2];
	struct hash root;
	char old_root[BASE64_SIZE(HASH_SIZE)];
	char new_root[BASE64_SIZE(HASH_SIZE)];
	char sibling[BASE64_SIZE(HASH_SIZE)];
	char text[1000];

	(void)state;
	tree_leaf_hash(&leaf[0], BYTES_STR("a"));
	tree_leaf_hash(&leaf[1], BYTES_STR("b"));
	tree_node_hash(&root, &leaf[0], &leaf[1]);
	base64_encode(old_root, bytes_of(leaf[0].b, HASH_SIZE));
	base64_encode(new_root, bytes_of(root.b, HASH_SIZE));
	base64_encode(sibling, bytes_of(leaf[1].b, HASH_SIZE));
	snprintf(text, sizeof(text),
	    "{\"origin\":\"x\",\"old\":{\"size\":1,\"root\":\"%s\"},\"new\":{\"size\":2,\"root\":"
	    "\"%s\"},\"proof\":[\"%s\"]}",
	    old_root, new_root, sibling);
	consistency_is(text, "");
	strstr(text, sibling)[0] ^= 1;
	consistency_is(text, "consistency");
	consistency_is("{\"old\":{\"size\":1}}", "consistency");
}

static void anything_else_proves_nothing(void **state)
{
	static const char *const documents[] = {"{}", "[]", "1", "{\"roster\":[]}",
	    "{\"roster\":[{}],\"network\":\"00\"}",
	    "{\"roster\":{},\"leaf\":1,\"index\":-1,\"inclusion\":\"x\"}"};

	(void)state;
	for (size_t i = 0; i < sizeof(documents) / sizeof(*documents); i++) {
		struct told told = {0};
		struct writer doc = {0};
		struct why why = {0};

		assert_int_equal(json_parse(&doc, bytes_str(documents[i]), &why), ERR_NONE);
		assert_false(proof_check(writer_view(&doc), NULL, tell, &told));
		assert_string_equal(
		    told.failed, "network roster checkpoint record log member payload");
		writer_release(&doc);
	}
}

static int start(void **state)
{
	(void)state;
	return seal_init();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_whole_proof_is_proven),
	    cmocka_unit_test(each_broken_link_is_named),
	    cmocka_unit_test(another_network_proves_nothing),
	    cmocka_unit_test(a_stranger_is_not_admitted),
	    cmocka_unit_test(growth_is_proven),
	    cmocka_unit_test(anything_else_proves_nothing),
	};

	return cmocka_run_group_tests(tests, start, NULL);
}
