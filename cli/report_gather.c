/* Asks the daemon for everything that a report says. Several queries answer one after the other: when records arrive in
 * between they are asked again, so that a report speaks of one state of the node. */
#include "cli/report.h"

#include "cli/home_path.h"
#include "cli/lang.h"
#include "cli/network_home.h"
#include "cli/page.h"
#include "cli/report_read.h"
#include "cli/say.h"
#include "cli/territory.h"
#include "proto/decimal.h"
#include "proto/kinds.h"
#include "proto/roster_entry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define TRIES_MAX 5
#define WAIT_MS 10000

struct gather {
	struct report *report;
	struct client client;
	enum err err;
};

/* --- the node and its network ---------------------------------------------------------------- */

static void take_hex(char *out, struct bytes map, const char *field)
{
	struct reader r;
	struct bytes value;

	reader_init(&r, mp_get(map, field));
	value = mp_peek(&r) == MP_BIN ? mp_bin(&r) : (struct bytes){NULL, 0};
	out[0] = '\0';
	if (value.size == HASH_SIZE)
		hex_encode(out, value);
}

static int take_status(struct gather *g)
{
	struct report *report = g->report;
	struct row nothing = {0};
	struct bytes result;
	struct reader r;
	int code = client_call(&g->client, "status", row_view(&nothing), &result);

	row_release(&nothing);
	if (code)
		return code;
	take_hex(report->network, result, "network");
	take_hex(report->digest, result, "digest");
	reader_init(&r, mp_get(result, "arrivals"));
	report->arrivals = mp_uint(&r);
	return EXIT_DONE;
}

/* What arrived is in the views. */
static int wait_indexed(struct gather *g)
{
	struct row params = {0};
	struct bytes result;
	int code;

	row_int(&params, "arrival", (int64_t)g->report->arrivals);
	row_int(&params, "timeout_ms", WAIT_MS);
	code = client_call(&g->client, "wait", row_view(&params), &result);
	row_release(&params);
	return code;
}

/* By the calendar of the network's zone, as the daemon judges. */
static void take_today(struct report *r, struct bytes zone)
{
	time_t now = time(NULL);
	char name[64] = "UTC";
	struct tm day;

	if (zone.size && zone.size < sizeof(name) && !memchr(zone.data, '.', zone.size) &&
	    zone.data[0] != '/' && zone.data[0] != ':') {
		memcpy(name, zone.data, zone.size);
		name[zone.size] = '\0';
	}
	setenv("TZ", name, 1);
	tzset();
	if (!localtime_r(&now, &day) ||
	    strftime(r->written, sizeof(r->written), "%Y-%m-%d", &day) != 10)
		snprintf(r->written, sizeof(r->written), "1970-01-01");
	snprintf(
	    r->today, sizeof(r->today), "%s", r->options.today ? r->options.today : r->written);
}

static struct bytes str_of(struct bytes map, const char *field)
{
	struct reader r;

	reader_init(&r, mp_get(map, field));
	return mp_peek(&r) == MP_STR ? mp_str(&r) : (struct bytes){NULL, 0};
}

static void take_articles(struct report *report, const struct network_file *n)
{
	struct bytes charter = mp_get(writer_view(&n->parsed), "charter");
	struct reader r, number;
	uint32_t count;

	report->has_charter = true;
	reader_init(&r, mp_get(charter, "articles"));
	count = mp_peek(&r) == MP_ARRAY ? mp_array(&r) : 0;
	for (uint32_t i = 0; i < count && report->article_count < REPORT_ARTICLES_MAX; i++) {
		struct report_article *a = &report->articles[report->article_count];
		struct bytes article = mp_raw(&r);

		reader_init(&number, mp_get(article, "number"));
		if (mp_peek(&number) != MP_INT)
			continue;
		a->number = mp_int(&number);
		a->title = report_keep_text(report, mp_get(article, "title"));
		report->article_count++;
	}
}

/* Names and zone from the genesis, the charter's articles from the home's file or the installed one. */
static int take_network(struct gather *g, const struct args *args)
{
	struct bytes result, approvals, entry;
	struct network_file n = {0};
	struct row params = {0};
	struct hash charter = {0};
	const char *home = home_path(args);
	struct reader r;
	int code;

	row_cstr(&params, "ref", "roster.0/0");
	code = client_call(&g->client, "show", row_view(&params), &result);
	row_release(&params);
	if (code)
		return code;
	reader_init(&r, mp_get(result, "payload"));
	if (mp_peek(&r) != MP_BIN || entry_payload_decode(mp_bin(&r), &approvals, &entry))
		return client_say_broken(&g->client, ERR_FORMAT);
	g->report->name = report_keep_text(g->report, mp_get(entry, "names"));
	take_today(g->report, str_of(entry, "zone"));
	reader_init(&r, mp_get(entry, "charter"));
	if (mp_peek(&r) == MP_BIN)
		mp_bin_fixed(&r, &charter, sizeof(charter));
	if (!home || network_home_read(&n, home, NULL)) {
		network_file_release(&n);
		memset(&n, 0, sizeof(n));
		if (hash_is_zero(&charter) || network_file_by_charter(&n, &charter))
			return EXIT_DONE;
	}
	take_articles(g->report, &n);
	network_file_release(&n);
	return EXIT_DONE;
}

static int take_roster(struct gather *g)
{
	struct row nothing = {0};
	struct client_rows rows;
	struct bytes result, row;
	int code = client_call(&g->client, "roster.list", row_view(&nothing), &result);

	row_release(&nothing);
	if (code)
		return code;
	client_rows_init(&rows, result);
	while (client_rows_next(&rows, &row))
		report_read_member(g->report, row);
	report_sort_members(g->report);
	return EXIT_DONE;
}

