/* A binary heap of events, ordered by time and then by the order of their setting. */
#include "tests/sim/clock.h"

#include <assert.h>
#include <stdlib.h>

static bool is_before(const struct event *a, const struct event *b)
{
	return a->at_us != b->at_us ? a->at_us < b->at_us : a->order < b->order;
}

void clock_release(struct clock *clock)
{
	free(clock->heap);
	*clock = (struct clock){0};
}

void clock_set(
    struct clock *clock, int64_t at_us, event_fn *run, uint64_t a, uint64_t b, uint64_t c)
{
	struct event event = {.at_us = at_us < clock->now_us ? clock->now_us : at_us,
	    .order = clock->order++,
	    .run = run,
	    .a = a,
	    .b = b,
	    .c = c};
	size_t at = clock->count++;

	if (at == clock->capacity) {
		clock->capacity = clock->capacity ? clock->capacity * 2 : 256;
		clock->heap = realloc(clock->heap, clock->capacity * sizeof(event));
		assert(clock->heap);
	}
	while (at > 0 && is_before(&event, &clock->heap[(at - 1) / 2])) {
		clock->heap[at] = clock->heap[(at - 1) / 2];
		at = (at - 1) / 2;
	}
	clock->heap[at] = event;
}

bool clock_next(struct clock *clock, struct event *out)
{
	struct event last;
	size_t at = 0;

	if (clock->count == 0)
		return false;
	*out = clock->heap[0];
	last = clock->heap[--clock->count];
	for (;;) {
		size_t child = 2 * at + 1;
		if (child >= clock->count)
			break;
		if (child + 1 < clock->count &&
		    is_before(&clock->heap[child + 1], &clock->heap[child]))
			child++;
		if (!is_before(&clock->heap[child], &last))
			break;
		clock->heap[at] = clock->heap[child];
		at = child;
	}
	clock->heap[at] = last;
	clock->now_us = out->at_us;
	clock->ran++;
	return true;
}

int64_t clock_now_ms(const struct clock *clock)
{
	return clock->now_us / 1000;
}
