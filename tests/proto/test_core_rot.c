/* Stored records that no longer match their hashes: found, named, fetched again from a peer, and put in
 * place only when proven; nobody is cut off for it. */
#include "tests/proto/core_puppet.h"

static struct world w;

static int tear_down(void **state)
{
	(void)state;
	world_release(&w);
	return 0;
}

/* Two nodes that hold 600 records of node 0's log and 40 of node 1's. */
static void two_nodes(void)
{
	world_network(&w, 2);
	for (int i = 0; i < 6; i++)
		node_publish(&w.nodes[0], 100, 0);
	node_publish(&w.nodes[1], 40, 0);
	world_run(&w, 3000);
	assert_true(nodes_are_equal(&w.nodes[0], &w.nodes[1]));
}

static void rot(struct node *n, const struct node *of, uint64_t index)
{
	struct kept_log *log = kept_find(&n->store, &of->person.log);

	assert_non_null(log);
	assert_true(index < log->count);
	log->records[index].is_rotten = true;
	for (size_t i = 3; i < log->records[index].bytes.size; i++)
		log->records[index].bytes.data[i] ^= 0x55;
}

static unsigned rotten(const struct node *n)
{
	unsigned count = 0;

	for (size_t i = 0; i < n->store.log_count; i++)
		for (size_t k = 0; k < n->store.logs[i]->count; k++)
			count += n->store.logs[i]->records[k].is_rotten;
	return count;
}

static void come_across(struct node *n)
{
	core_time(n->core, world_time(&w));
	core_rot(n->core);
}

static void rotten_records_are_fetched_again(void **state)
{
	struct node *zero = &w.nodes[0], *one = &w.nodes[1];

	(void)state;
	two_nodes();
	rot(one, zero, 3);
	rot(one, zero, 4);
	rot(one, zero, 590);
	rot(one, one, 20);
	come_across(one);
	world_run(&w, 100);
	assert_int_equal(rotten(one), 0);
	assert_int_equal(node_status(one).rot_found, 4);
	assert_int_equal(node_status(one).rot_mended, 4);
	assert_null(core_alarm(one->core, 0));
	assert_int_equal(node_refused(zero) + node_refused(one), 0);
	assert_int_equal(node_status(one).sessions, 1);
	uint64_t request = node_publish(one, 1, 1);
	world_run(&w, 3000);
	assert_ok(node_reply(one, request)->err);
	assert_true(nodes_are_equal(zero, one));
}

static void the_roster_is_mended_too(void **state)
{
	struct node *one = &w.nodes[1];
	struct kept_log *log;
	struct key key;
	uint64_t size;

	(void)state;
	two_nodes();
	assert_true(core_roster_log(one->core, &key, &size));
	log = kept_find(&one->store, &key);
	log->records[0].is_rotten = true;
	come_across(one);
	world_run(&w, 100);
	assert_int_equal(rotten(one), 0);
}

static void without_a_peer_an_alarm_names_the_log_until_one_comes(void **state)
{
	struct node *zero = &w.nodes[0], *one = &w.nodes[1];

	(void)state;
	two_nodes();
	w.is_blocked[1][0] = true;
	world_cut_wires(&w);
	world_run(&w, 100);
	rot(one, zero, 3);
	rot(one, zero, 400);
	come_across(one);
	world_run(&w, 1000);
	assert_int_equal(rotten(one), 2);
	assert_non_null(core_alarm(one->core, 0));
	assert_non_null(strstr(core_alarm(one->core, 0), zero->person.code));
	assert_non_null(strstr(core_alarm(one->core, 0), "2 stored records"));
	assert_null(core_alarm(one->core, 1));
	w.is_blocked[1][0] = false;
	world_run(&w, 120000);
	assert_int_equal(rotten(one), 0);
	assert_null(core_alarm(one->core, 0));
	assert_int_equal(node_status(one).rot_mended, 2);
}

static unsigned looks;

static enum err count_looks(struct node *node, const struct read *read, struct writer *out)
{
	(void)out;
	looks +=
	    read->type == READ_ROT && read->from == 0 && key_equal(&read->key, &node->person.log);
	return ERR_NONE;
}

