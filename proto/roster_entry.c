/* Decoding of roster entries by one table of shapes. It decides what is well formed; keys that a
 * type does not have belong to later versions and are skipped. */
#include "proto/roster_entry.h"

#include <string.h>

#include "proto/mp.h"

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

static const char *const kind_names[MEMBER_KIND_COUNT] = {
#define X(name, text) [MEMBER_##name] = text,
    MEMBER_KIND_MAP(X)
#undef X
};

static const char *const ground_names[GROUND_COUNT] = {
#define X(name, text) [GROUND_##name] = text,
    ERASURE_GROUND_MAP(X)
#undef X
};

static const char *const reason_names[] = {"request", "merged", "breach", "error"};

/* Position of a text in a list, or count. */
static unsigned word_of(const char *const *words, unsigned count, struct bytes text)
{
	unsigned at = 0;

	while (at < count && !bytes_equal(bytes_str(words[at]), text))
		at++;
	return at;
}

const char *member_kind_name(enum member_kind kind)
{
	return kind < MEMBER_KIND_COUNT ? kind_names[kind] : "";
}

bool member_kind_parse(enum member_kind *out, struct bytes text)
{
	unsigned kind = word_of(kind_names, MEMBER_KIND_COUNT, text);

	if (kind < MEMBER_KIND_COUNT)
		*out = (enum member_kind)kind;
	return kind < MEMBER_KIND_COUNT;
}

const char *erasure_ground_name(enum erasure_ground ground)
{
	return ground < GROUND_COUNT ? ground_names[ground] : "";
}

bool erasure_ground_parse(enum erasure_ground *out, struct bytes text)
{
	unsigned ground = word_of(ground_names, GROUND_COUNT, text);

	if (ground < GROUND_COUNT)
		*out = (enum erasure_ground)ground;
	return ground < GROUND_COUNT;
}

/* --- values ---------------------------------------------------------------------------------- */

static unsigned read_word(struct reader *r, const char *const *words, unsigned count)
{
	struct bytes text = mp_str(r);
	unsigned word = word_of(words, count, text);

	if (r->err == ERR_NONE && word == count)
		reader_fail(r, ERR_FORMAT);
	return word == count ? 0 : word;
}

static void read_code(struct reader *r, char out[static CODE_SIZE_MAX + 1])
{
	struct bytes code = mp_str(r);

	if (r->err == ERR_NONE && !code_is_valid(code))
		reader_fail(r, ERR_FORMAT);
	if (r->err != ERR_NONE)
		return;
	memcpy(out, code.data, code.size);
	out[code.size] = '\0';
}

/* Visible ASCII of at most `max` bytes. */
static struct bytes read_label(struct reader *r, size_t max)
{
	struct bytes text = mp_str(r);

	if (r->err == ERR_NONE && (text.size == 0 || text.size > max))
		reader_fail(r, ERR_FORMAT);
	for (size_t i = 0; r->err == ERR_NONE && i < text.size; i++)
		if (text.data[i] <= ' ' || text.data[i] > '~')
			reader_fail(r, ERR_FORMAT);
	return r->err == ERR_NONE ? text : (struct bytes){0};
}

static struct bytes read_names(struct reader *r)
{
	static const char *const languages[] = {"ar", "en", "fr", "zgh"};
	const uint8_t *start = r->at;
	uint32_t count = mp_map(r);

	if (r->err == ERR_NONE && count == 0)
		reader_fail(r, ERR_FORMAT);
	for (uint32_t i = 0; i < count && r->err == ERR_NONE; i++) {
		struct bytes text;

		read_word(r, languages, 4);
		text = mp_str(r);
		if (r->err == ERR_NONE && (text.size == 0 || text.size > ROSTER_NAME_MAX))
			reader_fail(r, ERR_FORMAT);
	}
	if (r->err != ERR_NONE)
		return (struct bytes){0};
	return bytes_of(start, (size_t)(r->at - start));
}

static void read_hash(struct reader *r, struct hash *out)
{
	mp_bin_fixed(r, out->b, HASH_SIZE);
}

static void read_key(struct reader *r, struct key *out)
{
	mp_bin_fixed(r, out->b, KEY_SIZE);
}

static void read_optional_hash(struct reader *r, struct hash *out)
{
	struct bytes hash = mp_bin(r);

	if (r->err == ERR_NONE && hash.size != 0 && hash.size != HASH_SIZE)
		reader_fail(r, ERR_FORMAT);
	if (r->err == ERR_NONE && hash.size == HASH_SIZE)
		memcpy(out->b, hash.data, HASH_SIZE);
}

void entry_next_log(struct reader *r, struct log_listing *out)
{
	static const char *const ends[] = {"open", "cut"};
	uint32_t count = mp_array(r);

	*out = (struct log_listing){0};
	read_key(r, &out->key);
	out->end = read_word(r, ends, 2) == 1 ? LOG_IS_CUT : LOG_STAYS_OPEN;
	if (r->err == ERR_NONE && count != (out->end == LOG_IS_CUT ? 4u : 2u))
		reader_fail(r, ERR_FORMAT);
	if (out->end != LOG_IS_CUT)
		return;
	out->size = mp_uint(r);
	read_hash(r, &out->root);
}

