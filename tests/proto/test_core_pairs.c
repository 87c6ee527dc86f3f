/* One session a pair of nodes: of two that were dialled from both sides at once one stays, a dead one
 * gives way to a new one, and one key on two live machines is told to both. */
#include "tests/proto/core_puppet.h"

static struct world w;

static int tear_down(void **state)
{
	(void)state;
	world_release(&w);
	return 0;
}

static unsigned wires_open(void)
{
	unsigned count = 0;

	for (unsigned i = 0; i < w.wire_count; i++)
		count += !w.wires[i].is_gone;
	return count;
}

/* The connection that `from` dialled to `to`. */
static struct wire *world_live_wire(
    struct world *world, const struct node *from, const struct node *to)
{
	for (unsigned i = 0; i < world->wire_count; i++)
		if (!world->wires[i].is_gone && world->wires[i].ends[0] == from &&
		    world->wires[i].ends[1] == to)
			return &world->wires[i];
	return NULL;
}

static void dialled_from_both_sides_one_session_stays(void **state)
{
	struct node *zero = &w.nodes[0], *one = &w.nodes[1];

	(void)state;
	world_network(&w, 2);
	node_stop(zero);
	node_stop(one);
	node_peer(zero, one);
	/* Both are there when both dial. */
	node_start(one);
	core_tick(one->core);
	node_start(zero);
	world_run(&w, 10);
	node_stop(one);
	w.now += 100000;
	node_start(one);
	core_time(zero->core, world_time(&w));
	core_tick(zero->core);
	for (unsigned i = 0; i < 200; i++)
		world_step(&w);
	world_run(&w, 5000);
	assert_int_equal(wires_open(), 1);
	assert_int_equal(node_status(zero).sessions, 1);
	assert_int_equal(node_status(one).sessions, 1);
	assert_true(nodes_are_equal(zero, one));
	assert_int_equal(node_refused(zero), 0); /* it is nobody's fault */
	assert_int_equal(node_refused(one), 0);
	world_run(&w, 100000); /* and it stays the one */
	assert_int_equal(wires_open(), 1);
	assert_int_equal(node_status(zero).sessions, 1);
	node_publish(zero, 1, 0);
	world_pump(&w);
	assert_true(nodes_are_equal(zero, one));
}

/* The link died without a word on one side; the other comes again. */
static void a_dead_session_gives_way_to_a_new_one(void **state)
{
	struct node *zero = &w.nodes[0], *one = &w.nodes[1];

	(void)state;
	world_network(&w, 2);
	struct wire *dead = &w.wires[0];
	assert_ptr_equal(dead->ends[0], one);
	core_disconnected(one->core, dead->conns[0]); /* one knows, zero does not */
	dead->is_closed[0] = true;
	dead->is_stuck[1] = dead->is_stuck[0] = true;
	world_run(&w, 1500);
	assert_int_equal(node_status(one).sessions, 1);
	assert_int_equal(wires_open(), 2);
	world_run(&w, 6000); /* the PING is not answered for 5 s */
	assert_int_equal(node_status(zero).sessions, 1);
	assert_int_equal(core_refused(zero->core, ERR_DUPLICATE), 1);
	assert_null(core_alarm(zero->core, 0));
	dead->is_stuck[0] = dead->is_stuck[1] = false;
	node_publish(zero, 1, 1);
	world_run(&w, 1000);
	assert_true(nodes_are_equal(zero, one));
}

/* The node with the larger key went down without a word and dials at its next start; the other still holds the session
 * that it dialled itself, which would stay of two that live. */
static void a_dead_session_gives_way_to_one_dialled_from_there(void **state)
{
	struct node *zero = &w.nodes[0], *small = NULL;
	struct wire *dead;

	(void)state;
	world_network(&w, 4);
	for (unsigned i = 1; i < 4 && !small; i++)
		if (key_compare(&w.nodes[i].config.transport, &zero->config.transport) < 0)
			small = &w.nodes[i];
	assert_non_null(small);
	node_stop(zero);
	node_peer(zero, small);
	w.is_blocked[0][small - w.nodes] = true; /* it is dialled, and does not dial */
	node_start(zero);
	world_run(&w, 10000);
	w.is_blocked[0][small - w.nodes] = false;
	assert_int_equal(node_status(zero).sessions, 3);
	dead = world_live_wire(&w, small, zero);
	assert_non_null(dead);
	core_disconnected(zero->core, dead->conns[1]);
	dead->is_closed[1] = true;
	dead->is_stuck[0] = dead->is_stuck[1] = true;
	world_run(&w, 2000);
	assert_int_equal(node_status(zero).sessions, 3);
	world_run(&w, 6000); /* the PING is not answered for 5 s */
	assert_int_equal(core_refused(small->core, ERR_DUPLICATE), 1);
	assert_int_equal(node_status(small).sessions, 1);
	assert_int_equal(node_status(zero).sessions, 3);
	assert_null(core_alarm(zero->core, 0));
	assert_null(core_alarm(small->core, 0));
	node_publish(zero, 1, 0);
	world_run(&w, 1000);
	assert_true(nodes_are_equal(zero, small));
}

