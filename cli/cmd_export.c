/* commune export: records in forms that others read, and that `commune import` reads again. Every export says which
 * network it is of, and the day. */
#include "cli/cmd.h"

#include "cli/export.h"
#include "cli/filter.h"
#include "cli/lang.h"
#include "cli/page.h"
#include "cli/record_input.h"
#include "cli/say.h"
#include "proto/json.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

bool export_next(const struct export *e, size_t *at, struct bytes *row)
{
	struct reader r;

	if (*at >= e->rows.size)
		return false;
	reader_init(&r, bytes_of(e->rows.data + *at, e->rows.size - *at));
	*row = reader_take(&r, reader_u32(&r));
	*at += 4 + row->size;
	return true;
}

struct bytes export_str(struct bytes row, const char *field)
{
	struct reader r;

	reader_init(&r, mp_get(row, field));
	return mp_peek(&r) == MP_STR ? mp_str(&r) : (struct bytes){NULL, 0};
}

struct bytes export_payload(struct bytes row)
{
	struct reader r;
	struct bytes payload;

	reader_init(&r, mp_get(row, "payload"));
	payload = mp_peek(&r) == MP_BIN ? mp_bin(&r) : (struct bytes){NULL, 0};
	return mp_scan(payload) ? (struct bytes){NULL, 0} : payload;
}

struct bytes export_text(struct bytes map, const char *lang)
{
	struct bytes text = {NULL, 0};
	struct reader r;

	reader_init(&r, map);
	if (mp_peek(&r) != MP_MAP)
		return text;
	if (lang)
		text = export_str(map, lang);
	return text.size ? text : lang_pick(map);
}

struct bytes export_member(const struct export *e, struct bytes code)
{
	struct client_rows rows;
	struct bytes row, name = {NULL, 0};

	if (e)
		client_rows_init(&rows, writer_view(&e->roster));
	while (e && client_rows_next(&rows, &row))
		if (bytes_equal(export_str(row, "code"), code))
			name = export_text(mp_get(row, "names"), e->lang);
	return name.size ? name : code;
}

/* --- formats --------------------------------------------------------------------------------- */

static const struct format {
	const char *name;
	void (*write)(struct export *e, struct writer *out);
	bool has_source; /* in the text itself */
	bool needs_kind;
} formats[] = {
    {"ogp", export_ogp, false, false},
    {"csv", export_csv, true, true},
    {"ndjson", export_ndjson, true, false},
};

static const struct format *find_format(const char *name)
{
	for (size_t i = 0; i < sizeof(formats) / sizeof(*formats); i++)
		if (!strcmp(formats[i].name, name))
			return &formats[i];
	return NULL;
}

static bool take_row(void *context, struct bytes row)
{
	struct export *e = context;
	struct reader r;
	const struct kind *kind;

	reader_init(&r, mp_get(row, "kind"));
	kind = mp_peek(&r) == MP_STR ? kind_by_name(mp_str(&r)) : NULL;
	if (!kind || !kind->is_published || !export_payload(row).size)
		return true;
	writer_u32(&e->rows, (uint32_t)row.size);
	writer_bytes(&e->rows, row);
	e->count++;
	return !e->rows.err;
}

/* Which network, which members, which day. */
static int take_around(struct export *e, struct client *c)
{
	struct row params = {0};
	struct bytes result;
	struct reader r;
	time_t now = time(NULL);
	char hex[2 * HASH_SIZE + 1];
	struct tm day;
	int code = client_call(c, "id", row_view(&params), &result);

	if (code)
		return code;
	reader_init(&r, mp_get(result, "network"));
	hex_encode(hex, mp_bin(&r));
	snprintf(e->source, sizeof(e->source), "open-communes/%s", hex);
	if (localtime_r(&now, &day))
		strftime(e->day, sizeof(e->day), "%Y-%m-%d", &day);
	code = client_call(c, "roster.list", row_view(&params), &result);
	if (!code)
		writer_bytes(&e->roster, result);
	row_release(&params);
	return code;
}

static int gather(struct export *e, const struct args *args, const struct format *format)
{
	struct row params = {0};
	struct client c;
	int code = filter_take(args, &params);

	if (!code && e->kind)
		code = filter_kinds(args, e->kind->name, &params);
	else if (!code)
		code =
		    filter_kinds(args, format->write == export_ogp ? "commitment" : NULL, &params);
	row_bool(&params, "latest", true);
	row_bool(&params, "payload", true);
	if (!code)
		code = client_open_settled(&c, args);
	else
		c.fd = -1;
	if (!code)
		code = take_around(e, &c);
	if (!code)
		code = page_each(&c, "list", &params, NULL, 0, take_row, e, NULL);
	if (!code && !e->count)
		code = filter_check_member(&c, args_get(args, "--member"));
	if (c.fd >= 0)
		client_close(&c);
	row_release(&params);
	return code;
}

/* --- out ------------------------------------------------------------------------------------- */

static bool write_all(FILE *to, struct bytes text)
{
	bool is_written = fwrite(text.data, 1, text.size, to) == text.size;

	return fflush(to) == 0 && is_written;
}

static int write_file(const struct args *args, const char *path, struct bytes text)
{
	char part[4096];
	FILE *to;
	bool is_done;

	if (snprintf(part, sizeof(part), "%s.part", path) >= (int)sizeof(part))
		return say_usage(args, NULL, _("the path is too long"));
	to = fopen(part, "wb");
	is_done = to && write_all(to, text);
	if (to && fclose(to))
		is_done = false;
	if (is_done && rename(part, path) == 0)
		return EXIT_DONE;
	return say_error(args, ERR_IO, NULL, _("cannot write %s: %s"), path, strerror(errno));
}

