/* One row of the audit: the facts of the view, held against today's date and a threshold. */
#include "store/query_audit.h"

#include "proto/decimal.h"

#include <stdio.h>
#include <string.h>

static bool is_pledge(uint16_t kind)
{
	return kind == KIND_COMMITMENT || kind == KIND_MILESTONE;
}

/* A stage that is planned for later needs nobody yet. */
static bool has_begun(struct bytes since, const char *today)
{
	return since.size == 0 || memcmp(since.data, today, since.size < 10 ? since.size : 10) <= 0;
}

static void shares_of(const struct audit_row *row, struct audit_shares *shares)
{
	*shares = (struct audit_shares){0};
	for (unsigned g = 0; g < GROUP_COUNT; g++) {
		shares->has[g] = row->has_heads[HEAD_TOTAL] && row->heads[HEAD_TOTAL] > 0 &&
				 row->has_heads[HEAD_WOMEN + g] &&
				 row->heads[HEAD_WOMEN + g] <= row->heads[HEAD_TOTAL];
		if (shares->has[g])
			shares->permille[g] = (unsigned)((uint64_t)row->heads[HEAD_WOMEN + g] *
							 1000 / row->heads[HEAD_TOTAL]);
	}
}

void audit_judge(struct audit_query *aq, struct audited *a)
{
	struct audit_shares shares;

	a->findings = a->row.findings;
	a->is_frozen = audit_is_frozen(aq, a->facet.log_no);
	if (a->is_frozen)
		a->findings |= 1u << FINDING_LOG_FROZEN;
	a->due = (struct audit_due){.overdue = -1};
	if (is_pledge(a->kind)) {
		audit_date(&a->due, a->row.due, a->row.verdict.status, aq->today);
		a->findings |= a->due.findings;
	}
	if (a->row.is_bare && has_begun(a->row.due, aq->today))
		a->findings |= 1u << FINDING_STAGE_WITHOUT_CIVIL_SOCIETY;
	shares_of(&a->row, &shares);
	a->findings |= audit_shares(&shares, aq->permille);
	if (a->kind == KIND_CLAIM)
		audit_judge_claim(aq, a);
	if (a->kind == KIND_EVALUATION)
		audit_judge_score(aq, a);
}

/* --- writing --------------------------------------------------------------------------------- */

static void put_word(struct writer *w, const char *name, struct bytes word)
{
	mp_put_cstr(w, name);
	if (word.size > 0)
		mp_put_str(w, word);
	else
		mp_put_nil(w);
}

static void put_status(struct writer *w, const char *name, int caution)
{
	put_word(w, name, bytes_str(audit_caution_word(caution)));
}

static void put_decimal(struct writer *w, const char *name, bool is_there, int64_t millionths)
{
	char text[DECIMAL_SIZE_MAX + 1] = "";

	if (is_there)
		decimal_format(text, millionths);
	put_word(w, name, bytes_str(text));
}

static void put_findings(struct writer *w, unsigned findings)
{
	mp_put_cstr(w, "findings");
	mp_put_array(w, (uint32_t)__builtin_popcount(findings));
	for (unsigned i = 0; i < FINDING_COUNT; i++)
		if (findings >> i & 1)
			mp_put_cstr(w, audit_finding_name(i));
}

static void put_number(struct writer *w, const char *name, bool is_there, int64_t number)
{
	mp_put_cstr(w, name);
	if (is_there)
		mp_put_int(w, number);
	else
		mp_put_nil(w);
}

static void put_overdue(struct writer *w, int overdue)
{
	mp_put_cstr(w, "overdue");
	if (overdue < 0)
		mp_put_nil(w);
	else
		mp_put_bool(w, overdue == 1);
}

/* In per cent, as decimals: {"disabilities": "6.5", …}. */
static void put_shares(struct writer *w, const struct audit_row *row, bool hides_few)
{
	static const enum audit_group sorted[] = {GROUP_DISABILITIES, GROUP_WOMEN, GROUP_YOUTH};
	struct audit_shares shares;
	uint32_t count = 0;

	shares_of(row, &shares);
	for (unsigned g = 0; g < GROUP_COUNT; g++) {
		int64_t heads = (int64_t)row->heads[HEAD_WOMEN + g];

		shares.has[g] &= !(hides_few && heads > 0 && heads < PEOPLE_FEW);
		count += shares.has[g];
	}
	mp_put_cstr(w, "shares");
	if (count == 0) {
		mp_put_nil(w);
		return;
	}
	mp_put_map(w, count);
	for (unsigned i = 0; i < GROUP_COUNT; i++) {
		enum audit_group g = sorted[i];

		if (shares.has[g])
			put_decimal(w, audit_group_names[g], true,
			    (int64_t)shares.permille[g] * (DECIMAL_ONE / 10));
	}
}

