/* Pages of rows. Knows no method; cursors are the daemon's and opaque. */
#include "cli/page.h"

#include "cli/filter.h"
#include "cli/lang.h"

static bool take_cursor(struct writer *next, struct bytes result)
{
	struct reader r;

	writer_clear(next);
	reader_init(&r, mp_get(result, "cursor"));
	if (mp_peek(&r) != MP_STR)
		return false;
	writer_bytes(next, mp_str(&r));
	return next->size > 0;
}

int page_each(struct client *c, const char *method, struct row *params, const char *start,
    long long limit, page_row_fn *each, void *context, struct writer *cursor)
{
	uint32_t fields = params->count;
	size_t size = params->values.size;
	struct writer next = {0};
	bool is_more = true;
	int code = EXIT_DONE;

	if (start)
		writer_str(&next, start);
	for (long long left = limit; !code && is_more && (!limit || left > 0);) {
		struct client_rows rows;
		struct bytes result;
		struct bytes row;

		params->count = fields;
		params->values.size = size;
		row_int(params, "limit", limit && left < PAGE_ROWS_MAX ? left : PAGE_ROWS_MAX);
		if (next.size)
			row_str(params, "cursor", writer_view(&next));
		code = client_call(c, method, row_view(params), &result);
		if (code)
			break;
		client_rows_init(&rows, result);
		while (is_more && client_rows_next(&rows, &row)) {
			is_more = each(context, row);
			left--;
		}
		is_more = take_cursor(&next, result) && is_more;
	}
	params->count = fields;
	params->values.size = size;
	if (cursor && !code && is_more)
		writer_bytes(cursor, writer_view(&next));
	writer_release(&next);
	return code;
}

struct shown {
	struct out out;
	page_change_fn *change;
	void *context;
	struct writer changed;
};

static bool show_row(void *context, struct bytes row)
{
	struct shown *shown = context;

	writer_clear(&shown->changed);
	if (shown->change)
		shown->change(shown->context, row, &shown->changed);
	out_row(&shown->out, shown->changed.size ? writer_view(&shown->changed) : row);
	return true;
}

int page_name_source(struct client *c, struct out *out)
{
	struct row nothing = {0};
	struct bytes result;
	struct reader r;
	int code;

	if (out->format != &out_csv)
		return EXIT_DONE;
	code = client_call(c, "id", row_view(&nothing), &result);
	row_release(&nothing);
	if (code)
		return code;
	reader_init(&r, mp_get(result, "network"));
	if (mp_peek(&r) == MP_BIN)
		out_name_source(out, mp_bin(&r));
	return EXIT_DONE;
}

int page_show(const struct args *args, const char *method, struct row *params)
{
	return page_show_columns(args, method, params, args->command->columns);
}

int page_show_columns(
    const struct args *args, const char *method, struct row *params, const struct column *columns)
{
	return page_show_changed(args, method, params, columns, NULL, NULL);
}

int page_show_changed(const struct args *args, const char *method, struct row *params,
    const struct column *columns, page_change_fn *change, void *context)
{
	struct shown shown = {.change = change, .context = context};
	struct out *out = &shown.out;
	struct writer cursor = {0};
	struct row last = {0};
	struct client c;
	long long limit;
	int code;

	if (!args_number(args, "--limit", 1, 1000000000, 0, &limit))
		return EXIT_USAGE;
	code = client_open_settled(&c, args);
	if (!code) {
		out_init_columns(out, args, columns);
		code = page_name_source(&c, out);
		if (!code)
			code = page_each(&c, method, params, args_get(args, "--cursor"), limit,
			    show_row, &shown, limit ? &cursor : NULL);
		if (!code && !out->row_count)
			code = filter_check_member(&c, args_get(args, "--member"));
		if (cursor.size) {
			row_str(&last, "cursor", writer_view(&cursor));
			out_row(out, row_view(&last));
		}
		if (!code || out->row_count)
			out_end(out);
		else
			out_release(out);
	}
	client_close(&c);
	writer_release(&shown.changed);
	writer_release(&cursor);
	row_release(&last);
	row_release(params);
	return code;
}
