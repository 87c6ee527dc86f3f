/* Records out, in forms that others read: each format makes the whole text from rows of `list` with their payloads. */
#ifndef CLI_EXPORT_H
#define CLI_EXPORT_H

#include "cli/client.h"
#include "cli/csv_table.h"
#include "proto/kinds.h"

#define EXPORT_SOURCE_SIZE 128

struct export
{
	const struct args *args;
	const struct kind *kind; /* csv: of all rows; ndjson: of all rows, or NULL */
	struct writer rows;	 /* u32 size, bytes of each */
	size_t count;
	struct writer roster;		 /* the answer of roster.list */
	char source[EXPORT_SOURCE_SIZE]; /* open-communes/NETWORK */
	char day[11];			 /* of the export */
	const char *lang; /* that texts of one language are taken from; NULL: the reader's */
	bool is_whole;	  /* small figures too */
};

/* Moves over the rows: *at from 0. */
bool export_next(const struct export *e, size_t *at, struct bytes *row);
struct bytes export_str(struct bytes row, const char *field);
struct bytes export_payload(struct bytes row);
/* A text by language in the language that was asked for, else another. */
struct bytes export_text(struct bytes map, const char *lang);
/* The member's name; its code when it has none. */
struct bytes export_member(const struct export *e, struct bytes code);

/* The columns of the Open Government Partnership. What was imported comes out as it was written. */
void export_ogp(struct export *e, struct writer *out);
/* Whether a row of such a file says of a record of ours what the record says itself; reads what is not imported. */
bool export_ogp_is_same(const struct csv_table *table, size_t row, struct bytes payload);
/* A column for each path of a field, as --set names them. */
void export_csv(struct export *e, struct writer *out);
/* The column of a value: evidence[0].url is evidence.url. part: behind it, may be NULL. */
void export_csv_path(char *out, size_t size, const char *path, const char *part);
/* Whether a figure at that path of a payload counts so few people that it is left out. */
bool export_is_few(const char *path, int64_t number);
void export_ndjson(struct export *e, struct writer *out);

#endif
