/* Decoding of roster entries by one table of shapes. It decides what is well formed; keys that a
 * type does not have belong to later versions and are skipped. */
#include "proto/roster_entry.h"

#include <string.h>

#include "proto/mp.h"
#include "proto/roster_value.h"

struct shape {
	const char *name;
	unsigned required;
	unsigned optional;
};

#define B FIELD_BIT
static const struct shape shapes[ENTRY_TYPE_COUNT] = {
    [ENTRY_GENESIS] = {"genesis",
	B(CHARTER) | B(COORDINATORS) | B(KEEPER) | B(NAMES) | B(NONCE) | B(RECOVERY) |
	    B(THRESHOLD) | B(ZONE),
	0},
    [ENTRY_ADMIT] = {"admit", B(CODE) | B(KIND) | B(MEMBER_KEY) | B(NAMES),
	B(TERRITORY) | B(TERRITORY_VINTAGE) | B(REPLACES)},
    [ENTRY_AMEND] = {"amend", B(CODE) | B(REPLACES),
	B(KIND) | B(NAMES) | B(TERRITORY) | B(TERRITORY_VINTAGE)},
    [ENTRY_ROTATE] = {"rotate", B(CODE) | B(LOGS) | B(MEMBER_KEY) | B(REPLACES), 0},
    [ENTRY_REMOVE] = {"remove", B(CODE) | B(LOGS) | B(REASON) | B(REPLACES), 0},
    [ENTRY_COORDINATOR] = {"coordinator", B(ADD) | B(REMOVE) | B(THRESHOLD), 0},
    [ENTRY_THRESHOLD] = {"threshold", B(THRESHOLD), 0},
    [ENTRY_CHARTER] = {"charter", B(CHARTER), B(REPLACES)},
    [ENTRY_ERASE] = {"erase", B(GROUND) | B(INDEX) | B(LEAF) | B(LOG), B(REPLACES)},
    [ENTRY_DISPUTE] = {"dispute", B(GROUND) | B(INDEX) | B(LEAF) | B(LOG), B(REPLACES)},
    [ENTRY_NAME_BRANCH] = {"name-branch", B(LOG) | B(ROOT) | B(SIZE), B(REPLACES)},
    [ENTRY_EPOCH] = {"epoch", B(EPOCH) | B(KEEPER) | B(PREVIOUS), 0},
};
#undef B

static const char *const field_names[FIELD_COUNT] = {
#define X(name, text) [FIELD_##name] = text,
    ENTRY_FIELD_MAP(X)
#undef X
};

static void read_threshold(struct reader *r, struct entry *out)
{
	uint64_t threshold = mp_uint(r);

	if (r->err == ERR_NONE && (threshold == 0 || threshold > ROSTER_COORDINATORS_MAX))
		reader_fail(r, ERR_LIMIT);
	out->threshold = (unsigned)threshold;
}

static void read_previous(struct reader *r)
{
	struct key key;
	struct hash root;

	mp_array_of(r, 3);
	value_key(r, &key);
	mp_uint(r);
	value_hash(r, &root);
}

static void read_territory(struct reader *r, struct entry *out)
{
	struct bytes text = value_label(r, ROSTER_TERRITORY_MAX);

	if (text.size > 0)
		memcpy(out->territory, text.data, text.size);
}

static void read_epoch(struct reader *r)
{
	if (mp_uint(r) == 0)
		reader_fail(r, ERR_FORMAT);
}

static void read_coordinators(struct reader *r, struct entry *out)
{
	out->coordinators =
	    value_list(r, LIST_COORDINATORS, ROSTER_COORDINATORS_MAX, &out->coordinators_count);
}

static void read_removals(struct reader *r, struct entry *out)
{
	out->removals = value_list(r, LIST_CODES, ROSTER_COORDINATORS_MAX, &out->removals_count);
}

static void read_recovery(struct reader *r, struct entry *out)
{
	out->recovery = value_list(r, LIST_KEYS, ROSTER_RECOVERY_MAX, &out->recovery_count);
}

static void read_logs(struct reader *r, struct entry *out)
{
	out->logs = value_list(r, LIST_LOGS, RECORD_PAYLOAD_MAX, &out->logs_count);
}

static void read_reason(struct reader *r)
{
	static const char *const reasons[] = {"request", "merged", "breach", "error"};

	value_word(r, reasons, sizeof(reasons) / sizeof(reasons[0]));
}

static void read_key_field(struct reader *r, enum entry_field field, struct entry *out)
{
	if (field == FIELD_KEEPER)
		value_key(r, &out->keeper);
	else
		value_key(r, field == FIELD_LOG ? &out->log : &out->member_key);
}

