/* Filters of the command line as parameters of a query. */
#include "cli/filter.h"

#include "cli/lang.h"
#include "cli/say.h"
#include "proto/kinds.h"

#include <stdio.h>

int filter_take(const struct args *args, struct row *params)
{
	static const char *const words[][2] = {{"--member", "member"}, {"--region", "region"},
	    {"--theme", "theme"}, {"--status", "status"}, {"--about", "about"}};
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

int filter_kind(const struct args *args, const char *name, struct row *params)
{
	char hint[120];

	if (!kind_by_name(bytes_str(name))) {
		const struct kind *near = kind_nearest(bytes_str(name));

		if (near)
			snprintf(hint, sizeof(hint), _("did you mean '%s'?"), near->name);
		else
			snprintf(hint, sizeof(hint), "%s", _("`commune schema` lists the kinds"));
		return say_usage(args, hint, _("there is no kind '%s'"), name);
	}
	row_cstr(params, "kind", name);
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
