/* What entries about members, logs, records and the charter change, and when that is possible.
 * Approvals were counted before; each rule first checks, then gets its memory, and only then
 * changes anything. */
#include <string.h>

#include "proto/roster_state.h"

/* The member that an entry is about, when the entry replaces the one in force. */
static enum err find_subject(
    const struct roster *r, const struct entry *e, uint32_t *position, struct why *why)
{
	const struct member *member;

	if (!roster_find_member(r, e->code, position))
		return why_set(why, ERR_REFUSED, "'%s' was never a member", e->code);
	member = &r->members[*position];
	if (!member->is_admitted)
		return why_set(why, ERR_REFUSED, "'%s' is not a member any more", e->code);
	if (!hash_equal(&member->entry_leaf, &e->replaces))
		return why_set(
		    why, ERR_REFUSED, "it does not replace the entry in force about '%s'", e->code);
	return ERR_NONE;
}

static void put_in_force(struct member *member, const struct place *place)
{
	member->entry_index = place->index;
	member->entry_leaf = place->leaf;
}

static enum err rule_admit(
    struct roster *r, const struct entry *e, const struct place *place, struct why *why)
{
	struct member line = {.kind = e->kind, .key = e->member_key};
	struct bytes names;
	uint32_t position;
	bool replaces = e->has & FIELD_BIT(REPLACES);
	enum err err;

	if (roster_find_member(r, e->code, &position)) {
		if (r->members[position].is_admitted)
			return why_set(why, ERR_REFUSED, "'%s' is a member already", e->code);
		if (!replaces || !hash_equal(&r->members[position].entry_leaf, &e->replaces))
			return why_set(why, ERR_REFUSED,
			    "it does not replace the entry in force about '%s'", e->code);
	} else if (replaces) {
		return why_set(why, ERR_REFUSED,
		    "it replaces an entry about '%s', who was never a member", e->code);
	}
	err = roster_check_new_key(r, &e->member_key, why);
	if (err != ERR_NONE)
		return err;
	if (!roster_reserve_members(r, 1) || !roster_reserve_uses(r, 1) ||
	    !roster_copy_bytes(&names, e->names))
		return why_set(why, ERR_MEMORY, "%s", err_text(ERR_MEMORY));
	memcpy(line.code, e->code, sizeof(line.code));
	memcpy(line.territory, e->territory, sizeof(line.territory));
	roster_put_member(r, &line, place, names);
	return ERR_NONE;
}

static enum err rule_amend(
    struct roster *r, const struct entry *e, const struct place *place, struct why *why)
{
	struct bytes names = {0};
	struct member *member;
	uint32_t position;
	enum err err = find_subject(r, e, &position, why);

	if (err != ERR_NONE)
		return err;
	if (!(e->has & ~(FIELD_BIT(CODE) | FIELD_BIT(REPLACES))))
		return why_set(why, ERR_REFUSED, "it changes nothing about '%s'", e->code);
	if ((e->has & FIELD_BIT(NAMES)) && !roster_copy_bytes(&names, e->names))
		return why_set(why, ERR_MEMORY, "%s", err_text(ERR_MEMORY));
	member = &r->members[position];
	if (e->has & FIELD_BIT(NAMES))
		roster_take_bytes(&member->names, names);
	if (e->has & FIELD_BIT(KIND))
		member->kind = e->kind;
	if (e->has & FIELD_BIT(TERRITORY))
		memcpy(member->territory, e->territory, sizeof(member->territory));
	put_in_force(member, place);
	return ERR_NONE;
}

/* --- logs of a retired key ------------------------------------------------------------------- */

/* A log that was cut stays cut where it was. */
static enum err check_listings(
    const struct roster *r, const struct entry *e, uint32_t member, struct why *why)
{
	struct reader list;
	struct log_listing log;

	reader_init(&list, e->logs);
	for (unsigned i = 0; i < e->logs_count; i++) {
		const struct listing *before;

		entry_next_log(&list, &log);
		before = roster_find_listing(r, member, &log.key);
		if (!before || before->end != LOG_IS_CUT)
			continue;
		if (log.end != LOG_IS_CUT || log.size != before->size ||
		    !hash_equal(&log.root, &before->root))
			return why_set(
			    why, ERR_REFUSED, "it moves the cut of a log of '%s'", e->code);
	}
	return ERR_NONE;
}

/* A log listed twice in one entry counts as listed first. */
static void put_listings(
    struct roster *r, const struct entry *e, uint32_t member, const struct place *place)
{
	struct reader list;
	struct log_listing log;
	struct hash key;
	uint32_t at;

	reader_init(&list, e->logs);
	for (unsigned i = 0; i < e->logs_count; i++) {
		entry_next_log(&list, &log);
		roster_listing_key(&key, member, &log.key);
		if (!table_get(&r->by_log, key.b, &at)) {
			at = (uint32_t)r->listing_count++;
			table_put(&r->by_log, key.b, at);
		} else if (r->listings[at].entry == place->index) {
			continue;
		}
		r->listings[at] =
		    (struct listing){member, log.end, log.size, log.root, place->index, log.key};
	}
}

