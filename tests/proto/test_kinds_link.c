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
	    "leads to a record of kind practice; one of kind commitment, milestone, project "
	    "or programme is wanted");
	expect_fits("progress", "about", KIND_PROGRAMME, true);
}

static void nobody_attests_their_own(void **state)
{
	(void)state;
	expect_fits("attestation", "about", KIND_COMMITMENT, false);
	expect_fits("attestation", "about", KIND_PRACTICE, false);
	expect_fault("attestation", "about", KIND_COMMITMENT, true,
	    "leads to a record of this member: nobody attests their own");
}

static void only_practices_of_others_are_adopted(void **state)
{
	(void)state;
	expect_fits("adoption", "practice", KIND_PRACTICE, false);
	expect_fault("adoption", "practice", KIND_PRACTICE, true,
	    "leads to a record of this member: it is to be another member's");
	expect_fault("adoption", "practice", KIND_PROJECT, false,
	    "leads to a record of kind project; one of kind practice is wanted");
}

static void links_are_judged_in_lists_and_maps(void **state)
{
	(void)state;
	expect_fits("project", "origins[0]", KIND_IDEA, false);
	expect_fits("project", "origins[31]", KIND_PROPOSAL, true);
	expect_fault("project", "origins[31]", KIND_PROJECT, true,
	    "leads to a record of kind project; one of kind idea or proposal is wanted");
	expect_fits("event", "agenda[2].requests[10]", KIND_REQUEST, false);
	expect_fault("event", "agenda[2].requests[10]", KIND_EVENT, false,
	    "leads to a record of kind event; one of kind request is wanted");
	expect_fits("practice", "explains.evaluation", KIND_EVALUATION, false);
	expect_fault("practice", "explains.evaluation", KIND_WORKSHOP, false,
	    "leads to a record of kind workshop; one of kind evaluation is wanted");
	expect_fits("programme", "revises", KIND_PROGRAMME, true);
	expect_fault("programme", "revises", KIND_PROGRAMME, false,
	    "leads to a record of another member: only its own member can do that");
}

static void see(void *context, const struct kinds_value *value)
{
	writer_printf(context, "%s:%s\n", value->path, value->field->name);
}

static void every_value_is_visited_where_it_stands(void **state)
{
	struct writer map = {0}, lines = {0};
	const struct kind *event = kind_by_name(BYTES_STR("event"));

	(void)state;
	kinds_each(event,
	    from_json(&map, "{\"agenda\":[{\"title\":{\"fr\":\"x\"}},{\"requests\":[\"a/1\","
			    "\"a/2\"]}],\"headcount\":{\"total\":3},\"nothing\":[1],\"outputs\":7,"
			    "\"supersedes\":\"a/3\"}"),
	    see, &lines);
	assert_text("agenda[0].title:title\nagenda[1].requests[0]:requests\nagenda[1].requests[1]:"
		    "requests\nheadcount.total:total\nsupersedes:supersedes\n",
	    writer_view(&lines));
	writer_clear(&lines);
	kinds_each(event, BYTES_STR("\x81\xa1z"), see, &lines);
	kinds_each(event, BYTES_STR("\x90"), see, &lines);
	kinds_each(kind_by_number(0), from_json(&map, "{\"a\":1}"), see, &lines);
	assert_int_equal(lines.size, 0);
	assert_true(kind_has(event, TYPE_LINK) && kind_has(event, TYPE_TERRITORY));
	assert_true(kind_has(kind_by_name(BYTES_STR("programme")), TYPE_MEMBER));
	assert_false(kind_has(event, TYPE_MEMBER));
	writer_release(&map);
	writer_release(&lines);
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
	    cmocka_unit_test(only_practices_of_others_are_adopted),
	    cmocka_unit_test(links_are_judged_in_lists_and_maps),
	    cmocka_unit_test(every_value_is_visited_where_it_stands),
	    cmocka_unit_test(anybody_comments_on_anything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
