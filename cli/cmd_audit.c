/* commune audit: what was committed to, by when, and how far it is. The findings are the daemon's;
 * --fail-on turns them into an exit code for cron. */
#include "cli/cmd.h"

#include "cli/args.h"
#include "cli/audit_said.h"
#include "cli/filter.h"
#include "cli/lang.h"
#include "cli/out.h"
#include "cli/page.h"
#include "cli/row_sort.h"
#include "cli/say.h"
#include "proto/audit.h"

#include <assert.h>
#include <string.h>

struct audit_run {
	struct out out;
	struct client *client;
	bool asks; /* who attested, for each row */
	bool is_table;
	int code;
	const char *fail_on;
	struct row_sort sort;
	bool is_found;
};

/* Whether the comma-separated list has the word. */
static bool lists(const char *list, struct bytes word)
{
	while (list && *list) {
		size_t size = strcspn(list, ",");

		if (bytes_equal(bytes_of(list, size), word))
			return true;
		list += size + (list[size] == ',');
	}
	return false;
}

/* The same, where `any` is all of them. */
static bool names(const char *list, struct bytes word)
{
	return lists(list, word) || lists(list, BYTES_STR("any"));
}

static bool is_overdue(struct bytes row)
{
	struct reader r;

	reader_init(&r, mp_get(row, "overdue"));
	return mp_peek(&r) == MP_BOOL && mp_bool(&r);
}

static bool has_finding(struct bytes row, enum audit_finding finding)
{
	struct reader r;
	uint32_t count;

	reader_init(&r, mp_get(row, "findings"));
	count = mp_peek(&r) == MP_ARRAY ? mp_array(&r) : 0;
	for (uint32_t i = 0; i < count && !r.err; i++)
		if (bytes_equal(mp_str(&r), bytes_str(audit_finding_name(finding))))
			return true;
	return false;
}

/* Complete, and others know it, or withdrawn: how long ago it was due is no delay. */
static bool is_settled(struct bytes row)
{
	struct bytes status = kinds_str(row, "status");

	return !is_overdue(row) &&
	       (bytes_equal(status, BYTES_STR("withdrawn")) ||
		   (bytes_equal(status, BYTES_STR("complete")) &&
		       !has_finding(row, FINDING_COMPLETE_WITHOUT_ATTESTATION) &&
		       !has_finding(row, FINDING_COMPLETE_WITHOUT_EVIDENCE)));
}

static void put_without_days(struct writer *out, struct bytes row)
{
	struct reader r;
	uint32_t count;

	reader_init(&r, row);
	count = mp_map(&r);
	mp_put_map(out, count - (mp_get(row, "days").size > 0));
	for (uint32_t i = 0; i < count && !r.err; i++) {
		struct bytes name = mp_str(&r);
		struct bytes value = mp_raw(&r);

		if (bytes_equal(name, BYTES_STR("days")))
			continue;
		mp_put_str(out, name);
		writer_bytes(out, value);
	}
}

static bool put_row(void *context, struct bytes row)
{
	struct audit_run *audit = context;
	struct writer plain = {0}, said = {0};

	if (audit->is_table && is_settled(row)) {
		put_without_days(&plain, row);
		row = writer_view(&plain);
	}
	if (audit->asks)
		audit->code = audit_said_put(audit->client, cmd_audit.columns, row, &said);
	out_row(&audit->out, audit->asks ? writer_view(&said) : row);
	writer_release(&said);
	writer_release(&plain);
	return !audit->code;
}

static bool take_row(void *context, struct bytes row)
{
	struct audit_run *audit = context;
	struct reader r;
	uint32_t count;

	if (audit->sort.fields)
		row_sort_add(&audit->sort, row);
	else
		put_row(audit, row);
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
	for (unsigned i = 0; i < FINDING_COUNT; i++)
		if (strlen(audit_finding_name(i)) == size &&
		    !memcmp(audit_finding_name(i), word, size))
			return true;
	return false;
}

