/* What a record must be to stand in an answer of list, search or audit: told from its facets alone,
 * but for `about`, which reads the payloads of those that link to the record. */
#ifndef STORE_QUERY_FILTER_H
#define STORE_QUERY_FILTER_H

#include "proto/kinds.h"
#include "store/facet.h"
#include "store/query_part.h"

#define FILTER_KINDS_MAX 64

struct territory {
	uint8_t region; /* 0: not known */
	bool is_known;	/* looked up already */
	uint16_t province;
};

struct filter {
	uint16_t kinds[FILTER_KINDS_MAX];
	unsigned kind_count; /* 0: any */
	bool has_member, has_theme, has_status, has_about, is_latest, has_payload;
	struct bytes member_code;
	uint32_t member, theme, status; /* terms; 0: one that no record has */
	uint8_t region;			/* 0: any */
	uint16_t province;		/* 0: any; within region */
	struct record_ref about;
	int64_t since, until;
	char today[DAY_TEXT_SIZE]; /* audit */
	uint64_t limit;
	uint64_t after; /* arrival that the cursor names */
	struct facets facets;
	uint32_t completion[6];	       /* terms of audit_caution's words */
	uint32_t term_count;	       /* numbers of terms are below it */
	struct territory *territories; /* by term of the member; NULL until asked for */
	struct bytes *words;	       /* by term, those that were asked for */
	uint8_t *theme_sets;	       /* by term of the set: 0 unknown, 1 no, 2 yes */
};

/* From the parameters; false when one is refused. Release it in either case. */
bool filter_take(struct query *q, struct filter *f);
void filter_release(struct filter *f);
/* Arrivals that may fit, behind `after`. NULL after a failure. */
struct stream *filter_stream(struct query *q, struct filter *f, uint64_t after);
/* Its facets when it fits, else NULL; borrowed from the transaction. */
const uint8_t *filter_fits(struct query *q, struct filter *f, uint64_t arrival);

/* A term as it is written; borrowed from the transaction. */
struct bytes filter_word(struct query *q, struct filter *f, uint32_t term);
/* At the moment that is asked about; a term, 0: none. */
uint32_t filter_status(struct filter *f, const uint8_t *row, uint64_t arrival);
/* Where it lies: its own territory when it names one, else its member's. */
struct territory filter_territory(struct query *q, struct filter *f, const uint8_t *row);

/* `cursor` as an arrival in decimal digits, into after. */
bool filter_take_cursor(struct query *q, struct filter *f);

/* A page of rows in arrival order: put writes the one of each record that fits and says whether it
 * did. */
typedef bool put_row_fn(
    struct query *q, struct writer *rows, uint64_t arrival, const struct filter *f);
void filter_page(struct query *q, struct filter *f, put_row_fn *put);

/* The envelope of a page; cursor empty: nothing remains. */
void page_put(struct query *q, struct bytes cursor, const struct writer *rows, uint32_t count);

/* Words of parameters. */
bool filter_take_theme(struct query *q, struct filter *f);
bool filter_take_status(struct query *q, struct filter *f);
bool filter_take_place(struct query *q, struct filter *f);
/* The territory of a member in the roster. */
struct territory territory_of_member(struct query *q, struct bytes code);

#endif
