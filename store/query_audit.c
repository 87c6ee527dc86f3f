/* audit: which rows a page has. Commitments and milestones always, other records when something is found, then what no
 * record tells: items that were not published, members. With as_of each row is computed from what claims to be older than
 * that day; otherwise the view holds it. */
#include "store/query_audit.h"
#include "store/query_filter.h"

#include "proto/decimal.h"
#include "proto/kinds_table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PERMILLE_DEFAULT 330
#define SILENT_DAYS_DEFAULT 365
#define CURSOR_SIZE_MAX (CODE_SIZE_MAX + 32)

/* Kinds that have a row whatever is found. */
static bool is_always_shown(uint16_t kind)
{
	return kind == KIND_COMMITMENT || kind == KIND_MILESTONE;
}

bool audit_is_full(const struct audit_query *aq)
{
	return aq->row_count >= aq->limit || aq->rows.size >= QUERY_PAGE_AIM || !query_ok(aq->q);
}

/* --- parameters ------------------------------------------------------------------------------ */

/* Takes the next of "a,b,c". */
static bool next_word(struct bytes *list, struct bytes *word)
{
	const uint8_t *comma;

	if (list->size == 0)
		return false;
	comma = memchr(list->data, ',', list->size);
	word->data = list->data;
	word->size = comma ? (size_t)(comma - list->data) : list->size;
	list->data += word->size + (comma ? 1 : 0);
	list->size -= word->size + (comma ? 1 : 0);
	return true;
}

static void take_kinds(struct audit_query *aq)
{
	struct bytes list = param_str(aq->q, "kind"), word;

	while (next_word(&list, &word)) {
		const struct kind *kind = kind_by_name(word);

		if (bytes_equal(word, BYTES_STR("member"))) {
			aq->wants_members = true;
			aq->is_named = true;
		} else if (!kind || !audit_is_subject(kind->number) ||
			   aq->kind_count == AUDIT_KINDS_MAX) {
			query_fail(aq->q, ERR_USAGE, "'%.*s' is nothing that is audited",
			    (int)(word.size < 60 ? word.size : 60), (const char *)word.data);
			return;
		} else {
			aq->kinds[aq->kind_count++] = kind->number;
			aq->wants_missing |= kind->number == KIND_PUBLICATION;
			aq->is_named = true;
		}
	}
}

static unsigned take_findings(struct audit_query *aq, const char *param)
{
	struct bytes list = param_str(aq->q, param), word;
	unsigned findings = 0;

	while (next_word(&list, &word)) {
		unsigned i = 0;

		while (i < FINDING_COUNT && !bytes_equal(word, bytes_str(audit_finding_name(i))))
			i++;
		if (i == FINDING_COUNT) {
			query_fail(aq->q, ERR_USAGE, "there is no finding '%.*s'",
			    (int)(word.size < 60 ? word.size : 60), (const char *)word.data);
			return 0;
		}
		findings |= 1u << i;
	}
	return findings;
}

/* Whoever names kinds sees rows of those alone. */
static void take_wanted(struct audit_query *aq)
{
	const unsigned of_members = 1u << FINDING_NO_PROGRAMME | 1u << FINDING_SILENT;
	const unsigned missing = 1u << FINDING_NOT_PUBLISHED;

	aq->findings = take_findings(aq, "finding");
	aq->also = take_findings(aq, "also");
	aq->adds_members = param_bool(aq->q, "members") || (aq->also & of_members);
	aq->wants_missing |= (aq->findings & missing) || (!aq->is_named && aq->also & missing);
}

static void take_threshold(struct audit_query *aq)
{
	struct bytes text = param_str(aq->q, "threshold");
	int64_t percent;

	aq->permille = PERMILLE_DEFAULT;
	if (text.size == 0)
		return;
	if (!decimal_parse(&percent, text) || percent < 0 || percent > 100 * DECIMAL_ONE)
		query_fail(aq->q, ERR_USAGE, "a threshold is a percentage from 0 to 100");
	else
		aq->permille = (unsigned)(percent / (DECIMAL_ONE / 10));
}

