/* A member that sends what is not so: its session ends, nothing of it is stored, one counter rises
 * by one, the digest stays. A log that is not as it must be: it is skipped, the session goes on. */
#include "tests/proto/core_visitor.h"

static struct hash digest;
static struct msg_want want;
static struct checkpoint head;

/* m4 is connected to the coordinator and has announced a log of five records, which is asked for. */
static int set_up(void **state)
{
	(void)state;
	world_network(&w, 2);
	author_init(&author, &w, 4);
	world_admit_key(&w, "m4", &author.person.member, NULL);
	for (unsigned i = 0; i < 4; i++)
		author_write(&author, 128, i);
	world_run(&w, 2000);
	puppet_connect(&p, &w.nodes[0]);
	puppet_hello(&p, &author);
	assert_false(p.is_closed);
	author_checkpoint(&author, 5, &head);
	puppet_head(&p, &head);
	assert_true(puppet_wanted(&p, &author.person.log, &want));
	assert_true(want.from == 0 && want.size == 5);
	digest = node_status(&w.nodes[0]).digest;
	return 0;
}

static void assert_same_digest(void)
{
	struct core_status status = node_status(&w.nodes[0]);

	assert_memory_equal(&digest, &status.digest, sizeof(digest));
}

static void assert_unchanged(void)
{
	struct kept_log *log = kept_find(&w.nodes[0].store, &author.person.log);

	assert_same_digest();
	assert_true(!log || log->count == 0);
	node_publish(&w.nodes[0], 1, 0);
	world_pump(&w);
	assert_true(nodes_are_equal(&w.nodes[0], &w.nodes[1])); /* others are served on */
}

/* The session ended for that reason alone. */
static void assert_cut_off(enum err err)
{
	world_pump(&w);
	assert_bye(&p, err);
	assert_int_equal(core_refused(w.nodes[0].core, err), 1);
	assert_int_equal(node_refused(&w.nodes[0]), 1);
	assert_unchanged();
}

/* The answer with its records, before it is packed. */
struct opened {
	struct batch batch;
	struct writer records;
	struct writer out;
};

static void open_batch(struct opened *o, uint32_t max)
{
	struct writer honest = {0};

	*o = (struct opened){0};
	author_batch(&author, &want, max, &honest);
	assert_ok(batch_decode(&o->batch, writer_view(&honest)));
	assert_ok(batch_unpack(&o->records, o->batch.packed, o->batch.raw_size));
	writer_release(&honest);
}

static void send_batch(struct opened *o)
{
	batch_encode(&o->out, &o->batch, writer_view(&o->records));
	puppet_send(&p, MSG_BATCH, &o->out);
	writer_release(&o->records);
	world_pump(&w);
}

static void an_honest_batch_is_stored(void **state)
{
	struct opened o;
	struct log_info info;

	(void)state;
	open_batch(&o, 100000);
	assert_int_equal(o.batch.count, 5);
	send_batch(&o);
	assert_false(p.is_closed);
	assert_true(node_log(&w.nodes[0], &author.person.log, &info));
	assert_int_equal(info.head.size, 5);
	assert_int_equal(node_refused(&w.nodes[0]), 0);
	assert_non_null(puppet_got(&p, MSG_HAVE)); /* announced: told when it is durable */
	world_run(&w, 1000);
	assert_true(nodes_are_equal(&w.nodes[0], &w.nodes[1]));
}

static void an_honest_part_is_stored_and_not_announced(void **state)
{
	struct opened o;
	struct log_info info;

	(void)state;
	open_batch(&o, 500);
	assert_in_range(o.batch.count, 1, 4);
	uint32_t count = o.batch.count;
	send_batch(&o);
	assert_false(p.is_closed);
	assert_true(node_log(&w.nodes[0], &author.person.log, &info));
	assert_true(info.stored == count && info.head.size == 0);
	assert_null(puppet_got(&p, MSG_HAVE));
	assert_same_digest();
}

static void a_payload_that_does_not_match_is_a_bad_hash(void **state)
{
	struct opened o;

	(void)state;
	open_batch(&o, 100000);
	o.records.data[o.records.size - 1] ^= 1;
	send_batch(&o);
	assert_cut_off(ERR_HASH);
}

static void a_header_that_is_not_in_the_tree_is_a_bad_proof(void **state)
{
	struct writer payload = {0};
	const uint8_t salt[RECORD_SALT_SIZE] = {0};
	struct opened o;

	(void)state;
	open_batch(&o, 100000);
	/* A sixth record in place of the fifth, complete in itself. */
	o.records.size = o.records.size - author.store.logs[0]->records[4].bytes.size;
	practice(&payload, 99, 60);
	record_create(&o.records, 128, (struct mtime){5}, NULL, salt, writer_view(&payload));
	writer_release(&payload);
	send_batch(&o);
	assert_cut_off(ERR_PROOF);
}

