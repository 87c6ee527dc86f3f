/* Filters of list and audit: what a record must be, told from its header and its log before a payload is looked at. It
 * decides what fits; in which pages, its callers do. */
#include "store/query_filter.h"

#include <stdio.h>
#include <string.h>

#define REGION_MAX 12

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

/* The region that a member's territory lies in; 0 when none is known. */
static int region_of_member(struct query *q, struct bytes code)
{
	struct change c;
	struct bytes row;
	struct reader r;

	if (!code_is_valid(code) || !txn_get(&q->truth, TABLE_MEMBERS, code, &row))
		return 0;
	reader_init(&r, row);
	return change_next(&c, &r) && c.op == CHANGE_MEMBER
		   ? region_of(bytes_str(c.member.territory))
		   : 0;
}

static bool in_region(struct query *q, struct filter *f, const char *member)
{
	if (strcmp(f->region_member, member) != 0) {
		snprintf(f->region_member, sizeof(f->region_member), "%s", member);
		f->region_is = region_of_member(q, bytes_str(member)) == f->region;
	}
	return f->region_is;
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

bool filter_take(struct query *q, struct filter *f)
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
	if (f->region == 0)
		f->region = region_of_member(q, region);
	if (region.size > 0 && (f->region == 0 || f->region > REGION_MAX))
		query_fail(q, ERR_USAGE,
		    "a region is given by its number, 01 to 12, or by a member that lies in it");
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

struct stream *filter_stream(struct query *q, const struct filter *f)
{
	if (f->has_about)
		return stream_links(q, &f->about.leaf, f->after);
	if (f->member.size > 0)
		return stream_member(q, f->member, f->kind, f->after);
	if (f->kind >= 0)
		return stream_kind(q, (uint16_t)f->kind, f->after);
	return stream_all(q, f->after);
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
	    header.time.ms >= f->until || header.time.ms >= q->as_of)
		return false;
	if (q->log.log_no != q->walk.segment.log_no &&
	    !log_row_by_number(&q->truth, q->walk.segment.log_no, &q->log))
		return false;
	if (f->member.size > 0 && !bytes_equal(bytes_str(q->log.member), f->member))
		return false;
	return f->region == 0 || in_region(q, f, q->log.member);
}

bool filter_fits(struct query *q, struct filter *f, uint64_t arrival, struct found *out)
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
	if (f->is_wanted && !f->is_wanted(q, out))
		return false;
	return !f->is_latest || !superseding(q, out, &newer, &is_conflict);
}
