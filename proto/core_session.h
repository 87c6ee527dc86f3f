/* One session: who is at the other end, what it was told and asked, and what it told. Private to proto/core*.c, like
 * core_state.h. */
#ifndef PROTO_CORE_SESSION_H
#define PROTO_CORE_SESSION_H

#include <string.h>

#include "proto/core.h"
#include "proto/frame.h"
#include "proto/heads.h"
#include "proto/msg.h"
#include "proto/noise.h"

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
#define SERVE_JOINED_MAX \
	1024 /* records that are asked of the store at once, of several logs: what may fit one batch */
#define UNANSWERED_MAX 8 /* questions of one sort that a peer may ask before they are answered */
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
	bool is_branch;	    /* the one that the roster names of a frozen log */
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

/* What the other side wants and has not been sent, in the order in which it asked; from = size = 0 where that is nothing. */
struct serve_list {
	struct msg_want *items;
	size_t count;
	size_t capacity;
	size_t first;
};

struct missing {
	struct key log;
	uint64_t index;
	struct hash leaf;
	uint16_t kind;
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
	int64_t midway_ms; /* when the message that is not whole yet began to come, 0 for none */
	uint64_t midway_nonce; /* which one that is */
	int64_t settle_ms;     /* when to compare again, 0 for not */
	int64_t moved_ms;      /* when either digest last changed */
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
	bool gave_token;	/* this node did */
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
	bool got_news;
	struct msg_hello hello;
	struct checkpoint head_told; /* of the own log, in HELLO; size 0 for none */
	bool has_roster_head;
	struct checkpoint roster_head; /* told last; held back while the other side is not judged */
	int64_t roster_wait_ms;

	struct want_list plan;	 /* heads not yet asked for, verified when they are */
	struct want_list spares; /* told by this one too, while another was asked */

	struct serve_list serve;
	int64_t served_ms;  /* when it last asked for records, 0 for never */
	int64_t put_off_ms; /* since when comparing waits for that, 0 for not */
	uint64_t reading;   /* id of a read in flight for it, 0 for none */
	bool is_one_by_one; /* a read of several logs failed: one of them is read by itself */
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
	bool is_unheard; /* no whole frame came since BUCKETS were sent */

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

#endif
