/* Reports out of rows as the daemon answers them: what counts, what is shown of it, what is not said. */
#include "tests/unit.h"

#include "cli/report_read.h"
#include "cli/row.h"
#include "proto/json.h"
#include "proto/kinds.h"

static struct report report;
static struct writer out;

static int begin(void **state)
{
	(void)state;
	memset(&report, 0, sizeof(report));
	report.name = (struct doc_text){BYTES_STR("Network"), BYTES_STR("en")};
	report.threshold = 330;
	snprintf(report.today, sizeof(report.today), "2026-06-30");
	snprintf(report.written, sizeof(report.written), "2026-07-01");
	snprintf(report.network, sizeof(report.network), "00ff");
	report.has_charter = true;
	for (size_t i = 0; i < 2; i++)
		report.articles[i] = (struct report_article){
		    (int64_t)i + 1, {bytes_str(i ? "Two" : "One"), BYTES_STR("en")}};
	report.article_count = 2;
	return 0;
}

static int end(void **state)
{
	(void)state;
	report_release(&report);
	writer_release(&out);
	memset(&out, 0, sizeof(out));
	return 0;
}

/* A map from JSON; ids are given as id: "01". */
static struct bytes map_of(struct writer *map, const char *json)
{
	struct why why = {0};

	writer_clear(map);
	if (json_parse(map, bytes_str(json), &why))
		fail_msg("%s: %s", json, why.text);
	return writer_view(map);
}

static void put_id(struct row *row, unsigned char number)
{
	struct hash id = {{number}};

	if (number)
		row_bin(row, "id", id.b, sizeof(id));
}

static void member(const char *code, const char *kind, const char *territory, const char *state)
{
	struct row row = {0};

	row_cstr(&row, "code", code);
	row_cstr(&row, "kind", kind);
	row_cstr(&row, "territory", territory);
	row_cstr(&row, "state", state);
	report_read_member(&report, row_view(&row));
	row_release(&row);
}

static void members(void)
{
	member("coord", "coordinator", "", "admitted");
	member("oujda", "commune", "02.411.01.11", "admitted");
	member("larache", "commune", "01.331.01.09", "admitted");
	member("tanger", "region", "01", "admitted");
	member("gone", "commune", "01.331.01.11", "removed");
	report_sort_members(&report);
}

/* fields: JSON of what the row says besides id, ref, member and kind; finding may be NULL. */
static void audit(unsigned char id, const char *kind, const char *code, const char *status,
    const char *attested, const char *self, const char *finding)
{
	struct writer findings = {0}, title = {0};
	struct row row = {0};
	char ref[32];

	snprintf(ref, sizeof(ref), "%s/%u", code, id);
	put_id(&row, id);
	row_cstr(&row, "ref", id ? ref : "");
	row_cstr(&row, "member", code);
	row_cstr(&row, "kind", kind);
	row_cstr(&row, "region", "01");
	row_cstr(&row, "status", status);
	row_cstr(&row, "attested_status", attested);
	row_cstr(&row, "self_status", self);
	mp_put_array(&findings, finding != NULL);
	if (finding)
		mp_put_cstr(&findings, finding);
	row_raw(&row, "findings", writer_view(&findings));
	row_raw(&row, "title", map_of(&title, "{\"fr\":\"<b>Titre</b>\"}"));
	row_bool(&row, "overdue", finding && !strcmp(finding, "overdue"));
	row_int(&row, "days", id);
	if (!strcmp(kind, "claim")) {
		row_cstr(&row, "word", "members_commune");
		row_cstr(&row, "claimed", "97");
		row_cstr(&row, "computed", "2");
	}
	if (!strcmp(kind, "evaluation")) {
		row_cstr(&row, "word", "larache");
		row_cstr(&row, "score", "67");
		row_cstr(&row, "score_before", "69.5");
	}
	report_read_audit(&report, row_view(&row));
	report_read_figures(&report, row_view(&row));
	row_release(&row);
	writer_release(&findings);
	writer_release(&title);
}

static void payload(unsigned char id, const char *json)
{
	struct writer map = {0};
	struct row row = {0};
	struct bytes content = map_of(&map, json);

	put_id(&row, id);
	row_bin(&row, "payload", content.data, content.size);
	report_read_payload(&report, row_view(&row));
	row_release(&row);
	writer_release(&map);
}

static void written(const struct doc_format *format)
{
	writer_clear(&out);
	report_write(&report, format, &out);
	assert_ok(out.err);
}

