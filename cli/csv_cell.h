/* One cell of a CSV, safe in a spreadsheet. */
#ifndef CLI_CSV_CELL_H
#define CLI_CSV_CELL_H

#include "proto/writer.h"

/* Quoted where RFC 4180 asks for it. Text that a spreadsheet would take for a formula gets a leading apostrophe; a number
 * of our own is left alone. */
void csv_cell_put(struct writer *w, struct bytes text, bool is_number);

#endif
