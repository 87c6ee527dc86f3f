/* What a stranger, a guest or one member does in order to harm, and what it must not get: a roster
 * put under a false key, places, memory, other people's sessions. */
#include "tests/proto/core_puppet.h"

#include <malloc.h>

#include "proto/kinds.h"

static struct world w;
static struct author author;
static struct puppet p;

static int tear_down(void **state)
{
	(void)state;
	puppet_release(&p);
	author_release(&author);
	world_release(&w);
	return 0;
}

/* --- strangers ------------------------------------------------------------------------------- */

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
	struct msg_hello hello = {.roster_size = 1};
	struct writer body = {0};
	struct kept_log *log;

	world_init(&w);
	author_init(&author, &w, 4);
	node_start(newcomer);
	world_pump(&w);
	puppet_connect(&p, newcomer);
	puppet_begin(&p, &author.person, &w.network,
	    &(struct msg_intro){.roster_size = 1, .log = author.person.log});
	world_pump(&w);
	msg_hello_encode(&body, &hello);
	puppet_send(&p, MSG_HELLO, &body);
	log = kept_find(&author.store, &author.person.log);
	msg_open_encode(&body, &author.person.log, writer_view(&log->records[0].bytes));
	puppet_send(&p, MSG_OPEN, &body);
	world_pump(&w);
	assert_false(p.is_closed);
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

