/* Rows of the audit view: the rules of proto/audit and proto/audit_record, applied to one record and to what the views know
 * about it. */
#include "store/audit_row.h"

#include "proto/decimal.h"
#include "proto/kinds_table.h"
#include "proto/mp.h"
#include "proto/seal.h"

#include <string.h>

#define TITLE_SIZE_MAX 2048
#define VERSIONS_MAX 1000
#define ROW_FORMAT 2

bool audit_is_subject(uint16_t kind)
{
	switch (kind) {
	case KIND_COMMITMENT:
	case KIND_MILESTONE:
	case KIND_PROGRAMME:
	case KIND_EVALUATION:
	case KIND_PRACTICE:
	case KIND_PROJECT:
	case KIND_WORKSHOP:
	case KIND_EVENT:
	case KIND_TRAINING:
	case KIND_COOPERATION:
	case KIND_PUBLICATION:
	case KIND_CLAIM:
		return true;
	default:
		return false;
	}
}

bool audit_is_brief(uint16_t kind)
{
	return kind == KIND_PRACTICE || kind == KIND_PROJECT || kind == KIND_COOPERATION ||
	       kind == KIND_PUBLICATION;
}

/* --- what others say ------------------------------------------------------------------------- */

typedef bool about_fn(void *context, uint64_t arrival, const struct facet *facet);

/* Calls `see` for records of one kind that count and lead to this record or to an earlier version, until it says true. */
static bool find_about(const struct audit_source *source, const struct facet *target, uint16_t kind,
    about_fn *see, void *context)
{
	struct facet at = *target, from;
	bool is_found = false;

	for (unsigned i = 0; i < VERSIONS_MAX && !is_found; i++) {
		uint8_t prefix[VIEW_LEAF_SIZE + 1];
		struct walk walk;

		memcpy(prefix, at.leaf, VIEW_LEAF_SIZE);
		prefix[VIEW_LEAF_SIZE] = VIEW_OTHER;
		walk_begin(&walk, source->facets->t, VIEW_LINKS);
		for (bool more = walk_from(&walk, BYTES(prefix));
		     more && walk_has_prefix(&walk, BYTES(prefix)) && !is_found;
		     more = walk_next(&walk)) {
			uint64_t arrival = be64_get(walk.key.data + sizeof(prefix));
			is_found = facets_get(source->facets, arrival, &from) &&
				   from.kind == kind &&
				   facets_counts(source->facets, &from, arrival) &&
				   see(context, arrival, &from);
		}
		walk_end(&walk);
		if (at.supersedes == 0 || !facets_get(source->facets, at.supersedes, &at))
			break;
	}
	return is_found;
}

struct coverage {
	const struct audit_source *source;
	const struct facet *programme;
	struct bytes stage;
};

/* Whether a workshop of that stage counts somebody of civil society. */
static bool covers(void *context, uint64_t arrival, const struct facet *facet)
{
	struct coverage *c = context;
	struct record_walk walk;
	struct record record;
	bool is_so;

	(void)facet;
	record_walk_begin(&walk, c->source->truth);
	is_so = record_walk_arrival(&walk, arrival) && record_walk_peek(&walk, &record) &&
		record.state == RECORD_PRESENT && mp_scan(record.payload) == ERR_NONE &&
		bytes_equal(kinds_str(record.payload, "stage"), c->stage) &&
		audit_has_civil_society(record.payload);
	record_walk_end(&walk);
	return is_so;
}

static bool is_covered(void *context, struct bytes stage)
{
	struct coverage *c = context;

	c->stage = stage;
	return find_about(c->source, c->programme, KIND_WORKSHOP, covers, c);
}

static bool is_by_another(void *context, uint64_t arrival, const struct facet *facet)
{
	const struct facet *practice = context;

	(void)arrival;
	return facet->member != practice->member;
}

/* --- one kind after the other ---------------------------------------------------------------- */

