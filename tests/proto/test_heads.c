/* The digest against a plain computation from the text of PROTOCOL.md section 8: no buckets kept, no
 * order assumed, every log looked at every time. */
#include "tests/unit.h"

#include "proto/heads.h"
#include "proto/seal.h"
#include "proto/writer.h"

#define LOGS 10000

static struct change_log open_of(uint64_t number)
{
	struct change_log open = {.number = 1};
	uint8_t in[8];
	struct hash key;

	be64_put(in, number);
	seal_sha256(&key, BYTES(in));
	memcpy(open.key.b, key.b, KEY_SIZE);
	snprintf(open.member, sizeof(open.member), "m%llu", (unsigned long long)number);
	return open;
}

/* A log with a head of `size`, all of it stored. */
static struct log *add(struct heads *heads, uint64_t number, uint64_t size)
{
	struct change_log open = open_of(number);
	struct log *log = heads_add(heads, &open);

	assert_non_null(log);
	log->is_admissible = true;
	log->stored = log->head.size = size;
	memset(log->head.root.b, (int)(number * 7 + size) & 0xff, HASH_SIZE);
	heads_touch(heads, log);
	return log;
}

static void cut(struct heads *heads, struct log *log, uint64_t size)
{
	log->cut = (struct log_cut){.is_cut = true, .size = size};
	memset(log->cut.root.b, 0xcc, HASH_SIZE);
	heads_touch(heads, log);
}

/* --- the plain computation ------------------------------------------------------------------- */

static int by_key(const void *a, const void *b)
{
	const struct log *const *x = a, *const *y = b;

	return memcmp((*x)->open.key.b, (*y)->open.key.b, KEY_SIZE);
}

static void put_row(struct writer *w, const struct log *log)
{
	static const uint8_t zeros[HASH_SIZE];
	uint64_t size = log->head.size;
	const uint8_t *root = log->head.root.b;
	uint8_t state = 0;

	if (!log->is_admissible)
		return;
	if (log->state == LOG_FROZEN) {
		state = 2;
		size = 0;
		root = zeros;
	} else if (log->cut.is_cut) {
		state = 1;
		if (log->stored >= log->cut.size) {
			size = log->cut.size;
			root = log->cut.root.b;
		}
	}
	if (size == 0 && state != 2)
		return;
	writer_put(w, log->open.key.b, KEY_SIZE);
	writer_u64(w, size);
	writer_put(w, root, HASH_SIZE);
	writer_u8(w, state);
}

static struct hash plain_digest(const struct heads *heads, const struct log *roster)
{
	struct log **all = calloc(heads->count + 1, sizeof(struct log *));
	struct writer whole = {0}, rows = {0};
	struct hash out;
	size_t at = 0;

	for (size_t i = 0; i < heads->count; i++)
		all[i] = heads_at(heads, i);
	qsort(all, heads->count, sizeof(struct log *), by_key);
	if (roster) {
		writer_put(&whole, roster->open.key.b, KEY_SIZE);
		writer_u64(&whole, roster->head.size);
		writer_put(&whole, roster->head.root.b, HASH_SIZE);
	} else {
		static const uint8_t zeros[KEY_SIZE + 8 + HASH_SIZE];
		writer_put(&whole, zeros, sizeof(zeros));
	}
	for (unsigned b = 0; b < 256; b++) {
		struct hash bucket;
		writer_clear(&rows);
		for (; at < heads->count && all[at]->open.key.b[0] == b; at++)
			put_row(&rows, all[at]);
		seal_sha256(&bucket, writer_view(&rows));
		writer_put(&whole, bucket.b, HASH_SIZE);
	}
	seal_sha256(&out, writer_view(&whole));
	writer_release(&whole);
	writer_release(&rows);
	free(all);
	return out;
}

static struct hash digest_of(struct heads *heads, const struct log *roster)
{
	struct hash out;

	heads_digest(heads, roster, &out);
	return out;
}

static void assert_plain(struct heads *heads, const struct log *roster)
{
	struct hash expected = plain_digest(heads, roster), actual = digest_of(heads, roster);

	assert_bytes(BYTES(expected.b), BYTES(actual.b));
}

/* --- tests ----------------------------------------------------------------------------------- */

