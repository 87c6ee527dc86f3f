/* The thread that follows the truth into the views. Queries say up to which arrival they hold;
 * whoever waits for one is woken here. */
#ifndef DAEMON_INDEXER_H
#define DAEMON_INDEXER_H

#include <stdbool.h>
#include <stdint.h>

struct indexer;
struct loop;

/* From loop->store into loop->views; begins with what the views lack. NULL without memory or
 * thread. */
struct indexer *indexer_new(struct loop *loop);
/* Something was committed; this many arrivals are stored. */
void indexer_follow(struct indexer *indexer, uint64_t stored);
/* Whether requests to publish many records are under way: indexing gives way to them for a while. */
void indexer_hold(struct indexer *indexer, bool is_held);
/* Somebody waits for this arrival to be indexed. */
void indexer_want(struct indexer *indexer, uint64_t arrival);
/* Up to which arrival the views hold, as the loop knows it. */
uint64_t indexer_indexed(const struct indexer *indexer);
/* Handles close on the loop. */
void indexer_stop(struct indexer *indexer);
void indexer_free(struct indexer *indexer);

#endif
