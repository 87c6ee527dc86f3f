/* A crash anywhere between the append and the word that it is signed loses nothing; of a tail that was never signed only
 * what others say of it counts. */
#include "tests/proto/core_puppet.h"

static struct world w;

static int tear_down(void **state)
{
	(void)state;
	world_release(&w);
	return 0;
}

/* Publishes, and ends once the records are committed: with or without the lock, and before anybody heard of it. */
static void append_and_crash(struct node *n, unsigned count, bool is_locked)
{
	struct change_result result;
	struct writer kept = {0};
	const uint8_t *start;
	struct change op;
	struct reader r;
	uint64_t request;

	n->is_disk_held = true;
	request = node_publish(n, count, 0);
	world_pump(&w);
	assert_int_equal(n->change_count, 1);
	reader_init(&r, writer_view(&n->changes[0].data));
	for (start = r.at; change_next(&op, &r); start = r.at)
		if (op.op != CHANGE_LOCK || is_locked)
			writer_put(&kept, start, (size_t)(r.at - start));
	kept_apply(&n->store, writer_view(&kept), &result);
	writer_release(&kept);
	assert_null(node_reply(n, request));
	node_stop(n);
	n->is_disk_held = false;
}

static void a_crash_after_append_loses_nothing(bool is_locked)
{
	struct node *zero = &w.nodes[0], *one = &w.nodes[1];

	world_network(&w, 2);
	world_run(&w, 1000);
	append_and_crash(one, 4, is_locked);
	assert_int_equal(kept_find(&one->store, &one->person.log)->head.size, 1);
	node_start(one);
	world_run(&w, 3000);
	assert_int_equal(node_status(one).size, 5);
	assert_int_equal(node_head(zero, one), 5);
	assert_int_equal(kept_find(&one->store, &one->person.log)->head.size, 5);
}

static void a_crash_between_append_and_signature_loses_nothing(void **state)
{
	(void)state;
	a_crash_after_append_loses_nothing(false);
}

static void a_crash_between_signature_and_word_loses_nothing(void **state)
{
	(void)state;
	a_crash_after_append_loses_nothing(true);
}

/* Its author was told, and others have it; the checkpoint was to be stored with what is published next. */
static void a_crash_before_the_checkpoint_is_stored_loses_nothing(void **state)
{
	struct node *zero = &w.nodes[0], *one = &w.nodes[1];
	uint64_t request;

	(void)state;
	world_network(&w, 2);
	world_run(&w, 1000);
	request = node_publish(one, 4, 0);
	world_pump(&w);
	assert_ok(node_reply(one, request)->err);
	assert_int_equal(node_head(zero, one), 5);
	assert_int_equal(kept_find(&one->store, &one->person.log)->head.size, 1);
	node_stop(one);
	node_start_as(one, LOCK_LISTEN);
	world_run(&w, 3000);
	assert_int_equal(node_status(one).state, NODE_READY);
	assert_int_equal(node_status(one).size, 5);
	assert_int_equal(kept_find(&one->store, &one->person.log)->head.size, 5);
	assert_true(nodes_are_equal(zero, one));
}

/* An image that was written between append and signature, and went on elsewhere: what was appended here is not what was
 * signed there. */
static void go_on_from_an_unsigned_tail(unsigned tail)
{
	struct node *zero = &w.nodes[0], *one = &w.nodes[1];
	struct kept image, before;
	size_t journal;

	world_network(&w, 2);
	world_run(&w, 1000);
	journal = one->store.journal_count;
	append_and_crash(one, tail, false);
	kept_copy(&image, &one->store, one->store.journal_count);
	kept_copy(&before, &one->store, journal);
	kept_release(&one->store);
	one->store = before;
	world_run(&w, 5000);
	node_start(one);
	node_publish_sized(one, 1, 0, 700);
	world_run(&w, 30000);
	assert_int_equal(node_head(zero, one), 2);
	node_stop(one);
	kept_release(&one->store);
	one->store = image;
	one->config.store_id[5]++;
	node_start_as(one, LOCK_LISTEN);
	world_run(&w, 200000);
	assert_int_equal(node_status(one).state, NODE_DRAFTS);
	assert_int_equal(node_status(one).size, 1);
	assert_int_equal(core_refused(zero->core, ERR_FORK), 0);
	assert_non_null(core_alarm(one->core, 0));
}

static void another_head_of_the_size_of_an_unsigned_tail_stops_signing(void **state)
{
	(void)state;
	go_on_from_an_unsigned_tail(1);
}

static void another_head_within_an_unsigned_tail_stops_signing(void **state)
{
	(void)state;
	go_on_from_an_unsigned_tail(4);
}

/* The tail is what was signed: the lock and the head were not written yet when the machine stopped. */
static void the_same_head_within_an_unsigned_tail_is_a_word(void **state)
{
	struct node *zero = &w.nodes[0], *one = &w.nodes[1];
	struct kept image;
	struct log_info info;

	(void)state;
	world_network(&w, 2);
	world_run(&w, 1000);
	node_publish(one, 4, 0);
	while (!node_log(one, &one->person.log, &info) || info.stored < 5)
		assert_true(world_step(&w));
	kept_copy(&image, &one->store, one->store.journal_count);
	world_run(&w, 5000);
	assert_int_equal(node_head(zero, one), 5);
	node_stop(one);
	kept_release(&one->store);
	one->store = image;
	one->config.store_id[5]++;
	node_start_as(one, LOCK_LISTEN);
	world_run(&w, 60000);
	assert_int_equal(node_status(one).state, NODE_READY);
	assert_int_equal(node_status(one).size, 5);
	assert_true(nodes_are_equal(zero, one));
}

static void nothing_is_acknowledged_before_it_is_stored(void **state)
{
	struct node *zero = &w.nodes[0];
	uint64_t request;

	(void)state;
	world_network(&w, 1);
	zero->is_disk_held = true;
	request = node_publish(zero, 1, 0);
	world_run(&w, 10000);
	assert_null(node_reply(zero, request));
	assert_int_equal(node_status(zero).size, 1);
	node_stop(zero); /* and lost */
	zero->is_disk_held = false;
	node_start(zero);
	world_run(&w, 100);
	assert_int_equal(node_status(zero).size, 1);
}

#define TEST(name) cmocka_unit_test_teardown(name, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_crash_between_append_and_signature_loses_nothing),
	    TEST(a_crash_between_signature_and_word_loses_nothing),
	    TEST(a_crash_before_the_checkpoint_is_stored_loses_nothing),
	    TEST(another_head_of_the_size_of_an_unsigned_tail_stops_signing),
	    TEST(another_head_within_an_unsigned_tail_stops_signing),
	    TEST(the_same_head_within_an_unsigned_tail_is_a_word),
	    TEST(nothing_is_acknowledged_before_it_is_stored),
	};

	assert_ok(seal_init());
	return cmocka_run_group_tests(tests, NULL, NULL);
}
