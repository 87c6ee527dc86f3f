/* What the parts of the core share: the state of a node, its sessions, its changes in flight, its
 * address book. Private to proto/core*.c. Which part does what:
 *
 *   core.c           life, actions, time, status
 *   core_load.c      the store's dump read back
 *   core_conn.c      connections: frames in and out, duplicates, deadlines
 *   core_handshake.c who is there
 *   core_judge.c     member, guest or refused; roster
 *   core_sync.c      HELLO, HEADS, what is told to whom
 *   core_digest.c    DIGEST, BUCKETS: are two nodes equal
 *   core_plan.c      what is asked for
 *   core_batch.c     records that come in
 *   core_serve.c     records that go out, payloads
 *   core_rot.c       stored bytes that do not match
 *   core_evidence.c  two histories under one key
 *   core_erased.c    payloads that are said to be erased
 *   core_suspect.c   who may hold another one: asks for what would prove it
 *   core_own.c       own logs: their turn
 *   core_publish.c   requests to publish, drafts, acknowledgement
 *   core_append.c    a round of own records
 *   core_sign.c      what was read back is signed and shown
 *   core_listen.c    may this node sign yet
 *   core_tail.c      signed heads of records that are stored already
 *   core_join.c      invites and requests
 *   core_peers.c     the address book
 *   core_dial.c      whom to dial, and when; whom to send elsewhere
 *   core_pace.c      how much of one member in a day
 *
 * Logs live as long as the core; sessions are found by conn, never kept across inputs by pointer
 * except in log.fetcher, which session_drop clears. */
#ifndef PROTO_CORE_STATE_H
#define PROTO_CORE_STATE_H

#include <string.h>

#include "proto/batch.h"
#include "proto/core.h"
#include "proto/frame.h"
#include "proto/heads.h"
#include "proto/msg.h"
#include "proto/noise.h"
#include "proto/table.h"

#define PING_AFTER_MS 30000
#define PING_WAIT_MS 30000
#define PING_LATER_MS 5000 /* who accepted the connection leaves the first PING to who dialled */
#define SETTLE_MS 300	   /* quiet before digests are compared again */
/* Between two that were equal what is new is announced; the digests only confirm it, once for many records. */
#define CONFIRM_MS 3000
#define CONFIRM_MS_MAX 15000   /* from the first change on */
#define MISSING_AGAIN_MS 30000 /* payloads that the peer did not have */
#define MISSING_AGAIN_MS_MAX 3600000
#define ROSTER_AGAIN_MS 5000 /* told of a longer one, and it does not come */
#define ROSTER_AGAIN_MS_MAX 60000
#define BUCKETS_AGAIN_MS 2000 /* still different and nothing moves */
#define BUCKETS_AGAIN_MS_MAX 300000
/* Two that were equal differ again because something is under way to both: they look closer when nothing has moved for
 * a while, or after so long. */
#define UNDER_WAY_MS 3000
#define UNDER_WAY_MS_MAX 60000
#define TOLD_MAX 32
#define ANNOUNCE_MS 5	    /* heads that move within it travel in one frame */
#define WANT_WAIT_MS 60000  /* without a byte from a peer that owes batches */
#define WANT_SILENT_MS 5000 /* then another one that told the same head is asked */
#define SPARES_MAX \
	64 /* heads a session that others are asked for, remembered in case they do not bring them */
#define RECORD_EARNS_MS 1000 /* what a record that came lets a slow peer go on, */
#define BYTES_EARN_MS 4	     /* and how many bytes a ms more */
#define RETRY_MS 1000	     /* after an own change failed, for want of room say */
/* How long a signed head waits for the next round to be stored with: as long as one commit may take on a slow disk. */
#define OWN_KEEP_MS 20
#define UNANSWERED_MAX 8 /* questions of one sort that a peer may ask before they are answered */
#define DOUBTS_MAX 256
#define DOUBT_MS 600000 /* a peer whose proof failed is not asked for that log again so soon */
#define SKIPS_MAX 1024
#define REPLAYS_MAX 256
#define ALARMS_MAX 8
/* The reason of a BYE that sends the dialler elsewhere: PROTOCOL.md section 8. */
#define BUSY_TEXT "enough sessions: ask another node"

enum session_phase {
	SESSION_FIRST,	 /* responder: waiting for message 1 */
	SESSION_SECOND,	 /* initiator: waiting for message 2 */
	SESSION_THIRD,	 /* responder: waiting for message 3 */
	SESSION_RUNNING, /* frames */
	SESSION_CLOSED	 /* ACT_CLOSE is queued */
};

enum session_role { ROLE_UNKNOWN, ROLE_GUEST, ROLE_MEMBER };

