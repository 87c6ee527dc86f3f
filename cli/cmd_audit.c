/* commune audit: what was committed to, by when, and how far it is. The findings are the daemon's;
 * --fail-on turns them into an exit code for cron. */
#include "cli/cmd.h"

#include "cli/args.h"
#include "cli/filter.h"
#include "cli/lang.h"
#include "cli/out.h"
#include "cli/page.h"
#include "cli/say.h"
#include "proto/audit.h"

#include <string.h>

struct audit_run {
	struct out out;
	const char *fail_on;
	bool is_found;
};

/* Whether the comma-separated list names the word. */
static bool names(const char *list, struct bytes word)
{
	while (list && *list) {
		size_t size = strcspn(list, ",");

		if (bytes_equal(bytes_of(list, size), word) ||
		    bytes_equal(bytes_of(list, size), BYTES_STR("any")))
			return true;
		list += size + (list[size] == ',');
	}
	return false;
}

static bool is_overdue(struct bytes row)
{
	struct reader r;

	reader_init(&r, mp_get(row, "overdue"));
	return mp_peek(&r) == MP_BOOL && mp_bool(&r);
}

static bool take_row(void *context, struct bytes row)
{
	struct audit_run *audit = context;
	struct reader r;
	uint32_t count;

	out_row(&audit->out, row);
	reader_init(&r, mp_get(row, "findings"));
	count = mp_peek(&r) == MP_ARRAY ? mp_array(&r) : 0;
	for (uint32_t i = 0; i < count && !r.err; i++)
		if (names(audit->fail_on, mp_str(&r)))
			audit->is_found = true;
	if (is_overdue(row) && names(audit->fail_on, BYTES_STR("overdue")))
		audit->is_found = true;
	return true;
}

static bool is_finding(const char *word, size_t size)
{
	bool is_known = size == 3 && !memcmp(word, "any", 3);

	for (unsigned i = 0; i < FINDING_COUNT && !is_known; i++)
		is_known = strlen(audit_finding_name(i)) == size &&
			   !memcmp(audit_finding_name(i), word, size);
	return is_known;
}

/* A word that no finding has would never fail: that is a mistake, not a pass. */
static bool check_fail_on(const struct args *args, const char *list)
{
	struct writer hint = {0};

	while (list && *list && is_finding(list, strcspn(list, ",")))
		list += strcspn(list, ",") + (list[strcspn(list, ",")] == ',');
	if (!list || !*list)
		return true;
	for (unsigned i = 0; i < FINDING_COUNT; i++)
		writer_printf(&hint, "%s, ", audit_finding_name(i));
	writer_str(&hint, "any");
	writer_u8(&hint, 0);
	say_usage(args, hint.err ? NULL : (const char *)hint.data, _("there is no finding '%.*s'"),
	    (int)strcspn(list, ","), list);
	writer_release(&hint);
	return false;
}

static bool take_params(const struct args *args, struct row *params, long long *limit)
{
	const char *date;

	if (!check_fail_on(args, args_get(args, "--fail-on")))
		return false;
	row_cstr(params, "member", args->count ? args->positional[0] : NULL);
	row_cstr(params, "region", args_get(args, "--region"));
	if (!args_date(args, "--today", &date))
		return false;
	row_cstr(params, "today", date);
	if (!args_date(args, "--as-of", &date))
		return false;
	row_cstr(params, "as_of", date);
	return args_number(args, "--limit", 1, 1000000000, 0, limit);
}

static int run(const struct args *args)
{
	struct audit_run audit = {.fail_on = args_get(args, "--fail-on")};
	struct writer cursor = {0};
	struct row params = {0};
	struct client c = {.fd = -1};
	long long limit;
	int code = take_params(args, &params, &limit) ? client_open(&c, args) : EXIT_USAGE;

	if (!code) {
		out_init(&audit.out, args);
		code = page_each(&c, "audit", &params, args_get(args, "--cursor"), limit, take_row,
		    &audit, limit ? &cursor : NULL);
		if (!code && !audit.out.row_count)
			code = filter_check_member(&c, args->count ? args->positional[0] : NULL);
		if (cursor.size) {
			row_clear(&params);
			row_str(&params, "cursor", writer_view(&cursor));
			out_row(&audit.out, row_view(&params));
		}
		if (!code || audit.out.row_count)
			out_end(&audit.out);
		else
			out_release(&audit.out);
	}
	client_close(&c);
	writer_release(&cursor);
	row_release(&params);
	return !code && audit.is_found ? EXIT_FOUND : code;
}

const struct command cmd_audit = {
    .verb = "audit",
    .summary = N_("audit commitments: due, done, attested, overdue"),
    .help =
	N_("One line a commitment: when it is due, what its member reports, what others attest, "
	   "and what is wrong with "
	   "it. `complete` needs evidence and an attestation by another member. Overdue is judged "
	   "by the date in the "
	   "network's time zone; nothing is said (null) where the due date is not precise enough."),
    .positionals =
	(const struct positional[]){
	    {"MEMBER", N_("only this member's commitments"), true},
	    {NULL, NULL, false},
	},
    .options =
	(const struct option_desc[]){
	    {"--region", N_("CODE"), N_("only members in this region"), false},
	    {"--today", N_("DATE"), N_("judge as if today were this day"), false},
	    {"--as-of", N_("DATE"), N_("answer from what was known by this day"), false},
	    {"--fail-on", N_("LIST"),
		N_("exit code 3 when a finding of this comma-separated list occurs, such as "
		   "overdue,dissent; or any"),
		false},
	    PAGE_OPTIONS{NULL, NULL, NULL, false},
	},
    .columns =
	(const struct column[]){
	    {"ref", N_("record"), SHAPE_TEXT, COLUMN_TABLE | COLUMN_KEEP},
	    {"member", N_("member"), SHAPE_TEXT, COLUMN_TABLE | COLUMN_SPARE},
	    {"title", N_("title"), SHAPE_TEXT, COLUMN_TABLE},
	    {"due", N_("due"), SHAPE_TEXT, COLUMN_TABLE | COLUMN_KEEP},
	    {"status", N_("status"), SHAPE_WORD, COLUMN_TABLE},
	    {"source", N_("according to"), SHAPE_WORD, COLUMN_TABLE | COLUMN_SPARE},
	    {"last_progress", N_("last progress"), SHAPE_TIME, 0},
	    {"overdue", N_("overdue"), SHAPE_TEXT, COLUMN_TABLE | COLUMN_SPARE},
	    {"days", N_("days"), SHAPE_NUMBER, COLUMN_TABLE},
	    {"findings", N_("findings"), SHAPE_NESTED, COLUMN_TABLE},
	    {NULL, NULL, SHAPE_TEXT, 0},
	},
    .examples =
	(const struct example[]){
	    {"commune audit --region 01 --fail-on overdue",
		N_("for cron: exit code 3 when something is overdue")},
	    {"commune audit larache --as-of 2024-12-31",
		N_("the state of one member's commitments on that day")},
	    {NULL, NULL},
	},
    .run = run,
};
