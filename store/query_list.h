/* What the parts of list share: the order of its rows, pages in another order than that of arrival,
 * groups. */
#ifndef STORE_QUERY_LIST_H
#define STORE_QUERY_LIST_H

#include "store/query_filter.h"

enum list_by {
	ORDER_ARRIVAL,
	ORDER_TITLE,
	ORDER_TIME,
	ORDER_MEMBER,
	ORDER_STATUS,
	ORDER_COUNT, /* of groups, as is ORDER_GROUP */
	ORDER_GROUP
};

struct list_order {
	enum list_by by;
	bool is_descending;
	bool is_arabic; /* titles as readers of Arabic see them */
};

/* "sort": FIELD or FIELD,desc; of groups count or the field they are made by. */
bool list_order_take(struct query *q, bool is_grouped, struct list_order *out);

bool list_put_row(struct query *q, struct writer *rows, uint64_t arrival, const struct filter *f);
void list_sorted(struct query *q, struct filter *f, const struct list_order *order);
void list_groups(
    struct query *q, struct filter *f, struct bytes field, const struct list_order *order);

#endif
