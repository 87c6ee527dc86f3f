/* commune scores: how the evaluation of one member changed from one year to another. */
#include "cli/cmd.h"

#include "cli/args.h"
#include "cli/client.h"
#include "cli/filter.h"
#include "cli/lang.h"
#include "cli/out.h"
#include "cli/page.h"
#include "cli/payload_fields.h"
#include "cli/say.h"
#include "proto/decimal.h"

#include <stdlib.h>
#include <string.h>

struct evaluation {
	char ref[80];
	char year[16];
	struct payload_fields fields;
	struct writer payload;
};

struct scores {
	const struct args *args;
	struct evaluation *list;
	size_t count;
};

static struct bytes str_of(struct bytes map, const char *name)
{
	struct reader r;

	reader_init(&r, mp_get(map, name));
	return mp_peek(&r) == MP_STR ? mp_str(&r) : (struct bytes){0};
}

static bool take_row(void *context, struct bytes row)
{
	struct scores *s = context;
	struct evaluation *more = realloc(s->list, (s->count + 1) * sizeof(*more));
	struct bytes ref = str_of(row, "ref");

	if (!more)
		return false;
	s->list = more;
	memset(&more[s->count], 0, sizeof(*more));
	snprintf(
	    more[s->count].ref, sizeof(more->ref), "%.*s", (int)ref.size, (const char *)ref.data);
	s->count++;
	return true;
}

static int fetch(struct client *c, struct evaluation *e)
{
	struct row params = {0};
	struct bytes result;
	struct reader r;
	struct bytes year;
	int code;

	row_cstr(&params, "ref", e->ref);
	code = client_call(c, "show", row_view(&params), &result);
	row_release(&params);
	if (code)
		return code;
	reader_init(&r, mp_get(result, "payload"));
	if (mp_peek(&r) != MP_BIN)
		return EXIT_DONE;
	writer_bytes(&e->payload, mp_bin(&r));
	year = str_of(writer_view(&e->payload), "year");
	snprintf(e->year, sizeof(e->year), "%.*s", (int)year.size, (const char *)year.data);
	return payload_fields_init(&e->fields, writer_view(&e->payload)) ? EXIT_FAILED : EXIT_DONE;
}

/* --- comparing two --------------------------------------------------------------------------- */

static void put_change(struct row *row, const char *old, const char *new)
{
	char text[DECIMAL_SIZE_MAX + 1];
	int64_t a, b;

	if (!old || !new || !decimal_parse(&a, bytes_str(old)) ||
	    !decimal_parse(&b, bytes_str(new)))
		return;
	decimal_format(text, b - a);
	row_cstr(row, "change", text);
}

static void put_line(struct out *out, const char *indicator, struct bytes title, const char *old,
    const char *new, const char *max)
{
	struct row row = {0};

	row_cstr(&row, "indicator", indicator);
	if (title.size)
		row_raw(&row, "title", title);
	row_cstr(&row, "from", old);
	row_cstr(&row, "to", new);
	put_change(&row, old, new);
	row_cstr(&row, "max", max);
	out_row(out, row_view(&row));
	row_release(&row);
}

/* The score of an indicator, else its value. */
static const char *score_of(const struct evaluation *e, const char *id)
{
	char path[160];
	const char *score;

	snprintf(path, sizeof(path), "indicators[%s].score", id);
	if ((score = payload_fields_get(&e->fields, path)))
		return score;
	snprintf(path, sizeof(path), "indicators[%s].value", id);
	return payload_fields_get(&e->fields, path);
}

static const char *max_of(const struct evaluation *e, const char *id)
{
	char path[160];

	snprintf(path, sizeof(path), "indicators[%s].max", id);
	return payload_fields_get(&e->fields, path);
}

/* Indicators of `from`; with `known` those that it has and known has not. */
static void put_indicators(struct out *out, const struct evaluation *of,
    const struct evaluation *old, const struct evaluation *new, const struct evaluation *known)
{
	struct reader r;
	uint32_t count;

	reader_init(&r, mp_get(writer_view(&of->payload), "indicators"));
	count = mp_peek(&r) == MP_ARRAY ? mp_array(&r) : 0;
	for (uint32_t i = 0; i < count && !r.err; i++) {
		struct bytes indicator = mp_raw(&r), text = str_of(indicator, "id");
		char id[80];

		snprintf(id, sizeof(id), "%.*s", (int)text.size, (const char *)text.data);
		if (!known || !score_of(known, id))
			put_line(out, id, mp_get(indicator, "title"), score_of(old, id),
			    score_of(new, id), max_of(of, id));
	}
}

static void put_conditions(
    struct out *out, const struct evaluation *old, const struct evaluation *new)
{
	struct reader r;
	uint32_t count;

	reader_init(&r, mp_get(writer_view(&new->payload), "conditions"));
	count = mp_peek(&r) == MP_ARRAY ? mp_array(&r) : 0;
	for (uint32_t i = 0; i < count && !r.err; i++) {
		struct bytes condition = mp_raw(&r), text = str_of(condition, "id");
		char path[160];
		const char *before, *now;

		snprintf(path, sizeof(path), "conditions[%.*s].passed", (int)text.size,
		    (const char *)text.data);
		before = payload_fields_get(&old->fields, path);
		now = payload_fields_get(&new->fields, path);
		path[strlen(path) - strlen(".passed")] = '\0';
		put_line(out, path, mp_get(condition, "title"), before, now, NULL);
	}
}

