/* The vocabularies that fields of the table choose from. Their words are those of deploy/vocabularies. */
#ifndef PROTO_KINDS_WORDS_H
#define PROTO_KINDS_WORDS_H

#include "proto/kinds.h"

extern const struct vocabulary words_themes;
extern const struct vocabulary words_completion;
extern const struct vocabulary words_verifiable;
extern const struct vocabulary words_potential;
extern const struct vocabulary words_early_results;
extern const struct vocabulary words_attester_roles;
extern const struct vocabulary words_decisions;
extern const struct vocabulary words_adoption_stages;
extern const struct vocabulary words_instruments;
extern const struct vocabulary words_stages;
extern const struct vocabulary words_axis_levels;
extern const struct vocabulary words_event_types;
extern const struct vocabulary words_cooperation_types;
extern const struct vocabulary words_measures;
extern const struct vocabulary words_participant_groups;
extern const struct vocabulary words_publication_items;
/* Of decisions: those that say no, or not now, or not alone, and so have to say why. */
extern const char *const words_declining[];

#endif
