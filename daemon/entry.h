/* One decision of a coordinator on its way into the roster: what it needs from the disk (the
 * request to join, the member key) is fetched off the loop, then the entry is written, approved and
 * handed to the core. */
#ifndef DAEMON_ENTRY_H
#define DAEMON_ENTRY_H

#include "daemon/control.h"
#include "daemon/job.h"
#include "daemon/join_request.h"
#include "proto/core.h"
#include "proto/home.h"

struct entry {
	struct job job;
	struct call *call;
	char code[CODE_SIZE_MAX + 1];
	char fingerprint[HOME_FINGERPRINT_SIZE + 1]; /* "" when not asked for */
	char reason[16];
	struct key new_key; /* of a rotation */
	bool is_lost;	    /* the old one: its logs end */
	bool is_approved;   /* the draft, by the coordinator of this node */
	struct ruling branch;
	/* Writes the map of the entry; on the loop, with `requests` and the key at hand. */
	enum err (*write)(struct entry *entry, struct writer *out, struct why *why);
	struct writer requests; /* CHANGE_REQUEST operations */
	struct writer passphrase;
	struct key key;
	struct seckey sk;
	enum err err;
	struct why why;
};

/* With code and passphrase of the call; NULL when the call is answered. */
struct entry *entry_new(struct call *call);
void entry_free(struct entry *entry);
/* Takes the entry, and ends its call. */
void entry_start(struct entry *entry);
/* The entry `map` as a draft in this node's own log: a proposal that others approve, or that the
 * keeper's node has to append. approval: this coordinator's, or NULL. Takes the entry, and ends its
 * call. */
void entry_draft(struct entry *entry, struct bytes map, const struct approval *approval);

#endif
