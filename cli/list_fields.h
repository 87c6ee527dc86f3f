/* --field PATH of list: fields of the payload as columns of their own, behind those that every record has. */
#ifndef CLI_LIST_FIELDS_H
#define CLI_LIST_FIELDS_H

#include "cli/args.h"
#include "proto/mp.h"

#define LIST_FIELDS_MAX 16

struct list_fields {
	const char *paths[LIST_FIELDS_MAX];
	size_t count;
	bool hides_few; /* in a CSV, which leaves the house */
	struct column columns[LIST_FIELDS_MAX + 32];
};

/* columns: those that stand before. The exit code; what is wrong was said. */
int list_fields_init(
    struct list_fields *fields, const struct args *args, const struct column *columns);
/* Appends the row with its fields; a page_change_fn. */
void list_fields_change(void *fields, struct bytes row, struct writer *out);

#endif
