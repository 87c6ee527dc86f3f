/* What others make of a record: which versions supersede it, and which status a commitment has after
 * its progress and attestations. The rules are those of proto/audit; they are applied to facets, so
 * that no payload is read for a list. */
#include <stdlib.h>
#include <string.h>

#include "proto/audit.h"
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

/* One attester's newest word. */
struct word {
	uint32_t member;
	uint32_t number;
	uint64_t index;
	int caution;
	bool agrees;
};

struct judging {
	struct facets *f;
	uint32_t member; /* whose commitment it is */
	bool has_progress;
	uint32_t self_number;
	uint64_t self_index;
	int self_caution;
	uint64_t changed;
	struct writer words;
};

static bool is_newer(uint32_t number, uint64_t index, uint32_t than_number, uint64_t than_index)
{
	return number != than_number ? number > than_number : index > than_index;
}

static void judge_progress(struct judging *j, const struct facet *fact)
{
	if (fact->member != j->member || (fact->flags & FACET_WITHDRAWN))
		return;
	if (j->has_progress && !is_newer(fact->number, fact->index, j->self_number, j->self_index))
		return;
	j->has_progress = true;
	j->self_number = fact->number;
	j->self_index = fact->index;
	j->self_caution = fact->caution == 0xff ? -1 : fact->caution;
}

static void judge_attestation(struct judging *j, const struct facet *fact)
{
	struct word word = {fact->member, fact->number, fact->index,
	    fact->caution == 0xff ? -1 : fact->caution, (fact->flags & FACET_AGREES) != 0};

	if ((fact->flags & FACET_WITHDRAWN) || fact->member == j->member)
		return;
	for (size_t at = 0; at < j->words.size; at += sizeof(word)) {
		struct word other;
		memcpy(&other, j->words.data + at, sizeof(other));
		if (other.member != word.member)
			continue;
		if (is_newer(word.number, word.index, other.number, other.index))
			memcpy(j->words.data + at, &word, sizeof(word));
		return;
	}
	writer_put(&j->words, &word, sizeof(word));
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
    struct judging *j, const struct facet *target, uint64_t arrival, bool is_commitment)
{
	uint8_t prefix[VIEW_LEAF_SIZE + 1];
	struct facet fact;
	struct walk walk;

	memcpy(prefix, target->leaf, VIEW_LEAF_SIZE);
	prefix[VIEW_LEAF_SIZE] = VIEW_OTHER;
	walk_begin(&walk, j->f->t, VIEW_LINKS);
	for (bool more = walk_from(&walk, BYTES(prefix));
	     more && walk_has_prefix(&walk, BYTES(prefix)); more = walk_next(&walk)) {
		uint64_t at = be64_get(walk.key.data + sizeof(prefix));
		if (!facets_get(j->f, at, &fact) || fact.about != arrival ||
		    !is_within(j->f, &fact, at))
			continue;
		if (at > j->changed)
			j->changed = at;
		if (!counts(j, &fact, at))
			continue;
		if (fact.kind == KIND_ATTESTATION)
			judge_attestation(j, &fact);
		else if (fact.kind == KIND_PROGRESS && is_commitment)
			judge_progress(j, &fact);
		/* What others attest of this progress. */
		if (fact.kind == KIND_PROGRESS && is_commitment && fact.member == j->member)
			judge_about(j, &fact, at, false);
	}
	walk_end(&walk);
}

/* What others say goes before what the member says, the cautious before the hopeful. */
static int judge_words(const struct judging *j)
{
	int self = j->has_progress ? j->self_caution : -1, attested = -1;

	for (size_t at = 0; at < j->words.size; at += sizeof(struct word)) {
		struct word word;
		int caution;
		memcpy(&word, j->words.data + at, sizeof(word));
		caution = word.caution >= 0 ? word.caution : word.agrees ? self : -1;
		if (caution >= 0 && (attested < 0 || caution < attested))
			attested = caution;
	}
	return attested >= 0 ? attested : self;
}

void facets_status(
    struct facets *f, const struct facet *row, uint64_t arrival, struct facet_status *out)
{
	struct judging j = {.f = f, .member = row->member, .self_caution = -1};
	struct facet at = *row;

	for (unsigned i = 0; i < VERSIONS_MAX; i++) {
		judge_about(&j, &at, arrival, true);
		arrival = at.supersedes;
		/* What was said of an earlier version was said of the commitment. */
		if (arrival == 0 || !facets_get(f, arrival, &at))
			break;
	}
	out->changed = j.changed;
	out->caution =
	    row->flags & FACET_WITHDRAWN ? audit_caution(BYTES_STR("withdrawn")) : judge_words(&j);
	if (j.words.err != ERR_NONE)
		txn_fail(f->t, j.words.err, "no memory for the status of a commitment");
	writer_release(&j.words);
}
