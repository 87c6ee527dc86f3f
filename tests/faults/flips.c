/* Flipped bits: one bit of data.mdb at a time, in a home that is opened then and asked everything. An answer is the one it was,
 * or none; what keeps answers back is found (a start that is refused and a reader that dies count as found), and mended with
 * the records of an undamaged copy, as the core mends with those of a peer, or the database says that it has to be begun
 * anew. In the reference model are the answers of the undamaged home.
 *
 *     flips [-n COUNT] [-s SEED] [-o NUMBER] */
#include "tests/store/sample.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>

#include "store/tree_source.h"
#include "tests/faults/chance.h"
#include "tests/store/network.h"

#define LOGS 3
#define RECORDS_MAX 700
#define ANSWERS_MAX 64
#define OPS_MAX 64
#define MEND_TRIES 6

static struct network net;
static struct author own, other;
static struct pair azrou;
static struct key logs[LOGS];
static struct writer bodies[LOGS];		/* all records, as a peer sends them */
static size_t record_at[LOGS][RECORDS_MAX + 1]; /* where each begins */
static uint64_t sizes[LOGS];
static uint8_t pristine_id[STORE_ID_SIZE];
static uint8_t *file, *lock_file;
static size_t file_size, lock_size;

enum outcome { NOTHING, MENDED, ANEW, DIED, OUTCOMES };
static const char *const outcome_names[] = {
    "changed no answer", "were mended", "want the database begun anew", "killed the reader"};

/* Shared with the child. */
struct report {
	char text[240];
	enum outcome outcome;
	bool is_found;
	bool differs;
	struct hash answers[ANSWERS_MAX], ops[OPS_MAX];
	unsigned answer_count, op_count;
	bool is_learnt;
};
static struct report *report;

__attribute__((format(printf, 1, 2))) static void condemn(const char *format, ...)
{
	va_list args;

	if (report->text[0])
		return;
	va_start(args, format);
	vsnprintf(report->text, sizeof(report->text), format, args);
	va_end(args);
}

/* --- answers --------------------------------------------------------------------------------- */

/* An answer that is given is the right one; without one something is found. */
static void compare(unsigned number, enum err err, struct bytes answer, const char *what)
{
	struct hash hash;

	assert_true(number < ANSWERS_MAX);
	if (err != ERR_NONE) {
		report->differs = report->is_found = true;
		if (!report->is_learnt)
			condemn("%s has no answer", what);
		return;
	}
	seal_sha256(&hash, answer);
	if (!report->is_learnt) {
		report->answers[number] = hash;
		report->answer_count = number + 1;
	} else if (!hash_equal(&hash, &report->answers[number])) {
		condemn("%s answers otherwise", what);
	}
}

static void ask(const struct query_source *source, unsigned number, const char *method,
    const char *name, const char *value)
{
	struct writer params = {0}, out = {0};
	struct why why = {0};
	enum err err;

	mp_put_map(&params, name ? 1 : 0);
	if (name) {
		mp_put_cstr(&params, name);
		mp_put_cstr(&params, value);
	}
	err = query_run(source, method, writer_view(&params), &out, &why);
	compare(number, err, writer_view(&out), method);
	writer_release(&params);
	writer_release(&out);
}

static void ask_all(const struct query_source *source)
{
	unsigned number = 0;
	char ref[64];

	ask(source, number++, "list", "kind", "practice");
	ask(source, number++, "list", "member", "sefrou");
	ask(source, number++, "search", "words", "record");
	ask(source, number++, "audit", NULL, NULL);
	ask(source, number++, "history", "ref", "sefrou/3");
	ask(source, number++, "prove", "ref", "sefrou/7");
	ask(source, number++, "prove", "ref", "azrou/300");
	for (unsigned i = 0; i < 40; i++) {
		snprintf(ref, sizeof(ref), "%s/%u", i % 2 ? "sefrou" : "azrou", i < 8 ? i : i * 7);
		ask(source, number++, "show", "ref", ref);
	}
}

/* What the core would be told at a start: each operation is one of those that were stored. Only what a node learns again
 * by itself may be left out. */
