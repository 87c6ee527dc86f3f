/* An erasure holds over damage: what rotted of a record that is erased comes back without its payload, from whomever it comes
 * and whatever he has heard of. DESIGN D10, D12, PROTOCOL.md section 8. */
#include "tests/proto/core_erasing.h"

#define TARGET 3

static struct world w;
static struct author m4, later; /* m4's first log and its next one */
static struct puppet p;

static int set_up(void **state)
{
	(void)state;
	world_network(&w, 2);
	author_init(&m4, &w, 4);
	world_admit_key(&w, "m4", &m4.person.member, NULL);
	for (unsigned i = 1; i < 6; i++)
		author_write(&m4, i == TARGET + 1 ? 66 : 128, i);
	author_init_log(&later, &w, 4, 2);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	puppet_release(&p);
	author_release(&m4);
	author_release(&later);
	world_release(&w);
	return 0;
}

static struct node *zero(void)
{
	return &w.nodes[0];
}

static void give(const struct author *a, uint64_t size)
{
	give_to(&p, zero(), a, size, 100000);
}

/* Of a log of the author's, every byte behind the sizes. */
static void rot(const struct author *a, uint64_t index)
{
	struct kept_record *record = &kept_find(&zero()->store, &a->person.log)->records[index];

	record->is_rotten = true;
	for (size_t i = 3; i < record->bytes.size; i++)
		record->bytes.data[i] ^= 0x55;
}

/* Nobody is there to ask. */
static void be_alone(void)
{
	w.is_blocked[1][0] = w.is_blocked[0][1] = true;
	world_cut_wires(&w);
	world_run(&w, 100);
	puppet_release(&p);
}

/* The author of the log answers, who has all of it. */
static void mend_from(const struct author *a)
{
	struct msg_want want;
	struct writer body = {0};

	be_alone();
	puppet_connect(&p, zero());
	puppet_hello(&p, a);
	core_time(zero()->core, world_time(&w));
	core_rot(zero()->core);
	for (unsigned i = 0; i < 1200 && !puppet_wanted(&p, &a->person.log, &want); i++)
		world_run(&w, 100);
	assert_true(puppet_wanted(&p, &a->person.log, &want));
	author_batch(a, &want, 100000, &body);
	puppet_send(&p, MSG_BATCH, &body);
	world_run(&w, 1000);
	assert_false(p.is_closed);
}

static bool is_rotten(const struct author *a, uint64_t index)
{
	return kept_find(&zero()->store, &a->person.log)->records[index].is_rotten;
}

static void assert_erased(uint64_t index, const struct record_ref *want)
{
	struct record_ref by;

	assert_false(is_rotten(&m4, index));
	assert_int_equal(state_of(zero(), &m4.person.log, index, &by), RECORD_ERASED);
	assert_memory_equal(&by.log, &want->log, KEY_SIZE);
	assert_int_equal(by.index, want->index);
	assert_memory_equal(&by.leaf, &want->leaf, HASH_SIZE);
}

static void assert_present(uint64_t index)
{
	struct record_ref by;

	assert_false(is_rotten(&m4, index));
	assert_int_equal(state_of(zero(), &m4.person.log, index, &by), RECORD_PRESENT);
}

/* --- by the member -------------------------------------------------------------------------------- */

/* m4 erased it from his next log, and the node of the first one has not heard. */
static struct record_ref erased_from_the_next_log(void)
{
	struct record_ref what = place_of(&m4, TARGET), by;

	give(&m4, 6);
	by = erase(&later, &what);
	give(&later, 2);
	assert_erased(TARGET, &by);
	return by;
}

static void what_its_member_erased_stays_erased_when_it_rots(void **state)
{
	struct record_ref by = erased_from_the_next_log();

	(void)state;
	rot(&m4, TARGET);
	rot(&m4, TARGET - 1);
	mend_from(&m4);
	assert_erased(TARGET, &by);
	assert_present(TARGET - 1);
	assert_null(puppet_got(&p, MSG_PAYLOAD_WANT));
}

static void it_stays_erased_over_a_restart_before_the_look(void **state)
{
	struct record_ref by = erased_from_the_next_log();

	(void)state;
	rot(&m4, TARGET);
	node_stop(zero());
	node_start(zero());
	mend_from(&m4);
	assert_erased(TARGET, &by);
}

