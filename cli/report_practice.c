/* Which practices were taken up, and by how many members. An adoption leads to the version that its member read; it counts
 * for the version that stands today. */
#include "cli/report_read.h"

#include "cli/lang.h"
#include "proto/kinds.h"
#include "proto/mp.h"

#include <stdlib.h>
#include <string.h>

#define SHOWN_MAX 20

size_t report_practice_count(const struct report *r)
{
	return r->practices.size / sizeof(struct report_practice);
}

struct report_practice *report_practice_at(const struct report *r, size_t at)
{
	return (struct report_practice *)(void *)r->practices.data + at;
}

static struct bytes keep(struct report *r, struct bytes row, const char *field)
{
	struct reader reader;

	reader_init(&reader, mp_get(row, field));
	return mp_peek(&reader) == MP_STR ? report_keep(r, mp_str(&reader)) : (struct bytes){0};
}

void report_read_practice(struct report *r, struct bytes row)
{
	struct report_practice p = {0};
	struct reader id;

	reader_init(&id, mp_get(row, "id"));
	if (mp_peek(&id) != MP_BIN)
		return;
	mp_bin_fixed(&id, &p.id, sizeof(p.id));
	p.ref = keep(r, row, "ref");
	p.member = keep(r, row, "member");
	p.superseded_by = keep(r, row, "superseded_by");
	p.status = keep(r, row, "status");
	p.title = report_keep_text(r, mp_get(row, "title"));
	if (!id.err)
		writer_put(&r->practices, &p, sizeof(p));
}

static int by_id(const void *a, const void *b)
{
	return memcmp(((const struct report_practice *)a)->id.b,
	    ((const struct report_practice *)b)->id.b, HASH_SIZE);
}

void report_sort_practices(struct report *r)
{
	if (report_practice_count(r))
		qsort(r->practices.data, report_practice_count(r), sizeof(struct report_practice),
		    by_id);
	if (r->practices.err)
		r->err = r->practices.err;
}

static const struct report_practice *by_ref(const struct report *r, struct bytes ref)
{
	for (size_t i = 0; ref.size && i < report_practice_count(r); i++)
		if (bytes_equal(report_practice_at(r, i)->ref, ref))
			return report_practice_at(r, i);
	return NULL;
}

void report_read_adoption(struct report *r, struct bytes row)
{
	struct report_adopter adopter = {0};
	const struct report_practice *found, *newer;
	struct report_practice wanted;
	struct record_ref link;
	struct reader reader;
	struct bytes payload;

	reader_init(&reader, mp_get(row, "payload"));
	payload = mp_peek(&reader) == MP_BIN ? mp_bin(&reader) : (struct bytes){0};
	if (mp_scan(payload) || kinds_is_withdrawn(payload) ||
	    !kinds_link(payload, "practice", &link) || !report_practice_count(r))
		return;
	wanted.id = link.leaf;
	found =
	    bsearch(&wanted, r->practices.data, report_practice_count(r), sizeof(wanted), by_id);
	/* No longer than there are versions. */
	for (size_t i = 0; found && i < report_practice_count(r); i++) {
		newer = by_ref(r, found->superseded_by);
		if (!newer)
			break;
		found = newer;
	}
	if (!found)
		return;
	adopter.practice = (uint32_t)(found - report_practice_at(r, 0));
	adopter.member = keep(r, row, "member");
	writer_put(&r->adopters, &adopter, sizeof(adopter));
}

static int by_practice(const void *a, const void *b)
{
	const struct report_adopter *x = a, *y = b;

	if (x->practice != y->practice)
		return x->practice < y->practice ? -1 : 1;
	return bytes_compare(x->member, y->member);
}

/* A member counts once. */
void report_count_adopters(struct report *r)
{
	struct report_adopter *list = (struct report_adopter *)(void *)r->adopters.data;
	size_t count = r->adopters.size / sizeof(*list);

	if (r->adopters.err)
		r->err = r->adopters.err;
	if (!count || r->err)
		return;
	qsort(list, count, sizeof(*list), by_practice);
	for (size_t i = 0; i < count; i++)
		if (!i || by_practice(&list[i - 1], &list[i]))
			report_practice_at(r, list[i].practice)->adopters++;
}

/* --- the section ----------------------------------------------------------------------------- */

static int by_adopters(const void *a, const void *b)
{
	const struct report_practice *x = *(const struct report_practice *const *)a;
	const struct report_practice *y = *(const struct report_practice *const *)b;

	if (x->adopters != y->adopters)
		return x->adopters > y->adopters ? -1 : 1;
	return bytes_compare(x->ref, y->ref);
}

static bool is_shown(const struct report *r, const struct report_practice *p)
{
	const struct report_member *m = report_member_of(r, p->member);
	bool is_filtered = r->options.member || r->options.region;

	return p->adopters && !p->superseded_by.size &&
	       !bytes_equal(p->status, BYTES_STR("withdrawn")) &&
	       (!is_filtered || (m && m->is_wanted));
}

static void put_adopted(struct report *r, struct doc *doc)
{
	const struct doc_column columns[] = {
	    {.field = "ref", .label = _("record"), .shape = DOC_CODE},
	    {.field = "member", .label = _("member"), .shape = DOC_CODE},
	    {.field = "title", .label = _("practice"), .shape = DOC_TEXT},
	    {.field = "adopters", .label = _("adopted by"), .shape = DOC_NUMBER},
	};
	const struct report_practice **shown =
	    calloc(report_practice_count(r) + 1, sizeof(const struct report_practice *));
	size_t count = 0;

	if (!shown) {
		r->err = ERR_MEMORY;
		return;
	}
	for (size_t i = 0; i < report_practice_count(r); i++)
		if (is_shown(r, report_practice_at(r, i)))
			shown[count++] = report_practice_at(r, i);
	qsort(shown, count, sizeof(const struct report_practice *), by_adopters);
	doc_table(doc, columns, sizeof(columns) / sizeof(*columns));
	for (size_t i = 0; i < count && (i < SHOWN_MAX || doc->format->is_flat); i++) {
		const struct doc_cell cells[] = {doc_code(shown[i]->ref),
		    doc_code(shown[i]->member), doc_text(shown[i]->title),
		    doc_number(shown[i]->adopters)};

		doc_row(doc, cells);
	}
	doc_table_end(doc);
	free(shown);
}

static bool is_never_adopted(const struct report_row *row)
{
	return report_has(row, FINDING_NEVER_ADOPTED);
}

static void put_never(struct report *r, struct doc *doc)
{
	const struct doc_column columns[] = {
	    {.field = "ref", .label = _("record"), .shape = DOC_CODE},
	    {.field = "member", .label = _("member"), .shape = DOC_CODE},
	    {.field = "title", .label = _("practice"), .shape = DOC_TEXT},
	};
	size_t count;
	const struct report_row **shown = report_select(r, is_never_adopted, NULL, &count);

	doc_table(doc, columns, sizeof(columns) / sizeof(*columns));
	for (size_t i = 0; i < count; i++) {
		const struct doc_cell cells[] = {
		    doc_code(shown[i]->ref), doc_code(shown[i]->member), doc_text(shown[i]->title)};

		doc_row(doc, cells);
	}
	doc_table_end(doc);
	free(shown);
}

void report_practices(struct report *r, struct doc *doc)
{
	doc_section(doc, "practices-adopted", _("Practices that most members adopted"));
	put_adopted(r, doc);
	doc_section(doc, "practices-never-adopted", _("Practices that nobody adopted"));
	put_never(r, doc);
}
