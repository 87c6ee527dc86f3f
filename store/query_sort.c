/* Pages of list in another order than that of arrival. Each page looks at all that fits and keeps
 * what comes next; a cursor names the last row's key and arrival, and the arrival up to which the
 * first page saw: what came since, or changed a status since, does not move a row from one page to
 * another. */
#include <stdlib.h>
#include <string.h>

#include "proto/audit.h"
#include "store/query_list.h"

#define KEY_SIZE_MAX 40
#define CURSOR_VERSION 1
#define CURSOR_HEAD 19 /* u8 version ‖ u8 field ‖ u8 direction ‖ u64 upto ‖ u64 arrival ‖ key */
#define BUFFER_ROWS 16384

struct sort_row {
	uint64_t head; /* the first bytes of the key, zeros behind it: most comparisons end there */
	uint64_t arrival;
	uint8_t size;
	uint8_t key[KEY_SIZE_MAX];
};

struct sorter {
	struct query *q;
	struct filter *f;
	const struct list_order *order;
	struct sort_row *rows;
	size_t count, wanted; /* wanted: of the page, and one more */
	bool has_start, has_bound;
	struct sort_row start; /* the last row of the page before */
	struct sort_row bound; /* the last of those that are kept */
};

bool list_order_take(struct query *q, bool is_grouped, struct list_order *out)
{
	static const char *const names[] = {"arrival", "title", "time", "member", "status", NULL};
	struct bytes text = param_str(q, "sort"), lang = param_str(q, "lang"), field = text;
	const uint8_t *comma = text.size ? memchr(text.data, ',', text.size) : NULL;
	const char *nearest;

	*out = (struct list_order){.by = is_grouped ? ORDER_GROUP : ORDER_ARRIVAL,
	    .is_arabic = bytes_equal(lang, BYTES_STR("ar"))};
	if (text.size == 0)
		return query_ok(q);
	if (comma) {
		field.size = (size_t)(comma - text.data);
		out->is_descending =
		    bytes_equal(bytes_of(comma + 1, text.size - field.size - 1), BYTES_STR("desc"));
	}
	if (!comma || out->is_descending ||
	    bytes_equal(bytes_of(comma + 1, text.size - field.size - 1), BYTES_STR("asc"))) {
		if (is_grouped && bytes_equal(field, BYTES_STR("count")))
			return out->by = ORDER_COUNT, true;
		if (is_grouped && bytes_equal(field, param_str(q, "group_by")))
			return true;
		for (unsigned i = 0; names[i] && !is_grouped; i++)
			if (bytes_equal(field, bytes_str(names[i])))
				return out->by = (enum list_by)i, true;
	}
	nearest = is_grouped ? "count" : word_nearest(field, names);
	query_fail(q, ERR_USAGE,
	    "cannot sort by '%.*s'%s%s%s: arrival, time, member, title or status, and groups by "
	    "count or what they are grouped by; with ,desc from the end",
	    (int)(text.size < 60 ? text.size : 60), (const char *)text.data,
	    nearest ? ", did you mean '" : "", nearest ? nearest : "", nearest ? "'" : "");
	return false;
}

/* --- keys ------------------------------------------------------------------------------------ */

static void key_word(struct sort_row *out, struct bytes word, int rank)
{
	size_t size = word.size < KEY_SIZE_MAX - 1 ? word.size : KEY_SIZE_MAX - 1;

	/* What says nothing comes last. */
	out->key[0] = word.size == 0 ? 0xff : rank >= 0 ? (uint8_t)(1 + rank) : 0x80;
	out->size = (uint8_t)(1 + (rank < 0 ? size : 0));
	if (out->size > 1)
		memcpy(out->key + 1, word.data, size);
}

static void key_title(struct sort_row *out, const uint8_t *title)
{
	size_t size = FACET_TITLE_SIZE;

	while (size > 0 && title[size - 1] == 0)
		size--;
	key_word(out, bytes_of(title, size), -1);
}

