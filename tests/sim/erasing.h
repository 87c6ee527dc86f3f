/* What is to be forgotten: members erase records of their own, coordinators anybody's, and what was erased rots. */
#ifndef SIM_ERASING_H
#define SIM_ERASING_H

#include "tests/sim/chance.h"
#include "tests/sim/model.h"

struct world;
struct node;
struct params;

/* Its own chance: worlds without erasures are what they were. */
void erasing_draw(struct params *p, struct chance *c);
void erasing_begin(struct world *w);
/* One record of this member, the newest that was not erased yet; by itself or by an entry of the roster. */
void erasing_ask(struct world *w, unsigned at, bool is_by_roster);
/* Did anybody ask for this, who may? */
bool erasing_was_asked(
    const struct world *w, unsigned owner, uint64_t index, const struct hash *leaf);
/* What the disk of a node has turned into: this record of this log was written or replaced. */
void erasing_committed(struct world *w, struct node *node, unsigned owner,
    const struct model_log *log, uint64_t index, bool is_mended);
/* The first record that an erasure on the same disk takes away and that has its payload still. */
bool erasing_is_owed(
    const struct world *w, const struct node *node, unsigned *owner, uint64_t *index);

#endif
