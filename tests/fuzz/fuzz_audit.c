/* The audit's rules over one payload, whatever it holds; a row of its view and decimals come back as they were.
 *
 * covers: proto/audit.c proto/audit_record.c proto/decimal.c
 * covers: store/audit_row.c:audit_row_encode,audit_row_decode,put_status,take_status,put_verdict,take_verdict
 * covers: store/audit_row.c:has_verdict,heads_of,put_heads,take_heads,parts_of,take_flags,audit_row_key */
#include "tests/fuzz/fuzz.h"

#include "proto/decimal.h"
#include "proto/kinds_table.h"
#include "proto/mp.h"
#include "store/audit_row.h"

static void one_decimal(struct bytes text)
{
	char again[DECIMAL_SIZE_MAX + 1];
	int64_t value, same;

	if (!decimal_parse(&value, text))
		return;
	fuzz_check(decimal_is_valid(text));
	fuzz_check(value >= -MP_INT_MAX && value <= MP_INT_MAX);
	decimal_format(again, value);
	fuzz_check(decimal_parse(&same, bytes_str(again)) && same == value);
}

static bool is_covered(void *context, struct bytes stage)
{
	unsigned *asked = context;

	fuzz_check(stage.size > 0);
	return ++*asked % 3 == 0;
}

static void one_payload(struct bytes payload)
{
	struct audit_shares shares;
	struct bytes since;
	unsigned asked = 0, findings = audit_headcount(payload, &shares);

	for (unsigned g = 0; g < GROUP_COUNT; g++)
		fuzz_check(shares.permille[g] <= 1000);
	findings |= audit_shares(&shares, 330) | audit_budget(payload) | audit_claim(payload) |
		    audit_conditions(payload);
	fuzz_check(findings >> FINDING_COUNT == 0);
	audit_stages(payload, is_covered, &asked, &since);
	fuzz_check(since.size == 0 || date_is_valid(since));
}

/* Two who attest and a member who reports, from one payload at other places of their logs. */
static void one_verdict(struct bytes payload, unsigned places)
{
	struct audit a = {0};
	struct audit_verdict v;
	struct audit_fact fact = {.member = 1, .log_number = 1};

	audit_begin(&a, 1, (places & 64) != 0);
	for (unsigned i = 0; i < 6; i++) {
		audit_fact_read(&fact, i % 2 ? KIND_ATTESTATION : KIND_PROGRESS, payload);
		fact.member = 1 + (places >> i) % 3;
		fact.index = places * 7 % (i + 2);
		fact.log_number = 1 + places % 2;
		if (i % 2)
			audit_attestation(&a, &fact);
		else
			audit_progress(&a, &fact);
	}
	fuzz_check(audit_end(&a, &v) == ERR_NONE);
	fuzz_check(v.attester_count <= 2 && v.findings >> FINDING_COUNT == 0);
	fuzz_check(!v.is_attested || v.status == v.attested_status);
	fuzz_check(v.status < 0 || audit_caution_word(v.status)[0]);
	for (unsigned i = 0; i <= FINDING_COUNT; i++)
		fuzz_check(!audit_finding_name(i)[0] == (i == FINDING_COUNT));
	audit_release(&a);
}

static void one_date(struct bytes due)
{
	struct audit_due out;

	fuzz_check(audit_date(&out, due, -1, "2024-02") == ERR_USAGE);
	fuzz_check(audit_date(&out, due, -1, "2024-02-29") == ERR_NONE);
	fuzz_check(out.has_days == date_is_valid(due));
	fuzz_check(out.overdue == (out.has_days ? out.days > 0 : -1));
}

static void one_row(struct bytes value)
{
	struct writer again = {0}, third = {0};
	uint8_t key[AUDIT_KEY_SIZE];
	struct audit_row row;

	if (!audit_row_decode(&row, value))
		return;
	audit_row_encode(&again, &row);
	fuzz_check(!again.err && again.size <= value.size);
	fuzz_check(audit_row_decode(&row, writer_view(&again)));
	audit_row_encode(&third, &row);
	fuzz_check(bytes_equal(writer_view(&again), writer_view(&third)));
	audit_row_key(key, KIND_CLAIM, row.grid);
	fuzz_check(be16_get(key) == KIND_CLAIM && be64_get(key + 2) == row.grid);
	writer_release(&again);
	writer_release(&third);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes in = bytes_of(data, size);
	struct bytes date = mp_get(in, "end");
	struct reader r;

	one_decimal(in);
	one_row(in);
	one_payload(in);
	one_verdict(in, size > 0 ? data[size - 1] : 0);
	one_date(in);
	reader_init(&r, date);
	one_date(mp_peek(&r) == MP_STR ? mp_str(&r) : date);
	return 0;
}
