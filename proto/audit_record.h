/* The audit of single records: figures that cannot stand whoever reads them. Pure rules over one payload, with no date and
 * no other record; what needs those is proto/audit.h.
 *
 * Any bytes are taken: what is missing or of another shape says nothing. Findings are 1 << enum audit_finding. */
#ifndef PROTO_AUDIT_RECORD_H
#define PROTO_AUDIT_RECORD_H

#include "proto/audit.h"

/* A figure of fewer people than this leaves the house in no export: one of them could be meant. */
#define PEOPLE_FEW 5

/* Groups overlap: they are held against the total, never added up. */
enum audit_group { GROUP_WOMEN, GROUP_YOUTH, GROUP_DISABILITIES, GROUP_COUNT };
extern const char *const audit_group_names[GROUP_COUNT];

struct audit_shares {
	bool has[GROUP_COUNT]; /* from a headcount with a total above 0 */
	unsigned permille[GROUP_COUNT];
};

/* `headcount` and `reported_shares` of a workshop, an event, a training, a stage: GROUP_EXCEEDS_TOTAL,
 * SHARE_WITHOUT_HEADCOUNT. A group that exceeds the total has no share. */
unsigned audit_headcount(struct bytes payload, struct audit_shares *shares);
/* SHARE_BELOW_THRESHOLD when a share that is known is below. */
unsigned audit_shares(const struct audit_shares *shares, unsigned permille);

/* `budget`: BUDGET_MISMATCH when its lines are not in the currency of the total or do not add up to it. */
unsigned audit_budget(struct bytes payload);

/* A claim: CLAIM_PARTS_DIFFER when it has parts that do not add up to its value. */
unsigned audit_claim(struct bytes payload);

/* An evaluation: CONDITION_FAILED when a minimum condition was not met. */
unsigned audit_conditions(struct bytes payload);

/* A programme's stages where nobody of civil society took part: neither the stage names an organisation or counts heads,
 * nor does is_covered (a workshop of that stage) say so. True when there is one; since gets the earliest day from which
 * that holds, as precise as it is given, empty for a stage without a date. */
bool audit_stages(struct bytes programme, bool (*is_covered)(void *context, struct bytes stage),
    void *context, struct bytes *since);
/* Whether somebody of civil society took part in what the payload (a workshop, a stage) tells of. */
bool audit_has_civil_society(struct bytes payload);

#endif
