/* A proof leads from the id of the network to the payload; each link that is broken is named, and
 * what hangs on it is not proven either. */
#include "cli/proof_check.h"

#include "tests/cli/proof_world.h"

#define CLAIMS_MAX 8

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

static void check_document(
    const struct proof_world *w, const struct hash *network, struct told *told)
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
	struct proof_world w;
	struct told told;

	(void)state;
	proof_world_init(&w);
	check_document(&w, &w.network, &told);
	assert_string_equal(told.failed, "");
	check_document(&w, NULL, &told);
	assert_string_equal(told.failed, "");
	proof_world_release(&w);
}

static void flip(struct writer *w, size_t at)
{
	assert_true(at < w->size);
	w->data[at] ^= 1;
}

static void wrong_salt(struct proof_world *w)
{
	w->records[1].salt[0] ^= 1;
}

static void wrong_payload(struct proof_world *w)
{
	flip(&w->records[1].payload, w->records[1].payload.size - 1);
}

static void wrong_time(struct proof_world *w)
{
	flip(&w->records[1].header, 9);
}

static void wrong_index(struct proof_world *w)
{
	w->index = 0;
}

static void wrong_ref(struct proof_world *w)
{
	w->ref = "sefrou/0";
}

static void other_member(struct proof_world *w)
{
	w->ref = "fes/1";
}

static void wrong_note(struct proof_world *w)
{
	uint8_t *at = &w->note.data[w->note.size - 20];

	*at = *at == 'A' ? 'B' : 'A';
}

static void wrong_vkey(struct proof_world *w)
{
	flip(&w->vkey, w->vkey.size - 3);
}

static void wrong_certificate(struct proof_world *w)
{
	flip(&w->records[0].payload, 20);
}

/* Somebody else's signature under the roster. */
static void other_keeper(struct proof_world *w)
{
	writer_clear(&w->roster_note);
	sign(w, w->roster, &w->log, &w->log_sk, &w->roster_note);
}

static void wrong_admission(struct proof_world *w)
{
	flip(&w->roster[1].payload, 40);
}

static void wrong_genesis(struct proof_world *w)
{
	flip(&w->roster[0].header, 9);
}

static void each_broken_link_is_named(void **state)
{
	static const struct {
		void (*tamper)(struct proof_world *w);
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
		struct proof_world w;
		struct told told;

		proof_world_init(&w);
		cases[i].tamper(&w);
		check_document(&w, NULL, &told);
		assert_string_equal(told.failed, cases[i].failed);
		if (!strstr(told.reasons, cases[i].reason))
			fail_msg("case %zu: %s", i, told.reasons);
		proof_world_release(&w);
	}
}

static void another_network_proves_nothing(void **state)
{
	struct hash other = {{1}};
	struct proof_world w;
	struct told told;

	(void)state;
	proof_world_init(&w);
	check_document(&w, &other, &told);
	assert_string_equal(told.failed, "network roster checkpoint record log member");
	assert_non_null(strstr(told.reasons, "another network"));
	proof_world_release(&w);
}

/* A member whom nobody admitted signs as well as any other. */
static void a_stranger_is_not_admitted(void **state)
{
	struct proof_world w;
	struct proof_world stranger;
	struct told told;

	(void)state;
	proof_world_init(&w);
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
	proof_world_release(&w);
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
