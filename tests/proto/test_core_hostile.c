/* What a stranger, a guest or one member does in order to harm, and what it must not get: a roster
 * put under a false key, places, memory, other people's sessions. */
#include "tests/proto/core_visitor.h"

#include "proto/kinds.h"

/* The network's genesis as the first leaf of a log under any key, and the head that goes with it. */
static void false_roster(struct writer *batch, struct checkpoint *head, const struct person *keeper)
{
	struct batch b = {.key = keeper->log, .count = 1, .size = 1};
	struct writer record = {0};
	struct frontier at = {0};

	record_create(&record, KIND_ROSTER_ENTRY, (struct mtime){WALL_START}, NULL, w.genesis_salt,
	    writer_view(&w.genesis));
	frontier_append(&at, &w.network, NULL, NULL);
	*head = (struct checkpoint){.log = keeper->log, .size = 1};
	frontier_root(&at, &head->root);
	assert_ok(checkpoint_sign(head, &w.network, &keeper->log_sk));
	batch_encode(batch, &b, writer_view(&record));
	writer_release(&record);
}

/* A stranger comes to a node that has no roster yet. */
static void stranger_meets_newcomer(struct node *newcomer)
{
	world_init(&w);
	author_init(&author, &w, 4);
	node_start(newcomer);
	world_pump(&w);
	stranger_comes(&p, &author, newcomer, 1);
}

static void a_roster_under_another_key_than_the_keepers_is_refused(void **state)
{
	struct node *one = &w.nodes[1];
	struct writer batch = {0}, body = {0};
	struct checkpoint head;
	struct msg_want want;
	struct key log;
	uint64_t size;

	(void)state;
	stranger_meets_newcomer(one);
	false_roster(&batch, &head, &author.person);
	msg_roster_encode(&body, &head);
	puppet_send(&p, MSG_ROSTER, &body);
	world_pump(&w);
	assert_true(puppet_wanted(&p, &head.log, &want));
	puppet_send(&p, MSG_BATCH, &batch);
	world_pump(&w);
	assert_bye(&p, ERR_NETWORK);
	assert_false(core_roster_log(one->core, &log, &size));
	assert_int_equal(one->store.log_count, 1); /* its own */
}

static void guests_take_no_more_places_than_strangers(void **state)
{
	struct node *zero = &w.nodes[0];
	struct puppet guests[4];
	struct author authors[4];

	(void)state;
	world_network(&w, 2);
	node_stop(zero);
	zero->config.bounds.handshakes_max = 3;
	zero->config.bounds.sessions_max = 4;
	node_start(zero);
	world_run(&w, 20000);
	for (unsigned i = 0; i < 4; i++)
		guest_comes(&guests[i], &authors[i], 10 + i);
	assert_true(guests[0].is_closed);
	assert_false(guests[1].is_closed || guests[2].is_closed || guests[3].is_closed);
	assert_int_equal(node_status(zero).sessions, 1);
	for (unsigned i = 0; i < 4; i++) {
		puppet_release(&guests[i]);
		author_release(&authors[i]);
	}
}

/* Heads of logs that nobody knows, each with a good signature, `count` times over. */
static void heads_of_nobody(unsigned count)
{
	struct writer body = {0};

	msg_heads_begin(&body, &(struct msg_heads){.reason = HEADS_NEW, .count = count});
	for (unsigned i = 0; i < count; i++) {
		struct author nobody;
		struct checkpoint head;
		author_init(&nobody, &w, 50 + i);
		author_checkpoint(&nobody, 1, &head);
		msg_heads_add(&body, &head);
		author_release(&nobody);
	}
	puppet_send(&p, MSG_HEADS, &body);
	world_pump(&w);
}

static void heads_that_wait_are_bounded(void **state)
{
	struct core_bounds bounds;
	struct peer_info peer = {0};

	(void)state;
	world_network(&w, 2);
	core_bounds_defaults(&bounds);
	bounds.plans_max = 5;
	bounds.wants_max = 2;
	restart_with(&w.nodes[0], bounds);
	member_connects();
	for (unsigned i = 0; i < 4; i++)
		heads_of_nobody(20);
	for (size_t i = 0; core_peer(w.nodes[0].core, i, &peer); i++)
		if (strcmp(peer.member, "m4") == 0)
			break;
	assert_string_equal(peer.member, "m4");
	assert_in_range(peer.ahead, 1, 7);
	assert_false(p.is_closed);
}

