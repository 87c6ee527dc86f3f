/* The table of kinds: data alone. Words are those of deploy/vocabularies; a test holds them
 * together. Labels are what forms and tables show, in Arabic, French and English. */
#include "proto/kinds_table.h"

#include <stddef.h>

#include "proto/mp.h"

#define L(ar, fr, en) \
	{ \
		{ \
			[LANG_AR] = ar, [LANG_FR] = fr, [LANG_EN] = en \
		} \
	}
/* Real action plans hold titles of 470 bytes, names of 750 and texts of 28,000. */
#define LONG 16384
#define LINE 1024

static const char *const theme_words[] = {"transparency", "accountability", "access_to_information",
    "citizen_participation", "digitalisation", "public_innovation", "gender", "integrity",
    "territorial_justice", NULL};
static const char *const completion_words[] = {
    "no_evidence", "not_started", "limited", "substantial", "complete", "withdrawn", NULL};
static const char *const verifiable_words[] = {"yes", "no", NULL};
static const char *const potential_words[] = {"unclear", "modest", "substantial", NULL};
static const char *const early_words[] = {"none", "moderate", "significant", NULL};
static const char *const role_words[] = {"member", "coordinator", "observer", NULL};
const char *const unknown_words[] = {"ND", "NR", "NA", NULL};

static const struct vocabulary themes = {"themes", theme_words, true};
static const struct vocabulary completion = {"completion", completion_words, false};
static const struct vocabulary verifiable = {"verifiable", verifiable_words, false};
static const struct vocabulary potential = {"potential", potential_words, false};
static const struct vocabulary early_results = {"early_results", early_words, false};
static const struct vocabulary attester_roles = {"attester_roles", role_words, false};

static const uint16_t to_commitment[] = {KIND_COMMITMENT, 71, 0};

/* --- parts that several kinds share ---------------------------------------------------------- */

static const struct field evidence_fields[] = {{.name = "title",
						   .type = TYPE_TEXT,
						   .is_line = true,
						   .size_max = LINE,
						   .label = L("العنوان", "titre", "title"),
						   .help = "what the evidence is"},
    {.name = "url",
	.type = TYPE_URL,
	.label = L("الرابط", "adresse", "address"),
	.help = "where it can be read"},
    {.name = "date",
	.type = TYPE_DATE,
	.label = L("التاريخ", "date", "date"),
	.help = "of the evidence: YYYY, YYYY-MM or YYYY-MM-DD"},
    {.name = "hash",
	.type = TYPE_HASH,
	.label = L("البصمة", "empreinte", "fingerprint"),
	.help = "SHA-256 of the file, so that a changed file is noticed"},
    {.name = "note",
	.type = TYPE_TEXT,
	.size_max = LONG,
	.label = L("ملاحظة", "note", "note"),
	.help = "what it shows"},
    {0}};

static const struct field indicator_fields[] = {{.name = "name",
						    .type = TYPE_TEXT,
						    .is_required = true,
						    .is_line = true,
						    .size_max = LINE,
						    .label = L("المؤشر", "indicateur", "indicator"),
						    .help = "what is measured"},
    {.name = "unit",
	.type = TYPE_STR,
	.is_line = true,
	.size_max = 64,
	.label = L("الوحدة", "unité", "unit"),
	.help = "in which unit"},
    {.name = "baseline",
	.type = TYPE_STR,
	.is_line = true,
	.size_max = 128,
	.label = L("القيمة المرجعية", "valeur de départ", "baseline"),
	.help = "value at the start"},
    {.name = "target",
	.type = TYPE_STR,
	.is_line = true,
	.size_max = 128,
	.label = L("القيمة المستهدفة", "cible", "target"),
	.help = "value to be reached"},
    {.name = "date",
	.type = TYPE_DATE,
	.label = L("التاريخ", "date", "date"),
	.help = "by when the target is to be reached"},
    {0}};