static void take_today(struct audit_query *aq)
{
	struct bytes today = param_str(aq->q, "today");
	bool has_as_of = param_when(aq->q, "as_of", true, &aq->q->as_of);

	aq->facets.as_of = aq->q->as_of;
	if (today.size > 0 && today.size < sizeof(aq->today))
		memcpy(aq->today, today.data, today.size);
	else if (today.size == 0 && has_as_of)
		day_text(aq->today, aq->q->as_of - 1);
	else if (today.size == 0)
		snprintf(aq->today, sizeof(aq->today), "%s", aq->q->source->today);
	if (!date_is_valid(bytes_str(aq->today)) || !day_ms(aq->today, &aq->today_ms))
		query_fail(aq->q, ERR_USAGE, "\"today\" is no date YYYY-MM-DD");
}

static void take_region(struct audit_query *aq)
{
	struct bytes region = param_str(aq->q, "region");
	struct audit_member m;
	uint16_t province;
	uint8_t number;

	if (region.size == 0)
		return;
	territory_read(region, &number, &province);
	aq->region = number;
	if (!number && audit_member_get(aq, region, &m))
		aq->region = m.region;
	if (!aq->region)
		query_fail(aq->q, ERR_USAGE,
		    "a region is given by its number, 01 to 12, or by a member that lies in it");
}

static void take_only(struct audit_query *aq)
{
	struct bytes ref = param_str(aq->q, "ref");
	struct found found;

	if (ref.size == 0 || !ref_found(aq->q, ref, &found))
		return;
	aq->has_only = true;
	aq->only = found.arrival;
	aq->only_kind = found.record.header.kind;
}

/* Takes a number off text, up to the blank or the end. */
static bool take_number(struct bytes *text, uint64_t *number)
{
	size_t i = 0;

	for (*number = 0; i < text->size && text->data[i] != ' '; i++) {
		if (text->data[i] < '0' || text->data[i] > '9' || *number > (UINT64_MAX - 9) / 10)
			return false;
		*number = *number * 10 + (text->data[i] - '0');
	}
	if (i == 0)
		return false;
	i += i < text->size;
	*text = bytes_of(text->data + i, text->size - i);
	return true;
}

/* "r KIND ARRIVAL", "p CODE", "m CODE". */
static bool parse_cursor(struct audit_query *aq, struct bytes text)
{
	struct bytes rest;
	uint64_t kind;

	if (text.size < 2 || text.size > CURSOR_SIZE_MAX || text.data[1] != ' ')
		return false;
	rest = bytes_of(text.data + 2, text.size - 2);
	if (text.data[0] == 'p' || text.data[0] == 'm') {
		aq->stage = text.data[0] == 'p' ? AUDIT_MISSING : AUDIT_MEMBERS;
		aq->after_code = rest;
		return rest.size == 0 || code_is_valid(rest);
	}
	if (text.data[0] != 'r' || !take_number(&rest, &kind) || kind > UINT16_MAX ||
	    !take_number(&rest, &aq->after) || rest.size > 0)
		return false;
	aq->after_kind = (uint16_t)kind;
	return true;
}

static bool take_params(struct audit_query *aq)
{
	struct bytes cursor = param_str(aq->q, "cursor");

	aq->member = param_str(aq->q, "member");
	take_kinds(aq);
	take_wanted(aq);
	take_threshold(aq);
	take_today(aq);
	take_region(aq);
	take_only(aq);
	aq->hides_few = param_bool(aq->q, "no_few");
	aq->silent_days = (int64_t)param_uint(aq->q, "silent", SILENT_DAYS_DEFAULT);
	aq->limit = param_uint(aq->q, "limit", QUERY_ROWS_MAX);
	if (aq->limit == 0 || aq->limit > QUERY_ROWS_MAX)
		aq->limit = QUERY_ROWS_MAX;
	if (cursor.size > 0 && !parse_cursor(aq, cursor))
		query_fail(aq->q, ERR_USAGE, "the cursor is not one that a page gave");
	return query_ok(aq->q);
}

/* --- records --------------------------------------------------------------------------------- */

static bool is_kind_wanted(const struct audit_query *aq, uint16_t kind)
{
	if (!audit_is_subject(kind) || (aq->has_only && kind != aq->only_kind))
		return false;
	for (size_t i = 0; i < aq->kind_count; i++)
		if (aq->kinds[i] == kind)
			return true;
	return aq->kind_count == 0 && !aq->wants_members;
}

