/* Whom a node dials, how many it keeps, whom it gives a turn, and whom it sends elsewhere. */
#include "tests/proto/core_network.h"

static struct world w;
static unsigned dialled[WORLD_NODES][WORLD_NODES];

static int tear_down(void **state)
{
	(void)state;
	world_release(&w);
	memset(dialled, 0, sizeof(dialled));
	return 0;
}

static bool count_dial(struct node *n, const struct act *act)
{
	unsigned to;

	assert_int_equal(sscanf(act->text, "n%u:1", &to), 1);
	dialled[n->number][to]++;
	return false;
}

static void start_announcing(struct node *n)
{
	static char addresses[WORLD_NODES][CORE_ADDRESS_MAX];
	static const char *announce[WORLD_NODES][2];

	node_address(n, addresses[n->number]);
	announce[n->number][0] = addresses[n->number];
	n->config.announce = announce[n->number];
	node_start(n);
}

/* Members 1 to count - 1 have announced where they are, and everybody knows it; none of them runs. */
static void network_of_announced(unsigned count)
{
	world_network(&w, count);
	for (unsigned i = 1; i < count; i++) {
		node_stop(&w.nodes[i]);
		start_announcing(&w.nodes[i]);
	}
	world_run(&w, 30000);
	for (unsigned i = 1; i < count; i++)
		assert_true(nodes_are_equal(&w.nodes[0], &w.nodes[i]));
	for (unsigned i = 1; i < count; i++) {
		node_stop(&w.nodes[i]);
		w.nodes[i].peer_count = 0;
		w.nodes[i].peers[0] = NULL;
	}
}

/* Sessions of node n: with member `code`, or with anybody. */
static unsigned sessions_with(struct node *n, const char *code, const char **reason)
{
	struct peer_info info;
	unsigned count = 0;

	for (size_t i = 0; core_peer(n->core, i, &info); i++) {
		count += info.is_connected && (!code || strcmp(info.member, code) == 0);
		if (reason && !info.is_connected && strcmp(info.member, code) == 0)
			*reason = info.reason;
	}
	return count;
}

/* One place at the coordinator. */
static void restart_zero_with_one_place(void)
{
	node_stop(&w.nodes[0]);
	w.nodes[0].config.bounds.inbound_max = 1;
	node_start(&w.nodes[0]);
}

static void one_in_step_is_sent_elsewhere(void **state)
{
	struct node *zero = &w.nodes[0], *one = &w.nodes[1], *two = &w.nodes[2];
	const char *reason = NULL;

	(void)state;
	world_network(&w, 4);
	node_stop(two);
	node_peer(two, one);
	node_peer(two, &w.nodes[3]);
	node_stop(&w.nodes[3]);
	w.nodes[3].peer_count = 0;
	w.nodes[3].peers[0] = NULL;
	restart_zero_with_one_place();
	world_run(&w, 30000);
	assert_int_equal(sessions_with(zero, "m1", NULL), 1);
	node_start(&w.nodes[3]);
	node_start(two);
	world_run(&w, 10000);
	assert_int_equal(sessions_with(two, NULL, NULL), 2);
	assert_int_equal(sessions_with(two, "m0", &reason), 0);
	assert_string_equal(reason, "enough sessions: ask another node");
	assert_int_equal(sessions_with(zero, "m1", NULL), 1); /* who was there stays */
	/* With others enough it is left alone; whoever has nobody else comes again. */
	w.dialled = count_dial;
	world_run(&w, 240000);
	assert_int_equal(dialled[2][0], 0);
	node_stop(one);
	node_stop(&w.nodes[3]);
	world_run(&w, 60000);
	assert_true(dialled[2][0] > 0);
	assert_int_equal(sessions_with(two, "m0", NULL), 1);
}

static void one_with_news_is_let_in_and_the_oldest_goes(void **state)
{
	struct node *zero = &w.nodes[0], *one = &w.nodes[1], *two = &w.nodes[2];

	(void)state;
	world_network(&w, 3);
	node_stop(two);
	restart_zero_with_one_place();
	world_run(&w, 30000);
	assert_int_equal(sessions_with(zero, "m1", NULL), 1);
	node_start(two);
	world_run(&w, 1000);
	assert_int_equal(sessions_with(zero, "m2", NULL), 0); /* it is in step */
	node_publish(two, 1, 0);
	world_run(&w, 30000);
	assert_int_equal(node_head(zero, two), node_status(two).size);
	assert_int_equal(sessions_with(zero, NULL, NULL), 1);
	world_run(&w, 60000); /* and the other, who lacks it now, has its turn again */
	assert_int_equal(node_head(one, two), node_status(two).size);
}

