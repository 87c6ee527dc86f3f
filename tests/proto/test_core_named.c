/* The branch that the roster names of a forked log is fetched by everybody who holds the other one, or none, proven against the
 * root that is named, and kept beside what was held before. DESIGN D8, PROTOCOL.md section 9. */
#include "tests/proto/core_named.h"

static void assert_copy(
    const struct node *n, enum log_state state, const struct author *a, uint64_t size)
{
	const struct kept_log *copy = copy_of(n, state);
	const struct kept_log *want = kept_find(&a->store, &a->person.log);

	assert_non_null(copy);
	assert_int_equal(copy->count, size);
	assert_int_equal(copy->head.size, size);
	for (uint64_t i = 0; i < size; i++)
		assert_memory_equal(copy->records[i].leaf.b, want->records[i].leaf.b, HASH_SIZE);
}

static void assert_held(const struct node *n)
{
	assert_true(core_holds_named(n->core, &left.person.log));
	assert_true(nodes_are_equal((struct node *)n, &w.nodes[0]));
	assert_int_equal(node_refused(n),
	    core_refused(n->core, ERR_FORK) + core_refused(n->core, ERR_DUPLICATE));
}

static void who_holds_the_other_branch_fetches_it(void **state)
{
	struct hash before = node_status(&w.nodes[0]).digest;
	struct core_status after;

	(void)state;
	name(&right, 12, 0);
	world_run(&w, 60000);
	for (unsigned i = 0; i < 3; i++)
		assert_held(&w.nodes[i]);
	assert_copy(&w.nodes[0], LOG_STAYS, &right, 12);
	assert_copy(&w.nodes[2], LOG_STAYS, &right, 12);
	assert_null(copy_of(&w.nodes[1], LOG_STAYS)); /* it is what it holds */
	/* Nothing is taken away, and only the roster changed the digest. */
	assert_int_equal(kept_find(&w.nodes[0].store, &left.person.log)->count, 6);
	assert_int_equal(kept_find(&w.nodes[0].store, &left.person.log)->head.size, 6);
	after = node_status(&w.nodes[0]);
	assert_memory_not_equal(&before, &after.digest, sizeof(before));
	assert_true(is_frozen(&w.nodes[0]));
}

static void who_holds_its_beginning_alone_fetches_it_too(void **state)
{
	(void)state;
	name(&left, 6, 0);
	world_run(&w, 60000);
	for (unsigned i = 0; i < 3; i++)
		assert_held(&w.nodes[i]);
	assert_copy(&w.nodes[1], LOG_STAYS, &left, 6);
	assert_null(copy_of(&w.nodes[0], LOG_STAYS));
}

/* Whom only one who fetched it himself can be asked. */
static void a_newcomer_gets_it_over_two_hops(void **state)
{
	struct node *three = &w.nodes[3];

	(void)state;
	world_admit(&w, three);
	name(&right, 12, 0);
	world_run(&w, 60000);
	w.is_blocked[3][0] = w.is_blocked[3][1] = true;
	w.is_blocked[0][3] = w.is_blocked[1][3] = true;
	node_peer(three, &w.nodes[2]);
	node_start(three);
	world_run(&w, 60000);
	assert_held(three);
	assert_copy(three, LOG_STAYS, &right, 12);
	assert_int_equal(kept_find(&three->store, &left.person.log)->count, 0);
}

static void the_roster_may_think_again(void **state)
{
	(void)state;
	name(&right, 12, 0);
	world_run(&w, 60000);
	name(&left, 6, 0);
	world_run(&w, 60000);
	for (unsigned i = 0; i < 3; i++)
		assert_held(&w.nodes[i]);
	assert_copy(&w.nodes[0], LOG_ASIDE, &right, 12);
	assert_null(copy_of(&w.nodes[0], LOG_STAYS));
	assert_copy(&w.nodes[1], LOG_STAYS, &left, 6);
	for (unsigned i = 0; i < 3; i++) {
		node_stop(&w.nodes[i]);
		node_start(&w.nodes[i]);
	}
	world_run(&w, 60000);
	for (unsigned i = 0; i < 3; i++)
		assert_held(&w.nodes[i]);
	name(&right, 12, 0);
	world_run(&w, 1000);
	assert_copy(&w.nodes[0], LOG_STAYS, &right, 12);
	assert_copy(&w.nodes[1], LOG_ASIDE, &left, 6);
}

static enum err stop_early(struct node *node, const struct read *read, struct writer *out)
{
	(void)node;
	(void)out;
	return read->type == READ_BATCH && read->from >= 3 ? ERR_IO : ERR_NONE;
}

