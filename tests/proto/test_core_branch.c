/* Two branches of one log that meet where neither head is of the other's size: whoever sees both ends with
 * evidence when any can be had, and blames the peer when it cannot. DESIGN D8, PROTOCOL.md section 9. */
#include "tests/proto/core_forked.h"

/* Node 0 holds the left history up to 6, m4 is connected to it. */
static void set_up_at(unsigned alike)
{
	begin_forked(12, alike);
	puppet_connect(&p, &w.nodes[0]);
	puppet_hello(&p, &left);
	tell(&left, 6);
	answer(&left, 100000);
	assert_int_equal(kept_find(&w.nodes[0].store, &left.person.log)->head.size, 6);
}

static int set_up(void **state)
{
	(void)state;
	set_up_at(4);
	return 0;
}

static int set_up_late(void **state)
{
	(void)state;
	set_up_at(7);
	return 0;
}

/* The right history is offered and does not fit: what is asked for then. */
static void offer_right(struct msg_proof_want *asked)
{
	tell(&right, 9);
	answer(&right, 100000);
	assert_false(p.is_closed);
	assert_non_null(puppet_got(&p, MSG_PROOF_WANT));
	assert_ok(msg_proof_want_decode(asked, writer_view(&puppet_got(&p, MSG_PROOF_WANT)->body)));
}

static void prove(const struct author *a, const struct msg_proof_want *of, struct msg_proof *out)
{
	struct read read = {.type = READ_PROOF, .key = of->log, .from = of->from, .size = of->size};
	struct writer raw = {0};

	*out = (struct msg_proof){.of = *of};
	assert_ok(kept_read(&a->store, &read, &raw));
	out->proof_count = raw.size / HASH_SIZE;
	memcpy(out->proof, raw.data, raw.size);
	writer_release(&raw);
}

static void send_proof(const struct msg_proof *m)
{
	struct writer body = {0};

	msg_proof_encode(&body, m);
	puppet_send(&p, MSG_PROOF, &body);
	world_pump(&w);
}

/* What is stored there proves by itself. */
static void assert_stored_evidence(struct node *n, uint64_t a, uint64_t b)
{
	struct kept_log *log = kept_find(&n->store, &left.person.log);
	struct msg_evidence m;

	assert_non_null(log);
	assert_ok(msg_evidence_decode(&m, writer_view(&log->evidence)));
	assert_ok(msg_evidence_verify(&m, &w.network));
	assert_int_equal(m.a.size, a);
	assert_int_equal(m.b.size, b);
}

static void a_longer_head_of_the_other_branch_becomes_evidence(void **state)
{
	struct msg_proof_want asked;
	struct msg_proof proof;

	(void)state;
	offer_right(&asked);
	assert_int_equal(asked.from, 6);
	assert_int_equal(asked.size, 9);
	prove(&right, &asked, &proof);
	send_proof(&proof);
	assert_false(p.is_closed);
	world_run(&w, 1000);
	for (unsigned i = 0; i < 3; i++) {
		assert_true(is_frozen(&w.nodes[i]));
		assert_stored_evidence(&w.nodes[i], 6, 9);
		assert_int_equal(core_refused(w.nodes[i].core, ERR_FORK), 1);
		assert_true(nodes_are_equal(&w.nodes[0], &w.nodes[i]));
	}
	assert_int_equal(kept_find(&w.nodes[0].store, &left.person.log)->count, 6);
	assert_int_equal(core_refused(w.nodes[0].core, ERR_PROOF), 0);
}

static void who_cannot_show_it_is_to_blame(void **state)
{
	struct msg_proof_want asked;
	struct msg_proof none = {0};

	(void)state;
	offer_right(&asked);
	none.of = asked;
	send_proof(&none);
	assert_bye(&p, ERR_PROOF);
	assert_false(is_frozen(&w.nodes[0]));
	assert_int_equal(core_refused(w.nodes[0].core, ERR_FORK), 0);
}