static void heads_that_found_no_room_are_told_again(void **state)
{
	struct core_bounds bounds;

	(void)state;
	world_network(&w, 5);
	core_bounds_defaults(&bounds);
	bounds.plans_max = bounds.wants_max = 1;
	node_stop(&w.nodes[1]);
	for (unsigned i = 2; i < 5; i++)
		node_publish(&w.nodes[i], 3, 0);
	world_run(&w, 3000);
	w.nodes[1].config.bounds = bounds;
	node_start(&w.nodes[1]);
	world_run(&w, 60000);
	assert_int_equal(node_head(&w.nodes[1], &w.nodes[4]), 4);
	assert_true(nodes_are_equal(&w.nodes[0], &w.nodes[1]));
}

/* Another member tells the head of a log whose first records have just come, and not its last. */
static void a_log_that_comes_into_being_is_fetched_once(void **state)
{
	struct puppet other;
	struct author five;
	struct checkpoint head;
	struct msg_want want = {0}, second = {0};
	struct writer batch = {0};

	(void)state;
	world_network(&w, 2);
	author_init(&five, &w, 5);
	world_admit_key(&w, "m5", &five.person.member, NULL);
	member_connects();
	puppet_connect(&other, &w.nodes[0]);
	puppet_hello(&other, &five);
	for (unsigned i = 0; i < 9; i++)
		author_write(&author, 128, i);
	author_checkpoint(&author, 10, &head);
	puppet_head(&p, &head);
	assert_true(puppet_wanted(&p, &head.log, &want));
	author_batch(&author, &want, 600, &batch);
	puppet_send(&p, MSG_BATCH, &batch);
	world_pump(&w);
	want.from = kept_find(&w.nodes[0].store, &head.log)->count;
	assert_in_range(want.from, 1, 9);
	puppet_head(&other, &head);
	if (puppet_wanted(&other, &head.log, &second)) { /* then it is answered */
		author_batch(&author, &want, UINT32_MAX, &batch);
		puppet_send(&p, MSG_BATCH, &batch);
		world_pump(&w);
		author_batch(&author, &second, UINT32_MAX, &batch);
		puppet_send(&other, MSG_BATCH, &batch);
	} else {
		author_batch(&author, &want, UINT32_MAX, &batch);
		puppet_send(&p, MSG_BATCH, &batch);
	}
	world_pump(&w);
	assert_int_equal(kept_find(&w.nodes[0].store, &head.log)->head.size, 10);
	assert_false(p.is_closed || other.is_closed);
	assert_int_equal(node_refused(&w.nodes[0]), 0);
	puppet_release(&other);
	author_release(&five);
}

/* A member asks for payloads of which some lie where nothing is served. */
static void payloads_that_are_not_served_are_not_held(void **state)
{
	struct msg_payload_want wants[] = {{.index = 1}, {.index = 0}};
	static const uint8_t states[] = {RECORD_NOT_HELD, RECORD_PRESENT};
	struct writer body = {0};
	struct msg_payload got;
	struct reader items;
	uint32_t count;

	(void)state;
	world_network(&w, 2);
	member_connects();
	for (unsigned i = 0; i < 2; i++)
		wants[i].log = w.nodes[0].person.log;
	for (unsigned i = 0; i < 2; i++) {
		msg_payload_want_encode(&body, wants + i, 2 - i);
		puppet_send(&p, MSG_PAYLOAD_WANT, &body);
		world_pump(&w);
		assert_false(p.is_closed);
		assert_non_null(puppet_got(&p, MSG_PAYLOADS));
		assert_ok(msg_payloads_decode(
		    &items, &count, writer_view(&puppet_got(&p, MSG_PAYLOADS)->body)));
		assert_int_equal(count, 1);
		assert_ok(msg_payloads_next(&items, &got));
		assert_int_equal(got.index, wants[i].index);
		assert_int_equal(got.state, states[i]);
	}
	assert_int_equal(node_refused(&w.nodes[0]), 0);
}

static void author_announce(struct author *a, unsigned number)
{
	struct writer payload = {0}, record = {0};
	const uint8_t salt[RECORD_SALT_SIZE] = {(uint8_t)number, 6};
	char address[CORE_ADDRESS_MAX];

	mp_put_map(&payload, 1);
	mp_put_cstr(&payload, "addresses");
	mp_put_array(&payload, ADDRESSES_MAX);
	for (unsigned i = 0; i < ADDRESSES_MAX; i++) {
		hex_encode(address, BYTES(a->person.transport.b));
		snprintf(address + 64, 64, "@198.51.100.%u:%u", number, i + 1);
		mp_put_cstr(&payload, address);
	}
	record_create(&record, KIND_NODE_ANNOUNCE, (struct mtime){WALL_START}, NULL, salt,
	    writer_view(&payload));
	author_append(a, writer_view(&record), 1);
	writer_release(&payload);
	writer_release(&record);
}

