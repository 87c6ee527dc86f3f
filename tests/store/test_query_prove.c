/* Proofs as an outsider checks them, from the answer alone; and verify, which must name the log that is damaged. */
#include <fcntl.h>

#include "tests/store/two_members.h"

static int set_up(void **state)
{
	struct writer change = {0};

	two_members(state);
	sample_append(&change, &sefrou.log, 700, 40, false);
	author_head(&net, &change, &sefrou.log, &sefrou.key.sk);
	sample_append(&change, &agadir.log, 40, 40, false);
	author_head(&net, &change, &agadir.log, &agadir.key.sk);
	sample_apply(net.store, &change, NULL);
	network_index(&net);
	writer_release(&change);
	return 0;
}

static struct bytes value_of(struct bytes map, const char *name)
{
	struct reader r;

	reader_init(&r, mp_get(map, name));
	if (mp_peek(&r) == MP_STR)
		return mp_str(&r);
	return mp_peek(&r) == MP_BIN ? mp_bin(&r) : (struct bytes){0};
}

static uint64_t uint_of(struct bytes map, const char *name)
{
	struct reader r;

	reader_init(&r, mp_get(map, name));
	return mp_uint(&r);
}

static size_t hashes_of(struct bytes map, const char *name, struct hash *hashes)
{
	struct reader r;
	uint32_t count;

	reader_init(&r, mp_get(map, name));
	count = mp_array(&r);
	assert_true(count <= TREE_PROOF_MAX);
	for (uint32_t i = 0; i < count; i++)
		mp_bin_fixed(&r, hashes[i].b, HASH_SIZE);
	assert_int_equal(reader_end(&r), ERR_NONE);
	return count;
}

/* One part of the answer: a leaf that leads to a checkpoint's root, and a payload that it committed to. */
static struct bytes check_part(
    struct bytes part, const struct checkpoint *cp, struct header *header, struct hash *leaf)
{
	struct bytes payload = value_of(part, "payload"), salt = value_of(part, "salt");
	struct hash proof[TREE_PROOF_MAX], commitment;
	size_t count = hashes_of(part, "inclusion", proof);

	assert_int_equal(header_decode(header, value_of(part, "leaf")), ERR_NONE);
	tree_leaf_hash(leaf, value_of(part, "leaf"));
	assert_int_equal(
	    tree_inclusion_verify(leaf, uint_of(part, "index"), cp->size, proof, count, &cp->root),
	    ERR_NONE);
	assert_int_equal(salt.size, RECORD_SALT_SIZE);
	record_commitment(&commitment, salt.data, payload);
	assert_true(hash_equal(&commitment, &header->commitment));
	return payload;
}

static void prove(const char *ref)
{
	struct writer params = {0};

	mp_put_map(&params, 1);
	mp_put_cstr(&params, "ref");
	mp_put_cstr(&params, ref);
	network_query(&net, "prove", &params, &out);
	writer_release(&params);
}

static void a_proof_stands_on_its_own(void **state)
{
	struct checkpoint cp, roster_cp;
	struct hash network, leaf;
	struct header header;
	struct log_open open;
	struct log_cut cut;
	struct roster *rules = roster_new();
	struct reader r;
	struct why why = {0};
	uint32_t entries;

	(void)state;
	prove("sefrou/333");
	/* The roster, from the genesis on. */
	reader_init(&r, mp_get(writer_view(&out), "roster"));
	entries = mp_array(&r);
	assert_int_equal(entries, 2); /* genesis and the entry that admits sefrou, not agadir's */
	for (uint32_t i = 0; i < entries; i++) {
		struct bytes part = mp_raw(&r), payload;
		assert_int_equal(
		    checkpoint_open(&roster_cp, &network, value_of(part, "checkpoint")), ERR_NONE);
		payload = check_part(part, &roster_cp, &header, &leaf);
		assert_int_equal(
		    roster_apply(rules, &header, &leaf, payload, false, &why), ERR_NONE);
		assert_true(key_equal(&roster_cp.log, roster_keeper(rules)));
	}
	assert_true(hash_equal(roster_network(rules), &net.id));
	assert_true(bytes_equal(value_of(writer_view(&out), "network"), BYTES(net.id.b)));
	/* The log and the record in it. */
	assert_int_equal(
	    checkpoint_open(&cp, &network, value_of(writer_view(&out), "checkpoint")), ERR_NONE);
	assert_true(hash_equal(&network, &net.id));
	assert_int_equal(cp.size, 701);
	assert_int_equal(log_open_decode(&open, check_part(mp_get(writer_view(&out), "log_open"),
						    &cp, &header, &leaf)),
	    ERR_NONE);
	assert_int_equal(log_open_verify(&open, &net.id), ERR_NONE);
	assert_true(key_equal(&open.key, &cp.log));
	assert_int_equal(roster_admits(rules, &open, &cut, &why), ERR_NONE);
	check_part(writer_view(&out), &cp, &header, &leaf);
	assert_int_equal(uint_of(writer_view(&out), "index"), 333);
	assert_true(bytes_equal(value_of(writer_view(&out), "ref"), BYTES_STR("sefrou/333")));
	roster_free(rules);
}

