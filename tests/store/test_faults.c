/* What a store does when things go wrong: killed in the middle of commits, bytes rotting in the
 * file, no room left, payloads not held or erased. */
#include "tests/store/own_home.h"
#include "tests/one_batch.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>

/* --- kill -9 --------------------------------------------------------------------------------- */

/* Appends until killed, and tells of each append only after it was reported done. */
static void child_append(int pipe, uint64_t size, unsigned seed)
{
	static struct sample_log log;
	struct store *s = store_open(home.path, &home.options, NULL);
	struct writer change = {0};

	if (!s)
		_exit(2);
	sample_log_init(&log, "sefrou", 1);
	while (log.frontier.size < size) { /* the tree as it was left */
		writer_clear(&change);
		sample_append(&change, &log, 1, 500, false);
	}
	for (;;) {
		struct bytes view;
		struct change_result result;
		writer_clear(&change);
		if (log.frontier.size == 0)
			change_put_log(&change, &log.log);
		sample_append(&change, &log, 1 + seed++ % 90, 500, true);
		sample_head(&change, &log);
		view = writer_view(&change);
		if (store_apply(s, &view, 1, &result, NULL) != ERR_NONE)
			_exit(3);
		if (write(pipe, &log.frontier.size, sizeof(log.frontier.size)) !=
		    sizeof(log.frontier.size))
			_exit(4);
	}
}

static uint64_t stored_size(struct store *s, struct hash *head_root, uint64_t *head_size)
{
	struct writer dump = {0};
	struct reader r;
	struct change c;
	uint64_t size = 0;

	*head_size = 0;
	assert_int_equal(store_dump(s, &dump, NULL), ERR_NONE);
	reader_init(&r, writer_view(&dump));
	while (change_next(&c, &r)) {
		if (c.op == CHANGE_TREE)
			size = c.tree.frontier.size;
		if (c.op == CHANGE_HEAD) {
			*head_size = c.head.size;
			*head_root = c.head.root;
		}
	}
	writer_release(&dump);
	return size;
}

static uint64_t run_until_killed(uint64_t size, unsigned round)
{
	uint64_t acknowledged = size, told;
	int pipes[2];
	pid_t child;

	assert_int_equal(pipe(pipes), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		close(pipes[0]);
		child_append(pipes[1], size, round);
	}
	close(pipes[1]);
	for (unsigned i = 0; i < 3 + round % 5; i++) {
		assert_int_equal(read(pipes[0], &told, sizeof(told)), sizeof(told));
		acknowledged = told;
	}
	usleep(137 * (round * 7 % 31));
	kill(child, SIGKILL);
	while (read(pipes[0], &told, sizeof(told)) == sizeof(told))
		acknowledged = told;
	close(pipes[0]);
	assert_int_equal(waitpid(child, NULL, 0), child);
	return acknowledged;
}

static void what_was_acknowledged_survives_kill_9_at_any_moment(void **state)
{
	uint64_t size = 0;

	(void)state;
	for (unsigned round = 0; round < 15; round++) {
		uint64_t acknowledged = run_until_killed(size, round), head_size;
		struct store *s = sample_open(&home);
		static struct sample_log log;
		struct read read = {.type = READ_ROOT};
		struct writer out = {0}, change = {0};
		struct hash root, head_root;

		size = stored_size(s, &head_root, &head_size);
		assert_true(size >= acknowledged);
		assert_int_equal(head_size, size); /* head and records come and go together */
		sample_log_init(&log, "sefrou", 1);
		while (log.frontier.size < size) {
			writer_clear(&change);
			sample_append(&change, &log, 1, 500, false);
		}
		frontier_root(&log.frontier, &root);
		assert_true(hash_equal(&root, &head_root));
		read.key = log.log.key;
		read.size = size;
		assert_int_equal(store_read(s, &read, &out, NULL), ERR_NONE);
		assert_memory_equal(out.data, root.b, HASH_SIZE);
		store_close(s);
		writer_release(&out);
		writer_release(&change);
	}
}

/* --- rot ------------------------------------------------------------------------------------- */

