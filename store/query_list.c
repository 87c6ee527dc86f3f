/* Pages of rows in arrival order: list, and watch, the same order without filters. It decides when a page ends; what
 * fits is query_filter's, other orders are query_sort's, groups query_group's, and what a row holds is query_row's. */
#include "store/query_list.h"

#include <stdio.h>
#include <string.h>

void page_put(struct query *q, struct bytes cursor, const struct writer *rows, uint32_t count)
{
	mp_put_map(q->out, q->as_of == INT64_MAX ? 3 : 4);
	put_name_uint(q->out, "arrival", meta_get_u64(&q->views, "arrival"));
	if (q->as_of != INT64_MAX)
		put_name_str(q->out, "as_of_basis", "claimed");
	mp_put_cstr(q->out, "cursor");
	if (cursor.size > 0)
		mp_put_str(q->out, cursor);
	else
		mp_put_nil(q->out);
	mp_put_cstr(q->out, "rows");
	mp_put_array(q->out, count);
	writer_bytes(q->out, writer_view(rows));
	if (rows->err != ERR_NONE)
		writer_fail(q->out, rows->err);
}

/* Rows until the page is full; whether more remain, and after which arrival. */
static uint32_t fill_page(
    struct query *q, struct filter *f, put_row_fn *put, struct writer *rows, uint64_t *cursor)
{
	struct stream *stream = filter_stream(q, f, f->after);
	uint64_t arrival, last = f->after;
	unsigned scanned = 0, cost = f->has_about ? 20 : 1;
	uint32_t count = 0;

	*cursor = 0;
	while (stream_next(stream, &arrival)) {
		bool is_there = filter_fits(q, f, arrival) != NULL;
		if (is_there && (count == f->limit || rows->size > QUERY_PAGE_AIM)) {
			*cursor = last;
			break;
		}
		if (is_there && put(q, rows, arrival, f))
			count++;
		last = arrival;
		scanned += cost;
		if (scanned > QUERY_SCAN_MAX) {
			*cursor = last;
			break;
		}
	}
	stream_free(stream);
	return count;
}

void filter_page(struct query *q, struct filter *f, put_row_fn *put)
{
	struct writer rows = {0};
	uint64_t cursor;
	uint32_t count;
	char text[24];

	count = fill_page(q, f, put, &rows, &cursor);
	snprintf(text, sizeof(text), "%llu", (unsigned long long)cursor);
	page_put(q, cursor > 0 ? bytes_str(text) : (struct bytes){0}, &rows, count);
	writer_release(&rows);
}

bool list_put_row(struct query *q, struct writer *rows, uint64_t arrival, const struct filter *f)
{
	struct row_extra extra = {.has_payload = f->has_payload};
	struct found found;

	if (!found_at_arrival(q, arrival, &found))
		return false;
	row_put(q, rows, &found, &extra);
	return true;
}

static void list_count(struct query *q, struct filter *f)
{
	struct stream *stream = filter_stream(q, f, 0);
	struct writer rows = {0};
	uint64_t arrival, count = 0;

	while (stream_next(stream, &arrival))
		count += filter_fits(q, f, arrival) != NULL;
	stream_free(stream);
	mp_put_map(&rows, 1);
	put_name_uint(&rows, "count", count);
	page_put(q, (struct bytes){0}, &rows, 1);
	writer_release(&rows);
}

static void list_filtered(struct query *q, struct filter *f)
{
	struct bytes group = param_str(q, "group_by");
	struct list_order order;

	if (!list_order_take(q, group.size > 0, &order))
		return;
	if (group.size > 0)
		list_groups(q, f, group, &order);
	else if (param_bool(q, "count"))
		list_count(q, f);
	else if (order.by != ORDER_ARRIVAL || order.is_descending)
		list_sorted(q, f, &order);
	else if (filter_take_cursor(q, f))
		filter_page(q, f, list_put_row);
}

void query_list(struct query *q)
{
	struct filter filter;

	param_when(q, "as_of", true, &q->as_of);
	if (filter_take(q, &filter))
		list_filtered(q, &filter);
	filter_release(&filter);
}

static void watch_row(struct query *q, struct writer *w, const struct found *f)
{
	const struct kind *kind = kind_by_number(f->record.header.kind);
	char ref[REF_TEXT_MAX], number[8];

	(void)q;
	ref_text(ref, &f->log, f->index);
	snprintf(number, sizeof(number), "%u", f->record.header.kind);
	mp_put_map(w, 6);
	put_name_uint(w, "arrival", f->arrival);
	put_name_bin(w, "id", f->leaf.b, HASH_SIZE);
	put_name_str(w, "kind", kind ? kind->name : number);
	put_name_str(w, "member", log_member(&f->log));
	put_name_str(w, "ref", ref);
	mp_put_cstr(w, "time");
	mp_put_int(w, f->record.header.time.ms);
}

/* From the truth, so that nothing acknowledged is ever behind. From 0: what comes from now on. */
void query_watch(struct query *q)
{
	uint64_t from = param_uint(q, "from", 0), limit = param_uint(q, "limit", QUERY_ROWS_MAX);
	uint64_t arrivals = q->truth.arrivals;
	struct writer rows = {0};
	uint32_t count = 0;
	struct found f;

	if (from == 0)
		from = arrivals + 1;
	for (; from <= arrivals && count < limit && count < QUERY_ROWS_MAX; from++, count++) {
		if (!found_at_arrival(q, from, &f)) {
			query_fail(q, ERR_ROT, "arrival %llu is missing", (unsigned long long)from);
			break;
		}
		watch_row(q, &rows, &f);
	}
	mp_put_map(q->out, 2);
	put_name_uint(q->out, "next", from);
	mp_put_cstr(q->out, "rows");
	mp_put_array(q->out, count);
	writer_bytes(q->out, writer_view(&rows));
	if (rows.err != ERR_NONE)
		writer_fail(q->out, rows.err);
	writer_release(&rows);
}
