/* What travels when nodes meet: little when they are equal, what differs when they are not, new
 * records at once and over several hops, and only what is still missing after a break. */
#include "tests/proto/core_puppet.h"

#include "proto/kinds.h"

static struct world w;

static int tear_down(void **state)
{
	(void)state;
	world_release(&w);
	return 0;
}

static void equal_nodes_say_hello_and_are_done(void **state)
{
	(void)state;
	world_network(&w, 2);
	world_cut_wires(&w);
	w.carried = 0;
	world_run(&w, 5000);
	assert_int_equal(node_status(&w.nodes[0]).sessions, 1);
	assert_in_range(w.carried, 300, 640);
	world_run(&w, 20000); /* and nothing follows */
	assert_in_range(w.carried, 300, 640);
}

static size_t bytes_to_meet(void)
{
	world_cut_wires(&w);
	w.carried = 0;
	world_run(&w, 20000);
	assert_true(nodes_are_equal(&w.nodes[0], &w.nodes[1]));
	return w.carried;
}

/* What a frame of NEWS says of a log takes 131 bytes, DIGEST 60: two frames of 22 among them. */
static void a_changed_log_costs_little_beside_its_records(void **state)
{
	struct node *zero = &w.nodes[0];
	struct writer records = {0}, packed = {0};
	const struct kept_log *log;
	size_t equal, changed;

	(void)state;
	world_network(&w, 2);
	world_run(&w, 3000);
	equal = bytes_to_meet();
	assert_in_range(equal, 300, 520);
	w.is_blocked[1][0] = true;
	world_cut_wires(&w);
	node_publish(zero, 3, 0);
	world_run(&w, 3000);
	log = kept_find(&zero->store, &zero->person.log);
	for (uint64_t i = log->count - 3; i < log->count; i++)
		writer_bytes(&records, writer_view(&log->records[i].bytes));
	batch_pack(&packed, writer_view(&records));
	w.is_blocked[1][0] = false;
	changed = bytes_to_meet();
	assert_int_equal(node_head(&w.nodes[1], zero), log->count);
	assert_in_range(changed, equal + 100 + packed.size, equal + 200 + packed.size - 4);
	writer_release(&records);
	writer_release(&packed);
}

static unsigned count_cursors(const struct node *n)
{
	unsigned count = 0;

	for (size_t i = 0; i < n->store.row_count; i++)
		count += n->store.rows[i].op == CHANGE_CURSOR && !n->store.rows[i].is_gone;
	return count;
}

/* What one brought may be what another has as well: who is found to be equal at once is asked for news only, too. */
static void who_is_equal_from_hello_on_is_remembered_as_that(void **state)
{
	struct node *one = &w.nodes[1];

	(void)state;
	world_network(&w, 2);
	world_run(&w, 3000);
	node_stop(one);
	for (size_t i = 0; i < one->store.row_count; i++)
		one->store.rows[i].is_gone |= one->store.rows[i].op == CHANGE_CURSOR;
	assert_int_equal(count_cursors(one), 0);
	node_start(one);
	world_run(&w, 3000);
	assert_int_equal(node_status(one).sessions, 1);
	assert_int_equal(count_cursors(one), 1);
}

static void unequal_nodes_say_more(void **state)
{
	(void)state;
	world_network(&w, 2);
	w.is_blocked[1][0] = true;
	world_cut_wires(&w);
	w.carried = 0;
	node_publish(&w.nodes[0], 10, 0);
	world_run(&w, 3000);
	assert_int_equal(node_head(&w.nodes[1], &w.nodes[0]), 1);
	w.is_blocked[1][0] = false;
	world_run(&w, 20000);
	assert_int_equal(node_head(&w.nodes[1], &w.nodes[0]), 11);
	assert_true(nodes_are_equal(&w.nodes[0], &w.nodes[1]));
	assert_true(w.carried > 640);
}

static void new_records_are_pushed_and_counted_when_committed(void **state)
{
	struct node *zero = &w.nodes[0], *one = &w.nodes[1];
	uint64_t request;

	(void)state;
	world_network(&w, 2);
	one->is_disk_held = true;
	request = node_publish(zero, 5, 1);
	world_run(&w, 100);
	assert_int_equal(node_status(zero).size, 6); /* durable here, and not yet there */
	assert_int_equal(node_head(one, zero), 1);
	assert_null(node_reply(zero, request));
	one->is_disk_held = false;
	world_pump(&w); /* no time passes */
	assert_int_equal(node_head(one, zero), 6);
	assert_non_null(node_reply(zero, request));
	assert_ok(node_reply(zero, request)->err);
	assert_true(nodes_are_equal(zero, one));
}

