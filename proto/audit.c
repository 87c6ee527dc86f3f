/* The rules of the audit. What was attested goes before what is claimed, the cautious before the hopeful; what is missing
 * is said, never guessed. */
#include "proto/audit.h"

#include <string.h>

#include "proto/kinds_table.h"
#include "proto/mp.h"

static const char *const finding_names[] = {
#define X(id, name) [FINDING_##id] = name,
    AUDIT_FINDING_MAP(X)
#undef X
};

const char *audit_finding_name(unsigned finding)
{
	return finding < FINDING_COUNT ? finding_names[finding] : "";
}

void audit_begin(struct audit *a, const char *member, struct bytes commitment)
{
	a->member = member;
	a->commitment = commitment;
	a->is_self_attested = false;
	writer_clear(&a->progress);
	writer_clear(&a->attestations);
}

void audit_release(struct audit *a)
{
	writer_release(&a->progress);
	writer_release(&a->attestations);
}

/* --- facts ----------------------------------------------------------------------------------- */

static unsigned fact_count(const struct writer *facts)
{
	return (unsigned)(facts->size / sizeof(struct audit_fact));
}

static struct audit_fact fact_at(const struct writer *facts, unsigned position)
{
	struct audit_fact fact;

	memcpy(&fact, facts->data + position * sizeof(fact), sizeof(fact));
	return fact;
}

static bool is_newer(const struct audit_fact *a, const struct audit_fact *b)
{
	if (a->log_number != b->log_number)
		return a->log_number > b->log_number;
	return a->index > b->index;
}

/* Only the commitment's own member reports progress. */
void audit_progress(struct audit *a, const struct audit_fact *fact)
{
	if (strcmp(fact->member, a->member) != 0 || kinds_is_withdrawn(fact->payload))
		return;
	writer_put(&a->progress, fact, sizeof(*fact));
}

/* The newest of each attester counts; nobody attests their own. */
void audit_attestation(struct audit *a, const struct audit_fact *fact)
{
	if (kinds_is_withdrawn(fact->payload))
		return;
	if (strcmp(fact->member, a->member) == 0) {
		a->is_self_attested = true;
		return;
	}
	for (unsigned i = 0; i < fact_count(&a->attestations); i++) {
		struct audit_fact other = fact_at(&a->attestations, i);

		if (strcmp(other.member, fact->member) != 0)
			continue;
		if (is_newer(fact, &other))
			memcpy(a->attestations.data + i * sizeof(*fact), fact, sizeof(*fact));
		return;
	}
	writer_put(&a->attestations, fact, sizeof(*fact));
}

static bool has_evidence(struct bytes payload)
{
	struct reader r;

	reader_init(&r, mp_get(payload, "evidence"));
	return mp_peek(&r) == MP_ARRAY && mp_array(&r) > 0;
}

/* 1, 0, or -1 when it is not said. */
static int agrees(struct bytes payload)
{
	struct reader r;

	reader_init(&r, mp_get(payload, "agrees"));
	return mp_peek(&r) == MP_BOOL ? mp_bool(&r) : -1;
}

static const char *const caution_words[] = {
    "no_evidence", "not_started", "limited", "substantial", "complete", "withdrawn"};
#define CAUTION_COUNT ((int)(sizeof(caution_words) / sizeof(caution_words[0])))

int audit_caution(struct bytes status)
{
	for (int i = 0; i < CAUTION_COUNT; i++)
		if (bytes_equal(bytes_str(caution_words[i]), status))
			return i;
	return -1;
}

const char *audit_caution_word(int caution)
{
	return caution >= 0 && caution < CAUTION_COUNT ? caution_words[caution] : "";
}

static bool is_complete(struct bytes status)
{
	return bytes_equal(status, BYTES_STR("complete"));
}

static bool is_over(struct bytes status)
{
	return is_complete(status) || bytes_equal(status, BYTES_STR("withdrawn"));
}

/* --- dates ----------------------------------------------------------------------------------- */

static int number_of(const uint8_t *digits, size_t size)
{
	int value = 0;

	for (size_t i = 0; i < size; i++)
		value = value * 10 + (digits[i] - '0');
	return value;
}

