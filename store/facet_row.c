/* What a record's row of facets says of itself, read from its header and payload. Where its links lead and what others make
 * of it comes later. */
#include <stdlib.h>
#include <string.h>

#include "proto/audit.h"
#include "proto/text_order.h"
#include "store/view_facets.h"

static uint32_t put_term(
    struct facets_builder *b, struct txn *t, enum term_class class, struct bytes word)
{
	struct term_slot *slot;
	uint32_t hash = 2166136261u ^ (uint32_t) class;

	if (word.size == 0 || word.size > TERM_SIZE_MAX)
		return 0;
	for (size_t i = 0; i < word.size; i++)
		hash = (hash ^ word.data[i]) * 16777619u;
	slot = &b->terms[hash % TERMS_SIZE];
	if (slot->number > 0 && slot->class == (uint8_t) class && slot->size == word.size &&
	    memcmp(slot->word, word.data, word.size) == 0)
		return slot->number;
	slot->number = term_put(t, class, word);
	slot->class = (uint8_t) class;
	slot->size = (uint8_t)word.size;
	memcpy(slot->word, word.data, word.size);
	return slot->number;
}

static unsigned digits_at(struct bytes text, size_t at, size_t count)
{
	unsigned value = 0;

	if (text.size < at + count || (text.size > at + count && text.data[at + count] != '.'))
		return 0;
	for (size_t i = at; i < at + count; i++) {
		if (text.data[i] < '0' || text.data[i] > '9')
			return 0;
		value = value * 10 + (text.data[i] - '0');
	}
	return value;
}

void territory_read(struct bytes code, uint8_t *region, uint16_t *province)
{
	size_t at = code.size > 3 && memcmp(code.data, "MA-", 3) == 0 ? 3 : 0;
	unsigned number = digits_at(code, at, 2);

	*region = number <= REGION_MAX ? (uint8_t)number : 0;
	*province = *region > 0 && at == 0 && code.size > 3 ? (uint16_t)digits_at(code, 3, 3) : 0;
}

static int compare_numbers(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* The themes as one number: most records share their set with many others. */
static uint32_t put_themes(struct facets_builder *b, struct txn *t, struct bytes payload)
{
	uint32_t numbers[TERM_SET_MAX];
	uint8_t set[4 * TERM_SET_MAX];
	size_t count = 0, distinct = 0;
	struct bytes word;

	for (unsigned i = 0; i < TERM_SET_MAX && kinds_theme(payload, i, &word); i++) {
		uint32_t number = put_term(b, t, TERM_THEME, word);
		if (number > 0)
			numbers[count++] = number;
	}
	if (count > 1)
		qsort(numbers, count, sizeof(numbers[0]), compare_numbers);
	for (size_t i = 0; i < count; i++) {
		if (i == 0 || numbers[i] != numbers[i - 1])
			be32_put(set + 4 * distinct++, numbers[i]);
	}
	return put_term(b, t, TERM_SET, bytes_of(set, 4 * distinct));
}

static unsigned fact_flags(const struct facets_builder *b, uint16_t kind, struct bytes payload)
{
	struct audit_fact fact;

	audit_fact_read(&fact, kind, payload);
	/* Who claims a role that the roster does not give speaks as any other member. */
	if ((fact.role == AUDIT_AS_COORDINATOR && !b->may_coordinate) ||
	    (fact.role == AUDIT_AS_OBSERVER && !b->may_observe))
		fact.role = AUDIT_AS_MEMBER;
	return (fact.is_withdrawn ? FACET_WITHDRAWN : 0u) |
	       (fact.has_evidence ? FACET_EVIDENCE : 0u) | (fact.agrees ? FACET_AGREES : 0u) |
	       (fact.disagrees ? FACET_DISAGREES : 0u) |
	       (fact.role == AUDIT_AS_COORDINATOR ? FACET_COORDINATOR : 0u) |
	       (fact.role == AUDIT_AS_OBSERVER ? FACET_OBSERVER : 0u);
}

static unsigned flags_of(const struct facets_builder *b, const struct view_record *r)
{
	static const unsigned states[] = {
	    [RECORD_ERASED] = FACET_ERASED, [RECORD_NOT_HELD] = FACET_NOT_HELD};
	unsigned flags = r->record->state == RECORD_PRESENT ? 0 : states[r->record->state];

	if (r->record->state == RECORD_PRESENT && r->payload.size == 0)
		flags |= FACET_RAW;
	if (b->log.state == LOG_CUT && r->index >= b->log.cut_size)
		flags |= FACET_PAST_CUT;
	return r->payload.size == 0 ? flags
				    : flags | fact_flags(b, r->record->header.kind, r->payload);
}

static void put_titles(struct facet *f, const struct kind *kind, struct bytes payload)
{
	struct bytes arabic = kinds_title(kind, payload, LANG_AR, NULL);
	struct bytes french = kinds_title(kind, payload, LANG_FR, NULL);

	text_order_key(f->titles[0], FACET_TITLE_SIZE, arabic);
	/* One text for both is what most have. */
	if (french.data == arabic.data)
		memcpy(f->titles[1], f->titles[0], FACET_TITLE_SIZE);
	else
		text_order_key(f->titles[1], FACET_TITLE_SIZE, french);
}

static void read_payload(
    struct facets_builder *b, struct txn *t, struct facet *f, const struct view_record *r)
{
	const struct kind *kind = kind_by_number(f->kind);
	struct bytes status = kinds_status(kind, r->payload);
	int caution =
	    kind && kind->status ? audit_caution(kinds_str(r->payload, kind->status)) : -1;

	f->themes = put_themes(b, t, r->payload);
	f->own_status = f->status = put_term(b, t, TERM_STATUS, status);
	f->caution = caution < 0 ? 0xff : (uint8_t)caution;
	territory_read(kinds_str(r->payload, "territory"), &f->region, &f->province);
	put_titles(f, kind, r->payload);
}

static void take_roles(struct facets_builder *b, struct view_batch *batch)
{
	struct change_member m = {.kind = MEMBER_COMMUNE}; /* of whom nothing is known */

	(void)member_row_get(&batch->truth, bytes_str(b->log.member), &m);
	b->may_coordinate =
	    audit_role_fits(AUDIT_AS_COORDINATOR, (enum member_kind)m.kind, m.is_coordinator);
	b->may_observe =
	    audit_role_fits(AUDIT_AS_OBSERVER, (enum member_kind)m.kind, m.is_coordinator);
}

static void take_log(struct facets_builder *b, struct view_batch *batch, uint32_t log_no)
{
	if (b->log.log_no == log_no)
		return;
	if (!log_row_by_number(&batch->truth, log_no, &b->log)) {
		txn_fail(&batch->truth, ERR_ROT, "the log of a record is not stored");
		return;
	}
	take_roles(b, batch);
	b->member = put_term(b, &batch->views, TERM_MEMBER,
	    b->log.number == 0 ? BYTES_STR("roster") : bytes_str(b->log.member));
}

void facet_row_take(struct facets_builder *b, struct view_batch *batch, const struct view_record *r,
    struct facet *f)
{
	take_log(b, batch, r->log_no);
	f->kind = r->record->header.kind;
	f->log_no = r->log_no;
	f->number = b->log.number;
	f->member = b->member;
	f->index = r->index;
	f->time = (uint64_t)r->record->header.time.ms;
	f->flags = (uint16_t)flags_of(b, r);
	f->caution = 0xff;
	memcpy(f->leaf, r->leaf.b, VIEW_LEAF_SIZE);
	if (r->payload.size > 0)
		read_payload(b, &batch->views, f, r);
}
