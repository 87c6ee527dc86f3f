/* Segments: how an append is cut, found again by index and by arrival, and what a damaged row gives. */
#include "tests/store/own_home.h"

#include "store/segment.h"
#include "store/truth.h"

static void small_appends_are_rows_of_their_own_and_large_ones_are_shared_evenly(void **state)
{
	static struct piece pieces[1000];
	uint8_t bytes[700] = {0};
	size_t raw = sizeof(pieces) / sizeof(pieces[0]) * sizeof(bytes);
	uint32_t at = 0, taken;
	unsigned segments = 0;

	(void)state;
	for (size_t i = 0; i < 1000; i++)
		pieces[i] = (struct piece){bytes_of(bytes, 100), bytes_of(bytes, 600)};
	assert_int_equal(segment_take(pieces, 40, 40 * sizeof(bytes)), 1);
	for (; at < 1000; at += taken) {
		taken = segment_take(pieces + at, 1000 - at, raw);
		raw -= taken * sizeof(bytes);
		assert_true(taken >= 150 && taken <= 200);
		segments++;
	}
	assert_int_equal(at, 1000);
	assert_int_equal(segments, 6); /* 700,000 bytes by 131,072 */
}

/* Three logs in turn; then every record by log and index, by arrival, and all of them in both orders. */
static void records_are_found_by_index_and_by_arrival(void **state)
{
	static const uint32_t counts[] = {1, 300, 2, 70};
	struct store *s = sample_open(&home);
	static struct sample_log logs[3];
	struct record_walk walk;
	struct record record;
	struct txn t;
	uint64_t total = 0;

	(void)state;
	for (uint8_t i = 0; i < 3; i++)
		sample_log_init(&logs[i], "sefrou", (uint8_t)(i + 1));
	for (unsigned i = 0; i < 12; i++) {
		sample_fill(s, &logs[i % 3], counts[i % 4], 300);
		total += counts[i % 4];
	}
	txn_begin(&t, &s->env, TXN_READ);
	record_walk_begin(&walk, &t);
	for (uint32_t log_no = 1; log_no <= 3; log_no++) {
		uint64_t size = logs[log_no - 1].frontier.size;
		for (uint64_t i = size; i-- > 0;) {
			assert_true(record_walk_at(&walk, log_no, i));
			assert_true(record_walk_record(&walk, &record));
			assert_int_equal(record.header.time.ms, 1700000000000 + (int64_t)i);
			assert_int_equal(walk.segment.log_no, log_no);
			assert_int_equal(record_walk_index(&walk), i);
		}
		assert_true(record_walk_at(&walk, log_no, 0));
		for (uint64_t i = 1; i < size; i++) {
			assert_true(record_walk_next(&walk));
			assert_int_equal(record_walk_index(&walk), i);
		}
		assert_false(record_walk_next(&walk));
		assert_false(record_walk_at(&walk, log_no, size));
	}
	assert_false(record_walk_at(&walk, 4, 0));
	assert_true(record_walk_arrival(&walk, 1));
	for (uint64_t i = 2; i <= total; i++) {
		assert_true(record_walk_next_arrival(&walk));
		assert_int_equal(record_walk_arrival_of(&walk), i);
	}
	assert_false(record_walk_next_arrival(&walk));
	assert_false(record_walk_arrival(&walk, total + 1));
	assert_false(record_walk_arrival(&walk, 0));
	record_walk_end(&walk);
	assert_int_equal(txn_end(&t, NULL), ERR_NONE);
	store_close(s);
}

static void damaged_rows_are_never_decoded(void **state)
{
	struct piece pieces[3] = {{BYTES_STR("head"), BYTES_STR("\2")},
	    {BYTES_STR("er"), BYTES_STR("\0rest")}, {BYTES_STR("s"), BYTES_STR("\2")}};
	struct writer headers = {0}, rests = {0}, again = {0};
	struct segment segment;
	struct bytes rest;

	(void)state;
	assert_int_equal(segment_encode_headers(&headers, 7, 9, pieces, 3), 16 + 6 + 7);
	segment_encode_rests(&rests, pieces, 3);
	assert_true(segment_decode(&segment, 5, writer_view(&headers), writer_view(&rests)));
	assert_true(bytes_equal(segment.raw, writer_view(&headers)));
	assert_true(bytes_equal(segment.rests, writer_view(&rests)));
	assert_int_equal(segment.log_no, 7);
	assert_int_equal(segment.first, 9);
	assert_int_equal(segment.count, 3);
	for (size_t size = 0; size < 16 + 6; size++)
		assert_false(
		    segment_decode(&segment, 5, bytes_of(headers.data, size), writer_view(&rests)));
	assert_true(segment_rest(writer_view(&rests), 3, 1, &rest));
	assert_true(bytes_equal(rest, BYTES_STR("\0rest")));
	assert_false(segment_rest(writer_view(&rests), 3, 3, &rest));
	assert_false(segment_rest(bytes_of(rests.data, 11), 3, 0, &rest));
	assert_false(segment_rest(bytes_of(rests.data, rests.size - 1), 3, 2, &rest));
	assert_true(segment_replace_rest(&again, writer_view(&rests), 3, 1, BYTES_STR("\1erased")));
	assert_true(segment_rest(writer_view(&again), 3, 1, &rest));
	assert_true(bytes_equal(rest, BYTES_STR("\1erased")));
	assert_true(segment_rest(writer_view(&again), 3, 2, &rest));
	assert_true(bytes_equal(rest, BYTES_STR("\2")));
	be32_put(rests.data, 0xffffffff);
	assert_false(segment_rest(writer_view(&rests), 3, 0, &rest));
	assert_false(segment_rest(writer_view(&rests), 3, 1, &rest));
	writer_clear(&again);
	assert_false(segment_replace_rest(&again, writer_view(&rests), 3, 2, BYTES_STR("\2")));
	writer_release(&headers);
	writer_release(&rests);
	writer_release(&again);
}

/* What the last commit replaced: LMDB lists the pages under the commit's number. */
static size_t pages_freed(struct store *s)
{
	MDB_txn *txn;
	MDB_cursor *cursor;
	MDB_val key, value;
	size_t count;

	assert_int_equal(mdb_txn_begin(s->env.handle, NULL, MDB_RDONLY, &txn), 0);
	assert_int_equal(mdb_cursor_open(txn, 0, &cursor), 0);
	assert_int_equal(mdb_cursor_get(cursor, &key, &value, MDB_LAST), 0);
	memcpy(&count, value.mv_data, sizeof(count));
	mdb_cursor_close(cursor);
	mdb_txn_abort(txn);
	return count;
}

/* A leaf and a branch of segments, the log, the names of tables, the list of free pages: each page more is paid for by every
 * publish. */
static void a_commit_of_one_record_touches_few_pages(void **state)
{
	struct store *s = sample_open(&home);
	static struct sample_log log;

	(void)state;
	sample_log_init(&log, "sefrou", 1);
	sample_fill(s, &log, 2000, 300);
	for (unsigned i = 0; i < 200; i++) {
		sample_fill(s, &log, 1, 300);
		assert_true(pages_freed(s) <= 6);
	}
	store_close(s);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    TEST(small_appends_are_rows_of_their_own_and_large_ones_are_shared_evenly),
	    TEST(records_are_found_by_index_and_by_arrival),
	    TEST(damaged_rows_are_never_decoded),
	    TEST(a_commit_of_one_record_touches_few_pages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