/* Why an older session is asked for a sign of life; the number of the PING. */
enum session_probe {
	PROBE_TWIN = 1, /* the newer was dialled from the same side */
	PROBE_OLDER = 2 /* from the other side: the older stays if it lives */
};

/* A checkpoint that is to be fetched from a peer. */
struct want {
	struct checkpoint target;
	uint64_t from; /* what the next batch must begin with */
	bool is_roster;
	bool is_announced;  /* pushed or announced: committing it is answered with HAVE */
	bool is_verified;   /* signed by the log's key, or the roster's cut */
	bool is_skipped;    /* the log turned out to be bad: what still comes is dropped */
	uint64_t rot;	    /* what it mends, 0 for what is new here */
	int64_t moved_ms;   /* when it was asked for, or a batch of it came */
	int64_t began_ms;   /* when it was asked for */
	int64_t earned_ms;  /* time that what came of it is worth */
	struct want *later; /* the longest head told meanwhile, NULL for none; owned */
};

/* A head that only the roster vouches for. */
static inline bool checkpoint_is_cut(const struct checkpoint *head)
{
	static const struct sig none;
	return memcmp(head->sig.b, none.b, SIG_SIZE) == 0;
}

struct want_list {
	struct want *items;
	size_t count;
	size_t capacity;
	size_t first; /* consumed from the front */
};

struct serve_list {
	struct msg_want *items;
	size_t count;
	size_t capacity;
	size_t first;
};

struct missing {
	struct key log;
	uint64_t index;
	uint32_t size;
	struct hash commitment;
};

/* b, which the peer offers, does not continue what is held up to a, both signed by the log's key. */
struct suspect {
	struct checkpoint a, b;
	int64_t until_ms; /* for the proof */
};

struct handshake {
	struct noise_handshake noise[1];
	struct frame_handshake bytes; /* not yet whole */
	uint8_t ephemeral[32];
};

/* Of an address: the first two numbers or groups, and the three or four that are one network. */
enum prefix_width { PREFIX_WIDE, PREFIX_NARROW };

struct session {
	/* What every turn looks at in every session lies together. */
	uint64_t conn;
	enum session_phase phase;
	enum session_role role;
	bool is_initiator;
	bool is_paused;
	bool is_pinged;
	bool is_plan_due; /* more of it in the next turn */
	bool in_step;	  /* rosters were equal once: all messages may go */
	int64_t opened_ms;
	int64_t heard_ms;
	int64_t settle_ms; /* when to compare again, 0 for not */
	int64_t moved_ms;  /* when either digest last changed */
	int64_t announce_ms;
	size_t announce_count;
	int64_t roster_again_ms;  /* when to ask for it again, 0 for not */
	int64_t missing_again_ms; /* when the next round begins, 0 for not */
	int64_t spares_ms;	  /* when to look whether they have come, 0 for not */
	int64_t wanted_ms;	  /* when batches were last asked for or seen */
	int64_t probe_ms;	  /* another session with this node began: deadline for the PONG */
	unsigned suspect_count;
	struct want_list wants; /* asked for, not complete */

	char remote[CORE_ADDRESS_MAX];
	size_t prefix_size[2];	 /* of remote: the networks that it is of */
	struct address *address; /* dialled, or NULL */

	struct handshake *handshake; /* NULL once it is over */
	struct frame_in in;
	struct frame_out out;
	struct key remote_static;

	bool has_remote_log;
	struct key remote_log;
	char member[CODE_SIZE_MAX + 1];
	uint8_t remote_store[STORE_ID_SIZE];
	uint64_t remote_roster; /* entries the other side has or was told of */
	uint64_t roster_seen;	/* entries it has shown to have */
	bool has_token;		/* it gave a valid one */
	uint8_t token[TOKEN_SIZE];
	bool sent_join;
	bool got_join;
	unsigned opens_told; /* how often it was told our log.open */
	bool asked_open;     /* OPEN_WANT is on its way */
	bool has_open;
	struct log_open open; /* its log.open, verified, when the store has none */

	bool sent_hello;
	bool got_hello;
	bool began; /* HELLOs were compared */
	struct msg_hello hello;
	bool has_roster_head;
	struct checkpoint roster_head; /* told last; held back while the other side is not judged */
	int64_t roster_wait_ms;

	struct want_list plan;	 /* heads not yet asked for, verified when they are */
	struct want_list spares; /* told by this one too, while another was asked */

	struct serve_list serve;
	int64_t served_ms;  /* when it last asked for records, 0 for never */
	int64_t put_off_ms; /* since when comparing waits for that, 0 for not */
	uint64_t reading;   /* id of a read in flight for it, 0 for none */
	size_t queued;	    /* bytes not yet written to the network */