static void compare_dump(struct store *s)
{
	struct writer dump = {0};
	struct why why = {0};
	bool seen[OPS_MAX] = {false};
	enum err err = store_dump(s, &dump, &why);
	struct change c;
	struct reader r;
	const uint8_t *start;

	if (err != ERR_NONE)
		report->differs = report->is_found = true;
	reader_init(&r, writer_view(&dump));
	for (start = r.at; err == ERR_NONE && change_next(&c, &r); start = r.at) {
		struct hash hash;
		unsigned i = 0;
		seal_sha256(&hash, bytes_of(start, (size_t)(r.at - start)));
		if (!report->is_learnt) {
			assert_true(report->op_count < OPS_MAX);
			report->ops[report->op_count++] = hash;
			continue;
		}
		while (i < report->op_count && !hash_equal(&hash, &report->ops[i]))
			i++;
		if (i == report->op_count)
			condemn("the dump has an operation %d that was never stored", (int)c.op);
		else
			seen[i] = true;
	}
	for (unsigned i = 0; report->is_learnt && err == ERR_NONE && i < report->op_count; i++)
		if (!seen[i])
			report->differs = true;
	writer_release(&dump);
}

/* --- looking and mending --------------------------------------------------------------------- */

static bool is_clean(const struct query_source *source)
{
	struct writer params = {0}, out = {0};
	struct reader rows, ok;
	bool clean = true;
	uint32_t count;

	mp_put_map(&params, 1);
	mp_put_cstr(&params, "deep");
	mp_put_bool(&params, true);
	if (query_run(source, "verify", writer_view(&params), &out, NULL) != ERR_NONE) {
		clean = false;
	} else {
		reader_init(&rows, mp_get(writer_view(&out), "rows"));
		count = mp_array(&rows);
		clean = count == LOGS;
		for (; count > 0; count--) {
			reader_init(&ok, mp_get(mp_raw(&rows), "ok"));
			clean = mp_bool(&ok) && clean;
		}
	}
	writer_release(&params);
	writer_release(&out);
	return clean;
}

static enum err mend(struct store *s, unsigned log, uint64_t from, uint64_t end)
{
	struct change_mend op = {.key = logs[log], .from = from, .count = (uint32_t)(end - from)};
	struct change_result result;
	struct writer change = {0};
	struct bytes view;
	enum err err;

	op.body = bytes_of(
	    bodies[log].data + record_at[log][from], record_at[log][end] - record_at[log][from]);
	change_put_mend(&change, &op);
	view = writer_view(&change);
	err = store_apply(s, &view, 1, &result, NULL);
	writer_release(&change);
	return err;
}

/* One look at a log: what is damaged is fetched in whole blocks. false when nothing was. */
static bool look_and_mend(struct store *s, unsigned log)
{
	struct read read = {.type = READ_ROT, .key = logs[log], .max = 20000};
	struct writer out = {0};
	struct reader r;
	bool has_bad_rows, has_damage = false;

	if (store_read(s, &read, &out, NULL) != ERR_NONE) {
		writer_release(&out);
		return true;
	}
	reader_init(&r, writer_view(&out));
	reader_u64(&r);
	has_bad_rows = reader_u8(&r);
	while (reader_left(&r)) {
		uint64_t first = reader_u64(&r), end = reader_u64(&r);
		if (r.err || end > sizes[log])
			break;
		has_damage = true;
		first -= first % TREE_BLOCK;
		end = end + TREE_BLOCK - 1 - (end + TREE_BLOCK - 1) % TREE_BLOCK;
		mend(s, log, first, end < sizes[log] ? end : sizes[log]);
	}
	if (has_bad_rows)
		mend(s, log, 0, 0);
	writer_release(&out);
	return has_damage || has_bad_rows;
}

static void repair(struct store *s, const struct query_source *source)
{
	bool is_busy = true;

	for (unsigned i = 0; i < MEND_TRIES && is_busy; i++) {
		is_busy = false;
		for (unsigned log = 0; log < LOGS; log++)
			is_busy = look_and_mend(s, log) || is_busy;
		if (is_busy)
			report->is_found = true;
	}
	report->outcome = is_clean(source) ? MENDED : ANEW;
}

