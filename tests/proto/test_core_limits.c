/* What one peer, or one full disk, can cost: memory is bounded on both sides of a link, a guest gets
 * a guest's messages, and a store without room loses nothing but time. */
#include "tests/proto/core_visitor.h"

#include "proto/core_parts.h"

static void want_all(const struct key *log, uint64_t size, unsigned times)
{
	struct msg_want *wants = calloc(times, sizeof(*wants));
	struct writer body = {0};

	for (unsigned i = 0; i < times; i++)
		wants[i] = (struct msg_want){.log = *log, .size = size};
	msg_want_encode(&body, wants, times);
	puppet_send(&p, MSG_WANT, &body);
	free(wants);
}

static void publish_unseen(unsigned count)
{
	w.is_blocked[1][0] = true;
	world_cut_wires(&w);
	node_publish_sized(&w.nodes[0], count, 0, 1000);
	world_pump(&w);
	w.is_blocked[1][0] = false;
}

static struct wire *wire_of(const struct node *n)
{
	for (unsigned i = 0; i < w.wire_count; i++)
		if (!w.wires[i].is_gone && w.wires[i].ends[0] == n)
			return &w.wires[i];
	return NULL;
}

static void a_slow_disk_makes_a_node_stop_reading(void **state)
{
	struct node *zero = &w.nodes[0], *one = &w.nodes[1];
	size_t waiting = 0;

	(void)state;
	world_network(&w, 2);
	node_stop(one);
	node_stop(zero);
	zero->config.bounds.batch_raw_max = 5000;
	zero->config.bounds.send_queue_max = 20000;
	one->config.bounds.change_queue_max = 20000;
	node_start(zero);
	node_start(one);
	world_run(&w, 5000);
	publish_unseen(300);
	one->is_disk_held = true;
	world_run(&w, 20000);
	assert_true(wire_of(one)->is_paused[0]);
	for (size_t i = 0; i < one->change_count; i++)
		waiting += one->changes[i].data.size;
	assert_in_range(waiting, 20000, 20000 + 3 * 5000);
	one->is_disk_held = false;
	world_run(&w, 1000);
	assert_false(wire_of(one)->is_paused[0]);
	assert_int_equal(node_head(one, zero), 301);
	assert_true(nodes_are_equal(zero, one));
}

static void who_does_not_read_is_not_sent_more(void **state)
{
	struct node *zero = &w.nodes[0];

	(void)state;
	world_network(&w, 2);
	node_stop(zero);
	zero->config.bounds.batch_raw_max = 20000;
	zero->config.bounds.send_queue_max = 400000;
	node_start(zero);
	world_run(&w, 20000);
	node_publish_sized(zero, 300, 0, 1000);
	world_run(&w, 1000);
	member_connects();
	p.wire->is_stuck[0] = true; /* nothing arrives there */
	want_all(&zero->person.log, 301, 200);
	world_pump(&w);
	assert_in_range(p.wire->to[0].size, 100000, 100000 + 3 * 20000);
	assert_false(p.is_closed);
	want_all(&zero->person.log, 301, 256);
	want_all(&zero->person.log, 301, 256);
	want_all(&zero->person.log, 301, 256);
	world_pump(&w);
	assert_in_range(p.wire->to[0].size, 100000, 100000 + 3 * 20000);
	want_all(&zero->person.log, 301, 256); /* more than four messages' worth are owed */
	world_pump(&w);
	assert_int_equal(core_refused(zero->core, ERR_LIMIT), 1);
	p.wire->is_gone = true;
}

static void drop(void *context, struct bytes in)
{
	(void)context;
	(void)in;
}

/* Always one more WANT before the last is answered: what was answered is not kept. */
static void a_list_that_is_never_empty_does_not_grow(void **state)
{
	struct node *zero = &w.nodes[0];
	struct session *s;

	(void)state;
	world_network(&w, 2);
	node_stop(zero);
	zero->config.bounds.send_queue_max = 4;
	node_start(zero);
	world_run(&w, 20000);
	member_connects();
	s = session_find(zero->core, p.wire->conns[1]);
	assert_non_null(s);
	p.wire->foreign.take = drop;
	want_all(&zero->person.log, 1, 40);
	for (unsigned i = 0; i < 3000; i++) {
		want_all(&zero->person.log, 1, 1);
		world_step(&w);
		assert_true(s->serve.count > s->serve.first);
	}
	assert_true(s->serve.capacity <= 512);
	world_pump(&w);
	assert_int_equal(s->serve.count, s->serve.first);
}

