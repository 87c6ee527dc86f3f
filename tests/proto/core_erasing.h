/* Erasing in tests of the core: a member's record that erases, an entry of the roster that does, and an author who gives a node
 * what both of them have erased or not. */
#ifndef TESTS_PROTO_CORE_ERASING_H
#define TESTS_PROTO_CORE_ERASING_H

#include "tests/proto/core_puppet.h"

#include "proto/kinds.h"

static inline struct record_ref place_of(const struct author *a, uint64_t index)
{
	struct kept_log *log = kept_find(&a->store, &a->person.log);

	return (struct record_ref){a->person.log, index, log->records[index].leaf};
}

/* The author writes an erasure of that record; where it stands. */
static inline struct record_ref erase(struct author *by, const struct record_ref *what)
{
	struct writer payload = {0}, record = {0};
	const uint8_t salt[RECORD_SALT_SIZE] = {7, 7};

	mp_put_map(&payload, 4);
	mp_put_cstr(&payload, "ground");
	mp_put_cstr(&payload, "privacy");
	mp_put_cstr(&payload, "index");
	mp_put_uint(&payload, what->index);
	mp_put_cstr(&payload, "leaf");
	mp_put_bin(&payload, what->leaf.b, HASH_SIZE);
	mp_put_cstr(&payload, "log");
	mp_put_bin(&payload, what->log.b, KEY_SIZE);
	record_create(&record, KIND_ERASURE, (struct mtime){WALL_START + 9}, NULL, salt,
	    writer_view(&payload));
	author_append(by, writer_view(&record), 1);
	writer_release(&payload);
	writer_release(&record);
	return place_of(by, kept_find(&by->store, &by->person.log)->count - 1);
}

/* The author's own copy is gone already: it says so in its batches. */
static inline void call_erased(struct author *a, uint64_t index, const struct record_ref *by)
{
	struct record record = {.state = RECORD_ERASED, .erasure = *by};
	struct change_result result;
	struct writer rest = {0}, ops = {0};

	record_write_rest(&rest, &record);
	change_put_payload(
	    &ops, &(struct change_payload){
		      .key = a->person.log, .index = index, .rest = writer_view(&rest)});
	kept_apply(&a->store, writer_view(&ops), &result);
	writer_release(&rest);
	writer_release(&ops);
}

/* The node is told a head of that size and given what it asks for, at most `max` bytes a batch. */
static inline void give_to(
    struct puppet *p, struct node *node, const struct author *a, uint64_t size, uint32_t max)
{
	struct checkpoint head;
	struct msg_want want = {0};
	struct writer body = {0};
	struct batch_reader r;
	struct batch run;

	puppet_release(p);
	puppet_connect(p, node);
	puppet_hello(p, a);
	author_checkpoint(a, size, &head);
	puppet_head(p, &head);
	assert_true(puppet_wanted(p, &a->person.log, &want));
	while (want.from < size) {
		author_batch(a, &want, max, &body);
		assert_ok(batch_open(&r, writer_view(&body)));
		while (batch_next(&r, &run))
			want.from += run.count;
		puppet_send(p, MSG_BATCH, &body);
		world_pump(node->world);
	}
	world_run(node->world, 1000);
	assert_false(p->is_closed);
	assert_int_equal(kept_find(&node->store, &a->person.log)->head.size, head.size);
}

static inline enum record_state state_of(
    const struct node *n, const struct key *log, uint64_t index, struct record_ref *by)
{
	struct kept_log *kept = kept_find(&n->store, log);
	struct record record;
	struct reader r;

	assert_non_null(kept);
	assert_true(index < kept->count);
	reader_init(&r, writer_view(&kept->records[index].bytes));
	assert_ok(record_read(&record, &r));
	*by = record.erasure;
	return record.state;
}

static inline struct record_ref erase_by_roster(struct world *w, const struct record_ref *what)
{
	struct ruling asked = {
	    .type = RULING_ERASE, .log = what->log, .index = what->index, .leaf = what->leaf};
	const struct ruling *ruling;
	struct writer entry = {0};
	uint64_t request;

	roster_entry_ruling(&entry, &asked, NULL);
	request = world_append(w, writer_view(&entry));
	world_pump(w);
	assert_ok(node_reply(&w->nodes[0], request)->err);
	ruling = roster_erasure(core_roster(w->nodes[0].core), &what->log, what->index);
	writer_release(&entry);
	return (struct record_ref){w->keeper, ruling->entry_index, ruling->entry_leaf};
}

#endif
