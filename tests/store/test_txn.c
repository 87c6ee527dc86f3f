/* The transaction that remembers its first error, and rows that are checked. */
#include "tests/store/sample.h"

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>

static struct sample_home home;
static struct env env;

enum { BARE, CHECKED, OTHER, TAILED };
static const struct env_table tables[] = {
    {.name = "bare", .is_bare = true},
    {.name = "checked"},
    {.name = "other"},
    {.name = "tailed", .has_tail = true},
};

static int set_up(void **state)
{
	struct env_options options = {
	    .path = home.path, .tables = tables, .count = 4, .map_size = 1 << 20};

	(void)state;
	assert_int_equal(seal_init(), ERR_NONE);
	sample_home_make(&home);
	assert_int_equal(env_open(&env, &options, NULL), ERR_NONE);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	env_close(&env);
	sample_home_remove(&home);
	return 0;
}

static void put_one(unsigned table, const char *key, const char *value)
{
	struct txn t;

	txn_begin(&t, &env, TXN_WRITE);
	txn_put(&t, table, bytes_str(key), bytes_str(value));
	assert_int_equal(txn_end(&t, NULL), ERR_NONE);
}

static void what_was_put_is_there_after_the_commit(void **state)
{
	struct bytes value;
	struct txn t;

	(void)state;
	put_one(CHECKED, "a", "one");
	put_one(BARE, "a", "");
	txn_begin(&t, &env, TXN_READ);
	assert_true(txn_get(&t, CHECKED, BYTES_STR("a"), &value));
	assert_true(bytes_equal(value, BYTES_STR("one")));
	assert_true(txn_get(&t, BARE, BYTES_STR("a"), &value));
	assert_int_equal(value.size, 0);
	assert_false(txn_get(&t, OTHER, BYTES_STR("a"), &value));
	assert_int_equal(txn_rows(&t, CHECKED), 1);
	assert_int_equal(txn_end(&t, NULL), ERR_NONE);
}

static void the_first_error_stays_and_undoes_everything(void **state)
{
	struct why why = {0};
	struct bytes value;
	struct txn t;

	(void)state;
	txn_begin(&t, &env, TXN_WRITE);
	txn_put(&t, CHECKED, BYTES_STR("a"), BYTES_STR("one"));
	txn_fail(&t, ERR_FULL, "first %d", 1);
	txn_fail(&t, ERR_BUG, "second");
	txn_put(&t, CHECKED, BYTES_STR("b"), BYTES_STR("two"));
	assert_false(txn_get(&t, CHECKED, BYTES_STR("a"), &value));
	assert_int_equal(txn_end(&t, &why), ERR_FULL);
	assert_int_equal(why.err, ERR_FULL);
	assert_string_equal(why.text, "first 1");
	txn_begin(&t, &env, TXN_READ);
	assert_int_equal(txn_rows(&t, CHECKED), 0);
	txn_end(&t, NULL);
}

/* Writes a row's stored bytes, check and all, under another key or table. */
static void move_row(unsigned from, const char *key, unsigned to, const char *other)
{
	MDB_val k = {strlen(key), (void *)(uintptr_t)key};
	MDB_val o = {strlen(other), (void *)(uintptr_t)other};
	MDB_val v;
	MDB_txn *raw;

	assert_int_equal(mdb_txn_begin(env.handle, NULL, 0, &raw), 0);
	assert_int_equal(mdb_get(raw, env.dbis[from], &k, &v), 0);
	assert_int_equal(mdb_put(raw, env.dbis[to], &o, &v, 0), 0);
	assert_int_equal(mdb_txn_commit(raw), 0);
}

static enum err get_err(unsigned table, const char *key)
{
	struct bytes value;
	struct txn t;

	txn_begin(&t, &env, TXN_READ);
	txn_get(&t, table, bytes_str(key), &value);
	return txn_end(&t, NULL);
}

