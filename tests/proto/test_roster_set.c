/* Changes of the coordinators need the old and the new quorum, and never leave a set that nobody
 * approved. */
#include "tests/proto/roster_world.h"

#define assert_void(w, line, call) \
	do { \
		assert_err(ERR_REFUSED, call); \
		assert_string_equal((w)->why.text, line); \
	} while (0)

/* Coordinator entry: adds one line (code NULL: none), takes out one code (NULL: none). */
static void set_entry(struct world *w, const char *code, unsigned member_key, unsigned cosigner,
    const char *removed, unsigned threshold)
{
	struct coordinator line = {.kind = MEMBER_OBSERVER,
	    .member_key = w->keys[member_key],
	    .cosigner_key = w->keys[cosigner],
	    .names = world_names(w, "Nouveau")};
	struct coordinator_change change = {.add = &line,
	    .add_count = code ? 1 : 0,
	    .remove = &removed,
	    .remove_count = removed ? 1 : 0,
	    .threshold = threshold};

	snprintf(line.code, sizeof(line.code), "%s", code ? code : "");
	roster_entry_coordinator(world_entry(w), &change);
}

static void one_coordinator_adds_a_second(void **state)
{
	struct world w;

	(void)state;
	world_start(&w, 1, 1);
	set_entry(&w, "c9", 30, 31, NULL, 2);
	assert_void(
	    &w, "1 of 2 approvals verify under the old and the new set", world_apply(&w, 0));
	assert_void(
	    &w, "0 of 1 approvals verify under the old and the new set", world_apply(&w, 30));
	assert_ok(world_apply(&w, 30, 0));
	assert_int_equal(roster_coordinator_count(w.roster), 2);
	assert_int_equal(roster_threshold(w.roster), 2);
	assert_true(roster_set_version(w.roster) == 2);
	assert_true(roster_member(w.roster, "c9")->is_coordinator);
	assert_true(key_equal(&roster_member(w.roster, "c9")->cosigner_key, &w.keys[31]));
	assert_int_equal(roster_member(w.roster, "c9")->kind, MEMBER_OBSERVER);
	/* one is not enough any more, and approvals under version 1 are worth nothing */
	world_admit_entry(&w, "sefrou", 40, NULL);
	assert_void(&w, "1 of 2 approvals verify", world_apply(&w, 0));
	assert_void(&w, "0 of 2 approvals verify", world_apply_under(&w, 1, SIGNERS(0, 30)));
	assert_ok(world_apply(&w, 0, 30));
	world_release(&w);
}

static void old_and_new_quorum_approve_a_replacement(void **state)
{
	struct world w;

	(void)state;
	world_start(&w, 3, 2);
	/* c0 goes, c9 comes. Old set 0 1 2, new set 1 2 9. */
	set_entry(&w, "c9", 30, 31, "c0", 2);
	assert_void(&w, "1 of 2 approvals verify under the old and the new set",
	    world_apply(&w, 0, 30)); /* one of the old */
	assert_void(&w, "1 of 2 approvals verify under the old and the new set",
	    world_apply(&w, 0, 1)); /* one of the new */
	assert_ok(world_apply(&w, 0, 1, 30));
	assert_int_equal(roster_coordinator_count(w.roster), 3);
	assert_false(roster_member(w.roster, "c0")->is_coordinator);
	assert_true(roster_member(w.roster, "c0")->is_admitted);
	world_admit_entry(&w, "sefrou", 40, NULL);
	assert_void(&w, "1 of 2 approvals verify", world_apply(&w, 0, 1));
	assert_ok(world_apply(&w, 1, 30));
	world_release(&w);
}

static void a_threshold_needs_the_larger_quorum(void **state)
{
	struct world w;

	(void)state;
	world_start(&w, 3, 2);
	roster_entry_threshold(world_entry(&w), 3);
	assert_void(
	    &w, "2 of 3 approvals verify under the old and the new set", world_apply(&w, 0, 1));
	assert_ok(world_apply(&w, 0, 1, 2));
	assert_int_equal(roster_threshold(w.roster), 3);
	roster_entry_threshold(world_entry(&w), 2);
	assert_void(
	    &w, "2 of 3 approvals verify under the old and the new set", world_apply(&w, 0, 1));
	assert_ok(world_apply(&w, 0, 1, 2));
	assert_true(roster_set_version(w.roster) == 3);
	roster_entry_threshold(world_entry(&w), 1);
	assert_void(&w, "a threshold of 1 does not fit 3 coordinators", world_apply(&w, 0, 1, 2));
	roster_entry_threshold(world_entry(&w), 4);
	assert_void(&w, "a threshold of 4 does not fit 3 coordinators", world_apply(&w, 0, 1, 2));
	world_release(&w);
}

