/* build/sim: runs seeds, says what it found and how to see it again.
 *
 *     sim --seeds N [--first S]     N seeds from S on; one in fifty also against LMDB
 *     sim --seed S [--trace]        one, with everything that happens
 *     sim --lmdb                    with LMDB beside the model in every seed
 *     sim --real                    with real cryptography in every seed, not in one of ten
 *     sim --scenarios FILE          those of tests/sim/scenarios, each under a few seeds
 *     sim --scenarios FILE --seeds N    both, for the branches that they take together
 *     sim --scenarios FILE --name N [--seed S] [--trace]    one of them
 *     sim --marks                   tells how often each rare branch was taken (proto/mark.h)
 *     sim --must-fail               a broken build: succeeds iff some seed is caught
 *
 * Many seeds are run by two processes, one half each; what is printed is that of one. */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/sim/tally.h"
#include "tests/sim/world.h"

#define LMDB_EVERY 50
#define TWICE_EVERY 25
#define SCENARIO_SEEDS 5
#define REAL_EVERY 10 /* with real cryptography */
#define PROCESSES 2
#define SHARED_FROM 50 /* seeds */
#define MARKS_FROM 3000

struct arguments {
	uint64_t first, seeds;
	bool is_single, is_traced, with_lmdb, is_real, must_fail, with_marks, has_seeds;
	const char *program;
	const char *scenarios, *name;
};

static volatile uint64_t running; /* for the handler of signals */

static void put_number(char *out, uint64_t value)
{
	char digits[24];
	size_t count = 0;

	do {
		digits[count++] = (char)('0' + value % 10);
		value /= 10;
	} while (value);
	while (count)
		*out++ = digits[--count];
	*out = '\0';
}

static void on_signal(int number)
{
	static const char text[] = "\nsim: crashed; again with: build/sim --trace --seed ";
	char digits[24];

	put_number(digits, running);
	if (write(STDERR_FILENO, text, sizeof(text) - 1) < 0 ||
	    write(STDERR_FILENO, digits, strlen(digits)) < 0 || write(STDERR_FILENO, "\n", 1) < 0)
		_exit(3);
	signal(number, SIG_DFL);
	raise(number);
}

static bool report(const struct arguments *args, uint64_t seed, const struct verdict *v)
{
	if (!v->has_failed)
		return true;
	if (args->must_fail) {
		printf("caught by seed %" PRIu64 ", %s: %s\n", seed, v->invariant, v->failure);
		return false;
	}
	printf("seed %" PRIu64 " FAILED %s: %s\n", seed, v->invariant, v->failure);
	printf("  again: %s --seed %" PRIu64 " --trace%s\n", args->program, seed,
	    v->was_compared ? " --lmdb" : "");
	fflush(stdout);
	return false;
}

static bool is_repeated(const struct arguments *args, uint64_t seed)
{
	return !args->is_traced && seed % TWICE_EVERY == 1;
}

static bool run_seed(const struct arguments *args, uint64_t seed, struct verdict *v)
{
	struct options options = {.is_traced = args->is_traced,
	    .with_lmdb = args->with_lmdb || (!args->is_single && seed % LMDB_EVERY == 0),
	    .is_real = args->is_real || seed % REAL_EVERY == 0};
	struct verdict again;

	running = seed;
	world_run(seed, &options, v);
	if (!report(args, seed, v))
		return false;
	if (!is_repeated(args, seed))
		return true;
	world_run(seed, &options, &again);
	if (v->digest.a == again.digest.a && v->digest.b == again.digest.b)
		return true;
	printf("seed %" PRIu64 " FAILED determinism: a second run differs\n", seed);
	v->has_failed = true;
	return false;
}

static void run_one(const struct arguments *args, uint64_t seed, struct outcome *o)
{
	struct verdict v;
	bool is_fine = run_seed(args, seed, &v);

	*o = (struct outcome){.seed = seed,
	    .events = v.events,
	    .acknowledged = v.acknowledged,
	    .virtual_ms = v.virtual_ms,
	    .digest = v.digest,
	    .has_failed = !is_fine,
	    .was_compared = v.was_compared,
	    .was_repeated = is_repeated(args, seed)};
	memcpy(o->marks, v.marks, sizeof(o->marks));
	memcpy(o->deeds, v.deeds, sizeof(o->deeds));
}

/* A process of its own for some seeds: one struct outcome after the other in the file. */
static pid_t start(const struct arguments *args, uint64_t first, uint64_t count, FILE *file)
{
	pid_t child;

	fflush(stdout);
	child = fork();
	if (child != 0)
		return child;
	for (uint64_t i = 0; i < count; i++) {
		struct outcome o;

		run_one(args, first + i, &o);
		if (fwrite(&o, sizeof(o), 1, file) != 1 || fflush(file))
			_exit(3);
	}
	fflush(stdout);
	_exit(0);
}

/* In the order of the seeds. A process that did not come to its end counts as one more failure. */
static void take(struct tally *t, pid_t child, uint64_t count, FILE *file)
{
	uint64_t done = t->done;
	struct outcome o;
	int status = -1;

	if (child < 0 || waitpid(child, &status, 0) != child)
		status = -1;
	rewind(file);
	while (fread(&o, sizeof(o), 1, file) == 1)
		tally_add(t, &o);
	if (status != 0 || t->done - done != count) {
		printf("sim: a process ended with status %d after %" PRIu64 " of %" PRIu64
		       " seeds\n",
		    status, t->done - done, count);
		t->failed++;
	}
	fclose(file);
}

