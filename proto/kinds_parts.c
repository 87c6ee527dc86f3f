/* The parts that several kinds share, and the fields that all of them have. Data alone. */
#include "proto/kinds_parts.h"

const struct field part_evidence[] = {
    LINE("title", "العنوان", "titre", "title", "what the evidence is", ),
    URL("url", "الرابط", "adresse", "address", "where it can be read"),
    DATE("date", "التاريخ", "date", "date", "of the evidence: YYYY, YYYY-MM or YYYY-MM-DD", ),
    HASH("hash", "البصمة", "empreinte", "fingerprint",
	"SHA-256 of the file, so that a changed file is noticed"),
    NOTE("what it shows"), {0}};

const struct field part_source[] = {STR("catalogue", 64, "الفهرس", "catalogue", "catalogue",
					"data set that it was taken from", REQUIRED),
    STR("id", 128, "المعرف", "identifiant", "identifier", "its identifier there", ),
    URL("url", "الرابط", "adresse", "address", "its page there"),
    FIELD("columns", TYPE_COLUMNS, "الأعمدة الأصلية", "colonnes d'origine", "original columns",
	"every column exactly as the source wrote it", .count_max = 256),
    {0}};

const struct field part_deliberation[] = {
    STR("number", 64, "الرقم", "numéro", "number", "of the deliberation", ),
    DATE("date", "التاريخ", "date", "date", "on which the council deliberated", REQUIRED),
    LINE("body", "الهيئة", "organe", "body", "that deliberated, such as the council", ), {0}};

const struct field part_headcount[] = {
    COUNT("total", "المجموع", "total", "total", "everybody who took part", ),
    COUNT("women", "النساء", "femmes", "women", "of them women", ),
    COUNT("youth", "الشباب", "jeunes", "youth", "of them young people", ),
    COUNT("disabilities", "الأشخاص في وضعية إعاقة", "personnes en situation de handicap",
	"people with disabilities", "of them people with disabilities", ),
    COUNT("civil_society", "المجتمع المدني", "société civile", "civil society",
	"of them sent by associations", ),
    {0}};

const struct field part_reported_shares[] = {WORD("group", &words_participant_groups, "الفئة",
						 "groupe", "group", "whose share it is", REQUIRED),
    DECIMAL("share", "النسبة", "part", "share", "in percent, as the source states it", REQUIRED,
	.min = 0, .max = 100),
    NOTE("how it was counted, as far as is known"), {0}};

const struct field part_decision[] = {WORD("decision", &words_decisions, "القرار", "décision",
					  "decision", "what was decided", REQUIRED),
    PARAGRAPH("reason", "السبب", "motif", "reason",
	"why; needed when it is merged, deferred or refused", ),
    DATE("date", "التاريخ", "date", "date", "on which it was decided", ),
    LINE("body", "الهيئة", "organe", "body", "that decided, such as the council", ), {0}};

static const struct field line_fields[] = {
    LINE("funder", "الممول", "financeur", "funder", "institution that pays, no person", REQUIRED),
    FIELD("member", TYPE_MEMBER, "العضو", "membre", "member",
	"its code, when the funder is a member of the network", ),
    FIELD("amount", TYPE_MONEY, "المبلغ", "montant", "amount",
	"its part, in the minor unit of the currency", REQUIRED),
    NOTE("conditions, in kind or in money"), {0}};

const struct field part_budget[] = {
    MONEY("total", "المجموع", "total", "total", "in all, in the minor unit of the currency"),
    PARTS("lines", line_fields, "الحصص", "parts", "lines", "who pays how much", MANY(64)), {0}};

const struct field kind_common_fields[] = {
    LINK("supersedes", NULL, "يحل محل", "remplace", "supersedes",
	"the earlier version by the same member that this one replaces", .whose = LINK_OWN),
    FIELD("withdrawn", TYPE_BOOL, "مسحوب", "retiré", "withdrawn",
	"true: this version withdraws the record", ),
    PARAGRAPH("reason", "السبب", "motif", "reason", "why it was corrected or withdrawn", ), {0}};
