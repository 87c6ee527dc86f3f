/* The keeper's key has signed two rosters: members keep what they have and go on, whoever comes then begins with the one that
 * its peer holds, and ends where the others are. DESIGN D4, D8, PROTOCOL.md section 9. */
#include "tests/proto/core_puppet.h"

#include "proto/core_parts.h"

static struct world w;
static struct author mallory; /* m4, a member who tells of the second roster */
static struct puppet p;

static void send_second_roster(bool is_bent)
{
	struct checkpoint head = {
	    .log = w.keeper, .size = node_status(&w.nodes[0]).roster_size, .root = {{0x77}}};
	struct writer body = {0};

	puppet_connect(&p, &w.nodes[0]);
	puppet_hello(&p, &mallory);
	assert_ok(checkpoint_sign(&head, &w.network, &w.keeper_sk));
	head.sig.b[11] ^= is_bent;
	msg_roster_encode(&body, &head);
	puppet_send(&p, MSG_ROSTER, &body);
	world_run(&w, 1000);
}

static void tell_second_roster(void)
{
	send_second_roster(false);
	puppet_release(&p);
}

/* Nodes 0 to 2, m4, and node 3, which was admitted and never started. */
static int set_up(void **state)
{
	(void)state;
	world_network(&w, 3);
	author_init(&mallory, &w, 4);
	world_admit_key(&w, "m4", &mallory.person.member, NULL);
	world_admit(&w, &w.nodes[3]);
	world_run(&w, 2000);
	node_publish(&w.nodes[2], 3, 0);
	world_run(&w, 2000);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	puppet_release(&p);
	author_release(&mallory);
	world_release(&w);
	return 0;
}

static bool is_roster_frozen(const struct node *n)
{
	struct log_info info;

	return node_log(n, &w.keeper, &info) && info.state == LOG_FROZEN;
}

static void assert_is_there(struct node *n)
{
	assert_true(is_roster_frozen(n));
	assert_int_equal(node_status(n).roster_size, node_status(&w.nodes[0]).roster_size);
	assert_int_equal(node_head(n, &w.nodes[2]), node_head(&w.nodes[2], &w.nodes[2]));
	assert_int_equal(node_status(n).state, NODE_READY);
	for (unsigned i = 0; i < 3; i++)
		assert_true(nodes_are_equal(n, &w.nodes[i]));
	assert_int_equal(node_refused(n), core_refused(n->core, ERR_FORK));
}

static void a_fresh_node_begins_with_the_roster_as_it_is_held(void **state)
{
	struct node *three = &w.nodes[3];

	(void)state;
	tell_second_roster();
	assert_true(is_roster_frozen(&w.nodes[0]));
	node_peer(three, &w.nodes[0]);
	node_start(three);
	world_run(&w, 20000);
	assert_is_there(three);
	assert_int_equal(core_refused(three->core, ERR_FORK), 1);
	node_publish(three, 2, 0);
	world_run(&w, 5000);
	assert_int_equal(node_head(&w.nodes[1], three), node_head(three, three));
	assert_is_there(three);
}

/* It stands on the word of one who came late itself. */
static void a_newcomer_begins_with_what_a_newcomer_holds(void **state)
{
	struct node *three = &w.nodes[3], *five = &w.nodes[5];

	(void)state;
	world_admit(&w, five);
	tell_second_roster();
	node_peer(three, &w.nodes[0]);
	node_start(three);
	world_run(&w, 20000);
	for (unsigned i = 0; i < 3; i++)
		w.is_blocked[5][i] = w.is_blocked[i][5] = true;
	node_peer(five, three);
	node_start(five);
	world_run(&w, 20000);
	assert_is_there(five);
}

static void invite(const struct node *n, struct writer *join)
{
	struct change_invite invite = {
	    .token = {1, 2, 3}, .is_put = true, .expires = {WALL_START + 100000}};
	struct msg_join m = {.token = {1, 2, 3}, .kind = BYTES_STR("commune")};
	struct writer record = {0}, names = {0};

	snprintf(invite.code, sizeof(invite.code), "%s", n->person.code);
	core_invite(w.nodes[0].core, 77, &invite);
	world_pump(&w);
	record_create(&record, 0, n->person.log_open_time, NULL, n->person.log_open_salt,
	    writer_view(&n->person.log_open));
	m.record = writer_view(&record);
	m.names = world_names(&names, n->person.code);
	msg_join_encode(join, &m);
	writer_release(&record);
	writer_release(&names);
}

/* It was a guest when it left, and admitted while it was away. */
static void who_holds_a_roster_without_itself_is_a_newcomer_too(void **state)
{
	struct node *five = &w.nodes[5];
	struct writer join = {0};
	uint64_t before;

	(void)state;
	invite(five, &join);
	five->config.has_token = true;
	five->config.join = writer_view(&join);
	node_peer(five, &w.nodes[0]);
	node_start(five);
	world_run(&w, 5000);
	before = node_status(five).roster_size;
	assert_true(before > 0);
	node_stop(five);
	world_admit(&w, five);
	tell_second_roster();
	node_start(five);
	world_run(&w, 30000);
	assert_true(before < node_status(five).roster_size);
	assert_is_there(five);
	writer_release(&join);
}

