/* Rules over one payload. Figures are compared exactly: amounts as integers, decimals in millionths. */
#include "proto/audit_record.h"

#include "proto/decimal.h"
#include "proto/kinds_table.h"
#include "proto/mp.h"

#include <string.h>

const char *const audit_group_names[GROUP_COUNT] = {
    [GROUP_WOMEN] = "women", [GROUP_YOUTH] = "youth", [GROUP_DISABILITIES] = "disabilities"};

static bool int_under(struct bytes map, const char *key, int64_t *value)
{
	struct reader r;

	reader_init(&r, mp_get(map, key));
	if (mp_peek(&r) != MP_INT)
		return false;
	*value = mp_int(&r);
	return r.err == ERR_NONE;
}

static struct bytes str_under(struct bytes map, const char *key)
{
	struct bytes text;
	struct reader r;

	reader_init(&r, mp_get(map, key));
	if (mp_peek(&r) != MP_STR)
		return (struct bytes){0};
	text = mp_str(&r);
	return r.err == ERR_NONE ? text : (struct bytes){0};
}

/* Elements of the array under a key; 0 when it is none. */
static uint32_t list_under(struct bytes map, const char *key, struct reader *r)
{
	reader_init(r, mp_get(map, key));
	return mp_peek(r) == MP_ARRAY ? mp_array(r) : 0;
}

/* --- headcounts ------------------------------------------------------------------------------ */

unsigned audit_headcount(struct bytes payload, struct audit_shares *shares)
{
	static const char *const groups[] = {"women", "youth", "disabilities", "civil_society"};
	struct bytes heads = mp_get(payload, "headcount");
	int64_t total, count;
	bool has_total = int_under(heads, "total", &total) && total >= 0;
	unsigned findings = 0;
	struct reader r;

	*shares = (struct audit_shares){0};
	for (unsigned g = 0; has_total && g < sizeof(groups) / sizeof(*groups); g++) {
		if (!int_under(heads, groups[g], &count) || count < 0)
			continue;
		if (count > total) {
			findings |= 1u << FINDING_GROUP_EXCEEDS_TOTAL;
		} else if (g < GROUP_COUNT && total > 0) {
			shares->has[g] = true;
			/* rounded down: 32.95% are not 33 */
			shares->permille[g] = (unsigned)(count * 1000 / total);
		}
	}
	for (uint32_t left = list_under(payload, "reported_shares", &r); left > 0 && !r.err;
	     left--) {
		struct bytes group = str_under(mp_raw(&r), "group");
		bool is_counted = false;

		for (unsigned g = 0; g < GROUP_COUNT; g++)
			is_counted |=
			    shares->has[g] && bytes_equal(group, bytes_str(audit_group_names[g]));
		if (!is_counted)
			findings |= 1u << FINDING_SHARE_WITHOUT_HEADCOUNT;
	}
	return findings;
}

unsigned audit_shares(const struct audit_shares *shares, unsigned permille)
{
	for (unsigned g = 0; g < GROUP_COUNT; g++)
		if (shares->has[g] && shares->permille[g] < permille)
			return 1u << FINDING_SHARE_BELOW_THRESHOLD;
	return 0;
}

/* --- sums ------------------------------------------------------------------------------------ */

unsigned audit_budget(struct bytes payload)
{
	struct bytes budget = mp_get(payload, "budget");
	struct bytes total = mp_get(budget, "total");
	struct bytes currency = str_under(total, "currency");
	int64_t want, amount, sum = 0;
	struct reader r;
	uint32_t left = list_under(budget, "lines", &r);

	if (!int_under(total, "amount", &want) || left == 0)
		return 0;
	for (; left > 0 && !r.err; left--) {
		struct bytes money = mp_get(mp_raw(&r), "amount");

		if (!int_under(money, "amount", &amount))
			continue;
		if (!bytes_equal(str_under(money, "currency"), currency) ||
		    __builtin_add_overflow(sum, amount, &sum))
			return 1u << FINDING_BUDGET_MISMATCH;
	}
	return sum == want ? 0 : 1u << FINDING_BUDGET_MISMATCH;
}

unsigned audit_claim(struct bytes payload)
{
	int64_t want, value, sum = 0;
	struct reader r;
	uint32_t left = list_under(payload, "parts", &r);

	if (!decimal_parse(&want, str_under(payload, "value")) || left == 0)
		return 0;
	for (; left > 0 && !r.err; left--) {
		if (!decimal_parse(&value, str_under(mp_raw(&r), "value")))
			continue;
		if (__builtin_add_overflow(sum, value, &sum))
			return 1u << FINDING_CLAIM_PARTS_DIFFER;
	}
	return sum == want ? 0 : 1u << FINDING_CLAIM_PARTS_DIFFER;
}

/* --- evaluations and programmes -------------------------------------------------------------- */

unsigned audit_conditions(struct bytes payload)
{
	struct reader r, passed;

	for (uint32_t left = list_under(payload, "conditions", &r); left > 0 && !r.err; left--) {
		reader_init(&passed, mp_get(mp_raw(&r), "passed"));
		if (mp_peek(&passed) == MP_BOOL && !mp_bool(&passed))
			return 1u << FINDING_CONDITION_FAILED;
	}
	return 0;
}

bool audit_has_civil_society(struct bytes payload)
{
	struct reader r;
	int64_t count;

	return list_under(payload, "civil_society", &r) > 0 ||
	       (int_under(mp_get(payload, "headcount"), "civil_society", &count) && count > 0);
}

/* Dates sort as text as far as both are given; the shorter one begins earlier. */
static bool is_earlier(struct bytes a, struct bytes b)
{
	size_t size = a.size < b.size ? a.size : b.size;
	int order = size ? memcmp(a.data, b.data, size) : 0;

	return order != 0 ? order < 0 : a.size < b.size;
}

bool audit_stages(struct bytes programme, bool (*is_covered)(void *context, struct bytes stage),
    void *context, struct bytes *since)
{
	bool is_found = false;
	struct reader r;

	*since = (struct bytes){0};
	for (uint32_t left = list_under(programme, "stages", &r); left > 0 && !r.err; left--) {
		struct bytes stage = mp_raw(&r), word = str_under(stage, "stage"),
			     start = str_under(stage, "start");

		if (audit_has_civil_society(stage) ||
		    (word.size > 0 && is_covered && is_covered(context, word)))
			continue;
		if (!date_is_valid(start))
			start = (struct bytes){0};
		if (!is_found || is_earlier(start, *since))
			*since = start;
		is_found = true;
	}
	return is_found;
}
