/* How fields are written down, and the parts that several kinds share. For the files of the table alone.
 *
 * A field is one line: its name, what people call it in Arabic, French and English, one line of help, and whatever else
 * is set: LINE("lead", "الجهة المسؤولة", "responsable", "lead", "institution that answers for it", REQUIRED). */
#ifndef PROTO_KINDS_PARTS_H
#define PROTO_KINDS_PARTS_H

#include <stddef.h>

#include "proto/kinds_words.h"
#include "proto/mp.h"

/* Real action plans hold titles of 470 bytes, names of 750 and texts of 28,000. */
#define PARAGRAPH_SIZE_MAX 16384
#define LINE_SIZE_MAX 1024

#define LABEL(ar, fr, en) \
	{ \
		{ \
			[LANG_AR] = ar, [LANG_FR] = fr, [LANG_EN] = en \
		} \
	}
#define FIELD(id, of, ar, fr, en, line, ...) \
	{ \
		.name = id, .type = of, .label = LABEL(ar, fr, en), .help = line, __VA_ARGS__ \
	}
#define REQUIRED .is_required = true
#define MANY(count) .is_list = true, .count_max = count

#define LINE(id, ar, fr, en, line, ...) \
	FIELD(id, TYPE_TEXT, ar, fr, en, line, .is_line = true, .size_max = LINE_SIZE_MAX, \
	    __VA_ARGS__)
#define PARAGRAPH(id, ar, fr, en, line, ...) \
	FIELD(id, TYPE_TEXT, ar, fr, en, line, .size_max = PARAGRAPH_SIZE_MAX, __VA_ARGS__)
#define STR(id, size, ar, fr, en, line, ...) \
	FIELD(id, TYPE_STR, ar, fr, en, line, .is_line = true, .size_max = size, __VA_ARGS__)
#define INT(id, least, most, ar, fr, en, line, ...) \
	FIELD(id, TYPE_INT, ar, fr, en, line, .min = least, .max = most, __VA_ARGS__)
#define COUNT(id, ar, fr, en, line, ...) INT(id, 0, MP_INT_MAX, ar, fr, en, line, __VA_ARGS__)
#define WORD(id, from, ar, fr, en, line, ...) \
	FIELD(id, TYPE_WORD, ar, fr, en, line, .words = from, __VA_ARGS__)
#define LINK(id, to, ar, fr, en, line, ...) \
	FIELD(id, TYPE_LINK, ar, fr, en, line, .targets = to, __VA_ARGS__)
#define PARTS(id, of, ar, fr, en, line, ...) \
	FIELD(id, TYPE_MAP, ar, fr, en, line, .fields = of, __VA_ARGS__)
#define DATE(id, ar, fr, en, line, ...) FIELD(id, TYPE_DATE, ar, fr, en, line, __VA_ARGS__)
#define URL(id, ar, fr, en, line) FIELD(id, TYPE_URL, ar, fr, en, line, )
#define HASH(id, ar, fr, en, line) FIELD(id, TYPE_HASH, ar, fr, en, line, )
#define MONEY(id, ar, fr, en, line) FIELD(id, TYPE_MONEY, ar, fr, en, line, )
#define DECIMAL(id, ar, fr, en, line, ...) FIELD(id, TYPE_DECIMAL, ar, fr, en, line, __VA_ARGS__)
#define TO(...) ((const uint16_t[]){__VA_ARGS__, 0})

#define TITLE LINE("title", "العنوان", "titre", "title", "short, in one line", REQUIRED)
#define TEXT(line) PARAGRAPH("text", "النص", "texte", "text", line, )
#define NOTE(line) PARAGRAPH("note", "ملاحظة", "note", "note", line, )
#define THEMES \
	WORD("themes", &words_themes, "المواضيع", "thèmes", "themes", "what it is about", MANY(16))
#define TERRITORY \
	FIELD("territory", TYPE_TERRITORY, "المجال الترابي", "territoire", "territory", \
	    "code of the region, province or commune, when it is not all of the member's", )
#define EVIDENCE \
	PARTS("evidence", part_evidence, "الأدلة", "preuves", "evidence", \
	    "documents, pages and figures that anybody can check", MANY(32))
