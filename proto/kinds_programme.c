/* Fields of a programme and of what grows in it: axes, ideas, proposals, projects. Data alone. */
#include "proto/kinds_parts.h"

static const struct field stage_fields[] = {
    WORD("stage", &words_stages, "المرحلة", "étape", "stage", "which stage", REQUIRED), START, END,
    CIVIL_SOCIETY, HEADCOUNT, NOTE("what happened"), EVIDENCE, {0}};

const struct field programme_fields[] = {TITLE,
    WORD("instrument", &words_instruments, "الأداة", "instrument", "instrument",
	"what sort of programme it is", REQUIRED),
    TEXT("what it is about"), START, END, THEMES, TERRITORY,
    PARTS("stages", stage_fields, "المراحل", "étapes", "stages",
	"in their order, with who of civil society took part", MANY(64)),
    DELIBERATION("adopted", "الاعتماد", "adoption", "adopted", "by which the council adopted it", ),
    LINK("revises", TO(KIND_PROGRAMME), "يحيِّن", "actualise", "revises",
	"the earlier programme that this one brings up to date", .whose = LINK_OWN),
    BUDGET, EVIDENCE, SOURCE, {0}};
const struct rule programme_rules[] = {RULE_DATES("start", "end"),
    RULE_DATES("stages.start", "stages.end"), RULE_GROUPS("stages.headcount"), RULE_REASON, {0}};

const struct field axis_fields[] = {TITLE,
    LINK("programme", TO(KIND_PROGRAMME), "البرنامج", "programme", "programme",
	"the programme that it is part of", REQUIRED),
    WORD("level", &words_axis_levels, "المستوى", "niveau", "level",
	"where in the programme it stands", ),
    LINK("parent", TO(KIND_AXIS), "يتفرع عن", "relève de", "parent", "the axis above it", ),
    INT("position", 1, 9999, "الترتيب", "rang", "position", "among those of the same parent", ),
    TEXT("what it is about"), THEMES, {0}};
const struct rule axis_rules[] = {RULE_REASON, {0}};

const struct field idea_fields[] = {TITLE, TEXT("in the words of those who had it"), WORKSHOP_LINK,
    AXIS_LINK, PROGRAMME_LINK,
    LINE("proposer", "صاحب الفكرة", "proposée par", "proposer",
	"group or institution that had it, no person", ),
    THEMES, DECISION, {0}};
const struct rule idea_rules[] = {RULE_DECIDED, RULE_REASON, {0}};

const struct field proposal_fields[] = {TITLE, TEXT("what is proposed"),
    LINK("ideas", TO(KIND_IDEA), "الأفكار", "idées", "ideas", "that it was made from", MANY(64)),
    WORKSHOP_LINK, AXIS_LINK, PROGRAMME_LINK,
    LINK("group", TO(KIND_COOPERATION), "مجموعة العمل", "groupe de travail", "working group",
	"that made it", ),
    MONEY("cost", "الكلفة", "coût", "cost", "estimated, in the minor unit of the currency"), THEMES,
    DECISION, {0}};
const struct rule proposal_rules[] = {RULE_DECIDED, RULE_REASON, {0}};

const struct field project_fields[] = {TITLE, TEXT("what will be done"),
    LINK("origins", TO(KIND_IDEA, KIND_PROPOSAL), "الأصل", "origine", "origins",
	"ideas and proposals that it came from", MANY(64)),
    AXIS_LINK, PROGRAMME_LINK, START, END, BUDGET,
    LINE("lead", "الجهة المسؤولة", "responsable", "lead",
	"institution that answers for it, no person", ),
    LINE("partners", "الشركاء", "partenaires", "partners", "institutions and associations",
	MANY(64)),
    THEMES, TERRITORY, DECISION, EVIDENCE, SOURCE, {0}};
const struct rule project_rules[] = {RULE_DATES("start", "end"), RULE_DECIDED, RULE_REASON, {0}};
