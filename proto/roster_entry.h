/* Roster entries as bytes: what each type says, in the order and bounds of PROTOCOL.md section 4.
 * Whether an entry counts is decided in roster.c. Decoded entries borrow from the payload. */
#ifndef PROTO_ROSTER_ENTRY_H
#define PROTO_ROSTER_ENTRY_H

#include "proto/roster.h"

enum entry_type {
	ENTRY_GENESIS,
	ENTRY_ADMIT,
	ENTRY_AMEND,
	ENTRY_ROTATE,
	ENTRY_REMOVE,
	ENTRY_COORDINATOR,
	ENTRY_THRESHOLD,
	ENTRY_CHARTER,
	ENTRY_ERASE,
	ENTRY_DISPUTE,
	ENTRY_NAME_BRANCH,
	ENTRY_EPOCH, /* leaf 0 of the next roster log; refused anywhere else */
	ENTRY_TYPE_COUNT
};

/* Every key of every entry but `type`, in the order of their bytes. */
#define ENTRY_FIELD_MAP(X) \
	X(ADD, "add") \
	X(CHARTER, "charter") \
	X(CODE, "code") \
	X(COORDINATORS, "coordinators") \
	X(EPOCH, "epoch") \
	X(GROUND, "ground") \
	X(INDEX, "index") \
	X(KEEPER, "keeper") \
	X(KIND, "kind") \
	X(LEAF, "leaf") \
	X(LOG, "log") \
	X(LOGS, "logs") \
	X(MEMBER_KEY, "member_key") \
	X(NAMES, "names") \
	X(NONCE, "nonce") \
	X(PREVIOUS, "previous") \
	X(REASON, "reason") \
	X(RECOVERY, "recovery") \
	X(REMOVE, "remove") \
	X(REPLACES, "replaces") \
	X(ROOT, "root") \
	X(SIZE, "size") \
	X(TERRITORY, "territory") \
	X(TERRITORY_VINTAGE, "territory_vintage") \
	X(THRESHOLD, "threshold") \
	X(ZONE, "zone")

enum entry_field {
#define X(name, text) FIELD_##name,
	ENTRY_FIELD_MAP(X)
#undef X
	    FIELD_COUNT
};
#define FIELD_BIT(name) (1u << FIELD_##name)

struct entry {
	enum entry_type type;
	unsigned has; /* FIELD_BITs that were there */
	char code[CODE_SIZE_MAX + 1];
	enum member_kind kind;
	struct key member_key;
	struct bytes names;
	char territory[ROSTER_TERRITORY_MAX + 1];
	struct hash replaces;
	unsigned logs_count;
	struct bytes logs; /* the elements, after the array's head; so are the following */
	unsigned coordinators_count; /* `coordinators` of a genesis, `add` of a coordinator entry */
	struct bytes coordinators;
	unsigned removals_count;
	struct bytes removals;
	unsigned recovery_count;
	struct bytes recovery;
	unsigned threshold;
	struct hash charter; /* zero: none */
	struct key keeper;
	struct bytes zone;
	struct key log;
	uint64_t index;
	struct hash leaf;
	uint64_t size;
	struct hash root;
	enum erasure_ground ground;
};

/* ERR_NONE or why the map is no entry. */
enum err entry_decode(struct entry *out, struct bytes map, struct why *why);

/* The next element of a decoded list; the caller counts. What entry_decode accepted does not fail.
 */
void entry_next_log(struct reader *r, struct log_listing *out);
void entry_next_coordinator(struct reader *r, struct coordinator *out);
void entry_next_code(struct reader *r, char out[static CODE_SIZE_MAX + 1]);
void entry_next_key(struct reader *r, struct key *out);

/* {"approvals", "entry"} of a payload: the array and the map as bytes. */
enum err entry_payload_decode(struct bytes payload, struct bytes *approvals, struct bytes *entry);

#endif