	struct hash digest_sent;
	struct hash digest_peer;
	bool has_digest_peer;
	uint64_t upto_peer; /* its arrivals, as of digest_peer */
	bool was_equal;	    /* both were the same once */
	int64_t apart_ms;   /* since when they are not again, 0 for not */
	bool is_digest_due; /* what it told last may have changed: wait for its DIGEST first */
	struct hash buckets_at, buckets_peer; /* both digests when BUCKETS were last sent */
	int64_t buckets_ms;		      /* when to send them again for the same two */
	int64_t buckets_wait_ms;

	struct log **announce; /* heads to tell it about */
	size_t announce_capacity;
	struct { /* heads that it told itself, the last few */
		struct key log;
		uint64_t size;
	} told[TOLD_MAX];
	unsigned told_next;

	struct missing *missing; /* payloads asked from it */
	uint32_t missing_count;
	bool is_asking_missing;
	uint64_t missing_asked; /* bare_count + 1 when its last round began */
	bool is_missing_apart;	/* it began while something else differed */
	bool is_missing_left;	/* in this round it did not have all that it was asked for */
	int64_t missing_wait_ms;
	struct key missing_key; /* where the next page begins */
	uint64_t missing_index;

	struct msg_evidence *evidence; /* about a log that is not known: its log.open was asked */
	struct suspect *suspects;      /* UNANSWERED_MAX of them, or NULL */

	bool gave_head; /* of this node's own log: DESIGN D7 */
	enum session_probe probe;
	uint64_t twin;	 /* conn of the other one */
	bool told_twins; /* TWINS came before the other side was judged */
	uint64_t bytes_in;
	uint64_t bytes_out;
	struct mtime last_seen;
};

enum flight_type {
	FLIGHT_RECORDS,	   /* another log's batch or push */
	FLIGHT_OWN_APPEND, /* own records, to be read back, locked and signed */
	FLIGHT_OWN_SIGN,   /* lock and signature of what was read back */
	FLIGHT_OWN_HEAD,   /* own checkpoint alone */
	FLIGHT_SHOWN,	   /* lock: the own log will be shown from now on */
	FLIGHT_HEAD,	   /* a signed head of what is stored already */
	FLIGHT_LOCK,	   /* lock: a crash left it behind the head */
	FLIGHT_DRAFTS,	   /* drafts of a publish request */
	FLIGHT_INVITE,
	FLIGHT_REQUEST, /* a join request */
	FLIGHT_MEND,	/* records or derived rows in place of what rotted */
	FLIGHT_NOTE	/* nothing waits for it */
};

struct flight {
	uint64_t id;
	enum flight_type type;
	size_t size;
	struct log *log;
	struct frontier frontier;
	bool has_head;
	struct checkpoint head;
	uint64_t conn; /* where it came from, 0 for here */
	bool is_announced;
	bool is_closed;	 /* ends with the record that ends the log */
	bool is_signing; /* an append with its lock: head is what is to be signed */
	bool is_keeping; /* an append that brings the head before it */
	size_t paced;	 /* charged to its member, until it fails */
	uint32_t proposals;
	uint32_t bare; /* records without their payload */
	uint64_t request;
	struct writer records; /* roster entries, or own records to push */
	uint64_t from;
	struct flight *next;
};

/* A read in flight and what it is for. */
struct asked {
	uint64_t id;
	enum read_type type;
	uint64_t conn;
	struct key key;
	uint64_t from;
	uint64_t size;
	bool is_of_cut; /* a root, to be held against the roster's */
	bool is_tail;	/* against the signed head in evidence->b */
	bool is_told;	/* or against what this peer says of the own log */
	struct hash told;
	struct msg_evidence *evidence; /* two heads, to be held against the own tree; owned */
	bool holds_own;		       /* nothing of the own log is signed before that is known */
	struct asked *next;
};

struct publish {
	uint64_t request; /* 0: the node's own doing */
	unsigned wait;
	struct writer items; /* u16 kind ‖ i64 time ‖ u32 size ‖ payload, count of them */
	size_t count;
	uint64_t draft_first, draft_last; /* drafts that it signs, 0 for none */
	uint64_t first_index;		  /* once appended */
	struct writer names;		  /* u64 index ‖ leaf hash ‖ i64 time, count of them */
	struct publish *next;
};

enum own_phase { OWN_IDLE, OWN_APPENDING, OWN_SIGNING };

