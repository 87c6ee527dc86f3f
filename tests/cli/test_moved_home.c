/* The file of a move: what is written reads back, it is worth nothing without its end, and what is
 * not of this form is refused. */
#include "cli/moved_home.h"

#include "proto/seal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void put_file(struct moved_home *m, const char *name, struct bytes content)
{
	strcpy(m->files[m->file_count].name, name);
	m->files[m->file_count++].content = content;
}

static void fill(struct moved_home *m)
{
	*m = (struct moved_home){.lock_count = 1};
	put_file(m, "config", BYTES_STR("format = 1\n"));
	put_file(m, "keys/log-a5a5a5a5a5a5a5a5.key", BYTES_STR("secret"));
	m->locks[0] = (struct listen_slot){.sequence = 7, .log = {{9}}, .size = 12};
}

static void written_reads_back(void **state)
{
	struct moved_home m, read;
	struct writer w = {0};
	bool is_finished = true;

	(void)state;
	fill(&m);
	moved_home_encode(&w, &m);
	assert_int_equal(moved_home_decode(&read, &is_finished, writer_view(&w)), ERR_NONE);
	assert_false(is_finished);
	moved_home_finish(&w);
	assert_int_equal(moved_home_decode(&read, &is_finished, writer_view(&w)), ERR_NONE);
	assert_true(is_finished);
	assert_int_equal(read.file_count, 2);
	assert_string_equal(read.files[1].name, "keys/log-a5a5a5a5a5a5a5a5.key");
	assert_true(bytes_equal(read.files[1].content, BYTES_STR("secret")));
	assert_int_equal(read.lock_count, 1);
	assert_int_equal(read.locks[0].sequence, 7);
	assert_int_equal(read.locks[0].size, 12);
	writer_release(&w);
}

/* Each byte changed, each length: never finished, whatever else it is. */
static void damaged_is_never_finished(void **state)
{
	struct moved_home m;
	struct writer w = {0};
	bool is_finished;

	(void)state;
	fill(&m);
	moved_home_encode(&w, &m);
	moved_home_finish(&w);
	for (size_t i = 0; i < w.size; i++) {
		w.data[i] ^= 1;
		assert_int_not_equal(
		    moved_home_decode(&m, &is_finished, writer_view(&w)), ERR_NONE);
		w.data[i] ^= 1;
	}
	for (size_t size = 0; size < w.size; size++) {
		enum err err = moved_home_decode(&m, &is_finished, bytes_of(w.data, size));
		if (size == w.size - HASH_SIZE)
			assert_false(is_finished);
		else
			assert_int_equal(err, ERR_FORMAT);
	}
	w.data[w.size - 1] ^= 1;
	assert_int_equal(moved_home_decode(&m, &is_finished, writer_view(&w)), ERR_HASH);
	writer_release(&w);
}

static void only_files_of_a_home_are_taken(void **state)
{
	static const char *const bad[] = {"keys/../config", "../x", "keys/log.key.", "keys/.key",
	    "/keys/log.key", "keys/LOG.key", "head.lock", "truth/data.mdb", "", "keys/a/b.key"};
	static const char *const good[] = {
	    "config", "network.json", "keys/log.key", "keys/roster.key"};
	bool is_finished;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad) + sizeof(good) / sizeof(*good); i++) {
		size_t count = sizeof(bad) / sizeof(*bad);
		struct moved_home m;
		struct writer w = {0};

		fill(&m);
		strcpy(m.files[1].name, i < count ? bad[i] : good[i - count]);
		moved_home_encode(&w, &m);
		moved_home_finish(&w);
		assert_int_equal(moved_home_decode(&m, &is_finished, writer_view(&w)),
		    i < count ? ERR_FORMAT : ERR_NONE);
		writer_release(&w);
	}
}

static void a_home_without_files_or_locks_is_none(void **state)
{
	struct moved_home m;
	struct writer w = {0};
	bool is_finished;

	(void)state;
	fill(&m);
	m.lock_count = 0;
	moved_home_encode(&w, &m);
	moved_home_finish(&w);
	assert_int_equal(moved_home_decode(&m, &is_finished, writer_view(&w)), ERR_FORMAT);
	fill(&m);
	m.file_count = 0;
	writer_clear(&w);
	moved_home_encode(&w, &m);
	moved_home_finish(&w);
	assert_int_equal(moved_home_decode(&m, &is_finished, writer_view(&w)), ERR_FORMAT);
	writer_release(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(written_reads_back),
	    cmocka_unit_test(damaged_is_never_finished),
	    cmocka_unit_test(only_files_of_a_home_are_taken),
	    cmocka_unit_test(a_home_without_files_or_locks_is_none),
	};

	if (seal_init() != ERR_NONE)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