/* Flips one bit of the first place where the file holds `pattern`, on every page that does. */
static unsigned flip_where(const void *pattern, size_t size, size_t at)
{
	char path[300];
	struct stat st;
	uint8_t *data;
	unsigned flips = 0;
	int fd;

	snprintf(path, sizeof(path), "%s/truth/data.mdb", home.path);
	fd = open(path, O_RDWR);
	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	data = malloc((size_t)st.st_size);
	assert_int_equal(pread(fd, data, (size_t)st.st_size, 0), st.st_size);
	for (size_t i = 0; i + size <= (size_t)st.st_size; i++) {
		if (memcmp(data + i, pattern, size) == 0) {
			uint8_t flipped = data[i + at] ^ 4;
			assert_int_equal(pwrite(fd, &flipped, 1, (off_t)(i + at)), 1);
			flips++;
		}
	}
	close(fd);
	free(data);
	return flips;
}

static enum err read_all(struct store *s, const struct sample_log *log)
{
	struct read read = {.type = READ_BATCH,
	    .key = log->log.key,
	    .size = log->frontier.size,
	    .max = BATCH_RAW_MAX};
	struct writer out = {0};
	enum err err = ERR_NONE;

	while (err == ERR_NONE && read.from < read.size) {
		struct batch batch;
		writer_clear(&out);
		err = store_read(s, &read, &out, NULL);
		if (err == ERR_NONE) {
			assert_int_equal(batch_decode(&batch, writer_view(&out)), ERR_NONE);
			read.from += batch.count;
		}
	}
	writer_release(&out);
	return err;
}

/* Noticed in any case; `served`: what whoever asks for the records gets. */
static void expect_rot_after(const void *pattern, size_t size, size_t at, enum err served)
{
	static struct sample_log log;
	struct store *s = sample_open(&home);

	sample_log_init(&log, "sefrou", 1);
	sample_fill(s, &log, 600, 60);
	sample_fill(s, &log, 3, 60);
	assert_int_equal(read_all(s, &log), ERR_NONE);
	store_close(s);
	assert_true(flip_where(pattern, size, at) > 0);
	s = sample_open(&home);
	assert_false(store_take_rot(s));
	assert_int_equal(read_all(s, &log), served);
	assert_true(store_take_rot(s));
	store_close(s);
}

static void a_flipped_bit_in_a_payload_is_rot(void **state)
{
	(void)state;
	expect_rot_after(
	    "record 321 ", 11, 3, ERR_NONE); /* the others go out, this one as not held */
}

static void a_flipped_bit_in_a_payload_stored_alone_is_rot(void **state)
{
	(void)state;
	expect_rot_after("record 601 ", 11, 3, ERR_NONE);
}

static void a_flipped_bit_in_a_header_is_rot(void **state)
{
	struct writer body = {0}, payload = {0};
	uint8_t commitment[HASH_SIZE];
	struct record record;
	struct reader r;

	(void)state;
	sample_payload(&payload, 321, 60);
	sample_record(&body, 128, 321, writer_view(&payload));
	reader_init(&r, writer_view(&body));
	assert_int_equal(record_read(&record, &r), ERR_NONE);
	memcpy(commitment, record.header.commitment.b, HASH_SIZE);
	expect_rot_after(commitment, HASH_SIZE, 9, ERR_ROT);
	writer_release(&body);
	writer_release(&payload);
}

static void a_flipped_bit_in_a_stored_node_is_rot(void **state)
{
	static struct sample_log log;
	struct store *s = sample_open(&home);
	struct read read = {.type = READ_ROOT, .size = 600};
	struct writer out = {0};

	(void)state;
	sample_log_init(&log, "sefrou", 1);
	sample_fill(s, &log, 600, 60);
	assert_int_equal(log.node_count, 2);
	read.key = log.log.key;
	assert_int_equal(store_read(s, &read, &out, NULL), ERR_NONE);
	store_close(s);
	assert_true(flip_where(log.nodes[1].hash.b, HASH_SIZE, 30) > 0);
	s = sample_open(&home);
	assert_int_equal(store_read(s, &read, &out, NULL), ERR_ROT);
	store_close(s);
	writer_release(&out);
}

/* --- full ------------------------------------------------------------------------------------ */

