/* No second history under one key: after a new boot a node asks before it signs, what head.lock
 * promised is fetched back first, and a copied key is never used. DESIGN D7. */
#include "tests/proto/core_puppet.h"

static struct world w;

static int tear_down(void **state)
{
	(void)state;
	world_release(&w);
	return 0;
}

static void block(unsigned a, unsigned b, bool is_blocked)
{
	w.is_blocked[a][b] = w.is_blocked[b][a] = is_blocked;
}

/* The store as it was, the lock as it is. */
static void roll_back(struct node *n, size_t journal_count)
{
	struct kept old;
	struct writer lock = {0};

	for (size_t i = 0; i < n->store.row_count; i++)
		if (n->store.rows[i].op == CHANGE_LOCK &&
		    bytes_equal(writer_view(&n->store.rows[i].key), BYTES(n->config.log.b)))
			writer_bytes(&lock, writer_view(&n->store.rows[i].raw));
	kept_copy(&old, &n->store, journal_count);
	kept_release(&n->store);
	n->store = old;
	kept_put_row(&n->store, CHANGE_LOCK, BYTES(n->config.log.b), true, writer_view(&lock));
	n->config.store_id[5]++;
	writer_release(&lock);
}

static void after_a_new_boot_drafts_wait_for_the_coordinator(void **state)
{
	struct node *zero = &w.nodes[0], *one = &w.nodes[1];
	uint64_t draft, wait;
	struct reader r;

	(void)state;
	world_network(&w, 2);
	node_stop(one);
	block(0, 1, true);
	node_start_as(one, LOCK_LISTEN);
	world_run(&w, 5000);
	assert_int_equal(node_status(one).state, NODE_DRAFTS);
	draft = node_publish(one, 3, 0);
	wait = node_publish(one, 1, 1);
	world_pump(&w);
	assert_ok(node_reply(one, draft)->err);
	reader_init(&r, writer_view(&node_reply(one, draft)->data));
	mp_array_of(&r, 3);
	mp_array_of(&r, 4);
	assert_int_equal(mp_uint(&r), 1); /* draft number, no name yet */
	assert_int_equal(mp_bin(&r).size, 0);
	assert_err(ERR_REFUSED, node_reply(one, wait)->err); /* asked to wait for peers */
	assert_int_equal(node_status(one).drafts, 3);
	assert_int_equal(node_status(one).size, 1);
	world_run(&w, 100000);
	assert_int_equal(node_status(one).size, 1);

	block(0, 1, false);
	world_run(&w, 30000);
	assert_int_equal(node_status(one).state, NODE_READY);
	assert_int_equal(node_status(one).drafts, 0);
	assert_int_equal(node_status(one).size, 4);
	assert_int_equal(node_head(zero, one), 4);
	assert_true(nodes_are_equal(zero, one));
	node_publish(one, 1, 0);
	world_pump(&w);
	assert_int_equal(node_status(one).size, 5);
}

static void drafts_outlive_a_crash_and_are_signed_once(void **state)
{
	struct node *one = &w.nodes[1];

	(void)state;
	world_network(&w, 2);
	node_stop(one);
	block(0, 1, true);
	node_start_as(one, LOCK_LISTEN);
	node_publish(one, 300, 0);
	world_run(&w, 1000);
	node_stop(one);
	one->config.bounds.publish_count_max = 7;
	node_start_as(one, LOCK_LISTEN);
	assert_int_equal(node_status(one).drafts, 300);
	node_publish(one, 2, 0);
	world_run(&w, 1000);
	block(0, 1, false);
	world_run(&w, 30000);
	assert_int_equal(node_status(one).drafts, 0);
	assert_int_equal(node_status(one).size, 303);
	assert_true(nodes_are_equal(&w.nodes[0], one));
	node_stop(one);
	node_start(one);
	world_run(&w, 1000);
	assert_int_equal(node_status(one).size, 303);
}

