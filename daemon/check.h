/* The check of what is to be published: every record against its kind, every fault named, and which links lead to
 * records that are not held here. Safe on any thread. */
#ifndef DAEMON_CHECK_H
#define DAEMON_CHECK_H

#include "proto/kinds.h"
#include "store/query_run.h"

struct check {
	const struct kind *kind;
	struct bytes records; /* count bin values, borrowed */
	uint32_t count;
	struct query_source source; /* only looked at when there are links */
	/* What comes out: */
	struct writer payloads; /* normalised, one behind the other */
	uint32_t *sizes;
	struct writer missing; /* answer of the store about links, empty without any */
	struct writer faults;  /* fault_count maps {"field", "row", "text"} */
	uint32_t fault_count;
	uint32_t row; /* being checked */
};

/* false without memory; everything but kind, records, count and source is set here. */
bool check_init(struct check *c);
void check_release(struct check *c);
bool check_has_links(const struct check *c);
/* The first error; faults say where. */
enum err check_records(struct check *c);

#endif
