/* The rules of the audit, each with the case next to it where the finding is not made. */
#include "tests/unit.h"

#include "proto/audit.h"
#include "proto/mp.h"

#define BIT(name) (1u << FINDING_##name)

/* Payloads live until the end of the test. */
struct room {
	struct writer payloads[16];
	unsigned count;
};

static struct writer *fresh(struct room *room)
{
	assert_true(room->count < 16);
	return &room->payloads[room->count++];
}

static void release(struct room *room, struct audit *a)
{
	for (unsigned i = 0; i < room->count; i++)
		writer_release(&room->payloads[i]);
	audit_release(a);
}

/* Members are numbers to the rules. */
static uint32_t number_of(const char *member)
{
	uint32_t number = 0;

	for (; *member; member++)
		number = number * 31 + (uint8_t)*member;
	return number;
}

static const char *due_date;

/* A commitment of fes. */
static void begin(struct audit *a, const char *due, bool is_withdrawn)
{
	due_date = due;
	audit_begin(a, number_of("fes"), is_withdrawn);
}

static void put_evidence(struct writer *w)
{
	mp_put_cstr(w, "evidence");
	mp_put_array(w, 1);
	mp_put_map(w, 0);
}

static void progress(struct room *room, struct audit *a, const char *member, uint64_t index,
    const char *status, bool is_evidenced)
{
	struct writer *w = fresh(room);
	struct audit_fact fact = {.member = number_of(member), .log_number = 1, .index = index};

	mp_put_map(w, 1u + is_evidenced);
	if (is_evidenced)
		put_evidence(w);
	mp_put_cstr(w, "status");
	mp_put_cstr(w, status);
	fact.time.ms = (int64_t)(1000 - index); /* claimed times order nothing */
	audit_fact_read(&fact, KIND_PROGRESS, writer_view(w));
	audit_progress(a, &fact);
}

/* agrees: 1, 0 or -1 for not said; coded and role may be NULL. */
static void attest_as(struct room *room, struct audit *a, const char *member, uint64_t index,
    int agrees, const char *coded, const char *role)
{
	struct writer *w = fresh(room);
	struct audit_fact fact = {.member = number_of(member), .log_number = 1, .index = index};

	mp_put_map(w, (agrees >= 0 ? 1u : 0) + (coded ? 1 : 0) + (role ? 1 : 0));
	if (agrees >= 0) {
		mp_put_cstr(w, "agrees");
		mp_put_bool(w, agrees == 1);
	}
	if (coded) {
		mp_put_cstr(w, "coding");
		mp_put_map(w, 1);
		mp_put_cstr(w, "completion");
		mp_put_cstr(w, coded);
	}
	if (role) {
		mp_put_cstr(w, "role");
		mp_put_cstr(w, role);
	}
	audit_fact_read(&fact, KIND_ATTESTATION, writer_view(w));
	audit_attestation(a, &fact);
}

static void attest(struct room *room, struct audit *a, const char *member, uint64_t index,
    int agrees, const char *coded)
{
	attest_as(room, a, member, index, agrees, coded, NULL);
}

struct row {
	struct audit_verdict v;
	struct audit_due d;
	unsigned findings;
};

static struct row end(struct audit *a, const char *today)
{
	struct row row;

	assert_ok(audit_end(a, &row.v));
	assert_ok(audit_date(
	    &row.d, due_date ? bytes_str(due_date) : (struct bytes){0}, row.v.status, today));
	row.findings = row.v.findings | row.d.findings;
	return row;
}

#define assert_status(word, caution) assert_string_equal(word, audit_caution_word(caution))

static void a_due_date_is_over_when_all_of_it_has_passed(void **state)
{
	static const struct {
		const char *due, *today;
		int overdue;
		int64_t days;
	} cases[] = {
	    {"2016", "2016-12-31", 0, 0},
	    {"2016", "2017-01-01", 1, 1},
	    {"2016-02", "2016-02-29", 0, 0},
	    {"2016-02", "2016-03-01", 1, 1},
	    {"2015-02", "2015-03-01", 1, 1},
	    {"2016-10-21", "2016-10-21", 0, 0},
	    {"2016-10-21", "2016-10-22", 1, 1},
	    {"2016-10-21", "2017-10-21", 1, 365},
	    {"2016-10-21", "2016-10-01", 0, -20},
	    {"2024", "2026-11-21", 1, 690},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct room room = {0};
		struct audit a = {0};
		struct row row;

		begin(&a, cases[i].due, false);
		row = end(&a, cases[i].today);
		assert_int_equal(row.d.overdue, cases[i].overdue);
		assert_true(row.d.has_days && row.d.days == cases[i].days);
		assert_text(cases[i].due, row.d.due);
		assert_int_equal(
		    row.findings, BIT(NO_PROGRESS) | (cases[i].overdue ? BIT(OVERDUE) : 0));
		release(&room, &a);
	}
}

