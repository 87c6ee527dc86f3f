/* Who coordinates: the genesis and the entries that change the set or its threshold. */
#include <stdlib.h>
#include <string.h>

#include "proto/roster_state.h"

/* The next set: who stays and who is added. */
struct plan {
	uint32_t kept[ROSTER_COORDINATORS_MAX];
	unsigned kept_count;
	struct coordinator added[ROSTER_COORDINATORS_MAX];
	unsigned added_count;
};

static bool is_kept(const struct plan *plan, uint32_t position)
{
	for (unsigned i = 0; i < plan->kept_count; i++)
		if (plan->kept[i] == position)
			return true;
	return false;
}

static enum err plan_removals(
    const struct roster *r, const struct entry *e, struct plan *plan, struct why *why)
{
	struct reader list;
	char code[CODE_SIZE_MAX + 1];

	memcpy(plan->kept, r->coordinators, sizeof(plan->kept));
	plan->kept_count = r->coordinator_count;
	reader_init(&list, e->removals);
	for (unsigned i = 0; i < e->removals_count; i++) {
		unsigned at = 0;

		entry_next_code(&list, code);
		while (at < plan->kept_count && strcmp(r->members[plan->kept[at]].code, code) != 0)
			at++;
		if (at == plan->kept_count)
			return why_set(why, ERR_REFUSED, "'%s' is no coordinator", code);
		plan->kept_count--;
		memmove(plan->kept + at, plan->kept + at + 1,
		    (plan->kept_count - at) * sizeof(plan->kept[0]));
	}
	return ERR_NONE;
}

static enum err check_cosigner(const struct roster *r, const struct coordinator *c, bool is_known,
    uint32_t position, struct why *why)
{
	const struct key_use *use = roster_find_use(r, &c->cosigner_key);

	if (use && use->use == USE_COSIGNER && is_known && use->member == position)
		return ERR_NONE;
	return roster_check_new_key(r, &c->cosigner_key, why);
}

static enum err check_added(
    const struct roster *r, const struct plan *plan, const struct coordinator *c, struct why *why)
{
	uint32_t position = 0;
	bool is_known = roster_find_member(r, c->code, &position);
	enum err err;

	if (is_known && is_kept(plan, position))
		return why_set(why, ERR_REFUSED, "'%s' is a coordinator already", c->code);
	if (is_known && !(r->members[position].is_admitted &&
			    key_equal(&r->members[position].key, &c->member_key)))
		return why_set(why, ERR_REFUSED, "'%s' is no member with that member key", c->code);
	err = is_known ? ERR_NONE : roster_check_new_key(r, &c->member_key, why);
	if (err == ERR_NONE)
		err = check_cosigner(r, c, is_known, position, why);
	if (err != ERR_NONE)
		return err;
	if (key_equal(&c->member_key, &c->cosigner_key))
		return why_set(why, ERR_REFUSED, "'%s' uses one key twice", c->code);
	for (unsigned i = 0; i < plan->added_count; i++) {
		const struct coordinator *other = &plan->added[i];

		if (strcmp(other->code, c->code) == 0 ||
		    key_equal(&other->member_key, &c->member_key) ||
		    key_equal(&other->member_key, &c->cosigner_key) ||
		    key_equal(&other->cosigner_key, &c->member_key) ||
		    key_equal(&other->cosigner_key, &c->cosigner_key))
			return why_set(why, ERR_REFUSED, "'%s' and '%s' share a code or a key",
			    other->code, c->code);
	}
	return ERR_NONE;
}

static enum err make_plan(
    const struct roster *r, const struct entry *e, struct plan *plan, struct why *why)
{
	struct reader list;
	unsigned count;
	enum err err;

	*plan = (struct plan){0};
	err = plan_removals(r, e, plan, why);
	reader_init(&list, e->coordinators);
	for (unsigned i = 0; i < e->coordinators_count && err == ERR_NONE; i++) {
		struct coordinator *next = &plan->added[plan->added_count];

		entry_next_coordinator(&list, next);
		err = check_added(r, plan, next, why);
		plan->added_count++;
	}
	if (err != ERR_NONE)
		return err;
	count = plan->kept_count + plan->added_count;
	if (count > ROSTER_COORDINATORS_MAX)
		return why_set(why, ERR_REFUSED, "there would be more than %u coordinators",
		    ROSTER_COORDINATORS_MAX);
	if (e->threshold > count || e->threshold * 2 <= count)
		return why_set(why, ERR_REFUSED, "a threshold of %u does not fit %u coordinators",
		    e->threshold, count);
	return ERR_NONE;
}

enum err roster_new_electorate(
    const struct roster *r, const struct entry *e, struct electorate *out, struct why *why)
{
	struct plan plan;
	enum err err = make_plan(r, e, &plan, why);

	*out = (struct electorate){.threshold = e->threshold};
	if (err != ERR_NONE)
		return err;
	for (unsigned i = 0; i < plan.kept_count; i++)
		out->keys[out->count++] = r->members[plan.kept[i]].key;
	for (unsigned i = 0; i < plan.added_count; i++)
		out->keys[out->count++] = plan.added[i].member_key;
	return ERR_NONE;
}