static void every_index_is_proven(void **state)
{
	static const uint64_t indexes[] = {0, 1, 254, 255, 256, 511, 512, 513, 699, 700};

	(void)state;
	for (size_t i = 0; i < sizeof(indexes) / sizeof(indexes[0]); i++) {
		struct checkpoint cp;
		struct hash network, leaf;
		struct header header;
		char ref[40];
		snprintf(ref, sizeof(ref), "sefrou/%llu", (unsigned long long)indexes[i]);
		prove(ref);
		assert_int_equal(
		    checkpoint_open(&cp, &network, value_of(writer_view(&out), "checkpoint")),
		    ERR_NONE);
		check_part(writer_view(&out), &cp, &header, &leaf);
	}
}

static void what_no_checkpoint_covers_is_not_proven(void **state)
{
	struct writer change = {0}, params = {0};
	struct why why = {0};

	(void)state;
	sample_append(&change, &sefrou.log, 1, 40, false);
	sample_apply(net.store, &change, NULL);
	mp_put_map(&params, 1);
	mp_put_cstr(&params, "ref");
	mp_put_cstr(&params, "sefrou/701");
	assert_int_equal(network_query_why(&net, "prove", &params, &out, &why), ERR_REFUSED);
	assert_int_equal(why.err, ERR_REFUSED);
	writer_release(&change);
	writer_release(&params);
}

/* The own log's newest head may be signed and acknowledged before its row is stored. */
static void a_head_that_is_not_stored_yet_proves_the_whole_answer(void **state)
{
	struct writer change = {0}, params = {0};
	struct checkpoint cp;
	struct hash network, leaf;
	struct header header;
	struct why why = {0};

	(void)state;
	sample_append(&change, &sefrou.log, 1, 40, false);
	sample_apply(net.store, &change, NULL);
	net.own_head = author_sign(&net, &sefrou.log, &sefrou.key.sk);
	prove("sefrou/701");
	assert_int_equal(
	    checkpoint_open(&cp, &network, value_of(writer_view(&out), "checkpoint")), ERR_NONE);
	assert_int_equal(cp.size, 702);
	check_part(writer_view(&out), &cp, &header, &leaf);
	check_part(mp_get(writer_view(&out), "log_open"), &cp, &header, &leaf);
	/* That of another log proves nothing. */
	net.own_head = author_sign(&net, &agadir.log, &agadir.key.sk);
	net.own_head.size = 702;
	mp_put_map(&params, 1);
	mp_put_cstr(&params, "ref");
	mp_put_cstr(&params, "sefrou/701");
	assert_int_equal(network_query_why(&net, "prove", &params, &out, &why), ERR_REFUSED);
	writer_release(&change);
	writer_release(&params);
}

static enum err prove_growth(const char *log, uint64_t a, uint64_t b)
{
	struct writer params = {0};
	struct why why = {0};
	enum err err;

