/* commune shares: who took part, by groups. Shares come from headcounts alone, those of all records together from the sums
 * of heads: an average of shares would let a small workshop weigh as much as a large one. */
#include "cli/cmd.h"

#include "cli/client.h"
#include "cli/filter.h"
#include "cli/lang.h"
#include "cli/out.h"
#include "cli/page.h"
#include "cli/say.h"
#include "proto/audit_record.h"
#include "proto/decimal.h"

#include <string.h>

#define PERMILLE_DEFAULT 330

struct sum {
	int64_t heads, total; /* of the records that count the group */
};

struct shares {
	struct out out;
	unsigned permille; /* below it is told */
	bool hides_small;
	struct sum sums[GROUP_COUNT];
	int64_t total;
	unsigned count;
	unsigned uncounted; /* records without a headcount */
};

static bool int_of(struct bytes map, const char *field, int64_t *number)
{
	struct reader r;

	reader_init(&r, mp_get(map, field));
	if (mp_peek(&r) != MP_INT)
		return false;
	*number = mp_int(&r);
	return *number >= 0;
}

static struct bytes str_of(struct bytes map, const char *field)
{
	struct reader r;

	reader_init(&r, mp_get(map, field));
	return mp_peek(&r) == MP_STR ? mp_str(&r) : (struct bytes){NULL, 0};
}

/* The share of each group that is known, and the names of those below. Down to the tenth, as the audit has it. */
static void put_groups(struct shares *s, struct row *row, const struct sum *sums)
{
	struct writer below = {0}, list = {0};
	char text[DECIMAL_SIZE_MAX + 1];
	uint32_t count = 0;

	for (unsigned g = 0; g < GROUP_COUNT; g++) {
		bool is_small = s->hides_small && sums[g].heads > 0 && sums[g].heads < PEOPLE_FEW;
		int64_t permille;

		if (sums[g].total <= 0 || sums[g].heads > sums[g].total || is_small)
			continue;
		permille = sums[g].heads * 1000 / sums[g].total;
		decimal_format(text, permille * (DECIMAL_ONE / 10));
		row_cstr(row, audit_group_names[g], text);
		if (permille < s->permille) {
			mp_put_cstr(&below, audit_group_names[g]);
			count++;
		}
	}
	mp_put_array(&list, count);
	writer_bytes(&list, writer_view(&below));
	row_raw(row, "below", writer_view(&list));
	writer_release(&below);
	writer_release(&list);
}

static bool take_record(void *context, struct bytes record)
{
	struct shares *s = context;
	struct sum sums[GROUP_COUNT] = {{0}};
	struct bytes payload = {NULL, 0}, heads;
	struct row row = {0};
	struct reader r;
	int64_t total = 0;

	reader_init(&r, mp_get(record, "payload"));
	if (mp_peek(&r) == MP_BIN)
		payload = mp_bin(&r);
	if (mp_scan(payload))
		return true;
	heads = mp_get(payload, "headcount");
	row_str(&row, "ref", str_of(record, "ref"));
	row_str(&row, "member", str_of(record, "member"));
	row_raw(&row, "title", mp_get(record, "title"));
	if (str_of(payload, "date").size || str_of(payload, "start").size)
		row_str(
		    &row, "date", str_of(payload, str_of(payload, "date").size ? "date" : "start"));
	reader_init(&r, heads);
	if (mp_peek(&r) == MP_MAP && int_of(heads, "total", &total) && total > 0) {
		s->total += total;
		row_int(&row, "total", total);
	} else {
		s->uncounted++;
	}
	for (unsigned g = 0; g < GROUP_COUNT && total > 0; g++)
		if (int_of(heads, audit_group_names[g], &sums[g].heads) && sums[g].heads <= total) {
			sums[g].total = total;
			s->sums[g].heads += sums[g].heads;
			s->sums[g].total += total;
		}
	s->count++;
	put_groups(s, &row, sums);
	out_row(&s->out, row_view(&row));
	row_release(&row);
	return true;
}