static void judge_versions(
    const struct audit_source *source, const struct facet *facet, struct audit_row *row)
{
	struct facet before;

	if (facet->supersedes && facets_get(source->facets, facet->supersedes, &before) &&
	    facets_superseding(source->facets, &before, facet->supersedes, NULL) > 1)
		row->findings |= 1u << FINDING_VERSION_CONFLICT;
}

static void judge_status(const struct audit_source *source, uint64_t arrival,
    const struct facet *facet, struct audit_row *row)
{
	uint64_t changed;

	if (source->verdict)
		row->verdict = *source->verdict;
	else
		facets_audit(source->facets, facet, arrival, &row->verdict, &changed);
	row->findings |= row->verdict.findings;
}

void audit_row_renew(const struct audit_source *source, uint64_t arrival, const struct facet *facet,
    struct audit_row *row)
{
	row->findings = 0;
	judge_versions(source, facet, row);
	judge_status(source, arrival, facet, row);
}

static void judge_pledge(const struct audit_source *source, uint64_t arrival,
    const struct facet *facet, struct bytes payload, struct audit_row *row)
{
	judge_status(source, arrival, facet, row);
	row->due = kinds_str(payload, "end");
	if (!date_is_valid(row->due))
		row->due = (struct bytes){0};
}

static void judge_programme(const struct audit_source *source, const struct facet *facet,
    struct bytes payload, struct audit_row *row)
{
	struct coverage c = {.source = source, .programme = facet};

	row->is_bare = audit_stages(payload, is_covered, &c, &row->due);
	row->is_adopted = bytes_equal(kinds_str(payload, "instrument"), BYTES_STR("openness")) &&
			  mp_get(payload, "adopted").size > 0;
	row->findings |= audit_budget(payload);
}

static void judge_heads(struct bytes payload, struct audit_row *row)
{
	static const char *const names[HEAD_COUNT] = {
	    "total", "women", "youth", "disabilities", "civil_society"};
	struct bytes heads = mp_get(payload, "headcount");
	struct audit_shares shares;
	struct reader r;

	row->findings |= audit_headcount(payload, &shares);
	for (unsigned i = 0; i < HEAD_COUNT; i++) {
		int64_t count;

		reader_init(&r, mp_get(heads, names[i]));
		if (mp_peek(&r) != MP_INT || (count = mp_int(&r)) < 0 || count > UINT32_MAX)
			continue;
		row->has_heads[i] = true;
		row->heads[i] = (uint32_t)count;
	}
}

static void judge_evaluation(struct bytes payload, struct audit_row *row)
{
	struct bytes year = kinds_str(payload, "year"), grid = mp_get(payload, "grid");
	struct hash hash;

	row->findings |= audit_conditions(payload);
	row->has_value = decimal_parse(&row->value, kinds_str(payload, "score"));
	if (date_is_valid(year))
		for (unsigned i = 0; i < 4; i++)
			row->year = (uint16_t)(row->year * 10 + (year.data[i] - '0'));
	seal_sha256(&hash, grid);
	row->grid = be64_get(hash.b);
	row->word = kinds_str(payload, "member");
}

struct bytes audit_title(struct bytes payload)
{
	struct bytes title = mp_get(payload, "title");

	return title.size > TITLE_SIZE_MAX ? (struct bytes){0} : title;
}

