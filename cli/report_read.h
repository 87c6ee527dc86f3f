/* Rows of the daemon's answers, taken into a report. */
#ifndef CLI_REPORT_READ_H
#define CLI_REPORT_READ_H

#include "cli/report.h"

/* Of roster.list; only who is admitted counts. */
void report_read_member(struct report *r, struct bytes row);
void report_sort_members(struct report *r);
/* Of the audit as it stands: everything but what the next takes. */
void report_read_audit(struct report *r, struct bytes row);
/* Of the audit of evaluations, claims and practices, with those where nothing is found. */
void report_read_figures(struct report *r, struct bytes row);
/* Of the audit of what was not published. */
void report_read_item(struct report *r, struct bytes row);
/* Before payloads are read. */
void report_sort_rows(struct report *r);
/* Of list, with payloads: article, headcount, budget, year, parts. */
void report_read_payload(struct report *r, struct bytes row);
/* Of list: each version of each practice, then who adopted them. */
void report_read_practice(struct report *r, struct bytes row);
void report_sort_practices(struct report *r);
void report_read_adoption(struct report *r, struct bytes row);
void report_count_adopters(struct report *r);
/* Where no charter is known: the numbers that commitments name. */
void report_take_articles(struct report *r);

size_t report_practice_count(const struct report *r);
struct report_practice *report_practice_at(const struct report *r, size_t at);
size_t report_item_count(const struct report *r);
struct report_item *report_item_at(const struct report *r, size_t at);

#endif
