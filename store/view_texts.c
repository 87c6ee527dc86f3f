/* Decides which strings of a payload are text. It trusts nothing in it: a field that is not what
 * its kind says is read for what it is. */
#include "store/view_texts.h"

#include <string.h>

#include "proto/mp.h"

/* One container that is being read, and what the kind knows of it. */
struct open_container {
	uint32_t left;
	bool is_map;
	bool is_top;
	bool is_title;
	enum lang lang;
	const struct field *field;  /* of a list or a text by language: its own */
	const struct field *fields; /* of a map: what may stand in it */
};

struct texts {
	struct reader r;
	const struct kind *kind;
	bool (*take)(void *context, const struct view_text *text);
	void *context;
	struct open_container open[MP_DEPTH_MAX + 1];
	unsigned depth;
};

static bool is_named(const char *name, struct bytes key)
{
	return strncmp(name, (const char *)key.data, key.size) == 0 && name[key.size] == 0;
}

static const struct field *field_in(const struct field *fields, struct bytes key)
{
	for (; fields && fields->name; fields++) {
		if (is_named(fields->name, key))
			return fields;
	}
	return NULL;
}

/* zgh and what nobody listed is no French. */
static enum lang lang_of(struct bytes key, enum lang outer)
{
	enum lang lang = key.size <= 3 ? lang_parse(key) : LANG_COUNT;

	return lang == LANG_COUNT ? outer : lang;
}

static bool is_text(const struct field *field)
{
	return !field || field->type == TYPE_TEXT || field->type == TYPE_STR ||
	       field->type == TYPE_COLUMNS;
}

static bool is_page(struct bytes text)
{
	return (text.size > 7 && memcmp(text.data, "http://", 7) == 0) ||
	       (text.size > 8 && memcmp(text.data, "https://", 8) == 0);
}

/* What the map entry at hand says of its value. */
static struct open_container entry_of(struct texts *t, const struct open_container *here)
{
	struct bytes key = mp_str(&t->r);
	struct open_container entry = {
	    .lang = lang_of(key, here->lang), .is_title = here->is_title};

	entry.field = here->field ? here->field : field_in(here->fields, key);
	if (here->is_top) {
		const char *title = t->kind && t->kind->title ? t->kind->title : "title";

		if (!entry.field && t->kind)
			entry.field = field_in(kind_common_fields, key);
		entry.is_title = is_named(title, key);
	}
	return entry;
}

static bool take_value(struct texts *t, const struct open_container *entry)
{
	struct open_container *inner = &t->open[t->depth];
	enum mp_type type = mp_peek(&t->r);
	struct view_text text = {.lang = entry->lang, .is_title = entry->is_title};

	if (type == MP_STR) {
		text.text = mp_str(&t->r);
		return !is_text(entry->field) || is_page(text.text) || t->take(t->context, &text);
	}
	if ((type != MP_ARRAY && type != MP_MAP) || t->depth > MP_DEPTH_MAX) {
		mp_skip(&t->r);
		return true;
	}
	*inner = *entry;
	inner->is_map = type == MP_MAP;
	inner->is_top = false;
	inner->left = type == MP_MAP ? mp_map(&t->r) : mp_array(&t->r);
	inner->fields = NULL;
	/* Only texts by language and columns keep their own meaning inside. */
	if (type == MP_MAP && entry->field &&
	    (entry->field->type == TYPE_MAP || entry->field->type == TYPE_MONEY)) {
		inner->fields = entry->field->fields;
		inner->field = entry->field->type == TYPE_MAP ? NULL : entry->field;
	}
	t->depth++;
	return true;
}

enum words_lang view_text_words(const struct view_text *text)
{
	if (text->lang == LANG_EN)
		return WORDS_EN;
	return text->lang == LANG_ZGH ? WORDS_PLAIN : WORDS_FR;
}

void view_texts(struct bytes payload, const struct kind *kind,
    bool (*take)(void *context, const struct view_text *text), void *context)
{
	struct texts t = {.kind = kind, .take = take, .context = context};
	struct open_container top = {.lang = LANG_COUNT};
	bool goes_on;

	reader_init(&t.r, payload);
	goes_on = take_value(&t, &top);
	if (t.depth > 0) {
		t.open[0].is_top = true;
		t.open[0].fields = kind ? kind->fields : NULL;
	}
	while (goes_on && t.depth > 0 && t.r.err == ERR_NONE) {
		struct open_container *here = &t.open[t.depth - 1], entry;

		if (here->left == 0) {
			t.depth--;
			continue;
		}
		here->left--;
		entry = *here;
		if (here->is_map)
			entry = entry_of(&t, here);
		goes_on = take_value(&t, &entry);
	}
}
