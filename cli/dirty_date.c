/* Reads dates from spreadsheets. Decides what is certain; knows nothing of the columns they stand
 * in. */
#include "cli/dirty_date.h"

#include "cli/lang.h"

#include <stdio.h>
#include <string.h>

/* Plans run for at most five years; what lies further off is a slip of a spreadsheet (7/15/1905 is
 * the number 2023). */
#define YEARS_OFF_MAX 15
#define YEAR_MIN 1970
#define YEAR_MAX 2100

static const char *const months[] = {"january", "february", "march", "april", "may", "june", "july",
    "august", "september", "october", "november", "december"};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* One number of at most 5 digits at *at, which moves behind it; -1 when there is none. */
static int number(const char **at, int *digits)
{
	int value = 0;

	for (*digits = 0; is_digit(**at) && *digits < 6; (*digits)++)
		value = 10 * value + (*(*at)++ - '0');
	return *digits && *digits < 6 ? value : -1;
}

static int days_in(int month, int year)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool is_leap = year % 4 == 0 && (year % 100 || year % 400 == 0);

	return days[month - 1] + (month == 2 && is_leap);
}

/* Trimmed and as a C string; false when it is too long to be a date. */
static bool trim(char out[64], struct bytes text)
{
	while (text.size && (text.data[0] == ' ' || text.data[0] == '\n' || text.data[0] == '\t'))
		text.data++, text.size--;
	while (text.size && (text.data[text.size - 1] == ' ' || text.data[text.size - 1] == '\n'))
		text.size--;
	if (text.size >= 64 || memchr(text.data ? text.data : (const uint8_t *)"", 0, text.size))
		return false;
	memcpy(out, text.data ? (const void *)text.data : "", text.size);
	out[text.size] = 0;
	return true;
}

struct slashes {
	int first;
	int second;
	int year;
};

static bool read_slashes(struct slashes *s, const char *at)
{
	int digits;

	s->first = number(&at, &digits);
	if (s->first < 1 || digits > 2 || *at++ != '/')
		return false;
	s->second = number(&at, &digits);
	if (s->second < 1 || digits > 2 || *at++ != '/')
		return false;
	s->year = number(&at, &digits);
	if (digits == 2)
		s->year += 2000;
	return s->year >= 0 && (digits == 2 || digits == 4) && !*at;
}

enum date_order dirty_date_order(struct bytes text)
{
	struct slashes s;
	char copy[64];

	if (!trim(copy, text) || !read_slashes(&s, copy))
		return ORDER_NOT_KNOWN;
	if (s.first > 12 && s.second <= 12)
		return ORDER_DAY_FIRST;
	if (s.second > 12 && s.first <= 12)
		return ORDER_MONTH_FIRST;
	return ORDER_NOT_KNOWN;
}

enum date_order date_order_join(enum date_order a, enum date_order b)
{
	if (a == ORDER_NOT_KNOWN || a == b)
		return b;
	return b == ORDER_NOT_KNOWN ? a : ORDER_BOTH;
}

static void put_date(struct dirty_date *out, int year, int month, int day)
{
	char text[48];
	int size = snprintf(text, sizeof(text), "%04d", year);

	if (month)
		size += snprintf(text + size, sizeof(text) - (size_t)size, "-%02d", month);
	if (day)
		snprintf(text + size, sizeof(text) - (size_t)size, "-%02d", day);
	memcpy(out->date, text, sizeof(out->date) - 1);
}

static void read_ordered(struct dirty_date *out, const struct slashes *s, enum date_order order)
{
	int month = order == ORDER_MONTH_FIRST ? s->first : s->second;
	int day = order == ORDER_MONTH_FIRST ? s->second : s->first;

	if (month > 12 || day > days_in(month, s->year))
		out->reason = N_("there is no such day");
	else
		put_date(out, s->year, month, day);
}