static void an_empty_node_has_the_digest_of_nothing(void **state)
{
	struct heads heads;
	struct hash empty, buckets[BUCKET_COUNT];

	(void)state;
	heads_init(&heads);
	assert_plain(&heads, NULL);
	heads_buckets(&heads, buckets);
	seal_sha256(&empty, (struct bytes){0});
	for (unsigned b = 0; b < BUCKET_COUNT; b++)
		assert_bytes(BYTES(empty.b), BYTES(buckets[b].b));
	heads_release(&heads);
}

static void the_digest_covers_roster_logs_and_states(void **state)
{
	struct change_log roster_open = {.key = {{0x77}}};
	struct log *roster = log_new(&roster_open), *logs[9];
	struct heads heads;

	(void)state;
	heads_init(&heads);
	for (unsigned i = 0; i < 9; i++)
		logs[i] = add(&heads, i, i); /* the first has no head */
	logs[1]->is_admissible = false;
	heads_touch(&heads, logs[1]);
	logs[2]->state = LOG_FROZEN;
	heads_touch(&heads, logs[2]);
	cut(&heads, logs[3], 3); /* at its head */
	cut(&heads, logs[4], 2); /* before it */
	cut(&heads, logs[5], 9); /* beyond what is held */
	cut(&heads, logs[6], 0);
	logs[7]->head.size = 2; /* held up to the cut, by no signed head */
	cut(&heads, logs[7], 6);
	assert_plain(&heads, NULL);
	roster->head.size = 4;
	roster->head.root.b[5] = 9;
	assert_plain(&heads, roster);
	logs[0]->state = LOG_FROZEN; /* nothing of it is here, and yet it counts */
	heads_touch(&heads, logs[0]);
	assert_plain(&heads, roster);
	log_free(roster);
	heads_release(&heads);
}

/* Each thing that the digest covers changes it; going back restores it. */
static void every_change_shows_and_can_be_undone(void **state)
{
	struct change_log roster_open = {.key = {{0x77}}};
	struct log *roster = log_new(&roster_open), *log;
	struct heads heads;
	struct hash before, after;

	(void)state;
	heads_init(&heads);
	for (unsigned i = 0; i < 50; i++)
		log = add(&heads, i, 5);
	roster->head.size = 4;
	before = digest_of(&heads, roster);
#define CHANGES(change, undo) \
	do { \
		change; \
		heads_touch(&heads, log); \
		after = digest_of(&heads, roster); \
		assert_memory_not_equal(before.b, after.b, HASH_SIZE); \
		undo; \
		heads_touch(&heads, log); \
		after = digest_of(&heads, roster); \
		assert_memory_equal(before.b, after.b, HASH_SIZE); \
	} while (0)
	CHANGES(log->head.size++, log->head.size--);
	CHANGES(log->head.root.b[31] ^= 1, log->head.root.b[31] ^= 1);
	CHANGES(log->is_admissible = false, log->is_admissible = true);
	CHANGES(log->state = LOG_FROZEN, log->state = LOG_OPEN);
	CHANGES(log->cut.is_cut = true, log->cut.is_cut = false);
	CHANGES(roster->head.size++, roster->head.size--);
	CHANGES(roster->head.root.b[0] ^= 1, roster->head.root.b[0] ^= 1);
	CHANGES(roster->open.key.b[0] ^= 1, roster->open.key.b[0] ^= 1);
#undef CHANGES
	log->head.sig.b[0] ^= 1; /* a signature is no content: Ed25519 has many for one text */
	heads_touch(&heads, log);
	after = digest_of(&heads, roster);
	assert_memory_equal(before.b, after.b, HASH_SIZE);
	log_free(roster);
	heads_release(&heads);
}

static void the_order_of_arrival_does_not_matter(void **state)
{
	struct heads forward, backward;
	struct hash a, b;

	(void)state;
	heads_init(&forward);
	heads_init(&backward);
	for (unsigned i = 0; i < 700; i++)
		add(&forward, i, i % 5);
	for (unsigned i = 700; i-- > 0;)
		add(&backward, i, i % 5);
	a = digest_of(&forward, NULL);
	b = digest_of(&backward, NULL);
	assert_bytes(BYTES(a.b), BYTES(b.b));
	heads_release(&forward);
	heads_release(&backward);
}