static bool share(const struct arguments *args, struct tally *t)
{
	uint64_t at = args->first, counts[PROCESSES];
	pid_t children[PROCESSES];
	FILE *files[PROCESSES];

	for (int i = 0; i < PROCESSES; i++) {
		files[i] = tmpfile();
		if (!files[i])
			return false;
		counts[i] = args->seeds / PROCESSES + (i < (int)(args->seeds % PROCESSES));
		children[i] = start(args, at, counts[i], files[i]);
		at += counts[i];
	}
	for (int i = 0; i < PROCESSES; i++)
		take(t, children[i], counts[i], files[i]);
	return true;
}

static bool run_scenario(
    const struct arguments *args, const struct script *script, uint64_t seed, struct tally *t)
{
	struct options options = {.is_traced = args->is_traced, .script = script};
	struct verdict v;

	options.is_real = args->is_real || seed % 2 == 0;
	running = seed;
	world_run(seed, &options, &v);
	tally_add_marks(t, v.marks);
	if (!v.has_failed)
		return true;
	printf("scenario %s FAILED %s: %s\n", script->name, v.invariant, v.failure);
	printf("  again: %s --scenarios %s --name %s --seed %" PRIu64 " --trace\n", args->program,
	    args->scenarios, script->name, seed);
	fflush(stdout);
	return false;
}

static int run_scenarios(const struct arguments *args, struct tally *t)
{
	struct scripts scripts;
	uint64_t seeds = args->is_single ? 1 : SCENARIO_SEEDS, failed = 0;
	size_t ran = 0;

	if (!scripts_read(&scripts, args->scenarios))
		return 2;
	for (size_t i = 0; i < scripts.count; i++) {
		if (args->name && strcmp(scripts.items[i].name, args->name) != 0)
			continue;
		ran++;
		for (uint64_t k = 0; k < seeds; k++)
			failed += !run_scenario(args, &scripts.items[i], args->first + k, t);
	}
	printf("sim: %zu scenarios, each under %" PRIu64 " seeds, %" PRIu64 " failed\n", ran, seeds,
	    failed);
	scripts_release(&scripts);
	return failed || ran == 0;
}

static int run_all(const struct arguments *args)
{
	struct tally t = {0};
	bool is_whole;
	int status = args->scenarios ? run_scenarios(args, &t) : 0;

	if (args->seeds >= SHARED_FROM && !args->is_traced && !args->must_fail) {
		if (!share(args, &t)) {
			perror("sim");
			return 1;
		}
	} else {
		for (uint64_t i = 0; i < args->seeds && !(t.failed && args->must_fail); i++) {
			struct outcome o;

			run_one(args, args->first + i, &o);
			tally_add(&t, &o);
		}
	}
	if (args->must_fail) {
		if (!t.failed)
			printf("not caught by %" PRIu64 " seeds\n", t.done);
		return t.failed == 0;
	}
	tally_print(&t);
	if (args->with_marks)
		tally_print_marks(&t);
	/* Few seeds need not lead everywhere. */
	is_whole = args->seeds < MARKS_FROM || tally_untaken(&t) == 0;
	return status || t.failed != 0 || !is_whole;
}

static int usage(void)
{
	fprintf(stderr,
	    "usage: sim [--seeds N] [--first S] [--seed S [--trace]] [--lmdb] [--real] "
	    "[--marks] [--must-fail]\n"
	    "       sim --scenarios FILE [--name NAME] [--seed S [--trace]] [--real]\n");
	return 2;
}

static bool read_number(const char *text, uint64_t *out)
{
	return text && decimal_decode(out, bytes_str(text));
}

int main(int argc, char **argv)
{
	struct arguments args = {.first = 1, .seeds = 500, .program = argv[0]};
	struct tally none = {0};

	for (int i = 1; i < argc; i++) {
		bool has_value = i + 1 < argc;
		if (strcmp(argv[i], "--trace") == 0)
			args.is_traced = true;
		else if (strcmp(argv[i], "--lmdb") == 0)
			args.with_lmdb = true;
		else if (strcmp(argv[i], "--real") == 0)
			args.is_real = true;
		else if (strcmp(argv[i], "--marks") == 0)
			args.with_marks = true;
		else if (strcmp(argv[i], "--must-fail") == 0)
			args.must_fail = true;
		else if (strcmp(argv[i], "--scenarios") == 0 && has_value)
			args.scenarios = argv[++i];
		else if (strcmp(argv[i], "--name") == 0 && has_value)
			args.name = argv[++i];
		else if (strcmp(argv[i], "--seeds") == 0 && has_value &&
			 read_number(argv[i + 1], &args.seeds)) {
			args.has_seeds = true;
			i++;
		} else if (strcmp(argv[i], "--first") == 0 && has_value &&
			   read_number(argv[i + 1], &args.first))
			i++;
		else if (strcmp(argv[i], "--seed") == 0 && has_value &&
			 read_number(argv[i + 1], &args.first)) {
			args.is_single = true;
			args.seeds = 1;
			i++;
		} else {
			return usage();
		}
	}
	if (seal_init()) {
		fprintf(stderr, "sim: libsodium does not start\n");
		return 1;
	}
	signal(SIGABRT, on_signal);
	signal(SIGSEGV, on_signal);
	return args.scenarios && !args.has_seeds ? run_scenarios(&args, &none) : run_all(&args);
}
