/* Coordinators who name the branch of a forked log that stays, and what has to come of it: the copies that nodes make are held
 * against a list of what was named, which the core never sees. */
#ifndef SIM_NAMING_H
#define SIM_NAMING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/bytes.h"
#include "proto/change.h"
#include "proto/checkpoint.h"

struct world;
struct node;
struct model_log;

/* Something that was asked of the keeper; it counts once an entry says so. */
struct naming {
	unsigned owner;
	struct checkpoint named;
	struct key copy;     /* under which it is to be stored */
	struct hash *leaves; /* all of them; NULL when nobody has such a branch */
	uint64_t entry;	     /* of the roster, 0 for none yet */
	struct hash entry_leaf;
};

void naming_begin(struct world *w);
void naming_release(struct world *w);
/* Has the keeper sign an entry that names the branch that the holder has of the owner's log, all of it; false when that
 * cannot be. */
bool naming_ask(struct world *w, unsigned owner, unsigned holder);

/* An entry of that type became durable at the keeper, and enough have approved it. */
void naming_entry(struct world *w, struct bytes entry, uint64_t index, const struct hash *leaf);
/* A copy is opened, grows or has all. `roster` is how many entries the node knew. */
void naming_committed(struct world *w, struct node *node, const struct change *op, uint64_t roster);
/* Whose log the copy under that key is of; NULL when none was named. */
const struct naming *naming_of_copy(const struct world *w, const struct key *copy);
/* A coordinator is about to name another one. */
bool naming_is_due(const struct world *w);
/* What is missing of the branches that are in force; NULL for nothing. */
const char *naming_owed(const struct world *w, const struct node *node);
/* Of what lies on the disk: every copy is one of what was named, and what it does not share came once and in order. */
void naming_check_disk(struct world *w, const struct node *node);

#endif
