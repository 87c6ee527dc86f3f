/* What a report is made of: facts gathered once from the daemon's own queries, kept together until every part of it is
 * written. Nothing here is judged again: findings, statuses and overdue are the audit's.
 *
 *     code = report_gather(&report, args, &options);
 *     report_write(&report, &doc_html, &out);
 *     report_release(&report); */
#ifndef CLI_REPORT_H
#define CLI_REPORT_H

#include "cli/client.h"
#include "cli/doc.h"
#include "proto/audit.h"

#define REPORT_ARTICLES_MAX 24
#define REPORT_REGIONS 13 /* by number; 0: not known */

struct report_options {
	const char *region, *member, *today, *as_of, *threshold; /* NULL: not given */
};

struct report_article {
	int64_t number;
	struct doc_text title;
};

struct report_member {
	struct bytes code, kind;
	struct doc_text name;
	unsigned region;
	unsigned
	    rank; /* regions, provinces, communes, arrondissements, then those that are no territory */
	bool is_territory, is_wanted;
};

/* A row of the audit, and what of its payload a report needs. */
struct report_row {
	struct bytes ref, member, kind, word, due, claimed, computed, score, score_before;
	struct bytes status, self_status, attested_status;
	struct doc_text title;
	struct bytes payload; /* of some kinds only */
	struct hash id;
	unsigned region, findings;
	bool has_id, is_overdue, has_days;
	int64_t days, last_progress;
	int64_t article; /* 0: none */
	uint32_t order;
};

struct report_practice {
	struct bytes ref, member, superseded_by, status;
	struct doc_text title;
	struct hash id;
	uint32_t adopters;
};

struct report_adopter {
	uint32_t practice; /* position */
	struct bytes member;
};

/* An item that members have not published. */
struct report_item {
	struct bytes word;
	uint32_t count;
};

struct report {
	struct report_options options;
	struct doc_text name; /* of the network */
	char network[2 * HASH_SIZE + 1], digest[2 * HASH_SIZE + 1];
	char today[11];	  /* by which dates are judged */
	char written[11]; /* when it was made, in the same zone */
	uint64_t arrivals;
	unsigned threshold; /* in thousandths */
	unsigned region;    /* the one that is wanted, by number; 0: any */
	struct report_article articles[REPORT_ARTICLES_MAX];
	size_t article_count;
	bool has_charter, has_bom;
	struct writer members;	 /* struct report_member: admitted ones, by region, kind and code */
	struct writer rows;	 /* struct report_row, by id; those without come first */
	struct writer practices; /* struct report_practice, by REF */
	struct writer adopters;	 /* struct report_adopter */
	struct writer items;	 /* struct report_item */
	unsigned records_count;	 /* rows of the audit */
	struct report_chunk *chunks;
	struct writer scratch;
	enum err err;
};

/* The exit code; what is wrong was said. */
int report_gather(struct report *r, const struct args *args, const struct report_options *options);
void report_release(struct report *r);
/* ERR_MEMORY, in the writer or the report. */
void report_write(struct report *r, const struct doc_format *format, struct writer *out);

/* A copy that lives as long as the report. */
struct bytes report_keep(struct report *r, struct bytes text);
/* The text by language, or the plain one, of a value; kept. */
struct doc_text report_keep_text(struct report *r, struct bytes value);

size_t report_member_count(const struct report *r);
struct report_member *report_member_at(const struct report *r, size_t at);
/* NULL when nobody who is admitted has this code. */
struct report_member *report_member_of(const struct report *r, struct bytes code);
size_t report_row_count(const struct report *r);
struct report_row *report_row_at(const struct report *r, size_t at);
/* Rows that fit, sorted by compare (of pointers to rows), NULL: as they came. The caller frees the list; NULL and no count
 * when memory is out. */
const struct report_row **report_select(struct report *r,
    bool (*fits)(const struct report_row *row), int (*compare)(const void *a, const void *b),
    size_t *count);
/* What a region is called, in the reader's language. */
struct doc_cell report_region(unsigned region);
bool report_has(const struct report_row *row, enum audit_finding finding);
bool report_is(const struct report_row *row, const char *kind);

/* --- parts: each writes one section ---------------------------------------------------------- */

void report_matrix(struct report *r, struct doc *doc);
void report_members(struct report *r, struct doc *doc);
void report_completion(struct report *r, struct doc *doc);
void report_overdue(struct report *r, struct doc *doc);
void report_findings(struct report *r, struct doc *doc);
void report_stages(struct report *r, struct doc *doc);
void report_shares(struct report *r, struct doc *doc);
void report_budgets(struct report *r, struct doc *doc);
void report_claims(struct report *r, struct doc *doc);
void report_scores(struct report *r, struct doc *doc);
void report_practices(struct report *r, struct doc *doc);
void report_items(struct report *r, struct doc *doc);
void report_silent(struct report *r, struct doc *doc);

#endif