/* A word that no finding has would never be found: that is a mistake, not a pass. */
static bool check_findings(const struct args *args, const char *list, bool takes_any)
{
	struct writer hint = {0};
	size_t size = 0;

	for (; list && *list; list += size + (list[size] == ',')) {
		size = strcspn(list, ",");
		if (!is_finding(list, size) && !(takes_any && size == 3 && !memcmp(list, "any", 3)))
			break;
	}
	if (!list || !*list)
		return true;
	for (unsigned i = 0; i < FINDING_COUNT; i++)
		writer_printf(&hint, "%s%s", i ? ", " : "", audit_finding_name(i));
	writer_str(&hint, takes_any ? ", any" : "");
	writer_u8(&hint, 0);
	say_usage(args, hint.err ? NULL : (const char *)hint.data, _("there is no finding '%.*s'"),
	    (int)size, list);
	writer_release(&hint);
	return false;
}

/* What must not be passed over has to be among the rows, also what is otherwise only there when it is asked for. */
static void take_fail_on(const char *list, struct row *params)
{
	if (lists(list, BYTES_STR("any")))
		row_bool(params, "members", true);
	else
		row_cstr(params, "also", list);
}

static bool is_column(const struct command *command, const char *name, size_t size)
{
	for (const struct column *c = command->columns; c->field; c++)
		if (strlen(c->field) == size && !memcmp(c->field, name, size))
			return true;
	return false;
}

static bool check_sort(const struct args *args)
{
	const char *list = args_get(args, "--sort");
	size_t size = 0;

	for (; list && *list; list += size + (list[size] == ',')) {
		bool is_down = *list == '-';

		size = strcspn(list, ",");
		if (!is_column(&cmd_audit, list + is_down, size - is_down)) {
			say_usage(args, _("any field of a row, as --json names it: region,-days"),
			    _("rows have no field '%.*s'"), (int)(size - is_down), list + is_down);
			return false;
		}
	}
	return true;
}

/* CODE/INDEX, or hex digits of an id: no member is called that. */
static bool is_ref(const char *text)
{
	return strchr(text, '/') ||
	       (strlen(text) >= 8 && strspn(text, "0123456789abcdef") == strlen(text));
}

/* What no record says, but all together, is known of today alone: nothing found would be taken for nothing wrong. */
static bool check_as_of(const struct args *args)
{
	static const char *const options[] = {"--finding", "--fail-on", "--kind"};
	static const char *const words[] = {"no-programme", "silent", "not-published", "member"};

	for (size_t i = 0; args_has(args, "--as-of") && i < 3; i++) {
		const char *list = args_get(args, options[i]);

		for (size_t j = 0; list && j < sizeof(words) / sizeof(*words); j++) {
			if (!lists(list, bytes_str(words[j])))
				continue;
			say_usage(args, NULL,
			    _("%s is not judged for an earlier day: leave %s or --as-of out"),
			    words[j], options[i]);
			return false;
		}
	}
	return true;
}

static bool take_params(const struct args *args, struct row *params, long long *limit)
{
	const char *date;
	long long silent;

	if (!check_findings(args, args_get(args, "--fail-on"), true) ||
	    !check_findings(args, args_get(args, "--finding"), false) || !check_sort(args) ||
	    !check_as_of(args))
		return false;
	if (args->count)
		row_cstr(
		    params, is_ref(args->positional[0]) ? "ref" : "member", args->positional[0]);
	row_cstr(params, "region", args_get(args, "--region"));
	row_cstr(params, "kind", args_get(args, "--kind"));
	row_cstr(params, "finding", args_get(args, "--finding"));
	row_cstr(params, "threshold", args_get(args, "--threshold"));
	take_fail_on(args_get(args, "--fail-on"), params);
	if (args->output == OUTPUT_CSV)
		row_bool(params, "no_few", true);
	if (!args_number(args, "--silent", 0, 100000, 0, &silent))
		return false;
	if (args_has(args, "--silent"))
		row_int(params, "silent", silent);
	if (!args_date(args, "--today", &date))
		return false;
	row_cstr(params, "today", date);
	if (!args_date(args, "--as-of", &date))
		return false;
	row_cstr(params, "as_of", date);
	return args_number(args, "--limit", 1, 1000000000, 0, limit);
}

#define COLUMNS_MAX 32

