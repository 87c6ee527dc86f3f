/* The audit of one commitment: what its member says, what others attest, whether it is overdue, what is missing.
 *
 * Pure rules over records that the caller found: feed the commitment, then everything about it in any order, then ask.
 * The same records give the same row on every node: the newest of several is the one with the highest log number and
 * index, claimed times order nothing. Which day it is in the network's zone is the caller's business.
 *
 *     struct audit a = {0};
 *     audit_begin(&a, "sefrou", commitment);
 *     audit_progress(&a, &fact); audit_attestation(&a, &fact); …
 *     err = audit_end(&a, today, &row);
 *     audit_release(&a); */
#ifndef PROTO_AUDIT_H
#define PROTO_AUDIT_H

#include "proto/kinds.h"

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
	X(NOT_PUBLISHED, "not-published")

enum audit_finding {
#define X(id, name) FINDING_##id,
	AUDIT_FINDING_MAP(X)
#undef X
	    FINDING_COUNT
};
const char *audit_finding_name(unsigned finding);

/* From the most cautious word of completion on; -1 for what codes nothing (ND, NR and NA say that nobody knows). */
int audit_caution(struct bytes status);
const char *audit_caution_word(int caution);

/* A record about the commitment, neither superseded nor erased; withdrawn ones are ignored. Everything is borrowed until
 * audit_release. */
struct audit_fact {
	const char *member; /* who says it */
	uint32_t log_number;
	uint64_t index;
	struct mtime time;
	struct bytes payload;
};

struct audit {
	const char *member;
	struct bytes commitment;
	struct writer progress, attestations; /* arrays of struct audit_fact */
	bool is_self_attested;
};

struct audit_row {
	struct bytes due; /* as precise as it is given; empty: none */
	struct bytes
	    status; /* attested where somebody codes it, else the member's own; empty: nobody says */
	struct bytes self_status;
	struct bytes attested_status; /* the most cautious one of those who code it */
	struct bytes coordinator_status,
	    observer_status; /* the most cautious of each role; empty: none */
	bool is_attested;    /* source: attested, not self */
	unsigned attester_count;
	bool has_progress;
	struct mtime last_progress;
	int overdue; /* 1, 0, or -1: there is no due date */
	bool has_days;
	int64_t days; /* since the end of the due day, month or year; negative while it lasts */
	unsigned findings; /* 1 << enum audit_finding */
};

void audit_begin(struct audit *a, const char *member, struct bytes commitment);
void audit_progress(struct audit *a, const struct audit_fact *fact);
void audit_attestation(struct audit *a, const struct audit_fact *fact);
/* today: YYYY-MM-DD, else ERR_USAGE. ERR_MEMORY. */
enum err audit_end(struct audit *a, const char *today, struct audit_row *row);
void audit_release(struct audit *a);

#endif
