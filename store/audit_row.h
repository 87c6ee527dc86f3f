/* What the audit knows of one record before it knows today's date and a threshold: a row of the view `audit`, kept current
 * by its builder, and computed afresh for an earlier moment. FORMAT.md has its bytes. */
#ifndef STORE_AUDIT_ROW_H
#define STORE_AUDIT_ROW_H

#include "proto/audit_record.h"
#include "store/facet.h"

/* u16 kind ‖ u64 arrival */
#define AUDIT_KEY_SIZE 10
#define AUDIT_WORD_SIZE 64

enum audit_head { HEAD_TOTAL, HEAD_WOMEN, HEAD_YOUTH, HEAD_DISABILITIES, HEAD_CIVIL, HEAD_COUNT };

struct audit_row {
	/* What it is called is not kept: leaf and title are read from the record when it is shown. */
	bool is_brief;
	struct hash leaf;
	unsigned findings;
	struct audit_verdict verdict; /* of a commitment or milestone */
	struct bytes due; /* of those two; of a programme the day from which a stage is bare */
	bool is_bare;	  /* a programme has a stage without civil society */
	bool is_adopted;  /* a programme of openness that a council adopted */
	bool has_heads[HEAD_COUNT];
	uint32_t heads[HEAD_COUNT]; /* of a headcount; at most 2^32 - 1 */
	bool has_value;
	int64_t value; /* a claim's figure, an evaluation's score: millionths */
	uint16_t year; /* of an evaluation, 0: none */
	uint64_t grid; /* its grid: first bytes of a hash */
	struct bytes
	    word; /* evaluation: code of the evaluated member; publication: its item; claim: its measure */
	struct bytes
	    title; /* the MessagePack value as its author gave it; empty: none, or above 2 KiB */
};

/* Kinds that have rows. */
bool audit_is_subject(uint16_t kind);
/* Kinds of which the view knows all findings, so that most are never shown: their rows are brief. */
bool audit_is_brief(uint16_t kind);

/* Where the records about a subject are found. */
struct audit_source {
	struct txn *truth;
	struct facets *facets;		     /* also says until when */
	const struct audit_verdict *verdict; /* reached already; NULL: it is to be found */
};

/* The row of a record that is neither superseded nor unreadable; parts of it are borrowed from payload. */
void audit_row_compute(const struct audit_source *source, uint64_t arrival,
    const struct facet *facet, struct bytes payload, const struct hash *leaf,
    struct audit_row *row);

/* What others say of a commitment or milestone has changed; what it says itself has not. */
void audit_row_renew(const struct audit_source *source, uint64_t arrival, const struct facet *facet,
    struct audit_row *row);

void audit_row_encode(struct writer *w, const struct audit_row *row);
/* false for bytes that are none. Borrowed. */
bool audit_row_decode(struct audit_row *row, struct bytes value);
/* Its findings alone; 0 for bytes that are none. */
unsigned audit_row_findings(struct bytes value);

/* The title of a payload, as rows keep it. */
struct bytes audit_title(struct bytes payload);

void audit_row_key(uint8_t key[static AUDIT_KEY_SIZE], uint16_t kind, uint64_t arrival);

/* What the builder of this view keeps of each member besides: u32 member → u64 newest claimed time of a record of people,
 * that is of kind 64 or above. */
#define AUDIT_KIND_OF_PEOPLE 64

#endif