static void a_bent_proof_is_a_bad_proof(void **state)
{
	struct opened o;

	(void)state;
	open_batch(&o, 500);
	assert_true(o.batch.proof_count > 0);
	o.batch.proof[0].b[0] ^= 1;
	send_batch(&o);
	assert_cut_off(ERR_PROOF);
}

static void a_missing_proof_is_a_bad_proof(void **state)
{
	struct opened o;

	(void)state;
	open_batch(&o, 500);
	o.batch.proof_count = 0;
	send_batch(&o);
	assert_cut_off(ERR_PROOF);
}

static void more_than_was_asked_for_is_out_of_turn(void **state)
{
	struct opened o;

	(void)state;
	open_batch(&o, 100000);
	o.batch.count++;
	send_batch(&o);
	assert_cut_off(ERR_STATE);
}

static void a_batch_from_elsewhere_opens_no_log(void **state)
{
	struct opened o;

	(void)state;
	want.from = 1;
	open_batch(&o, 100000);
	send_batch(&o);
	assert_cut_off(ERR_FORMAT);
}

static void a_frame_that_does_not_unpack_is_bad(void **state)
{
	struct opened o;

	(void)state;
	open_batch(&o, 100000);
	batch_encode(&o.out, &o.batch, writer_view(&o.records));
	o.out.data[o.out.size - 20] ^= 0xff;
	puppet_send(&p, MSG_BATCH, &o.out);
	writer_release(&o.records);
	world_pump(&w);
	assert_true(p.is_closed);
	assert_int_equal(node_refused(&w.nodes[0]), 1);
	assert_unchanged();
}

static void fewer_records_than_said_are_too_short(void **state)
{
	struct opened o;

	(void)state;
	open_batch(&o, 100000);
	o.records.size -= author.store.logs[0]->records[4].bytes.size;
	send_batch(&o);
	assert_cut_off(ERR_SHORT);
}

static void more_records_than_said_are_trailing(void **state)
{
	struct opened o;

	(void)state;
	open_batch(&o, 500);
	writer_bytes(&o.records, writer_view(&author.store.logs[0]->records[4].bytes));
	send_batch(&o);
	assert_cut_off(ERR_TRAILING);
}

static void a_head_that_is_not_signed_is_a_bad_signature(void **state)
{
	(void)state;
	head.size = 6;
	puppet_head(&p, &head);
	assert_cut_off(ERR_SIGNATURE);
}

/* Of the author's records the one at that index, whatever m says of it. */
static void push_record(struct msg_push *m, unsigned index)
{
	struct writer packed = {0}, body = {0};

	batch_pack(&packed, writer_view(&author.store.logs[0]->records[index].bytes));
	m->raw_size = be32_get(packed.data);
	m->packed = bytes_of(packed.data + 4, packed.size - 4);
	msg_push_encode(&body, m);
	puppet_send(&p, MSG_PUSH, &body);
	writer_release(&packed);
	world_pump(&w);
}

static void a_pushed_head_that_is_not_signed_is_a_bad_signature(void **state)
{
	struct opened o;
	struct msg_push m = {.from = 5};

	(void)state;
	open_batch(&o, 100000);
	send_batch(&o);
	digest = node_status(&w.nodes[0]).digest;
	author_write(&author, 128, 50);
	author_checkpoint(&author, 6, &m.head);
	m.head.sig.b[0] ^= 1;
	push_record(&m, 5);
	assert_bye(&p, ERR_SIGNATURE);
	assert_int_equal(node_refused(&w.nodes[0]), 1);
	assert_same_digest();
	assert_int_equal(kept_find(&w.nodes[0].store, &author.person.log)->count, 5);
}

static void a_push_of_other_records_is_a_bad_proof(void **state)
{
	struct opened o;
	struct msg_push m = {.from = 5};

	(void)state;
	open_batch(&o, 100000);
	send_batch(&o);
	author_write(&author, 128, 50);
	author_checkpoint(&author, 6, &m.head);
	push_record(&m, 4);
	/* Another branch perhaps: it may show that, and has not. */
	assert_non_null(puppet_got(&p, MSG_PROOF_WANT));
	world_run(&w, 61000);
	assert_bye(&p, ERR_PROOF);
	assert_int_equal(kept_find(&w.nodes[0].store, &author.person.log)->count, 5);
}