static void a_full_store_refuses_others_keeps_its_own_and_recovers(void **state)
{
	static struct sample_log other, own;
	struct writer change = {0};
	struct why why = {0};
	struct frontier kept;
	struct store *s;
	uint64_t used, quota;
	enum err err = ERR_NONE;

	(void)state;
	home.options.quota = 8u << 20;
	s = sample_open(&home);
	sample_log_init(&other, "azrou", 1);
	sample_log_init(&own, "sefrou", 2);
	sample_fill(s, &other, 1, 100);
	sample_fill(s, &own, 1, 100);
	for (int i = 0; i < 100 && err == ERR_NONE; i++) {
		kept = other.frontier;
		writer_clear(&change);
		sample_append(&change, &other, 100, 2000, false);
		err = sample_apply_why(s, &change, NULL, &why);
	}
	assert_int_equal(err, ERR_FULL);
	assert_string_equal(why.text, "no room is left for the records of others");
	other.frontier = kept;
	writer_clear(&change);
	sample_append(&change, &own, 100, 2000, true);
	sample_head(&change, &own);
	sample_apply(s, &change, NULL);
	assert_int_equal(read_all(s, &other), ERR_NONE);
	assert_int_equal(store_usage(s, &used, &quota, NULL), ERR_NONE);
	assert_true(used <= quota);
	store_close(s);
	home.options.quota = 16u << 20;
	s = sample_open(&home);
	writer_clear(&change);
	sample_append(&change, &other, 100, 2000, false);
	sample_apply(s, &change, NULL);
	assert_int_equal(read_all(s, &other), ERR_NONE);
	assert_int_equal(read_all(s, &own), ERR_NONE);
	store_close(s);
	writer_release(&change);
}

static void own_records_end_at_the_quota_too(void **state)
{
	static struct sample_log own;
	struct writer change = {0};
	struct why why = {0};
	struct store *s;
	enum err err = ERR_NONE;

	(void)state;
	home.options.quota = 4u << 20;
	s = sample_open(&home);
	sample_log_init(&own, "sefrou", 1);
	sample_fill(s, &own, 1, 100);
	for (int i = 0; i < 100 && err == ERR_NONE; i++) {
		writer_clear(&change);
		sample_append(&change, &own, 100, 2000, true);
		err = sample_apply_why(s, &change, NULL, &why);
	}
	assert_int_equal(err, ERR_FULL);
	assert_string_equal(why.text, "no room is left for records");
	store_close(s);
	writer_release(&change);
}

/* --- payloads -------------------------------------------------------------------------------- */

static void put_rest(
    struct store *s, const struct key *key, uint64_t index, struct bytes rest, enum err want)
{
	struct change_payload op = {.key = *key, .index = index, .rest = rest};
	struct writer change = {0};
	struct why why = {0};

	change_put_payload(&change, &op);
	assert_int_equal(sample_apply_why(s, &change, NULL, &why), want);
	writer_release(&change);
}

static uint32_t missing_count(struct store *s)
{
	struct read read = {.type = READ_MISSING, .max = 100};
	struct writer out = {0};
	const size_t row_size = KEY_SIZE + 8 + HASH_SIZE + 2 + 4 + HASH_SIZE;
	uint32_t count;

	assert_int_equal(store_read(s, &read, &out, NULL), ERR_NONE);
	assert_int_equal(out.size % row_size, 0);
	count = (uint32_t)(out.size / row_size);
	for (uint32_t i = 0; i < count; i++) {
		const uint8_t *row = out.data + i * row_size;
		assert_true(be64_get(row + KEY_SIZE) % 3 == 2);
		assert_true(be32_get(row + KEY_SIZE + 8 + HASH_SIZE + 2) > 1000);
	}
	writer_release(&out);
	return count;
}

/* State of one payload as PAYLOADS tells it, and the size of its rest. */
static int asked_state(struct store *s, const struct key *key, uint64_t index, size_t *size)
{
	struct read read = {.type = READ_PAYLOADS};
	struct writer out = {0};
	struct reader r;
	struct bytes rest;
	int state;

	mp_put_array(&read.args, 1);
	mp_put_array(&read.args, 2);
	mp_put_bin(&read.args, key->b, KEY_SIZE);
	mp_put_uint(&read.args, index);
	assert_int_equal(store_read(s, &read, &out, NULL), ERR_NONE);
	assert_int_equal(mp_scan(writer_view(&out)), ERR_NONE);
	reader_init(&r, writer_view(&out));
	mp_array_of(&r, 1);
	mp_array_of(&r, 4);
	assert_memory_equal(mp_bin(&r).data, key->b, KEY_SIZE);
	assert_int_equal(mp_uint(&r), index);
	state = (int)mp_uint(&r);
	rest = mp_bin(&r);
	*size = rest.size;
	assert_int_equal(reader_end(&r), ERR_NONE);
	writer_release(&read.args);
	writer_release(&out);
	return state;
}