static void a_row_that_strayed_is_rot(void **state)
{
	(void)state;
	put_one(CHECKED, "a", "one");
	assert_int_equal(get_err(CHECKED, "a"), ERR_NONE);
	move_row(CHECKED, "a", CHECKED, "b");
	assert_int_equal(get_err(CHECKED, "b"), ERR_ROT);
	move_row(CHECKED, "a", OTHER, "a");
	assert_int_equal(get_err(OTHER, "a"), ERR_ROT);
	put_one(BARE, "short", "1234567");
	move_row(BARE, "short", CHECKED, "c");
	assert_int_equal(get_err(CHECKED, "c"), ERR_ROT);
	assert_int_equal(get_err(CHECKED, "a"), ERR_NONE);
}

static MDB_val stored_row(MDB_txn *txn, unsigned table, const char *key)
{
	MDB_val k = {strlen(key), (void *)(uintptr_t)key}, v;

	assert_int_equal(mdb_get(txn, env.dbis[table], &k, &v), 0);
	return v;
}

/* Bytes of a stored row as somebody else would have left them. */
static void put_raw(unsigned table, const char *key, struct bytes raw)
{
	MDB_val k = {strlen(key), (void *)(uintptr_t)key};
	MDB_val v = {raw.size, (void *)(uintptr_t)raw.data};
	MDB_txn *txn;

	assert_int_equal(mdb_txn_begin(env.handle, NULL, 0, &txn), 0);
	assert_int_equal(mdb_put(txn, env.dbis[table], &k, &v, 0), 0);
	assert_int_equal(mdb_txn_commit(txn), 0);
}

struct tailed {
	struct bytes value, tail;
	bool is_rotten;
	uint8_t copy[64];
	size_t size;
};

static struct tailed read_tailed(const char *key)
{
	struct tailed out = {0};
	struct walk walk;
	struct txn t;
	MDB_val v;

	txn_begin(&t, &env, TXN_READ);
	walk_begin(&walk, &t, TAILED);
	walk.is_blind = true;
	assert_true(walk_from(&walk, bytes_str(key)));
	v = stored_row(t.handle, TAILED, key);
	assert_true(v.mv_size <= sizeof(out.copy));
	memcpy(out.copy, v.mv_data, v.mv_size);
	out.size = v.mv_size;
	out.value = walk.value; /* the map stays where it is */
	out.tail = walk.tail;
	out.is_rotten = walk.is_rotten;
	walk_end(&walk);
	assert_int_equal(txn_end(&t, NULL), ERR_NONE);
	return out;
}

static void a_tail_stands_behind_a_value_and_outlives_it(void **state)
{
	struct tailed row;
	struct bytes value;
	struct txn t;

	(void)state;
	txn_begin(&t, &env, TXN_WRITE);
	txn_put_tailed(&t, TAILED, BYTES_STR("a"), BYTES_STR("value"), BYTES_STR("tail"), true);
	txn_put_tailed(&t, TAILED, BYTES_STR("b"), (struct bytes){0}, BYTES_STR("alone"), false);
	assert_int_equal(txn_end(&t, NULL), ERR_NONE);
	row = read_tailed("b");
	assert_false(row.is_rotten);
	assert_int_equal(row.value.size, 0);
	assert_true(bytes_equal(row.tail, BYTES_STR("alone")));
	row = read_tailed("a");
	assert_false(row.is_rotten);
	assert_int_equal(row.size, 4 + 5 + 8 + 4);
	assert_true(bytes_equal(row.value, BYTES_STR("value")));
	assert_true(bytes_equal(row.tail, BYTES_STR("tail")));
	txn_begin(&t, &env, TXN_READ);
	assert_true(txn_get(&t, TAILED, BYTES_STR("a"), &value));
	assert_true(bytes_equal(value, BYTES_STR("value")));
	assert_int_equal(txn_end(&t, NULL), ERR_NONE);
	for (size_t at = 0; at < 4 + 5 + 8; at++) {
		struct tailed bad = row;
		bad.copy[at] ^= 0x40;
		put_raw(TAILED, "a", bytes_of(bad.copy, bad.size));
		bad = read_tailed("a");
		assert_true(bad.is_rotten);
		assert_int_equal(bad.value.size, 0);
		/* What says how long the value is says where the tail is. */
		assert_int_equal(bytes_equal(bad.tail, BYTES_STR("tail")), at >= 4);
		txn_begin(&t, &env, TXN_READ);
		assert_false(txn_get(&t, TAILED, BYTES_STR("a"), &value));
		assert_int_equal(txn_end(&t, NULL), ERR_ROT);
	}
	for (size_t size = 0; size < 4 + 5 + 8; size++) {
		put_raw(TAILED, "a", bytes_of(row.copy, size));
		assert_true(read_tailed("a").is_rotten);
	}
	/* A tail answers for itself. */
	row.copy[row.size - 1] ^= 1;
	put_raw(TAILED, "a", bytes_of(row.copy, row.size));
	assert_false(read_tailed("a").is_rotten);
}