void audit_row_compute(const struct audit_source *source, uint64_t arrival,
    const struct facet *facet, struct bytes payload, const struct hash *leaf, struct audit_row *row)
{
	struct facet practice = *facet;

	*row = (struct audit_row){.is_brief = audit_is_brief(facet->kind),
	    .leaf = *leaf,
	    .title = audit_title(payload),
	    .verdict = {.status = -1,
		.self_status = -1,
		.attested_status = -1,
		.coordinator_status = -1,
		.observer_status = -1}};
	judge_versions(source, facet, row);
	switch (facet->kind) {
	case KIND_COMMITMENT:
	case KIND_MILESTONE:
		judge_pledge(source, arrival, facet, payload, row);
		break;
	case KIND_PROGRAMME:
		judge_programme(source, facet, payload, row);
		break;
	case KIND_EVALUATION:
		judge_evaluation(payload, row);
		break;
	case KIND_WORKSHOP:
	case KIND_EVENT:
	case KIND_TRAINING:
		judge_heads(payload, row);
		break;
	case KIND_PROJECT:
	case KIND_COOPERATION:
		row->findings |= audit_budget(payload);
		break;
	case KIND_PRACTICE:
		if (!find_about(source, facet, KIND_ADOPTION, is_by_another, &practice))
			row->findings |= 1u << FINDING_NEVER_ADOPTED;
		break;
	case KIND_PUBLICATION:
		row->word = kinds_str(payload, "item");
		break;
	case KIND_CLAIM:
		row->findings |= audit_claim(payload);
		row->has_value = decimal_parse(&row->value, kinds_str(payload, "value"));
		row->word = kinds_str(payload, "measure");
		break;
	}
	if (facet->flags & FACET_WITHDRAWN && facet->kind != KIND_COMMITMENT &&
	    facet->kind != KIND_MILESTONE) {
		row->findings = 0; /* what was withdrawn is not held against anybody */
		row->is_bare = row->is_adopted = false;
	}
	if (row->word.size > AUDIT_WORD_SIZE)
		row->word = (struct bytes){0};
}

/* --- bytes ----------------------------------------------------------------------------------- */

enum { ROW_ATTESTED = 1, ROW_PROGRESS = 2, ROW_BARE = 4, ROW_ADOPTED = 8, ROW_VALUE = 16 };
/* Which parts follow. */
enum {
	PART_NAME = 1,
	PART_VERDICT = 2,
	PART_VALUE = 4,
	PART_GRID = 8,
	PART_HEADS = 16,
	PART_WORDS = 32
};

static void put_status(struct writer *w, int status)
{
	writer_u8(w, (uint8_t)(status < 0 ? 0xff : status));
}

static int take_status(struct reader *r)
{
	uint8_t status = reader_u8(r);

	return status == 0xff ? -1 : status;
}

static void put_verdict(struct writer *w, const struct audit_verdict *v)
{
	put_status(w, v->status);
	put_status(w, v->self_status);
	put_status(w, v->attested_status);
	put_status(w, v->coordinator_status);
	put_status(w, v->observer_status);
	writer_u32(w, v->attester_count);
	writer_u64(w, (uint64_t)v->last_progress.ms);
}

static void take_verdict(struct reader *r, struct audit_verdict *v)
{
	v->status = take_status(r);
	v->self_status = take_status(r);
	v->attested_status = take_status(r);
	v->coordinator_status = take_status(r);
	v->observer_status = take_status(r);
	v->attester_count = reader_u32(r);
	v->last_progress.ms = (int64_t)reader_u64(r);
}

static bool has_verdict(const struct audit_verdict *v)
{
	return v->status >= 0 || v->self_status >= 0 || v->attested_status >= 0 ||
	       v->coordinator_status >= 0 || v->observer_status >= 0 || v->attester_count > 0 ||
	       v->last_progress.ms != 0;
}

static unsigned heads_of(const struct audit_row *row)
{
	unsigned heads = 0;

	for (unsigned i = 0; i < HEAD_COUNT; i++)
		heads |= row->has_heads[i] ? 1u << i : 0;
	return heads;
}

static void put_heads(struct writer *w, const struct audit_row *row)
{
	writer_u8(w, (uint8_t)heads_of(row));
	for (unsigned i = 0; i < HEAD_COUNT; i++)
		if (row->has_heads[i])
			writer_u32(w, row->heads[i]);
}

static void take_heads(struct reader *r, struct audit_row *row)
{
	unsigned heads = reader_u8(r);

	for (unsigned i = 0; i < HEAD_COUNT; i++) {
		row->has_heads[i] = heads >> i & 1;
		if (row->has_heads[i])
			row->heads[i] = reader_u32(r);
	}
}

