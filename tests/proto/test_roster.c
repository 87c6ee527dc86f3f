/* Which entries count and what they do. Each one that counts stands beside its twin that is void,
 * with the reason. */
#include "tests/proto/roster_world.h"

#define assert_void(w, line, call) \
	do { \
		uint64_t before_ = roster_size((w)->roster); \
		assert_err(ERR_REFUSED, call); \
		assert_string_equal((w)->why.text, line); \
		assert_true(roster_size((w)->roster) == before_ + 1); \
	} while (0)

static void a_genesis_makes_the_network(void **state)
{
	struct world w;
	const struct member *c0;

	(void)state;
	world_start(&w, 1, 1);
	assert_true(roster_size(w.roster) == 1);
	assert_true(hash_equal(roster_network(w.roster), &w.last));
	assert_true(key_equal(roster_keeper(w.roster), &w.keys[20]));
	assert_text("Africa/Casablanca", roster_zone(w.roster));
	assert_text("\x81\xa2"
		    "fr"
		    "\xa6"
		    "Reseau",
	    roster_names(w.roster));
	assert_true(hash_is_zero(roster_charter(w.roster)));
	assert_true(roster_set_version(w.roster) == 1);
	assert_int_equal(roster_threshold(w.roster), 1);
	assert_int_equal(roster_member_count(w.roster), 1);
	c0 = roster_member(w.roster, "c0");
	assert_non_null(c0);
	assert_true(c0->is_admitted && c0->is_coordinator && c0->since.ms == 1000);
	assert_true(key_equal(&c0->cosigner_key, &w.keys[10]));
	assert_ptr_equal(c0, roster_member_by_key(w.roster, &w.keys[0]));
	assert_ptr_equal(c0, roster_member_at(w.roster, 0));
	assert_null(roster_member_at(w.roster, 1));
	assert_null(roster_member(w.roster, "c1"));
	assert_null(roster_member(w.roster, "a-code-that-is-longer-than-32-bytes"));
	assert_null(roster_member_by_key(w.roster, &w.keys[20]));
	world_release(&w);
}

/* A genesis that is refused leaves no roster behind. */
static void assert_no_roster(struct world *w, enum err expected, enum err actual)
{
	assert_err(expected, actual);
	assert_err(expected, w->why.err);
	assert_true(roster_size(w->roster) == 0);
	assert_int_equal(roster_member_count(w->roster), 0);
	assert_true(hash_is_zero(roster_network(w->roster)));
}

static void a_genesis_needs_its_own_quorum(void **state)
{
	struct world w;

	(void)state;
	world_init(&w);
	world_genesis_entry(&w, 3, 2);
	assert_no_roster(&w, ERR_SIGNATURE, world_apply_under(&w, 0, SIGNERS(0)));
	assert_no_roster(&w, ERR_SIGNATURE, world_apply_under(&w, 1, SIGNERS(0, 1)));
	assert_no_roster(&w, ERR_SIGNATURE, world_apply_under(&w, 0, SIGNERS(0, 30)));
	assert_no_roster(&w, ERR_FORMAT, world_apply_under(&w, 0, SIGNERS(0, 0)));
	assert_ok(world_apply_under(&w, 0, SIGNERS(2, 0)));
	assert_int_equal(roster_coordinator_count(w.roster), 3);
	world_release(&w);
}

static void a_threshold_is_more_than_half(void **state)
{
	static const struct {
		unsigned count, threshold;
		enum err err;
	} cases[] = {{1, 1, ERR_NONE}, {2, 1, ERR_FORMAT}, {2, 2, ERR_NONE}, {2, 3, ERR_FORMAT},
	    {3, 1, ERR_FORMAT}, {3, 2, ERR_NONE}, {0, 1, ERR_FORMAT}, {3, 0, ERR_LIMIT},
	    {3, 33, ERR_LIMIT}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct world w;

		world_init(&w);
		world_genesis_entry(&w, cases[i].count, cases[i].threshold);
		assert_err(cases[i].err, world_apply_under(&w, 0, SIGNERS(0, 1, 2)));
		world_release(&w);
	}
}