static void a_pushed_record_is_stored_and_answered(void **state)
{
	struct opened o;
	struct msg_push m = {.from = 5};

	(void)state;
	open_batch(&o, 100000);
	send_batch(&o);
	author_write(&author, 128, 50);
	author_checkpoint(&author, 6, &m.head);
	push_record(&m, 5);
	assert_false(p.is_closed);
	assert_int_equal(kept_find(&w.nodes[0].store, &author.person.log)->head.size, 6);
	struct msg_have have;
	uint32_t count;
	assert_ok(msg_have_decode(&have, &count, 1, writer_view(&puppet_got(&p, MSG_HAVE)->body)));
	assert_int_equal(have.size, 6);
}

static void a_bent_frame_is_not_authentic(void **state)
{
	struct writer body = {0}, out = {0};

	(void)state;
	msg_number_encode(&body, 1);
	assert_ok(frame_encode(&p.out, MSG_PING, writer_view(&body), &out));
	out.data[out.size - 1] ^= 1;
	puppet_raw(&p, writer_view(&out));
	writer_release(&out);
	writer_release(&body);
	world_pump(&w);
	assert_true(p.is_closed);
	assert_int_equal(core_refused(w.nodes[0].core, ERR_AUTH), 1);
	assert_int_equal(node_refused(&w.nodes[0]), 1);
	assert_unchanged();
}

static void an_unknown_type_of_message_is_no_message(void **state)
{
	struct writer body = {0};

	(void)state;
	msg_number_encode(&body, 1);
	puppet_send(&p, (enum msg_type)99, &body);
	assert_cut_off(ERR_FORMAT);
}

static void a_message_that_is_not_canonical_is_refused(void **state)
{
	struct writer body = {0};

	(void)state;
	writer_bytes(&body, HEX("91cc01")); /* 1 in two bytes */
	puppet_send(&p, MSG_PING, &body);
	assert_cut_off(ERR_ENCODING);
}

static void a_second_hello_is_out_of_turn(void **state)
{
	struct msg_hello hello = {0};
	struct writer body = {0};

	(void)state;
	msg_hello_encode(&body, &hello);
	puppet_send(&p, MSG_HELLO, &body);
	assert_cut_off(ERR_STATE);
}

static void batches_that_do_not_come_end_the_session(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 7; i++) {
		struct writer body = {0};
		msg_number_encode(&body, i);
		puppet_send(&p, MSG_PING, &body);
		world_run(&w, 9000);
	}
	assert_true(p.is_closed);
	assert_int_equal(core_refused(w.nodes[0].core, ERR_TIMEOUT), 1);
}

static void silence_ends_the_session_after_a_ping(void **state)
{
	struct opened o;

	(void)state;
	open_batch(&o, 100000);
	send_batch(&o);
	p.stays_silent = true;
	world_run(&w, 34000);
	assert_null(puppet_got(&p, MSG_PING)); /* who dialled begins */
	world_run(&w, 1000);
	assert_non_null(puppet_got(&p, MSG_PING));
	assert_false(p.is_closed);
	world_run(&w, 25100);
	assert_true(p.is_closed);
	assert_int_equal(core_refused(w.nodes[0].core, ERR_TIMEOUT), 1);
}

static void an_answered_ping_keeps_the_session(void **state)
{
	struct opened o;

	(void)state;
	open_batch(&o, 100000);
	send_batch(&o);
	world_run(&w, 200000);
	assert_non_null(puppet_got(&p, MSG_PING));
	assert_false(p.is_closed);
	assert_int_equal(node_refused(&w.nodes[0]), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(an_honest_batch_is_stored),
	    TEST(an_honest_part_is_stored_and_not_announced),
	    TEST(a_payload_that_does_not_match_is_a_bad_hash),
	    TEST(a_header_that_is_not_in_the_tree_is_a_bad_proof),
	    TEST(a_bent_proof_is_a_bad_proof),
	    TEST(a_missing_proof_is_a_bad_proof),
	    TEST(more_than_was_asked_for_is_out_of_turn),
	    TEST(a_batch_from_elsewhere_opens_no_log),
	    TEST(a_frame_that_does_not_unpack_is_bad),
	    TEST(fewer_records_than_said_are_too_short),
	    TEST(more_records_than_said_are_trailing),
	    TEST(a_head_that_is_not_signed_is_a_bad_signature),
	    TEST(a_pushed_head_that_is_not_signed_is_a_bad_signature),
	    TEST(a_push_of_other_records_is_a_bad_proof),
	    TEST(a_pushed_record_is_stored_and_answered),
	    TEST(a_bent_frame_is_not_authentic),
	    TEST(an_unknown_type_of_message_is_no_message),
	    TEST(a_message_that_is_not_canonical_is_refused),
	    TEST(a_second_hello_is_out_of_turn),
	    TEST(batches_that_do_not_come_end_the_session),
	    TEST(silence_ends_the_session_after_a_ping),
	    TEST(an_answered_ping_keeps_the_session),
	};

	assert_ok(seal_init());
	return cmocka_run_group_tests(tests, NULL, NULL);
}
