/* What a page of list or audit is made from. */
#ifndef STORE_QUERY_FILTER_H
#define STORE_QUERY_FILTER_H

#include "proto/kinds.h"
#include "store/query_part.h"

struct filter {
	int kind; /* -1: any */
	struct bytes member, theme, status;
	int region; /* 0: any */
	bool has_about, is_latest, has_payload;
	struct record_ref about;
	int64_t since, until;
	bool (*is_wanted)(struct query *q, const struct found *f); /* NULL: everything that fits */
	char today[DAY_TEXT_SIZE];				   /* audit */
	uint64_t limit;
	uint64_t after;
	char region_member[CODE_SIZE_MAX + 1]; /* the member that region_is holds for */
	bool region_is;
};

/* From the parameters; false when one is refused. */
bool filter_take(struct query *q, struct filter *f);
/* Arrivals that may fit, from behind the cursor on. NULL after a failure. */
struct stream *filter_stream(struct query *q, const struct filter *f);
bool filter_fits(struct query *q, struct filter *f, uint64_t arrival, struct found *out);

typedef void put_row_fn(
    struct query *q, struct writer *rows, const struct found *found, const struct filter *f);
/* A page of rows: put writes the one of each record that fits. */
void filter_page(struct query *q, struct filter *f, put_row_fn *put);

#endif
