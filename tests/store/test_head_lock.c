/* head.lock through the store: written after the commit, found again, and an older database beside
 * it noticed. */
#include "tests/store/sample.h"

static struct sample_home home;
static struct sample_log own, roster;

static int set_up(void **state)
{
	struct key logs[2];

	(void)state;
	assert_int_equal(seal_init(), ERR_NONE);
	sample_home_make(&home);
	sample_log_init(&own, "sefrou", 1);
	sample_log_init(&roster, "", 2);
	logs[0] = own.log.key;
	logs[1] = roster.log.key;
	sample_head_lock(&home, logs, 2);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	sample_home_remove(&home);
	return 0;
}

/* Appends, signs and locks as the core does for an own log. */
static void publish(struct store *s, struct sample_log *log, uint32_t count, bool was_shown)
{
	struct change_lock lock = {.key = log->log.key, .was_shown = was_shown};
	struct writer change = {0};

	if (log->frontier.size == 0)
		change_put_log(&change, &log->log);
	sample_append(&change, log, count, 40, true);
	sample_head(&change, log);
	lock.size = log->frontier.size;
	frontier_root(&log->frontier, &lock.root);
	change_put_lock(&change, &lock);
	sample_apply(s, &change, NULL);
	writer_release(&change);
}

static void expect(
    struct store *s, const struct sample_log *log, enum lock_verdict want, uint64_t size)
{
	struct core_lock lock;

	assert_int_equal(store_lock(s, &log->log.key, &lock, NULL), ERR_NONE);
	assert_int_equal(lock.verdict, want);
	assert_int_equal(lock.size, size);
}

static void the_lock_follows_the_head_of_each_own_log(void **state)
{
	struct store *s = sample_open(&home);
	struct core_lock lock;
	struct hash root;

	(void)state;
	expect(s, &own, LOCK_SIGN, 0);
	publish(s, &own, 3, false);
	publish(s, &roster, 2, false);
	publish(s, &own, 300, true);
	store_close(s);
	s = sample_open(&home);
	expect(s, &roster, LOCK_SIGN, 2);
	expect(s, &own, LOCK_SIGN, 303);
	assert_int_equal(store_lock(s, &own.log.key, &lock, NULL), ERR_NONE);
	frontier_root(&own.frontier, &root);
	assert_true(hash_equal(&lock.root, &root));
	assert_true(lock.was_shown);
	store_close(s);
}

static void a_new_boot_listens_and_another_machine_never_signs(void **state)
{
	struct store *s = sample_open(&home);

	(void)state;
	publish(s, &own, 3, true);
	store_close(s);
	sample_text(home.boot, "ffffffff-4455-6677-8899-aabbccddeeff\n");
	s = sample_open(&home);
	expect(s, &own, LOCK_LISTEN, 3);
	publish(s, &own, 1, true); /* after having listened */
	store_close(s);
	s = sample_open(&home);
	expect(s, &own, LOCK_SIGN, 4);
	store_close(s);
	sample_text(home.machine, "ffffffffffffffffffffffffffffffff\n");
	s = sample_open(&home);
	expect(s, &own, LOCK_NEVER, 4);
	store_close(s);
}

static void run(const char *format, ...)
{
	char command[1200];
	va_list args;

	va_start(args, format);
	vsnprintf(command, sizeof(command), format, args);
	va_end(args);
	assert_int_equal(system(command), 0);
}

static void an_older_database_put_back_gets_a_new_store_id(void **state)
{
	struct store *s = sample_open(&home);
	uint8_t id[STORE_ID_SIZE];

	(void)state;
	publish(s, &own, 3, true);
	memcpy(id, store_id(s), sizeof(id));
	store_close(s);
	run("cp -a '%s/truth' '%s/saved'", home.path, home.path);
	s = sample_open(&home);
	assert_memory_equal(store_id(s), id, sizeof(id));
	publish(s, &own, 4, true);
	store_close(s);
	/* Over the same inode, so that only the lock can tell. */
	run("cat '%s/saved/data.mdb' >'%s/truth/data.mdb'", home.path, home.path);
	s = sample_open(&home);
	assert_memory_not_equal(store_id(s), id, sizeof(id));
	expect(s, &own, LOCK_SIGN, 7); /* ahead: the core fetches its records back first */
	store_close(s);
}

static void a_copied_database_gets_a_new_store_id(void **state)
{
	struct store *s = sample_open(&home);
	uint8_t id[STORE_ID_SIZE];

	(void)state;
	publish(s, &own, 3, true);
	memcpy(id, store_id(s), sizeof(id));
	store_close(s);
	run("cp -a '%s/truth' '%s/saved' && rm -r '%s/truth' && mv '%s/saved' '%s/truth'",
	    home.path, home.path, home.path, home.path, home.path);
	s = sample_open(&home);
	assert_memory_not_equal(store_id(s), id, sizeof(id));
	store_close(s);
}

static void a_copied_lock_and_a_deleted_one_never_sign(void **state)
{
	struct store *s = sample_open(&home);
	struct why why = {0};
	struct core_lock lock;

	(void)state;
	publish(s, &own, 3, true);
	store_close(s);
	run("cd '%s' && cp head.lock copy && mv copy head.lock", home.path);
	s = sample_open(&home);
	expect(s, &own, LOCK_NEVER, 3);
	store_close(s);
	run("rm '%s/head.lock'", home.path);
	s = sample_open(&home);
	assert_int_equal(store_lock(s, &own.log.key, &lock, &why), ERR_NONE);
	assert_int_equal(lock.verdict, LOCK_NEVER);
	assert_string_equal(why.text, "head.lock does not name this log");
	store_close(s);
}

static void a_database_with_another_history_never_signs(void **state)
{
	struct store *s = sample_open(&home);
	struct sample_log fork;
	struct writer change = {0};

	(void)state;
	publish(s, &own, 3, true);
	store_close(s);
	run("rm -r '%s/truth'", home.path);
	s = sample_open(&home);
	sample_log_init(&fork, "sefrou", 1);
	change_put_log(&change, &fork.log);
	sample_append(&change, &fork, 3, 41, false);
	sample_apply(s, &change, NULL);
	expect(s, &own, LOCK_NEVER, 3);
	store_close(s);
	writer_release(&change);
}

static void a_lock_for_a_log_without_one_is_our_bug(void **state)
{
	struct store *s = sample_open(&home);
	struct change_lock lock = {.size = 1};
	struct writer change = {0};
	struct why why = {0};

	(void)state;
	memset(lock.key.b, 77, KEY_SIZE);
	change_put_lock(&change, &lock);
	assert_int_equal(sample_apply_why(s, &change, NULL, &why), ERR_BUG);
	store_close(s);
	writer_release(&change);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    TEST(the_lock_follows_the_head_of_each_own_log),
	    TEST(a_new_boot_listens_and_another_machine_never_signs),
	    TEST(an_older_database_put_back_gets_a_new_store_id),
	    TEST(a_copied_database_gets_a_new_store_id),
	    TEST(a_copied_lock_and_a_deleted_one_never_sign),
	    TEST(a_database_with_another_history_never_signs),
	    TEST(a_lock_for_a_log_without_one_is_our_bug),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