static void try_home(void)
{
	struct why why = {0};
	struct store *s = store_open(net.home.path, &net.home.options, &why);
	struct query_source source = {
	    .store = s, .network = net.id, .roster_log = net.keeper.pk, .today = "2026-06-15"};

	report->outcome = ANEW;
	report->is_found = true;
	if (!s) {
		if (!why.text[0] || !report->is_learnt)
			condemn("the store does not open and says nothing: %s", why.text);
		return;
	}
	/* An older state of the database, which head.lock tells from this one. */
	if (report->is_learnt && memcmp(store_id(s), pristine_id, STORE_ID_SIZE) != 0)
		return;
	memcpy(pristine_id, store_id(s), STORE_ID_SIZE);
	source.views = views_open(s, net.home.path, &why);
	if (!source.views)
		return;
	report->is_found = false;
	store_take_rot(s);
	compare_dump(s);
	ask_all(&source);
	report->is_found |= store_take_rot(s);
	report->outcome = NOTHING;
	if (!is_clean(&source))
		report->is_found = true;
	report->is_found |= store_take_rot(s);
	if (report->is_found) {
		repair(s, &source);
		if (report->outcome == MENDED) {
			report->differs = false;
			ask_all(&source);
			compare_dump(s);
			if (report->differs) /* rows that no peer has: begun anew */
				report->outcome = ANEW;
		}
	} else if (report->differs) {
		condemn("an answer is missing and nobody noticed");
	}
}

/* --- the world ------------------------------------------------------------------------------- */

static void practices(struct writer *change, struct author *author, unsigned count, unsigned filler)
{
	for (unsigned i = 0; i < count; i++) {
		struct writer payload = {0}, text = {0};
		writer_printf(&text, "record %u ", i);
		while (text.size < filler)
			writer_str(&text, "of many ");
		mp_put_map(&payload, 2);
		mp_put_cstr(&payload, "problem");
		writer_u8(&text, 0);
		names_put(&payload, (const char *)text.data);
		mp_put_cstr(&payload, "title");
		names_put(&payload, "a title");
		author_append(change, &author->log, KIND_PRACTICE, writer_view(&payload));
		writer_release(&payload);
		writer_release(&text);
	}
	author_head(&net, change, &author->log, &author->key.sk);
}

static void store_practices(struct author *author, unsigned count, unsigned filler, bool is_own)
{
	struct writer change = {0};

	practices(&change, author, count, filler);
	if (is_own) {
		struct change_lock lock = {.key = author->key.pk, .was_shown = true};
		lock.size = author->log.frontier.size;
		frontier_root(&author->log.frontier, &lock.root);
		change_put_lock(&change, &lock);
	}
	sample_apply(net.store, &change, NULL);
	writer_release(&change);
}

static void keep_bodies(void)
{
	logs[0] = net.keeper.pk;
	logs[1] = own.key.pk;
	logs[2] = other.key.pk;
	for (unsigned i = 0; i < LOGS; i++) {
		struct record_walk walk;
		struct log_row row;
		struct txn t;
		txn_begin(&t, &net.store->env, TXN_READ);
		assert_true(log_row_get(&t, &logs[i], &row));
		sizes[i] = row.frontier.size;
		assert_true(sizes[i] <= RECORDS_MAX);
		record_walk_begin(&walk, &t);
		assert_true(record_walk_at(&walk, row.log_no, 0));
		for (uint64_t k = 0; k < sizes[i]; k++) {
			struct record record;
			assert_true(record_walk_record(&walk, &record));
			record_at[i][k] = bodies[i].size;
			record_write(&bodies[i], &record);
			assert_true(k + 1 == sizes[i] || record_walk_next(&walk));
		}
		record_at[i][sizes[i]] = bodies[i].size;
		record_walk_end(&walk);
		assert_int_equal(txn_end(&t, NULL), ERR_NONE);
	}
}

static uint8_t *load(const char *name, size_t *size)
{
	char path[400];
	struct stat st;
	uint8_t *data;
	FILE *in;

	snprintf(path, sizeof(path), "%s/%s", net.home.path, name);
	in = fopen(path, "rb");
	assert_non_null(in);
	assert_int_equal(fstat(fileno(in), &st), 0);
	*size = (size_t)st.st_size;
	data = malloc(*size);
	assert_int_equal(fread(data, 1, *size, in), *size);
	fclose(in);
	return data;
}

static void save(const char *name, const uint8_t *data, size_t size)
{
	char path[400];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", net.home.path, name);
	fd = open(path, O_WRONLY);
	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, data, size, 0), size);
	assert_int_equal(ftruncate(fd, (off_t)size), 0);
	close(fd);
}

