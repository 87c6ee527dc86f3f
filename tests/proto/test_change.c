/* Every operation comes back as it was put, and nothing that was cut or bent is taken for one. */
#include "tests/unit.h"

#include "proto/change.h"

static const struct key key = {{0x11, 0x22}};
static const struct hash root = {{0x33, 0x44}};
static const struct change_node nodes[] = {{8, 3, {{1}}}, {16, 0, {{2}}}};
static const struct bytes names = {(const uint8_t *)"\x81\xa2"
						    "fr"
						    "\xa1"
						    "A",
    6};

static struct frontier frontier_of(uint64_t size)
{
	struct frontier f = {.size = size};

	for (unsigned i = 0; i < frontier_count(size); i++)
		f.hashes[i].b[0] = (uint8_t)(i + 1);
	return f;
}

static void put_all(struct writer *w)
{
	struct change_append append = {.key = key,
	    .from = 998,
	    .count = 5,
	    .reread = true,
	    .frontier = frontier_of(1003),
	    .nodes = nodes,
	    .node_count = 2,
	    .body = BYTES_STR("records")};

	change_put_log(w, &(struct change_log){key, "sefrou", {{5}}, {{6}}, 7});
	change_put_append(w, &append);
	change_put_tree(w, &(struct change_tree){key, frontier_of(0), 12});
	change_put_head(w, &(struct checkpoint){key, 1003, root, {{8}}});
	change_put_lock(w, &(struct change_lock){key, 1003, root, true, true, true});
	change_put_cursor(w, &(struct change_cursor){key, {9}, 1ull << 52});
	change_put_payload(w, &(struct change_payload){key, 4, BYTES_STR("\x02")});
	change_put_addresses(
	    w, &(struct change_addresses){key, 2, {BYTES_STR("one:1"), BYTES_STR("two:2")}});
	change_put_member(w, &(struct change_member){"sefrou", key, MEMBER_COMMUNE, true, false, 5,
				 root, {-1}, "05.591.01.01", names});
	change_put_invite(w, &(struct change_invite){{1, 2}, true, "fes", {77}});
	change_put_request(w, &(struct change_request){8, false, "fes", {0}});
	change_put_draft(w, &(struct change_draft){3, true, 129, {5}, BYTES_STR("\x80")});
	change_put_state(w, &(struct change_state){key, LOG_FROZEN, 0, root, BYTES_STR("proof")});
	change_put_aim(w, &(struct checkpoint){key, 9, root, {{8}}});
	change_put_erasure(w, &(struct change_erasure){{key, 3, root}, {key, 7, root}, true});
	change_put_mend(w, &(struct change_mend){key, 12, 2, BYTES_STR("two")});
	assert_ok(w->err);
}

static struct change next(struct reader *r, enum change_op op)
{
	struct change change;

	assert_true(change_next(&change, r));
	assert_int_equal(change.op, op);
	return change;
}

static void assert_append(struct reader *r)
{
	struct change_append op = next(r, CHANGE_APPEND).append;
	struct frontier f = frontier_of(1003);

	assert_true(op.from == 998 && op.count == 5 && op.reread && op.frontier.size == 1003);
	assert_memory_equal(op.frontier.hashes, f.hashes, frontier_count(1003) * HASH_SIZE);
	assert_int_equal(op.node_count, 2);
	for (uint32_t i = 0; i < 2; i++) {
		struct change_node node = change_node_at(&op, i);

		assert_int_equal(node.level, nodes[i].level);
		assert_true(node.index == nodes[i].index);
		assert_true(hash_equal(&node.hash, &nodes[i].hash));
	}
	assert_int_equal(change_node_at(&op, 2).level, 0);
	assert_text("records", op.body);
}