static void a_bent_proof_is_the_peers_fault(void **state)
{
	struct msg_proof_want asked;
	struct msg_proof proof;

	(void)state;
	offer_right(&asked);
	prove(&right, &asked, &proof);
	proof.proof[proof.proof_count - 1].b[3] ^= 1;
	send_proof(&proof);
	assert_bye(&p, ERR_PROOF);
	assert_false(is_frozen(&w.nodes[0]));
}

/* True head, records of another history: the proof shows that it was the peer who lied. */
static void records_that_are_not_those_of_their_head_blame_the_bringer(void **state)
{
	struct msg_proof_want asked;
	struct msg_proof proof;

	(void)state;
	tell(&left, 9);
	answer(&right, 100000);
	assert_ok(
	    msg_proof_want_decode(&asked, writer_view(&puppet_got(&p, MSG_PROOF_WANT)->body)));
	prove(&left, &asked, &proof);
	send_proof(&proof);
	assert_bye(&p, ERR_PROOF);
	assert_false(is_frozen(&w.nodes[0]));
}

static void who_says_nothing_is_to_blame(void **state)
{
	struct msg_proof_want asked;

	(void)state;
	offer_right(&asked);
	world_run(&w, 50000);
	assert_false(p.is_closed);
	world_run(&w, 11000);
	assert_bye(&p, ERR_PROOF);
	assert_false(is_frozen(&w.nodes[0]));
}

static void a_proof_that_nobody_asked_for_ends_the_session(void **state)
{
	struct msg_proof_want of = {.log = left.person.log, .from = 6, .size = 9};
	struct msg_proof proof;

	(void)state;
	prove(&right, &of, &proof);
	send_proof(&proof);
	assert_bye(&p, ERR_STATE);
	assert_false(is_frozen(&w.nodes[0]));
}

static void a_push_that_does_not_continue_becomes_evidence(void **state)
{
	struct msg_proof_want asked;
	struct msg_proof proof;
	struct msg_push push = {.from = 6};
	struct read read = {
	    .type = READ_PUSH, .key = right.person.log, .from = 6, .size = 8, .max = 100000};
	struct writer raw = {0}, body = {0};
	struct reader r;

	(void)state;
	author_checkpoint(&right, 8, &push.head);
	assert_ok(kept_read(&right.store, &read, &raw));
	reader_init(&r, writer_view(&raw));
	push.raw_size = reader_u32(&r);
	push.packed = reader_take(&r, reader_left(&r));
	msg_push_encode(&body, &push);
	puppet_send(&p, MSG_PUSH, &body);
	world_pump(&w);
	assert_false(p.is_closed);
	assert_ok(
	    msg_proof_want_decode(&asked, writer_view(&puppet_got(&p, MSG_PROOF_WANT)->body)));
	prove(&right, &asked, &proof);
	send_proof(&proof);
	assert_true(is_frozen(&w.nodes[0]));
	assert_stored_evidence(&w.nodes[0], 6, 8);
	writer_release(&raw);
}

/* --- smaller heads ------------------------------------------------------------------------------ */

static void tell_in_buckets(const struct checkpoint *head)
{
	struct writer body = {0};

	msg_heads_begin(&body, &(struct msg_heads){.reason = HEADS_BUCKETS, .count = 1});
	msg_heads_add(&body, head);
	puppet_send(&p, MSG_HEADS, &body);
	world_pump(&w);
}

static void a_shorter_head_of_the_other_branch_is_proven_here(void **state)
{
	struct checkpoint head;

	(void)state;
	author_checkpoint(&right, 5, &head);
	tell_in_buckets(&head);
	assert_false(p.is_closed);
	assert_null(puppet_got(&p, MSG_PROOF_WANT));
	assert_true(is_frozen(&w.nodes[0]));
	assert_stored_evidence(&w.nodes[0], 5, 6);
}

