/* What a store serves: batches that prove, roots, payloads and openings as they were signed, and nothing of what is not
 * there. */
#include "tests/store/own_home.h"
#include "tests/one_batch.h"

/* Fetches a log in batches as a peer would, verifying each, and says how many records came. */
static uint64_t fetch_all(struct store *s, const struct sample_log *log, uint32_t max)
{
	struct read read = {
	    .type = READ_BATCH, .key = log->log.key, .size = log->frontier.size, .max = max};
	struct writer out = {0}, raw = {0};
	struct frontier f = {0};
	struct hash root;

	frontier_root(&log->frontier, &root);
	while (f.size < read.size) {
		struct batch batch;
		struct reader r;
		struct hash here;
		struct why why = {0};
		read.from = f.size;
		writer_clear(&out);
		if (store_read(s, &read, &out, &why) != ERR_NONE)
			fail_msg("READ_BATCH: %s", why.text);
		assert_int_equal(batch_decode(&batch, writer_view(&out)), ERR_NONE);
		assert_true(batch.count > 0);
		assert_true(batch.raw_size <= max || batch.count == 1);
		assert_int_equal(batch_unpack(&raw, batch.packed, batch.raw_size), ERR_NONE);
		reader_init(&r, writer_view(&raw));
		for (uint32_t i = 0; i < batch.count; i++) {
			struct record record;
			struct hash leaf;
			assert_int_equal(record_read(&record, &r), ERR_NONE);
			assert_int_equal(record_check(&record), ERR_NONE);
			tree_leaf_hash(&leaf, record.raw_header);
			frontier_append(&f, &leaf, NULL, NULL);
		}
		assert_int_equal(reader_end(&r), ERR_NONE);
		frontier_root(&f, &here);
		assert_int_equal(tree_consistency_verify(f.size, &here, read.size, &root,
				     batch.proof, batch.proof_count),
		    ERR_NONE);
	}
	writer_release(&out);
	writer_release(&raw);
	return f.size;
}

static void batches_of_any_size_verify_against_the_head(void **state)
{
	struct store *s = sample_open(&home);
	static struct sample_log logs[3];

	(void)state;
	for (uint8_t i = 0; i < 3; i++)
		sample_log_init(&logs[i], "sefrou", (uint8_t)(i + 1));
	/* Interleaved, in large and in single appends, so that runs and segments of every form are
	 * crossed. */
	for (unsigned round = 0; round < 40; round++) {
		for (unsigned i = 0; i < 3; i++)
			sample_fill(s, &logs[i], round % 7 == 3 ? 300 : 1 + round % 3, 20 + 40 * i);
	}
	sample_fill(s, &logs[0], 70000 % 9973, 30);
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(fetch_all(s, &logs[i], BATCH_RAW_MAX), logs[i].frontier.size);
		assert_int_equal(fetch_all(s, &logs[i], 9000), logs[i].frontier.size);
	}
	assert_int_equal(fetch_all(s, &logs[1], 1), logs[1].frontier.size);
	store_close(s);
}

/* As many records as a batch may hold, and as large ones as there may be. */
static void the_largest_append_and_the_largest_payload_are_stored(void **state)
{
	struct store *s = sample_open(&home);
	static uint8_t payload[RECORD_PAYLOAD_MAX];
	static struct sample_log small, large;
	struct writer change = {0}, body = {0};

	(void)state;
	sample_log_init(&small, "sefrou", 1);
	sample_log_init(&large, "azrou", 2);
	sample_fill(s, &small, BATCH_COUNT_MAX, 0);
	assert_int_equal(fetch_all(s, &small, BATCH_RAW_MAX), BATCH_COUNT_MAX);
	change_put_log(&change, &large.log);
	for (uint8_t i = 0; i < 5; i++) {
		memset(payload, i, sizeof(payload));
		sample_record(&body, 128, i, BYTES(payload));
	}
	sample_append_body(&change, &large, writer_view(&body), 5, false);
	sample_apply(s, &change, NULL);
	assert_int_equal(fetch_all(s, &large, 100000), 5);
	store_close(s);
	writer_release(&change);
	writer_release(&body);
}

static void expect_read(struct store *s, struct read read, enum err want)
{
	struct writer out = {0};
	struct why why = {0};

	assert_int_equal(store_read(s, &read, &out, &why), want);
	assert_int_equal(why.err, want);
	writer_release(&out);
}

