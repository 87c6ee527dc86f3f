/* An import from rows to records: what is known already is left out, what has changed becomes a new version, what is not
 * fit is refused and reported, the rest is published. Formats put their rows in; the rest is here. */
#ifndef CLI_IMPORT_RUN_H
#define CLI_IMPORT_RUN_H

#include "cli/import_report.h"
#include "cli/known_records.h"
#include "cli/record_input.h"

struct import_run {
	struct record_input in;
	struct import_report report;
	struct known_records known;
	struct writer maps; /* u16 kind, u32 row, u16 size, ref, u32 size, bytes, for each row */
	struct writer
	    verdicts; /* for each row that passed: u8 verdict, 32 bytes id of the version before */
};

/* One row of the file as the map of a record. */
void import_run_add(struct import_run *run, const struct kind *kind, struct bytes map, size_t row);
/* The same of a row that was exported from the record `ref` of another member. It is not this member's to publish: what
 * says the same is there already, what does not is refused. A ref that is not known here is of no account. */
void import_run_add_of(struct import_run *run, const struct kind *kind, struct bytes map,
    size_t row, struct bytes ref);
/* The payload of the record that ref names; empty when there is none of this kind. */
void import_run_fetch(
    struct import_run *run, const struct kind *kind, struct bytes ref, struct writer *payload);
/* Everything else, after the last row. The exit code. */
int import_run_finish(struct import_run *run, const struct kind *const *kinds, size_t count);
void import_run_release(struct import_run *run);

#endif
