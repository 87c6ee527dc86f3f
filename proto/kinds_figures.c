/* Fields of what is counted: workshops, surveys as aggregates, proactive publication, figures that a source states.
 * Data alone. */
#include "proto/kinds_parts.h"

const struct field workshop_fields[] = {TITLE, PROGRAMME_LINK,
    WORD("stage", &words_stages, "المرحلة", "étape", "stage",
	"of the programme that it belongs to", ),
    LINK("event", TO(KIND_EVENT), "الملتقى", "rencontre", "event",
	"the event that it was part of", ),
    DATE("date", "التاريخ", "date", "date", "on which it was held, or began", REQUIRED), END, PLACE,
    TERRITORY, THEMES, HEADCOUNT, REPORTED_SHARES, CIVIL_SOCIETY, OUTPUTS, EVIDENCE, {0}};
const struct rule workshop_rules[] = {
    RULE_DATES("date", "end"), RULE_GROUPS("headcount"), RULE_REASON, {0}};

static const struct field result_fields[] = {
    LINE("question", "السؤال", "question", "question", "as it was asked", REQUIRED),
    LINE("answer", "الجواب", "réponse", "answer", "one of those that could be given", REQUIRED),
    COUNT("count", "العدد", "nombre", "count", "how many gave it", REQUIRED), {0}};

const struct field survey_fields[] = {TITLE,
    LINE("service", "المرفق", "service", "service", "that people were asked about", ),
    DATE("period", "الفترة", "période", "period", "day, month or year of the survey", REQUIRED),
    PROGRAMME_LINK, WORKSHOP_LINK,
    COUNT(
	"respondents", "عدد المجيبين", "répondants", "respondents", "how many answered", REQUIRED),
    PARTS("results", result_fields, "النتائج", "résultats", "results",
	"sums alone: no form and no person enters", REQUIRED, MANY(512)),
    PARAGRAPH("method", "المنهجية", "méthode", "method", "how people were asked", ), TERRITORY,
    EVIDENCE, {0}};
const struct rule survey_rules[] = {
    {RULE_AT_MOST, "results.count", "respondents", "no answer has more people than answered", NULL},
    RULE_REASON, {0}};

const struct field publication_fields[] = {
    WORD("item", &words_publication_items, "البند", "rubrique", "item",
	"of the information that law 31-13 asks to publish", REQUIRED),
    LINE("title", "العنوان", "titre", "title", "of what was published", ),
    STR("legal_basis", 256, "السند القانوني", "base légale", "legal basis",
	"such as: law 31-13, article 10", ),
    URL("url", "الرابط", "adresse", "address", "where it can be read"),
    DATE("date", "التاريخ", "date", "date", "on which it was published", REQUIRED),
    HASH("hash", "البصمة", "empreinte", "fingerprint", "SHA-256 of what was published"),
    DATE("period", "الفترة", "période", "period", "that it covers", ), NOTE("anything else"), {0}};
const struct rule publication_rules[] = {RULE_REASON, {0}};

static const struct field part_fields[] = {
    LINE("name", "الاسم", "nom", "name", "of the part", REQUIRED),
    WORD("measure", &words_measures, "المقياس", "mesure", "measure", "what is counted", ),
    DECIMAL("value", "القيمة", "valeur", "value", "as it was stated", REQUIRED), {0}};

static const struct field stated_fields[] = {
    LINE("title", "العنوان", "titre", "title", "of the page or document", REQUIRED),
    URL("url", "الرابط", "adresse", "address", "where it can be read"),
    DATE("date", "التاريخ", "date", "date", "of the statement", ),
    FIELD("as_written", TYPE_STR, "كما ورد", "tel qu'écrit", "as written",
	"the source's own wording", .size_max = 2048),
    {0}};

const struct field claim_fields[] = {TITLE,
    WORD("measure", &words_measures, "المقياس", "mesure", "measure", "what is counted", REQUIRED),
    DECIMAL("value", "القيمة", "valeur", "value", "as it was stated", REQUIRED),
    STR("unit", 64, "الوحدة", "unité", "unit", "of the value", ),
    PARTS("parts", part_fields, "الأجزاء", "parties", "parts",
	"as they were stated, whether they add up or not", MANY(64)),
    PARTS("stated", stated_fields, "المصدر", "source", "source", "who states it", ),
    NOTE("anything else"), {0}};
const struct rule claim_rules[] = {RULE_REASON, {0}};
