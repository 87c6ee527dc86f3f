/* The store as its callers see it: what was applied is there after a restart, served as it was
 * signed, and what contradicts is refused without a trace. */
#include "tests/store/own_home.h"
#include "tests/one_batch.h"

static void dump_of(struct store *s, struct writer *out)
{
	struct why why = {0};

	writer_clear(out);
	if (store_dump(s, out, &why) != ERR_NONE)
		fail_msg("store_dump: %s", why.text);
}

static unsigned count_ops(struct bytes dump, enum change_op op)
{
	struct change c;
	struct reader r;
	unsigned count = 0;

	reader_init(&r, dump);
	while (change_next(&c, &r))
		count += c.op == op;
	assert_int_equal(reader_end(&r), ERR_NONE);
	return count;
}

static void put_small_rows(struct writer *w)
{
	struct change_cursor cursor = {.arrival = 77};
	struct change_addresses addresses = {.count = 1, .addresses = {BYTES_STR("x@h:1")}};
	struct change_member member = {
	    .code = "sefrou", .kind = MEMBER_COMMUNE, .names = BYTES_STR("\x80")};
	struct change_invite invite = {.is_put = true, .code = "azrou"};
	struct change_request request = {
	    .number = 2, .is_put = true, .code = "azrou", .join = BYTES_STR("join")};
	struct change_draft draft = {
	    .number = 3, .is_put = true, .kind = 128, .payload = BYTES_STR("\x80")};

	memset(cursor.peer.b, 9, KEY_SIZE);
	memset(addresses.key.b, 9, KEY_SIZE);
	memset(invite.token, 4, TOKEN_SIZE);
	change_put_cursor(w, &cursor);
	change_put_addresses(w, &addresses);
	change_put_member(w, &member);
	change_put_invite(w, &invite);
	change_put_request(w, &request);
	change_put_draft(w, &draft);
}

static void a_dump_after_reopening_is_the_same_and_holds_every_operation(void **state)
{
	struct store *s = sample_open(&home);
	struct writer before = {0}, after = {0}, change = {0};
	struct sample_log log, roster;
	uint8_t id[STORE_ID_SIZE];

	(void)state;
	sample_log_init(&roster, "", 1);
	sample_log_init(&log, "sefrou", 2);
	sample_fill(s, &roster, 3, 100);
	sample_fill(s, &log, 700, 50);
	put_small_rows(&change);
	sample_apply(s, &change, NULL);
	dump_of(s, &before);
	memcpy(id, store_id(s), sizeof(id));
	store_close(s);
	s = sample_open(&home);
	dump_of(s, &after);
	assert_memory_equal(id, store_id(s), sizeof(id));
	assert_int_equal(before.size, after.size);
	assert_memory_equal(before.data, after.data, before.size);
	assert_int_equal(count_ops(writer_view(&after), CHANGE_LOG), 2);
	assert_int_equal(count_ops(writer_view(&after), CHANGE_TREE), 2);
	assert_int_equal(count_ops(writer_view(&after), CHANGE_HEAD), 2);
	assert_int_equal(count_ops(writer_view(&after), CHANGE_APPEND), 1);
	for (int op = CHANGE_CURSOR; op <= CHANGE_DRAFT; op++) {
		if (op != CHANGE_PAYLOAD)
			assert_int_equal(count_ops(writer_view(&after), (enum change_op)op), 1);
	}
	assert_int_equal(store_arrivals(s), 703);
	store_close(s);
	writer_release(&before);
	writer_release(&after);
	writer_release(&change);
}

/* The names behind them, in the order that the store gives them back. */
static void assert_requests(struct store *s, const char *const *names, size_t count)
{
	struct writer requests = {0};
	struct why why = {0};
	struct reader r;
	struct change c;

	assert_int_equal(store_requests(s, &requests, &why), ERR_NONE);
	reader_init(&r, writer_view(&requests));
	for (size_t i = 0; i < count; i++) {
		assert_true(change_next(&c, &r));
		assert_int_equal(c.op, CHANGE_REQUEST);
		assert_string_equal(c.request.code, "azrou");
		assert_true(bytes_equal(c.request.join, bytes_str(names[i])));
	}
	assert_false(change_next(&c, &r));
	assert_int_equal(reader_end(&r), ERR_NONE);
	writer_release(&requests);
}

/* Two may ask under one code; the older one stands first. */
static void requests_are_those_that_wait(void **state)
{
	struct store *s = sample_open(&home);
	struct change_request request = {
	    .number = 300, .is_put = true, .code = "azrou", .join = BYTES_STR("later")};
	struct writer change = {0};

	(void)state;
	put_small_rows(&change);
	change_put_request(&change, &request);
	sample_apply(s, &change, NULL);
	assert_requests(s, (const char *[]){"join", "later"}, 2);
	request = (struct change_request){.number = 2, .code = "azrou"};
	writer_clear(&change);
	change_put_request(&change, &request);
	sample_apply(s, &change, NULL);
	assert_requests(s, (const char *[]){"later"}, 1);
	store_close(s);
	writer_release(&change);
}

