/* Rules over one payload, each beside the case where the finding is not made. Payloads are written as JSON. */
#include "tests/unit.h"

#include "proto/audit_record.h"
#include "proto/json.h"

#include <string.h>

#define BIT(name) (1u << FINDING_##name)

static struct bytes payload(struct writer *w, const char *json)
{
	struct why why = {0};

	writer_clear(w);
	assert_int_equal(json_parse(w, bytes_str(json), &why), ERR_NONE);
	return writer_view(w);
}

static unsigned headcount(const char *json, struct audit_shares *shares)
{
	struct writer w = {0};
	unsigned findings = audit_headcount(payload(&w, json), shares);

	writer_release(&w);
	return findings;
}

static void test_shares_come_from_headcounts(void **state)
{
	struct audit_shares s;

	(void)state;
	assert_int_equal(
	    headcount(
		"{\"headcount\":{\"total\":200,\"women\":66,\"youth\":65,\"disabilities\":13}}",
		&s),
	    0);
	assert_true(s.has[GROUP_WOMEN] && s.has[GROUP_YOUTH] && s.has[GROUP_DISABILITIES]);
	assert_int_equal(s.permille[GROUP_WOMEN], 330);
	assert_int_equal(s.permille[GROUP_YOUTH], 325);
	assert_int_equal(s.permille[GROUP_DISABILITIES], 65);
	assert_int_equal(audit_shares(&s, 65), 0);
	assert_int_equal(audit_shares(&s, 66), BIT(SHARE_BELOW_THRESHOLD));
}

static void test_a_share_is_never_rounded_up(void **state)
{
	struct audit_shares s;

	(void)state;
	assert_int_equal(headcount("{\"headcount\":{\"total\":1000,\"women\":3299}}", &s),
	    BIT(GROUP_EXCEEDS_TOTAL));
	assert_int_equal(headcount("{\"headcount\":{\"total\":10000,\"women\":3299}}", &s), 0);
	assert_int_equal(audit_shares(&s, 330), BIT(SHARE_BELOW_THRESHOLD));
}

static void test_groups_against_the_total(void **state)
{
	struct audit_shares s;

	(void)state;
	/* they overlap: together they may exceed it */
	assert_int_equal(
	    headcount(
		"{\"headcount\":{\"total\":10,\"women\":8,\"youth\":7,\"civil_society\":10}}", &s),
	    0);
	assert_int_equal(
	    headcount("{\"headcount\":{\"total\":10,\"women\":4,\"civil_society\":11}}", &s),
	    BIT(GROUP_EXCEEDS_TOTAL));
	assert_int_equal(
	    headcount("{\"headcount\":{\"total\":10,\"women\":11}}", &s), BIT(GROUP_EXCEEDS_TOTAL));
	assert_false(s.has[GROUP_WOMEN]);
	assert_int_equal(headcount("{\"headcount\":{\"total\":0,\"women\":0}}", &s), 0);
	assert_false(s.has[GROUP_WOMEN]);
	assert_int_equal(
	    headcount(
		"{\"headcount\":{\"total\":9007199254740991,\"women\":9007199254740991}}", &s),
	    0);
	assert_int_equal(s.permille[GROUP_WOMEN], 1000);
}

static void test_a_reported_share_needs_a_headcount(void **state)
{
	struct audit_shares s;

	(void)state;
	assert_int_equal(
	    headcount("{\"reported_shares\":[{\"group\":\"women\",\"share\":\"33\"}]}", &s),
	    BIT(SHARE_WITHOUT_HEADCOUNT));
	assert_int_equal(headcount("{\"headcount\":{\"total\":9,\"women\":3},\"reported_shares\":[{"
				   "\"group\":\"women\",\"share\":\"33\"}]}",
			     &s),
	    0);
	assert_int_equal(headcount("{\"headcount\":{\"total\":9,\"women\":3},\"reported_shares\":[{"
				   "\"group\":\"youth\",\"share\":\"33\"}]}",
			     &s),
	    BIT(SHARE_WITHOUT_HEADCOUNT));
}

static unsigned judge(unsigned (*rule)(struct bytes), const char *json)
{
	struct writer w = {0};
	unsigned findings = rule(payload(&w, json));

	writer_release(&w);
	return findings;
}

static void test_budget_lines_add_up(void **state)
{
	(void)state;
	assert_int_equal(
	    judge(audit_budget,
		"{\"budget\":{\"total\":{\"amount\":500,\"currency\":\"MAD\"},\"lines\":["
		"{\"amount\":{\"amount\":200,\"currency\":\"MAD\"}},{\"amount\":{\"amount\":300,"
		"\"currency\":\"MAD\"}}]}}"),
	    0);
	assert_int_equal(
	    judge(audit_budget,
		"{\"budget\":{\"total\":{\"amount\":500,\"currency\":\"MAD\"},\"lines\":["
		"{\"amount\":{\"amount\":200,\"currency\":\"MAD\"}},{\"amount\":{\"amount\":301,"
		"\"currency\":\"MAD\"}}]}}"),
	    BIT(BUDGET_MISMATCH));
	assert_int_equal(
	    judge(audit_budget,
		"{\"budget\":{\"total\":{\"amount\":500,\"currency\":\"MAD\"},\"lines\":["
		"{\"amount\":{\"amount\":500,\"currency\":\"EUR\"}}]}}"),
	    BIT(BUDGET_MISMATCH));
	assert_int_equal(
	    judge(audit_budget, "{\"budget\":{\"total\":{\"amount\":500,\"currency\":\"MAD\"}}}"),
	    0);
	assert_int_equal(judge(audit_budget, "{}"), 0);
}