/* --- records --------------------------------------------------------------------------------- */

static bool take_row(void *context, struct bytes row)
{
	report_read_audit(context, row);
	return true;
}

static bool take_figures(void *context, struct bytes row)
{
	report_read_figures(context, row);
	return true;
}

static bool take_item(void *context, struct bytes row)
{
	report_read_item(context, row);
	return true;
}

static bool take_payload(void *context, struct bytes row)
{
	report_read_payload(context, row);
	return true;
}

static bool take_practice(void *context, struct bytes row)
{
	report_read_practice(context, row);
	return true;
}

static bool take_adoption(void *context, struct bytes row)
{
	report_read_adoption(context, row);
	return true;
}

/* What every audit of this report is asked with. */
static void put_options(struct row *params, const struct report *r)
{
	row_cstr(params, "region", r->options.region);
	row_cstr(params, "member", r->options.member);
	row_cstr(params, "threshold", r->options.threshold);
	row_cstr(params, "as_of", r->options.as_of);
	if (!r->options.as_of || r->options.today)
		row_cstr(params, "today", r->today);
}

static int ask_audit(struct gather *g, const char *kinds, const char *finding, page_row_fn *take)
{
	struct row params = {0};
	int code;

	put_options(&params, g->report);
	row_cstr(&params, "kind", kinds);
	row_cstr(&params, "finding", finding);
	if (!kinds && !finding)
		row_bool(&params, "members", true);
	code = page_each(&g->client, "audit", &params, NULL, 0, take, g->report, NULL);
	row_release(&params);
	return code;
}

static int ask_list(struct gather *g, const char *const *kinds, bool is_latest, page_row_fn *take)
{
	struct writer list = {0};
	struct row params = {0};
	uint32_t count = 0;
	int code;

	while (kinds[count])
		count++;
	mp_put_array(&list, count);
	for (uint32_t i = 0; i < count; i++)
		mp_put_cstr(&list, kinds[i]);
	row_raw(&params, "kinds", writer_view(&list));
	row_cstr(&params, "as_of", g->report->options.as_of);
	row_cstr(&params, "lang", lang_code());
	if (is_latest) {
		row_bool(&params, "latest", true);
		row_bool(&params, "payload", true);
	}
	code = page_each(&g->client, "list", &params, NULL, 0, take, g->report, NULL);
	row_release(&params);
	writer_release(&list);
	return code;
}

static int take_records(struct gather *g)
{
	static const char *const practices[] = {"practice", NULL};
	static const char *const adoptions[] = {"adoption", NULL};
	static const char *const payloads[] = {"commitment", "programme", "project", "cooperation",
	    "workshop", "event", "training", "evaluation", "claim", NULL};
	int code = ask_audit(g, NULL, NULL, take_row);

	if (!code)
		code = ask_audit(g, "evaluation,claim,practice", NULL, take_figures);
	if (!code)
		code = ask_audit(g, NULL, "not-published", take_item);
	report_sort_rows(g->report);
	if (!code)
		code = ask_list(g, payloads, true, take_payload);
	if (!code)
		code = ask_list(g, practices, false, take_practice);
	report_sort_practices(g->report);
	if (!code)
		code = ask_list(g, adoptions, true, take_adoption);
	report_count_adopters(g->report);
	return code;
}

static int take_all(struct gather *g, const struct args *args)
{
	int code = take_status(g);

	if (!code)
		code = wait_indexed(g);
	if (!code)
		code = take_network(g, args);
	if (!code)
		code = take_roster(g);
	if (!code)
		code = take_records(g);
	report_take_articles(g->report);
	return code;
}

/* Forgets what was gathered. */
static void start(struct report *r, const struct report_options *options)
{
	int64_t percent = 33 * DECIMAL_ONE;

	report_release(r);
	r->options = *options;
	if (options->threshold)
		decimal_parse(&percent, bytes_str(options->threshold));
	r->threshold = (unsigned)(percent / (DECIMAL_ONE / 10));
}

static int check_filters(struct gather *g, const struct args *args)
{
	const struct report_options *o = &g->report->options;

	if (o->member && !report_member_of(g->report, bytes_str(o->member)))
		return say_error(args, ERR_UNKNOWN, _("`commune roster list` lists the members"),
		    _("there is no member '%s'"), o->member);
	return EXIT_DONE;
}

int report_gather(struct report *r, const struct args *args, const struct report_options *options)
{
	struct gather g = {.report = r, .client = {.fd = -1}};
	int code = client_open_settled(&g.client, args);

	for (int tries = 0; !code && tries < TRIES_MAX; tries++) {
		char digest[sizeof(r->digest)];
		uint64_t arrivals;

		start(r, options);
		code = take_all(&g, args);
		if (code)
			break;
		arrivals = r->arrivals;
		memcpy(digest, r->digest, sizeof(digest));
		code = take_status(&g);
		if (arrivals == r->arrivals && !strcmp(digest, r->digest))
			break;
		/* The last try stays: its figures are those of the earlier state. */
		r->arrivals = arrivals;
		memcpy(r->digest, digest, sizeof(digest));
	}
	if (!code)
		code = check_filters(&g, args);
	if (!code && r->err)
		code = say_error(args, r->err, NULL, "%s", _(err_text(r->err)));
	client_close(&g.client);
	return code;
}