static void one_member_that_is_no_coordinator_is_not_enough(void **state)
{
	struct node *one = &w.nodes[1], *two = &w.nodes[2], *three = &w.nodes[3];

	(void)state;
	world_network(&w, 4);
	node_stop(one);
	block(0, 1, true);
	block(1, 3, true);
	node_peer(one, two);
	node_peer(one, three);
	node_start_as(one, LOCK_LISTEN);
	world_run(&w, 10000);
	assert_int_equal(node_status(one).sessions, 1);
	assert_int_equal(node_status(one).state, NODE_DRAFTS);
	block(1, 3, false);
	world_run(&w, 30000);
	assert_int_equal(node_status(one).sessions, 2);
	assert_int_equal(node_status(one).state, NODE_READY);
}

/* The only coordinator has no other to ask: all who are left will do, fewer will not. */
static void all_others_are_enough_where_they_are_few(void **state)
{
	struct node *zero = &w.nodes[0];

	(void)state;
	world_network(&w, 2);
	node_stop(zero);
	node_start_as(zero, LOCK_LISTEN);
	assert_int_equal(node_status(zero).state, NODE_DRAFTS);
	world_run(&w, 20000);
	assert_int_equal(node_status(zero).state, NODE_READY);
	world_admit(&w, &w.nodes[2]); /* and two it knows */
	world_run(&w, 1000);
	node_stop(zero);
	node_start_as(zero, LOCK_LISTEN);
	world_run(&w, 20000);
	assert_int_equal(node_status(zero).sessions, 1);
	assert_int_equal(node_status(zero).state, NODE_DRAFTS);
	node_peer(&w.nodes[2], zero);
	node_start(&w.nodes[2]);
	world_run(&w, 20000);
	assert_int_equal(node_status(zero).state, NODE_READY);
}

static void two_nodes_of_one_member_are_one_member(void **state)
{
	struct node *one = &w.nodes[1], *two = &w.nodes[2], *second = &w.nodes[5];

	(void)state;
	world_network(&w, 4);
	node_is(second, 2, 2); /* another log of m2 */
	node_peer(second, &w.nodes[0]);
	node_start(second);
	world_run(&w, 3000);
	node_stop(one);
	block(0, 1, true);
	block(1, 3, true);
	node_peer(one, two);
	node_peer(one, second);
	node_start_as(one, LOCK_LISTEN);
	world_run(&w, 20000);
	assert_int_equal(node_status(one).sessions, 2);
	assert_int_equal(node_status(one).state, NODE_DRAFTS);
	node_peer(&w.nodes[3], one);
	block(1, 3, false);
	char address[CORE_ADDRESS_MAX];
	node_address(&w.nodes[3], address);
	core_add_peer(one->core, address);
	world_run(&w, 20000);
	assert_int_equal(node_status(one).state, NODE_READY);
}

static void nobody_else_in_the_roster_is_nobody_to_ask(void **state)
{
	struct node *zero = &w.nodes[0];

	(void)state;
	world_init(&w);
	node_start(zero);
	world_pump(&w);
	node_stop(zero);
	node_start_as(zero, LOCK_LISTEN);
	world_pump(&w);
	assert_int_equal(node_status(zero).state, NODE_READY);
}

static void a_lost_lock_never_signs_again(void **state)
{
	struct node *one = &w.nodes[1];
	uint64_t request;

	(void)state;
	world_network(&w, 2);
	node_stop(one);
	node_start_as(one, LOCK_NEVER);
	world_run(&w, 30000);
	assert_int_equal(node_status(one).sessions, 1);
	assert_int_equal(node_status(one).state, NODE_DRAFTS);
	request = node_publish(one, 1, 0);
	world_run(&w, 30000);
	assert_ok(node_reply(one, request)->err);
	assert_int_equal(node_status(one).drafts, 1);
	assert_int_equal(node_status(one).size, 1);
	node_publish(&w.nodes[0], 1, 0); /* it replicates on */
	world_pump(&w);
	assert_int_equal(node_head(one, &w.nodes[0]), 2);
}

