/* A key that signed two histories: whoever holds both proves it to all, the log grows no further
 * anywhere, and nothing less than a proof freezes anything. DESIGN D8. */
#include "tests/proto/core_forked.h"

static struct msg_evidence evidence;

/* Node 0 holds m4's first history, five records, and m4 is connected to it. */
static int set_up(void **state)
{
	(void)state;
	begin_forked(5, 3);
	puppet_connect(&p, &w.nodes[0]);
	puppet_hello(&p, &left);
	tell(&left, 5);
	answer(&left, 100000);
	assert_int_equal(kept_find(&w.nodes[0].store, &left.person.log)->head.size, 5);

	evidence = (struct msg_evidence){.log = left.person.log};
	author_checkpoint(&left, 5, &evidence.a);
	author_checkpoint(&right, 5, &evidence.b);
	return 0;
}

static void send_evidence(void)
{
	struct writer body = {0};

	msg_evidence_encode(&body, &evidence);
	puppet_send(&p, MSG_EVIDENCE, &body);
	world_pump(&w);
}

static void two_heads_of_one_size_freeze_the_log_everywhere(void **state)
{
	(void)state;
	world_run(&w, 1000);
	assert_true(nodes_are_equal(&w.nodes[0], &w.nodes[1]));
	puppet_head(&p, &evidence.b);
	assert_true(is_frozen(&w.nodes[0]));
	assert_int_equal(core_refused(w.nodes[0].core, ERR_FORK), 1);
	world_run(&w, 1000);
	for (unsigned i = 1; i < 3; i++) {
		assert_true(is_frozen(&w.nodes[i]));
		assert_int_equal(core_refused(w.nodes[i].core, ERR_FORK), 1);
		assert_true(nodes_are_equal(&w.nodes[0], &w.nodes[i]));
		assert_int_equal(kept_find(&w.nodes[i].store, &left.person.log)->count, 5);
	}
}

static void a_second_head_that_is_not_signed_freezes_nothing(void **state)
{
	(void)state;
	evidence.b.sig.b[9] ^= 1;
	puppet_head(&p, &evidence.b);
	assert_bye(&p, ERR_SIGNATURE);
	assert_false(is_frozen(&w.nodes[0]));
	assert_int_equal(core_refused(w.nodes[0].core, ERR_FORK), 0);
}

static void the_same_head_again_freezes_nothing(void **state)
{
	(void)state;
	puppet_head(&p, &evidence.a);
	assert_false(p.is_closed);
	assert_false(is_frozen(&w.nodes[0]));
}

static void evidence_is_believed_because_it_proves(void **state)
{
	(void)state;
	send_evidence();
	assert_true(is_frozen(&w.nodes[0]));
	assert_false(p.is_closed);
	send_evidence(); /* heard before */
	assert_int_equal(core_refused(w.nodes[0].core, ERR_FORK), 1);
}

static void evidence_of_two_sizes_is_believed_too(void **state)
{
	struct tree_nodes nodes = {kept_node, kept_find(&right.store, &right.person.log)};
	struct checkpoint at;

	(void)state;
	author_checkpoint(&left, 4, &evidence.a);
	author_checkpoint(&right, 4, &at);
	evidence.proof[0] = at.root;
	assert_ok(tree_consistency_prove(&nodes, 4, 5, evidence.proof + 1, &evidence.proof_count));
	evidence.proof_count++;
	send_evidence();
	assert_true(is_frozen(&w.nodes[0]));
}

static void evidence_of_one_history_is_a_bad_proof(void **state)
{
	struct tree_nodes nodes = {kept_node, kept_find(&left.store, &left.person.log)};
	struct checkpoint at;

	(void)state;
	author_checkpoint(&left, 4, &at);
	author_checkpoint(&left, 4, &evidence.a);
	author_checkpoint(&left, 5, &evidence.b);
	evidence.proof[0] = at.root;
	assert_ok(tree_consistency_prove(&nodes, 4, 5, evidence.proof + 1, &evidence.proof_count));
	evidence.proof_count++;
	send_evidence();
	assert_bye(&p, ERR_PROOF);
	assert_false(is_frozen(&w.nodes[0]));
}

static void equal_heads_are_no_evidence(void **state)
{
	(void)state;
	evidence.b = evidence.a;
	send_evidence();
	assert_bye(&p, ERR_PROOF);
	assert_false(is_frozen(&w.nodes[0]));
}

static void evidence_with_a_bent_signature_is_none(void **state)
{
	(void)state;
	evidence.a.sig.b[40] ^= 4;
	send_evidence();
	assert_bye(&p, ERR_SIGNATURE);
	assert_false(is_frozen(&w.nodes[0]));
}

static void a_frozen_log_grows_no_further(void **state)
{
	struct node *zero = &w.nodes[0];
	struct checkpoint longer;
	struct core_status before;
	unsigned frames;

	(void)state;
	send_evidence();
	before = node_status(zero);
	author_write(&left, 128, 90);
	author_checkpoint(&left, 6, &longer);
	frames = p.frame_count;
	puppet_head(&p, &longer);
	for (unsigned i = frames; i < p.frame_count; i++)
		assert_int_not_equal(p.frames[i].type, MSG_WANT);
	assert_int_equal(core_refused(zero->core, ERR_FROZEN), 1);
	assert_false(p.is_closed);
	struct core_status after = node_status(zero);
	assert_memory_equal(&before.digest, &after.digest, sizeof(before.digest));
}