static void without_a_due_date_nothing_is_said(void **state)
{
	static const char *const dates[] = {NULL, "", "Ongoing", "99999", "2016-13", "2016-02-30"};

	(void)state;
	for (size_t i = 0; i < sizeof(dates) / sizeof(dates[0]); i++) {
		struct room room = {0};
		struct audit a = {0};
		struct row row;

		begin(&a, dates[i], false);
		row = end(&a, "2026-01-01");
		assert_int_equal(row.d.overdue, -1);
		assert_false(row.d.has_days);
		assert_int_equal(row.d.due.size, 0);
		assert_int_equal(row.findings, BIT(NO_PROGRESS) | BIT(NO_DUE_DATE));
		release(&room, &a);
	}
}

static void what_is_complete_or_withdrawn_is_not_overdue(void **state)
{
	struct room room = {0};
	struct audit a = {0};
	struct row row;

	(void)state;
	begin(&a, "2020", false);
	progress(&room, &a, "fes", 1, "substantial", true);
	assert_int_equal(end(&a, "2026-01-01").d.overdue, 1);
	progress(&room, &a, "fes", 2, "complete", true);
	row = end(&a, "2026-01-01");
	assert_int_equal(row.d.overdue, 0);
	assert_true(row.v.has_progress && row.v.last_progress.ms == 998);
	assert_status("complete", row.v.status);
	assert_false(row.v.is_attested);
	release(&room, &a);

	room = (struct room){0};
	a = (struct audit){0};
	begin(&a, "2020", true);
	row = end(&a, "2026-01-01");
	assert_status("withdrawn", row.v.status);
	assert_status("withdrawn", row.v.self_status);
	assert_int_equal(row.d.overdue, 0);
	assert_int_equal(row.findings, 0);
	release(&room, &a);

	/* Nor is a due date missing. */
	room = (struct room){0};
	a = (struct audit){0};
	begin(&a, NULL, true);
	row = end(&a, "2026-01-01");
	assert_int_equal(row.d.overdue, -1);
	assert_int_equal(row.findings, 0);
	release(&room, &a);
}

static void complete_needs_evidence_and_somebody_else(void **state)
{
	struct room room = {0};
	struct audit a = {0};

	(void)state;
	begin(&a, "2020", false);
	progress(&room, &a, "fes", 1, "complete", false);
	assert_int_equal(end(&a, "2020-01-01").findings,
	    BIT(COMPLETE_WITHOUT_ATTESTATION) | BIT(COMPLETE_WITHOUT_EVIDENCE));
	attest(&room, &a, "fes", 2, 1, "complete"); /* its own */
	assert_int_equal(end(&a, "2020-01-01").findings, BIT(COMPLETE_WITHOUT_ATTESTATION) |
							     BIT(COMPLETE_WITHOUT_EVIDENCE) |
							     BIT(SELF_ATTESTED));
	assert_int_equal(end(&a, "2020-01-01").v.attester_count, 0);
	attest(&room, &a, "observer", 1, 1, NULL);
	assert_int_equal(
	    end(&a, "2020-01-01").findings, BIT(COMPLETE_WITHOUT_EVIDENCE) | BIT(SELF_ATTESTED));
	assert_true(end(&a, "2020-01-01").v.is_attested);
	progress(&room, &a, "fes", 3, "complete", true);
	assert_int_equal(end(&a, "2020-01-01").findings, BIT(SELF_ATTESTED));
	release(&room, &a);
}

static void dissent_is_shown_and_the_cautious_one_counts(void **state)
{
	struct room room = {0};
	struct audit a = {0};
	struct row row;

	(void)state;
	begin(&a, "2020", false);
	progress(&room, &a, "fes", 1, "complete", true);
	attest(&room, &a, "c0", 1, -1, "complete");
	assert_int_equal(end(&a, "2020-01-01").findings, 0);
	attest(&room, &a, "c1", 1, -1, "limited");
	row = end(&a, "2021-01-01");
	assert_status("limited", row.v.status);
	assert_status("complete", row.v.self_status);
	assert_true(row.v.is_attested);
	assert_int_equal(row.v.attester_count, 2);
	assert_int_equal(row.findings, BIT(DISSENT) | BIT(ATTESTED_DIFFERS) |
					   BIT(COMPLETE_WITHOUT_ATTESTATION) | BIT(OVERDUE));
	attest(&room, &a, "c1", 9, -1, "complete"); /* changed their mind */
	attest(&room, &a, "c1", 4, -1, "limited");  /* older, learnt later */
	assert_int_equal(end(&a, "2021-01-01").findings, 0);
	attest(&room, &a, "c1", 10, 0, NULL);
	assert_int_equal(end(&a, "2021-01-01").findings, BIT(DISSENT));
	release(&room, &a);
}