/* A log that this node signs; the key is with whoever writes head.lock. */
struct own {
	bool exists; /* the keeper's roster log only on the keeper */
	struct log *log;
	struct key key;
	struct core_lock lock;
	bool is_shown;
	bool is_showing; /* head.lock is being told that it is shown */
	bool has_twin;
	char twin_by[CODE_SIZE_MAX + 1]; /* who said so last, "" for nobody */
	bool is_heard;			 /* enough peers told its head since this start */
	unsigned
	    comparing; /* heads that peers told are held against what is stored, and nothing is signed before that */
	int64_t quorum_ms; /* when enough first had, whoever else was connected; 0 for not yet */
	enum own_phase phase;
	int64_t retry_ms;
	int64_t keep_ms; /* when its newest head is stored by itself, 0: it is, or on its way */
	struct publish *queue, **queue_end; /* not begun */
	struct publish *current;	    /* in the change in flight */
	struct publish *waiting;	    /* durable, waiting for HAVE */
};

struct address {
	char *text;	  /* whole, owned */
	const char *host; /* into text, after the @ */
	struct key transport;
	bool is_configured;
	bool is_withdrawn; /* nobody announces it any more: goes when its connection does */
	bool is_busy;  /* sent this node away when it last looked: no better than any other then */
	uint64_t dial; /* id while dialling */
	uint64_t conn; /* while connected */
	unsigned failures;
	int64_t next_ms;
	struct mtime last_seen;
	char member[CODE_SIZE_MAX + 1];
	char *reason; /* owned, NULL for none */
	uint64_t bytes_in, bytes_out;
	uint64_t round;	      /* in which it was last seen to be connected */
	struct address *next; /* of the same first byte of its key */
};

struct cursor {
	struct key peer;
	uint8_t store_id[STORE_ID_SIZE];
	uint64_t arrival;
};

struct announcement {
	struct key log;
	char *text[ADDRESSES_MAX]; /* owned */
	unsigned count;
	struct announcement *next; /* of the same first byte of its log */
};

/* How much of the own log another member has committed, on whichever of its nodes has most. */
struct holder {
	char member[CODE_SIZE_MAX + 1];
	uint64_t size;
};

#define PACE_HELD_MAX 1024

/* What was taken of one member today. */
struct pace_account {
	char member[CODE_SIZE_MAX + 1];
	uint64_t bytes;
	uint32_t logs;
	uint32_t proposals;
	bool has_asked; /* to join */
	bool is_told;	/* in the log, that the rest waits */
};

struct pace {
	int64_t day_ms; /* when this day began, 0 for none yet */
	struct pace_account *accounts;
	size_t count, capacity;
	uint32_t joins;
	bool any_waits;
	struct key held[PACE_HELD_MAX]; /* new logs that wait for tomorrow */
	size_t held_next;
};

/* A stretch of a log that does not match its hashes, from its discovery until it is mended. */
enum rot_phase { ROT_FOUND, ROT_READING, ROT_READY, ROT_ASKED, ROT_MENDED };

#define ROT_TRIES_MAX 16
struct rot {
	uint64_t id;
	struct key log;
	uint64_t first, end; /* what is damaged lies in it */
	uint64_t count;	     /* damaged records */
	enum rot_phase phase;
	bool is_whole;			  /* no stored node helps: the whole log is compared */
	bool is_failed;			  /* the store could not put it in place */
	uint64_t start, size;		  /* what is fetched: whole blocks around it */
	struct hash root;		  /* of the first `size` records */
	struct frontier before, frontier; /* at start, and at `at` */
	uint64_t at;
	uint64_t conn;
	uint64_t tried[ROT_TRIES_MAX];
	unsigned tried_next;
	unsigned flights;
	struct rot *next;
};

#define ROT_ALARMS_MAX 4
/* Of whom something is said in the log, and how often of late. core_said.c */
#define TALKS_MAX 32
struct talk {
	char member[CODE_SIZE_MAX + 1]; /* "": all strangers together */
	int64_t until_ms;		/* until then the first few times are said; 0: unused */
	unsigned said, unsaid;
};

struct rot_state {
	bool is_seen; /* somebody came across it since the last look */
	bool is_scanning;
	bool has_bad_rows; /* derived rows, as of the last look */
	size_t position;   /* of the log being looked through: 0 the roster, then those of heads */
	uint64_t from;
	int64_t again_ms;	   /* those who could not help are asked again */
	int64_t look_ms, pause_ms; /* the next look, not before; after the last one */
	struct hash known;	   /* of what the last look found */
	unsigned derived_tries;
	unsigned flights; /* derived rows being computed */
	struct rot *list;
	size_t count;
	bool is_unread;				 /* something could not be looked through */
	uint64_t found, mended, confirmed, told; /* records */
	uint64_t clean_looks;
	char alarms[ROT_ALARMS_MAX][128];
	size_t alarm_count;
};

struct core {
	struct core_config config; /* pointers of it are NULL; copies below */
	struct writer genesis, log_open, join;
	struct log_open self; /* what log_open says */
	struct core_time now;
	struct seal_rng rng;

