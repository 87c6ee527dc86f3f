/* The pure core of a node: sessions, sync, roster judgement, listening before signing and
 * publishing, as one state machine. Bytes, time, entropy and completions come in; actions go out.
 * It has no I/O, clock, randomness, thread or global, so that communed and the simulator link the
 * same object and a crash is core_free.
 *
 * Use: core_new, core_load(dump of the store), core_start; then for every event: core_time(now),
 * one input call, and core_next until it says no. The caller executes actions in the order given.
 *
 * Nothing is acknowledged before the completion of the change that stores it. */
#ifndef PROTO_CORE_H
#define PROTO_CORE_H

#include "proto/change.h"
#include "proto/listen.h"
#include "proto/mark.h"
#include "proto/read.h"
#include "proto/roster.h"
#include "proto/seal.h"
#include "proto/writer.h"

#define CORE_ADDRESS_MAX 320

struct core;

/* Bounds that a simulation makes tiny; core_config_defaults fills them. */
struct core_bounds {
	size_t send_queue_max;	     /* bytes queued to a peer before it is dropped */
	size_t change_queue_max;     /* bytes of changes in flight before peers are not read */
	uint32_t batch_raw_max;	     /* raw bytes a batch */
	uint32_t wants_max;	     /* logs in flight a session */
	uint32_t plans_max;	     /* heads that wait to be asked for, a session */
	uint32_t heads_max;	     /* told in a frame */
	uint32_t heads_blind_max;    /* told unasked to one who names no cursor */
	uint32_t heads_verified_max; /* in a turn */
	uint32_t publish_count_max;  /* records a change */
	unsigned sessions_max;
	unsigned handshakes_max;
	unsigned dial_max; /* sessions that this node opens by itself */
	unsigned
	    inbound_max; /* sessions of members that others opened: beyond, those in step go elsewhere */
	uint64_t member_day_bytes; /* of one member's logs, taken in a day; the rest waits */
	uint32_t member_day_logs, member_day_proposals;
	uint32_t day_joins; /* codes that ask to join in a day */
	int64_t day_ms;
};

struct core_config {
	struct hash network;
	struct key log; /* this node's member log */
	struct key transport;
	struct seckey transport_sk;
	char member[CODE_SIZE_MAX + 1];
	bool is_keeper;
	struct key roster_log; /* keeper only */
	uint8_t store_id[STORE_ID_SIZE];
	uint8_t seed[32]; /* of the core's own deterministic stream: salts, jitter, ephemerals */
	struct core_lock own_lock;
	struct core_lock roster_lock; /* keeper only */
	struct bytes genesis;	      /* keeper with an empty store: payload of the genesis */
	uint8_t genesis_salt[RECORD_SALT_SIZE]; /* init chose it: the network id depends on it */
	struct mtime genesis_time;
	struct bytes log_open; /* payload of this log's leaf 0 */
	uint8_t log_open_salt[RECORD_SALT_SIZE];
	struct mtime log_open_time;
	bool has_token;		  /* joined by invite, not known to be admitted yet */
	struct bytes join;	  /* body of the JOIN message, begins with the token */
	const char *const *peers; /* addresses to dial, NULL-terminated */
	const char *const
	    *announce; /* own addresses for node.announce, NULL-terminated, at most 4 */
	struct core_bounds bounds;
	void (*mark)(void *context, enum mark mark); /* told of rare branches, or NULL */
	void *mark_context;
};

void core_bounds_defaults(struct core_bounds *bounds);

/* Copies everything it needs, wipes nothing. NULL without memory. */
struct core *core_new(const struct core_config *config);
void core_free(struct core *core);

/* The store's dump, all of it, before core_start. */
enum err core_load(struct core *core, struct bytes dump, struct why *why);

struct core_time {
	int64_t steady_ms; /* monotonic: deadlines */
	struct mtime wall; /* what headers claim; never orders anything */
};
/* Once per event-loop turn, before its inputs. */
void core_time(struct core *core, struct core_time now);
/* First actions: own log.open or genesis if the store lacks it, dials. */
void core_start(struct core *core);

/* --- inputs ---------------------------------------------------------------------------------- */

/* conn: chosen by the caller, unique for the life of the core. dial: id of the ACT_DIAL, 0 for an
 * accepted one. */
void core_connected(struct core *core, uint64_t conn, uint64_t dial, const char *remote);
void core_dial_failed(struct core *core, uint64_t dial, const char *reason);
void core_received(struct core *core, uint64_t conn, struct bytes in);
/* The other end or the network closed it; not called after ACT_CLOSE. */
void core_disconnected(struct core *core, uint64_t conn);
/* Bytes still queued to conn, after each completed write. */
void core_drained(struct core *core, uint64_t conn, size_t queued);
/* The deadline that core_deadline gave has passed (calling it early does no harm). */
void core_tick(struct core *core);
void core_change_done(
    struct core *core, uint64_t change, enum err err, const struct change_result *result);
/* Something that was read, here or in a query, did not match its hash: the store is looked through, and
 * what is damaged fetched again. */
void core_rot(struct core *core);
/* Before a stop in peace: what was left to be stored with something else becomes a change of its own. */
void core_settle(struct core *core);
/* data is borrowed. */
void core_read_done(struct core *core, uint64_t read, enum err err, struct bytes data);

