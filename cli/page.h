/* Answers that come in pages: asks for one after the other and writes their rows as they come. */
#ifndef CLI_PAGE_H
#define CLI_PAGE_H

#include "cli/client.h"
#include "cli/out.h"

#define PAGE_ROWS_MAX 1000

/* Calls each for every row, in order; it says whether to go on. */
typedef bool page_row_fn(void *context, struct bytes row);

/* Takes all pages, or `limit` rows when limit is above 0; then *cursor, when not NULL, says how to
 * go on, or is empty. start: a cursor from before, or NULL. The exit code. */
int page_each(struct client *c, const char *method, struct row *params, const char *start,
    long long limit, page_row_fn *each, void *context, struct writer *cursor);
/* The whole of a query: --limit and --cursor of the command line, rows to stdout, and the row
 * {"cursor"} last when more remain. */
int page_show(const struct args *args, const char *method, struct row *params);
/* The same with other columns than the command's. */
int page_show_columns(
    const struct args *args, const char *method, struct row *params, const struct column *columns);
/* The same with each row changed on its way: `change` appends the row to show. */
typedef void page_change_fn(void *context, struct bytes row, struct writer *out);
int page_show_changed(const struct args *args, const char *method, struct row *params,
    const struct column *columns, page_change_fn *change, void *context);
/* A CSV says whose rows it holds: asks the daemon once. The exit code. */
int page_name_source(struct client *c, struct out *out);

#define PAGE_OPTIONS \
	{"--limit", N_("K"), \
	    N_("at most K rows; then, if more remain, a row that says how to go on"), false}, \
	    {"--cursor", N_("CURSOR"), N_("go on after an earlier answer"), false},

#endif
