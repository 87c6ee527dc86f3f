/* What the views cost the processor, without a daemon: the home that tests/bench/world.c filled is indexed from nothing,
 * then asked.
 *
 *     views HOME [METHOD PARAMS [PAGES]]
 *
 * PARAMS is a map of canonical MessagePack in hex. Times are those of this thread alone, so that whatever else the machine
 * does counts for nothing. Prints one JSON object a line, {"name","value","unit","conditions"}. It judges nothing. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "proto/mp.h"
#include "proto/seal.h"
#include "store/query_run.h"
#include "store/store.h"
#include "store/views.h"

/* As daemon/indexer.c has it. */
#define BATCH 8192
#define REPEATS 9

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void report(const char *name, double value, const char *unit, const char *conditions)
{
	printf("{\"name\":\"%s\",\"value\":%.3f,\"unit\":\"%s\",\"conditions\":\"%s\"}\n", name,
	    value, unit, conditions);
	fflush(stdout);
}

static void die(const char *what, const struct why *why)
{
	fprintf(stderr, "%s: %s\n", what, why->text);
	exit(1);
}

static void forget(const char *home)
{
	static const char *const names[] = {"mark", "data.mdb", "lock.mdb"};
	char path[4400];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/views/%s", home, names[i]);
		unlink(path);
	}
}

static void index_all(const struct query_source *source)
{
	struct why why = {0};
	bool more = true;
	double start = now(), spent;
	uint64_t count;

	while (more)
		if (views_index(source->views, source->store, BATCH, &more, &why) != ERR_NONE)
			die("index", &why);
	spent = now() - start;
	count = views_arrival(source->views);
	report("index_cpu", (double)count / spent * 1e3, "records/s",
	    "all views from nothing, processor time of the thread");
}

/* The median of several askings after a first one; the whole walk when pages follow each other. */
static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double ask_once(const struct query_source *source, const char *method, struct bytes params,
    struct writer *result)
{
	struct why why = {0};
	double start = now();

	writer_clear(result);
	if (query_run(source, method, params, result, &why) != ERR_NONE)
		die(method, &why);
	return now() - start;
}

static double ask(const struct query_source *source, const char *method, struct bytes params,
    struct writer *result)
{
	double times[REPEATS];

	ask_once(source, method, params, result);
	for (int i = 0; i < REPEATS; i++)
		times[i] = ask_once(source, method, params, result);
	qsort(times, REPEATS, sizeof(times[0]), compare);
	return times[REPEATS / 2];
}

/* The parameters of the next page, made of those of the first one: "cursor" goes before all others. */
static void with_cursor(struct writer *out, struct bytes params, struct bytes cursor)
{
	struct reader r;
	uint32_t pairs;

	reader_init(&r, params);
	pairs = mp_map(&r);
	writer_clear(out);
	mp_put_map(out, pairs + 1);
	mp_put_cstr(out, "cursor");
	mp_put_str(out, cursor);
	writer_put(out, r.at, (size_t)(r.end - r.at));
}

static void walk_pages(
    const struct query_source *source, const char *method, struct bytes params, unsigned pages_max)
{
	struct writer result = {0}, next = {0};
	char conditions[200];
	double spent = 0, dearest = 0;
	unsigned pages = 0;
	uint64_t rows = 0;
	bool more = true;

	writer_bytes(&next, params);
	while (more && pages < pages_max) {
		double ms = ask(source, method, writer_view(&next), &result);
		struct reader r;

		spent += ms;
		dearest = ms > dearest ? ms : dearest;
		pages++;
		reader_init(&r, mp_get(writer_view(&result), "rows"));
		rows += mp_peek(&r) == MP_ARRAY ? mp_array(&r) : 0;
		reader_init(&r, mp_get(writer_view(&result), "cursor"));
		more = mp_peek(&r) == MP_STR;
		if (more)
			with_cursor(&next, params, mp_str(&r));
	}
	snprintf(conditions, sizeof(conditions),
	    "%s, %llu rows in %u pages, the dearest %.3f ms; processor time", method,
	    (unsigned long long)rows, pages, dearest);
	report("walk", spent, "ms", conditions);
	writer_release(&result);
	writer_release(&next);
}

int main(int argc, char **argv)
{
	struct query_source source = {.today = "2026-11-21"};
	struct writer params = {0};
	struct why why = {0};

	if (argc < 2 || argc == 3 || argc > 5 || seal_init() != ERR_NONE) {
		fprintf(stderr, "usage: views HOME [METHOD PARAMS [PAGES]]\n");
		return 2;
	}
	if (argc == 2)
		forget(argv[1]);
	if (!(source.store = store_open(argv[1], NULL, &why)) ||
	    !(source.views = views_open(source.store, argv[1], &why)))
		die(argv[1], &why);
	if (argc == 2) {
		index_all(&source);
	} else {
		size_t size = strlen(argv[3]) / 2;
		uint8_t *at = writer_grow(&params, size);

		if (!at || !hex_decode(at, size, argv[3], strlen(argv[3]))) {
			fprintf(stderr, "views: '%s' is no hex\n", argv[3]);
			return 2;
		}
		walk_pages(&source, argv[2], writer_view(&params),
		    argc > 4 ? (unsigned)atoi(argv[4]) : UINT_MAX);
	}
	writer_release(&params);
	views_close(source.views);
	store_close(source.store);
	return 0;
}
