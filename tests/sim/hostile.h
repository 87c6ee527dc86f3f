/* Members that mean harm. They run the real core with keys of their own; what the core says and hears passes through here
 * in the clear, before it is sealed and after it was opened. What each of them does is on the menu (menu.h). */
#ifndef SIM_HOSTILE_H
#define SIM_HOSTILE_H

#include <stdbool.h>

#include "proto/core_parts.h"

struct world;
struct node;

#define HOSTILE_HEADS_MAX 16

/* What a hostile node has seen and may tell again. */
struct hostile_memory {
	struct checkpoint heads[HOSTILE_HEADS_MAX];
	size_t count; /* ever seen */
};

/* A frame on its way out. A lie writes what goes in its place. */
struct lie {
	struct world *w;
	struct node *node;
	struct session *session;
	uint8_t type;
	struct bytes body;
	struct writer out;
};

/* Who is one, and what happens by itself. */
void hostile_choose(struct world *w);
void hostile_begin(struct world *w);
/* Whose core runs from now on. */
void hostile_turn(struct world *w, struct node *node);

/* Each is true when it has written another body, and false when it has nothing to say to such a frame. */
bool hostile_mutate(struct lie *lie);
bool hostile_withhold(struct lie *lie);
bool hostile_claim_erased(struct lie *lie);
bool hostile_lie_about_heads(struct lie *lie);
bool hostile_invent_roster(struct lie *lie);
bool hostile_next_roster(struct lie *lie);
/* Serves what it has itself to whoever asks for the branch that stays. */
bool hostile_other_branch(struct lie *lie);
/* Of the keeper alone. */
bool hostile_keep_roster(struct lie *lie);

/* The keeper is hostile; or nobody may rely on it for another reason. */
bool keeper_means_harm(const struct world *w);
bool keeper_cannot_help(const struct world *w);
void keeper_begin(struct world *w);
/* One thing of it, now: an entry on each branch or on that of the copy alone, the newest entries kept from a node, silence. */
void keeper_branch(struct world *w, bool is_both);
void keeper_keep(struct world *w, unsigned from);
void keeper_silence(struct world *w);

/* Remembers heads that may be told again when they are old. */
void hostile_remember(struct lie *lie);

#endif
