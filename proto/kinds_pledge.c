/* Fields of what is owed and judged: the charter, who joined it, what was promised, how far it is, what others say of it.
 * Data alone. */
#include "proto/kinds_parts.h"

/* --- charter and adhesion -------------------------------------------------------------------- */

static const struct field article_fields[] = {
    INT("number", 1, 999, "الرقم", "numéro", "number", "of the article", ),
    LINE("title", "العنوان", "titre", "title", "the article in one line", ),
    TEXT("the article in full"), {0}};

static const struct field value_fields[] = {
    LINE("title", "العنوان", "titre", "title", "the value in one line", ),
    TEXT("what it means to the members"), {0}};

const struct field charter_fields[] = {TITLE,
    STR("version", 64, "الصيغة", "version", "version", "of the charter", ),
    TEXT("preamble, or the whole charter"),
    PARTS("articles", article_fields, "البنود", "articles", "articles",
	"what members commit themselves to", MANY(100)),
    PARTS("values", value_fields, "القيم", "valeurs", "values", "what members hold to", MANY(50)),
    DELIBERATION("adopted", "الاعتماد", "adoption", "adopted", "by which it was adopted", ),
    EVIDENCE, {0}};
const struct rule charter_rules[] = {RULE_REASON, {0}};

static const struct field adhered_fields[] = {
    STR("version", 64, "الصيغة", "version", "version", "of the charter", ),
    HASH(
	"hash", "البصمة", "empreinte", "fingerprint", "hash of the charter as the roster names it"),
    URL("url", "الرابط", "adresse", "address", "where the charter can be read"), {0}};

const struct field adhesion_fields[] = {
    DELIBERATION("deliberation", "المداولة", "délibération", "deliberation",
	"by which the council joined", REQUIRED),
    PARTS("charter", adhered_fields, "الميثاق", "charte", "charter",
	"which charter was adhered to", ),
    DATE("date", "تاريخ الانخراط", "date d'adhésion", "date", "from which it holds", ),
    NOTE("anything that the network should know"), EVIDENCE, {0}};
const struct rule adhesion_rules[] = {RULE_REASON, {0}};

/* --- commitment, milestone, progress --------------------------------------------------------- */

static const struct field indicator_fields[] = {
    LINE("name", "المؤشر", "indicateur", "indicator", "what is measured", REQUIRED),
    STR("unit", 64, "الوحدة", "unité", "unit", "in which unit", ),
    STR("baseline", 128, "القيمة المرجعية", "valeur de départ", "baseline", "value at the start", ),
    STR("target", 128, "القيمة المستهدفة", "cible", "target", "value to be reached", ),
    DATE("date", "التاريخ", "date", "date", "by when the target is to be reached", ), {0}};

const struct field commitment_fields[] = {TITLE,
    FIELD("text", TYPE_TEXT, "النص الكامل", "texte intégral", "full text", "as it was adopted",
	.size_max = 40000),
    LINK("charter", TO(KIND_CHARTER), "الميثاق", "charte", "charter",
	"the charter that it carries out", ),
    INT("article", 1, 999, "بند الميثاق", "article de la charte", "article of the charter",
	"number of the commitment of the charter that it carries out", ),
    STR("programme", 1024, "البرنامج", "programme", "programme",
	"name of the programme that it is part of", ),
    LINK("within", TO(KIND_PROGRAMME), "ضمن البرنامج", "dans le programme", "within",
	"the programme that it is part of, as a record", ),
    PARAGRAPH("problem", "المشكل", "problème", "problem", "what it is to solve", ),
    PARAGRAPH("solution", "الحل", "solution", "solution", "what will be done", ),
    PARAGRAPH("result", "النتيجة المنتظرة", "résultat attendu", "expected result",
	"what will be different", ),
    PARTS("indicators", indicator_fields, "المؤشرات", "indicateurs", "indicators",
	"how it will be measured", MANY(32)),
    LINE("lead", "الجهة المسؤولة", "responsable", "lead",
	"institution that answers for it, no person", ),
    FIELD("supporters", TYPE_TEXT, "الشركاء", "partenaires", "supporters",
	"institutions and associations that support it", MANY(64), .is_line = true,
	.size_max = 2048),
    START,
    DATE("end", "الأجل", "échéance", "due date",
	"YYYY, YYYY-MM or YYYY-MM-DD: overdue only when all of it has passed", ),
    FIELD("start_as_written", TYPE_STR, "البداية كما وردت", "début tel qu'écrit",
	"start as written", "the source's own wording", .size_max = 1024),
    FIELD("end_as_written", TYPE_STR, "الأجل كما ورد", "échéance telle qu'écrite",
	"due date as written", "the source's own wording", .size_max = 1024),
    THEMES, TERRITORY,
    MONEY("cost", "الكلفة", "coût", "cost", "planned, in the minor unit of the currency"), SOURCE,
    {0}};
const struct rule commitment_rules[] = {RULE_DATES("start", "end"), RULE_REASON, {0}};

const struct field milestone_fields[] = {TITLE,
    LINK("about", TO(KIND_COMMITMENT, KIND_PROGRAMME, KIND_PROJECT), "بخصوص", "concerne", "about",
	"the commitment, programme or project that it is a step of", REQUIRED, .whose = LINK_OWN),
    DATE("end", "الأجل", "échéance", "due date",
	"YYYY, YYYY-MM or YYYY-MM-DD: overdue only when all of it has passed", REQUIRED),
    TEXT("what will have been done by then"), THEMES, TERRITORY, {0}};
