/* What is kept of the seeds that ran, added up over processes: how much happened, one digest of all traces, and which
 * rare branches were taken (proto/mark.h) and what hostile coordinators did (deeds.h). It knows nothing of worlds. */
#ifndef SIM_TALLY_H
#define SIM_TALLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/mark.h"
#include "tests/sim/deeds.h"
#include "tests/sim/mix.h"

/* Of one seed; written to a file from a process of its own. */
struct outcome {
	uint64_t seed, events, acknowledged;
	int64_t virtual_ms;
	struct mix digest;
	uint32_t marks[MARK_COUNT];
	uint32_t deeds[DEED_COUNT];
	bool has_failed, was_compared, was_repeated;
};

struct tally {
	uint64_t done, failed, events, acknowledged, compared, repeated;
	int64_t virtual_ms;
	struct mix digest;
	uint64_t marks[MARK_COUNT];	 /* how often */
	uint64_t mark_seeds[MARK_COUNT]; /* in how many seeds */
	uint64_t deeds[DEED_COUNT], deed_seeds[DEED_COUNT];
};

/* In the order of the seeds: the digest depends on it. */
void tally_add(struct tally *t, const struct outcome *o);
/* Of a run that is not counted as a seed. */
void tally_add_marks(struct tally *t, const uint32_t marks[static MARK_COUNT]);
void tally_print(const struct tally *t);
/* One line a mark. */
void tally_print_marks(const struct tally *t);
/* Names the branches that no seed took and some have to, and the deeds that none saw; how many there are. */
size_t tally_untaken(const struct tally *t);

#endif