static void a_shorter_head_of_the_same_branch_is_none(void **state)
{
	struct checkpoint head;

	(void)state;
	author_checkpoint(&right, 4, &head);
	tell_in_buckets(&head);
	author_checkpoint(&left, 5, &head);
	tell_in_buckets(&head);
	assert_false(p.is_closed);
	assert_false(is_frozen(&w.nodes[0]));
}

static void a_shorter_head_that_is_not_signed_is_the_peers_fault(void **state)
{
	struct checkpoint head;

	(void)state;
	author_checkpoint(&right, 5, &head);
	head.sig.b[7] ^= 1;
	tell_in_buckets(&head);
	assert_bye(&p, ERR_SIGNATURE);
	assert_false(is_frozen(&w.nodes[0]));
}

/* --- tails -------------------------------------------------------------------------------------- */

/* The head is on both branches; the records behind it are of the left one, whose bringer never came to the end. */
static void fetch_tail(void)
{
	tell(&left, 10);
	answer(&left, 400);
	assert_in_range(kept_find(&w.nodes[0].store, &left.person.log)->count, 8, 9);
	assert_int_equal(kept_find(&w.nodes[0].store, &left.person.log)->head.size, 6);
	puppet_release(&p);
}

static void hold_against_tail(void)
{
	struct msg_proof_want asked;
	struct msg_proof proof;

	puppet_connect(&p, &w.nodes[0]);
	puppet_hello(&p, &left);
	tell(&right, 12);
	answer(&right, 100000);
	assert_false(p.is_closed);
	assert_ok(
	    msg_proof_want_decode(&asked, writer_view(&puppet_got(&p, MSG_PROOF_WANT)->body)));
	assert_int_equal(asked.from, 10);
	prove(&right, &asked, &proof);
	send_proof(&proof);
	assert_true(is_frozen(&w.nodes[0]));
	assert_stored_evidence(&w.nodes[0], 10, 12);
	assert_int_equal(core_refused(w.nodes[0].core, ERR_PROOF), 0);
}

static void a_tail_is_held_against_what_it_was_proven_with(void **state)
{
	(void)state;
	fetch_tail();
	hold_against_tail();
}

static void restart(void)
{
	node_stop(&w.nodes[0]);
	node_start(&w.nodes[0]);
	world_run(&w, 20000);
}

static void what_a_tail_was_proven_with_outlives_the_process(void **state)
{
	(void)state;
	fetch_tail();
	restart();
	hold_against_tail();
}

/* The database was changed by somebody: what the key did not sign accuses nobody. */
static void what_a_tail_was_proven_with_must_be_signed(void **state)
{
	(void)state;
	fetch_tail();
	for (size_t i = 0; i < w.nodes[0].store.row_count; i++)
		if (w.nodes[0].store.rows[i].op == CHANGE_AIM)
			w.nodes[0].store.rows[i].raw.data[60] ^= 1;
	restart();
	puppet_connect(&p, &w.nodes[0]);
	puppet_hello(&p, &left);
	tell(&right, 12);
	answer(&right, 100000);
	struct msg_proof_want asked;
	assert_ok(
	    msg_proof_want_decode(&asked, writer_view(&puppet_got(&p, MSG_PROOF_WANT)->body)));
	assert_int_equal(asked.from, 6);
	assert_false(is_frozen(&w.nodes[0]));
}

/* The rest came after all: nothing that was remembered holds it back, or is told. */
static void a_tail_goes_on_after_a_restart(void **state)
{
	struct msg_want want;

	(void)state;
	fetch_tail();
	restart();
	puppet_connect(&p, &w.nodes[0]);
	puppet_hello(&p, &left);
	tell(&left, 12);
	assert_true(puppet_wanted(&p, &left.person.log, &want));
	assert_in_range(want.from, 8, 9);
	answer(&left, 100000);
	assert_int_equal(kept_find(&w.nodes[0].store, &left.person.log)->head.size, 12);
	assert_false(is_frozen(&w.nodes[0]));
	restart();
	assert_true(nodes_are_equal(&w.nodes[0], &w.nodes[1]));
}

