/* Everything that goes into a core and comes out of one, mixed in order: two runs of one seed are
 * the same iff their digests are. With printing on, the same as lines for people. */
#ifndef SIM_TRACE_H
#define SIM_TRACE_H

#include "tests/sim/mix.h"

struct trace {
	struct mix digest;
	bool is_printed;
	uint64_t lines;
};

/* who: position of a node, or -1 for the world. */
void trace_add(
    struct trace *t, int64_t now_us, int who, const char *what, uint64_t id, struct bytes data);
/* Only printed, never mixed. */
void trace_note(const struct trace *t, int64_t now_us, int who, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

#endif
