/* Finding kinds and fields, and reading what views show out of any payload, whether it fits a
 * schema or not. It refuses nothing: what is not there is empty. */
#include "proto/kinds.h"

#include <string.h>

#include "proto/kinds_table.h"
#include "proto/limits.h"
#include "proto/mp.h"

const char *const lang_codes[LANG_COUNT] = {"ar", "fr", "en", "zgh"};

enum lang lang_parse(struct bytes code)
{
	unsigned lang = 0;

	while (lang < LANG_COUNT && !bytes_equal(bytes_str(lang_codes[lang]), code))
		lang++;
	return (enum lang)lang;
}

enum erasable kind_erasable(uint16_t number)
{
	if (number <= KIND_NETWORK_MAX)
		return ERASABLE_NEVER;
	return number <= KIND_KEPT_MAX ? ERASABLE_BY_ROSTER : ERASABLE_BY_MEMBER;
}

/* --- finding --------------------------------------------------------------------------------- */

const struct kind *kind_at(size_t position)
{
	return position < kinds_count ? &kinds_table[position] : NULL;
}

const struct kind *kind_by_number(uint16_t number)
{
	for (size_t i = 0; i < kinds_count; i++)
		if (kinds_table[i].number == number)
			return &kinds_table[i];
	return NULL;
}

const struct kind *kind_by_name(struct bytes name)
{
	for (size_t i = 0; i < kinds_count; i++)
		if (bytes_equal(bytes_str(kinds_table[i].name), name))
			return &kinds_table[i];
	return NULL;
}

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* Letters to change, add or drop until a is b. */
static unsigned distance(struct bytes a, struct bytes b)
{
	unsigned row[WORD_SIZE_MAX + 1];

	if (a.size > WORD_SIZE_MAX || b.size > WORD_SIZE_MAX)
		return WORD_SIZE_MAX;
	for (unsigned j = 0; j <= b.size; j++)
		row[j] = j;
	for (unsigned i = 1; i <= a.size; i++) {
		unsigned diagonal = row[0];

		row[0] = i;
		for (unsigned j = 1; j <= b.size; j++) {
			unsigned above = row[j];
			unsigned change = a.data[i - 1] != b.data[j - 1];

			row[j] = least(least(row[j - 1], above) + 1, diagonal + change);
			diagonal = above;
		}
	}
	return row[b.size];
}

/* The nearer of two guesses; a guess must share most of its letters. */
static void consider(struct bytes word, const char *guess, const char **best, unsigned *best_at)
{
	unsigned at = distance(word, bytes_str(guess));

	if (at >= *best_at || at * 2 > strlen(guess))
		return;
	*best = guess;
	*best_at = at;
}

const char *word_nearest(struct bytes word, const char *const *words)
{
	const char *best = NULL;
	unsigned best_at = 4;

	for (; *words; words++)
		consider(word, *words, &best, &best_at);
	return best;
}

const struct kind *kind_nearest(struct bytes name)
{
	const struct kind *kind = NULL;
	const char *best = NULL;
	unsigned best_at = 4;

	for (size_t i = 0; i < kinds_count; i++) {
		const char *before = best;

		if (kinds_table[i].is_published)
			consider(name, kinds_table[i].name, &best, &best_at);
		if (best != before)
			kind = &kinds_table[i];
	}
	return kind;
}

const struct field *field_by_name(const struct field *fields, struct bytes name)
{
	/* Most differ in their first letter. */
	for (; name.size > 0 && fields && fields->name; fields++)
		if (fields->name[0] == (char)name.data[0] &&
		    bytes_equal(bytes_str(fields->name), name))
			return fields;
	return NULL;
}

const struct field *kind_own_field(const struct kind *kind, struct bytes name)
{
	const struct field *field = field_by_name(kind->fields, name);

	return field || !kind->is_published ? field : field_by_name(kind_common_fields, name);
}

/* Takes the part before the next dot off the path. */
static struct bytes next_name(struct bytes *path)
{
	const uint8_t *dot = path->size ? memchr(path->data, '.', path->size) : NULL;
	struct bytes name = {path->data, dot ? (size_t)(dot - path->data) : path->size};

	path->data = dot ? dot + 1 : path->data + path->size;
	path->size -= name.size + (dot ? 1 : 0);
	return name;
}

static bool is_within(const struct field *field, struct bytes name)
{
	if (field->type == TYPE_TEXT)
		return lang_parse(name) != LANG_COUNT;
	if (field->type == TYPE_MONEY)
		return bytes_equal(name, BYTES_STR("amount")) ||
		       bytes_equal(name, BYTES_STR("currency"));
	return field->type == TYPE_COLUMNS;
}

