/* list: records by kind, member, region, theme, status, time and what they are about, in arrival
 * order; and watch, the same order without filters. It decides when a page ends; what a row holds
 * is query_row's. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/kinds.h"
#include "store/query_part.h"

struct filter {
	int kind; /* -1: any */
	struct bytes member, theme, status;
	int region; /* 0: any */
	bool has_about, is_latest, has_payload;
	struct record_ref about;
	int64_t since, until;
	uint64_t limit;
	uint64_t after;
	char region_member[CODE_SIZE_MAX + 1]; /* the member that region_is holds for */
	bool region_is;
};

/* "RR…" of an HCP code, or MA-RR: the number of the region; 0 when it is none. */
static int region_of(struct bytes text)
{
	int region = 0;
	size_t at = 0;

	if (text.size > 3 && memcmp(text.data, "MA-", 3) == 0)
		at = 3;
	for (size_t i = at; i < text.size && i < at + 2; i++) {
		if (text.data[i] < '0' || text.data[i] > '9')
			break;
		region = region * 10 + (text.data[i] - '0');
	}
	return region;
}

static bool take_kind(struct query *q, struct filter *f)
{
	struct bytes name = param_str(q, "kind");
	const struct kind *kind = kind_by_name(name);

	f->kind = -1;
	if (name.size == 0)
		return true;
	if (kind) {
		f->kind = kind->number;
		return true;
	}
	kind = kind_nearest(name);
	query_fail(q, ERR_USAGE, "there is no kind '%.*s'%s%s%s",
	    (int)(name.size < 60 ? name.size : 60), (const char *)name.data,
	    kind ? ", did you mean '" : "", kind ? kind->name : "", kind ? "'" : "");
	return false;
}

static bool take_cursor(struct query *q, struct filter *f)
{
	struct bytes cursor = param_str(q, "cursor");

	for (size_t i = 0; i < cursor.size; i++) {
		if (cursor.size > 15 || cursor.data[i] < '0' || cursor.data[i] > '9') {
			query_fail(q, ERR_USAGE, "the cursor is not one that a page gave");
			return false;
		}
		f->after = f->after * 10 + (uint64_t)(cursor.data[i] - '0');
	}
	return true;
}

static bool take_filter(struct query *q, struct filter *f)
{
	struct bytes about = param_str(q, "about"), region = param_str(q, "region");
	struct found target;

	*f = (struct filter){.since = INT64_MIN, .until = INT64_MAX};
	if (!take_kind(q, f) || !take_cursor(q, f))
		return false;
	f->member = param_str(q, "member");
	f->theme = param_str(q, "theme");
	f->status = param_str(q, "status");
	f->region = region_of(region);
	if (region.size > 0 && f->region == 0)
		query_fail(q, ERR_USAGE, "a region is given by its number, 01 to 12");
	param_when(q, "since", false, &f->since);
	param_when(q, "until", true, &f->until);
	f->limit = param_uint(q, "limit", QUERY_ROWS_MAX);
	if (f->limit == 0 || f->limit > QUERY_ROWS_MAX)
		f->limit = QUERY_ROWS_MAX;
	f->is_latest = param_bool(q, "latest");
	f->has_payload = param_bool(q, "payload");
	if (about.size > 0 && ref_found(q, about, &target)) {
		f->has_about = true;
		f->about = (struct record_ref){target.log.key, target.index, target.leaf};
	}
	return query_ok(q);
}

static struct stream *open_stream(struct query *q, const struct filter *f)
{
	if (f->has_about)
		return stream_links(q, &f->about.leaf, f->after);
	if (f->member.size > 0)
		return stream_member(q, f->member, f->kind, f->after);
	if (f->kind >= 0)
		return stream_kind(q, (uint16_t)f->kind, f->after);
	return stream_all(q, f->after);
}