static void who_does_not_read_what_is_pushed_is_dropped(void **state)
{
	struct node *zero = &w.nodes[0], *one = &w.nodes[1];

	(void)state;
	world_network(&w, 2);
	node_stop(zero);
	zero->config.bounds.send_queue_max = 100000;
	node_start(zero);
	world_run(&w, 20000);
	member_connects();
	p.wire->is_stuck[0] = true;
	for (unsigned i = 0; i < 12; i++) {
		node_publish_sized(zero, 400, 0, 1000);
		world_pump(&w);
	}
	assert_int_equal(core_refused(zero->core, ERR_QUEUE), 1);
	assert_int_equal(node_status(zero).sessions, 1);
	assert_true(p.wire->to[0].size < 100000 + 2 * FRAME_SIZE_MAX);
	assert_true(nodes_are_equal(zero, one)); /* others are served on */
	p.wire->is_gone = true;
}

static void a_full_store_takes_the_records_of_others_when_there_is_room(void **state)
{
	struct node *zero = &w.nodes[0], *one = &w.nodes[1];

	(void)state;
	world_network(&w, 2);
	one->disk_err = ERR_FULL;
	node_publish(zero, 5, 0);
	world_run(&w, 5000);
	assert_int_equal(node_status(one).state, NODE_FULL);
	assert_int_equal(node_head(one, zero), 1);
	assert_int_equal(node_status(zero).sessions, 1); /* nobody's fault */
	assert_int_equal(node_refused(zero) + node_refused(one), 0);
	one->disk_err = ERR_NONE;
	world_run(&w, 60000);
	assert_int_equal(node_status(one).state, NODE_READY);
	assert_int_equal(node_head(one, zero), 6);
	assert_true(nodes_are_equal(zero, one));
}

static void a_full_store_acknowledges_nothing_of_its_own(void **state)
{
	struct node *zero = &w.nodes[0];
	uint64_t first, second;

	(void)state;
	world_network(&w, 2);
	zero->disk_err = ERR_FULL;
	first = node_publish(zero, 5, 0);
	world_run(&w, 1000);
	assert_err(ERR_FULL, node_reply(zero, first)->err);
	assert_int_equal(node_status(zero).size, 1);
	zero->disk_err = ERR_NONE;
	world_run(&w, 60000);
	second = node_publish(zero, 2, 0);
	world_run(&w, 60000);
	assert_ok(node_reply(zero, second)->err);
	assert_int_equal(node_status(zero).size, 3);
	assert_int_equal(node_status(zero).state, NODE_READY);
	assert_true(nodes_are_equal(zero, &w.nodes[1]));
}

/* The records are there, locked and signed: their author was told, and others have them. */
static void a_checkpoint_that_did_not_fit_is_stored_later(void **state)
{
	struct node *zero = &w.nodes[0];
	struct log_info info;

	(void)state;
	world_network(&w, 2);
	node_publish(zero, 5, 0);
	while (!node_log(zero, &zero->person.log, &info) || info.stored < 6)
		assert_true(world_step(&w));
	zero->disk_err = ERR_FULL;
	world_run(&w, 1000);
	assert_int_equal(node_status(zero).size, 6);
	assert_int_equal(node_status(zero).state, NODE_FULL);
	assert_int_equal(kept_find(&zero->store, &zero->person.log)->head.size, 1);
	zero->disk_err = ERR_NONE;
	world_run(&w, 60000);
	assert_int_equal(node_status(zero).state, NODE_READY);
	assert_int_equal(kept_find(&zero->store, &zero->person.log)->head.size, 6);
	assert_true(nodes_are_equal(zero, &w.nodes[1]));
}

/* --- guests ---------------------------------------------------------------------------------- */

static void a_guest_may_fetch_the_roster(void **state)
{
	struct peer_info peer;
	struct batch batch;

	(void)state;
	world_network(&w, 2);
	guest_comes(&p, &author, 4);
	assert_true(core_peer(w.nodes[0].core, 1, &peer) && peer.is_guest);
	want_all(&w.keeper, 2, 1);
	world_pump(&w);
	assert_ok(batch_decode(&batch, writer_view(&puppet_got(&p, MSG_BATCH)->body)));
	assert_int_equal(batch.count, 2);
	assert_null(puppet_got(&p, MSG_HEADS));
	assert_int_equal(node_refused(&w.nodes[0]), 0);
}