/* A map of exactly the five keys; later versions may add some. */
void entry_next_coordinator(struct reader *r, struct coordinator *out)
{
	static const char *const keys[] = {"code", "cosigner_key", "kind", "member_key", "names"};
	uint32_t pairs = mp_map(r);
	unsigned seen = 0;

	*out = (struct coordinator){0};
	for (uint32_t i = 0; i < pairs && r->err == ERR_NONE; i++) {
		unsigned key = word_of(keys, 5, mp_str(r));

		seen |= 1u << key;
		switch (key) {
		case 0:
			read_code(r, out->code);
			break;
		case 1:
			read_key(r, &out->cosigner_key);
			break;
		case 2:
			out->kind = (enum member_kind)read_word(r, kind_names, MEMBER_KIND_COUNT);
			break;
		case 3:
			read_key(r, &out->member_key);
			break;
		case 4:
			out->names = read_names(r);
			break;
		default:
			mp_skip(r);
		}
	}
	if (r->err == ERR_NONE && (seen & 31) != 31)
		reader_fail(r, ERR_FORMAT);
}

void entry_next_code(struct reader *r, char out[static CODE_SIZE_MAX + 1])
{
	out[0] = '\0';
	read_code(r, out);
}

void entry_next_key(struct reader *r, struct key *out)
{
	read_key(r, out);
}

/* --- lists, checked once so that the rules read them without surprises ----------------------- */

enum list { LIST_LOGS, LIST_COORDINATORS, LIST_CODES, LIST_KEYS };

static struct bytes read_list(struct reader *r, enum list list, unsigned max, unsigned *count)
{
	uint32_t found = mp_array(r);
	const uint8_t *start = r->at;
	struct coordinator coordinator;
	struct log_listing log;
	struct key key;
	char code[CODE_SIZE_MAX + 1];

	if (found > max)
		reader_fail(r, ERR_LIMIT);
	for (uint32_t i = 0; i < found && r->err == ERR_NONE; i++) {
		switch (list) {
		case LIST_LOGS:
			entry_next_log(r, &log);
			break;
		case LIST_COORDINATORS:
			entry_next_coordinator(r, &coordinator);
			break;
		case LIST_CODES:
			entry_next_code(r, code);
			break;
		case LIST_KEYS:
			entry_next_key(r, &key);
			break;
		}
	}
	if (r->err != ERR_NONE)
		return (struct bytes){0};
	*count = found;
	return bytes_of(start, (size_t)(r->at - start));
}

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
	read_key(r, &key);
	mp_uint(r);
	read_hash(r, &root);
}

static void read_territory(struct reader *r, struct entry *out)
{
	struct bytes text = read_label(r, ROSTER_TERRITORY_MAX);

	if (text.size > 0)
		memcpy(out->territory, text.data, text.size);
}

static void read_epoch(struct reader *r)
{
	if (mp_uint(r) == 0)
		reader_fail(r, ERR_FORMAT);
}

static void read_field(struct reader *r, enum entry_field field, struct entry *out)
{
	struct hash nonce;

	switch (field) {
	case FIELD_ADD:
	case FIELD_COORDINATORS:
		out->coordinators = read_list(
		    r, LIST_COORDINATORS, ROSTER_COORDINATORS_MAX, &out->coordinators_count);
		return;
	case FIELD_REMOVE:
		out->removals =
		    read_list(r, LIST_CODES, ROSTER_COORDINATORS_MAX, &out->removals_count);
		return;
	case FIELD_RECOVERY:
		out->recovery = read_list(r, LIST_KEYS, ROSTER_RECOVERY_MAX, &out->recovery_count);
		return;
	case FIELD_LOGS:
		out->logs = read_list(r, LIST_LOGS, RECORD_PAYLOAD_MAX, &out->logs_count);
		return;
	case FIELD_CHARTER:
		read_optional_hash(r, &out->charter);
		return;
	case FIELD_CODE:
		read_code(r, out->code);
		return;
	case FIELD_EPOCH:
		read_epoch(r);
		return;
	case FIELD_GROUND:
		out->ground = (enum erasure_ground)read_word(r, ground_names, GROUND_COUNT);
		return;
	case FIELD_INDEX:
		out->index = mp_uint(r);
		return;
	case FIELD_KEEPER:
		read_key(r, &out->keeper);
		return;
	case FIELD_KIND:
		out->kind = (enum member_kind)read_word(r, kind_names, MEMBER_KIND_COUNT);
		return;
	case FIELD_LEAF:
		read_hash(r, &out->leaf);
		return;
	case FIELD_LOG:
		read_key(r, &out->log);
		return;
	case FIELD_MEMBER_KEY:
		read_key(r, &out->member_key);
		return;
	case FIELD_NAMES:
		out->names = read_names(r);
		return;
	case FIELD_NONCE:
		read_hash(r, &nonce);
		return;
	case FIELD_PREVIOUS:
		read_previous(r);
		return;
	case FIELD_REASON:
		read_word(r, reason_names, sizeof(reason_names) / sizeof(reason_names[0]));
		return;
	case FIELD_REPLACES:
		read_hash(r, &out->replaces);
		return;
	case FIELD_ROOT:
		read_hash(r, &out->root);
		return;
	case FIELD_SIZE:
		out->size = mp_uint(r);
		return;
	case FIELD_TERRITORY:
		read_territory(r, out);
		return;
	case FIELD_TERRITORY_VINTAGE:
		read_label(r, ROSTER_TERRITORY_MAX);
		return;
	case FIELD_THRESHOLD:
		read_threshold(r, out);
		return;
	case FIELD_ZONE:
		out->zone = read_label(r, ROSTER_ZONE_MAX);
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
		unsigned field = word_of(field_names, FIELD_COUNT, mp_str(&r));

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
