/* Who may not come in: each is cut off before a record of it is parsed, and counted under its
 * reason. */
#include "tests/proto/core_puppet.h"

static struct world w;
static struct author stranger;
static struct puppet p;

static int set_up(void **state)
{
	(void)state;
	world_network(&w, 2);
	author_init(&stranger, &w, 4); /* admitted by nobody */
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	puppet_release(&p);
	author_release(&stranger);
	world_release(&w);
	return 0;
}

/* Nothing but the counter has changed, and the others are served on. */
static void assert_untouched(const struct hash *digest)
{
	struct node *zero = &w.nodes[0], *one = &w.nodes[1];
	struct core_status status = node_status(zero);

	assert_memory_equal(digest, &status.digest, sizeof(*digest));
	assert_null(kept_find(&zero->store, &stranger.person.log));
	node_publish(zero, 1, 0);
	world_pump(&w);
	assert_true(nodes_are_equal(zero, one));
}

static void a_key_that_is_not_in_the_roster_is_cut_off(void **state)
{
	struct hash digest = node_status(&w.nodes[0]).digest;

	(void)state;
	puppet_connect(&p, &w.nodes[0]);
	puppet_hello(&p, &stranger);
	assert_bye(&p, ERR_STRANGER);
	assert_int_equal(core_refused(w.nodes[0].core, ERR_STRANGER), 1);
	assert_int_equal(node_refused(&w.nodes[0]), 1);
	assert_null(puppet_got(&p, MSG_HELLO)); /* it learns nothing of what is here */
	assert_null(puppet_got(&p, MSG_ROSTER));
	assert_untouched(&digest);
}

static void a_member_of_the_roster_comes_in(void **state)
{
	(void)state;
	world_admit_key(&w, "m4", &stranger.person.member, NULL);
	puppet_connect(&p, &w.nodes[0]);
	puppet_hello(&p, &stranger);
	assert_false(p.is_closed);
	assert_non_null(puppet_got(&p, MSG_HELLO));
	assert_int_equal(node_status(&w.nodes[0]).sessions, 2);
	assert_int_equal(node_refused(&w.nodes[0]), 0);
}

static void a_member_under_anothers_transport_key_is_cut_off(void **state)
{
	struct hash digest;
	struct author liar;

	(void)state;
	world_admit_key(&w, "m4", &stranger.person.member, NULL);
	world_run(&w, 1000);
	digest = node_status(&w.nodes[0]).digest;
	author_init(&liar, &w, 5);
	puppet_connect(&p, &w.nodes[0]);
	/* The log of m4, the connection of m5. */
	puppet_begin(&p, &liar.person, &w.network,
	    &(struct msg_intro){.roster_size = 3, .log = stranger.person.log});
	world_pump(&w);
	struct writer body = {0};
	struct kept_log *log = kept_find(&stranger.store, &stranger.person.log);
	msg_open_encode(&body, &stranger.person.log, writer_view(&log->records[0].bytes));
	puppet_send(&p, MSG_OPEN, &body);
	world_pump(&w);
	assert_bye(&p, ERR_STRANGER);
	assert_int_equal(core_refused(w.nodes[0].core, ERR_STRANGER), 1);
	author_release(&liar);
	assert_untouched(&digest);
}

static void a_log_open_that_is_not_held_is_no_introduction(void **state)
{
	struct writer body = {0};

	(void)state;
	puppet_connect(&p, &w.nodes[0]);
	puppet_begin(&p, &stranger.person, &w.network,
	    &(struct msg_intro){.roster_size = 2, .log = stranger.person.log});
	world_pump(&w);
	assert_non_null(puppet_got(&p, MSG_OPEN_WANT));
	msg_open_encode(&body, &stranger.person.log, (struct bytes){0});
	puppet_send(&p, MSG_OPEN, &body);
	world_pump(&w);
	assert_bye(&p, ERR_STRANGER);
}

static void records_of_a_stranger_are_not_read(void **state)
{
	struct hash digest = node_status(&w.nodes[0]).digest;
	struct checkpoint head;
	struct writer body = {0}, out = {0};

	(void)state;
	author_write(&stranger, 128, 1);
	author_checkpoint(&stranger, 2, &head);
	puppet_connect(&p, &w.nodes[0]);
	puppet_begin(&p, &stranger.person, &w.network,
	    &(struct msg_intro){.roster_size = 2, .log = stranger.person.log});
	world_pump(&w);
	author_batch(&stranger, &(struct msg_want){stranger.person.log, 0, 2}, 100000, &out);
	msg_heads_begin(&body, &(struct msg_heads){.reason = HEADS_NEW, .count = 1});
	msg_heads_add(&body, &head);
	puppet_send(&p, MSG_HEADS, &body);
	puppet_send(&p, MSG_BATCH, &out);
	world_pump(&w);
	assert_false(p.is_closed); /* it may still introduce itself */
	assert_null(puppet_got(&p, MSG_WANT));
	world_run(&w, HANDSHAKE_MS_MAX);
	assert_true(p.is_closed);
	assert_int_equal(core_refused(w.nodes[0].core, ERR_TIMEOUT), 1);
	assert_untouched(&digest);
}

