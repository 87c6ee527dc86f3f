/* Rot in the store: what is damaged is listed to the record, what is proven takes its place, what is derived
 * is computed again, and everything else stays as it is. */
#include "tests/store/damage.h"

#include "tests/unit.h"

#include "store/layout.h"
#include "store/truth.h"
#include "tests/one_batch.h"

static struct sample_home home;
static struct sample_log sefrou, azrou;
static struct writer bodies; /* the records of sefrou, as they were appended */

/* 600 records of sefrou in large rows, 5 of azrou between them and 3 alone. */
static struct store *fill(void)
{
	struct store *s = sample_open(&home);
	struct writer payload = {0};

	sample_log_init(&sefrou, "sefrou", 1);
	sample_log_init(&azrou, "azrou", 2);
	sample_fill(s, &sefrou, 600, 400);
	sample_fill(s, &azrou, 5, 60);
	for (int i = 0; i < 3; i++)
		sample_fill(s, &sefrou, 1, 400);
	writer_clear(&bodies);
	for (uint64_t i = 0; i < sefrou.frontier.size; i++) {
		writer_clear(&payload);
		sample_payload(&payload, i, 400);
		sample_record(&bodies, 128, i, writer_view(&payload));
	}
	writer_release(&payload);
	assert_false(store_take_rot(s));
	return s;
}

static int set_up(void **state)
{
	(void)state;
	assert_int_equal(seal_init(), ERR_NONE);
	sample_home_make(&home);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	sample_home_remove(&home);
	writer_release(&bodies);
	bodies = (struct writer){0};
	return 0;
}

struct damage {
	uint64_t first, end, count;
	bool has_bad_rows;
};

static struct damage look(struct store *s, const struct sample_log *log)
{
	struct read read = {.type = READ_ROT, .key = log->log.key, .max = 100};
	struct damage d = {.first = UINT64_MAX};
	struct writer out = {0};
	struct reader r;

	do {
		writer_clear(&out);
		assert_ok(store_read(s, &read, &out, NULL));
		reader_init(&r, writer_view(&out));
		read.from = reader_u64(&r);
		d.has_bad_rows |= reader_u8(&r);
		while (reader_left(&r)) {
			uint64_t first = reader_u64(&r), end = reader_u64(&r);
			assert_ok(r.err);
			assert_true(first < end && end <= log->frontier.size);
			if (first < d.first)
				d.first = first;
			d.end = end;
			d.count += end - first;
		}
	} while (read.from > 0);
	writer_release(&out);
	return d;
}

/* Records from..end of all the records of a log, as a peer sends them. */
static enum err mend_of(struct store *s, const struct sample_log *log, const struct writer *of,
    uint64_t from, uint64_t end, struct why *why)
{
	struct change_mend op = {
	    .key = log->log.key, .from = from, .count = (uint32_t)(end - from)};
	const uint8_t *start = NULL;
	struct writer change = {0};
	struct record record;
	struct reader r;
	enum err err;

	reader_init(&r, writer_view(of));
	for (uint64_t i = 0; i < end; i++) {
		if (i == from)
			start = r.at;
		assert_ok(record_read(&record, &r));
	}
	if (end > from)
		op.body = bytes_of(start, (size_t)(r.at - start));
	change_put_mend(&change, &op);
	err = sample_apply_why(s, &change, NULL, why);
	writer_release(&change);
	return err;
}

static enum err mend(struct store *s, uint64_t from, uint64_t end, struct why *why)
{
	return mend_of(s, &sefrou, &bodies, from, end, why);
}

static void expect_sound_of(
    struct store *s, const struct sample_log *log, const struct writer *want)
{
	struct read read = {.type = READ_BATCH,
	    .key = log->log.key,
	    .size = log->frontier.size,
	    .max = BATCH_RAW_MAX};
	struct writer out = {0}, all = {0}, part = {0};
	struct damage d = look(s, log);

	assert_int_equal(d.count, 0);
	assert_false(d.has_bad_rows);
	store_take_rot(s);
	while (read.from < read.size) {
		struct batch batch;
		writer_clear(&out);
		assert_ok(store_read(s, &read, &out, NULL));
		assert_ok(batch_decode(&batch, writer_view(&out)));
		assert_ok(batch_unpack(&part, batch.packed, batch.raw_size));
		writer_bytes(&all, writer_view(&part));
		read.from += batch.count;
	}
	assert_true(bytes_equal(writer_view(&all), writer_view(want)));
	assert_false(store_take_rot(s));
	writer_release(&out);
	writer_release(&all);
	writer_release(&part);
}