static void a_genesis_uses_each_key_once_and_only_good_ones(void **state)
{
	struct world w;

	(void)state;
	world_init(&w);
	w.keys[20] = w.keys[0];
	world_genesis_entry(&w, 1, 1);
	assert_no_roster(&w, ERR_FORMAT, world_apply_under(&w, 0, SIGNERS(0)));
	world_release(&w);
	world_init(&w);
	w.keys[21] = w.keys[10];
	world_genesis_entry(&w, 1, 1);
	assert_no_roster(&w, ERR_FORMAT, world_apply_under(&w, 0, SIGNERS(0)));
	world_release(&w);
	world_init(&w);
	w.keys[10] = w.keys[0];
	world_genesis_entry(&w, 1, 1);
	assert_no_roster(&w, ERR_FORMAT, world_apply_under(&w, 0, SIGNERS(0)));
	world_release(&w);
	world_init(&w);
	memset(&w.keys[20], 0, KEY_SIZE);
	world_genesis_entry(&w, 1, 1);
	assert_no_roster(&w, ERR_KEY, world_apply_under(&w, 0, SIGNERS(0)));
	world_release(&w);
}

static void only_a_genesis_stands_in_leaf_0(void **state)
{
	struct header header = {.kind = 3};
	struct hash leaf = {{1}};
	struct world w;

	(void)state;
	world_init(&w);
	world_admit_entry(&w, "sefrou", 30, NULL);
	assert_no_roster(&w, ERR_FORMAT, world_apply_under(&w, 0, SIGNERS(0)));
	world_genesis_entry(&w, 1, 1);
	assert_ok(world_apply_under(&w, 0, SIGNERS(0)));
	assert_void(&w, "a genesis stands only in leaf 0", world_apply(&w, 0));

	/* epoch: well formed, and out of place anywhere in this log */
	mp_put_map(world_entry(&w), 4);
	mp_put_cstr(&w.entry, "epoch");
	mp_put_int(&w.entry, 2);
	mp_put_cstr(&w.entry, "keeper");
	mp_put_bin(&w.entry, w.keys[22].b, KEY_SIZE);
	mp_put_cstr(&w.entry, "previous");
	mp_put_array(&w.entry, 3);
	mp_put_bin(&w.entry, w.keys[20].b, KEY_SIZE);
	mp_put_int(&w.entry, 5);
	mp_put_bin(&w.entry, leaf.b, HASH_SIZE);
	mp_put_cstr(&w.entry, "type");
	mp_put_cstr(&w.entry, "epoch");
	assert_void(&w, "an epoch stands only in leaf 0 of a new roster log", world_apply(&w, 0));

	header.kind = 128;
	assert_err(ERR_REFUSED,
	    roster_apply(w.roster, &header, &leaf, writer_view(&w.payload), false, &w.why));
	world_release(&w);
}

static void a_member_is_admitted_amended_and_removed(void **state)
{
	struct world w;
	const struct member *m;
	struct hash in_force;
	struct log_listing none = {0};

	(void)state;
	world_start(&w, 1, 1);
	world_admit_entry(&w, "sefrou", 30, &(struct hash){{1}});
	assert_void(
	    &w, "it replaces an entry about 'sefrou', who was never a member", world_apply(&w, 0));
	world_admit_entry(&w, "sefrou", 30, NULL);
	assert_ok(world_apply(&w, 0));
	m = roster_member(w.roster, "sefrou");
	assert_true(m->is_admitted && !m->is_coordinator && m->kind == MEMBER_COMMUNE);
	assert_string_equal(m->territory, "05.591.01.01");
	assert_true(m->entry_index == 2 && hash_equal(&m->entry_leaf, &w.last));
	assert_void(&w, "'sefrou' is a member already", world_apply(&w, 0));
	in_force = m->entry_leaf;

	roster_entry_amend(world_entry(&w), "sefrou", MEMBER_OBSERVER, world_names(&w, "Sefrou"),
	    "09", &(struct hash){{9}});
	assert_void(
	    &w, "it does not replace the entry in force about 'sefrou'", world_apply(&w, 0));
	roster_entry_amend(
	    world_entry(&w), "sefrou", MEMBER_KIND_COUNT, (struct bytes){0}, NULL, &in_force);
	assert_void(&w, "it changes nothing about 'sefrou'", world_apply(&w, 0));
	roster_entry_amend(
	    world_entry(&w), "sefrou", MEMBER_OBSERVER, world_names(&w, "Sefrou"), "09", &in_force);
	assert_ok(world_apply(&w, 0));
	assert_int_equal(m->kind, MEMBER_OBSERVER);
	assert_text("\x81\xa2"
		    "fr"
		    "\xa6"
		    "Sefrou",
	    m->names);
	assert_string_equal(m->territory, "09");
	assert_void(&w, "it does not replace the entry in force about 'sefrou'",
	    world_apply(&w, 0)); /* the first in order won */

	roster_entry_remove(world_entry(&w), "fes", "request", &none, 0, &in_force);
	assert_void(&w, "'fes' was never a member", world_apply(&w, 0));
	in_force = m->entry_leaf;
	roster_entry_remove(world_entry(&w), "sefrou", "request", &none, 0, &in_force);
	assert_ok(world_apply(&w, 0));
	assert_false(m->is_admitted);
	assert_null(roster_member_by_key(w.roster, &w.keys[30]));
	assert_void(&w, "'sefrou' is not a member any more", world_apply(&w, 0));
	assert_int_equal(roster_member_count(w.roster), 2);
	world_release(&w);
}