static void who_is_dialled_is_drawn(void **state)
{
	unsigned first[WORLD_NODES] = {0}, kinds = 0;
	struct node *one = &w.nodes[1];

	(void)state;
	network_of_announced(6);
	node_stop(&w.nodes[0]);
	one->config.bounds.dial_max = 1;
	w.dialled = count_dial;
	for (uint8_t seed = 0; seed < 16; seed++) {
		memset(dialled, 0, sizeof(dialled));
		one->config.seed[5] = seed;
		node_start(one);
		world_pump(&w); /* all are down: the first is refused, the next follows */
		for (unsigned i = 0; i < WORLD_NODES; i++)
			first[i] += dialled[1][i] > 0;
		node_stop(one);
		w.now += 1000;
	}
	for (unsigned i = 0; i < WORLD_NODES; i++)
		kinds += first[i] > 0;
	assert_true(kinds >= 3);
	assert_int_equal(first[0], 0); /* announced nothing */
	assert_int_equal(first[1], 0); /* itself */
}

static void no_more_are_kept_than_the_bound_and_others_have_their_turn(void **state)
{
	struct node *one = &w.nodes[1];
	bool met[WORLD_NODES] = {false};
	unsigned kinds = 0;

	(void)state;
	network_of_announced(6);
	node_stop(&w.nodes[0]);
	one->config.bounds.dial_max = 2;
	for (unsigned i = 2; i < 6; i++) {
		w.nodes[i].config.bounds.dial_max = 0; /* they wait */
		node_start(&w.nodes[i]);
	}
	node_start(one);
	for (unsigned minute = 0; minute < 240; minute++) {
		world_run(&w, 60000);
		assert_in_range(sessions_with(one, NULL, NULL), 2, 3);
		for (unsigned i = 2; i < 6; i++) {
			char code[8];
			snprintf(code, sizeof(code), "m%u", i);
			met[i] |= sessions_with(one, code, NULL) > 0;
		}
	}
	for (unsigned i = 2; i < 6; i++)
		kinds += met[i];
	assert_int_equal(kinds, 4);
}

/* With sessions enough, all the same: behind it may be half a network that has enough as well. */
static void one_that_could_not_be_reached_is_looked_for(void **state)
{
	struct node *one = &w.nodes[1];

	(void)state;
	network_of_announced(6);
	node_stop(&w.nodes[0]);
	one->config.bounds.dial_max = 1;
	for (unsigned i = 2; i < 6; i++) {
		w.nodes[i].config.bounds.dial_max = 0;
		node_start(&w.nodes[i]);
	}
	node_start(one);
	world_run(&w, 60000);
	w.dialled = count_dial;
	node_stop(&w.nodes[2]); /* whether it had a session or has its turn one day: */
	while (dialled[1][2] == 0)
		world_run(&w, 60000);
	memset(dialled, 0, sizeof(dialled));
	world_run(&w, 3600000);
	assert_in_range(dialled[1][2], 9, 30);
	node_start(&w.nodes[2]);
	for (unsigned i = 0; i < 540 && sessions_with(one, "m2", NULL) == 0; i++)
		world_run(&w, 1000);
	assert_int_equal(sessions_with(one, "m2", NULL), 1);
	memset(dialled, 0, sizeof(dialled)); /* and once it was there it is one like the others */
	world_run(&w, 3600000);
	assert_in_range(dialled[1][2], 0, 4);
}

/* What was held before does not count against an address for ever. */
static void who_was_held_for_long_is_dialled_at_once(void **state)
{
	(void)state;
	world_network(&w, 2);
	for (unsigned i = 0; i < 12; i++) {
		world_run(&w, 20000);
		assert_int_equal(sessions_with(&w.nodes[1], "m0", NULL), 1);
		world_cut_wires(&w);
		world_run(&w, 1000);
		assert_int_equal(sessions_with(&w.nodes[1], "m0", NULL), 1);
	}
}

static void who_goes_at_once_is_dialled_less_and_less(void **state)
{
	unsigned lost = 0;

	(void)state;
	world_network(&w, 2);
	w.dialled = count_dial;
	for (unsigned s = 0; s < 120; s++) {
		world_run(&w, 1000);
		lost += sessions_with(&w.nodes[1], "m0", NULL);
		world_cut_wires(&w);
	}
	assert_in_range(lost, 8, 20);
	assert_in_range(dialled[1][0], lost - 1, lost);
}

#define TEST(name) cmocka_unit_test_teardown(name, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(one_in_step_is_sent_elsewhere),
	    TEST(one_with_news_is_let_in_and_the_oldest_goes),
	    TEST(who_is_dialled_is_drawn),
	    TEST(no_more_are_kept_than_the_bound_and_others_have_their_turn),
	    TEST(one_that_could_not_be_reached_is_looked_for),
	    TEST(who_was_held_for_long_is_dialled_at_once),
	    TEST(who_goes_at_once_is_dialled_less_and_less),
	};

	assert_ok(seal_init());
	return cmocka_run_group_tests(tests, NULL, NULL);
}
