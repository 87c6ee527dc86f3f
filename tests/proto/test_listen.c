/* The verdict on head.lock, case by case, and the two slots of its file. */
#include "proto/listen.h"
#include "proto/seal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const struct key own = {{1}}, keeper = {{2}}, stranger = {{3}};

static struct listen_here here_of(uint8_t machine, uint8_t boot, uint64_t inode)
{
	struct listen_here here = {.inode = inode};

	memset(here.machine, machine, LISTEN_ID_SIZE);
	memset(here.boot, boot, LISTEN_ID_SIZE);
	return here;
}

static struct hash root_of(uint8_t value)
{
	struct hash root;

	memset(root.b, value, HASH_SIZE);
	return root;
}

static void put_slot(uint8_t *at, uint64_t sequence, uint64_t size, bool was_shown)
{
	struct listen_slot slot = {.sequence = sequence,
	    .log = own,
	    .size = size,
	    .root = root_of(5),
	    .here = here_of(1, 1, 1),
	    .was_shown = was_shown};

	listen_slot_encode(at, &slot);
}

struct verdict_case {
	const char *name;
	uint8_t machine, boot;
	uint64_t inode;
	uint64_t lock_size, stored_size;
	uint8_t stored_root;
	enum lock_verdict want;
	const char *reason; /* part of it; NULL: none */
};

/* The lock says machine 1, boot 1, inode 1, root 5. */
static const struct verdict_case cases[] = {
    {"equal", 1, 1, 1, 10, 10, 5, LOCK_SIGN, NULL},
    {"consistent growth", 1, 1, 1, 10, 12, 5, LOCK_SIGN, NULL},
    {"never signed", 1, 1, 1, 0, 0, 0, LOCK_SIGN, NULL},
    {"lock ahead of the database", 1, 1, 1, 10, 9, 0, LOCK_SIGN, NULL},
    {"new boot", 1, 2, 1, 10, 10, 5, LOCK_LISTEN, "started again"},
    {"new boot, never signed", 1, 2, 1, 0, 0, 0, LOCK_LISTEN, "started again"},
    {"new boot, lock ahead", 1, 2, 1, 10, 9, 0, LOCK_LISTEN, "started again"},
    {"another machine", 2, 1, 1, 10, 10, 5, LOCK_NEVER, "another machine"},
    {"another machine, never signed", 2, 1, 1, 0, 0, 0, LOCK_NEVER, "another machine"},
    {"a copy", 1, 1, 2, 10, 10, 5, LOCK_NEVER, "copy"},
    {"a copy after a boot", 1, 2, 2, 10, 10, 5, LOCK_NEVER, "copy"},
    {"another history", 1, 1, 1, 10, 10, 6, LOCK_NEVER, "another history"},
    {"another history, grown", 1, 1, 1, 10, 30, 6, LOCK_NEVER, "another history"},
    {"another history after a boot", 1, 2, 1, 10, 10, 6, LOCK_NEVER, "another history"},
};

static void each_case_has_its_verdict(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct verdict_case *c = &cases[i];
		struct listen_here here = here_of(c->machine, c->boot, c->inode);
		struct listen_stored stored = {c->stored_size, root_of(c->stored_root)};
		uint8_t file[LISTEN_PAIR_SIZE] = {0};
		struct core_lock out;
		struct listen_lock lock;
		struct why reason = {0};
		put_slot(file, 4, c->lock_size, true);
		listen_read(&lock, BYTES(file), &own);
		listen_judge(&out, &lock, &here, &stored, &reason);
		if (out.verdict != c->want)
			fail_msg("%s: verdict %d", c->name, (int)out.verdict);
		if (c->reason ? !strstr(reason.text, c->reason) : reason.text[0] != '\0')
			fail_msg("%s: reason %s", c->name, reason.text);
		assert_int_equal(out.size, c->lock_size);
		assert_true(out.was_shown);
		assert_int_equal(out.root.b[0], 5);
	}
}

static void expect(struct bytes file, const struct key *log, enum lock_verdict want, uint64_t size)
{
	struct listen_here here = here_of(1, 1, 1);
	struct listen_stored stored = {100, root_of(5)};
	struct listen_lock lock;
	struct core_lock out;

	listen_read(&lock, file, log);
	listen_judge(&out, &lock, &here, &stored, NULL);
	assert_int_equal(out.verdict, want);
	assert_int_equal(out.size, size);
}

static void a_slot_written_before_anybody_was_asked_asks_again(void **state)
{
	uint8_t file[LISTEN_PAIR_SIZE] = {0};
	struct listen_slot slot = {.sequence = 4,
	    .log = own,
	    .size = 10,
	    .root = root_of(5),
	    .here = here_of(1, 1, 1),
	    .is_unheard = true};

	(void)state;
	listen_slot_encode(file, &slot);
	expect(BYTES(file), &own, LOCK_LISTEN, 10);
	slot.is_unheard = false;
	listen_slot_encode(file, &slot);
	expect(BYTES(file), &own, LOCK_SIGN, 10);
}

static void the_newest_slot_speaks_and_the_other_is_written_next(void **state)
{
	uint8_t file[LISTEN_PAIR_SIZE] = {0};
	struct listen_lock lock;

	(void)state;
	put_slot(file, 7, 20, true);
	put_slot(file + LISTEN_SLOT_SIZE, 6, 10, false);
	expect(BYTES(file), &own, LOCK_SIGN, 20);
	listen_read(&lock, BYTES(file), &own);
	assert_int_equal(lock.next_offset, LISTEN_SLOT_SIZE);
	put_slot(file + LISTEN_SLOT_SIZE, 8, 30, false);
	expect(BYTES(file), &own, LOCK_SIGN, 30);
	listen_read(&lock, BYTES(file), &own);
	assert_int_equal(lock.next_offset, 0);
	assert_false(lock.slot.was_shown);
}

