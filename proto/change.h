/* A change: what the core wants stored, as one run of bytes that store/ applies in one transaction,
 * all or nothing. The same operations, in the same order, are what the store hands back when a node
 * starts (store_dump), so the core is rebuilt by reading its own words. The simulator's model store
 * applies them too.
 *
 * Encoding of one operation: u8 op ‖ u32 size ‖ body. Integers big-endian, keys and hashes as they
 * are, short text as u8 size ‖ bytes, byte strings as u32 size ‖ bytes. */
#ifndef PROTO_CHANGE_H
#define PROTO_CHANGE_H

#include "proto/checkpoint.h"
#include "proto/log_open.h"
#include "proto/record.h"
#include "proto/roster.h"
#include "proto/tree.h"

enum change_op {
	CHANGE_LOG = 1,	  /* a log becomes known: before its first APPEND */
	CHANGE_APPEND,	  /* records from..from+count of a log, verified */
	CHANGE_TREE,	  /* only in a dump: how far a log is stored */
	CHANGE_HEAD,	  /* a checkpoint that covers what is stored becomes the head */
	CHANGE_LOCK,	  /* head.lock, written after the transaction is durable */
	CHANGE_CURSOR,	  /* up to where a peer's arrivals are worked through */
	CHANGE_PAYLOAD,	  /* a payload that was missing, or its erasure */
	CHANGE_ADDRESSES, /* where the node of a log is reached */
	CHANGE_MEMBER,	  /* a line of the roster as queries read it */
	CHANGE_INVITE,	  /* a token is handed out, or forgotten */
	CHANGE_REQUEST,	  /* someone asks to join, or is done with */
	CHANGE_DRAFT,	  /* written down, not signed; or done with */
	CHANGE_STATE,	  /* open, cut or frozen, with evidence */
	CHANGE_MEND,	  /* records that are stored already, for those of them that rotted */
	CHANGE_AIM,	/* the signed checkpoint that records behind the head were proven against */
	CHANGE_ERASURE, /* a member erases a record of its own that is not here yet, or it is done */
	CHANGE_OP_COUNT
};

/* LOG_CLOSED: by its own last record. Of two reasons the later one is kept, which covers the other. The last two are of copies
 * of a branch that is not the one held of a frozen log: cut_root of their CHANGE_STATE is the key of that log. */
enum log_state {
	LOG_OPEN,
	LOG_CUT,
	LOG_FROZEN,
	LOG_CLOSED,
	LOG_STAYS, /* the roster names it */
	LOG_ASIDE  /* it has named another one since */
};
static inline bool log_state_is_copy(enum log_state state)
{
	return state == LOG_STAYS || state == LOG_ASIDE;
}

struct change_log {
	struct key key;
	char member[CODE_SIZE_MAX + 1]; /* "" for the roster */
	struct key member_key;
	struct key transport;
	uint32_t number; /* 0 for the roster */
};

struct change_node {
	uint8_t level; /* a multiple of TREE_STORED_LEVELS, > 0 */
	uint64_t index;
	struct hash hash;
};

struct change_append {
	struct key key;
	uint64_t from;
	uint32_t count;
	bool reread; /* after the commit: read the headers back and report the root (own logs) */
	struct frontier frontier;	 /* after the append */
	const struct change_node *nodes; /* encode: perfect subtrees completed by it */
	uint32_t node_count;
	struct bytes raw_nodes; /* decode: node_count × (u8 level ‖ u64 index ‖ hash) */
	struct bytes body;	/* count records, PROTOCOL.md section 2 */
};

struct change_tree {
	struct key key;
	struct frontier frontier;
	uint64_t head_arrival; /* arrival of the last record covered by the head, 0 without one */
};

struct change_lock {
	struct key key;
	uint64_t size;
	struct hash root;
	bool was_shown;	 /* some peer has seen a head of this log */
	bool is_unheard; /* peers are still to be asked since the machine started */
	bool is_signed;	 /* and the checkpoint of size and root is signed: change_result has it */
};