static const struct field source_fields[] = {{.name = "catalogue",
						 .type = TYPE_STR,
						 .is_required = true,
						 .is_line = true,
						 .size_max = 64,
						 .label = L("الفهرس", "catalogue", "catalogue"),
						 .help = "data set that it was taken from"},
    {.name = "id",
	.type = TYPE_STR,
	.is_line = true,
	.size_max = 128,
	.label = L("المعرف", "identifiant", "identifier"),
	.help = "its identifier there"},
    {.name = "url",
	.type = TYPE_URL,
	.label = L("الرابط", "adresse", "address"),
	.help = "its page there"},
    {.name = "columns",
	.type = TYPE_COLUMNS,
	.count_max = 256,
	.label = L("الأعمدة الأصلية", "colonnes d'origine", "original columns"),
	.help = "every column exactly as the source wrote it"},
    {0}};

static const struct field coding_fields[] = {
    {.name = "completion",
	.type = TYPE_WORD,
	.words = &completion,
	.has_unknowns = true,
	.label = L("مستوى الإنجاز", "niveau de réalisation", "completion"),
	.help = "how far it is carried out"},
    {.name = "verifiable",
	.type = TYPE_WORD,
	.words = &verifiable,
	.has_unknowns = true,
	.label = L("قابلية التحقق", "vérifiabilité", "verifiable"),
	.help = "whether it can be verified as it is worded"},
    {.name = "potential",
	.type = TYPE_WORD,
	.words = &potential,
	.has_unknowns = true,
	.label = L("النتائج المتوقعة", "potentiel de résultats", "potential for results"),
	.help = "what it could change"},
    {.name = "early_results",
	.type = TYPE_WORD,
	.words = &early_results,
	.has_unknowns = true,
	.label = L("النتائج الأولية", "premiers résultats", "early results"),
	.help = "what it has changed so far"},
    {0}};

static const struct field charter_fields[] = {{.name = "version",
						  .type = TYPE_STR,
						  .is_line = true,
						  .size_max = 64,
						  .label = L("الصيغة", "version", "version"),
						  .help = "of the charter"},
    {.name = "hash",
	.type = TYPE_HASH,
	.label = L("البصمة", "empreinte", "fingerprint"),
	.help = "hash of the charter as the roster names it"},
    {.name = "url",
	.type = TYPE_URL,
	.label = L("الرابط", "adresse", "address"),
	.help = "where the charter can be read"},
    {0}};

static const struct field deliberation_fields[] = {{.name = "number",
						       .type = TYPE_STR,
						       .is_line = true,
						       .size_max = 64,
						       .label = L("الرقم", "numéro", "number"),
						       .help = "of the deliberation"},
    {.name = "date",
	.type = TYPE_DATE,
	.is_required = true,
	.label = L("التاريخ", "date", "date"),
	.help = "on which the council deliberated"},
    {.name = "body",
	.type = TYPE_TEXT,
	.is_line = true,
	.size_max = LINE,
	.label = L("الهيئة", "organe", "body"),
	.help = "that deliberated, such as the council"},
    {0}};

#define TITLE \
	{ \
		.name = "title", .type = TYPE_TEXT, .is_required = true, .is_line = true, \
		.size_max = LINE, .label = L("العنوان", "titre", "title"), \
		.help = "short, in one line" \
	}
#define THEMES \
	{ \
		.name = "themes", .type = TYPE_WORD, .is_list = true, .count_max = 16, \
		.words = &themes, .label = L("المواضيع", "thèmes", "themes"), \
		.help = "what it is about" \
	}
#define TERRITORY \
	{ \
		.name = "territory", .type = TYPE_STR, .is_line = true, .size_max = 32, \
		.label = L("المجال الترابي", "territoire", "territory"), \
		.help = \
		    "code of the region, province or commune, when it is not all of the member's" \
	}
#define EVIDENCE \
	{ \
		.name = "evidence", .type = TYPE_MAP, .is_list = true, .count_max = 32, \
		.fields = evidence_fields, .label = L("الأدلة", "preuves", "evidence"), \
		.help = "documents, pages and figures that anybody can check" \
	}
#define SOURCE \
	{ \
		.name = "source", .type = TYPE_MAP, .fields = source_fields, \
		.label = L("المصدر", "source", "source"), .help = "where it was imported from" \
	}
