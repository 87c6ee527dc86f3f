/* A node alone, and the first nodes of a network. */
#include "tests/proto/core_network.h"

static struct world w;

static int tear_down(void **state)
{
	(void)state;
	world_release(&w);
	return 0;
}

static void a_sole_coordinator_makes_roster_and_log_and_publishes(void **state)
{
	struct node *zero = &w.nodes[0];
	struct core_status status;
	struct key roster;
	uint64_t request, size;

	(void)state;
	world_init(&w);
	node_start(zero);
	assert_int_equal(node_status(zero).state, NODE_STARTING);
	world_pump(&w);
	status = node_status(zero);
	assert_int_equal(status.state, NODE_READY);
	assert_true(status.size == 1 && status.roster_size == 1 && status.is_admitted);
	assert_true(core_roster_log(zero->core, &roster, &size));
	assert_true(key_equal(&roster, &w.keeper) && size == 1);
	request = node_publish(zero, 3, 0);
	assert_null(node_reply(zero, request));
	world_pump(&w);
	assert_ok(node_reply(zero, request)->err);
	assert_int_equal(node_status(zero).size, 4);
	assert_int_equal(node_refused(zero), 0);
}

static void a_member_joins_the_session_and_holds_the_same(void **state)
{
	(void)state;
	world_network(&w, 2);
	assert_int_equal(node_status(&w.nodes[0]).sessions, 1);
	assert_int_equal(node_status(&w.nodes[1]).sessions, 1);
	assert_int_equal(node_status(&w.nodes[1]).roster_size, 2);
	assert_int_equal(node_head(&w.nodes[1], &w.nodes[0]), 1);
	assert_int_equal(node_head(&w.nodes[0], &w.nodes[1]), 1);
	assert_int_equal(node_refused(&w.nodes[0]) + node_refused(&w.nodes[1]), 0);
}

#define TEST(name) cmocka_unit_test_teardown(name, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_sole_coordinator_makes_roster_and_log_and_publishes),
	    TEST(a_member_joins_the_session_and_holds_the_same),
	};

	assert_ok(seal_init());
	return cmocka_run_group_tests(tests, NULL, NULL);
}
