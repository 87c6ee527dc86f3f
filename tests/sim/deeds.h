/* What hostile coordinators did and what was erased, and what came of it: counted as it happens, in the worlds and not in the cores, so that a
 * run of many seeds fails when one of them never came to pass. The counterpart of proto/mark.h. */
#ifndef SIM_DEEDS_H
#define SIM_DEEDS_H

#define DEED_MAP(X) \
	X(SET_CHANGED, "a coordinator is taken out of the set") \
	X(FEW, "an entry with too few approvals is in the roster") \
	X(TWICE, "one with one approval twice") \
	X(STRANGER, "one approved by who is no coordinator") \
	X(REMOVED, "one approved by a coordinator who was taken out") \
	X(OLD_VERSION, "one approved under an older set") \
	X(NO_NETWORK, "one approved for no network") \
	X(LOW_THRESHOLD, "half of the coordinators shall be enough, all of them say so") \
	X(HALF_CHANGE, "a new set that its own members approve alone") \
	X(EPOCH_WITHIN, "an epoch in the middle of a roster") \
	X(KEPT, "the newest entries are kept from a peer") \
	X(KEPT_IN_VAIN, "who was kept from them has them from others") \
	X(EPOCH, "the roster of a next epoch is told of") \
	X(EPOCH_AGAIN, "and another one of the same epoch, of another keeper") \
	X(EPOCH_SERVED, "the beginning of one is asked for and served") \
	X(SILENT, "the keeper is heard of no more") \
	X(BRANCHED, "the keeper has signed two rosters") \
	X(ROSTER_FROZEN, "a node that means well has seen both") \
	X(ERASED, "a record lies without its payload because that was erased") \
	X(ERASED_ROTS, "what was erased rots") \
	X(ERASED_MENDED, "and is mended without its payload") \
	X(NAMED, "a coordinator names the branch of a forked log that stays") \
	X(NAMED_AGAIN, "and another one instead") \
	X(NAMED_NOWHERE, "one that nobody has") \
	X(OTHER_SERVED, "a member serves another branch as the one that was named") \
	X(COPY_ERASED, "a record of a copy lies without its payload because that was erased") \
	X(COPY_WHOLE, "a node has all of the branch beside its own in the end")

#define DEED_ENUM(name, text) DEED_##name,
enum deed { DEED_MAP(DEED_ENUM) DEED_COUNT };
#undef DEED_ENUM

#endif
