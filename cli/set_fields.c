/* A small tree of what was set, written as one canonical map. Types come from the table of kinds; what may stand
 * together is kinds_check's business. */
#include "cli/set_fields.h"

#include "cli/lang.h"
#include "proto/json.h"
#include "proto/mp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A map has named children, a list unnamed ones; everything else is one value. */
enum node_type { NODE_VALUE, NODE_MAP, NODE_LIST };

struct set_node {
	enum node_type type;
	struct bytes name; /* borrowed from the command line */
	struct writer value;
	struct set_node *first;
	struct set_node *last;
	struct set_node *next;
	uint32_t count;
	int index; /* in a list: which element */
};

static struct set_node *node_add(struct set_node *parent, struct bytes name, enum node_type type)
{
	struct set_node *node = calloc(1, sizeof(*node));

	if (!node)
		return NULL;
	node->name = name;
	node->type = type;
	if (parent && parent->last)
		node->index = parent->last->index + 1;
	if (parent && parent->last)
		parent->last->next = node;
	else if (parent)
		parent->first = node;
	if (parent) {
		parent->last = node;
		parent->count++;
	}
	return node;
}

static struct set_node *node_find(const struct set_node *parent, struct bytes name)
{
	struct set_node *node = parent->first;

	while (node && !bytes_equal(node->name, name))
		node = node->next;
	return node;
}

static void node_free(struct set_node *node)
{
	while (node) {
		struct set_node *next = node->next;

		node_free(node->first);
		writer_release(&node->value);
		free(node);
		node = next;
	}
}

void set_fields_init(struct set_fields *set, const struct kind *kind)
{
	set->kind = kind;
	set->is_table = false;
	set->root = node_add(NULL, (struct bytes){NULL, 0}, NODE_MAP);
}

void set_fields_release(struct set_fields *set)
{
	node_free(set->root);
	set->root = NULL;
}

#define NO_INDEX -1
#define INDEX_MAX 9999

/* The next part of a path, "evidence" and 1 of "evidence[1].url". An index that is none stays in the name. */
static struct bytes part(struct bytes *rest, int *index)
{
	const uint8_t *dot = rest->size ? memchr(rest->data, '.', rest->size) : NULL;
	size_t size = dot ? (size_t)(dot - rest->data) : rest->size;
	struct bytes head = bytes_of(rest->data, size);
	const uint8_t *open = head.size ? memchr(head.data, '[', head.size) : NULL;
	int number = 0;

	rest->data += size + (dot ? 1 : 0);
	rest->size -= size + (dot ? 1 : 0);
	*index = NO_INDEX;
	if (!open || head.data[head.size - 1] != ']' || open + 2 > head.data + head.size - 1)
		return head;
	for (const uint8_t *c = open + 1; c < head.data + head.size - 1; c++) {
		if (*c < '0' || *c > '9' || number > INDEX_MAX / 10)
			return head;
		number = 10 * number + (*c - '0');
	}
	*index = number;
	return bytes_of(head.data, (size_t)(open - head.data));
}

#define PATH_SIZE 256

/* Where the value of a whole path goes. is_list: the last part takes several. */
struct target {
	struct set_node *map; /* that gets the last part */
	struct bytes name;
	int index; /* of a list */
	const struct field *field;
	struct bytes key; /* the language of a TEXT, a name of COLUMNS; empty: these as a whole */
	char path[PATH_SIZE]; /* walked so far, without indices */
};

static enum err unknown_field(const struct kind *kind, struct bytes path, struct why *why)
{
	return why_set(why, ERR_FIELD, _("%s has no field '%.*s'; `commune schema %s` lists them"),
	    kind->name, (int)path.size, (const char *)path.data, kind->name);
}

static struct set_node *element_find(const struct set_node *list, int index)
{
	struct set_node *node = list->first;

	while (node && node->index != index)
		node = node->next;
	return node;
}

static struct set_node *element_add(struct set_node *list, int index, enum node_type type)
{
	struct set_node *node = node_add(list, (struct bytes){NULL, 0}, type);

	if (node && index != NO_INDEX)
		node->index = index;
	return node;
}

/* Whether the map has the value that `sub`, a path within it, sets. */
static bool is_taken(const struct set_node *map, struct bytes sub, const struct field *sub_field)
{
	int index;
	struct bytes rest = sub, name = part(&rest, &index);
	const struct set_node *node = node_find(map, name);

	if (!node || !sub_field || sub_field->type == TYPE_TEXT || sub_field->is_list)
		return false;
	if (sub_field->type == TYPE_MONEY || sub_field->type == TYPE_MAP)
		return node_find(node, part(&rest, &index)) != NULL;
	return sub_field->type != TYPE_COLUMNS || node->type != NODE_MAP || node_find(node, rest);
}

