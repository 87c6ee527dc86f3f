/* A head that several peers have told is asked of one of them. When he goes away, says nothing any more or does not have it,
 * another one is asked, soon and in his turn; whoever merely takes his time is waited for. */
#include "tests/proto/core_puppet.h"

#define TELLERS 3

static struct world w;
static struct author tellers[TELLERS], far; /* whose log it is: not connected */
static struct puppet p[TELLERS];
static struct checkpoint head;

static int tear_down(void **state)
{
	(void)state;
	for (unsigned i = 0; i < TELLERS; i++) {
		puppet_release(&p[i]);
		author_release(&tellers[i]);
	}
	author_release(&far);
	world_release(&w);
	return 0;
}

/* Everybody tells node 0 of nine records; the first is asked for them. */
static void all_tell_and_the_first_is_asked(void)
{
	struct msg_want want;

	world_network(&w, 2);
	author_init(&far, &w, 7);
	world_admit_key(&w, "m7", &far.person.member, NULL);
	for (unsigned i = 0; i < TELLERS; i++) {
		author_init(&tellers[i], &w, 20 + i);
		world_admit_key(&w, tellers[i].person.code, &tellers[i].person.member, NULL);
		puppet_connect(&p[i], &w.nodes[0]);
		puppet_hello(&p[i], &tellers[i]);
		assert_false(p[i].is_closed);
	}
	world_run(&w, 3000);
	for (unsigned i = 0; i < 9; i++)
		author_write(&far, 128, i);
	author_checkpoint(&far, 9, &head);
	for (unsigned i = 0; i < TELLERS; i++)
		puppet_head(&p[i], &head);
	assert_true(puppet_wanted(&p[0], &head.log, &want));
}

static bool is_asked(unsigned i)
{
	struct msg_want want;

	return puppet_wanted(&p[i], &head.log, &want);
}

static void bring(unsigned i)
{
	struct msg_want want = {0};
	struct writer batch = {0};

	assert_true(puppet_wanted(&p[i], &head.log, &want));
	author_batch(&far, &want, UINT32_MAX, &batch);
	puppet_send(&p[i], MSG_BATCH, &batch);
	world_pump(&w);
}

static void refuse(unsigned i)
{
	struct msg_want want = {0};
	struct writer batch = {0};

	assert_true(puppet_wanted(&p[i], &head.log, &want));
	batch_encode(&batch, &(struct batch){.key = want.log, .from = want.from, .size = want.size},
	    (struct bytes){0});
	puppet_send(&p[i], MSG_BATCH, &batch);
	world_pump(&w);
}

static void assert_stored(void)
{
	struct kept_log *log = kept_find(&w.nodes[0].store, &head.log);

	assert_non_null(log);
	assert_int_equal(log->head.size, 9);
	assert_int_equal(node_refused(&w.nodes[0]), 0);
}

static void who_brings_it_is_the_only_one_asked(void **state)
{
	(void)state;
	all_tell_and_the_first_is_asked();
	bring(0);
	world_run(&w, 20000);
	assert_stored();
	assert_false(is_asked(1) || is_asked(2));
}

static void when_a_holder_goes_another_is_asked_at_once(void **state)
{
	(void)state;
	all_tell_and_the_first_is_asked();
	assert_false(is_asked(1) || is_asked(2));
	wire_drop(p[0].wire, NULL);
	world_run(&w, 10);
	assert_true(is_asked(1) != is_asked(2)); /* one of them */
	bring(is_asked(1) ? 1 : 2);
	assert_stored();
}

/* Its line is dead: no end of the connection says so. */
static void a_silent_holder_is_passed_over(void **state)
{
	(void)state;
	all_tell_and_the_first_is_asked();
	p[0].stays_silent = true;
	world_run(&w, 4000);
	assert_false(is_asked(1) || is_asked(2));
	world_run(&w, 2000);
	assert_true(is_asked(1) != is_asked(2));
	assert_false(p[0].is_closed);
	bring(is_asked(1) ? 1 : 2);
	assert_stored();
	bring(0); /* late, and no fault */
	assert_stored();
	assert_false(p[0].is_closed);
}

static void one_after_the_other_is_asked(void **state)
{
	(void)state;
	all_tell_and_the_first_is_asked();
	for (unsigned i = 0; i < TELLERS; i++)
		p[i].stays_silent = true;
	world_run(&w, 12000);
	assert_true(is_asked(1) && is_asked(2));
	assert_int_equal(p[0].is_closed + p[1].is_closed + p[2].is_closed, 0);
}

/* On a slow line there is always something to be heard. */
static void a_slow_holder_is_waited_for(void **state)
{
	struct writer body = {0};

	(void)state;
	all_tell_and_the_first_is_asked();
	for (unsigned i = 0; i < 13; i++) {
		msg_number_encode(&body, 77);
		puppet_send(&p[0], MSG_PING, &body);
		world_run(&w, 4000);
	}
	assert_false(is_asked(1) || is_asked(2));
	bring(0);
	assert_stored();
}

static void when_a_holder_has_it_not_another_is_asked(void **state)
{
	unsigned first;

	(void)state;
	all_tell_and_the_first_is_asked();
	refuse(0);
	world_run(&w, 10);
	assert_true(is_asked(1) != is_asked(2));
	first = is_asked(1) ? 1 : 2;
	refuse(first);
	world_run(&w, 10);
	assert_true(is_asked(1) && is_asked(2));
	bring(3 - first);
	assert_stored();
}

/* Each once: what nobody has is not asked for in a circle. */
static void what_nobody_has_is_let_go(void **state)
{
	unsigned wants = 0, first;

	(void)state;
	all_tell_and_the_first_is_asked();
	refuse(0);
	world_run(&w, 10);
	first = is_asked(1) ? 1 : 2;
	refuse(first);
	world_run(&w, 10);
	refuse(3 - first);
	world_run(&w, 20000);
	for (unsigned i = 0; i < TELLERS; i++)
		for (unsigned k = 0; k < p[i].frame_count; k++)
			wants += p[i].frames[k].type == MSG_WANT;
	assert_in_range(wants, TELLERS, TELLERS + 1);
}

#define TEST(name) cmocka_unit_test_teardown(name, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(who_brings_it_is_the_only_one_asked),
	    TEST(when_a_holder_goes_another_is_asked_at_once),
	    TEST(a_silent_holder_is_passed_over),
	    TEST(one_after_the_other_is_asked),
	    TEST(a_slow_holder_is_waited_for),
	    TEST(when_a_holder_has_it_not_another_is_asked),
	    TEST(what_nobody_has_is_let_go),
	};

	assert_ok(seal_init());
	return cmocka_run_group_tests(tests, NULL, NULL);
}