#define PARAGRAPH(field, ar, fr, en, line) \
	{ \
		.name = field, .type = TYPE_TEXT, .size_max = LONG, .label = L(ar, fr, en), \
		.help = line \
	}

const struct field kind_common_fields[] = {
    {.name = "supersedes",
	.type = TYPE_LINK,
	.whose = LINK_OWN,
	.label = L("يحل محل", "remplace", "supersedes"),
	.help = "the earlier version by the same member that this one replaces"},
    {.name = "withdrawn",
	.type = TYPE_BOOL,
	.label = L("مسحوب", "retiré", "withdrawn"),
	.help = "true: this version withdraws the record"},
    {.name = "reason",
	.type = TYPE_TEXT,
	.size_max = LONG,
	.label = L("السبب", "motif", "reason"),
	.help = "why it was corrected or withdrawn"},
    {0}};

/* --- kinds ----------------------------------------------------------------------------------- */

static const struct field practice_fields[] = {TITLE, THEMES, TERRITORY,
    PARAGRAPH("problem", "المشكل", "problème", "problem", "what was not right before"),
    PARAGRAPH("solution", "الحل", "solution", "solution", "what was done about it"),
    {.name = "steps",
	.type = TYPE_TEXT,
	.is_list = true,
	.count_max = 50,
	.size_max = 2048,
	.label = L("المراحل", "étapes", "steps"),
	.help = "one after the other"},
    {.name = "actors",
	.type = TYPE_TEXT,
	.is_list = true,
	.is_line = true,
	.count_max = 50,
	.size_max = LINE,
	.label = L("الفاعلون", "acteurs", "actors"),
	.help = "institutions and associations that took part, no persons"},
    PARAGRAPH("beneficiaries", "المستفيدون", "bénéficiaires", "beneficiaries", "who is better off"),
    {.name = "cost",
	.type = TYPE_MONEY,
	.label = L("الكلفة", "coût", "cost"),
	.help = "in all, in the minor unit of the currency"},
    PARAGRAPH("conditions", "شروط النقل", "conditions de transfert", "conditions of transfer",
	"what another member needs to do the same"),
    PARAGRAPH("results", "النتائج", "résultats", "results",
	"what changed, in figures where there are any"),
    EVIDENCE,
    {.name = "start",
	.type = TYPE_DATE,
	.label = L("البداية", "début", "start"),
	.help = "YYYY, YYYY-MM or YYYY-MM-DD"},
    {.name = "end",
	.type = TYPE_DATE,
	.label = L("النهاية", "fin", "end"),
	.help = "YYYY, YYYY-MM or YYYY-MM-DD"},
    SOURCE, {0}};

static const struct field commitment_fields[] = {TITLE,
    {.name = "text",
	.type = TYPE_TEXT,
	.size_max = 40000,
	.label = L("النص الكامل", "texte intégral", "full text"),
	.help = "as it was adopted"},
    {.name = "article",
	.type = TYPE_INT,
	.min = 1,
	.max = 999,
	.label = L("بند الميثاق", "article de la charte", "article of the charter"),
	.help = "number of the commitment of the charter that it carries out"},
    {.name = "programme",
	.type = TYPE_STR,
	.is_line = true,
	.size_max = LINE,
	.label = L("البرنامج", "programme", "programme"),
	.help = "programme that it is part of"},
    PARAGRAPH("problem", "المشكل", "problème", "problem", "what it is to solve"),
    PARAGRAPH("solution", "الحل", "solution", "solution", "what will be done"),
    PARAGRAPH("result", "النتيجة المنتظرة", "résultat attendu", "expected result",
	"what will be different"),
    {.name = "indicators",
	.type = TYPE_MAP,
	.is_list = true,
	.count_max = 32,
	.fields = indicator_fields,
	.label = L("المؤشرات", "indicateurs", "indicators"),
	.help = "how it will be measured"},
    {.name = "lead",
	.type = TYPE_TEXT,
	.is_line = true,
	.size_max = 1024,
	.label = L("الجهة المسؤولة", "responsable", "lead"),
	.help = "institution that answers for it, no person"},
    {.name = "supporters",
	.type = TYPE_TEXT,
	.is_list = true,
	.is_line = true,
	.count_max = 64,
	.size_max = 2048,
	.label = L("الشركاء", "partenaires", "supporters"),
	.help = "institutions and associations that support it"},
    {.name = "start",
	.type = TYPE_DATE,
	.label = L("البداية", "début", "start"),
	.help = "YYYY, YYYY-MM or YYYY-MM-DD"},
    {.name = "end",
	.type = TYPE_DATE,
	.label = L("الأجل", "échéance", "due date"),
	.help = "YYYY, YYYY-MM or YYYY-MM-DD: overdue only when all of it has passed"},
    {.name = "start_as_written",
	.type = TYPE_STR,
	.size_max = 1024,
	.label = L("البداية كما وردت", "début tel qu'écrit", "start as written"),
	.help = "the source's own wording"},
    {.name = "end_as_written",
	.type = TYPE_STR,
	.size_max = 1024,
	.label = L("الأجل كما ورد", "échéance telle qu'écrite", "due date as written"),
	.help = "the source's own wording"},
    THEMES, TERRITORY,
    {.name = "cost",
	.type = TYPE_MONEY,
	.label = L("الكلفة", "coût", "cost"),
	.help = "planned, in the minor unit of the currency"},
    SOURCE, {0}};

