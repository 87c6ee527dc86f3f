/* Commitments in the columns of the Open Government Partnership, the other way round of import_ogp. Records that came from
 * there give back their columns as they were written; what else a member committed itself to is put where it belongs, and
 * what OGP's assessors alone could say is NA. */
#include "cli/export.h"

#include "cli/csv_mark.h"
#include "cli/lang.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct source_row {
	const struct export *e;
	struct bytes row;
	struct bytes payload;
	const char *lang;
};

typedef void cell_fn(struct writer *out, const struct source_row *s);

static void put_text_of(struct writer *out, const struct source_row *s, const char *field)
{
	writer_bytes(out, export_text(mp_get(s->payload, field), s->lang));
}

static void put_ref(struct writer *out, const struct source_row *s)
{
	writer_bytes(out, export_str(s->row, "ref"));
}

static void put_member(struct writer *out, const struct source_row *s)
{
	writer_bytes(out, export_member(s->e, export_str(s->row, "member")));
}

static void put_code(struct writer *out, const struct source_row *s)
{
	writer_bytes(out, export_str(s->row, "member"));
}

static void put_article(struct writer *out, const struct source_row *s)
{
	struct reader r;

	reader_init(&r, mp_get(s->payload, "article"));
	if (mp_peek(&r) == MP_INT)
		writer_printf(out, "%lld", (long long)mp_int(&r));
	else
		writer_str(out, "NA");
}

static struct bytes year_of(const struct source_row *s, const char *field)
{
	struct bytes date = export_str(s->payload, field);

	date.size = date.size < 4 ? 0 : 4;
	return date;
}

static void put_or_na(struct writer *out, struct bytes text)
{
	if (text.size)
		writer_bytes(out, text);
	else
		writer_str(out, "NA");
}

static void put_start_year(struct writer *out, const struct source_row *s)
{
	put_or_na(out, year_of(s, "start"));
}

static void put_end_year(struct writer *out, const struct source_row *s)
{
	put_or_na(out, year_of(s, "end"));
}

static void put_title(struct writer *out, const struct source_row *s)
{
	put_text_of(out, s, "title");
}

/* Its text, else what it is made of. */
static void put_full_text(struct writer *out, const struct source_row *s)
{
	static const char *const fields[] = {"problem", "solution", "result"};
	size_t before = out->size;

	put_text_of(out, s, "text");
	if (out->size > before)
		return;
	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++) {
		struct bytes text = export_text(mp_get(s->payload, fields[i]), s->lang);

		if (text.size && out->size > before)
			writer_str(out, "\n\n");
		writer_bytes(out, text);
	}
}

static void put_date(struct writer *out, const struct source_row *s, const char *field)
{
	char written[32];
	struct bytes text;

	snprintf(written, sizeof(written), "%s_as_written", field);
	text = export_str(s->payload, written);
	put_or_na(out, text.size ? text : export_str(s->payload, field));
}

static void put_start(struct writer *out, const struct source_row *s)
{
	put_date(out, s, "start");
}

static void put_end(struct writer *out, const struct source_row *s)
{
	put_date(out, s, "end");
}

static void put_lead(struct writer *out, const struct source_row *s)
{
	put_or_na(out, export_text(mp_get(s->payload, "lead"), s->lang));
}

static void put_supporters(struct writer *out, const struct source_row *s)
{
	size_t before = out->size;
	struct reader r;
	uint32_t count;

	reader_init(&r, mp_get(s->payload, "supporters"));
	count = mp_peek(&r) == MP_ARRAY ? mp_array(&r) : 0;
	for (uint32_t i = 0; i < count && !r.err; i++) {
		writer_str(out, i ? "; " : "");
		writer_bytes(out, export_text(mp_raw(&r), s->lang));
	}
	if (out->size == before)
		writer_str(out, "NA");
}

static const char *area_of(struct bytes theme)
{
	static const char *const areas[][2] = {{"access_to_information", "Access to information"},
	    {"accountability", "Social Accountability"},
	    {"citizen_participation", "Public Participation"},
	    {"digitalisation", "Digital Transformation"}, {"gender", "Gender"},
	    {"integrity", "Anti-Corruption and Integrity"}};

	for (size_t i = 0; i < sizeof(areas) / sizeof(*areas); i++)
		if (bytes_equal(theme, bytes_str(areas[i][0])))
			return areas[i][1];
	return NULL;
}

/* Themes that OGP has no area for are not bent into one. */
static void put_areas(struct writer *out, const struct source_row *s)
{
	size_t before = out->size;
	struct reader r;
	uint32_t count;

	reader_init(&r, mp_get(s->payload, "themes"));
	count = mp_peek(&r) == MP_ARRAY ? mp_array(&r) : 0;
	for (uint32_t i = 0; i < count && mp_peek(&r) == MP_STR; i++) {
		const char *area = area_of(mp_str(&r));

		if (area)
			writer_printf(out, "%s%s", out->size > before ? "; " : "", area);
	}
	if (out->size == before)
		writer_str(out, "NA");
}

