/* Everybody who uses the nodes: coordinators who admit and remove, officers who publish. They keep
 * notes of what they were told, so that the judge can hold the network to it. */
#ifndef SIM_PEOPLE_H
#define SIM_PEOPLE_H

#include "proto/core.h"
#include "tests/sim/deeds.h"
#include "tests/sim/model.h"

struct world;
struct node;

enum writ_state { WRIT_ASKED, WRIT_REFUSED, WRIT_DRAFT, WRIT_SIGNED };

/* One record that somebody wanted published. Its position is in its payload. */
struct writ {
	unsigned node;
	enum writ_state state;
	uint64_t index;
	struct hash leaf;
	bool is_erased;	 /* somebody who may has asked for it */
	bool is_excused; /* the last disk that held it was rolled back by us */
};

enum request_type { REQUEST_PUBLISH, REQUEST_ROSTER, REQUEST_INVITE, REQUEST_ERASE };

struct request {
	uint64_t id;
	enum request_type type;
	unsigned node;
	uint64_t life;
	int64_t at_us;
	uint64_t writ_first;
	unsigned count, wait;
	unsigned subject; /* node that an invite is for */
	bool is_faulty;	  /* an entry without enough approvals */
	bool has_deed;
	enum deed deed; /* is done once this is answered */
	struct request *next;
};

/* What the roster's entries, read by us, say about a node. Sizes of the roster; 0: not yet. */
struct standing_of {
	uint64_t admitted_at;
	uint64_t removed_at;
	bool is_cut;
	uint64_t cut_size;
	struct hash cut_root;
};

/* An entry that counts, and what it takes away. */
struct erase_ruling {
	uint64_t entry;
	struct key log;
	uint64_t index;
	struct hash leaf;
};

struct people {
	struct key roster_log;
	struct seckey roster_sk;
	struct writer genesis;
	uint8_t genesis_salt[RECORD_SALT_SIZE];

	struct writ *writs;
	size_t writ_count, writ_capacity;
	struct request *requests; /* unanswered */
	uint64_t next_request;
	uint64_t acknowledged;
	struct standing_of *standing; /* one a node */
	struct hash *entries;	      /* leaf hashes of the roster, once durable at the keeper */
	size_t entry_count;
	struct erase_ruling *rulings;
	size_t ruling_count;
	struct naming *namings; /* every time that one was asked for */
	size_t naming_count;
	unsigned namings_left;
	uint64_t set; /* who coordinates, a bit a node */
	uint64_t set_version;
	unsigned quorum;
	int64_t set_change_ms; /* when one of them is taken out, 0 for never */
	unsigned branched;     /* times the roster */
	unsigned forged;       /* entries that must not count */
	uint64_t kept_from;    /* a bit a node: the keeper tells it nothing past kept_size */
	uint64_t kept_size;
	bool is_keeper_gone; /* for good */

	int64_t *invite_ms; /* when a joiner gets its invite */
	bool *is_invited;
	/* A member key is given up, and who stole it before opens a log with it. The two nodes; no thief: 0. */
	unsigned victim, thief;
	uint64_t rotated_at; /* size of the roster, 0 for not yet */
	int64_t removal_ms;
	unsigned removals_left;
	uint8_t (*tokens)[TOKEN_SIZE];
};

/* Draws keys and the genesis; decides the network id. Nodes are built after it. */
void people_init(struct world *w);
/* The genesis names nodes, so they exist by now. */
void people_write_genesis(struct world *w);
void people_release(struct world *w);
/* Who has a stolen key, before logs are opened. */
void people_choose_thief(struct world *w);
/* Sets all work in the clock. */
void people_begin(struct world *w);
void people_configure_keeper(const struct world *w, struct core_config *config);

void people_reply(struct world *w, struct node *node, const struct act *act);
void people_crashed(struct world *w, const struct node *node);
/* A roster entry became durable at the keeper. */
void people_entry(struct world *w, uint64_t index, const struct record *record);
/* Publishes something at this node now, if it runs. */
void people_publish(struct world *w, unsigned at);

/* Entries that the network agrees on: not those that only a silent keeper knows, nor those behind where two rosters part. */
uint64_t people_roster_size(const struct world *w);
/* Of so many entries that the node holds, those that are on the branch that is read here. The other one changes nobody's standing. */
uint64_t people_seen(const struct world *w, const struct node *node, uint64_t size);
/* The standing of a node under the first `size` entries of the roster. */
bool people_is_admitted(const struct world *w, unsigned at, uint64_t size);
bool people_is_cut(const struct world *w, unsigned at, uint64_t size);
/* Position of the writ that a payload carries; false when it carries none. */
bool people_read_writ(struct bytes payload, uint64_t *position);

#endif