static void a_fetch_goes_on_after_a_restart(void **state)
{
	struct node *zero = &w.nodes[0], *one = &w.nodes[1];

	(void)state;
	one->core->config.bounds.batch_raw_max = 300;
	one->tamper = stop_early;
	name(&right, 12, 0);
	world_run(&w, 10000);
	assert_in_range(copy_of(zero, LOG_STAYS)->count, 3, 11);
	assert_false(core_holds_named(zero->core, &left.person.log));
	one->tamper = NULL;
	node_stop(zero);
	node_start(zero);
	assert_in_range(copy_of(zero, LOG_STAYS)->count, 3, 11);
	assert_false(core_holds_named(zero->core, &left.person.log));
	world_run(&w, 60000);
	assert_held(zero);
	assert_copy(zero, LOG_STAYS, &right, 12);
}

/* Who has it is away: it is asked for again, at growing intervals. */
static void it_is_asked_for_until_somebody_has_it(void **state)
{
	(void)state;
	node_stop(&w.nodes[1]);
	name(&right, 12, 0);
	world_run(&w, 200000);
	assert_false(core_holds_named(w.nodes[0].core, &left.person.log));
	assert_true(nodes_are_equal(&w.nodes[0], &w.nodes[2]));
	size_t before = w.carried;
	world_run(&w, 3600000);
	assert_in_range(w.carried - before, 0, 60000);
	node_start(&w.nodes[1]);
	world_run(&w, 20000);
	assert_held(&w.nodes[0]);
}

static enum err read_no_root(struct node *node, const struct read *read, struct writer *out)
{
	(void)node;
	(void)out;
	return read->type == READ_ROOT ? ERR_IO : ERR_NONE;
}

/* Its disk could not be read when it looked: nobody else has it. */
static void who_cannot_look_looks_again(void **state)
{
	struct node *one = &w.nodes[1];

	(void)state;
	one->tamper = read_no_root;
	name(&right, 12, 0);
	world_run(&w, 500);
	assert_false(core_holds_named(one->core, &left.person.log));
	one->tamper = NULL;
	world_run(&w, 60000);
	for (unsigned i = 0; i < 3; i++)
		assert_held(&w.nodes[i]);
	assert_null(copy_of(one, LOG_STAYS));
}

static bool opens_log(const struct act *act)
{
	struct change op;
	struct reader r;

	reader_init(&r, writer_view(&act->data));
	while (change_next(&op, &r))
		if (op.op == CHANGE_LOG)
			return true;
	return false;
}

/* Its disk does all but what opens a log. */
static void run_until_copy(struct node *n)
{
	n->is_disk_held = true;
	for (unsigned i = 0; i < 100 && !(n->change_count && opens_log(&n->changes[0])); i++) {
		n->is_disk_held = false;
		node_disk(n);
		n->is_disk_held = true;
		world_run(&w, 100);
	}
	assert_true(n->change_count && opens_log(&n->changes[0]));
}

/* It lands when another one is named already. */
static void what_was_on_its_way_is_put_aside(void **state)
{
	struct node *two = &w.nodes[2];

	(void)state;
	two->is_disk_held = true;
	name(&right, 12, 0);
	run_until_copy(two);
	name(&left, 6, 0);
	world_run(&w, 500);
	two->is_disk_held = false;
	world_run(&w, 60000);
	assert_held(two);
	assert_null(copy_of(two, LOG_STAYS));
	assert_copy(two, LOG_ASIDE, &right, 12);
}

/* No records have the root that was named: nobody can bring it, and who tries is to blame. */
static void what_has_another_root_is_not_taken(void **state)
{
	struct msg_want want;
	struct writer body = {0};
	struct author bringer;

	(void)state;
	author_init(&bringer, &w, 5);
	world_admit_key(&w, "m5", &bringer.person.member, NULL);
	name(&right, 12, 1);
	world_run(&w, 60000);
	assert_false(core_holds_named(w.nodes[0].core, &left.person.log));
	assert_false(core_holds_named(w.nodes[1].core, &left.person.log));
	puppet_connect(&p, &w.nodes[0]);
	puppet_hello(&p, &bringer);
	msg_digest_encode(&body, &(struct hash){{0}}, 0);
	node_status(&w.nodes[0]);
	puppet_send(&p, MSG_DIGEST, &body);
	world_run(&w, 40000);
	assert_true(puppet_wanted(&p, &left.person.log, &want));
	assert_int_equal(want.from, 0);
	assert_int_equal(want.size, 12);
	author_batch(&right, &want, 100000, &body);
	puppet_send(&p, MSG_BATCH, &body);
	world_pump(&w);
	assert_bye(&p, ERR_PROOF);
	assert_null(copy_of(&w.nodes[0], LOG_STAYS));
	author_release(&bringer);
}

