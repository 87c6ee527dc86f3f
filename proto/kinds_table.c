/* The table of kinds: what each record is, by number. Its fields and rules stand in the file of its family. */
#include "proto/kinds_table.h"

#include "proto/kinds_parts.h"

#define NETWORK(code, word, ar, fr, en, line) \
	{ \
		.number = code, .name = word, .label = LABEL(ar, fr, en), .help = line \
	}
#define KIND(code, id, shown_as, status_at, ar, fr, en, line) \
	{ \
		code, #id, true, id##_fields, id##_rules, shown_as, status_at, LABEL(ar, fr, en), \
		    line \
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
    KIND(KIND_CHARTER, charter, "title", NULL, "ميثاق", "charte", "charter",
	"what members of the network hold to and commit themselves to"),
    KIND(KIND_ADHESION, adhesion, "note", NULL, "انخراط", "adhésion", "adhesion",
	"a member joins the network and its charter"),
    KIND(KIND_COMMITMENT, commitment, "title", NULL, "التزام", "engagement", "commitment",
	"what a member has bound itself to do"),
    KIND(KIND_PROGRESS, progress, "done", "status", "تقدم الإنجاز", "avancement", "progress",
	"how far a commitment is, by its member"),
    KIND(KIND_ATTESTATION, attestation, "note", "coding.completion", "إشهاد", "attestation",
	"attestation", "another member's view on what a member says of itself"),
    KIND(KIND_EVALUATION, evaluation, "year", NULL, "تقييم", "évaluation", "evaluation",
	"how a member did in a year, by a grid of conditions and indicators"),
    KIND(KIND_PROGRAMME, programme, "title", "stages.stage", "برنامج عمل الانفتاح",
	"programme d'ouverture", "openness programme",
	"an action programme of a member, stage by stage"),
    KIND(KIND_MILESTONE, milestone, "title", NULL, "مرحلة", "jalon", "milestone",
	"a step of a commitment, programme or project, with its date"),
    KIND(KIND_PRACTICE, practice, "title", NULL, "ممارسة جيدة", "bonne pratique", "good practice",
	"something that works, told so that others can do it too"),
    KIND(KIND_COMMENT, comment, "text", NULL, "تعليق", "commentaire", "comment",
	"a word on a record of anybody"),
    KIND(KIND_AXIS, axis, "title", NULL, "محور", "axe", "axis",
	"a part of a programme: vision, challenge, objective, axis, activity"),
    KIND(KIND_IDEA, idea, "title", "decision.decision", "فكرة", "idée", "idea",
	"what somebody proposed in a workshop, and what became of it"),
    KIND(KIND_PROPOSAL, proposal, "title", "decision.decision", "مقترح", "proposition", "proposal",
	"ideas worked out, and what was decided on them"),
    KIND(KIND_PROJECT, project, "title", "decision.decision", "مشروع", "projet", "project",
	"what is carried out, with its origin, budget and funders"),
    KIND(KIND_WORKSHOP, workshop, "title", NULL, "ورشة", "atelier", "workshop",
	"who took part, by groups, and what came out of it"),
    KIND(KIND_SURVEY, survey, "title", NULL, "استطلاع", "enquête", "survey",
	"sums of the answers to a survey, never the forms"),
    KIND(KIND_ADOPTION, adoption, "adaptations", "stage", "تبنٍّ", "reprise", "adoption",
	"a practice of another member taken up, and its result"),
    KIND(KIND_EVENT, event, "title", NULL, "ملتقى", "rencontre", "event",
	"a forum, meeting or visit, with its agenda and outputs"),
    KIND(KIND_RECOMMENDATION, recommendation, "title", "decision.decision", "توصية",
	"recommandation", "recommendation", "what an event, workshop or evaluation recommends"),
    KIND(KIND_TRAINING, training, "title", NULL, "تكوين", "formation", "training",
	"a training and who took part"),
    KIND(KIND_COOPERATION, cooperation, "title", NULL, "تعاون", "coopération", "cooperation",
	"an agreement, working group or twinning between members and others"),
    KIND(KIND_PUBLICATION, publication, "title", NULL, "نشر استباقي", "publication proactive",
	"proactive publication", "an item of law 31-13 that was published"),
    KIND(KIND_CLAIM, claim, "title", NULL, "رقم مصرح به", "chiffre déclaré", "stated figure",
	"a figure as a source states it, with its parts"),
    KIND(KIND_DOCUMENT, document, "title", NULL, "وثيقة", "document", "document",
	"a document, attached or where it can be read"),
    KIND(KIND_REQUEST, request, "title", NULL, "طلب", "demande", "request",
	"a theme or a piece of help that a member asks for"),
};
const size_t kinds_count = sizeof(kinds_table) / sizeof(kinds_table[0]);