static void read_hash_field(struct reader *r, enum entry_field field, struct entry *out)
{
	struct hash ignored;

	if (field == FIELD_CHARTER)
		value_optional_hash(r, &out->charter);
	else if (field == FIELD_LEAF)
		value_hash(r, &out->leaf);
	else if (field == FIELD_ROOT)
		value_hash(r, &out->root);
	else
		value_hash(r, field == FIELD_REPLACES ? &out->replaces : &ignored);
}

static void read_field(struct reader *r, enum entry_field field, struct entry *out)
{
	switch (field) {
	case FIELD_ADD:
	case FIELD_COORDINATORS:
		read_coordinators(r, out);
		return;
	case FIELD_REMOVE:
		read_removals(r, out);
		return;
	case FIELD_RECOVERY:
		read_recovery(r, out);
		return;
	case FIELD_LOGS:
		read_logs(r, out);
		return;
	case FIELD_KEEPER:
	case FIELD_LOG:
	case FIELD_MEMBER_KEY:
		read_key_field(r, field, out);
		return;
	case FIELD_CHARTER:
	case FIELD_LEAF:
	case FIELD_NONCE:
	case FIELD_REPLACES:
	case FIELD_ROOT:
		read_hash_field(r, field, out);
		return;
	case FIELD_CODE:
		value_code(r, out->code);
		return;
	case FIELD_EPOCH:
		read_epoch(r);
		return;
	case FIELD_GROUND:
		out->ground = value_ground(r);
		return;
	case FIELD_INDEX:
		out->index = mp_uint(r);
		return;
	case FIELD_KIND:
		out->kind = value_kind(r);
		return;
	case FIELD_NAMES:
		out->names = value_names(r);
		return;
	case FIELD_PREVIOUS:
		read_previous(r);
		return;
	case FIELD_REASON:
		read_reason(r);
		return;
	case FIELD_SIZE:
		out->size = mp_uint(r);
		return;
	case FIELD_TERRITORY:
		read_territory(r, out);
		return;
	case FIELD_TERRITORY_VINTAGE:
		value_label(r, ROSTER_TERRITORY_MAX);
		return;
	case FIELD_THRESHOLD:
		read_threshold(r, out);
		return;
	case FIELD_ZONE:
		out->zone = value_label(r, ROSTER_ZONE_MAX);
		return;
	case FIELD_COUNT:
		return;
	}
}

/* --- entries --------------------------------------------------------------------------------- */

static enum err read_type(struct entry *out, struct bytes map, struct why *why)
{
	struct reader r;
	struct bytes name;
	unsigned type = 0;

	reader_init(&r, mp_get(map, "type"));
	name = mp_str(&r);
	if (r.err != ERR_NONE)
		return why_set(why, ERR_FORMAT, "the entry has no type");
	while (type < ENTRY_TYPE_COUNT && !bytes_equal(bytes_str(shapes[type].name), name))
		type++;
	if (type == ENTRY_TYPE_COUNT)
		return why_set(why, ERR_FORMAT, "the type of the entry is not known");
	out->type = (enum entry_type)type;
	return ERR_NONE;
}

enum err entry_decode(struct entry *out, struct bytes map, struct why *why)
{
	const struct shape *shape;
	struct reader r;
	uint32_t pairs;
	enum err err;

	*out = (struct entry){0};
	err = read_type(out, map, why);
	if (err != ERR_NONE)
		return err;
	shape = &shapes[out->type];
	reader_init(&r, map);
	pairs = mp_map(&r);
	for (uint32_t i = 0; i < pairs; i++) {
		unsigned field = value_word_of(field_names, FIELD_COUNT, mp_str(&r));

		if (field == FIELD_COUNT ||
		    !((shape->required | shape->optional) & (1u << field))) {
			mp_skip(&r);
			continue;
		}
		read_field(&r, (enum entry_field)field, out);
		if (r.err != ERR_NONE)
			return why_set(why, r.err, "%s of the entry '%s': %s", field_names[field],
			    shape->name, err_text(r.err));
		out->has |= 1u << field;
	}
	for (unsigned field = 0; field < FIELD_COUNT; field++)
		if (shape->required & ~out->has & (1u << field))
			return why_set(why, ERR_FORMAT, "the entry '%s' lacks %s", shape->name,
			    field_names[field]);
	return r.err;
}

enum err entry_payload_decode(struct bytes payload, struct bytes *approvals, struct bytes *entry)
{
	struct reader r;
	enum err err = mp_scan(payload);

	if (err != ERR_NONE)
		return err;
	*approvals = mp_get(payload, "approvals");
	*entry = mp_get(payload, "entry");
	reader_init(&r, *approvals);
	if (mp_peek(&r) != MP_ARRAY)
		return ERR_FORMAT;
	reader_init(&r, *entry);
	return mp_peek(&r) == MP_MAP ? ERR_NONE : ERR_FORMAT;
}