static void a_walk_finds_its_place(void **state)
{
	struct walk w;
	struct txn t;

	(void)state;
	put_one(CHECKED, "b1", "1");
	put_one(CHECKED, "b3", "3");
	put_one(CHECKED, "b5", "5");
	txn_begin(&t, &env, TXN_READ);
	walk_begin(&w, &t, CHECKED);
	assert_true(walk_from(&w, BYTES_STR("b2")));
	assert_true(bytes_equal(w.value, BYTES_STR("3")));
	assert_true(walk_upto(&w, BYTES_STR("b2")));
	assert_true(bytes_equal(w.value, BYTES_STR("1")));
	assert_true(walk_upto(&w, BYTES_STR("b3")));
	assert_true(bytes_equal(w.value, BYTES_STR("3")));
	assert_true(walk_upto(&w, BYTES_STR("c")));
	assert_true(bytes_equal(w.value, BYTES_STR("5")));
	assert_false(walk_upto(&w, BYTES_STR("a")));
	assert_false(walk_from(&w, BYTES_STR("c")));
	assert_true(walk_first(&w));
	assert_true(walk_has_prefix(&w, BYTES_STR("b")));
	assert_false(walk_has_prefix(&w, BYTES_STR("b11")));
	assert_true(walk_next(&w));
	assert_true(walk_last(&w));
	assert_true(bytes_equal(w.key, BYTES_STR("b5")));
	assert_false(walk_next(&w));
	walk_end(&w);
	assert_int_equal(txn_end(&t, NULL), ERR_NONE);
}

static void rows_are_deleted_and_tables_cleared(void **state)
{
	struct txn t;

	(void)state;
	put_one(CHECKED, "a", "1");
	put_one(CHECKED, "b", "2");
	put_one(OTHER, "a", "3");
	txn_begin(&t, &env, TXN_WRITE);
	txn_del(&t, CHECKED, BYTES_STR("a"));
	txn_del(&t, CHECKED, BYTES_STR("never there"));
	assert_int_equal(txn_rows(&t, CHECKED), 1);
	txn_clear(&t, OTHER);
	assert_int_equal(txn_end(&t, NULL), ERR_NONE);
	assert_int_equal(get_err(CHECKED, "b"), ERR_NONE);
	txn_begin(&t, &env, TXN_READ);
	assert_int_equal(txn_rows(&t, OTHER), 0);
	txn_end(&t, NULL);
}

static void a_full_map_is_no_doubt_about_the_store(void **state)
{
	static uint8_t large[300000];
	struct txn t;
	enum err err = ERR_NONE;

	(void)state;
	put_one(CHECKED, "a", "1");
	for (uint8_t i = 0; i < 20 && err == ERR_NONE; i++) {
		txn_begin(&t, &env, TXN_WRITE);
		txn_put(&t, CHECKED, bytes_of(&i, 1), BYTES(large));
		err = txn_end(&t, NULL);
	}
	assert_int_equal(err, ERR_FULL);
	assert_int_equal(get_err(CHECKED, "a"), ERR_NONE);
}

static void codes_are_classed(void **state)
{
	(void)state;
	assert_int_equal(env_err(0), ERR_NONE);
	assert_int_equal(env_err(MDB_MAP_FULL), ERR_FULL);
	assert_int_equal(env_err(ENOSPC), ERR_FULL);
	assert_int_equal(env_err(MDB_CORRUPTED), ERR_ROT);
	assert_int_equal(env_err(MDB_VERSION_MISMATCH), ERR_VERSION);
	assert_int_equal(env_err(ENOMEM), ERR_MEMORY);
	assert_int_equal(env_err(MDB_BAD_TXN), ERR_BUG);
	assert_int_equal(env_err(EIO), ERR_IO);
}