static void a_frozen_log_stays_frozen_over_a_restart(void **state)
{
	struct node *zero = &w.nodes[0];
	struct core_status before, after;

	(void)state;
	send_evidence();
	world_run(&w, 1000);
	before = node_status(zero);
	node_stop(zero);
	node_start(zero);
	assert_true(is_frozen(zero));
	after = node_status(zero);
	assert_memory_equal(&before.digest, &after.digest, sizeof(before.digest));
}

/* Over two hops: who comes when everything is over agrees, though nothing of the log is served. */
static void late_comers_agree_on_what_is_frozen(void **state)
{
	struct node *three = &w.nodes[3], *five = &w.nodes[5];

	(void)state;
	send_evidence();
	world_admit(&w, three);
	world_admit(&w, five);
	node_peer(three, &w.nodes[0]);
	node_start(three);
	world_run(&w, 20000);
	assert_true(is_frozen(three));
	assert_int_equal(kept_find(&three->store, &left.person.log)->count, 0);
	assert_true(nodes_are_equal(&w.nodes[0], three));
	w.is_blocked[5][0] = true;
	node_peer(five, three);
	node_start(five);
	world_run(&w, 20000);
	assert_true(is_frozen(five));
	assert_true(nodes_are_equal(&w.nodes[0], five));
	node_stop(three);
	node_start(three);
	assert_true(is_frozen(three));
	assert_true(nodes_are_equal(&w.nodes[0], three));
}

static void evidence_about_a_stranger_is_not_kept(void **state)
{
	struct author a, b;
	struct core_status before, after;
	struct writer body = {0};
	struct kept_log *log;

	(void)state;
	author_init(&a, &w, 5);
	author_init(&b, &w, 5);
	author_write(&a, 128, 1);
	author_write(&b, 128, 2);
	evidence = (struct msg_evidence){.log = a.person.log};
	author_checkpoint(&a, 2, &evidence.a);
	author_checkpoint(&b, 2, &evidence.b);
	before = node_status(&w.nodes[0]);
	send_evidence();
	assert_non_null(puppet_got(&p, MSG_OPEN_WANT));
	log = kept_find(&a.store, &a.person.log);
	msg_open_encode(&body, &a.person.log, writer_view(&log->records[0].bytes));
	puppet_send(&p, MSG_OPEN, &body);
	world_pump(&w);
	assert_false(p.is_closed);
	assert_int_equal(core_refused(w.nodes[0].core, ERR_ADMISSION), 1);
	assert_null(kept_find(&w.nodes[0].store, &a.person.log));
	after = node_status(&w.nodes[0]);
	assert_memory_equal(&before.digest, &after.digest, sizeof(before.digest));
	author_release(&a);
	author_release(&b);
}

/* Somebody tells a node a head of its own log that it never signed here. */
static void a_node_whose_own_key_signed_twice_signs_no_more(void **state)
{
	struct node *one = &w.nodes[1];
	struct author self;
	struct writer body = {0};
	struct msg_heads m = {.reason = HEADS_BUCKETS, .has_yours = true};
	uint64_t request;

	(void)state;
	node_publish(one, 1, 0);
	world_run(&w, 1000);
	author_init(&self, &w, 1);
	author_write(&self, 128, 3);
	author_checkpoint(&self, 2, &m.yours);
	puppet_release(&p);
	puppet_connect(&p, one);
	puppet_hello(&p, &left);
	assert_false(p.is_closed);
	msg_heads_begin(&body, &m);
	puppet_send(&p, MSG_HEADS, &body);
	world_run(&w, 1000);
	assert_int_equal(node_status(one).state, NODE_FROZEN);
	assert_string_equal(core_alarm(one->core, 0),
	    "this node's log is frozen, its key signed two histories: stop communed and open the "
	    "next one with `commune log open`");
	request = node_publish(one, 1, 0);
	world_pump(&w);
	assert_err(ERR_FROZEN, node_reply(one, request)->err);
	assert_int_equal(core_refused(w.nodes[0].core, ERR_FORK), 1); /* and tells the others */
	assert_true(nodes_are_equal(one, &w.nodes[0]));
	author_release(&self);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(two_heads_of_one_size_freeze_the_log_everywhere),
	    TEST(a_second_head_that_is_not_signed_freezes_nothing),
	    TEST(the_same_head_again_freezes_nothing),
	    TEST(evidence_is_believed_because_it_proves),
	    TEST(evidence_of_two_sizes_is_believed_too),
	    TEST(evidence_of_one_history_is_a_bad_proof),
	    TEST(equal_heads_are_no_evidence),
	    TEST(evidence_with_a_bent_signature_is_none),
	    TEST(a_frozen_log_grows_no_further),
	    TEST(a_frozen_log_stays_frozen_over_a_restart),
	    TEST(late_comers_agree_on_what_is_frozen),
	    TEST(evidence_about_a_stranger_is_not_kept),
	    TEST(a_node_whose_own_key_signed_twice_signs_no_more),
	};

	assert_ok(seal_init());
	return cmocka_run_group_tests(tests, NULL, NULL);
}
