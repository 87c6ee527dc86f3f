/* What the search view keeps beside its postings. */
#ifndef STORE_VIEW_WORDS_H
#define STORE_VIEW_WORDS_H

#include "store/view_blocks.h"

/* How many records of each length class are indexed. */
struct word_lengths {
	uint64_t count[VIEW_LENGTH_CLASSES];
};

void word_lengths_get(struct txn *t, struct word_lengths *out);
void word_lengths_put(struct txn *t, const struct word_lengths *lengths);

#endif
