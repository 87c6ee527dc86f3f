/* Looking for what no longer matches its hash: READ_ROT. */
#ifndef STORE_ROT_H
#define STORE_ROT_H

#include "proto/read.h"
#include "store/segment.h"

/* The answer of READ_ROT about a log, appended to out. */
void rot_read(
    struct txn *t, const struct log_row *row, const struct read *read, struct writer *out);

#endif
