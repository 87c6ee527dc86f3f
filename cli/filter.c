/* Filters of the command line as parameters of a query. */
#include "cli/filter.h"

#include "cli/lang.h"
#include "cli/say.h"
#include "proto/kinds.h"

#include <stdio.h>
#include <string.h>

int filter_take(const struct args *args, struct row *params)
{
	static const char *const words[][2] = {{"--member", "member"}, {"--region", "region"},
	    {"--province", "province"}, {"--theme", "theme"}, {"--status", "status"},
	    {"--about", "about"}};
	const char *date;

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		row_cstr(params, words[i][1], args_get(args, words[i][0]));
	if (!args_date(args, "--since", &date))
		return EXIT_USAGE;
	row_cstr(params, "since", date);
	if (!args_date(args, "--until", &date))
		return EXIT_USAGE;
	row_cstr(params, "until", date);
	return EXIT_DONE;
}

static int refuse_kind(const struct args *args, struct bytes name)
{
	const struct kind *near = kind_nearest(name);
	char hint[120];

	if (near)
		snprintf(hint, sizeof(hint), _("did you mean '%s'?"), near->name);
	else
		snprintf(hint, sizeof(hint), "%s", _("`commune schema` lists the kinds"));
	return say_usage(args, hint, _("there is no kind '%.*s'"),
	    (int)(name.size < 60 ? name.size : 60), (const char *)name.data);
}

int filter_kind(const struct args *args, const char *name, struct row *params)
{
	if (!kind_by_name(bytes_str(name)))
		return refuse_kind(args, bytes_str(name));
	row_cstr(params, "kind", name);
	return EXIT_DONE;
}

/* Those of one comma-separated list, appended to names. */
static int take_kinds(
    const struct args *args, const char *list, struct writer *names, uint32_t *count)
{
	while (*list) {
		struct bytes name = bytes_of(list, strcspn(list, ","));

		if (!kind_by_name(name))
			return refuse_kind(args, name);
		mp_put_str(names, name);
		(*count)++;
		list += name.size + (list[name.size] == ',');
	}
	return EXIT_DONE;
}

int filter_kinds(const struct args *args, const char *name, struct row *params)
{
	struct writer names = {0}, list = {0};
	uint32_t count = 0;
	int code = name ? take_kinds(args, name, &names, &count) : EXIT_DONE;
	const char *more;

	for (int i = 0; !code && (more = args_nth(args, "--kind", i)) != NULL; i++)
		code = take_kinds(args, more, &names, &count);
	if (!code && count > 0) {
		mp_put_array(&list, count);
		writer_bytes(&list, writer_view(&names));
		row_raw(params, "kinds", writer_view(&list));
	}
	writer_release(&names);
	writer_release(&list);
	return code;
}

int filter_as_of(const struct args *args, struct row *params)
{
	const char *date;

	if (!args_date(args, "--as-of", &date))
		return EXIT_USAGE;
	row_cstr(params, "as_of", date);
	return EXIT_DONE;
}

int filter_check_member(struct client *c, const char *code)
{
	struct row params = {0};
	struct client_rows rows;
	struct bytes result;
	struct bytes row;
	int exit_code;

	if (!code)
		return EXIT_DONE;
	exit_code = client_call(c, "roster.list", row_view(&params), &result);
	row_release(&params);
	if (exit_code)
		return exit_code;
	client_rows_init(&rows, result);
	while (client_rows_next(&rows, &row)) {
		struct reader r;

		reader_init(&r, mp_get(row, "code"));
		if (mp_peek(&r) == MP_STR && bytes_equal(mp_str(&r), bytes_str(code)))
			return EXIT_DONE;
	}
	return say_error(c->args, ERR_UNKNOWN, _("`commune roster list` lists the members"),
	    _("there is no member '%s'"), code);
}
