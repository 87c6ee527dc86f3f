/* What others make of a record: which versions supersede it, and which status a commitment has after
 * its progress and attestations. The rules are those of proto/audit; they are applied to facets, so
 * that no payload is read for a list. */
#include <stdlib.h>
#include <string.h>

#include "store/facet.h"

#define VERSIONS_MAX 1000

bool facet_is_audited(uint16_t kind)
{
	return kind == KIND_COMMITMENT || kind == KIND_MILESTONE;
}

static bool is_within(const struct facets *f, const struct facet *row, uint64_t arrival)
{
	return arrival <= f->upto && (f->as_of == INT64_MAX || row->time < (uint64_t)f->as_of);
}

unsigned facets_superseding(
    struct facets *f, const struct facet *row, uint64_t arrival, uint64_t *newest)
{
	uint8_t prefix[VIEW_LEAF_SIZE + 1];
	struct facet version;
	unsigned count = 0;
	struct walk walk;

	if (newest)
		*newest = 0;
	memcpy(prefix, row->leaf, VIEW_LEAF_SIZE);
	prefix[VIEW_LEAF_SIZE] = VIEW_SUPERSEDES;
	walk_begin(&walk, f->t, VIEW_LINKS);
	for (bool more = walk_from(&walk, BYTES(prefix));
	     more && walk_has_prefix(&walk, BYTES(prefix)); more = walk_next(&walk)) {
		uint64_t by = be64_get(walk.key.data + sizeof(prefix));
		if (!facets_get(f, by, &version) || version.supersedes != arrival ||
		    (version.flags & FACET_PAST_CUT) || !is_within(f, &version, by))
			continue;
		count++;
		if (newest)
			*newest = by;
	}
	walk_end(&walk);
	return count;
}

bool facets_is_attested(struct facets *f, const struct facet *row, uint64_t arrival)
{
	uint8_t prefix[VIEW_LEAF_SIZE + 1];
	const uint8_t *from;
	bool is_so = false;
	struct walk walk;

	memcpy(prefix, row->leaf, VIEW_LEAF_SIZE);
	prefix[VIEW_LEAF_SIZE] = VIEW_OTHER;
	walk_begin(&walk, f->t, VIEW_LINKS);
	for (bool more = walk_from(&walk, BYTES(prefix));
	     more && !is_so && walk_has_prefix(&walk, BYTES(prefix)); more = walk_next(&walk)) {
		from = facets_at(f, be64_get(walk.key.data + sizeof(prefix)));
		is_so =
		    from && facet_kind(from) == KIND_ATTESTATION && facet_about(from) == arrival;
	}
	walk_end(&walk);
	return is_so;
}

bool facets_counts(struct facets *f, const struct facet *row, uint64_t arrival)
{
	return is_within(f, row, arrival) && row->number > 0 &&
	       !(row->flags & (FACET_UNREADABLE | FACET_PAST_CUT | FACET_WITHDRAWN)) &&
	       (!(row->flags & FACET_SUPERSEDED) || facets_superseding(f, row, arrival, NULL) == 0);
}

struct judging {
	struct facets *f;
	struct audit audit;
	uint64_t changed;
};

static struct audit_fact fact_of(const struct facet *row)
{
	return (struct audit_fact){.member = row->member,
	    .log_number = row->number,
	    .index = row->index,
	    .time.ms = (int64_t)row->time,
	    .caution = row->caution == 0xff ? -1 : row->caution,
	    .role = row->flags & FACET_COORDINATOR ? AUDIT_AS_COORDINATOR
		    : row->flags & FACET_OBSERVER  ? AUDIT_AS_OBSERVER
						   : AUDIT_AS_MEMBER,
	    .is_withdrawn = (row->flags & FACET_WITHDRAWN) != 0,
	    .has_evidence = (row->flags & FACET_EVIDENCE) != 0,
	    .agrees = (row->flags & FACET_AGREES) != 0,
	    .disagrees = (row->flags & FACET_DISAGREES) != 0};
}

static bool counts(struct judging *j, const struct facet *fact, uint64_t arrival)
{
	uint64_t newest;

	if ((fact->flags & (FACET_UNREADABLE | FACET_PAST_CUT)) || fact->number == 0)
		return false;
	if (!(fact->flags & FACET_SUPERSEDED))
		return true;
	/* Superseded now; asked about an earlier moment it may not have been. */
	if (facets_superseding(j->f, fact, arrival, &newest) > 0) {
		if (newest > j->changed)
			j->changed = newest;
		return false;
	}
	return true;
}

static void judge_about(
    struct judging *j, const struct facet *target, uint64_t arrival, bool is_subject);

static void judge_record(struct judging *j, const struct facet *row, uint64_t at, bool is_subject)
{
	struct audit_fact fact = fact_of(row);

	if (row->kind == KIND_ATTESTATION)
		audit_attestation(&j->audit, &fact);
	if (row->kind != KIND_PROGRESS || !is_subject)
		return;
	audit_progress(&j->audit, &fact);
	/* What others attest of this progress. */
	if (row->member == j->audit.member && (row->flags & FACET_ATTESTED))
		judge_about(j, row, at, false);
}

static void judge_about(
    struct judging *j, const struct facet *target, uint64_t arrival, bool is_subject)
{
	uint8_t prefix[VIEW_LEAF_SIZE + 1];
	struct facet row;
	struct walk walk;

	memcpy(prefix, target->leaf, VIEW_LEAF_SIZE);
	prefix[VIEW_LEAF_SIZE] = VIEW_OTHER;
	walk_begin(&walk, j->f->t, VIEW_LINKS);
	for (bool more = walk_from(&walk, BYTES(prefix));
	     more && walk_has_prefix(&walk, BYTES(prefix)); more = walk_next(&walk)) {
		uint64_t at = be64_get(walk.key.data + sizeof(prefix));
		const uint8_t *found = facets_at(j->f, at);
		if (!found || facet_about(found) != arrival)
			continue;
		facet_decode(&row, found);
		if (!is_within(j->f, &row, at))
			continue;
		if (at > j->changed)
			j->changed = at;
		if (counts(j, &row, at))
			judge_record(j, &row, at, is_subject);
	}
	walk_end(&walk);
}

void facets_audit(struct facets *f, const struct facet *row, uint64_t arrival,
    struct audit_verdict *verdict, uint64_t *changed)
{
	struct judging j = {.f = f};
	struct facet at = *row;
	enum err err;

	audit_begin(&j.audit, row->member, (row->flags & FACET_WITHDRAWN) != 0);
	for (unsigned i = 0; i < VERSIONS_MAX; i++) {
		judge_about(&j, &at, arrival, true);
		arrival = at.supersedes;
		/* What was said of an earlier version was said of the commitment. */
		if (arrival == 0 || !facets_get(f, arrival, &at))
			break;
	}
	*changed = j.changed;
	if ((err = audit_end(&j.audit, verdict)))
		txn_fail(f->t, err, "no memory for an audit");
	audit_release(&j.audit);
}