/* As the network has it: attested where somebody coded it, else the member's own word. */
static void put_completion(struct writer *out, const struct source_row *s)
{
	static const char *const words[][2] = {{"complete", "Complete"},
	    {"substantial", "Substantial"}, {"limited", "Limited"}, {"not_started", "Not Started"},
	    {"withdrawn", "Withdrawn"}, {"no_evidence", "No Evidence"}};
	struct bytes status = export_str(s->row, "status");

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (bytes_equal(status, bytes_str(words[i][0]))) {
			writer_str(out, words[i][1]);
			return;
		}
	writer_str(out, "NA");
}

static void put_page(struct writer *out, const struct source_row *s)
{
	put_or_na(out, kinds_str(s->payload, "source.url"));
}

static void put_plan(struct writer *out, const struct source_row *s)
{
	put_or_na(out, export_str(s->payload, "programme"));
}

/* In the order of the data set. */
static const struct {
	const char *name;
	const char *always; /* NULL: put says it */
	cell_fn *put;
	bool is_compared; /* a row of ours that is read again must say the same */
} columns[] = {
    {"Commitment Unique Identifier", NULL, put_ref, false},
    {"Country/Locality", NULL, put_member, false},
    {"Action Plan Number", "NA", NULL, false},
    {"Commitment Number", NULL, put_article, false},
    {"Code", NULL, put_code, false},
    {"Region", "Africa", NULL, false},
    {"National Or Local", "Local", NULL, false},
    {"Year Of Submission", NULL, put_start_year, false},
    {"Action Plan End Year", NULL, put_end_year, false},
    {"Action Plan Duration (Years)", "NA", NULL, false},
    {"Theme", "NA", NULL, false},
    {"Commitment Title", NULL, put_title, true},
    {"Short Title", NULL, put_title, false},
    {"Full Text", NULL, put_full_text, true},
    {"Start Date", NULL, put_start, true},
    {"End Date", NULL, put_end, true},
    {"Lead Institution", NULL, put_lead, true},
    {"Supporting Institution(s)", NULL, put_supporters, true},
    {"Policy Areas", NULL, put_areas, true},
    {"Report Publication Year (Progress Report)", "NA", NULL, false},
    {"Specificity", "NA", NULL, false},
    {"Verifiable", "NA", NULL, false},
    {"OGP Value Access To Information", "NA", NULL, false},
    {"OGP Value Civic Participation", "NA", NULL, false},
    {"OGP Value Public Accountability", "NA", NULL, false},
    {"OGP Value Technology", "NA", NULL, false},
    {"Potential Impact", "NA", NULL, false},
    {"Completion (Progress Report)", NULL, put_completion, false},
    {"Starred (2015 Only)", "NA", NULL, false},
    {"Starred (Current Formula) Progress Report", "NA", NULL, false},
    {"Potential for Results", "NA", NULL, false},
    {"Cluster Commitment ID(s)", "NA", NULL, false},
    {"Report Publication Year (End Of Term)", "NA", NULL, false},
    {"Completion (End Of Term)", "NA", NULL, false},
    {"Change In Completion", "NA", NULL, false},
    {"Early Results", "NA", NULL, false},
    {"Did It Open Government (Overall)", "NA", NULL, false},
    {"Did It Open Government (Access To Information)", "NA", NULL, false},
    {"Did It Open Government (Civic Participation)", "NA", NULL, false},
    {"Did It Open Government: Public Accountability", "NA", NULL, false},
    {"Starred (Current Formula) End of Term", "NA", NULL, false},
    {"Carried Forward", "NA", NULL, false},
    {"IRM Assessed", "0", NULL, false},
    {"Active Commitment", "NA", NULL, false},
    {"URL", NULL, put_page, false},
    {"Subnational in NAPs", "NA", NULL, false},
    {"Action Plan ID", NULL, put_plan, true},
};

#define COLUMN_COUNT (sizeof(columns) / sizeof(*columns))

static void put_own(struct writer *out, size_t column, const struct source_row *s)
{
	if (columns[column].always)
		writer_str(out, columns[column].always);
	else
		columns[column].put(out, s);
}

/* --- the header ------------------------------------------------------------------------------ */

/* What a record of OGP's kept of its file; empty for one of ours. */
static struct bytes kept_columns(struct bytes payload)
{
	struct bytes source = mp_get(payload, "source");
	struct reader r;

	if (!bytes_equal(kinds_str(payload, "source.catalogue"), BYTES_STR("ogp")))
		return (struct bytes){NULL, 0};
	reader_init(&r, mp_get(source, "columns"));
	return mp_peek(&r) == MP_MAP ? mp_get(source, "columns") : (struct bytes){NULL, 0};
}

