/* Tables of one kind, as `commune export csv` writes them and as people fill them in: a column for each path of a field. */
#ifndef CLI_IMPORT_CSV_H
#define CLI_IMPORT_CSV_H

#include "cli/import_run.h"

/* Every row of the file as a record. self: the code of the member that imports; rows that it signed become new versions of
 * what they were exported from. ERR_FIELD when a column is no field. */
enum err import_csv_read(struct import_run *run, const struct kind *kind, struct bytes file,
    const char *self, struct why *why);

#endif