/* A look reads all that is stored: what nobody can mend, and whoever meets it again and again, does not cost one each minute. */
static void what_nobody_mends_is_looked_for_less_and_less_often(void **state)
{
	struct node *zero = &w.nodes[0], *one = &w.nodes[1];

	(void)state;
	two_nodes();
	w.is_blocked[1][0] = true;
	world_cut_wires(&w);
	world_run(&w, 100);
	rot(one, zero, 3);
	one->tamper = count_looks;
	looks = 0;
	for (int i = 0; i < 240; i++) {
		come_across(one);
		world_run(&w, 30000);
	}
	assert_true(looks >= 5 && looks <= 14);
	/* Other damage is found at the next look, and from then on looked for as often as at first. */
	rot(one, zero, 590);
	looks = 0;
	for (int i = 0; i < 34; i++) {
		come_across(one);
		world_run(&w, 30000);
	}
	assert_non_null(strstr(core_alarm(one->core, 0), "2 stored records"));
	assert_true(looks >= 1);
	w.is_blocked[1][0] = false;
	world_run(&w, 120000);
	assert_int_equal(rotten(one), 0);
	assert_null(core_alarm(one->core, 0));
	/* What rots then is not waited for. */
	rot(one, zero, 77);
	come_across(one);
	world_run(&w, 61000);
	assert_int_equal(rotten(one), 0);
}

static void where_stored_nodes_do_not_help_the_whole_log_is_compared(void **state)
{
	struct node *zero = &w.nodes[0], *one = &w.nodes[1];

	(void)state;
	two_nodes();
	one->store.has_bad_nodes = true;
	rot(one, zero, 590);
	come_across(one);
	world_run(&w, 100);
	assert_int_equal(rotten(one), 0);
}

/* Two records that hold, each in the other's place. */
static enum err swap_records(struct node *node, const struct read *read, struct writer *out)
{
	struct writer records = {0}, swapped = {0};
	struct bytes first = {0};
	struct record record;
	struct batch batch;
	struct reader r;

	(void)node;
	if (read->type != READ_BATCH)
		return ERR_NONE;
	assert_ok(batch_decode(&batch, writer_view(out)));
	assert_ok(batch_unpack(&records, batch.packed, batch.raw_size));
	reader_init(&r, writer_view(&records));
	for (uint64_t i = read->from; i < read->from + batch.count; i++) {
		const uint8_t *start = r.at;
		assert_ok(record_read(&record, &r));
		struct bytes one = bytes_of(start, (size_t)(r.at - start));
		if (i == 590 && read->from + batch.count > 591) {
			first = one;
			continue;
		}
		writer_bytes(&swapped, one);
		writer_bytes(&swapped, first);
		first = (struct bytes){0};
	}
	writer_clear(out);
	batch_encode(out, &batch, writer_view(&swapped));
	writer_release(&records);
	writer_release(&swapped);
	return out->err;
}

static void what_does_not_prove_takes_no_place(void **state)
{
	struct node *zero = &w.nodes[0], *one = &w.nodes[1];

	(void)state;
	two_nodes();
	rot(one, zero, 590);
	zero->tamper = swap_records;
	come_across(one);
	world_run(&w, 3000);
	assert_int_equal(rotten(one), 1);
	assert_non_null(core_alarm(one->core, 0));
	assert_int_equal(node_status(one).rot_mended, 0);
	assert_int_equal(node_status(one).sessions, 1); /* the fault may have been ours */
	zero->tamper = NULL;
	world_run(&w, 150000);
	assert_int_equal(rotten(one), 0);
	assert_null(core_alarm(one->core, 0));
}

