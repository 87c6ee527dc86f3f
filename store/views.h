/* The views of a node: indexes derived from the truth, deleted and rebuilt at any time. They lie in
 * an LMDB environment of their own that does not sync: after an unclean stop of the machine, a
 * change of the format or another database beneath they begin again from arrival 1.
 *
 * One thread indexes; any thread reads. */
#ifndef STORE_VIEWS_H
#define STORE_VIEWS_H

#include "store/store.h"

struct views;

/* home/views is made when missing, and emptied when it cannot be trusted. */
struct views *views_open(struct store *s, const char *home, struct why *why);
/* Syncs, so that the next start need not begin again. */
void views_close(struct views *v);

/* Follows the store's arrivals by up to `count` records, then payloads that changed since. more:
 * there is more to do. */
enum err views_index(struct views *v, struct store *s, unsigned count, bool *more, struct why *why);
/* Something was erased since the views were last scrubbed: its words may still lie in free pages of the file. */
bool views_want_scrub(const struct views *v);
/* Writes them anew without free pages, while others read. By the thread that indexes. ERR_BUSY: somebody read for long;
 * the views are as before, here as after any error. */
enum err views_scrub(struct views *v, struct store *s, struct why *why);
/* Everything up to this arrival is in the views. */
uint64_t views_arrival(const struct views *v);

#endif
