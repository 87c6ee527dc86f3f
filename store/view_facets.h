/* What the parts of the builder of facets share. view_facets.c decides when things happen, facet_row.c what a record's row
 * says of itself, facet_links.c where its links lead, facet_settle.c what others make of it. */
#ifndef STORE_VIEW_FACETS_H
#define STORE_VIEW_FACETS_H

#include <string.h>

#include "store/facet.h"
#include "store/view_build.h"

/* A link that is resolved when the whole batch is in the tables. */
struct pending {
	uint64_t arrival;
	bool supersedes; /* else: about */
	struct record_ref target;
};

struct row {
	uint64_t arrival;
	struct facet facet;
};

/* What few records share is looked up once: a table of what was asked for last under each hash. */
#define TERMS_SIZE 512
#define LOGS_SIZE 8192
struct term_slot {
	uint32_t number; /* 0: free */
	uint8_t class, size;
	uint8_t word[TERM_SIZE_MAX];
};
struct log_slot {
	struct key key;
	uint32_t log_no; /* 0: free */
};

struct facets_builder {
	struct term_slot terms[TERMS_SIZE];
	struct log_slot logs[LOGS_SIZE];
	struct writer rows;	/* struct row, ascending by one */
	struct writer revisits; /* struct row */
	struct writer pending;
	struct log_row log; /* of the record at hand */
	uint32_t member;
	bool may_coordinate, may_observe; /* its roles, says the roster */
	uint64_t first;			  /* of the new rows */
};

/* What the row of a record says before its links are followed. */
void facet_row_take(struct facets_builder *b, struct view_batch *batch, const struct view_record *r,
    struct facet *f);

/* Remembers the links of a record, or follows them. */
void facet_links_take(struct facets_builder *b, const struct view_record *r);
void facet_links_settle(
    struct facets_builder *b, struct view_batch *batch, const struct pending *pending);
/* Those that came before this new row and lead to it. */
void facet_links_awaited(
    struct facets_builder *b, struct view_batch *batch, const struct facet *row);

/* Flags and statuses of everything that was touched. */
void facet_settle(struct view_batch *batch);

static inline struct row row_at(const struct writer *rows, size_t position)
{
	struct row row;

	memcpy(&row, rows->data + position * sizeof(row), sizeof(row));
	return row;
}

static inline size_t row_count(const struct writer *rows)
{
	return rows->size / sizeof(struct row);
}

#endif
