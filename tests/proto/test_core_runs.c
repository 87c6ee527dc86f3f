/* Records of several logs in one BATCH: the runs are in the order in which they were asked for, and each is judged by itself. */
#include "tests/proto/core_puppet.h"

#define LOGS 3

static struct world w;
static struct author authors[LOGS]; /* three logs of m4 */
static struct puppet p;
static struct batch_writer batch;

/* m4 is connected to the coordinator and has told the heads of its logs, of 3, 4 and 5 records: all are asked for. */
static int set_up(void **state)
{
	struct writer body = {0};
	struct msg_want wants[MSG_WANTS_MAX];
	uint32_t count;

	(void)state;
	world_network(&w, 2);
	for (unsigned i = 0; i < LOGS; i++) {
		author_init_log(&authors[i], &w, 4, i + 1);
		for (unsigned k = 0; k < 2 + i; k++)
			author_write(&authors[i], 128, 10 * i + k);
	}
	world_admit_key(&w, "m4", &authors[0].person.member, NULL);
	world_run(&w, 2000);
	puppet_connect(&p, &w.nodes[0]);
	puppet_hello(&p, &authors[0]);
	assert_false(p.is_closed);
	msg_heads_begin(&body, &(struct msg_heads){.reason = HEADS_NEW, .count = LOGS});
	for (unsigned i = 0; i < LOGS; i++) {
		struct checkpoint head;
		author_checkpoint(&authors[i], 3 + i, &head);
		msg_heads_add(&body, &head);
	}
	puppet_send(&p, MSG_HEADS, &body);
	world_pump(&w);
	assert_ok(msg_want_decode(wants, &count, writer_view(&puppet_got(&p, MSG_WANT)->body)));
	assert_int_equal(count, LOGS);
	for (unsigned i = 0; i < LOGS; i++)
		assert_true(key_equal(&wants[i].log, &authors[i].person.log));
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	puppet_release(&p);
	batch_writer_release(&batch);
	batch = (struct batch_writer){0};
	for (unsigned i = 0; i < LOGS; i++)
		author_release(&authors[i]);
	world_release(&w);
	return 0;
}

/* The next `count` records of the log, from that one on, proven to its head. */
static void put_run(unsigned i, uint64_t from, uint32_t count)
{
	struct kept_log *log = kept_find(&authors[i].store, &authors[i].person.log);
	struct tree_nodes nodes = {kept_node, log};
	struct batch run = {.count = count};

	for (uint32_t k = 0; k < count; k++)
		writer_bytes(&batch.records, writer_view(&log->records[from + k].bytes));
	if (from + count < 3 + i)
		assert_ok(tree_consistency_prove(
		    &nodes, from + count, 3 + i, run.proof, &run.proof_count));
	batch_add(&batch, &run);
}

static void put_refusal(void)
{
	batch_add(&batch, &(struct batch){0});
}

static void send_batch(void)
{
	struct writer body = {0};

	batch_finish(NULL, &body, &batch);
	puppet_send(&p, MSG_BATCH, &body);
	batch_writer_release(&batch);
	batch = (struct batch_writer){0};
	world_pump(&w);
}

static void assert_holds(unsigned i, uint64_t stored, uint64_t head)
{
	const struct kept_log *log = kept_find(&w.nodes[0].store, &authors[i].person.log);

	assert_int_equal(log ? log->count : 0, stored);
	assert_int_equal(log ? log->head.size : 0, head);
}

static void one_batch_brings_them_all(void **state)
{
	(void)state;
	for (unsigned i = 0; i < LOGS; i++)
		put_run(i, 0, 3 + i);
	send_batch();
	for (unsigned i = 0; i < LOGS; i++)
		assert_holds(i, 3 + i, 3 + i);
	assert_false(p.is_closed);
	assert_int_equal(node_refused(&w.nodes[0]), 0);
}

static void a_run_may_end_within_its_log_and_go_on_in_the_next_batch(void **state)
{
	(void)state;
	put_run(0, 0, 3);
	put_run(1, 0, 2);
	send_batch();
	assert_holds(0, 3, 3);
	assert_holds(1, 2, 0);
	put_run(1, 2, 2);
	put_run(2, 0, 5);
	send_batch();
	for (unsigned i = 0; i < LOGS; i++)
		assert_holds(i, 3 + i, 3 + i);
	assert_int_equal(node_refused(&w.nodes[0]), 0);
}

static void what_is_refused_leaves_the_others(void **state)
{
	(void)state;
	put_refusal();
	put_run(1, 0, 4);
	put_refusal();
	send_batch();
	assert_holds(0, 0, 0);
	assert_holds(1, 4, 4);
	assert_holds(2, 0, 0);
	assert_false(p.is_closed);
}

