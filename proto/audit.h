/* The audit of one commitment or milestone: what its member says, what others attest, whether it is overdue, what is
 * missing.
 *
 * Pure rules over facts that the caller found: feed everything about it in any order, then ask. The same records give the
 * same verdict on every node: the newest of several is the one with the highest log number and index, claimed times order
 * nothing. Which day it is in the network's zone is the caller's business.
 *
 *     struct audit a = {0};
 *     audit_begin(&a, member, is_withdrawn);
 *     audit_progress(&a, &fact); audit_attestation(&a, &fact); …
 *     err = audit_end(&a, &verdict);
 *     err = audit_date(&due, date, verdict.status, today);
 *     audit_release(&a); */
#ifndef PROTO_AUDIT_H
#define PROTO_AUDIT_H

#include "proto/kinds.h"
#include "proto/roster.h"

#define AUDIT_FINDING_MAP(X) \
	X(COMPLETE_WITHOUT_ATTESTATION, "complete-without-attestation") \
	X(COMPLETE_WITHOUT_EVIDENCE, "complete-without-evidence") \
	X(SELF_ATTESTED, "self-attested") /* somebody attested their own; it is not counted */ \
	X(DISSENT, "dissent")		  /* somebody disagrees, or two code it differently */ \
	X(NO_PROGRESS, "no-progress") \
	X(OVERDUE, "overdue") \
	X(NO_DUE_DATE, "no-due-date") \
	X(ATTESTED_DIFFERS, "attested-differs") /* from what the member says of itself */ \
	X(CODING_DIFFERS, "coding-differs") /* coordinators and observers code it differently */ \
	X(VERSION_CONFLICT, "version-conflict") /* two versions supersede the same one */ \
	X(STAGE_WITHOUT_CIVIL_SOCIETY, "stage-without-civil-society") \
	X(SHARE_BELOW_THRESHOLD, "share-below-threshold") \
	X(SHARE_WITHOUT_HEADCOUNT, "share-without-headcount") \
	X(GROUP_EXCEEDS_TOTAL, "group-exceeds-total") \
	X(BUDGET_MISMATCH, "budget-mismatch") \
	X(CLAIM_PARTS_DIFFER, "claim-parts-differ") \
	X(CLAIM_DIFFERS, "claim-differs") /* from what the records and the roster add up to */ \
	X(CONDITION_FAILED, "condition-failed") \
	X(SCORE_DROPPED, "score-dropped") /* below the same grid's of the year before */ \
	X(NEVER_ADOPTED, "never-adopted") \
	X(NO_PROGRAMME, "no-programme") /* the member has adopted no openness programme */ \
	X(SILENT, "silent")		/* nothing of the member for a long time */ \
	X(NOT_PUBLISHED, "not-published") \
	X(LOG_FROZEN, \
	    "log-frozen") /* its key signed two histories: this is what one of them says */

enum audit_finding {
#define X(id, name) FINDING_##id,
	AUDIT_FINDING_MAP(X)
#undef X
	    FINDING_COUNT
};
const char *audit_finding_name(unsigned finding);

/* In which role somebody attests. */
enum audit_role { AUDIT_AS_MEMBER, AUDIT_AS_COORDINATOR, AUDIT_AS_OBSERVER };

/* Whether a member of that kind may speak in it. What is not known of the roster is no coordinator and no observer. */
bool audit_role_fits(enum audit_role role, enum member_kind kind, bool is_coordinator);
/* In which role an attestation speaks, by its own word. */
enum audit_role audit_role_read(struct bytes payload);

/* A status as a number, from the most cautious on: no_evidence 0, not_started, limited, substantial, complete,
 * withdrawn; -1 for what is none of them (ND, NR and NA say that nobody knows). */
int audit_caution(struct bytes status);
/* The word; "" when there is none. */
const char *audit_caution_word(int caution);

/* A record about what is judged, neither superseded nor erased. */
struct audit_fact {
	uint32_t member; /* who says it: any number that stands for one member */
	uint32_t log_number;
	uint64_t index;
	struct mtime time;
	int caution; /* of the status that it gives; -1: none */
	enum audit_role role;
	bool is_withdrawn, has_evidence, agrees, disagrees;
};

/* What its payload says: everything but who, where and when. */
void audit_fact_read(struct audit_fact *fact, uint16_t kind, struct bytes payload);

struct audit {
	uint32_t member;
	bool is_withdrawn;
	bool is_self_attested;
	bool has_progress, is_evidenced;
	struct audit_fact newest;   /* progress, when has_progress */
	struct writer attestations; /* array of struct audit_fact: the newest of each attester */
};

/* Statuses are audit_caution's; -1: nobody says. */
struct audit_verdict {
	int status; /* attested where somebody codes it, else the member's own */
	int self_status;
	int attested_status;			 /* the most cautious one of those who code it */
	int coordinator_status, observer_status; /* the most cautious one of each role */
	bool is_attested;			 /* source: attested, not self */
	unsigned attester_count;
	bool has_progress;
	struct mtime last_progress;
	unsigned findings; /* 1 << enum audit_finding, those that need no date */
};

/* What a due date makes of it. */
struct audit_due {
	struct bytes due; /* as precise as it is given; empty: none */
	int overdue;	  /* 1, 0, or -1: there is no due date */
	bool has_days;
	int64_t days; /* since the end of the due day, month or year; negative while it lasts */
	unsigned findings;
};

void audit_begin(struct audit *a, uint32_t member, bool is_withdrawn);
void audit_progress(struct audit *a, const struct audit_fact *fact);
void audit_attestation(struct audit *a, const struct audit_fact *fact);
/* ERR_MEMORY. */
enum err audit_end(struct audit *a, struct audit_verdict *verdict);
void audit_release(struct audit *a);

/* due: any bytes, borrowed. today: YYYY-MM-DD, else ERR_USAGE. */
enum err audit_date(struct audit_due *out, struct bytes due, int status, const char *today);

#endif