/* Whether a column says something about one of these kinds or findings. */
static bool is_about(const char *field, const char *asked)
{
	static const struct {
		const char *field, *words;
	} details[] = {{"word", "publication,evaluation,claim,not-published,condition-failed,"
				"score-dropped,claim-differs,claim-parts-differ"},
	    {"shares", "workshop,event,training,share-below-threshold"},
	    {"claimed", "claim,claim-differs,claim-parts-differ"},
	    {"computed", "claim,claim-differs"}, {"score", "evaluation,score-dropped"},
	    {"score_before", "evaluation,score-dropped"}, {"coordinator_status", "coding-differs"},
	    {"observer_status", "coding-differs"}};
	size_t i = 0;

	while (i < sizeof(details) / sizeof(*details) && strcmp(details[i].field, field) != 0)
		i++;
	if (i == sizeof(details) / sizeof(*details))
		return true;
	for (const char *at = asked; at && *at;
	     at += strcspn(at, ",") + (at[strcspn(at, ",")] == ','))
		if (names(details[i].words, bytes_of(at, strcspn(at, ","))))
			return true;
	return false;
}

/* A table of all kinds would be too wide to read: what only some of them have is shown when they are asked for. */
static void choose_columns(const struct args *args, struct column columns[static COLUMNS_MAX])
{
	const char *sort = args_get(args, "--sort");
	size_t count = 0;

	for (const struct column *c = args->command->columns; c->field; c++, count++) {
		bool is_said = !strcmp(c->field, "attested_by") || !strcmp(c->field, "evidence");

		assert(count < COLUMNS_MAX - 1);
		columns[count] = *c;
		if (is_said && !args_has(args, "--attesters")) {
			count--; /* of the step */
			continue;
		}
		if (!strcmp(c->field, "region") && sort && strstr(sort, "region"))
			columns[count].flags |= COLUMN_TABLE;
		if (args->output == OUTPUT_TABLE && !is_about(c->field, args_get(args, "--kind")) &&
		    !is_about(c->field, args_get(args, "--finding")))
			columns[count].flags &= ~(unsigned)COLUMN_TABLE;
	}
	columns[count] = (struct column){0};
}

