/* The real store beside the model: the same changes and reads go to LMDB in a directory of its own,
 * and whatever differs is a failure. */
#ifndef SIM_SHADOW_H
#define SIM_SHADOW_H

#include "proto/read.h"

struct world;
struct node;
struct shadow;

struct shadow *shadow_new(struct world *w, const struct node *node);
/* Removes the directory. NULL is fine. */
void shadow_free(struct shadow *s);
/* The group of changes that the node's disk has just applied. */
void shadow_apply(struct world *w, struct node *node);
/* What the model answered. */
void shadow_read(
    struct world *w, struct node *node, const struct read *read, enum err err, struct bytes answer);
/* As after a crash: closed, opened, compared. */
void shadow_reopen(struct world *w, struct node *node);
void shadow_snapshot(struct world *w, struct node *node, unsigned image);
/* With head.lock when the disk is whole: what grew since was never signed as far as the disk knows. */
void shadow_restore(struct world *w, struct node *node, unsigned image, bool is_whole);
void shadow_compare(struct world *w, struct node *node);

#endif