static void make_world(void)
{
	bool more = true;

	network_make(&net);
	network_admit(&net, "sefrou", &net.commune.pk, "");
	pair_make(&azrou, 9);
	network_admit(&net, "azrou", &azrou.pk, "");
	network_log(&net, &own, "sefrou", &net.commune, 1);
	network_log(&net, &other, "azrou", &azrou, 1);
	views_close(net.views);
	store_close(net.store);
	sample_head_lock(&net.home, &own.key.pk, 1);
	net.store = sample_open(&net.home);
	store_practices(&other, 400, 300, false);
	store_practices(&own, 300, 200, true);
	for (unsigned i = 0; i < 6; i++) {
		store_practices(&other, 1, 80, false);
		store_practices(&own, 1, 80, true);
	}
	keep_bodies();
	net.views = views_open(net.store, net.home.path, NULL);
	assert_non_null(net.views);
	while (more)
		assert_int_equal(views_index(net.views, net.store, 1000, &more, NULL), ERR_NONE);
	views_close(net.views);
	memcpy(pristine_id, store_id(net.store), STORE_ID_SIZE);
	store_close(net.store);
	file = load("truth/data.mdb", &file_size);
	lock_file = load("head.lock", &lock_size);
}

/* --- flips ----------------------------------------------------------------------------------- */

static void in_child(void)
{
	/* Of processor time: a machine with much to do lets a sound home wait for long. */
	const struct itimerval busy = {.it_value = {.tv_sec = 60}};
	pid_t child = fork();
	int status;

	if (child == 0) {
		/* What LMDB says before it aborts is no news. */
		if (report->is_learnt && !freopen("/dev/null", "w", stderr))
			_exit(9);
		setitimer(ITIMER_PROF, &busy, NULL);
		alarm(600);
		try_home();
		_exit(0);
	}
	assert_true(child > 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	if (WIFSIGNALED(status) && (WTERMSIG(status) == SIGALRM || WTERMSIG(status) == SIGPROF))
		condemn("it hangs");
	else if (WIFEXITED(status) && WEXITSTATUS(status))
		condemn("ended with %d", WEXITSTATUS(status));
	else if (status)
		report->outcome = DIED;
}

static bool flip(uint64_t seed, unsigned number, unsigned outcomes[OUTCOMES])
{
	struct chance chance = {seed << 32 ^ number};
	size_t at = (size_t)chance_below(&chance, file_size);
	uint8_t bit = (uint8_t)(1u << chance_below(&chance, 8));

	/* A third in the heads of pages, where one bit leads LMDB astray. */
	if (chance_below(&chance, 3) == 0)
		at = at / 4096 * 4096 + (size_t)chance_below(&chance, 48);
	file[at] ^= bit;
	save("truth/data.mdb", file, file_size);
	file[at] ^= bit;
	save("head.lock", lock_file, lock_size);
	report->text[0] = '\0';
	report->differs = report->is_found = false;
	in_child();
	outcomes[report->outcome]++;
	if (report->text[0])
		printf("flip %u of seed %llu, byte %zu, bit %u: %s\n", number,
		    (unsigned long long)seed, at, bit, report->text);
	return !report->text[0];
}

int main(int argc, char **argv)
{
	unsigned count = 100, only = 0, outcomes[OUTCOMES] = {0}, wrong = 0;
	uint64_t seed = 1;
	int option;

	while ((option = getopt(argc, argv, "n:s:o:")) != -1) {
		unsigned long value = strtoul(optarg ? optarg : "", NULL, 10);
		if (option == 'n')
			count = (unsigned)value;
		else if (option == 's')
			seed = value;
		else if (option == 'o')
			only = (unsigned)value;
		else
			return 2;
	}
	assert_int_equal(seal_init(), ERR_NONE);
	report =
	    mmap(NULL, sizeof(*report), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_true(report != MAP_FAILED);
	make_world();
	in_child();
	if (report->text[0] || report->outcome != NOTHING || report->answer_count < 40) {
		printf("the undamaged home: %s, %u\n", report->text, report->outcome);
		return 1;
	}
	report->is_learnt = true;
	for (unsigned i = only ? only : 1; i <= (only ? only : count); i++)
		wrong += !flip(seed, i, outcomes);
	for (unsigned i = 0; i < OUTCOMES; i++)
		printf("%u %s%s", outcomes[i], outcome_names[i], i + 1 < OUTCOMES ? ", " : "\n");
	sample_home_remove(&net.home);
	/* Flips that nobody notices and nothing mends would pass for a test that looks at nothing. */
	return wrong > 0 || (!only && count >= 100 && outcomes[MENDED] < count / 10);
}
