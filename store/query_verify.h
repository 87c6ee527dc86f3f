/* The parts of verify. */
#ifndef STORE_QUERY_VERIFY_H
#define STORE_QUERY_VERIFY_H

#include "store/query_part.h"

/* The entries that a roster log had when its row was read, judged again, and all rows of members. */
enum err query_verify_roster(struct query *q, const struct log_row *log, struct why *why);

#endif
