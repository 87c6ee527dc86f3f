/* Commitments of the Open Government Partnership's data set, one CSV row each, as records of kind commitment. What is
 * certain is mapped; every column is kept as the source wrote it; what is not certain is told. */
#ifndef CLI_IMPORT_OGP_H
#define CLI_IMPORT_OGP_H

#include "cli/csv_table.h"
#include "cli/dirty_date.h"

/* A cell that was not mapped, or only in part. */
struct import_note {
	size_t row; /* from 1 */
	const char *column;
	struct bytes value;
	const char *mapped; /* what was taken of it; empty: nothing */
	const char *reason;
};

typedef void import_note_fn(void *context, const struct import_note *note);

struct import_ogp {
	const struct csv_table *table;
	const char *language;	 /* that the texts are put under */
	enum date_order *orders; /* of each row's plan */
	size_t columns[16];
};

/* ERR_FIELD when the file lacks a column that makes a commitment; ERR_MEMORY. */
enum err import_ogp_init(
    struct import_ogp *ogp, const struct csv_table *table, const char *language, struct why *why);
void import_ogp_release(struct import_ogp *ogp);
/* Appends the map of one row (from 0). */
void import_ogp_row(const struct import_ogp *ogp, size_t row, struct writer *out,
    import_note_fn *note, void *context);

#endif
