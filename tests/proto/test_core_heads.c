/* A frame of heads is a claim for a signature each: they are verified a few in a turn, so that a node goes on answering
 * others, and only those that are about to be asked for. */
#include "tests/proto/core_visitor.h"

#include "proto/core_parts.h"

#define NEWS 200

static int set_up(void **state)
{
	struct node *zero = &w.nodes[0];

	(void)state;
	world_network(&w, 2);
	node_stop(zero);
	core_bounds_defaults(&zero->config.bounds);
	zero->config.bounds.wants_max = 2 * NEWS; /* room to ask for all at once */
	node_start(zero);
	author_init(&author, &w, 4);
	world_admit_key(&w, "m4", &author.person.member, NULL);
	world_run(&w, 20000);
	puppet_connect(&p, zero);
	puppet_hello(&p, &author);
	assert_false(p.is_closed);
	return 0;
}

/* Heads of logs that nobody knows; the signature of number `bad` is another's. */
static void send_news(unsigned bad)
{
	struct writer body = {0};

	msg_heads_begin(&body, &(struct msg_heads){.reason = HEADS_NEW, .count = NEWS});
	for (unsigned i = 0; i < NEWS; i++) {
		struct author nobody;
		struct checkpoint head;
		author_init(&nobody, &w, 20 + i);
		author_checkpoint(&nobody, 1, &head);
		if (i == bad)
			head.sig.b[0] ^= 1;
		msg_heads_add(&body, &head);
		author_release(&nobody);
	}
	puppet_send(&p, MSG_HEADS, &body);
}

/* Signatures verified until nothing is left to do at this time; never more in a turn than allowed. */
static unsigned verified(unsigned *turns)
{
	struct core *core = w.nodes[0].core;
	unsigned sum = 0;

	for (*turns = 0; !p.is_closed; (*turns)++) {
		core_time(core, world_time(&w));
		if (*turns)
			core_tick(core);
		else
			while (world_step(&w) && core->heads_verified == 0)
				;
		assert_in_range(core->heads_verified, 0, HEADS_VERIFIED_MAX);
		sum += core->heads_verified;
		world_pump(&w);
		if (core_deadline(core) > w.now)
			break;
	}
	return sum;
}

static unsigned asked_for(void)
{
	struct msg_want wants[MSG_WANTS_MAX];
	uint32_t count;
	unsigned sum = 0;

	for (unsigned i = 0; i < p.frame_count; i++)
		if (p.frames[i].type == MSG_WANT) {
			assert_ok(msg_want_decode(wants, &count, writer_view(&p.frames[i].body)));
			sum += count;
		}
	return sum;
}

static void many_heads_are_verified_over_several_turns(void **state)
{
	unsigned turns, before = asked_for();

	(void)state;
	send_news(NEWS);
	assert_int_equal(verified(&turns), NEWS);
	/* What comes takes half a turn's, what waits all of it. */
	assert_int_equal(turns, (NEWS - HEADS_VERIFIED_MAX / 2 - 1) / HEADS_VERIFIED_MAX + 1);
	assert_int_equal(asked_for() - before, NEWS);
	assert_false(p.is_closed);
	send_news(NEWS); /* asked for already */
	assert_int_equal(verified(&turns), 0);
	assert_int_equal(node_refused(&w.nodes[0]), 0);
}

static void a_bad_signature_in_a_later_turn_closes_all_the_same(void **state)
{
	unsigned turns, before = asked_for();

	(void)state;
	send_news(NEWS - 10);
	verified(&turns);
	assert_bye(&p, ERR_SIGNATURE);
	assert_int_equal(core_refused(w.nodes[0].core, ERR_SIGNATURE), 1);
	assert_in_range(asked_for() - before, 0, NEWS - 10);
}

/* What the node holds already is not worth a signature, be it a good one. */
static void heads_that_are_known_are_not_verified(void **state)
{
	struct node *one = &w.nodes[1];
	struct writer body = {0};
	struct log_info info;
	unsigned turns;

	(void)state;
	assert_true(node_log(one, &one->person.log, &info));
	msg_heads_begin(&body, &(struct msg_heads){.reason = HEADS_NEW, .count = 2});
	msg_heads_add(&body, &info.head);
	info.head.sig.b[0] ^= 1;
	msg_heads_add(&body, &info.head);
	puppet_send(&p, MSG_HEADS, &body);
	assert_int_equal(verified(&turns), 0);
	assert_false(p.is_closed);
}

/* Whoever told one head waits for his turn, not for the end of another's list. */
static void a_flood_of_heads_leaves_the_others_their_turn(void **state)
{
	struct core *core = w.nodes[0].core;
	struct author helper, nobody;
	struct puppet second;
	struct checkpoint head;
	struct msg_want want;
	unsigned turns = 0;

	(void)state;
	author_init(&helper, &w, 5);
	author_init(&nobody, &w, 600);
	world_admit_key(&w, "m5", &helper.person.member, NULL);
	world_run(&w, 2000);
	puppet_connect(&second, &w.nodes[0]);
	puppet_hello(&second, &helper);
	core->config.bounds.heads_verified_max = 4;
	send_news(NEWS);
	world_pump(&w);
	author_checkpoint(&nobody, 1, &head);
	puppet_head(&second, &head);
	while (!puppet_wanted(&second, &nobody.person.log, &want) && turns < NEWS) {
		core_time(core, world_time(&w));
		core_tick(core);
		world_pump(&w);
		turns++;
	}
	assert_in_range(turns, 0, 3);
	assert_true(asked_for() < NEWS / 2);
	puppet_release(&second);
	author_release(&helper);
	author_release(&nobody);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

/* A log that grows while it is fetched: what was told meanwhile is one head, not a row of them. */
static void of_heads_told_during_a_fetch_the_longest_comes_next(void **state)
{
	struct writer body = {0};
	struct checkpoint head;
	struct msg_want want;

	(void)state;
	for (unsigned i = 0; i < 9; i++) {
		author_write(&author, 128, i);
		author_checkpoint(&author, 2 + i, &head);
		puppet_head(&p, &head);
	}
	assert_true(puppet_wanted(&p, &author.person.log, &want));
	assert_int_equal(want.size, 2);
	author_batch(&author, &want, 10000, &body);
	puppet_send(&p, MSG_BATCH, &body);
	world_pump(&w);
	assert_true(puppet_wanted(&p, &author.person.log, &want));
	assert_int_equal(want.from, 2);
	assert_int_equal(want.size, 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(many_heads_are_verified_over_several_turns),
	    TEST(a_flood_of_heads_leaves_the_others_their_turn),
	    TEST(a_bad_signature_in_a_later_turn_closes_all_the_same),
	    TEST(heads_that_are_known_are_not_verified),
	    TEST(of_heads_told_during_a_fetch_the_longest_comes_next),
	};

	assert_ok(seal_init());
	return cmocka_run_group_tests(tests, NULL, NULL);
}
