/* What a member erases of its own, and the roster of anybody's, is gone wherever that is known, in whatever order the erasure
 * and its record arrive; what neither of them may erase stays. DESIGN D2, D10, PROTOCOL.md section 8. */
#include "tests/proto/core_erasing.h"

#define TARGET 3

static struct world w;
static struct author m4, other; /* m4's first log; a second one of m4, or m5's */
static struct puppet p;

static int set_up(void **state)
{
	(void)state;
	world_network(&w, 2);
	author_init(&m4, &w, 4);
	world_admit_key(&w, "m4", &m4.person.member, NULL);
	for (unsigned i = 1; i < 6; i++)
		author_write(&m4, i == TARGET + 1 ? 66 : 128, i);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	puppet_release(&p);
	author_release(&m4);
	author_release(&other);
	world_release(&w);
	other = (struct author){0};
	return 0;
}

static void give(const struct author *a, uint64_t size, uint32_t max)
{
	give_to(&p, &w.nodes[0], a, size, max);
}

static void assert_erased(const struct node *n, uint64_t index, const struct record_ref *want)
{
	struct record_ref by;

	assert_int_equal(state_of(n, &m4.person.log, index, &by), RECORD_ERASED);
	assert_memory_equal(&by.log, &want->log, KEY_SIZE);
	assert_int_equal(by.index, want->index);
	assert_memory_equal(&by.leaf, &want->leaf, HASH_SIZE);
}

static void assert_state(const struct node *n, uint64_t index, enum record_state state)
{
	struct record_ref by;

	assert_int_equal(state_of(n, &m4.person.log, index, &by), state);
}

static bool is_waiting(const struct node *n)
{
	for (size_t i = 0; i < n->store.row_count; i++)
		if (n->store.rows[i].op == CHANGE_ERASURE && !n->store.rows[i].is_gone)
			return true;
	return false;
}

/* Whoever else there is has it so too. */
static void assert_everywhere(uint64_t index, const struct record_ref *by)
{
	world_run(&w, 5000);
	for (unsigned i = 0; i < 2; i++) {
		assert_erased(&w.nodes[i], index, by);
		assert_false(is_waiting(&w.nodes[i]));
		assert_int_equal(node_refused(&w.nodes[i]), 0);
	}
	assert_true(nodes_are_equal(&w.nodes[0], &w.nodes[1]));
}

/* --- by the member -------------------------------------------------------------------------------- */

static void an_erasure_in_the_same_batch_is_ground_enough(void **state)
{
	struct record_ref what = place_of(&m4, TARGET), by = erase(&m4, &what);

	(void)state;
	call_erased(&m4, TARGET, &by);
	give(&m4, 7, 100000);
	assert_erased(&w.nodes[0], TARGET, &by);
	assert_null(puppet_got(&p, MSG_PAYLOAD_WANT));
	assert_everywhere(TARGET, &by);
}

static void an_erasure_in_a_later_batch_is_too(void **state)
{
	struct record_ref what = place_of(&m4, TARGET), by = erase(&m4, &what);

	(void)state;
	call_erased(&m4, TARGET, &by);
	give(&m4, 7, 200);
	assert_everywhere(TARGET, &by);
}

static void a_payload_that_is_held_goes_when_its_author_erases_it(void **state)
{
	struct record_ref what = place_of(&m4, TARGET), by;

	(void)state;
	give(&m4, 6, 100000);
	world_run(&w, 3000);
	assert_state(&w.nodes[1], TARGET, RECORD_PRESENT);
	by = erase(&m4, &what);
	give(&m4, 7, 100000);
	assert_everywhere(TARGET, &by);
	assert_state(&w.nodes[0], TARGET - 1, RECORD_PRESENT);
}

/* From the next log, which is here before the old one is. */
static void an_erasure_waits_for_its_record(void **state)
{
	struct record_ref what = place_of(&m4, TARGET), by;

	(void)state;
	author_init_log(&other, &w, 4, 2);
	by = erase(&other, &what);
	give(&other, 2, 100000);
	assert_true(is_waiting(&w.nodes[0]));
	give(&m4, 6, 100000);
	assert_everywhere(TARGET, &by);
}

static void an_erasure_waits_over_a_restart(void **state)
{
	struct record_ref what = place_of(&m4, TARGET), by;

	(void)state;
	author_init_log(&other, &w, 4, 2);
	by = erase(&other, &what);
	give(&other, 2, 100000);
	node_stop(&w.nodes[0]);
	node_start(&w.nodes[0]);
	world_run(&w, 20000);
	give(&m4, 6, 100000);
	assert_everywhere(TARGET, &by);
}