static void a_guest_that_wants_a_log_is_cut_off(void **state)
{
	(void)state;
	world_network(&w, 2);
	guest_comes(&p, &author, 4);
	want_all(&w.nodes[0].person.log, 1, 1);
	world_pump(&w);
	assert_bye(&p, ERR_STATE);
	assert_null(puppet_got(&p, MSG_BATCH));
	assert_int_equal(node_refused(&w.nodes[0]), 1);
}

static void a_guest_that_wants_another_log_open_is_cut_off(void **state)
{
	struct writer body = {0};

	(void)state;
	world_network(&w, 2);
	guest_comes(&p, &author, 4);
	msg_open_want_encode(&body, &w.nodes[1].person.log);
	puppet_send(&p, MSG_OPEN_WANT, &body);
	world_pump(&w);
	assert_bye(&p, ERR_STATE);
}

static void a_guest_speaks_a_guests_messages_only(void **state)
{
	static const enum msg_type types[] = {MSG_HEADS, MSG_PUSH, MSG_HAVE, MSG_DIGEST,
	    MSG_BUCKETS, MSG_PAYLOAD_WANT, MSG_PAYLOADS, MSG_TWINS, MSG_NEWS};

	(void)state;
	world_network(&w, 2);
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		struct writer body = {0};
		guest_comes(&p, &author, 4);
		mp_put_array(&body, 0);
		puppet_send(&p, types[i], &body);
		world_pump(&w);
		assert_bye(&p, ERR_STATE);
		puppet_release(&p);
		author_release(&author);
	}
	assert_int_equal(
	    core_refused(w.nodes[0].core, ERR_STATE), sizeof(types) / sizeof(types[0]));
	assert_int_equal(node_refused(&w.nodes[0]), sizeof(types) / sizeof(types[0]));
}

static void a_guest_that_comes_too_soon_waits_for_the_roster_to_admit_it(void **state)
{
	struct peer_info peer;

	(void)state;
	world_network(&w, 2);
	guest_comes(&p, &author, 4);
	world_admit_key(&w, "m4", &author.person.member, NULL);
	world_run(&w, 500);
	assert_true(core_peer(w.nodes[0].core, 1, &peer) && !peer.is_guest);
	assert_int_equal(node_status(&w.nodes[0]).sessions, 2);
	assert_non_null(puppet_got(&p, MSG_DIGEST));
}

/* --- pace ------------------------------------------------------------------------------------ */

/* Node 0 takes little of a member in a day of ten minutes. */
static void pace_network(uint64_t bytes, uint32_t logs, uint32_t proposals)
{
	struct node *zero = &w.nodes[0];

	world_network(&w, 3);
	node_stop(zero);
	zero->config.bounds.day_ms = 600000;
	zero->config.bounds.member_day_bytes = bytes;
	zero->config.bounds.member_day_logs = logs;
	zero->config.bounds.member_day_proposals = proposals;
	node_start(zero);
	world_run(&w, 20000);
	assert_null(core_alarm(zero->core, 0));
}

/* What goes beyond waits, is said, keeps nobody else's back, and comes the next day. */
static void bytes_beyond_the_pace_of_a_member_wait_for_tomorrow(void **state)
{
	struct node *zero = &w.nodes[0], *one = &w.nodes[1], *two = &w.nodes[2];

	(void)state;
	pace_network(20000, 10, 10);
	for (unsigned i = 0; i < 5; i++) {
		node_publish_sized(one, 10, 0, 1000);
		world_run(&w, 1000);
	}
	node_publish_sized(two, 3, 0, 1000);
	world_run(&w, 100000);
	assert_int_equal(node_head(zero, one), 21);
	assert_int_equal(node_head(zero, two), 4);
	assert_int_equal(node_refused(zero), 0);
	assert_int_equal(node_status(zero).sessions, 2);
	assert_non_null(core_alarm(zero->core, 0));
	assert_null(core_alarm(zero->core, 1));
	world_run(&w, 600000);
	assert_int_equal(node_head(zero, one), 51);
	assert_true(nodes_are_equal(zero, one));
	assert_null(core_alarm(zero->core, 0));
}

/* What finds no room is fetched again and again; it was not taken. */
static void what_could_not_be_stored_is_not_charged(void **state)
{
	struct node *zero = &w.nodes[0], *one = &w.nodes[1];

	(void)state;
	pace_network(20000, 10, 10);
	zero->disk_err = ERR_FULL;
	node_publish_sized(one, 10, 0, 1000);
	world_run(&w, 60000);
	zero->disk_err = ERR_NONE;
	world_run(&w, 400000);
	assert_int_equal(node_head(zero, one), 11);
	assert_true(nodes_are_equal(zero, one));
	assert_null(core_alarm(zero->core, 0));
}