/* The map under the target's name that takes `sub` next: of a list the one that is named, else the last one, unless it
 * has sub already. */
static struct set_node *map_under(
    const struct target *t, struct bytes sub, const struct field *sub_field)
{
	struct set_node *node = node_find(t->map, t->name), *element;

	if (!t->field->is_list)
		return node ? node : node_add(t->map, t->name, NODE_MAP);
	if (!node)
		node = node_add(t->map, t->name, NODE_LIST);
	if (!node)
		return NULL;
	if (t->index != NO_INDEX) {
		element = element_find(node, t->index);
		return element ? element : element_add(node, t->index, NODE_MAP);
	}
	return node->last && !is_taken(node->last, sub, sub_field)
		   ? node->last
		   : element_add(node, NO_INDEX, NODE_MAP);
}

static enum err needs_part(const char *path, const char *part, struct why *why)
{
	return why_set(why, ERR_FIELD, _("'%s' has parts: set %s.%s"), path, path, part);
}

/* The field of the walked path with one part more. */
static const struct field *field_below(
    const struct set_fields *set, struct target *t, struct bytes part, bool is_kept)
{
	size_t size = strlen(t->path);
	const struct field *field;

	if (size + part.size + 2 > sizeof(t->path))
		return NULL;
	snprintf(t->path + size, sizeof(t->path) - size, "%s%.*s", size ? "." : "", (int)part.size,
	    part.size ? (const char *)part.data : "");
	field = kind_field(set->kind, bytes_str(t->path));
	if (!is_kept)
		t->path[size] = '\0';
	return field;
}

/* Steps into the map that the next part belongs to; an amount has parts without being one. */
static enum err step_in(struct set_fields *set, struct target *t, struct bytes *rest,
    struct bytes path, struct why *why)
{
	bool is_money = t->field->type == TYPE_MONEY;
	const struct field *sub_field;
	struct bytes sub = *rest;
	int index;

	if (!rest->size)
		return needs_part(t->path, is_money ? "amount" : t->field->fields->name, why);
	sub = part(&sub, &index);
	sub_field = field_below(set, t, sub, false);
	if (is_money && !sub_field)
		return unknown_field(set->kind, path, why);
	t->map = map_under(t, *rest, sub_field);
	if (t->map && is_money)
		t->name = part(rest, &t->index);
	return t->map ? ERR_NONE : ERR_MEMORY;
}

static enum err find_target(
    struct set_fields *set, struct bytes path, struct target *t, struct why *why)
{
	struct bytes rest = path;
	bool is_inside = true;

	memset(t, 0, sizeof(*t));
	t->map = set->root;
	while (is_inside) {
		enum err err;

		t->name = part(&rest, &t->index);
		t->field = field_below(set, t, t->name, true);
		if (!t->field || !t->name.size || (t->index != NO_INDEX && !t->field->is_list))
			return unknown_field(set->kind, path, why);
		if (set->is_table && t->field->is_list && t->index == NO_INDEX)
			t->index = 0;
		is_inside = t->field->type == TYPE_MAP;
		if (!is_inside && t->field->type != TYPE_MONEY)
			break;
		err = step_in(set, t, &rest, path, why);
		if (err)
			return err;
	}
	t->key = rest;
	if (t->field->type == TYPE_TEXT && lang_parse(rest) == LANG_COUNT)
		return why_set(why, ERR_FIELD,
		    _("'%.*s' is a text by language: say %s.fr, .ar, .en or .zgh"), (int)path.size,
		    (const char *)path.data, t->path);
	if (t->field->type != TYPE_TEXT && t->field->type != TYPE_COLUMNS && rest.size)
		return unknown_field(set->kind, path, why);
	return ERR_NONE;
}

/* The value of a key that has none yet, in a map that was not set as a whole. */
static struct set_node *key_node(struct set_node *map, struct bytes key)
{
	return map && map->type == NODE_MAP && !node_find(map, key) ? node_add(map, key, NODE_VALUE)
								    : NULL;
}

/* A text: the language's value in a map; of a list the map that is named, else the last one that lacks the language. */
static struct set_node *text_node(const struct target *t)
{
	struct set_node *node = node_find(t->map, t->name);

	if (!node)
		node = node_add(t->map, t->name, t->field->is_list ? NODE_LIST : NODE_MAP);
	if (node && t->field->is_list && t->index != NO_INDEX) {
		struct set_node *element = element_find(node, t->index);

		node = element ? element : element_add(node, t->index, NODE_MAP);
	} else if (node && t->field->is_list) {
		bool is_open = node->last && !node_find(node->last, t->key);

		node = is_open ? node->last : element_add(node, NO_INDEX, NODE_MAP);
	}
	return key_node(node, t->key);
}

static struct set_node *value_node(const struct target *t)
{
	struct set_node *node = node_find(t->map, t->name);