static void a_removed_code_comes_back_with_another_key_only(void **state)
{
	struct world w;
	struct hash removal;

	(void)state;
	world_start(&w, 1, 1);
	world_admit_entry(&w, "sefrou", 30, NULL);
	assert_ok(world_apply(&w, 0));
	roster_entry_remove(world_entry(&w), "sefrou", "breach", NULL, 0, &w.last);
	assert_ok(world_apply(&w, 0));
	removal = w.last;
	world_admit_entry(&w, "sefrou", 31, NULL);
	assert_void(
	    &w, "it does not replace the entry in force about 'sefrou'", world_apply(&w, 0));
	world_admit_entry(&w, "sefrou", 30, &removal);
	assert_void(&w, "the key was in use before", world_apply(&w, 0));
	world_admit_entry(&w, "fes", 30, NULL);
	assert_void(&w, "the key was in use before", world_apply(&w, 0));
	world_admit_entry(&w, "sefrou", 20, &removal);
	assert_void(&w, "the key was in use before", world_apply(&w, 0));
	world_admit_entry(&w, "sefrou", 31, &removal);
	assert_ok(world_apply(&w, 0));
	assert_true(roster_member(w.roster, "sefrou")->is_admitted);
	assert_true(roster_member_by_key(w.roster, &w.keys[31]) != NULL);
	assert_int_equal(roster_member_count(w.roster), 2);
	world_release(&w);
}

static void a_member_key_is_a_good_point(void **state)
{
	struct world w;

	(void)state;
	world_start(&w, 1, 1);
	memset(&w.keys[30], 0, KEY_SIZE);
	world_admit_entry(&w, "sefrou", 30, NULL);
	assert_void(&w, "key is not a canonical point of prime order", world_apply(&w, 0));
	world_release(&w);
}

static void approvals_are_counted_by_distinct_coordinators(void **state)
{
	struct world w;

	(void)state;
	world_start(&w, 3, 2);
	world_admit_entry(&w, "sefrou", 30, NULL);
	assert_void(&w, "1 of 2 approvals verify", world_apply(&w, 0));
	assert_void(&w, "1 of 2 approvals verify", world_apply(&w, 0, 20));
	assert_void(&w, "1 of 2 approvals verify", world_apply(&w, 0, 30));
	assert_void(&w, "1 of 2 approvals verify", world_apply(&w, 10, 2));
	assert_void(&w, "one key approves twice", world_apply(&w, 1, 1));
	assert_void(&w, "0 of 2 approvals verify", world_apply_under(&w, 0, SIGNERS(0, 1)));
	assert_void(&w, "0 of 2 approvals verify", world_apply_under(&w, 2, SIGNERS(0, 1)));
	/* a signature more that is none of theirs does no harm */
	assert_ok(world_apply(&w, 30, 2, 1));
	assert_non_null(roster_member_by_key(w.roster, &w.keys[30]));
	world_release(&w);
}

/* w->entry with approvals of coordinators 0 and 1, the second one bent in one bit. */
static enum err apply_bent(struct world *w, unsigned byte, unsigned bit)
{
	struct approval approvals[2];

	for (unsigned i = 0; i < 2; i++)
		approval_sign(&approvals[i], roster_network(w->roster), 1, writer_view(&w->entry),
		    &w->secrets[i]);
	approvals[1].sig.b[byte] ^= (uint8_t)(1u << bit);
	writer_clear(&w->payload);
	roster_payload_encode(&w->payload, writer_view(&w->entry), approvals, 2);
	return world_apply_payload(w);
}

static void a_bent_approval_is_not_counted(void **state)
{
	struct world w;

	(void)state;
	world_start(&w, 3, 2);
	world_admit_entry(&w, "sefrou", 30, NULL);
	for (unsigned byte = 0; byte < SIG_SIZE; byte += 7)
		assert_void(&w, "1 of 2 approvals verify", apply_bent(&w, byte, byte % 8));
	assert_ok(world_apply(&w, 0, 1));
	world_release(&w);
}