static void a_lock_ahead_of_the_store_fetches_back_first(void **state)
{
	struct node *zero = &w.nodes[0], *one = &w.nodes[1];
	size_t journal;
	uint64_t request;

	(void)state;
	world_network(&w, 2);
	world_run(&w, 1000);
	journal = one->store.journal_count;
	node_publish(one, 5, 0);
	world_run(&w, 2000);
	assert_int_equal(node_head(zero, one), 6);
	node_stop(one);
	roll_back(one, journal);
	block(0, 1, true);
	node_start(one); /* same machine, inode and boot */
	world_run(&w, 2000);
	assert_int_equal(node_status(one).size, 1);
	request = node_publish(one, 1, 0);
	world_run(&w, 2000);
	assert_int_equal(node_status(one).drafts, 1);
	assert_int_equal(node_status(one).size, 1);
	assert_ok(node_reply(one, request)->err);
	block(0, 1, false);
	world_run(&w, 30000);
	assert_int_equal(node_status(one).size, 7); /* five fetched back, the draft behind them */
	assert_int_equal(node_status(one).drafts, 0);
	assert_int_equal(node_head(zero, one), 7);
	assert_true(nodes_are_equal(zero, one));
	assert_int_equal(core_refused(zero->core, ERR_FORK), 0);
}

/* The whole image is older, lock and all: only those who know the later head can tell. */
static void an_older_image_learns_its_later_head_before_it_signs(void **state)
{
	struct node *zero = &w.nodes[0], *one = &w.nodes[1];
	struct kept old;
	size_t journal;

	(void)state;
	world_network(&w, 2);
	world_run(&w, 1000);
	journal = one->store.journal_count;
	node_publish(one, 5, 0);
	world_run(&w, 2000);
	node_stop(one);
	kept_copy(&old, &one->store, journal);
	kept_release(&one->store);
	one->store = old;
	node_start_as(one, LOCK_LISTEN);
	node_publish(one, 1, 0);
	world_run(&w, 30000);
	assert_int_equal(node_status(one).size, 7);
	assert_int_equal(node_head(zero, one), 7);
	assert_true(nodes_are_equal(zero, one));
	assert_int_equal(core_refused(zero->core, ERR_FORK), 0);
	assert_int_equal(core_refused(one->core, ERR_FORK), 0);
}

static void a_keeper_of_an_older_image_fetches_the_roster_back(void **state)
{
	struct node *zero = &w.nodes[0], *one = &w.nodes[1];
	struct writer entry = {0}, names = {0};
	struct kept old;
	size_t journal;
	uint64_t request;

	(void)state;
	world_network(&w, 3);
	world_run(&w, 1000);
	journal = zero->store.journal_count;
	world_admit(&w, &w.nodes[3]);
	node_publish(zero, 2, 0);
	world_run(&w, 2000);
	assert_int_equal(node_status(one).roster_size, 4);
	node_stop(zero);
	kept_copy(&old, &zero->store, journal);
	kept_release(&zero->store);
	zero->store = old;
	node_start_as(zero, LOCK_LISTEN);
	roster_entry_admit(&entry, "m4", MEMBER_COMMUNE, &w.nodes[4].person.member,
	    world_names(&names, "x"), "", NULL);
	request = world_append(&w, writer_view(&entry));
	world_pump(&w);
	assert_err(ERR_REFUSED, node_reply(zero, request)->err);
	world_run(&w, 60000);
	assert_int_equal(node_status(zero).roster_size, 4);
	assert_int_equal(node_status(zero).size, 3);
	assert_true(nodes_are_equal(zero, one));
	world_admit(&w, &w.nodes[4]);
	world_run(&w, 1000);
	assert_int_equal(node_status(one).roster_size, 5);
	assert_true(nodes_are_equal(zero, one));
	assert_int_equal(core_refused(one->core, ERR_FORK), 0);
	writer_release(&entry);
	writer_release(&names);
}

