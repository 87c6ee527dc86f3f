/* Payloads that did not come with their headers are asked from every peer until they are here, and
 * nothing but what the header promised is taken. */
#include "tests/proto/core_puppet.h"

#include "proto/core_parts.h"

static struct world w;

static int tear_down(void **state)
{
	(void)state;
	world_release(&w);
	return 0;
}

/* Leaves out the payloads of practices; what is not served of headers is served whole. */
static enum err withhold(struct node *node, const struct read *read, struct writer *out)
{
	struct writer records = {0}, bare = {0};
	struct record record;
	struct batch batch;
	struct reader r;

	(void)node;
	if (read->type == READ_NEWS)
		return ERR_IO; /* heads are told */
	if (read->type != READ_BATCH)
		return ERR_NONE;
	assert_ok(batch_decode(&batch, writer_view(out)));
	assert_ok(batch_unpack(&records, batch.packed, batch.raw_size));
	reader_init(&r, writer_view(&records));
	while (reader_left(&r)) {
		assert_ok(record_read(&record, &r));
		if (record.header.kind == 128)
			record.state = RECORD_NOT_HELD;
		record_write(&bare, &record);
	}
	writer_clear(out);
	batch_encode(out, &batch, writer_view(&bare));
	writer_release(&records);
	writer_release(&bare);
	return out->err;
}

static unsigned missing(const struct node *n)
{
	struct read read = {.type = READ_MISSING, .max = 100000};
	struct writer out = {0};
	size_t rows;

	assert_ok(kept_missing(&n->store, &read, &out));
	rows = out.size / (KEY_SIZE + 8 + HASH_SIZE + 2 + 4 + HASH_SIZE);
	writer_release(&out);
	return (unsigned)rows;
}

/* Node 1 gets `count` records of node 0 without their payloads, and answers to what it asks for go
 * through `tamper`. */
static void fetch_bare(
    unsigned count, enum err (*tamper)(struct node *, const struct read *, struct writer *))
{
	struct node *zero = &w.nodes[0], *one = &w.nodes[1];

	world_network(&w, 2);
	w.is_blocked[1][0] = true;
	world_cut_wires(&w);
	node_publish(zero, count, 0);
	world_pump(&w);
	zero->tamper = withhold;
	w.is_blocked[1][0] = false;
	while (node_head(one, zero) <= count)
		if (!world_step(&w))
			world_tick(&w, 50);
	assert_int_equal(missing(one), count);
	zero->tamper = tamper;
}

static void missing_payloads_are_asked_for_and_filled(void **state)
{
	(void)state;
	fetch_bare(20, NULL);
	assert_true(nodes_are_equal(&w.nodes[0], &w.nodes[1])); /* headers alone make a log */
	world_run(&w, 3000);
	assert_int_equal(missing(&w.nodes[1]), 0);
	assert_int_equal(node_status(&w.nodes[1]).sessions, 1);
	assert_int_equal(node_refused(&w.nodes[1]), 0);
}

/* A member that sends more than this node takes keeps it different from its peers all day long. */
static void missing_payloads_are_filled_though_something_else_differs(void **state)
{
	struct node *zero = &w.nodes[0], *one = &w.nodes[1];

	(void)state;
	world_network(&w, 2);
	w.is_blocked[1][0] = true;
	world_cut_wires(&w);
	node_publish(zero, 50, 0);
	world_pump(&w);
	zero->tamper = withhold;
	zero->core->config.bounds.batch_raw_max = 2000;
	one->core->config.bounds.member_day_bytes = one->core->pace.accounts[0].bytes + 1;
	w.is_blocked[1][0] = false;
	world_run(&w, 60000);
	assert_int_equal(node_head(one, zero), 1);
	assert_true(kept_find(&one->store, &zero->person.log)->count > 5);
	assert_int_equal(missing(one), 0);
}