	mp_put_map(&params, 3);
	mp_put_cstr(&params, "a");
	mp_put_uint(&params, a);
	mp_put_cstr(&params, "b");
	mp_put_uint(&params, b);
	mp_put_cstr(&params, "log");
	mp_put_cstr(&params, log);
	err = network_query_why(&net, "prove.consistency", &params, &out, &why);
	writer_release(&params);
	return err;
}

static void growth_is_proven_between_any_two_sizes(void **state)
{
	static const uint64_t sizes[] = {1, 2, 255, 256, 257, 512, 600, 701};
	char hex[2 * KEY_SIZE + 1];

	(void)state;
	hex_encode(hex, BYTES(sefrou.key.pk.b));
	for (size_t i = 0; i < 8; i++) {
		for (size_t j = i; j < 8; j++) {
			struct hash proof[TREE_PROOF_MAX], old_root, root;
			struct bytes old, now;
			size_t count;
			assert_int_equal(
			    prove_growth(j % 2 ? hex : "sefrou", sizes[i], sizes[j]), ERR_NONE);
			old = mp_get(writer_view(&out), "old");
			now = mp_get(writer_view(&out), "new");
			memcpy(old_root.b, value_of(old, "root").data, HASH_SIZE);
			memcpy(root.b, value_of(now, "root").data, HASH_SIZE);
			count = hashes_of(writer_view(&out), "proof", proof);
			assert_int_equal(uint_of(old, "size"), sizes[i]);
			assert_int_equal(tree_consistency_verify(
					     sizes[i], &old_root, sizes[j], &root, proof, count),
			    ERR_NONE);
		}
	}
	assert_int_equal(prove_growth("sefrou", 5, 702), ERR_USAGE);
	assert_int_equal(prove_growth("sefrou", 6, 5), ERR_USAGE);
	assert_int_equal(prove_growth("nobody", 1, 5), ERR_UNKNOWN);
	assert_int_equal(prove_growth("sefrou/1", 1, 5), ERR_USAGE);
}

/* --- verify ---------------------------------------------------------------------------------- */

struct verdicts {
	unsigned count, bad;
	struct key bad_log;
	char reason[200];
};

static struct verdicts verify(bool is_deep)
{
	struct verdicts v = {0};
	struct writer params = {0};
	struct reader r;

	mp_put_map(&params, 1);
	mp_put_cstr(&params, "deep");
	mp_put_bool(&params, is_deep);
	reader_init(&r, mp_get(network_query(&net, "verify", &params, &out), "rows"));
	v.count = mp_array(&r);
	for (unsigned i = 0; i < v.count; i++) {
		struct bytes row = mp_raw(&r), reason = value_of(row, "reason");
		struct reader ok;
		reader_init(&ok, mp_get(row, "ok"));
		if (mp_bool(&ok)) {
			assert_int_equal(reason.size, 0);
			continue;
		}
		v.bad++;
		memcpy(v.bad_log.b, value_of(row, "log").data, KEY_SIZE);
		snprintf(v.reason, sizeof(v.reason), "%.*s", (int)reason.size,
		    (const char *)reason.data);
	}
	writer_release(&params);
	return v;
}

static void an_intact_store_verifies(void **state)
{
	struct verdicts v;

	(void)state;
	for (int deep = 0; deep < 2; deep++) {
		v = verify(deep);
		assert_int_equal(v.count, 3);
		assert_int_equal(v.bad, 0);
	}
}

/* Flips a bit wherever the file holds the pattern, with the store closed around it. */
static void damage(const void *pattern, size_t size)
{
	char path[300];
	struct stat st;
	uint8_t *data;
	unsigned flips = 0;
	FILE *f;

	views_close(net.views);
	store_close(net.store);
	snprintf(path, sizeof(path), "%s/truth/data.mdb", net.home.path);
	f = fopen(path, "r+b");
	assert_non_null(f);
	assert_int_equal(fstat(fileno(f), &st), 0);
	data = malloc((size_t)st.st_size);
	assert_int_equal(fread(data, 1, (size_t)st.st_size, f), st.st_size);
	for (size_t i = 0; i + size <= (size_t)st.st_size; i++) {
		if (memcmp(data + i, pattern, size) == 0) {
			fseek(f, (long)i, SEEK_SET);
			fputc(data[i] ^ 1, f);
			flips++;
		}
	}
	free(data);
	fclose(f);
	assert_true(flips > 0);
	net.store = sample_open(&net.home);
	net.views = views_open(net.store, net.home.path, NULL);
	assert_non_null(net.views);
}