static void compare(struct out *out, const struct evaluation *old, const struct evaluation *new)
{
	put_line(out, "score", (struct bytes){0}, payload_fields_get(&old->fields, "score"),
	    payload_fields_get(&new->fields, "score"),
	    payload_fields_get(&new->fields, "score_max"));
	put_indicators(out, new, old, new, NULL);
	put_indicators(out, old, old, new, new);
	put_conditions(out, old, new);
	put_line(out, "grant", (struct bytes){0}, payload_fields_get(&old->fields, "grant.amount"),
	    payload_fields_get(&new->fields, "grant.amount"), NULL);
}

static int by_year(const void *a, const void *b)
{
	return strcmp(((const struct evaluation *)a)->year, ((const struct evaluation *)b)->year);
}

/* The last one of a year. */
static const struct evaluation *of_year(const struct scores *s, const char *year)
{
	for (size_t i = s->count; year && i > 0; i--)
		if (strcmp(s->list[i - 1].year, year) == 0)
			return &s->list[i - 1];
	return NULL;
}

static int choose(
    const struct scores *s, const struct evaluation **old, const struct evaluation **new)
{
	const char *from = args_get(s->args, "--from"), *to = args_get(s->args, "--to");
	size_t i = s->count;

	*new = to ? of_year(s, to) : s->count ? &s->list[s->count - 1] : NULL;
	*old = of_year(s, from);
	/* Without --from the newest of an earlier year. */
	for (; !from && *new && !*old &&i > 0; i--)
		if (strcmp(s->list[i - 1].year, (*new)->year) < 0)
			*old = &s->list[i - 1];
	if (*old && *new)
		return EXIT_DONE;
	return say_error(s->args, ERR_UNKNOWN,
	    _("`commune audit MEMBER --kind evaluation` lists them"),
	    _("there are no evaluations of %s for two years to compare"), s->args->positional[0]);
}

static int load(struct scores *s, struct client *c)
{
	struct row params = {0};
	size_t kept = 0;
	int code;

	row_cstr(&params, "member", s->args->positional[0]);
	row_cstr(&params, "kind", "evaluation");
	code = page_each(c, "audit", &params, NULL, 0, take_row, s, NULL);
	row_release(&params);
	for (size_t i = 0; !code && i < s->count; i++)
		code = fetch(c, &s->list[i]);
	/* The member may have evaluated others. */
	for (size_t i = 0; i < s->count; i++) {
		const char *about = payload_fields_get(&s->list[i].fields, "member");

		if (about && strcmp(about, s->args->positional[0]) == 0) {
			s->list[kept++] = s->list[i];
			continue;
		}
		payload_fields_release(&s->list[i].fields);
		writer_release(&s->list[i].payload);
	}
	s->count = kept;
	if (s->count)
		qsort(s->list, s->count, sizeof(*s->list), by_year);
	return code;
}

static int run(const struct args *args)
{
	const struct evaluation *old = NULL, *new = NULL;
	struct scores s = {.args = args};
	struct client c;
	struct out out;
	int code = client_open_settled(&c, args);

	if (!code)
		code = filter_check_member(&c, args->positional[0]);
	if (!code)
		code = load(&s, &c);
	if (!code)
		code = choose(&s, &old, &new);
	if (!code) {
		out_init(&out, args);
		code = page_name_source(&c, &out);
		if (!code)
			compare(&out, old, new);
		out_end(&out);
	}
	client_close(&c);
	for (size_t i = 0; i < s.count; i++) {
		payload_fields_release(&s.list[i].fields);
		writer_release(&s.list[i].payload);
	}
	free(s.list);
	return code;
}

const struct command cmd_scores = {
    .verb = "scores",
    .summary = N_("compare a member's yearly evaluations, indicator by indicator"),
    .help = N_("The score as a whole, each indicator, the minimum conditions and the grant, in one "
	       "year and in another: the two newest unless years are given."),
    .positionals =
	(const struct positional[]){
	    {"MEMBER", N_("who was evaluated"), false},
	    {NULL, NULL, false},
	},
    .options =
	(const struct option_desc[]){
	    {"--from", N_("YEAR"), N_("the earlier year"), false},
	    {"--to", N_("YEAR"), N_("the later year"), false},
	    {NULL, NULL, NULL, false},
	},
    .columns =
	(const struct column[]){
	    {"indicator", N_("indicator"), SHAPE_TEXT, COLUMN_TABLE | COLUMN_KEEP},
	    {"title", N_("title"), SHAPE_TEXT, COLUMN_TABLE},
	    {"from", N_("from"), SHAPE_TEXT, COLUMN_TABLE},
	    {"to", N_("to"), SHAPE_TEXT, COLUMN_TABLE},
	    {"change", N_("change"), SHAPE_TEXT, COLUMN_TABLE},
	    {"max", N_("of"), SHAPE_TEXT, COLUMN_TABLE},
	    {NULL, NULL, SHAPE_TEXT, 0},
	},
    .examples =
	(const struct example[]){
	    {"commune scores agadir --from 2019 --to 2020", N_("how the score changed")},
	    {NULL, NULL},
	},
    .run = run,
};