/* A member that answers every PING and never says what it knows of the head. */
static void listen_beside_a_silent_member(struct author *a, struct puppet *p)
{
	struct node *one = &w.nodes[1];

	world_network(&w, 2);
	world_admit(&w, &w.nodes[2]);
	world_run(&w, 1000);
	author_init(a, &w, 2);
	node_stop(one);
	block(0, 1, true);
	node_start_as(one, LOCK_LISTEN);
	puppet_connect(p, one);
	puppet_hello(p, a);
	assert_int_equal(node_status(one).sessions, 1);
	block(0, 1, false);
	node_publish(one, 2, 0);
	world_run(&w, 30000);
	assert_int_equal(node_status(one).sessions, 2);
	assert_int_equal(node_status(one).state, NODE_DRAFTS);
}

static void a_silent_member_is_not_waited_for_without_end(void **state)
{
	struct node *one = &w.nodes[1];
	struct author a;
	struct puppet p;

	(void)state;
	listen_beside_a_silent_member(&a, &p);
	world_run(&w, 50000);
	assert_int_equal(node_status(one).state, NODE_DRAFTS);
	world_run(&w, 20000);
	assert_false(p.is_closed);
	assert_int_equal(node_status(one).state, NODE_READY);
	assert_int_equal(node_status(one).drafts, 0);
	assert_int_equal(node_head(&w.nodes[0], one), 3);
	puppet_release(&p);
	author_release(&a);
}

static void coming_again_makes_nobody_wait_longer(void **state)
{
	struct node *one = &w.nodes[1];
	struct author a;
	struct puppet p;
	unsigned times = 0;

	(void)state;
	listen_beside_a_silent_member(&a, &p);
	for (; times < 20 && node_status(one).state == NODE_DRAFTS; times++) {
		puppet_release(&p);
		puppet_connect(&p, one);
		puppet_hello(&p, &a);
		world_run(&w, 80000);
	}
	assert_in_range(times, 6, 9);
	assert_int_equal(node_status(one).state, NODE_READY);
	puppet_release(&p);
	author_release(&a);
}

/* Enough have told it; this one knows better and says so late. */
static void a_late_word_within_its_time_is_heard(void **state)
{
	struct node *one = &w.nodes[1];
	struct msg_heads heads = {.reason = HEADS_CHANGED, .has_yours = true};
	struct writer body = {0};
	struct author a, own;
	struct puppet p;

	(void)state;
	listen_beside_a_silent_member(&a, &p);
	author_init(&own, &w, 1);
	author_write(&own, 128, 9);
	author_write(&own, 128, 10);
	author_checkpoint(&own, 3, &heads.yours);
	msg_heads_begin(&body, &heads);
	puppet_send(&p, MSG_HEADS, &body);
	world_pump(&w);
	world_run(&w, 700000);
	assert_int_equal(node_status(one).state, NODE_DRAFTS);
	assert_int_equal(node_status(one).size, 1);
	puppet_release(&p);
	author_release(&a);
	author_release(&own);
}

#define TEST(name) cmocka_unit_test_teardown(name, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(after_a_new_boot_drafts_wait_for_the_coordinator),
	    TEST(drafts_outlive_a_crash_and_are_signed_once),
	    TEST(one_member_that_is_no_coordinator_is_not_enough),
	    TEST(all_others_are_enough_where_they_are_few),
	    TEST(two_nodes_of_one_member_are_one_member),
	    TEST(nobody_else_in_the_roster_is_nobody_to_ask),
	    TEST(a_lost_lock_never_signs_again),
	    TEST(a_lock_ahead_of_the_store_fetches_back_first),
	    TEST(an_older_image_learns_its_later_head_before_it_signs),
	    TEST(a_keeper_of_an_older_image_fetches_the_roster_back),
	    TEST(a_silent_member_is_not_waited_for_without_end),
	    TEST(coming_again_makes_nobody_wait_longer),
	    TEST(a_late_word_within_its_time_is_heard),
	};

	assert_ok(seal_init());
	return cmocka_run_group_tests(tests, NULL, NULL);
}