static void more_than_one_message_asks_for_are_filled_too(void **state)
{
	(void)state;
	fetch_bare(3 * MSG_WANTS_MAX + 5, NULL);
	world_run(&w, 10000);
	assert_int_equal(missing(&w.nodes[1]), 0);
}

static enum err bend_payload(struct node *node, const struct read *read, struct writer *out)
{
	(void)node;
	if (read->type == READ_PAYLOADS)
		out->data[out->size - 1] ^= 1;
	return ERR_NONE;
}

static void a_payload_that_does_not_match_ends_the_session(void **state)
{
	struct hash digest;

	(void)state;
	fetch_bare(20, bend_payload);
	digest = node_status(&w.nodes[1]).digest;
	while (node_refused(&w.nodes[1]) == 0)
		if (!world_step(&w))
			world_tick(&w, 50);
	assert_int_equal(core_refused(w.nodes[1].core, ERR_HASH), 1);
	assert_int_equal(missing(&w.nodes[1]), 20);
	struct hash after = node_status(&w.nodes[1]).digest;
	assert_memory_equal(&digest, &after, sizeof(digest));
	w.nodes[0].tamper = NULL;
	world_run(&w, 30000); /* and is asked again of whoever comes back */
	assert_int_equal(missing(&w.nodes[1]), 0);
}

/* All are said to be erased, or not to be held. */
static unsigned claim;
static enum err claim_state(struct node *node, const struct read *read, struct writer *out)
{
	struct msg_payload_want wants[MSG_WANTS_MAX];
	static const uint8_t ref[RECORD_REF_SIZE];
	uint32_t count;

	(void)node;
	if (read->type != READ_PAYLOADS)
		return ERR_NONE;
	assert_ok(msg_payload_want_decode(wants, &count, writer_view(&read->args)));
	writer_clear(out);
	msg_payloads_begin(out, count);
	for (uint32_t i = 0; i < count; i++)
		msg_payloads_add(
		    out, &(struct msg_payload){.log = wants[i].log,
			     .index = wants[i].index,
			     .state = (uint8_t)claim,
			     .rest = bytes_of(ref, claim == RECORD_ERASED ? sizeof(ref) : 0)});
	return ERR_NONE;
}

/* --- erasures in batches ------------------------------------------------------------------------ */

#define ERASED_AT 3

static struct ruling ruling; /* of the roster about record ERASED_AT of node 0, or nothing */

/* Every practice is said to be erased, by what the ruling is or by nothing that anybody knows. */
static enum err claim_in_batch(struct node *node, const struct read *read, struct writer *out)
{
	struct writer records = {0}, bare = {0};
	struct record record;
	struct batch batch;
	struct reader r;

	if (read->type == READ_NEWS)
		return ERR_IO;
	if (read->type != READ_BATCH || !key_equal(&read->key, &node->person.log))
		return ERR_NONE;
	assert_ok(batch_decode(&batch, writer_view(out)));
	assert_ok(batch_unpack(&records, batch.packed, batch.raw_size));
	reader_init(&r, writer_view(&records));
	while (reader_left(&r)) {
		assert_ok(record_read(&record, &r));
		if (record.header.kind == 128) {
			record.state = RECORD_ERASED;
			record.erasure = (struct record_ref){.log = node->world->keeper,
			    .index = ruling.entry_index,
			    .leaf = ruling.entry_leaf};
		}
		record_write(&bare, &record);
	}
	writer_clear(out);
	batch_encode(out, &batch, writer_view(&bare));
	writer_release(&records);
	writer_release(&bare);
	return out->err;
}

static void erase_by_roster(struct node *zero, bool is_of_another)
{
	struct kept_log *log = kept_find(&zero->store, &zero->person.log);
	struct ruling asked = {.type = RULING_ERASE,
	    .log = zero->person.log,
	    .index = ERASED_AT,
	    .leaf = log->records[ERASED_AT + is_of_another].leaf};
	struct writer entry = {0};
	uint64_t request;

	roster_entry_ruling(&entry, &asked, NULL);
	request = world_append(&w, writer_view(&entry));
	world_pump(&w);
	assert_ok(node_reply(zero, request)->err);
	ruling = *roster_ruling_at(core_roster(zero->core), 0);
	writer_release(&entry);
}