static void another_network_is_cut_off(void **state)
{
	struct hash digest = node_status(&w.nodes[0]).digest, other = w.network;

	(void)state;
	other.b[0] ^= 1;
	puppet_connect(&p, &w.nodes[0]);
	puppet_begin(&p, &w.nodes[1].person, &other, &(struct msg_intro){.roster_size = 2});
	world_pump(&w);
	assert_true(p.is_closed);
	assert_false(p.is_running);
	assert_int_equal(core_refused(w.nodes[0].core, ERR_AUTH), 1);
	assert_untouched(&digest);
}

static void a_replayed_first_message_is_cut_off(void **state)
{
	struct hash digest = node_status(&w.nodes[0]).digest;
	struct writer first = {0};
	struct puppet again;

	(void)state;
	puppet_connect(&p, &w.nodes[0]);
	puppet_begin(&p, &stranger.person, &w.network, &(struct msg_intro){.roster_size = 2});
	writer_bytes(&first, writer_view(&p.wire->to[1]));
	world_pump(&w);
	assert_true(p.is_running);
	puppet_connect(&again, &w.nodes[0]);
	puppet_raw(&again, writer_view(&first));
	world_pump(&w);
	assert_true(again.is_closed);
	assert_int_equal(again.frame_count, 0);
	assert_int_equal(core_refused(w.nodes[0].core, ERR_AUTH), 1);
	writer_release(&first);
	puppet_release(&again);
	assert_untouched(&digest);
}

static void garbage_is_cut_off(void **state)
{
	static const char *const garbage[] = {
	    "474554202f20485454502f312e310d0a0d0a", /* GET / HTTP/1.1 */
	    "0030 0100000000000000000000000000000000000000000000000000000000000000"
	    "00000000000000000000000000000000", /* a point of low order */
	    "0030 0900000000000000000000000000000000000000000000000000000000000000"
	    "00000000000000000000000000000000", /* no authentic tag */
	    "002f", "ffff"};
	static const enum err reasons[] = {ERR_LIMIT, ERR_KEY, ERR_AUTH, ERR_FORMAT, ERR_LIMIT};
	struct hash digest = node_status(&w.nodes[0]).digest;

	(void)state;
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		uint64_t before = core_refused(w.nodes[0].core, reasons[i]);
		puppet_connect(&p, &w.nodes[0]);
		puppet_raw(&p, HEX(garbage[i]));
		world_pump(&w);
		assert_true(p.is_closed);
		assert_int_equal(core_refused(w.nodes[0].core, reasons[i]), before + 1);
		puppet_release(&p);
	}
	assert_int_equal(node_refused(&w.nodes[0]), 5);
	assert_untouched(&digest);
}

static void silence_is_cut_off_in_time(void **state)
{
	struct hash digest = node_status(&w.nodes[0]).digest;

	(void)state;
	puppet_connect(&p, &w.nodes[0]);
	world_run(&w, HANDSHAKE_FIRST_MS_MAX - 1);
	assert_false(p.is_closed);
	world_run(&w, 1);
	assert_true(p.is_closed);
	assert_int_equal(core_refused(w.nodes[0].core, ERR_TIMEOUT), 1);
	assert_untouched(&digest);
}

static void silence_after_the_first_message_is_cut_off_too(void **state)
{
	(void)state;
	puppet_connect(&p, &w.nodes[0]);
	p.wire->foreign.take = NULL;
	p.wire->is_stuck[0] = true;
	puppet_begin(&p, &stranger.person, &w.network, &(struct msg_intro){.roster_size = 2});
	world_run(&w, HANDSHAKE_MS_MAX - 1);
	assert_int_equal(core_refused(w.nodes[0].core, ERR_TIMEOUT), 0);
	world_run(&w, 2);
	assert_int_equal(core_refused(w.nodes[0].core, ERR_TIMEOUT), 1);
	p.wire->is_gone = true;
}

static void a_bent_introduction_is_cut_off(void **state)
{
	(void)state;
	puppet_connect(&p, &w.nodes[0]);
	puppet_begin(&p, &stranger.person, &w.network, &(struct msg_intro){.roster_size = 2});
	p.intro.data[0] = 0x91; /* an array of one */
	world_pump(&w);
	assert_true(p.is_closed);
	assert_int_equal(core_refused(w.nodes[0].core, ERR_TRAILING), 1);
}