static void bytes_within_the_pace_do_not_wait(void **state)
{
	struct node *zero = &w.nodes[0], *one = &w.nodes[1];

	(void)state;
	pace_network(100000, 10, 10);
	for (unsigned i = 0; i < 5; i++) {
		node_publish_sized(one, 10, 0, 1000);
		world_run(&w, 1000);
	}
	assert_int_equal(node_head(zero, one), 51);
	assert_null(core_alarm(zero->core, 0));
}

static void new_logs_beyond_the_pace_wait_for_tomorrow(void **state)
{
	struct node *zero = &w.nodes[0];
	struct author more[3];
	struct checkpoint head;
	struct msg_want want = {0};
	unsigned taken = 0;

	(void)state;
	pace_network(1000000, 2, 10);
	zero->core->config.bounds.day_ms = 20000;
	member_connects();
	for (unsigned round = 0; round < 2; round++) {
		for (unsigned i = 0; i < 3; i++) {
			struct writer body = {0};
			struct log_info info;
			if (round == 0)
				author_init_log(&more[i], &w, 4, 2 + i);
			author_checkpoint(&more[i], 1, &head);
			puppet_head(&p, &head);
			if (node_log(zero, &more[i].person.log, &info))
				continue;
			assert_true(puppet_wanted(&p, &more[i].person.log, &want));
			author_batch(&more[i], &want, 10000, &body);
			puppet_send(&p, MSG_BATCH, &body);
			world_pump(&w);
			taken += node_log(zero, &more[i].person.log, &info);
			assert_false(p.is_closed);
		}
		assert_int_equal(taken, round == 0 ? 2 : 3);
		assert_int_equal(core_alarm(zero->core, 0) != NULL, round == 0);
		for (; p.frame_count; p.frame_count--)
			writer_release(&p.frames[p.frame_count - 1].body);
		puppet_head(&p, &head); /* the last one again: not asked for today */
		assert_false(puppet_wanted(&p, &more[2].person.log, &want));
		world_run(&w, 20000);
	}
	assert_int_equal(node_refused(zero), 0);
	for (unsigned i = 0; i < 3; i++)
		author_release(&more[i]);
}

static void proposals_beyond_the_pace_wait_for_tomorrow(void **state)
{
	struct node *zero = &w.nodes[0], *one = &w.nodes[1];
	struct writer payload = {0};

	(void)state;
	pace_network(1000000, 10, 2);
	practice(&payload, 7, 10);
	for (unsigned i = 0; i < 4; i++) {
		struct publish_item item = {i < 3 ? 4 : 128, writer_view(&payload)};
		core_time(one->core, world_time(&w));
		core_publish(one->core, 9000 + i, &item, 1, 0);
		world_run(&w, 1000);
	}
	writer_release(&payload);
	assert_int_equal(node_status(one).size, 5);
	assert_int_equal(node_head(zero, one), 3);
	assert_non_null(core_alarm(zero->core, 0));
	world_run(&w, 600000);
	assert_int_equal(node_head(zero, one), 5);
	assert_null(core_alarm(zero->core, 0));
}

#define TEST(name) cmocka_unit_test_teardown(name, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_slow_disk_makes_a_node_stop_reading),
	    TEST(who_does_not_read_is_not_sent_more),
	    TEST(a_list_that_is_never_empty_does_not_grow),
	    TEST(who_does_not_read_what_is_pushed_is_dropped),
	    TEST(a_full_store_takes_the_records_of_others_when_there_is_room),
	    TEST(a_full_store_acknowledges_nothing_of_its_own),
	    TEST(a_checkpoint_that_did_not_fit_is_stored_later),
	    TEST(bytes_beyond_the_pace_of_a_member_wait_for_tomorrow),
	    TEST(what_could_not_be_stored_is_not_charged),
	    TEST(bytes_within_the_pace_do_not_wait),
	    TEST(new_logs_beyond_the_pace_wait_for_tomorrow),
	    TEST(proposals_beyond_the_pace_wait_for_tomorrow),
	    TEST(a_guest_may_fetch_the_roster),
	    TEST(a_guest_that_wants_a_log_is_cut_off),
	    TEST(a_guest_that_wants_another_log_open_is_cut_off),
	    TEST(a_guest_speaks_a_guests_messages_only),
	    TEST(a_guest_that_comes_too_soon_waits_for_the_roster_to_admit_it),
	};

	assert_ok(seal_init());
	return cmocka_run_group_tests(tests, NULL, NULL);
}