/* The record, who has it, two digests; no look at 256 buckets, whoever of the two was quiet first. */
static void one_record_costs_little_once_it_is_known(void **state)
{
	(void)state;
	world_network(&w, 2);
	world_run(&w, 20000);
	for (int64_t late = 0; late < 300; late += 50) {
		w.carried = 0;
		w.nodes[1].is_disk_held = true;
		node_publish(&w.nodes[0], 1, 0);
		world_run(&w, late);
		w.nodes[1].is_disk_held = false;
		world_run(&w, 20000);
		assert_true(nodes_are_equal(&w.nodes[0], &w.nodes[1]));
		assert_in_range(w.carried, 100, 1000);
	}
}

static void one_change(struct node *n)
{
	n->is_disk_held = false;
	assert_true(node_disk(n));
	n->is_disk_held = true;
	world_run(&w, 50);
}

static uint64_t stored_head(const struct node *n)
{
	return kept_find((struct kept *)&n->store, &n->person.log)->head.size;
}

/* One change has the records, their lock and their signature: nothing else of this size is ever signed, whatever comes. */
static void a_head_is_told_before_its_checkpoint_is_stored(void **state)
{
	struct node *zero = &w.nodes[0], *one = &w.nodes[1];
	uint64_t request;

	(void)state;
	world_network(&w, 2);
	world_run(&w, 20000);
	zero->is_disk_held = true;
	request = node_publish(zero, 1, 0);
	world_run(&w, 1000);
	assert_int_equal(node_head(one, zero), 1);
	assert_null(node_reply(zero, request));
	one_change(zero);
	assert_int_equal(node_head(one, zero), 2);
	assert_ok(node_reply(zero, request)->err);
	assert_int_equal(stored_head(zero), 1);
	zero->is_disk_held = false;
	world_run(&w, 1000);
	assert_int_equal(stored_head(zero), 2);
}

/* The one before the newest is stored for nothing, and the newest one as soon as nothing follows, or at a stop. */
static void a_checkpoint_is_stored_with_the_next_records(void **state)
{
	struct node *zero = &w.nodes[0];

	(void)state;
	world_network(&w, 2);
	world_run(&w, 20000);
	for (unsigned i = 0; i < 3; i++) {
		node_publish(zero, 1, 0);
		world_pump(&w);
		assert_int_equal(stored_head(zero), 1 + i);
	}
	zero->is_disk_held = true;
	core_settle(zero->core);
	world_pump(&w);
	assert_int_equal(zero->change_count, 1);
	zero->is_disk_held = false;
	world_pump(&w);
	assert_int_equal(stored_head(zero), 4);
	zero->is_disk_held = true;
	core_settle(zero->core); /* nothing is left */
	world_pump(&w);
	assert_int_equal(zero->change_count, 0);
	zero->is_disk_held = false;
}

static void nothing_waits_for_peers_that_are_not_asked_for(void **state)
{
	struct node *zero = &w.nodes[0];
	uint64_t alone, two;

	(void)state;
	world_network(&w, 2);
	w.nodes[1].is_disk_held = true;
	alone = node_publish(zero, 1, 0);
	two = node_publish(zero, 1, 2); /* more than there are */
	world_run(&w, 100);
	assert_non_null(node_reply(zero, alone));
	w.nodes[1].is_disk_held = false;
	world_run(&w, 10000);
	assert_null(node_reply(zero, two));
}

/* 1 - 0 - 2: the ends do not know each other. */
static void records_cross_a_node_in_the_middle(void **state)
{
	struct node *one = &w.nodes[1], *two = &w.nodes[2];
	uint64_t request;

	(void)state;
	world_network(&w, 3);
	w.is_blocked[1][2] = w.is_blocked[2][1] = true;
	assert_int_equal(node_head(two, one), 1);
	request = node_publish(one, 20, 2);
	world_run(&w, 50);
	assert_int_equal(node_head(two, one), 21);
	assert_true(nodes_are_equal(one, two));
	world_run(&w, 3000);
	/* The far end's HAVE goes to the middle: two holders are not known here, but by its digest
	 * the middle is one. */
	assert_null(node_reply(one, request));
	assert_int_equal(node_refused(one) + node_refused(two) + node_refused(&w.nodes[0]), 0);
}