	struct roster *roster;
	struct log *roster_log; /* NULL until its genesis is stored or coming */
	struct heads heads;
	struct own own;	   /* the member's log */
	struct own keeper; /* the roster, on the keeper's node */
	struct talk talks[TALKS_MAX];
	uint64_t arrival;   /* highest known */
	uint64_t upto;	    /* the heads of all records up to it can be told */
	size_t member_rows; /* in the dump, to see whether they are all there */
	uint64_t member_rows_sum;

	struct session **sessions;
	size_t session_count;
	struct flight *flights, **flights_end; /* in the order of their completions */
	size_t flights_size;
	struct asked *asked, **asked_end; /* likewise */
	uint64_t next_id;

	struct address **addresses;
	size_t address_count;
	struct address *by_key[256];	     /* the same, by the first byte of the transport key */
	struct announcement *announced[256]; /* by node.announce, own included */
	size_t announcers;		     /* logs that say where they are reached */
	unsigned outbound;		     /* addresses that are dialled or connected */
	int64_t dial_ms;		     /* when there is next something to do about them */
	int64_t rotate_ms;		     /* when another peer has its turn, 0 for not begun */
	int64_t shed_ms;		     /* not before: visitors beyond the bound go */
	uint64_t dial_round;
	uint64_t rotate_dial; /* the dial that is for it */
	char announce[ADDRESSES_MAX][CORE_ADDRESS_MAX];
	unsigned announce_count;
	bool has_announced;

	struct holder *holders;
	size_t holder_count;
	struct cursor *cursors;
	size_t cursor_count;
	struct change_invite *invites;
	size_t invite_count;
	uint64_t drafts, draft_first, draft_next;
	bool is_reading_drafts;

	struct {
		struct key log;
		uint64_t roster_size;
	} skips[SKIPS_MAX];
	size_t skip_next;
	struct {
		struct key peer; /* transport key */
		struct key log;
		int64_t until_ms;
	} doubts[DOUBTS_MAX];
	size_t doubt_next;
	uint8_t replays[REPLAYS_MAX][KEY_SIZE];
	size_t replay_next;

	struct pace pace;
	unsigned heads_verified; /* in this turn */
	bool is_ticking;	 /* deadlines: whose turn it is goes round */
	size_t ticks;
	uint64_t bare_count; /* records that came without their payload */
	uint64_t refused[ERR_COUNT];
	const char *alarms[ALARMS_MAX];
	size_t alarm_count;
	struct rot_state rot;
	bool is_full;
	enum flight_type full_flight; /* of the change that found no room */
	bool is_started;

	struct act *acts; /* ring */
	size_t act_first, act_count, act_capacity;
};

/* A rare branch is taken. */
static inline void core_mark(const struct core *core, enum mark mark)
{
	if (core->config.mark)
		core->config.mark(core->config.mark_context, mark);
}

/* --- core.c */
struct act *core_act(
    struct core *core, enum act_type type); /* a new last action, NULL without memory */
