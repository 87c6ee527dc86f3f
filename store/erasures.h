/* Which payloads a log's records take away: READ_ERASURES. */
#ifndef STORE_ERASURES_H
#define STORE_ERASURES_H

#include "proto/read.h"
#include "store/layout.h"

/* The answer of READ_ERASURES about a log, appended to out. */
void erasures_read(
    struct txn *t, const struct log_row *row, const struct read *read, struct writer *out);

#endif
