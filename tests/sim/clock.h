/* Virtual time and what is to happen when. Events of the same instant run in the order in which
 * they were set, so that a run repeats. */
#ifndef SIM_CLOCK_H
#define SIM_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct world;
struct event;
typedef void event_fn(struct world *w, const struct event *e);

struct event {
	int64_t at_us;
	uint64_t order;
	event_fn *run;
	uint64_t a, b, c; /* names of things, never pointers: they may be gone by then */
};

struct clock {
	int64_t now_us;
	uint64_t order;
	struct event *heap;
	size_t count;
	size_t capacity;
	uint64_t ran;
};

void clock_release(struct clock *clock);
/* Not before now. */
void clock_set(
    struct clock *clock, int64_t at_us, event_fn *run, uint64_t a, uint64_t b, uint64_t c);
/* Takes the next event and moves the time to it; false when nothing is set. */
bool clock_next(struct clock *clock, struct event *out);
int64_t clock_now_ms(const struct clock *clock);

#endif