static void shows(const char *part)
{
	if (!memmem(out.data, out.size, part, strlen(part)))
		fail_msg("'%s' is missing in:\n%.*s", part, (int)out.size, (const char *)out.data);
}

static void hides(const char *part)
{
	if (memmem(out.data, out.size, part, strlen(part)))
		fail_msg("'%s' stands in:\n%.*s", part, (int)out.size, (const char *)out.data);
}

/* --- the matrix ------------------------------------------------------------------------------ */

static void members_stand_by_region_and_kind(void **state)
{
	(void)state;
	members();
	written(&doc_csv);
	shows("section,region,name,member,article_1,article_2,other,");
	assert_true((uint8_t *)memmem(out.data, out.size, "tanger,", 7) <
		    (uint8_t *)memmem(out.data, out.size, ",larache,", 9));
	assert_true((uint8_t *)memmem(out.data, out.size, ",larache,", 9) <
		    (uint8_t *)memmem(out.data, out.size, ",oujda,", 7));
	hides("gone");
	hides("coord");
}

static void one_commitment_speaks_for_itself(void **state)
{
	(void)state;
	members();
	audit(1, "commitment", "larache", "complete", NULL, "complete", NULL);
	report_sort_rows(&report);
	payload(1, "{\"article\":1}");
	written(&doc_csv);
	shows(",larache,self=complete,,0,");
	written(&doc_md);
	shows("| larache | complete S | \xe2\x80\x93 |");
}

static void what_others_attest_stands_beside_what_is_said(void **state)
{
	(void)state;
	members();
	audit(1, "commitment", "larache", "limited", "limited", "complete", "overdue");
	report_sort_rows(&report);
	payload(1, "{\"article\":2}");
	written(&doc_csv);
	shows(",larache,,attested=limited;self=complete;overdue,0,");
	written(&doc_html);
	shows("<use href=\"#a2\"/>");
	shows("<use href=\"#s0\"/>");
	shows("class=\"late\"");
}

static void of_several_the_least_advanced_speaks(void **state)
{
	(void)state;
	members();
	audit(1, "commitment", "larache", "complete", NULL, "complete", NULL);
	audit(2, "commitment", "larache", "limited", "limited", "limited", NULL);
	audit(3, "commitment", "larache", "withdrawn", NULL, "withdrawn", NULL);
	report_sort_rows(&report);
	payload(1, "{\"article\":1}");
	payload(2, "{\"article\":1}");
	payload(3, "{\"article\":1}");
	written(&doc_csv);
	shows(",larache,attested=limited;commitments=2,,0,");
}

static void a_withdrawn_one_speaks_when_it_is_alone(void **state)
{
	(void)state;
	members();
	audit(3, "commitment", "larache", "withdrawn", NULL, NULL, NULL);
	report_sort_rows(&report);
	payload(3, "{\"article\":1}");
	written(&doc_csv);
	shows(",larache,self=withdrawn,,0,");
}

static void what_names_no_article_of_the_charter_is_counted_beside(void **state)
{
	(void)state;
	members();
	audit(1, "commitment", "larache", "complete", NULL, "complete", NULL);
	audit(2, "commitment", "larache", NULL, NULL, NULL, NULL);
	report_sort_rows(&report);
	payload(2, "{\"article\":77}");
	written(&doc_csv);
	shows(",larache,,,2,");
}

static void without_a_charter_the_numbers_that_are_named_are_columns(void **state)
{
	(void)state;
	report.has_charter = false;
	report.article_count = 0;
	members();
	audit(1, "commitment", "larache", NULL, NULL, NULL, NULL);
	audit(2, "commitment", "oujda", NULL, NULL, NULL, NULL);
	report_sort_rows(&report);
	payload(1, "{\"article\":7}");
	payload(2, "{\"article\":3}");
	report_take_articles(&report);
	written(&doc_csv);
	shows("section,region,name,member,article_3,article_7,other,");
	shows(",larache,,nothing_reported,0,");
}

static void only_the_region_that_is_wanted(void **state)
{
	(void)state;
	report.options.region = "larache";
	members();
	assert_int_equal(report.region, 1);
	written(&doc_csv);
	shows(",larache,");
	hides(",oujda,");
}

static void an_empty_network_has_a_report(void **state)
{
	static const struct doc_format *const formats[] = {&doc_html, &doc_md, &doc_csv};

	(void)state;
	for (size_t i = 0; i < 3; i++)
		written(formats[i]);
	shows("members,members,0,,");
}

