/* The check of what is to be published: every record against its kind, every fault named, what its links lead to, and which
 * of them lead to records that are not held here. Safe on any thread. */
#ifndef DAEMON_CHECK_H
#define DAEMON_CHECK_H

#include "proto/kinds.h"
#include "store/query_run.h"

struct roster;

struct check {
	const struct kind *kind;
	struct bytes records; /* count bin values, borrowed */
	uint32_t count;
	struct query_source source; /* only looked at when there are links */
	const char *member;	    /* whose records they will be */
	/* What comes out: */
	struct writer payloads; /* normalised, one behind the other */
	uint32_t *sizes;
	struct writer
	    missing; /* missing_count maps {"field", "row"}: links to what is not held here */
	uint32_t missing_count;
	struct writer faults; /* fault_count maps {"field", "row", "text"} */
	uint32_t fault_count;
	uint32_t row; /* being checked */
	enum err refused;
};

/* false without memory; everything but kind, records, count and source is set here. */
bool check_init(struct check *c);
void check_release(struct check *c);
bool check_has_links(const struct check *c);
/* The first error; faults say where. */
enum err check_records(struct check *c);
/* After check_records, where the roster may be read: ERR_FIELD when a field names nobody. */
enum err check_members(struct check *c, const struct roster *roster);

#endif