/* 0 - 1 - 2: the far end learns of members from a node that is no coordinator. */
static void the_roster_crosses_a_node_in_the_middle(void **state)
{
	struct node *zero = &w.nodes[0], *one = &w.nodes[1], *two = &w.nodes[2];
	struct log_listing cut = {.end = LOG_IS_CUT};

	(void)state;
	world_network(&w, 2);
	w.is_blocked[2][0] = w.is_blocked[0][2] = true;
	world_admit(&w, two);
	node_peer(two, one);
	node_start(two);
	world_run(&w, 3000);
	assert_true(node_status(two).is_admitted);
	assert_true(nodes_are_equal(zero, two));
	assert_int_equal(node_head(two, zero), 1);
	assert_int_equal(node_head(zero, two), 1);
	world_admit(&w, &w.nodes[3]);
	world_run(&w, 100);
	assert_int_equal(node_status(two).roster_size, 4);
	cut.key = w.nodes[3].person.log;
	world_remove(&w, "m3", &cut);
	world_run(&w, 3000);
	assert_int_equal(node_status(two).roster_size, 5);
	assert_true(nodes_are_equal(zero, two));
	assert_int_equal(node_refused(zero) + node_refused(one) + node_refused(two), 0);
}

/* Just below what a push may unpack to, and not to be compressed. */
static void records_that_fit_no_frame_are_fetched(void **state)
{
	struct node *zero = &w.nodes[0], *one = &w.nodes[1];
	struct publish_item items[16];
	struct writer payloads[16] = {{0}};
	uint64_t seed = 5;

	(void)state;
	world_network(&w, 2);
	for (unsigned i = 0; i < 16; i++) {
		static uint8_t noise[65432];
		for (size_t j = 0; j < sizeof(noise); j += 8)
			be64_put(noise + j, unit_random(&seed));
		mp_put_map(&payloads[i], 1);
		mp_put_cstr(&payloads[i], "noise");
		mp_put_bin(&payloads[i], noise, sizeof(noise));
		items[i] = (struct publish_item){128, writer_view(&payloads[i])};
	}
	core_publish(zero->core, 5, items, 16, 1);
	world_run(&w, 100); /* too short for another session */
	assert_ok(node_reply(zero, 5)->err);
	assert_int_equal(node_head(one, zero), 17);
	assert_int_equal(node_status(zero).sessions, 1);
	assert_int_equal(node_refused(zero) + node_refused(one), 0);
	for (unsigned i = 0; i < 16; i++)
		writer_release(&payloads[i]);
}

static void publish_in_many(unsigned records)
{
	for (unsigned i = 0; i < records; i++) {
		node_publish(&w.nodes[0], 1, 0);
		world_pump(&w);
	}
}

static size_t cost_of_start(struct node *n)
{
	w.carried = 0;
	node_start(n);
	world_run(&w, 3000);
	assert_true(nodes_are_equal(&w.nodes[0], n));
	return w.carried;
}

static void few_changes_cost_little(void **state)
{
	struct node *five = &w.nodes[5];
	size_t equal, changed;

	(void)state;
	world_network(&w, 6);
	publish_in_many(3);
	world_run(&w, 3000);
	node_stop(five);
	equal = cost_of_start(five);
	assert_in_range(equal, 300, 640);
	node_stop(five);
	for (unsigned i = 1; i < 4; i++)
		node_publish_sized(&w.nodes[i], 1, 0, 1);
	world_run(&w, 3000);
	changed = cost_of_start(five);
	/* A record is about 130 bytes of header, salt and payload; two frames of heads and two of
	 * digests are there whatever changed. */
	assert_in_range(changed, equal + 3 * 200, equal + 3 * (200 + 130) + 400);
	assert_int_equal(node_head(five, &w.nodes[3]), 2);
}

/* Rows of members and an own record that are still being stored are no reason to put off the comparison that follows. */
static void who_caught_up_with_the_roster_compares_at_once(void **state)
{
	struct node *zero = &w.nodes[0], *one = &w.nodes[1];

	(void)state;
	world_network(&w, 2);
	w.is_blocked[1][0] = true;
	world_cut_wires(&w);
	world_admit(&w, &w.nodes[2]);
	node_publish(zero, 1, 0);
	world_pump(&w);
	w.is_blocked[1][0] = false;
	while (roster_size(core_roster(one->core)) < roster_size(core_roster(zero->core)))
		if (!world_step(&w))
			world_tick(&w, 100);
	node_publish(one, 1, 0);
	one->is_disk_held = true;
	world_pump(&w);
	one->is_disk_held = false;
	world_pump(&w);
	assert_int_equal(node_head(one, zero), 2);
}

