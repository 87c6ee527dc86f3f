/* One machine with one communed: an identity, a disk that stays, and, while it runs, a core. A crash
 * frees the core; a restart builds another one from what the disk holds and from nothing else. */
#ifndef SIM_NODE_H
#define SIM_NODE_H

#include "proto/address.h"
#include "proto/core.h"
#include "proto/listen.h"
#include "proto/roster.h"
#include "tests/sim/disk.h"
#include "tests/sim/hostile.h"
#include "tests/sim/model.h"
#include "tests/sim/shadow.h"

#define NODE_PEERS_MAX 5
#define NODE_IMAGES_MAX 3

struct world;
struct event;

enum standing {
	STANDING_COORDINATOR, /* named by the genesis */
	STANDING_ENROLLED,    /* admitted without having asked */
	STANDING_JOINER,      /* comes with an invite */
	STANDING_INTRUDER,    /* never in any roster */
	STANDING_SPARE	      /* becomes a copy of another node (homes.h), or nothing */
};

struct image {
	bool is_taken;
	struct model model;
	struct writer lock_file;
};

struct node {
	unsigned at;
	unsigned self; /* whose keys it has: another node's once it is a copy */
	unsigned twin; /* the two that share, or will share, a home; else itself */
	enum standing standing;
	char code[CODE_SIZE_MAX + 1];
	struct key member, cosigner, log, transport;
	struct seckey member_sk, log_sk, transport_sk;
	struct writer log_open;
	uint8_t log_open_salt[RECORD_SALT_SIZE];
	struct mtime log_open_time;
	struct writer join; /* body of JOIN once invited */
	char host[32];
	char address[ADDRESS_SIZE_MAX + 1];
	unsigned peers[NODE_PEERS_MAX];
	unsigned peer_count;
	bool is_outbound_only;
	bool is_hostile;
	bool equivocates;
	struct hostile_memory memory;
	struct writer heard; /* a frame that was changed on its way in */

	/* what stays */
	struct model model;
	struct writer lock_file;
	uint8_t machine[LISTEN_ID_SIZE], boot[LISTEN_ID_SIZE];
	uint64_t inode;
	struct image images[NODE_IMAGES_MAX];
	unsigned image_next;
	struct model written; /* BROKEN_NO_SYNC: what a power loss leaves */
	bool is_unwritten;
	struct shadow *shadow; /* NULL in most seeds */
	int64_t skew_ms;

	/* while it runs */
	struct core *core;
	uint64_t life;	 /* counts starts */
	int64_t tick_us; /* of the tick that is set, INT64_MAX for none */
	struct disk disk;
	bool is_down;	       /* on purpose, until a restart that is set */
	unsigned actions_left; /* until it dies between two of them, 0 for never */
	int64_t stopped_until_us;
	int64_t deaf_until_us;
	int64_t unreadable_until_us;
	bool sync_fails;
	bool miswrites; /* the next own records */
	bool was_miswritten;

	/* the judge's notes */
	bool is_listening;   /* it has to ask before it signs, and has not yet */
	uint64_t asked;	     /* whose HELLO it took since, a bit each, there still or not */
	bool was_rolled;     /* an image of the whole disk was put back */
	bool may_fork;	     /* it asked as the rules want, and nobody asked knew better */
	bool is_roster_lost; /* of the keeper: nothing to be said about the roster any more */
};

void node_init(struct world *w, unsigned at, enum standing standing);
/* Once the network has an id. */
void node_write_log_open(struct world *w, unsigned at);
void node_release(struct node *node);
void node_start(struct world *w, unsigned at);
void node_crash(struct world *w, unsigned at, bool is_power_lost);

bool node_is_stopped(const struct world *w, const struct node *node);
/* It stands still: the event is set again for when it goes on. */
bool node_defers(struct world *w, const struct node *node, const struct event *e);

/* Inputs. */
void node_connected(struct world *w, unsigned at, uint64_t conn, uint64_t dial, const char *remote);
void node_dial_failed(struct world *w, unsigned at, uint64_t dial, const char *reason);
void node_received(struct world *w, unsigned at, uint64_t conn, struct bytes in);
void node_disconnected(struct world *w, unsigned at, uint64_t conn);
void node_drained(struct world *w, unsigned at, uint64_t conn, size_t queued);
void node_change_done(struct world *w, unsigned at, uint64_t change, enum err err,
    const struct change_result *result);
void node_read_done(struct world *w, unsigned at, uint64_t read, enum err err, struct bytes data);
void node_rot(struct world *w, unsigned at);
void node_publish(struct world *w, unsigned at, uint64_t request, const struct publish_item *items,
    size_t count, unsigned wait);
void node_roster_append(struct world *w, unsigned at, uint64_t request, struct bytes payload);
void node_invite(
    struct world *w, unsigned at, uint64_t request, const struct change_invite *invite);

/* Something that the simulator has the core do by itself: begin, do it, end. */
void node_begin(struct world *w, unsigned at, const char *what);
void node_end(struct world *w, unsigned at);

bool node_is_member(const struct node *node); /* not an intruder */
bool node_is_honest(const struct node *node); /* and means no harm */

#endif