static void test_a_claim_keeps_both_figures(void **state)
{
	(void)state;
	assert_int_equal(judge(audit_claim, "{\"value\":\"126\",\"parts\":[{\"value\":\"12\"},{"
					    "\"value\":\"7\"},{\"value\":\"97\"}]}"),
	    BIT(CLAIM_PARTS_DIFFER));
	assert_int_equal(judge(audit_claim, "{\"value\":\"126\",\"parts\":[{\"value\":\"12\"},{"
					    "\"value\":\"7\"},{\"value\":\"107\"}]}"),
	    0);
	assert_int_equal(judge(audit_claim, "{\"value\":\"126\"}"), 0);
	assert_int_equal(judge(audit_claim, "{\"value\":126,\"parts\":[{\"value\":\"1\"}]}"), 0);
}

static void test_minimum_conditions(void **state)
{
	(void)state;
	assert_int_equal(
	    judge(audit_conditions, "{\"conditions\":[{\"passed\":true},{\"passed\":false}]}"),
	    BIT(CONDITION_FAILED));
	assert_int_equal(
	    judge(audit_conditions, "{\"conditions\":[{\"passed\":true},{\"passed\":true}]}"), 0);
	assert_int_equal(judge(audit_conditions, "{\"conditions\":[{\"passed\":\"no\"}]}"), 0);
}

static bool covers_axes(void *context, struct bytes stage)
{
	return context && bytes_equal(stage, BYTES_STR("axes"));
}

static void test_stages_without_civil_society(void **state)
{
	struct writer w = {0};
	struct bytes since;

	(void)state;
	assert_false(audit_stages(
	    payload(&w,
		"{\"stages\":[{\"stage\":\"communication\",\"civil_society\":[{\"fr\":"
		"\"Association\"}]},"
		"{\"stage\":\"co_creation\",\"headcount\":{\"total\":4,\"civil_society\":1}}]}"),
	    covers_axes, NULL, &since));
	assert_true(audit_stages(payload(&w, "{\"stages\":[{\"stage\":\"axes\",\"start\":\"2023-"
					     "05\"},{\"stage\":\"adoption\",\"start\":\"2023\"}]}"),
	    covers_axes, NULL, &since));
	assert_memory_equal(since.data, "2023", 4);
	assert_int_equal(since.size, 4);
	/* a workshop of that stage covers it */
	assert_true(audit_stages(payload(&w, "{\"stages\":[{\"stage\":\"axes\"},{\"stage\":"
					     "\"adoption\",\"start\":\"2024-01-02\"}]}"),
	    covers_axes, &w, &since));
	assert_int_equal(since.size, 10);
	assert_false(audit_stages(
	    payload(&w, "{\"stages\":[{\"stage\":\"axes\"}]}"), covers_axes, &w, &since));
	assert_false(audit_stages(payload(&w, "{}"), covers_axes, NULL, &since));
	/* nobody is no organisation */
	assert_true(audit_stages(payload(&w, "{\"stages\":[{\"stage\":\"x\",\"civil_society\":[],"
					     "\"headcount\":{\"civil_society\":0}}]}"),
	    NULL, NULL, &since));
	assert_int_equal(since.size, 0);
	writer_release(&w);
}

static void test_any_bytes_are_taken(void **state)
{
	static const char *const shapes[] = {"[]", "5",
	    "{\"headcount\":[],\"budget\":7,\"parts\":{},\"conditions\":[1,[]],\"stages\":[3,\"x\"]"
	    ",\"value\":{}}",
	    "{\"headcount\":{\"total\":-5,\"women\":-6},\"budget\":{\"total\":{\"amount\":\"5\"},"
	    "\"lines\":[[]]},\"reported_shares\":[]}"};

	(void)state;
	for (size_t i = 0; i < sizeof(shapes) / sizeof(*shapes); i++) {
		struct audit_shares s;
		struct writer w = {0};
		struct bytes since, p = payload(&w, shapes[i]);

		assert_int_equal(audit_headcount(p, &s), 0);
		assert_int_equal(audit_budget(p), 0);
		assert_int_equal(audit_claim(p), 0);
		assert_int_equal(audit_conditions(p), 0);
		audit_stages(p, NULL, NULL, &since);
		for (size_t cut = 0; cut < p.size; cut++) { /* and any part of them */
			audit_headcount(bytes_of(p.data, cut), &s);
			audit_budget(bytes_of(p.data, cut));
			audit_claim(bytes_of(p.data, cut));
			audit_conditions(bytes_of(p.data, cut));
			audit_stages(bytes_of(p.data, cut), NULL, NULL, &since);
		}
		writer_release(&w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_shares_come_from_headcounts),
	    cmocka_unit_test(test_a_share_is_never_rounded_up),
	    cmocka_unit_test(test_groups_against_the_total),
	    cmocka_unit_test(test_a_reported_share_needs_a_headcount),
	    cmocka_unit_test(test_budget_lines_add_up),
	    cmocka_unit_test(test_a_claim_keeps_both_figures),
	    cmocka_unit_test(test_minimum_conditions),
	    cmocka_unit_test(test_stages_without_civil_society),
	    cmocka_unit_test(test_any_bytes_are_taken),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