/* --- a slow bringer ----------------------------------------------------------------------------- */

/* One record of 15 s of silence each, or of 59 s, while another member has it all. */
static void trickle(int64_t pause, unsigned count, bool *is_taken_over)
{
	struct msg_want want = {0};
	struct puppet second = {0};
	struct checkpoint head;
	struct author helper;

	for (unsigned i = 0; i < 200; i++)
		author_write(&left, 128, 300 + i);
	author_init(&helper, &w, 5);
	world_admit_key(&w, "m5", &helper.person.member, NULL);
	world_run(&w, 2000);
	tell(&left, 200);
	puppet_connect(&second, &w.nodes[0]);
	puppet_hello(&second, &helper);
	for (unsigned i = 0; i < count; i++) {
		struct writer body = {0};
		assert_true(puppet_wanted(&p, &left.person.log, &want));
		want.from += i;
		author_batch(&left, &want, 1, &body);
		puppet_send(&p, MSG_BATCH, &body);
		world_run(&w, pause);
	}
	author_checkpoint(&left, 200, &head);
	puppet_head(&second, &head);
	*is_taken_over = puppet_wanted(&second, &left.person.log, &want);
	assert_false(p.is_closed);
	if (*is_taken_over)
		assert_int_equal(want.from, 6 + count);
	puppet_release(&second);
	author_release(&helper);
}

static void a_trickle_keeps_nobody_else_from_bringing_it(void **state)
{
	bool is_taken_over;

	(void)state;
	trickle(29000, 4, &is_taken_over);
	assert_true(is_taken_over);
}

static void a_slow_bringer_is_left_to_it(void **state)
{
	bool is_taken_over;

	(void)state;
	trickle(900, 40, &is_taken_over);
	assert_false(is_taken_over);
}

/* --- two honest nodes --------------------------------------------------------------------------- */

/* Each was given one by the author, out of each other's sight. */
static void two_nodes_with_two_branches_agree_that_there_are_two(void **state)
{
	(void)state;
	puppet_release(&p);
	world_cut_wires(&w);
	w.is_blocked[1][0] = w.is_blocked[2][0] = true;
	world_run(&w, 1000);
	author_write(&left, 128, 200);
	give(&w.nodes[0], &left, 13);
	w.is_blocked[1][0] = w.is_blocked[2][0] = false;
	world_run(&w, 60000);
	assert_true(nodes_are_equal(&w.nodes[0], &w.nodes[1]));
	world_cut_wires(&w);
	w.is_blocked[1][0] = w.is_blocked[2][0] = true;
	author_write(&left, 128, 201);
	give(&w.nodes[0], &left, 14);
	author_release(&right);
	author_init(&right, &w, 4);
	for (unsigned i = 1; i < 12; i++)
		author_write(&right, 128, i);
	for (unsigned i = 0; i < 5; i++)
		author_write(&right, 128, 200 + 7 * i);
	give(&w.nodes[1], &right, 17);
	assert_false(is_frozen(&w.nodes[0]) || is_frozen(&w.nodes[1]));
	w.is_blocked[1][0] = w.is_blocked[2][0] = false;
	world_run(&w, 120000);
	for (unsigned i = 0; i < 3; i++) {
		assert_true(is_frozen(&w.nodes[i]));
		assert_stored_evidence(&w.nodes[i], 14, 17);
		assert_true(nodes_are_equal(&w.nodes[0], &w.nodes[i]));
	}
	assert_int_equal(kept_find(&w.nodes[0].store, &left.person.log)->count, 14);
	assert_int_equal(kept_find(&w.nodes[1].store, &left.person.log)->count, 17);
}

/* --- what a node answers ------------------------------------------------------------------------ */

