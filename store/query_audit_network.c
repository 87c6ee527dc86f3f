/* The audit of the network as a whole: members, and what only all records together tell. */
#include "store/query_audit.h"

#include "proto/decimal.h"

#include <stdlib.h>
#include <string.h>

/* --- members --------------------------------------------------------------------------------- */

static void read_member(struct audit_member *m, const struct change_member *row)
{
	uint8_t region;
	uint16_t province;

	territory_read(bytes_str(row->territory), &region, &province);
	m->is_known = true;
	m->is_admitted = row->is_admitted;
	m->kind = row->kind;
	m->region = region;
	m->since = row->since;
}

bool audit_member_get(struct audit_query *aq, struct bytes code, struct audit_member *out)
{
	struct change_member row;

	*out = (struct audit_member){.code = code};
	if (!member_row_get(&aq->q->truth, code, &row))
		return false;
	read_member(out, &row);
	return true;
}

/* Looked up once each: rows of one member stand all over the arrivals. */
void audit_member_of(struct audit_query *aq, uint32_t term, struct audit_member *out)
{
	struct audit_member none = {0};
	size_t at = (size_t)term * sizeof(none);

	while (aq->members.size <= at && !aq->members.err)
		writer_put(&aq->members, &none, sizeof(none));
	if (aq->members.err) {
		query_fail(aq->q, ERR_MEMORY, "no memory for an audit");
		*out = none;
		return;
	}
	memcpy(out, aq->members.data + at, sizeof(*out));
	if (out->code.size > 0)
		return;
	audit_member_get(aq, term_word(&aq->q->views, term), out);
	memcpy(aq->members.data + at, out, sizeof(*out));
}

static bool is_territory(const struct audit_member *m)
{
	return m->kind <= MEMBER_ARRONDISSEMENT;
}

/* --- claims ---------------------------------------------------------------------------------- */

static void count_members(struct audit_query *aq)
{
	struct audit_figures *f = &aq->figures;
	struct walk walk;

	walk_begin(&walk, &aq->q->truth, TABLE_MEMBERS);
	for (bool more = walk_first(&walk); more; more = walk_next(&walk)) {
		struct audit_member m;

		if (!audit_member_get(aq, walk.key, &m) || !m.is_admitted || !is_territory(&m))
			continue;
		f->members[0]++;
		f->members[m.kind == MEMBER_REGION ? 1 : m.kind == MEMBER_PROVINCE ? 2 : 3]++;
	}
	walk_end(&walk);
}

/* Calls see for every row of a kind. */
static void each_row(struct audit_query *aq, uint16_t kind,
    void (*see)(struct audit_query *aq, uint64_t arrival, const struct audit_row *row))
{
	uint8_t key[AUDIT_KEY_SIZE];
	struct audit_row row;
	struct walk walk;

	audit_row_key(key, kind, 0);
	walk_begin(&walk, &aq->q->views, VIEW_AUDIT);
	for (bool more = walk_from(&walk, BYTES(key));
	     more && walk_has_prefix(&walk, bytes_of(key, 2)); more = walk_next(&walk))
		if (audit_row_decode(&row, walk.value))
			see(aq, be64_get(walk.key.data + 2), &row);
	walk_end(&walk);
}

static void see_workshop(struct audit_query *aq, uint64_t arrival, const struct audit_row *row)
{
	struct audit_figures *f = &aq->figures;

	(void)arrival;
	f->workshops++;
	/* A group without a total, or above it, is part of no share. */
	for (unsigned i = 0; i < HEAD_COUNT && row->has_heads[HEAD_TOTAL]; i++) {
		if (!row->has_heads[i] || row->heads[i] > row->heads[HEAD_TOTAL])
			continue;
		f->heads[i] += row->heads[i];
		f->totals_of[i] += row->heads[HEAD_TOTAL];
	}
}

static bool share(struct audit_figures *f, enum audit_head head, int64_t *out)
{
	if (f->totals_of[head] == 0)
		return false;
	/* in per cent, to a tenth */
	*out = (int64_t)(f->heads[head] * 1000 / f->totals_of[head]) * (DECIMAL_ONE / 10);
	return true;
}

static bool count_is(uint64_t count, int64_t *out)
{
	if (count > (uint64_t)(MP_INT_MAX / DECIMAL_ONE))
		return false; /* no claim can say as much */
	*out = (int64_t)count * DECIMAL_ONE;
	return true;
}