/* 60 records: of every third one the payload is not held. rests: what each would hold. */
static void fill_with_gaps(struct store *s, struct sample_log *log, struct writer rests[60])
{
	struct writer body = {0}, whole = {0}, payload = {0}, change = {0};

	sample_log_init(log, "sefrou", 1);
	change_put_log(&change, &log->log);
	for (uint64_t i = 0; i < 60; i++) {
		struct record record;
		struct reader r;
		writer_clear(&whole);
		writer_clear(&payload);
		sample_payload(&payload, i, 1000);
		sample_record(&whole, 128, i, writer_view(&payload));
		reader_init(&r, writer_view(&whole));
		assert_int_equal(record_read(&record, &r), ERR_NONE);
		record_write_rest(&rests[i], &record);
		if (i % 3 == 2)
			record.state = RECORD_NOT_HELD;
		record_write(&body, &record);
	}
	sample_append_body(&change, log, writer_view(&body), 60, false);
	sample_apply(s, &change, NULL);
	writer_release(&body);
	writer_release(&whole);
	writer_release(&payload);
	writer_release(&change);
}

static void missing_payloads_are_listed_until_they_come(void **state)
{
	struct writer rests[60] = {{0}};
	static struct sample_log log;
	struct store *s = sample_open(&home);
	struct bytes wrong;
	size_t size;

	(void)state;
	fill_with_gaps(s, &log, rests);
	assert_int_equal(missing_count(s), 20);
	assert_int_equal(asked_state(s, &log.log.key, 2, &size), RECORD_NOT_HELD);
	assert_int_equal(asked_state(s, &log.log.key, 60, &size), RECORD_NOT_HELD);
	wrong = writer_view(&rests[5]);
	put_rest(s, &log.log.key, 2, wrong, ERR_BUG);
	put_rest(s, &log.log.key, 60, wrong, ERR_BUG);
	put_rest(s, &log.log.key, 2, writer_view(&rests[2]), ERR_NONE);
	put_rest(s, &log.log.key, 59, writer_view(&rests[59]), ERR_NONE);
	assert_int_equal(missing_count(s), 18);
	assert_int_equal(asked_state(s, &log.log.key, 2, &size), RECORD_PRESENT);
	assert_int_equal(size, rests[2].size - 1);
	store_close(s);
	s = sample_open(&home);
	assert_int_equal(missing_count(s), 18);
	assert_int_equal(read_all(s, &log), ERR_NONE);
	store_close(s);
	for (int i = 0; i < 60; i++)
		writer_release(&rests[i]);
}

static void an_erased_payload_is_gone_and_stays_gone(void **state)
{
	struct record erased = {.state = RECORD_ERASED, .erasure = {.index = 9}};
	struct writer rests[60] = {{0}}, erasure = {0};
	static struct sample_log log;
	struct store *s = sample_open(&home);
	size_t size;

	(void)state;
	fill_with_gaps(s, &log, rests);
	record_write_rest(&erasure, &erased);
	put_rest(s, &log.log.key, 3, writer_view(&erasure), ERR_NONE);
	put_rest(s, &log.log.key, 5, writer_view(&erasure), ERR_NONE); /* not even held */
	assert_int_equal(missing_count(s), 19);
	put_rest(
	    s, &log.log.key, 3, writer_view(&rests[3]), ERR_NONE); /* comes back: nothing happens */
	assert_int_equal(asked_state(s, &log.log.key, 3, &size), RECORD_ERASED);
	assert_int_equal(size, RECORD_REF_SIZE);
	assert_int_equal(asked_state(s, &log.log.key, 4, &size), RECORD_PRESENT);
	assert_int_equal(read_all(s, &log), ERR_NONE);
	store_close(s);
	writer_release(&erasure);
	for (int i = 0; i < 60; i++)
		writer_release(&rests[i]);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    TEST(what_was_acknowledged_survives_kill_9_at_any_moment),
	    TEST(a_flipped_bit_in_a_payload_is_rot),
	    TEST(a_flipped_bit_in_a_payload_stored_alone_is_rot),
	    TEST(a_flipped_bit_in_a_header_is_rot),
	    TEST(a_flipped_bit_in_a_stored_node_is_rot),
	    TEST(a_full_store_refuses_others_keeps_its_own_and_recovers),
	    TEST(own_records_end_at_the_quota_too),
	    TEST(missing_payloads_are_listed_until_they_come),
	    TEST(an_erased_payload_is_gone_and_stays_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
