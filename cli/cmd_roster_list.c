/* commune roster list: who is or was a member. The daemon says all of them, which are few; the filters, groups and counts
 * are made here. */
#include "cli/cmd.h"

#include "cli/client.h"
#include "cli/count_columns.h"
#include "cli/lang.h"
#include "cli/out.h"
#include "cli/page.h"
#include "cli/row_sort.h"
#include "cli/say.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define DAY_SIZE 11
#define GROUPS_MAX 256
#define GROUP_SIZE 40

struct members {
	const struct args *args;
	const char *since, *until;
	const char *group_by;
	struct row_sort sort; /* the rows that fit; an answer lasts until the next call */
	struct {
		char name[GROUP_SIZE];
		unsigned count;
	} groups[GROUPS_MAX];
	size_t group_count;
	unsigned count;
};

static struct bytes str_of(struct bytes row, const char *field)
{
	struct reader r;

	reader_init(&r, mp_get(row, field));
	return mp_peek(&r) == MP_STR ? mp_str(&r) : (struct bytes){NULL, 0};
}

/* The day of admission, as the roster's entry claims it. */
static void day_of(char day[static DAY_SIZE], struct bytes row)
{
	struct reader r;
	struct tm tm;
	time_t s;

	day[0] = '\0';
	reader_init(&r, mp_get(row, "since"));
	if (mp_peek(&r) != MP_INT)
		return;
	s = (time_t)(mp_int(&r) / 1000);
	if (gmtime_r(&s, &tm))
		strftime(day, DAY_SIZE, "%Y-%m-%d", &tm);
}

/* Whether `within` is the territory or holds it: 05 and MA-05 hold 05.081.01.01. */
static bool is_within(struct bytes territory, const char *within)
{
	size_t size;

	if (!within)
		return true;
	if (!strncmp(within, "MA-", 3))
		within += 3;
	size = strlen(within);
	return territory.size >= size && !memcmp(territory.data, within, size) &&
	       (territory.size == size || memchr(".@", territory.data[size], 2));
}

static bool is_word(struct bytes word, const char *wanted)
{
	return !wanted || bytes_equal(word, bytes_str(wanted));
}

static bool fits(const struct members *m, struct bytes row)
{
	struct bytes territory = str_of(row, "territory");
	char day[DAY_SIZE];

	day_of(day, row);
	return is_word(str_of(row, "kind"), args_get(m->args, "--kind")) &&
	       is_word(str_of(row, "state"), args_get(m->args, "--state")) &&
	       is_within(territory, args_get(m->args, "--region")) &&
	       is_within(territory, args_get(m->args, "--province")) &&
	       (!m->since || strncmp(day, m->since, strlen(m->since)) >= 0) &&
	       (!m->until || strncmp(day, m->until, strlen(m->until)) <= 0);
}

/* The words of the group that a row belongs to; empty when it has none. */
static void group_of(const struct members *m, struct bytes row, char group[static GROUP_SIZE])
{
	struct bytes value = str_of(row, "territory");
	char day[DAY_SIZE];

	if (!strcmp(m->group_by, "region"))
		value.size = value.size < 2 ? 0 : 2;
	else if (!strcmp(m->group_by, "province"))
		value.size = value.size < 6 ? 0 : 6;
	else
		value = str_of(row, m->group_by);
	if (!strcmp(m->group_by, "year")) {
		day_of(day, row);
		value = bytes_of(day, strnlen(day, 4));
	}
	snprintf(
	    group, GROUP_SIZE, "%.*s", (int)value.size, value.size ? (const char *)value.data : "");
}

static void count_group(struct members *m, struct bytes row)
{
	char group[GROUP_SIZE];
	size_t i = 0;

	group_of(m, row, group);
	while (i < m->group_count && strcmp(m->groups[i].name, group))
		i++;
	if (i == GROUPS_MAX)
		return;
	if (i == m->group_count)
		memcpy(m->groups[m->group_count++].name, group, sizeof(group));
	m->groups[i].count++;
}

static int take_members(struct members *m, struct client *c)
{
	struct row params = {0};
	struct client_rows rows;
	struct bytes result, row;
	int code = client_call(c, "roster.list", row_view(&params), &result);

	row_release(&params);
	if (code)
		return code;
	client_rows_init(&rows, result);
	while (client_rows_next(&rows, &row)) {
		if (!fits(m, row))
			continue;
		m->count++;
		if (m->group_by)
			count_group(m, row);
		else
			row_sort_add(&m->sort, row);
	}
	return EXIT_DONE;
}

static bool put_row(void *context, struct bytes row)
{
	out_row(context, row);
	return true;
}

static void put_count(struct out *out, const char *field, const char *value, unsigned count)
{
	struct row row = {0};

	if (field)
		row_str(&row, field, bytes_str(value));
	row_int(&row, "count", count);
	out_row(out, row_view(&row));
	row_release(&row);
}

