/* Two nodes with one key, or what looks like them: an older session, a store that was lost, members
 * that say so. */
#include "tests/proto/core_visitor.h"

#include "proto/kinds.h"

/* The same node comes again; what its dead session still brings is an answer to an older PING. */
static void an_older_pong_makes_no_twin(void **state)
{
	struct writer body = {0};
	struct puppet again;

	(void)state;
	world_network(&w, 2);
	member_connects();
	p.stays_silent = true;
	puppet_connect(&again, &w.nodes[0]);
	puppet_hello(&again, &author);
	assert_non_null(puppet_got(&p, MSG_PING));
	msg_number_encode(&body, 0);
	puppet_send(&p, MSG_PONG, &body);
	world_pump(&w);
	assert_null(puppet_got(&p, MSG_TWINS));
	assert_null(puppet_got(&again, MSG_TWINS));
	world_run(&w, 6000);
	assert_true(p.is_closed);
	assert_false(again.is_closed);
	puppet_release(&again);
}

/* The database is gone, keys and head.lock are not. */
static void a_lost_store_is_fetched_back_before_it_is_signed(void **state)
{
	struct node *one = &w.nodes[1];
	struct core_lock lock = {0};
	struct change_result result;
	struct writer ops = {0};
	struct kept_log *log;
	unsigned opens = 0;
	uint64_t request;

	(void)state;
	world_network(&w, 3);
	node_publish(one, 5, 0);
	world_run(&w, 3000);
	node_stop(one);
	node_lock_read(one, &one->person.log, &lock);
	assert_int_equal(lock.size, 6);
	kept_release(&one->store);
	change_put_lock(&ops, &(struct change_lock){.key = one->person.log,
				  .size = lock.size,
				  .root = lock.root,
				  .was_shown = lock.was_shown});
	kept_apply(&one->store, writer_view(&ops), &result);
	writer_release(&ops);
	node_start(one);
	world_run(&w, 60000);
	assert_int_equal(node_status(one).state, NODE_READY);
	request = node_publish(one, 2, 0);
	world_run(&w, 3000);
	assert_ok(node_reply(one, request)->err);
	assert_int_equal(node_head(&w.nodes[2], one), 8);
	assert_true(nodes_are_equal(one, &w.nodes[2]));
	assert_null(core_alarm(w.nodes[0].core, 0));
	log = kept_find(&one->store, &one->person.log);
	for (size_t i = 0; i < log->count; i++) {
		struct record record;
		struct reader r;
		reader_init(&r, writer_view(&log->records[i].bytes));
		assert_ok(record_read(&record, &r));
		opens += record.header.kind == KIND_LOG_OPEN;
	}
	assert_int_equal(opens, 1);
}

static void tell_twins(struct puppet *by)
{
	struct writer body = {0};

	msg_empty_encode(&body);
	puppet_send(by, MSG_TWINS, &body);
	world_pump(&w);
}

/* Nobody can prove it, and one member shall not keep another from signing, however often he says it. */
static void one_member_alone_is_not_believed_about_a_twin(void **state)
{
	struct node *zero = &w.nodes[0];
	uint64_t request;

	(void)state;
	world_network(&w, 2);
	member_connects();
	tell_twins(&p);
	tell_twins(&p);
	assert_false(p.is_closed);
	request = node_publish(zero, 1, 0);
	world_run(&w, 3000);
	assert_non_null(node_reply(zero, request));
	assert_ok(node_reply(zero, request)->err);
}

/* Who judges first may say it before the other side knows who is speaking; it is said once. */
static void a_twin_that_is_told_too_early_is_heard_later(void **state)
{
	struct node *zero = &w.nodes[0];
	struct msg_hello hello = {.store_id = {0xaa}, .digest = {{0xbb}}};
	struct writer body = {0};
	uint64_t request;

	(void)state;
	world_network(&w, 1);
	author_init(&author, &w, 4);
	world_admit_key(&w, "m4", &author.person.member, NULL);
	puppet_connect(&p, zero);
	puppet_introduce(&p, &author, &hello);
	assert_non_null(puppet_got(&p, MSG_OPEN_WANT));
	tell_twins(&p);
	assert_null(core_alarm(zero->core, 0));
	msg_open_encode(&body, &author.person.log,
	    writer_view(&kept_find(&author.store, &author.person.log)->records[0].bytes));
	puppet_send(&p, MSG_OPEN, &body);
	world_pump(&w);
	assert_false(p.is_closed);
	assert_non_null(core_alarm(zero->core, 0));
	request = node_publish(zero, 1, 0);
	world_run(&w, 3000);
	assert_non_null(node_reply(zero, request));
	assert_int_equal(node_status(zero).state, NODE_DRAFTS);
	assert_int_equal(node_status(zero).size, 1);
}

/* It is told while a record is being written, and another one waits behind. */
static void who_is_told_of_a_twin_by_two_signs_nothing_more(void **state)
{
	struct node *zero = &w.nodes[0];
	struct author other;
	struct puppet q;
	uint64_t first, second;

	(void)state;
	world_network(&w, 2);
	member_connects();
	author_init(&other, &w, 5);
	world_admit_key(&w, "m5", &other.person.member, NULL);
	puppet_connect(&q, &w.nodes[0]);
	puppet_hello(&q, &other);
	zero->is_disk_held = true;
	first = node_publish(zero, 1, 0);
	world_pump(&w);
	second = node_publish(zero, 1, 0);
	world_pump(&w);
	tell_twins(&p);
	tell_twins(&q);
	zero->is_disk_held = false;
	world_run(&w, 3000);
	assert_int_equal(node_status(zero).size, 1);
	assert_int_equal(kept_find(&zero->store, &zero->person.log)->head.size, 1);
	assert_non_null(node_reply(zero, first));
	assert_err(ERR_REFUSED, node_reply(zero, first)->err);
	assert_non_null(node_reply(zero, second));
	assert_err(ERR_REFUSED, node_reply(zero, second)->err);
	puppet_release(&q);
	author_release(&other);
}

#define TEST(name) cmocka_unit_test_teardown(name, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(an_older_pong_makes_no_twin),
	    TEST(a_lost_store_is_fetched_back_before_it_is_signed),
	    TEST(one_member_alone_is_not_believed_about_a_twin),
	    TEST(a_twin_that_is_told_too_early_is_heard_later),
	    TEST(who_is_told_of_a_twin_by_two_signs_nothing_more),
	};

	assert_ok(seal_init());
	return cmocka_run_group_tests(tests, NULL, NULL);
}
