/* Fields of what members give each other: practices and their adoption, talk, events, training, cooperation, documents.
 * Data alone. */
#include "proto/kinds_parts.h"

static const struct field explained_fields[] = {
    LINK("evaluation", TO(KIND_EVALUATION), "التقييم", "évaluation", "evaluation",
	"whose result it explains", REQUIRED),
    STR("indicator", 64, "المؤشر", "indicateur", "indicator", "identifier of the indicator", ),
    {0}};

const struct field practice_fields[] = {TITLE, THEMES, TERRITORY,
    PARAGRAPH("problem", "المشكل", "problème", "problem", "what was not right before", ),
    PARAGRAPH("solution", "الحل", "solution", "solution", "what was done about it", ),
    FIELD("steps", TYPE_TEXT, "المراحل", "étapes", "steps", "one after the other", MANY(50),
	.size_max = 2048),
    LINE("actors", "الفاعلون", "acteurs", "actors",
	"institutions and associations that took part, no persons", MANY(50)),
    PARAGRAPH(
	"beneficiaries", "المستفيدون", "bénéficiaires", "beneficiaries", "who is better off", ),
    MONEY("cost", "الكلفة", "coût", "cost", "in all, in the minor unit of the currency"),
    PARAGRAPH("conditions", "شروط النقل", "conditions de transfert", "conditions of transfer",
	"what another member needs to do the same", ),
    PARAGRAPH("results", "النتائج", "résultats", "results",
	"what changed, in figures where there are any", ),
    EVIDENCE, START, END,
    PARTS("explains", explained_fields, "يفسر", "explique", "explains",
	"the result of an evaluation that it led to", ),
    DOCUMENTS, SOURCE, {0}};
const struct rule practice_rules[] = {RULE_DATES("start", "end"), RULE_REASON, {0}};

const struct field comment_fields[] = {
    LINK("about", NULL, "بخصوص", "concerne", "about", "the record that is commented on", REQUIRED),
    LINK("reply_to", TO(KIND_COMMENT), "رد على", "répond à", "reply to",
	"the comment that is answered", ),
    PARAGRAPH("text", "النص", "texte", "text", "in one's own words", REQUIRED), {0}};
const struct rule comment_rules[] = {RULE_REASON, {0}};

const struct field adoption_fields[] = {
    LINK("practice", TO(KIND_PRACTICE), "الممارسة", "pratique", "practice",
	"the practice of another member that was taken up", REQUIRED, .whose = LINK_OTHERS),
    WORD("stage", &words_adoption_stages, "المرحلة", "étape", "stage", "how far it was taken up",
	REQUIRED),
    PARAGRAPH(
	"adaptations", "الملاءمات", "adaptations", "adaptations", "what was done otherwise", ),
    PARAGRAPH("result", "النتيجة", "résultat", "result", "what it brought", ), START, EVIDENCE,
    {0}};
const struct rule adoption_rules[] = {RULE_REASON, {0}};

static const struct field agenda_fields[] = {
    LINE("title", "النقطة", "point", "item", "what is on the agenda", REQUIRED),
    LINK("requests", TO(KIND_REQUEST), "الطلبات", "demandes", "requests",
	"that brought it onto the agenda", MANY(32)),
    TEXT("what was said"), {0}};

const struct field event_fields[] = {TITLE,
    WORD("type", &words_event_types, "النوع", "type", "type", "what sort of event it is", ),
    DATE("start", "البداية", "début", "start", "first day", REQUIRED), END, PLACE, TERRITORY,
    LINE("host", "الجهة المستضيفة", "hôte", "host", "institution that hosts it", ), THEMES,
    PARTS("agenda", agenda_fields, "جدول الأعمال", "ordre du jour", "agenda", "item by item",
	MANY(64)),
    LINK("practices", TO(KIND_PRACTICE), "الممارسات", "pratiques", "practices",
	"visited or shown there", MANY(32)),
    DOCUMENTS, HEADCOUNT, REPORTED_SHARES, OUTPUTS, EVIDENCE, {0}};