/* Node 1 gets 20 practices of node 0 that are said to be erased; how many it goes on asking for. */
static unsigned fetch_claims(bool has_ruling, bool is_of_another, uint8_t bend)
{
	struct node *zero = &w.nodes[0], *one = &w.nodes[1];

	ruling = (struct ruling){0};
	world_network(&w, 2);
	w.is_blocked[1][0] = true;
	world_cut_wires(&w);
	node_publish(zero, 20, 0);
	world_pump(&w);
	if (has_ruling)
		erase_by_roster(zero, is_of_another);
	ruling.entry_leaf.b[5] ^= bend;
	zero->tamper = claim_in_batch;
	w.is_blocked[1][0] = false;
	while (node_head(one, zero) <= 20)
		if (!world_step(&w))
			world_tick(&w, 50);
	return missing(one);
}

static void an_erasure_that_nobody_decided_is_asked_for_on(void **state)
{
	(void)state;
	assert_int_equal(fetch_claims(false, false, 0), 20);
	assert_int_equal(node_refused(&w.nodes[1]), 0);
	assert_true(nodes_are_equal(&w.nodes[0], &w.nodes[1]));
	w.nodes[0].tamper = NULL;
	world_run(&w, 5000);
	assert_int_equal(missing(&w.nodes[1]), 0); /* nothing was lost by a word */
}

static void an_erasure_of_the_roster_is_believed_about_its_record_alone(void **state)
{
	(void)state;
	assert_int_equal(fetch_claims(true, false, 0), 19);
}

/* What the roster erased is erased by what it says, whatever a peer names. */
static void an_erasure_that_names_another_entry_stands_on_the_one_that_is_known(void **state)
{
	const struct kept_record *row;
	struct record record;
	struct reader r;

	(void)state;
	assert_int_equal(fetch_claims(true, false, 1), 19);
	row = &kept_find(&w.nodes[1].store, &w.nodes[0].person.log)->records[ERASED_AT];
	reader_init(&r, writer_view(&row->bytes));
	assert_ok(record_read(&record, &r));
	assert_int_equal(record.state, RECORD_ERASED);
	assert_int_equal(record.erasure.leaf.b[5] ^ 1, ruling.entry_leaf.b[5]);
}

static void an_erasure_of_another_leaf_is_asked_for_on(void **state)
{
	(void)state;
	assert_int_equal(fetch_claims(true, true, 0), 20);
}

static void a_claimed_erasure_is_not_believed(void **state)
{
	(void)state;
	claim = RECORD_ERASED;
	fetch_bare(20, claim_state);
	world_run(&w, 3000);
	assert_int_equal(node_refused(&w.nodes[1]), 0);
	assert_int_equal(missing(&w.nodes[1]), 20);
}

static void what_one_peer_does_not_hold_comes_from_another(void **state)
{
	struct node *one = &w.nodes[1], *two = &w.nodes[2];

	(void)state;
	claim = RECORD_NOT_HELD;
	fetch_bare(20, claim_state);
	world_run(&w, 2000);
	world_admit(&w, two);
	w.nodes[0].tamper = NULL;
	node_peer(two, &w.nodes[0]);
	node_start(two);
	world_run(&w, 1000);
	w.nodes[0].tamper = claim_state;
	assert_int_equal(missing(two), 0);
	world_run(&w, 2000);
	assert_int_equal(missing(one), 20);
	char address[CORE_ADDRESS_MAX];
	node_address(two, address);
	core_add_peer(one->core, address);
	world_run(&w, 3000);
	assert_int_equal(missing(one), 0);
}

