/* What goes wrong, and when it is over. */
#ifndef SIM_FAULTS_H
#define SIM_FAULTS_H

#include <stdbool.h>
#include <stdint.h>

struct world;
struct node;
struct image;

void faults_begin(struct world *w);
/* Everything heals: links join, disks have room, machines start. Nothing new happens after it. */
void faults_heal(struct world *w);

/* One of them, at once. A node that goes down comes up again after that time. */
void faults_crash(struct world *w, struct node *node, bool is_power_lost, int64_t down_ms);
void faults_snapshot(struct world *w, struct node *node);
/* Of a node that is down. */
void faults_restore(struct world *w, struct node *node, struct image *image, bool is_whole);
void faults_fill(struct world *w, struct node *node, int64_t ms);

#endif
