/* The store with every call failing in turn: the Nth read, write, sync or allocation of a short script, for N = 1, 2, 3 …
 * until the script is through without its fault. Whatever fails, the script ends with an error or goes on, no answer is a
 * wrong one, and the next start has everything that was acknowledged, whole.
 *
 *     nth [-s STRIDE]         of allocations every STRIDEth
 *     nth -m N                only the Nth allocation */
#include "tests/store/sample.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "tests/faults/fail.h"
#include "tests/store/network.h"

#define CHANGES 5
#define RECORDS 6 /* of each change */
#define QUERIES 8

static struct network net;
static struct author author;
static struct writer changes[CHANGES];

static const struct {
	const char *method, *name, *value;
} queries[QUERIES] = {
    {"list", "kind", "practice"},
    {"list", "sort", "title"},
    {"show", "ref", "sefrou/3"},
    {"history", "ref", "sefrou/3"},
    {"search", "words", "record"},
    {"audit", NULL, NULL},
    {"verify", "deep", NULL},
    {"prove", "ref", "sefrou/3"},
};

/* Shared with the child. */
struct report {
	struct fail fail;
	_Atomic uint32_t acknowledged; /* changes */
	char text[240];		       /* what was wrong */
	struct hash answers[QUERIES];
	uint32_t answered[QUERIES]; /* size of the right answer, 0 before it is known */
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

/* --- the script ------------------------------------------------------------------------------ */

static bool goes_on(enum err err)
{
	return err != ERR_COMMIT && err != ERR_BUG;
}

/* An answer that is given is the right one. */
static void ask(const struct query_source *source, unsigned number)
{
	struct writer params = {0}, out = {0};
	struct why why = {0};
	struct hash hash;
	enum err err;

	mp_put_map(&params, queries[number].name ? 1 : 0);
	if (queries[number].name)
		mp_put_cstr(&params, queries[number].name);
	if (queries[number].name && queries[number].value)
		mp_put_cstr(&params, queries[number].value);
	else if (queries[number].name)
		mp_put_bool(&params, true);
	err = params.err
		  ? params.err
		  : query_run(source, queries[number].method, writer_view(&params), &out, &why);
	if (err == ERR_NONE && out.err == ERR_NONE) {
		seal_sha256(&hash, writer_view(&out));
		if (report->answered[number] == 0) {
			report->answered[number] = (uint32_t)out.size;
			report->answers[number] = hash;
		} else if (!hash_equal(&hash, &report->answers[number])) {
			condemn("%s answers otherwise", queries[number].method);
		}
	} else if (report->fail.class == FAIL_NOTHING) {
		condemn("%s: %s", queries[number].method, why.text);
	} else if (!goes_on(err)) {
		condemn("%s ends with %s: %s", queries[number].method, err_name(err), why.text);
	}
	writer_release(&params);
	writer_release(&out);
}

/* false when nothing may be acknowledged any more. */
static bool apply(struct store *s, unsigned number)
{
	struct bytes view = writer_view(&changes[number]);
	struct change_result result;
	struct why why = {0};
	enum err err = store_apply(s, &view, 1, &result, &why);

	/* The core asks again for what found no room or memory. */
	if (err != ERR_NONE && goes_on(err) && !report->fail.fired)
		condemn("a change is refused without a fault: %s", why.text);
	if (err != ERR_NONE && goes_on(err))
		err = store_apply(s, &view, 1, &result, &why);
	if (err == ERR_NONE) {
		report->acknowledged = number + 1;
		return true;
	}
	if (!report->fail.fired)
		condemn("a change fails: %s", why.text);
	else if (!why.text[0])
		condemn("a change fails with %s and nothing is said", err_name(err));
	return false;
}

static void follow(struct store *s, struct views *v)
{
	bool more = true;

	/* Twice: the fault hits once, and what failed is done again later. */
	for (unsigned i = 0; i < 2; i++, more = true)
		while (more && views_index(v, s, 4, &more, NULL) == ERR_NONE)
			continue;
}

static void script(void)
{
	struct why why = {0};
	struct store *s = store_open(net.home.path, &net.home.options, &why);
	struct query_source source = {
	    .store = s, .network = net.id, .roster_log = net.keeper.pk, .today = "2026-06-15"};
	struct writer dump = {0};
	struct core_lock lock;
	bool is_sound = true;

	if (!s) {
		if (!report->fail.fired || !why.text[0])
			condemn("the store does not open: %s", why.text);
		return;
	}
	store_dump(s, &dump, &why);
	writer_release(&dump);
	if (store_lock(s, &author.key.pk, &lock, NULL) == ERR_NONE && lock.verdict == LOCK_NEVER &&
	    !report->fail.fired)
		condemn("head.lock is not believed");
	source.views = views_open(s, net.home.path, &why);
	for (unsigned i = 0; i < CHANGES && is_sound; i++) {
		is_sound = apply(s, i);
		if (source.views)
			follow(s, source.views);
	}
	if (source.views && is_sound) {
		follow(s, source.views);
		if (views_arrival(source.views) != store_arrivals(s))
			condemn("the views stay behind after a fault that is over");
	}
	for (unsigned i = 0; i < QUERIES && source.views && is_sound; i++)
		if (report->acknowledged == CHANGES &&
		    views_arrival(source.views) == store_arrivals(s))
			ask(&source, i);
	views_close(source.views);
	store_close(s);
}

/* --- afterwards ------------------------------------------------------------------------------ */

static void judge_whole(struct query_source *source)
{
	struct writer params = {0}, out = {0};
	struct why why = {0};
	struct reader rows, ok;

	mp_put_map(&params, 1);
	mp_put_cstr(&params, "deep");
	mp_put_bool(&params, true);
	if (query_run(source, "verify", writer_view(&params), &out, &why) != ERR_NONE) {
		condemn("afterwards verify fails: %s", why.text);
	} else {
		reader_init(&rows, mp_get(writer_view(&out), "rows"));
		for (uint32_t left = mp_array(&rows); left > 0; left--) {
			reader_init(&ok, mp_get(mp_raw(&rows), "ok"));
			if (!mp_bool(&ok))
				condemn("afterwards a log is damaged");
		}
	}
	writer_release(&params);
	writer_release(&out);
}

static void judge_promises(struct store *s)
{
	struct core_lock lock;
	struct log_row row = {0};
	struct why why = {0};
	struct txn t;

	txn_begin(&t, &s->env, TXN_READ);
	log_row_get(&t, &author.key.pk, &row);
	txn_end(&t, NULL);
	if (row.frontier.size < 1 + (uint64_t)report->acknowledged * RECORDS)
		condemn("afterwards %llu records are there, %u changes were acknowledged",
		    (unsigned long long)row.frontier.size, report->acknowledged);
	if (store_lock(s, &author.key.pk, &lock, &why) != ERR_NONE || lock.verdict == LOCK_NEVER)
		condemn("afterwards head.lock is lost: %s", why.text);
	else if (lock.size <
		 (report->acknowledged ? 1 + (uint64_t)report->acknowledged * RECORDS : 0))
		condemn("afterwards head.lock is behind");
}

/* In a process of its own as well. */
static void afterwards(void)
{
	struct why why = {0};
	struct store *s = store_open(net.home.path, &net.home.options, &why);
	struct query_source source = {
	    .store = s, .network = net.id, .roster_log = net.keeper.pk, .today = "2026-06-15"};
	bool more = true;

	if (!s) {
		condemn("afterwards the store does not open: %s", why.text);
		return;
	}
	source.views = views_open(s, net.home.path, &why);
	if (!source.views)
		condemn("afterwards the views do not open: %s", why.text);
	judge_promises(s);
	if (source.views)
		judge_whole(&source);
	while (source.views && more)
		if (views_index(source.views, s, 1000, &more, &why) != ERR_NONE) {
			condemn("afterwards the views do not follow: %s", why.text);
			break;
		}
	for (unsigned i = 0; i < QUERIES && source.views; i++)
		if (report->acknowledged == CHANGES)
			ask(&source, i);
	views_close(source.views);
	store_close(s);
}

static void in_child(void (*run)(void), const char *what)
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		alarm(30);
		run();
		_exit(0);
	}
	assert_true(child > 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	if (status != 0)
		condemn("%s died with status %d%s", what, status,
		    WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM ? ": it hangs" : "");
}

