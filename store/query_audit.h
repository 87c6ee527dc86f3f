/* What the parts of the audit share. query_audit.c decides which rows a page has, query_audit_row.c what a row says,
 * query_audit_network.c what needs the whole network: figures, evaluations of the year before, members. */
#ifndef STORE_QUERY_AUDIT_H
#define STORE_QUERY_AUDIT_H

#include "store/audit_row.h"
#include "store/query_part.h"

#define AUDIT_KINDS_MAX 16

/* A member as the roster has it. */
struct audit_member {
	struct bytes code;
	bool is_known, is_admitted;
	uint8_t kind; /* enum member_kind */
	int region;   /* 0: not known */
	struct mtime since;
};

/* Figures of the network, those that claims are held against. */
struct audit_figures {
	bool is_taken;
	uint32_t
	    members[4]; /* all of territories; regions, provinces, communes with arrondissements */
	uint64_t workshops;
	uint64_t heads[HEAD_COUNT];	/* of workshops */
	uint64_t totals_of[HEAD_COUNT]; /* heads of the workshops that count this group */
};

struct audit_query {
	struct query *q;
	struct facets facets;
	/* what was asked for */
	struct bytes member;
	bool has_only; /* one record: */
	uint16_t only_kind;
	uint64_t only;
	int region;
	uint16_t kinds[AUDIT_KINDS_MAX];
	size_t kind_count; /* 0: any */
	bool is_named;	   /* kinds were given, or members: all their rows are shown */
	bool wants_members, wants_missing;
	bool hides_few;	   /* no share of fewer than PEOPLE_FEW people */
	bool adds_members; /* behind the records */
	unsigned
	    also; /* findings whose rows are shown too, and are otherwise only where they are asked for */
	unsigned findings; /* of which one is wanted, 0: any row */
	unsigned permille;
	int64_t silent_days;
	char today[DAY_TEXT_SIZE];
	int64_t today_ms; /* its first moment, UTC */
	uint64_t limit;
	/* what was found out */
	struct writer members; /* struct audit_member by number of its term */
	struct writer scores;  /* struct audit_score */
	bool has_scores;
	struct audit_figures figures;
	struct writer deeds; /* struct audit_deeds by number of the member's term */
	bool has_deeds;
	uint32_t *frozen; /* numbers of the logs whose key signed two histories; owned */
	size_t frozen_count;
	bool is_openness; /* somebody in this network has adopted a programme of openness */
	/* the page, and where it begins: behind a record, an item that is missing, a member */
	enum audit_stage { AUDIT_RECORDS, AUDIT_MISSING, AUDIT_MEMBERS, AUDIT_DONE } stage;
	uint16_t after_kind;
	uint64_t after;
	struct bytes after_code;
	struct writer rows;
	uint32_t row_count;
};

/* One record that is audited. */
struct audited {
	uint16_t kind;
	uint64_t arrival;
	bool is_kept; /* the row is the view's, not computed for an earlier moment */
	struct facet facet;
	struct audit_row row;
	struct audit_member member;
	struct audit_due due;
	unsigned findings; /* all of them */
	bool is_frozen;	   /* its log */
	bool has_computed;
	int64_t computed; /* what a claim should say, millionths */
	bool has_before;
	int64_t before; /* the score of the year before */
};

/* The member that a term of facets names. */
void audit_member_of(struct audit_query *aq, uint32_t term, struct audit_member *out);
/* From the roster; false when it is not there. */
bool audit_member_get(struct audit_query *aq, struct bytes code, struct audit_member *out);

/* Has its key signed two histories? */
bool audit_is_frozen(const struct audit_query *aq, uint32_t log_no);
/* Everything that the row says today. */
void audit_judge(struct audit_query *aq, struct audited *a);
void audit_put(struct audit_query *aq, const struct audited *a);

void audit_judge_claim(struct audit_query *aq, struct audited *a);
void audit_judge_score(struct audit_query *aq, struct audited *a);
/* Rows that no record has: items that a member has not published, members without a programme or silent. From behind the
 * member `after`; true when all were looked at, else *after is the last one. */
bool audit_missing_items(struct audit_query *aq, struct bytes *after);
bool audit_members(struct audit_query *aq, struct bytes *after);
bool audit_is_full(const struct audit_query *aq);

#endif