/* The records of the second log in the place of the first: they open another log than was asked for. */
static void another_order_is_another_log(void **state)
{
	(void)state;
	put_run(1, 0, 3);
	send_batch();
	assert_holds(0, 0, 0);
	assert_holds(1, 0, 0);
	assert_int_equal(core_refused(w.nodes[0].core, ERR_ADMISSION), 1);
	assert_false(p.is_closed); /* a log's fault: the others still come */
	put_run(1, 0, 4);
	put_run(2, 0, 5);
	send_batch();
	assert_holds(1, 4, 4);
	assert_holds(2, 5, 5);
}

/* What came before the fault is proven by itself, and stays; what comes after is not read. */
static void a_fault_ends_the_session_and_what_follows(void **state)
{
	(void)state;
	put_run(0, 0, 3);
	put_run(1, 0, 4);
	batch.records.data[batch.records.size - 1] ^= 1;
	put_run(2, 0, 5);
	send_batch();
	assert_bye(&p, ERR_HASH);
	assert_holds(0, 3, 3);
	assert_holds(1, 0, 0);
	assert_holds(2, 0, 0);
}

static void a_run_more_than_was_asked_for_is_out_of_turn(void **state)
{
	(void)state;
	for (unsigned i = 0; i < LOGS; i++)
		put_run(i, 0, 3 + i);
	put_refusal();
	send_batch();
	assert_bye(&p, ERR_STATE);
	assert_holds(2, 5, 5);
}

/* Records that are counted to the wrong run: too few here, too many there. */
static void a_run_ends_where_its_size_says(void **state)
{
	struct batch_reader r;
	struct batch run;
	struct writer body = {0}, bent = {0};
	uint32_t shift[] = {1, 0};

	(void)state;
	put_run(0, 0, 3);
	put_run(1, 0, 4);
	batch_finish(NULL, &body, &batch);
	assert_ok(batch_open(&r, writer_view(&body)));
	mp_put_array(&bent, 2);
	mp_put_array(&bent, 2);
	for (unsigned i = 0; batch_next(&r, &run); i++) {
		mp_put_array(&bent, 3);
		mp_put_uint(&bent, run.count);
		mp_put_uint(&bent, run.raw_size - shift[i] + shift[1 - i]);
		mp_put_bin(&bent, NULL, 0);
	}
	mp_put_bin(&bent, r.packed.data, r.packed.size);
	puppet_send(&p, MSG_BATCH, &bent);
	world_pump(&w);
	assert_bye(&p, ERR_SHORT);
	assert_holds(0, 0, 0);
	writer_release(&body);
	writer_release(&bent);
}

/* --- the side that is asked ------------------------------------------------------------------ */

static uint32_t count_frames(enum msg_type type)
{
	uint32_t count = 0;

	for (unsigned i = 0; i < p.frame_count; i++)
		count += p.frames[i].type == type;
	return count;
}

static void small_logs_share_a_frame_and_a_refusal_keeps_its_place(void **state)
{
	struct msg_want wants[] = {{w.nodes[0].person.log, 0, 1}, {w.nodes[1].person.log, 0, 1},
	    {authors[0].person.log, 0, 3}, {w.nodes[0].person.log, 0, 1}};
	struct writer body = {0};
	struct batch_reader r;
	struct batch run;
	uint32_t seen = 0;

	(void)state;
	msg_want_encode(&body, wants, 4); /* the third is not held here */
	puppet_send(&p, MSG_WANT, &body);
	world_pump(&w);
	assert_int_equal(count_frames(MSG_BATCH), 3);
	for (unsigned i = 0; i < p.frame_count; i++) {
		if (p.frames[i].type != MSG_BATCH)
			continue;
		assert_ok(batch_open(&r, writer_view(&p.frames[i].body)));
		assert_int_equal(r.left, seen == 0 ? 2 : 1);
		while (batch_next(&r, &run))
			assert_int_equal(run.count, seen++ == 2 ? 0 : 1);
	}
	assert_int_equal(seen, 4);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(one_batch_brings_them_all),
	    TEST(a_run_may_end_within_its_log_and_go_on_in_the_next_batch),
	    TEST(what_is_refused_leaves_the_others),
	    TEST(another_order_is_another_log),
	    TEST(a_fault_ends_the_session_and_what_follows),
	    TEST(a_run_more_than_was_asked_for_is_out_of_turn),
	    TEST(a_run_ends_where_its_size_says),
	    TEST(small_logs_share_a_frame_and_a_refusal_keeps_its_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