static void assert_log_operations(struct reader *r)
{
	struct change c = next(r, CHANGE_LOG);

	assert_true(key_equal(&c.log.key, &key) && c.log.member_key.b[0] == 5);
	assert_string_equal(c.log.member, "sefrou");
	assert_true(c.log.transport.b[0] == 6 && c.log.number == 7);
	assert_append(r);
	c = next(r, CHANGE_TREE);
	assert_true(c.tree.frontier.size == 0 && c.tree.head_arrival == 12);
	c = next(r, CHANGE_HEAD);
	assert_true(key_equal(&c.head.log, &key) && c.head.size == 1003);
	assert_true(hash_equal(&c.head.root, &root) && c.head.sig.b[0] == 8);
	c = next(r, CHANGE_LOCK);
	assert_true(c.lock.size == 1003 && c.lock.was_shown && c.lock.is_unheard &&
		    c.lock.is_signed && hash_equal(&c.lock.root, &root));
	c = next(r, CHANGE_CURSOR);
	assert_true(c.cursor.store_id[0] == 9 && c.cursor.arrival == 1ull << 52);
	c = next(r, CHANGE_PAYLOAD);
	assert_true(c.payload.index == 4);
	assert_text("\x02", c.payload.rest);
}

static void assert_other_operations(struct reader *r)
{
	struct change c = next(r, CHANGE_ADDRESSES);

	assert_int_equal(c.addresses.count, 2);
	assert_text("one:1", c.addresses.addresses[0]);
	assert_text("two:2", c.addresses.addresses[1]);
	c = next(r, CHANGE_MEMBER);
	assert_string_equal(c.member.code, "sefrou");
	assert_true(c.member.kind == MEMBER_COMMUNE && c.member.is_admitted);
	assert_true(!c.member.is_coordinator && c.member.entry_index == 5);
	assert_true(c.member.since.ms == -1 && hash_equal(&c.member.entry_leaf, &root));
	assert_string_equal(c.member.territory, "05.591.01.01");
	assert_bytes(names, c.member.names);
	c = next(r, CHANGE_INVITE);
	assert_true(c.invite.token[1] == 2 && c.invite.is_put && c.invite.expires.ms == 77);
	assert_string_equal(c.invite.code, "fes");
	c = next(r, CHANGE_REQUEST);
	assert_true(c.request.number == 8 && !c.request.is_put && c.request.join.size == 0);
	assert_string_equal(c.request.code, "fes");
	c = next(r, CHANGE_DRAFT);
	assert_true(c.draft.number == 3 && c.draft.is_put && c.draft.kind == 129);
	assert_true(c.draft.time.ms == 5);
	assert_text("\x80", c.draft.payload);
	c = next(r, CHANGE_STATE);
	assert_true(c.state.state == LOG_FROZEN && hash_equal(&c.state.cut_root, &root));
	assert_text("proof", c.state.evidence);
	c = next(r, CHANGE_AIM);
	assert_true(key_equal(&c.aim.log, &key) && c.aim.size == 9 && c.aim.sig.b[0] == 8);
	c = next(r, CHANGE_ERASURE);
	assert_true(c.erasure.is_put && c.erasure.what.index == 3 && c.erasure.by.index == 7);
	assert_true(key_equal(&c.erasure.what.log, &key) && hash_equal(&c.erasure.by.leaf, &root));
	c = next(r, CHANGE_MEND);
	assert_true(key_equal(&c.mend.key, &key) && c.mend.from == 12 && c.mend.count == 2);
	assert_text("two", c.mend.body);
}

static void every_operation_comes_back(void **state)
{
	struct writer w = {0};
	struct change change;
	struct reader r;

	(void)state;
	put_all(&w);
	reader_init(&r, writer_view(&w));
	assert_log_operations(&r);
	assert_other_operations(&r);
	assert_false(change_next(&change, &r));
	assert_ok(reader_end(&r));
	writer_release(&w);
}

static void a_decoded_append_is_written_alike(void **state)
{
	struct writer w = {0}, again = {0};
	struct change change;
	struct reader r;

	(void)state;
	change_put_append(&w, &(struct change_append){.key = key,
				  .from = 0,
				  .count = 256,
				  .frontier = frontier_of(256),
				  .nodes = nodes,
				  .node_count = 2});
	reader_init(&r, writer_view(&w));
	change = next(&r, CHANGE_APPEND);
	change_put_append(&again, &change.append);
	assert_bytes(writer_view(&w), writer_view(&again));
	writer_release(&w);
	writer_release(&again);
}