static void coordinators_and_observers_are_held_against_each_other(void **state)
{
	struct room room = {0};
	struct audit a = {0};
	struct row row;

	(void)state;
	begin(&a, "2020", false);
	progress(&room, &a, "fes", 1, "limited", true);
	attest_as(&room, &a, "c0", 1, -1, "limited", "coordinator");
	attest_as(&room, &a, "o0", 1, -1, "limited", "observer");
	attest_as(&room, &a, "safi", 1, -1, "substantial", "member");
	row = end(&a, "2020-01-01");
	assert_int_equal(row.findings, BIT(DISSENT));
	attest_as(&room, &a, "o0", 2, -1, "not_started", "observer");
	row = end(&a, "2020-01-01");
	assert_int_equal(row.findings, BIT(DISSENT) | BIT(ATTESTED_DIFFERS) | BIT(CODING_DIFFERS));
	assert_status("limited", row.v.coordinator_status);
	assert_status("not_started", row.v.observer_status);
	release(&room, &a);
}

static void what_nobody_knows_codes_nothing(void **state)
{
	static const char *const unknowns[] = {"ND", "NR", "NA", "perhaps"};
	struct room room = {0};
	struct audit a = {0};
	struct row row;

	(void)state;
	begin(&a, "2020", false);
	progress(&room, &a, "fes", 1, "limited", false);
	for (unsigned i = 0; i < 4; i++)
		attest(&room, &a, "c0", i, -1, unknowns[i]);
	row = end(&a, "2020-01-01");
	assert_false(row.v.is_attested);
	assert_status("limited", row.v.status);
	assert_int_equal(row.v.attester_count, 1);
	assert_int_equal(row.findings, 0);
	release(&room, &a);
}

static void only_the_member_reports_and_withdrawn_reports_do_not_count(void **state)
{
	struct room room = {0};
	struct audit a = {0};
	struct audit_fact fact = {.member = number_of("fes"), .log_number = 2};

	(void)state;
	begin(&a, "2030", false);
	progress(&room, &a, "sefrou", 1, "complete", true);
	assert_int_equal(end(&a, "2020-01-01").findings, BIT(NO_PROGRESS));
	audit_fact_read(&fact, KIND_PROGRESS,
	    HEX("82 a6 737461747573 a8 636f6d706c657465 a9 77697468647261776e c3"));
	audit_progress(&a, &fact);
	assert_int_equal(end(&a, "2020-01-01").findings, BIT(NO_PROGRESS));
	progress(&room, &a, "fes", 1, "limited", true);
	assert_int_equal(end(&a, "2020-01-01").findings, 0);
	audit_fact_read(&fact, KIND_PROGRESS, HEX("81 a6 737461747573 a8 636f6d706c657465"));
	audit_progress(&a, &fact); /* a later log of the same member */
	assert_status("complete", end(&a, "2020-01-01").v.self_status);
	release(&room, &a);
}

static void hostile_payloads_break_nothing(void **state)
{
	static const char *const payloads[] = {"", "c0", "81", "81a3656e6401", "81a6737461747573c3",
	    "81a6636f64696e6701", "81a8 65766964656e6365 01", "dfffffffff", "c1"};
	struct room room = {0};
	struct audit a = {0};
	struct row row;
	uint8_t bytes[16][32];

	(void)state;
	for (size_t i = 0; i < sizeof(payloads) / sizeof(payloads[0]); i++) {
		struct bytes payload = unit_unhex(bytes[i], 32, payloads[i]);
		struct audit_fact fact = {.member = number_of("fes"), .index = i};

		begin(&a, NULL, false);
		audit_fact_read(&fact, KIND_PROGRESS, payload);
		audit_progress(&a, &fact);
		fact.member = number_of("c0");
		audit_fact_read(&fact, KIND_ATTESTATION, payload);
		audit_attestation(&a, &fact);
		row = end(&a, "2020-01-01");
		assert_int_equal(row.d.overdue, -1);
		assert_int_equal(row.v.status, -1);
	}
	assert_err(ERR_USAGE, audit_date(&row.d, BYTES_STR("2020"), -1, "2020-01"));
	assert_err(ERR_USAGE, audit_date(&row.d, BYTES_STR("2020"), -1, "today"));
	release(&room, &a);
}

static void findings_have_names(void **state)
{
	(void)state;
	assert_string_equal(audit_finding_name(FINDING_DISSENT), "dissent");
	assert_string_equal(audit_finding_name(FINDING_NO_DUE_DATE), "no-due-date");
	assert_string_equal(audit_finding_name(FINDING_COUNT), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_due_date_is_over_when_all_of_it_has_passed),
	    cmocka_unit_test(without_a_due_date_nothing_is_said),
	    cmocka_unit_test(what_is_complete_or_withdrawn_is_not_overdue),
	    cmocka_unit_test(complete_needs_evidence_and_somebody_else),
	    cmocka_unit_test(dissent_is_shown_and_the_cautious_one_counts),
	    cmocka_unit_test(coordinators_and_observers_are_held_against_each_other),
	    cmocka_unit_test(what_nobody_knows_codes_nothing),
	    cmocka_unit_test(only_the_member_reports_and_withdrawn_reports_do_not_count),
	    cmocka_unit_test(hostile_payloads_break_nothing),
	    cmocka_unit_test(findings_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