/* The cautious first; those that code nothing by their words behind them. */
static void key_status(struct sorter *s, struct sort_row *out, uint32_t status)
{
	struct bytes word = {0};
	int rank = status ? 5 : -1;

	while (rank >= 0 && s->f->completion[rank] != status)
		rank--;
	if (rank < 0)
		word = filter_word(s->q, s->f, status);
	key_word(out, rank < 0 ? word : BYTES_STR("coded"), rank);
}

static void make_head(struct sort_row *row)
{
	uint8_t head[8] = {0};

	memcpy(head, row->key, row->size < sizeof(head) ? row->size : sizeof(head));
	row->head = be64_get(head);
}

static void make_key(struct sorter *s, struct sort_row *out, const uint8_t *row)
{
	out->size = 0;
	switch (s->order->by) {
	case ORDER_TIME:
		be64_put(out->key, facet_time(row));
		out->size = 8;
		break;
	case ORDER_MEMBER:
		key_word(out, filter_word(s->q, s->f, facet_member(row)), -1);
		break;
	case ORDER_TITLE:
		key_title(out, facet_title(row, s->order->is_arabic));
		break;
	case ORDER_STATUS:
		key_status(s, out, filter_status(s->f, row, out->arrival));
		break;
	case ORDER_ARRIVAL:
	case ORDER_COUNT:
	case ORDER_GROUP:
		break;
	}
	make_head(out);
}

static int compare(const struct sort_row *a, const struct sort_row *b, bool is_descending)
{
	int order = (a->head > b->head) - (a->head < b->head);

	if (order == 0 && (a->size > sizeof(a->head) || a->size != b->size))
		order = bytes_compare(bytes_of(a->key, a->size), bytes_of(b->key, b->size));
	if (order == 0)
		order = (a->arrival > b->arrival) - (a->arrival < b->arrival);
	return is_descending ? -order : order;
}

static int compare_rows(const void *a, const void *b, void *order)
{
	return compare(a, b, ((const struct list_order *)order)->is_descending);
}

/* --- the rows that come next ------------------------------------------------------------------ */

static void swap_rows(struct sort_row *a, struct sort_row *b)
{
	struct sort_row c = *a;

	*a = *b;
	*b = c;
}

/* The `wanted` least ones to the front, in any order (Hoare's selection). */
static void select_least(struct sorter *s)
{
	size_t low = 0, high = s->count;
	bool is_descending = s->order->is_descending;

	while (high - low > 1) {
		struct sort_row pivot = s->rows[low + (high - low) / 2];
		size_t less = low, at = low, more = high;
		while (at < more) {
			int order = compare(&s->rows[at], &pivot, is_descending);
			if (order < 0)
				swap_rows(&s->rows[less++], &s->rows[at++]);
			else if (order > 0)
				swap_rows(&s->rows[at], &s->rows[--more]);
			else
				at++;
		}
		if (s->wanted <= less)
			high = less;
		else if (s->wanted >= more)
			low = more;
		else
			break;
	}
}

static void keep_least(struct sorter *s)
{
	if (s->count <= s->wanted)
		return;
	select_least(s);
	s->count = s->wanted;
	s->bound = s->rows[0];
	for (size_t i = 1; i < s->count; i++)
		if (compare(&s->rows[i], &s->bound, s->order->is_descending) > 0)
			s->bound = s->rows[i];
	s->has_bound = true;
}