#define SOURCE \
	PARTS("source", part_source, "المصدر", "source", "source", "where it was imported from", )
#define START DATE("start", "البداية", "début", "start", "YYYY, YYYY-MM or YYYY-MM-DD", )
#define END DATE("end", "النهاية", "fin", "end", "YYYY, YYYY-MM or YYYY-MM-DD", )
#define PLACE LINE("place", "المكان", "lieu", "place", "where it is held", )
#define HEADCOUNT \
	PARTS("headcount", part_headcount, "عدد المشاركين", "participants", "headcount", \
	    "how many took part; the groups overlap and are never added up", )
#define REPORTED_SHARES \
	PARTS("reported_shares", part_reported_shares, "نسب مصرح بها", "parts déclarées", \
	    "reported shares", "shares that a source states without a headcount", MANY(8))
#define CIVIL_SOCIETY \
	LINE("civil_society", "المجتمع المدني", "société civile", "civil society", \
	    "organisations that took part, no persons", MANY(128))
#define OUTPUTS \
	PARAGRAPH("outputs", "المخرجات", "résultats", "outputs", "what came out of it", MANY(50))
#define DECISION \
	PARTS("decision", part_decision, "القرار", "décision", "decision", \
	    "what became of it, and why", )
#define BUDGET \
	PARTS("budget", part_budget, "الميزانية", "budget", "budget", "in all and by funder", )
#define DELIBERATION(id, ar, fr, en, line, ...) \
	PARTS(id, part_deliberation, ar, fr, en, line, __VA_ARGS__)
#define DOCUMENTS \
	LINK("documents", TO(KIND_DOCUMENT), "الوثائق", "documents", "documents", \
	    "attached documents", MANY(32))
#define PROGRAMME_LINK \
	LINK("programme", TO(KIND_PROGRAMME), "البرنامج", "programme", "programme", \
	    "the programme that it is part of", )
#define AXIS_LINK \
	LINK("axis", TO(KIND_AXIS), "المحور", "axe", "axis", "the axis that it belongs to", )
#define WORKSHOP_LINK \
	LINK("workshop", TO(KIND_WORKSHOP), "الورشة", "atelier", "workshop", \
	    "the workshop that it came from", )

#define RULE_REASON \
	{ \
		RULE_WHEN, "withdrawn", "reason", "a withdrawal says why", NULL \
	}
#define RULE_DECIDED \
	{ \
		RULE_WORDS, "decision.decision", "decision.reason", \
		    "what is merged, deferred or refused says why", words_declining \
	}
#define RULE_GROUPS(at) \
	{RULE_AT_MOST, at ".women", at ".total", "a group is not larger than the total", NULL}, \
	    {RULE_AT_MOST, at ".youth", at ".total", "a group is not larger than the total", \
		NULL}, \
	    {RULE_AT_MOST, at ".disabilities", at ".total", \
		"a group is not larger than the total", NULL}, \
	{ \
		RULE_AT_MOST, at ".civil_society", at ".total", \
		    "a group is not larger than the total", NULL \
	}
#define RULE_DATES(a, b) \
	{ \
		RULE_ORDER, a, b, "it ends before it starts", NULL \
	}

extern const struct field part_evidence[];
extern const struct field part_source[];
extern const struct field part_deliberation[];
extern const struct field part_headcount[];
extern const struct field part_reported_shares[];
extern const struct field part_decision[];
extern const struct field part_budget[];

/* The fields and rules of each kind, in the file of its family. */
#define EACH_KIND(X) \
	X(charter) \
	X(adhesion) \
	X(commitment) \
	X(progress) \
	X(attestation) \
	X(evaluation) \
	X(programme) \
	X(milestone) \
	X(practice) \
	X(comment) \
	X(axis) \
	X(idea) \
	X(proposal) \
	X(project) \
	X(workshop) \
	X(survey) \
	X(adoption) \
	X(event) \
	X(recommendation) \
	X(training) \
	X(cooperation) \
	X(publication) \
	X(claim) \
	X(document) \
	X(request)
#define X(kind) \
	extern const struct field kind##_fields[]; \
	extern const struct rule kind##_rules[];
EACH_KIND(X)
#undef X

#endif