static void a_damaged_payload_is_found_by_the_deep_check_alone(void **state)
{
	struct verdicts v;

	(void)state;
	/* Only sefrou has as many records. */
	damage("record 555 ", 11);
	v = verify(false);
	assert_int_equal(v.bad, 0);
	v = verify(true);
	assert_int_equal(v.count, 3);
	assert_int_equal(v.bad, 1);
	assert_true(key_equal(&v.bad_log, &sefrou.key.pk));
	assert_non_null(strstr(v.reason, "sefrou.1/555 "));
}

static void a_damaged_row_of_a_log_is_told_under_its_key(void **state)
{
	struct hash root;
	struct verdicts v;

	(void)state;
	frontier_root(&agadir.log.frontier, &root);
	damage(root.b, HASH_SIZE);
	v = verify(false);
	assert_int_equal(v.count, 3);
	assert_int_equal(v.bad, 1);
	assert_true(key_equal(&v.bad_log, &agadir.key.pk));
}

static void a_head_that_was_not_signed_is_found(void **state)
{
	struct writer change = {0};
	struct verdicts v;

	(void)state;
	sample_append(&change, &agadir.log, 1, 40, false);
	author_head(&net, &change, &agadir.log, &sefrou.key.sk);
	sample_apply(net.store, &change, NULL);
	v = verify(false);
	assert_int_equal(v.bad, 1);
	assert_true(key_equal(&v.bad_log, &agadir.key.pk));
	assert_string_equal(v.reason, "the signature of the head does not verify");
	writer_release(&change);
}

/* What a start believes is what the deep check does not: rows that name an entry which counted. */
static void a_row_that_no_entry_made_is_found_by_the_deep_check(void **state)
{
	const struct member *m = roster_member(net.rules, "sefrou");
	struct change_member row = {.code = "sefrou",
	    .kind = (uint8_t)m->kind,
	    .key = m->key,
	    .is_admitted = true,
	    .entry_index = m->entry_index,
	    .entry_leaf = m->entry_leaf,
	    .since = m->since,
	    .names = m->names};
	struct change_member rows[4] = {row, row, row, row};
	struct verdicts v;

	(void)state;
	rows[0].entry_leaf.b[7] ^= 1;
	rows[1].entry_index++;
	rows[2].key = net.keeper.pk;
	memcpy(rows[3].code, "agadez", 7);
	for (size_t i = 0; i < 4; i++) {
		struct writer change = {0};

		change_put_member(&change, &rows[i]);
		sample_apply(net.store, &change, NULL);
		writer_clear(&change);
		assert_int_equal(verify(false).bad, 0);
		v = verify(true);
		assert_int_equal(v.count, 3);
		assert_int_equal(v.bad, 1);
		assert_true(key_equal(&v.bad_log, &net.keeper.pk));
		assert_non_null(strstr(v.reason, rows[i].code));
		assert_non_null(strstr(v.reason, "does not follow from the entries that count"));
		change_put_member(&change, &row);
		sample_apply(net.store, &change, NULL);
		assert_int_equal(verify(true).bad, i == 3);
		writer_release(&change);
	}
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    TEST(a_proof_stands_on_its_own),
	    TEST(every_index_is_proven),
	    TEST(what_no_checkpoint_covers_is_not_proven),
	    TEST(a_head_that_is_not_stored_yet_proves_the_whole_answer),
	    TEST(growth_is_proven_between_any_two_sizes),
	    TEST(an_intact_store_verifies),
	    TEST(a_damaged_payload_is_found_by_the_deep_check_alone),
	    TEST(a_damaged_row_of_a_log_is_told_under_its_key),
	    TEST(a_head_that_was_not_signed_is_found),
	    TEST(a_row_that_no_entry_made_is_found_by_the_deep_check),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
