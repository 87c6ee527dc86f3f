/* A home that is copied to a second machine: one more node with the same keys, database and head.lock. Where its owner means
 * no harm DESIGN D7 has to stop one of the two, or both; where he does, both go on, each towards one half of the network. */
#ifndef SIM_HOMES_H
#define SIM_HOMES_H

#include <stdbool.h>

struct world;
struct node;

/* How alike the second machine is. */
enum likeness {
	LIKENESS_NONE,
	LIKENESS_MACHINE, /* the files on another machine */
	LIKENESS_FOLDER,  /* on the same one, in another folder */
	LIKENESS_CLONE,	  /* a clone of a virtual machine: nothing tells it but the boot */
	LIKENESS_RUNNING  /* of one that runs: nothing tells it at all. Of scenarios alone */
};

/* Nodes beyond those of the network that wait to become a copy: 0 or 1. */
unsigned homes_spare(const struct world *w);
/* Which home will be copied, if any. */
void homes_choose(struct world *w);
void homes_begin(struct world *w);
/* Takes the home of `from`, running or not, and starts the spare node with it. */
void homes_copy(struct world *w, struct node *from, enum likeness likeness);
/* Where a dial to `target` ends: whoever equivocates shows another node to each half. node_count: nowhere. */
unsigned homes_route(const struct world *w, unsigned from, unsigned target);

#endif
