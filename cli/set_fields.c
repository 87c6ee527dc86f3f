/* A small tree of what was set, written as one canonical map. Types come from the table of kinds; what may stand
 * together is kinds_check's business. */
#include "cli/set_fields.h"

#include "cli/lang.h"
#include "proto/mp.h"

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
};

static struct set_node *node_add(struct set_node *parent, struct bytes name, enum node_type type)
{
	struct set_node *node = calloc(1, sizeof(*node));

	if (!node)
		return NULL;
	node->name = name;
	node->type = type;
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
	set->root = node_add(NULL, (struct bytes){NULL, 0}, NODE_MAP);
}

void set_fields_release(struct set_fields *set)
{
	node_free(set->root);
	set->root = NULL;
}

static struct bytes part(struct bytes *rest)
{
	const uint8_t *dot = rest->size ? memchr(rest->data, '.', rest->size) : NULL;
	size_t size = dot ? (size_t)(dot - rest->data) : rest->size;
	struct bytes head = bytes_of(rest->data, size);

	rest->data += size + (dot ? 1 : 0);
	rest->size -= size + (dot ? 1 : 0);
	return head;
}

/* Where the value of a whole path goes. is_list: the last part takes several. */
struct target {
	struct set_node *map; /* that gets the last part */
	struct bytes name;
	const struct field *field;
	struct bytes language; /* of a TEXT */
};

static enum err unknown_field(const struct kind *kind, struct bytes path, struct why *why)
{
	return why_set(why, ERR_FIELD, _("%s has no field '%.*s'; `commune schema %s` lists them"),
	    kind->name, (int)path.size, (const char *)path.data, kind->name);
}

/* Whether the map has the value that `sub`, a path within it, sets. */
static bool is_taken(const struct set_node *map, struct bytes sub, const struct field *sub_field)
{
	struct bytes rest = sub, name = part(&rest);
	const struct set_node *node = node_find(map, name);

	if (!node || !sub_field || sub_field->type == TYPE_TEXT || sub_field->is_list)
		return false;
	if (sub_field->type == TYPE_MONEY || sub_field->type == TYPE_MAP)
		return node_find(node, part(&rest)) != NULL;
	return true;
}

/* The map under name that takes `sub` next: of a list the last one, unless it has sub already. */
static struct set_node *map_under(struct set_node *parent, struct bytes name, bool is_list,
    struct bytes sub, const struct field *sub_field)
{
	struct set_node *node = node_find(parent, name);

	if (!is_list)
		return node ? node : node_add(parent, name, NODE_MAP);
	if (!node)
		node = node_add(parent, name, NODE_LIST);
	if (!node)
		return NULL;
	return node->last && !is_taken(node->last, sub, sub_field)
		   ? node->last
		   : node_add(node, (struct bytes){NULL, 0}, NODE_MAP);
}

static enum err needs_part(struct bytes path, const char *part, struct why *why)
{
	return why_set(why, ERR_FIELD, _("'%.*s' has parts: set %.*s.%s"), (int)path.size,
	    (const char *)path.data, (int)path.size, (const char *)path.data, part);
}

static enum err find_target(
    struct set_fields *set, struct bytes path, struct target *t, struct why *why)
{
	struct bytes rest = path;
	struct bytes walked = path;

	t->map = set->root;
	for (;;) {
		struct bytes sub;
		bool is_money;

		t->name = part(&rest);
		walked.size = (size_t)(t->name.data + t->name.size - path.data);
		t->field = kind_field(set->kind, walked);
		if (!t->field || !t->name.size)
			return unknown_field(set->kind, path, why);
		is_money = t->field->type == TYPE_MONEY;
		if (t->field->type != TYPE_MAP && !is_money)
			break;
		if (!rest.size)
			return needs_part(path, is_money ? "amount" : t->field->fields->name, why);
		sub = rest;
		sub = part(&sub);
		walked.size += 1 + sub.size;
		if (is_money && !kind_field(set->kind, walked))
			return unknown_field(set->kind, path, why);
		t->map = map_under(
		    t->map, t->name, t->field->is_list, rest, kind_field(set->kind, walked));
		if (!t->map)
			return ERR_MEMORY;
		if (is_money) {
			t->name = part(&rest);
			break;
		}
	}
	t->language = rest;
	if (t->field->type == TYPE_TEXT && lang_parse(rest) == LANG_COUNT)
		return why_set(why, ERR_FIELD,
		    _("'%.*s' is a text by language: say %.*s.fr, .ar, .en or .zgh"),
		    (int)path.size, (const char *)path.data, (int)walked.size,
		    (const char *)path.data);
	if (t->field->type != TYPE_TEXT && rest.size)
		return unknown_field(set->kind, path, why);
	return ERR_NONE;
}

/* A text: the language's value in a map; of a list the last map that lacks the language. */
static struct set_node *text_node(const struct target *t)
{
	struct set_node *node = map_under(t->map, t->name, false, t->language, NULL);

	if (!t->field->is_list)
		return node && !node_find(node, t->language)
			   ? node_add(node, t->language, NODE_VALUE)
			   : NULL;
	if (!node)
		return NULL;
	node->type = NODE_LIST;
	if ((!node->last || node_find(node->last, t->language)) &&
	    !node_add(node, (struct bytes){NULL, 0}, NODE_MAP))
		return NULL;
	return node_add(node->last, t->language, NODE_VALUE);
}

static struct set_node *value_node(const struct target *t)
{
	struct set_node *node = node_find(t->map, t->name);

	if (t->field->type == TYPE_TEXT)
		return text_node(t);
	if (!t->field->is_list)
		return node ? NULL : node_add(t->map, t->name, NODE_VALUE);
	if (!node)
		node = node_add(t->map, t->name, NODE_LIST);
	return node ? node_add(node, (struct bytes){NULL, 0}, NODE_VALUE) : NULL;
}

enum err set_fields_add(struct set_fields *set, const char *text, struct why *why)
{
	size_t size = strcspn(text, "=");
	struct target t;
	struct set_node *node;
	enum err err;

	if (!set->root)
		return ERR_MEMORY;
	if (!text[size] || !size)
		return why_set(why, ERR_FIELD, _("'%s' is not FIELD=VALUE"), text);
	err = find_target(set, bytes_of(text, size), &t, why);
	if (err)
		return err;
	node = value_node(&t);
	if (!node)
		return why_set(why, ERR_FIELD, _("'%.*s' is set twice"), (int)size, text);
	if (t.field->type == TYPE_TEXT)
		mp_put_cstr(&node->value, text + size + 1);
	else
		err = field_parse(&node->value, t.field, bytes_str(text + size + 1), why);
	return err;
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
		mp_put_array(out, node->count);
		for (const struct set_node *child = node->first; child; child = child->next)
			encode(out, child);
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