struct heading {
	struct bytes names[256];
	size_t count;
	bool is_used[COLUMN_COUNT];
	bool has_own;
};

static void note_name(struct heading *h, struct bytes name)
{
	for (size_t i = 0; i < COLUMN_COUNT; i++)
		if (bytes_equal(name, bytes_str(columns[i].name))) {
			h->is_used[i] = true;
			return;
		}
	for (size_t i = 0; i < h->count; i++)
		if (bytes_equal(h->names[i], name))
			return;
	if (h->count < sizeof(h->names) / sizeof(*h->names))
		h->names[h->count++] = name;
}

/* The columns of the data set that are used, then others that a file had. A file of OGP's alone gets its own back; with
 * records of ours all columns stand. */
static void find_header(struct heading *h, const struct export *e)
{
	struct bytes row;

	for (size_t at = 0; export_next(e, &at, &row);) {
		struct bytes kept = kept_columns(export_payload(row));
		struct reader r;
		uint32_t count;

		reader_init(&r, kept);
		count = kept.size ? mp_map(&r) : 0;
		h->has_own = h->has_own || !kept.size;
		for (uint32_t i = 0; i < count && !r.err; i++) {
			struct bytes name = mp_str(&r);

			mp_raw(&r);
			note_name(h, name);
		}
	}
	for (size_t i = 0; i < COLUMN_COUNT && (h->has_own || !e->count); i++)
		h->is_used[i] = true;
}

/* --- rows ------------------------------------------------------------------------------------ */

static void put_kept(struct writer *cell, struct bytes kept, struct bytes name)
{
	struct reader r;
	uint32_t count;

	reader_init(&r, kept);
	count = mp_map(&r);
	for (uint32_t i = 0; i < count && !r.err; i++) {
		bool is_it = bytes_equal(mp_str(&r), name);
		struct bytes value = mp_raw(&r);
		struct reader text;

		reader_init(&text, value);
		if (is_it && mp_peek(&text) == MP_STR)
			writer_bytes(cell, mp_str(&text));
	}
}

static void put_row(struct writer *out, const struct heading *h, const struct source_row *s)
{
	struct bytes kept = kept_columns(s->payload);
	struct writer cell = {0};
	bool is_first = true;

	for (size_t i = 0; i < COLUMN_COUNT + h->count; i++) {
		struct bytes name =
		    i < COLUMN_COUNT ? bytes_str(columns[i].name) : h->names[i - COLUMN_COUNT];

		if (i < COLUMN_COUNT && !h->is_used[i])
			continue;
		writer_clear(&cell);
		if (kept.size)
			put_kept(&cell, kept, name);
		else if (i < COLUMN_COUNT)
			put_own(&cell, i, s);
		writer_str(out, is_first ? "" : ",");
		csv_mark_put(out, writer_view(&cell));
		is_first = false;
	}
	writer_str(out, "\n");
	writer_release(&cell);
}

void export_ogp(struct export *e, struct writer *out)
{
	struct heading h = {.count = 0};
	struct bytes row;
	bool is_first = true;

	find_header(&h, e);
	for (size_t i = 0; i < COLUMN_COUNT + h.count; i++) {
		if (i < COLUMN_COUNT && !h.is_used[i])
			continue;
		writer_str(out, is_first ? "" : ",");
		csv_mark_put(
		    out, i < COLUMN_COUNT ? bytes_str(columns[i].name) : h.names[i - COLUMN_COUNT]);
		is_first = false;
	}
	writer_str(out, "\n");
	for (size_t at = 0; export_next(e, &at, &row);) {
		struct source_row s = {
		    .e = e, .row = row, .payload = export_payload(row), .lang = e->lang};

		put_row(out, &h, &s);
	}
}

static bool is_same_in(
    const struct csv_table *table, size_t row, struct bytes payload, const char *lang)
{
	struct source_row s = {.payload = payload, .lang = lang};
	struct writer cell = {0};
	bool is_same = true;

	for (size_t i = 0; i < COLUMN_COUNT && is_same; i++) {
		size_t column = csv_table_column(table, columns[i].name);

		if (!columns[i].is_compared || column == (size_t)-1)
			continue;
		writer_clear(&cell);
		put_own(&cell, i, &s);
		is_same = bytes_equal(writer_view(&cell), csv_table_cell(table, row, column));
	}
	writer_release(&cell);
	return is_same;
}

bool export_ogp_is_same(const struct csv_table *table, size_t row, struct bytes payload)
{
	for (int i = 0; i < LANG_COUNT; i++)
		if (is_same_in(table, row, payload, lang_codes[i]))
			return true;
	return false;
}