static bool copy_names(const struct plan *plan, struct bytes names[static ROSTER_COORDINATORS_MAX])
{
	for (unsigned i = 0; i < plan->added_count; i++) {
		if (roster_copy_bytes(&names[i], plan->added[i].names))
			continue;
		while (i-- > 0)
			free((void *)names[i].data);
		return false;
	}
	return true;
}

/* One who is a member already keeps kind and names: those are amended, not smuggled in. */
static uint32_t put_coordinator(
    struct roster *r, const struct coordinator *c, struct bytes names, const struct place *place)
{
	struct member line = {.kind = c->kind, .key = c->member_key};
	uint32_t position;

	memcpy(line.code, c->code, sizeof(line.code));
	if (roster_find_member(r, c->code, &position))
		free((void *)names.data);
	else
		position = roster_put_member(r, &line, place, names);
	r->members[position].is_coordinator = true;
	r->members[position].cosigner_key = c->cosigner_key;
	roster_put_use(r, &c->cosigner_key, (struct key_use){USE_COSIGNER, position, 0});
	return position;
}

/* Genesis, coordinator and threshold. */
enum err roster_rule_set(
    struct roster *r, const struct entry *e, const struct place *place, struct why *why)
{
	struct bytes names[ROSTER_COORDINATORS_MAX];
	struct plan plan;
	enum err err = make_plan(r, e, &plan, why);

	if (err != ERR_NONE)
		return err;
	if (!roster_reserve_members(r, plan.added_count) ||
	    !roster_reserve_uses(r, 2 * plan.added_count) || !copy_names(&plan, names))
		return why_set(why, ERR_MEMORY, "%s", err_text(ERR_MEMORY));
	for (unsigned i = 0; i < r->coordinator_count; i++)
		r->members[r->coordinators[i]].is_coordinator = is_kept(&plan, r->coordinators[i]);
	memcpy(r->coordinators, plan.kept, sizeof(plan.kept));
	r->coordinator_count = plan.kept_count;
	for (unsigned i = 0; i < plan.added_count; i++)
		r->coordinators[r->coordinator_count++] =
		    put_coordinator(r, &plan.added[i], names[i], place);
	r->threshold = e->threshold;
	r->set_version++;
	return ERR_NONE;
}

/* --- the genesis ----------------------------------------------------------------------------- */

static enum err check_genesis_key(
    const struct entry *e, const struct key *key, unsigned recovery_before, struct why *why)
{
	struct coordinator c;
	struct reader list;
	struct key other;

	if (!seal_is_valid_point(key))
		return why_set(why, ERR_KEY, "%s", err_text(ERR_KEY));
	reader_init(&list, e->coordinators);
	for (unsigned i = 0; i < e->coordinators_count; i++) {
		entry_next_coordinator(&list, &c);
		if (key_equal(&c.member_key, key) || key_equal(&c.cosigner_key, key))
			return why_set(why, ERR_REFUSED, "the genesis uses one key twice");
	}
	reader_init(&list, e->recovery);
	for (unsigned i = 0; i < recovery_before; i++) {
		entry_next_key(&list, &other);
		if (key_equal(&other, key))
			return why_set(why, ERR_REFUSED, "the genesis uses one key twice");
	}
	return ERR_NONE;
}

static enum err check_genesis_keys(const struct entry *e, struct why *why)
{
	enum err err = check_genesis_key(e, &e->keeper, e->recovery_count, why);
	struct reader list;
	struct key key;

	reader_init(&list, e->recovery);
	for (unsigned i = 0; i < e->recovery_count && err == ERR_NONE; i++) {
		entry_next_key(&list, &key);
		err = check_genesis_key(e, &key, i, why);
	}
	return err;
}

enum err roster_rule_genesis(
    struct roster *r, const struct entry *e, const struct place *place, struct why *why)
{
	struct bytes names;
	struct reader list;
	struct key key;
	enum err err = check_genesis_keys(e, why);

	if (err != ERR_NONE)
		return err;
	if (!roster_reserve_uses(r, 1 + e->recovery_count + 2 * e->coordinators_count) ||
	    !roster_copy_bytes(&names, e->names))
		return why_set(why, ERR_MEMORY, "%s", err_text(ERR_MEMORY));
	err = roster_rule_set(r, e, place, why);
	if (err != ERR_NONE) {
		free((void *)names.data);
		return err;
	}
	roster_take_bytes(&r->names, names);
	memcpy(r->zone, e->zone.data, e->zone.size);
	r->network = place->leaf;
	r->keeper = e->keeper;
	r->charter = e->charter;
	if (!hash_is_zero(&e->charter))
		r->charter_entry = place->leaf;
	roster_put_use(r, &e->keeper, (struct key_use){USE_KEEPER, 0, 0});
	reader_init(&list, e->recovery);
	for (unsigned i = 0; i < e->recovery_count; i++) {
		entry_next_key(&list, &key);
		roster_put_use(r, &key, (struct key_use){USE_RECOVERY, 0, 0});
	}
	return ERR_NONE;
}