/* The one that rots is the only one whom node 2 can ask. */
static void whoever_asks_for_rotten_records_is_not_cut_off_and_gets_them_later(void **state)
{
	struct node *zero = &w.nodes[0], *one = &w.nodes[1], *two = &w.nodes[2];

	(void)state;
	world_network(&w, 2);
	node_publish(zero, 50, 0);
	world_admit(&w, two);
	world_run(&w, 3000);
	w.is_blocked[1][0] = true;
	world_cut_wires(&w);
	rot(one, zero, 30);
	node_peer(two, one);
	node_start(two);
	world_run(&w, 5000);
	assert_true(node_head(two, zero) <= 30);
	assert_int_equal(node_status(two).sessions, 1);
	assert_int_equal(node_status(one).sessions, 1);
	assert_int_equal(node_refused(two), 0);
	assert_true(core_refused(one->core, ERR_ROT) > 0);
	assert_non_null(core_alarm(one->core, 0));
	w.is_blocked[1][0] = false;
	world_run(&w, 200000);
	assert_int_equal(rotten(one), 0);
	assert_true(nodes_are_equal(one, two));
	assert_true(nodes_are_equal(zero, two));
}

/* A payload that does not match is the peer's own fault, here as anywhere. */
static enum err bend_payload(struct node *node, const struct read *read, struct writer *out)
{
	struct writer records = {0};
	struct batch batch;

	(void)node;
	if (read->type != READ_BATCH)
		return ERR_NONE;
	assert_ok(batch_decode(&batch, writer_view(out)));
	assert_ok(batch_unpack(&records, batch.packed, batch.raw_size));
	records.data[records.size - 1] ^= 1;
	writer_clear(out);
	batch_encode(out, &batch, writer_view(&records));
	writer_release(&records);
	return out->err;
}

static void a_payload_that_does_not_match_ends_the_session(void **state)
{
	struct node *zero = &w.nodes[0], *one = &w.nodes[1];

	(void)state;
	two_nodes();
	rot(one, zero, 590);
	zero->tamper = bend_payload;
	come_across(one);
	world_run(&w, 1000);
	assert_int_equal(rotten(one), 1);
	assert_true(core_refused(one->core, ERR_HASH) > 0);
	zero->tamper = NULL;
	world_run(&w, 150000);
	assert_int_equal(rotten(one), 0);
}

/* It is asked first, never answers, and lives of news about logs of its own. */
static void a_member_that_does_not_answer_keeps_nobody_from_mending(void **state)
{
	struct node *zero = &w.nodes[0], *one = &w.nodes[1];
	struct checkpoint head;
	struct author author, more;
	struct msg_want want;
	struct puppet p;

	(void)state;
	two_nodes();
	author_init(&author, &w, 4);
	world_admit_key(&w, "m4", &author.person.member, NULL);
	world_run(&w, 3000);
	w.is_blocked[1][0] = true;
	world_cut_wires(&w);
	world_pump(&w);
	puppet_connect(&p, one);
	puppet_hello(&p, &author);
	rot(one, zero, 3);
	come_across(one);
	world_pump(&w);
	assert_true(puppet_wanted(&p, &zero->person.log, &want));
	w.is_blocked[1][0] = false;
	for (unsigned i = 0; i < 9; i++) {
		world_run(&w, 30000);
		assert_false(p.is_closed);
		author_init_log(&more, &w, 4, 2 + i);
		author_checkpoint(&more, 1, &head);
		puppet_head(&p, &head);
		author_release(&more);
	}
	assert_int_equal(node_status(one).sessions, 2);
	assert_int_equal(rotten(one), 0);
	puppet_release(&p);
	author_release(&author);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_teardown(f, tear_down)
	const struct CMUnitTest tests[] = {
	    TEST(rotten_records_are_fetched_again),
	    TEST(the_roster_is_mended_too),
	    TEST(a_member_that_does_not_answer_keeps_nobody_from_mending),
	    TEST(without_a_peer_an_alarm_names_the_log_until_one_comes),
	    TEST(what_nobody_mends_is_looked_for_less_and_less_often),
	    TEST(where_stored_nodes_do_not_help_the_whole_log_is_compared),
	    TEST(what_does_not_prove_takes_no_place),
	    TEST(a_payload_that_does_not_match_ends_the_session),
	    TEST(whoever_asks_for_rotten_records_is_not_cut_off_and_gets_them_later),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
