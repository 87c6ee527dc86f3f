/* What goes wrong, and when it is over. */
#ifndef SIM_FAULTS_H
#define SIM_FAULTS_H

#include <stdbool.h>
#include <stdint.h>

struct world;
struct node;
struct image;
struct key;

void faults_begin(struct world *w);
/* Everything heals: links join, disks have room, machines start. Nothing new happens after it. */
void faults_heal(struct world *w);

/* What is on the menu, at whatever the seed draws. */
void faults_lose(struct world *w);
void faults_reset(struct world *w);
void faults_halve(struct world *w);
void faults_partition(struct world *w);
void faults_isolate(struct world *w);
void faults_one_way(struct world *w);
void faults_deafen(struct world *w);
void faults_sync(struct world *w);
void faults_read(struct world *w);
void faults_miswrite(struct world *w);
void faults_full(struct world *w);
void faults_flip(struct world *w);
void faults_take_image(struct world *w);
void faults_old_database(struct world *w);
void faults_old_image(struct world *w);
void faults_lose_lock(struct world *w);
void faults_kill(struct world *w);
void faults_power(struct world *w);
void faults_between_actions(struct world *w);
void faults_pause(struct world *w);
void faults_clock(struct world *w);

/* NULL when the one drawn is down. */
struct node *faults_draw_running(struct world *w);
int64_t faults_draw_down(struct world *w);

/* One of them, at once. A node that goes down comes up again after that time. */
void faults_crash(struct world *w, struct node *node, bool is_power_lost, int64_t down_ms);
void faults_snapshot(struct world *w, struct node *node);
/* Of a node that is down. */
void faults_restore(struct world *w, struct node *node, struct image *image, bool is_whole);
void faults_fill(struct world *w, struct node *node, int64_t ms);
void faults_make_room(struct world *w, struct node *node);
/* Up to so many records of the node; it is told in half the cases. */
void faults_rot(struct world *w, struct node *node, unsigned count);
/* That one; false when nobody could mend it. */
bool faults_rot_at(struct world *w, struct node *node, const struct key *key, uint64_t index);
/* Of what it would serve. */
bool faults_is_rotten(const struct node *node);
/* From now on nodes are told of their rot until there is none. */
void faults_look_for_rot(struct world *w);

#endif