static void put_all(struct shares *s)
{
	struct row row = {0};
	struct writer title = {0};

	if (!s->count)
		return;
	writer_str(&title, _("together"));
	row_str(&row, "title", writer_view(&title));
	row_int(&row, "records", s->count);
	row_int(&row, "uncounted", s->uncounted);
	row_int(&row, "total", s->total);
	put_groups(s, &row, s->sums);
	out_row(&s->out, row_view(&row));
	row_release(&row);
	writer_release(&title);
}

/* "33" or "12.5". */
static bool take_threshold(struct shares *s, const struct args *args)
{
	const char *text = args_get(args, "--threshold");
	int64_t value = 0;

	s->permille = PERMILLE_DEFAULT;
	if (!text)
		return true;
	if (!decimal_parse(&value, bytes_str(text)) || value < 0 || value > 100 * DECIMAL_ONE) {
		say_usage(args, NULL, _("--threshold needs a share in per cent, not '%s'"), text);
		return false;
	}
	s->permille = (unsigned)(value / (DECIMAL_ONE / 10));
	return true;
}

static int show(struct shares *s, const struct args *args, struct row *params)
{
	struct client c;
	int code = client_open_settled(&c, args);

	if (code)
		return code;
	out_init(&s->out, args);
	s->hides_small = s->out.format == &out_csv;
	code = page_name_source(&c, &s->out);
	if (!code)
		code = page_each(&c, "list", params, NULL, 0, take_record, s, NULL);
	if (!code && !s->count)
		code = filter_check_member(&c, args_get(args, "--member"));
	if (!code) {
		put_all(s);
		out_end(&s->out);
	} else {
		out_release(&s->out);
	}
	client_close(&c);
	return code;
}

static int run(const struct args *args)
{
	struct shares s = {.count = 0};
	struct row params = {0};
	int code = take_threshold(&s, args) ? filter_take(args, &params) : EXIT_USAGE;

	if (!code)
		code = filter_kinds(args, args_has(args, "--kind") ? NULL : "workshop", &params);
	row_bool(&params, "latest", true);
	row_bool(&params, "payload", true);
	if (!code)
		code = show(&s, args, &params);
	row_release(&params);
	return code;
}

const struct command cmd_shares = {
    .verb = "shares",
    .summary = N_("show the share of women, youth and people with disabilities"),
    .help = N_("One line for each workshop, and one for all together, whose shares come from the "
	       "summed headcounts. Groups overlap and are not added up; a group that nobody "
	       "counted has no share. Filters compose. In a CSV, which leaves the house, a group "
	       "of fewer than five people has no share."),
    .options =
	(const struct option_desc[]){
	    FILTER_OPTIONS{"--kind", N_("KIND,…"),
		N_("workshop unless given; event and training have headcounts as well"), true},
	    {"--threshold", N_("PERCENT"), N_("shares below it are named; 33"), false},
	    {NULL, NULL, NULL, false},
	},
    .columns =
	(const struct column[]){
	    {"ref", N_("record"), SHAPE_TEXT, COLUMN_TABLE | COLUMN_KEEP},
	    {"member", N_("member"), SHAPE_TEXT, COLUMN_TABLE | COLUMN_SPARE},
	    {"title", N_("title"), SHAPE_TEXT, COLUMN_TABLE},
	    {"date", N_("date"), SHAPE_TEXT, COLUMN_TABLE | COLUMN_KEEP | COLUMN_SPARE},
	    {"records", N_("records"), SHAPE_NUMBER, 0},
	    {"uncounted", N_("without a headcount"), SHAPE_NUMBER, 0},
	    {"total", N_("participants"), SHAPE_NUMBER, COLUMN_TABLE},
	    {"women", N_("women, %"), SHAPE_TEXT, COLUMN_TABLE},
	    {"youth", N_("youth, %"), SHAPE_TEXT, COLUMN_TABLE},
	    {"disabilities", N_("disabilities, %"), SHAPE_TEXT, COLUMN_TABLE},
	    {"below", N_("below the threshold"), SHAPE_NESTED, COLUMN_TABLE},
	    {NULL, NULL, SHAPE_TEXT, 0},
	},
    .examples =
	(const struct example[]){
	    {"commune shares --region 05", N_("a region's workshops")},
	    {"commune shares --kind workshop,event,training --since 2025 --threshold 40",
		N_("everything that was counted since")},
	    {NULL, NULL},
	},
    .run = run,
};
