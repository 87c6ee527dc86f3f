/* Single values and lists of roster entries: names, codes, words, listings, coordinators. Each is read once when the entry
 * is decoded, and the lists once more by the rules. */
#include "proto/roster_value.h"

#include <string.h>

#include "proto/mp.h"

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

/* Position of a text in a list, or count. */
unsigned value_word_of(const char *const *words, unsigned count, struct bytes text)
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
	unsigned kind = value_word_of(kind_names, MEMBER_KIND_COUNT, text);

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
	unsigned ground = value_word_of(ground_names, GROUND_COUNT, text);

	if (ground < GROUND_COUNT)
		*out = (enum erasure_ground)ground;
	return ground < GROUND_COUNT;
}

/* --- values ---------------------------------------------------------------------------------- */

unsigned value_word(struct reader *r, const char *const *words, unsigned count)
{
	struct bytes text = mp_str(r);
	unsigned word = value_word_of(words, count, text);

	if (r->err == ERR_NONE && word == count)
		reader_fail(r, ERR_FORMAT);
	return word == count ? 0 : word;
}

void value_code(struct reader *r, char out[static CODE_SIZE_MAX + 1])
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
struct bytes value_label(struct reader *r, size_t max)
{
	struct bytes text = mp_str(r);

	if (r->err == ERR_NONE && (text.size == 0 || text.size > max))
		reader_fail(r, ERR_FORMAT);
	for (size_t i = 0; r->err == ERR_NONE && i < text.size; i++)
		if (text.data[i] <= ' ' || text.data[i] > '~')
			reader_fail(r, ERR_FORMAT);
	return r->err == ERR_NONE ? text : (struct bytes){0};
}

struct bytes value_names(struct reader *r)
{
	static const char *const languages[] = {"ar", "en", "fr", "zgh"};
	const uint8_t *start = r->at;
	uint32_t count = mp_map(r);

	if (r->err == ERR_NONE && count == 0)
		reader_fail(r, ERR_FORMAT);
	for (uint32_t i = 0; i < count && r->err == ERR_NONE; i++) {
		struct bytes text;

		value_word(r, languages, 4);
		text = mp_str(r);
		if (r->err == ERR_NONE && (text.size == 0 || text.size > ROSTER_NAME_MAX))
			reader_fail(r, ERR_FORMAT);
	}
	if (r->err != ERR_NONE)
		return (struct bytes){0};
	return bytes_of(start, (size_t)(r->at - start));
}

void value_hash(struct reader *r, struct hash *out)
{
	mp_bin_fixed(r, out->b, HASH_SIZE);
}

void value_key(struct reader *r, struct key *out)
{
	mp_bin_fixed(r, out->b, KEY_SIZE);
}

void value_optional_hash(struct reader *r, struct hash *out)
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
	value_key(r, &out->key);
	out->end = value_word(r, ends, 2) == 1 ? LOG_IS_CUT : LOG_STAYS_OPEN;
	if (r->err == ERR_NONE && count != (out->end == LOG_IS_CUT ? 4u : 2u))
		reader_fail(r, ERR_FORMAT);
	if (out->end != LOG_IS_CUT)
		return;
	out->size = mp_uint(r);
	value_hash(r, &out->root);
}

/* A map of exactly the five keys; later versions may add some. */
void entry_next_coordinator(struct reader *r, struct coordinator *out)
{
	static const char *const keys[] = {"code", "cosigner_key", "kind", "member_key", "names"};
	uint32_t pairs = mp_map(r);
	unsigned seen = 0;

	*out = (struct coordinator){0};
	for (uint32_t i = 0; i < pairs && r->err == ERR_NONE; i++) {
		unsigned key = value_word_of(keys, 5, mp_str(r));

		seen |= 1u << key;
		switch (key) {
		case 0:
			value_code(r, out->code);
			break;
		case 1:
			value_key(r, &out->cosigner_key);
			break;
		case 2:
			out->kind = (enum member_kind)value_word(r, kind_names, MEMBER_KIND_COUNT);
			break;
		case 3:
			value_key(r, &out->member_key);
			break;
		case 4:
			out->names = value_names(r);
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
	value_code(r, out);
}

void entry_next_key(struct reader *r, struct key *out)
{
	value_key(r, out);
}

/* --- lists, checked once so that the rules read them without surprises ----------------------- */

struct bytes value_list(struct reader *r, enum list list, unsigned max, unsigned *count)
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

enum member_kind value_kind(struct reader *r)
{
	return (enum member_kind)value_word(r, kind_names, MEMBER_KIND_COUNT);
}

enum erasure_ground value_ground(struct reader *r)
{
	return (enum erasure_ground)value_word(r, ground_names, GROUND_COUNT);
}