static bool is_shown(const struct audit_query *aq, const struct audited *a)
{
	/* Most practices, all of a member's: told when asked for. */
	unsigned loud = ~(1u << FINDING_NEVER_ADOPTED | 1u << FINDING_LOG_FROZEN) | aq->also;

	if (aq->findings)
		return (a->findings & aq->findings) != 0;
	return aq->has_only || aq->is_named || is_always_shown(a->kind) ||
	       (a->findings & loud) != 0;
}

/* Of these the view knows all findings: what has none that is asked for need not be read. */
static bool may_be_shown(const struct audit_query *aq, uint16_t kind, struct bytes row)
{
	struct audited judged = {.kind = kind};

	if (!audit_is_brief(kind) ||
	    (aq->frozen_count && (aq->findings | aq->also) & 1u << FINDING_LOG_FROZEN))
		return true;
	judged.findings = audit_row_findings(row);
	return is_shown(aq, &judged);
}

static bool is_wanted(struct audit_query *aq, struct audited *a)
{
	int region;

	if (aq->has_only && a->arrival != aq->only)
		return false;
	audit_member_of(aq, a->facet.member, &a->member);
	region = a->facet.region ? a->facet.region : a->member.region;
	/* An evaluation is about the member that was evaluated. */
	if (a->kind == KIND_EVALUATION && a->row.word.size > 0) {
		struct audit_member evaluated;
		if (audit_member_get(aq, a->row.word, &evaluated))
			region = evaluated.region;
		if (bytes_equal(aq->member, a->row.word))
			return aq->region == 0 || aq->region == region;
	}
	return (aq->member.size == 0 || bytes_equal(aq->member, a->member.code)) &&
	       (aq->region == 0 || aq->region == region);
}

/* What a brief row leaves to the record. */
static void name(struct audit_query *aq, struct audited *a)
{
	struct found found;

	if (!found_at_arrival(aq->q, a->arrival, &found))
		return;
	a->row.leaf = found.leaf;
	if (found.record.state == RECORD_PRESENT && mp_scan(found.record.payload) == ERR_NONE)
		a->row.title = audit_title(found.record.payload);
}

static void take_record(struct audit_query *aq, struct audited *a)
{
	if (!is_wanted(aq, a))
		return;
	audit_judge(aq, a);
	if (!is_shown(aq, a))
		return;
	if (a->is_kept && a->row.is_brief)
		name(aq, a);
	audit_put(aq, a);
}

/* What the view has. */
static bool read_row(struct audit_query *aq, const struct walk *walk, struct audited *a)
{
	uint16_t kind = be16_get(walk->key.data);

	if (!may_be_shown(aq, kind, walk->value))
		return false;
	*a = (struct audited){
	    .kind = kind, .arrival = be64_get(walk->key.data + 2), .is_kept = true};
	return audit_row_decode(&a->row, walk->value) &&
	       facets_get(&aq->facets, a->arrival, &a->facet);
}

/* The same, computed for an earlier moment. */
static bool compute_row(struct audit_query *aq, const struct walk *walk, struct audited *a)
{
	struct audit_source source = {&aq->q->truth, &aq->facets, NULL};
	struct found found;

	*a = (struct audited){
	    .kind = be16_get(walk->key.data), .arrival = be64_get(walk->key.data + 2)};
	if (!facets_get(&aq->facets, a->arrival, &a->facet) || a->facet.number == 0 ||
	    (a->facet.flags & (FACET_UNREADABLE | FACET_PAST_CUT)) ||
	    a->facet.time >= (uint64_t)aq->facets.as_of ||
	    facets_superseding(&aq->facets, &a->facet, a->arrival, NULL) > 0 ||
	    !found_at_arrival(aq->q, a->arrival, &found) || mp_scan(found.record.payload))
		return false;
	audit_row_compute(
	    &source, a->arrival, &a->facet, found.record.payload, &found.leaf, &a->row);
	return true;
}

