/* Words as data; a test holds them to deploy/vocabularies, which names them in three languages. */
#include "proto/kinds_words.h"

#include <stddef.h>

#include "proto/kinds_table.h"

#define VOCABULARY(id, open, ...) \
	const struct vocabulary words_##id = {#id, (const char *const[]){__VA_ARGS__, NULL}, open}

const char *const unknown_words[] = {"ND", "NR", "NA", NULL};
const char *const words_declining[] = {"merged", "deferred", "refused", NULL};

VOCABULARY(themes, true, "transparency", "accountability", "access_to_information",
    "citizen_participation", "digitalisation", "public_innovation", "gender", "integrity",
    "territorial_justice");
VOCABULARY(completion, false, "no_evidence", "not_started", "limited", "substantial", "complete",
    "withdrawn");
VOCABULARY(verifiable, false, "yes", "no");
VOCABULARY(potential, false, "unclear", "modest", "substantial");
VOCABULARY(early_results, false, "none", "moderate", "significant");
VOCABULARY(attester_roles, false, "member", "coordinator", "observer");
VOCABULARY(decisions, false, "pending", "kept", "merged", "deferred", "refused");
VOCABULARY(adoption_stages, false, "considered", "adapting", "in_use", "abandoned");
VOCABULARY(instruments, false, "openness", "pac", "vision", "performance", "other");
VOCABULARY(stages, true, "communication", "axes", "co_creation", "consolidation",
    "second_consultation", "validation", "adoption", "implementation", "monitoring_evaluation",
    "preparation", "diagnosis", "planning", "execution", "monitoring", "evaluation", "updating",
    "vision", "choices", "projects");
VOCABULARY(axis_levels, false, "vision", "diagnosis", "challenge", "objective", "axis", "activity");
VOCABULARY(event_types, false, "forum", "meeting", "visit", "exchange", "conference", "other");
VOCABULARY(
    cooperation_types, false, "agreement", "working_group", "twinning", "joint_project", "other");
VOCABULARY(measures, true, "members", "members_region", "members_province", "members_commune",
    "workshops", "participants", "share_women", "share_youth", "share_disabilities",
    "satisfaction_forms", "communes", "other");
VOCABULARY(participant_groups, false, "women", "youth", "disabilities", "civil_society");
VOCABULARY(publication_items, true, "agreements", "legal_texts", "draft_texts", "finance_bills",
    "budgets_and_accounts", "mission_structure_contacts", "procedures_and_guides", "services",
    "rights_and_appeals", "licences", "operating_permits", "election_results", "public_contracts",
    "recruitment", "senior_posts", "reports_and_studies", "statistics", "company_information",
    "competition");