static bool figure(struct audit_query *aq, struct bytes measure, int64_t *out)
{
	struct audit_figures *f = &aq->figures;
	static const char *const of_members[] = {
	    "members", "members_region", "members_province", "members_commune"};

	if (!f->is_taken) {
		f->is_taken = true;
		count_members(aq);
		each_row(aq, KIND_WORKSHOP, see_workshop);
	}
	for (unsigned i = 0; i < 4; i++)
		if (bytes_equal(measure, bytes_str(of_members[i])))
			return count_is(f->members[i], out);
	if (bytes_equal(measure, BYTES_STR("communes")))
		return count_is(f->members[3], out);
	if (bytes_equal(measure, BYTES_STR("workshops")))
		return count_is(f->workshops, out);
	if (bytes_equal(measure, BYTES_STR("participants")))
		return count_is(f->heads[HEAD_TOTAL], out);
	if (bytes_equal(measure, BYTES_STR("share_women")))
		return share(f, HEAD_WOMEN, out);
	if (bytes_equal(measure, BYTES_STR("share_youth")))
		return share(f, HEAD_YOUTH, out);
	return bytes_equal(measure, BYTES_STR("share_disabilities")) &&
	       share(f, HEAD_DISABILITIES, out);
}

/* Both figures stay; what is computed is never put in the place of what was claimed. */
void audit_judge_claim(struct audit_query *aq, struct audited *a)
{
	if (!a->row.has_value)
		return;
	a->has_computed = figure(aq, a->row.word, &a->computed);
	if (a->has_computed && a->computed != a->row.value)
		a->findings |= 1u << FINDING_CLAIM_DIFFERS;
}

/* --- evaluations ----------------------------------------------------------------------------- */

struct audit_score {
	uint32_t assessor; /* whose record it is */
	uint16_t year;
	uint64_t grid;
	int64_t value;
	size_t code_size;
	char code[CODE_SIZE_MAX];
};

static void see_evaluation(struct audit_query *aq, uint64_t arrival, const struct audit_row *row)
{
	struct audit_score score = {
	    .year = row->year, .grid = row->grid, .value = row->value, .code_size = row->word.size};
	struct facet facet;

	if (!row->has_value || !row->year || !row->word.size || row->word.size > CODE_SIZE_MAX ||
	    !facets_get(&aq->facets, arrival, &facet) || (facet.flags & FACET_WITHDRAWN))
		return;
	score.assessor = facet.member;
	memcpy(score.code, row->word.data, row->word.size);
	writer_put(&aq->scores, &score, sizeof(score));
}

static bool is_before(const struct audit_score *before, const struct audited *a)
{
	return before->year + 1 == a->row.year && before->grid == a->row.grid &&
	       before->assessor == a->facet.member &&
	       bytes_equal(bytes_of(before->code, before->code_size), a->row.word);
}

void audit_judge_score(struct audit_query *aq, struct audited *a)
{
	if (!aq->has_scores) {
		aq->has_scores = true;
		each_row(aq, KIND_EVALUATION, see_evaluation);
	}
	for (size_t at = 0; at < aq->scores.size && a->row.has_value;
	     at += sizeof(struct audit_score)) {
		struct audit_score before;

		memcpy(&before, aq->scores.data + at, sizeof(before));
		if (!is_before(&before, a))
			continue;
		/* Of several the highest: nodes got them in different orders. */
		if (!a->has_before || before.value > a->before)
			a->before = before.value;
		a->has_before = true;
		if (before.value > a->row.value)
			a->findings |= 1u << FINDING_SCORE_DROPPED;
	}
}

/* --- rows that no record has ----------------------------------------------------------------- */

static bool is_asked_for(const struct audit_query *aq, const struct audit_member *m)
{
	return m->is_admitted && is_territory(m) &&
	       (aq->member.size == 0 || bytes_equal(aq->member, m->code)) &&
	       (aq->region == 0 || aq->region == m->region);
}

/* Calls see for members that are asked for, in the order of their codes, until the page is full. */
static bool each_member(struct audit_query *aq, struct bytes *after,
    void (*see)(struct audit_query *aq, const struct audit_member *m))
{
	struct walk walk;
	bool more;

	walk_begin(&walk, &aq->q->truth, TABLE_MEMBERS);
	more = after->size ? walk_from(&walk, *after) : walk_first(&walk);
	if (more && after->size && bytes_equal(walk.key, *after))
		more = walk_next(&walk);
	for (; more && !audit_is_full(aq); more = walk_next(&walk)) {
		struct audit_member m;

		*after = walk.key;
		if (audit_member_get(aq, walk.key, &m) && is_asked_for(aq, &m))
			see(aq, &m);
	}
	walk_end(&walk);
	return !more;
}

/* What members did, by number of their term; taken once a page. */
struct audit_deeds {
	uint64_t items; /* published ones, by position in their vocabulary */
	bool has_programme;
};