static void impossible_sets_are_void(void **state)
{
	struct world w;

	(void)state;
	world_start(&w, 3, 2);
	set_entry(&w, NULL, 0, 0, "c7", 2);
	assert_void(&w, "'c7' is no coordinator", world_apply(&w, 0, 1, 2));
	set_entry(&w, "c1", 1, 31, NULL, 3);
	assert_void(&w, "'c1' is a coordinator already", world_apply(&w, 0, 1, 2));
	set_entry(&w, "c9", 1, 31, NULL, 3);
	assert_void(&w, "the key was in use before", world_apply(&w, 0, 1, 2));
	set_entry(&w, "c9", 30, 11, NULL, 3);
	assert_void(&w, "the key was in use before", world_apply(&w, 0, 1, 2));
	set_entry(&w, "c9", 30, 30, NULL, 3);
	assert_void(&w, "'c9' uses one key twice", world_apply(&w, 0, 1, 2));
	set_entry(&w, NULL, 0, 0, "c2", 1);
	assert_void(&w, "a threshold of 1 does not fit 2 coordinators", world_apply(&w, 0, 1, 2));
	set_entry(&w, NULL, 0, 0, "c2", 2);
	assert_ok(world_apply(&w, 0, 1));
	world_release(&w);
}

static void a_member_becomes_coordinator_with_the_same_key(void **state)
{
	struct world w;

	(void)state;
	world_start(&w, 3, 2);
	world_admit_entry(&w, "sefrou", 40, NULL);
	assert_ok(world_apply(&w, 0, 1));
	set_entry(&w, "sefrou", 41, 31, NULL, 3);
	assert_void(&w, "'sefrou' is no member with that member key", world_apply(&w, 0, 1, 2));
	set_entry(&w, "sefrou", 40, 31, NULL, 3);
	assert_ok(world_apply(&w, 0, 1, 2));
	assert_true(roster_member(w.roster, "sefrou")->is_coordinator);
	assert_int_equal(roster_member(w.roster, "sefrou")->kind, MEMBER_COMMUNE); /* kept */
	world_release(&w);
}

static void a_cosigner_key_is_changed_by_leaving_and_coming_back(void **state)
{
	struct world w;

	(void)state;
	world_start(&w, 3, 2);
	set_entry(&w, "c2", 2, 31, "c2", 2);
	assert_ok(world_apply(&w, 0, 1));
	assert_true(key_equal(&roster_member(w.roster, "c2")->cosigner_key, &w.keys[31]));
	set_entry(&w, "c2", 2, 12, "c2", 2); /* its own earlier one */
	assert_ok(world_apply(&w, 0, 1));
	set_entry(&w, "c1", 1, 12, "c1", 2); /* another's */
	assert_void(&w, "the key was in use before", world_apply(&w, 0, 1));
	world_release(&w);
}

static void a_coordinator_is_not_removed_before_it_left_the_set(void **state)
{
	struct world w;
	struct hash in_force;

	(void)state;
	world_start(&w, 3, 2);
	in_force = roster_member(w.roster, "c2")->entry_leaf;
	roster_entry_remove(world_entry(&w), "c2", "request", NULL, 0, &in_force);
	assert_void(&w, "'c2' is a coordinator: an entry on coordinators comes first",
	    world_apply(&w, 0, 1));
	set_entry(&w, NULL, 0, 0, "c2", 2);
	assert_ok(world_apply(&w, 0, 1));
	roster_entry_remove(world_entry(&w), "c2", "request", NULL, 0, &in_force);
	assert_ok(world_apply(&w, 0, 1));
	assert_false(roster_member(w.roster, "c2")->is_admitted);
	set_entry(&w, "c2", 2, 12, NULL, 2);
	assert_void(&w, "'c2' is no member with that member key", world_apply(&w, 0, 1));
	world_release(&w);
}

static void a_coordinator_approves_with_the_rotated_key(void **state)
{
	struct world w;
	struct hash in_force;

	(void)state;
	world_start(&w, 3, 2);
	in_force = roster_member(w.roster, "c2")->entry_leaf;
	roster_entry_rotate(world_entry(&w), "c2", &w.keys[30], NULL, 0, &in_force);
	assert_ok(world_apply(&w, 0, 1));
	world_admit_entry(&w, "sefrou", 40, NULL);
	assert_void(&w, "1 of 2 approvals verify", world_apply(&w, 0, 2));
	assert_ok(world_apply(&w, 0, 30));
	world_release(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(one_coordinator_adds_a_second),
	    cmocka_unit_test(old_and_new_quorum_approve_a_replacement),
	    cmocka_unit_test(a_threshold_needs_the_larger_quorum),
	    cmocka_unit_test(impossible_sets_are_void),
	    cmocka_unit_test(a_member_becomes_coordinator_with_the_same_key),
	    cmocka_unit_test(a_cosigner_key_is_changed_by_leaving_and_coming_back),
	    cmocka_unit_test(a_coordinator_is_not_removed_before_it_left_the_set),
	    cmocka_unit_test(a_coordinator_approves_with_the_rotated_key),
	};

	assert_ok(seal_init());
	return cmocka_run_group_tests(tests, NULL, NULL);
}