static void what_is_not_stored_or_cut_off_is_not_served(void **state)
{
	struct store *s = sample_open(&home);
	struct change_state cut = {.state = LOG_CUT, .cut_size = 5};
	struct writer change = {0};
	struct sample_log log;
	struct key other = {{1}};

	(void)state;
	sample_log_init(&log, "sefrou", 1);
	sample_fill(s, &log, 10, 30);
	cut.key = log.log.key;
	expect_read(s, (struct read){.type = READ_BATCH, .key = log.log.key, .size = 10, .max = 9},
	    ERR_NONE);
	expect_read(
	    s, (struct read){.type = READ_BATCH, .key = other, .size = 10, .max = 9}, ERR_UNKNOWN);
	expect_read(s, (struct read){.type = READ_BATCH, .key = log.log.key, .size = 11, .max = 9},
	    ERR_UNKNOWN);
	expect_read(s,
	    (struct read){.type = READ_BATCH, .key = log.log.key, .from = 10, .size = 10, .max = 9},
	    ERR_UNKNOWN);
	expect_read(s, (struct read){.type = READ_OPEN, .key = other}, ERR_UNKNOWN);
	expect_read(s, (struct read){.type = READ_EVIDENCE, .key = log.log.key}, ERR_UNKNOWN);
	expect_read(
	    s, (struct read){.type = READ_ROOT, .key = log.log.key, .size = 11}, ERR_UNKNOWN);
	expect_read(s, (struct read){.type = READ_PROOF, .key = log.log.key, .from = 9, .size = 11},
	    ERR_UNKNOWN);
	expect_read(s, (struct read){.type = READ_PROOF, .key = log.log.key, .from = 0, .size = 10},
	    ERR_UNKNOWN);
	expect_read(
	    s, (struct read){.type = READ_PROOF, .key = other, .from = 3, .size = 10}, ERR_UNKNOWN);
	expect_read(s, (struct read){.type = READ_PUSH, .key = log.log.key, .size = 10, .max = 20},
	    ERR_LIMIT);
	expect_read(s,
	    (struct read){.type = READ_PUSH, .key = log.log.key, .size = 10, .max = 9000},
	    ERR_NONE);
	change_put_state(&change, &cut);
	sample_apply(s, &change, NULL);
	expect_read(
	    s, (struct read){.type = READ_BATCH, .key = log.log.key, .size = 6, .max = 9}, ERR_CUT);
	expect_read(s, (struct read){.type = READ_BATCH, .key = log.log.key, .size = 5, .max = 9},
	    ERR_NONE);
	/* What is to be erased lies where it lies. */
	expect_read(s, (struct read){.type = READ_RECORD, .key = log.log.key, .from = 9}, ERR_NONE);
	expect_read(
	    s, (struct read){.type = READ_RECORD, .key = log.log.key, .from = 10}, ERR_UNKNOWN);
	expect_read(s, (struct read){.type = READ_RECORD, .key = other}, ERR_UNKNOWN);
	store_close(s);
	writer_release(&change);
}

/* Of a and b what arrived behind `since`; its size, 0 for nothing. */
static size_t read_news(struct store *s, const struct sample_log *a, const struct sample_log *b,
    uint64_t since, uint32_t max, struct writer *out)
{
	struct read read = {.type = READ_NEWS, .from = since, .max = max};
	struct why why = {0};

	batch_put_want(&read.args, &a->log.key, 0, a->frontier.size);
	batch_put_want(&read.args, &b->log.key, 0, b->frontier.size);
	writer_clear(out);
	if (store_read(s, &read, out, &why) != ERR_NONE)
		fail_msg("READ_NEWS: %s", why.text);
	writer_release(&read.args);
	return out->size;
}

static void what_arrived_behind_a_cursor_is_told_where_it_is_little(void **state)
{
	struct store *s = sample_open(&home);
	static struct sample_log a, b;
	struct writer out = {0}, raw = {0};
	struct record record;
	struct reader r;
	uint64_t since;

	(void)state;
	sample_log_init(&a, "sefrou", 1);
	sample_log_init(&b, "tata", 2);
	sample_fill(s, &a, 700, 30);
	sample_fill(s, &b, 50, 30);
	since = store_arrivals(s);
	sample_fill(s, &a, 2, 30);
	sample_fill(s, &b, 1, 30);
	sample_fill(s, &a, 3, 30);
	assert_true(read_news(s, &a, &b, since, 8192, &out) > 0);
	assert_int_equal(be32_get(out.data), 5);
	assert_int_equal(be32_get(out.data + 4), 1);
	assert_int_equal(
	    batch_unpack(&raw, bytes_of(out.data + 12, out.size - 12), be32_get(out.data + 8)),
	    ERR_NONE);
	reader_init(&r, writer_view(&raw));
	for (int i = 0; i < 6; i++)
		assert_int_equal(record_read(&record, &r), ERR_NONE);
	assert_int_equal(reader_end(&r), ERR_NONE);
	assert_int_equal(record.header.time.ms, 1700000000000 + 50); /* the only one of b */
	/* Exactly what there is, and a byte less. */
	assert_true(read_news(s, &a, &b, since, (uint32_t)raw.size, &out) > 0);
	assert_int_equal(read_news(s, &a, &b, since, (uint32_t)raw.size - 1, &out), 0);
	/* Nothing of b, all of it, a log that is not there. */
	assert_int_equal(read_news(s, &a, &b, since + 3, 8192, &out), 0);
	assert_int_equal(read_news(s, &a, &b, 0, BATCH_RAW_MAX, &out), 0);
	struct read read = {.type = READ_NEWS, .from = since, .max = 8192};
	batch_put_want(&read.args, &(struct key){{1}}, 0, 3);
	expect_read(s, read, ERR_UNKNOWN);
	writer_release(&read.args);
	store_close(s);
	writer_release(&out);
	writer_release(&raw);
}