/* Not in the roster, but its roster is said to be larger. */
static void guest_comes(struct puppet *guest, struct author *a, unsigned number)
{
	struct msg_hello hello = {.roster_size = 1000};
	struct writer body = {0};
	struct kept_log *log;

	author_init(a, &w, number);
	puppet_connect(guest, &w.nodes[0]);
	puppet_begin(guest, &a->person, &w.network,
	    &(struct msg_intro){.roster_size = 1000, .log = a->person.log});
	world_pump(&w);
	msg_hello_encode(&body, &hello);
	puppet_send(guest, MSG_HELLO, &body);
	log = kept_find(&a->store, &a->person.log);
	msg_open_encode(&body, &a->person.log, writer_view(&log->records[0].bytes));
	puppet_send(guest, MSG_OPEN, &body);
	world_pump(&w);
	assert_false(guest->is_closed);
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

/* --- members --------------------------------------------------------------------------------- */

/* m4 in our hands is connected to node 0 as a member. */
static void member_connects(void)
{
	author_init(&author, &w, 4);
	world_admit_key(&w, "m4", &author.person.member, NULL);
	puppet_connect(&p, &w.nodes[0]);
	puppet_hello(&p, &author);
	assert_false(p.is_closed);
}

static void restart_with(struct node *n, struct core_bounds bounds)
{
	node_stop(n);
	n->config.bounds = bounds;
	node_start(n);
	world_run(&w, 20000);
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

static void want_one(const struct key *log, uint64_t from, uint64_t size)
{
	struct msg_want want = {.log = *log, .from = from, .size = size};
	struct writer body = {0};

	msg_want_encode(&body, &want, 1);
	puppet_send(&p, MSG_WANT, &body);
	world_pump(&w);
}

/* The keeper's roster too is a log of its own: what is stored and not signed is nobody's business. */
static void the_unsigned_tail_of_the_roster_is_not_served(void **state)
{
	struct node *zero = &w.nodes[0];
	struct writer entry = {0}, names = {0};
	struct log_info info;
	struct batch batch;

	(void)state;
	world_network(&w, 2);
	member_connects();
	roster_entry_admit(&entry, "m9", MEMBER_COMMUNE, &w.nodes[5].person.member,
	    world_names(&names, "m9"), "", NULL);
	world_append(&w, writer_view(&entry));
	while (!node_log(zero, &w.keeper, &info) || info.stored == info.head.size)
		assert_true(world_step(&w));
	zero->is_disk_held = true;
	want_one(&w.keeper, 0, info.stored);
	assert_non_null(puppet_got(&p, MSG_BATCH));
	assert_ok(batch_decode(&batch, writer_view(&puppet_got(&p, MSG_BATCH)->body)));
	assert_int_equal(batch.count, 0);
	zero->is_disk_held = false;
	world_pump(&w);
	want_one(&w.keeper, 0, info.stored);
	assert_ok(batch_decode(&batch, writer_view(&puppet_got(&p, MSG_BATCH)->body)));
	assert_int_equal(batch.count, info.stored);
	writer_release(&entry);
	writer_release(&names);
}

static size_t memory_in_use(void)
{
	struct mallinfo2 info = mallinfo2();

	return info.uordblks + info.hblkhd;
}

/* Always one WANT is owed, so that the list of what is owed never ends. */
static void what_was_served_takes_no_memory(void **state)
{
	struct node *zero = &w.nodes[0];
	struct core_bounds bounds;
	size_t before;

	(void)state;
	world_network(&w, 2);
	core_bounds_defaults(&bounds);
	bounds.send_queue_max = 40;
	restart_with(zero, bounds);
	member_connects();
	p.wire->is_stuck[0] = true;
	want_one(&zero->person.log, 0, 1);
	want_one(&zero->person.log, 0, 1);
	before = memory_in_use();
	for (unsigned i = 0; i < 20000; i++) {
		want_one(&zero->person.log, 0, 1);
		p.wire->to[0].size = 0;
		core_drained(zero->core, p.wire->conns[1], 0);
		world_pump(&w);
		assert_true(p.wire->to[0].size > 0);
	}
	assert_true(memory_in_use() < before + 100000);
	p.wire->is_gone = true;
}

/* Of ten records of m4's log three are here, the others were asked for. */
static void begin_transfer(struct checkpoint *head, struct msg_want *want)
{
	struct writer batch = {0};

	world_network(&w, 2);
	member_connects();
	for (unsigned i = 0; i < 9; i++)
		author_write(&author, 128, i);
	author_checkpoint(&author, 10, head);
	puppet_head(&p, head);
	assert_true(puppet_wanted(&p, &head->log, want));
	author_batch(&author, want, 600, &batch);
	puppet_send(&p, MSG_BATCH, &batch);
	world_pump(&w);
	want->from = kept_find(&w.nodes[0].store, &head->log)->count;
	assert_in_range(want->from, 1, 9);
}

static void end_transfer(const struct msg_want *want)
{
	struct writer batch = {0};

	author_batch(&author, want, UINT32_MAX, &batch);
	puppet_send(&p, MSG_BATCH, &batch);
	world_pump(&w);
}

static void a_log_frozen_in_a_transfer_grows_no_further(void **state)
{
	struct msg_evidence evidence = {0};
	struct checkpoint head;
	struct msg_want want = {0};
	struct writer body = {0};

	(void)state;
	begin_transfer(&head, &want);
	evidence.log = head.log;
	evidence.a = evidence.b = head;
	evidence.b.root.b[0] ^= 1;
	assert_ok(checkpoint_sign(&evidence.b, &w.network, &author.person.log_sk));
	msg_evidence_encode(&body, &evidence);
	puppet_send(&p, MSG_EVIDENCE, &body);
	world_pump(&w);
	end_transfer(&want);
	assert_int_equal(kept_find(&w.nodes[0].store, &head.log)->count, want.from);
	assert_int_equal(core_refused(w.nodes[0].core, ERR_FROZEN), 1);
	assert_false(p.is_closed);
}

static void a_log_cut_in_a_transfer_ends_at_its_cut(void **state)
{
	struct checkpoint head, cut;
	struct msg_want want = {0};

	(void)state;
	begin_transfer(&head, &want);
	author_checkpoint(&author, want.from, &cut);
	world_remove(&w, "m4",
	    &(struct log_listing){
		.key = head.log, .end = LOG_IS_CUT, .size = cut.size, .root = cut.root});
	assert_false(p.is_closed);
	end_transfer(&want);
	assert_int_equal(kept_find(&w.nodes[0].store, &head.log)->count, want.from);
	assert_int_equal(core_refused(w.nodes[0].core, ERR_CUT), 1);
	world_run(&w, 3000);
	assert_true(nodes_are_equal(&w.nodes[0], &w.nodes[1]));
}

/* The records that were to open it found no room. */
static void a_log_that_is_not_stored_yet_can_be_frozen(void **state)
{
	struct msg_evidence evidence = {0};
	struct msg_want want = {0};
	struct writer body = {0};

	(void)state;
	world_network(&w, 2);
	member_connects();
	author_checkpoint(&author, 1, &evidence.a);
	puppet_head(&p, &evidence.a);
	assert_true(puppet_wanted(&p, &author.person.log, &want));
	w.nodes[0].disk_err = ERR_FULL;
	author_batch(&author, &want, UINT32_MAX, &body);
	puppet_send(&p, MSG_BATCH, &body);
	world_pump(&w);
	w.nodes[0].disk_err = ERR_NONE;
	assert_null(kept_find(&w.nodes[0].store, &author.person.log));
	evidence.log = author.person.log;
	evidence.b = evidence.a;
	evidence.b.root.b[0] ^= 1;
	assert_ok(checkpoint_sign(&evidence.b, &w.network, &author.person.log_sk));
	msg_evidence_encode(&body, &evidence);
	puppet_send(&p, MSG_EVIDENCE, &body);
	world_pump(&w);
	assert_non_null(kept_find(&w.nodes[0].store, &author.person.log));
	assert_int_equal(kept_find(&w.nodes[0].store, &author.person.log)->state.state, LOG_FROZEN);
}

/* Who has the larger roster tells the head of a log that is cut there. */
static void tell_cut(uint64_t roster_size)
{
	struct checkpoint roster = {.log = w.keeper, .size = roster_size, .root = {{1}}};
	struct checkpoint cut = {.log = w.nodes[1].person.log, .size = 7, .root = {{2}}};
	struct writer body = {0};

	world_network(&w, 2);
	member_connects();
	assert_ok(checkpoint_sign(&roster, &w.network, &w.keeper_sk));
	msg_roster_encode(&body, &roster);
	puppet_send(&p, MSG_ROSTER, &body);
	world_pump(&w);
	puppet_head(&p, &cut);
}

static void a_cut_of_a_later_roster_is_no_fault(void **state)
{
	struct msg_want want;

	(void)state;
	tell_cut(50);
	assert_false(p.is_closed);
	assert_false(puppet_wanted(&p, &w.nodes[1].person.log, &want));
	assert_int_equal(node_refused(&w.nodes[0]), 0);
}

static void a_cut_that_the_roster_does_not_make_is_not_signed(void **state)
{
	(void)state;
	tell_cut(1);
	assert_bye(&p, ERR_SIGNATURE);
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

/* --- signing --------------------------------------------------------------------------------- */

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
	struct key roster;
	uint64_t request;

	(void)state;
	world_network(&w, 1);
	author_init(&author, &w, 4);
	world_admit_key(&w, "m4", &author.person.member, NULL);
	puppet_connect(&p, zero);
	assert_true(core_roster_log(zero->core, &roster, &hello.roster_size));
	puppet_begin(&p, &author.person, &author.network,
	    &(struct msg_intro){.roster_size = hello.roster_size, .log = author.person.log});
	world_pump(&w);
	msg_hello_encode(&body, &hello);
	puppet_send(&p, MSG_HELLO, &body);
	world_pump(&w);
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

/* --- requests to join ------------------------------------------------------------------------ */

static const uint8_t token[TOKEN_SIZE] = {1, 2, 3, 4};

static void invite_anybody(void)
{
	struct change_invite invite = {.is_put = true, .expires = {WALL_START + 10000000}};

	memcpy(invite.token, token, TOKEN_SIZE);
	core_invite(w.nodes[0].core, 77, &invite);
	world_pump(&w);
}

/* As `code`, with a log that m4 makes up for it. */
static void ask_to_join(const char *code)
{
	struct log_open open = {.network = w.network,
	    .number = 1,
	    .key = w.nodes[5].person.log,
	    .member_key = author.person.member,
	    .transport = author.person.transport};
	struct msg_join m = {.kind = BYTES_STR("commune")};
	const uint8_t salt[RECORD_SALT_SIZE] = {8};
	struct writer payload = {0}, record = {0}, names = {0}, body = {0};

	snprintf(open.member, sizeof(open.member), "%s", code);
	log_open_encode(&payload, &open, &author.person.member_sk);
	record_create(&record, 0, (struct mtime){WALL_START}, NULL, salt, writer_view(&payload));
	memcpy(m.token, token, TOKEN_SIZE);
	m.record = writer_view(&record);
	m.names = world_names(&names, "Sefrou");
	msg_join_encode(&body, &m);
	puppet_send(&p, MSG_JOIN, &body);
	world_pump(&w);
	writer_release(&payload);
	writer_release(&record);
	writer_release(&names);
}

static unsigned count_requests(void)
{
	unsigned count = 0;

	for (size_t i = 0; i < w.nodes[0].store.row_count; i++)
		count += w.nodes[0].store.rows[i].op == CHANGE_REQUEST &&
			 !w.nodes[0].store.rows[i].is_gone;
	return count;
}

static void a_member_becomes_nobody_else_by_asking_to_join(void **state)
{
	struct peer_info peer = {0};

	(void)state;
	world_network(&w, 2);
	invite_anybody();
	member_connects();
	ask_to_join("m0");
	assert_true(core_peer(w.nodes[0].core, 1, &peer));
	assert_string_equal(peer.member, "m4");
	assert_int_equal(count_requests(), 0);
	assert_non_null(puppet_got(&p, MSG_JOINED));
	assert_false(p.is_closed);
}

static void a_guest_asks_to_join_once(void **state)
{
	(void)state;
	world_network(&w, 2);
	invite_anybody();
	guest_comes(&p, &author, 4);
	ask_to_join("m7");
	assert_int_equal(count_requests(), 1);
	assert_false(p.is_closed);
	ask_to_join("m8");
	assert_bye(&p, ERR_STATE);
	assert_int_equal(count_requests(), 1);
}

static void an_answer_that_was_not_asked_for_alarms_nobody(void **state)
{
	struct writer body = {0};

	(void)state;
	world_network(&w, 2);
	guest_comes(&p, &author, 4);
	msg_joined_encode(&body, "refused", "because");
	puppet_send(&p, MSG_JOINED, &body);
	world_pump(&w);
	assert_null(core_alarm(w.nodes[0].core, 0));
	assert_false(p.is_closed);
}

/* --- time ------------------------------------------------------------------------------------ */

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
	    TEST(the_unsigned_tail_of_the_roster_is_not_served),
	    TEST(what_was_served_takes_no_memory),
	    TEST(a_log_frozen_in_a_transfer_grows_no_further),
	    TEST(a_log_cut_in_a_transfer_ends_at_its_cut),
	    TEST(a_log_that_is_not_stored_yet_can_be_frozen),
	    TEST(a_cut_of_a_later_roster_is_no_fault),
	    TEST(a_cut_that_the_roster_does_not_make_is_not_signed),
	    TEST(as_many_questions_as_are_allowed_are_answered),
	    TEST(more_questions_than_are_allowed_end_the_session),
	    TEST(too_many_questions_for_a_log_open_end_the_session),
	    TEST(who_holds_a_log_back_is_passed_over),
	    TEST(a_member_with_many_logs_takes_a_few_places),
	    TEST(an_older_pong_makes_no_twin),
	    TEST(a_lost_store_is_fetched_back_before_it_is_signed),
	    TEST(one_member_alone_is_not_believed_about_a_twin),
	    TEST(a_twin_that_is_told_too_early_is_heard_later),
	    TEST(who_is_told_of_a_twin_by_two_signs_nothing_more),
	    TEST(a_member_becomes_nobody_else_by_asking_to_join),
	    TEST(a_guest_asks_to_join_once),
	    TEST(an_answer_that_was_not_asked_for_alarms_nobody),
	    TEST(a_stalled_disk_is_not_the_peers_silence),
	    TEST(a_full_node_waits_for_a_place),
	};

	assert_ok(seal_init());
	return cmocka_run_group_tests(tests, NULL, NULL);
}