/* In a table the day of admission is shown to whom asks for it. */
#define MEMBER_COLUMNS(since_flags) \
	{ \
		{"code", N_("code"), SHAPE_TEXT, COLUMN_TABLE | COLUMN_KEEP}, \
		    {"kind", N_("kind"), SHAPE_WORD, COLUMN_TABLE | COLUMN_SPARE}, \
		    {"names", N_("name"), SHAPE_TEXT, COLUMN_TABLE}, \
		    {"member_key", N_("member key"), SHAPE_HEX, 0}, \
		    {"fingerprint", N_("fingerprint"), SHAPE_TEXT, COLUMN_TABLE | COLUMN_KEEP}, \
		    {"state", N_("state"), SHAPE_WORD, COLUMN_TABLE}, \
		    {"since", N_("since"), SHAPE_TIME, since_flags}, \
		    {"territory", N_("territory"), SHAPE_TEXT, COLUMN_TABLE | COLUMN_SPARE}, \
		    {"logs", N_("logs"), SHAPE_NESTED, 0}, \
		{ \
			NULL, NULL, SHAPE_TEXT, 0 \
		} \
	}
static const struct column member_columns[] = MEMBER_COLUMNS(0);
static const struct column since_columns[] = MEMBER_COLUMNS(COLUMN_TABLE);

static const struct column *columns_of(const struct members *m)
{
	if (args_has(m->args, "--count"))
		return count_columns;
	if (m->group_by)
		return count_columns_by(m->group_by);
	return m->since || m->until ? since_columns : member_columns;
}

static int show(struct members *m, struct client *c, const struct column *columns)
{
	struct out out;
	int code;

	out_init_columns(&out, m->args, columns);
	code = page_name_source(c, &out);
	if (code) {
		out_release(&out);
		return code;
	}
	if (args_has(m->args, "--count"))
		put_count(&out, NULL, NULL, m->count);
	for (size_t i = 0; i < m->group_count; i++)
		put_count(&out, m->group_by, m->groups[i].name, m->groups[i].count);
	if (row_sort_each(&m->sort, put_row, &out))
		code = say_error(m->args, ERR_MEMORY, NULL, "%s", _(err_text(ERR_MEMORY)));
	out_end(&out);
	return code;
}

/* A word that no member could have is a mistake. */
static bool check_word(const struct args *args, const char *option, const char *const *words)
{
	const char *word = args_get(args, option);
	char hint[160] = "";

	for (size_t i = 0; word && words[i]; i++) {
		if (!strcmp(word, words[i]))
			return true;
		snprintf(hint + strlen(hint), sizeof(hint) - strlen(hint), "%s%s", i ? ", " : "",
		    words[i]);
	}
	if (word)
		say_usage(args, hint, _("%s does not know '%s'"), option, word);
	return !word;
}

static bool check_words(const struct args *args)
{
	static const char *const kinds[] = {
	    "region", "province", "commune", "arrondissement", "coordinator", "observer", NULL};
	static const char *const states[] = {"admitted", "removed", NULL};
	static const char *const fields[] = {"code", "-code", "kind", "-kind", "names", "-names",
	    "since", "-since", "state", "-state", "territory", "-territory", NULL};
	static const char *const groups[] = {"kind", "region", "province", "state", "year", NULL};

	return check_word(args, "--kind", kinds) && check_word(args, "--state", states) &&
	       check_word(args, "--sort", fields) && check_word(args, "--group-by", groups);
}

static int run(const struct args *args)
{
	struct members m = {.args = args,
	    .group_by = args_get(args, "--group-by"),
	    .sort.fields = args_has(args, "--sort") ? args_get(args, "--sort") : ""};
	struct client c;
	int code;

	if (!args_date(args, "--since", &m.since) || !args_date(args, "--until", &m.until) ||
	    !check_words(args))
		return EXIT_USAGE;
	if (m.group_by && args_has(args, "--count"))
		return say_usage(args, NULL, _("groups are counted already: leave out --count"));
	code = client_open(&c, args);
	if (!code)
		code = take_members(&m, &c);
	if (!code)
		code = show(&m, &c, columns_of(&m));
	client_close(&c);
	row_sort_release(&m.sort);
	return code;
}

const struct command cmd_roster_list = {
    .verb = "roster list",
    .summary = N_("list the members of the network"),
    .help = N_("Lists who is or was in the roster, in the order of admission. Filters compose; "
	       "--group-by and --count say how many fit instead of who."),
    .options =
	(const struct option_desc[]){
	    {"--kind", N_("WORD"),
		N_("region, province, commune, arrondissement, coordinator or observer"), false},
	    {"--region", N_("CODE"), N_("in this region: 01 to 12"), false},
	    {"--province", N_("CODE"), N_("in this province: a code like 05.081"), false},
	    {"--since", N_("DATE"), N_("admitted from this day on"), false},
	    {"--until", N_("DATE"), N_("admitted up to this day, which counts"), false},
	    {"--state", N_("WORD"), N_("admitted or removed"), false},
	    {"--sort", N_("FIELD"),
		N_("by code, kind, names, since, state or territory; -FIELD downwards"), false},
	    {"--group-by", N_("FIELD"),
		N_("how many of each kind, region, province, state or year"), false},
	    {"--count", NULL, N_("only how many"), false},
	    {NULL, NULL, NULL, false},
	},
    .columns = member_columns,
    .examples =
	(const struct example[]){
	    {"commune roster list --csv --bom > members.csv", N_("the members, for a spreadsheet")},
	    {"commune roster list --group-by kind", N_("how many members of each kind")},
	    {"commune roster list --since 2026 --region 05", N_("who joined lately")},
	    {NULL, NULL},
	},
    .run = run,
};