static void a_torn_slot_leaves_the_other_but_never_signs_at_once(void **state)
{
	uint8_t file[LISTEN_PAIR_SIZE] = {0};

	(void)state;
	put_slot(file, 7, 20, true);
	put_slot(file + LISTEN_SLOT_SIZE, 8, 30, true);
	for (size_t at = 0; at < LISTEN_SLOT_SIZE; at += 37) {
		uint8_t torn[LISTEN_PAIR_SIZE];
		memcpy(torn, file, sizeof(file));
		torn[LISTEN_SLOT_SIZE + at] ^= 0x10;
		expect(BYTES(torn), &own, LOCK_LISTEN, 20);
		torn[at] ^= 0x10;
		expect(BYTES(torn), &own, LOCK_NEVER, 0);
	}
	memset(file + LISTEN_SLOT_SIZE + 200, 0, LISTEN_SLOT_SIZE - 200);
	expect(BYTES(file), &own, LOCK_LISTEN, 20);
}

static void a_log_that_the_file_does_not_name_is_never_signed(void **state)
{
	uint8_t file[LISTEN_PAIR_SIZE] = {0};
	uint8_t damaged[LISTEN_PAIR_SIZE] = {9};
	struct listen_lock lock;
	struct core_lock out;
	struct listen_here here = here_of(1, 1, 1);
	struct listen_stored stored = {0};
	struct why reason = {0};

	(void)state;
	put_slot(file, 7, 20, true);
	expect(BYTES(file), &stranger, LOCK_NEVER, 0);
	expect((struct bytes){0}, &own, LOCK_NEVER, 0);
	expect(bytes_of(file, LISTEN_SLOT_SIZE), &own, LOCK_NEVER, 0); /* cut in half */
	listen_read(&lock, BYTES(damaged), &own);
	listen_judge(&out, &lock, &here, &stored, &reason);
	assert_int_equal(out.verdict, LOCK_NEVER);
	assert_string_equal(reason.text, "head.lock is damaged");
}

static void a_new_file_names_each_log_with_size_zero(void **state)
{
	struct listen_here here = here_of(1, 1, 1);
	const struct key logs[] = {own, keeper};
	struct writer w = {0};

	(void)state;
	listen_file(&w, logs, 2, &here);
	assert_int_equal(w.size, 2 * LISTEN_PAIR_SIZE);
	expect(writer_view(&w), &own, LOCK_SIGN, 0);
	expect(writer_view(&w), &keeper, LOCK_SIGN, 0);
	expect(writer_view(&w), &stranger, LOCK_NEVER, 0);
	writer_release(&w);
}

static void identities_are_read_as_the_system_writes_them(void **state)
{
	static const uint8_t want[LISTEN_ID_SIZE] = {0, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77,
	    0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff};
	static const uint8_t zeros[LISTEN_ID_SIZE];
	struct listen_here here;

	(void)state;
	listen_here_parse(&here, BYTES_STR("00112233445566778899aabbccddeeff\n"),
	    BYTES_STR("00112233-4455-6677-8899-aabbccddeeff\n"), 42);
	assert_memory_equal(here.machine, want, sizeof(want));
	assert_memory_equal(here.boot, want, sizeof(want));
	assert_int_equal(here.inode, 42);
	listen_here_parse(&here, BYTES_STR("uninitialized\n"),
	    BYTES_STR("00112233-4455-6677-8899-aabbccddeeff0\n"), 0);
	assert_memory_equal(here.machine, zeros, sizeof(zeros));
	assert_memory_equal(here.boot, zeros, sizeof(zeros));
}

static void a_moved_log_is_never_signed_where_it_was(void **state)
{
	struct listen_here here = here_of(1, 1, 1);
	struct listen_stored stored = {10, root_of(5)};
	struct listen_slot slot = {.sequence = 8, .log = own, .size = 10, .here = here};
	struct writer file = {0};
	struct listen_lock lock;
	struct core_lock out;
	struct why reason = {0};

	(void)state;
	slot.root = root_of(5);
	listen_pair(&file, &slot);
	listen_read(&lock, writer_view(&file), &own);
	listen_judge(&out, &lock, &here, &stored, NULL);
	assert_int_equal(out.verdict, LOCK_SIGN);
	assert_false(out.is_moved);

	slot.sequence++;
	slot.is_moved = true;
	listen_slot_encode(file.data + lock.next_offset, &slot);
	listen_read(&lock, writer_view(&file), &own);
	listen_judge(&out, &lock, &here, &stored, &reason);
	assert_int_equal(out.verdict, LOCK_NEVER);
	assert_true(out.is_moved);
	assert_non_null(strstr(reason.text, "moved"));
	writer_release(&file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_case_has_its_verdict),
	    cmocka_unit_test(a_slot_written_before_anybody_was_asked_asks_again),
	    cmocka_unit_test(the_newest_slot_speaks_and_the_other_is_written_next),
	    cmocka_unit_test(a_torn_slot_leaves_the_other_but_never_signs_at_once),
	    cmocka_unit_test(a_log_that_the_file_does_not_name_is_never_signed),
	    cmocka_unit_test(a_new_file_names_each_log_with_size_zero),
	    cmocka_unit_test(a_moved_log_is_never_signed_where_it_was),
	    cmocka_unit_test(identities_are_read_as_the_system_writes_them),
	};

	if (seal_init() != ERR_NONE)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
