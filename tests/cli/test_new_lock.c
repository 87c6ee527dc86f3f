/* head.lock changed from outside: another log beside those that are there, and the mark of a move. */
#include "cli/new_lock.h"

#include "proto/seal.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const struct key first = {{1}}, second = {{2}}, stranger = {{3}};
static char folder[64], path[128];

static int set_up(void **state)
{
	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/oc-lock-XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof(path), "%s/head.lock", folder);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(folder);
}

static enum lock_verdict judge(const struct key *log, struct core_lock *out)
{
	struct listen_lock lock = {0};
	struct core_lock verdict = {0};

	assert_int_equal(new_lock_judge(path, log, &lock, &verdict, NULL, NULL), ERR_NONE);
	if (out)
		*out = verdict;
	return verdict.verdict;
}

static void a_log_is_added_where_there_was_none_and_beside_others(void **state)
{
	(void)state;
	assert_int_equal(judge(&first, NULL), LOCK_NEVER);
	assert_int_equal(new_lock_add(path, &first, NULL), ERR_NONE);
	assert_int_equal(judge(&first, NULL), LOCK_SIGN);
	assert_int_equal(judge(&second, NULL), LOCK_NEVER);
	assert_int_equal(new_lock_add(path, &second, NULL), ERR_NONE);
	assert_int_equal(judge(&first, NULL), LOCK_SIGN);
	assert_int_equal(judge(&second, NULL), LOCK_SIGN);
	assert_int_equal(judge(&stranger, NULL), LOCK_NEVER);
	assert_int_equal(new_lock_write(path, &stranger, 1, NULL), ERR_EXISTS);
}

static void a_file_that_was_cut_short_keeps_what_it_says(void **state)
{
	(void)state;
	assert_int_equal(new_lock_add(path, &first, NULL), ERR_NONE);
	assert_int_equal(truncate(path, LISTEN_SLOT_SIZE + 7), 0);
	assert_int_equal(new_lock_add(path, &second, NULL), ERR_NONE);
	assert_int_equal(judge(&first, NULL), LOCK_SIGN);
	assert_int_equal(judge(&second, NULL), LOCK_SIGN);
}

static void what_was_moved_signs_nowhere_here(void **state)
{
	static const uint8_t noise[LISTEN_SLOT_SIZE] = {0xff};
	struct core_lock lock;

	(void)state;
	assert_int_equal(new_lock_move(path, &first, 1, NULL), ERR_IO);
	assert_int_equal(new_lock_add(path, &first, NULL), ERR_NONE);
	assert_int_equal(new_lock_add(path, &second, NULL), ERR_NONE);
	assert_int_equal(new_lock_move(path, &first, 1, NULL), ERR_NONE);
	assert_int_equal(judge(&first, &lock), LOCK_NEVER);
	assert_true(lock.is_moved);
	assert_int_equal(judge(&second, NULL), LOCK_SIGN);
	/* Neither slot of the two could speak for it again, should the other one rot. */
	for (off_t at = 0; at < LISTEN_PAIR_SIZE; at += LISTEN_SLOT_SIZE) {
		uint8_t kept[LISTEN_SLOT_SIZE];
		int fd = open(path, O_RDWR);

		assert_int_equal(pread(fd, kept, sizeof(kept), at), sizeof(kept));
		assert_int_equal(pwrite(fd, noise, sizeof(noise), at), sizeof(noise));
		assert_int_equal(judge(&first, &lock), LOCK_NEVER);
		assert_true(lock.is_moved);
		assert_int_equal(pwrite(fd, kept, sizeof(kept), at), sizeof(kept));
		close(fd);
	}
}

static void what_comes_from_elsewhere_is_signed_here(void **state)
{
	struct listen_slot slot = {
	    .sequence = 5, .log = first, .size = 9, .was_shown = true, .is_unheard = true};
	struct core_lock lock;

	(void)state;
	slot.here.inode = 1;
	assert_int_equal(new_lock_take(path, &slot, 1, NULL), ERR_NONE);
	assert_int_equal(judge(&first, &lock), LOCK_LISTEN);
	assert_int_equal(lock.size, 9);
	assert_true(lock.was_shown);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

/* However many logs there were: what is written can be read again, and what could not be read is not written. */
static void the_file_grows_no_larger_than_it_is_read(void **state)
{
	struct key key = {{9}};
	unsigned count = 0;

	(void)state;
	for (; count < 1100; count++) {
		key.b[1] = (uint8_t)count;
		key.b[2] = (uint8_t)(count >> 8);
		if (new_lock_add(path, &key, NULL))
			break;
		if (count % 63 == 62)
			assert_int_equal(judge(&key, NULL), LOCK_SIGN);
	}
	assert_int_equal(count, LISTEN_FILE_MAX / LISTEN_PAIR_SIZE);
	assert_int_equal(judge(&key, NULL), LOCK_NEVER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_log_is_added_where_there_was_none_and_beside_others),
	    TEST(the_file_grows_no_larger_than_it_is_read),
	    TEST(a_file_that_was_cut_short_keeps_what_it_says),
	    TEST(what_was_moved_signs_nowhere_here),
	    TEST(what_comes_from_elsewhere_is_signed_here),
	};

	if (seal_init() != ERR_NONE)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