/* Thousands of rows are written at once: no printf. */
static size_t put_digits(uint8_t *out, uint64_t number)
{
	uint8_t digits[20];
	size_t size = 0, at = sizeof(digits);

	do
		digits[--at] = (uint8_t)('0' + number % 10);
	while (number /= 10);
	size = sizeof(digits) - at;
	memcpy(out, digits + at, size);
	return size;
}

static void put_ref(struct writer *w, const struct audited *a)
{
	uint8_t ref[REF_TEXT_MAX];
	size_t size = 0;

	if (a->arrival > 0 && a->member.code.size <= CODE_SIZE_MAX) {
		memcpy(ref, a->member.code.data, a->member.code.size);
		size = a->member.code.size;
		if (a->facet.number != 1) {
			ref[size++] = '.';
			size += put_digits(ref + size, a->facet.number);
		}
		ref[size++] = '/';
		size += put_digits(ref + size, a->facet.index);
	}
	mp_put_cstr(w, "ref");
	mp_put_str(w, bytes_of(ref, size));
}

static void put_region(struct writer *w, const struct audited *a)
{
	int region = a->facet.region ? a->facet.region : a->member.region;
	uint8_t text[2] = {(uint8_t)('0' + region / 10), (uint8_t)('0' + region % 10)};

	put_word(w, "region", bytes_of(text, region > 0 ? 2 : 0));
}

static void put_figures(struct writer *w, const struct audited *a)
{
	bool is_claim = a->kind == KIND_CLAIM, is_score = a->kind == KIND_EVALUATION;
	bool is_judged = a->arrival && is_pledge(a->kind);

	put_decimal(w, "claimed", is_claim && a->row.has_value, a->row.value);
	put_decimal(w, "computed", a->has_computed, a->computed);
	put_status(w, "coordinator_status", is_judged ? a->row.verdict.coordinator_status : -1);
	put_number(w, "days", a->due.has_days, a->due.days);
	put_word(w, "due", is_pledge(a->kind) ? a->row.due : (struct bytes){0});
	put_findings(w, a->findings);
	if (a->arrival)
		put_name_bin(w, "id", a->row.leaf.b, HASH_SIZE);
	else
		put_name_nil(w, "id");
	put_name_str(w, "kind", a->kind ? kind_by_number(a->kind)->name : "member");
	put_number(
	    w, "last_progress", a->row.verdict.has_progress, a->row.verdict.last_progress.ms);
	put_word(w, "member", a->member.code);
	put_status(w, "observer_status", is_judged ? a->row.verdict.observer_status : -1);
	put_overdue(w, a->due.overdue);
	put_ref(w, a);
	put_region(w, a);
	put_decimal(w, "score", is_score && a->row.has_value, a->row.value);
	put_decimal(w, "score_before", a->has_before, a->before);
}

/* An evaluation goes by whom it is about and the year. */
static void put_title(struct writer *w, const struct audited *a)
{
	char text[AUDIT_WORD_SIZE + 8] = "";

	if (a->kind == KIND_EVALUATION && a->row.word.size > 0)
		snprintf(text, sizeof(text), "%.*s %u", (int)a->row.word.size,
		    (const char *)a->row.word.data, a->row.year);
	if (a->row.title.size == 0) {
		put_word(w, "title", bytes_str(text));
		return;
	}
	mp_put_cstr(w, "title");
	title_put(w, a->row.title);
}

void audit_put(struct audit_query *aq, const struct audited *a)
{
	const struct audit_verdict *v = &a->row.verdict;
	struct writer *w = &aq->rows;
	bool is_judged = a->arrival && is_pledge(a->kind);
	struct log_row log;

	mp_put_map(w, a->is_frozen ? 25 : 24);
	put_status(w, "attested_status", is_judged ? v->attested_status : -1);
	put_name_uint(w, "attesters", v->attester_count);
	if (a->is_frozen) {
		log_row_by_number(&aq->q->truth, a->facet.log_no, &log);
		branch_put(aq->q, w, &log);
	}
	put_figures(w, a);
	put_status(w, "self_status", is_judged ? v->self_status : -1);
	put_shares(w, &a->row, aq->hides_few);
	put_name_str(w, "source", v->is_attested ? "attested" : "self");
	put_status(w, "status", is_judged ? v->status : -1);
	put_title(w, a);
	put_word(w, "word", a->row.word);
	aq->row_count++;
}
