/* One cell of a CSV that we write for spreadsheets and read again. What a spreadsheet would take for a formula gets an
 * apostrophe in front, which is taken off when the cell is read: nothing is lost on the way out and in again.
 *
 * A formula begins with = @ or a tab. Text may well begin with a dash, as lists do: + and - only count where what follows
 * could do something, a call f(…), a reference to a sheet ! or a pipe |. Here and nowhere else: `--csv` of a query, which
 * nobody reads in again, marks them all. */
#ifndef CLI_CSV_MARK_H
#define CLI_CSV_MARK_H

#include "cli/csv_table.h"

bool csv_mark_is_needed(struct bytes text);
/* Appends the cell, marked and quoted as needed. */
void csv_mark_put(struct writer *out, struct bytes text);
/* Takes the marks off all cells of a table. */
void csv_mark_take(struct csv_table *table);

#endif