static void expect_sound(struct store *s)
{
	expect_sound_of(s, &sefrou, &bodies);
}

static void a_sound_store_lists_nothing_and_mending_it_changes_nothing(void **state)
{
	struct store *s = fill();

	(void)state;
	expect_sound(s);
	assert_int_equal(look(s, &azrou).count, 0);
	assert_ok(mend(s, 0, 0, NULL));
	assert_ok(mend(s, 10, 500, NULL));
	expect_sound(s);
	store_close(s);
}

static void a_damaged_payload_is_listed_alone_and_mended(void **state)
{
	struct store *s = fill();
	struct row_key key = segment_before(s, 300);
	struct damage d;

	(void)state;
	damage_rests(s, key, 3000);
	d = look(s, &sefrou);
	assert_int_equal(d.count, 1);
	assert_false(d.has_bad_rows);
	assert_ok(mend(s, d.first, d.end, NULL));
	expect_sound(s);
	store_close(s);
}

static void where_the_ends_of_payloads_are_damaged_all_of_the_row_is_mended(void **state)
{
	struct store *s = fill();
	struct row_key key = segment_before(s, 300);
	struct damage d;

	(void)state;
	damage_rests(s, key, 5);
	d = look(s, &sefrou);
	assert_true(d.count > 0);
	assert_ok(mend(s, d.first, d.end, NULL));
	expect_sound(s);
	store_close(s);
}

static void damaged_headers_are_listed_as_one_stretch_and_mended_in_pieces(void **state)
{
	struct store *s = fill();
	struct row_key key = segment_before(s, 300);
	struct damage d;

	(void)state;
	damage(s, TABLE_SEGMENTS, key, 200);
	d = look(s, &sefrou);
	assert_int_equal(d.first, be64_get(key.b) - 1);
	assert_true(d.count > 10 && d.first + d.count == d.end);
	/* Batches end where they like. */
	assert_ok(mend(s, d.first, d.first + 7, NULL));
	assert_int_equal(look(s, &sefrou).count, d.count - 7);
	assert_ok(mend(s, d.first + 7, sefrou.frontier.size, NULL));
	expect_sound(s);
	assert_int_equal(look(s, &azrou).count, 0);
	store_close(s);
	s = sample_open(&home); /* and appends go on */
	sample_fill(s, &sefrou, 3, 400);
	assert_int_equal(look(s, &sefrou).count, 0);
	store_close(s);
}

/* A peer that gives headers alone, in batches that end within a row: payloads that stand here match
 * the headers as well as ever. */
static void mending_headers_in_pieces_keeps_the_payloads_that_match(void **state)
{
	struct store *s = fill();
	struct row_key key = segment_before(s, 300);
	struct writer with = bodies, bare = {0};
	struct record record;
	struct damage d;
	struct reader r;

	(void)state;
	reader_init(&r, writer_view(&with));
	while (reader_left(&r)) {
		assert_ok(record_read(&record, &r));
		record.state = RECORD_NOT_HELD;
		record_write(&bare, &record);
	}
	damage(s, TABLE_SEGMENTS, key, 200);
	d = look(s, &sefrou);
	bodies = bare;
	assert_ok(mend(s, d.first, d.first + 7, NULL));
	assert_ok(mend(s, d.first + 7, d.first + 9, NULL));
	assert_ok(mend(s, d.first + 9, d.end, NULL));
	bodies = with;
	expect_sound(s);
	writer_release(&bare);
	store_close(s);
}

/* What comes first is not what stands first: the rests that were kept stand between, and are no row of headers. */
static void headers_come_back_in_any_order(void **state)
{
	struct store *s = fill();
	struct damage d;

	(void)state;
	damage(s, TABLE_SEGMENTS, segment_before(s, 300), 200);
	d = look(s, &sefrou);
	assert_ok(mend(s, d.first, d.first + 7, NULL));
	assert_ok(mend(s, d.first + 9, d.first + 12, NULL));
	assert_int_equal(look(s, &sefrou).count, d.count - 10);
	assert_ok(mend(s, d.end - 1, d.end, NULL));
	assert_int_equal(look(s, &sefrou).count, d.count - 11);
	assert_ok(mend(s, d.first + 8, d.first + 9, NULL));
	assert_ok(mend(s, d.first, d.end, NULL));
	expect_sound(s);
	store_close(s);
}

