/* The one table of kinds: what each kind of record holds. Validation, JSON Schema, forms, CSV and
 * the manual all read it; adding a kind is adding an entry to kinds_table.c,
 * with its fields in the kinds_*.c of its family.
 *
 * What is checked here is what may be published. Records of others are accepted by their headers
 * alone, so everything that reads a payload for a view (title, status, …) takes any bytes and gives
 * empty when there is nothing. */
#ifndef PROTO_KINDS_H
#define PROTO_KINDS_H

#include "proto/record.h"
#include "proto/writer.h"

enum lang { LANG_AR, LANG_FR, LANG_EN, LANG_ZGH, LANG_COUNT };
extern const char *const lang_codes[LANG_COUNT];

/* In Arabic, French and English; [LANG_ZGH] is not given. */
struct label {
	const char *in[LANG_ZGH];
};

enum field_type {
	TYPE_TEXT, /* map from language to str */
	TYPE_STR,
	TYPE_INT,
	TYPE_BOOL,
	TYPE_DECIMAL, /* str "12.5": there is no float in a payload */
	TYPE_DATE,    /* str YYYY[-MM[-DD]]; with a size_max of 4 a year alone */
	TYPE_TIME,    /* int, ms since 1970 UTC */
	TYPE_MONEY,   /* map {amount: int in the minor unit, currency: ISO 4217} */
	TYPE_WORD,    /* str of a vocabulary */
	TYPE_LANG,    /* str, a BCP 47 tag */
	TYPE_MEMBER,  /* str, code of a member of the network */
	TYPE_TERRITORY, /* str, RR[.PPP[.CC.NN]] as the HCP numbers them, with @YYYY when of another year; or MA-RR */
	TYPE_URL,    /* str, http or https */
	TYPE_LINK,   /* array [log key, index, leaf hash] */
	TYPE_HASH,   /* bin 32 */
	TYPE_MAP,    /* of sub-fields */
	TYPE_COLUMNS /* map from any str to str, kept exactly as written */
};

enum link_owner { LINK_ANY, LINK_OWN, LINK_OTHERS };

struct vocabulary {
	const char *name;	  /* of the file under deploy/vocabularies */
	const char *const *words; /* NULL-terminated */
	bool is_open;		  /* networks add their own: an unknown word is a warning */
};

struct field {
	const char *name; /* NULL ends a list of fields */
	enum field_type type;
	bool is_required;
	bool is_list;	    /* array of the type, 1 to count_max */
	bool is_line;	    /* TEXT and STR: no line breaks, no bidi controls */
	bool has_unknowns;  /* WORD: ND, NR and NA besides */
	unsigned count_max; /* of a list */
	unsigned size_max;  /* bytes of a STR, a DATE or of each language of a TEXT */
	int64_t min, max;   /* of an INT, and of a DECIMAL when they differ */
	const struct vocabulary *words;
	const uint16_t *targets;    /* LINK: kinds it may lead to, 0-terminated; NULL: any */
	enum link_owner whose;	    /* LINK: of records of which member */
	const struct field *fields; /* MAP */
	struct label label;
	const char *help; /* one line, for forms and the manual */
};

enum rule_type {
	RULE_ORDER,   /* date a is not after date b: a warning, since real plans have such dates */
	RULE_WHEN,    /* bool a true needs b */
	RULE_UNLESS,  /* bool a false needs b */
	RULE_WORDS,   /* a being one of words needs b */
	RULE_AT_MOST, /* number a is not above number b */
	RULE_ONE_OF   /* a names fields with spaces between: one of them at least */
};

/* a and b are dotted paths. Where both go through the same list they mean the same element of it. */
struct rule {
	enum rule_type type;
	const char *a, *b; /* a NULL ends a list; no b: RULE_ONE_OF */
	const char *text;
	const char *const *words; /* of RULE_WORDS */
};

struct kind {
	uint16_t number;
	const char *name;
	bool is_published;	    /* by hand; the network's own are made by nodes */
	const struct field *fields; /* of this kind alone; kind_common_fields come behind */
	const struct rule *rules;
	const char *title; /* field that stands for the record in tables, NULL: none */
	const char
	    *status; /* dotted path of its status, in a list of the last element; NULL: none */
	struct label label;
	const char *help;
};

enum kind_number {
	KIND_LOG_OPEN = 0,
	KIND_LOG_CLOSE = 1,
	KIND_NODE_ANNOUNCE = 2,
	KIND_ROSTER_ENTRY = 3,
	KIND_ROSTER_DRAFT = 4,
	KIND_ROSTER_APPROVAL = 5,
	KIND_NETWORK_SNAPSHOT = 6,
	KIND_ERASURE = 7,
	KIND_ERASURE_RECEIPT = 8,
	KIND_CHARTER = 64,
	KIND_ADHESION = 65,
	KIND_COMMITMENT = 66,
	KIND_PROGRESS = 67,
	KIND_ATTESTATION = 68,
	KIND_EVALUATION = 69,
	KIND_PROGRAMME = 70,
	KIND_MILESTONE = 71,
	KIND_PRACTICE = 128,
	KIND_COMMENT = 129,
	KIND_AXIS = 130,
	KIND_IDEA = 131,
	KIND_PROPOSAL = 132,
	KIND_PROJECT = 133,
	KIND_WORKSHOP = 134,
	KIND_SURVEY = 135,
	KIND_ADOPTION = 136,
	KIND_EVENT = 137,
	KIND_RECOMMENDATION = 138,
	KIND_TRAINING = 139,
	KIND_COOPERATION = 140,
	KIND_PUBLICATION = 141,
	KIND_CLAIM = 142,
	KIND_DOCUMENT = 143,
	KIND_REQUEST = 144
};

