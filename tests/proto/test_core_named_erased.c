/* Erasures reach the branch that the roster names, of which a node may hold a copy alone: by the roster and by the member, learnt
 * before the copy, with it, or after it. DESIGN D8, D10. */
#include "tests/proto/core_erasing.h"
#include "tests/proto/core_named.h"

#define TARGET 5 /* of the right branch; the left one has another record there */

static struct author later; /* the member's next log */

static int set_up_both(void **state)
{
	set_up(state);
	author_init_log(&later, &w, 4, 2);
	return 0;
}

static int tear_down_both(void **state)
{
	author_release(&later);
	return tear_down(state);
}

static struct record_ref erase_from_the_next_log(const struct record_ref *what)
{
	struct record_ref by = erase(&later, what);
	struct key log = later.person.log;
	uint64_t size = kept_find(&later.store, &log)->count;

	give_to(&p, &w.nodes[0], &later, size, 100000);
	puppet_release(&p);
	world_run(&w, 3000);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(kept_find(&w.nodes[i].store, &log)->head.size, size);
	return by;
}

/* What lies there of the right branch: with node 1 the log itself, with the others the copy. */
static const struct key *place(const struct node *n)
{
	return n == &w.nodes[1] ? &right.person.log : &copy_of(n, LOG_STAYS)->open.key;
}

static void assert_all(uint64_t index, enum record_state state, const struct record_ref *want)
{
	struct record_ref by;

	world_run(&w, 60000);
	for (unsigned i = 0; i < 3; i++) {
		assert_true(core_holds_named(w.nodes[i].core, &right.person.log));
		assert_int_equal(state_of(&w.nodes[i], place(&w.nodes[i]), index, &by), state);
		if (want)
			assert_memory_equal(&by.log, &want->log, KEY_SIZE);
		if (want)
			assert_int_equal(by.index, want->index);
	}
}

static void assert_left_is_whole(void)
{
	struct record_ref by;

	for (uint64_t i = 1; i < 6; i++)
		assert_int_equal(state_of(&w.nodes[0], &left.person.log, i, &by), RECORD_PRESENT);
}

static void the_roster_erases_in_a_copy_that_is_held(void **state)
{
	struct record_ref what = place_of(&right, TARGET), by;

	(void)state;
	name(&right, 12, 0);
	assert_all(TARGET, RECORD_PRESENT, NULL);
	by = erase_by_roster(&w, &what);
	assert_all(TARGET, RECORD_ERASED, &by);
	assert_left_is_whole();
}

static void what_the_roster_erased_comes_erased_with_the_copy(void **state)
{
	struct record_ref what = place_of(&right, TARGET), by = erase_by_roster(&w, &what);

	(void)state;
	name(&right, 12, 0);
	assert_all(TARGET, RECORD_ERASED, &by);
}

static void the_member_erases_in_a_copy_that_is_held(void **state)
{
	struct record_ref what = place_of(&right, TARGET), by;

	(void)state;
	name(&right, 12, 0);
	assert_all(TARGET, RECORD_PRESENT, NULL);
	by = erase_from_the_next_log(&what);
	assert_all(TARGET, RECORD_ERASED, &by);
	assert_all(TARGET - 1, RECORD_PRESENT, NULL);
	assert_left_is_whole();
}

/* Nodes 0 and 2 had nothing to erase when it came, and have forgotten it. */
static void what_the_member_erased_before_comes_erased_with_the_copy(void **state)
{
	struct record_ref what = place_of(&right, TARGET), by = erase_from_the_next_log(&what);

	(void)state;
	world_run(&w, 3000);
	name(&right, 12, 0);
	assert_all(TARGET, RECORD_ERASED, &by);
	assert_left_is_whole();
}

/* Both branches have it, so node 0 has it once more as a part of the copy. */
static void what_both_branches_have_is_erased_in_both(void **state)
{
	struct record_ref what = place_of(&right, 2), by, found;

	(void)state;
	name(&right, 12, 0);
	assert_all(2, RECORD_PRESENT, NULL);
	by = erase_from_the_next_log(&what);
	assert_all(2, RECORD_ERASED, &by);
	assert_int_equal(state_of(&w.nodes[0], &left.person.log, 2, &found), RECORD_ERASED);
}

static void an_erasure_of_a_leaf_of_neither_branch_takes_nothing(void **state)
{
	struct record_ref what = place_of(&right, TARGET);

	(void)state;
	what.leaf.b[7] ^= 1;
	erase_from_the_next_log(&what);
	name(&right, 12, 0);
	assert_all(TARGET, RECORD_PRESENT, NULL);
	assert_left_is_whole();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up_both, tear_down_both)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(the_roster_erases_in_a_copy_that_is_held),
	    TEST(what_the_roster_erased_comes_erased_with_the_copy),
	    TEST(the_member_erases_in_a_copy_that_is_held),
	    TEST(what_the_member_erased_before_comes_erased_with_the_copy),
	    TEST(what_both_branches_have_is_erased_in_both),
	    TEST(an_erasure_of_a_leaf_of_neither_branch_takes_nothing),
	};

	assert_ok(seal_init());
	return cmocka_run_group_tests(tests, NULL, NULL);
}
