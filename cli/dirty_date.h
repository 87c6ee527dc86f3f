/* Dates as people type them into spreadsheets, mapped to YYYY[-MM[-DD]] where that is certain and
 * nowhere else. What is not certain keeps its wording and gets a reason.
 *
 * Certain: `12/31/2019` and `31/12/2019` (one order makes a date), `7/1/2018` where other dates of
 * the same plan show the order, `6/6/2018` (both orders agree), a two-digit year, `2017`, `July
 * 2012`, `2012-07[-01]`. Only the year is taken of `1/7/2014` when nothing shows the order. Never:
 * quarters and seasons (a span is no date), words such as Ongoing, serial numbers of a spreadsheet
 * (their epoch is not written down), years far from the plan's. */
#ifndef CLI_DIRTY_DATE_H
#define CLI_DIRTY_DATE_H

#include "proto/bytes.h"

enum date_order { ORDER_NOT_KNOWN, ORDER_MONTH_FIRST, ORDER_DAY_FIRST, ORDER_BOTH };

struct dirty_date {
	bool is_given;	    /* false: empty, NA, ND or NR */
	bool is_coarse;	    /* less precise than what is written, for the reason */
	char date[11];	    /* empty: not mapped, for the reason */
	const char *reason; /* untranslated */
};

/* What one date proves about the order of its plan; ORDER_NOT_KNOWN for most. */
enum date_order dirty_date_order(struct bytes text);
/* Combines what two dates prove. */
enum date_order date_order_join(enum date_order a, enum date_order b);
/* year: of the plan, 0 when not known. */
void dirty_date_read(struct dirty_date *out, struct bytes text, enum date_order order, int year);

#endif