/* More than a node remembers for records that may never come: the rest is carried out when it has started again. */
static void too_many_that_wait_are_carried_out_at_the_next_start(void **state)
{
	struct record_ref what = place_of(&m4, TARGET), by, other_leaf = what;
	uint64_t size = 2;

	(void)state;
	author_init_log(&other, &w, 4, 2);
	for (; size < 302; size++) {
		other_leaf.leaf.b[0] = (uint8_t)size;
		other_leaf.leaf.b[1] = (uint8_t)(size >> 8);
		erase(&other, &other_leaf);
	}
	by = erase(&other, &what);
	give(&other, size, 100000);
	give(&m4, 6, 100000);
	world_run(&w, 3000);
	assert_state(&w.nodes[0], TARGET, RECORD_PRESENT);
	node_stop(&w.nodes[0]);
	node_start(&w.nodes[0]);
	world_run(&w, 20000);
	assert_erased(&w.nodes[0], TARGET, &by);
	assert_false(is_waiting(&w.nodes[0]));
}

static enum err unreadable(struct node *node, const struct read *read, struct writer *out)
{
	(void)node;
	(void)out;
	return read->type == READ_RECORD ? ERR_IO : ERR_NONE;
}

static void an_erasure_that_a_crash_cut_short_is_carried_out_at_the_start(void **state)
{
	struct record_ref what = place_of(&m4, TARGET), by;

	(void)state;
	give(&m4, 6, 100000);
	by = erase(&m4, &what);
	w.nodes[0].tamper = unreadable;
	give(&m4, 7, 100000);
	assert_state(&w.nodes[0], TARGET, RECORD_PRESENT);
	w.nodes[0].tamper = NULL;
	node_stop(&w.nodes[0]);
	node_start(&w.nodes[0]);
	world_run(&w, 20000);
	assert_everywhere(TARGET, &by);
}

static void what_cannot_be_read_is_erased_later(void **state)
{
	struct record_ref what = place_of(&m4, TARGET), other_what = place_of(&m4, TARGET + 1), by;

	(void)state;
	give(&m4, 6, 100000);
	w.nodes[0].tamper = unreadable;
	by = erase_by_roster(&w, &other_what);
	erase(&m4, &what);
	give(&m4, 7, 100000);
	assert_state(&w.nodes[0], TARGET, RECORD_PRESENT);
	assert_state(&w.nodes[0], TARGET + 1, RECORD_PRESENT);
	w.nodes[0].tamper = NULL;
	world_run(&w, 61000);
	assert_erased(&w.nodes[0], TARGET + 1, &by);
	assert_state(&w.nodes[0], TARGET, RECORD_ERASED);
}

static void nobody_erases_what_is_anothers(void **state)
{
	struct record_ref what = place_of(&m4, TARGET), by;

	(void)state;
	author_init(&other, &w, 5);
	world_admit_key(&w, "m5", &other.person.member, NULL);
	give(&m4, 6, 100000);
	by = erase(&other, &what);
	give(&other, 2, 100000);
	world_run(&w, 3000);
	assert_state(&w.nodes[0], TARGET, RECORD_PRESENT);
	assert_false(is_waiting(&w.nodes[0]));
	/* Nor does it make a claim true. */
	call_erased(&m4, TARGET, &by);
	author_write(&m4, 128, 30);
	world_run(&w, 3000);
	assert_state(&w.nodes[1], TARGET, RECORD_PRESENT);
}

static void a_claim_on_anothers_erasure_is_asked_for_on(void **state)
{
	struct record_ref what = place_of(&m4, TARGET), by;

	(void)state;
	author_init(&other, &w, 5);
	world_admit_key(&w, "m5", &other.person.member, NULL);
	by = erase(&other, &what);
	give(&other, 2, 100000);
	call_erased(&m4, TARGET, &by);
	give(&m4, 6, 100000);
	assert_state(&w.nodes[0], TARGET, RECORD_NOT_HELD);
}

/* A commitment is owed to others: only the roster takes its words away. */
static void nobody_erases_alone_what_is_owed(void **state)
{
	struct record_ref what = place_of(&m4, TARGET + 1);

	(void)state;
	give(&m4, 6, 100000);
	erase(&m4, &what);
	give(&m4, 7, 100000);
	assert_state(&w.nodes[0], TARGET + 1, RECORD_PRESENT);
	assert_false(is_waiting(&w.nodes[0]));
}

static void an_erasure_of_another_leaf_erases_nothing(void **state)
{
	struct record_ref what = place_of(&m4, TARGET);

	(void)state;
	give(&m4, 6, 100000);
	what.leaf.b[4] ^= 1;
	erase(&m4, &what);
	give(&m4, 7, 100000);
	assert_state(&w.nodes[0], TARGET, RECORD_PRESENT);
	assert_false(is_waiting(&w.nodes[0]));
}