static void what_was_erased_in_the_same_log_stays_erased(void **state)
{
	struct record_ref what = place_of(&m4, TARGET), by = erase(&m4, &what);

	(void)state;
	give(&m4, 7);
	assert_erased(TARGET, &by);
	rot(&m4, TARGET);
	mend_from(&m4);
	assert_erased(TARGET, &by);
}

/* The record that says so has rotted too: as soon as that is mended. */
static void what_erased_it_is_read_again_where_both_rot(void **state)
{
	struct record_ref what = place_of(&m4, TARGET), by = erase(&m4, &what);

	(void)state;
	give(&m4, 7);
	rot(&m4, TARGET);
	rot(&m4, 6);
	mend_from(&m4);
	assert_false(is_rotten(&m4, 6));
	assert_erased(TARGET, &by);
}

static enum err unreadable(struct node *node, const struct read *read, struct writer *out)
{
	(void)node;
	(void)out;
	return read->type == READ_ERASURES ? ERR_IO : ERR_NONE;
}

/* What may have been erased is not asked for before that is known. */
static void nothing_is_asked_for_while_it_cannot_be_read_what_erased_it(void **state)
{
	struct record_ref by = erased_from_the_next_log();
	struct msg_want want;

	(void)state;
	be_alone();
	zero()->tamper = unreadable;
	rot(&m4, TARGET);
	puppet_connect(&p, zero());
	puppet_hello(&p, &m4);
	core_time(zero()->core, world_time(&w));
	core_rot(zero()->core);
	world_run(&w, 200000);
	assert_false(puppet_wanted(&p, &m4.person.log, &want));
	zero()->tamper = NULL;
	world_run(&w, 1000000);
	mend_from(&m4);
	assert_erased(TARGET, &by);
}

/* Twins: nobody's erasure, and one of another leaf. */
static void what_nobody_erased_comes_back_whole(void **state)
{
	(void)state;
	give(&m4, 6);
	rot(&m4, TARGET);
	mend_from(&m4);
	assert_present(TARGET);
}

static void what_was_said_of_another_leaf_takes_nothing_from_it(void **state)
{
	struct record_ref what = place_of(&m4, TARGET);

	(void)state;
	give(&m4, 6);
	what.leaf.b[3] ^= 1;
	erase(&later, &what);
	give(&later, 2);
	rot(&m4, TARGET);
	mend_from(&m4);
	assert_present(TARGET);
}

/* --- by the roster -------------------------------------------------------------------------------- */

static void what_the_roster_erased_stays_erased_when_it_rots(void **state)
{
	struct record_ref what = place_of(&m4, TARGET + 1), by = erase_by_roster(&w, &what);

	(void)state;
	give(&m4, 6);
	rot(&m4, TARGET + 1);
	mend_from(&m4);
	assert_erased(TARGET + 1, &by);
}

/* It could not be read when the entry came, so it was not erased then. */
static void what_was_rotten_when_the_roster_erased_it_is_erased_when_it_is_mended(void **state)
{
	struct record_ref what = place_of(&m4, TARGET + 1), by;

	(void)state;
	give(&m4, 6);
	be_alone();
	rot(&m4, TARGET + 1);
	by = erase_by_roster(&w, &what);
	mend_from(&m4);
	assert_erased(TARGET + 1, &by);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(what_its_member_erased_stays_erased_when_it_rots),
	    TEST(it_stays_erased_over_a_restart_before_the_look),
	    TEST(what_was_erased_in_the_same_log_stays_erased),
	    TEST(what_erased_it_is_read_again_where_both_rot),
	    TEST(nothing_is_asked_for_while_it_cannot_be_read_what_erased_it),
	    TEST(what_nobody_erased_comes_back_whole),
	    TEST(what_was_said_of_another_leaf_takes_nothing_from_it),
	    TEST(what_the_roster_erased_stays_erased_when_it_rots),
	    TEST(what_was_rotten_when_the_roster_erased_it_is_erased_when_it_is_mended),
	};

	assert_ok(seal_init());
	return cmocka_run_group_tests(tests, NULL, NULL);
}
