/* What a cursor leaves open, told with its records at once: when it is, when heads are told instead, and what of it is
 * taken. */
#include "tests/proto/core_puppet.h"

#include "proto/core_parts.h"

static struct world w;
static struct puppet p;		/* in the place of node 1 */
static struct author author;	/* its keys */
static uint64_t cursor;		/* into the arrivals of node 0, when all were equal */
static struct checkpoint known; /* head of node 1 then */
static struct node *zero, *two;

static struct kept_log *log_of(const struct node *holder, const struct node *of)
{
	return kept_find(&holder->store, &of->person.log);
}

/* Three equal nodes; then node 1 is gone, and node 2 out of reach. */
static int set_up(void **state)
{
	struct node *one = &w.nodes[1];

	(void)state;
	zero = &w.nodes[0];
	two = &w.nodes[2];
	world_network(&w, 3);
	node_publish(two, 2, 0);
	world_run(&w, 20000);
	assert_true(nodes_are_equal(zero, one) && nodes_are_equal(zero, two));
	cursor = zero->store.arrival;
	known = log_of(zero, one)->head;
	node_stop(one);
	author = (struct author){.person = one->person, .network = w.network};
	w.is_blocked[2][0] = w.is_blocked[0][2] = true;
	world_cut_wires(&w);
	world_run(&w, 1000);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	puppet_release(&p);
	world_release(&w);
	return 0;
}

/* HELLO with that head of the own log, all zeros for none; `of` other than 0: the cursor is of another store. */
static void meet(const struct checkpoint *own, uint8_t of)
{
	struct msg_hello hello = {.store_id = {0xaa},
	    .digest = {{0xbb}},
	    .has_cursor = true,
	    .cursor_arrival = cursor,
	    .own_size = own->size,
	    .own_root = own->root};

	memcpy(hello.cursor_store, zero->core->config.store_id, STORE_ID_SIZE);
	hello.cursor_store[0] ^= of;
	puppet_connect(&p, zero);
	puppet_introduce(&p, &author, &hello);
	assert_false(p.is_closed);
}

static void grow(unsigned count)
{
	node_publish(zero, count, 0);
	world_run(&w, 100);
}

/* --- told ------------------------------------------------------------------------------------ */

static void little_is_told_with_its_records(void **state)
{
	struct kept_log *log = log_of(zero, zero);
	struct writer records = {0};
	struct msg_news m;

	(void)state;
	grow(2);
	meet(&known, 0);
	assert_null(puppet_got(&p, MSG_HEADS));
	assert_non_null(puppet_got(&p, MSG_NEWS));
	assert_ok(msg_news_decode(&m, writer_view(&puppet_got(&p, MSG_NEWS)->body)));
	assert_true(m.count == 1 && key_equal(&m.tails[0].head.log, &zero->person.log));
	assert_int_equal(m.tails[0].count, 2);
	assert_int_equal(m.tails[0].head.size, log->count);
	assert_memory_equal(m.tails[0].head.sig.b, log->head.sig.b, SIG_SIZE);
	assert_ok(batch_unpack(&records, m.packed, m.raw_size));
	assert_int_equal(records.size,
	    log->records[log->count - 2].bytes.size + log->records[log->count - 1].bytes.size);
	writer_release(&records);
}

static void nothing_is_said_of_nothing(void **state)
{
	(void)state;
	meet(&known, 0);
	assert_int_equal(p.frame_count, 1); /* HELLO */
	world_run(&w, 4 * SETTLE_MS);	    /* but that the digests differ is not forgotten */
	assert_non_null(puppet_got(&p, MSG_BUCKETS));
}

static void expect_heads(uint32_t count)
{
	struct msg_heads m;

	assert_null(puppet_got(&p, MSG_NEWS));
	assert_non_null(puppet_got(&p, MSG_HEADS));
	assert_ok(msg_heads_decode(&m, writer_view(&puppet_got(&p, MSG_HEADS)->body)));
	assert_int_equal(m.reason, HEADS_CHANGED);
	assert_int_equal(m.count, count);
}

static void much_is_told_by_its_head(void **state)
{
	(void)state;
	grow(200);
	meet(&known, 0);
	expect_heads(1);
}

static void who_was_at_another_store_is_told_heads(void **state)
{
	(void)state;
	grow(2);
	meet(&known, 1);
	expect_heads(2); /* of the others: its own is in `yours` */
}

/* It is to know before anything else that it was put back. */
static void who_lost_records_of_its_own_is_told_its_head(void **state)
{
	struct checkpoint lost = known;

	(void)state;
	grow(2);
	lost.size--;
	meet(&lost, 0);
	expect_heads(1);
}

static enum err no_news(struct node *node, const struct read *read, struct writer *out)
{
	(void)node;
	(void)out;
	return read->type == READ_NEWS ? ERR_IO : ERR_NONE;
}

static void records_that_cannot_be_read_are_told_by_their_head(void **state)
{
	(void)state;
	grow(2);
	zero->tamper = no_news;
	meet(&known, 0);
	expect_heads(1);
}

/* --- taken ----------------------------------------------------------------------------------- */

