/* Compaction: the same database in a new file, without what was erased; or the old one, untouched. */
#include "tests/store/own_home.h"

#include "tests/unit.h"

#include "store/compact.h"

static void truth_path(char out[static 400], const char *name)
{
	snprintf(out, 400, "%s/truth/%s", home.path, name);
}

static void read_file(struct writer *out, const char *name)
{
	char path[400];
	FILE *f;
	int byte;

	truth_path(path, name);
	f = fopen(path, "rb");
	assert_non_null(f);
	while ((byte = getc(f)) != EOF)
		writer_u8(out, (uint8_t)byte);
	fclose(f);
}

static bool file_holds(const char *text)
{
	struct writer file = {0};
	bool found;

	read_file(&file, "data.mdb");
	found = memmem(file.data, file.size, text, strlen(text)) != NULL;
	writer_release(&file);
	return found;
}

static bool exists(const char *name)
{
	char path[400];

	truth_path(path, name);
	return access(path, F_OK) == 0;
}

/* 600 records, of which number 321 is erased. */
static void fill(struct sample_log *log, struct writer *dump, uint8_t id[static STORE_ID_SIZE])
{
	struct record erased = {.state = RECORD_ERASED, .erasure = {.index = 9}};
	struct writer erasure = {0}, change = {0};
	struct store *s = sample_open(&home);

	sample_log_init(log, "sefrou", 1);
	sample_fill(s, log, 600, 60);
	record_write_rest(&erasure, &erased);
	change_put_payload(
	    &change, &(struct change_payload){
			 .key = log->log.key, .index = 321, .rest = writer_view(&erasure)});
	sample_apply(s, &change, NULL);
	assert_ok(store_dump(s, dump, NULL));
	memcpy(id, store_id(s), STORE_ID_SIZE);
	store_close(s);
	writer_release(&erasure);
	writer_release(&change);
}

static void expect_same(const struct writer *dump, const uint8_t id[static STORE_ID_SIZE])
{
	struct store *s = sample_open(&home);
	struct writer again = {0};

	assert_memory_equal(store_id(s), id, STORE_ID_SIZE);
	assert_ok(store_dump(s, &again, NULL));
	assert_true(bytes_equal(writer_view(&again), writer_view(dump)));
	assert_false(exists("compact"));
	store_close(s);
	writer_release(&again);
}

static void what_was_erased_leaves_the_file_and_all_else_stays(void **state)
{
	static struct sample_log log;
	struct compact_sizes sizes;
	uint8_t id[STORE_ID_SIZE];
	struct writer dump = {0};
	struct store *s;

	(void)state;
	fill(&log, &dump, id);
	assert_true(file_holds("record 321 ")); /* in a page that is free now */
	assert_ok(store_compact(home.path, &home.options, &sizes, NULL));
	assert_false(file_holds("record 321 "));
	assert_true(file_holds("record 322 "));
	assert_true(sizes.after < sizes.before);
	expect_same(&dump, id);
	s = sample_open(&home); /* and it grows on */
	sample_fill(s, &log, 5, 60);
	store_close(s);
	writer_release(&dump);
}

static void a_home_in_use_is_left_alone(void **state)
{
	struct store *s = sample_open(&home);
	struct compact_sizes sizes;

	(void)state;
	assert_int_equal(store_compact(home.path, &home.options, &sizes, NULL), ERR_BUSY);
	store_close(s);
}

static void a_compaction_cut_short_leaves_the_old_file_and_nothing_else(void **state)
{
	static struct sample_log log;
	struct compact_sizes sizes;
	uint8_t id[STORE_ID_SIZE];
	struct writer dump = {0};
	char path[400];

	(void)state;
	fill(&log, &dump, id);
	truth_path(path, "compact");
	assert_int_equal(mkdir(path, 0700), 0);
	truth_path(path, "compact/data.mdb");
	sample_text(path, "half a database");
	expect_same(&dump, id);
	truth_path(path, "compact");
	assert_int_equal(mkdir(path, 0700), 0);
	assert_ok(store_compact(home.path, &home.options, &sizes, NULL));
	expect_same(&dump, id);
	writer_release(&dump);
}

static void a_database_that_rots_is_mended_before_it_is_compacted(void **state)
{
	static struct sample_log log;
	struct writer dump = {0}, before = {0}, after = {0};
	struct compact_sizes sizes;
	uint8_t id[STORE_ID_SIZE], commitment[HASH_SIZE];
	struct writer body = {0}, payload = {0};
	struct record record;
	struct reader r;
	char path[400];
	FILE *f;

	(void)state;
	fill(&log, &dump, id);
	sample_payload(&payload, 100, 60);
	sample_record(&body, 128, 100, writer_view(&payload));
	reader_init(&r, writer_view(&body));
	assert_ok(record_read(&record, &r));
	memcpy(commitment, record.header.commitment.b, HASH_SIZE);
	read_file(&before, "data.mdb");
	truth_path(path, "data.mdb");
	f = fopen(path, "r+b");
	for (size_t i = 0; i + HASH_SIZE <= before.size; i++)
		if (memcmp(before.data + i, commitment, HASH_SIZE) == 0) {
			before.data[i] ^= 1;
			assert_int_equal(fseek(f, (long)i, SEEK_SET), 0);
			assert_int_equal(putc(before.data[i], f), before.data[i]);
		}
	fclose(f);
	assert_int_equal(store_compact(home.path, &home.options, &sizes, NULL), ERR_ROT);
	assert_false(exists("compact"));
	read_file(&after, "data.mdb");
	assert_true(bytes_equal(writer_view(&before), writer_view(&after)));
	writer_release(&dump);
	writer_release(&before);
	writer_release(&after);
	writer_release(&body);
	writer_release(&payload);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    TEST(what_was_erased_leaves_the_file_and_all_else_stays),
	    TEST(a_home_in_use_is_left_alone),
	    TEST(a_compaction_cut_short_leaves_the_old_file_and_nothing_else),
	    TEST(a_database_that_rots_is_mended_before_it_is_compacted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