/* Publishes 300 records of 1 KiB on node 0 while node 1 is away. */
static void publish_unseen(void)
{
	w.is_blocked[1][0] = true;
	world_cut_wires(&w);
	node_publish_sized(&w.nodes[0], 300, 0, 1000);
	world_pump(&w);
	w.is_blocked[1][0] = false;
	w.carried = 0;
}

static void run_until_stored(uint64_t size)
{
	struct log_info info;

	while (!node_log(&w.nodes[1], &w.nodes[0].person.log, &info) || info.stored < size)
		if (!world_step(&w))
			world_tick(&w, 100);
}

/* Small batches, and few of them on the way. */
static void slow_network(void)
{
	world_network(&w, 2);
	node_stop(&w.nodes[0]);
	w.nodes[0].config.bounds.batch_raw_max = 20000;
	w.nodes[0].config.bounds.send_queue_max = 40000;
	node_start(&w.nodes[0]);
	world_run(&w, 20000);
}

static void a_broken_transfer_resumes_where_it_stopped(void **state)
{
	struct node *zero = &w.nodes[0], *one = &w.nodes[1];
	struct log_info info;
	size_t whole, rest;

	(void)state;
	slow_network();
	publish_unseen();
	world_run(&w, 20000);
	assert_true(nodes_are_equal(zero, one));
	whole = w.carried;
	assert_true(whole > 100000);

	publish_unseen();
	run_until_stored(450); /* of 301 … 601 */
	world_cut_wires(&w);
	world_pump(&w);
	assert_true(node_log(one, &zero->person.log, &info));
	assert_in_range(info.stored, 450, 550);
	assert_int_equal(info.head.size, 301); /* no signed checkpoint is reached yet */
	rest = (601 - (size_t)info.stored);
	w.carried = 0;
	world_run(&w, 20000);
	assert_int_equal(node_head(one, zero), 601);
	assert_true(nodes_are_equal(zero, one));
	assert_true(w.carried < whole * (rest + 10) / 300);
}

static void a_tail_short_of_a_checkpoint_outlives_a_crash(void **state)
{
	struct node *zero = &w.nodes[0], *one = &w.nodes[1];
	struct log_info info;

	(void)state;
	slow_network();
	publish_unseen();
	run_until_stored(100);
	node_stop(one);
	node_start(one);
	assert_true(node_log(one, &zero->person.log, &info));
	assert_in_range(info.stored, 100, 200);
	assert_int_equal(info.head.size, 1);
	world_run(&w, 20000);
	assert_true(nodes_are_equal(zero, one));
}

static void bytes_in_any_pieces_do(void **state)
{
	(void)state;
	world_init(&w);
	w.chunk = 7;
	node_start(&w.nodes[0]);
	world_pump(&w);
	world_admit(&w, &w.nodes[1]);
	node_peer(&w.nodes[1], &w.nodes[0]);
	node_start(&w.nodes[1]);
	node_publish(&w.nodes[0], 10, 0);
	world_run(&w, 3000);
	assert_true(nodes_are_equal(&w.nodes[0], &w.nodes[1]));
	assert_int_equal(node_head(&w.nodes[1], &w.nodes[0]), 11);
}

/* A log of member 0 as whoever took it long ago holds it: its log.open, signed. */
static void keep_log(struct writer *ops, unsigned number)
{
	struct person p;
	struct change_log log = {.number = number};
	struct change_append append = {.count = 1};
	struct checkpoint head = {.size = 1};
	struct writer bytes = {0};
	struct record record;
	struct reader r;
	struct hash leaf;

	person_init(&p, &w.network, 0, number);
	log.key = append.key = head.log = p.log;
	log.member_key = p.member;
	log.transport = p.transport;
	memcpy(log.member, p.code, sizeof(log.member));
	record_create(&bytes, KIND_LOG_OPEN, p.log_open_time, NULL, p.log_open_salt,
	    writer_view(&p.log_open));
	reader_init(&r, writer_view(&bytes));
	assert_ok(record_read(&record, &r));
	tree_leaf_hash(&leaf, record.raw_header);
	frontier_append(&append.frontier, &leaf, NULL, NULL);
	append.body = writer_view(&bytes);
	frontier_root(&append.frontier, &head.root);
	assert_ok(checkpoint_sign(&head, &w.network, &p.log_sk));
	change_put_log(ops, &log);
	change_put_append(ops, &append);
	change_put_head(ops, &head);
	writer_release(&bytes);
	writer_release(&p.log_open);
}