/* Who may erase a payload: nobody, a roster entry, or also its member. */
enum erasable { ERASABLE_NEVER, ERASABLE_BY_ROSTER, ERASABLE_BY_MEMBER };
enum erasable kind_erasable(uint16_t number);

/* supersedes, withdrawn, reason: of every published kind. */
extern const struct field kind_common_fields[];

/* In the order of their numbers; NULL past the end. */
const struct kind *kind_at(size_t position);
/* NULL when not known. */
const struct kind *kind_by_number(uint16_t number);
const struct kind *kind_by_name(struct bytes name);
/* The published kind that is spelt most like it, NULL when none is near. */
const struct kind *kind_nearest(struct bytes name);
/* A field by dotted path, lists and all: "cost.amount", "evidence.url", "title.fr" (the TEXT
 * itself). NULL. */
const struct field *kind_field(const struct kind *kind, struct bytes path);
/* Word of a list that is spelt most like it, NULL when none is near. */
const char *word_nearest(struct bytes word, const char *const *words);

/* --- publishing ------------------------------------------------------------------------------ */

#define FAULT_PATH_MAX 128
struct fault {
	bool is_warning;	   /* may be published when the user insists */
	char path[FAULT_PATH_MAX]; /* "evidence[2].url" */
	char text[160];
};

/* Gets every fault; why (may be NULL) gets the first error as one line. */
struct fault_sink {
	void (*report)(void *context, const struct fault *fault); /* may be NULL */
	void *context;
	struct why *why;
	/* Whether the network adds the word to an open vocabulary; NULL: it adds none. */
	bool (*knows)(void *context, const char *vocabulary, struct bytes word);
};

/* Checks a map against its kind and appends the payload to publish: texts in NFC with line feeds
 * alone, keys in order. ERR_FIELD with faults reported, ERR_LIMIT above 65,536 bytes, ERR_MEMORY;
 * then nothing is appended. */
enum err kinds_check(
    const struct kind *kind, struct bytes map, struct writer *out, const struct fault_sink *sink);
/* Whether a canonical payload is what its kind says; why (may be NULL) gets the first fault, after which nothing is read.
 * Kinds that are not published, and those not known, say nothing. */
bool kinds_fits(const struct kind *kind, struct bytes payload, struct why *why);
/* Warnings about personal data and about words that the vocabulary does not know; how many. */
unsigned kinds_lint(const struct kind *kind, struct bytes payload, const struct fault_sink *sink);

/* One value of a field as people type it on a command line ("--set cost.amount=5000"), encoded:
 * dates, numbers, yes and no, words as they are; a list takes one element. LINK stays a str:
 * kinds_resolve replaces it. ERR_FIELD. */
enum err field_parse(
    struct writer *out, const struct field *field, struct bytes text, struct why *why);

/* Copies the map, with each str that stands where a link belongs replaced by the record that
 * resolve finds. When it says false the str stays and kinds_check will refuse it. ERR_ENCODING
 * unless map is canonical. */
enum err kinds_resolve(const struct kind *kind, struct bytes map, struct writer *out,
    bool (*resolve)(void *context, struct bytes ref, struct record_ref *found), void *context);
void kinds_put_link(struct writer *w, const struct record_ref *ref);
/* Whether the link at a path ("origins[1]") of a record of this kind may lead to a record of kind `target`, of the same
 * member or of another; else fault says why not. */
bool kinds_link_fits(
    const struct kind *kind, const char *path, uint16_t target, bool is_own, struct fault *fault);

/* One value of a payload, raw, and the field that it stands in. Borrowed for the call. */
struct kinds_value {
	const char *path; /* "stages[0].headcount.total" */
	const struct field *field;
	struct bytes raw;
};
/* Visits every value of a map that its kind knows, elements of lists and fields of maps one by one; nothing unless the
 * map is canonical. */
void kinds_each(const struct kind *kind, struct bytes map,
    void (*visit)(void *context, const struct kinds_value *value), void *context);
/* The same for a map that is known to be canonical. */
void kinds_each_scanned(const struct kind *kind, struct bytes map,
    void (*visit)(void *context, const struct kinds_value *value), void *context);
/* Whether a field of that type stands anywhere in it. */
bool kind_has(const struct kind *kind, enum field_type type);

/* JSON Schema 2020-12 of what `commune publish` reads. */
void kind_schema_json(struct writer *w, const struct kind *kind);

/* --- reading any payload --------------------------------------------------------------------- */

/* The text under a key in that language, else in French, Arabic, English, any; empty when it is
 * none. */
struct bytes kinds_text(struct bytes payload, const char *field, enum lang lang);
/* kind may be NULL: then `title`. lang_found may be NULL; LANG_COUNT when the title is a plain str
 * or missing. */
struct bytes kinds_title(
    const struct kind *kind, struct bytes payload, enum lang lang, enum lang *lang_found);
/* "withdrawn" for a withdrawn record, else the word at the kind's status path; empty when none. */
struct bytes kinds_status(const struct kind *kind, struct bytes payload);
/* The str at a position of `themes`; false past the end. */
bool kinds_theme(struct bytes payload, unsigned position, struct bytes *theme);
/* A link under a key. */
bool kinds_link(struct bytes payload, const char *field, struct record_ref *out);
/* The str under a dotted path, empty when it is none. */
struct bytes kinds_str(struct bytes payload, const char *path);
bool kinds_is_withdrawn(struct bytes payload);
enum lang lang_parse(struct bytes code); /* LANG_COUNT when not known */

#endif