static void an_approval_is_for_one_network(void **state)
{
	struct hash other = {{0x77}};
	struct approval approval;
	struct world w;

	(void)state;
	world_start(&w, 1, 1);
	world_admit_entry(&w, "sefrou", 30, NULL);
	approval_sign(&approval, &other, 1, writer_view(&w.entry), &w.secrets[0]);
	assert_true(approval_verify(&approval, &other, 1, writer_view(&w.entry)));
	assert_false(approval_verify(&approval, &other, 2, writer_view(&w.entry)));
	writer_clear(&w.payload);
	roster_payload_encode(&w.payload, writer_view(&w.entry), &approval, 1);
	assert_void(&w, "0 of 1 approvals verify", world_apply_payload(&w));
	world_release(&w);
}

static void what_counted_before_needs_no_second_verification(void **state)
{
	struct world w;

	(void)state;
	world_start(&w, 1, 1);
	world_admit_entry(&w, "sefrou", 30, NULL);
	w.trusted = true;
	assert_void(&w, "0 of 1 approvals verify", world_apply(&w, 30)); /* still nobody's */
	assert_ok(world_apply_under(&w, 9, SIGNERS(0)));
	world_release(&w);
}

static void too_many_approvals_are_refused(void **state)
{
	struct approval approvals[ROSTER_APPROVALS_MAX + 1] = {0};
	struct world w;

	(void)state;
	world_start(&w, 1, 1);
	world_admit_entry(&w, "sefrou", 30, NULL);
	for (unsigned i = 0; i <= ROSTER_APPROVALS_MAX; i++)
		approvals[i].key.b[0] = (uint8_t)(i + 1);
	writer_clear(&w.payload);
	approval_sign(
	    &approvals[0], roster_network(w.roster), 1, writer_view(&w.entry), &w.secrets[0]);
	roster_payload_encode(
	    &w.payload, writer_view(&w.entry), approvals, ROSTER_APPROVALS_MAX + 1);
	assert_void(&w, "there are more than 64 approvals", world_apply_payload(&w));
	writer_clear(&w.payload);
	roster_payload_encode(&w.payload, writer_view(&w.entry), approvals, ROSTER_APPROVALS_MAX);
	assert_ok(world_apply_payload(&w));
	world_release(&w);
}

static void ten_thousand_members_are_found(void **state)
{
	struct world w;
	char code[CODE_SIZE_MAX + 1];

	(void)state;
	world_start(&w, 1, 1);
	for (unsigned i = 0; i < 10000; i++) {
		uint8_t seed[32] = {9, (uint8_t)i, (uint8_t)(i >> 8)};
		struct seckey sk;
		struct key key;

		seal_sign_keypair(&key, &sk, seed);
		snprintf(code, sizeof(code), "m%u", i);
		roster_entry_admit(
		    world_entry(&w), code, MEMBER_COMMUNE, &key, world_names(&w, code), "", NULL);
		w.trusted = true;
		assert_ok(world_apply_under(&w, 1, SIGNERS(0)));
		assert_ptr_equal(
		    roster_member(w.roster, code), roster_member_by_key(w.roster, &key));
		assert_non_null(roster_member(w.roster, code));
	}
	assert_int_equal(roster_member_count(w.roster), 10001);
	assert_string_equal(roster_member_at(w.roster, 5000)->code, "m4999");
	assert_null(roster_member(w.roster, "m10000"));
	world_release(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_genesis_makes_the_network),
	    cmocka_unit_test(a_genesis_needs_its_own_quorum),
	    cmocka_unit_test(a_threshold_is_more_than_half),
	    cmocka_unit_test(a_genesis_uses_each_key_once_and_only_good_ones),
	    cmocka_unit_test(only_a_genesis_stands_in_leaf_0),
	    cmocka_unit_test(a_member_is_admitted_amended_and_removed),
	    cmocka_unit_test(a_removed_code_comes_back_with_another_key_only),
	    cmocka_unit_test(a_member_key_is_a_good_point),
	    cmocka_unit_test(approvals_are_counted_by_distinct_coordinators),
	    cmocka_unit_test(a_bent_approval_is_not_counted),
	    cmocka_unit_test(an_approval_is_for_one_network),
	    cmocka_unit_test(what_counted_before_needs_no_second_verification),
	    cmocka_unit_test(too_many_approvals_are_refused),
	    cmocka_unit_test(ten_thousand_members_are_found),
	};

	assert_ok(seal_init());
	return cmocka_run_group_tests(tests, NULL, NULL);
}
