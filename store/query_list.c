/* Pages of rows in arrival order: list, and watch, the same order without filters. It decides when a page ends; what
 * fits is query_filter's and what a row holds query_row's. */
#include <stdio.h>
#include <string.h>

#include "store/query_filter.h"

/* Rows until the page is full; whether more remain, and after which arrival. */
static uint32_t fill_page(
    struct query *q, struct filter *f, put_row_fn *put, struct writer *rows, uint64_t *cursor)
{
	struct stream *stream = filter_stream(q, f);
	uint64_t arrival, last = f->after;
	uint32_t count = 0;
	unsigned scanned = 0;
	struct found found;

	*cursor = 0;
	while (stream_next(stream, &arrival)) {
		bool is_there = filter_fits(q, f, arrival, &found);
		if (is_there && (count == f->limit || rows->size > QUERY_PAGE_AIM)) {
			*cursor = last;
			break;
		}
		if (is_there) {
			put(q, rows, &found, f);
			count++;
		}
		if (is_there || count < f->limit)
			last = arrival;
		if (++scanned == QUERY_SCAN_MAX) {
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
	mp_put_map(q->out, 3);
	put_name_uint(q->out, "arrival", meta_get_u64(&q->views, "arrival"));
	mp_put_cstr(q->out, "cursor");
	if (cursor > 0)
		mp_put_cstr(q->out, text);
	else
		mp_put_nil(q->out);
	mp_put_cstr(q->out, "rows");
	mp_put_array(q->out, count);
	writer_bytes(q->out, writer_view(&rows));
	if (rows.err != ERR_NONE)
		writer_fail(q->out, rows.err);
	writer_release(&rows);
}

static void put_list_row(
    struct query *q, struct writer *rows, const struct found *found, const struct filter *f)
{
	struct row_extra extra = {.has_payload = f->has_payload};

	row_put(q, rows, found, &extra);
}

void query_list(struct query *q)
{
	struct filter filter;

	if (filter_take(q, &filter))
		filter_page(q, &filter, put_list_row);
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
	uint64_t arrivals = meta_get_u64(&q->truth, "arrivals");
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