static int run(const struct args *args)
{
	struct column columns[COLUMNS_MAX];
	struct audit_run audit = {.fail_on = args_get(args, "--fail-on"),
	    .sort.fields = args_get(args, "--sort"),
	    .asks = args_has(args, "--attesters"),
	    .is_table = args->output == OUTPUT_TABLE};
	struct writer cursor = {0};
	struct row params = {0};
	struct client c = {.fd = -1};
	long long limit;
	int code = take_params(args, &params, &limit) ? client_open_settled(&c, args) : EXIT_USAGE;

	if (!code) {
		audit.client = &c;
		if (audit.asks && !audit.sort.fields)
			audit.sort.fields = "";
		choose_columns(args, columns);
		out_init_columns(&audit.out, args, columns);
		code = page_name_source(&c, &audit.out);
		if (!code)
			code = page_each(&c, "audit", &params, args_get(args, "--cursor"), limit,
			    take_row, &audit, limit ? &cursor : NULL);
		if (!code && audit.sort.fields && row_sort_each(&audit.sort, put_row, &audit))
			code = say_error(args, ERR_MEMORY, NULL, "%s", _(err_text(ERR_MEMORY)));
		if (!code && !audit.out.row_count && args->count && !is_ref(args->positional[0]))
			code = filter_check_member(&c, args->positional[0]);
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
	code = code ? code : audit.code;
	client_close(&c);
	row_sort_release(&audit.sort);
	writer_release(&cursor);
	row_release(&params);
	return !code && audit.is_found ? EXIT_FOUND : code;
}

const struct command cmd_audit = {
    .verb = "audit",
    .summary = N_("audit what was promised: due, done, attested, overdue, missing"),
    .help =
	N_("One line for each commitment and milestone: when it is due, what its member reports, "
	   "what others attest, and what is wrong with it; and one for each other record that "
	   "something is found about. `complete` needs evidence and an attestation by another "
	   "member. Overdue is judged by the date in the network's time zone; nothing is said "
	   "(null) where there is no due date. Every line names the record that it is about: "
	   "`commune history REF` leads on.\n\n"
	   "--kind shows all records of a kind: workshop with shares from its headcounts, claim "
	   "with the figure that the records add up to, evaluation with the score of the year "
	   "before, publication with what was not published, practice with those that nobody "
	   "adopted, member with those that are silent or have no openness programme. --finding "
	   "shows only rows with one of these findings."),
    .positionals =
	(const struct positional[]){
	    {"MEMBER|REF", N_("only this member's records, or one record"), true},
	    {NULL, NULL, false},
	},
    .options =
	(const struct option_desc[]){
	    {"--region", N_("CODE"), N_("only members in this region"), false},
	    {"--kind", N_("LIST"),
		N_("commitment, milestone, programme, evaluation, practice, project, workshop, "
		   "event, training, cooperation, publication, claim, member; several with commas"),
		false},
	    {"--finding", N_("LIST"), N_("only rows with one of these findings"), false},
	    {"--threshold", N_("PERCENT"),
		N_("shares of women, youth and people with disabilities below it are found; 33"),
		false},
	    {"--silent", N_("DAYS"), N_("a member is silent after this many days; 365"), false},
	    {"--attesters", NULL,
		N_("with the members that attested, and how many pieces of evidence there are"),
		false},
	    {"--today", N_("DATE"), N_("judge as if today were this day"), false},
	    {"--as-of", N_("DATE"), N_("answer from what was known by this day"), false},
	    {"--sort", N_("FIELDS"), N_("by these fields of a row; -FIELD downwards"), false},
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
	    {"kind", N_("kind"), SHAPE_WORD, COLUMN_TABLE | COLUMN_SPARE},
	    {"region", N_("region"), SHAPE_TEXT, 0},
	    {"title", N_("title"), SHAPE_TEXT, COLUMN_TABLE},
	    {"word", N_("about"), SHAPE_WORD, COLUMN_TABLE | COLUMN_RARE},
	    {"due", N_("due"), SHAPE_TEXT, COLUMN_TABLE | COLUMN_KEEP | COLUMN_RARE},
	    {"status", N_("status"), SHAPE_WORD, 0},
	    {"source", N_("according to"), SHAPE_WORD, 0},
	    {"self_status", N_("self-reported"), SHAPE_WORD, COLUMN_TABLE | COLUMN_RARE},
	    {"attested_status", N_("attested"), SHAPE_WORD, COLUMN_TABLE | COLUMN_RARE},
	    {"attesters", N_("attesters"), SHAPE_NUMBER, 0},
	    {"attested_by", N_("attested by"), SHAPE_NESTED, COLUMN_TABLE | COLUMN_RARE},
	    {"evidence", N_("evidence"), SHAPE_NUMBER, COLUMN_TABLE | COLUMN_RARE},
	    {"coordinator_status", N_("coordinator"), SHAPE_WORD, COLUMN_TABLE | COLUMN_RARE},
	    {"observer_status", N_("observer"), SHAPE_WORD, COLUMN_TABLE | COLUMN_RARE},
	    {"claimed", N_("claimed"), SHAPE_TEXT, COLUMN_TABLE | COLUMN_KEEP | COLUMN_RARE},
	    {"computed", N_("computed"), SHAPE_TEXT, COLUMN_TABLE | COLUMN_KEEP | COLUMN_RARE},
	    {"score", N_("score"), SHAPE_TEXT, COLUMN_TABLE | COLUMN_KEEP | COLUMN_RARE},
	    {"score_before", N_("the year before"), SHAPE_TEXT,
		COLUMN_TABLE | COLUMN_KEEP | COLUMN_RARE},
	    {"last_progress", N_("last progress"), SHAPE_TIME, 0},
	    {"overdue", N_("overdue"), SHAPE_TEXT, 0},
	    {"days", N_("days"), SHAPE_NUMBER, COLUMN_TABLE | COLUMN_RARE | COLUMN_SPARE},
	    {"findings", N_("findings"), SHAPE_NESTED, COLUMN_TABLE},
	    {"shares", N_("shares, %"), SHAPE_PAIRS, COLUMN_TABLE | COLUMN_RARE},
	    {"id", N_("id"), SHAPE_HEX, 0},
	    {NULL, NULL, SHAPE_TEXT, 0},
	},
    .examples =
	(const struct example[]){
	    {"commune audit --region 01 --fail-on overdue",
		N_("for cron: exit code 3 when something is overdue")},
	    {"commune audit larache --as-of 2024-12-31",
		N_("the state of one member's commitments on that day")},
	    {"commune audit --kind milestone --finding overdue --sort region,-days",
		N_("overdue milestones by region, worst first")},
	    {"commune audit --finding no-programme", N_("who has no openness programme")},
	    {NULL, NULL},
	},
    .run = run,
};