/* One number that is wrong must not take records with it. */
static void rows_that_match_stay_though_they_stand_behind_the_newest_arrival(void **state)
{
	struct store *s = fill();

	(void)state;
	atomic_store(&s->env.arrivals, 100);
	assert_int_equal(mend(s, 0, 0, NULL), ERR_ROT);
	atomic_store(&s->env.arrivals, 608);
	expect_sound(s);
	store_close(s);
}

static void rows_between_those_of_other_logs_find_their_place(void **state)
{
	struct store *s = fill();
	struct damage d;

	(void)state;
	damage(s, TABLE_SEGMENTS, row_key_u64(607), 20); /* record 601: alone in its row */
	d = look(s, &sefrou);
	assert_int_equal(d.first, 601);
	assert_int_equal(d.end, 602);
	assert_ok(mend(s, 601, 602, NULL));
	expect_sound(s);
	store_close(s);
}

static void damaged_runs_and_nodes_are_computed_again(void **state)
{
	struct store *s = fill();

	(void)state;
	damage(s, TABLE_RUNS, row_key_log_index(1, 600), 3);
	damage(s, TABLE_RUNS, row_key_log_index(1, 0), 3);
	damage(s, TABLE_NODES, row_key_node(1, 8, 1), 9);
	assert_true(look(s, &sefrou).has_bad_rows);
	assert_false(look(s, &azrou).has_bad_rows);
	assert_ok(mend(s, 0, 0, NULL));
	expect_sound(s);
	store_close(s);
}

static void a_node_waits_until_the_headers_below_it_are_mended(void **state)
{
	struct store *s = fill();
	struct damage d;

	(void)state;
	damage(s, TABLE_NODES, row_key_node(1, 8, 1), 9);
	damage(s, TABLE_SEGMENTS, segment_before(s, 300), 99);
	assert_ok(mend(s, 0, 0, NULL));
	d = look(s, &sefrou);
	assert_true(d.has_bad_rows && d.count > 0);
	assert_ok(mend(s, d.first, d.end, NULL));
	assert_true(look(s, &sefrou).has_bad_rows);
	assert_ok(mend(s, 0, 0, NULL));
	expect_sound(s);
	store_close(s);
}

static void a_payload_that_rotted_is_served_as_not_held(void **state)
{
	struct store *s = fill();
	struct read read = {.type = READ_BATCH,
	    .key = sefrou.log.key,
	    .from = 590,
	    .size = 603,
	    .max = BATCH_RAW_MAX};
	struct writer out = {0}, records = {0};
	struct record record;
	struct batch batch;
	struct reader r;

	(void)state;
	damage_rests(s, row_key_u64(607), 50);
	assert_ok(store_read(s, &read, &out, NULL));
	assert_true(store_take_rot(s));
	assert_ok(batch_decode(&batch, writer_view(&out)));
	assert_int_equal(batch.count, 13);
	assert_ok(batch_unpack(&records, batch.packed, batch.raw_size));
	reader_init(&r, writer_view(&records));
	for (uint64_t i = 590; i < 603; i++) {
		assert_ok(record_read(&record, &r));
		assert_int_equal(record.state, i == 601 ? RECORD_NOT_HELD : RECORD_PRESENT);
	}
	store_close(s);
	writer_release(&out);
	writer_release(&records);
}

/* What would open the log is not served at all: nobody could take it. */
static void a_rotten_first_record_is_refused(void **state)
{
	struct store *s = fill();
	struct read read = {
	    .type = READ_BATCH, .key = sefrou.log.key, .size = 603, .max = BATCH_RAW_MAX};
	struct writer out = {0};
	struct row_key key = segment_before(s, 1);

	(void)state;
	damage_rests(s, key, 4 * 300 + 100);
	if (look(s, &sefrou).first == 0)
		assert_int_equal(store_read(s, &read, &out, NULL), ERR_ROT);
	damage_rests(s, key, 0);
	assert_int_equal(look(s, &sefrou).first, 0);
	assert_int_equal(store_read(s, &read, &out, NULL), ERR_ROT);
	store_close(s);
	writer_release(&out);
}

/* A branch of sefrou's log that has 300 records in common with what is held, and 200 of its own. */
static struct sample_log copy;

