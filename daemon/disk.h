/* The one thread that writes: takes changes of the core in order, applies everything that waits in
 * one commit, and answers each on the loop. */
#ifndef DAEMON_DISK_H
#define DAEMON_DISK_H

#include "proto/change.h"

struct disk;
struct loop;

/* Commits through loop->store. NULL without memory or thread. */
struct disk *disk_new(struct loop *loop);
/* Takes data; ends with core_change_done. */
void disk_push(struct disk *disk, uint64_t change, struct writer *data);
/* Nothing was pushed that is not answered. */
bool disk_is_idle(const struct disk *disk);
/* Highest arrival that is durable, as of the last answer. */
uint64_t disk_arrivals(const struct disk *disk);
/* Finishes what was pushed, unanswered; its handle then closes on the loop. */
void disk_stop(struct disk *disk);
void disk_free(struct disk *disk);

#endif
