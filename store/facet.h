/* Facets: per record one row of fixed size that lists filter, sort, group and count by without
 * reading a payload. FORMAT.md describes it.
 *
 * What others say of a record (superseded, the audited status of a commitment) is derived from rows
 * and links; the indexer keeps the derived values current for now, and facets_audit and
 * facets_superseding give them for any earlier moment.
 *
 * Words (themes, statuses, codes of members) stand as numbers of the table of terms. */
#ifndef STORE_FACET_H
#define STORE_FACET_H

#include "proto/audit.h"
#include "store/view_rows.h"

#define FACET_SIZE 144
#define FACET_TITLE_SIZE 28
/* Rows of one value: a value and its page header fill one page of 4,096 bytes. */
#define FACETS_PER_BLOCK 28

enum facet_flag {
	FACET_ERASED = 1 << 0,
	FACET_NOT_HELD = 1 << 1,
	FACET_RAW = 1 << 2, /* present, and not canonical */
	FACET_WITHDRAWN = 1 << 3,
	FACET_PAST_CUT = 1 << 4,
	FACET_SUPERSEDED = 1 << 5,
	FACET_CONFLICT = 1 << 6, /* superseded more than once */
	FACET_EVIDENCE = 1 << 7,
	FACET_AGREES = 1 << 8, /* attestation: agrees true */
	FACET_DISAGREES = 1 << 9,
	FACET_COORDINATOR = 1 << 10, /* attestation: in this role */
	FACET_OBSERVER = 1 << 11,
	FACET_ATTESTED = 1 << 12 /* progress: some attestation leads to it */
};
#define FACET_UNREADABLE (FACET_ERASED | FACET_NOT_HELD | FACET_RAW)

struct facet {
	uint16_t kind;
	uint16_t flags;
	uint32_t log_no;
	uint32_t number; /* of the log; 0: a roster */
	uint32_t member; /* TERM_MEMBER */
	uint64_t index;
	uint64_t time;
	uint32_t themes;     /* TERM_SET; 0: none */
	uint32_t own_status; /* TERM_STATUS: what the payload says; 0: nothing */
	uint32_t status;     /* the same, or of a commitment or milestone the audited one */
	uint8_t region;	     /* of `territory`, 1 to 12; 0: not said */
	uint8_t caution;     /* audit_caution of its own status, 0xff: codes nothing */
	uint16_t province;   /* the three digits of it; 0: not said */
	uint8_t leaf[VIEW_LEAF_SIZE];
	uint64_t about;	     /* arrival of what `about` leads to; 0: nothing that is held */
	uint64_t supersedes; /* arrival of the version before, judged; 0: none */
	uint64_t changed;    /* newest arrival that `status` depends on */
	uint8_t titles[2]
		      [FACET_TITLE_SIZE]; /* order keys: as readers of Arabic, of French see it */
};

/* Region and province that a code lies in, "RR.PPP…" or "MA-RR"; 0 what it does not say. */
#define REGION_MAX 12
void territory_read(struct bytes code, uint8_t *region, uint16_t *province);

void facet_encode(uint8_t out[static FACET_SIZE], const struct facet *f);
void facet_decode(struct facet *f, const uint8_t row[static FACET_SIZE]);

/* Single fields of a row, for those who look at many. */
static inline uint16_t facet_kind(const uint8_t *row)
{
	return be16_get(row);
}
static inline uint32_t facet_status(const uint8_t *row)
{
	return be32_get(row + 40);
}
static inline uint64_t facet_about(const uint8_t *row)
{
	return be64_get(row + 64);
}
static inline uint64_t facet_changed(const uint8_t *row)
{
	return be64_get(row + 80);
}
static inline unsigned facet_flags(const uint8_t *row)
{
	return be16_get(row + 2);
}
static inline uint32_t facet_member(const uint8_t *row)
{
	return be32_get(row + 12);
}
static inline uint64_t facet_time(const uint8_t *row)
{
	return be64_get(row + 24);
}
static inline uint32_t facet_themes(const uint8_t *row)
{
	return be32_get(row + 32);
}
static inline uint8_t facet_region(const uint8_t *row)
{
	return row[44];
}
static inline uint16_t facet_province(const uint8_t *row)
{
	return be16_get(row + 46);
}
/* is_arabic: as its readers see it. All zero: no title. */
static inline const uint8_t *facet_title(const uint8_t *row, bool is_arabic)
{
	return row + 88 + (is_arabic ? 0 : FACET_TITLE_SIZE);
}

/* Reads rows; the block of the last one is kept. Valid as long as the transaction writes nothing,
 * or until facets_init. */
struct facets {
	struct txn *t;
	uint64_t first, count; /* arrivals of the block that was read last; count 0: none */
	const uint8_t *rows;
	int64_t as_of; /* claimed times from here on do not exist */
	uint64_t upto; /* arrivals behind it do not exist */
};

void facets_init(struct facets *f, struct txn *t);
/* Of another block than the last one. */
const uint8_t *facets_turn(struct facets *f, uint64_t arrival);
/* NULL when there is none. Borrowed. */
static inline const uint8_t *facets_at(struct facets *f, uint64_t arrival)
{
	uint64_t at = arrival - f->first;

	return arrival >= f->first && at < f->count ? f->rows + at * FACET_SIZE
						    : facets_turn(f, arrival);
}
bool facets_get(struct facets *f, uint64_t arrival, struct facet *out);
/* Replaces one row; no reader of this transaction keeps what it read. */
void facet_put(struct txn *t, uint64_t arrival, const struct facet *row);

/* How many versions supersede this one; newest: the highest arrival of them, may be NULL. */
unsigned facets_superseding(
    struct facets *f, const struct facet *row, uint64_t arrival, uint64_t *newest);

/* Whether an attestation leads to it, whatever it says and whoever made it. */
bool facets_is_attested(struct facets *f, const struct facet *row, uint64_t arrival);
/* Whether a record says something: it can be read, and was neither superseded nor withdrawn by then. */
bool facets_counts(struct facets *f, const struct facet *row, uint64_t arrival);
/* What progress and attestations make of a commitment or milestone. changed: the newest arrival that was looked at. */
void facets_audit(struct facets *f, const struct facet *row, uint64_t arrival,
    struct audit_verdict *verdict, uint64_t *changed);
/* Kinds whose status is the audited one. */
bool facet_is_audited(uint16_t kind);

/* --- terms ----------------------------------------------------------------------------------- */

enum term_class { TERM_MEMBER = 'm', TERM_STATUS = 's', TERM_THEME = 't', TERM_SET = 'T' };
#define TERM_SIZE_MAX 64
#define TERM_SET_MAX 16

/* 0 when it has no number. */
uint32_t term_find(struct txn *t, enum term_class class, struct bytes word);
/* Its number, a new one when it has none. */
uint32_t term_put(struct txn *t, enum term_class class, struct bytes word);
/* Empty when there is none. Borrowed. A set is its themes' numbers, u32 each, ascending. */
struct bytes term_word(struct txn *t, uint32_t number);

#endif
