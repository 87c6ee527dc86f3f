/* The menu of faults, one entry for each: a seed has it or has it not, and draws how strong it is. */
#ifndef SIM_MENU_H
#define SIM_MENU_H

#include <stdint.h>

#include "tests/sim/chance.h"

struct world;
struct params;

enum fault {
	/* the network */
	FAULT_DELAY,	 /* bytes take long */
	FAULT_SPLIT,	 /* and come in small pieces, byte by byte where it is strongest */
	FAULT_NARROW,	 /* little is under way at once */
	FAULT_LOSS,	 /* bytes of a connection have to be sent again */
	FAULT_RESET,	 /* a connection breaks */
	FAULT_HALF_OPEN, /* one end of it is gone, or neither, and nobody is told */
	FAULT_TAMPER,	 /* somebody on the path bends, drops, adds and repeats bytes */
	FAULT_PARTITION, /* two groups do not reach each other for a while */
	FAULT_ISOLATE,	 /* one node is alone for a while */
	FAULT_ONE_WAY,	 /* one direction between two nodes stops for a while */
	FAULT_DEAF,	 /* a node reads nothing for a while */
	/* disks */
	FAULT_SLOW_COMMIT,
	FAULT_TORN, /* of head.lock, when a crash comes while it is written */
	FAULT_SYNC, /* a sync fails: whether what was written stays is open, and the program ends */
	FAULT_READ, /* reads fail for a while */
	FAULT_MISWRITE,	   /* other bytes than those that were to be written */
	FAULT_FULL,	   /* a disk is full for a while */
	FAULT_ROT,	   /* stored records stop matching their hashes */
	FAULT_SNAPSHOT,	   /* an image of a disk is taken */
	FAULT_RESTORE_DB,  /* an old database is put back; head.lock stays */
	FAULT_RESTORE_ALL, /* an old image of the whole disk is put back */
	FAULT_LOCK_LOST,   /* head.lock is gone */
	/* machines */
	FAULT_KILL,  /* the program dies, the machine stays up */
	FAULT_POWER, /* the machine goes down: another boot */
	FAULT_ACTION, /* the program dies between two of its actions, and perhaps again while it recovers */
	FAULT_PAUSE, /* the program stands still for a while */
	FAULT_CLOCK, /* the wall clock jumps, by twenty years at most */
	FAULT_COPY,  /* a home is copied to a second machine, and both run */
	/* members that mean harm */
	FAULT_EQUIVOCATE,   /* two nodes of one home, each with a history of its own for one half */
	FAULT_MUTATE,	    /* other bytes in frames, before they are sealed */
	FAULT_FLOOD,	    /* frames, strangers and records without end */
	FAULT_WITHHOLD,	    /* payloads, and whole answers */
	FAULT_CLAIM_ERASED, /* that somebody erased a payload */
	FAULT_LIE_HEADS, /* longer than they serve, old ones, those of others; digests of nothing */
	FAULT_LIE_ROSTER, /* another roster, cuts that it does not have, the middle of it first */
	/* coordinators that mean harm */
	FAULT_KEEPERS,
	FAULT_GHOST = FAULT_KEEPERS, /* entries that too few approved, or who may not */
	FAULT_KEEP_ROSTER,	     /* the newest entries, from some */
	FAULT_SILENT_KEEPER,	     /* it is gone, and does not come back */
	FAULT_TWO_ROSTERS,	     /* a branch for each half of the network */
	FAULT_NEXT_ROSTER,	     /* others write it on, two of them under one epoch */
	/* what is named of forked logs */
	FAULT_NAMING,
	FAULT_NAME_BRANCH = FAULT_NAMING, /* coordinators name the branch that stays */
	FAULT_OTHER_BRANCH,		  /* who has another one serves that */
	FAULT_COUNT
};

struct menu_entry {
	const char *name;
	unsigned likely; /* per mille of the seeds have it */
	/* The strength is drawn between them. Of what strikes again and again it says how often, compared with the
	 * others; of what is always there menu.c says what it means. */
	int64_t weakest, strongest;
	void (*strike)(struct world *w); /* NULL: always there */
};

extern const struct menu_entry menu[FAULT_COUNT];

/* Strengths, 0 for what a seed has not, and what follows from them. */
void menu_draw(struct params *p, struct chance *c);
/* Likewise of the last part, what coordinators do. */
void menu_draw_keeper(struct params *p, struct chance *keeper);
/* And of what is named: drawn apart, so that all else stays as it was. */
void menu_draw_naming(struct params *p, struct chance *naming);
/* One of those that strike. */
void menu_strike(struct world *w);

#endif