static void a_dump_gives_frontier_head_and_roster_records_back(void **state)
{
	struct store *s = sample_open(&home);
	struct writer dump = {0};
	struct sample_log log, roster;
	struct change c;
	struct reader r;
	bool saw_tree = false, saw_roster = false;

	(void)state;
	sample_log_init(&roster, "", 1);
	sample_log_init(&log, "sefrou", 2);
	sample_fill(s, &log, 300, 50);
	sample_fill(s, &roster, 5, 100);
	dump_of(s, &dump);
	reader_init(&r, writer_view(&dump));
	assert_true(change_next(&c, &r));
	assert_int_equal(c.op, CHANGE_LOG);
	assert_int_equal(c.log.number, 0); /* the roster goes first */
	while (change_next(&c, &r)) {
		if (c.op == CHANGE_APPEND) {
			struct frontier f = {0};
			struct reader body;
			reader_init(&body, c.append.body);
			for (int i = 0; i < 5; i++) {
				struct record record;
				struct hash leaf;
				assert_int_equal(record_read(&record, &body), ERR_NONE);
				tree_leaf_hash(&leaf, record.raw_header);
				frontier_append(&f, &leaf, NULL, NULL);
			}
			assert_int_equal(reader_end(&body), ERR_NONE);
			assert_memory_equal(&f, &roster.frontier, sizeof(f.size) + 2 * HASH_SIZE);
			saw_roster = true;
		}
		if (c.op == CHANGE_TREE && key_equal(&c.tree.key, &log.log.key)) {
			struct hash want, got;
			frontier_root(&log.frontier, &want);
			frontier_root(&c.tree.frontier, &got);
			assert_true(hash_equal(&want, &got));
			assert_int_equal(c.tree.frontier.size, 300);
			assert_int_equal(c.tree.head_arrival, 300);
			saw_tree = true;
		}
	}
	assert_true(saw_tree && saw_roster);
	store_close(s);
	writer_release(&dump);
}

static void rows_that_are_done_with_are_gone(void **state)
{
	struct store *s = sample_open(&home);
	struct change_invite invite = {.is_put = true, .code = "azrou"};
	struct change_draft draft = {.number = 3, .is_put = true, .payload = BYTES_STR("\x80")};
	struct writer change = {0}, dump = {0};

	(void)state;
	change_put_invite(&change, &invite);
	change_put_draft(&change, &draft);
	sample_apply(s, &change, NULL);
	dump_of(s, &dump);
	assert_int_equal(count_ops(writer_view(&dump), CHANGE_INVITE), 1);
	writer_clear(&change);
	invite.is_put = draft.is_put = false;
	change_put_invite(&change, &invite);
	change_put_draft(&change, &draft);
	sample_apply(s, &change, NULL);
	dump_of(s, &dump);
	assert_int_equal(dump.size, 0);
	store_close(s);
	writer_release(&change);
	writer_release(&dump);
}

static void an_append_is_read_back_with_the_root_that_it_signed(void **state)
{
	struct store *s = sample_open(&home);
	static struct sample_log log;
	struct change_result results[2];
	struct bytes group[2];
	struct writer change[2] = {{0}};
	struct hash roots[2];

	(void)state;
	sample_log_init(&log, "sefrou", 1);
	sample_fill(s, &log, 100, 30);
	for (int i = 0; i < 2; i++) {
		sample_append(&change[i], &log, 200, 30, i == 0);
		frontier_root(&log.frontier, &roots[i]);
		group[i] = writer_view(&change[i]);
	}
	assert_int_equal(store_apply(s, group, 2, results, NULL), ERR_NONE);
	assert_true(results[0].has_reread);
	assert_true(hash_equal(&results[0].reread, &roots[0]));
	assert_false(results[1].has_reread);
	assert_int_equal(results[0].arrival, 500);
	assert_int_equal(results[1].arrival, 500);
	store_close(s);
	writer_release(&change[0]);
	writer_release(&change[1]);
}

static void expect_bug(struct store *s, struct writer *change)
{
	struct writer before = {0}, after = {0};
	struct why why = {0};

	dump_of(s, &before);
	assert_int_equal(sample_apply_why(s, change, NULL, &why), ERR_BUG);
	dump_of(s, &after);
	assert_int_equal(before.size, after.size);
	assert_memory_equal(before.data, after.data, before.size);
	writer_clear(change);
	writer_release(&before);
	writer_release(&after);
}

