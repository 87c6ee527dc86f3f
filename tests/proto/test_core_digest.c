/* When two nodes look closer at what they differ in, and when not: whoever still fetches holds something else with each
 * batch, and would be told again what it was told. PROTOCOL.md section 8, point 6. */
#include "tests/proto/core_visitor.h"

#include "proto/core_parts.h"

static uint8_t flavour; /* of the digests that were told */

static int set_up(void **state)
{
	(void)state;
	world_network(&w, 2);
	author_init(&author, &w, 4);
	world_admit_key(&w, "m4", &author.person.member, NULL);
	world_run(&w, 20000);
	puppet_connect(&p, &w.nodes[0]);
	puppet_hello(&p, &author);
	world_run(&w, 5000); /* what HELLO led to is over */
	assert_false(p.is_closed);
	return 0;
}

/* Another one than ever before. */
static void tell_digest(void)
{
	struct hash digest = {{0xdd, ++flavour}};
	struct writer body = {0};

	msg_digest_encode(&body, &digest, 0);
	puppet_send(&p, MSG_DIGEST, &body);
	world_pump(&w);
}

static void ask_for_records(void)
{
	struct msg_want want = {.log = w.nodes[1].person.log, .size = 1};
	struct writer body = {0};

	msg_want_encode(&body, &want, 1);
	puppet_send(&p, MSG_WANT, &body);
	world_pump(&w);
}

/* Frames of that type since the last count. */
static unsigned count(enum msg_type type)
{
	unsigned sum = 0;

	for (unsigned i = 0; i < p.frame_count; i++) {
		sum += p.frames[i].type == type;
		writer_release(&p.frames[i].body);
	}
	p.frame_count = 0;
	return sum;
}

/* Asks again and again for that long; how many BUCKETS it was told meanwhile. */
static unsigned fetch_for(int64_t ms)
{
	unsigned buckets = 0;

	for (int64_t i = 0; i < ms; i += SETTLE_MS / 2) {
		ask_for_records();
		world_run(&w, SETTLE_MS / 2);
		buckets += count(MSG_BUCKETS);
	}
	return buckets;
}

static void who_asks_for_nothing_is_compared_with_at_once(void **state)
{
	(void)state;
	count(MSG_BUCKETS);
	tell_digest();
	world_run(&w, 2 * SETTLE_MS);
	assert_int_equal(count(MSG_BUCKETS), 1);
}

static void who_fetches_is_not_compared_with_until_it_stops(void **state)
{
	(void)state;
	count(MSG_BUCKETS);
	ask_for_records();
	tell_digest();
	assert_int_equal(fetch_for(UNDER_WAY_MS_MAX / 2), 0);
	world_run(&w, 3 * SETTLE_MS);
	assert_int_equal(count(MSG_BUCKETS), 1);
}

static void a_minute_of_fetching_is_no_excuse(void **state)
{
	(void)state;
	count(MSG_BUCKETS);
	ask_for_records();
	tell_digest();
	assert_int_equal(fetch_for(UNDER_WAY_MS_MAX - 2 * SETTLE_MS), 0);
	assert_int_equal(fetch_for(4 * SETTLE_MS), 1);
	tell_digest();
	assert_int_equal(fetch_for(UNDER_WAY_MS_MAX - 2 * SETTLE_MS), 0);
}

/* A line that died does not say so. */
static void who_says_nothing_is_not_sent_them_again(void **state)
{
	struct writer body = {0};

	(void)state;
	count(MSG_BUCKETS);
	tell_digest();
	world_run(&w, PING_AFTER_MS - 2000);
	assert_int_equal(count(MSG_BUCKETS), 1);
	msg_number_encode(&body, 7);
	puppet_send(&p, MSG_PONG, &body);
	world_run(&w, 2 * BUCKETS_AGAIN_MS);
	assert_int_equal(count(MSG_BUCKETS), 1);
}

static void tell_buckets(void)
{
	struct hash buckets[BUCKET_COUNT] = {{{++flavour}}};
	struct writer body = {0};

	msg_buckets_encode(&body, buckets);
	puppet_send(&p, MSG_BUCKETS, &body);
	world_pump(&w);
}

static void buckets_are_answered_with_heads_and_buckets(void **state)
{
	unsigned heads = 0;

	(void)state;
	tell_digest();
	count(MSG_BUCKETS);
	tell_buckets();
	for (unsigned i = 0; i < p.frame_count; i++)
		heads += p.frames[i].type == MSG_HEADS;
	assert_in_range(heads, 1, 2);
	assert_int_equal(count(MSG_BUCKETS), 1);
}

static void a_node_that_fetches_answers_them_with_heads_alone(void **state)
{
	struct checkpoint head;
	struct msg_want want;
	unsigned heads = 0;

	(void)state;
	author_write(&author, 128, 1);
	author_checkpoint(&author, 2, &head);
	puppet_head(&p, &head);
	assert_true(puppet_wanted(&p, &author.person.log, &want));
	tell_digest();
	count(MSG_BUCKETS);
	tell_buckets();
	for (unsigned i = 0; i < p.frame_count; i++)
		heads += p.frames[i].type == MSG_HEADS;
	assert_in_range(heads, 1, 2);
	assert_int_equal(count(MSG_BUCKETS), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(who_asks_for_nothing_is_compared_with_at_once),
	    TEST(who_fetches_is_not_compared_with_until_it_stops),
	    TEST(a_minute_of_fetching_is_no_excuse),
	    TEST(who_says_nothing_is_not_sent_them_again),
	    TEST(buckets_are_answered_with_heads_and_buckets),
	    TEST(a_node_that_fetches_answers_them_with_heads_alone),
	};

	assert_ok(seal_init());
	return cmocka_run_group_tests(tests, NULL, NULL);
}
