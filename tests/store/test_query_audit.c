/* The audit over a store: which records are taken for which commitment. Its rules have tests of their own. */
#include "tests/store/two_members.h"

static struct record_ref promise;

static struct record_ref publish_commitment(
    const char *title, const char *end, const struct record_ref *supersedes)
{
	struct writer payload = {0};
	struct record_ref ref;

	mp_put_map(&payload, supersedes ? 3 : 2);
	mp_put_cstr(&payload, "end");
	mp_put_cstr(&payload, end);
	if (supersedes) {
		mp_put_cstr(&payload, "supersedes");
		kinds_put_link(&payload, supersedes);
	}
	mp_put_cstr(&payload, "title");
	mp_put_map(&payload, 1);
	mp_put_cstr(&payload, "fr");
	mp_put_cstr(&payload, title);
	ref = network_publish(&net, &sefrou, KIND_COMMITMENT, writer_view(&payload));
	writer_release(&payload);
	return ref;
}

static struct record_ref publish_progress(
    struct author *author, const struct record_ref *about, const char *status)
{
	struct writer payload = {0};
	struct record_ref ref;

	mp_put_map(&payload, 2);
	mp_put_cstr(&payload, "about");
	kinds_put_link(&payload, about);
	mp_put_cstr(&payload, "status");
	mp_put_cstr(&payload, status);
	ref = network_publish(&net, author, KIND_PROGRESS, writer_view(&payload));
	writer_release(&payload);
	return ref;
}

static struct record_ref publish_attestation(struct author *author, const struct record_ref *about,
    const char *completion, const struct record_ref *supersedes)
{
	struct writer payload = {0};
	struct record_ref ref;

	mp_put_map(&payload, supersedes ? 3 : 2);
	mp_put_cstr(&payload, "about");
	kinds_put_link(&payload, about);
	mp_put_cstr(&payload, "coding");
	mp_put_map(&payload, 1);
	mp_put_cstr(&payload, "completion");
	mp_put_cstr(&payload, completion);
	if (supersedes) {
		mp_put_cstr(&payload, "supersedes");
		kinds_put_link(&payload, supersedes);
	}
	ref = network_publish(&net, author, KIND_ATTESTATION, writer_view(&payload));
	writer_release(&payload);
	return ref;
}

static int set_up(void **state)
{
	two_members(state);
	promise = publish_commitment("Publier le budget", "2026-05-31", NULL);
	return 0;
}

static enum err audit_why(const char *name, const char *value, struct why *why)
{
	struct writer params = {0};
	enum err err;

	network_index(&net);
	mp_put_map(&params, name ? 1 : 0);
	if (name) {
		mp_put_cstr(&params, name);
		mp_put_cstr(&params, value);
	}
	err = network_query_why(&net, "audit", &params, &out, why);
	if (err == ERR_NONE)
		assert_int_equal(mp_scan(writer_view(&out)), ERR_NONE);
	writer_release(&params);
	return err;
}

/* The rows as lines of ref, status, source, overdue, days and findings. */
static const char *audit(const char *name, const char *value)
{
	static char lines[2000];
	struct why why = {0};
	struct reader r;
	uint32_t count;
	size_t at = 0;

	if (audit_why(name, value, &why) != ERR_NONE)
		fail_msg("audit: %s", why.text);
	reader_init(&r, mp_get(writer_view(&out), "rows"));
	count = mp_array(&r);
	lines[0] = '\0';
	for (uint32_t i = 0; i < count; i++) {
		static const char *const words[] = {"ref", "status", "source"};
		struct bytes row = mp_raw(&r);
		struct reader v;
		uint32_t findings;
		for (int w = 0; w < 3; w++) {
			struct bytes word;
			reader_init(&v, mp_get(row, words[w]));
			word = mp_peek(&v) == MP_STR ? mp_str(&v) : BYTES_STR("-");
			at += (size_t)snprintf(lines + at, sizeof(lines) - at, "%s%.*s",
			    w ? " " : "", (int)word.size, (const char *)word.data);
		}
		reader_init(&v, mp_get(row, "overdue"));
		at += (size_t)snprintf(lines + at, sizeof(lines) - at, " %s",
		    mp_peek(&v) != MP_BOOL ? "?"
		    : mp_bool(&v)	   ? "overdue"
					   : "in-time");
		reader_init(&v, mp_get(row, "findings"));
		findings = mp_array(&v);
		for (uint32_t f = 0; f < findings; f++) {
			struct bytes word = mp_str(&v);
			at += (size_t)snprintf(lines + at, sizeof(lines) - at, "%s%.*s",
			    f ? "," : " ", (int)word.size, (const char *)word.data);
		}
		at += (size_t)snprintf(lines + at, sizeof(lines) - at, "\n");
	}
	return lines;
}