static const struct field progress_fields[] = {{.name = "about",
						   .type = TYPE_LINK,
						   .is_required = true,
						   .targets = to_commitment,
						   .whose = LINK_OWN,
						   .label = L("بخصوص", "concerne", "about"),
						   .help = "the commitment or milestone"},
    {.name = "status",
	.type = TYPE_WORD,
	.is_required = true,
	.words = &completion,
	.label = L("مستوى الإنجاز", "niveau de réalisation", "status"),
	.help = "how far it is carried out, as the member sees it"},
    {.name = "period",
	.type = TYPE_DATE,
	.label = L("الفترة", "période", "period"),
	.help = "day, month or year reported on"},
    PARAGRAPH("done", "ما أنجز", "réalisé", "what was done", "since the last report"),
    PARAGRAPH("obstacles", "العوائق", "obstacles", "obstacles", "what stands in the way"), EVIDENCE,
    {0}};

static const struct field attestation_fields[] = {
    {.name = "about",
	.type = TYPE_LINK,
	.whose = LINK_OTHERS,
	.is_required = true,
	.label = L("بخصوص", "concerne", "about"),
	.help = "the record of another member that is attested"},
    {.name = "role",
	.type = TYPE_WORD,
	.is_required = true,
	.words = &attester_roles,
	.label = L("الصفة", "qualité", "role"),
	.help = "in which the attester speaks"},
    {.name = "coding",
	.type = TYPE_MAP,
	.fields = coding_fields,
	.label = L("الترميز", "codage", "coding"),
	.help = "as independent reviewers code it"},
    {.name = "agrees",
	.type = TYPE_BOOL,
	.label = L("موافق", "d'accord", "agrees"),
	.help = "with what the member says of itself"},
    PARAGRAPH("dissent", "وجه الاختلاف", "désaccord", "dissent", "in what it does not agree"),
    PARAGRAPH("note", "ملاحظة", "note", "note", "what was seen, when and where"), EVIDENCE, {0}};

static const struct field adhesion_fields[] = {
    {.name = "deliberation",
	.type = TYPE_MAP,
	.is_required = true,
	.fields = deliberation_fields,
	.label = L("المداولة", "délibération", "deliberation"),
	.help = "by which the council joined"},
    {.name = "charter",
	.type = TYPE_MAP,
	.fields = charter_fields,
	.label = L("الميثاق", "charte", "charter"),
	.help = "which charter was adhered to"},
    {.name = "date",
	.type = TYPE_DATE,
	.label = L("تاريخ الانخراط", "date d'adhésion", "date"),
	.help = "from which it holds"},
    PARAGRAPH("note", "ملاحظة", "note", "note", "anything that the network should know"), EVIDENCE,
    {0}};

