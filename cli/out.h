/* Rows out, in the form that the caller of the command chose: a table or a card for people, NDJSON,
 * CSV. A row is a map in MessagePack under the field names of INTERFACES; columns decide order,
 * labels and how a field is written. */
#ifndef CLI_OUT_H
#define CLI_OUT_H

#include "cli/args.h"
#include "cli/fit.h"
#include "proto/mp.h"

#include <stdio.h>

struct out;

struct out_format {
	void (*begin)(struct out *out);
	void (*row)(struct out *out, struct bytes row);
	/* People wait for what came so far. */
	void (*flush)(struct out *out);
	void (*end)(struct out *out);
};

extern const struct out_format out_table;
extern const struct out_format out_card;
extern const struct out_format out_json;
extern const struct out_format out_csv;

struct out {
	const struct out_format *format;
	const struct column *columns;
	FILE *to;
	bool is_tty;
	bool has_bom;
	/* CSV: where its rows come from and the day, in two columns behind the others; empty: without. */
	char source[128];
	char exported[11];
	size_t terminal_width; /* 0: a pipe, nothing is cut */
	size_t row_count;
	/* JSON: the fields of the row at hand. */
	struct out_field *fields;
	size_t field_capacity;
	/* The table: cells wait here until their widths are known, each followed by a 0x1f. */
	struct writer cells; /* JSON: the line at hand */
	size_t waiting;
	size_t content[FIT_COLUMNS_MAX]; /* the widest cell of each column so far */
	struct fit fit;
	bool has_heading;
};

/* To stdout, after the command's own columns and flags. */
void out_init(struct out *out, const struct args *args);
/* The same with other columns. */
void out_init_columns(struct out *out, const struct args *args, const struct column *columns);
/* Before the first row of a CSV: source is the network's id, exported today's date. */
void out_name_source(struct out *out, struct bytes network);
/* The same with what a test says. */
void out_init_to(
    struct out *out, const struct out_format *format, const struct column *columns, FILE *to);
void out_row(struct out *out, struct bytes row);
void out_flush(struct out *out);
/* Ends what was written; the out is gone. */
void out_end(struct out *out);
/* Instead of out_end after a failure. */
void out_release(struct out *out);
/* The value under the column's field, for a person: one line, safe for a terminal, empty for nil.
 */
void out_text(struct writer *w, const struct column *column, struct bytes row);
/* The same, with what the row marks between OUT_MARK and OUT_UNMARK, which no safe text holds. */
#define OUT_MARK 0x01
#define OUT_UNMARK 0x02
void out_marked(struct writer *w, const struct column *column, struct bytes row);
/* The same as a CSV cell holds it: as JSON would, without the quotes of a string. */
void out_plain(struct writer *w, const struct column *column, struct bytes row);
/* As JSON: the column's value of the row, empty where it has none. */
void out_json_value(
    struct writer *w, const struct column *column, struct bytes value, struct bytes row);

#endif