/* Days since 1970-01-01 in the Gregorian calendar. */
static int64_t day_number(int year, int month, int day)
{
	int y = month <= 2 ? year - 1 : year;
	int era = y / 400;
	int of_era = y - era * 400;
	int of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return (int64_t)era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

/* The last day of a day, month or year. */
static int64_t last_day(struct bytes date)
{
	int year = number_of(date.data, 4);
	int month = date.size >= 7 ? number_of(date.data + 5, 2) : 12;

	if (date.size == 10)
		return day_number(year, month, number_of(date.data + 8, 2));
	if (month == 12)
		return day_number(year + 1, 1, 1) - 1;
	return day_number(year, month + 1, 1) - 1;
}

static void judge_dates(struct audit_row *row, struct bytes commitment, struct bytes today)
{
	struct bytes due = kinds_str(commitment, "end");

	row->overdue = -1;
	if (!date_is_valid(due)) {
		row->findings |= 1u << FINDING_NO_DUE_DATE;
		return;
	}
	row->due = due;
	row->has_days = true;
	row->days = last_day(today) - last_day(due);
	row->overdue = row->days > 0 && !is_over(row->status);
	if (row->overdue)
		row->findings |= 1u << FINDING_OVERDUE;
}

/* --- status ---------------------------------------------------------------------------------- */

static bool judge_self(const struct audit *a, struct audit_row *row)
{
	struct audit_fact newest = {0};
	bool is_evidenced = false;

	for (unsigned i = 0; i < fact_count(&a->progress); i++) {
		struct audit_fact fact = fact_at(&a->progress, i);

		is_evidenced = is_evidenced || has_evidence(fact.payload);
		if (row->has_progress && !is_newer(&fact, &newest))
			continue;
		newest = fact;
		row->has_progress = true;
	}
	if (!row->has_progress)
		return false;
	row->last_progress = newest.time;
	row->self_status = kinds_str(newest.payload, "status");
	if (audit_caution(row->self_status) < 0)
		row->self_status = (struct bytes){0};
	return is_evidenced;
}

/* What one attester says the status is: coded, or the member's own when they agree without coding it. */
static struct bytes attested_status_of(const struct audit_row *row, struct bytes payload)
{
	struct bytes coded = kinds_str(payload, "coding.completion");

	if (audit_caution(coded) >= 0)
		return coded;
	return agrees(payload) == 1 ? row->self_status : (struct bytes){0};
}

/* Coordinators and observers are separate roles, so the cautious word of each is kept beside that of the other. */
static void judge_role(struct audit_row *row, struct bytes payload, struct bytes status)
{
	struct bytes role = kinds_str(payload, "role");
	struct bytes *said = bytes_equal(role, BYTES_STR("coordinator")) ? &row->coordinator_status
			     : bytes_equal(role, BYTES_STR("observer"))	 ? &row->observer_status
									 : NULL;

	if (said && (said->size == 0 || audit_caution(status) < audit_caution(*said)))
		*said = status;
}

/* Returns whether an attestation brings evidence. */
static bool judge_attested(const struct audit *a, struct audit_row *row)
{
	bool is_evidenced = false;

	row->attester_count = fact_count(&a->attestations);
	for (unsigned i = 0; i < row->attester_count; i++) {
		struct audit_fact fact = fact_at(&a->attestations, i);
		struct bytes status = attested_status_of(row, fact.payload);

		is_evidenced = is_evidenced || has_evidence(fact.payload);
		if (agrees(fact.payload) == 0)
			row->findings |= 1u << FINDING_DISSENT;
		if (status.size == 0)
			continue;
		if (row->self_status.size > 0 && !bytes_equal(status, row->self_status))
			row->findings |= 1u << FINDING_DISSENT;
		if (row->is_attested && !bytes_equal(status, row->attested_status))
			row->findings |= 1u << FINDING_DISSENT;
		if (!row->is_attested ||
		    audit_caution(status) < audit_caution(row->attested_status))
			row->attested_status = status;
		row->is_attested = true;
		judge_role(row, fact.payload, status);
	}
	if (row->is_attested && row->self_status.size > 0 &&
	    !bytes_equal(row->attested_status, row->self_status))
		row->findings |= 1u << FINDING_ATTESTED_DIFFERS;
	if (row->coordinator_status.size > 0 && row->observer_status.size > 0 &&
	    !bytes_equal(row->coordinator_status, row->observer_status))
		row->findings |= 1u << FINDING_CODING_DIFFERS;
	return is_evidenced;
}

static void judge_complete(struct audit_row *row, bool is_evidenced)
{
	if (!is_complete(row->self_status) && !is_complete(row->attested_status))
		return;
	if (!is_complete(row->attested_status))
		row->findings |= 1u << FINDING_COMPLETE_WITHOUT_ATTESTATION;
	if (!is_evidenced)
		row->findings |= 1u << FINDING_COMPLETE_WITHOUT_EVIDENCE;
}

enum err audit_end(struct audit *a, const char *today, struct audit_row *row)
{
	struct bytes day = bytes_str(today);
	bool is_evidenced;

	*row = (struct audit_row){.overdue = -1};
	if (day.size != 10 || !date_is_valid(day))
		return ERR_USAGE;
	if (a->progress.err != ERR_NONE || a->attestations.err != ERR_NONE)
		return ERR_MEMORY;
	is_evidenced = judge_self(a, row);
	is_evidenced = judge_attested(a, row) || is_evidenced;
	row->status = row->is_attested ? row->attested_status : row->self_status;
	if (a->is_self_attested)
		row->findings |= 1u << FINDING_SELF_ATTESTED;
	if (kinds_is_withdrawn(a->commitment)) {
		row->status = BYTES_STR("withdrawn");
		row->is_attested = false;
	} else {
		if (!row->has_progress)
			row->findings |= 1u << FINDING_NO_PROGRESS;
		judge_complete(row, is_evidenced);
	}
	judge_dates(row, a->commitment, day);
	return ERR_NONE;
}
