/* A CSV file in memory: a header line and rows of cells, RFC 4180, through libcsv; also with semicolons or tabs, which the
 * header line tells. */
#ifndef CLI_CSV_TABLE_H
#define CLI_CSV_TABLE_H

#include "proto/err.h"
#include "proto/writer.h"

struct csv_cell {
	size_t at; /* in text */
	size_t size;
};

struct csv_table {
	struct writer text;
	struct csv_cell *cells; /* row by row, the header first */
	size_t cell_count;
	size_t cell_capacity;
	size_t columns;
	size_t row_cells; /* of the row that is being read */
	size_t rows;	  /* without the header */
	struct why why;
};

/* ERR_FIELD with the row in why: a row with more or fewer cells than the header, an unended quote,
 * a column named twice, text that is not UTF-8; ERR_MEMORY. A byte order mark is skipped. */
enum err csv_table_parse(struct csv_table *t, struct bytes file, struct why *why);
void csv_table_release(struct csv_table *t);
/* The position of the column, or (size_t)-1. */
size_t csv_table_column(const struct csv_table *t, const char *name);
/* row counts from 0 behind the header; the header itself is csv_table_header. */
struct bytes csv_table_cell(const struct csv_table *t, size_t row, size_t column);
struct bytes csv_table_header(const struct csv_table *t, size_t column);

#endif