/* Local requests; each ends with exactly one ACT_REPLY of the same id. */
struct publish_item {
	uint16_t kind;
	struct bytes payload; /* canonical, checked and normalised by the caller */
};
/* Into this node's own log. wait: other members that must have committed it before the reply (0: durable
 * here). */
void core_publish(struct core *core, uint64_t request, const struct publish_item *items,
    size_t count, unsigned wait);
/* Nobody waits for others any more: the reply comes as soon as it is durable here. Passed over when it has been given. */
void core_wait_over(struct core *core, uint64_t request);
/* Other members that hold this node's log up to size, as far as they have said so. */
unsigned core_holders(const struct core *core, uint64_t size);
/* Keeper only: an entry with enough approvals; the core checks that it counts before it signs. */
void core_roster_append(struct core *core, uint64_t request, struct bytes payload);
void core_invite(struct core *core, uint64_t request, const struct change_invite *invite);
/* Another address to dial, from now on. */
void core_add_peer(struct core *core, const char *address);

/* --- actions --------------------------------------------------------------------------------- */

enum act_type {
	ACT_SEND,   /* data to conn */
	ACT_CLOSE,  /* conn, after what was sent; text says why */
	ACT_PAUSE,  /* stop reading conn */
	ACT_RESUME, /* read conn again */
	ACT_DIAL,   /* id, text = host:port without the key */
	ACT_CHANGE, /* id, data: apply, then core_change_done */
	ACT_READ,   /* id, read: execute, then core_read_done */
	ACT_REPLY,  /* id of a request, err, text, data */
	ACT_SAY	    /* one line for the log: text; level in id: 0 info, 1 warning */
};

struct act {
	enum act_type type;
	uint64_t conn;
	uint64_t id;
	enum err err;
	char text[CORE_ADDRESS_MAX];
	struct writer data; /* the caller owns it from here on */
	struct read read;   /* likewise */
};

/* Takes the oldest action; false when there is none. */
bool core_next(struct core *core, struct act *out);
void act_release(struct act *act);
/* Steady time of the next core_tick that matters, INT64_MAX for none. */
int64_t core_deadline(const struct core *core);

/* ACT_REPLY data of a publish: canonical array of [index, leaf hash bin 32, size of the log, time],
 * or for drafts [draft number, bin 0, 0, time]; of a roster append: [roster size]; of an invite:
 * nil. */

/* --- what it knows, for status, peers, roster ------------------------------------------------ */

enum node_state { NODE_STARTING, NODE_READY, NODE_DRAFTS, NODE_FROZEN, NODE_FULL };

struct core_status {
	enum node_state state;
	uint64_t size; /* of the own log's head */
	struct hash digest;
	uint64_t roster_size;
	uint64_t drafts;
	size_t logs;
	size_t sessions; /* member sessions */
	bool is_admitted;
	uint64_t rot_found;  /* stored records that did not match their hashes, since the start */
	uint64_t rot_mended; /* of them, fetched again */
	uint64_t rot_clean;  /* looks at everything that is stored that found nothing to mend */
};
void core_status(struct core *core, struct core_status *out);
#define CUT_ELSEWHERE_TEXT "a log is cut at a root that this node does not hold"
/* Alarms, each a line that is borrowed until the next input; NULL past the end. */
const char *core_alarm(const struct core *core, size_t position);
/* How often something of a peer was refused, by reason. */
uint64_t core_refused(const struct core *core, enum err err);
/* The newest checkpoint of its own log, NULL for none, borrowed until the next input; the store may have it a moment later. */
const struct checkpoint *core_own_head(const struct core *core);
const struct roster *core_roster(const struct core *core);
bool core_roster_log(const struct core *core, struct key *log, uint64_t *size);

struct peer_info {
	const char *address; /* as dialled, or remote of an accepted one */
	const char *member;  /* "" while unknown */
	bool is_connected;
	bool is_outbound;
	bool is_guest;
	uint64_t behind; /* records we know that the peer has not told to have */
	uint64_t ahead;	 /* records the peer has announced that are not stored here */
	struct mtime last_seen;
	const char *reason; /* why not connected */
	uint64_t bytes_in;
	uint64_t bytes_out;
};
/* Peers by position; false past the end. Borrowed until the next input. */
bool core_peer(struct core *core, size_t position, struct peer_info *out);

/* A log as the core holds it: for tests, roster listing and invariants. false past the end. */
struct log_info {
	struct key key;
	const char *member;
	uint32_t number;
	uint64_t stored;
	struct checkpoint head; /* size 0 without one */
	enum log_state state;	/* LOG_CLOSED: by its own last record */
	bool is_own;		/* signed by this node */
	bool is_admissible;
	bool
	    is_copy; /* of the branch that the roster names, or once named, of a log that is listed too */
	struct log_cut cut;
	bool is_cut_elsewhere; /* at a root that is not the one held here */
};
/* Whether the branch that the roster names of this log is here. */
bool core_holds_named(const struct core *core, const struct key *log);
bool core_log(const struct core *core, size_t position, struct log_info *out);

#endif