static void one_key_on_two_machines_is_told_to_both(void **state)
{
	struct node *zero = &w.nodes[0], *one = &w.nodes[1], *twin = &w.nodes[3];
	uint64_t request;

	(void)state;
	world_network(&w, 2);
	/* A copy of the home, under the same keys. */
	twin->config = one->config;
	twin->config.log_open = writer_view(&one->person.log_open);
	kept_copy(&twin->store, &one->store, one->store.journal_count);
	node_peer(twin, zero);
	node_start(twin);
	world_run(&w, 3000);
	assert_int_equal(node_status(one).state, NODE_DRAFTS);
	assert_int_equal(node_status(twin).state, NODE_DRAFTS);
	assert_non_null(core_alarm(one->core, 0));
	assert_non_null(core_alarm(twin->core, 0));
	request = node_publish(twin, 1, 0);
	node_publish(one, 1, 0);
	world_run(&w, 3000);
	assert_ok(node_reply(twin, request)->err);
	assert_int_equal(node_status(twin).size, 1);
	assert_int_equal(node_status(one).size, 1);
	assert_int_equal(node_head(zero, one), 1);
	node_stop(twin);
	node_stop(one);
	node_start(one); /* one of them is stopped, the other started again */
	world_run(&w, 10000);
	assert_int_equal(node_status(one).state, NODE_READY);
	assert_int_equal(node_status(one).drafts, 0);
	assert_int_equal(node_head(zero, one), 2);
}

static void a_node_that_reaches_itself_hangs_up(void **state)
{
	struct node *zero = &w.nodes[0];
	struct puppet p;

	(void)state;
	world_network(&w, 2);
	puppet_connect(&p, zero);
	puppet_begin(&p, &zero->person, &w.network,
	    &(struct msg_intro){.roster_size = 2, .log = zero->person.log});
	world_pump(&w);
	assert_true(p.is_closed);
	assert_int_equal(core_refused(zero->core, ERR_SELF), 1);
	puppet_release(&p);
}

static void a_member_found_through_its_announcement_is_dialled(void **state)
{
	struct node *one = &w.nodes[1], *two = &w.nodes[2];
	static char address[CORE_ADDRESS_MAX];
	static const char *announce[2];

	(void)state;
	world_network(&w, 3);
	node_stop(one);
	node_address(one, address);
	announce[0] = address;
	one->config.announce = announce;
	node_start(one);
	world_run(&w, 20000);
	assert_int_equal(node_head(two, one), 2);
	assert_int_equal(node_status(two).sessions, 2);
	assert_int_equal(node_status(one).sessions, 2);
	node_stop(&w.nodes[0]); /* and they go on without the one that brought them together */
	node_publish(one, 1, 1);
	world_run(&w, 1000);
	assert_int_equal(node_head(two, one), 3);
	node_stop(two); /* remembered over a restart */
	node_stop(one);
	node_start(one);
	node_start(two);
	world_run(&w, 20000);
	assert_int_equal(node_status(two).sessions, 1);
	assert_int_equal(node_status(one).size, 3); /* announced once */
}

static unsigned dials(struct node *n, int64_t ms)
{
	unsigned count = 0;
	int64_t end = w.now + ms;
	struct act act;

	for (bool is_over = false; !is_over;) {
		while (core_next(n->core, &act)) {
			if (act.type == ACT_DIAL) {
				count++;
				core_dial_failed(n->core, act.id, "refused");
			}
			act_release(&act);
		}
		is_over = core_deadline(n->core) > end;
		w.now = is_over ? end : core_deadline(n->core);
		core_time(n->core, world_time(&w));
		core_tick(n->core);
	}
	return count;
}

static void dialling_backs_off_and_never_gives_up(void **state)
{
	struct node *one = &w.nodes[1];
	unsigned first, later;

	(void)state;
	world_init(&w);
	node_peer(one, &w.nodes[0]);
	node_start(one);
	first = dials(one, 10000);
	dials(one, 200000);
	later = dials(one, 100000);
	assert_in_range(first, 3, 9);
	assert_in_range(later, 100000 / 22500, 100000 / 7500 + 1);
}

#define TEST(name) cmocka_unit_test_teardown(name, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(dialled_from_both_sides_one_session_stays),
	    TEST(a_dead_session_gives_way_to_a_new_one),
	    TEST(a_dead_session_gives_way_to_one_dialled_from_there),
	    TEST(one_key_on_two_machines_is_told_to_both),
	    TEST(a_node_that_reaches_itself_hangs_up),
	    TEST(a_member_found_through_its_announcement_is_dialled),
	    TEST(dialling_backs_off_and_never_gives_up),
	};

	assert_ok(seal_init());
	return cmocka_run_group_tests(tests, NULL, NULL);
}