/* --- the world ------------------------------------------------------------------------------- */

static void practice(struct writer *out, unsigned number)
{
	char title[64];

	snprintf(title, sizeof(title), "record %u of many", number);
	mp_put_map(out, 2);
	mp_put_cstr(out, "problem");
	names_put(out, "what a record says");
	mp_put_cstr(out, "title");
	names_put(out, title);
}

static void make_changes(void)
{
	for (unsigned i = 0; i < CHANGES; i++) {
		struct change_lock lock = {.key = author.key.pk, .was_shown = true};
		for (unsigned k = 0; k < RECORDS; k++) {
			struct writer payload = {0};
			practice(&payload, i * RECORDS + k);
			author_append(
			    &changes[i], &author.log, KIND_PRACTICE, writer_view(&payload));
			writer_release(&payload);
		}
		author_head(&net, &changes[i], &author.log, &author.key.sk);
		lock.size = author.log.frontier.size;
		frontier_root(&author.log.frontier, &lock.root);
		change_put_lock(&changes[i], &lock);
	}
}

static void make_world(void)
{
	network_make(&net);
	network_admit(&net, "sefrou", &net.commune.pk, "");
	network_log(&net, &author, "sefrou", &net.commune, 1);
	views_close(net.views);
	store_close(net.store);
	sample_head_lock(&net.home, &author.key.pk, 1);
	make_changes();
}