void core_say(struct core *core, bool is_warning, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void core_alarm_raise(struct core *core, const char *text); /* a constant, once */
void core_alarm_clear(struct core *core, const char *text);
uint64_t core_id(struct core *core);
/* Entries under the roster's head. */
uint64_t core_roster_size(const struct core *core);
/* Emits a change (takes ops) and remembers it as a flight; NULL without memory. */
struct flight *core_change(struct core *core, enum flight_type type, struct writer *ops);
struct asked *core_read(struct core *core, enum read_type type, uint64_t conn,
    const struct key *key, uint64_t from, uint64_t size, uint32_t max);
/* Reads of that type that are not answered yet and meant for conn. */
unsigned core_reads(const struct core *core, enum read_type type, uint64_t conn);
void core_reply(
    struct core *core, uint64_t request, enum err err, const char *text, struct writer *data);
void core_count(struct core *core, enum err err);
/* Refuses a log, not its bringer: counts, remembers it until the roster changes. */
void core_skip(struct core *core, const struct key *log, enum err err);
bool core_is_skipped(const struct core *core, const struct key *log);

/* --- core_conn.c, core_handshake.c */
/* Where bytes for a connection are appended, so that what follows each other travels in one write. */
struct writer *session_buffer(struct core *core, struct session *s);
enum err handshake_begin(struct core *core, struct session *s);
enum err handshake_step(struct core *core, struct session *s, struct bytes message);
void session_resolve_duplicate(struct core *core, struct session *s);
struct session *session_find(struct core *core, uint64_t conn);
/* Encodes and sends a frame; body is cleared. */
void session_send(struct core *core, struct session *s, enum msg_type type, struct writer *body);
/* Ends the session: counts when the peer is to blame, says BYE when it may be told. */
void session_close(struct core *core, struct session *s, enum err err, const char *detail);
void session_tick(struct core *core, struct session *s);
int64_t session_deadline(const struct core *core, const struct session *s);
void session_sweep(struct core *core); /* frees what was closed */

/* --- core_judge.c */
void judge_session(struct core *core, struct session *s);
/* What the roster says of a log; its certificate is the caller's business. */
enum err judge_admits(const struct core *core, const struct log_open *open, struct log_cut *cut);
/* Is it admissible, and where does it end? */
void judge_log(struct core *core, struct log *log);
/* Tells the store of a cut, once the log is stored. */
void judge_store_cut(struct core *core, struct log *log);
/* Is a log that is stored up to its cut cut at the root that is stored? */
void judge_check_cut(struct core *core, struct log *log);
void judge_cut_read(struct core *core, const struct key *key, enum err err, struct bytes root);
/* The roster grew: judges every log and session again. */
void judge_roster_changed(struct core *core);
/* From here on somebody may see a head of the own log: head.lock has to know first (D7). True when that is being
 * written; the roster's change is judged afterwards. */
bool judge_show_own(struct core *core);
void judge_repair_rows(struct core *core);
void judge_roster_changed_now(struct core *core);
enum err take_open_want(struct core *core, struct session *s, struct bytes body);
enum err take_open(struct core *core, struct session *s, struct bytes body);
/* The record of a log.open, complete and signed for this network. Whether the roster admits it is
 * another question. */
enum err judge_read_open(const struct core *core, struct log_open *out, struct bytes raw);
/* Roster records that are durable now. counted: leaf hash -> index of entries that are known to have counted, whose
 * signatures are not verified again; NULL: none. */
enum err judge_apply_entries(
    struct core *core, uint64_t from, struct bytes records, const struct table *counted);
const struct member *judge_self(const struct core *core);
/* Others meet this node as a member: its log is admissible, be it that of a removed one. */
bool judge_is_in(const struct core *core);

/* --- core_sync.c, core_plan.c, core_digest.c */
/* How far this node is through the arrivals of a peer, NULL for unknown. */
const struct cursor *sync_cursor(const struct core *core, const struct key *peer);
/* Both hold the same, and have known so since HELLO. */
void sync_known_equal(struct core *core, struct session *s);
/* Heads, and evidence of what is frozen, in the buckets that differ. */
void sync_send_buckets_heads(struct core *core, struct session *s, const bool *differs);
void sync_settle(struct core *core, struct session *s);
bool want_list_is_empty(const struct want_list *list);
void sync_send_hello(struct core *core, struct session *s);
void sync_begin(struct core *core, struct session *s);
void sync_send_roster(struct core *core, struct session *s);
/* Its head, or why it grows no further. */
void sync_tell_roster(struct core *core, struct session *s);
void sync_send_digest(struct core *core, struct session *s);
void sync_announce(struct core *core, struct log *log, uint64_t except_conn);
void sync_tick(struct core *core, struct session *s);
int64_t sync_deadline(const struct core *core, const struct session *s);
/* Looks at a head that a peer claims; planned when it is news, and verified before it is asked for. */
enum err sync_consider(
    struct core *core, struct session *s, const struct checkpoint *head, bool is_announced);
void sync_pump(struct core *core, struct session *s);
/* Signatures of heads to be verified in this turn, for now. */
unsigned plan_verified_max(const struct core *core);
/* This peer's proof for the log failed: the session ends, and the next one is not spent on it. */
void plan_doubt(struct core *core, const struct session *s, const struct key *log);
void sync_touch(struct core *core); /* something changed: compare digests after a quiet while */
void sync_again(struct core *core); /* and look closer though the digests are as they were */
/* Asks for records that are damaged here; false when this session has something of the log under way. */
bool plan_rot(struct core *core, struct session *s, const struct want *want);
/* Plans to fetch own records back, up to a head that was verified. */
void want_plan_own(struct core *core, struct session *s, const struct checkpoint *yours);
struct want *want_find(struct session *s, const struct key *log);
void want_remove(struct core *core, struct session *s, struct want *want);
void want_list_release(struct want_list *list);
/* What other sessions were asked for and did not bring is asked for here. */
void plan_spares(struct core *core, struct session *s);
enum err take_hello(struct core *core, struct session *s, struct bytes body);
enum err take_roster(struct core *core, struct session *s, struct bytes body);
enum err take_heads(struct core *core, struct session *s, struct bytes body);
enum err take_digest(struct core *core, struct session *s, struct bytes body);
enum err take_buckets(struct core *core, struct session *s, struct bytes body);

/* --- core_evidence.c */
void evidence_freeze(struct core *core, struct log *log, const struct msg_evidence *evidence);
enum err take_evidence(struct core *core, struct session *s, struct bytes body);
/* The log.open that evidence was waiting for. */
enum err evidence_open(struct core *core, struct session *s, struct bytes record);

/* --- core_erased.c */
/* Sound records of the log from that index on: an erasure that is claimed and not known becomes a payload that is not held. */
enum err erased_filter(
    const struct core *core, const struct key *log, uint64_t from, struct writer *records);

/* --- core_suspect.c */
/* Records up to b that this peer brought do not continue what is held. ERR_NONE: it was asked for
 * the proof, or it is known already; else who is to blame. */
enum err suspect_begin(struct core *core, struct session *s, const struct checkpoint *b);
/* A signed head that is smaller than the own: held against the own tree. False: not now. */
bool suspect_compare(struct core *core, struct session *s, const struct checkpoint *head);
/* A head that a peer claims: the same, if it is smaller and signed. */
enum err suspect_told(struct core *core, struct session *s, const struct checkpoint *head);
enum err take_proof_want(struct core *core, struct session *s, struct bytes body);
enum err take_proof(struct core *core, struct session *s, struct bytes body);
void suspect_read(struct core *core, struct asked *asked, enum err err, struct bytes data);
int64_t suspect_deadline(const struct session *s);
void suspect_tick(struct core *core, struct session *s);

/* --- core_batch.c */
enum err take_batch(struct core *core, struct session *s, struct bytes body);
enum err take_push(struct core *core, struct session *s, struct bytes body);
void batch_done(
    struct core *core, struct flight *f, enum err err, const struct change_result *result);
void batch_resume(struct core *core);

/* --- core_serve.c */
enum err take_want(struct core *core, struct session *s, struct bytes body);
enum err take_payload_want(struct core *core, struct session *s, struct bytes body);
enum err take_payloads(struct core *core, struct session *s, struct bytes body);
enum err take_have(struct core *core, struct session *s, struct bytes body);
void serve_pump(struct core *core, struct session *s);
void serve_done(struct core *core, const struct asked *asked, enum err err, struct bytes data);
void serve_ask_missing(struct core *core, struct session *s);
void serve_tick(struct core *core, struct session *s);

/* --- core_rot.c */
void rot_release(struct core *core);
void rot_pump(struct core *core);
int64_t rot_deadline(const struct core *core);
const char *rot_alarm(const struct core *core, size_t position);
void rot_scanned(struct core *core, const struct asked *asked, enum err err, struct bytes data);
void rot_located(struct core *core, const struct asked *asked, enum err err, struct bytes data);
/* A batch for a want that mends. */
enum err rot_take(struct core *core, struct session *s, struct want *want, const struct batch *b);
void rot_mended(struct core *core, const struct flight *f, enum err err);

/* --- core_own.c, core_append.c, core_sign.c, core_publish.c */
extern const char roster_frozen_text[];
#define OWN_ENDED_TEXT \
	"this node's log has ended: stop communed and open the next one with `commune log open`"
extern const char own_frozen_text[];
extern const char own_unlocked_text[]; /* why is said by head.lock at the start */
extern const char own_stopped_text[];
extern const char own_elsewhere_text[];
/* Its last record is a log.close, or the roster cut it. */
bool own_is_ended(const struct own *own);
/* Its newest records are not signed yet, or on their way: no head tells of them. */
bool own_has_tail(const struct own *own);
/* Publishes the addresses of this node when they are not those of its newest node.announce. */
void own_announce(struct core *core);
/* The next round: what waits becomes a change. */
void own_append(struct core *core, struct own *own);
/* Neither stored nor locked. */
void own_append_failed(struct core *core, struct own *own, bool is_keeping, enum err err);
/* It was read back: have it signed, unless that came along. The lock is durable and here is the signature: show the head
 * and acknowledge; the roster's is stored first. The checkpoint is durable. */
void own_appended(
    struct core *core, struct own *own, struct flight *f, const struct change_result *result);
void own_signed(
    struct core *core, struct own *own, struct flight *f, const struct change_result *result);
void own_headed(
    struct core *core, struct own *own, struct flight *f, const struct change_result *result);
void publish_put(struct publish *p, uint16_t kind, struct mtime time, struct bytes payload);
void publish_enqueue(struct own *own, struct publish *p);
/* Replies, and frees p. text may be NULL. */
void publish_fail(struct core *core, struct publish *p, enum err err, const char *text);
/* What was in the round that failed; text may be NULL. */
void publish_fail_current(struct core *core, struct own *own, enum err err, const char *text);
/* The round is signed: reply, or wait for others first. */
void publish_acknowledge(struct core *core, struct own *own);
void publish_drafts_done(struct core *core, struct flight *f, enum err err);
void own_init(struct own *own);
void own_release(struct own *own);
void own_start(struct core *core);
/* False when head.lock is behind a head: it is written first, and the core started again after. */
bool own_is_locked(struct core *core);
/* Its newest head into this change, when that is not stored yet; true when there was one. */
bool own_put_head(struct own *own, struct writer *ops);
/* Stores the newest head by itself. */
void own_keep_head(struct core *core, struct own *own);
/* A lock at this size, unless this log is never signed again; is_signed: and its checkpoint is to be signed. */
void own_put_lock(const struct own *own, uint64_t size, const struct hash *root, bool is_signed,
    struct writer *ops);
void own_pump(struct core *core);
void own_done(
    struct core *core, struct flight *f, enum err err, const struct change_result *result);
void own_root_read(struct core *core, const struct key *log, enum err err, struct bytes data);
void own_drafts_read(struct core *core, enum err err, struct bytes data);
/* The other side's digest is ours: it holds what the digest says of this node's log. */
void own_agreed(struct core *core, struct session *s);
void own_have(struct core *core, struct session *s, const struct key *log, uint64_t size);
void publish_free(struct publish *p);
struct own *own_of(struct core *core, const struct key *log); /* NULL for other logs */

/* --- core_listen.c */
bool listen_may_sign(const struct core *core, const struct own *own);
/* Others are asked before the first signature since this start. */
bool listen_is_waiting(const struct core *core);
void listen_heard(
    struct core *core, struct session *s, const struct checkpoint *yours); /* NULL: it has none */
void listen_compared(struct core *core, const struct asked *asked, enum err err, struct bytes root);
void listen_tick(struct core *core);
/* core_said.c */
bool said_is_stranger(const struct session *s);
/* Whether a line about this one is to be written, or was often enough of late. */
bool said_may(struct core *core, const struct session *s);
int64_t listen_deadline(const struct core *core);
void listen_twins(struct core *core);
/* By a member: believed or not. */
void listen_told_twins(struct core *core, const struct session *s);
enum err take_twins(struct core *core, struct session *s, struct bytes body);

/* --- core_tail.c */
/* The head is ahead of the stored one and all its records are here. */
bool tail_covers(const struct log *log, const struct checkpoint *head);
enum err tail_told(struct core *core, const struct log *log, const struct checkpoint *head);
void tail_read(struct core *core, const struct asked *asked, enum err err, struct bytes root);
void tail_headed(
    struct core *core, struct flight *f, enum err err, const struct change_result *result);

/* --- core_join.c */
bool join_token_is_valid(
    const struct core *core, const uint8_t token[static TOKEN_SIZE], const char **code);
void join_send(struct core *core, struct session *s);
void join_invite_load(struct core *core, const struct change_invite *invite);
enum err take_join(struct core *core, struct session *s, struct bytes body);
enum err take_joined(struct core *core, struct session *s, struct bytes body);
void join_done(struct core *core, struct flight *f, enum err err);

/* --- core_pace.c */
/* More of this member today? Raises the alarm when not. */
bool pace_allows(struct core *core, const char *member);
/* Remembers a log that has to wait. */
bool pace_allows_log(struct core *core, const char *member, const struct key *log);
bool pace_is_held(const struct core *core, const struct key *log);
bool pace_allows_join(struct core *core, const char *code);
void pace_charge(
    struct core *core, const char *member, size_t bytes, bool is_new_log, uint32_t proposals);
/* It was not stored after all. */
void pace_refund(
    struct core *core, const char *member, size_t bytes, bool is_new_log, uint32_t proposals);
void pace_tick(struct core *core);
int64_t pace_deadline(const struct core *core);
void pace_release(struct core *core);

/* --- core_peers.c, core_dial.c */
struct address *peers_add(struct core *core, const char *text, bool is_configured);
void peers_announced(struct core *core, const struct change_addresses *op);
/* What a log announced last; NULL for nothing. */
const struct announcement *peers_announcement(const struct core *core, const struct key *log);
void peers_drop_if_withdrawn(struct core *core, struct address *a);
void peers_tick(struct core *core);
int64_t peers_deadline(const struct core *core);
/* Something that decides whom to dial has changed. */
void peers_touch(struct core *core);
void peers_lost(struct core *core, struct session *s, const char *reason);
/* A member's session began: of those that this node had dialled, one that had its turn makes room. */
void peers_met(struct core *core, const struct session *s);
/* A member came by itself: is there room for it? Otherwise its session is over. */
bool peers_welcome(struct core *core, struct session *s, bool is_equal);
struct address *peers_by_dial(struct core *core, uint64_t dial);
void peers_release(struct core *core);
/* addresses of a node.announce payload; false when it is none. */
bool peers_read_announce(struct change_addresses *out, const struct key *log, struct bytes payload);

#endif
