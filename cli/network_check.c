/* Holds a network.json to its description. Each level of the file is a table of fields; a field
 * that no table has is refused, so that a misspelt one is noticed and not silently left out. */
#include "cli/network_check.h"

#include "cli/lang.h"
#include "cli/network_value.h"
#include "proto/kinds_table.h"
#include "proto/mp.h"

#include <string.h>

#define ROWS_MAX 256
#define ROOT ""

struct rule_of {
	const char *name;
	bool is_required;
	void (*check)(struct network_faults *f, const char *at, struct bytes value);
};

/* --- objects and lists ----------------------------------------------------------------------- */

static void check_fields(
    struct network_faults *f, const char *at, struct bytes map, const struct rule_of *rules)
{
	char here[NETWORK_FIELD_MAX];
	struct reader r;
	uint32_t count;

	if (!network_value_is_map(f, at, map))
		return;
	for (const struct rule_of *rule = rules; rule->name; rule++) {
		struct bytes value = mp_get(map, rule->name);

		network_value_place(here, at, bytes_str(rule->name));
		if (value.size)
			rule->check(f, here, value);
		else if (rule->is_required)
			network_fault_put(f, here, _("is missing"));
	}
	reader_init(&r, map);
	count = mp_map(&r);
	for (uint32_t i = 0; i < count && !r.err; i++) {
		struct bytes name = mp_str(&r);
		const struct rule_of *rule = rules;

		mp_skip(&r);
		while (rule->name && !bytes_equal(name, bytes_str(rule->name)))
			rule++;
		network_value_place(here, at, name);
		/* Remarks for the people who edit the file. */
		if (!rule->name && (*at || !bytes_equal(name, BYTES_STR("//"))))
			network_fault_put(f, here, _("is no field of a network"));
	}
}

/* Whether an element before `nth` has the same id. */
static bool is_repeated(struct bytes list, uint32_t nth, struct bytes id)
{
	struct reader r;
	struct bytes text;
	bool is_same = false;

	reader_init(&r, list);
	mp_array(&r);
	for (uint32_t i = 0; i < nth && !is_same; i++)
		is_same =
		    network_value_is_str(mp_get(mp_raw(&r), "id"), &text) && bytes_equal(text, id);
	return is_same;
}

/* Calls each for every element; elements with the same id are told. */
static void each_of(struct network_faults *f, const char *at, struct bytes list, uint32_t low,
    void (*each)(struct network_faults *f, const char *at, uint32_t nth, struct bytes value))
{
	char here[NETWORK_FIELD_MAX];
	struct reader r;
	uint32_t count;

	reader_init(&r, list);
	if (mp_peek(&r) != MP_ARRAY) {
		network_fault_put(f, at, _("must be a list"));
		return;
	}
	count = mp_array(&r);
	if (count < low || count > ROWS_MAX) {
		network_fault_put(
		    f, at, _("has %u entries; %u to %u are allowed"), count, low, ROWS_MAX);
		return;
	}
	for (uint32_t i = 0; i < count && !r.err; i++) {
		struct bytes value = mp_raw(&r);
		struct bytes id = {NULL, 0};

		network_value_place_nth(here, at, i + 1);
		each(f, here, i + 1, value);
		if (network_value_is_str(mp_get(value, "id"), &id) && is_repeated(list, i, id))
			network_fault_put(f, here, _("has an id that stands there already"));
	}
}

static void check_row(struct network_faults *f, const char *at, uint32_t nth, struct bytes value)
{
	char here[NETWORK_FIELD_MAX];

	(void)nth;
	if (!network_value_is_map(f, at, value))
		return;
	network_value_place(here, at, BYTES_STR("id"));
	network_value_word(f, here, mp_get(value, "id"));
	network_value_texts(f, at, value, NETWORK_NAME_MAX, false);
	network_value_refuse_others(f, at, value, "id");
}

static void check_rows(struct network_faults *f, const char *at, struct bytes list)
{
	each_of(f, at, list, 0, check_row);
}

static void check_language(
    struct network_faults *f, const char *at, uint32_t nth, struct bytes value)
{
	struct bytes text = {NULL, 0};

	(void)nth;
	if (!network_value_is_str(value, &text) || !lang_is_valid(text))
		network_fault_put(f, at, _("must be a language of BCP 47 such as ar"));
}

static void check_languages(struct network_faults *f, const char *at, struct bytes list)
{
	each_of(f, at, list, 1, check_language);
}

static void check_nothing(struct network_faults *f, const char *at, struct bytes value)
{
	(void)f, (void)at, (void)value;
}

/* --- charter, vocabularies, grids ------------------------------------------------------------ */

static void check_article(
    struct network_faults *f, const char *at, uint32_t nth, struct bytes value)
{
	static const struct rule_of rules[] = {{"number", true, network_value_version},
	    {"title", true, network_value_name}, {"text", true, network_value_text},
	    {NULL, false, NULL}};
	char here[NETWORK_FIELD_MAX];
	struct reader r;

	check_fields(f, at, value, rules);
	reader_init(&r, mp_get(value, "number"));
	network_value_place(here, at, BYTES_STR("number"));
	if (mp_peek(&r) == MP_INT && mp_int(&r) != nth)
		network_fault_put(
		    f, here, _("must be %u: articles are numbered from 1 without gaps"), nth);
}

static void check_articles(struct network_faults *f, const char *at, struct bytes list)
{
	each_of(f, at, list, 0, check_article);
}