static unsigned count_addresses(const char *part)
{
	struct peer_info peer;
	unsigned count = 0;

	for (size_t i = 0; core_peer(w.nodes[0].core, i, &peer); i++)
		count += strstr(peer.address, part) != NULL;
	return count;
}

static void a_log_has_the_addresses_it_announced_last(void **state)
{
	struct peer_info peer;
	struct checkpoint head;
	struct msg_want want;
	struct writer batch = {0}, body = {0};

	(void)state;
	world_network(&w, 2);
	member_connects();
	for (unsigned i = 1; i <= 5; i++) {
		author_announce(&author, i);
		author_checkpoint(&author, i + 1, &head);
		puppet_head(&p, &head);
		assert_true(puppet_wanted(&p, &head.log, &want));
		author_batch(&author, &want, UINT32_MAX, &batch);
		puppet_send(&p, MSG_BATCH, &batch);
		world_pump(&w);
	}
	assert_int_equal(node_refused(&w.nodes[0]), 0);
	assert_int_equal(count_addresses("@198.51.100."), 0); /* it is connected: nobody dials it */
	msg_bye_encode(&body, "gone");
	puppet_send(&p, MSG_BYE, &body);
	world_pump(&w);
	assert_true(p.is_closed);
	assert_int_equal(count_addresses("@198.51.100.5:"), ADDRESSES_MAX);
	assert_int_equal(count_addresses("@198.51.100."), ADDRESSES_MAX);
	for (size_t i = 0; core_peer(w.nodes[0].core, i, &peer); i++)
		if (strstr(peer.address, "@198.51.100.5:"))
			assert_string_equal(peer.member, "m4");
}

/* `count` times the same question before any answer can be there. */
static void ask_often(enum msg_type type, unsigned count)
{
	struct msg_payload_want want = {.log = w.nodes[0].person.log};
	struct writer body = {0};

	world_network(&w, 2);
	member_connects();
	for (unsigned i = 0; i < count; i++) {
		if (type == MSG_OPEN_WANT)
			msg_open_want_encode(&body, &want.log);
		else
			msg_payload_want_encode(&body, &want, 1);
		puppet_send(&p, type, &body);
	}
	world_pump(&w);
}

static void as_many_questions_as_are_allowed_are_answered(void **state)
{
	(void)state;
	ask_often(MSG_PAYLOAD_WANT, 8);
	assert_false(p.is_closed);
}

static void more_questions_than_are_allowed_end_the_session(void **state)
{
	(void)state;
	ask_often(MSG_PAYLOAD_WANT, 8 + 1);
	assert_bye(&p, ERR_LIMIT);
}

static void too_many_questions_for_a_log_open_end_the_session(void **state)
{
	(void)state;
	ask_often(MSG_OPEN_WANT, 8 + 1);
	assert_bye(&p, ERR_LIMIT);
}

/* One who is asked for two logs brings a little of the one, so that the session lasts, and nothing of
 * the other; somebody else has it. */
static void who_holds_a_log_back_is_passed_over(void **state)
{
	struct puppet other;
	struct author five, seven;
	struct checkpoint head, bait;
	struct msg_want want = {0}, baited = {0};
	struct writer batch = {0}, number = {0};
	struct batch part;

	(void)state;
	world_network(&w, 2);
	author_init(&five, &w, 5);
	author_init(&seven, &w, 7);
	world_admit_key(&w, "m5", &five.person.member, NULL);
	world_admit_key(&w, "m7", &seven.person.member, NULL);
	member_connects();
	puppet_connect(&other, &w.nodes[0]);
	puppet_hello(&other, &five);
	for (unsigned i = 0; i < 9; i++) {
		author_write(&author, 128, i);
		author_write(&seven, 128, i);
	}
	author_checkpoint(&author, 10, &bait);
	author_checkpoint(&seven, 10, &head);
	puppet_head(&p, &bait); /* answered first, as it is asked for first */
	puppet_head(&p, &head);
	assert_true(puppet_wanted(&p, &bait.log, &baited));
	assert_true(puppet_wanted(&p, &head.log, &want));
	puppet_head(&other, &head);
	for (unsigned i = 0; i < 14; i++) {			       /* it talks on */
		assert_false(puppet_wanted(&other, &head.log, &want)); /* it may yet come */
		world_run(&w, 4000);
		if (i == 10) {
			author_batch(&author, &baited, 600, &batch);
			assert_ok(batch_decode(&part, writer_view(&batch)));
			baited.from += part.count;
			puppet_send(&p, MSG_BATCH, &batch);
		}
		msg_number_encode(&number, 7);
		puppet_send(&p, MSG_PING, &number);
	}
	world_run(&w, 10000);
	assert_false(p.is_closed);
	assert_true(puppet_wanted(&other, &head.log, &want));
	author_batch(&seven, &want, UINT32_MAX, &batch);
	puppet_send(&other, MSG_BATCH, &batch);
	world_pump(&w);
	assert_int_equal(kept_find(&w.nodes[0].store, &head.log)->head.size, 10);
	author_batch(&author, &baited, UINT32_MAX, &batch);
	puppet_send(&p, MSG_BATCH, &batch);
	author_batch(&seven, &want, UINT32_MAX, &batch); /* late, and no fault */
	puppet_send(&p, MSG_BATCH, &batch);
	world_pump(&w);
	assert_false(p.is_closed || other.is_closed);
	assert_int_equal(node_refused(&w.nodes[0]), 0);
	puppet_release(&other);
	author_release(&five);
	author_release(&seven);
}

