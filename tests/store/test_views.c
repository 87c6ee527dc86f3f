/* The views follow the truth, hold what can be looked up, and are made again when they cannot be
 * trusted. */
#include "tests/store/own_home.h"

#include <time.h>

#include "store/view_rows.h"

static struct views *open_views(struct store *s)
{
	struct why why = {0};
	struct views *v = views_open(s, home.path, &why);

	if (!v)
		fail_msg("views_open: %s", why.text);
	return v;
}

static unsigned index_all(struct views *v, struct store *s, unsigned count)
{
	struct why why = {0};
	bool more = true;
	unsigned rounds = 0;

	while (more) {
		if (views_index(v, s, count, &more, &why) != ERR_NONE)
			fail_msg("views_index: %s", why.text);
		rounds++;
	}
	assert_int_equal(views_arrival(v), store_arrivals(s));
	return rounds;
}

/* Every row of every view as one run of bytes. */
static void rows_of(struct views *v, struct writer *out)
{
	struct txn t;

	writer_clear(out);
	txn_begin(&t, &v->env, TXN_READ);
	for (unsigned table = VIEW_KINDS; table < VIEW_TABLE_COUNT; table++) {
		struct walk walk;
		if (table == VIEW_WORDS) /* lie as their batches came: test_view_words */
			continue;
		walk_begin(&walk, &t, table);
		for (bool more = walk_first(&walk); more; more = walk_next(&walk))
			writer_bytes(out, walk.key);
		walk_end(&walk);
	}
	assert_int_equal(txn_end(&t, NULL), ERR_NONE);
}

static uint64_t rows_in(struct views *v, enum view_table table)
{
	struct txn t;
	uint64_t rows;

	txn_begin(&t, &v->env, TXN_READ);
	rows = txn_rows(&t, table);
	txn_end(&t, NULL);
	return rows;
}

/* One record of `kind` whose payload links to target. */
static void append_link(struct writer *change, struct sample_log *log, const char *field,
    const struct record_ref *target, struct writer *rest)
{
	struct writer payload = {0}, body = {0};
	struct record record;
	struct reader r;

	mp_put_map(&payload, 1);
	mp_put_cstr(&payload, "deep");
	mp_put_array(&payload, 2);
	mp_put_int(&payload, 1);
	mp_put_map(&payload, 1);
	mp_put_cstr(&payload, field);
	mp_put_array(&payload, 3);
	mp_put_bin(&payload, target->log.b, KEY_SIZE);
	mp_put_uint(&payload, target->index);
	mp_put_bin(&payload, target->leaf.b, HASH_SIZE);
	sample_record(&body, 67, log->frontier.size, writer_view(&payload));
	if (rest) {
		struct writer whole = body;
		body = (struct writer){0};
		reader_init(&r, writer_view(&whole));
		assert_int_equal(record_read(&record, &r), ERR_NONE);
		record_write_rest(rest, &record);
		record.state = RECORD_NOT_HELD;
		record_write(&body, &record);
		writer_release(&whole);
	}
	sample_append_body(change, log, writer_view(&body), 1, false);
	writer_release(&payload);
	writer_release(&body);
}

static bool has_link(
    struct views *v, const struct record_ref *target, uint8_t relation, uint64_t arrival)
{
	uint8_t key[VIEW_LINKS_SIZE];
	struct bytes value;
	struct txn t;
	bool found;

	memcpy(key, target->leaf.b, VIEW_LEAF_SIZE);
	key[VIEW_LEAF_SIZE] = relation;
	be64_put(key + VIEW_LEAF_SIZE + 1, arrival);
	txn_begin(&t, &v->env, TXN_READ);
	found = txn_get(&t, VIEW_LINKS, BYTES(key), &value);
	assert_int_equal(txn_end(&t, NULL), ERR_NONE);
	return found;
}

static void records_are_found_by_kind_log_leaf_and_link(void **state)
{
	struct store *s = sample_open(&home);
	struct views *v = open_views(s);
	struct record_ref target = {.index = 3};
	static struct sample_log log;
	struct writer change = {0};

	(void)state;
	memset(target.leaf.b, 0xab, HASH_SIZE);
	sample_log_init(&log, "sefrou", 1);
	sample_fill(s, &log, 500, 60);
	append_link(&change, &log, "supersedes", &target, NULL);
	append_link(&change, &log, "about", &target, NULL);
	sample_apply(s, &change, NULL);
	assert_int_equal(index_all(v, s, 100), 6);
	assert_int_equal(rows_in(v, VIEW_KINDS), 502);
	assert_int_equal(rows_in(v, VIEW_LOGS), 502);
	assert_int_equal(rows_in(v, VIEW_LEAVES), 502);
	assert_int_equal(rows_in(v, VIEW_LINKS), 2);
	assert_true(has_link(v, &target, VIEW_SUPERSEDES, 501));
	assert_true(has_link(v, &target, VIEW_OTHER, 502));
	assert_false(has_link(v, &target, VIEW_SUPERSEDES, 502));
	views_close(v);
	store_close(s);
	writer_release(&change);
}

