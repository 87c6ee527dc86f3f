/* Queries of people, executed over truth and views: the methods of the control socket that only
 * read. Safe on any thread; no transaction outlives a call, and a page ends after a bounded number
 * of records.
 *
 * methods: resolve, list, show, history, audit, watch, targets, prove, prove.consistency, prove.evidence, verify. Results
 * are maps with the field names of INTERFACES.md. An answer from the views says in "arrival" up to
 * where it holds. */
#ifndef STORE_QUERY_RUN_H
#define STORE_QUERY_RUN_H

#include "store/store.h"
#include "store/views.h"

struct query_source {
	struct store *store;
	struct views *views;
	struct hash network;
	struct key roster_log; /* zero while there is none */
	struct checkpoint
	    own_head; /* newest of the own log, size 0 for none: the store may lack it for a moment */
	const char *today; /* YYYY-MM-DD in the network's zone: what audit calls overdue */
};

/* params: a canonical map. result: one canonical value. ERR_USAGE for bad params or an unknown
 * method; ERR_UNKNOWN, ERR_AMBIGUOUS (why names the candidates), ERR_ROT. */
enum err query_run(const struct query_source *source, const char *method, struct bytes params,
    struct writer *result, struct why *why);

#endif
