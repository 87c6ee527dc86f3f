/* What links may lead to: each that fits beside the one that does not. */
#include "tests/proto/kinds_world.h"

static void expect_fits(const char *kind, const char *path, uint16_t target, bool is_own)
{
	struct fault fault;

	assert_true(kinds_link_fits(kind_by_name(bytes_str(kind)), path, target, is_own, &fault));
	assert_string_equal(fault.text, "");
}

static void expect_fault(
    const char *kind, const char *path, uint16_t target, bool is_own, const char *text)
{
	struct fault fault;

	assert_false(kinds_link_fits(kind_by_name(bytes_str(kind)), path, target, is_own, &fault));
	assert_string_equal(fault.path, path);
	assert_false(fault.is_warning);
	assert_string_equal(fault.text, text);
}

static void a_version_replaces_ones_own_of_the_same_kind(void **state)
{
	(void)state;
	expect_fits("practice", "supersedes", KIND_PRACTICE, true);
	expect_fault("practice", "supersedes", KIND_PRACTICE, false,
	    "leads to a record of another member: only its own member can do that");
	expect_fault("practice", "supersedes", KIND_COMMITMENT, true,
	    "leads to a record of kind commitment: a version replaces one of its own kind, "
	    "practice");
	expect_fault("practice", "supersedes", 1000, true,
	    "leads to a record of kind unknown kind: a version replaces one of its own kind, "
	    "practice");
}

static void a_member_reports_on_its_own_commitments(void **state)
{
	(void)state;
	expect_fits("progress", "about", KIND_COMMITMENT, true);
	expect_fault("progress", "about", KIND_COMMITMENT, false,
	    "leads to a record of another member: only its own member can do that");
	expect_fault("progress", "about", KIND_PRACTICE, true,
	    "leads to a record of kind practice, which cannot stand here");
}

static void nobody_attests_their_own(void **state)
{
	(void)state;
	expect_fits("attestation", "about", KIND_COMMITMENT, false);
	expect_fits("attestation", "about", KIND_PRACTICE, false);
	expect_fault("attestation", "about", KIND_COMMITMENT, true,
	    "leads to a record of this member: nobody attests their own");
}

static void anybody_comments_on_anything(void **state)
{
	(void)state;
	for (int is_own = 0; is_own < 2; is_own++) {
		expect_fits("comment", "about", KIND_ATTESTATION, is_own);
		expect_fits("comment", "about", 1000, is_own);
	}
	expect_fits("comment", "text", 1000, true);
	expect_fits("comment", "nothing", 1000, true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_version_replaces_ones_own_of_the_same_kind),
	    cmocka_unit_test(a_member_reports_on_its_own_commitments),
	    cmocka_unit_test(nobody_attests_their_own),
	    cmocka_unit_test(anybody_comments_on_anything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
