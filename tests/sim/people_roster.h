/* The coordinators: they write entries, approve them and give them to the keeper. */
#ifndef SIM_PEOPLE_ROSTER_H
#define SIM_PEOPLE_ROSTER_H

#include "tests/sim/people.h"

void roster_work_begin(struct world *w);
/* A roster or invite request went well. */
void roster_work_done(struct world *w, const struct request *q);
struct request *people_request(struct world *w, enum request_type type, unsigned at);

#endif
