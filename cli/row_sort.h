/* Rows that wait to be put in order: those of an answer that is short enough to be held whole. */
#ifndef CLI_ROW_SORT_H
#define CLI_ROW_SORT_H

#include "proto/mp.h"

struct row_sort {
	const char *fields; /* "region,-days": by region, then by days downwards */
	struct writer rows; /* u32 size, bytes of each */
	uint32_t count;
};

/* A copy is kept. ERR_MEMORY. */
enum err row_sort_add(struct row_sort *s, struct bytes row);
/* Hands the rows out in order, those that are equal as they came. ERR_MEMORY. */
enum err row_sort_each(
    struct row_sort *s, bool (*take)(void *context, struct bytes row), void *context);
void row_sort_release(struct row_sort *s);

#endif