static void put_copy(struct store *s, struct writer *records)
{
	struct change_state state = {.state = LOG_STAYS};
	struct writer change = {0}, payload = {0};
	struct record record;
	struct reader r;

	sample_log_init(&copy, "sefrou", 1);
	copy.log.key.b[0] ^= 1;
	state.key = copy.log.key;
	memcpy(state.cut_root.b, sefrou.log.key.b, KEY_SIZE);
	reader_init(&r, writer_view(&bodies));
	for (uint64_t i = 0; i < 300; i++) {
		assert_ok(record_read(&record, &r));
		record_write(records, &record);
	}
	for (uint64_t i = 300; i < 500; i++) {
		writer_clear(&payload);
		sample_payload(&payload, i, 410);
		sample_record(records, 128, i, writer_view(&payload));
	}
	change_put_log(&change, &copy.log);
	change_put_state(&change, &state);
	sample_append_body(&change, &copy, writer_view(records), 500, false);
	sample_head(&change, &copy);
	sample_apply(s, &change, NULL);
	writer_release(&change);
	writer_release(&payload);
}

static void a_copy_is_mended_where_it_has_rows_and_where_it_shares_them(void **state)
{
	struct store *s = fill();
	struct writer records = {0};
	struct damage d;

	(void)state;
	put_copy(s, &records);
	expect_sound_of(s, &copy, &records);
	damage(s, TABLE_SEGMENTS, segment_before(s, 700), 200);
	d = look(s, &copy);
	assert_true(d.first >= 300 && d.count > 10 && !d.has_bad_rows);
	assert_int_equal(look(s, &sefrou).count, 0);
	assert_ok(mend_of(s, &copy, &records, 256, 500, NULL));
	expect_sound_of(s, &copy, &records);
	damage(s, TABLE_SEGMENTS, segment_before(s, 200), 200);
	damage_rests(s, segment_before(s, 200), 2000);
	d = look(s, &copy);
	assert_true(d.count > 10 && d.end <= 300);
	assert_int_equal(look(s, &sefrou).first, d.first);
	assert_ok(mend_of(s, &copy, &records, 0, 300, NULL));
	expect_sound_of(s, &copy, &records);
	if (look(s, &sefrou).count) /* the row holds more than what is shared */
		assert_ok(mend(s, 256, 600, NULL));
	expect_sound(s);
	writer_release(&records);
	store_close(s);
}

static void runs_and_nodes_of_a_copy_are_computed_again(void **state)
{
	struct store *s = fill();
	struct writer records = {0};

	(void)state;
	put_copy(s, &records);
	damage(s, TABLE_RUNS, row_key_log_index(3, 0), 3);
	damage(s, TABLE_RUNS, row_key_log_index(3, 300), 3);
	damage(s, TABLE_NODES, row_key_node(3, 8, 0), 9);
	assert_true(look(s, &copy).has_bad_rows);
	assert_ok(mend_of(s, &copy, &records, 0, 0, NULL));
	expect_sound_of(s, &copy, &records);
	expect_sound(s);
	store_close(s);
	writer_release(&records);
}

static void records_that_are_not_stored_cannot_be_mended(void **state)
{
	struct store *s = fill();
	struct change_mend op = {
	    .key = sefrou.log.key, .from = 603, .count = 1, .body = BYTES_STR("x")};
	struct writer change = {0};

	(void)state;
	change_put_mend(&change, &op);
	assert_int_equal(sample_apply_why(s, &change, NULL, NULL), ERR_BUG);
	op.key.b[0] ^= 1;
	writer_clear(&change);
	change_put_mend(&change, &op);
	assert_int_equal(sample_apply_why(s, &change, NULL, NULL), ERR_BUG);
	writer_release(&change);
	store_close(s);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    TEST(a_sound_store_lists_nothing_and_mending_it_changes_nothing),
	    TEST(a_damaged_payload_is_listed_alone_and_mended),
	    TEST(where_the_ends_of_payloads_are_damaged_all_of_the_row_is_mended),
	    TEST(damaged_headers_are_listed_as_one_stretch_and_mended_in_pieces),
	    TEST(mending_headers_in_pieces_keeps_the_payloads_that_match),
	    TEST(headers_come_back_in_any_order),
	    TEST(rows_that_match_stay_though_they_stand_behind_the_newest_arrival),
	    TEST(rows_between_those_of_other_logs_find_their_place),
	    TEST(damaged_runs_and_nodes_are_computed_again),
	    TEST(a_node_waits_until_the_headers_below_it_are_mended),
	    TEST(a_payload_that_rotted_is_served_as_not_held),
	    TEST(a_rotten_first_record_is_refused),
	    TEST(a_copy_is_mended_where_it_has_rows_and_where_it_shares_them),
	    TEST(runs_and_nodes_of_a_copy_are_computed_again),
	    TEST(records_that_are_not_stored_cannot_be_mended),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
