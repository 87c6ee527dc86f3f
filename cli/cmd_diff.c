/* commune diff: what differs between two records, field by field. */
#include "cli/cmd.h"

#include "cli/args.h"
#include "cli/client.h"
#include "cli/lang.h"
#include "cli/out.h"
#include "cli/payload_fields.h"
#include "cli/say.h"

#include <string.h>

/* One record as `show` gives it: its fields, and the record that it supersedes. */
static int fetch(
    struct client *c, const char *ref, struct payload_fields *fields, struct writer *before)
{
	struct row params = {0};
	struct bytes result;
	struct reader r;
	int code;

	row_cstr(&params, "ref", ref);
	code = client_call(c, "show", row_view(&params), &result);
	row_release(&params);
	if (code)
		return code;
	reader_init(&r, mp_get(result, "payload"));
	if (mp_peek(&r) != MP_BIN)
		return say_error(
		    c->args, ERR_UNKNOWN, NULL, _("%s has no payload that could be compared"), ref);
	if (payload_fields_init(fields, mp_bin(&r)))
		return say_error(c->args, ERR_MEMORY, NULL, "%s", _(err_text(ERR_MEMORY)));
	reader_init(&r, mp_get(result, "supersedes"));
	if (before && mp_peek(&r) == MP_STR)
		writer_bytes(before, mp_str(&r));
	return EXIT_DONE;
}

static void put_row(struct out *out, const char *path, const char *old, const char *new)
{
	struct row row = {0};

	row_cstr(&row, "field", path);
	row_cstr(&row, "change", !old ? "added" : !new ? "removed" : "changed");
	row_cstr(&row, "old", old);
	row_cstr(&row, "new", new);
	out_row(out, row_view(&row));
	row_release(&row);
}

/* Both lists are sorted by path. */
static void compare(
    struct out *out, const struct payload_fields *old, const struct payload_fields *new)
{
	size_t i = 0, j = 0;

	while (i < old->count || j < new->count) {
		const struct payload_field *a = i < old->count ? &old->list[i] : NULL;
		const struct payload_field *b = j < new->count ? &new->list[j] : NULL;
		int order = !a ? 1 : !b ? -1 : strcmp(a->path, b->path);

		if (order < 0)
			put_row(out, a->path, a->value, NULL);
		else if (order > 0)
			put_row(out, b->path, NULL, b->value);
		else if (strcmp(a->value, b->value) != 0)
			put_row(out, a->path, a->value, b->value);
		i += order <= 0;
		j += order >= 0;
	}
}

static int run(const struct args *args)
{
	const char *first = args->positional[0],
		   *second = args->count > 1 ? args->positional[1] : NULL;
	struct payload_fields old = {0}, new = {0};
	struct writer before = {0};
	struct client c;
	struct out out;
	int code = client_open_settled(&c, args);

	/* One REF is held against the version that it supersedes. */
	if (!code)
		code = fetch(&c, second ? second : first, &new, &before);
	writer_u8(&before, 0);
	if (!code && !second && before.size == 1)
		code =
		    say_error(args, ERR_UNKNOWN, _("name the two records that are to be compared"),
			_("%s supersedes nothing"), first);
	if (!code && before.err)
		code = say_error(args, before.err, NULL, "%s", _(err_text(before.err)));
	if (!code)
		code = fetch(&c, second ? first : (const char *)before.data, &old, NULL);
	if (!code) {
		out_init(&out, args);
		compare(&out, &old, &new);
		out_end(&out);
	}
	client_close(&c);
	payload_fields_release(&old);
	payload_fields_release(&new);
	writer_release(&before);
	return code;
}

const struct command cmd_diff = {
    .verb = "diff",
    .summary = N_("show what differs between two records"),
    .help =
	N_("Compares two records field by field, an older version with a newer one or any two "
	   "of the same kind. Elements of a list are matched by what names them, such as the id "
	   "of an indicator. With one REF the record is compared with the version that it "
	   "supersedes."),
    .positionals =
	(const struct positional[]){
	    {"REF", N_("the older record, or the one that supersedes it"), false},
	    {"REF", N_("the newer record"), true},
	    {NULL, NULL, false},
	},
    .columns =
	(const struct column[]){
	    {"field", N_("field"), SHAPE_TEXT, COLUMN_TABLE | COLUMN_KEEP},
	    {"change", N_("change"), SHAPE_WORD, COLUMN_TABLE},
	    {"old", N_("old"), SHAPE_TEXT, COLUMN_TABLE},
	    {"new", N_("new"), SHAPE_TEXT, COLUMN_TABLE},
	    {NULL, NULL, SHAPE_TEXT, 0},
	},
    .examples =
	(const struct example[]){
	    {"commune diff larache/12 larache/30", N_("what a correction changed")},
	    {"commune diff larache/30", N_("the same, when larache/30 supersedes larache/12")},
	    {NULL, NULL},
	},
    .run = run,
};