/* Members 1 and 2 never met, and hold as many logs, two hundred of them since they last saw anybody. */
static void two_who_never_met(void)
{
	struct writer ops = {0};
	struct change_result result;

	world_network(&w, 3);
	for (unsigned i = 0; i < 3; i++)
		node_stop(&w.nodes[i]);
	for (unsigned number = 2; number <= 201; number++)
		keep_log(&ops, number);
	kept_apply(&w.nodes[1].store, writer_view(&ops), &result);
	kept_apply(&w.nodes[2].store, writer_view(&ops), &result);
	writer_release(&ops);
	node_peer(&w.nodes[2], &w.nodes[1]);
	node_start(&w.nodes[1]);
	w.carried = 0;
}

static void who_never_met_compares_buckets_and_not_every_log(void **state)
{
	struct node *one = &w.nodes[1], *two = &w.nodes[2];

	(void)state;
	two_who_never_met();
	node_publish(one, 1, 0);
	node_start(two);
	world_run(&w, 20000);
	assert_int_equal(node_status(two).logs, 203);
	assert_int_equal(node_head(two, one), 2);
	assert_true(nodes_are_equal(one, two));
	/* Bucket hashes both ways; two hundred heads are 28 kB. */
	assert_in_range(w.carried, 2 * 8192, 20000);
}

/* Once they are equal each knows how far the other is. */
static void who_met_is_told_what_changed_since(void **state)
{
	struct node *one = &w.nodes[1], *two = &w.nodes[2];

	(void)state;
	two_who_never_met();
	node_publish(one, 1, 0);
	node_start(two);
	world_run(&w, 20000);
	world_cut_wires(&w);
	w.is_blocked[2][1] = true;
	node_publish(one, 1, 0);
	world_run(&w, 1000);
	w.is_blocked[2][1] = false;
	w.carried = 0;
	world_run(&w, 20000);
	assert_true(nodes_are_equal(one, two));
	assert_in_range(w.carried, 640, 2000);
}

static uint64_t told_upto(struct node *n, const struct author *a)
{
	struct msg_hello hello;
	struct puppet p;

	puppet_connect(&p, n);
	puppet_hello(&p, a);
	assert_non_null(puppet_got(&p, MSG_HELLO));
	assert_ok(msg_hello_decode(&hello, writer_view(&puppet_got(&p, MSG_HELLO)->body)));
	puppet_release(&p);
	return hello.upto;
}

/* The roster admits it, and head.lock is still to know that its log is shown: no digest counts the log, and no cursor may. */
static void own_records_that_no_digest_counts_are_not_told_of(void **state)
{
	struct node *zero = &w.nodes[0], *one = &w.nodes[1];
	struct author member;

	(void)state;
	world_network(&w, 1);
	author_init(&member, &w, 4);
	world_admit_key(&w, "m4", &member.person.member, NULL);
	world_admit(&w, one);
	node_peer(one, zero);
	node_start(one);
	while (node_status(one).roster_size == 0)
		if (!world_step(&w))
			world_tick(&w, 50);
	one->is_disk_held = true;
	assert_true(node_status(one).is_admitted);
	assert_int_equal(told_upto(one, &member), 0);
	one->is_disk_held = false;
	world_run(&w, 3000);
	assert_true(told_upto(one, &member) > 0);
	author_release(&member);
}

#define TEST(name) cmocka_unit_test_teardown(name, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(equal_nodes_say_hello_and_are_done),
	    TEST(a_changed_log_costs_little_beside_its_records),
	    TEST(who_is_equal_from_hello_on_is_remembered_as_that),
	    TEST(own_records_that_no_digest_counts_are_not_told_of),
	    TEST(unequal_nodes_say_more),
	    TEST(who_caught_up_with_the_roster_compares_at_once),
	    TEST(new_records_are_pushed_and_counted_when_committed),
	    TEST(nothing_waits_for_peers_that_are_not_asked_for),
	    TEST(one_record_costs_little_once_it_is_known),
	    TEST(a_head_is_told_before_its_checkpoint_is_stored),
	    TEST(a_checkpoint_is_stored_with_the_next_records),
	    TEST(records_cross_a_node_in_the_middle),
	    TEST(the_roster_crosses_a_node_in_the_middle),
	    TEST(records_that_fit_no_frame_are_fetched),
	    TEST(few_changes_cost_little),
	    TEST(a_broken_transfer_resumes_where_it_stopped),
	    TEST(a_tail_short_of_a_checkpoint_outlives_a_crash),
	    TEST(bytes_in_any_pieces_do),
	    TEST(who_never_met_compares_buckets_and_not_every_log),
	    TEST(who_met_is_told_what_changed_since),
	};

	assert_ok(seal_init());
	return cmocka_run_group_tests(tests, NULL, NULL);
}