const struct rule milestone_rules[] = {RULE_REASON, {0}};

const struct field progress_fields[] = {
    LINK("about", TO(KIND_COMMITMENT, KIND_MILESTONE, KIND_PROJECT, KIND_PROGRAMME), "بخصوص",
	"concerne", "about", "the commitment, milestone, project or programme", REQUIRED,
	.whose = LINK_OWN),
    WORD("status", &words_completion, "مستوى الإنجاز", "niveau de réalisation", "status",
	"how far it is carried out, as the member sees it", REQUIRED),
    DATE("period", "الفترة", "période", "period", "day, month or year reported on", ),
    PARAGRAPH("done", "ما أنجز", "réalisé", "what was done", "since the last report", ),
    PARAGRAPH("obstacles", "العوائق", "obstacles", "obstacles", "what stands in the way", ),
    EVIDENCE, {0}};
const struct rule progress_rules[] = {RULE_REASON, {0}};

/* --- what others say ------------------------------------------------------------------------- */

static const struct field coding_fields[] = {
    WORD("completion", &words_completion, "مستوى الإنجاز", "niveau de réalisation", "completion",
	"how far it is carried out", .has_unknowns = true),
    WORD("verifiable", &words_verifiable, "قابلية التحقق", "vérifiabilité", "verifiable",
	"whether it can be verified as it is worded", .has_unknowns = true),
    WORD("potential", &words_potential, "النتائج المتوقعة", "potentiel de résultats",
	"potential for results", "what it could change", .has_unknowns = true),
    WORD("early_results", &words_early_results, "النتائج الأولية", "premiers résultats",
	"early results", "what it has changed so far", .has_unknowns = true),
    {0}};

const struct field attestation_fields[] = {
    LINK("about", NULL, "بخصوص", "concerne", "about",
	"the record of another member that is attested", REQUIRED, .whose = LINK_OTHERS),
    WORD("role", &words_attester_roles, "الصفة", "qualité", "role", "in which the attester speaks",
	REQUIRED),
    PARTS("coding", coding_fields, "الترميز", "codage", "coding",
	"as independent reviewers code it", ),
    FIELD("agrees", TYPE_BOOL, "موافق", "d'accord", "agrees",
	"with what the member says of itself", ),
    PARAGRAPH("dissent", "وجه الاختلاف", "désaccord", "dissent", "in what it does not agree", ),
    NOTE("what was seen, when and where"), EVIDENCE, {0}};
const struct rule attestation_rules[] = {
    {RULE_UNLESS, "agrees", "dissent", "who does not agree says in what", NULL}, RULE_REASON, {0}};

static const struct field grid_fields[] = {
    STR("id", 64, "المعرف", "identifiant", "identifier", "which grid", REQUIRED),
    STR("version", 64, "الصيغة", "version", "version", "of the grid", REQUIRED), {0}};

static const struct field condition_fields[] = {
    STR("id", 64, "المعرف", "identifiant", "identifier", "of the condition in the grid", REQUIRED),
    LINE("title", "الشرط", "condition", "condition", "what has to be fulfilled", ),
    FIELD("passed", TYPE_BOOL, "مستوفى", "remplie", "passed", "whether it is fulfilled", REQUIRED),
    NOTE("what the assessor saw"), {0}};

static const struct field measured_fields[] = {
    STR("id", 64, "المعرف", "identifiant", "identifier", "of the indicator in the grid", REQUIRED),
    LINE("title", "المؤشر", "indicateur", "indicator", "what is measured", ),
    DECIMAL("value", "القيمة", "valeur", "value", "what was measured", ),
    STR("unit", 64, "الوحدة", "unité", "unit", "of the value", ),
    DECIMAL("max", "النقطة القصوى", "note maximale", "highest score", "that the grid allows", ),
    DECIMAL("score", "النقطة", "note", "score", "that the assessor gave", ), {0}};

const struct field evaluation_fields[] = {FIELD("member", TYPE_MEMBER, "العضو", "membre", "member",
					      "code of the member evaluated", REQUIRED),
    DATE("year", "السنة", "année", "year", "that is evaluated: YYYY", REQUIRED, .size_max = 4),
    PARTS("grid", grid_fields, "شبكة التقييم", "grille", "grid",
	"by which it was evaluated; grids change from year to year", ),
    PARTS("conditions", condition_fields, "الشروط الدنيا الإلزامية",
	"conditions minimales obligatoires", "minimum mandatory conditions",
	"fulfilled or not, one by one", MANY(64)),
    PARTS("indicators", measured_fields, "المؤشرات", "indicateurs", "indicators",
	"value and score, one by one", MANY(128)),
    DECIMAL("score", "المجموع", "note totale", "score", "in all", ),
    DECIMAL("score_max", "المجموع الأقصى", "note totale maximale", "highest score",
	"that can be reached", ),
    LINE("assessor", "المقيِّم", "évaluateur", "assessor", "institution that evaluated, no person",
	REQUIRED),
    MONEY("grant", "المنحة", "dotation", "grant", "that follows, in the minor unit"), EVIDENCE,
    NOTE("anything that explains the result"), SOURCE, {0}};
const struct rule evaluation_rules[] = {
    {RULE_AT_MOST, "indicators.score", "indicators.max", "a score is not above its highest", NULL},
    {RULE_AT_MOST, "score", "score_max", "a score is not above its highest", NULL}, RULE_REASON,
    {0}};
