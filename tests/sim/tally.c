/* Sums, and the tables that are printed of them. It decides nothing. */
#include "tests/sim/tally.h"

#include <inttypes.h>
#include <stdio.h>

#define MARK_TEXT(name, text) {#name, text},
static const struct {
	const char *name, *text;
} marks[] = {MARK_MAP(MARK_TEXT) MARK_RAREST_MAP(MARK_TEXT)};
#undef MARK_TEXT

#define DEED_TEXT(name, text) {#name, text},
static const struct {
	const char *name, *text;
} deeds[] = {DEED_MAP(DEED_TEXT)};
#undef DEED_TEXT

void tally_add(struct tally *t, const struct outcome *o)
{
	t->done++;
	t->failed += o->has_failed;
	t->events += o->events;
	t->acknowledged += o->acknowledged;
	t->virtual_ms += o->virtual_ms;
	t->compared += o->was_compared;
	t->repeated += o->was_repeated;
	mix_number(&t->digest, o->digest.a);
	mix_number(&t->digest, o->digest.b);
	tally_add_marks(t, o->marks);
	for (size_t i = 0; i < MARK_COUNT; i++)
		t->mark_seeds[i] += o->marks[i] > 0;
	for (size_t i = 0; i < DEED_COUNT; i++) {
		t->deeds[i] += o->deeds[i];
		t->deed_seeds[i] += o->deeds[i] > 0;
	}
}

void tally_add_marks(struct tally *t, const uint32_t counts[static MARK_COUNT])
{
	for (size_t i = 0; i < MARK_COUNT; i++)
		t->marks[i] += counts[i];
}

void tally_print(const struct tally *t)
{
	size_t taken = 0;

	for (size_t i = 0; i < MARK_COUNT; i++)
		taken += t->marks[i] > 0;
	printf("sim: %" PRIu64 " seeds, %" PRIu64 " failed, %" PRIu64 " events, %" PRIu64
	       " records acknowledged, %lld h of virtual time, %" PRIu64 " against LMDB, %" PRIu64
	       " run twice, %zu of %d rare branches taken, digest %016" PRIx64 "\n",
	    t->done, t->failed, t->events, t->acknowledged, (long long)(t->virtual_ms / 3600000),
	    t->compared, t->repeated, taken, MARK_COUNT, t->digest.b);
}

void tally_print_marks(const struct tally *t)
{
	printf("%10s %10s  %s\n", "times", "seeds", "branch");
	for (size_t i = 0; i < MARK_COUNT; i++)
		printf("%10" PRIu64 " %10" PRIu64 "  %s: %s\n", t->marks[i], t->mark_seeds[i],
		    marks[i].name, marks[i].text);
	for (size_t i = 0; i < DEED_COUNT; i++)
		printf("%10" PRIu64 " %10" PRIu64 "  %s: %s\n", t->deeds[i], t->deed_seeds[i],
		    deeds[i].name, deeds[i].text);
}

size_t tally_untaken(const struct tally *t)
{
	size_t count = 0;

	for (size_t i = 0; i < MARK_DEMANDED; i++) {
		if (t->marks[i])
			continue;
		printf("sim: no seed took the branch %s: %s\n", marks[i].name, marks[i].text);
		count++;
	}
	for (size_t i = 0; i < DEED_COUNT; i++) {
		if (t->deeds[i])
			continue;
		printf("sim: no seed saw %s: %s\n", deeds[i].name, deeds[i].text);
		count++;
	}
	return count;
}
