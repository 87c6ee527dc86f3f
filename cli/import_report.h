/* What an import did: counts, and every row or cell that was not taken as it stands. */
#ifndef CLI_IMPORT_REPORT_H
#define CLI_IMPORT_REPORT_H

#include "cli/args.h"
#include "cli/import_ogp.h"

/* A list of maps, as MessagePack without its head. */
struct report_list {
	struct writer items;
	uint32_t count;
};

struct import_report {
	size_t rows;
	size_t published;
	size_t unchanged;
	struct report_list refused;  /* row, field, reason */
	struct report_list unmapped; /* row, column, value, reason */
	struct report_list coarse;   /* row, column, value, mapped, reason */
	struct report_list warnings; /* row, field, reason */
};

void import_report_release(struct import_report *report);
void import_report_refuse(
    struct import_report *report, size_t row, const char *field, const char *reason);
void import_report_warn(
    struct import_report *report, size_t row, const char *field, const char *reason);
/* Into unmapped or coarse; an import_note_fn. */
void import_report_note(void *report, const struct import_note *note);
void import_report_show(const struct import_report *report, const struct args *args);
extern const struct column import_report_columns[];

#endif