/* Payloads are missing of a log that is frozen meanwhile: nobody serves it, and nobody is to blame. */
static void what_is_not_served_any_more_is_no_fault(void **state)
{
	struct node *zero = &w.nodes[0], *one = &w.nodes[1], *two = &w.nodes[2];
	struct msg_evidence evidence = {.proof_count = 0};
	struct author twin, member;
	struct writer body = {0};
	struct log_info info;
	struct puppet p;

	(void)state;
	claim = RECORD_NOT_HELD;
	world_network(&w, 3);
	w.is_blocked[1][0] = true;
	world_cut_wires(&w);
	world_run(&w, 3000);
	node_publish(two, 20, 0);
	world_run(&w, 1000);
	zero->tamper = withhold;
	w.is_blocked[1][0] = false;
	while (node_head(one, two) <= 20)
		if (!world_step(&w))
			world_tick(&w, 50);
	zero->tamper = claim_state;
	author_init(&member, &w, 4);
	world_admit_key(&w, "m4", &member.person.member, NULL);
	world_run(&w, 3000);
	assert_int_equal(missing(one), 20);
	evidence.log = two->person.log;
	author_init(&twin, &w, 2); /* the same key, another history */
	for (unsigned i = 0; i < 20; i++)
		author_write(&twin, 128, i);
	assert_true(node_log(one, &two->person.log, &info));
	evidence.a = info.head;
	author_checkpoint(&twin, 21, &evidence.b);
	puppet_connect(&p, zero);
	puppet_hello(&p, &member);
	msg_evidence_encode(&body, &evidence);
	puppet_send(&p, MSG_EVIDENCE, &body);
	world_run(&w, 2000);
	puppet_release(&p);
	assert_int_equal(core_refused(one->core, ERR_FORK), 1);
	zero->tamper = NULL;
	node_stop(one);
	node_start(one);
	world_run(&w, 5000);
	assert_true(nodes_are_equal(zero, one));
	assert_int_equal(node_refused(one), 0);
	assert_int_equal(core_refused(zero->core, ERR_STATE), 0);
	assert_int_equal(missing(one), 20);
	author_release(&twin);
	author_release(&member);
}

static void payloads_that_were_not_asked_for_are_out_of_turn(void **state)
{
	struct author author;
	struct puppet p;
	struct writer body = {0};

	(void)state;
	world_network(&w, 2);
	author_init(&author, &w, 4);
	world_admit_key(&w, "m4", &author.person.member, NULL);
	puppet_connect(&p, &w.nodes[0]);
	puppet_hello(&p, &author);
	msg_payloads_begin(&body, 1);
	msg_payloads_add(
	    &body, &(struct msg_payload){.log = author.person.log, .state = RECORD_NOT_HELD});
	puppet_send(&p, MSG_PAYLOADS, &body);
	world_pump(&w);
	assert_bye(&p, ERR_STATE);
	assert_int_equal(node_refused(&w.nodes[0]), 1);
	puppet_release(&p);
	author_release(&author);
}

#define TEST(name) cmocka_unit_test_teardown(name, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(missing_payloads_are_asked_for_and_filled),
	    TEST(missing_payloads_are_filled_though_something_else_differs),
	    TEST(more_than_one_message_asks_for_are_filled_too),
	    TEST(a_payload_that_does_not_match_ends_the_session),
	    TEST(a_claimed_erasure_is_not_believed),
	    TEST(an_erasure_that_nobody_decided_is_asked_for_on),
	    TEST(an_erasure_of_the_roster_is_believed_about_its_record_alone),
	    TEST(an_erasure_that_names_another_entry_stands_on_the_one_that_is_known),
	    TEST(an_erasure_of_another_leaf_is_asked_for_on),
	    TEST(what_one_peer_does_not_hold_comes_from_another),
	    TEST(what_is_not_served_any_more_is_no_fault),
	    TEST(payloads_that_were_not_asked_for_are_out_of_turn),
	};

	assert_ok(seal_init());
	return cmocka_run_group_tests(tests, NULL, NULL);
}