static void a_commitment_without_a_word_about_it(void **state)
{
	(void)state;
	assert_string_equal(audit(NULL, NULL), "sefrou/1 - self overdue no-progress,overdue\n");
	assert_string_equal(audit("today", "2026-05-31"), "sefrou/1 - self in-time no-progress\n");
}

static void own_progress_and_the_attestation_of_another(void **state)
{
	(void)state;
	publish_progress(&sefrou, &promise, "complete");
	assert_string_equal(audit(NULL, NULL),
	    "sefrou/1 complete self in-time "
	    "complete-without-attestation,complete-without-evidence\n");
	publish_attestation(&agadir, &promise, "complete", NULL);
	assert_string_equal(
	    audit(NULL, NULL), "sefrou/1 complete attested in-time complete-without-evidence\n");
}

static void an_attestation_of_the_progress_counts_for_its_commitment(void **state)
{
	struct record_ref progress = publish_progress(&sefrou, &promise, "substantial");

	(void)state;
	publish_attestation(&agadir, &progress, "limited", NULL);
	assert_string_equal(audit(NULL, NULL),
	    "sefrou/1 limited attested overdue dissent,overdue,attested-differs\n");
}

static void what_others_report_and_own_attestations_do_not_count(void **state)
{
	(void)state;
	publish_progress(&agadir, &promise, "complete");
	publish_attestation(&sefrou, &promise, "complete", NULL);
	assert_string_equal(
	    audit(NULL, NULL), "sefrou/1 - self overdue self-attested,no-progress,overdue\n");
}

static void a_superseded_attestation_does_not_count(void **state)
{
	struct record_ref attestation;

	(void)state;
	publish_progress(&sefrou, &promise, "substantial");
	attestation = publish_attestation(&agadir, &promise, "not_started", NULL);
	publish_attestation(&agadir, &promise, "substantial", &attestation);
	assert_string_equal(audit(NULL, NULL), "sefrou/1 substantial attested overdue overdue\n");
}

static void only_the_newest_version_is_audited_with_what_was_said_of_earlier_ones(void **state)
{
	(void)state;
	publish_progress(&sefrou, &promise, "limited");
	publish_commitment("Publier le budget chaque mois", "2026-12", &promise);
	assert_string_equal(audit(NULL, NULL), "sefrou/3 limited self in-time\n");
}

static void member_and_region_choose_commitments(void **state)
{
	(void)state;
	assert_string_equal(
	    audit("member", "sefrou"), "sefrou/1 - self overdue no-progress,overdue\n");
	assert_string_equal(audit("member", "agadir"), "");
	assert_string_equal(audit("region", "03"), "sefrou/1 - self overdue no-progress,overdue\n");
	assert_string_equal(audit("region", "09"), "");
}

/* The sample's claimed times are of 2023-11-14. */
static void as_of_a_day_newer_claims_do_not_exist(void **state)
{
	(void)state;
	publish_progress(&sefrou, &promise, "limited");
	assert_string_equal(audit("as_of", "2023-11-13"), "");
	assert_string_equal(audit("as_of", "2023-11-14"), "sefrou/1 limited self in-time\n");
	assert_string_equal(audit("as_of", "2026-06"), "sefrou/1 limited self overdue overdue\n");
}

static void bad_dates_are_refused(void **state)
{
	static const char *const bad[] = {"today", "as_of"};

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct why why = {0};
		assert_int_equal(audit_why(bad[i], "soon", &why), ERR_USAGE);
		assert_int_equal(why.err, ERR_USAGE);
	}
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    TEST(a_commitment_without_a_word_about_it),
	    TEST(own_progress_and_the_attestation_of_another),
	    TEST(an_attestation_of_the_progress_counts_for_its_commitment),
	    TEST(what_others_report_and_own_attestations_do_not_count),
	    TEST(a_superseded_attestation_does_not_count),
	    TEST(only_the_newest_version_is_audited_with_what_was_said_of_earlier_ones),
	    TEST(member_and_region_choose_commitments),
	    TEST(as_of_a_day_newer_claims_do_not_exist),
	    TEST(bad_dates_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