static bool in_region(struct query *q, struct filter *f, const char *member)
{
	struct change c;
	struct bytes row;
	struct reader r;

	if (strcmp(f->region_member, member) == 0)
		return f->region_is;
	snprintf(f->region_member, sizeof(f->region_member), "%s", member);
	f->region_is = false;
	if (*member && txn_get(&q->truth, TABLE_MEMBERS, bytes_str(member), &row)) {
		reader_init(&r, row);
		f->region_is = change_next(&c, &r) && c.op == CHANGE_MEMBER &&
			       region_of(bytes_str(c.member.territory)) == f->region;
	}
	return f->region_is;
}

struct about_seen {
	const struct record_ref *target;
	bool is_seen;
};

static void see_link(void *context, const struct view_link *link)
{
	struct about_seen *seen = context;

	if (link->target.index == seen->target->index &&
	    key_equal(&link->target.log, &seen->target->log) &&
	    hash_equal(&link->target.leaf, &seen->target->leaf))
		seen->is_seen = true;
}

static bool is_about(const struct filter *f, const struct record *record)
{
	struct about_seen seen = {.target = &f->about};

	if (record->state == RECORD_PRESENT)
		view_links(record->payload, see_link, &seen);
	return seen.is_seen;
}

static bool has_theme(struct bytes payload, struct bytes theme)
{
	struct bytes word;

	for (unsigned i = 0; kinds_theme(payload, i, &word); i++) {
		if (bytes_equal(word, theme))
			return true;
	}
	return false;
}

/* What the header and the log tell, before a payload is looked at. */
static bool header_fits(struct query *q, struct filter *f, uint64_t arrival)
{
	struct header header;

	if (!record_walk_arrival(&q->walk, arrival) ||
	    header_decode(&header, record_walk_header(&q->walk)) != ERR_NONE)
		return false;
	if ((f->kind >= 0 && header.kind != f->kind) || header.time.ms < f->since ||
	    header.time.ms >= f->until)
		return false;
	if (q->log.log_no != q->walk.segment.log_no &&
	    !log_row_by_number(&q->truth, q->walk.segment.log_no, &q->log))
		return false;
	if (f->member.size > 0 && !bytes_equal(bytes_str(q->log.member), f->member))
		return false;
	return f->region == 0 || in_region(q, f, q->log.member);
}

static bool fits(struct query *q, struct filter *f, uint64_t arrival, struct found *out)
{
	const struct kind *kind;
	struct bytes payload = {0};
	struct found newer;
	bool is_conflict;

	if (!header_fits(q, f, arrival) || !found_at_arrival(q, arrival, out))
		return false;
	kind = kind_by_number(out->record.header.kind);
	if (out->record.state == RECORD_PRESENT && mp_scan(out->record.payload) == ERR_NONE)
		payload = out->record.payload;
	if (f->status.size > 0 && !bytes_equal(kinds_status(kind, payload), f->status))
		return false;
	if (f->theme.size > 0 && !has_theme(payload, f->theme))
		return false;
	if (f->has_about && !is_about(f, &out->record))
		return false;
	return !f->is_latest || !superseding(q, out, &newer, &is_conflict);
}

/* Rows until the page is full; whether more remain, and after which arrival. */
static uint32_t fill_page(struct query *q, struct filter *f, struct writer *rows, uint64_t *cursor)
{
	struct row_extra extra = {.has_payload = f->has_payload};
	struct stream *stream = open_stream(q, f);
	uint64_t arrival, last = f->after;
	uint32_t count = 0;
	unsigned scanned = 0;
	struct found found;

	*cursor = 0;
	while (stream_next(stream, &arrival)) {
		bool is_there = fits(q, f, arrival, &found);
		if (is_there && (count == f->limit || rows->size > QUERY_PAGE_AIM)) {
			*cursor = last;
			break;
		}
		if (is_there) {
			row_put(q, rows, &found, &extra);
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

void query_list(struct query *q)
{
	struct writer rows = {0};
	struct filter filter;
	uint64_t cursor;
	uint32_t count;
	char text[24];

	if (!take_filter(q, &filter))
		return;
	count = fill_page(q, &filter, &rows, &cursor);
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