struct change_cursor {
	struct key peer; /* its log key */
	uint8_t store_id[16];
	uint64_t arrival;
};

struct change_payload {
	struct key key;
	uint64_t index;
	struct bytes rest; /* u8 state ‖ rest, PROTOCOL.md section 2 */
};

struct change_addresses {
	struct key key;
	unsigned count;
	struct bytes addresses[ADDRESSES_MAX];
};

struct change_member {
	char code[CODE_SIZE_MAX + 1];
	struct key key;
	uint8_t kind; /* enum member_kind */
	bool is_admitted;
	bool is_coordinator;
	uint64_t entry_index;
	struct hash entry_leaf;
	struct mtime since;
	char territory[ROSTER_TERRITORY_MAX + 1];
	struct bytes names;
};

#define TOKEN_SIZE 16
struct change_invite {
	uint8_t token[TOKEN_SIZE];
	bool is_put;
	char code[CODE_SIZE_MAX + 1];
	struct mtime expires;
};

struct change_request {
	uint64_t number; /* grows with every home that asks */
	bool is_put;
	char code[CODE_SIZE_MAX + 1];
	struct bytes join; /* body of the JOIN message */
};

struct change_draft {
	uint64_t number;
	bool is_put;
	uint16_t kind;
	struct mtime time;
	struct bytes payload;
};

struct change_state {
	struct key key;
	uint8_t state; /* enum log_state */
	uint64_t cut_size;
	struct hash cut_root;
	struct bytes evidence; /* body of the EVIDENCE message when frozen */
};

/* count 0: nothing is brought, what the store derives from the log's records is computed again. */
struct change_mend {
	struct key key;
	uint64_t from;
	uint32_t count;
	struct bytes body; /* count records, PROTOCOL.md section 2, proven */
};

/* As the record says in which it stands; whether its author may is looked at when what it names is here. */
struct change_erasure {
	struct record_ref what, by;
	bool is_put;
};

void change_put_log(struct writer *w, const struct change_log *op);
void change_put_append(struct writer *w, const struct change_append *op);
void change_put_tree(struct writer *w, const struct change_tree *op);
void change_put_head(struct writer *w, const struct checkpoint *op);
void change_put_lock(struct writer *w, const struct change_lock *op);
void change_put_cursor(struct writer *w, const struct change_cursor *op);
void change_put_payload(struct writer *w, const struct change_payload *op);
void change_put_addresses(struct writer *w, const struct change_addresses *op);
void change_put_member(struct writer *w, const struct change_member *op);
void change_put_invite(struct writer *w, const struct change_invite *op);
void change_put_request(struct writer *w, const struct change_request *op);
void change_put_draft(struct writer *w, const struct change_draft *op);
void change_put_state(struct writer *w, const struct change_state *op);
void change_put_mend(struct writer *w, const struct change_mend *op);
void change_put_aim(struct writer *w, const struct checkpoint *op);
void change_put_erasure(struct writer *w, const struct change_erasure *op);

/* One decoded operation; borrows from the change. */
struct change {
	enum change_op op;
	union {
		struct change_log log;
		struct change_append append;
		struct change_tree tree;
		struct checkpoint head;
		struct change_lock lock;
		struct change_cursor cursor;
		struct change_payload payload;
		struct change_addresses addresses;
		struct change_member member;
		struct change_invite invite;
		struct change_request request;
		struct change_draft draft;
		struct change_state state;
		struct change_mend mend;
		struct checkpoint aim;
		struct change_erasure erasure;
	};
};

/* The next operation; false at the end or on an error (r->err; ERR_FORMAT is our own bug or rot).
 */
bool change_next(struct change *out, struct reader *r);
struct change_node change_node_at(const struct change_append *op, uint32_t position);

/* What a committed change reports back to the core. */
struct change_result {
	uint64_t arrival; /* highest arrival of the store now */
	bool has_reread;
	struct hash reread; /* root over the stored headers of the append that asked for it */
	bool has_sig;
	struct sig sig;	   /* of the checkpoint of a lock that asked for it */
	enum err sign_err; /* or why there is none */
};

#endif