static void ask(uint64_t from, uint64_t size, struct msg_proof *out)
{
	struct msg_proof_want of = {.log = left.person.log, .from = from, .size = size};
	struct writer body = {0};

	msg_proof_want_encode(&body, &of);
	puppet_send(&p, MSG_PROOF_WANT, &body);
	world_pump(&w);
	assert_non_null(puppet_got(&p, MSG_PROOF));
	assert_ok(msg_proof_decode(out, writer_view(&puppet_got(&p, MSG_PROOF)->body)));
	assert_int_equal(out->of.from, from);
	assert_int_equal(out->of.size, size);
}

static void a_node_shows_how_its_tree_grew(void **state)
{
	struct checkpoint five, six;
	struct msg_proof proof;

	(void)state;
	author_checkpoint(&left, 5, &five);
	author_checkpoint(&left, 6, &six);
	ask(5, 6, &proof);
	assert_in_range(proof.proof_count, 1, TREE_PROOF_MAX);
	assert_memory_equal(&proof.proof[0], &five.root, HASH_SIZE);
	assert_ok(tree_consistency_verify(
	    5, &five.root, 6, &six.root, proof.proof + 1, proof.proof_count - 1));
	ask(5, 7, &proof); /* more than it holds */
	assert_int_equal(proof.proof_count, 0);
	assert_false(p.is_closed);
}

static void of_a_frozen_log_the_evidence_comes_first(void **state)
{
	struct checkpoint head;
	struct msg_proof proof;
	unsigned evidence = 0, proven = 0;

	(void)state;
	author_checkpoint(&right, 6, &head);
	puppet_head(&p, &head);
	assert_true(is_frozen(&w.nodes[0]));
	unsigned before = p.frame_count;
	ask(5, 6, &proof);
	for (unsigned i = before; i < p.frame_count; i++) {
		if (p.frames[i].type == MSG_EVIDENCE)
			evidence = i;
		if (p.frames[i].type == MSG_PROOF)
			proven = i;
	}
	assert_true(evidence >= before && proven > evidence);
}

/* --- the own log -------------------------------------------------------------------------------- */

static struct author self;

static void tell_yours(struct node *n, uint64_t size)
{
	struct msg_heads m = {.reason = HEADS_BUCKETS, .has_yours = true};
	struct writer body = {0};

	author_checkpoint(&self, size, &m.yours);
	puppet_release(&p);
	puppet_connect(&p, n);
	puppet_hello(&p, &left);
	assert_false(p.is_closed);
	msg_heads_begin(&body, &m);
	puppet_send(&p, MSG_HEADS, &body);
	world_pump(&w);
}

static void a_node_learns_of_a_shorter_branch_of_its_own_log(void **state)
{
	(void)state;
	node_publish(&w.nodes[1], 3, 0);
	world_run(&w, 1000);
	author_init(&self, &w, 1);
	author_write(&self, 128, 3);
	tell_yours(&w.nodes[1], 2);
	assert_int_equal(node_status(&w.nodes[1]).state, NODE_FROZEN);
	world_run(&w, 1000);
	assert_int_equal(core_refused(w.nodes[0].core, ERR_FORK), 1);
	author_release(&self);
}

static void a_shorter_head_of_the_own_log_that_fits_is_taken_as_told(void **state)
{
	(void)state;
	node_publish(&w.nodes[1], 3, 0);
	world_run(&w, 1000);
	author_init(&self, &w, 1);
	tell_yours(&w.nodes[1], 1);
	assert_int_equal(node_status(&w.nodes[1]).state, NODE_READY);
	author_release(&self);
}