static const struct field comment_fields[] = {{.name = "about",
						  .type = TYPE_LINK,
						  .is_required = true,
						  .label = L("بخصوص", "concerne", "about"),
						  .help = "the record that is commented on"},
    {.name = "reply_to",
	.type = TYPE_LINK,
	.label = L("رد على", "répond à", "reply to"),
	.help = "the comment that is answered"},
    {.name = "text",
	.type = TYPE_TEXT,
	.is_required = true,
	.size_max = LONG,
	.label = L("النص", "texte", "text"),
	.help = "in one's own words"},
    {0}};

static const struct rule dated_rules[] = {{RULE_ORDER, "start", "end", "it ends before it starts"},
    {RULE_WHEN, "withdrawn", "reason", "a withdrawal says why"}, {0}};
static const struct rule common_rules[] = {
    {RULE_WHEN, "withdrawn", "reason", "a withdrawal says why"}, {0}};
static const struct rule attestation_rules[] = {
    {RULE_UNLESS, "agrees", "dissent", "who does not agree says in what"},
    {RULE_WHEN, "withdrawn", "reason", "a withdrawal says why"}, {0}};

#define NETWORK(code, word, ar, fr, en, line) \
	{ \
		.number = code, .name = word, .label = L(ar, fr, en), .help = line \
	}

const struct kind kinds_table[] = {
    NETWORK(KIND_LOG_OPEN, "log.open", "فتح سجل", "ouverture d'un journal", "opening of a log",
	"first record of every log: who signs it"),
    NETWORK(KIND_LOG_CLOSE, "log.close", "إغلاق سجل", "clôture d'un journal", "end of a log",
	"last record of a log that its member ended"),
    NETWORK(KIND_NODE_ANNOUNCE, "node.announce", "إعلان عقدة", "annonce d'un nœud",
	"announcement of a node", "how a node is reached"),
    NETWORK(KIND_ROSTER_ENTRY, "roster.entry", "قيد في اللائحة", "entrée du registre",
	"entry of the roster", "a decision on members, with its approvals"),
    NETWORK(KIND_ROSTER_DRAFT, "roster.draft", "مشروع قيد", "projet d'entrée", "draft entry",
	"an entry of the roster that asks for approvals"),
    NETWORK(KIND_ROSTER_APPROVAL, "roster.approval", "موافقة", "approbation", "approval",
	"a coordinator's signature on an entry of the roster"),
    NETWORK(KIND_NETWORK_SNAPSHOT, "network.snapshot", "لقطة الشبكة", "instantané du réseau",
	"snapshot of the network", "the heads that a coordinator saw and cosigned"),
    NETWORK(KIND_ERASURE, "erasure", "محو", "effacement", "erasure",
	"a member erases the payload of an own record"),
    NETWORK(KIND_ERASURE_RECEIPT, "erasure.receipt", "وصل المحو", "accusé d'effacement",
	"receipt of erasure", "a node has dropped what was erased"),
    {KIND_ADHESION, "adhesion", true, adhesion_fields, common_rules, "note", NULL,
	L("انخراط", "adhésion", "adhesion"), "a member joins the network and its charter"},
    {KIND_COMMITMENT, "commitment", true, commitment_fields, dated_rules, "title", NULL,
	L("التزام", "engagement", "commitment"), "what a member has bound itself to do"},
    {KIND_PROGRESS, "progress", true, progress_fields, common_rules, "done", "status",
	L("تقدم الإنجاز", "avancement", "progress"), "how far a commitment is, by its member"},
    {KIND_ATTESTATION, "attestation", true, attestation_fields, attestation_rules, "note",
	"coding.completion", L("إشهاد", "attestation", "attestation"),
	"another member's view on what a member says of itself"},
    {KIND_PRACTICE, "practice", true, practice_fields, dated_rules, "title", NULL,
	L("ممارسة جيدة", "bonne pratique", "good practice"),
	"something that works, told so that others can do it too"},
    {KIND_COMMENT, "comment", true, comment_fields, common_rules, "text", NULL,
	L("تعليق", "commentaire", "comment"), "a word on a record of anybody"},
};
const size_t kinds_count = sizeof(kinds_table) / sizeof(kinds_table[0]);