	if (t->field->type == TYPE_TEXT)
		return text_node(t);
	if (t->field->type == TYPE_COLUMNS && t->key.size)
		return key_node(node ? node : node_add(t->map, t->name, NODE_MAP), t->key);
	if (!t->field->is_list || t->field->type == TYPE_MONEY)
		return node ? NULL : node_add(t->map, t->name, NODE_VALUE);
	if (!node)
		node = node_add(t->map, t->name, NODE_LIST);
	if (!node || (t->index != NO_INDEX && element_find(node, t->index)))
		return NULL;
	return element_add(node, t->index, NODE_VALUE);
}

static enum err value_put(
    struct writer *out, const struct target *t, struct bytes text, struct why *why)
{
	if (t->field->type == TYPE_TEXT || (t->field->type == TYPE_COLUMNS && t->key.size)) {
		mp_put_str(out, text);
		return out->err;
	}
	if (t->field->type != TYPE_COLUMNS)
		return field_parse(out, t->field, text, why);
	if (text.size && text.data[0] == '{')
		return json_parse(out, text, why);
	return why_set(why, ERR_FIELD,
	    _("'%s' has names of its own: set %s.NAME, or all as {\"NAME\": \"…\"}"), t->path,
	    t->path);
}

enum err set_fields_put(
    struct set_fields *set, struct bytes path, struct bytes value, struct why *why)
{
	struct target t;
	struct set_node *node;
	enum err err;

	if (!set->root)
		return ERR_MEMORY;
	err = find_target(set, path, &t, why);
	if (err)
		return err;
	node = value_node(&t);
	if (!node)
		return why_set(why, ERR_FIELD, _("'%.*s' is set twice"), (int)path.size,
		    (const char *)path.data);
	return value_put(&node->value, &t, value, why);
}

enum err set_fields_check(struct set_fields *set, struct bytes path, struct why *why)
{
	struct target t;

	return set->root ? find_target(set, path, &t, why) : ERR_MEMORY;
}

enum err set_fields_add(struct set_fields *set, const char *text, struct why *why)
{
	size_t size = strcspn(text, "=");

	if (!text[size] || !size)
		return why_set(why, ERR_FIELD, _("'%s' is not FIELD=VALUE"), text);
	return set_fields_put(set, bytes_of(text, size), bytes_str(text + size + 1), why);
}

static void encode(struct writer *out, const struct set_node *node);

/* The child with the smallest name above `last`; NULL at the end. */
static const struct set_node *next_child(const struct set_node *node, const struct bytes *last)
{
	const struct set_node *least = NULL;

	for (const struct set_node *child = node->first; child; child = child->next)
		if ((!last || bytes_compare(child->name, *last) > 0) &&
		    (!least || bytes_compare(child->name, least->name) < 0))
			least = child;
	return least;
}

static void encode_map(struct writer *out, const struct set_node *node)
{
	const struct bytes *last = NULL;
	const struct set_node *child;

	mp_put_map(out, node->count);
	while ((child = next_child(node, last))) {
		mp_put_str(out, child->name);
		encode(out, child);
		last = &child->name;
	}
}

/* In the order of their indices; gaps close. */
static void encode_list(struct writer *out, const struct set_node *node)
{
	const struct set_node *last = NULL;

	mp_put_array(out, node->count);
	for (uint32_t i = 0; i < node->count; i++) {
		const struct set_node *least = NULL;

		for (const struct set_node *child = node->first; child; child = child->next)
			if ((!last || child->index > last->index) &&
			    (!least || child->index < least->index))
				least = child;
		if (least)
			encode(out, least);
		last = least;
	}
}

static void encode(struct writer *out, const struct set_node *node)
{
	switch (node->type) {
	case NODE_VALUE:
		writer_bytes(out, writer_view(&node->value));
		return;
	case NODE_MAP:
		encode_map(out, node);
		return;
	case NODE_LIST:
		encode_list(out, node);
		return;
	}
}

/* Fields of base that are not set again join the root as values. */
static enum err take_base(struct set_node *root, struct bytes base)
{
	struct reader r;
	uint32_t count;

	reader_init(&r, base);
	count = base.size ? mp_map(&r) : 0;
	for (uint32_t i = 0; i < count && !r.err; i++) {
		struct bytes name = mp_str(&r);
		struct bytes value = mp_raw(&r);
		struct set_node *node;

		if (node_find(root, name))
			continue;
		node = node_add(root, name, NODE_VALUE);
		if (!node)
			return ERR_MEMORY;
		writer_bytes(&node->value, value);
	}
	return r.err;
}

enum err set_fields_encode(const struct set_fields *set, struct bytes base, struct writer *out)
{
	enum err err = set->root ? take_base(set->root, base) : ERR_MEMORY;

	if (!err)
		encode(out, set->root);
	return err ? err : out->err;
}
