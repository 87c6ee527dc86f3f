/* list --group-by: how many of the records that fit share a member, a place, a theme, a status, a
 * kind, a year or a month. A record with two themes counts under both; what says nothing counts
 * under nil, which comes last. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/query_list.h"

#define SLOTS_MIN 256
#define LABEL_MAX 72

enum group_field {
	GROUP_MEMBER,
	GROUP_REGION,
	GROUP_PROVINCE,
	GROUP_THEME,
	GROUP_STATUS,
	GROUP_KIND,
	GROUP_YEAR,
	GROUP_MONTH
};
static const char *const group_names[] = {
    "member", "region", "province", "theme", "status", "kind", "year", "month", NULL};

struct group {
	uint64_t value; /* a term, a place, a kind, months since year 0; 0: nothing is said */
	uint64_t count;
};

struct groups {
	struct query *q;
	struct filter *f;
	enum group_field field;
	struct group *slots; /* open addressing; count 0: free */
	size_t size, used;
};

static bool grow(struct groups *g)
{
	size_t size = g->size ? 4 * g->size : SLOTS_MIN;
	struct group *slots = calloc(size, sizeof(*slots));

	if (!slots) {
		query_fail(g->q, ERR_MEMORY, "no memory for groups");
		return false;
	}
	for (size_t i = 0; i < g->size; i++) {
		size_t at;
		if (g->slots[i].count == 0)
			continue;
		at = (size_t)(g->slots[i].value * 0x9e3779b97f4a7c15u) & (size - 1);
		while (slots[at].count > 0)
			at = (at + 1) & (size - 1);
		slots[at] = g->slots[i];
	}
	free(g->slots);
	g->slots = slots;
	g->size = size;
	return true;
}

static void count_value(struct groups *g, uint64_t value)
{
	size_t at;

	if (2 * g->used >= g->size && !grow(g))
		return;
	at = (size_t)(value * 0x9e3779b97f4a7c15u) & (g->size - 1);
	while (g->slots[at].count > 0 && g->slots[at].value != value)
		at = (at + 1) & (g->size - 1);
	if (g->slots[at].count == 0) {
		g->slots[at].value = value;
		g->used++;
	}
	g->slots[at].count++;
}

static void count_themes(struct groups *g, uint32_t set)
{
	struct bytes numbers = filter_word(g->q, g->f, set);

	if (numbers.size == 0)
		count_value(g, 0);
	for (size_t at = 0; at + 4 <= numbers.size; at += 4)
		count_value(g, be32_get(numbers.data + at));
}

static void count_row(struct groups *g, const uint8_t *row, uint64_t arrival)
{
	struct territory place;

	switch (g->field) {
	case GROUP_MEMBER:
		count_value(g, facet_member(row));
		break;
	case GROUP_REGION:
		count_value(g, filter_territory(g->q, g->f, row).region);
		break;
	case GROUP_PROVINCE:
		place = filter_territory(g->q, g->f, row);
		count_value(g, place.province ? 1000u * place.region + place.province : 0u);
		break;
	case GROUP_THEME:
		count_themes(g, facet_themes(row));
		break;
	case GROUP_STATUS:
		count_value(g, filter_status(g->f, row, arrival));
		break;
	case GROUP_KIND:
		count_value(g, (uint64_t)facet_kind(row) + 1);
		break;
	case GROUP_YEAR:
		count_value(g, month_of((int64_t)facet_time(row)) / 12);
		break;
	case GROUP_MONTH:
		count_value(g, month_of((int64_t)facet_time(row)));
		break;
	}
}

/* --- rows ------------------------------------------------------------------------------------ */

struct group_row {
	uint64_t count;
	uint64_t order; /* before the label's */
	size_t size;	/* of the label; 0: nil */
	uint8_t label[LABEL_MAX];
};