/* A file whose columns are others' has its source beside it, as CSV on the Web names such a file. */
static int write_metadata(const struct args *args, const char *path, const struct export *e)
{
	const char *name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
	struct writer text = {0};
	char beside[4096];
	int code;

	snprintf(beside, sizeof(beside), "%s-metadata.json", path);
	writer_str(&text, "{\"@context\":\"http://www.w3.org/ns/csvw\",\"url\":");
	json_print_str(&text, bytes_str(name));
	writer_printf(&text,
	    ",\"dc:source\":\"%s\",\"dc:issued\":\"%s\",\"dialect\":{\"header\":true,\"encoding\":"
	    "\"utf-8\"}}\n",
	    e->source, e->day);
	code = write_file(args, beside, writer_view(&text));
	writer_release(&text);
	return code;
}

static int put_out(
    const struct args *args, const struct export *e, const struct format *format, struct bytes text)
{
	const char *path = args_get(args, "--output");
	int code;

	if (!path) {
		if (!write_all(stdout, text))
			return say_error(args, ERR_IO, NULL, "%s", _(err_text(ERR_IO)));
		if (!format->has_source)
			fprintf(stderr, _("source %s, exported %s\n"), e->source, e->day);
		return EXIT_DONE;
	}
	code = write_file(args, path, text);
	return code || format->has_source ? code : write_metadata(args, path, e);
}

static int check(const struct args *args, const struct format *format, struct export *e)
{
	const char *kind = args->count > 1 ? args->positional[1] : NULL;

	if (!format)
		return say_usage(args, _("it is ogp, csv or ndjson"),
		    _("there is no format '%s' to export"), args->positional[0]);
	if (format->write == export_ogp && kind && strcmp(kind, "commitment"))
		return say_usage(args, NULL, _("ogp has columns for commitments alone"));
	if (format->needs_kind && !kind)
		return say_usage(args, _("`commune schema` lists the kinds"),
		    _("a table is of one kind: name it"));
	e->lang = args_get(args, "--text-lang");
	if (e->lang && lang_parse(bytes_str(e->lang)) == LANG_COUNT)
		return say_usage(args, _("it is ar, fr, en or zgh"),
		    _("--text-lang does not know '%s'"), e->lang);
	e->is_whole = args_has(args, "--whole");
	if (kind && !(e->kind = record_kind(args, bytes_str(kind))))
		return EXIT_USAGE;
	return EXIT_DONE;
}

static int run(const struct args *args)
{
	const struct format *format = find_format(args->positional[0]);
	struct export e = {.args = args};
	struct writer text = {0};
	int code = check(args, format, &e);

	if (!code)
		code = gather(&e, args, format);
	if (!code) {
		if (args_has(args, "--bom"))
			writer_str(&text, "\xef\xbb\xbf");
		format->write(&e, &text);
		code = text.err || e.rows.err
			   ? say_error(args, ERR_MEMORY, NULL, "%s", _(err_text(ERR_MEMORY)))
			   : put_out(args, &e, format, writer_view(&text));
	}
	writer_release(&text);
	writer_release(&e.rows);
	writer_release(&e.roster);
	return code;
}

const struct command cmd_export = {
    .verb = "export",
    .summary = N_("write records in forms that others read"),
    .help = N_("ogp: commitments in the columns of the Open Government Partnership; records that "
	       "were imported from there come out as they were written, others are mapped, and "
	       "what only its assessors could say is NA. csv: a table of one kind, a column for "
	       "each path of a field, as --set names them (themes, themes[1], evidence.url). "
	       "ndjson: a record a line. `commune import` reads each of them again and publishes "
	       "nothing that is there already.\n\nOnly what no later version supersedes is "
	       "written. A cell that a spreadsheet could take for a formula gets an apostrophe, "
	       "which the import takes off. Figures of fewer than five people are left out of csv "
	       "unless --whole is given. The network and the day stand in the table, for ogp in "
	       "FILE-metadata.json beside it, or on stderr."),
    .positionals =
	(const struct positional[]){
	    {"FORMAT", N_("ogp, csv or ndjson"), false},
	    {"KIND", N_("the kind of record; csv needs one"), true},
	    {NULL, NULL, false},
	},
    .options =
	(const struct option_desc[]){
	    FILTER_OPTIONS KIND_OPTION{"--text-lang", N_("LANG"),
		N_("ogp: the language that texts are taken from, where they have it"), false},
	    {"--whole", NULL, N_("csv: with figures of fewer than five people"), false},
	    {"--output", N_("FILE"), N_("write there instead of to standard output"), false},
	    {"--bom", NULL, N_("begin with a byte order mark, for spreadsheets"), false},
	    {NULL, NULL, NULL, false},
	},
    .examples =
	(const struct example[]){
	    {"commune export ogp --region 05 --output bmk.csv",
		N_("a region's commitments in OGP columns")},
	    {"commune export csv workshop --since 2024 --bom > workshops.csv",
		N_("for a spreadsheet")},
	    {"commune export ndjson --member sefrou", N_("all that a member published")},
	    {NULL, NULL},
	},
    .flags = COMMAND_TEXT,
    .run = run,
};