/* --- findings -------------------------------------------------------------------------------- */

static void a_finding_leads_to_its_records(void **state)
{
	(void)state;
	members();
	audit(1, "commitment", "larache", NULL, NULL, NULL, "no-progress");
	audit(2, "commitment", "oujda", NULL, NULL, NULL, "no-progress");
	audit(0, "member", "tanger", NULL, NULL, NULL, "silent");
	report_sort_rows(&report);
	written(&doc_csv);
	shows("findings,no-progress,1,larache/1,");
	shows("findings,no-progress,1,oujda/2,");
	shows("findings,silent,1,tanger,");
	written(&doc_html);
	shows("larache/1</code> <code>oujda/2</code>");
	hides("<b>Titre");
}

static void the_worst_comes_first(void **state)
{
	(void)state;
	members();
	audit(5, "commitment", "larache", NULL, NULL, NULL, "overdue");
	audit(9, "milestone", "oujda", NULL, NULL, NULL, "overdue");
	report_sort_rows(&report);
	written(&doc_csv);
	assert_true((uint8_t *)memmem(out.data, out.size, ",9,,oujda,", 10) <
		    (uint8_t *)memmem(out.data, out.size, ",5,,larache,", 12));
}

/* --- figures --------------------------------------------------------------------------------- */

static void of_fewer_than_five_people_no_number_is_given(void **state)
{
	(void)state;
	members();
	audit(1, "workshop", "larache", NULL, NULL, NULL, "share-below-threshold");
	audit(2, "workshop", "larache", NULL, NULL, NULL, "share-below-threshold");
	report_sort_rows(&report);
	payload(1, "{\"headcount\":{\"total\":40,\"women\":4,\"youth\":20}}");
	payload(2, "{\"headcount\":{\"total\":40,\"women\":5,\"youth\":41}}");
	written(&doc_csv);
	shows("<b>Titre</b>,40,<5,50.0,,larache/1,");
	shows("<b>Titre</b>,40,12.5,,,larache/2,");
	hides("10.0");
	written(&doc_html);
	hides("10.0");
	shows("<b dir=\"ltr\">&lt;5</b>");
	shows("<b dir=\"ltr\">12.5</b>");
}

static void a_budget_shows_what_is_missing(void **state)
{
	(void)state;
	members();
	audit(1, "project", "larache", NULL, NULL, NULL, "budget-mismatch");
	audit(2, "project", "larache", NULL, NULL, NULL, "budget-mismatch");
	report_sort_rows(&report);
	payload(1, "{\"budget\":{\"total\":{\"amount\":100000,\"currency\":\"MAD\"},\"lines\":["
		   "{\"amount\":{\"amount\":60005,\"currency\":\"MAD\"}},"
		   "{\"amount\":{\"amount\":30000,\"currency\":\"MAD\"}}]}}");
	payload(2, "{\"budget\":{\"total\":{\"amount\":100000,\"currency\":\"TND\"},\"lines\":["
		   "{\"amount\":{\"amount\":60000,\"currency\":\"MAD\"}}]}}");
	written(&doc_csv);
	shows(",MAD,1000.00,900.05,-99.95,larache/1,");
	shows(",TND,100.000,,,larache/2,");
}

static void a_claim_stands_beside_its_parts_and_the_roster(void **state)
{
	(void)state;
	members();
	audit(1, "claim", "coord", NULL, NULL, NULL, "claim-differs");
	report_sort_rows(&report);
	payload(1, "{\"value\":\"97\",\"parts\":[{\"value\":\"50.5\"},{\"value\":\"0.25\"}]}");
	written(&doc_csv);
	shows("members,members_commune,2,97,coord/1,");
	shows("members_commune,97,50.75,2,claim-differs,coord/1,");
}

static void a_score_has_its_change(void **state)
{
	(void)state;
	members();
	audit(1, "evaluation", "coord", NULL, NULL, NULL, "score-dropped");
	report_sort_rows(&report);
	payload(1, "{\"year\":\"2020\",\"grid\":{\"id\":\"g\",\"version\":\"1\"}}");
	written(&doc_csv);
	shows("evaluations,larache,2020,g,67,69.5,-2.5,,coord/1,");
}

/* --- practices ------------------------------------------------------------------------------- */

static void practice(unsigned char id, const char *ref, const char *superseded_by)
{
	struct row row = {0};

	put_id(&row, id);
	row_cstr(&row, "ref", ref);
	row_cstr(&row, "member", "larache");
	row_cstr(&row, "superseded_by", superseded_by);
	report_read_practice(&report, row_view(&row));
	row_release(&row);
}