/* A part of it too, and no more than what is named. */
static void only_what_is_named_is_served(void **state)
{
	struct msg_want want = {.log = left.person.log, .size = 11};
	struct author bringer;
	struct writer body = {0};
	struct batch_reader r;
	struct batch run;

	(void)state;
	author_init(&bringer, &w, 5);
	world_admit_key(&w, "m5", &bringer.person.member, NULL);
	name(&right, 12, 0);
	world_run(&w, 60000);
	puppet_connect(&p, &w.nodes[0]);
	puppet_hello(&p, &bringer);
	for (want.size = 11; want.size < 14; want.size++) {
		msg_want_encode(&body, &want, 1);
		puppet_send(&p, MSG_WANT, &body);
		world_pump(&w);
		assert_false(p.is_closed);
		assert_non_null(puppet_got(&p, MSG_BATCH));
		assert_ok(batch_open(&r, writer_view(&puppet_got(&p, MSG_BATCH)->body)));
		assert_true(batch_next(&r, &run));
		assert_int_equal(run.count, want.size < 13 ? want.size : 0);
	}
	author_release(&bringer);
}

static void rot(struct node *n, uint64_t index)
{
	kept_find(&n->store, &left.person.log)->records[index].is_rotten = true;
	core_time(n->core, world_time(&w));
	core_rot(n->core);
}

static bool is_rotten(const struct node *n, uint64_t index)
{
	return kept_find(&n->store, &left.person.log)->records[index].is_rotten;
}

/* As far as the roster named it: what lies behind that nobody vouches for. */
static void what_rots_of_the_branch_that_stays_is_mended(void **state)
{
	struct node *zero = &w.nodes[0];

	(void)state;
	rot(zero, 2);
	rot(zero, 5);
	world_run(&w, 10000);
	assert_true(is_rotten(zero, 2) && is_rotten(zero, 5));
	name(&left, 5, 0);
	world_run(&w, 2000000);
	assert_false(is_rotten(zero, 2));
	assert_true(is_rotten(zero, 5));
	assert_true(core_holds_named(zero->core, &left.person.log));
}

/* A block of it is served, not only all of it; and by who fetched it too. */
static void a_block_of_it_is_served(void **state)
{
	struct node *zero = &w.nodes[0];

	(void)state;
	name(&left, 400, 0);
	world_run(&w, 60000);
	w.is_blocked[0][2] = w.is_blocked[2][0] = true;
	node_stop(&w.nodes[2]);
	assert_copy(&w.nodes[1], LOG_STAYS, &left, 400);
	rot(zero, 20);
	world_run(&w, 100000);
	assert_false(is_rotten(zero, 20));
	rot(zero, 390);
	world_run(&w, 100000);
	assert_false(is_rotten(zero, 390));
	assert_held(zero);
}

/* Who holds another branch asks nobody, and doubts nobody. */
static void the_other_branch_is_not_asked_for(void **state)
{
	struct node *one = &w.nodes[1];
	unsigned lines;

	(void)state;
	name(&left, 6, 0);
	world_run(&w, 60000);
	rot(one, 8);
	world_run(&w, 1000);
	lines = one->lines;
	world_run(&w, 50000);
	assert_int_equal(one->lines, lines);
	assert_true(is_rotten(one, 8));
	assert_held(one);
}

/* From whoever has that branch, under the name of the log; a copy that the roster names no more is left alone. */
static void what_rots_in_a_copy_is_fetched_again(void **state)
{
	struct node *one = &w.nodes[1];
	struct kept_log *copy;

	(void)state;
	name(&left, 400, 0);
	world_run(&w, 60000);
	copy = copy_of(one, LOG_STAYS);
	assert_non_null(copy);
	copy->records[20].is_rotten = copy->records[399].is_rotten = true;
	core_time(one->core, world_time(&w));
	core_rot(one->core);
	world_run(&w, 100000);
	assert_false(copy->records[20].is_rotten || copy->records[399].is_rotten);
	assert_null(core_alarm(one->core, 0));
	assert_held(one);
	name(&right, 12, 0);
	world_run(&w, 60000);
	copy = copy_of(one, LOG_ASIDE);
	assert_non_null(copy);
	copy->records[20].is_rotten = true;
	core_time(one->core, world_time(&w));
	core_rot(one->core);
	world_run(&w, 100000);
	assert_true(copy->records[20].is_rotten);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(who_holds_the_other_branch_fetches_it),
	    TEST(who_holds_its_beginning_alone_fetches_it_too),
	    TEST(a_newcomer_gets_it_over_two_hops),
	    TEST(the_roster_may_think_again),
	    TEST(a_fetch_goes_on_after_a_restart),
	    TEST(it_is_asked_for_until_somebody_has_it),
	    TEST(who_cannot_look_looks_again),
	    TEST(what_was_on_its_way_is_put_aside),
	    TEST(what_rots_of_the_branch_that_stays_is_mended),
	    cmocka_unit_test_setup_teardown(a_block_of_it_is_served, set_up_long, tear_down),
	    TEST(the_other_branch_is_not_asked_for),
	    cmocka_unit_test_setup_teardown(
		what_rots_in_a_copy_is_fetched_again, set_up_long, tear_down),
	    TEST(what_has_another_root_is_not_taken),
	    TEST(only_what_is_named_is_served),
	};

	assert_ok(seal_init());
	return cmocka_run_group_tests(tests, NULL, NULL);
}