const struct rule event_rules[] = {
    RULE_DATES("start", "end"), RULE_GROUPS("headcount"), RULE_REASON, {0}};

const struct field recommendation_fields[] = {TITLE,
    LINK("about", TO(KIND_EVENT, KIND_WORKSHOP, KIND_EVALUATION), "بخصوص", "concerne", "about",
	"the event, workshop or evaluation that it came from", REQUIRED),
    TEXT("what is recommended"),
    LINE("addressed_to", "موجهة إلى", "adressée à", "addressed to",
	"institution that is to act on it", ),
    THEMES, DECISION, {0}};
const struct rule recommendation_rules[] = {RULE_DECIDED, RULE_REASON, {0}};

const struct field training_fields[] = {TITLE, TEXT("what was taught"),
    DATE("start", "البداية", "début", "start", "first day", REQUIRED), END, PLACE,
    LINE("trainer", "الجهة المكوِّنة", "formateur", "trainer",
	"institution that gave it, no person", ),
    PROGRAMME_LINK, THEMES, HEADCOUNT, REPORTED_SHARES, DOCUMENTS, EVIDENCE, {0}};
const struct rule training_rules[] = {
    RULE_DATES("start", "end"), RULE_GROUPS("headcount"), RULE_REASON, {0}};

const struct field cooperation_fields[] = {TITLE,
    WORD("type", &words_cooperation_types, "النوع", "type", "type",
	"what sort of cooperation it is", ),
    LINE("partners", "الشركاء", "partenaires", "partners",
	"institutions and associations outside the network", MANY(64)),
    FIELD("members", TYPE_MEMBER, "الأعضاء", "membres", "members",
	"codes of the members that take part", MANY(256)),
    TEXT("what it is about"), START, END, BUDGET, THEMES, EVIDENCE, {0}};
const struct rule cooperation_rules[] = {RULE_DATES("start", "end"), RULE_REASON, {0}};

static const struct field file_fields[] = {
    STR("name", 255, "اسم الملف", "nom du fichier", "file name", "without a folder", REQUIRED),
    STR("media_type", 127, "نوع المحتوى", "type de contenu", "media type",
	"such as application/pdf", REQUIRED),
    COUNT("size", "الحجم", "taille", "size", "in bytes", REQUIRED),
    HASH("root", "الجذر", "racine", "root", "of the hash tree over the file's pieces"), {0}};

const struct field document_fields[] = {TITLE, TEXT("what it holds"),
    PARTS("file", file_fields, "الملف", "fichier", "file", "that is attached", ),
    URL("url", "الرابط", "adresse", "address", "where it can be read"),
    HASH("hash", "البصمة", "empreinte", "fingerprint", "SHA-256 of the file"),
    FIELD("languages", TYPE_LANG, "اللغات", "langues", "languages",
	"that it is written in: ar, fr, zgh, …", MANY(16)),
    LINE("author", "الجهة المحررة", "auteur", "author", "institution that wrote it, no person", ),
    LINK("about", NULL, "بخصوص", "concerne", "about", "the record that it belongs to", ), THEMES,
    DATE("date", "التاريخ", "date", "date", "of the document", ), {0}};
const struct rule document_rules[] = {
    {RULE_ONE_OF, "file url hash text", NULL, "a document says what it holds or where it is", NULL},
    RULE_REASON, {0}};

const struct field request_fields[] = {TITLE, TEXT("what is asked for"), THEMES,
    FIELD("to", TYPE_MEMBER, "موجه إلى", "adressée à", "to",
	"code of the member that is asked; nobody in particular without it", ),
    DATE("period", "الفترة", "période", "period", "when it is wanted", ), {0}};
const struct rule request_rules[] = {RULE_REASON, {0}};