static off_t file_size(void)
{
	char path[512];
	struct stat file;

	snprintf(path, sizeof(path), "%s/data.mdb", home.path);
	assert_int_equal(stat(path, &file), 0);
	return file.st_size;
}

static void commits_are_written_into_room_that_is_there_already(void **state)
{
	off_t before = file_size(), after;
	struct bytes value;
	struct txn t;

	(void)state;
	assert_int_equal(env_preallocate(&env), ERR_NONE);
	after = file_size();
	assert_true(after >= before + (64 << 10));
	assert_int_equal(env_preallocate(&env), ERR_NONE);
	assert_int_equal(file_size(), after);
	put_one(CHECKED, "a", "one");
	put_one(CHECKED, "b", "two");
	assert_int_equal(file_size(), after);
	for (int i = 0; env_grown(&env) + (12 << 10) < (uint64_t)after; i++) {
		char text[1001];
		snprintf(text, sizeof(text), "%01000d", i);
		put_one(CHECKED, text + 900, text);
	}
	assert_int_equal(file_size(), after);
	assert_int_equal(env_preallocate(&env), ERR_NONE);
	assert_true(file_size() > after);
	txn_begin(&t, &env, TXN_READ);
	assert_true(txn_get(&t, CHECKED, BYTES_STR("b"), &value));
	assert_true(bytes_equal(value, BYTES_STR("two")));
	assert_int_equal(txn_end(&t, NULL), ERR_NONE);
}

static void no_room_ahead_is_no_loss(void **state)
{
	struct rlimit old, none;

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	none = old;
	none.rlim_cur = (rlim_t)file_size() + (32 << 10);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
	assert_int_equal(env_preallocate(&env), ERR_IO);
	put_one(CHECKED, "a", "one");
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	assert_int_equal(env_preallocate(&env), ERR_NONE);
	put_one(CHECKED, "b", "two");
}

/* Where LMDB keeps the names of tables there is no check of ours. */
static unsigned rename_table(const char *from, const char *to)
{
	static uint8_t data[1 << 20];
	char path[512];
	unsigned found = 0;
	size_t size;
	FILE *file;

	snprintf(path, sizeof(path), "%s/data.mdb", home.path);
	file = fopen(path, "r+b");
	assert_non_null(file);
	size = fread(data, 1, sizeof(data), file);
	for (size_t i = 0; i + strlen(from) < size; i++)
		if (memcmp(data + i, from, strlen(from)) == 0) {
			memcpy(data + i, to, strlen(to));
			found++;
		}
	rewind(file);
	assert_int_equal(fwrite(data, 1, size, file), size);
	fclose(file);
	return found;
}

static void a_table_that_is_gone_is_rot(void **state)
{
	struct env_options options = {
	    .path = home.path, .tables = tables, .count = 4, .map_size = 1 << 20};

	(void)state;
	put_one(CHECKED, "a", "one");
	env_close(&env);
	assert_true(rename_table("checked", "chdcked") > 0);
	assert_int_equal(env_open(&env, &options, NULL), ERR_ROT);
	assert_true(rename_table("chdcked", "checked") > 0);
	assert_int_equal(env_open(&env, &options, NULL), ERR_NONE);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    TEST(what_was_put_is_there_after_the_commit),
	    TEST(the_first_error_stays_and_undoes_everything),
	    TEST(a_row_that_strayed_is_rot),
	    TEST(a_tail_stands_behind_a_value_and_outlives_it),
	    TEST(a_walk_finds_its_place),
	    TEST(rows_are_deleted_and_tables_cleared),
	    TEST(a_full_map_is_no_doubt_about_the_store),
	    TEST(codes_are_classed),
	    TEST(commits_are_written_into_room_that_is_there_already),
	    TEST(no_room_ahead_is_no_loss),
	    TEST(a_table_that_is_gone_is_rot),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