const struct field *kind_field(const struct kind *kind, struct bytes path)
{
	const struct field *field = kind_own_field(kind, next_name(&path));

	while (field && path.size > 0) {
		struct bytes name;

		if (field->type != TYPE_MAP)
			return is_within(field, path) ? field : NULL;
		name = next_name(&path);
		field = field_by_name(field->fields, name);
	}
	return field;
}

/* --- reading any payload --------------------------------------------------------------------- */

static struct bytes str_of(struct bytes value)
{
	struct reader r;
	struct bytes text;

	reader_init(&r, value);
	if (mp_peek(&r) != MP_STR)
		return (struct bytes){0};
	text = mp_str(&r);
	return r.err == ERR_NONE ? text : (struct bytes){0};
}

/* The text of a map in the best language there is. */
static struct bytes text_of(struct bytes map, enum lang lang, enum lang *found)
{
	const enum lang order[] = {lang, LANG_FR, LANG_AR, LANG_EN, LANG_ZGH};

	for (unsigned i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		struct bytes text;

		if (order[i] >= LANG_COUNT)
			continue;
		text = str_of(mp_get(map, lang_codes[order[i]]));
		*found = order[i];
		if (text.size > 0)
			return text;
	}
	*found = LANG_COUNT;
	return str_of(map);
}

struct bytes kinds_text(struct bytes payload, const char *field, enum lang lang)
{
	enum lang found;

	return text_of(mp_get(payload, field), lang, &found);
}

struct bytes kinds_title(
    const struct kind *kind, struct bytes payload, enum lang lang, enum lang *lang_found)
{
	const char *field = kind ? kind->title : "title";
	enum lang found = LANG_COUNT;
	struct bytes title = {0};

	if (field)
		title = text_of(mp_get(payload, field), lang, &found);
	if (lang_found)
		*lang_found = found;
	return title;
}

/* The last element of a list, anything else as it is. */
static struct bytes last_of(struct bytes value)
{
	struct reader r;
	uint32_t count;

	reader_init(&r, value);
	if (mp_peek(&r) != MP_ARRAY)
		return value;
	count = mp_array(&r);
	for (uint32_t i = 0; i < count && r.err == ERR_NONE; i++)
		value = mp_raw(&r);
	return count > 0 && r.err == ERR_NONE ? value : (struct bytes){0};
}

static struct bytes str_at(struct bytes payload, const char *path, bool in_lists)
{
	struct bytes rest = bytes_str(path);
	struct bytes value = payload;

	while (rest.size > 0) {
		struct bytes name = next_name(&rest);
		char key[WORD_SIZE_MAX + 1];

		if (name.size > WORD_SIZE_MAX)
			return (struct bytes){0};
		memcpy(key, name.data, name.size);
		key[name.size] = '\0';
		value = mp_get(in_lists ? last_of(value) : value, key);
	}
	return str_of(value);
}

struct bytes kinds_str(struct bytes payload, const char *path)
{
	return str_at(payload, path, false);
}

bool kinds_is_withdrawn(struct bytes payload)
{
	struct reader r;

	reader_init(&r, mp_get(payload, "withdrawn"));
	return mp_peek(&r) == MP_BOOL && mp_bool(&r);
}

struct bytes kinds_status(const struct kind *kind, struct bytes payload)
{
	if (kinds_is_withdrawn(payload))
		return BYTES_STR("withdrawn");
	return kind && kind->status ? str_at(payload, kind->status, true) : (struct bytes){0};
}

bool kinds_theme(struct bytes payload, unsigned position, struct bytes *theme)
{
	struct reader r;
	uint32_t count;

	*theme = (struct bytes){0};
	reader_init(&r, mp_get(payload, "themes"));
	count = mp_peek(&r) == MP_ARRAY ? mp_array(&r) : 0;
	if (position >= count)
		return false;
	for (unsigned i = 0; i < position; i++)
		mp_skip(&r);
	*theme = str_of(mp_raw(&r));
	return r.err == ERR_NONE;
}

bool kinds_link(struct bytes payload, const char *field, struct record_ref *out)
{
	struct reader r;

	reader_init(&r, mp_get(payload, field));
	if (mp_peek(&r) != MP_ARRAY)
		return false;
	mp_array_of(&r, 3);
	mp_bin_fixed(&r, out->log.b, KEY_SIZE);
	out->index = mp_uint(&r);
	mp_bin_fixed(&r, out->leaf.b, HASH_SIZE);
	return r.err == ERR_NONE;
}

void kinds_put_link(struct writer *w, const struct record_ref *ref)
{
	mp_put_array(w, 3);
	mp_put_bin(w, ref->log.b, KEY_SIZE);
	mp_put_uint(w, ref->index);
	mp_put_bin(w, ref->leaf.b, HASH_SIZE);
}