/* Of a few places one prefix takes all: its oldest goes, one who comes from elsewhere stays. */
static void a_crowd_displaces_itself(void **state)
{
	struct puppet crowd[3], other;

	(void)state;
	node_stop(&w.nodes[0]);
	w.nodes[0].config.bounds.handshakes_max = 3;
	node_start(&w.nodes[0]);
	world_run(&w, 20000);
	assert_int_equal(node_status(&w.nodes[0]).sessions, 1);
	puppet_connect_from(&other, &w.nodes[0], "198.51.100.1:1");
	puppet_connect_from(&crowd[0], &w.nodes[0], "203.0.113.9:1");
	puppet_connect_from(&crowd[1], &w.nodes[0], "203.0.113.10:1");
	world_pump(&w);
	assert_false(crowd[0].is_closed);
	puppet_connect_from(&crowd[2], &w.nodes[0], "203.0.113.11:1");
	world_pump(&w);
	assert_true(crowd[0].is_closed);
	assert_false(crowd[1].is_closed || crowd[2].is_closed || other.is_closed);
	assert_int_equal(node_status(&w.nodes[0]).sessions, 1);
	for (unsigned i = 0; i < 3; i++)
		puppet_release(&crowd[i]);
	puppet_release(&other);
}

/* The same of small networks that lie together in a large one. */
static void a_crowd_of_many_small_networks_displaces_itself(void **state)
{
	static const char *const from[] = {"203.0.113.9:1", "203.0.114.9:1", "203.0.115.9:1",
	    "[2001:db8:1:1::1]:1", "[2001:db8:2:1::1]:1", "[2001:db8:3:1::1]:1"};
	struct puppet crowd[3], other;

	(void)state;
	node_stop(&w.nodes[0]);
	w.nodes[0].config.bounds.handshakes_max = 3;
	node_start(&w.nodes[0]);
	world_run(&w, 20000);
	for (unsigned at = 0; at < 6; at += 3) {
		puppet_connect_from(&other, &w.nodes[0], at ? "[2001:db9::1]:1" : "198.51.100.1:1");
		puppet_connect_from(&crowd[0], &w.nodes[0], from[at]);
		puppet_connect_from(&crowd[1], &w.nodes[0], from[at + 1]);
		world_pump(&w);
		puppet_connect_from(&crowd[2], &w.nodes[0], from[at + 2]);
		world_pump(&w);
		assert_true(crowd[0].is_closed);
		assert_false(crowd[1].is_closed || crowd[2].is_closed || other.is_closed);
		world_run(&w, 20000); /* nobody says anything: all go */
		for (unsigned i = 0; i < 3; i++)
			puppet_release(&crowd[i]);
		puppet_release(&other);
	}
}

static void come_with_garbage(struct author *a, unsigned times)
{
	static const uint8_t noise[20] = {0, 18, 7};

	for (unsigned i = 0; i < times; i++) {
		puppet_connect(&p, &w.nodes[0]);
		puppet_hello(&p, a);
		puppet_raw(&p, BYTES(noise));
		world_pump(&w);
		assert_true(p.is_closed);
		puppet_release(&p);
	}
}

/* It is named with the reason a few times, and how often it came after that in one line, later; what is said of others
 * goes on. */
static void a_member_who_comes_again_and_again_fills_no_log(void **state)
{
	struct node *zero = &w.nodes[0];
	struct author other;
	unsigned before;

	(void)state;
	world_admit_key(&w, "m4", &stranger.person.member, NULL);
	author_init(&other, &w, 5);
	world_admit_key(&w, "m5", &other.person.member, NULL);
	before = zero->lines;
	come_with_garbage(&stranger, 10);
	assert_int_equal(zero->lines - before, 20);
	assert_non_null(strstr(zero->line, " m4: closed: message does not follow the format"));
	come_with_garbage(&stranger, 190);
	assert_int_equal(zero->lines - before, SAID_MAX);
	assert_int_equal(core_refused(zero->core, ERR_FORMAT), 200);
	come_with_garbage(&other, 1);
	assert_int_equal(zero->lines - before, SAID_MAX + 2);
	assert_non_null(strstr(zero->line, " m5: closed: message does not follow the format"));
	world_run(&w, SAID_MS + 1);
	before = zero->lines;
	puppet_connect(&p, zero);
	puppet_hello(&p, &stranger);
	assert_int_equal(
	    zero->lines - before, 2); /* how often it was not said, and that it is here */
	assert_non_null(strstr(zero->line, "session with m4"));
	author_release(&other);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_key_that_is_not_in_the_roster_is_cut_off),
	    TEST(a_member_of_the_roster_comes_in),
	    TEST(a_member_under_anothers_transport_key_is_cut_off),
	    TEST(a_log_open_that_is_not_held_is_no_introduction),
	    TEST(records_of_a_stranger_are_not_read),
	    TEST(another_network_is_cut_off),
	    TEST(a_replayed_first_message_is_cut_off),
	    TEST(garbage_is_cut_off),
	    TEST(silence_is_cut_off_in_time),
	    TEST(silence_after_the_first_message_is_cut_off_too),
	    TEST(a_bent_introduction_is_cut_off),
	    TEST(a_crowd_displaces_itself),
	    TEST(a_crowd_of_many_small_networks_displaces_itself),
	    TEST(a_member_who_comes_again_and_again_fills_no_log),
	};

	assert_ok(seal_init());
	return cmocka_run_group_tests(tests, NULL, NULL);
}
