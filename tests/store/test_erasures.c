/* READ_ERASURES: the records of a log that erase others are found among many, over pages, and those that are damaged or not held
 * are passed over without hiding the rest. */
#include "tests/store/damage.h"
#include "tests/store/own_home.h"

#include "proto/kinds.h"

static struct sample_log sefrou;

/* Every tenth record is one that erases, of that many bytes; the others are of 100. */
static struct store *fill(uint32_t count, size_t erasure_size)
{
	struct store *s = sample_open(&home);
	struct writer body = {0}, change = {0}, payload = {0};

	sample_log_init(&sefrou, "sefrou", 1);
	for (uint32_t i = 0; i < count; i++) {
		bool erases = i % 10 == 9;
		writer_clear(&payload);
		sample_payload(&payload, i, erases ? erasure_size : 100);
		sample_record(&body, erases ? KIND_ERASURE : 128, i, writer_view(&payload));
	}
	change_put_log(&change, &sefrou.log);
	sample_append_body(&change, &sefrou, writer_view(&body), count, false);
	sample_head(&change, &sefrou);
	sample_apply(s, &change, NULL);
	writer_release(&payload);
	writer_release(&body);
	writer_release(&change);
	return s;
}

struct found {
	unsigned count, pages;
	uint64_t last;
	size_t size_max; /* of a page */
};

static struct found look(struct store *s, uint32_t max)
{
	struct read read = {.type = READ_ERASURES, .key = sefrou.log.key, .max = max};
	struct writer out = {0}, payload = {0};
	struct found f = {0};
	struct reader r;

	do {
		writer_clear(&out);
		assert_ok(store_read(s, &read, &out, NULL));
		f.size_max = out.size > f.size_max ? out.size : f.size_max;
		f.pages++;
		reader_init(&r, writer_view(&out));
		read.from = reader_u64(&r);
		while (reader_left(&r)) {
			uint64_t index = reader_u64(&r);
			reader_take(&r, HASH_SIZE);
			struct bytes said = reader_take(&r, reader_u32(&r));
			assert_ok(r.err);
			assert_int_equal(index % 10, 9);
			assert_true(f.count == 0 || index > f.last);
			writer_clear(&payload);
			sample_payload(&payload, index, said.size > 300 ? 3000 : 120);
			assert_true(bytes_equal(said, writer_view(&payload)));
			f.last = index;
			f.count++;
		}
	} while (read.from > 0);
	writer_release(&payload);
	writer_release(&out);
	return f;
}

static void all_that_erase_are_found(void **state)
{
	struct store *s = fill(600, 120);
	struct found f = look(s, 20000);

	(void)state;
	assert_int_equal(f.count, 60);
	assert_int_equal(f.pages, 1);
	assert_int_equal(f.last, 599);
	store_close(s);
}

static void they_are_found_over_pages(void **state)
{
	struct store *s = fill(600, 120);
	struct found f = look(s, 7);

	(void)state;
	assert_int_equal(f.count, 60);
	assert_int_equal(f.pages, 86);
	store_close(s);
}

static void long_ones_do_not_make_a_long_answer(void **state)
{
	struct store *s = fill(600, 3000);
	struct found f = look(s, 20000);

	(void)state;
	assert_int_equal(f.count, 60);
	assert_true(f.pages >= 2);
	assert_true(f.size_max < READ_ERASURES_AIM + 4096);
	store_close(s);
}

static void damaged_headers_hide_their_own_records_alone(void **state)
{
	struct store *s = fill(2000, 120);
	struct found f;

	(void)state;
	damage(s, TABLE_SEGMENTS, segment_before(s, 301), 200);
	f = look(s, 20000);
	assert_true(f.count > 0 && f.count < 200);
	assert_int_equal(f.last, 1999);
	store_close(s);
}

static void damaged_payloads_hide_their_own_records_alone(void **state)
{
	struct store *s = fill(2000, 120);
	struct row_key key = segment_before(s, 301);
	unsigned count;

	(void)state;
	/* Where the payload of the first one ends that erases. */
	damage_rests(s, key, 4 * (9 - (be64_get(key.b) - 1) % 10) + 2);
	count = look(s, 20000).count;
	assert_true(count == 198 || count == 199);
	store_close(s);
}

static void of_a_log_that_is_not_stored_nothing_is_known(void **state)
{
	struct store *s = fill(20, 120);
	struct read read = {.type = READ_ERASURES, .key = sefrou.log.key, .from = 21, .max = 5};
	struct writer out = {0};

	(void)state;
	assert_int_equal(store_read(s, &read, &out, NULL), ERR_UNKNOWN);
	read.from = 0;
	read.key.b[0] ^= 1;
	assert_int_equal(store_read(s, &read, &out, NULL), ERR_UNKNOWN);
	writer_release(&out);
	store_close(s);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(all_that_erase_are_found),
	    TEST(they_are_found_over_pages),
	    TEST(long_ones_do_not_make_a_long_answer),
	    TEST(damaged_headers_hide_their_own_records_alone),
	    TEST(damaged_payloads_hide_their_own_records_alone),
	    TEST(of_a_log_that_is_not_stored_nothing_is_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