static void read_slashed(struct dirty_date *out, const struct slashes *s, enum date_order order)
{
	if (s->first > 12)
		read_ordered(out, s, ORDER_DAY_FIRST);
	else if (s->second > 12 || s->first == s->second)
		read_ordered(out, s, ORDER_MONTH_FIRST);
	else if (order == ORDER_DAY_FIRST || order == ORDER_MONTH_FIRST)
		read_ordered(out, s, order);
	else {
		put_date(out, s->year, 0, 0);
		out->is_coarse = true;
		out->reason = N_("only the year is certain: the day or the month may stand first");
	}
}

/* `July 2012` */
static bool read_month(struct dirty_date *out, const char *text, int *year)
{
	for (int i = 0; i < 12; i++) {
		size_t size = strlen(months[i]);
		size_t same = 0;
		const char *at;
		int digits;

		while (same < size && lower(text[same]) == months[i][same])
			same++;
		if (same < size || text[size] != ' ')
			continue;
		at = text + size + 1;
		*year = number(&at, &digits);
		if (digits != 4 || *at)
			return false;
		put_date(out, *year, i + 1, 0);
		return true;
	}
	return false;
}

/* `2017`, `2017-03`, `2017-03-31` */
static bool read_iso(struct dirty_date *out, const char *at, int *year)
{
	int parts[3] = {0};
	int digits;

	for (int i = 0; i < 3; i++) {
		parts[i] = number(&at, &digits);
		if (digits != (i ? 2 : 4) || parts[i] == 0)
			return false;
		if (!*at)
			break;
		if (*at++ != '-')
			return false;
	}
	if (*at || at[-1] == '-' || parts[1] > 12 ||
	    (parts[2] && parts[2] > days_in(parts[1], parts[0])))
		return false;
	*year = parts[0];
	put_date(out, parts[0], parts[1], parts[2]);
	return true;
}

static bool holds(const char *text, const char *word)
{
	for (; *text; text++) {
		size_t i = 0;

		while (word[i] && lower(text[i]) == word[i])
			i++;
		if (!word[i])
			return true;
	}
	return false;
}

static const char *reason_of(const char *text)
{
	static const char *const seasons[] = {"spring", "summer", "autumn", "fall", "winter"};
	const char *at = text;
	int digits;

	number(&at, &digits);
	if (digits == 5 && !*at)
		return N_("a number such as spreadsheets keep for a day, whose beginning is not "
			  "written down");
	if (holds(text, "quarter"))
		return N_("a quarter is a span, no date");
	for (size_t i = 0; i < sizeof(seasons) / sizeof(*seasons); i++)
		if (holds(text, seasons[i]))
			return N_("a season is a span, no date");
	return N_("no date");
}

static bool is_given(const char *text)
{
	return *text && strcmp(text, "NA") && strcmp(text, "ND") && strcmp(text, "NR");
}

void dirty_date_read(
    struct dirty_date *out, struct bytes text, enum date_order order, int plan_year)
{
	struct slashes slashes;
	char copy[64];
	int year = 0;

	memset(out, 0, sizeof(*out));
	if (!trim(copy, text)) {
		out->is_given = true;
		out->reason = N_("no date");
		return;
	}
	out->is_given = is_given(copy);
	if (!out->is_given)
		return;
	if (read_slashes(&slashes, copy)) {
		year = slashes.year;
		read_slashed(out, &slashes, order);
	} else if (!read_month(out, copy, &year) && !read_iso(out, copy, &year)) {
		out->reason = reason_of(copy);
	}
	if (!out->date[0])
		return;
	if (year < YEAR_MIN || year > YEAR_MAX ||
	    (plan_year && (year < plan_year - YEARS_OFF_MAX || year > plan_year + YEARS_OFF_MAX))) {
		memset(out->date, 0, sizeof(out->date));
		out->is_coarse = false;
		out->reason = N_("the year lies far from the plan's");
	}
}
