/* A document of sections and tables, whatever it becomes: a page, Markdown, a spreadsheet. The caller says what a cell is;
 * the format decides how it looks, and is the one place where hostile text is made harmless.
 *
 * Cells and texts are borrowed for the call. */
#ifndef CLI_DOC_H
#define CLI_DOC_H

#include "proto/audit_record.h"
#include "proto/writer.h"

#define DOC_COLUMNS_MAX 40
#define DOC_TEXT_COLUMNS_MAX 160 /* a longer text is cut: its REF leads to all of it */

/* What people wrote, and in which language as far as they say. */
struct doc_text {
	struct bytes text, tag;
};

enum doc_shape {
	DOC_TEXT,   /* what members wrote */
	DOC_SAID,   /* our own words, translated */
	DOC_WORD,   /* a word of a vocabulary */
	DOC_NUMBER, /* int */
	DOC_FIGURE, /* a number as text: "-2.5" */
	DOC_CODE,   /* what is typed again: a REF, a member's code, a date */
	DOC_CODES,  /* several, with blanks between them; of any size */
	DOC_MARK,   /* how far a commitment is */
	DOC_BAR,    /* a bar of parts; formats without pictures leave its column out */
	DOC_SHARE,  /* a part of a hundred, against a threshold */
};

/* How far, in the order of a bar: the best first. */
enum doc_progress {
	DOC_COMPLETE,
	DOC_SUBSTANTIAL,
	DOC_LIMITED,
	DOC_NOT_STARTED,
	DOC_NO_EVIDENCE,
	DOC_WITHDRAWN,
	DOC_SILENT, /* committed, and nobody said how far */
	DOC_NOTHING /* not committed */
};
#define DOC_PROGRESS_COUNT 8
/* The word of the vocabulary; of the last two NULL. */
const char *doc_progress_word(enum doc_progress progress);
/* In the reader's language. */
void doc_progress_put(struct writer *w, enum doc_progress progress);

struct doc_mark {
	enum doc_progress progress;
	bool is_attested; /* by another member; else the member's own word */
	bool is_overdue;
	bool differs; /* attested, and the member says something else: */
	enum doc_progress self;
	uint32_t count; /* of commitments; the least advanced is the one that is shown */
};

/* Members by how far they are: what others attest and what they say themselves. */
struct doc_bar {
	uint32_t attested[DOC_PROGRESS_COUNT], self[DOC_PROGRESS_COUNT];
};

struct doc_share {
	bool is_known;
	bool is_few; /* fewer than DOC_FEW people: how many is not said */
	bool is_below;
	unsigned permille, threshold;
	int64_t count, total;
};
#define DOC_FEW PEOPLE_FEW

struct doc_cell {
	enum doc_shape shape;
	bool is_there; /* false: empty */
	struct doc_text text;
	int64_t number;
	const struct doc_mark *mark;
	const struct doc_bar *bar;
	const struct doc_share *share;
};

struct doc_column {
	const char *field;	 /* for programs */
	const char *label;	 /* translated */
	struct doc_text written; /* behind the label: what members wrote */
	enum doc_shape shape;
	bool is_group; /* the first column: pages make a heading of it where it changes */
};

struct doc;

struct doc_format {
	/* facts: pairs of label and value */
	void (*begin)(struct doc *doc, const struct doc_text *title);
	void (*fact)(
	    struct doc *doc, const char *field, const char *label, const struct doc_cell *value);
	/* Behind the facts. */
	void (*facts_end)(struct doc *doc);
	void (*section)(struct doc *doc, const char *id, const char *title);
	void (*note)(struct doc *doc, const char *text);
	/* What marks or bars mean. */
	void (*legend)(struct doc *doc, enum doc_shape shape);
	void (*table)(struct doc *doc);
	void (*row)(struct doc *doc, const struct doc_cell *cells);
	void (*table_end)(struct doc *doc);
	void (*end)(struct doc *doc);
	bool is_flat; /* for programs: one value a cell */
};

extern const struct doc_format doc_html;
extern const struct doc_format doc_md;
extern const struct doc_format doc_csv;

struct doc {
	const struct doc_format *format;
	struct writer *out;
	const struct doc_text *title;
	/* Where it comes from and when, on every export. */
	const char *source, *written;
	bool has_bom;
	size_t width; /* columns of the widest table, for formats that want all lines alike */
	const char *section; /* its id */
	/* the table under way */
	const struct doc_column *columns;
	size_t column_count;
	size_t row_count;
	struct writer group; /* the heading that rows stand under */
	struct writer scratch;
};

void doc_begin(struct doc *doc, const struct doc_format *format, struct writer *out,
    const struct doc_text *title);
void doc_fact(struct doc *doc, const char *field, const char *label, struct doc_cell value);
void doc_section(struct doc *doc, const char *id, const char *title);
void doc_note(struct doc *doc, const char *text);
/* columns must live until doc_table_end. */
void doc_table(struct doc *doc, const struct doc_column *columns, size_t count);
void doc_row(struct doc *doc, const struct doc_cell *cells);
/* Says so when the table had no row. */
void doc_table_end(struct doc *doc);
void doc_end(struct doc *doc);
void doc_release(struct doc *doc);

struct doc_cell doc_text(struct doc_text text);
struct doc_cell doc_said(const char *text);
struct doc_cell doc_word(struct bytes word);
struct doc_cell doc_number(int64_t number);
struct doc_cell doc_figure(struct bytes text);
struct doc_cell doc_code(struct bytes text);
struct doc_cell doc_codes(struct bytes text);
struct doc_cell doc_mark(const struct doc_mark *mark);
struct doc_cell doc_bar(const struct doc_bar *bar);
struct doc_cell doc_share(const struct doc_share *share);
struct doc_cell doc_empty(void);

/* One line without controls, cut to DOC_TEXT_COLUMNS_MAX, or more in a flat format: what a format escapes further. The result lives in doc until the
 * next call. */
struct bytes doc_safe(struct doc *doc, struct bytes text);
/* Behind the '|' of a label such as "A|attested" is what its letter means, for translators. */
struct bytes doc_letter(bool is_attested);
/* A share as text: "24.3", "<5". */
void doc_share_put(struct writer *w, const struct doc_share *share);

#endif