static void ten_thousand_logs_are_found_and_hashed(void **state)
{
	uint64_t seed = 42;
	struct heads heads;

	(void)state;
	heads_init(&heads);
	for (unsigned i = 0; i < LOGS; i++)
		add(&heads, i, 1 + i % 100);
	assert_int_equal(heads.count, LOGS);
	assert_plain(&heads, NULL);
	for (unsigned i = 0; i < 30; i++) {
		uint64_t number = unit_random(&seed) % LOGS;
		struct change_log open = open_of(number);
		struct log *log = heads_find(&heads, &open.key);
		assert_non_null(log);
		assert_true(key_equal(&log->open.key, &open.key));
		log->head.size += 3;
		log->head.root.b[i] ^= 0x55;
		heads_touch(&heads, log);
		if (i % 10 == 0)
			assert_plain(&heads, NULL);
	}
	assert_plain(&heads, NULL);
	struct change_log none = open_of(LOGS);
	assert_null(heads_find(&heads, &none.key));
	heads_release(&heads);
}

static void only_what_was_touched_is_hashed_again(void **state)
{
	struct heads heads;
	struct hash before, after;
	struct log *log;

	(void)state;
	heads_init(&heads);
	log = add(&heads, 1, 5);
	add(&heads, 2, 5);
	before = digest_of(&heads, NULL);
	log->head.size = 6; /* and nobody said so */
	after = digest_of(&heads, NULL);
	assert_memory_equal(before.b, after.b, HASH_SIZE);
	heads_touch(&heads, log);
	assert_plain(&heads, NULL);
	heads_release(&heads);
}

static void a_log_is_there_once(void **state)
{
	struct change_log open = open_of(3);
	struct heads heads;

	(void)state;
	heads_init(&heads);
	assert_non_null(heads_add(&heads, &open));
	assert_null(heads_add(&heads, &open));
	assert_int_equal(heads.count, 1);
	assert_non_null(heads_at(&heads, 0));
	assert_null(heads_at(&heads, 1));
	heads_release(&heads);
}

/* --- what is on its way to the disk ---------------------------------------------------------- */

static struct frontier frontier_of(uint64_t size)
{
	struct frontier f = {0};
	struct hash leaf = {{1}};

	for (uint64_t i = 0; i < size; i++) {
		be64_put(leaf.b, i);
		frontier_append(&f, &leaf, NULL, NULL);
	}
	return f;
}

static void the_next_append_begins_behind_what_is_on_its_way(void **state)
{
	struct change_log open = open_of(1);
	struct frontier at, three = frontier_of(3), seven = frontier_of(7);
	struct log *log = log_new(&open);

	(void)state;
	assert_ok(log_set_stored(log, &three));
	log_frontier(log, &at);
	assert_memory_equal(&at, &three, sizeof(at));
	assert_ok(log_advance(log, &seven));
	log_frontier(log, &at);
	assert_memory_equal(&at, &seven, sizeof(at));
	assert_int_equal(log->stored, 3);
	assert_ok(log_settle(log, &seven, true));
	assert_int_equal(log->stored, 7);
	log_frontier(log, &at);
	assert_memory_equal(&at, &seven, sizeof(at));
	log_free(log);
}

static void a_failed_change_takes_back_what_was_built_upon_it(void **state)
{
	struct change_log open = open_of(1);
	struct frontier at, three = frontier_of(3), five = frontier_of(5), nine = frontier_of(9);
	struct log *log = log_new(&open);

	(void)state;
	assert_ok(log_set_stored(log, &three));
	assert_ok(log_advance(log, &five));
	assert_ok(log_advance(log, &nine));
	log_settle(log, &five, false);
	log_settle(log, &nine, false);
	assert_int_equal(log->in_flight, 0);
	assert_int_equal(log->stored, 3);
	log_frontier(log, &at);
	assert_memory_equal(&at, &three, sizeof(at));
	log_free(log);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_empty_node_has_the_digest_of_nothing),
	    cmocka_unit_test(the_digest_covers_roster_logs_and_states),
	    cmocka_unit_test(every_change_shows_and_can_be_undone),
	    cmocka_unit_test(the_order_of_arrival_does_not_matter),
	    cmocka_unit_test(ten_thousand_logs_are_found_and_hashed),
	    cmocka_unit_test(only_what_was_touched_is_hashed_again),
	    cmocka_unit_test(a_log_is_there_once),
	    cmocka_unit_test(the_next_append_begins_behind_what_is_on_its_way),
	    cmocka_unit_test(a_failed_change_takes_back_what_was_built_upon_it),
	};

	assert_ok(seal_init());
	return cmocka_run_group_tests(tests, NULL, NULL);
}