/* false when the page is full before the end. Keys of `kinds` begin like those of `audit`. */
static bool records(struct audit_query *aq)
{
	bool is_past = aq->facets.as_of != INT64_MAX, more;
	uint8_t key[AUDIT_KEY_SIZE];
	unsigned scanned = 0;
	struct audited a;
	struct walk walk;

	audit_row_key(key, aq->after_kind, aq->after + 1);
	if (aq->has_only && !aq->after)
		audit_row_key(key, aq->only_kind, aq->only);
	walk_begin(&walk, &aq->q->views, is_past ? VIEW_KINDS : VIEW_AUDIT);
	more = walk_from(&walk, BYTES(key));
	while (more && !audit_is_full(aq) && scanned < QUERY_SCAN_MAX) {
		uint16_t kind = be16_get(walk.key.data);

		if (!is_kind_wanted(aq, kind)) {
			audit_row_key(key, (uint16_t)(kind + 1), 0);
			more = kind < UINT16_MAX && walk_from(&walk, BYTES(key));
			continue;
		}
		if (is_past ? compute_row(aq, &walk, &a) : read_row(aq, &walk, &a))
			take_record(aq, &a);
		aq->after_kind = kind;
		aq->after = be64_get(walk.key.data + 2);
		scanned++;
		more = !aq->has_only && walk_next(&walk);
	}
	walk_end(&walk);
	return !more;
}

/* --- the page -------------------------------------------------------------------------------- */

/* Rows without a record come when they are asked for. */
static bool wants_stage(const struct audit_query *aq, enum audit_stage stage)
{
	unsigned of_members = 1u << FINDING_NO_PROGRAMME | 1u << FINDING_SILENT;

	if (aq->has_only || aq->facets.as_of != INT64_MAX)
		return false;
	if (stage == AUDIT_MISSING)
		return aq->wants_missing;
	return aq->wants_members || aq->adds_members || (aq->findings & of_members);
}

static void run_stages(struct audit_query *aq)
{
	while (aq->stage != AUDIT_DONE && !audit_is_full(aq)) {
		bool is_over = aq->stage == AUDIT_RECORDS    ? records(aq)
			       : !wants_stage(aq, aq->stage) ? true
			       : aq->stage == AUDIT_MISSING
				   ? audit_missing_items(aq, &aq->after_code)
				   : audit_members(aq, &aq->after_code);
		if (!is_over)
			return;
		aq->stage++;
		aq->after_code = (struct bytes){0};
	}
}

static void put_page(struct audit_query *aq)
{
	char cursor[CURSOR_SIZE_MAX + 1] = "";

	if (aq->stage == AUDIT_RECORDS)
		snprintf(cursor, sizeof(cursor), "r %u %llu", aq->after_kind,
		    (unsigned long long)aq->after);
	else if (aq->stage != AUDIT_DONE)
		snprintf(cursor, sizeof(cursor), "%c %.*s", aq->stage == AUDIT_MISSING ? 'p' : 'm',
		    (int)aq->after_code.size, (const char *)aq->after_code.data);
	page_put(aq->q, bytes_str(cursor), &aq->rows, aq->row_count);
}

/* There is evidence about a few logs, or none: no row's log is read for it. */
static void take_frozen(struct audit_query *aq)
{
	struct walk walk;

	walk_begin(&walk, &aq->q->truth, TABLE_EVIDENCE);
	for (bool more = walk_first(&walk); more; more = walk_next(&walk)) {
		struct log_row log;
		struct key key;
		uint32_t *frozen;

		if (walk.key.size != KEY_SIZE)
			continue;
		memcpy(key.b, walk.key.data, KEY_SIZE);
		if (!log_row_get(&aq->q->truth, &key, &log))
			continue;
		frozen = realloc(aq->frozen, (aq->frozen_count + 1) * sizeof(*frozen));
		if (!frozen) {
			query_fail(aq->q, ERR_MEMORY, "no memory for an audit");
			break;
		}
		aq->frozen = frozen;
		frozen[aq->frozen_count++] = log.log_no;
	}
	walk_end(&walk);
}

bool audit_is_frozen(const struct audit_query *aq, uint32_t log_no)
{
	for (size_t i = 0; i < aq->frozen_count; i++)
		if (aq->frozen[i] == log_no)
			return true;
	return false;
}

void query_audit(struct query *q)
{
	struct audit_query aq = {.q = q};

	facets_init(&aq.facets, &q->views);
	take_frozen(&aq);
	if (take_params(&aq))
		run_stages(&aq);
	if (aq.rows.err)
		query_fail(q, ERR_MEMORY, "no memory for an audit");
	if (query_ok(q))
		put_page(&aq);
	writer_release(&aq.rows);
	writer_release(&aq.members);
	writer_release(&aq.scores);
	writer_release(&aq.deeds);
	free(aq.frozen);
}
