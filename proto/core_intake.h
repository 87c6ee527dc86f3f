/* The records of one batch or push while they are looked at: what is gathered of them becomes a change when they are
 * proven, or nothing. Private to proto/core*.c. */
#ifndef PROTO_CORE_INTAKE_H
#define PROTO_CORE_INTAKE_H

#include "proto/core_parts.h"

/* What is gathered while a batch is read; nothing outside of it changes before it is proven. */
struct intake {
	struct key key;
	bool is_roster;
	bool
	    is_branch; /* proven against what the roster names: nothing but its records is looked at */
	const struct checkpoint *target;
	struct log *log; /* NULL: begins with leaf 0 */
	bool is_closed;	 /* the last record ended it */
	bool has_claims; /* of erasures */
	bool is_paced;	 /* its member has sent enough for today */
	uint32_t proposals;
	uint32_t bare; /* records without their payload */
	struct log_open open;
	uint64_t from;
	struct frontier frontier;
	struct change_node *nodes;
	uint32_t node_count, node_capacity;
	bool has_memory;
	bool has_announce;
	struct change_addresses announce;
	struct bytes records;	/* unpacked; the caller's, or checked */
	struct writer checked;	/* without payloads that are erased or only said to be */
	struct writer erasures; /* struct change_erasure: what these records erase */
};

enum err intake_begin(struct core *core, struct intake *in, const struct checkpoint *target,
    bool is_roster, uint64_t from);
/* The records, so many of them: hashed, and judged by their headers. */
enum err intake_take(struct core *core, struct intake *in, uint32_t count);
/* Proven against the target, or up to it: a change. */
enum err intake_store(struct core *core, struct intake *in, struct session *s,
    const struct checkpoint *target, uint32_t count, bool is_announced);
/* Into the change that stores what was taken. */
void intake_put_erasures(const struct intake *in, struct writer *ops);
void intake_release(struct intake *in);
bool intake_is_past(const struct log_cut *cut, uint64_t size);
/* Reads no more of this session while the disk is behind. */
void intake_pause(struct core *core, struct session *s);
/* Tells whom it came from that it is committed. */
void intake_have(struct core *core, struct flight *f);

#endif
