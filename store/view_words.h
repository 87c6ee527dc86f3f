/* What the search view keeps beside its runs: how long the texts of records are. */
#ifndef STORE_VIEW_WORDS_H
#define STORE_VIEW_WORDS_H

#include "store/view_rows.h"
#include "store/view_runs.h"

#define VIEW_LENGTH_CLASSES 16
/* Words of a record of this class, about. */
extern const uint16_t view_class_length[VIEW_LENGTH_CLASSES];
uint8_t view_class_of(uint32_t words);

/* How many records of each length class are indexed. */
struct word_lengths {
	uint64_t count[VIEW_LENGTH_CLASSES];
};

void word_lengths_get(struct txn *t, struct word_lengths *out);
void word_lengths_put(struct txn *t, const struct word_lengths *lengths);

/* Classes of single records, in rows of this many. */
#define WORD_CLASSES_PART 4000

/* The row that is being changed; a zeroed one is ready. */
struct word_classes {
	uint64_t number;
	bool is_loaded, is_changed;
	uint8_t part[WORD_CLASSES_PART];
};
/* The class of a record, -1: it is not indexed. Gives the one before. */
int word_classes_set(struct word_classes *c, struct txn *t, uint64_t arrival, int class);
void word_classes_end(struct word_classes *c, struct txn *t);

int word_class_get(struct txn *t, uint64_t arrival);
/* One more than the class of each record of a span, 0: not indexed. */
void word_classes_of_span(struct txn *t, uint32_t span, uint8_t out[static VIEW_SPAN_SIZE]);

#endif