static void roots_pushes_and_openings_are_those_of_the_log(void **state)
{
	struct store *s = sample_open(&home);
	static struct sample_log log;
	struct read read = {.type = READ_ROOT};
	struct writer out = {0}, raw = {0};
	struct record record;
	struct hash root, whole;
	struct reader r;

	(void)state;
	sample_log_init(&log, "sefrou", 1);
	sample_fill(s, &log, 1000, 30);
	frontier_root(&log.frontier, &root);
	sample_fill(s, &log, 777, 30);
	read.key = log.log.key;
	read.size = 1000;
	assert_int_equal(store_read(s, &read, &out, NULL), ERR_NONE);
	assert_int_equal(out.size, HASH_SIZE);
	assert_memory_equal(out.data, root.b, HASH_SIZE);

	writer_clear(&out);
	read.type = READ_PROOF;
	read.from = 1000;
	read.size = 1777;
	assert_int_equal(store_read(s, &read, &out, NULL), ERR_NONE);
	assert_memory_equal(out.data, root.b, HASH_SIZE);
	frontier_root(&log.frontier, &whole);
	assert_int_equal(tree_consistency_verify(1000, &root, 1777, &whole,
			     (const struct hash *)(out.data + HASH_SIZE), out.size / HASH_SIZE - 1),
	    ERR_NONE);
	out.data[HASH_SIZE + 5] ^= 1;
	assert_int_equal(tree_consistency_verify(1000, &root, 1777, &whole,
			     (const struct hash *)(out.data + HASH_SIZE), out.size / HASH_SIZE - 1),
	    ERR_PROOF);

	writer_clear(&out);
	read.type = READ_PUSH;
	read.from = 1770;
	read.size = 1777;
	read.max = 10000;
	assert_int_equal(store_read(s, &read, &out, NULL), ERR_NONE);
	assert_int_equal(
	    batch_unpack(&raw, bytes_of(out.data + 4, out.size - 4), be32_get(out.data)), ERR_NONE);
	reader_init(&r, writer_view(&raw));
	for (int i = 0; i < 7; i++)
		assert_int_equal(record_read(&record, &r), ERR_NONE);
	assert_int_equal(reader_end(&r), ERR_NONE);
	assert_int_equal(record.header.time.ms, 1700000000000 + 1776);

	writer_clear(&out);
	read.type = READ_RECORD;
	read.from = 1776;
	assert_int_equal(store_read(s, &read, &out, NULL), ERR_NONE);
	reader_init(&r, writer_view(&out));
	assert_int_equal(record_read(&record, &r), ERR_NONE);
	assert_int_equal(reader_end(&r), ERR_NONE);
	assert_int_equal(record.state, RECORD_PRESENT);
	assert_int_equal(record.header.time.ms, 1700000000000 + 1776);

	writer_clear(&out);
	read.type = READ_OPEN;
	assert_int_equal(store_read(s, &read, &out, NULL), ERR_NONE);
	reader_init(&r, writer_view(&out));
	assert_int_equal(record_read(&record, &r), ERR_NONE);
	assert_int_equal(reader_end(&r), ERR_NONE);
	assert_int_equal(record.header.time.ms, 1700000000000);
	store_close(s);
	writer_release(&out);
	writer_release(&raw);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    TEST(batches_of_any_size_verify_against_the_head),
	    TEST(the_largest_append_and_the_largest_payload_are_stored),
	    TEST(what_is_not_stored_or_cut_off_is_not_served),
	    TEST(what_arrived_behind_a_cursor_is_told_where_it_is_little),
	    TEST(roots_pushes_and_openings_are_those_of_the_log),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