/* The last `count` records of node 2's log in one frame. */
static void pack(struct writer *packed, uint64_t count)
{
	struct kept_log *log = log_of(two, two);
	struct writer records = {0};

	for (uint64_t i = log->count - count; i < log->count; i++)
		writer_bytes(&records, writer_view(&log->records[i].bytes));
	batch_pack(packed, writer_view(&records));
	writer_release(&records);
}

/* Node 2 has `grown` records more, `count` are told, as so many. */
static void tell(uint64_t grown, uint64_t count, uint32_t as, uint8_t sig_bits)
{
	struct writer packed = {0}, body = {0};
	struct msg_news m = {.count = 1};

	if (grown > 0) {
		node_publish(two, (unsigned)grown, 0);
		world_run(&w, 100);
		meet(&known, 0);
	}
	pack(&packed, count);
	m.tails[0] = (struct msg_tail){.head = log_of(two, two)->head, .count = as};
	m.tails[0].head.sig.b[9] ^= sig_bits;
	m.packed = bytes_of(packed.data + 4, packed.size - 4);
	msg_news_encode(&body, &m);
	puppet_send(&p, MSG_NEWS, &body);
	writer_release(&packed);
	world_pump(&w);
}

static void expect_held(uint64_t size)
{
	assert_int_equal(node_head(zero, two), size);
	assert_int_equal(log_of(zero, two)->count, size);
}

static void records_that_follow_are_taken(void **state)
{
	(void)state;
	tell(2, 2, 2, 0);
	expect_held(5);
	assert_null(puppet_got(&p, MSG_WANT));
	assert_null(puppet_got(&p, MSG_HAVE));
	assert_memory_equal(
	    &log_of(zero, two)->head, &log_of(two, two)->head, sizeof(struct checkpoint));
	world_run(&w, 2 * SETTLE_MS);
	assert_non_null(puppet_got(&p, MSG_DIGEST));
	assert_int_equal(node_refused(zero), 0);
}

static void some_of_them_may_be_held(void **state)
{
	(void)state;
	tell(2, 4, 4, 0);
	expect_held(5);
	assert_int_equal(node_refused(zero), 0);
}

/* The digests differ, and that is how its head is told. */
static void expect_passed_over(void)
{
	expect_held(3);
	assert_false(p.is_closed);
	assert_int_equal(node_refused(zero), 0);
	assert_null(puppet_got(&p, MSG_WANT));
	world_run(&w, 4 * SETTLE_MS);
	assert_non_null(puppet_got(&p, MSG_BUCKETS));
	puppet_head(&p, &log_of(two, two)->head);
	assert_non_null(puppet_got(&p, MSG_WANT));
}

static void a_signature_that_does_not_hold_blames_nobody(void **state)
{
	(void)state;
	tell(2, 2, 2, 1);
	expect_passed_over();
}

static void records_behind_a_gap_are_passed_over(void **state)
{
	(void)state;
	tell(3, 2, 2, 0);
	expect_passed_over();
}

static void what_is_held_is_passed_over(void **state)
{
	(void)state;
	meet(&known, 0);
	tell(0, 2, 2, 0);
	expect_held(3);
	assert_false(p.is_closed);
	assert_int_equal(node_refused(zero), 0);
}

static void it_comes_once(void **state)
{
	(void)state;
	tell(2, 2, 2, 0);
	assert_false(p.is_closed);
	tell(0, 2, 2, 0);
	assert_bye(&p, ERR_STATE);
	expect_held(5);
}

static void the_records_are_those_that_were_counted(void **state)
{
	(void)state;
	tell(2, 2, 1, 0);
	assert_bye(&p, ERR_TRAILING);
	expect_held(3);
	assert_int_equal(core_refused(zero->core, ERR_TRAILING), 1);
}

static void no_record_is_missing(void **state)
{
	(void)state;
	tell(2, 2, 3, 0);
	assert_bye(&p, ERR_SHORT);
	expect_held(3);
	assert_int_equal(core_refused(zero->core, ERR_SHORT), 1);
}

static void a_payload_is_the_one_that_was_promised(void **state)
{
	struct kept_record *last;

	(void)state;
	node_publish(two, 1, 0);
	world_run(&w, 100);
	last = &log_of(two, two)->records[3];
	last->bytes.data[last->bytes.size - 1] ^= 1;
	meet(&known, 0);
	tell(0, 1, 1, 0);
	assert_bye(&p, ERR_HASH);
	expect_held(3);
	assert_int_equal(core_refused(zero->core, ERR_HASH), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(little_is_told_with_its_records),
	    TEST(nothing_is_said_of_nothing),
	    TEST(much_is_told_by_its_head),
	    TEST(who_was_at_another_store_is_told_heads),
	    TEST(who_lost_records_of_its_own_is_told_its_head),
	    TEST(records_that_cannot_be_read_are_told_by_their_head),
	    TEST(records_that_follow_are_taken),
	    TEST(some_of_them_may_be_held),
	    TEST(a_signature_that_does_not_hold_blames_nobody),
	    TEST(records_behind_a_gap_are_passed_over),
	    TEST(what_is_held_is_passed_over),
	    TEST(it_comes_once),
	    TEST(the_records_are_those_that_were_counted),
	    TEST(no_record_is_missing),
	    TEST(a_payload_is_the_one_that_was_promised),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
