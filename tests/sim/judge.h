/* What must always hold, whatever breaks. The judge knows every identity and every promise, reads
 * disks and checkpoints, and owes nothing to the core's own verdicts:
 *
 * durable       what was acknowledged is on the disk, under a signed head, with head.lock behind it
 * admission     nothing is stored of a log that the roster entries stored there do not admit
 * approvals     no entry counts that a quorum of the coordinators in force has not approved under the set in force
 * erasure       nobody believes that a payload was erased when nobody who may did, and what was erased stays so: over damage, and
 *               after healing wherever the erasure is known
 * cut           nothing is taken past a cut that the node knew
 * authentic     every record taken is the one its author signed; every head is one that its author
 *               made durable, with its lock, before showing it
 * equivocation  no key signs two histories, unless a whole disk was put back, the node asked as
 *               DESIGN D7 wants, and nobody asked knew better
 * listening     nobody goes on signing while one of those asked knew a later head
 * digest        what a node says it holds is what its disk and the entries say it should
 * frozen        after healing nobody goes on with a log, or the roster, of which two histories were seen
 * branch        what is stored beside a frozen log is what the roster names of it, record by record; after healing all have it who
 *               can, and know which one stays
 * lost          after healing everybody has every acknowledged record, once
 * liveness      after healing all digests become equal, every request is answered, and what one can prove against a
 *               log is known to all
 * cursor        who remembers how far it is through a peer's store has all that came into it before
 * silence       where all agree nothing more is said, pings apart */
#ifndef SIM_JUDGE_H
#define SIM_JUDGE_H

#include "proto/core.h"
#include "tests/sim/model.h"

struct world;
struct node;
struct pending;

struct signed_head {
	struct checkpoint head;
	bool is_locked; /* head.lock was durable for it */
};

/* Everything that one key ever signed. */
struct chain {
	struct key key;
	unsigned owner;
	bool is_roster;
	bool is_forked; /* excused */
	bool was_shown; /* head.lock says so */
	struct hash *leaves;
	size_t count, capacity;
	uint64_t locked; /* head.lock was durable for that many records, some time */
	struct branch_leaf {
		uint64_t index;
		struct hash leaf;
	} * branches; /* of its other histories, where they part from the first */
	size_t branch_count, branch_capacity;
	struct signed_head *heads;
	size_t head_count, head_capacity;
};

struct judge_link;

struct judge {
	struct chain *chains;
	size_t chain_count;
	struct judge_link *links; /* and how much was said on each */
	size_t link_count;
	bool was_restored; /* something, some time */
	bool has_fork;
	bool has_hostiles;
};

void judge_init(struct world *w);
void judge_release(struct world *w);

/* Events. */
void judge_started(struct world *w, struct node *node, const struct core_lock *lock);
/* The node took a HELLO, which tells its own head. */
void judge_heard(struct world *w, unsigned at, uint64_t conn);
void judge_turn(struct world *w, struct node *node);
void judge_committed(struct world *w, struct node *node, const struct pending *p);
/* Its signer gave the signature: from here on others may have it. */
void judge_signed(struct world *w, struct node *node, const struct checkpoint *head);
void judge_locked(struct world *w, struct node *node, const struct change_lock *op);
/* head.lock was taken away: what is signed may be shown without it, nothing more is. */
void judge_lock_gone(struct world *w, const struct node *node);
void judge_lock_lost(struct world *w, struct node *node, const struct change_lock *op);
/* Nothing of the node is under way to its disk. */
void judge_idle(struct world *w, struct node *node);
void judge_acknowledged(struct world *w, struct node *node, uint64_t writ, unsigned wait);
/* `model` is about to become what is on the disk of the node. */
void judge_restoring(struct world *w, const struct node *node, const struct model *model);

/* How often each writ is on a disk: under a head, or as a draft. Adds to counts. */
void judge_count_signed(const struct world *w, const struct model *model, uint8_t *counts);
void judge_count_drafts(const struct world *w, const struct model *model, uint8_t *counts);
/* What was appended to its own log and not signed yet. */
void judge_count_tail(
    const struct world *w, const struct model *model, const struct key *own, uint8_t *counts);
/* Records of the owner's log under the head that the holder has. */
uint64_t judge_known(const struct world *w, unsigned holder, unsigned owner);
/* Part of the network that has to agree. */
bool judge_belongs(const struct world *w, unsigned at);
/* A keeper that is heard of no more, and whom it admitted without telling anybody; or of whom two rosters say two things. */
bool judge_is_gone(const struct world *w, unsigned at);
/* And meets the others: neither forked nor without its place. */
bool judge_must_agree(const struct world *w, unsigned at);
bool judge_is_forked(const struct world *w, unsigned at);
/* The keeper signed two rosters; how many entries of both everybody holds who has seen it. */
bool judge_roster_parted(const struct world *w, uint64_t *size);
/* The digest that a node should have; without forked logs when asked for. */
void judge_digest(
    const struct world *w, const struct node *node, bool without_forked, struct hash *out);
/* The node remembers a cursor for the owner of the log; something came into a peer's store. */
void judge_cursor(struct world *w, const struct node *node, const struct key *log);
void judge_cursors_of(struct world *w, const struct node *peer);
/* Does what the node says of itself fit its disk? */
void judge_check_digest(struct world *w, struct node *node);
/* From here on at most so many bytes are said on a link. */
void judge_hush(struct world *w);
/* Little is under way between those who have nothing to say to each other. */
bool judge_is_drained(const struct world *w);
/* Payloads that the node has not. */
uint64_t judge_missing(const struct node *node);
void judge_silence(struct world *w, size_t bytes_max);
bool judge_is_converged(struct world *w, char *reason, size_t room);
void judge_final(struct world *w);
/* Prints how each node sees things. */
void judge_explain(const struct world *w);

#endif
