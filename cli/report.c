/* What a report holds and the order of its parts. */
#include "cli/report.h"

#include "cli/lang.h"
#include "cli/territory.h"
#include "proto/mp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK_SIZE (64u * 1024)
/* Columns of the widest part but the matrix. */
#define WIDTH_MIN 12

/* Kept texts stay where they are: others point at them. */
struct report_chunk {
	struct report_chunk *next;
	size_t used, size;
	uint8_t data[];
};

struct bytes report_keep(struct report *r, struct bytes text)
{
	struct report_chunk *chunk = r->chunks;
	uint8_t *at;

	if (!text.size)
		return (struct bytes){NULL, 0};
	if (!chunk || chunk->size - chunk->used < text.size) {
		size_t size = text.size > CHUNK_SIZE ? text.size : CHUNK_SIZE;

		chunk = malloc(sizeof(*chunk) + size);
		if (!chunk) {
			r->err = ERR_MEMORY;
			return (struct bytes){NULL, 0};
		}
		*chunk = (struct report_chunk){.next = r->chunks, .size = size};
		r->chunks = chunk;
	}
	at = chunk->data + chunk->used;
	memcpy(at, text.data, text.size);
	chunk->used += text.size;
	return (struct bytes){at, text.size};
}

struct doc_text report_keep_text(struct report *r, struct bytes value)
{
	struct doc_text text = {0};
	struct reader reader;

	reader_init(&reader, value);
	if (mp_peek(&reader) == MP_STR)
		text.text = mp_str(&reader);
	else if (mp_peek(&reader) == MP_MAP)
		text.text = lang_pick_tag(value, &text.tag);
	text.text = report_keep(r, text.text);
	text.tag = report_keep(r, text.tag);
	return text;
}

void report_release(struct report *r)
{
	while (r->chunks) {
		struct report_chunk *next = r->chunks->next;

		free(r->chunks);
		r->chunks = next;
	}
	writer_release(&r->members);
	writer_release(&r->rows);
	writer_release(&r->practices);
	writer_release(&r->adopters);
	writer_release(&r->items);
	writer_release(&r->scratch);
	memset(r, 0, sizeof(*r));
}

size_t report_member_count(const struct report *r)
{
	return r->members.size / sizeof(struct report_member);
}

struct report_member *report_member_at(const struct report *r, size_t at)
{
	return (struct report_member *)(void *)r->members.data + at;
}

struct report_member *report_member_of(const struct report *r, struct bytes code)
{
	for (size_t i = 0; i < report_member_count(r); i++)
		if (bytes_equal(report_member_at(r, i)->code, code))
			return report_member_at(r, i);
	return NULL;
}

size_t report_row_count(const struct report *r)
{
	return r->rows.size / sizeof(struct report_row);
}

struct report_row *report_row_at(const struct report *r, size_t at)
{
	return (struct report_row *)(void *)r->rows.data + at;
}

bool report_has(const struct report_row *row, enum audit_finding finding)
{
	return row->findings >> finding & 1;
}

static int by_order(const void *a, const void *b)
{
	const struct report_row *x = *(const struct report_row *const *)a;
	const struct report_row *y = *(const struct report_row *const *)b;

	return (x->order > y->order) - (x->order < y->order);
}

const struct report_row **report_select(struct report *r,
    bool (*fits)(const struct report_row *row), int (*compare)(const void *a, const void *b),
    size_t *count)
{
	const struct report_row **list =
	    calloc(report_row_count(r) + 1, sizeof(const struct report_row *));

	*count = 0;
	if (!list) {
		r->err = ERR_MEMORY;
		return NULL;
	}
	for (size_t i = 0; i < report_row_count(r); i++)
		if (fits(report_row_at(r, i)))
			list[(*count)++] = report_row_at(r, i);
	qsort(list, *count, sizeof(const struct report_row *), compare ? compare : by_order);
	return list;
}

struct doc_cell report_region(unsigned region)
{
	bool is_arabic = !strcmp(lang_code(), "ar");
	struct doc_text name = {
	    territory_region_name(region, is_arabic), bytes_str(is_arabic ? "ar" : "fr")};

	return name.text.size ? doc_text(name) : doc_said(_("no region"));
}

bool report_is(const struct report_row *row, const char *kind)
{
	return bytes_equal(row->kind, bytes_str(kind));
}

/* --- the whole ------------------------------------------------------------------------------- */

static void put_facts(struct report *r, struct doc *doc)
{
	char number[32];

	if (r->options.as_of)
		doc_fact(
		    doc, "as_of", _("as it was known on"), doc_code(bytes_str(r->options.as_of)));
	else
		doc_fact(doc, "judged_on", _("judged on"), doc_code(bytes_str(r->today)));
	if (r->options.region)
		doc_fact(doc, "region", _("only the region"), report_region(r->region));
	if (r->options.member)
		doc_fact(
		    doc, "member", _("only the member"), doc_code(bytes_str(r->options.member)));
	doc_fact(
	    doc, "records", _("records that this node holds"), doc_number((int64_t)r->arrivals));
	doc_fact(doc, "digest", _("digest"), doc_code(bytes_str(r->digest)));
	doc_fact(doc, "source", _("source"), doc_code(bytes_str(doc->source)));
	snprintf(number, sizeof(number), "%u.%u", r->threshold / 10, r->threshold % 10);
	doc_fact(
	    doc, "threshold_percent", _("threshold of shares, %"), doc_figure(bytes_str(number)));
	doc_fact(doc, "written_on", _("written on"), doc_code(bytes_str(r->written)));
}

void report_write(struct report *r, const struct doc_format *format, struct writer *out)
{
	static void (*const parts[])(struct report *, struct doc *) = {report_matrix,
	    report_members, report_completion, report_overdue, report_findings, report_stages,
	    report_shares, report_budgets, report_claims, report_scores, report_practices,
	    report_items, report_silent};
	char source[sizeof(r->network) + 16];
	struct doc doc = {.source = source, .written = r->written, .has_bom = r->has_bom};

	snprintf(source, sizeof(source), "open-communes/%s", r->network);
	doc.width = r->article_count + 4 > WIDTH_MIN ? r->article_count + 4 : WIDTH_MIN;
	doc_begin(&doc, format, out, &r->name);
	put_facts(r, &doc);
	format->facts_end(&doc);
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
		parts[i](r, &doc);
	doc_end(&doc);
	doc_release(&doc);
	if (r->err)
		writer_fail(out, r->err);
}
