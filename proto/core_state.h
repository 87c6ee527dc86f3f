/* What the parts of the core share: the state of a node, its changes in flight, its own logs, its address book. Private
 * to proto/core*.c; core_parts.h says which part does what.
 *
 * Logs live as long as the core; sessions are found by conn, never kept across inputs by pointer
 * except in log.fetcher, which session_drop clears. */
#ifndef PROTO_CORE_STATE_H
#define PROTO_CORE_STATE_H

#include "proto/batch.h"
#include "proto/core_session.h"
#include "proto/table.h"

#define RETRY_MS 1000 /* after an own change failed, for want of room say */
/* How long a signed head waits for the next round to be stored with: as long as one commit may take on a slow disk. */
#define OWN_KEEP_MS 20
#define DOUBTS_MAX 256
#define DOUBT_MS 600000 /* a peer whose proof failed is not asked for that log again so soon */
#define SKIPS_MAX 1024
#define REPLAYS_MAX 256
#define ALARMS_MAX 8

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
	FLIGHT_BRANCH,	/* records of a branch that is named */
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
	uint32_t bare;	/* records without their payload */
	size_t rulings; /* of the roster, that they were held against */
	uint64_t request;
	struct writer records;	/* roster entries, or own records to push */
	struct writer erasures; /* struct change_erasure of the records in it */
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
	bool is_joined; /* records of several logs, perhaps */
	bool is_tail;	/* against the signed head in evidence->b */
	bool is_told;	/* or against what this peer says of the own log */
	struct hash told;
	struct msg_evidence *evidence;	/* two heads, to be held against the own tree; owned */
	struct msg_news *news;		/* the heads that are told with their records; owned */
	struct change_erasure *erasure; /* of this record; owned */
	bool is_of_branch;		/* a root, to be held against what the roster names */
	bool is_claim;	/* its record is to be erasure->by, as a peer said; else erasure->what */
	bool holds_own; /* nothing of the own log is signed before that is known */
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
	bool is_busy; /* sent this node away when it last looked: no better than any other then */
	bool is_token_refused; /* it did not speak to who came with a token: next time by name */
	bool is_unreached;     /* the last dial led to nobody */
	uint64_t dial;	       /* id while dialling */
	uint64_t conn;	       /* while connected */
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

/* A home that asks to join and waits for the roster. */
struct waiting {
	uint64_t number;
	char code[CODE_SIZE_MAX + 1];
	uint8_t token[TOKEN_SIZE]; /* of the invite it came with last */
	struct key member_key;
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
	struct key log;	     /* as it is stored */
	struct key wire;     /* as peers know it: of a copy the log that it is of */
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
	bool is_recalled;  /* it is known what erases some of it */
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

/* The branch of a frozen log that the roster names. */
enum branch_phase {
	BRANCH_WANTED,
	BRANCH_READING, /* is it the one that is held? */
	BRANCH_HELD
};

#define BRANCH_TRIES_MAX 16
struct branch {
	struct checkpoint named; /* not signed: the roster vouches for it */
	struct key copy;	 /* under which it is stored where another one is held */
	enum branch_phase phase;
	uint64_t conn; /* that is asked for it */
	uint64_t tried[BRANCH_TRIES_MAX];
	unsigned tried_next;
	bool is_recalled; /* it is known what erases some of it */
	bool is_late;	  /* nobody who knows of it had it: everybody is asked */
	int64_t again_ms, wait_ms;
};

/* By members, of records that are not here yet or not looked at. */
struct erasures {
	struct change_erasure *list;
	size_t count, capacity;
	struct writer
	    recalled;	  /* struct change_erasure: about what is fetched, again or as a branch */
	unsigned reads;	  /* records being looked at */
	size_t rulings;	  /* of the roster, looked at since the start */
	int64_t again_ms; /* what could not be read, 0 for nothing */
};

/* Logs of members are looked through for what erases records that are fetched. core_recall.c */
struct recall {
	bool is_reading;
	bool is_again; /* more is fetched since it began */
	size_t position;
	uint64_t from;
};

struct core {
	struct core_config config; /* pointers of it are NULL; copies below */
	struct writer genesis, log_open, join;
	struct log_open self; /* what log_open says */
	bool is_filed;	      /* a coordinator's node said that it has the request to join */
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
	size_t heads_under_way; /* flights that change a digest when they end */
	/* Kept from one message to the next, NULL before the first. */
	struct batch_packer *packer;
	struct batch_unpacker *unpacker;
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
	int64_t look_ms;      /* when one that could not be reached is tried again */
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
	struct waiting *waiting; /* the oldest first */
	size_t waiting_count;
	uint64_t waiting_number; /* the highest ever given */
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

	struct erasures erasures;
	struct branch *branches;
	size_t branch_count;
	size_t copy_count; /* of heads */
	struct pace pace;
	unsigned heads_verified; /* in this turn */
	bool is_ticking;	 /* deadlines: whose turn it is goes round */
	size_t ticks;
	uint64_t bare_count; /* records that came without their payload */
	uint64_t refused[ERR_COUNT];
	const char *alarms[ALARMS_MAX];
	size_t alarm_count;
	struct rot_state rot;
	struct recall recall;
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

#endif
