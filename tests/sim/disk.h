/* The write thread of a node and its readers. Changes gather while one group is committed; the
 * group is durable at one moment, head.lock at a later one, and only then is the core told. A crash
 * falls between any two of them. */
#ifndef SIM_DISK_H
#define SIM_DISK_H

#include "proto/change.h"
#include "proto/core.h"
#include "proto/read.h"

struct world;
struct node;

struct pending {
	uint64_t change;
	struct writer data;
	uint64_t roster_size; /* entries that the core had applied when it wanted this */
	uint64_t roster_head; /* of them, under a signed head */
	enum err err;
	struct change_result result;
	struct pending *next;
};

struct disk_read {
	uint64_t id;
	struct read read;
	struct disk_read *next;
};

enum disk_phase { DISK_IDLE, DISK_COMMITTING, DISK_LOCKING, DISK_REPORTING };

struct disk {
	enum disk_phase phase;
	struct pending *first, **last; /* not begun */
	struct pending *group;
	struct disk_read *reads;
};

struct disk_rules {
	int64_t commit_us_max, lock_us_max, read_us_max;
	unsigned group_max;
};

void disk_init(struct disk *d);
/* Forgets what is under way. */
void disk_release(struct disk *d);
/* A crash: what is not durable is gone; a slot of head.lock under way may be torn. */
void disk_crash(struct world *w, struct node *node);
/* What was never written is gone: nothing, where changes are reported once they are. */
void disk_power_lost(struct node *node);
/* Both take what they are given. */
void disk_push(struct world *w, struct node *node, uint64_t change, struct writer *data);
void disk_read(struct world *w, struct node *node, uint64_t id, struct read *read);
bool disk_is_idle(const struct disk *d);

#endif