static void check_value(struct network_faults *f, const char *at, uint32_t nth, struct bytes value)
{
	static const struct rule_of rules[] = {{"id", true, network_value_word},
	    {"title", true, network_value_name}, {"text", true, network_value_text},
	    {NULL, false, NULL}};

	(void)nth;
	check_fields(f, at, value, rules);
}

static void check_values(struct network_faults *f, const char *at, struct bytes list)
{
	each_of(f, at, list, 0, check_value);
}

static void check_charter(struct network_faults *f, const char *at, struct bytes value)
{
	static const struct rule_of rules[] = {{"version", true, network_value_line},
	    {"title", true, network_value_name}, {"note", true, network_value_text},
	    {"articles", true, check_articles}, {"values", true, check_values},
	    {NULL, false, NULL}};

	check_fields(f, at, value, rules);
}

static void check_period(struct network_faults *f, const char *at, struct bytes value)
{
	static const struct rule_of rules[] = {{"start", true, network_value_date},
	    {"end", false, network_value_date}, {NULL, false, NULL}};
	struct bytes start, end;

	check_fields(f, at, value, rules);
	if (network_value_is_str(mp_get(value, "start"), &start) &&
	    network_value_is_str(mp_get(value, "end"), &end) &&
	    memcmp(start.data, end.data, start.size < end.size ? start.size : end.size) > 0)
		network_fault_put(f, at, _("ends before it starts"));
}

/* Themes and stages have their own places in the file. */
static void check_vocabularies(struct network_faults *f, const char *at, struct bytes value)
{
	static const struct rule_of rules[] = {{"measures", false, check_rows},
	    {"publication_items", false, check_rows}, {NULL, false, NULL}};

	check_fields(f, at, value, rules);
}

static void check_condition(
    struct network_faults *f, const char *at, uint32_t nth, struct bytes value)
{
	static const struct rule_of rules[] = {{"id", true, network_value_word},
	    {"title", true, network_value_name}, {NULL, false, NULL}};

	(void)nth;
	check_fields(f, at, value, rules);
}

static void check_conditions(struct network_faults *f, const char *at, struct bytes list)
{
	each_of(f, at, list, 0, check_condition);
}

static void check_indicator(
    struct network_faults *f, const char *at, uint32_t nth, struct bytes value)
{
	static const struct rule_of rules[] = {{"id", true, network_value_word},
	    {"title", true, network_value_name}, {"unit", false, network_value_line},
	    {"max", true, network_value_max}, {NULL, false, NULL}};

	(void)nth;
	check_fields(f, at, value, rules);
}

static void check_indicators(struct network_faults *f, const char *at, struct bytes list)
{
	each_of(f, at, list, 0, check_indicator);
}

static void check_grid(struct network_faults *f, const char *at, uint32_t nth, struct bytes value)
{
	static const struct rule_of rules[] = {{"id", true, network_value_code},
	    {"version", true, network_value_line}, {"note", true, network_value_text},
	    {"conditions", true, check_conditions}, {"indicators", true, check_indicators},
	    {NULL, false, NULL}};

	(void)nth;
	check_fields(f, at, value, rules);
}

/* One grid may have several versions, so its id may stand there twice, a version of it may not. */
static void check_grids(struct network_faults *f, const char *at, struct bytes list)
{
	char here[NETWORK_FIELD_MAX];
	struct reader r, other;
	uint32_t count;

	reader_init(&r, list);
	if (mp_peek(&r) != MP_ARRAY) {
		network_fault_put(f, at, _("must be a list"));
		return;
	}
	count = mp_array(&r);
	if (count > ROWS_MAX) {
		network_fault_put(
		    f, at, _("has %u entries; %u to %u are allowed"), count, 0u, ROWS_MAX);
		return;
	}
	for (uint32_t i = 0; i < count && !r.err; i++) {
		struct bytes grid = mp_raw(&r);
		bool is_same = false;

		network_value_place_nth(here, at, i + 1);
		check_grid(f, here, i + 1, grid);
		reader_init(&other, list);
		mp_array(&other);
		for (uint32_t j = 0; j < i && !is_same; j++) {
			struct bytes before = mp_raw(&other);

			is_same = bytes_equal(mp_get(before, "id"), mp_get(grid, "id")) &&
				  bytes_equal(mp_get(before, "version"), mp_get(grid, "version"));
		}
		if (is_same)
			network_fault_put(
			    f, here, _("has an id and a version that stand there already"));
	}
}

static void check_roster(struct network_faults *f, const char *at, struct bytes value)
{
	static const struct rule_of rules[] = {
	    {"note", true, network_value_text}, {NULL, false, NULL}};

	check_fields(f, at, value, rules);
}

void network_check(struct bytes map, struct network_faults *faults)
{
	static const struct rule_of rules[] = {{"//", false, check_nothing},
	    {"id", true, network_value_code}, {"version", true, network_value_version},
	    {"names", true, network_value_name}, {"founded", false, network_value_date},
	    {"period", false, check_period}, {"timezone", true, network_value_zone},
	    {"languages", true, check_languages}, {"currency", true, network_value_currency},
	    {"charter", true, check_charter}, {"themes", true, check_rows},
	    {"stages", true, check_rows}, {"vocabularies", false, check_vocabularies},
	    {"grids", false, check_grids}, {"roster", false, check_roster}, {NULL, false, NULL}};

	check_fields(faults, ROOT, map, rules);
}