static void a_member_with_many_logs_takes_a_few_places(void **state)
{
	struct puppet nodes[MEMBER_SESSIONS_MAX + 1];
	struct author logs[MEMBER_SESSIONS_MAX + 1];

	(void)state;
	world_network(&w, 2);
	for (unsigned i = 0; i <= MEMBER_SESSIONS_MAX; i++) {
		author_init_log(&logs[i], &w, 4, i + 1);
		if (i == 0)
			world_admit_key(&w, "m4", &logs[0].person.member, NULL);
		puppet_connect(&nodes[i], &w.nodes[0]);
		puppet_hello(&nodes[i], &logs[i]);
		assert_int_equal(nodes[i].is_closed, i == MEMBER_SESSIONS_MAX);
	}
	assert_bye(&nodes[MEMBER_SESSIONS_MAX], ERR_LIMIT);
	assert_int_equal(node_status(&w.nodes[0]).sessions, 1 + MEMBER_SESSIONS_MAX);
	for (unsigned i = 0; i <= MEMBER_SESSIONS_MAX; i++) {
		puppet_release(&nodes[i]);
		author_release(&logs[i]);
	}
}

/* The disk of node 1 stands still for longer than a peer may be silent. */
static void a_stalled_disk_is_not_the_peers_silence(void **state)
{
	struct node *zero = &w.nodes[0], *one = &w.nodes[1];

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
	w.is_blocked[1][0] = true;
	world_cut_wires(&w);
	node_publish_sized(zero, 300, 0, 1000);
	world_pump(&w);
	w.is_blocked[1][0] = false;
	one->is_disk_held = true;
	world_run(&w, 80000); /* and no deadline stands still with it */
	one->is_disk_held = false;
	world_run(&w, 2000);
	assert_int_equal(node_refused(zero) + node_refused(one), 0);
	assert_int_equal(node_head(one, zero), 301);
	assert_true(nodes_are_equal(zero, one));
}

static void a_full_node_waits_for_a_place(void **state)
{
	struct node *zero = &w.nodes[0];
	struct core_bounds bounds;

	(void)state;
	world_network(&w, 2);
	core_bounds_defaults(&bounds);
	bounds.sessions_max = 1;
	node_peer(zero, &w.nodes[3]); /* which does not run */
	restart_with(zero, bounds);
	world_run(&w, 60000);
	assert_int_equal(node_status(zero).sessions, 1);
	assert_true(core_deadline(zero->core) > w.now);
}

#define TEST(name) cmocka_unit_test_teardown(name, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_roster_under_another_key_than_the_keepers_is_refused),
	    TEST(guests_take_no_more_places_than_strangers),
	    TEST(heads_that_wait_are_bounded),
	    TEST(heads_that_found_no_room_are_told_again),
	    TEST(a_log_that_comes_into_being_is_fetched_once),
	    TEST(payloads_that_are_not_served_are_not_held),
	    TEST(a_log_has_the_addresses_it_announced_last),
	    TEST(as_many_questions_as_are_allowed_are_answered),
	    TEST(more_questions_than_are_allowed_end_the_session),
	    TEST(too_many_questions_for_a_log_open_end_the_session),
	    TEST(who_holds_a_log_back_is_passed_over),
	    TEST(a_member_with_many_logs_takes_a_few_places),
	    TEST(a_stalled_disk_is_not_the_peers_silence),
	    TEST(a_full_node_waits_for_a_place),
	};

	assert_ok(seal_init());
	return cmocka_run_group_tests(tests, NULL, NULL);
}