struct kept {
	const char *name;
	uint8_t *data;
	size_t size;
};
static struct kept kept[] = {{"truth/data.mdb", NULL, 0}, {"head.lock", NULL, 0}};
#define KEPT_COUNT (sizeof(kept) / sizeof(kept[0]))

static void keep(void)
{
	for (size_t i = 0; i < KEPT_COUNT; i++) {
		char path[400];
		struct stat st;
		FILE *in;
		snprintf(path, sizeof(path), "%s/%s", net.home.path, kept[i].name);
		in = fopen(path, "rb");
		assert_non_null(in);
		assert_int_equal(fstat(fileno(in), &st), 0);
		kept[i].size = (size_t)st.st_size;
		kept[i].data = malloc(kept[i].size);
		assert_int_equal(fread(kept[i].data, 1, kept[i].size, in), kept[i].size);
		fclose(in);
	}
}

/* In place: head.lock and the database are bound to the numbers of their files. */
static void restore(void)
{
	static const char *const views[] = {"mark", "mark.new", "data.mdb", "lock.mdb"};
	char path[400];

	for (size_t i = 0; i < KEPT_COUNT; i++) {
		int fd;
		snprintf(path, sizeof(path), "%s/%s", net.home.path, kept[i].name);
		fd = open(path, O_WRONLY);
		assert_true(fd >= 0);
		assert_int_equal(pwrite(fd, kept[i].data, kept[i].size, 0), kept[i].size);
		assert_int_equal(ftruncate(fd, (off_t)kept[i].size), 0);
		close(fd);
	}
	for (size_t i = 0; i < sizeof(views) / sizeof(views[0]); i++) {
		snprintf(path, sizeof(path), "%s/views/%s", net.home.path, views[i]);
		unlink(path);
	}
}

/* --- every one in turn ----------------------------------------------------------------------- */

struct class
{
	const char *name;
	enum fail_class class;
	int error;
};
static const struct class classes[] = {
    {"read", FAIL_READ, EIO},
    {"write: EIO", FAIL_WRITE, EIO},
    {"write: ENOSPC", FAIL_WRITE, ENOSPC},
    {"short write", FAIL_SHORT, EIO},
    {"sync: EIO", FAIL_SYNC, EIO},
    {"sync: ENOSPC", FAIL_SYNC, ENOSPC},
    {"name: EACCES", FAIL_NAME, EACCES},
    {"name: ENOSPC", FAIL_NAME, ENOSPC},
    {"memory", FAIL_MEMORY, ENOMEM},
};

static unsigned failures;

static void run_one(const struct class *class, uint64_t nth)
{
	restore();
	report->text[0] = '\0';
	report->acknowledged = 0;
	report->fail.class = class->class;
	report->fail.error = (uint32_t) class->error;
	report->fail.nth = nth;
	report->fail.calls = 0;
	report->fail.fired = 0;
	in_child(script, "the script");
	report->fail.class = FAIL_NOTHING;
	in_child(afterwards, "what came afterwards");
	if (report->text[0]) {
		printf("%s, call %llu: %s\n", class->name, (unsigned long long)nth, report->text);
		failures++;
	}
}

static void run_class(const struct class *class, unsigned stride)
{
	uint64_t nth = 1, runs = 0;
	unsigned before = failures;

	do {
		run_one(class, nth);
		runs++;
		nth += class->class == FAIL_MEMORY ? stride : 1;
	} while (report->fail.fired && failures < before + 10);
	if (runs < 5) {
		printf("%s: the script makes no such calls\n", class->name);
		failures++;
	}
	printf("%-14s %llu runs, each but the last with one call failing\n", class->name,
	    (unsigned long long)runs);
	fflush(stdout);
}

/* What is right, and that the script is right without a fault. */
static void learn(void)
{
	static const struct class none = {"nothing", FAIL_NOTHING, 0};

	run_one(&none, 0);
	for (unsigned i = 0; i < QUERIES; i++)
		if (report->answered[i] == 0)
			condemn("%s has no answer", queries[i].method);
	if (report->acknowledged != CHANGES || report->text[0]) {
		printf("without a fault: %u changes, %s\n", report->acknowledged, report->text);
		failures++;
	}
}

int main(int argc, char **argv)
{
	unsigned stride = 1, only = 0;
	int option;

	while ((option = getopt(argc, argv, "s:m:")) != -1) {
		unsigned value = (unsigned)strtoul(optarg ? optarg : "", NULL, 10);
		if (value == 0)
			return 2;
		*(option == 's' ? &stride : &only) = value;
	}
	assert_int_equal(seal_init(), ERR_NONE);
	report =
	    mmap(NULL, sizeof(*report), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_true(report != MAP_FAILED);
	make_world();
	keep();
	fail_plan = &report->fail;
	learn();
	if (only)
		run_one(&classes[sizeof(classes) / sizeof(classes[0]) - 1], only);
	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]) && !only; i++)
		run_class(&classes[i], stride);
	sample_home_remove(&net.home);
	return failures > 0;
}