static unsigned parts_of(const struct audit_row *row)
{
	return (row->is_brief ? 0u : PART_NAME) | (has_verdict(&row->verdict) ? PART_VERDICT : 0u) |
	       (row->value != 0 ? PART_VALUE : 0u) |
	       (row->year != 0 || row->grid != 0 ? PART_GRID : 0u) |
	       (heads_of(row) != 0 ? PART_HEADS : 0u) |
	       (row->due.size > 0 || row->word.size > 0 ? PART_WORDS : 0u);
}

void audit_row_encode(struct writer *w, const struct audit_row *row)
{
	const struct audit_verdict *v = &row->verdict;
	unsigned parts = parts_of(row);

	writer_u8(w, ROW_FORMAT);
	writer_u32(w, row->findings);
	writer_u8(
	    w, (uint8_t)((v->is_attested ? ROW_ATTESTED : 0) |
			 (v->has_progress ? ROW_PROGRESS : 0) | (row->is_bare ? ROW_BARE : 0) |
			 (row->is_adopted ? ROW_ADOPTED : 0) | (row->has_value ? ROW_VALUE : 0)));
	writer_u8(w, (uint8_t)parts);
	if (parts & PART_VERDICT)
		put_verdict(w, v);
	if (parts & PART_VALUE)
		writer_u64(w, (uint64_t)row->value);
	if (parts & PART_GRID) {
		writer_u16(w, row->year);
		writer_u64(w, row->grid);
	}
	if (parts & PART_HEADS)
		put_heads(w, row);
	if (parts & PART_WORDS) {
		writer_u8(w, (uint8_t)row->due.size);
		writer_bytes(w, row->due);
		writer_u8(w, (uint8_t)row->word.size);
		writer_bytes(w, row->word);
	}
	if (parts & PART_NAME) {
		writer_put(w, row->leaf.b, HASH_SIZE);
		writer_u16(w, (uint16_t)row->title.size);
		writer_bytes(w, row->title);
	}
}

static void take_flags(struct reader *r, struct audit_row *row)
{
	unsigned flags = reader_u8(r);

	row->verdict.is_attested = flags & ROW_ATTESTED;
	row->verdict.has_progress = flags & ROW_PROGRESS;
	row->is_bare = flags & ROW_BARE;
	row->is_adopted = flags & ROW_ADOPTED;
	row->has_value = flags & ROW_VALUE;
}

bool audit_row_decode(struct audit_row *row, struct bytes value)
{
	struct reader r;
	unsigned parts;

	*row = (struct audit_row){.verdict = {.status = -1,
				      .self_status = -1,
				      .attested_status = -1,
				      .coordinator_status = -1,
				      .observer_status = -1}};
	reader_init(&r, value);
	if (reader_u8(&r) != ROW_FORMAT)
		return false;
	row->findings = reader_u32(&r);
	take_flags(&r, row);
	parts = reader_u8(&r);
	row->is_brief = !(parts & PART_NAME);
	if (parts & PART_VERDICT)
		take_verdict(&r, &row->verdict);
	if (parts & PART_VALUE)
		row->value = (int64_t)reader_u64(&r);
	if (parts & PART_GRID) {
		row->year = reader_u16(&r);
		row->grid = reader_u64(&r);
	}
	if (parts & PART_HEADS)
		take_heads(&r, row);
	if (parts & PART_WORDS) {
		row->due = reader_take(&r, reader_u8(&r));
		row->word = reader_take(&r, reader_u8(&r));
	}
	if (parts & PART_NAME) {
		reader_copy(&r, row->leaf.b, HASH_SIZE);
		row->title = reader_take(&r, reader_u16(&r));
	}
	return r.err == ERR_NONE && reader_left(&r) == 0 && parts < 64;
}

unsigned audit_row_findings(struct bytes value)
{
	return value.size > 5 && value.data[0] == ROW_FORMAT ? be32_get(value.data + 1) : 0;
}

void audit_row_key(uint8_t key[static AUDIT_KEY_SIZE], uint16_t kind, uint64_t arrival)
{
	be16_put(key, kind);
	be64_put(key + 2, arrival);
}