static void adoption(unsigned char of, const char *code, bool is_withdrawn)
{
	struct record_ref link = {.leaf = {{of}}};
	struct writer map = {0};
	struct row row = {0};

	mp_put_map(&map, is_withdrawn ? 2 : 1);
	mp_put_cstr(&map, "practice");
	kinds_put_link(&map, &link);
	if (is_withdrawn) {
		mp_put_cstr(&map, "withdrawn");
		mp_put_bool(&map, true);
	}
	row_cstr(&row, "member", code);
	row_bin(&row, "payload", map.data, map.size);
	report_read_adoption(&report, row_view(&row));
	row_release(&row);
	writer_release(&map);
}

static void adoptions_count_for_the_version_that_stands(void **state)
{
	(void)state;
	members();
	practice(1, "larache/1", "larache/2");
	practice(2, "larache/2", NULL);
	practice(3, "larache/3", NULL);
	report_sort_practices(&report);
	adoption(1, "oujda", false);
	adoption(2, "tanger", false);
	adoption(2, "oujda", false); /* the same member again */
	adoption(3, "oujda", true);
	adoption(9, "oujda", false); /* of a practice that has not arrived */
	report_count_adopters(&report);
	written(&doc_csv);
	shows("practices-adopted,larache/2,larache,,2,");
	hides("practices-adopted,larache/1");
	hides("practices-adopted,larache/3");
}

static void versions_that_go_round_come_to_an_end(void **state)
{
	(void)state;
	members();
	practice(1, "larache/1", "larache/2");
	practice(2, "larache/2", "larache/1");
	report_sort_practices(&report);
	adoption(1, "oujda", false);
	report_count_adopters(&report);
	written(&doc_csv);
	hides("practices-adopted,larache");
}

/* --- what a hostile peer may have put there -------------------------------------------------- */

static void payloads_of_any_shape_say_nothing(void **state)
{
	static const char *const finding[] = {
	    "share-below-threshold", "budget-mismatch", "stage-without-civil-society"};
	static const char *const shapes[] = {"{\"headcount\":[1],\"budget\":\"x\",\"stages\":{}}",
	    "{\"headcount\":{\"total\":-5,\"women\":9},\"budget\":{\"total\":3,\"lines\":[1,null]},"
	    "\"stages\":[1,[],{\"stage\":7}],\"article\":\"one\"}",
	    "{\"headcount\":{\"total\":9007199254740991,\"women\":9007199254740991},"
	    "\"budget\":{\"total\":{\"amount\":-9007199254740991,\"currency\":\"=1+1\"},\"lines\":["
	    "{\"amount\":{\"amount\":9007199254740991,\"currency\":\"=1+1\"}}]}}"};

	(void)state;
	members();
	for (unsigned char i = 0; i < 9; i++)
		audit((unsigned char)(i + 1), "programme", "larache", NULL, NULL, NULL,
		    finding[i % 3]);
	report_sort_rows(&report);
	for (unsigned char i = 0; i < 9; i++)
		payload((unsigned char)(i + 1), shapes[i / 3]);
	written(&doc_html);
	written(&doc_md);
	written(&doc_csv);
	shows("\"'=1+1\"");
	hides(",=1+1");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
	const struct CMUnitTest tests[] = {
	    TEST(members_stand_by_region_and_kind),
	    TEST(one_commitment_speaks_for_itself),
	    TEST(what_others_attest_stands_beside_what_is_said),
	    TEST(of_several_the_least_advanced_speaks),
	    TEST(a_withdrawn_one_speaks_when_it_is_alone),
	    TEST(what_names_no_article_of_the_charter_is_counted_beside),
	    TEST(without_a_charter_the_numbers_that_are_named_are_columns),
	    TEST(only_the_region_that_is_wanted),
	    TEST(an_empty_network_has_a_report),
	    TEST(a_finding_leads_to_its_records),
	    TEST(the_worst_comes_first),
	    TEST(of_fewer_than_five_people_no_number_is_given),
	    TEST(a_budget_shows_what_is_missing),
	    TEST(a_claim_stands_beside_its_parts_and_the_roster),
	    TEST(a_score_has_its_change),
	    TEST(adoptions_count_for_the_version_that_stands),
	    TEST(versions_that_go_round_come_to_an_end),
	    TEST(payloads_of_any_shape_say_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
