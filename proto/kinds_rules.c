/* Rules between fields: what a rule's two paths lead to, and which of them refuse a record. */
#include <string.h>

#include "proto/decimal.h"
#include "proto/kinds_check.h"
#include "proto/mp.h"

/* --- pairs ----------------------------------------------------------------------------------- */

#define NAME_MAX 64

struct walk {
	struct path *path;
	void (*visit)(void *context, const struct rule_pair *pair);
	void *context;
};

/* Takes the part before the next dot off a dotted path. */
static const char *next_part(const char *path, char name[static NAME_MAX])
{
	size_t size = strcspn(path, ".");

	memcpy(name, path, size);
	name[size] = '\0';
	return path + size + (path[size] == '.');
}

static struct bytes value_at(struct bytes map, const char *path)
{
	char name[NAME_MAX];

	while (*path && map.size > 0) {
		path = next_part(path, name);
		map = mp_get(map, name);
	}
	return map;
}

static void walk(
    struct walk *w, struct bytes a_map, const char *a, struct bytes b_map, const char *b);

/* Each element of a list that a goes through; b stays outside unless it goes through it as well. */
static void walk_list(struct walk *w, struct bytes list, const char *a, struct bytes b_map,
    const char *b, bool is_shared)
{
	struct reader r;
	uint32_t count;

	reader_init(&r, list);
	count = mp_array(&r);
	for (uint32_t i = 0; i < count && r.err == ERR_NONE; i++) {
		struct bytes element = mp_raw(&r);
		size_t before = path_push_index(w->path, i);

		walk(w, element, a, is_shared ? element : b_map, b);
		path_pop(w->path, before);
	}
}

static void walk(
    struct walk *w, struct bytes a_map, const char *a, struct bytes b_map, const char *b)
{
	char name[NAME_MAX], other[NAME_MAX];
	const char *b_rest = next_part(b, other);
	const char *a_rest = next_part(a, name);
	bool is_shared = a_map.data == b_map.data && strcmp(name, other) == 0;
	struct bytes value = mp_get(a_map, name);
	size_t before = w->path->size;
	struct reader r;

	if (!*a_rest) {
		struct rule_pair pair = {value, value_at(b_map, b), bytes_str(b)};

		w->visit(w->context, &pair);
		return;
	}
	path_push(w->path, ".", bytes_str(name));
	reader_init(&r, value);
	if (mp_peek(&r) == MP_ARRAY)
		walk_list(w, value, a_rest, b_map, is_shared ? b_rest : b, is_shared);
	else if (value.size > 0)
		walk(w, value, a_rest, is_shared ? value : b_map, is_shared ? b_rest : b);
	path_pop(w->path, before);
}

void rule_each(const struct rule *rule, struct bytes map, struct path *path,
    void (*visit)(void *context, const struct rule_pair *pair), void *context)
{
	struct walk w = {path, visit, context};

	walk(&w, map, rule->a, map, rule->b ? rule->b : "");
}

/* --- judging --------------------------------------------------------------------------------- */

/* 1 true, 0 false, -1 when it is not there or no bool. */
static int bool_of(struct bytes value)
{
	struct reader r;

	reader_init(&r, value);
	return mp_peek(&r) == MP_BOOL ? mp_bool(&r) : -1;
}

static struct bytes str_of(struct bytes value)
{
	struct reader r;

	reader_init(&r, value);
	return mp_peek(&r) == MP_STR ? mp_str(&r) : (struct bytes){0};
}

static bool number_of(struct bytes value, int64_t *out)
{
	struct reader r;

	reader_init(&r, value);
	if (mp_peek(&r) != MP_INT)
		return decimal_parse(out, str_of(value));
	*out = mp_int(&r);
	if (*out > MP_INT_MAX / DECIMAL_ONE || *out < -MP_INT_MAX / DECIMAL_ONE)
		*out = *out < 0 ? -MP_INT_MAX : MP_INT_MAX;
	else
		*out *= DECIMAL_ONE;
	return true;
}

struct judge {
	struct check *check;
	const struct rule *rule;
};

static bool is_met(const struct rule *rule, const struct rule_pair *pair)
{
	int64_t a, b;

	switch (rule->type) {
	case RULE_ORDER: /* a warning: kinds_lint.c */
	case RULE_ONE_OF:
		return true;
	case RULE_WHEN:
		return bool_of(pair->a) != 1 || pair->b.size > 0;
	case RULE_UNLESS:
		return bool_of(pair->a) != 0 || pair->b.size > 0;
	case RULE_WORDS:
		return !word_is_in(str_of(pair->a), rule->words) || pair->b.size > 0;
	case RULE_AT_MOST:
		return !number_of(pair->a, &a) || !number_of(pair->b, &b) || a <= b;
	}
	return true;
}

static void judge_pair(void *context, const struct rule_pair *pair)
{
	struct judge *j = context;
	struct check *c = j->check;
	const char *last = strrchr(j->rule->a, '.');
	size_t before;

	if (is_met(j->rule, pair))
		return;
	if (j->rule->type == RULE_AT_MOST) {
		before = path_push(&c->path, ".", bytes_str(last ? last + 1 : j->rule->a));
		BAD(c, "is above %.*s: %s", (int)pair->b_name.size, pair->b_name.data,
		    j->rule->text);
	} else {
		before = path_push(&c->path, ".", pair->b_name);
		BAD(c, "is required: %s", j->rule->text);
	}
	path_pop(&c->path, before);
}

/* Whether a map has one of the fields that are named with spaces between; else they are in names, with commas. */
static bool has_one_of(struct bytes map, const char *list, struct writer *names)
{
	char name[NAME_MAX];

	while (*list) {
		size_t size = strcspn(list, " ");

		memcpy(name, list, size);
		name[size] = '\0';
		if (mp_get(map, name).size > 0)
			return true;
		writer_printf(names, "%s%s", names->size ? ", " : "", name);
		list += size + (list[size] == ' ');
	}
	return false;
}

static void check_one_of(struct check *c, const struct rule *rule, struct bytes map)
{
	struct writer names = {0};

	if (!has_one_of(map, rule->a, &names) && bool_of(mp_get(map, "withdrawn")) != 1)
		BAD(c, "needs one of %.*s: %s", (int)names.size, (const char *)names.data,
		    rule->text);
	writer_release(&names);
}

void check_rules(struct check *c, const struct kind *kind, struct bytes map)
{
	for (const struct rule *rule = kind->rules; rule && rule->a; rule++) {
		struct judge judge = {c, rule};

		if (rule->type == RULE_ONE_OF)
			check_one_of(c, rule, map);
		else
			rule_each(rule, map, &c->path, judge_pair, &judge);
	}
}