static void a_node_learns_of_a_longer_branch_of_its_own_log(void **state)
{
	struct msg_proof_want asked;
	struct msg_proof proof;

	(void)state;
	node_publish(&w.nodes[1], 3, 0);
	world_run(&w, 1000);
	author_init(&self, &w, 1);
	for (unsigned i = 0; i < 7; i++)
		author_write(&self, 128, 3 + i);
	tell_yours(&w.nodes[1], 8);
	answer(&self, 100000);
	assert_ok(
	    msg_proof_want_decode(&asked, writer_view(&puppet_got(&p, MSG_PROOF_WANT)->body)));
	prove(&self, &asked, &proof);
	send_proof(&proof);
	assert_int_equal(node_status(&w.nodes[1]).state, NODE_FROZEN);
	author_release(&self);
}

/* The same peer is not asked for the own log again and again, and its other logs stay of use. */
static void a_bad_branch_of_the_own_log_is_fetched_once(void **state)
{
	struct msg_want want;

	(void)state;
	node_publish(&w.nodes[1], 3, 0);
	world_run(&w, 1000);
	author_init(&self, &w, 1);
	for (unsigned i = 0; i < 7; i++)
		author_write(&self, 128, 3 + i);
	tell_yours(&w.nodes[1], 8);
	answer(&self, 100000);
	tell_yours(&w.nodes[1], 8);
	assert_false(puppet_wanted(&p, &self.person.log, &want));
	assert_false(p.is_closed);
	author_release(&self);
}

/* Nobody has a session with a frozen log, but it is told why. */
static void a_member_that_slept_through_it_learns_of_its_own_fork(void **state)
{
	struct node *two = &w.nodes[2];
	struct checkpoint head;

	(void)state;
	node_publish(two, 2, 0);
	world_run(&w, 1000);
	node_stop(two);
	author_init(&self, &w, 2);
	author_write(&self, 128, 3);
	author_checkpoint(&self, 2, &head);
	tell_in_buckets(&head);
	assert_int_equal(core_refused(w.nodes[0].core, ERR_FORK), 1);
	node_start(two);
	world_run(&w, 5000);
	assert_int_equal(node_status(two).state, NODE_FROZEN);
	author_release(&self);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
#define TEST_LATE(name) cmocka_unit_test_setup_teardown(name, set_up_late, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_longer_head_of_the_other_branch_becomes_evidence),
	    TEST(who_cannot_show_it_is_to_blame),
	    TEST(a_bent_proof_is_the_peers_fault),
	    TEST(records_that_are_not_those_of_their_head_blame_the_bringer),
	    TEST(who_says_nothing_is_to_blame),
	    TEST(a_proof_that_nobody_asked_for_ends_the_session),
	    TEST(a_push_that_does_not_continue_becomes_evidence),
	    TEST(a_shorter_head_of_the_other_branch_is_proven_here),
	    TEST(a_shorter_head_of_the_same_branch_is_none),
	    TEST(a_shorter_head_that_is_not_signed_is_the_peers_fault),
	    TEST_LATE(a_tail_is_held_against_what_it_was_proven_with),
	    TEST_LATE(what_a_tail_was_proven_with_outlives_the_process),
	    TEST_LATE(what_a_tail_was_proven_with_must_be_signed),
	    TEST_LATE(a_tail_goes_on_after_a_restart),
	    TEST(a_trickle_keeps_nobody_else_from_bringing_it),
	    TEST(a_slow_bringer_is_left_to_it),
	    TEST(two_nodes_with_two_branches_agree_that_there_are_two),
	    TEST(a_node_shows_how_its_tree_grew),
	    TEST(of_a_frozen_log_the_evidence_comes_first),
	    TEST(a_node_learns_of_a_shorter_branch_of_its_own_log),
	    TEST(a_shorter_head_of_the_own_log_that_fits_is_taken_as_told),
	    TEST(a_node_learns_of_a_longer_branch_of_its_own_log),
	    TEST(a_bad_branch_of_the_own_log_is_fetched_once),
	    TEST(a_member_that_slept_through_it_learns_of_its_own_fork),
	};

	assert_ok(seal_init());
	return cmocka_run_group_tests(tests, NULL, NULL);
}
