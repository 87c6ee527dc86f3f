/* What `--wait K` counts: members that hold the records, whatever the number of their logs, and not the author. Who
 * waits no longer is told what is true: durable here, held by so many. */
#include "tests/proto/core_puppet.h"

static struct world w;
static struct author authors[3]; /* m4 with two logs, m0 with a second one */
static struct puppet puppets[3];

static int set_up(void **state)
{
	(void)state;
	world_network(&w, 1);
	author_init_log(&authors[0], &w, 4, 1);
	author_init_log(&authors[1], &w, 4, 2);
	author_init_log(&authors[2], &w, 0, 2);
	world_admit_key(&w, "m4", &authors[0].person.member, NULL);
	for (unsigned i = 0; i < 3; i++) {
		puppet_connect(&puppets[i], &w.nodes[0]);
		puppet_hello(&puppets[i], &authors[i]);
		assert_false(puppets[i].is_closed);
	}
	assert_int_equal(node_status(&w.nodes[0]).sessions, 3);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		puppet_release(&puppets[i]);
		author_release(&authors[i]);
	}
	world_release(&w);
	return 0;
}

static void have(struct puppet *p, uint64_t size)
{
	struct msg_have m = {.log = w.nodes[0].person.log, .size = size};
	struct writer body = {0};

	msg_have_encode(&body, &m);
	puppet_send(p, MSG_HAVE, &body);
	world_pump(&w);
}

static uint64_t own_size(void)
{
	return node_head(&w.nodes[0], &w.nodes[0]);
}

static void two_logs_of_a_member_are_one_holder(void **state)
{
	struct node *zero = &w.nodes[0];
	uint64_t request = node_publish(zero, 1, 2);

	(void)state;
	world_pump(&w);
	have(&puppets[0], own_size());
	have(&puppets[1], own_size());
	assert_null(node_reply(zero, request));
	assert_int_equal(core_holders(zero->core, own_size()), 1);
	assert_int_equal(core_holders(zero->core, own_size() + 1), 0);
}

static void the_authors_other_log_is_no_holder(void **state)
{
	struct node *zero = &w.nodes[0];
	uint64_t request = node_publish(zero, 1, 1);

	(void)state;
	world_pump(&w);
	have(&puppets[2], own_size());
	assert_null(node_reply(zero, request));
	assert_int_equal(core_holders(zero->core, own_size()), 0);
	have(&puppets[1], own_size() - 1); /* not all of it */
	assert_null(node_reply(zero, request));
	have(&puppets[1], own_size());
	assert_ok(node_reply(zero, request)->err);
}

static void who_waits_no_longer_is_told_what_is_durable(void **state)
{
	struct node *zero = &w.nodes[0];
	uint64_t one = node_publish(zero, 1, 1);
	uint64_t other = node_publish(zero, 1, 1);

	(void)state;
	core_wait_over(zero->core, one); /* before it is durable: the answer comes when it is */
	assert_null(node_reply(zero, one));
	world_pump(&w);
	assert_ok(node_reply(zero, one)->err);
	assert_null(node_reply(zero, other));
	core_wait_over(zero->core, one); /* answered already */
	world_pump(&w);
	assert_null(node_reply(zero, other));
	core_wait_over(zero->core, other);
	world_pump(&w);
	assert_ok(node_reply(zero, other)->err);
	assert_int_equal(own_size(), 3);
}

/* What the peer has of the node's log, as it says in a comparison. */
static void tell_yours(struct puppet *p, const struct checkpoint *yours)
{
	struct writer body = {0};

	msg_heads_begin(&body,
	    &(struct msg_heads){.reason = HEADS_BUCKETS, .has_yours = true, .yours = *yours});
	puppet_send(p, MSG_HEADS, &body);
	world_pump(&w);
}

/* Who got the records from somebody else, and never has the same digest, says it there alone. */
static void who_tells_the_own_head_in_a_comparison_holds_it(void **state)
{
	struct node *zero = &w.nodes[0];
	struct checkpoint before = *core_own_head(zero->core);
	uint64_t request = node_publish(zero, 1, 1);

	(void)state;
	world_pump(&w);
	tell_yours(&puppets[0], &before);
	assert_false(puppets[0].is_closed);
	assert_null(node_reply(zero, request));
	assert_int_equal(core_holders(zero->core, before.size), 1);
	tell_yours(&puppets[2], core_own_head(zero->core)); /* the author's other node */
	assert_null(node_reply(zero, request));
	tell_yours(&puppets[0], core_own_head(zero->core));
	assert_ok(node_reply(zero, request)->err);
}

static void what_this_node_did_not_sign_is_no_proof_of_holding_it(void **state)
{
	struct node *zero = &w.nodes[0];
	uint64_t request = node_publish(zero, 1, 1);
	struct checkpoint forged;

	(void)state;
	world_pump(&w);
	forged = *core_own_head(zero->core);
	forged.sig.b[5] ^= 1;
	tell_yours(&puppets[0], &forged);
	assert_bye(&puppets[0], ERR_SIGNATURE);
	assert_null(node_reply(zero, request));
}

/* A copy of this node's home signs as well, and somebody has its records: as many, and others. */
static void who_holds_another_history_holds_nothing_of_this_one(void **state)
{
	struct node *zero = &w.nodes[0];
	struct checkpoint other, before;
	struct author twin;
	uint64_t request;

	(void)state;
	author_init(&twin, &w, 0);
	request = node_publish(zero, 1, 1);
	world_pump(&w);
	before = *core_own_head(zero->core);
	node_publish(zero, 1, 0);
	world_pump(&w);
	while (kept_find(&twin.store, &twin.person.log)->count < before.size)
		author_write(&twin, 128, 9);
	author_checkpoint(&twin, before.size, &other);
	assert_false(hash_equal(&other.root, &before.root));
	tell_yours(&puppets[0], &other);
	assert_null(node_reply(zero, request));
	assert_int_equal(core_holders(zero->core, before.size), 0);
	author_release(&twin);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(two_logs_of_a_member_are_one_holder),
	    TEST(the_authors_other_log_is_no_holder),
	    TEST(who_tells_the_own_head_in_a_comparison_holds_it),
	    TEST(what_this_node_did_not_sign_is_no_proof_of_holding_it),
	    TEST(who_holds_another_history_holds_nothing_of_this_one),
	    TEST(who_waits_no_longer_is_told_what_is_durable),
	};

	assert_ok(seal_init());
	return cmocka_run_group_tests(tests, NULL, NULL);
}