static enum err rule_rotate(
    struct roster *r, const struct entry *e, const struct place *place, struct why *why)
{
	struct member *member;
	uint32_t position;
	enum err err = find_subject(r, e, &position, why);

	if (err == ERR_NONE)
		err = roster_check_new_key(r, &e->member_key, why);
	if (err == ERR_NONE)
		err = check_listings(r, e, position, why);
	if (err != ERR_NONE)
		return err;
	if (!roster_reserve_uses(r, 1) || !roster_reserve_listings(r, e->logs_count))
		return why_set(why, ERR_MEMORY, "%s", err_text(ERR_MEMORY));
	member = &r->members[position];
	roster_put_use(r, &member->key, (struct key_use){USE_RETIRED, position, place->index});
	roster_put_use(r, &e->member_key, (struct key_use){USE_MEMBER, position, 0});
	member->key = e->member_key;
	put_listings(r, e, position, place);
	put_in_force(member, place);
	return ERR_NONE;
}

static enum err rule_remove(
    struct roster *r, const struct entry *e, const struct place *place, struct why *why)
{
	struct member *member;
	uint32_t position;
	enum err err = find_subject(r, e, &position, why);

	if (err == ERR_NONE)
		err = check_listings(r, e, position, why);
	if (err != ERR_NONE)
		return err;
	member = &r->members[position];
	if (member->is_coordinator)
		return why_set(why, ERR_REFUSED,
		    "'%s' is a coordinator: an entry on coordinators comes first", e->code);
	if (!roster_reserve_listings(r, e->logs_count))
		return why_set(why, ERR_MEMORY, "%s", err_text(ERR_MEMORY));
	roster_put_use(r, &member->key, (struct key_use){USE_RETIRED, position, place->index});
	member->is_admitted = false;
	put_listings(r, e, position, place);
	put_in_force(member, place);
	return ERR_NONE;
}

/* --- rulings --------------------------------------------------------------------------------- */

static enum err rule_ruling(
    struct roster *r, const struct entry *e, const struct place *place, struct why *why)
{
	bool is_branch = e->type == ENTRY_NAME_BRANCH;
	struct ruling ruling = {.log = e->log,
	    .index = is_branch ? e->size : e->index,
	    .leaf = is_branch ? e->root : e->leaf,
	    .ground = e->ground,
	    .entry_index = place->index,
	    .entry_leaf = place->leaf};
	bool replaces = e->has & FIELD_BIT(REPLACES);
	struct hash subject;
	uint32_t at;

	ruling.type = is_branch		       ? RULING_NAME_BRANCH
		      : e->type == ENTRY_ERASE ? RULING_ERASE
					       : RULING_DISPUTE;
	roster_subject(&subject, ruling.type, &ruling.log, ruling.index);
	if (table_get(&r->by_subject, subject.b, &at)
		? !replaces || !hash_equal(&r->rulings[at].entry_leaf, &e->replaces)
		: replaces)
		return why_set(
		    why, ERR_REFUSED, "it does not replace the entry in force about its subject");
	if (!roster_reserve_rulings(r, 1))
		return why_set(why, ERR_MEMORY, "%s", err_text(ERR_MEMORY));
	table_put(&r->by_subject, subject.b, (uint32_t)r->ruling_count);
	r->rulings[r->ruling_count++] = ruling;
	return ERR_NONE;
}

static enum err rule_charter(
    struct roster *r, const struct entry *e, const struct place *place, struct why *why)
{
	/* Absent is zero on both sides. */
	if (!hash_equal(&r->charter_entry, &e->replaces))
		return why_set(
		    why, ERR_REFUSED, "it does not replace the entry in force about the charter");
	r->charter = e->charter;
	r->charter_entry = place->leaf;
	return ERR_NONE;
}

enum err roster_rule(
    struct roster *r, const struct entry *e, const struct place *place, struct why *why)
{
	switch (e->type) {
	case ENTRY_GENESIS:
		return roster_rule_genesis(r, e, place, why);
	case ENTRY_ADMIT:
		return rule_admit(r, e, place, why);
	case ENTRY_AMEND:
		return rule_amend(r, e, place, why);
	case ENTRY_ROTATE:
		return rule_rotate(r, e, place, why);
	case ENTRY_REMOVE:
		return rule_remove(r, e, place, why);
	case ENTRY_COORDINATOR:
	case ENTRY_THRESHOLD:
		return roster_rule_set(r, e, place, why);
	case ENTRY_CHARTER:
		return rule_charter(r, e, place, why);
	case ENTRY_ERASE:
	case ENTRY_DISPUTE:
	case ENTRY_NAME_BRANCH:
		return rule_ruling(r, e, place, why);
	case ENTRY_EPOCH:
	case ENTRY_TYPE_COUNT:
		break;
	}
	return why_set(why, ERR_REFUSED, "an epoch stands only in leaf 0 of a new roster log");
}