static void a_change_that_contradicts_the_store_changes_nothing(void **state)
{
	struct store *s = sample_open(&home);
	static struct sample_log log, other;
	struct change_invite invite = {.is_put = true, .code = "azrou"};
	struct checkpoint head = {.size = 11};
	struct change_tree tree = {0};
	struct writer change = {0};

	(void)state;
	sample_log_init(&log, "sefrou", 1);
	sample_log_init(&other, "azrou", 2);
	sample_fill(s, &log, 10, 30);

	/* Each begins with an operation that is fine, so that what is refused is the whole change.
	 */
	change_put_invite(&change, &invite);
	log.frontier = (struct frontier){0};
	sample_append(&change, &log, 2, 30, false);
	expect_bug(s, &change);

	change_put_invite(&change, &invite);
	sample_append(&change, &other, 2, 30, false);
	expect_bug(s, &change);

	change_put_invite(&change, &invite);
	head.log = log.log.key;
	change_put_head(&change, &head);
	expect_bug(s, &change);

	change_put_invite(&change, &invite);
	change_put_tree(&change, &tree);
	expect_bug(s, &change);

	change_put_invite(&change, &invite);
	log.log.number = 9;
	change_put_log(&change, &log.log);
	expect_bug(s, &change);

	change_put_invite(&change, &invite);
	writer_u8(&change, CHANGE_HEAD);
	expect_bug(s, &change);
	store_close(s);
	writer_release(&change);
}

static void a_group_is_applied_whole_or_not_at_all(void **state)
{
	struct store *s = sample_open(&home);
	struct writer good = {0}, bad = {0}, dump = {0};
	struct change_invite invite = {.is_put = true, .code = "azrou"};
	struct change_tree tree = {0};
	struct change_result results[2];
	struct bytes group[2];

	(void)state;
	change_put_invite(&good, &invite);
	change_put_tree(&bad, &tree);
	group[0] = writer_view(&good);
	group[1] = writer_view(&bad);
	assert_int_equal(store_apply(s, group, 2, results, NULL), ERR_BUG);
	dump_of(s, &dump);
	assert_int_equal(dump.size, 0);
	assert_int_equal(store_apply(s, group, 1, results, NULL), ERR_NONE);
	dump_of(s, &dump);
	assert_int_equal(count_ops(writer_view(&dump), CHANGE_INVITE), 1);
	store_close(s);
	writer_release(&good);
	writer_release(&bad);
	writer_release(&dump);
}

static void a_second_opener_is_told_who_holds_the_home(void **state)
{
	struct store *s = sample_open(&home);
	struct why why = {0};
	char pid[32];

	(void)state;
	assert_null(store_open(home.path, &home.options, &why));
	assert_int_equal(why.err, ERR_BUSY);
	snprintf(pid, sizeof(pid), "process %ld", (long)getpid());
	assert_non_null(strstr(why.text, pid));
	store_close(s);
	s = sample_open(&home);
	store_close(s);
}

static void a_newer_format_is_not_touched(void **state)
{
	struct store *s = sample_open(&home);
	struct why why = {0};

	(void)state;
	store_close(s);
	s = sample_open(&home);
	sample_meta_put(s, "format", 2);
	store_close(s);
	assert_null(store_open(home.path, &home.options, &why));
	assert_int_equal(why.err, ERR_VERSION);
}

static void truth_is_opened_with_default_durability(void **state)
{
	struct store *s = sample_open(&home);

	(void)state;
	assert_int_equal(
	    sample_flags(s) & (MDB_NOSYNC | MDB_NOMETASYNC | MDB_WRITEMAP | MDB_MAPASYNC), 0);
	assert_int_equal(sample_flags(s) & MDB_NOTLS, MDB_NOTLS);
	store_close(s);
}

/* As under a limit of address space, or on a small machine; no process has 2^50 bytes of it. */
static void less_address_space_than_asked_for_will_do(void **state)
{
	const uint64_t too_much = (uint64_t)1 << 50;
	struct why why = {0};
	struct store *s;

	(void)state;
	home.options.map_size = too_much;
	s = sample_open(&home);
	assert_true(s->env.map_size >= (uint64_t)1 << 30 && s->env.map_size < too_much);
	assert_true(s->quota < s->env.map_size);
	store_close(s);
	/* A quota is a promise: it is kept or refused. */
	home.options.quota = too_much;
	assert_null(store_open(home.path, &home.options, &why));
	assert_int_equal(why.err, ERR_MEMORY);
	home.options.quota = (uint64_t)1 << 30;
	s = sample_open(&home);
	store_close(s);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    TEST(a_dump_after_reopening_is_the_same_and_holds_every_operation),
	    TEST(requests_are_those_that_wait),
	    TEST(a_dump_gives_frontier_head_and_roster_records_back),
	    TEST(rows_that_are_done_with_are_gone),
	    TEST(an_append_is_read_back_with_the_root_that_it_signed),
	    TEST(a_change_that_contradicts_the_store_changes_nothing),
	    TEST(a_group_is_applied_whole_or_not_at_all),
	    TEST(a_second_opener_is_told_who_holds_the_home),
	    TEST(a_newer_format_is_not_touched),
	    TEST(truth_is_opened_with_default_durability),
	    TEST(less_address_space_than_asked_for_will_do),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
