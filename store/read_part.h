/* What answers of the store to the core's reads have in common. Private to store/read*.c. */
#ifndef STORE_READ_PART_H
#define STORE_READ_PART_H

#include "store/truth.h"

struct request {
	struct store *store;
	struct txn t;
	const struct read *read;
	struct writer *out;
};

/* The row of a log; false, and the transaction fails, when it is not stored. */
bool request_log(struct request *q, const struct key *key, struct log_row *row);

/* --- read_records.c: READ_BATCH, READ_PUSH, READ_NEWS */
void read_batch(struct request *q);
void read_push(struct request *q);
void read_news(struct request *q);

#endif
