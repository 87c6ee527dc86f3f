/* A signed head told at records that are stored already: the record is not asked for again, its signature is kept. */
#include "tests/proto/core_forked.h"

/* What was wanted is not served from here on. */
static void answer_no_more(uint64_t from, uint64_t size)
{
	struct batch none = {.key = left.person.log, .from = from, .size = size};
	struct writer body = {0};

	batch_encode(&body, &none, (struct bytes){0});
	puppet_send(&p, MSG_BATCH, &body);
	world_pump(&w);
}

static struct kept_log *held(void)
{
	return kept_find(&w.nodes[0].store, &left.person.log);
}

/* Node 0 holds the history up to 6 under a head, and a record more of what was to be 12. */
static int set_up(void **state)
{
	(void)state;
	begin_forked(12, 4);
	puppet_connect(&p, &w.nodes[0]);
	puppet_hello(&p, &left);
	tell(&left, 6);
	answer(&left, 100000);
	tell(&left, 12);
	answer(&left, 1);
	answer_no_more(7, 12);
	assert_int_equal(held()->head.size, 6);
	assert_int_equal(held()->frontier.size, 7);
	return 0;
}

static void a_head_of_what_is_stored_is_taken_and_told_on(void **state)
{
	(void)state;
	tell(&left, 7);
	world_run(&w, 1000);
	assert_false(p.is_closed);
	for (unsigned i = 0; i < 3; i++) {
		struct kept_log *log = kept_find(&w.nodes[i].store, &left.person.log);
		assert_non_null(log);
		assert_int_equal(log->head.size, 7);
	}
}

static void a_head_of_another_history_is_not(void **state)
{
	(void)state;
	tell(&right, 7);
	world_run(&w, 1000);
	assert_int_equal(held()->head.size, 6);
}

static void a_head_that_nobody_signed_ends_the_session(void **state)
{
	struct checkpoint head;

	(void)state;
	author_checkpoint(&left, 7, &head);
	head.sig.b[0] ^= 1;
	puppet_head(&p, &head);
	world_pump(&w);
	assert_true(p.is_closed);
	assert_int_equal(held()->head.size, 6);
}

/* Two of them told one after the other, and the disk is slow: whichever is longer stays. */
static void of_two_heads_on_the_way_to_the_disk_the_longer_stays(void **state)
{
	struct node *zero = &w.nodes[0];

	(void)state;
	tell(&left, 12);
	answer(&left, 1);
	answer_no_more(8, 12);
	assert_int_equal(held()->frontier.size, 8);
	zero->is_disk_held = true;
	tell(&left, 8);
	tell(&left, 7);
	assert_int_equal(zero->change_count, 1);
	zero->is_disk_held = false;
	world_run(&w, 1000);
	assert_int_equal(held()->head.size, 8);
	assert_false(p.is_closed);
}

static void a_shorter_head_on_its_way_is_followed_by_the_longer(void **state)
{
	struct node *zero = &w.nodes[0];

	(void)state;
	tell(&left, 12);
	answer(&left, 1);
	answer_no_more(8, 12);
	zero->is_disk_held = true;
	tell(&left, 7);
	tell(&left, 8);
	zero->is_disk_held = false;
	world_run(&w, 1000);
	assert_int_equal(held()->head.size, 7);
	tell(&left, 8);
	world_run(&w, 1000);
	assert_int_equal(held()->head.size, 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		a_head_of_what_is_stored_is_taken_and_told_on, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(a_head_of_another_history_is_not, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		a_head_that_nobody_signed_ends_the_session, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		of_two_heads_on_the_way_to_the_disk_the_longer_stays, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		a_shorter_head_on_its_way_is_followed_by_the_longer, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