static const char *const *items_of_law(void)
{
	const struct field *field = kind_field(kind_by_number(KIND_PUBLICATION), BYTES_STR("item"));

	return field && field->words ? field->words->words : NULL;
}

static struct audit_deeds *deeds_of(struct audit_query *aq, uint32_t term)
{
	struct audit_deeds none = {0};
	size_t at = (size_t)term * sizeof(none);

	while (aq->deeds.size <= at && !aq->deeds.err)
		writer_put(&aq->deeds, &none, sizeof(none));
	if (!aq->deeds.err)
		return (struct audit_deeds *)(void *)(aq->deeds.data + at);
	query_fail(aq->q, ERR_MEMORY, "no memory for an audit");
	return NULL;
}

static struct audit_deeds *deeds_at(struct audit_query *aq, uint64_t arrival)
{
	struct facet facet;

	if (!facets_get(&aq->facets, arrival, &facet) || (facet.flags & FACET_WITHDRAWN))
		return NULL;
	return deeds_of(aq, facet.member);
}

static void see_publication(struct audit_query *aq, uint64_t arrival, const struct audit_row *row)
{
	const char *const *items = items_of_law();
	struct audit_deeds *deeds = deeds_at(aq, arrival);

	for (unsigned i = 0; deeds && items && items[i] && i < 64; i++)
		if (bytes_equal(row->word, bytes_str(items[i])))
			deeds->items |= (uint64_t)1 << i;
}

static void see_programme(struct audit_query *aq, uint64_t arrival, const struct audit_row *row)
{
	struct audit_deeds *deeds = row->is_adopted ? deeds_at(aq, arrival) : NULL;

	if (!deeds)
		return;
	deeds->has_programme = true;
	aq->is_openness = true;
}

static void take_deeds(struct audit_query *aq)
{
	if (aq->has_deeds)
		return;
	aq->has_deeds = true;
	each_row(aq, KIND_PUBLICATION, see_publication);
	each_row(aq, KIND_PROGRAMME, see_programme);
}

static void see_items(struct audit_query *aq, const struct audit_member *m)
{
	const char *const *items = items_of_law();
	struct audit_deeds *deeds = deeds_of(aq, term_find(&aq->q->views, TERM_MEMBER, m->code));
	uint64_t published = deeds ? deeds->items : 0;

	for (unsigned i = 0; items && items[i] && i < 64; i++) {
		struct audited a = {.kind = KIND_PUBLICATION,
		    .member = *m,
		    .due.overdue = -1,
		    .row.word = bytes_str(items[i]),
		    .findings = 1u << FINDING_NOT_PUBLISHED};

		if (!(published >> i & 1))
			audit_put(aq, &a);
	}
}

bool audit_missing_items(struct audit_query *aq, struct bytes *after)
{
	take_deeds(aq);
	return each_member(aq, after, see_items);
}

/* The day from which a member is silent: its newest record of people, else its admission. */
static int64_t last_words(struct audit_query *aq, const struct audit_member *m, bool *has_spoken)
{
	uint32_t term = term_find(&aq->q->views, TERM_MEMBER, m->code);
	struct row_key key = row_key_u32(term);
	struct bytes time;

	*has_spoken = term && txn_get(&aq->q->views, VIEW_LAST_WORDS, row_key_view(&key), &time) &&
		      time.size == 8;
	return *has_spoken ? (int64_t)be64_get(time.data) : m->since.ms;
}

static void see_member(struct audit_query *aq, const struct audit_member *m)
{
	struct audited a = {.member = *m, .due.overdue = -1};
	struct audit_deeds *deeds = deeds_of(aq, term_find(&aq->q->views, TERM_MEMBER, m->code));
	int64_t since = last_words(aq, m, &a.row.verdict.has_progress);
	int64_t days = (aq->today_ms - since) / 86400000;

	a.row.verdict.last_progress.ms = since;
	if (deeds && !deeds->has_programme &&
	    (aq->is_openness || aq->findings & 1u << FINDING_NO_PROGRAMME))
		a.findings |= 1u << FINDING_NO_PROGRAMME;
	if (since < aq->today_ms && days >= aq->silent_days)
		a.findings |= 1u << FINDING_SILENT;
	a.due.has_days = since < aq->today_ms;
	a.due.days = days;
	if (a.findings & (aq->findings ? aq->findings : ~0u) || (aq->kind_count && !aq->findings))
		audit_put(aq, &a);
}

bool audit_members(struct audit_query *aq, struct bytes *after)
{
	take_deeds(aq);
	return each_member(aq, after, see_member);
}
