/* Where a method becomes a query: transactions around it, parameters out of it. It decides nothing
 * about answers. */
#include "store/query_run.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "store/query_part.h"

struct method {
	const char *name;
	void (*run)(struct query *q);
};

static const struct method methods[] = {
    {"resolve", query_resolve},
    {"list", query_list},
    {"show", query_show},
    {"history", query_history},
    {"audit", query_audit},
    {"search", query_search},
    {"watch", query_watch},
    {"targets", query_targets},
    {"prove", query_prove},
    {"prove.consistency", query_prove_consistency},
    {"prove.evidence", query_prove_evidence},
    {"verify", query_verify},
};

bool query_ok(const struct query *q)
{
	return q->truth.err == ERR_NONE && q->views.err == ERR_NONE && q->out->err == ERR_NONE;
}

void query_fail(struct query *q, enum err err, const char *format, ...)
{
	char text[sizeof(q->truth.why.text)];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	txn_fail(&q->truth, err, "%s", text);
}

static bool param_reader(struct query *q, const char *name, struct reader *r)
{
	struct bytes value = mp_get(q->params, name);

	reader_init(r, value);
	return value.size > 0 && mp_peek(r) != MP_NIL;
}

static void param_wrong(struct query *q, const char *name)
{
	query_fail(q, ERR_USAGE, "parameter \"%s\" has the wrong type", name);
}

struct bytes param_str(struct query *q, const char *name)
{
	struct reader r;

	if (!param_reader(q, name, &r))
		return (struct bytes){0};
	if (mp_peek(&r) == MP_STR)
		return mp_str(&r);
	param_wrong(q, name);
	return (struct bytes){0};
}

uint64_t param_uint(struct query *q, const char *name, uint64_t absent)
{
	struct reader r;
	uint64_t value;

	if (!param_reader(q, name, &r))
		return absent;
	value = mp_peek(&r) == MP_INT ? mp_uint(&r) : 0;
	if (mp_peek(&r) == MP_NONE && r.err == ERR_NONE && r.at == r.end)
		return value;
	param_wrong(q, name);
	return absent;
}

bool param_bool(struct query *q, const char *name)
{
	struct reader r;

	if (!param_reader(q, name, &r))
		return false;
	if (mp_peek(&r) == MP_BOOL)
		return mp_bool(&r);
	param_wrong(q, name);
	return false;
}

/* Days since 1970-01-01 of a date of the proleptic Gregorian calendar. */
static int64_t days_of(int64_t year, int64_t month, int64_t day)
{
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	int64_t of_era = y - era * 400;
	int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static bool number_at(struct bytes text, size_t at, size_t size, int64_t *out)
{
	*out = 0;
	for (size_t i = at; i < at + size; i++) {
		if (i >= text.size || text.data[i] < '0' || text.data[i] > '9')
			return false;
		*out = *out * 10 + (text.data[i] - '0');
	}
	return true;
}

/* The first day of YYYY[-MM[-DD]], or the first after it. */
static bool date_day(struct bytes text, bool is_end, int64_t *day)
{
	int64_t y, m = 1, d = 1;

	if ((text.size != 4 && text.size != 7 && text.size != 10) || !number_at(text, 0, 4, &y) ||
	    (text.size > 4 && (text.data[4] != '-' || !number_at(text, 5, 2, &m))) ||
	    (text.size > 7 && (text.data[7] != '-' || !number_at(text, 8, 2, &d))) || m < 1 ||
	    m > 12 || d < 1 || d > 31)
		return false;
	if (is_end && text.size == 4)
		y++;
	else if (is_end && text.size == 7)
		m++;
	*day = days_of(m > 12 ? y + 1 : y, m > 12 ? 1 : m, d);
	if (is_end && text.size == 10)
		(*day)++;
	return true;
}

bool param_when(struct query *q, const char *name, bool is_end, int64_t *ms)
{
	struct reader r;
	int64_t day;

	if (!param_reader(q, name, &r))
		return false;
	if (mp_peek(&r) == MP_INT) {
		*ms = mp_int(&r) + (is_end ? 1 : 0);
		return true;
	}
	if (!date_day(param_str(q, name), is_end, &day)) {
		query_fail(q, ERR_USAGE, "\"%s\" is no date YYYY, YYYY-MM or YYYY-MM-DD", name);
		return false;
	}
	*ms = day * 86400000;
	return true;
}

bool day_ms(const char *text, int64_t *ms)
{
	int64_t day;

	if (strlen(text) != 10 || !date_day(bytes_str(text), false, &day))
		return false;
	*ms = day * 86400000;
	return true;
}

/* The inverse of days_of. */
static void date_of(int64_t ms, int64_t *year, int64_t *month, int64_t *of_month)
{
	int64_t day = ms / 86400000 - (ms % 86400000 < 0 ? 1 : 0);
	int64_t shifted = day + 719468;
	int64_t era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
	/* 32 bits from here on: groups by month ask for each record. */
	uint32_t of_era = (uint32_t)(shifted - era * 146097);
	uint32_t years = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	uint32_t of_year = of_era - (365 * years + years / 4 - years / 100);
	uint32_t shifted_month = (5 * of_year + 2) / 153;

	*month = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9;
	*year = years + era * 400 + (*month <= 2 ? 1 : 0);
	*of_month = of_year - (153 * shifted_month + 2) / 5 + 1;
}

/* Of years 0 to 9999. */
void day_text(char out[static DAY_TEXT_SIZE], int64_t ms)
{
	int64_t year, month, day;

	date_of(ms, &year, &month, &day);
	snprintf(out, DAY_TEXT_SIZE, "%04u-%02u-%02u", (unsigned)year % 10000,
	    (unsigned)month % 100, (unsigned)day % 100);
}

uint64_t month_of(int64_t ms)
{
	int64_t year, month, day;

	date_of(ms, &year, &month, &day);
	return (uint64_t)(12 * year + month - 1);
}

static void run(struct query *q, const struct method *method)
{
	txn_begin(&q->truth, &q->source->store->env, TXN_READ);
	txn_begin(&q->views, &q->source->views->env, TXN_READ);
	record_walk_begin(&q->walk, &q->truth);
	if (query_ok(q))
		method->run(q);
	record_walk_end(&q->walk);
	if (q->out->err != ERR_NONE)
		query_fail(q, q->out->err, "no memory for an answer");
}

enum err query_run(const struct query_source *source, const char *method, struct bytes params,
    struct writer *result, struct why *why)
{
	struct query q = {.source = source, .params = params, .out = result, .as_of = INT64_MAX};

	if (mp_scan(params) != ERR_NONE)
		return why_set(why, ERR_USAGE, "parameters are no canonical map");
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		enum err err, of_views;
		if (strcmp(methods[i].name, method) != 0)
			continue;
		pthread_rwlock_rdlock(&source->views->in_use);
		run(&q, &methods[i]);
		of_views = txn_end(&q.views, why);
		pthread_rwlock_unlock(&source->views->in_use);
		err = txn_end(&q.truth, why);
		return err != ERR_NONE ? err : of_views;
	}
	return why_set(why, ERR_USAGE, "there is no query %s", method);
}
