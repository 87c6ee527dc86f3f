/* The coordinators: they write entries, approve them and give them to the keeper. */
#ifndef SIM_PEOPLE_ROSTER_H
#define SIM_PEOPLE_ROSTER_H

#include "tests/sim/people.h"

void roster_work_begin(struct world *w);
/* A roster or invite request went well. */
void roster_work_done(struct world *w, const struct request *q);
/* A payload with the entry and the approvals of as many as are enough. */
void people_approve(const struct world *w, struct writer *out, struct bytes entry);
/* Has the keeper sign it, approved by as many as are enough. */
void people_append(struct world *w, struct bytes entry);
/* A canonical map of one name. */
void people_put_names(struct writer *out, const char *name);
/* Has the keeper sign an entry that must not count; false when there is none to be had now. */
bool hostile_entry(struct world *w);
/* The one of that number. */
bool hostile_forge(struct world *w, size_t kind);
struct request *people_request(struct world *w, enum request_type type, unsigned at);

#endif