/* Whatever is cut off, what is left ends in an error unless the cut falls between operations. */
static void a_cut_change_is_an_error(void **state)
{
	struct writer w = {0};
	size_t clean = 0;

	(void)state;
	put_all(&w);
	for (size_t size = 1; size < w.size; size++) {
		struct change change;
		struct reader r;

		reader_init(&r, bytes_of(w.data, size));
		while (change_next(&change, &r))
			;
		if (reader_end(&r) == ERR_NONE)
			clean++;
		else
			assert_err(ERR_FORMAT, reader_end(&r));
	}
	assert_int_equal(clean, CHANGE_OP_COUNT - 2);
	writer_release(&w);
}

static enum err read_bent(const struct writer *w, size_t at, uint8_t value)
{
	uint8_t saved = w->data[at];
	struct change change;
	struct reader r;

	w->data[at] = value;
	reader_init(&r, writer_view(w));
	while (change_next(&change, &r))
		;
	w->data[at] = saved;
	return reader_end(&r);
}

static void a_bent_change_is_an_error(void **state)
{
	static const size_t head = 5; /* op and size */
	struct writer w = {0};

	(void)state;
	change_put_lock(&w, &(struct change_lock){key, 1, root, true, false, true});
	assert_ok(read_bent(&w, 0, CHANGE_LOCK));
	assert_err(ERR_FORMAT, read_bent(&w, 0, 0));
	assert_err(ERR_FORMAT, read_bent(&w, 0, CHANGE_OP_COUNT));
	assert_err(ERR_FORMAT, read_bent(&w, 0, CHANGE_TREE)); /* bytes are left over */
	assert_err(ERR_FORMAT, read_bent(&w, w.size - 1, 2));  /* a flag is 0 or 1 */
	assert_err(ERR_FORMAT, read_bent(&w, 4, 72));

	writer_clear(&w);
	change_put_append(&w,
	    &(struct change_append){.key = key, .from = 3, .count = 2, .frontier = frontier_of(5)});
	assert_ok(read_bent(&w, head + KEY_SIZE + 7, 3));
	assert_err(ERR_FORMAT, read_bent(&w, head + KEY_SIZE + 7, 4)); /* from + count ≠ size */
	assert_err(ERR_FORMAT, read_bent(&w, head + KEY_SIZE + 11, 6));
	assert_err(ERR_FORMAT, read_bent(&w, head + KEY_SIZE + 13, 0xff)); /* size ≥ 2^53 */

	writer_clear(&w);
	change_put_log(&w, &(struct change_log){key, "a", {{0}}, {{0}}, 1});
	assert_err(ERR_FORMAT, read_bent(&w, head + KEY_SIZE, 33));    /* a code of 33 bytes */
	assert_err(ERR_FORMAT, read_bent(&w, head + KEY_SIZE + 1, 0)); /* a NUL within */

	writer_clear(&w);
	change_put_state(&w, &(struct change_state){.key = key, .state = LOG_FROZEN});
	assert_err(ERR_FORMAT, read_bent(&w, head + KEY_SIZE, LOG_ASIDE + 1));

	writer_clear(&w);
	change_put_addresses(&w, &(struct change_addresses){.key = key});
	assert_err(ERR_FORMAT, read_bent(&w, head + KEY_SIZE, ADDRESSES_MAX + 1));

	writer_clear(&w);
	change_put_member(&w, &(struct change_member){.code = "a", .key = key});
	assert_err(ERR_FORMAT, read_bent(&w, head + 2 + KEY_SIZE, MEMBER_KIND_COUNT));
	writer_release(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_operation_comes_back),
	    cmocka_unit_test(a_decoded_append_is_written_alike),
	    cmocka_unit_test(a_cut_change_is_an_error),
	    cmocka_unit_test(a_bent_change_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
