/* What is served and taken of a log while something happens to it: its tail is not signed, it is
 * frozen or cut, a cut is told that the roster does not make. */
#include "tests/proto/core_visitor.h"

#include <malloc.h>

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

#define TEST(name) cmocka_unit_test_teardown(name, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(the_unsigned_tail_of_the_roster_is_not_served),
	    TEST(what_was_served_takes_no_memory),
	    TEST(a_log_frozen_in_a_transfer_grows_no_further),
	    TEST(a_log_cut_in_a_transfer_ends_at_its_cut),
	    TEST(a_log_that_is_not_stored_yet_can_be_frozen),
	    TEST(a_cut_of_a_later_roster_is_no_fault),
	    TEST(a_cut_that_the_roster_does_not_make_is_not_signed),
	};

	assert_ok(seal_init());
	return cmocka_run_group_tests(tests, NULL, NULL);
}