static void label_of(const struct groups *g, uint64_t value, struct group_row *out)
{
	unsigned long long v = value;
	const struct kind *kind;
	struct bytes word;
	char text[32] = "";

	if (value == 0)
		return;
	switch (g->field) {
	case GROUP_MEMBER:
	case GROUP_THEME:
	case GROUP_STATUS:
		word = term_word(&g->q->views, (uint32_t)value);
		out->size = word.size < LABEL_MAX ? word.size : LABEL_MAX;
		memcpy(out->label, word.data, out->size);
		return;
	case GROUP_REGION:
		snprintf(text, sizeof(text), "%02llu", v);
		break;
	case GROUP_PROVINCE:
		snprintf(text, sizeof(text), "%02llu.%03llu", v / 1000, v % 1000);
		break;
	case GROUP_KIND:
		kind = kind_by_number((uint16_t)(value - 1));
		snprintf(
		    text, sizeof(text), kind ? "%s" : "%.0s%llu", kind ? kind->name : "", v - 1);
		break;
	case GROUP_YEAR:
		out->order = value; /* some are longer than four digits */
		snprintf(text, sizeof(text), "%04llu", v);
		break;
	case GROUP_MONTH:
		out->order = value;
		snprintf(text, sizeof(text), "%04llu-%02llu", v / 12, v % 12 + 1);
		break;
	}
	out->size = strlen(text);
	memcpy(out->label, text, out->size);
}

static int compare_labels(const struct group_row *a, const struct group_row *b)
{
	if (a->size == 0 || b->size == 0)
		return (a->size == 0) - (b->size == 0);
	if (a->order != b->order)
		return a->order < b->order ? -1 : 1;
	return bytes_compare(bytes_of(a->label, a->size), bytes_of(b->label, b->size));
}

static int compare_groups(const void *a, const void *b, void *context)
{
	const struct list_order *order = context;
	const struct group_row *x = a, *y = b;
	int labels = compare_labels(x, y);

	if (order->by == ORDER_COUNT && x->count != y->count)
		return ((x->count > y->count) - (x->count < y->count)) *
		       (order->is_descending ? -1 : 1);
	return order->is_descending && order->by == ORDER_GROUP ? -labels : labels;
}

static void put_group(struct writer *w, const struct groups *g, const struct group_row *row)
{
	const char *name = group_names[g->field];
	bool is_first = strcmp("count", name) < 0;

	mp_put_map(w, 2);
	if (is_first)
		put_name_uint(w, "count", row->count);
	mp_put_cstr(w, name);
	if (row->size > 0)
		mp_put_str(w, bytes_of(row->label, row->size));
	else
		mp_put_nil(w);
	if (!is_first)
		put_name_uint(w, "count", row->count);
}

/* The cursor is how many groups were shown. */
static void put_groups(struct groups *g, const struct list_order *order)
{
	struct group_row *all = calloc(g->used + 1, sizeof(*all));
	struct writer rows = {0};
	size_t count = 0, at, shown;
	char cursor[24] = "";

	for (size_t i = 0; all && i < g->size; i++) {
		if (g->slots[i].count == 0)
			continue;
		all[count].count = g->slots[i].count;
		label_of(g, g->slots[i].value, &all[count++]);
	}
	if (!all)
		query_fail(g->q, ERR_MEMORY, "no memory for groups");
	else
		qsort_r(all, count, sizeof(*all), compare_groups, (void *)(uintptr_t)order);
	for (at = shown = (size_t)g->f->after; at < count && at - shown < g->f->limit; at++)
		put_group(&rows, g, &all[at]);
	if (at < count)
		snprintf(cursor, sizeof(cursor), "%zu", at);
	page_put(g->q, bytes_str(cursor), &rows, (uint32_t)(at > shown ? at - shown : 0));
	writer_release(&rows);
	free(all);
}

static bool take_field(struct groups *g, struct bytes field)
{
	const char *nearest = word_nearest(field, group_names);

	for (unsigned i = 0; group_names[i]; i++) {
		if (!bytes_equal(field, bytes_str(group_names[i])))
			continue;
		g->field = (enum group_field)i;
		return true;
	}
	query_fail(g->q, ERR_USAGE,
	    "cannot group by '%.*s'%s%s%s: member, region, province, theme, status, kind, year or "
	    "month",
	    (int)(field.size < 60 ? field.size : 60), (const char *)field.data,
	    nearest ? ", did you mean '" : "", nearest ? nearest : "", nearest ? "'" : "");
	return false;
}

void list_groups(
    struct query *q, struct filter *f, struct bytes field, const struct list_order *order)
{
	struct groups g = {.q = q, .f = f};
	struct stream *stream;
	uint64_t arrival;

	if (!take_field(&g, field) || !filter_take_cursor(q, f))
		return;
	stream = filter_stream(q, f, 0);
	while (stream_next(stream, &arrival)) {
		const uint8_t *row = filter_fits(q, f, arrival);
		if (row)
			count_row(&g, row, arrival);
	}
	stream_free(stream);
	put_groups(&g, order);
	free(g.slots);
}