static void gather(struct sorter *s)
{
	struct stream *stream = filter_stream(s->q, s->f, 0);
	bool is_descending = s->order->is_descending;
	bool is_reversed = s->order->by == ORDER_ARRIVAL && is_descending;
	uint64_t arrival;

	/* The newest first is the stream itself, read from its end: nothing is looked at that the page does not show. */
	if (is_reversed)
		stream_turn(stream, s->has_start ? s->start.arrival : s->f->facets.upto + 1);
	while (!(is_reversed && s->count == s->wanted) && stream_next(stream, &arrival)) {
		const uint8_t *row = filter_fits(s->q, s->f, arrival);
		struct sort_row *next = &s->rows[s->count];
		if (!row)
			continue;
		next->arrival = arrival;
		make_key(s, next, row);
		if ((s->has_start && compare(next, &s->start, is_descending) <= 0) ||
		    (s->has_bound && compare(next, &s->bound, is_descending) >= 0))
			continue;
		if (++s->count == s->wanted + BUFFER_ROWS)
			keep_least(s);
	}
	stream_free(stream);
	keep_least(s);
	if (s->count > 0)
		qsort_r(s->rows, s->count, sizeof(s->rows[0]), compare_rows,
		    (void *)(uintptr_t)s->order);
}

/* --- cursors --------------------------------------------------------------------------------- */

static bool take_cursor(struct sorter *s)
{
	struct bytes text = param_str(s->q, "cursor");
	uint8_t raw[CURSOR_HEAD + KEY_SIZE_MAX];
	size_t size = text.size / 2;

	s->f->facets.upto = meta_get_u64(&s->q->views, "arrival");
	if (text.size == 0)
		return query_ok(s->q);
	if (size < CURSOR_HEAD || size > sizeof(raw) ||
	    !hex_decode(raw, size, (const char *)text.data, text.size) ||
	    raw[0] != CURSOR_VERSION || raw[1] != s->order->by ||
	    raw[2] != (s->order->is_descending | (s->order->is_arabic << 1)) ||
	    be64_get(raw + 3) > s->f->facets.upto || be64_get(raw + 11) == 0) {
		query_fail(s->q, ERR_USAGE, "the cursor is not one that a page in this order gave");
		return false;
	}
	s->f->facets.upto = be64_get(raw + 3);
	s->has_start = true;
	s->start.arrival = be64_get(raw + 11);
	s->start.size = (uint8_t)(size - CURSOR_HEAD);
	memcpy(s->start.key, raw + CURSOR_HEAD, s->start.size);
	make_head(&s->start);
	return true;
}

static void put_cursor(const struct sorter *s, const struct sort_row *last, char *text)
{
	uint8_t raw[CURSOR_HEAD + KEY_SIZE_MAX];

	raw[0] = CURSOR_VERSION;
	raw[1] = (uint8_t)s->order->by;
	raw[2] = (uint8_t)(s->order->is_descending | (s->order->is_arabic << 1));
	be64_put(raw + 3, s->f->facets.upto);
	be64_put(raw + 11, last->arrival);
	memcpy(raw + CURSOR_HEAD, last->key, last->size);
	hex_encode(text, bytes_of(raw, (size_t)CURSOR_HEAD + last->size));
}

static void put_page(struct sorter *s)
{
	char cursor[2 * (CURSOR_HEAD + KEY_SIZE_MAX) + 1] = "";
	struct writer rows = {0};
	uint32_t count = 0;

	for (size_t i = 0; i < s->count && query_ok(s->q); i++) {
		if (i == s->wanted - 1 || rows.size > QUERY_PAGE_AIM) {
			put_cursor(s, &s->rows[i - 1], cursor);
			break;
		}
		if (list_put_row(s->q, &rows, s->rows[i].arrival, s->f))
			count++;
	}
	page_put(s->q, bytes_str(cursor), &rows, count);
	writer_release(&rows);
}

void list_sorted(struct query *q, struct filter *f, const struct list_order *order)
{
	struct sorter s = {.q = q, .f = f, .order = order, .wanted = (size_t)f->limit + 1};

	if (!take_cursor(&s))
		return;
	s.rows = malloc((s.wanted + BUFFER_ROWS) * sizeof(s.rows[0]));
	if (!s.rows) {
		query_fail(q, ERR_MEMORY, "no memory for a query");
		return;
	}
	gather(&s);
	put_page(&s);
	free(s.rows);
}
