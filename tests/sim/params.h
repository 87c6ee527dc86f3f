/* What a seed decides about its world before it begins: sizes, which faults there are and how
 * strong, and how tight the bounds of the nodes are. */
#ifndef SIM_PARAMS_H
#define SIM_PARAMS_H

#include "proto/core.h"
#include "tests/sim/chance.h"
#include "tests/sim/disk.h"
#include "tests/sim/menu.h"
#include "tests/sim/net.h"

struct params {
	unsigned nodes; /* all of them */
	unsigned coordinators, threshold;
	unsigned joiners;   /* of them, enter by invite later */
	unsigned intruders; /* of them, are in no roster */
	unsigned hostiles;  /* of those admitted, mean harm if the menu has any */
	unsigned removals;
	unsigned rotations; /* of member keys; one of the intruders has the old one */
	unsigned peers_max; /* configured at a node */
	unsigned unrouted;  /* per mille of the pairs that never reach each other */
	unsigned outbound;  /* per mille of the nodes that nobody can dial */
	int64_t chaos_ms;
	int64_t quiet_ms_max; /* until everything is equal again */
	int64_t publish_ms;   /* on average between two */
	unsigned publish_max; /* records at once */
	unsigned payload_max;
	int64_t erase_ms; /* likewise between two erasures, 0 for none */
	int64_t fault_ms; /* on average between two */
	int64_t down_ms_max, outage_ms_max;
	int64_t strengths[FAULT_COUNT]; /* of the menu */
	struct net_rules net;
	struct disk_rules disk;
	struct core_bounds bounds;
};

/* keeper: what coordinators do who mean harm; whoever draws none of it draws the same world without. */
void params_draw(struct params *p, struct chance *c, struct chance *keeper);

#endif