/* Batch by batch, over a stop in the middle and evidence that comes before the end. */
static void a_newcomer_goes_on_where_it_stopped(void **state)
{
	struct node *three = &w.nodes[3];
	uint64_t size = node_status(&w.nodes[0]).roster_size;
	struct log_info info = {0};

	(void)state;
	tell_second_roster();
	w.nodes[0].core->config.bounds.batch_raw_max = 300;
	node_peer(three, &w.nodes[0]);
	node_start(three);
	while (info.stored < 2) {
		node_log(three, &w.keeper, &info);
		if (!world_step(&w))
			world_tick(&w, 50);
	}
	assert_true(info.stored < size);
	assert_int_equal(info.head.size, 0);
	node_stop(three);
	node_start(three);
	world_run(&w, 30000);
	assert_is_there(three);
}

/* A member grows no further, whoever tells of more. */
static void a_member_takes_no_more_of_it(void **state)
{
	struct node *two = &w.nodes[2];
	struct checkpoint more = {.log = w.keeper, .root = {{0x55}}};
	struct writer body = {0};
	struct msg_want want;

	(void)state;
	tell_second_roster();
	puppet_connect(&p, two);
	puppet_hello(&p, &mallory);
	more.size = node_status(two).roster_size + 1;
	assert_ok(checkpoint_sign(&more, &w.network, &w.keeper_sk));
	msg_roster_encode(&body, &more);
	puppet_send(&p, MSG_ROSTER, &body);
	world_run(&w, 20000);
	assert_false(puppet_wanted(&p, &w.keeper, &want));
	assert_true(nodes_are_equal(two, &w.nodes[0]));
}

/* --- members -------------------------------------------------------------------------------------- */

static bool says(struct node *n, const char *text)
{
	for (size_t i = 0; core_alarm(n->core, i); i++)
		if (strcmp(core_alarm(n->core, i), text) == 0)
			return true;
	return false;
}

#define ROSTER_ALARM "the roster is frozen: its keeper's key signed two histories"

static void a_forked_roster_is_kept_as_it_is_and_members_sync_on(void **state)
{
	(void)state;
	tell_second_roster();
	for (unsigned i = 0; i < 3; i++) {
		assert_true(says(&w.nodes[i], ROSTER_ALARM));
		assert_int_equal(node_status(&w.nodes[i]).state, NODE_READY);
		assert_null(core_alarm(w.nodes[i].core, 1));
	}
	node_publish(&w.nodes[2], 2, 0);
	world_run(&w, 2000);
	assert_int_equal(node_head(&w.nodes[1], &w.nodes[2]), node_head(&w.nodes[2], &w.nodes[2]));
	assert_true(nodes_are_equal(&w.nodes[0], &w.nodes[2]));
	node_stop(&w.nodes[1]);
	node_publish(&w.nodes[2], 1, 0);
	world_run(&w, 1000);
	node_start(&w.nodes[1]);
	assert_true(says(&w.nodes[1], ROSTER_ALARM));
	world_run(&w, 20000);
	assert_true(nodes_are_equal(&w.nodes[1], &w.nodes[2]));
}

static void a_second_roster_that_is_not_signed_freezes_nothing(void **state)
{
	(void)state;
	send_second_roster(true);
	assert_bye(&p, ERR_SIGNATURE);
	assert_false(says(&w.nodes[0], ROSTER_ALARM));
}

static void who_was_away_is_told_that_the_roster_forked(void **state)
{
	(void)state;
	node_stop(&w.nodes[2]);
	tell_second_roster();
	node_start(&w.nodes[2]);
	world_run(&w, 5000);
	assert_true(says(&w.nodes[2], ROSTER_ALARM));
	node_publish(&w.nodes[2], 2, 0);
	world_run(&w, 5000);
	assert_true(nodes_are_equal(&w.nodes[0], &w.nodes[2]));
}

/* It had not heard of the newest entries yet, and never will. */
static void a_roster_that_is_behind_stays_and_syncs_on(void **state)
{
	(void)state;
	node_stop(&w.nodes[2]);
	world_admit(&w, &w.nodes[5]);
	tell_second_roster();
	node_start(&w.nodes[2]);
	world_run(&w, 5000);
	assert_true(says(&w.nodes[2], ROSTER_ALARM));
	assert_int_equal(
	    node_status(&w.nodes[2]).roster_size + 1, node_status(&w.nodes[0]).roster_size);
	node_publish(&w.nodes[1], 2, 0);
	world_run(&w, 20000);
	assert_int_equal(node_head(&w.nodes[2], &w.nodes[1]), node_head(&w.nodes[1], &w.nodes[1]));
	assert_true(nodes_are_equal(&w.nodes[0], &w.nodes[2]));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_fresh_node_begins_with_the_roster_as_it_is_held),
	    TEST(a_newcomer_begins_with_what_a_newcomer_holds),
	    TEST(who_holds_a_roster_without_itself_is_a_newcomer_too),
	    TEST(a_newcomer_goes_on_where_it_stopped),
	    TEST(a_member_takes_no_more_of_it),
	    TEST(a_forked_roster_is_kept_as_it_is_and_members_sync_on),
	    TEST(a_second_roster_that_is_not_signed_freezes_nothing),
	    TEST(who_was_away_is_told_that_the_roster_forked),
	    TEST(a_roster_that_is_behind_stays_and_syncs_on),
	};

	assert_ok(seal_init());
	return cmocka_run_group_tests(tests, NULL, NULL);
}