static void a_link_that_comes_late_is_found_too(void **state)
{
	struct store *s = sample_open(&home);
	struct views *v = open_views(s);
	struct record_ref target = {.index = 3};
	static struct sample_log log;
	struct writer change = {0}, rest = {0};
	struct change_payload op = {.index = 2};

	(void)state;
	memset(target.leaf.b, 0xab, HASH_SIZE);
	sample_log_init(&log, "sefrou", 1);
	sample_fill(s, &log, 2, 60);
	append_link(&change, &log, "supersedes", &target, &rest);
	sample_apply(s, &change, NULL);
	index_all(v, s, 100);
	assert_false(has_link(v, &target, VIEW_SUPERSEDES, 3));
	writer_clear(&change);
	op.key = log.log.key;
	op.rest = writer_view(&rest);
	change_put_payload(&change, &op);
	sample_apply(s, &change, NULL);
	index_all(v, s, 100);
	assert_true(has_link(v, &target, VIEW_SUPERSEDES, 3));
	views_close(v);
	store_close(s);
	writer_release(&change);
	writer_release(&rest);
}

static void deleted_views_are_made_again_the_same(void **state)
{
	struct store *s = sample_open(&home);
	struct views *v = open_views(s);
	struct writer before = {0}, after = {0};
	static struct sample_log log;
	char command[400];

	(void)state;
	sample_log_init(&log, "sefrou", 1);
	sample_fill(s, &log, 700, 60);
	index_all(v, s, 100);
	rows_of(v, &before);
	views_close(v);
	snprintf(command, sizeof(command), "rm -r '%s/views'", home.path);
	assert_int_equal(system(command), 0);
	v = open_views(s);
	assert_int_equal(views_arrival(v), 0);
	index_all(v, s, 10000);
	rows_of(v, &after);
	assert_int_equal(before.size, after.size);
	assert_memory_equal(before.data, after.data, before.size);
	views_close(v);
	store_close(s);
	writer_release(&before);
	writer_release(&after);
}

static void change_mark(long at, int whence, int value)
{
	char path[300];
	FILE *f;

	snprintf(path, sizeof(path), "%s/views/mark", home.path);
	f = fopen(path, "r+b");
	assert_non_null(f);
	assert_int_equal(fseek(f, at, whence), 0);
	fputc(value, f);
	fclose(f);
}

/* Leaves the views as a killed process would: the mark says "not clean". */
static void make_unclean(void)
{
	change_mark(-1, SEEK_END, 0);
}

static uint64_t arrival_after_reopening(void)
{
	struct store *s = sample_open(&home);
	struct views *v = open_views(s);
	uint64_t arrival = views_arrival(v);

	index_all(v, s, 1000);
	views_close(v);
	store_close(s);
	return arrival;
}

static void views_are_kept_exactly_when_they_can_be_trusted(void **state)
{
	struct store *s = sample_open(&home);
	static struct sample_log log;
	char path[300];

	(void)state;
	sample_log_init(&log, "sefrou", 1);
	sample_fill(s, &log, 50, 60);
	store_close(s);
	assert_int_equal(arrival_after_reopening(), 0);
	assert_int_equal(arrival_after_reopening(), 50);
	make_unclean(); /* killed, the machine kept running */
	assert_int_equal(arrival_after_reopening(), 50);
	sample_text(
	    home.boot, "ffffffff-4455-6677-8899-aabbccddeeff\n"); /* closed in order, then a boot */
	assert_int_equal(arrival_after_reopening(), 50);
	make_unclean(); /* and a machine that stopped */
	sample_text(home.boot, "eeeeeeee-4455-6677-8899-aabbccddeeff\n");
	assert_int_equal(arrival_after_reopening(), 0);
	home.options.is_restored = true; /* another database beneath */
	assert_int_equal(arrival_after_reopening(), 0);
	home.options.is_restored = false;
	assert_int_equal(arrival_after_reopening(), 50);
	change_mark(3, SEEK_SET, VIEW_FORMAT + 1); /* another format */
	assert_int_equal(arrival_after_reopening(), 0);
	assert_int_equal(arrival_after_reopening(), 50);
	snprintf(path, sizeof(path), "%s/views/data.mdb", home.path); /* not a database at all */
	sample_text(path, "garbage");
	assert_int_equal(arrival_after_reopening(), 0);
}

static void indexing_and_space_stay_within_their_bounds(void **state)
{
	struct store *s = sample_open(&home);
	struct views *v = open_views(s);
	struct timespec start, end;
	static struct sample_log log;
	struct stat st;
	char path[300];
	double seconds;

	(void)state;
	sample_log_init(&log, "sefrou", 1);
	for (int i = 0; i < 40; i++)
		sample_fill(s, &log, 500, 580);
	clock_gettime(CLOCK_MONOTONIC, &start);
	index_all(v, s, 4096);
	clock_gettime(CLOCK_MONOTONIC, &end);
	seconds = (double)(end.tv_sec - start.tv_sec) + (double)(end.tv_nsec - start.tv_nsec) / 1e9;
	snprintf(path, sizeof(path), "%s/views/data.mdb", home.path);
	assert_int_equal(stat(path, &st), 0);
	print_message("views: %.0f records/s, %.0f bytes a record\n", 20000 / seconds,
	    (double)st.st_size / 20000);
	assert_true(st.st_size < 20000 * 600);
	views_close(v);
	store_close(s);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    TEST(records_are_found_by_kind_log_leaf_and_link),
	    TEST(a_link_that_comes_late_is_found_too),
	    TEST(deleted_views_are_made_again_the_same),
	    TEST(views_are_kept_exactly_when_they_can_be_trusted),
	    TEST(indexing_and_space_stay_within_their_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
