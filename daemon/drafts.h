/* What waits for more approvals: the keeper's node reads drafts and approvals, which are records like any other, and
 * appends an entry to the roster as soon as it counts. Holds nothing that the store does not. */
#ifndef DAEMON_DRAFTS_H
#define DAEMON_DRAFTS_H

struct drafts;
struct loop;

/* NULL without memory. */
struct drafts *drafts_new(struct loop *loop);
/* Records were indexed. */
void drafts_follow(struct drafts *drafts);
/* Handles close on the loop. */
void drafts_stop(struct drafts *drafts);
void drafts_free(struct drafts *drafts);

#endif