static void an_own_record_is_erased_here_and_at_others(void **state)
{
	struct node *one = &w.nodes[1];
	struct kept_log *log;
	struct writer payload = {0};
	struct record_ref by;
	struct publish_item item = {KIND_ERASURE, {0}};

	(void)state;
	node_publish(one, 3, 0);
	world_run(&w, 2000);
	log = kept_find(&one->store, &one->person.log);
	mp_put_map(&payload, 4);
	mp_put_cstr(&payload, "ground");
	mp_put_cstr(&payload, "author");
	mp_put_cstr(&payload, "index");
	mp_put_uint(&payload, 2);
	mp_put_cstr(&payload, "leaf");
	mp_put_bin(&payload, log->records[2].leaf.b, HASH_SIZE);
	mp_put_cstr(&payload, "log");
	mp_put_bin(&payload, one->person.log.b, KEY_SIZE);
	item.payload = writer_view(&payload);
	core_time(one->core, world_time(&w));
	core_publish(one->core, ++w.next_request, &item, 1, 0);
	world_run(&w, 3000);
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(state_of(&w.nodes[i], &one->person.log, 2, &by), RECORD_ERASED);
		assert_int_equal(by.index, 4);
		assert_int_equal(state_of(&w.nodes[i], &one->person.log, 1, &by), RECORD_PRESENT);
	}
	writer_release(&payload);
}

/* --- by the roster -------------------------------------------------------------------------------- */

static void a_payload_that_is_held_goes_when_the_roster_says_so(void **state)
{
	struct record_ref what = place_of(&m4, TARGET + 1), by;

	(void)state;
	give(&m4, 6, 100000);
	world_run(&w, 3000);
	assert_state(&w.nodes[1], TARGET + 1, RECORD_PRESENT);
	by = erase_by_roster(&w, &what);
	assert_everywhere(TARGET + 1, &by);
}

static void what_the_roster_erased_is_not_taken_any_more(void **state)
{
	struct record_ref what = place_of(&m4, TARGET + 1), by = erase_by_roster(&w, &what);

	(void)state;
	give(&m4, 6, 100000);
	assert_everywhere(TARGET + 1, &by);
}

/* The entry is learnt between the moment when the record was held against what was known, and the one when it is stored. */
static void what_came_while_the_entry_was_being_stored_is_erased(void **state)
{
	struct record_ref what = place_of(&m4, TARGET + 1), by;
	struct node *one = &w.nodes[1];
	struct msg_want want = {0};
	struct writer body = {0};
	struct checkpoint head;

	(void)state;
	puppet_connect(&p, one);
	puppet_hello(&p, &m4);
	one->is_disk_held = true;
	by = erase_by_roster(&w, &what);
	world_run(&w, 100);
	assert_true(one->change_count > 0);
	author_checkpoint(&m4, 6, &head);
	puppet_head(&p, &head);
	assert_true(puppet_wanted(&p, &m4.person.log, &want));
	author_batch(&m4, &want, 100000, &body);
	puppet_send(&p, MSG_BATCH, &body);
	world_run(&w, 100);
	assert_true(one->change_count > 1);
	one->is_disk_held = false;
	world_run(&w, 3000);
	assert_false(p.is_closed);
	assert_erased(one, TARGET + 1, &by);
}

static void the_roster_of_another_leaf_takes_nothing(void **state)
{
	struct record_ref what = place_of(&m4, TARGET + 1);

	(void)state;
	give(&m4, 6, 100000);
	what.leaf.b[1] ^= 1;
	erase_by_roster(&w, &what);
	world_run(&w, 3000);
	assert_state(&w.nodes[0], TARGET + 1, RECORD_PRESENT);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(an_erasure_in_the_same_batch_is_ground_enough),
	    TEST(an_erasure_in_a_later_batch_is_too),
	    TEST(a_payload_that_is_held_goes_when_its_author_erases_it),
	    TEST(an_erasure_waits_for_its_record),
	    TEST(an_erasure_waits_over_a_restart),
	    TEST(too_many_that_wait_are_carried_out_at_the_next_start),
	    TEST(an_erasure_that_a_crash_cut_short_is_carried_out_at_the_start),
	    TEST(what_cannot_be_read_is_erased_later),
	    TEST(nobody_erases_what_is_anothers),
	    TEST(a_claim_on_anothers_erasure_is_asked_for_on),
	    TEST(nobody_erases_alone_what_is_owed),
	    TEST(an_erasure_of_another_leaf_erases_nothing),
	    TEST(an_own_record_is_erased_here_and_at_others),
	    TEST(a_payload_that_is_held_goes_when_the_roster_says_so),
	    TEST(what_the_roster_erased_is_not_taken_any_more),
	    TEST(what_came_while_the_entry_was_being_stored_is_erased),
	    TEST(the_roster_of_another_leaf_takes_nothing),
	};

	assert_ok(seal_init());
	return cmocka_run_group_tests(tests, NULL, NULL);
}
